"""Variants: what the best of many models gains by chance, against order statistics, simulations and what the arena said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.audit.case import Case, case_of, read_case
from analysis.audit.check import Verdict
from analysis.audit.variants import Variants, check_variants, largest_of
from analysis.errors import InputError
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.settings import Settings
from analysis.sources.load import load_votes
from analysis.sources.simulated.faults import faulty, variant_facts


def facts(models: int, each: int) -> pd.DataFrame:
    """Organizations of so many models each, neighbours on the board."""
    names = [f"model-{number:02d}" for number in range(1, models + 1)]
    return pd.DataFrame(
        {"model": names, "organization": [f"Org {place // each}" for place in range(models)], "open_weights": True}
    )


def clean(models: int = 12, each: int = 4, votes: int = 20_000, seed: int = 1) -> Case:
    return case_of(faulty(votes=votes, models=models, seed=seed), facts=facts(models, each))


@pytest.mark.parametrize(
    ("number", "expected"), [(1, 0.0), (2, 0.56419), (3, 0.84628), (5, 1.16296), (10, 1.53875), (50, 2.24907)]
)
def test_the_mean_of_the_largest_of_normal_numbers_is_that_of_the_tables(number: int, expected: float) -> None:
    """Harter (1961), expected values of normal order statistics."""
    assert largest_of(number) == pytest.approx(expected, abs=1e-4)


def test_the_gain_is_what_fits_of_equal_models_show() -> None:
    """N models as strong as the first, each with its votes against the opponents of the board, rated anew."""
    case = clean(models=6, each=2, votes=6_000)
    found, fit, rng = check_variants(case), case.board.fit, np.random.default_rng(1)
    strength, votes = fit.strength, fit.pairs.votes_by_model.copy()
    best = int(np.argmax(strength))
    others = [place for place in range(6) if place != best]
    share = votes[others] / votes[others].sum()
    chance = 1 / (1 + np.exp(strength[others] - strength[best]))
    number, cast, gains = 10, 600, []
    scatter = np.sqrt(fit.squares[0].sum() / fit.squares[1].sum())
    for _ in range(400):
        ratings = []
        for _ in range(number):
            asked = rng.multinomial(cast, share)
            score = asked * chance + np.sqrt(asked * chance * (1 - chance)) * scatter * rng.normal(size=len(asked))
            theta = strength[best]
            for _ in range(20):
                p = 1 / (1 + np.exp(strength[others] - theta))
                theta += (score - asked * p).sum() / (asked * p * (1 - p)).sum()
            ratings.append(POINTS * (theta - strength[best]))
        gains.append(max(ratings))
    mean, low, high = found.gain(number, cast)
    assert np.mean(gains) == pytest.approx(mean, rel=0.06)
    assert np.quantile(gains, [0.05, 0.95]) == pytest.approx([low, high], rel=0.15)


def test_the_error_behind_it_is_that_of_a_model_of_this_board() -> None:
    """The first model's own standard error, others being known, is what its number of votes foretells."""
    case = clean()
    found, fit = check_variants(case), case.board.fit
    best = int(np.argmax(fit.strength))
    its = (fit.pairs.first == best) | (fit.pairs.second == best)
    chance = fit.chance[its]
    information = float((fit.pairs.total[its] * chance * (1 - chance)).sum())
    seen, expected = fit.squares
    error = POINTS * np.sqrt(seen.sum() / expected.sum() / information)
    assert found.error / np.sqrt(fit.pairs.votes_by_model[best]) == pytest.approx(error, rel=0.03)


def test_the_best_of_fifty_with_3000_votes_gains_about_what_the_arena_said(real_data: Path) -> None:
    """LMArena's answer of 2025-05-09 to The Leaderboard Illusion says about +11 points."""
    found: Variants = check_variants(read_case(load_votes(real_data / "pair_counts_20240814.json"), "overall", Settings()))
    assert 10 < found.gain(50, 3_000)[0] < 14
    assert "50 equal models with 3,000 votes each" in found.gains.sentence
    table = found.table.set_index("organization")
    assert table.loc[["OpenAI", "Google", "Meta"], "models"].tolist() == [13, 16, 11]
    assert found.verdict is Verdict.FINE


def test_the_gain_of_an_organization_is_the_largest_of_its_errors() -> None:
    case = clean(each=4)
    found = check_variants(case).first
    own = [case.board.models.index(model) for model in found.models]
    drawn = np.random.default_rng(7).multivariate_normal(np.zeros(4), case.board.covariance[np.ix_(own, own)], 40_000)
    assert found.gain == pytest.approx(drawn.max(axis=1).mean(), rel=0.05)


def test_the_lead_is_that_over_the_best_of_another_organization_below() -> None:
    case = clean(each=4)
    found = check_variants(case)
    board = case.board
    assert found.first.models == board.models[:4]
    assert (found.first.other, found.first.rival) == (board.models[4], "Org 1")
    assert found.first.lead == pytest.approx(board.ratings[0] - board.ratings[4])
    last = found.organizations[-1]
    assert last.other == ""
    assert np.isnan(last.lead)


def test_models_that_clearly_differ_gain_nothing_and_equal_ones_what_chance_gives() -> None:
    far = check_variants(clean(each=6, votes=40_000))
    assert max(each.likely for each in far.organizations) < 0.5
    assert far.verdict is Verdict.FINE
    likely, gain = [], []
    for seed in range(12):
        case = case_of(faulty("variants", votes=20_000, models=20, seed=seed), facts=variant_facts(20))
        many = next(each for each in check_variants(case).organizations if each.name == "Many")
        likely.append(many.likely)
        gain.append(many.gain)
    assert 0.55 * np.mean(gain) < np.mean(likely) <= np.mean(gain)


def test_twelve_equal_variants_are_found() -> None:
    fired = [
        check_variants(case_of(faulty("variants", votes=20_000, models=24, seed=seed), facts=variant_facts(24))).fires
        for seed in range(20)
    ]
    assert sum(fired) >= 18


def test_a_lead_that_so_many_models_have_by_chance_is_to_beware_of() -> None:
    found = check_variants(clean(each=4))
    assert found.first.once <= found.first.most <= 1.05 * found.first.once  # they clearly differ
    first = replace(found.first, lead=12.0, once=10.0, most=15.0)
    explained = replace(found, organizations=(first, *found.organizations[1:]))
    assert explained.verdict is Verdict.BEWARE
    assert "would be more than chance for one model; the best of its 4 would lead by up to" in explained.sentence
    two = replace(first, models=first.models[:2])
    assert not replace(found, organizations=(two, *found.organizations[1:])).explained


def test_the_lead_by_chance_of_equal_models_is_that_of_the_best_of_so_many() -> None:
    once, most = [], []
    for seed in range(8):
        case = case_of(faulty("variants", votes=20_000, models=20, seed=seed), facts=variant_facts(20))
        many = next(each for each in check_variants(case).organizations if each.name == "Many")
        once.append(many.once)
        most.append(many.most)
    assert np.mean(most) > 1.2 * np.mean(once)


def test_one_model_each_says_so() -> None:
    found = check_variants(clean(each=1))
    assert (found.verdict, found.number) == (Verdict.FINE, "one model each")
    assert found.sentence.startswith("No organization has two models on this board.")


def test_models_that_nobody_knows_stand_for_themselves_and_no_knowledge_at_all_stands_down() -> None:
    some = facts(12, 4).iloc[:8]
    case = case_of(faulty(votes=20_000), facts=some)
    found = check_variants(case)
    assert [each.name for each in found.organizations] == ["Org 0", "Org 1"]
    assert found.organizations[1].rival == found.organizations[1].other == case.board.models[8]
    with pytest.raises(InputError, match="organizations of these models are not known"):
        check_variants(case_of(faulty(votes=2_000, models=4)))


def test_order_of_rows_and_sides_change_nothing() -> None:
    table = faulty("variants", votes=6_000, models=12, seed=2)
    frame = table.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str})
    turned = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"}).sample(frac=1, random_state=1)
    turned["outcome"] = turned["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    one = check_variants(case_of(table, facts=variant_facts(12))).table
    other = check_variants(case_of(pa.Table.from_pandas(turned, preserve_index=False), facts=variant_facts(12))).table
    pd.testing.assert_frame_equal(one, other, atol=0.3, rtol=0.1)


def test_the_gain_falls_with_votes_and_grows_with_models() -> None:
    table = check_variants(clean()).gains.table
    for _, part in table.groupby("votes"):
        assert (part["gain"].diff().dropna() > 0).all()
        assert (part["upper"] > part["gain"]).all()
    found = check_variants(clean())
    assert found.gain(10, 400)[0] == pytest.approx(2 * found.gain(10, 1_600)[0])
