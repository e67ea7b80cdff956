"""Votes needed: the rule against the textbook's, and against arenas to which so many votes are added."""

from functools import cache

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from analysis.audit.case import Case, case_of
from analysis.ratings.board import Board, fit_board
from analysis.ratings.pairs import PairCounts
from analysis.ratings.simultaneous import distance_errors
from analysis.ratings.votes_needed import about, growth, growth_of, votes_to_decide
from analysis.sources.simulated.faults import faulty


@cache
def case() -> Case:
    return case_of(faulty(votes=3_000, models=6, gap=12.0, seed=4).select(["model_a", "model_b", "outcome"]))


def undecided() -> np.ndarray:
    """The place of the neighbours that need votes, but not too many for a test."""
    board = case().board
    first = np.arange(len(board.models) - 1)
    need = votes_to_decide(board, first, first + 1)["times"].to_numpy()
    return first[(need > 1) & (need < 12)]


def with_more(board: Board, more: np.ndarray, rng: np.random.Generator) -> Board:
    """The board once votes were added, shape (P,), of which the fitted strengths are the truth and ties stay as frequent."""
    fit = board.fit
    assert fit is not None
    pairs = fit.pairs
    chance = expit(fit.strength[pairs.first] - fit.strength[pairs.second])
    tie = 2 * (pairs.counts[:, 2:].sum() / pairs.votes) * np.minimum(chance, 1 - chance)
    drawn = rng.multinomial(more, np.column_stack([chance - tie / 2, 1 - chance - tie / 2, tie, 0 * tie]))
    added = PairCounts(pairs.models, pairs.first, pairs.second, pairs.counts + drawn)
    return fit_board(added, board.category, board.settings)


def decides(board: Board, one: str, other: str) -> bool:
    places = [board.models.index(name) for name in (one, other)]
    gap = board.ratings[places[0]] - board.ratings[places[1]]
    return bool(abs(gap) > norm.ppf(0.975) * distance_errors(board.covariance)[tuple(places)])


def test_where_little_is_known_it_is_the_rule_of_the_textbook() -> None:
    """(z₀.₉₇₅ + z₀.₈)² = 7.85 times the squared ratio of error and gap."""
    for ratio in (0.02, 0.1):
        assert growth(ratio, ratio) == pytest.approx(7.849 / ratio**2, rel=0.03)


def test_the_rule_holds_by_its_own_equation() -> None:
    ratio = np.array([0.3, 1.0, 1.9])
    more = growth(ratio, ratio + 0.5)
    assert ratio + more * (ratio + 0.5) - norm.ppf(0.8) * np.sqrt(more) == pytest.approx(1.95996 * np.sqrt(1 + more), abs=1e-3)


def test_what_is_decided_needs_none_and_what_is_level_is_never_decided() -> None:
    likely, least = growth_of(np.array([2.5, 0.0, -1.0]))
    assert likely.tolist() == [0.0, np.inf, np.inf]
    assert least[0] == 0
    assert np.isfinite(least[1:]).all()


def test_at_least_is_less_and_many_tests_need_more() -> None:
    ratio = np.linspace(0.1, 1.9, 10)
    likely, least = growth_of(ratio)
    assert (least < likely).all()
    assert (np.diff(likely) < 0).all()
    assert (growth(ratio, ratio, tests=20) > likely).all()


def test_so_many_votes_at_the_present_sampling_decide_four_times_of_five() -> None:
    board, rng = case().board, np.random.default_rng(1)
    assert board.fit is not None
    for place in undecided()[:2]:
        times = votes_to_decide(board, np.array([place]), np.array([place + 1]))["times"].iloc[0]
        more = np.round(board.fit.pairs.total * times).astype(int)
        names = board.models[place], board.models[place + 1]
        found = np.mean([decides(with_more(board, more, rng), *names) for _ in range(300)])
        assert 0.73 < found < 0.87  # three standard errors


def test_so_many_votes_of_the_pair_alone_decide_as_often() -> None:
    board, rng = case().board, np.random.default_rng(2)
    assert board.fit is not None
    for place in undecided()[:2]:
        needed = votes_to_decide(board, np.array([place]), np.array([place + 1]))["pair_more"].iloc[0]
        names = board.models[place], board.models[place + 1]
        low, high = sorted(board.fit.pairs.models.index(name) for name in names)
        here = (board.fit.pairs.first == low) & (board.fit.pairs.second == high)
        found = np.mean([decides(with_more(board, np.where(here, int(needed), 0), rng), *names) for _ in range(300)])
        assert 0.73 < found < 0.87


def test_a_pair_alone_needs_fewer_votes_than_all_pairs_together() -> None:
    board = case().board
    first, second = np.triu_indices(len(board.models), 1)
    table = votes_to_decide(board, first, second)
    open_ = table[table["times"] > 0]
    assert (open_["pair_more"] < open_["more"]).all()
    assert (open_["more_least"] < open_["more"]).all()
    assert (open_["pair_least"] < open_["pair_more"]).all()
    assert table["votes"].sum() == board.fit.pairs.votes  # type: ignore[union-attr]
    swapped = votes_to_decide(board, second, first)
    np.testing.assert_allclose(swapped[["more", "pair_more", "votes"]], table[["more", "pair_more", "votes"]])
    np.testing.assert_allclose(swapped["difference_lower"], -table["difference_upper"])


def test_votes_of_one_judge_are_worth_less() -> None:
    """The judges of power voters widen intervals: as many times more votes are needed, of the pair alone too."""
    loud = case_of(faulty("power voters", votes=6_000, models=6, gap=4.0))
    first = np.arange(5)
    alone = votes_to_decide(fit_board(loud.pairs, loud.board.category, loud.settings), first, first + 1)
    clustered = votes_to_decide(loud.board, first, first + 1)
    both = (alone["times"] > 0) & np.isfinite(alone["times"])
    assert both.any()
    assert (clustered["times"][both] > alone["times"][both]).all()
    assert (clustered["pair_more"][both] > alone["pair_more"][both]).all()


@pytest.mark.parametrize(
    ("votes", "words"),
    [
        (0, "0"),
        (7, "7"),
        (953, "950"),
        (999, "1,000"),
        (12_345, "12,000"),
        (999_999, "1 million"),
        (1_234_567, "1.2 million"),
        (123_456_789, "120 million"),
        (4.4e9, "4.4 billion"),
        (np.inf, "more than a trillion"),
    ],
)
def test_numbers_of_votes_have_two_digits(votes: float, words: str) -> None:
    assert about(votes) == words
