"""Judges who vote at random, or to a plan."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from analysis.audit import implausible
from analysis.audit.case import case_of
from analysis.audit.check import Verdict
from analysis.audit.implausible import AGAINST, WITH, check_implausible, evidence
from analysis.audit.judges import bench_of
from analysis.errors import InputError
from analysis.ratings.board import board
from analysis.sources.load import load_votes
from analysis.sources.simulated import faults
from analysis.sources.simulated.faults import Ground, faulty

SMALL = faulty(votes=2_000, models=6)


def judged(table: pa.Table, judges: list[str]) -> pa.Table:
    """The same votes by others."""
    return table.set_column(table.column_names.index("judge"), "judge", pa.array(judges))


def changed(table: pa.Table, **columns: list[object]) -> pa.Table:
    """The same votes with other columns."""
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    return table


def test_judges_who_vote_against_the_others_are_named() -> None:
    for seed in range(5):
        check = check_implausible(case_of(faulty("against", votes=20_000, models=8, seed=seed)))
        named = check.table[check.table["named"]]
        assert check.verdict is Verdict.BEWARE
        assert len(named) == 20
        assert set(named["votes"]) == {60}
        assert set(named["direction"]) == {AGAINST}
        assert "20 vote against what the others see, with 6.0 % of the votes" in check.sentence


def test_a_judge_who_always_takes_the_favourite_is_too_predictable(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(ground: Ground, rng: np.random.Generator) -> Ground:
        chosen = rng.choice(len(ground.left), 100, replace=False)
        judge, added, tie = ground.judge.copy(), ground.added.copy(), ground.tie.copy()
        judge[chosen], tie[chosen] = judge.max() + 1, 0.0
        added[chosen] += 9 * np.sign(ground.log_odds[chosen])
        return replace(ground, judge=judge, added=added, tie=tie)

    monkeypatch.setitem(faults.FAULTS, "always", always)
    check = check_implausible(case_of(faulty("always", votes=20_000, models=8)))
    assert check.table.loc[check.table["named"], ["votes", "direction"]].to_numpy().tolist() == [[100, WITH]]
    assert check.verdict is Verdict.KNOW
    assert "votes more predictably than people do, with 100 votes" in check.sentence


def test_nobody_is_named_where_all_vote_alike() -> None:
    for per in (5, 20, 100):
        for seed in range(10):
            case = case_of(judged(faulty(votes=2_000, models=6, seed=seed), [f"p{row % (2_000 // per)}" for row in range(2_000)]))
            assert check_implausible(case).verdict is Verdict.FINE


def test_a_judge_is_flagged_by_chance_as_seldom_as_alpha_says() -> None:
    """Also where few votes are on a pair, favourites nearly always win and ties are many."""
    exceeded = np.zeros(2)
    judges = 0
    for seed in range(20):
        table = faulty(votes=2_000, models=15, gap=60, seed=seed)
        bench = bench_of(case_of(judged(table, [f"p{row % 100}" for row in range(2_000)])))
        found = evidence(bench, np.arange(100))
        exceeded += [(each > np.log(20)).sum() for each in found]
        judges += 100
    assert (exceeded <= 0.05 * judges).all()
    assert exceeded.sum() > 0


def test_the_mean_of_a_factor_is_one() -> None:
    rng = np.random.default_rng(1)
    for counts in rng.integers(0, 6, (200, 3)):
        if counts.sum():
            factors = [np.exp(implausible._factor(*counts.astype(float), level)) if counts[level] else 0.0 for level in range(3)]
            assert counts @ factors / counts.sum() == pytest.approx(1)


def test_one_over_twice_p_has_a_mean_beyond_one_where_there_are_ties() -> None:
    """The rule that is mended here: a favourite loses one vote in ten, three are ties."""
    loses, ties, wins = 0.1, 0.3, 0.6
    assert loses / (2 * loses) + ties / (2 * (loses + ties)) + wins / 2 == pytest.approx(1.175)
    decided = loses / (loses + wins)
    assert (loses + ties) / (2 * decided) + wins / 2 == pytest.approx(1.7)


def test_products_are_those_of_votes_by_others_and_by_the_judge_so_far() -> None:
    """The oracle goes through the votes of a judge one by one, in Python."""
    case = case_of(judged(SMALL, [f"p{row % 50}" for row in range(2_000)]))
    bench = bench_of(case)
    against, predictable = evidence(bench, np.arange(50))
    level = np.array([0, 2, 1, 1])[case.ballots.outcome]
    gap = bench.fit.strength[case.pairs.first] - bench.fit.strength[case.pairs.second]
    for judge in (0, 7, 49):
        mine = np.arange(bench.start[judge], bench.start[judge + 1])
        mine = mine[np.argsort(case.time[mine], kind="stable")]
        down = up = most_down = most_up = 0.0
        for number, vote in enumerate(mine):
            pair = case.ballots.pair[vote]
            seen = np.ones(len(level), dtype=bool)
            seen[mine[number + 1 :]] = False
            there = level[seen & (case.ballots.pair == pair)]
            rank, mine_rank = (there, level[vote]) if gap[pair] > 0 else (2 - there, 2 - level[vote])
            p_up = [(rank <= each).mean() for each in range(3)]
            p_down = [(rank >= each).mean() for each in range(3)]
            share = np.bincount(rank, minlength=3) / len(rank)
            up -= np.log(p_up[mine_rank] * sum(s / p for s, p in zip(share, p_up, strict=True) if s))
            down -= np.log(p_down[mine_rank] * sum(s / p for s, p in zip(share, p_down, strict=True) if s))
            most_up, most_down = max(most_up, up), max(most_down, down)
        assert (against[judge], predictable[judge]) == pytest.approx((most_down, most_up))


def test_the_counts_of_pairs_are_as_they_were() -> None:
    case = case_of(SMALL)
    before = case.pairs.counts.copy()
    check_implausible(case)
    np.testing.assert_array_equal(before, case.pairs.counts)


def test_only_the_first_hundred_votes_are_looked_at() -> None:
    """A judge who turns against the others after a hundred votes is not seen; one who began so is."""
    table = faulty(votes=20_000, models=6, seed=3)
    names = np.array(table["judge"].to_pylist(), dtype=object)
    names[::100] = "turning"  # 200 votes
    for rows, found in ((np.arange(0, 10_000, 100), True), (np.arange(10_000, 20_000, 100), False)):
        outcome = np.array(table["outcome"].to_pylist(), dtype=object)
        first = np.array(table["model_a"].to_pylist())[rows] > np.array(table["model_b"].to_pylist())[rows]
        outcome[rows] = np.where(first, "model_a", "model_b")  # the weaker one, whose name is later
        check = check_implausible(case_of(changed(table, judge=names.tolist(), outcome=outcome.tolist())))
        assert check.table["judge"][check.table["named"]].tolist() == ["turning"] * found


def test_neither_sides_nor_order_matter() -> None:
    table = faulty("against", votes=10_000, models=6)
    frame = table.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str, "judge": str})
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"})
    swapped["outcome"] = swapped["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    one = check_implausible(case_of(table))
    other = check_implausible(case_of(pa.Table.from_pandas(swapped.sample(frac=1, random_state=1), preserve_index=False)))
    assert one.sentence == other.sentence
    assert one.table["judge"].tolist() == other.table["judge"].tolist()
    np.testing.assert_allclose(one.table["p_value"], other.table["p_value"], rtol=1e-6)


def test_the_board_without_those_who_are_named_is_that_of_the_others() -> None:
    table = faulty("against", votes=10_000, models=6)
    check = check_implausible(case_of(table))
    named = set(check.table.loc[check.table["named"], "judge"])
    rest = board(load_votes(table.filter(pa.array([name not in named for name in table["judge"].to_pylist()]))))
    whole = board(load_votes(table))
    moved = {model: rest.ratings[rest.models.index(model)] - rest.ratings.mean() for model in whole.models}
    expected = [moved[model] - rating + whole.ratings.mean() for model, rating in zip(whole.models, whole.ratings, strict=True)]
    assert check.without is not None
    np.testing.assert_allclose(check.without.moved, expected, atol=1e-5)


def test_votes_that_cannot_tell_say_so() -> None:
    for judges, words in ((["me"] * 2_000, "one judge"), ([f"p{row}" for row in range(2_000)], "no judge cast 5")):
        with pytest.raises(InputError, match=words):
            check_implausible(case_of(judged(SMALL, judges)))
    with pytest.raises(InputError, match="who cast"):
        check_implausible(case_of(SMALL.drop_columns(["judge"])))


def test_the_number_says_what_judges_would_be_named_for_by_themselves() -> None:
    check = check_implausible(case_of(faulty(votes=6_000, models=6)))
    assert check.number == f"0 of {check.judges:,} judges named ({check.flagged:,} if each were the only one)"
