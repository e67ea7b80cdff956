"""What changed on a board that somebody publishes: models, moves and classes, and the shift from category to category."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.changes.change import NOISE, TIERS, on_one_line, plain_changes
from analysis.changes.changes import Changes
from analysis.changes.watch_boards import Watched, read_watched
from analysis.changes.watch_classes import WatchClasses
from analysis.changes.watch_models import Comings, comings
from analysis.changes.watch_moves import WatchMoves, moves_between, shift_moves
from analysis.changes.watch_shift import first_models, nested_shift
from analysis.changes.watch_steps import WatchSteps, steps_of
from analysis.changes.watch_told import Told
from analysis.errors import InputError
from analysis.ratings.history import History
from analysis.ratings.shift import Shift


@dataclass(frozen=True, eq=False)
class Watch(Changes):
    """What changed between two published boards of one series.

    Attributes:
        watched: the boards.
        moves: of the ratings.
        classes: of the later board.
        comings: models new, gone and renamed.
        shift: from the category to the other one on the later board's day; None where that was not published.
        shift_moves: how the shift changed since the earlier board; None where either is missing.
    """

    watched: Watched = field(kw_only=True, repr=False)
    moves: WatchMoves = field(kw_only=True, repr=False)
    classes: WatchClasses = field(kw_only=True, repr=False)
    comings: Comings = field(kw_only=True, repr=False)
    shift: Shift | None = field(default=None, kw_only=True, repr=False)
    shift_moves: WatchMoves | None = field(default=None, kw_only=True, repr=False)


def watch(
    boards: str,
    date: str = "",
    since: str = "",
    earlier: str = "",
    category_from: str = "overall",
    category_to: str = "multi_turn",
) -> Watch:
    """What changed on a published board since an earlier one.

    Args:
        boards: FILE or FILE?column=value, or `leaderboard-dataset?arena=text` once it is fetched (see `read_history`): a series.
        date: the board looked at: a day, or the name that the series gives it; of a day without a board the last one before.
            Empty for the latest.
        since: the board it is held against, as `date`; empty for the one before it.
        earlier: the folder of an earlier edition: where `since` is empty, the board that it looked at.
        category_from, category_to: where the files hold categories: the one watched, and the one whose shift from it is; empty
            for no other.

    Raises:
        InputError: the boards cannot be read, are no series, or have no board so old or no two that share three models.
        UsageError: `since` is after `date`, or there is no such column to select by.
    """
    watched = read_watched(boards, date, since, earlier, category_from, category_to)
    moves = moves_between(watched.earlier, watched.later, f"{watched.since} → {watched.date}")
    now, before = (_shift(watched, name) for name in (watched.date, watched.since))
    changed = None if now is None or before is None else _shift_moves(before, now, moves.what)
    found = Told(watched, moves, comings(watched.earlier, watched.later, None if moves.method else moves.common), changed)
    every = plain_changes(found.changes())
    told = [change for change in every if change.tier != NOISE]
    return Watch(
        watched.since,
        watched.date,
        tuple(sorted(told, key=lambda change: (TIERS.index(change.tier), -change.errors))),
        tuple(map(on_one_line, found.causes())),
        len(every) - len(told),
        origin=moves.origin,
        watched=watched,
        moves=moves,
        classes=found.classes,
        comings=found.comings,
        shift=now,
        shift_moves=changed,
    )


def watch_moves(watch: Watch) -> WatchMoves:
    """How far each model's rating moved against the others, and how sure that is."""
    return watch.moves


def watch_classes(watch: Watch) -> WatchClasses:
    """The models of the later board in classes of those that its intervals do not tell from the best of them."""
    return watch.classes


def watch_steps(watch: Watch) -> WatchSteps:
    """What happened from each board of the series to the next, with the days on which the arena changed its method.

    Raises:
        InputError: no two boards in a row share three models.
    """
    return steps_of(watch.watched.history)


def watch_history(watch: Watch) -> History:
    """The series that the two boards are of."""
    return watch.watched.history


def watch_shift(watch: Watch, top: int = 40) -> Shift:
    """The shift from the watched category to the other one on the later board's day, of its `top` first models, from their mean.

    Raises:
        InputError: the other category was not published.
    """
    if watch.shift is None:
        raise InputError(watch.watched.why or "these boards are of one category, so there is no shift from it to another.")
    return first_models(watch.shift, top)


def watch_shift_moves(watch: Watch) -> WatchMoves:
    """How the shift from the watched category to the other one changed since the earlier board.

    Raises:
        InputError: the other category was not published on both days.
    """
    if watch.shift_moves is None:
        raise InputError(watch.watched.why or "the other category was not published on both days.")
    return watch.shift_moves


def _shift(watched: Watched, name: str) -> Shift | None:
    other = watched.of_other(name)
    try:
        return None if other is None else nested_shift(watched.history.boards[name], other)
    except InputError:  # two boards of one day that share no models say nothing of a shift
        return None


def _shift_moves(before: Shift, now: Shift, what: str) -> WatchMoves | None:
    try:
        return shift_moves(before, now, what)
    except InputError:
        return None
