"""Which of the boards that somebody published are held against each other: two days of a series, and two categories of a day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qsl

from analysis.changes.kept import CHANGES, RUN, said_in
from analysis.errors import InputError, UsageError
from analysis.ratings.board import Board
from analysis.ratings.history import History, read_history
from analysis.ratings.published_files import column_values
from analysis.results.unseen import visible

#: The same categories as publishers spell them, in plain spelling.
_SAME = ({"overall", "full"}, {"multiturn"})


@dataclass(frozen=True, eq=False)
class Watched:
    """A series of published boards and the two of them that are compared.

    Attributes:
        history: the series, in the order of time.
        date, since: the board that is looked at and the one it is held against, by what the series calls them.
        category, other: as the publisher spells them; empty where the file has none, and where no other is looked at.
        others: the series of the other category; None where there is none.
        why: why there is none; empty where there is one, or none was asked for.
    """

    history: History
    date: str
    since: str
    category: str = ""
    other: str = ""
    others: History | None = None
    why: str = ""

    @property
    def later(self) -> Board:
        return self.history.boards[self.date]

    @property
    def earlier(self) -> Board:
        return self.history.boards[self.since]

    @cached_property
    def between(self) -> tuple[str, ...]:
        """The boards from the earlier to the later one, both among them."""
        names = list(self.history.boards)
        return tuple(names[names.index(self.since) : names.index(self.date) + 1])

    def of_other(self, name: str) -> Board | None:
        """The other category's board of the same day; None where it has none."""
        return None if self.others is None else self.others.boards.get(name)


def read_watched(
    boards: str,
    date: str = "",
    since: str = "",
    earlier: str = "",
    category_from: str = "overall",
    category_to: str = "multi_turn",
) -> Watched:
    """The boards that are compared; the arguments are those of `analysis.watch`.

    Raises:
        InputError: nothing is there, it is no series of published boards, or it has no board as old as is asked for.
        UsageError: `since` is after `date`.
    """
    one = _in_category(boards, category_from)
    history = read_history(one)
    names = list(history.boards)
    here = _at(names, date) if date else names[-1]
    known = since or (_last_time(earlier, names) if earlier else "")
    before = _at(names, known) if known else here
    if not known or (not since and names.index(before) > names.index(here)):  # an edition may have looked at a later board
        known, before = "", names[max(names.index(here) - 1, 0)]
    if names.index(before) > names.index(here):
        raise UsageError(f"since={visible(before)} is after date={visible(here)}; a board is held against an earlier one.")
    if before == here and not known:
        raise InputError(f"{boards}: there is no board before that of {here}; what changed needs two.")
    found = Watched(history, here, before, _category(one), "")
    return _with_other(found, boards, category_to)


def _with_other(found: Watched, boards: str, category: str) -> Watched:
    """What is watched, with the series of another category where one is asked for and there."""
    if not category or not found.category:
        return found
    try:
        other = _in_category(boards, category, given=False)
        if _category(other) == found.category:
            return found
        return Watched(found.history, found.date, found.since, found.category, _category(other), read_history(other))
    except InputError as error:
        return Watched(found.history, found.date, found.since, found.category, category, why=str(error))


def _category(reference: str) -> str:
    return dict(parse_qsl(reference.partition("?")[2])).get("category", "")


def _in_category(boards: str, category: str, *, given: bool = True) -> str:
    """The reference with a category to select by, where its files have any; one that it names stays if `given`.

    Raises:
        InputError: the files have no such category.
    """
    named = _category(boards)
    if named and given:
        return boards
    plain_reference = _without_category(boards)
    known = column_values(plain_reference, "category")
    if not known:
        return boards
    spelled = {_plain(name): name for name in known}
    alike = next((names for names in _SAME if _plain(category) in names), {_plain(category)})
    found = next((spelled[name] for name in (_plain(category), *sorted(alike)) if name in spelled), None)
    if found is None:
        raise InputError(f"{boards}: has no category {visible(category)!r}; there are {', '.join(sorted(known))}.")
    return f"{plain_reference}{'&' if '?' in plain_reference else '?'}category={found}"


def _without_category(boards: str) -> str:
    name, _, query = boards.partition("?")
    rest = "&".join(part for part in query.split("&") if part and not part.startswith("category="))
    return f"{name}?{rest}" if rest else name


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _at(names: list[str], day: str) -> str:
    """The board of that name, else the last one up to that day.

    Raises:
        InputError: there is none as old.
    """
    if day in names:
        return day
    until = [name for name in names if name[: len(day)] <= day]
    if not until:
        raise InputError(f"there is no board of {visible(day)} or before; the first is of {names[0]}.")
    return until[-1]


def _last_time(earlier: str, names: list[str]) -> str:
    """The board of this series that the edition in folder `earlier` looked at; empty where that is of votes, or of other boards.

    Raises:
        InputError: what the edition says of itself or of its changes cannot be read.
    """
    folder = Path(earlier)
    try:
        return _looked_at(folder, names)
    except InputError as error:
        raise InputError(f"{str(error).rstrip('.')}; give since=… in place of it.") from error


def _looked_at(folder: Path, names: list[str]) -> str:
    if not (folder / CHANGES).is_file() or not (folder / RUN).is_file() or said_in(folder / RUN).get("reads") != "boards":
        return ""
    later = said_in(folder / CHANGES).get("later")
    if not isinstance(later, str):
        raise InputError(f"{folder / CHANGES}: does not say which board it looked at.")
    return later if later in names else ""
