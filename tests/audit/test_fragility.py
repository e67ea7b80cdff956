"""Fragility: the fewest votes that hold a place, against trying all of them, and what chance would need."""

from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from analysis.audit.case import Case, case_of, read_case
from analysis.audit.check import Verdict
from analysis.audit.fragility import check_fragility, pair_fragility, random_share, top_fragility
from analysis.errors import InputError, UsageError
from analysis.ratings.bradley_terry import POINTS, fit_bradley_terry
from analysis.ratings.fits import NoFiniteStrengths
from analysis.ratings.pairs import PairCounts
from analysis.ratings.removal import easiest, fewest_votes, gap_without
from analysis.ratings.settings import Settings
from analysis.sources.load import load_votes
from analysis.sources.simulated.faults import faulty


def table_of(votes: list[tuple[str, str, str, int]], judge: str = "") -> pa.Table:
    """Votes as model_a, model_b, outcome and how many."""
    rows = [(one, other, outcome) for one, other, outcome, count in votes for _ in range(count)]
    names = dict(zip(("model_a", "model_b", "outcome"), zip(*rows, strict=True), strict=True))
    columns = {name: pa.array(values).dictionary_encode() for name, values in names.items()}
    return pa.table(columns | ({"judge": pa.array([judge] * len(rows))} if judge else {}))


def by_trying(pairs: PairCounts, one: int, other: int, most: int) -> int:
    """The fewest votes by trying every multiset of cells; `most` + 1 where it takes more."""
    cells = [cell for cell in np.flatnonzero(pairs.counts) if cell % 4 != 3 or not pairs.counts.flat[cell - 1]]
    counts = pairs.counts.copy()
    counts[:, 2] += counts[:, 3]
    counts[:, 3] = 0
    cells = np.flatnonzero(counts).tolist()
    for votes in range(1, most + 1):
        for chosen in combinations_with_replacement(cells, votes):
            left = counts - np.bincount(chosen, minlength=counts.size).reshape(counts.shape)
            if (left < 0).any():
                continue
            kept = pairs.with_counts(left)
            if kept.groups[one] != kept.groups[other]:
                continue
            group = np.flatnonzero(kept.groups == kept.groups[one])
            strength = fit_bradley_terry(kept.keep(group)).strength
            if strength[group.tolist().index(one)] <= strength[group.tolist().index(other)] + 1e-9:
                return votes
    return most + 1


@pytest.mark.parametrize(("models", "votes", "gap"), [(3, 30, 40.0), (4, 40, 30.0), (3, 100, 15.0), (5, 60, 8.0)])
def test_it_takes_as_many_votes_as_trying_all_of_them_says(models: int, votes: int, gap: float) -> None:
    looked = 0
    for seed in range(8):
        try:
            case = case_of(faulty(votes=votes, models=models, gap=gap, seed=seed))
        except InputError:
            continue
        names = case.pairs.models
        one, other = (names.index(model) for model in case.board.models[:2])
        fit = case.board.fit
        if abs(fit.strength[one] - fit.strength[other]) < 1e-9:
            continue
        most = 2 if models > 3 else 3
        found = fewest_votes(fit, one, other)
        assert min(found.votes if found else most + 1, most + 1) == by_trying(case.pairs, one, other, most)
        looked += 1
    assert looked > 3


def test_every_number_is_certified_by_a_fit_without_these_votes_and_one_fewer_is_not_enough() -> None:
    for seed in range(8):
        case = case_of(faulty(votes=6_000, models=8, seed=seed))
        swap = pair_fragility(case)
        fit, removal = case.board.fit, swap.removal
        assert (removal.removed <= fit.pairs.counts).all()
        without = fit_bradley_terry(fit.pairs.with_counts(fit.pairs.counts - removal.removed)).strength
        left = POINTS * (without[removal.model] - without[removal.other])
        assert left <= 0
        assert left == pytest.approx(removal.left, abs=1e-6)
        for cell in np.flatnonzero(removal.removed):
            fewer = removal.removed.copy()
            fewer.flat[cell] -= 1
            assert gap_without(fit.pairs, fewer, removal.model, removal.other) > 0
        assert swap.table["removed"].sum() == swap.needed == removal.votes


def test_no_exchange_of_one_vote_makes_it_fewer() -> None:
    case = case_of(faulty(votes=3_000, models=5, gap=20.0, seed=4))
    removal = pair_fragility(case).removal
    pairs, there = removal.pairs, np.flatnonzero(removal.pairs.counts > removal.removed)
    for cell in np.flatnonzero(removal.removed):
        for second in np.flatnonzero(removal.removed):
            for added in there:
                fewer = removal.removed.copy()
                fewer.flat[[cell]] -= 1
                fewer.flat[[second]] -= 1
                fewer.flat[added] += 1
                if (fewer >= 0).all() and (fewer <= pairs.counts).all():
                    assert gap_without(pairs, fewer, removal.model, removal.other) > 0


def test_two_models_swap_as_soon_as_both_won_as_often() -> None:
    case = case_of(table_of([("a", "b", "model_a", 9), ("a", "b", "model_b", 4), ("a", "b", "tie", 3)]))
    swap = pair_fragility(case)
    assert swap.needed == 5
    assert swap.table.to_dict("records") == [{"winner": "a", "loser": "b", "outcome": "win", "removed": 5, "of": 9}]
    assert "5 of 16 votes" in swap.sentence


def test_two_models_in_the_other_order_are_the_same_pair() -> None:
    case = case_of(faulty(votes=4_000, models=6))
    first, second = case.board.models[1], case.board.models[3]
    one, other = pair_fragility(case, first, second), pair_fragility(case, second, first)
    assert (one.model, one.other, one.needed) == (other.model, other.other, other.needed)


def test_the_first_few_change_by_the_pair_at_their_border_that_takes_fewest() -> None:
    case = case_of(faulty(votes=2_000, models=6, gap=25.0, seed=2))
    fit, order = case.board.fit, np.argsort(-case.board.fit.strength, kind="stable")
    for top in (1, 3, 5):
        each = [fewest_votes(fit, one, other) for one in order[:top] for other in order[top:]]
        assert top_fragility(case, top).needed == min(found.votes for found in each if found)
        found = easiest(fit, order, fit.covariance, top)
        assert found is not None
        kept = case.pairs.with_counts(case.pairs.counts - found.removed)
        after = np.argsort(-fit_bradley_terry(kept).strength, kind="stable")
        assert set(after[:top]) != set(order[:top])


def test_order_of_rows_sides_and_names_change_nothing() -> None:
    table = faulty(votes=3_000, models=6, seed=5)
    frame = table.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str})
    turned = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"}).sample(frac=1, random_state=1)
    turned["outcome"] = turned["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    for side in ("model_a", "model_b"):  # the first in the alphabet becomes the last
        turned[side] = turned[side].map(lambda name: f"model-{20 - int(name[-2:]):02d}")
    one = check_fragility(case_of(table)).table
    other = check_fragility(case_of(pa.Table.from_pandas(turned, preserve_index=False))).table
    assert one["votes_needed"].tolist() == other["votes_needed"].tolist()
    assert one["judges"].tolist() == other["judges"].tolist()
    assert [f"model-{20 - int(name[-2:]):02d}" for name in one["model"]] == other["model"].tolist()


def test_votes_left_out_at_random_swap_two_models_as_often_as_foretold() -> None:
    case = case_of(faulty(votes=4_000, models=5, gap=10.0, seed=6))
    swap = pair_fragility(case)
    fit, rng, swapped = case.board.fit, np.random.default_rng(1), 0
    for _ in range(600):
        strength = fit_bradley_terry(fit.pairs.thin(1 - swap.random, rng)).strength
        swapped += strength[swap.removal.model] <= strength[swap.removal.other]
    assert 0.03 < swapped / 600 < 0.075


def test_a_lead_of_many_errors_is_never_lost_by_chance_and_none_below_the_fewest_votes() -> None:
    assert np.isnan(random_share(20.0, 1.0))
    assert random_share(1e-9, 1.0, least=0.01) == 0.01
    assert random_share(1.645, 1.0) == pytest.approx(0.5, abs=1e-3)


def test_a_judge_who_alone_holds_the_first_place_is_found_and_named() -> None:
    case = case_of(faulty("fragile", seed=3))
    found = check_fragility(case)
    assert found.fires
    assert found.first.judges == 1
    busiest = np.bincount(case.judge).argmax()
    assert found.first.names == tuple(case.judge_names(np.array([busiest])))
    assert "nor without one judge's votes for it" in found.sentence


def test_the_judges_are_certified_by_a_fit_without_their_votes() -> None:
    case = case_of(faulty(votes=3_000, models=5, gap=15.0, seed=8))
    swap = pair_fragility(case)
    judge, worth = case.judge, np.maximum(swap.removal.influence, 0).ravel()[case.ballots.cell]
    lead = np.bincount(judge, worth)
    best = np.argsort(-lead, kind="stable")
    for judges, holds in ((swap.judges, False), (swap.judges - 1, True)):
        theirs = np.isin(judge, best[:judges]) & (worth > 0)
        without = np.bincount(case.ballots.cell[theirs], minlength=worth.size)[: swap.removal.removed.size]
        without = without.reshape(swap.removal.removed.shape)
        left = gap_without(swap.removal.pairs, without.astype(float), swap.removal.model, swap.removal.other)
        assert bool(left > 0) is holds


def test_a_clean_arena_whose_leader_is_40_points_ahead_is_fine() -> None:
    assert [check_fragility(case_of(faulty(seed=seed))).verdict for seed in range(5)] == [Verdict.FINE] * 5


def test_few_votes_are_worth_knowing_where_the_lead_is_noise() -> None:
    found = check_fragility(case_of(faulty("thin", seed=3)))
    assert found.verdict is Verdict.KNOW
    assert "within noise" in found.sentence


def test_a_lead_beyond_noise_that_one_judge_holds_is_to_beware_of() -> None:
    found = check_fragility(case_of(faulty("fragile", gap=10.0, seed=3), Settings(interval="votes")))
    assert found.separated
    assert (found.first.judges, found.verdict) == (1, Verdict.BEWARE)
    assert found.first.needed > found.few
    assert "beyond noise" in found.sentence


def test_level_models_are_held_apart_by_no_vote() -> None:
    found = check_fragility(case_of(table_of([("a", "b", "tie", 20), ("b", "c", "both_bad", 20), ("a", "c", "tie", 5)])))
    assert (found.first.needed, found.verdict, found.number) == (0, Verdict.KNOW, "no vote")
    assert "No vote holds the first place" in found.sentence
    assert len(found.first.table) == len(found.first.examples.table) == 0


def test_a_model_that_a_removal_cuts_off_is_left_out_of_the_fit() -> None:
    pairs = case_of(
        table_of([("a", "b", "model_a", 5), ("a", "b", "model_b", 4), ("c", "b", "model_a", 1), ("c", "b", "model_b", 9)])
    ).pairs
    removed = np.zeros_like(pairs.counts)
    removed[pairs.models.index("b"), :] = 0
    row = np.flatnonzero((pairs.first == 1) & (pairs.second == 2))[0]
    removed[row, 1] = 1  # c's only win
    with pytest.raises(NoFiniteStrengths):
        fit_bradley_terry(pairs.with_counts(pairs.counts - removed))
    assert gap_without(pairs, removed, 0, 1) == pytest.approx(POINTS * np.log(5 / 4))
    assert gap_without(pairs, removed, 0, 2) == np.inf


def test_votes_without_judges_say_nothing_of_them() -> None:
    table = faulty(votes=2_000, models=4).select(["model_a", "model_b", "outcome"])
    found = check_fragility(case_of(table))
    assert found.table["judges"].isna().all()
    assert "judge" not in found.sentence
    assert "judge" not in found.first.examples.table


def test_where_one_judge_cast_all_votes_it_is_no_news_that_they_hold_the_first_place() -> None:
    swap = pair_fragility(case_of(table_of([("a", "b", "model_a", 20), ("a", "b", "model_b", 10)], judge="me")))
    assert (swap.needed, swap.judges, swap.names) == (10, None, ())


def test_what_cannot_be_asked_is_said() -> None:
    case = case_of(faulty(votes=2_000, models=4))
    with pytest.raises(UsageError, match="did you mean"):
        pair_fragility(case, "model-1", "model-02")
    with pytest.raises(UsageError, match="with itself"):
        pair_fragility(case, "model-01", "model-01")
    with pytest.raises(UsageError, match="choose 1 to 3"):
        top_fragility(case, 4)


def test_the_votes_for_the_first_place_of_2023_are_named(real_data: Path) -> None:
    case: Case = read_case(load_votes(real_data / "arena_votes_2023.jsonl"), "overall", Settings())
    found = check_fragility(case)
    assert (found.first.model, found.first.other, found.first.needed) == ("gpt-4", "claude-2", 8)
    assert found.verdict is Verdict.KNOW
    assert found.first.examples.table["vote_id"].str.len().eq(32).all()
    assert len(found.first.examples.table) == 8


def test_the_published_pair_counts_take_as_many_votes(real_data: Path) -> None:
    found = check_fragility(read_case(load_votes(real_data / "pair_counts_20240814.json"), "overall", Settings()))
    assert found.table["votes_needed"].tolist() == [462, 414, 189, 98, 93]
