"""A category: a named rule that selects votes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from analysis.errors import InputError, UsageError
from analysis.results.prose import joined, shortened
from analysis.results.unseen import visible
from analysis.votes import engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from analysis.votes.table import Votes

#: Families whose labels say as much as their names: `Before 2024-07-01`.
_DATED = ("since", "until", "month")

#: Tags that an error lists.
_MOST_TAGS = 60


@dataclass(frozen=True)
class Category:
    """A named rule. `rule` maps the vote table to a boolean column without nulls; `needs` are the columns it reads.

    `fingerprint` is that of the only votes the rule is about, or empty where it fits any votes.
    """

    name: str
    label: str
    meaning: str
    needs: tuple[str, ...]
    rule: Callable[[ir.Table], ir.BooleanValue]
    fingerprint: str = ""

    @property
    def called(self) -> str:
        """What a message calls it: its label, or its name where that says more, as `where:turns >= 3` does."""
        family, colon, _ = self.name.partition(":")
        return self.name if colon and family not in _DATED else self.label

    def check(self, votes: Votes) -> None:
        """Raise an InputError that names what the votes lack for this category, or says that it is about other votes."""
        votes.need(f"category {self.called}", *self.needs)
        # Ids cannot tell: where a release gives none they are row numbers, and those of other votes are the same. The
        # fingerprint is of what the votes hold, so a copy under another name is the same votes.
        if self.fingerprint not in ("", votes.fingerprint):
            raise InputError(
                f"category {self.name}: its topics are of other votes than {votes.name}, or of these read with other "
                "options; find them again with arena-workbook topics."
            )

    def missing(self, votes: Votes) -> tuple[str, ...]:
        """The columns this category needs and the votes do not have."""
        return tuple(name for name in self.needs if name not in votes.available)


@dataclass(frozen=True)
class TagCategory(Category):
    """The votes whose tags hold one name. Which names there are, only the votes say."""

    tag: str = ""

    def check(self, votes: Votes) -> None:
        """As for every category; a UsageError lists the tags there are where this is none of them."""
        super().check(votes)
        names = tag_names(votes)
        if self.tag not in names:
            shown = joined((visible(shortened(name, 60)) for name in names), _MOST_TAGS, last=", ")
            raise UsageError(f"category {visible(self.name)}: no vote has this tag; there are {shown}.")


def tag_category(name: str) -> Category:
    """The votes whose tags hold `name`."""
    meaning = f"tagged {name}"
    return TagCategory(f"tag:{name}", name, meaning, ("tags",), where("tags", lambda tags: tags.contains(name)), tag=name)


def tag_names(votes: Votes) -> tuple[str, ...]:
    """The names of all tags that hold for some vote, in order."""
    found = votes.expression.select(tag=votes.expression["tags"].unnest()).distinct()
    return tuple(sorted(engine.to_pandas(found)["tag"].dropna()))


def where(column: str, test: Callable[[ir.Column], ir.BooleanValue]) -> Callable[[ir.Table], ir.BooleanValue]:
    """A rule on one column; a vote where the column is null is not in the category."""
    return lambda votes: ibis.coalesce(test(votes[column]), ibis.literal(False))


def both_categories(one: Category, other: Category) -> Category:
    """The votes in both of two categories."""
    name, label = f"{one.name} and {other.name}", f"{one.label} and {other.label}"
    return Category(name, label, "votes in both", (*one.needs, *other.needs), lambda table: one.rule(table) & other.rule(table))
