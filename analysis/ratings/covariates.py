"""Covariates: Bradley–Terry strengths with covariates of the votes beside them.

logit P(first beats second) = θ_first − θ_second + z·β, with z what a vote has of K covariates, as it reads from the pair's first
model: which side that stood on, or how much longer its answer was. Style control is the case of four of them. A score per vote
makes the fit an M-estimator like every other (see `analysis.ratings.fits`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from analysis.compiled import compiled
from analysis.errors import InputError, UsageError
from analysis.ratings.fits import NOT_RESAMPLED, Fit, NoFiniteStrengths, inverse, laplacian, pair_scores
from analysis.ratings.newton import NotConverged, newton
from analysis.ratings.pairs import OUTCOMES, SCORE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots
    from analysis.ratings.pairs import PairCounts
    from analysis.ratings.scores import Scores

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]

#: Votes that one thread sums up at a time; the same for any number of threads, and so the sums.
_PART = 262_144


@dataclass(frozen=True)
class CovariateFit(Fit):
    """Strengths of M models and coefficients of K covariates.

    Attributes:
        ballots: the votes, or sets of equal votes, that they were fitted on, with the covariates as `features`.
        coefficients: shape (K,), log-odds per `scale` of each covariate.
        scale: shape (K,), by what covariates are divided.
        steps: Newton steps taken.
        times: shape (N,), how many equal votes each of the ballots stands for; None for one each.
    """

    ballots: Ballots
    coefficients: Floats
    scale: Floats
    steps: int
    times: Floats | None = None

    @cached_property
    def chance(self) -> Floats:
        """P(first beats second) of each vote, shape (N,)."""
        return chances(self.ballots, self.strength, scaled_features(self.ballots, self.scale), self.coefficients)

    @cached_property
    def bread(self) -> Floats:
        z, at = scaled_features(self.ballots, self.scale), np.append(self.strength, self.coefficients)
        return inverse(_slope(self.ballots, z, self.times, at)[1], z.shape[1])

    @property
    def meat(self) -> Floats:
        residual = SCORE[self.ballots.outcome] - self.chance
        return _moments(self.ballots, scaled_features(self.ballots, self.scale), self._counting(residual**2))

    @property
    def squares(self) -> tuple[Floats, Floats]:
        residual, pair, size = SCORE[self.ballots.outcome] - self.chance, self.ballots.pair, len(self.pairs.first)
        both = (residual**2, self.chance * (1 - self.chance))
        seen, expected = (np.bincount(pair, self._counting(value), size) for value in both)
        return seen.astype(float), expected.astype(float)

    @property
    def win_rate(self) -> None:
        return None

    @property
    def style(self) -> Floats | None:
        return None

    def scores(self, ballots: Ballots, cluster: Integers) -> Scores:
        """As in `Fit`; the ballots are single votes with their covariates as `features`, before they are scaled."""
        z = scaled_features(ballots, self.scale)
        slope = SCORE[ballots.outcome] - chances(ballots, self.strength, z, self.coefficients)
        return pair_scores(ballots, cluster, slope, slope[:, None] * z)

    def refit(self, *_: object) -> NoReturn:
        raise UsageError(NOT_RESAMPLED)

    def _counting(self, value: Floats) -> Floats:
        """A value of each of the ballots, as often as it stands for a vote, shape (N,)."""
        return value if self.times is None else value * self.times


def fit_covariates(
    ballots: Ballots,
    names: Sequence[str],
    *,
    what: str = "the fit",
    scale: Floats | None = None,
    times: Floats | None = None,
    start: Floats | None = None,
    tolerance: float = 1e-9,
    limit: int = 60,
) -> CovariateFit:
    """Newton's method on the votes; information is summed pair by pair, so that memory grows with N·K only.

    Args:
        ballots: votes with `features`, shape (N, K), or sets of equal ones (see `equal_votes`).
        names: of the K covariates, for the error.
        what: is fitted, as errors name it.
        scale: shape (K,), by what covariates are divided; by nothing where not given.
        times: shape (N,), how many votes each of the ballots stands for; one each where not given.
        start: shape (M + K,), where the steps begin; at zero where not given.
        tolerance: the largest part of a step at which the fit has converged, natural-log units. What is wrong then is about
            its square.

    Raises:
        NoFiniteStrengths: the models do not form one group.
        InputError: a covariate decides all votes in which it differs, so that no finite coefficient fits.
    """
    pairs, size = ballots.pairs, len(ballots.pairs.models)
    if not pairs.connected:
        raise NoFiniteStrengths(f"{size} models fall into several groups without wins both ways.")
    assert ballots.features is not None
    scale = np.ones(ballots.features.shape[1]) if scale is None else scale
    z = scaled_features(ballots, scale)

    def slope(at: Floats) -> tuple[Floats, Floats]:
        return _slope(ballots, z, times, at)

    start = np.zeros(size + z.shape[1]) if start is None else start
    try:
        found = newton(what, start, slope, beside=z.shape[1], tolerance=tolerance, limit=limit)
    except (NotConverged, np.linalg.LinAlgError) as error:
        move = error.move[size:] if isinstance(error, NotConverged) else np.zeros(0)
        moving = [name for name, step in zip(names, move, strict=False) if not abs(step) < tolerance]
        votes = len(z) if times is None else int(times.sum())
        raise InputError(
            f"{what}: {', '.join(moving) or 'the models'} and the outcome cannot be told apart in these {votes:,} votes "
            "(no finite coefficient fits); more votes are needed."
        ) from error
    strength, coefficients = found.at[:size], found.at[size:]
    return CovariateFit(pairs, strength - strength.mean(), ballots, coefficients, scale, found.steps, times)


def equal_votes(ballots: Ballots, feature: NDArray[np.bool_]) -> tuple[Ballots, Floats, Integers]:
    """Votes with one covariate of two values as sets of equal votes, by pair, outcome and value.

    Args:
        feature: shape (N,), the value of each vote: +1 where it is true, else −1.

    Returns:
        the sets, shape (S,), with the covariate as their only feature; how many votes each stands for, shape (S,); and the set
        of each vote, shape (N,).
    """
    cell = 2 * ballots.cell + feature
    counts = np.bincount(cell, minlength=2 * ballots.pairs.counts.size)
    cells = np.flatnonzero(counts)
    place = np.zeros(len(counts), dtype=np.int32)
    place[cells] = np.arange(len(cells))
    whole, value = np.divmod(cells, 2)
    pair, outcome = np.divmod(whole, len(OUTCOMES))
    sets = replace(
        ballots, pair=pair, outcome=outcome, clusters={}, named={}, row=np.arange(len(cells)), left=None, weight=None,
        features=(2.0 * value - 1)[:, None],
    )  # fmt: skip
    return sets, counts[cells].astype(float), place[cell]


def scaled_features(ballots: Ballots, scale: Floats) -> Floats:
    """The covariates of votes, divided by their scale, shape (N, K)."""
    assert ballots.features is not None
    return ballots.features if (scale == 1).all() else np.asarray(ballots.features / scale)


def chances(ballots: Ballots, strength: Floats, z: Floats, coefficients: Floats) -> Floats:
    """P(first beats second) of each vote with its covariates z, shape (N, K); shape (N,)."""
    gap = strength[ballots.pairs.first] - strength[ballots.pairs.second]
    parts = _in_parts(lambda here: _chances(ballots.pair[here], z[here], gap, coefficients), len(z))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _in_parts(work: Callable[[slice], Floats], votes: int) -> list[Floats]:
    """What `work` gives for some votes at a time, in their order, as many at once as there are processors."""
    if votes <= _PART:
        return [work(slice(None))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, (slice(start, start + _PART) for start in range(0, votes, _PART))))


def _by_model(pairs: PairCounts, pair: Integers, value: Floats) -> Floats:
    """Sum a value per vote onto its models, + for the first and − for the second, shape (M,)."""
    per_pair = np.bincount(pair, value, len(pairs.first)).astype(float)
    return pairs.scatter(per_pair, -per_pair)


def _moments(votes: Ballots, z: Floats, weight: Floats) -> Floats:
    """Σ over votes of weight · x xᵀ with x = (e_first − e_second, z), shape (M + K, M + K)."""
    mixed = [_by_model(votes.pairs, votes.pair, weight * column) for column in z.T]
    per_pair = np.bincount(votes.pair, weight, len(votes.pairs.first)).astype(float)
    return _assembled(votes.pairs, per_pair, np.array(mixed), z.T @ (weight[:, None] * z))


def _assembled(pairs: PairCounts, per_pair: Floats, mixed: Floats, beside: Floats) -> Floats:
    """The matrix of `_moments` from its parts: weights by pair, shape (P,); with models and covariates, shape (K, M); and among
    covariates, shape (K, K)."""
    size = len(pairs.models)
    result = np.empty((size + len(beside),) * 2)
    result[:size, :size] = laplacian(pairs, per_pair)
    result[:size, size:], result[size:, :size], result[size:, size:] = mixed.T, mixed, beside
    return result


def _slope(ballots: Ballots, z: Floats, times: Floats | None, at: Floats) -> tuple[Floats, Floats]:
    """Gradient, shape (M + K,), and information, shape (M + K, M + K), of strengths and coefficients."""
    pairs, size, width = ballots.pairs, len(ballots.pairs.models), z.shape[1]
    gap = at[pairs.first] - at[pairs.second]
    every = np.ones(1) if times is None else times

    def part(here: slice) -> Floats:
        one = every if times is None else every[here]
        return _sums(ballots.pair[here], SCORE[ballots.outcome[here]], z[here], one, gap, at[size:])

    sums = np.sum(_in_parts(part, len(z)), axis=0)
    # Columns of `sums`: surplus of the score, information, information with each covariate; below the pairs, sums over all.
    by_pair, whole = sums[: len(gap)], sums[len(gap) :, :width]
    gradient = np.append(pairs.scatter(by_pair[:, 0], -by_pair[:, 0]), whole[0])
    mixed = np.array([pairs.scatter(column, -column) for column in by_pair[:, 2:].T]).reshape(width, size)
    return gradient, _assembled(pairs, by_pair[:, 1], mixed, whole[1:])


@compiled
def _chances(pair: Integers, z: Floats, gap: Floats, coefficient: Floats) -> Floats:  # pragma: no cover - compiled
    """As `chances`, from the gap of each pair, shape (P,)."""
    result = np.empty(len(pair))
    for vote in range(len(pair)):
        log_odds = gap[pair[vote]]
        for one in range(z.shape[1]):
            log_odds += z[vote, one] * coefficient[one]
        result[vote] = 1 / (1 + np.exp(-log_odds))
    return result


@compiled
def _sums(
    pair: Integers, score: Floats, z: Floats, times: Floats, gap: Floats, coefficient: Floats
) -> Floats:  # pragma: no cover - compiled
    """What a Newton step needs, in one walk over the votes, shape (P + 1 + K, 2 + K): see `_slope`."""
    width, pairs = z.shape[1], len(gap)
    result = np.zeros((pairs + 1 + width, 2 + width))
    for vote in range(len(pair)):
        here = pair[vote]
        log_odds = gap[here]
        for one in range(width):
            log_odds += z[vote, one] * coefficient[one]
        chance = 1 / (1 + np.exp(-log_odds))
        often = times[vote] if len(times) > 1 else times[0]
        surplus, weight = often * (score[vote] - chance), often * chance * (1 - chance)
        result[here, 0] += surplus
        result[here, 1] += weight
        for one in range(width):
            value = weight * z[vote, one]
            result[here, 2 + one] += value
            result[pairs, one] += surplus * z[vote, one]
            for other in range(width):
                result[pairs + 1 + one, other] += value * z[vote, other]
    return result
