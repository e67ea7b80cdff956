"""Circles of three models: the strongest, and the share of threes that are one."""

from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.audit.case import case_of
from analysis.audit.check import Verdict
from analysis.audit.cycles import CIRCLE, LEAST_INFORMATION, check_cycles
from analysis.errors import InputError
from analysis.ratings.residuals import residuals_of
from analysis.ratings.settings import Settings
from analysis.sources.simulated.faults import faulty


def votes_of(*rows: tuple[str, str, str, int]) -> pa.Table:
    """Votes by model, model, outcome and how many there are."""
    frame = pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "times"])
    return pa.Table.from_pandas(frame.loc[frame.index.repeat(frame["times"])].drop(columns="times"), preserve_index=False)


def test_a_circle_is_found_and_named_the_way_round_it_goes() -> None:
    found = check_cycles(case_of(faulty("circle")))
    assert found.verdict == Verdict.BEWARE
    assert {"model-06", "model-07", "model-08"} == set(found.strongest[["first", "second", "third"]])
    assert "won more often than not against" in found.sentence
    for words in ("model-06 against model-07", "model-07 against model-08", "model-08 against model-06"):
        assert words in found.sentence.replace("won more often than not ", "")
    # That each of the others goes round with two of them is true of log-odds beyond strengths, and of no majorities.
    assert list(found.table["majority"]) == [True] + [False] * 19
    assert found.strongest["lower"] < 0.5 < found.strongest["upper"]
    clean = check_cycles(case_of(faulty()))
    assert clean.verdict == Verdict.FINE
    assert clean.sentence.startswith("No circle among 220 sets of three models is beyond chance")


def test_three_equals_that_beat_each_other_two_to_one_have_a_circle_of_log_2() -> None:
    wins = [(one, two, outcome, n) for one, two in ("ab", "bc", "ca") for outcome, n in (("model_a", 400), ("model_b", 200))]
    found = check_cycles(case_of(votes_of(*wins)))
    # All strengths are equal, so that to first order the log-odds of a pair are (2/3 − 1/2) / (1/4) = 2/3, and log 2 is 0.69.
    assert found.strongest["circle"] == pytest.approx(2 / 3)
    # Each pair's score has the variance 1/4 a vote: 600 / 4 over (600 / 4)², three times, over 3².
    assert found.circles["error"].iloc[0] == pytest.approx(np.sqrt(3 / 150) / 3)
    assert found.share is not None
    assert (found.share.seen, found.share.threes) == (1.0, 1)
    assert found.share.expected == pytest.approx(0.25, abs=0.06)  # two of eight ways round
    assert list(found.table.loc[0, ["first", "second", "third"]]) in (["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"])


def test_circulations_and_the_cyclic_share_are_those_of_a_slow_loop() -> None:
    case = case_of(faulty(votes=3_000, models=7, gap=10), Settings(interval="votes"))
    found, residuals = check_cycles(case), residuals_of(case.board.fit, case.board.basis)
    pairs, effect, variance, lead = case.pairs, {}, {}, {}
    for place, (one, two) in enumerate(zip(pairs.first, pairs.second, strict=True)):
        for key, sign in (((one, two), 1), ((two, one), -1)):
            effect[key], variance[key] = sign * residuals.effect[place], residuals.effect_variance[place]
            lead[key] = sign * (pairs.counts[place, 0] - pairs.counts[place, 1])
    best, circles, decided = 0.0, 0, 0
    for i, j, k in combinations(range(7), 3):
        edges = [(i, j), (j, k), (k, i)]
        size = sum(effect[edge] for edge in edges)
        best = max(best, abs(size) / np.sqrt(sum(variance[edge] for edge in edges)))
        leads = [np.sign(lead[edge]) for edge in edges]
        decided += 0 not in leads
        circles += abs(sum(leads)) == 3
    row = found.circles.iloc[0]
    assert row["circle"] / row["error"] == pytest.approx(best)
    assert found.share is not None
    assert (found.share.threes, found.share.seen) == (decided, pytest.approx(circles / decided))
    assert found.threes == 35


def test_a_circle_too_small_to_matter_is_worth_knowing() -> None:
    wins = [(one, two, outcome, n) for one, two in ("ab", "bc", "ca") for outcome, n in (("model_a", 5_100), ("model_b", 4_900))]
    found = check_cycles(case_of(votes_of(*wins)))
    assert found.verdict == Verdict.KNOW
    assert 0 < found.strongest["lower"] < CIRCLE


def test_the_critical_value_is_kept_by_arenas_without_circles() -> None:
    beyond = [check_cycles(case_of(faulty(votes=2_500, models=6, gap=60, seed=seed))).fires for seed in range(60)]
    assert np.mean(beyond) <= 0.1


def test_sides_order_and_names_do_not_matter() -> None:
    table = faulty("circle", votes=8_000, models=6)
    frame = table.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str})
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"}).sample(frac=1, random_state=1)
    swapped["outcome"] = swapped["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    one, other = check_cycles(case_of(table)), check_cycles(case_of(pa.Table.from_pandas(swapped, preserve_index=False)))
    pd.testing.assert_frame_equal(one.circles, other.circles, rtol=1e-6)
    assert one.verdict == other.verdict
    renamed = frame.replace({"model-03": "a", "model-01": "z"})
    third = check_cycles(case_of(pa.Table.from_pandas(renamed, preserve_index=False)))
    assert third.strongest["circle"] == pytest.approx(one.strongest["circle"])
    assert third.critical == pytest.approx(one.critical, rel=0.1)  # other draws


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (votes_of(("a", "b", "model_a", 60), ("a", "b", "model_b", 60)), "takes three models"),
        (faulty(votes=30, models=3), "no three models all met often enough"),
        (votes_of(*((a, b, o, 90) for a, b in ("ab", "bc") for o in ("model_a", "model_b"))), "no three models all met"),
    ],
)
def test_where_no_three_models_met_often_it_stands_down(table: pa.Table, why: str) -> None:
    with pytest.raises(InputError, match=why):
        check_cycles(case_of(table))


def test_ties_alone_are_no_circle() -> None:
    found = check_cycles(case_of(votes_of(("a", "b", "tie", 90), ("b", "c", "tie", 90), ("a", "c", "tie", 90))))
    assert (found.verdict, found.share) == (Verdict.FINE, None)
    assert LEAST_INFORMATION == 10
