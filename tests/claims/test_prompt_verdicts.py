"""Claims about prompts: the share of repeats and of fresh prompts, win rates without repeats, and exposure."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.claims.claims import check_claims
from analysis.claims.verdicts import CONTRADICTED, SUPPORTED, UNDECIDED, UNTESTABLE
from analysis.sources.load import load_votes
from analysis.sources.simulated.simulate import july_2024, simulate
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]


def claim(folder: Path, statement: str, date: str = "2024-07") -> Path:
    path = folder / "claims.toml"
    path.write_text(f'[[claim]]\nid = "one"\ntext = "It is so."\nsource = "a post"\ndate = "{date}"\n{statement}\n')
    return path


def asked(prompts: list[str], release: str = "clean_battle", **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"prompt": prompts, "model_a": "x", "model_b": "y", "outcome": "model_a", "release": release, **columns})


def verdict(votes: Votes, path: Path) -> tuple[str, str]:
    row = check_claims(votes, path).table.iloc[0]
    return row["verdict"], row["numbers"]


@pytest.mark.parametrize(("percent", "expected"), [(10, SUPPORTED), (30, CONTRADICTED)])
def test_a_share_of_repeats_is_what_the_votes_have_or_not(votes_of: Make, tmp_path: Path, percent: int, expected: str) -> None:
    prompts = [f"prompt {number % 9_000}" for number in range(10_000)]
    found, numbers = verdict(votes_of(asked(prompts)), claim(tmp_path, f"repeat_share = {{ percent = {percent}, within = 2 }}"))
    assert found == expected
    assert "1,000 of 10,000 votes repeat an earlier prompt exactly, 10.00 %" in numbers


def test_a_few_votes_decide_no_share_of_repeats(votes_of: Make, tmp_path: Path) -> None:
    votes = votes_of(asked(["a", "a", *map(str, range(10))]))
    assert verdict(votes, claim(tmp_path, "repeat_share = { percent = 10, within = 2 }"))[0] == UNDECIDED


def test_a_selection_tells_nothing_of_the_share_of_the_whole_arena(votes_of: Make, tmp_path: Path) -> None:
    votes = votes_of(asked(["a"] * 500, "arena_33k"))
    for statement in ("repeat_share = { percent = 10, within = 2 }", "fresh_share = { percent = 75, within = 5 }"):
        assert verdict(votes, claim(tmp_path, statement))[0] == UNTESTABLE


def test_only_votes_until_the_claim_are_counted(votes_of: Make, tmp_path: Path) -> None:
    times = pd.to_datetime(["2024-07-01"] * 1_000 + ["2024-09-01"] * 9_000, utc=True)
    votes = votes_of(asked([*map(str, range(1_000)), *["again"] * 9_000], time=times))
    numbers = verdict(votes, claim(tmp_path, "repeat_share = { percent = 10, within = 2 }"))[1]
    assert "0 of 1,000 votes repeat" in numbers


def test_exact_repeats_contradict_a_fresh_share_and_never_support_one(votes_of: Make, tmp_path: Path) -> None:
    """What is alike in meaning is fresh less often than what is exactly the same."""
    statement = claim(tmp_path, "fresh_share = { percent = 75, within = 5 }")
    stale = votes_of(asked([f"prompt {number % 4_000}" for number in range(10_000)]))
    fresh = votes_of(asked([f"prompt {number % 7_500}" for number in range(10_000)]))
    assert verdict(stale, statement)[0] == CONTRADICTED
    assert verdict(fresh, statement)[0] == UNDECIDED


def test_win_rates_without_repeats_are_those_of_fresh_decided_votes(votes_of: Make, tmp_path: Path) -> None:
    """x wins 60 of 100 fresh votes against y and all 50 repeats: 73.3 % of all, 60 % without, a move of 13.3 points."""
    outcome = ["model_a"] * 60 + ["model_b"] * 40 + ["model_a"] * 50 + ["tie"] * 20
    prompts = [*map(str, range(100)), *["0"] * 50, *map(str, range(100, 120))]
    frame = pd.concat([asked(prompts, outcome=outcome), asked(prompts, outcome="model_b", model_b="z")], ignore_index=True)
    statement = 'win_rates = { model = "x", others = ["y", "z"], move_at_most = 1.4 }'
    found, numbers = verdict(votes_of(frame), claim(tmp_path, statement))
    assert "y 73.3 % → 60.0 %" in numbers
    assert "−13.3 points (y)" in numbers
    assert found == CONTRADICTED


def test_win_rates_that_no_repeat_touches_cannot_be_tested(votes_of: Make, tmp_path: Path) -> None:
    votes = votes_of(asked([*map(str, range(100))]))
    found, numbers = verdict(votes, claim(tmp_path, 'win_rates = { model = "x", others = ["y", "z"], move_at_most = 1.4 }'))
    assert found == UNTESTABLE
    assert "no decided votes of x against y and z repeat a prompt" in numbers


def test_a_claim_on_exposure_needs_its_set_and_says_how_to_get_it(votes_of: Make, tmp_path: Path) -> None:
    votes = votes_of(asked([*map(str, range(100))]))
    found, numbers = verdict(votes, claim(tmp_path, 'exposure = { model = "x", prompts = "lmsys-chat-1m" }'))
    assert found == UNTESTABLE
    assert "run: arena-workbook fetch lmsys-chat-1m" in numbers


def test_a_claim_on_exposure_is_held_against_a_file_of_prompts(tmp_path: Path) -> None:
    """Nobody was tuned on every third prompt of a simulated arena: no model gains so much that it is sure."""
    simulation = simulate(12_000, seed=3, arena=july_2024())
    simulation.write(tmp_path / "votes.parquet")
    texts = pd.Series(simulation.votes["prompt"].to_pylist()).drop_duplicates().iloc[::3]
    pd.DataFrame({"prompt": texts}).to_parquet(tmp_path / "released.parquet")
    statement = f'exposure = {{ model = "gpt-4o-2024-05-13", prompts = "{tmp_path / "released.parquet"}" }}'
    found, numbers = verdict(load_votes(tmp_path / "votes.parquet"), claim(tmp_path, statement))
    assert found == UNDECIDED
    assert "of its votes have a prompt of the set; it gains" in numbers


def test_votes_without_a_prompt_repeat_none_and_stay(votes_of: Make, tmp_path: Path) -> None:
    votes = votes_of(asked([*map(str, range(75)), *[""] * 25], outcome=["model_a", "model_b"] * 50))
    found, numbers = verdict(votes, claim(tmp_path, "repeats = { move_at_most = 0 }"))
    assert (found, numbers) == (UNTESTABLE, "none of the 100 votes repeats a prompt.")


def test_a_claim_on_exposure_is_not_held_against_votes_after_it(tmp_path: Path) -> None:
    simulation = simulate(3_000, seed=3)
    simulation.write(tmp_path / "votes.parquet")
    pd.DataFrame({"prompt": simulation.votes["prompt"].to_pylist()[:500]}).to_parquet(tmp_path / "released.parquet")
    statement = f'exposure = {{ model = "gpt-4o-2024-05-13", prompts = "{tmp_path / "released.parquet"}" }}'
    found, numbers = verdict(load_votes(tmp_path / "votes.parquet"), claim(tmp_path, statement, "2024-06-15"))
    assert found == UNTESTABLE
    assert "the votes go on after the claim (2024-06-15)" in numbers
