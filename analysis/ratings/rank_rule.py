"""How the arena's rank rule favours small categories: ranks that random subsets of the votes gain by themselves.

A category has fewer votes, its intervals are wider, more of them overlap, and rank = 1 + (models surely above) falls for
nearly everyone. Here the votes of a board are thinned at random and the gain is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import InputError, UsageError
from analysis.ratings.board import Board, fit_board
from analysis.results.prose import Prose, percent, written
from analysis.results.result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARES = (0.02, 0.05, 0.14, 0.3, 0.6)

#: Models, by rating, that the averages are over, where a board has as many.
TOP = 20


@dataclass(frozen=True, eq=False)
class RankRule(Result):
    """Rank gains of random subsets.

    Attributes:
        board: the board whose votes are thinned.
        shares: of the votes that a subset keeps.
        gains: shape (S, draws, M), ranks gained by each model of `board.models`; NaN where a subset cannot rate it.
        top: how many models, by rating, the averages are over.
    """

    board: Board
    shares: tuple[float, ...]
    gains: NDArray[np.float64]
    top: int = TOP

    caption = "Ranks gained by chance in random subsets of the votes"

    @cached_property
    def table(self) -> pd.DataFrame:
        """share, gain (ranks, mean over the top models), gain_lower, gain_upper (its 95 % range over draws), above_zero (share
        of gains above zero) and five_or_more (share of draws in which some top model gains five ranks or more)."""
        return pd.DataFrame(
            [self._row(share, gains[:, : self.top]) for share, gains in zip(self.shares, self.gains, strict=True)]
        )

    def _row(self, share: float, gains: NDArray[np.float64]) -> dict[str, float]:
        """The row of one share from gains of shape (draws, top); draws that rate none of these models do not count."""
        gains = gains[np.isfinite(gains).any(axis=1)]
        mean = np.nanmean(gains, axis=1)
        low, high = np.quantile(mean, [0.025, 0.975])
        return {
            "share": share,
            "gain": mean.mean(),
            "gain_lower": low,
            "gain_upper": high,
            "above_zero": (gains[np.isfinite(gains)] > 0).mean(),
            "five_or_more": (np.nanmax(gains, axis=1) >= 5).mean(),
        }

    def of_model(self, model: str) -> pd.DataFrame:
        """share, gain, gain_lower, gain_upper (ranks): one model's mean gain and its 5 % and 95 % quantiles over draws, for the
        shares that can rate it."""
        gains = self.gains[:, :, self.board.models.index(model)]
        rated = np.isfinite(gains).any(axis=1)
        low, high = np.nanquantile(gains[rated], [0.05, 0.95], axis=1, method="inverted_cdf")
        means = np.nanmean(gains[rated], axis=1)
        return pd.DataFrame({"share": np.array(self.shares)[rated], "gain": means, "gain_lower": low, "gain_upper": high})

    @property
    def sentence(self) -> Prose:
        """What a random subset of 14 % (or the share nearest to it) gains."""
        row = self.table.iloc[int(np.argmin(np.abs(np.array(self.shares) - 0.14)))]
        gain, lower, upper = (written(row[name], 1) for name in ("gain", "gain_lower", "gain_upper"))
        return Prose(
            f"A random {percent(row['share'], 0)} of these votes, in which no model is any better, lifts the first {self.top} "
            f"models by {gain} ranks on average (95 % of draws {lower} to {upper}), and in {percent(row['five_or_more'], 0)} of "
            "draws some of them gains five ranks or more."
        )


def rank_rule(board: Board, shares: Sequence[float] = SHARES, draws: int = 200, seed: int = 1) -> RankRule:
    """Measure the rank gains of random subsets of a board's votes, by binomial thinning of its pair counts.

    Args:
        shares: of the votes that a subset keeps, each above 0 and up to 1.
        draws: subsets of each share.

    Raises:
        UsageError: a share is out of that range, or there are no shares or no draws.
        InputError: the board was published, so that there are no votes to thin, or has too few of them to thin.
    """
    if board.fit is None:
        raise InputError("thinning needs the votes behind a board, and a published board has none.")
    if not shares or not all(0 < share <= 1 for share in shares) or draws < 1:
        raise UsageError(f"a board is thinned to shares above 0 and up to 1, in one draw or more; got {shares!r}, {draws!r}.")
    # The rule is the arena's, which takes votes as independent; thinned counts have no judges.
    settings = replace(board.settings, interval="votes", cluster="judge", style_control=False)
    board = fit_board(board.fit.pairs, board.category, settings, board.origin)
    assert board.fit is not None
    rng = np.random.default_rng(seed)
    place = {model: position for position, model in enumerate(board.models)}
    ranks = board.table["rank"].to_numpy()
    gains = np.full((len(shares), draws, len(board.models)), np.nan)
    for row, share in enumerate(shares):
        for draw in range(draws):
            try:
                thin = fit_board(board.fit.pairs.thin(share, rng), board.category, settings)
            except InputError:
                continue
            where = np.array([place[model] for model in thin.models])
            gains[row, draw, where] = ranks[where] - thin.ranks
    rated = np.isfinite(gains[:, :, :TOP]).any(axis=(1, 2))
    if not rated.any():
        raise InputError(f"{board.category.label}: {board.fit.pairs.votes:,} votes are too few to thin.")
    kept = tuple(np.array(shares)[rated].tolist())
    return RankRule(board, kept, gains[rated], min(TOP, len(board.models)), origin=board.origin)
