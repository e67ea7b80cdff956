"""Whether judges agree on how far apart models are."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import minimize, minimize_scalar

from analysis.audit.case import Case, case_of
from analysis.audit.check import Verdict
from analysis.audit.discrimination import LEAST, _Votes, check_discrimination, spread_of
from analysis.audit.judges import bench_of
from analysis.errors import InputError
from analysis.ratings.bradley_terry import POINTS
from analysis.sources.simulated.faults import faulty


def judged(table: pa.Table, judges: list[str]) -> pa.Table:
    """The same votes by others."""
    return table.set_column(table.column_names.index("judge"), "judge", pa.array(judges))


RANDOM = faulty("random voters", votes=4_000, models=6)


def votes_of(case: Case, variance: float, dispersion: float) -> _Votes:
    bench = bench_of(case)
    gap = bench.fit.strength[case.pairs.first] - bench.fit.strength[case.pairs.second]
    return _Votes(bench, np.flatnonzero(bench.cast >= LEAST), gap, 1 / variance, dispersion)


def loss(score: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    return score * np.logaddexp(0, -log_odds) + (1 - score) * np.logaddexp(0, log_odds)


def test_judges_who_vote_at_random_are_found() -> None:
    for seed in range(8):
        check = check_discrimination(case_of(faulty("random voters", votes=8_000, models=6, seed=seed)))
        assert check.verdict in (Verdict.KNOW, Verdict.BEWARE)
        busy = check.table[check.table["votes"] > 60]
        assert len(busy) == 8
        assert busy["discrimination"].mean() < 0.6
        assert check.gain > 0
        assert "beyond chance" in check.sentence


def test_judges_who_are_alike_do_not_differ() -> None:
    found = []
    for seed in range(30):
        per = (12, 40, 200)[seed % 3]
        table = judged(faulty(votes=2_000, models=6, seed=seed), [f"p{row % (2_000 // per)}" for row in range(2_000)])
        found.append(check_discrimination(case_of(table)).verdict)
    assert found.count(Verdict.FINE) >= 28


def test_the_spread_is_what_any_two_votes_of_a_judge_have_in_common() -> None:
    case = case_of(RANDOM)
    bench = bench_of(case)
    gap = bench.fit.strength[case.pairs.first] - bench.fit.strength[case.pairs.second]
    chance = bench.fit.chance
    variance, excess, dispersion = spread_of(bench, gap)
    slope = gap[bench.pair] * bench.surplus[bench.cell]
    information = (gap**2 * chance * (1 - chance))[bench.pair]
    products = expected = squares = 0.0
    for begin, end in zip(bench.start, bench.start[1:], strict=False):
        for one in range(begin, end):
            for other in range(begin, end):
                if one != other:
                    products += slope[one] * slope[other]
                    expected += information[one] * information[other]
                    squares += 2 * (slope[one] * slope[other]) ** 2
    assert variance == pytest.approx(products / expected)
    assert excess == pytest.approx(products / np.sqrt(squares))
    assert dispersion == pytest.approx((slope**2).sum() / information.sum())


def test_a_discrimination_is_the_most_likely_one() -> None:
    votes = votes_of(case_of(RANDOM), 0.3, 0.8)
    found, error = votes.discriminations()
    for place in (0, 3, len(found) - 1):
        judge = votes.chosen[place]
        mine = slice(votes.bench.start[judge], votes.bench.start[judge + 1])
        gap, score = votes.gap[votes.bench.pair[mine]], votes.score[mine]

        def energy(a: float, gap: np.ndarray = gap, score: np.ndarray = score) -> float:
            return float(loss(score, a * gap).sum() / 0.8 + (a - 1) ** 2 / 0.6)

        assert found[place] == pytest.approx(minimize_scalar(energy, bounds=(-5, 5), method="bounded").x, abs=1e-4)
        bend = (energy(found[place] + 1e-3) + energy(found[place] - 1e-3) - 2 * energy(found[place])) / 1e-6
        assert error[place] == pytest.approx(bend**-0.5, rel=1e-3)


def test_losses_are_those_of_the_half_that_gave_no_number() -> None:
    votes = votes_of(case_of(RANDOM), 0.3, 0.8)
    losses = votes.losses()
    judge = votes.chosen[2]
    mine = votes.order[votes.bench.start[judge] : votes.bench.start[judge + 1]]
    plain = informed = 0.0
    for half in range(2):
        known, asked = mine[half::2], mine[1 - half :: 2]
        gap, score = votes.gap[votes.bench.pair], votes.score

        def energy(a: float, known: np.ndarray = known, gap: np.ndarray = gap, score: np.ndarray = score) -> float:
            return float(loss(score[known], a * gap[known]).sum() / 0.8 + (a - 1) ** 2 / 0.6)

        number = minimize_scalar(energy, bounds=(-5, 5), method="bounded").x
        plain += loss(score[asked], gap[asked]).sum()
        informed += loss(score[asked], number * gap[asked]).sum()
    np.testing.assert_allclose(losses[2], [plain, informed], rtol=1e-5)


def test_the_board_with_discriminations_is_the_most_likely_one_on_the_scale_of_the_plain() -> None:
    case = case_of(RANDOM)
    votes = votes_of(case, 0.5, 0.8)
    found, _ = votes.discriminations()
    bench = votes.bench
    each = np.ones(len(bench.number))
    each[votes.chosen] = found
    number = np.repeat(each, bench.cast)
    first, second = case.pairs.first[bench.pair], case.pairs.second[bench.pair]

    def energy(strength: np.ndarray) -> float:
        return float(loss(votes.score, number * (strength[first] - strength[second])).sum() + strength.sum() ** 2)

    best = minimize(energy, bench.fit.strength, method="BFGS", options={"gtol": 1e-4}).x
    best *= best @ bench.fit.strength / (best @ best)
    order = [bench.fit.pairs.models.index(model) for model in case.board.models]
    board = votes.board(found)
    assert board is not None
    np.testing.assert_allclose(board.moved, (best - bench.fit.strength)[order] * POINTS, atol=0.02)


def test_neither_sides_nor_order_matter() -> None:
    frame = RANDOM.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str, "judge": str})
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"})
    swapped["outcome"] = swapped["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    one = check_discrimination(case_of(RANDOM))
    other = check_discrimination(case_of(pa.Table.from_pandas(swapped.sample(frac=1, random_state=1), preserve_index=False)))
    assert one.sentence == other.sentence
    assert one.table["judge"].tolist() == other.table["judge"].tolist()
    np.testing.assert_allclose(one.table["discrimination"], other.table["discrimination"], atol=1e-6)


def test_where_judges_differ_less_than_by_chance_all_have_one() -> None:
    alike = replace(votes_of(case_of(RANDOM), 1.0, 1.0), precision=np.inf)
    assert (alike.discriminations()[0] == 1).all()
    losses = alike.losses()
    np.testing.assert_allclose(losses[:, 0], losses[:, 1], rtol=1e-9)


def test_votes_that_cannot_tell_say_so() -> None:
    ties = RANDOM.set_column(RANDOM.column_names.index("outcome"), "outcome", pa.array(["tie"] * 4_000))
    for table, words in (
        (RANDOM.drop_columns(["judge"]), "who cast"),
        (judged(RANDOM, [f"p{row}" for row in range(4_000)]), "no judge cast 10"),
        (ties, "equally strong"),
    ):
        with pytest.raises(InputError, match=words):
            check_discrimination(case_of(table))


def test_the_interval_of_a_tiny_gain_has_two_digits() -> None:
    found = check_discrimination(case_of(faulty("random voters", seed=5)))
    tiny = replace(found, gain=0.00005, error=0.000004)
    low, high = (f"{value:.7f}" for value in tiny.interval)
    assert f"(gain 0.0000500, 98 % {low} to {high})" in tiny.sentence.replace("\u00a0", " ")
