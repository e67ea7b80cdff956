"""What would decide the neighbours of a board, and which pairs to ask next."""

import re
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.special import expit
from scipy.stats import norm

from analysis.audit.case import case_of
from analysis.audit.check import Verdict
from analysis.audit.votes_needed import VotesNeeded, check_votes_needed
from analysis.errors import UsageError
from analysis.ratings.simultaneous import distance_errors
from analysis.results import tables
from analysis.results.drawing import NothingToDraw
from analysis.results.tables import columns_of
from analysis.sources.simulated.faults import faulty

PLAIN = ["model_a", "model_b", "outcome"]


@cache
def found(votes: int = 8_000, models: int = 8, gap: float = 14.0) -> VotesNeeded:
    return check_votes_needed(case_of(faulty(votes=votes, models=models, gap=gap)))


def votes_of(*rows: tuple[str, str, str, int]) -> pa.Table:
    frame = pd.DataFrame([row[:3] for row in rows for _ in range(row[3])], columns=PLAIN)
    return pa.Table.from_pandas(frame, preserve_index=False)


def test_the_table_has_the_neighbours_that_are_not_told_apart_one_at_a_time() -> None:
    needed = found()
    board = needed.board
    ratio = -np.diff(board.ratings) / np.diagonal(distance_errors(board.covariance), 1)
    open_ = ratio < norm.ppf(0.975)
    assert 0 < open_.sum() < len(ratio)
    assert needed.table["model"].tolist() == [name for name, here in zip(board.models[:-1], open_, strict=True) if here]
    assert (needed.table["difference_lower"] < 0).all()
    assert needed.share == open_.mean()


def test_what_is_needed_is_by_hand_close_to_the_rule_of_the_textbook() -> None:
    """(1.96 + 0.84)² (error / gap)² of all votes, less those there are; of the pair, by 1 / v′ = 1 / v + m w."""
    needed = found()
    board, fit = needed.board, needed.board.fit
    assert fit is not None
    row = needed.table.sort_values("times").iloc[-1]
    one, two = (board.models.index(row[name]) for name in ("model", "other"))
    ratio = row["difference"] / distance_errors(board.covariance)[one, two]
    assert row["more"] == pytest.approx(needed.whole * (7.849 / ratio**2 - 1), rel=0.1)
    low, high = sorted(fit.pairs.models.index(row[name]) for name in ("model", "other"))
    place = np.flatnonzero((fit.pairs.first == low) & (fit.pairs.second == high))[0]
    chance = expit(fit.strength[low] - fit.strength[high])
    counts = fit.pairs.counts[place]
    squared = (counts * (np.array([1, 0, 0.5, 0.5]) - chance) ** 2).sum() / counts.sum()
    worth = (chance * (1 - chance)) ** 2 / squared
    variance = (distance_errors(board.covariance)[one, two] * np.log(10) / 400) ** 2
    assert row["votes"] == counts.sum()
    assert row["pair_more"] == pytest.approx(row["times"] / variance / worth, rel=0.1)


def test_the_sentence_is_of_the_undecided_pair_in_the_middle() -> None:
    needed = found()
    middle = needed.table.sort_values("times").iloc[len(needed.table) // 2]
    assert needed.median["model"] == middle["model"]
    assert f"{len(needed.table)} of 7 pairs of neighbours are undecided, one at a time: the one in the middle" in needed.sentence
    assert needed.number.endswith(f"the median of {len(needed.table)} undecided pairs")


def test_verdicts_follow_from_how_many_are_undecided_and_what_they_need() -> None:
    clear = found(votes=40_000, models=12, gap=40.0)
    assert clear.verdict is Verdict.FINE
    assert clear.table.empty
    assert str(clear.sentence) == "All 11 pairs of neighbours are decided."
    assert clear.number == "no neighbours undecided"
    far = found(votes=2_000, models=8, gap=1.0)
    assert far.share > 0.25
    assert far.verdict is (Verdict.BEWARE if far.median["times"] > 10 else Verdict.KNOW)


def test_it_is_silent_on_clean_arenas_and_speaks_on_thin_ones() -> None:
    assert sum(check_votes_needed(case_of(faulty(seed=seed))).fires for seed in range(15)) == 0
    assert all(check_votes_needed(case_of(faulty("thin", seed=seed))).fires for seed in range(15))


def test_any_pair_can_be_asked_about_and_all_undecided_ones_are_listed() -> None:
    needed = found()
    names = needed.board.models
    assert "This pair by itself is decided." in needed.pair(names[0], names[-1]).sentence
    row = needed.table.iloc[0]
    asked = needed.pair(row["model"], row["other"])
    assert asked.table["more"].iloc[0] == row["more"]
    assert " more votes at the present sampling would decide it" in asked.sentence
    every = needed.undecided().table
    assert every["times"].is_monotonic_increasing
    assert set(zip(needed.table["model"], needed.table["other"], strict=True)) <= set(
        zip(every["model"], every["other"], strict=True)
    )
    assert str(needed.undecided().sentence).startswith(f"{len(every)} of 28 pairs of models are undecided")
    with pytest.raises(UsageError, match="did you mean model-02"):
        needed.pair("model-2", "model-03")
    with pytest.raises(UsageError, match="against itself"):
        needed.pair("model-02", "model-02")


def test_the_pairs_to_ask_next_follow_the_rule_of_the_arena_s_paper() -> None:
    """√(S / n) − √(S / (n + 1)); equal variances: the fewer votes a pair has, the larger its share."""
    needed = found()
    table = needed.next_pairs().table
    assert table["share"].sum() == pytest.approx(1)
    assert table["share"].is_monotonic_decreasing
    assert len(table) == 28
    expected = 1 / np.sqrt(table["votes"]) - 1 / np.sqrt(table["votes"] + 1)
    np.testing.assert_allclose(table["share"], expected / expected.sum(), rtol=0.25)
    assert str(needed.next_pairs().sentence).startswith("Of the next votes most would tell those of ")


def test_pairs_that_were_never_asked_come_first() -> None:
    rows = (("a", "b", "model_a", 30), ("a", "b", "model_b", 25), ("b", "c", "model_a", 30), ("b", "c", "model_b", 25))
    following = check_votes_needed(case_of(votes_of(*rows))).next_pairs()
    assert following.table.iloc[0][["model", "other", "votes"]].tolist() == ["a", "c", 0]
    assert str(following.sentence).startswith("1 of 3 pairs was never asked: 9")


def test_ratings_that_are_level_do_not_tell_how_many_votes_it_takes() -> None:
    needed = check_votes_needed(case_of(votes_of(("a", "b", "model_a", 20), ("a", "b", "model_b", 20))))
    said = "are undecided: their ratings are level so far, which does not tell how many more votes would decide it."
    assert str(needed.sentence) in (f"a and b {said}", f"b and a {said}")
    pair = needed.pair("a", "b")
    assert str(pair.sentence) == "Their ratings are level so far, which does not tell how many more votes would decide it."
    assert needed.verdict is Verdict.BEWARE
    assert needed.number == "no number can be told, the median of 1 undecided pair"
    assert "nan" not in needed._repr_html_()
    ties = check_votes_needed(case_of(votes_of(("a", "b", "tie", 20), ("b", "c", "tie", 20))))
    assert "2 of 2 pairs of neighbours are undecided, one at a time; in all of these the ratings are level" in ties.sentence


def test_where_there_are_ties_alone_pairs_with_few_votes_come_first() -> None:
    ties = check_votes_needed(case_of(votes_of(("a", "b", "tie", 20), ("b", "c", "tie", 5), ("a", "c", "tie", 10))))
    following = ties.next_pairs()
    assert following.table["votes"].tolist() == [5, 10, 20]
    assert following.table["share"].sum() == pytest.approx(1)
    assert "nan" not in following.sentence
    with pytest.raises(NothingToDraw, match="level so far"):
        ties.plot()


@pytest.mark.parametrize("top", [0, -1, 2.5, "x", None])
def test_the_number_of_pairs_to_ask_next_is_a_whole_one(top: object) -> None:
    with pytest.raises(UsageError, match="top is "):
        found().next_pairs(top)  # type: ignore[arg-type]


def test_shares_of_very_many_pairs_are_written_in_two_digits_and_rows_are_pairs() -> None:
    needed = found(votes=20_000, models=60)
    shown = columns_of(needed.next_pairs().table, needed.next_pairs().formats)
    assert shown[3].heading == "Of the next votes"
    assert all(
        re.fullmatch(r"0\.0?[1-9]\d %", cell.text.replace("\u00a0", " ").replace("\u202f", " ")) for cell in shown[3].cells
    )
    assert "pairs</label>" in tables.html(needed.table, formats=needed.formats)
    assert "models</label>" not in tables.html(needed.table, formats=needed.formats)


@pytest.mark.parametrize("change", ["swap", "shuffle"])
def test_how_votes_are_written_does_not_matter(change: str) -> None:
    frame = faulty(votes=3_000, models=5, gap=8.0).to_pandas().astype(dict.fromkeys(PLAIN, str))[PLAIN]
    other = frame.sample(frac=1, random_state=2)
    if change == "swap":
        other = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"})
        other["outcome"] = other["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    one, two = (check_votes_needed(case_of(pa.Table.from_pandas(each, preserve_index=False))) for each in (frame, other))
    numbers = ["difference", "votes", "times"]
    np.testing.assert_allclose(one.table[numbers], two.table[numbers], rtol=1e-4)
    assert one.sentence == two.sentence


@pytest.mark.parametrize(
    "table",
    [
        votes_of(("a", "b", "model_a", 3), ("a", "b", "model_b", 2)),
        votes_of(("a", "b", "model_a", 9), ("a", "b", "model_b", 7), ("c", "b", "tie", 1)),
        faulty(votes=30, models=5).select(PLAIN),
        faulty("islands", votes=2_000, models=6),
    ],
)
def test_poor_votes_are_answered_all_the_same(table: pa.Table) -> None:
    needed = check_votes_needed(case_of(table))
    assert needed.sentence.endswith(".")
    assert needed.number
    assert needed.next_pairs().sentence.endswith(".")
    assert len(needed.undecided().table) >= len(needed.table)
