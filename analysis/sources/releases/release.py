"""What a release is: its name, how it is recognised, and where each column of the vote table stands in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.sources.fields import At, Length, Source
from analysis.sources.labels import Label, Winner
from analysis.sources.texts import NoTexts, Texts


@dataclass(frozen=True)
class Release:
    """A release, declared.

    Attributes:
        recognises: whether the columns of a file's first rows are those of this release.
        fields: where each column of the vote table comes from.
        outcome: where the outcome's label comes from.
        texts: where the conversation comes from.
        notes: what a reader must know of the release.
        reshape: for files of another build, what makes a row of a flat table of one of their rows: None for a line that
            by its nature is no vote; raises Unreadable where no vote can be made out.
        reads: the columns it looks at; empty for all.
        extra: columns that nothing else reads, by which rows are told apart: of tables that anybody may have made, whose
            ids need not be ids of votes.
    """

    name: str
    recognises: Callable[[Collection[str]], bool]
    fields: Mapping[str, Source]
    outcome: Label = field(default_factory=lambda: Winner("winner"))
    texts: Texts = field(default_factory=NoTexts)
    notes: tuple[str, ...] = ()
    reshape: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] | None = None
    reads: frozenset[str] = frozenset()
    extra: tuple[str, ...] = ()

    def called(self, columns: Collection[str]) -> dict[str, str]:
        """What a file with these columns calls the columns of drafts that tell why a row is no vote."""
        places = {name: [path[0] for path in source.paths] for name, source in self.fields.items() if isinstance(source, At)}
        places |= {"label": sorted(self.outcome.reads), "asked": sorted(self.texts.reads)}
        there = {name: [place for place in found if place in columns] for name, found in places.items()}
        return {name: found[0] for name, found in there.items() if found}

    @property
    def lengths(self) -> frozenset[str]:
        """The columns of which nothing but the length of their lists is asked."""
        return frozenset(name for source in self.fields.values() if isinstance(source, Length) for name in source.reads)

    @property
    def needed(self) -> frozenset[str]:
        """The columns to read: those that its declarations name, and the extra ones."""
        declared = frozenset(name for source in self.fields.values() for name in source.reads)
        return self.reads or declared | self.outcome.reads | self.texts.reads | frozenset(self.extra)
