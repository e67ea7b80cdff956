"""About how many more votes decide a claim: tried on arenas to which so many are added."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import beta

from analysis.audit.case import case_of
from analysis.claims.more_votes import MoreVotes, of_board, of_share
from analysis.ratings.board import Board, fit_board
from analysis.ratings.intervals import ONE_SIDED, ordinal_ranks
from analysis.ratings.pairs import PairCounts
from analysis.ratings.votes_needed import growth_of
from analysis.sources.simulated.faults import faulty


@cache
def board() -> Board:
    return case_of(faulty(votes=3_000, models=6, gap=12.0, seed=4).select(["model_a", "model_b", "outcome"])).board


def with_more(more: float, rng: np.random.Generator) -> Board:
    """The board once so many votes were added at the present sampling, of which its strengths are the truth."""
    fit = board().fit
    assert fit is not None
    pairs = fit.pairs
    chance = expit(fit.strength[pairs.first] - fit.strength[pairs.second])
    tie = 2 * (pairs.counts[:, 2:].sum() / pairs.votes) * np.minimum(chance, 1 - chance)
    total = np.round(pairs.total * more / pairs.votes).astype(int)
    drawn = rng.multinomial(total, np.column_stack([chance - tie / 2, 1 - chance - tie / 2, tie, 0 * tie]))
    return fit_board(
        PairCounts(pairs.models, pairs.first, pairs.second, pairs.counts + drawn), board().category, board().settings
    )


def places(made: Board) -> list[int]:
    """Where the models of the board, best first, are on another."""
    return [made.models.index(name) for name in board().models]


def supported(made: Board, place: int, rivals: list[int]) -> bool:
    at = places(made)
    return bool((made.draws[:, [at[place]]] > made.draws[:, [at[rival] for rival in rivals]]).all(axis=1).mean() >= ONE_SIDED)


def contradicted(made: Board, place: int, rivals: list[int]) -> bool:
    at = places(made)
    each = (made.draws[:, [at[place]]] > made.draws[:, [at[rival] for rival in rivals]]).mean(axis=0)
    return bool(len(rivals) * each.min() <= 1 - ONE_SIDED)


def in_top(made: Board, place: int, ranks: int) -> float:
    return float((ordinal_ranks(made.draws)[:, places(made)[place]] <= ranks).mean())


CLAIMS: dict[str, tuple[Callable[[], MoreVotes], Callable[[Board], bool]]] = {
    "above": (lambda: of_board(board(), [2], [3]), lambda made: supported(made, 2, [3])),
    "second of all is above all": (
        lambda: of_board(board(), [1] * 4, [2, 3, 4, 5]),
        lambda made: supported(made, 1, [2, 3, 4, 5]),
    ),
    "fourth is above all below the first": (
        lambda: of_board(board(), [3] * 4, [1, 2, 4, 5]),
        lambda made: contradicted(made, 3, [1, 2, 4, 5]),
    ),
    "fourth is in the top four": (
        lambda: of_board(board(), [3] * 5, [0, 1, 2, 4, 5], spare=3),
        lambda made: in_top(made, 3, 4) >= ONE_SIDED,
    ),
    "fourth is in the top three": (
        lambda: of_board(board(), [3] * 5, [0, 1, 2, 4, 5], spare=2),
        lambda made: in_top(made, 3, 3) <= 1 - ONE_SIDED,
    ),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_so_many_votes_decide_a_claim_about_four_times_of_five(claim: str) -> None:
    needed, decided = CLAIMS[claim]
    more, rng = needed(), np.random.default_rng(3)
    assert 0 < more.least < more.likely < np.inf
    found = np.mean([decided(with_more(more.likely, rng)) for _ in range(150)])
    assert 0.68 < found < 0.92


def test_one_pair_needs_what_the_audit_says() -> None:
    made = board()
    assert made.fit is not None
    error = np.sqrt(made.covariance[2, 2] + made.covariance[3, 3] - 2 * made.covariance[2, 3])
    ratio = (made.ratings[2] - made.ratings[3]) / error
    assert of_board(made, [2], [3]).likely == pytest.approx(growth_of(ratio)[0] * made.fit.pairs.votes, rel=0.05)
    assert of_board(made, [3], [2]).likely == pytest.approx(growth_of(ratio)[0] * made.fit.pairs.votes, rel=1e-3)


def test_a_share_needs_what_the_binomial_rule_says() -> None:
    """Far from the upper end: (1.96 + 0.84)² p (1 − p) / d² votes in all, here with a design effect of two."""
    votes, share, lower = 20_000, 0.1370, 0.135
    posterior = beta(votes * share / 2, votes * (1 - share) / 2)
    more = of_share(posterior, lower, 0.9, votes)
    whole = 7.849 * 2 * share * (1 - share) / (share - lower) ** 2
    assert votes + more.likely == pytest.approx(whole, rel=0.05)
    outside = of_share(posterior, 0.143, 0.153, votes)
    assert 0 < outside.least < outside.likely < np.inf


def test_what_is_on_the_edge_is_never_decided_and_what_is_far_is_not_asked() -> None:
    level = of_board(board(), [2], [2])
    assert np.isinf(level.likely)
    assert "no number of votes" in level.words
    assert np.isnan(of_board(board(), [0], [5]).likely)
    assert MoreVotes().words == ""
    assert (
        MoreVotes(1_234.0, 56.0, "Coding").words
        == "About 1,200 more votes like these in Coding would support it, if the estimates are right (at least 56)."
    )
