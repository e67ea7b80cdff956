"""A claim about the whole arena is tested on all of its votes and on nothing else."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.claims.claims import check_claims
from analysis.claims.verdicts import CONTRADICTED, UNTESTABLE
from analysis.sources.load import load_votes
from analysis.sources.recognise import RELEASES
from analysis.sources.releases import pair_counts
from analysis.votes.populations import POPULATIONS, population
from analysis.votes.table import SIMULATED, Votes

Make = Callable[[pd.DataFrame], Votes]


def of(release: str, **columns: object) -> pd.DataFrame:
    """900 votes without times, half of them multi-turn, of which each prompt was asked before; `gpt-4o` wins three in four."""
    rows = {"model_a": "gpt-4o-2024-05-13", "model_b": "other", "outcome": ["model_a", "model_a", "model_a", "model_b"] * 225}
    return pd.DataFrame({**rows, "turns": [1, 2] * 450, "release": release, "prompt": "hello", **columns})


def verdicts(votes: Votes, folder: Path) -> dict[str, tuple[str, str]]:
    """By claim its verdict and its numbers: a share, what repeats do, and who is above whom."""
    stated = {
        "share": "multi_turn_share = { percent = 14 }",
        "repeats": "repeats = { move_at_most = 0 }",
        "above": 'above = { model = "other", other = "gpt-4o-2024-05-13" }',
    }
    path = folder / "claims.toml"
    head = "[[claim]]\nid = '{}'\ntext = 'T'\nsource = 'S'\ndate = '2024-06'\n{}\n"
    path.write_text("".join(head.format(*pair) for pair in stated.items()))
    table = check_claims(votes, path).table
    return {row["claim"]: (row["verdict"], row["numbers"]) for _, row in table.iterrows()}


@pytest.mark.parametrize(
    ("release", "reason"),
    [
        ("arena_33k", "a selection without short and common prompts"),
        ("arena_55k", "a selection for a competition"),
        ("made for a test", "a table that does not say whether it holds all votes"),
    ],
)
def test_what_was_said_of_all_votes_is_not_tested_on_a_selection_and_ratings_are(
    votes_of: Make, tmp_path: Path, release: str, reason: str
) -> None:
    found = verdicts(votes_of(of(release)), tmp_path)
    why = f"{reason}, and the claim is about all votes of the arena."
    assert found["share"] == found["repeats"] == (UNTESTABLE, why)
    assert found["above"][0] == CONTRADICTED


@pytest.mark.parametrize(
    ("release", "reason"),
    [("battle_log", "a selection of hard prompts"), ("comparia", "the votes of another arena, ComparIA")],
)
def test_neither_shares_nor_ratings_are_tested_on_hard_prompts_or_on_another_arena(
    votes_of: Make, tmp_path: Path, release: str, reason: str
) -> None:
    found = verdicts(votes_of(of(release)), tmp_path)
    assert {verdict for verdict, _ in found.values()} == {UNTESTABLE}
    assert found["above"][1] == f"{reason}, and the claim is about the arena's board."


def test_a_share_is_tested_on_the_arena_s_own_log(votes_of: Make, tmp_path: Path) -> None:
    assert verdicts(votes_of(of("clean_battle")), tmp_path)["share"][0] == CONTRADICTED


def test_of_several_releases_together_no_share_is_the_arena_s(votes_of: Make) -> None:
    both = pd.concat([of("clean_battle"), of("comparia")], ignore_index=True)
    found = population(votes_of(both))
    assert found.part == "several releases together, the votes of another arena, ComparIA"
    assert found.other
    assert (found.first, found.last) == ("2023-04", "")


def test_every_release_that_is_told_by_its_columns_says_which_votes_it_holds() -> None:
    anybody = {"votes", "flat"}  # tables that anybody may have made
    assert {release.name for release in RELEASES} - anybody | {pair_counts.NAME, SIMULATED} == set(POPULATIONS)


def test_the_last_day_of_a_log_is_the_one_in_the_name_of_its_file(real_data: Path) -> None:
    found = population(load_votes(real_data / "pair_counts_20240814.json"))
    assert (found.first, found.last) == ("2023-04", "2024-08-14")


def test_on_real_votes_to_august_the_best_open_model_of_july_is_not_beaten_by_a_later_one(real_data: Path) -> None:
    table = check_claims(real_data / "pair_counts_20240814.json").table.set_index("claim")
    assert table.loc["gemma-27b-best-open", "verdict"] == "supported"
    assert "released later: athene-70b-0725, chatgpt-4o-latest" in table.loc["gemma-27b-best-open", "numbers"]


def test_real_votes_on_hard_prompts_do_not_contradict_the_announced_share(real_data: Path) -> None:
    row = check_claims(real_data / "arena_votes_2023.jsonl").table.iloc[0]
    assert (row["verdict"], row["numbers"]) == (
        "cannot be tested here",
        "a selection of hard prompts, and the claim is about all votes of the arena.",
    )
