"""How much of the order of a board is known."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import norm

from analysis.audit.case import Case, case_of, read_case
from analysis.audit.check import Verdict
from analysis.audit.separation import NOT, ONE_AT_A_TIME, OVER_ALL, OVER_NEIGHBOURS, Separation, check_separation
from analysis.errors import UsageError
from analysis.ratings.settings import Settings
from analysis.results.drawing import NothingToDraw
from analysis.sources.load import load_votes
from analysis.sources.simulated.faults import faulty

PLAIN = ["model_a", "model_b", "outcome"]


@cache
def found(gap: float = 20.0, votes: int = 12_000, models: int = 10, seed: int = 1) -> Separation:
    return check_separation(case_of(faulty(votes=votes, models=models, gap=gap, seed=seed)))


def changed(table: pa.Table, swap: bool = False, shuffle: bool = False, relabel: bool = False) -> Case:
    """The case of the same votes, written otherwise."""
    frame = table.to_pandas().astype(dict.fromkeys(PLAIN, str))[[*PLAIN, "judge"]]
    if swap:
        frame = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"})
        frame["outcome"] = frame["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    if shuffle:
        frame = frame.sample(frac=1, random_state=1)
    if relabel:
        frame[["model_a", "model_b"]] = frame[["model_a", "model_b"]].map(lambda name: f"m{99 - int(name[-2:])}")
    return case_of(pa.Table.from_pandas(frame, preserve_index=False))


def test_a_row_says_how_sure_it_is_that_a_model_is_above_the_next() -> None:
    """By hand from the board: the difference over its error, which knows what the two share."""
    separation = found()
    board, table = separation.board, separation.table
    covariance = board.covariance
    error = np.sqrt(covariance[3, 3] + covariance[4, 4] - 2 * covariance[3, 4])
    gap = board.ratings[3] - board.ratings[4]
    row = table.iloc[3]
    assert row["next_difference"] == pytest.approx(gap)
    assert row["above_next"] == pytest.approx(norm.cdf(gap / error))
    assert (row["next_lower"], row["next_upper"]) == pytest.approx((gap - 1.96 * error, gap + 1.96 * error), abs=1e-3)
    assert row["all_upper"] - row["all_lower"] == pytest.approx(2 * separation.critical * error)
    assert table.iloc[-1][["above_next", "next_difference", "separated"]].isna().all()


def test_three_ways_to_be_told_apart_are_counted_one_within_the_other() -> None:
    separation = found()
    over_all, over_neighbours, single = separation.separated
    assert 0 < over_all <= over_neighbours <= single < 9
    words = separation.table["separated"].iloc[:-1]
    assert (words == OVER_ALL).sum() == over_all
    assert words.isin([OVER_ALL, OVER_NEIGHBOURS]).sum() == over_neighbours
    assert words.isin([OVER_ALL, OVER_NEIGHBOURS, ONE_AT_A_TIME]).sum() == single
    assert (words == NOT).sum() == 9 - single
    assert f"Of 9 pairs of neighbours {over_all} " in separation.sentence
    assert f"{single} one at a time" in separation.sentence


def test_chances_are_those_of_the_joint_draws() -> None:
    separation = found(gap=5.0)
    draws = separation.board.draws
    ranks = (-draws).argsort(axis=1).argsort(axis=1)
    np.testing.assert_allclose(separation.table["top_chance"], (ranks < 5).mean(axis=0))
    np.testing.assert_allclose(separation.table["first_chance"], (ranks == 0).mean(axis=0), atol=0.02)
    assert separation.table["first_chance"].sum() == pytest.approx(1)
    assert separation.table["top_chance"].sum() == pytest.approx(5)
    few = check_separation(case_of(faulty(votes=3_000, models=3)), top=3)
    assert few.table["top_chance"].tolist() == [1.0, 1.0, 1.0]


def test_a_matrix_and_a_pair_say_the_same_as_the_table() -> None:
    separation = found()
    names = separation.board.models
    matrix = separation.matrix()
    assert list(matrix.index) == list(matrix.columns) == list(names[:10])
    assert matrix.loc[names[2], names[3]] == pytest.approx(separation.table["above_next"].iloc[2])
    chosen = separation.matrix([names[4], names[0]])
    assert chosen.loc[names[0], names[4]] + chosen.loc[names[4], names[0]] == pytest.approx(1)
    assert np.isnan(np.diag(chosen)).all()
    row = separation.pair(names[3], names[2]).table.iloc[0]
    assert row["difference"] == pytest.approx(-separation.table["next_difference"].iloc[2])
    assert row["above"] == pytest.approx(1 - separation.table["above_next"].iloc[2])
    assert str(separation.pair(names[3], names[2]).sentence) == str(separation.pair(names[2], names[3]).sentence)


def test_unknown_models_are_named_with_what_was_meant() -> None:
    with pytest.raises(UsageError, match="did you mean model-03"):
        found().matrix(["model-3", "model-01"])
    with pytest.raises(UsageError, match="against itself"):
        found().pair("model-01", "model-01")
    with pytest.raises(UsageError, match="1 or more"):
        check_separation(case_of(faulty(votes=500, models=3)), top=0)


def test_a_matrix_takes_two_models_and_a_text_is_one_name() -> None:
    with pytest.raises(UsageError, match="model-01 alone makes no matrix"):
        found().matrix("model-01")
    with pytest.raises(NothingToDraw, match="takes two models"):
        found().plot(of="matrix", models="model-01")
    assert list(found().matrix(["model-02", "model-01", "model-02"]).columns) == ["model-02", "model-01"]


def test_a_table_shows_what_over_the_neighbours_means() -> None:
    """Two of 12 models lie between the critical values of all pairs and of neighbours."""
    made = found(gap=20.0, votes=6_000, models=12)
    assert OVER_NEIGHBOURS in set(made.table["separated"])
    assert "if only neighbours are compared" in made._repr_html_()
    assert OVER_NEIGHBOURS not in made._repr_html_()


def test_a_clear_order_is_fine_and_one_of_few_votes_is_not() -> None:
    clear = found(gap=40.0, votes=40_000, models=12)
    assert clear.verdict is Verdict.FINE
    assert clear.classes.tolist() == list(range(1, 13))
    assert str(clear.sentence) == (
        "Of 11 pairs of neighbours 11 are told apart over all pairs at once, 11 one at a time; the 12 models come down to 12 "
        "classes. Told apart from all others, model-01 is the best (> 99 %)."
    )
    thin = check_separation(case_of(faulty("thin")))
    assert thin.verdict is Verdict.BEWARE
    assert "Any of " in thin.sentence
    assert thin.table["provisional"].all()
    assert not clear.table["provisional"].any()


def test_it_is_silent_on_clean_arenas_and_speaks_on_thin_ones() -> None:
    assert sum(check_separation(case_of(faulty(seed=seed))).fires for seed in range(20)) == 0
    assert all(check_separation(case_of(faulty("thin", seed=seed))).verdict is Verdict.BEWARE for seed in range(20))


def test_models_of_every_class_are_truly_below_its_first() -> None:
    """Classes hold at their level: of 40 arenas five at most have a model in a class below one that is no better."""
    wrong = 0
    for seed in range(40):
        separation = found(gap=6.0, votes=8_000, models=8, seed=seed)
        truth = np.array([-int(name[-2:]) for name in separation.board.models])
        firsts = [np.flatnonzero(separation.classes == number)[0] for number in range(1, separation.classes.max() + 1)]
        wrong += any(
            truth[model] > truth[first]
            for number, first in enumerate(firsts, 1)
            for model in np.flatnonzero(separation.classes > number)
        )
    assert wrong <= 5


@pytest.mark.parametrize("change", ["swap", "shuffle", "relabel"])
def test_how_votes_are_written_does_not_matter(change: str) -> None:
    table = faulty(votes=6_000, models=6, gap=15.0)
    one, other = check_separation(changed(table)), check_separation(changed(table, **{change: True}))
    assert other.critical == pytest.approx(one.critical, abs=0.05)
    assert other.separated == one.separated
    np.testing.assert_array_equal(other.classes, one.classes)
    np.testing.assert_allclose(other.table["above_next"], one.table["above_next"], atol=1e-6)


def test_a_resampled_board_is_told_apart_by_its_rounds() -> None:
    made = check_separation(case_of(faulty(votes=12_000, models=10, gap=20.0), Settings(interval="bootstrap", rounds=2_000)))
    assert made.critical == pytest.approx(found().critical, abs=0.15)
    np.testing.assert_allclose(made.table["above_next"].iloc[:-1], found().table["above_next"].iloc[:-1], atol=0.04)


def votes_of(*rows: tuple[str, str, str, int]) -> pa.Table:
    frame = pd.DataFrame([row[:3] for row in rows for _ in range(row[3])], columns=PLAIN)
    return pa.Table.from_pandas(frame, preserve_index=False)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            votes_of(("a", "b", "model_a", 60), ("a", "b", "model_b", 20)),
            "two models are told apart: a is the best (> 99 %).",
        ),
        (
            votes_of(("a", "b", "model_a", 3), ("a", "b", "model_b", 2)),
            "The two models are not told apart. Either may be the best",
        ),
        (votes_of(("a", "b", "tie", 20), ("b", "c", "tie", 20)), "come down to 1 class. Any of 3 may be the best"),
        (votes_of(("a", "b", "model_a", 9), ("a", "b", "model_b", 9), ("c", "b", "tie", 1)), "none is told apart, not even"),
        (faulty("islands", votes=2_000, models=6), "the 3 models come down to"),
        (faulty(votes=30, models=5).select(PLAIN), "come down to"),
        (faulty(votes=3_000, models=4).drop_columns(["time", "judge"]), "pairs of neighbours"),
    ],
)
def test_poor_votes_are_answered_all_the_same(table: pa.Table, words: str) -> None:
    separation = check_separation(case_of(table))
    assert words in separation.sentence
    assert len(separation.table) == len(separation.board.models)
    assert separation.number
    assert "nan" not in separation._repr_html_()


def test_of_the_real_board_of_august_2024_little_of_the_order_is_known(real_data: Path) -> None:
    """1,670,250 votes: the first three are told apart from all others, and five are level behind them."""
    separation = check_separation(read_case(load_votes(real_data / "pair_counts_20240814.json"), "overall", Settings()))
    assert separation.separated == (7, 11, 21)
    assert separation.classes[:9].tolist() == [1, 2, 3, 4, 4, 4, 4, 4, 5]
    assert separation.first == ("chatgpt-4o-latest",)
    assert separation.verdict is Verdict.BEWARE
