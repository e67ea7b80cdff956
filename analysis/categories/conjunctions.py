"""Conjunctions: the votes in each of several categories, written `coding & german & since:2024-07-01`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from analysis.votes.category import Category, both_categories

if TYPE_CHECKING:
    from analysis.votes.table import Votes

#: What stands between the names.
AND = " & "


@dataclass(frozen=True)
class Conjunction(Category):
    """The votes in all of `parts`."""

    parts: tuple[Category, ...] = ()

    def check(self, votes: Votes) -> None:
        """As every part has it."""
        for part in self.parts:
            part.check(votes)


def conjunction(parts: Sequence[Category]) -> Conjunction:
    """The votes in all of the categories, two or more."""
    whole = reduce(both_categories, parts)
    name, label = AND.join(part.name for part in parts), ", ".join(part.label for part in parts)
    return Conjunction(name, label, "votes in all of them", tuple(dict.fromkeys(whole.needs)), whole.rule, parts=tuple(parts))


def joined_name(*names: str) -> str:
    """The name of the votes in all of the named categories; `overall` adds nothing."""
    return AND.join(name for name in names if name != "overall") or "overall"


def rule_of(text: str) -> str:
    """A text as a rule of `where:` writes it, in which no `AND` can be mistaken for that of a conjunction."""
    return repr(text).replace(AND, r"\x20& ")
