"""What a front page may lead with: one sentence of a result, and how far beyond noise it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis.claims.claims import Claims
from analysis.ratings.board import Board
from analysis.ratings.boards import CategoryRanks
from analysis.ratings.shift import Shift
from analysis.results.prose import announced_percent, counted, in_points, joined, percent, signed
from analysis.shares.discovery import RATE
from analysis.shares.turns import TurnShare
from analysis.topics.boards import TopicBoards

#: Standard errors beyond which no finding is told from another: a normal table ends about here, and so do draws.
MOST = 8.0


@dataclass(frozen=True)
class Finding:
    """What a result shows beyond noise.

    Attributes:
        sentence: one short sentence.
        beyond: standard errors that lie between it and what noise gives, corrected for how many were asked about; at most MOST.
    """

    sentence: str
    beyond: float


@singledispatch
def finding(_: object) -> Finding | None:
    """What a result shows beyond noise; None where it shows nothing, or where its kind has no measure of noise."""
    return None


def errors(q_value: float) -> float:
    """Standard errors of a two-sided test whose q-value this is."""
    return float(min(norm.isf(q_value / 2), MOST))


@finding.register
def of_board(board: Board) -> Finding | None:
    """Who leads; or how many models are clearly behind those on the first rank."""
    if board.too_few or board.fit is None:
        return None
    label = board.category.label
    if leader := board.leader():
        chance = min(board.first_chances[0], norm.cdf(MOST))
        return Finding(f"{leader} is the strongest model in {label}.", float(min(norm.ppf(chance), MOST)))
    table = board.table
    first, behind = table.loc[table["rank"] == 1, "model"].tolist(), np.flatnonzero(table["rank"] > 1)
    if not len(behind):
        return None
    # In the order of ratings, as the table is: the nearest of those behind is the one to be told from the first.
    gaps = (board.ratings[0] - board.ratings[behind]) / np.sqrt(_variance(board.covariance, behind))
    share = f"{joined(first, 3)} {'shares' if len(first) == 1 else 'share'} rank 1 in {label}"
    stand = f"{counted(len(behind), 'other stands', 'others stand')} clearly behind"
    return Finding(f"{share}; {stand}.", float(min(gaps.min(), MOST)))


def _variance(covariance: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Of the distance from the first model to others, shape (k,)."""
    return covariance[0, 0] + np.diag(covariance)[others] - 2 * covariance[0, others]


@finding.register
def of_turn_share(share: TurnShare) -> Finding | None:
    """A share of multi-turn votes that is not the announced one."""
    row = share.headline
    if share.by or share.agrees:
        return None
    error = (row["upper"] - row["lower"]) / 2 / norm.ppf(0.5 + share.level / 2)
    words = f"{percent(row['share'])} of these votes are multi-turn; {announced_percent(share.announced)} was announced."
    return Finding(words, float(min(abs(row["share"] - share.announced) / error, MOST)))


@finding.register
def of_shift(shift: Shift) -> Finding | None:
    """The clearest change of a rating."""
    top = _clearest(shift.table, "rating_shift")
    if top is None:
        return None
    verb = "gains" if top["rating_shift"] > 0 else "loses"
    boards = f"from {shift.board_from.category.label} to {shift.board_to.category.label}"
    points = f"{counted(round(abs(top['rating_shift'])), 'point')} ({_span(top, 'shift_lower', 'shift_upper')})"
    return Finding(f"{top['model']} {verb} {points} {boards}.", errors(top["q_value"]))


@finding.register
def of_category_ranks(ranks: CategoryRanks) -> Finding | None:
    """The clearest difference of a rating in a category from that in the first."""
    top = _clearest(ranks.changes, "change")
    if top is None:
        return None
    first = next(iter(ranks.boards.values())).category.label
    points = f"{in_points(signed(top['change']))} ({_span(top, 'lower', 'upper')}) beside {first}"
    return Finding(f"{top['model']} stands out in {top['category']}: {points}.", errors(top["q_value"]))


@finding.register
def of_topic_boards(boards: TopicBoards) -> Finding | None:
    """The clearest change of a rating with the topic."""
    top = _clearest(boards.table, "change")
    if top is None:
        return None
    points = f"{in_points(signed(top['change']))} ({_span(top, 'lower', 'upper')})"
    return Finding(f"{top['model']} stands out in the topic “{top['label']}”: {points}.", errors(top["q_value"]))


@finding.register
def of_claims(claims: Claims) -> Finding | None:
    """How many headlines were decided, and the clearest of them."""
    decided = claims.frame[claims.frame["verdict"].isin(["supported", "contradicted"])]
    if decided.empty:
        return None
    doubt = np.minimum(decided["probability"], 1 - decided["probability"]).astype(float)
    top = decided.loc[doubt.idxmin()]
    whole = f"{len(decided)} of {counted(len(claims.frame), 'headline')} {'is' if len(decided) == 1 else 'are'} decided"
    return Finding(
        f"{whole}; most clearly {top['verdict']}: “{top['text']}”", errors(min(2 * doubt.min() * len(claims.frame), 1.0))
    )


def _clearest(table: pd.DataFrame, change: str) -> pd.Series | None:
    """The row of the least q-value among those that more than chance makes, the largest change first among equals."""
    clear = table[table["q_value"] <= RATE]
    if clear.empty:
        return None
    return clear.assign(size=clear[change].abs()).sort_values(["q_value", "size"], ascending=[True, False]).iloc[0]


def _span(row: pd.Series, lower: str, upper: str) -> str:
    return f"{signed(row[lower])} to {signed(row[upper])}"
