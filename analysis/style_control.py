"""Style control: Bradley–Terry strengths with the effect of the answers' style taken out.

logit P(a beats b) = θ_a − θ_b + z·β, with z the standardised relative differences (f_a − f_b) / (f_a + f_b) of tokens,
headers, list items and bold spans (LMSYS post of 2024-08-29; FastChat `rating_systems`, which adds 1 to the denominator
of counts that can be zero). z is divided by its root mean square and not centred, so that swapping the sides of votes
changes nothing; sides are assigned at random, so its mean is near zero anyway. No penalty: the released fits use one so
small against a summed loss (METHODS §2.4) that it moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm

from analysis import engine
from analysis.bradley_terry import BradleyTerry, NoFiniteStrengths, inverse, laplacian
from analysis.categories import Category
from analysis.errors import InputError
from analysis.outcome import Outcome
from analysis.pairs import PairCounts
from analysis.schema import STYLE_FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.votes import Votes

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: The columns style control reads.
COLUMNS = tuple(f"{feature}_{side}" for feature in STYLE_FEATURES for side in ("a", "b"))

#: Half a win for a tie and for a both-bad.
_SCORE = {Outcome.MODEL_A.value: 1.0, Outcome.MODEL_B.value: 0.0, Outcome.TIE.value: 0.5, Outcome.BOTH_BAD.value: 0.5}


@dataclass(frozen=True)
class StyledVotes:
    """Votes as arrays, for N votes, M models and K features.

    Attributes:
        pairs: the pair counts of these votes (models and pairs are shared with the arrays).
        pair: shape (N,), the pair of each vote in `pairs`.
        score: shape (N,), 1, ½ or 0 from the pair's first model's side.
        features: shape (N, K), relative differences first − second, not standardised.
    """

    pairs: PairCounts
    pair: Integers
    score: Floats
    features: Floats

    def keep(self, models: Integers) -> StyledVotes:
        """Only the votes among the given models (positions in `pairs.models`), renumbered."""
        inside = np.isin(self.pairs.first, models) & np.isin(self.pairs.second, models)
        number = np.cumsum(inside) - 1
        kept = inside[self.pair]
        return StyledVotes(self.pairs.keep(models), number[self.pair[kept]], self.score[kept], self.features[kept])


def read_styled_votes(votes: Votes, category: Category) -> StyledVotes:
    """The votes of a category that have all style features.

    Raises:
        InputError: the votes lack a column of the category or of style control.
    """
    category.check(votes)
    votes.need("style control", *COLUMNS)
    table = votes.expression
    complete = table.filter(category.rule(table)).drop_null(list(COLUMNS), how="any")
    return styled_votes(engine.to_pandas(complete.select("model_a", "model_b", "outcome", *COLUMNS)))


def styled_votes(frame: pd.DataFrame) -> StyledVotes:
    """Arrays of a frame with one row per vote: model_a, model_b, outcome and COLUMNS."""
    models = tuple(sorted(set(frame["model_a"].unique()) | set(frame["model_b"].unique())))
    left = pd.Categorical(frame["model_a"], models).codes.astype(np.int64)
    right = pd.Categorical(frame["model_b"], models).codes.astype(np.int64)
    swapped = left > right
    score = frame["outcome"].map(_SCORE).to_numpy(float)
    low, high = np.where(swapped, right, left), np.where(swapped, left, right)
    keys, pair = np.unique(low * len(models) + high, return_inverse=True)
    score = np.where(swapped, 1 - score, score)
    columns = [np.bincount(pair, score == value, len(keys)) for value in (1.0, 0.0, 0.5)]
    counts = np.column_stack([*columns, np.zeros(len(keys))])
    differences = [relative_difference(frame, feature) for feature in STYLE_FEATURES]
    features = np.column_stack(differences) * np.where(swapped, -1.0, 1.0)[:, None]
    return StyledVotes(PairCounts(models, keys // len(models), keys % len(models), counts), pair, score, features)


def relative_difference(frame: pd.DataFrame, feature: str) -> Floats:
    """(f_a − f_b) / (f_a + f_b), with 1 added below for counts, which can be zero; tokens of 0 and 0 give 0."""
    one, other = frame[f"{feature}_a"].to_numpy(float), frame[f"{feature}_b"].to_numpy(float)
    total = one + other + (0 if feature == "tokens" else 1)
    return np.asarray((one - other) / np.where(total == 0, 1, total))


@dataclass(frozen=True)
class StyleFit:
    """Strengths and style coefficients.

    Attributes:
        strength: shape (M,), natural-log units, mean zero, at equal style.
        coefficients: shape (K,), log-odds per standard deviation of the relative difference.
        scale: shape (K,), that standard deviation.
        joint: shape (M + K, M + K), sandwich covariance of both together.
        bread: shape (M + K, M + K), the inverse information that the sandwich is made with.
    """

    pairs: PairCounts
    strength: Floats
    coefficients: Floats
    scale: Floats
    joint: Floats
    bread: Floats
    steps: int

    @property
    def covariance(self) -> Floats:
        """Sandwich covariance of the strengths, shape (M, M)."""
        size = len(self.strength)
        return self.joint[:size, :size]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per feature: coefficient with its 95 % interval, and p-value."""
        size = len(self.strength)
        error = np.sqrt(np.diag(self.joint)[size:])
        return pd.DataFrame(
            {
                "feature": STYLE_FEATURES,
                "coefficient": self.coefficients,
                "lower": self.coefficients - norm.ppf(0.975) * error,
                "upper": self.coefficients + norm.ppf(0.975) * error,
                "p_value": 2 * norm.sf(np.abs(self.coefficients) / error),
            }
        )


def fit_style(votes: StyledVotes, *, tolerance: float = 1e-9, limit: int = 60) -> StyleFit:
    """Newton's method on the votes; information matrices are summed pair by pair, so memory grows with N·K only.

    Raises:
        NoFiniteStrengths: the models do not form one group.
        InputError: a feature decides all votes in which it differs, so that no finite coefficient fits.
    """
    pairs = votes.pairs
    if len(set(pairs.groups)) > 1:
        raise NoFiniteStrengths(f"{len(pairs.models)} models fall into several groups without wins both ways.")
    size, scale = len(pairs.models), np.sqrt((votes.features**2).mean(axis=0))
    scale = np.where(scale > 0, scale, 1.0)
    z = votes.features / scale
    strength, beta = np.zeros(size), np.zeros(z.shape[1])
    for step in range(1, limit + 1):
        chance = expit((strength[pairs.first] - strength[pairs.second])[votes.pair] + z @ beta)
        residual = votes.score - chance
        bread = _inverse(moments(votes, z, chance * (1 - chance)), size)
        move = bread @ np.concatenate([_by_model(pairs, votes.pair, residual), residual @ z])
        strength, beta = strength + move[:size], beta + move[size:]
        if np.abs(move).max() < tolerance:
            joint = bread @ moments(votes, z, residual**2) @ bread
            return StyleFit(pairs, strength - strength.mean(), beta, scale, joint, bread, step)
    moving = [feature for feature, step in zip(STYLE_FEATURES, move[size:], strict=True) if abs(step) >= tolerance]
    raise InputError(
        f"style control: {', '.join(moving) or 'the models'} and the outcome cannot be told apart in these {len(z):,} votes "
        "(no finite coefficient fits); more votes are needed."
    )


def plain_covariance(plain: BradleyTerry, styled: StyleFit, votes: StyledVotes) -> Floats:
    """Covariance between plain strengths and strengths at equal style, fitted on the same votes, shape (M, M).

    The cross term of two M-estimators on the same votes, as in `analysis.shift`: H₁⁻¹ Σ s₁ s₂ᵀ H₂⁻¹.
    """
    z, size = votes.features / styled.scale, len(plain.strength)
    gap = styled.strength[votes.pairs.first] - styled.strength[votes.pairs.second]
    residual = votes.score - expit(gap[votes.pair] + z @ styled.coefficients)
    product = (votes.score - plain.chance[votes.pair]) * residual
    return np.asarray(plain.inverse_information @ moments(votes, z, product)[:size] @ styled.bread[:, :size])


def _by_model(pairs: PairCounts, pair: Integers, value: Floats) -> Floats:
    """Sum a value per vote onto its models, + for the first and − for the second, shape (M,)."""
    per_pair = np.bincount(pair, value, len(pairs.first)).astype(float)
    return pairs.scatter(per_pair, -per_pair)


def moments(votes: StyledVotes, z: Floats, weight: Floats) -> Floats:
    """Σ over votes of weight · x xᵀ with x = (e_first − e_second, z), shape (M + K, M + K)."""
    size = len(votes.pairs.models)
    result = np.empty((size + z.shape[1],) * 2)
    result[:size, :size] = laplacian(votes.pairs, np.bincount(votes.pair, weight, len(votes.pairs.first)).astype(float))
    mixed = np.column_stack([_by_model(votes.pairs, votes.pair, weight * column) for column in z.T])
    result[:size, size:], result[size:, :size] = mixed, mixed.T
    result[size:, size:] = z.T @ (weight[:, None] * z)
    return result


def _inverse(information: Floats, size: int) -> Floats:
    """Inverse with the strengths' constant direction projected out; a feature that never varies gets coefficient 0."""
    silent = np.flatnonzero(np.diag(information)[size:] == 0) + size
    information = information.copy()
    information[silent, silent] = 1.0
    strengths = inverse(information[:size, :size])
    mixed = strengths @ information[:size, size:]
    schur = np.linalg.inv(information[size:, size:] - information[size:, :size] @ mixed)
    return np.block([[strengths + mixed @ schur @ mixed.T, -mixed @ schur], [-(mixed @ schur).T, schur]])
