"""Drift: models that change under the same name, those that seem to because others do, and votes that cannot tell."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import chi2, f, norm, t

from analysis.audit.case import case_of
from analysis.audit.check import Verdict
from analysis.audit.drift import DRIFT, PERIODS, _clock, _moves, _purified, _relative, _tested, check_drift
from analysis.errors import InputError
from analysis.ratings.bradley_terry import POINTS, fit_bradley_terry
from analysis.ratings.pairs import SCORE
from analysis.ratings.settings import Settings
from analysis.sources.simulated.faults import faulty

OVER_VOTES = Settings(interval="votes")


def frame_of(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str, "judge": str})


def table_of(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame[["model_a", "model_b", "outcome", "judge", "time"]], preserve_index=False)


def test_the_model_that_drifts_is_named_alone_and_a_clean_arena_has_none() -> None:
    found = check_drift(case_of(faulty("drifting model")))
    assert found.verdict == Verdict.BEWARE
    assert list(found.drifting["model"]) == ["model-07"]
    row = found.drifting.iloc[0]
    assert row["shift_lower"] < 100 < row["shift_upper"]
    assert "model-07 gains" in found.sentence
    clean = check_drift(case_of(faulty()))
    assert clean.verdict == Verdict.FINE
    assert clean.sentence.startswith("None of 12 models changes beyond chance from 2024-06-01 to 2024-07-30")
    assert DRIFT == 20


def test_models_that_only_meet_the_drifting_one_do_not_seem_to_drift() -> None:
    """With so many votes each of five models loses a sixth of what one gains, beyond chance, if the mean of all is held."""
    case = case_of(faulty("drifting model", votes=150_000, models=6), OVER_VOTES)
    fit = case.board.fit
    clock = _clock(case.time, PERIODS)
    moves = _moves(case, fit, clock)
    everybody = np.ones(6, dtype=bool)
    cells = [np.flatnonzero(moves.model == model) for model in range(6)]
    held = [_tested(clock.middle, value, covariance, np.inf) for _, value, covariance in _relative(moves, cells, everybody)]
    assert sum(each.p_value < 0.05 for each in held) >= 4
    purified, _ = _purified(moves, np.arange(6), clock, np.inf)
    assert [each.p_value < 0.01 for each in purified] == [False] * 3 + [True] + [False] * 2


def test_moves_are_those_of_fits_of_each_period() -> None:
    case = case_of(faulty(votes=60_000, models=5), OVER_VOTES)
    fit = case.board.fit
    clock = _clock(case.time, PERIODS)
    moves = _moves(case, fit, clock)
    for period in range(PERIODS):
        own = fit_bradley_terry(case.ballots.only(clock.period == period).counted().pairs)
        here = moves.period == period
        np.testing.assert_allclose(fit.strength + moves.value[here], own.strength, atol=0.01)
        block = moves.covariance[np.ix_(here, here)]
        np.testing.assert_allclose(np.diag(block), np.diag(own.covariance), rtol=0.05)
    assert np.bincount(clock.period).tolist() == [10_000] * PERIODS
    assert moves.votes.sum() == 120_000


def test_the_covariance_over_judges_is_that_of_slow_sums() -> None:
    frame = frame_of(faulty("tastes", votes=3_000, models=4))
    frame["judge"] = (np.arange(len(frame)) * 7 % 60).astype(str)
    case = case_of(table_of(frame))
    fit = case.board.fit
    clock = _clock(case.time, 4)
    moves = _moves(case, fit, clock)
    pairs, ballots, periods = case.pairs, case.ballots, len(clock.middle)
    score = (SCORE - fit.chance[:, None]).ravel()[ballots.cell]
    sums = np.zeros((60, periods, 4))
    for sign, models in ((1, pairs.first), (-1, pairs.second)):
        np.add.at(sums, (case.judge, clock.period, models[ballots.pair]), sign * score)
    breads = []
    for period in range(periods):
        total = np.bincount(ballots.pair[clock.period == period], minlength=len(pairs.first))
        design = np.zeros((len(total), 4))
        design[np.arange(len(total)), pairs.first], design[np.arange(len(total)), pairs.second] = 1, -1
        breads.append(np.linalg.pinv(design.T @ np.diag(total * fit.chance * (1 - fit.chance)) @ design))
    slow = np.concatenate([sums[:, period] @ breads[period] for period in range(periods)], axis=1)
    np.testing.assert_allclose(moves.covariance, slow.T @ slow, atol=1e-9)
    # The same where votes of a judge do not stand together.
    mixed = replace(case, ballots=ballots.only(np.random.default_rng(1).permutation(len(score))))
    again = check_drift(mixed)
    pd.testing.assert_frame_equal(again.table, check_drift(case).table, rtol=1e-6)


def test_a_line_and_any_movement_by_hand() -> None:
    middle, value = np.array([0.0, 1.0, 2.0]), np.array([-0.1, 0.0, 0.1])
    covariance = 0.01 * np.eye(3)
    # Slope 0.1 with the variance 0.01 / Σ (x − 1)² = 0.005; Σ of squares 0.02 / 0.01 = 2.
    found = _tested(middle, value, covariance, np.inf)
    assert (found.slope, found.error) == (pytest.approx(0.1), pytest.approx(np.sqrt(0.005)))
    assert found.p_value == pytest.approx(2 * min(2 * norm.sf(np.sqrt(2)), chi2.sf(2, 2)))
    # Over judges: Student's t, and Hotelling's T² by its F.
    found = _tested(middle, np.array([0.2, -0.4, 0.2]), covariance, 20.0)
    assert found.p_value == pytest.approx(2 * f.sf(24 * 19 / (20 * 2), 2, 19))
    assert _tested(middle[:2], value[:2], covariance[:2, :2], 20.0).p_value == pytest.approx(2 * t.sf(0.1 / np.sqrt(0.02), 20))
    # With as few judges as that only the line can be tested.
    many = _tested(np.arange(6.0), np.array([5.0, -5, 5, -5, 5, -5]), 0.01 * np.eye(6), 3.0)
    slope = -15 / 17.5  # Σ x y / Σ x² about the middle
    assert many.slope == pytest.approx(slope)
    assert many.p_value == pytest.approx(4 * t.sf(abs(slope) / np.sqrt(0.01 / 17.5), 3))


def test_a_model_that_goes_and_comes_back_moves_unevenly() -> None:
    frame = frame_of(faulty(votes=30_000, models=6))
    part = (frame["time"] - frame["time"].min()) / (frame["time"].max() - frame["time"].min())
    # In the middle third of the time half of its lost votes are won.
    for side in ("a", "b"):
        mine = frame[f"model_{side}"].eq("model-03") & part.between(0.33, 0.67)
        lost = mine & frame["outcome"].eq("model_b" if side == "a" else "model_a")
        frame.loc[lost & (np.arange(len(frame)) % 2 == 0), "outcome"] = f"model_{side}"
    found = check_drift(case_of(table_of(frame)))
    assert list(found.drifting["model"]) == ["model-03"]
    assert found.drifting["uneven"].all()
    assert "model-03 moves unevenly (" in found.sentence
    assert not check_drift(case_of(faulty("drifting model"))).table["uneven"].any()


@pytest.mark.parametrize("fault", ["none", "tastes"])
def test_intervals_of_steady_models_hold_nothing_and_few_are_called_drifting(fault: str) -> None:
    held, fires = [], []
    for seed in range(30):
        found = check_drift(case_of(faulty(fault, votes=6_000, models=6, seed=seed)))
        held.append((found.table["shift_lower"] <= 0) & (found.table["shift_upper"] >= 0))
        fires.append(found.fires)
    assert np.mean(held) == pytest.approx(0.95, abs=0.05)
    assert np.mean(fires) <= 0.1


def test_a_judge_that_comes_again_and_again_is_no_news() -> None:
    """Votes of 40 people cast many times over, by taste and by month: over votes nearly every arena drifts, over judges few."""
    over_judges, over_votes = [], []
    for seed in range(12):
        frame = frame_of(faulty("tastes", votes=1_500, models=4, seed=seed))
        frame["judge"] = (np.arange(len(frame)) // 25).astype(str)
        table = table_of(pd.concat([frame] * 6, ignore_index=True))
        over_judges.append(check_drift(case_of(table)).fires)
        over_votes.append(check_drift(case_of(table, OVER_VOTES)).fires)
    assert np.mean(over_judges) <= 0.25
    assert np.mean(over_votes) >= 0.8


def test_models_that_come_late_have_fewer_periods() -> None:
    frame = frame_of(faulty(votes=20_000, models=6))
    middle = frame["time"].min() + (frame["time"].max() - frame["time"].min()) / 2
    late = (frame["model_a"].eq("model-02") | frame["model_b"].eq("model-02")) & (frame["time"] < middle)
    gone = (frame["model_a"].eq("model-05") | frame["model_b"].eq("model-05")) & (frame["time"] > middle)
    found = check_drift(case_of(table_of(frame[~late & ~gone]))).models.set_index("model")
    assert found["periods"].to_dict() == {f"model-0{n}": 3 + 3 * (n not in (2, 5)) for n in range(1, 7)} | {
        "model-02": found.loc["model-02", "periods"],
        "model-05": found.loc["model-05", "periods"],
    }
    assert (found.loc[["model-02", "model-05"], "periods"] <= 4).all()
    # Their shift is over their own time, half of the whole: as sure a slope is half as many points.
    assert found.loc["model-02", "error"] > 0


def test_votes_without_a_time_are_left_out_and_counted() -> None:
    frame = frame_of(faulty(votes=9_000, models=5))
    known = check_drift(case_of(table_of(frame), OVER_VOTES))
    extra = frame.head(2_000).copy()
    extra["time"] = extra["time"].where(extra["time"].isna())
    found = check_drift(case_of(table_of(pd.concat([frame, extra])), OVER_VOTES))
    assert "2,000 votes without a time are left out." in found.sentence
    assert known.untimed == 0
    assert found.models["votes"].sum() == 18_000


def test_sides_order_and_names_do_not_matter() -> None:
    frame = frame_of(faulty("drifting model", votes=9_000, models=5))
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"}).sample(frac=1, random_state=1)
    swapped["outcome"] = swapped["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    swapped[["model_a", "model_b"]] = swapped[["model_a", "model_b"]].replace("model-01", "zz")
    one, other = check_drift(case_of(table_of(frame))), check_drift(case_of(table_of(swapped)))
    pd.testing.assert_frame_equal(one.table.replace("model-01", "zz"), other.table, rtol=1e-5)


def test_two_models_that_part_cannot_say_which_of_them_drifts() -> None:
    rng = np.random.default_rng(1)
    time = np.sort(rng.integers(0, 10**12, 6_000)) + 1_717_200_000_000_000
    won = rng.random(6_000) < 0.4 + 0.2 * np.linspace(0, 1, 6_000)
    frame = pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": np.where(won, "model_a", "model_b")})
    frame["time"] = pd.to_datetime(time, unit="us", utc=True)
    found = check_drift(case_of(pa.Table.from_pandas(frame)))
    assert set(found.drifting["model"]) == {"a", "b"}
    # From 40 to 60 % are 2 log(3/2) log-odds, of the one relative to the other.
    assert found.table["shift"].abs().max() == pytest.approx(2 * np.log(1.5) * POINTS, rel=0.2)
    assert "a gains" in found.sentence
    assert "b loses" in found.sentence


def test_where_most_models_have_too_few_votes_periods_are_longer() -> None:
    found = check_drift(case_of(faulty(gap=200, votes=20_000)))
    assert 2 <= found.models["periods"].max() < PERIODS
    assert len(found.table) >= 6


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (faulty(votes=2_000, models=4).drop(["time"]), "have no time"),
        (faulty(votes=30, models=4), "no model has votes enough in two periods.* each takes 80, and more"),
        (table_of(frame_of(faulty(votes=2_000, models=4)).assign(time=pd.Timestamp("2024-06-01", tz="UTC"))), "at one time"),
    ],
)
def test_votes_that_cannot_tell_are_said(table: pa.Table, why: str) -> None:
    with pytest.raises(InputError, match=why):
        check_drift(case_of(table))


def test_ties_alone_do_not_drift() -> None:
    frame = frame_of(faulty(votes=4_000, models=3)).assign(outcome="tie")
    with pytest.raises(InputError, match="every vote is a tie"):
        check_drift(case_of(table_of(frame)))
