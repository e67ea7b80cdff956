"""The vote table as every analysis takes it: a Parquet file, its cleaning ledger and its fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from analysis import places
from analysis.errors import InputError
from analysis.results import tables
from analysis.results.origin import Origin
from analysis.results.prose import Prose, spoken
from analysis.results.result import Result
from analysis.votes import engine
from analysis.votes.ledger import Ledger
from analysis.votes.schema import held

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd


SIMULATED = "simulated"

#: Releases whose name says nothing to who reads it, in words.
_IN_WORDS = {"flat": "a table of no known release"}

#: Votes that a notebook shows of a table.
SHOWN = 20


@dataclass(frozen=True, eq=False)
class Votes(Result):
    """A vote table on disk. Analyses read it through `expression`; `table` loads it whole."""

    path: Path
    ledger: Ledger

    caption = "Votes"

    @classmethod
    def at(cls, path: Path, ledger: Ledger, fingerprint: str) -> Votes:
        """The vote table in a file; whether it holds simulated votes is read from there."""
        return cls(path, ledger, origin=Origin(fingerprint, SIMULATED in _releases(path)))

    @cached_property
    def expression(self) -> ir.Table:
        """The vote table as a lazy Ibis table (columns: `analysis.votes.schema.COLUMNS`)."""
        return engine.read_parquet(self.path)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The whole vote table as a pandas frame, one row per vote."""
        return engine.to_pandas(self.expression)

    @cached_property
    def available(self) -> frozenset[str]:
        """Names of the columns in which at least one vote has a value, from the statistics in the file's footer; a
        column without statistics is counted. A list that holds nothing is no value."""
        footer = pq.read_metadata(self.path)
        has = {name: _has_values(footer, name) for name in footer.schema.to_arrow_schema().names}
        unsaid = {name: self.expression[name].count() for name, answer in has.items() if answer is None}
        if unsaid:
            counts = engine.to_pandas(self.expression.aggregate(**unsaid))
            has |= {name: bool(counts[name].iloc[0]) for name in unsaid}
        return frozenset(name for name, answer in has.items() if answer)

    @cached_property
    def releases(self) -> tuple[str, ...]:
        """The releases the votes came from, by name."""
        return _releases(self.path)

    @property
    def name(self) -> str:
        """What the user calls these votes: the name of their own file, not of the copy that is kept of it."""
        return self.ledger.source if self.path.parent == places.interim() else self.path.name

    def __len__(self) -> int:
        return self.ledger.votes_out

    @property
    def release_words(self) -> str:
        """The releases as prose names them; empty where there are no votes."""
        return ", ".join(_IN_WORDS.get(name, spoken(name)) for name in self.releases)

    def need(self, purpose: str, *columns: str) -> None:
        """Raise an InputError that names the missing columns when `purpose` needs what these votes do not have."""
        missing = [name for name in columns if name not in self.available]
        if missing:
            raise InputError(f"{purpose} needs {held(missing)}, which {self.release_words or 'this table'} does not have.")

    @property
    def warning(self) -> Prose:
        """What the numbers made of these votes do not rest on (`Ledger.warning`); mostly empty."""
        return self.ledger.warning

    @property
    def sentence(self) -> Prose:
        """Rows in, votes out and what was dropped, in words, and the warning where there is one."""
        return Prose(f"{self.ledger.sentence} {self.warning}".rstrip())

    def _repr_html_(self) -> str:
        """The warning where there is one, and the first votes."""
        first = engine.to_pandas(self.expression.limit(SHOWN))
        shown = self.caption if len(first) == len(self) else f"{self.caption}: the first {len(first):,} of {len(self):,}"
        return self.warning._repr_html_() + tables.html(first, caption=shown)


def _releases(path: Path) -> tuple[str, ...]:
    """Names of the releases in a vote table; read from the footer's statistics where they decide it."""
    footer = pq.read_metadata(path)
    place = footer.schema.to_arrow_schema().get_field_index("release")
    groups = [footer.row_group(number).column(place).statistics for number in range(footer.num_row_groups)]
    if all(group is not None and group.has_min_max and group.min == group.max for group in groups):
        return tuple(sorted({group.min for group in groups}))
    return tuple(sorted(engine.to_pandas(engine.read_parquet(path).select("release").distinct())["release"]))


def _has_values(footer: pq.FileMetaData, name: str) -> bool | None:
    """Whether a column has a value, from the footer; None where it does not say."""
    places = [place for place in range(footer.num_columns) if footer.schema.column(place).path.split(".")[0] == name]
    chunks = [footer.row_group(group).column(place) for group in range(footer.num_row_groups) for place in places]
    if any(chunk.statistics is None or not chunk.statistics.has_null_count for chunk in chunks):
        return None
    return any(chunk.statistics.null_count < chunk.num_values for chunk in chunks)
