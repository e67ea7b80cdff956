"""Any table with a vote a row: columns by the names of the vote table or those the releases use, texts where it has them.

A table with other names is brought to these by `--column NAME=THEIRS`.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Protocol

from analysis.sources.fields import At, Source
from analysis.sources.labels import Winner
from analysis.sources.releases.release import Release
from analysis.sources.texts import Plain, Whichever, of_columns
from analysis.votes.schema import NAMES

NAME = "flat"
CUSTOM = "custom"
TEXTS = ("conversation_a", "conversation_b", "response_a", "response_b")

#: Other names under which a column of the vote table is taken, in order of preference.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "vote_id": ("question_id", "id"),
    "outcome": ("winner",),
    "turns": ("turn",),
    "time": ("tstamp", "timestamp"),
    "judge": ("judge_hash",),
    "session": ("evaluation_session_id",),
    "anonymous": ("anony",),
}


class Shape(Protocol):
    """What the module of a release offers whose rows become rows of a flat table."""

    @property
    def NAME(self) -> str: ...  # noqa: N802

    @property
    def READS(self) -> frozenset[str]: ...  # noqa: N802

    @property
    def NOTES(self) -> tuple[str, ...]: ...  # noqa: N802

    def recognises(self, columns: Collection[str]) -> bool:
        """Whether the columns of the first rows are those of this release."""
        ...

    def reshape(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The row by the names of a flat table, or None where it is by its nature no vote."""
        ...


_NEEDED = ("model_a", "model_b", "outcome")


def recognises(columns: Collection[str]) -> bool:
    """Whether a row has both models and an outcome."""
    return not lacking(columns)


def lacking(columns: Collection[str]) -> list[str]:
    """The columns without which a table holds no votes, by the names the releases use."""
    return [ALIASES.get(name, (name,))[0] for name in _NEEDED if not set(_names(name)) & set(columns)]


def _names(name: str) -> tuple[str, ...]:
    return (name, *ALIASES.get(name, ()))


def _source(name: str, taken: Collection[str] = ()) -> Source:
    """Where a column stands in a flat table, but for the columns that are `taken` for others."""
    return At(tuple((theirs,) for theirs in _names(name) if theirs not in taken))


RELEASE = Release(
    NAME,
    recognises=recognises,
    fields={name: _source(name) for name in NAMES if name not in ("outcome", "release")},
    outcome=Winner("outcome", "winner"),
    texts=Plain(),
)


def shaped(columns: Collection[str], mapping: Mapping[str, str]) -> Release:
    """The release that a flat table with these columns is, some of them under other names by `mapping`."""
    taken = set(mapping.values())
    named = {*(set(columns) - taken - set(mapping)), *(ours for ours, theirs in mapping.items() if theirs and theirs in columns)}
    texts = of_columns(named)
    fields = {name: _source(name, taken) for name in RELEASE.fields if name not in mapping}
    fields |= {name: At(((theirs,),)) for name, theirs in mapping.items() if theirs and name in RELEASE.fields}
    labels = [mapping["outcome"]] if mapping.get("outcome") else [name for name in _names("outcome") if name not in taken]
    made = replace(
        RELEASE,
        name=CUSTOM if any(mapping.values()) else NAME,
        fields=fields,
        outcome=Winner(*labels),
        texts=texts.renamed(mapping),
    )
    return replace(made, extra=tuple(sorted(set(columns) - made.needed)))


def reshaped(shape: Shape) -> Release:
    """A release whose rows become rows of a flat table, one by one."""
    return replace(
        RELEASE,
        name=shape.NAME,
        recognises=shape.recognises,
        outcome=Winner("winner"),
        texts=Whichever(),
        notes=shape.NOTES,
        reads=shape.READS,
        reshape=shape.reshape,
    )
