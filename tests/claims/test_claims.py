"""Verdicts on claims about votes whose truth is known."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.claims.claims import Claims, check_claims
from analysis.claims.statements import spelling
from analysis.claims.verdicts import CONTRADICTED, SUPPORTED, UNDECIDED, UNTESTABLE, verdict_of
from analysis.errors import InputError
from analysis.ratings.settings import Settings
from analysis.sources.load import load_votes
from analysis.sources.simulated.simulate import simulate
from analysis.votes.table import Votes

OPUS, GEMMA, LLAMA = "claude-3-opus-20240229", "gemma-2-27b-it", "llama-3-70b-instruct"
GPT, SONNET, MIXTRAL = "gpt-4o-2024-05-13", "claude-3-5-sonnet-20240620", "mixtral-8x7b-instruct-v0.1"
MODELS = (GPT, SONNET, OPUS, GEMMA, LLAMA, MIXTRAL)

#: True strengths in Elo points. Half of the votes have one turn, half two, so overall lies between.
SINGLE = np.array([1300.0, 1230, 1200, 1180, 1150, 1100])
MULTI = np.array([1250.0, 1300, 1230, 1180, 1150, 1100])


def stated(kind: str, **values: object) -> str:
    """A statement as a file of claims has it."""
    return spelling(kind, {key: json.dumps(value) for key, value in values.items()})


TRUE = (
    stated("first", model=GPT),
    stated("first", model=SONNET, category="multi_turn"),
    stated("above", model=GEMMA, other=LLAMA, category="multi_turn"),
    stated("top", model=OPUS, ranks=3, category="overall"),
    stated("best_open", model=GEMMA),
    stated("moves", model=SONNET, rank_from=2, to="multi_turn", rank_to=1),
    stated("gains", model=SONNET, ranks=1, to="multi_turn"),
    stated("multi_turn_share", percent=50),
    stated("repeats", move_at_most=0),
)
FALSE = (
    stated("first", model=OPUS),
    stated("first", model=GPT, category="multi_turn"),
    stated("tie_for_first", models=[GPT, OPUS]),
    stated("above", model=LLAMA, other=GEMMA),
    stated("top", model=MIXTRAL, ranks=3, category="multi_turn"),
    stated("best_open", model=LLAMA),
    stated("best_open", model=GPT),
    stated("moves", model=OPUS, rank_from=4, to="multi_turn", rank_to=3),
    stated("gains", model=GPT, ranks=1, to="multi_turn"),
    stated("multi_turn_share", percent=14),
)


def cast(rng: np.random.Generator, strength: np.ndarray, per_pair: int, **columns: object) -> pd.DataFrame:
    """`per_pair` votes for every pair of MODELS; a third of them ties that keep the expected score."""
    first, second = np.triu_indices(len(strength), 1)
    chance = 1 / (1 + 10 ** ((strength[second] - strength[first]) / 400))
    tie = 2 / 3 * np.minimum(chance, 1 - chance)
    chances = np.column_stack([chance - tie / 2, 1 - chance - tie / 2, tie])
    counts = np.array([rng.multinomial(per_pair, row) for row in chances]).ravel()
    names = np.array(MODELS, dtype=object)
    rows = {
        "model_a": np.repeat(names[first], 3),
        "model_b": np.repeat(names[second], 3),
        "outcome": np.tile(["model_a", "model_b", "tie"], len(first)),
    }
    frame = pd.DataFrame(rows).loc[lambda frame: np.repeat(frame.index, counts)]
    return frame.assign(**{"release": "clean_battle", **columns})  # a release that holds all votes of the arena


def arena(rng: np.random.Generator, per_pair: int) -> pd.DataFrame:
    frame = pd.concat([cast(rng, SINGLE, per_pair, turns=1), cast(rng, MULTI, per_pair, turns=2)], ignore_index=True)
    return frame.assign(sampled=rng.random(len(frame)) < 0.9)


def checked(votes: Votes, statements: tuple[str, ...], folder: Path) -> Claims:
    path = folder / "claims.toml"
    entries = [
        f"[[claim]]\nid = '{n}'\ntext = 'T'\nsource = 'S'\ndate = 2024-07-01\n{stated}\n" for n, stated in enumerate(statements)
    ]
    path.write_text("\n".join(entries))
    return check_claims(votes, path)


def verdicts(claims: Claims, statements: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(statements, claims.table["verdict"], strict=True))


def test_with_many_votes_true_claims_are_supported_and_false_ones_contradicted(
    votes_of: Callable[..., Votes], tmp_path: Path
) -> None:
    votes = votes_of(arena(np.random.default_rng(1), 3000))
    result = checked(votes, TRUE + FALSE, tmp_path)
    expected = {**dict.fromkeys(TRUE, SUPPORTED), **dict.fromkeys(FALSE, CONTRADICTED)}
    assert verdicts(result, TRUE + FALSE) == expected
    assert str(result.sentence).startswith("Of 19 claims: 9 are supported, 10 are contradicted.")


def test_the_number_beside_every_verdict_is_what_decides_it(votes_of: Callable[..., Votes], tmp_path: Path) -> None:
    for per_pair in (12, 200, 3000):
        table = checked(votes_of(arena(np.random.default_rng(per_pair), per_pair)), TRUE + FALSE, tmp_path).table
        assert table["verdict"].tolist() == [verdict_of(number) for number in table["probability"]]
        assert table["probability"].between(0, 1).all()


def test_votes_that_say_nothing_do_not_contradict_that_one_of_many_is_first(
    votes_of: Callable[..., Votes], tmp_path: Path
) -> None:
    """Of sixty models that are all alike each is first in about one draw of sixty: by that alone all would be contradicted."""
    rng, names = np.random.default_rng(3), [f"model {number}" for number in range(60)]
    sides = rng.permuted(np.tile(np.arange(60), (3_000, 1)), axis=1)[:, :2]
    frame = pd.DataFrame({"model_a": np.take(names, sides[:, 0]), "model_b": np.take(names, sides[:, 1]), "turns": 1})
    frame = frame.assign(outcome=rng.choice(["model_a", "model_b"], 3_000), prompt=[f"{n % 2_700}" for n in range(3_000)])
    statements = tuple(stated("first", model=name) for name in names)
    statements += (stated("tie_for_first", models=names[:2]), stated("repeats", move_at_most=0))
    found = checked(votes_of(frame.assign(release="clean_battle")), statements, tmp_path).table
    assert set(found["verdict"]) <= {UNDECIDED, CONTRADICTED}
    assert (found["verdict"] == CONTRADICTED).sum() <= 6  # Binomial(62, 1 / 40): above 6 one time in two thousand


def test_with_few_votes_claims_near_the_truth_are_undecided(votes_of: Callable[..., Votes], tmp_path: Path) -> None:
    near = (
        *TRUE[1:7],
        stated("first", model=GPT, category="multi_turn"),
        stated("tie_for_first", models=[GPT, SONNET]),
    )
    result = checked(votes_of(arena(np.random.default_rng(2), 12)), near, tmp_path)
    assert verdicts(result, near) == dict.fromkeys(near, UNDECIDED)


def test_what_is_undecided_says_about_how_many_more_votes_would_decide_it(votes_of: Callable[..., Votes], tmp_path: Path) -> None:
    table = checked(votes_of(arena(np.random.default_rng(2), 12)), TRUE + FALSE, tmp_path).table
    undecided = table["verdict"] == UNDECIDED
    assert table.loc[~undecided, "votes_needed"].isna().all()
    known = undecided & table["votes_needed"].notna()
    kinds = pd.Series([statement.split(" =")[0].split(".")[0] for statement in TRUE + FALSE])
    assert set(kinds[known]) >= {"above", "top", "multi_turn_share"}
    assert not set(kinds[known]) & {"moves", "gains", "repeats"}
    assert (table.loc[known, "votes_needed"] > 0).all()
    says = table["numbers"].str.contains("like these|on the edge")
    assert (says == known).all()
    assert table.loc[known, "numbers"].str.contains("like these in Multi-turn").any()


def test_models_that_are_truly_level_tie_for_first_once_there_are_votes_enough(
    votes_of: Callable[..., Votes], tmp_path: Path
) -> None:
    level = np.array([1300.0, 1300, 1200, 1180, 1150, 1100])
    statements = (stated("tie_for_first", models=[GPT, SONNET]), stated("first", model=GPT))
    result = checked(votes_of(cast(np.random.default_rng(6), level, 6000)), statements, tmp_path)
    assert verdicts(result, statements)[statements[0]] == SUPPORTED


def test_repeats_that_favour_a_model_move_ranks(votes_of: Callable[..., Votes], tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    favoured = SINGLE + np.array([0, 0, 0, 0, 0, 400.0])
    frame = pd.concat([cast(rng, SINGLE, 1500, sampled=True), cast(rng, favoured, 900, sampled=False)], ignore_index=True)
    statements = (stated("repeats", move_at_most=0), stated("repeats", move_at_most=4))
    result = checked(votes_of(frame), statements, tmp_path)
    assert verdicts(result, statements) == {statements[0]: CONTRADICTED, statements[1]: SUPPORTED}
    assert "22,500 of 36,000 votes are left (De-duplicated)" in result.table["numbers"].iloc[0]


def test_without_the_arena_s_tag_repeats_are_found_by_their_prompts(votes_of: Callable[..., Votes], tmp_path: Path) -> None:
    frame = cast(np.random.default_rng(5), SINGLE, 1000)
    frame = frame.assign(prompt=[f"prompt {number % 14_000}" for number in range(len(frame))])
    result = checked(votes_of(frame), (stated("repeats", move_at_most=0),), tmp_path)
    assert "14,000 of 15,000 votes are left (First vote of each prompt)" in result.table["numbers"].iloc[0]


def test_what_the_votes_cannot_answer_says_why(votes_of: Callable[..., Votes], tmp_path: Path) -> None:
    statements = (
        stated("first", model="unheard-of"),
        stated("first", model=GPT, category="coding"),
        stated("multi_turn_share", percent=14),
        stated("repeats", move_at_most=0),
        stated("top", model=GPT, ranks=10),
        stated("gains", model=GPT, ranks=1, to="multi_turn"),
        stated("above", model=GPT, other=SONNET),
    )
    result = checked(votes_of(cast(np.random.default_rng(7), SINGLE, 400)), statements, tmp_path)
    assert list(result.table["verdict"]) == [UNTESTABLE] * 6 + [SUPPORTED]
    assert result.table["probability"].isna().tolist() == [True] * 6 + [False]
    reasons = result.table["numbers"].tolist()
    for reason, word in zip(
        reasons, ("unheard-of is not among the 6 models", "needs code", "turns", "prompt", "only 6 models", "turns"), strict=False
    ):
        assert word in reason


def test_a_model_of_unknown_openness_cannot_be_the_best_open_one(votes_of: Callable[..., Votes], tmp_path: Path) -> None:
    frame = cast(np.random.default_rng(8), SINGLE, 50).replace({GEMMA: "made-up-model"})
    result = checked(votes_of(frame), (stated("best_open", model="made-up-model"), stated("best_open", model=LLAMA)), tmp_path)
    assert result.table["verdict"].iloc[0] == UNTESTABLE
    assert "left out, their licence unknown: 1" in result.table["numbers"].iloc[1]


def test_votes_of_which_none_repeats_a_prompt_cannot_tell_what_repeats_do(votes_of: Callable[..., Votes], tmp_path: Path) -> None:
    frame = cast(np.random.default_rng(9), SINGLE, 20, sampled=True)
    result = checked(votes_of(frame), (stated("repeats", move_at_most=0),), tmp_path)
    assert result.table["verdict"].tolist() == [UNTESTABLE]
    assert "none of the 300 votes repeats a prompt" in result.table["numbers"].iloc[0]


def test_the_verdict_on_a_gain_says_whether_chance_gives_it(votes_of: Callable[..., Votes], tmp_path: Path) -> None:
    votes = votes_of(arena(np.random.default_rng(1), 1000))
    numbers = checked(votes, (stated("gains", model=SONNET, ranks=1, to="multi_turn"),), tmp_path).table["numbers"].iloc[0]
    assert "place 2 (2 to 2) → place 1 (1 to 1) of 6" in numbers
    assert "ranks that chance gives a category of this size" in numbers


def test_true_statements_are_rarely_contradicted_and_false_ones_rarely_supported(
    votes_of: Callable[..., Votes], tmp_path: Path
) -> None:
    """At 97.5 % a one-sided verdict on the boundary is wrong one time in forty: here GPT and SONNET are exactly level."""
    level = np.array([1300.0, 1300, 1200, 1180, 1150, 1100])
    wrong = 0
    for seed in range(60):
        votes = votes_of(cast(np.random.default_rng(seed), level, 60))
        wrong += checked(votes, (stated("above", model=GPT, other=SONNET),), tmp_path).table["verdict"].iloc[0] != UNDECIDED
    assert wrong <= 9  # Binomial(60, 0.05): above 9 one time in a thousand


def test_the_bundled_claims_run_on_votes_that_know_none_of_it(votes_of: Callable[..., Votes]) -> None:
    frame = pd.DataFrame({"model_a": ["p", "q"] * 10, "model_b": ["q", "p"] * 10, "outcome": ["model_a"] * 15 + ["tie"] * 5})
    result = check_claims(votes_of(frame), settings=Settings(seed=3))
    assert set(result.table["verdict"]) == {UNTESTABLE}
    assert "cannot be tested here" in result.sentence
    assert list(result.table.columns) == ["claim", "text", "verdict", "probability", "numbers", "votes_needed", "source", "date"]


def test_hostile_text_in_a_claim_is_escaped_in_the_notebook(votes_of: Callable[..., Votes], tmp_path: Path) -> None:
    path = tmp_path / "claims.toml"
    path.write_text(
        "[[claim]]\nid = '<b>'\ntext = '<script>x</script>'\nsource = '&'\ndate = 2024-07-01\nfirst.model = '<img>'\n"
    )
    html = check_claims(votes_of(cast(np.random.default_rng(0), SINGLE, 5)), path)._repr_html_()
    assert "<script>" not in html
    assert "<img>" not in html


def test_on_the_simulated_arena_no_true_headline_is_contradicted_and_false_ones_are(tmp_path: Path) -> None:
    """The arena of July 2024 is set so that every announced shift is true of its strengths; its votes run from June to July."""
    path = tmp_path / "votes.parquet"
    simulate(250_000, seed=11, text=False).write(path)
    votes = load_votes(path)
    announced = check_claims(votes).table.set_index("claim")["verdict"]
    assert CONTRADICTED not in set(announced)
    # These votes have no texts, and nobody has fetched the released set.
    prompts = {"repeat-share", "llama-3-win-rates", "fresh-share", "gemma-27b-exposure"}
    assert set(announced.index[announced == UNTESTABLE]) == prompts
    assert announced["gemma-27b-passes-sonnet"] == announced["multi-turn-share"] == SUPPORTED
    statements = (
        stated("moves", model=OPUS, rank_from=3, to="multi_turn", rank_to=8),
        stated("gains", model=GEMMA, ranks=12, to="multi_turn"),
        stated("first", model="gpt-4-turbo-2024-04-09"),
        stated("best_open", model="llama-3-8b-instruct"),
        stated("multi_turn_share", percent=20),
    )
    assert verdicts(checked(votes, statements, tmp_path), statements) == dict.fromkeys(statements, CONTRADICTED)


def test_a_claims_file_that_is_not_there_is_an_input_error(votes_of: Callable[..., Votes], tmp_path: Path) -> None:
    votes = votes_of(cast(np.random.default_rng(0), SINGLE, 5))
    with pytest.raises(InputError, match=r"none\.toml"):
        check_claims(votes, tmp_path / "none.toml")
