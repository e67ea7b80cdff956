"""What a front page may lead with: one sentence of a result, and how far beyond noise it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.audit import Audit
from analysis.audit.check import Verdict
from analysis.claims.claims import Claims
from analysis.distributions import norm
from analysis.matching.likeness import EXACT
from analysis.prompts.repeats import Repeats
from analysis.ratings.board import Board
from analysis.ratings.boards import CategoryRanks
from analysis.ratings.history import History
from analysis.ratings.repeat_effect import RepeatEffect
from analysis.ratings.shift import Shift
from analysis.ratings.win_rates import WinRates
from analysis.results.prose import announced_percent, counted, in_points, joined, percent, signed, spoken
from analysis.shares.discovery import RATE
from analysis.shares.turns import TurnShare
from analysis.shares.wilson import agrees
from analysis.topics.boards import TopicBoards

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Draws behind the largest distance that noise gives: its 95th per cent is good to a few hundredths of a standard error.
_DRAWS = 2_000

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
    """Who leads; or how many models are clearly behind the first."""
    if board.too_few or board.fit is None:
        return None
    label, first = board.category.label, board.models[0]
    if board.leader():
        return Finding(f"{first} is the strongest model in {label}.", errors(2 * (1 - board.first_chances[0])))
    gaps, most = _behind(board)
    behind = gaps > np.quantile(most, 1 - RATE)
    if not behind.any():
        return None
    are = f"{counted(int(behind.sum()), 'model')} of {len(gaps)} {'is' if behind.sum() == 1 else 'are'} clearly behind"
    reached = float((most >= gaps[behind].min()).mean())
    return Finding(f"{are} {first} in {label}, whose own lead is not decided.", errors(reached))


def _behind(board: Board) -> tuple[Floats, Floats]:
    """How far each model is behind the first, in standard errors, shape (M,); and, by draw, how far the two models are apart that
    noise alone sets furthest apart (the studentized range: the first is chosen for being first)."""
    variance = np.diag(board.covariance)
    error = np.sqrt(np.maximum(variance[:, None] + variance - 2 * board.covariance, 1e-12))
    noise = board.draws[:_DRAWS] - board.ratings
    most = np.array([((row[:, None] - row) / error).max() for row in noise])
    return (board.ratings[0] - board.ratings) / error[0], most


@finding.register
def of_turn_share(share: TurnShare) -> Finding | None:
    """A share of multi-turn votes that is not the announced one."""
    row = share.headline
    if share.by or share.agrees or share.part:
        return None
    words = f"{percent(row['share'], 2)} of these votes are multi-turn; {announced_percent(share.announced)} was announced."
    return Finding(words, _off(row, share.announced, share.rounding, share.level))


@finding.register
def of_repeats(repeats: Repeats) -> Finding | None:
    """A share of exact repeats that is not the announced one, of votes that are the whole arena."""
    row = repeats.shares.iloc[0]
    if repeats.kind != EXACT or repeats.part or agrees(row, repeats.announced, repeats.rounding):
        return None
    share = percent(row["share"], 2)
    words = f"{share} of these votes repeat a first prompt; {announced_percent(repeats.announced)} was announced."
    return Finding(words, _off(row, repeats.announced, repeats.rounding, repeats.level))


def _off(row: pd.Series, announced: float, rounding: float, level: float) -> float:
    """Standard errors between a share (share, lower, upper) and the nearest one that rounds to what was announced."""
    error = (row["upper"] - row["lower"]) / 2 / norm.ppf(0.5 + level / 2)
    return float(min(max(abs(row["share"] - announced) - rounding, 0.0) / error, MOST))


@finding.register
def of_repeat_effect(effect: RepeatEffect) -> Finding | None:
    """The largest clear change of a rating by what is done with repeats."""
    top = _largest(effect.table, "rating_shift")
    if top is None:
        return None
    points = f"{counted(round(abs(top['rating_shift'])), 'point')} ({_span(top, 'shift_lower', 'shift_upper')})"
    verb = "gains" if top["rating_shift"] > 0 else "loses"
    return Finding(f"{top['treatment']}, {top['model']} {verb} {points}.", errors(top["q_value"]))


@finding.register
def of_shift(shift: Shift) -> Finding | None:
    """The largest clear change of a rating."""
    top = _largest(shift.table, "rating_shift")
    if top is None:
        return None
    verb = "gains" if top["rating_shift"] > 0 else "loses"
    boards = f"from {shift.board_from.category.label} to {shift.board_to.category.label}"
    points = f"{counted(round(abs(top['rating_shift'])), 'point')} ({_span(top, 'shift_lower', 'shift_upper')})"
    return Finding(f"{top['model']} {verb} {points} {boards}.", errors(top["q_value"]))


@finding.register
def of_category_ranks(ranks: CategoryRanks) -> Finding | None:
    """The largest clear difference of a rating in a category from that in the first."""
    top = _largest(ranks.changes, "change")
    if top is None:
        return None
    first = next(iter(ranks.boards.values())).category.label
    return _stands_out(top, top["category"], f" beside {first}")


@finding.register
def of_topic_boards(boards: TopicBoards) -> Finding | None:
    """The largest clear change of a rating with the topic."""
    top = _largest(boards.table, "change")
    if top is None:
        return None
    return _stands_out(top, f"the topic “{top['label']}”")


@finding.register
def of_claims(claims: Claims) -> Finding | None:
    """How many headlines were decided, and the clearest of them."""
    decided = claims.frame[claims.frame["verdict"].isin(["supported", "contradicted"])]
    if decided.empty:
        return None
    doubt = np.minimum(decided["probability"], 1 - decided["probability"]).astype(float)
    top = decided.loc[doubt.idxmin()]
    whole = f"{len(decided)} of {counted(len(claims.frame), 'headline')} {'is' if len(decided) == 1 else 'are'} decided"
    named = f"most clearly {top['verdict']}: “{top['text']}” (as of {top['date']})"
    return Finding(f"{whole}; {named}", errors(min(2 * doubt.min() * len(claims.frame), 1.0)))


@finding.register
def of_audit(audit: Audit) -> Finding | None:
    """How many checks of the board say beware; each may do so for nothing as often as it states."""
    found = audit.found(Verdict.BEWARE)
    if not found:
        return None
    label, say = audit.case.board.category.label, "says" if len(found) == 1 else "say"
    named = joined(spoken(check.name) for check in found)
    words = f"{len(found)} of {counted(len(audit.checks), 'check')} of the board {label} {say} beware: {named}."
    return Finding(words, errors(max(check.false_alarm for check in found)))


@finding.register
def of_win_rates(rates: WinRates) -> Finding | None:
    """The pair that most clearly misses what the ratings predict."""
    if rates.clear.empty:
        return None
    top = rates.clear.iloc[0]
    won = f"{top['model']} wins {percent(top['observed_share'])} of {top['votes']:,} votes against {top['other']}"
    return Finding(f"{won}, where their ratings predict {percent(top['predicted_share'])}.", errors(top["q_value"]))


@finding.register
def of_history(history: History) -> Finding | None:
    """A change of the lead, which is decided over all periods together."""
    leaders = history.leaders[history.leaders != history.leaders.shift()]
    if len(leaders) < 2:
        return None
    return Finding(f"The lead passed from {leaders.iloc[-2]} to {leaders.iloc[-1]}, from {leaders.index[-1]} on.", errors(RATE))


def _largest(table: pd.DataFrame, change: str) -> pd.Series | None:
    """The row of the largest change among those that more than chance makes: the one that the page names."""
    clear = table[table["q_value"] <= RATE]
    return None if clear.empty else clear.loc[clear[change].abs().idxmax()]


def _stands_out(row: pd.Series, where: str, than: str = "") -> Finding:
    """A change (change, lower, upper, q_value) of a model somewhere."""
    points = f"{in_points(signed(row['change']))} ({_span(row, 'lower', 'upper')}){than}"
    return Finding(f"{row['model']} stands out in {where}: {points}.", errors(row["q_value"]))


def _span(row: pd.Series, lower: str, upper: str) -> str:
    return f"{signed(row[lower])} to {signed(row[upper])}"
