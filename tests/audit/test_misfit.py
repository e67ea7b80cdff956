"""Whether strengths foretell pairs: χ², the spread of pairs beyond noise, and the pairs that stand out."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests

from analysis.audit.case import case_of
from analysis.audit.check import Verdict
from analysis.audit.misfit import SPREAD, _spread, check_misfit, holm
from analysis.errors import InputError
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.settings import Settings
from analysis.sources.simulated.faults import faulty


def votes_of(*rows: tuple[str, str, str, int]) -> pa.Table:
    """Votes by model, model, outcome and how many there are."""
    frame = pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "times"])
    return pa.Table.from_pandas(frame.loc[frame.index.repeat(frame["times"])].drop(columns="times"), preserve_index=False)


def uneven(spread: float, seed: int, votes: int = 12_000, models: int = 10) -> pa.Table:
    """An arena whose pairs have effects of their own, normal with so many points."""
    rng = np.random.default_rng(seed)
    effect = np.triu(rng.normal(0, spread / POINTS, (models, models)), 1)
    left, right = rng.integers(0, models, (2, votes))
    left, right = left[left != right], right[left != right]
    strength = np.linspace(0.5, -0.5, models)
    chance = 1 / (1 + np.exp(strength[right] - strength[left] - (effect - effect.T)[left, right]))
    names = np.array([f"m{number}" for number in range(models)])
    outcome = np.where(rng.random(len(left)) < chance, "model_a", "model_b")
    return pa.Table.from_pandas(pd.DataFrame({"model_a": names[left], "model_b": names[right], "outcome": outcome}))


def test_a_circle_is_misfit_and_its_pairs_are_named() -> None:
    found = check_misfit(case_of(faulty("circle")))
    assert found.verdict == Verdict.BEWARE
    assert {frozenset(pair) for pair in found.named[["model", "other"]].to_numpy()} == {
        frozenset(pair) for pair in (("model-06", "model-07"), ("model-07", "model-08"), ("model-06", "model-08"))
    }
    assert "model-06 wins 65 % against model-07 where 50 % are foretold" in found.sentence
    assert "1 more pair is beyond chance" in found.sentence


def test_a_clean_arena_is_foretold_with_the_degrees_of_freedom_that_strengths_leave() -> None:
    found = check_misfit(case_of(faulty(), Settings(interval="votes")))
    assert found.verdict == Verdict.FINE
    # 66 pairs and 11 differences of strengths; variances are not quite in proportion to information.
    assert found.freedom == pytest.approx(66 - 11, abs=0.5)
    assert found.square == pytest.approx(found.freedom, abs=4 * np.sqrt(2 * found.freedom))
    assert found.sentence.startswith("One strength per model foretells 66 of 66 pairs, those with votes enough, within")


def test_four_equals_with_one_odd_pair_by_hand() -> None:
    pairs = [("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")]
    rows = [(one, two, outcome, 200) for one, two in pairs for outcome in ("model_a", "model_b")]
    extra = [("a", "b", "model_a", 40), ("c", "d", "model_a", 40), ("a", "d", "model_b", 40), ("b", "c", "model_a", 40)]
    found = check_misfit(case_of(votes_of(*rows, *extra)))
    # a beats b, b beats c, c beats d and d beats a, each 40 times oftener: strengths are equal. Four pairs have 240 of 440 votes,
    # 20 more than half, with the variance 440 / 4: χ² is 4 · 20² / 110 on 6 − 3 degrees of freedom.
    assert found.square == pytest.approx(4 * 400 / 110)
    assert found.freedom == pytest.approx(3, abs=0.01)
    assert set(found.table["share"].head(4).round(6)) == {round(240 / 440, 6)}
    assert set(found.table["expected_share"].round(6)) == {0.5}


def test_the_spread_is_paule_and_mandels() -> None:
    rng = np.random.default_rng(3)
    variance = rng.uniform(0.01, 0.05, 40)
    effect = rng.normal(0, np.sqrt(variance + 0.03))
    information = 1 / variance
    # Effects about 0, so that the mean costs no degree of freedom: with the mean taken off it is what statsmodels gives.
    peer = combine_effects(effect, variance, method_re="iterated", use_t=False, atol=1e-10)
    centred = effect - peer.mean_effect_re
    value, low, high = _spread(centred * information, variance * information**2, information, 39.0, 0.95)
    assert value / POINTS == pytest.approx(np.sqrt(peer.tau2), rel=1e-3)
    assert low < value < high


def test_the_interval_of_the_spread_holds_the_truth() -> None:
    found = [check_misfit(case_of(uneven(30, seed))).spread for seed in range(40)]
    assert np.mean([low <= 30 <= high for _, low, high in found]) >= 0.85
    assert np.mean([value for value, _, _ in found]) == pytest.approx(30, abs=4)
    assert all(check_misfit(case_of(uneven(60, seed))).verdict == Verdict.BEWARE for seed in range(5))
    assert SPREAD == 20


def test_alarms_of_faultless_arenas_are_few() -> None:
    fires = [check_misfit(case_of(faulty(votes=2_500, models=6, gap=60, seed=seed))).fires for seed in range(60)]
    assert np.mean(fires) <= 0.1


def test_holm_is_that_of_statsmodels() -> None:
    values = np.random.default_rng(1).uniform(0, 0.2, 30)
    np.testing.assert_allclose(holm(values), multipletests(values, method="holm")[1])


def test_sides_order_and_names_do_not_matter() -> None:
    table = faulty("circle", votes=8_000, models=6)
    frame = table.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str})
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"}).sample(frac=1, random_state=1)
    swapped["outcome"] = swapped["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    swapped[["model_a", "model_b"]] = swapped[["model_a", "model_b"]].replace("model-01", "zz")
    one, other = check_misfit(case_of(table)), check_misfit(case_of(pa.Table.from_pandas(swapped, preserve_index=False)))
    pd.testing.assert_frame_equal(one.table.replace("model-01", "zz"), other.table, rtol=1e-5)
    assert one.spread == pytest.approx(other.spread)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (votes_of(("a", "b", "model_a", 60), ("a", "b", "model_b", 60)), "no more pairs than strengths"),
        (faulty(votes=30, models=4), "no pair has votes enough: it takes 40, and more between unequal"),
        (votes_of(*((a, b, o, 90) for a, b in ("ab", "bc") for o in ("model_a", "model_b"))), "no more pairs than strengths"),
    ],
)
def test_where_strengths_foretell_anything_it_stands_down(table: pa.Table, why: str) -> None:
    with pytest.raises(InputError, match=why):
        check_misfit(case_of(table))


def test_ties_alone_are_foretold() -> None:
    found = check_misfit(case_of(votes_of(("a", "b", "tie", 90), ("b", "c", "tie", 90), ("a", "c", "tie", 90))))
    assert (found.verdict, found.spread[0]) == (Verdict.FINE, 0.0)


def test_unconnected_groups_have_the_misfit_of_the_rated_one() -> None:
    found = check_misfit(case_of(faulty("islands", votes=20_000)))
    assert {int(name[-2:]) % 2 for name in found.table["model"]} in ({0}, {1})
