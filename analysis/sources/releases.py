"""Which release a file is, told by the columns of its first row."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from analysis.errors import InputError
from analysis.sources import (
    arena_33k,
    arena_55k,
    arena_100k,
    arena_140k,
    arena_expert_5k,
    battle_log,
    clean_battle,
    comparia,
    comparia_reactions,
    flat,
    mt_bench,
    mt_bench_pairs,
    raw_log,
    vote_table,
    wsdm,
)
from analysis.sources.drafts import Draft
from analysis.sources.literals import Unreadable


class Release(Protocol):
    """What a release module offers. `READS` are the columns it looks at; `NOTES` say what a reader must know of it."""

    @property
    def NAME(self) -> str: ...  # noqa: N802  (modules name it as a constant)

    @property
    def READS(self) -> frozenset[str]: ...  # noqa: N802

    @property
    def NOTES(self) -> tuple[str, ...]: ...  # noqa: N802

    def recognises(self, columns: Collection[str]) -> bool:
        """Whether the columns of the first row are those of this release."""
        ...

    def normalise(self, row: Mapping[str, Any]) -> Draft:
        """The row as a draft of a vote; raises Unreadable where a cell cannot be read."""
        ...


class Shape(Protocol):
    """What the module of a release offers whose rows become rows of a flat table."""

    @property
    def NAME(self) -> str: ...  # noqa: N802

    @property
    def READS(self) -> frozenset[str]: ...  # noqa: N802

    @property
    def NOTES(self) -> tuple[str, ...]: ...  # noqa: N802

    def recognises(self, columns: Collection[str]) -> bool:
        """Whether the columns of the first row are those of this release."""
        ...

    def reshape(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The row by the names of a flat table, or None where it is by its nature no vote."""
        ...


class Reshaped:
    """A release whose rows are read like those of a flat table once they are reshaped."""

    def __init__(self, shape: Shape) -> None:
        self.NAME = shape.NAME
        self.READS = shape.READS
        self.NOTES = shape.NOTES
        self.recognises = shape.recognises
        self._reshape = shape.reshape

    def normalise(self, row: Mapping[str, Any]) -> Draft:
        """The row as a draft of a vote; raises Unreadable for a row that is none."""
        shaped = self._reshape(row)
        if shaped is None:
            raise Unreadable("no vote but another event of the log")
        return flat.normalise(shaped)


#: In order of specificity: the first that recognises the columns is taken.
RELEASES: tuple[Release, ...] = (
    vote_table,
    Reshaped(raw_log),
    Reshaped(comparia_reactions),
    Reshaped(comparia),
    Reshaped(mt_bench_pairs),
    Reshaped(mt_bench),
    Reshaped(arena_expert_5k),
    arena_140k,
    arena_100k,
    arena_33k,
    arena_55k,
    battle_log,
    clean_battle,
    wsdm,
    flat,
)


@dataclass(frozen=True)
class Custom:
    """Any other table, through a mapping from the names of the vote table to the table's own."""

    columns: Mapping[str, str]

    NAME = "custom"
    NOTES = ()

    @property
    def READS(self) -> frozenset[str]:  # noqa: N802
        """The columns of a flat table and those that the mapping names."""
        return flat.READS | set(self.columns.values())

    def recognises(self, columns: Collection[str]) -> bool:
        """Whether the columns hold votes once they are renamed."""
        return flat.recognises(self._renamed(dict.fromkeys(columns)))

    def normalise(self, row: Mapping[str, Any]) -> Draft:
        """The row as a draft of a vote, read like a flat table."""
        return flat.normalise(self._renamed(row))

    def _renamed(self, row: Mapping[str, Any]) -> dict[str, Any]:
        taken = {ours: row[theirs] for ours, theirs in self.columns.items() if theirs in row}
        rest = {name: value for name, value in row.items() if name not in self.columns.values()}
        return rest | taken


def find_release(path: Path, columns: Collection[str], mapping: Mapping[str, str]) -> Release:
    """The release a file with these columns is.

    Raises:
        InputError: none of them; the message says what the file lacks, or what it is instead.
    """
    if mapping:
        absent = [theirs for theirs in mapping.values() if theirs not in columns]
        if absent:
            raise InputError(f"{path}: there is no column {absent[0]!r}; the file has {_shown(columns)}.")
        candidates: tuple[Release, ...] = (Custom(mapping),)
    else:
        candidates = RELEASES
    for release in candidates:
        if release.recognises(columns):
            return release
    raise InputError(f"{path}: {_refusal(set(columns) | set(mapping), columns)}")


def _refusal(named: set[str], columns: Collection[str]) -> str:
    if {"prompt", "response_a", "response_b"} <= named and named.isdisjoint({"model_a", "model_b", "winner", "winner_model_a"}):
        return "this is the test half of a competition: answers without models or outcomes. Give train.csv."
    if {"conversation_id", "conversation", "model"} <= named:
        return "these are conversations with one model each and nobody voted; it serves as a prompt set, not as votes."
    if {"cmp_key", "annotator1"} <= named:
        return (
            "this is PandaLM's test set: several people judged each row, so one row is several votes. Write one row per person: "
            "model_a and model_b (the two halves of cmp_key), winner (1 is model_a, 2 is model_b, 0 is tie) and judge."
        )
    if {"rating", "model"} <= named or {"model", "arena_score"} <= named:
        return "this is a published board, not votes; give it to a shift between published boards."
    *others, last = flat.lacking(named)
    lacking = f"the columns {', '.join(others)} and {last} are missing" if others else f"the column {last} is missing"
    return (
        f"no votes are known in this shape: {lacking}; the file has {_shown(columns)}. "
        "Name a column that is called otherwise with --column NAME=THEIRS, for example --column model_a=left."
    )


def _shown(columns: Collection[str]) -> str:
    names = [repr(name[:40]) for name in list(columns)[:12]]
    return ", ".join(names) + (f" and {len(columns) - 12} more" if len(columns) > 12 else "")
