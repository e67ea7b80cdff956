"""A selection: the two categories, the period, the languages and the models that somebody looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from analysis.categories.conjunctions import joined_name, rule_of
from analysis.errors import UsageError
from analysis.ratings.settings import Settings


@dataclass(frozen=True)
class Selection:
    """What is on the screen.

    Attributes:
        from_, to: names of the two categories; the same one twice is one board.
        first, last: the first and the last day, `2024-06-01`, both included (UTC); empty where the votes' own.
        languages: only votes of these; all where none is named.
        models: those that are shown; all where none is named. They are rated among all models all the same.
    """

    from_: str = "overall"
    to: str = "multi_turn"
    first: str = ""
    last: str = ""
    languages: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for day in filter(None, (self.first, self.last)):
            _day(day)
        if self.first and self.last and self.first > self.last:
            raise UsageError(f"the period ends on {self.last}, before it begins on {self.first}.")

    @property
    def narrowing(self) -> str:
        """The name of the category of votes of the period and the languages."""
        parts = []
        if self.first:
            parts.append(f"since:{self.first}")
        if self.last:
            parts.append(f"until:{_day(self.last) + timedelta(days=1)}")
        if len(self.languages) == 1:
            parts.append(f"where:language == {rule_of(self.languages[0])}")
        elif self.languages:
            parts.append(f"where:language in [{', '.join(map(rule_of, self.languages))}]")
        return joined_name(*parts)

    @property
    def names(self) -> tuple[str, str]:
        """The names of the two categories, narrowed to the period and the languages, as `board` and `shift` take them."""
        return joined_name(self.from_, self.narrowing), joined_name(self.to, self.narrowing)

    @property
    def one_board(self) -> bool:
        """Whether both categories are the same one."""
        return self.from_ == self.to


def call(selection: Selection, settings: Settings = Settings()) -> str:
    """The lines of Python that make the numbers on the screen of `votes`."""
    result = "board" if selection.one_board else "shift"
    names = selection.names[:1] if selection.one_board else selection.names
    made = ((each.name, getattr(settings, each.name), each.default) for each in fields(settings))
    changed = [
        f"{name}={_quoted(value) if isinstance(value, str) else repr(value)}" for name, value, usual in made if value != usual
    ]
    given = [*map(_quoted, names), *changed]
    called = f"{result} = arena.{result}(votes, {', '.join(given)})"
    table = f"{result}.table"
    if selection.models:
        table = f'{table}[{table}["model"].isin([{", ".join(map(_quoted, selection.models))}])]'
    return f"{called}\n{table}"


def selection_of(asked: Mapping[str, Any], before: Selection = Selection()) -> Selection:
    """The selection in a message of the panel; what it does not name is as it was before.

    Raises:
        UsageError: a day is none, or the period ends before it begins.
    """
    words = {name: str(asked[name] or "").strip() for name in ("from_", "to", "first", "last") if name in asked}
    lists = {name: tuple(map(str, asked[name] or ())) for name in ("languages", "models") if name in asked}
    return replace(before, **words, **lists)  # type: ignore[arg-type]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day; write it as 2024-06-01.") from None


def _quoted(text: str) -> str:
    """A text as Python has it, in double quotes where that needs no more than these."""
    written = repr(text)
    return written if '"' in text or "\\" in written else f'"{text}"'
