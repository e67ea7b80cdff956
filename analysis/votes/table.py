"""The vote table as every analysis takes it: a Parquet file, its cleaning ledger and its fingerprint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis import places
from analysis.errors import InputError, UsageError
from analysis.results import tables
from analysis.results.origin import Origin
from analysis.results.previews import ROWS, preview_lines
from analysis.results.prose import Prose, one_line, spoken
from analysis.results.result import Result
from analysis.results.spelling import did_you_mean
from analysis.surroundings import in_report
from analysis.votes import engine
from analysis.votes.ledger import Ledger
from analysis.votes.rules import parse_rule
from analysis.votes.schema import NAMES, NUMBERS, held
from analysis.votes.selection import (
    columns_beside,
    kept_selection,
    ledger_of,
    schema_beside,
    selection_key,
    selection_path,
    write_selection,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    from numpy.typing import NDArray


SIMULATED = "simulated"

#: Releases whose name says nothing to who reads it, in words.
_IN_WORDS = {"flat": "a table of no known release"}

#: Votes that the page of a report shows of a table.
SHOWN = 20

#: How to see more of the votes, and a column that says again, and more, what another does.
_MORE, _REPEATED = ".head(n) has more, .table all; .models who is in them, and .sentence how they were read.", ["prompts"]


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
    def models(self) -> pd.DataFrame:
        """model and its votes, those with most votes first."""
        table = self.expression
        sides = table.select(model=table["model_a"]).union(table.select(model=table["model_b"]))
        counts = engine.to_pandas(sides.group_by("model").aggregate(votes=sides.count()))
        return counts.sort_values(["votes", "model"], ascending=[False, True], ignore_index=True)

    def head(self, n: int = 5) -> pd.DataFrame:
        """The first `n` votes, with the columns that have values.

        Raises:
            UsageError: `n` is no whole number, 0 or more.
        """
        _check_whole("n", n, 0)
        return engine.to_pandas(self.expression.select(*self._held).limit(int(n)))

    def where(self, rule: str) -> Votes:
        """The votes that a rule chooses, as votes of their own: `votes.where('turns >= 3 and language == "German"')`.

        Args:
            rule: as behind `where:` in the name of a category (see `analysis.votes.rules`).

        Raises:
            UsageError: the rule cannot be read, or names a column that there is not.
            InputError: these votes lack a column that it needs, or it chooses none.
        """
        import ibis

        columns, chooses = parse_rule(rule)
        words = f"where {one_line(rule)}"
        self.need(words, *columns)

        def mask() -> NDArray[np.bool_]:
            chosen = ibis.coalesce(chooses(self.expression), ibis.literal(False))
            found = engine.to_arrow(self.expression.select(chosen=chosen))["chosen"]
            return np.asarray(found.to_numpy(), dtype=bool)

        return self._chosen(words, mask)

    def sample(self, n: int, seed: int = 1) -> Votes:
        """`n` of the votes at random, each as likely as any, in their order; all where there are no more.

        Raises:
            UsageError: `n` is no whole number, 1 or more, or `seed` is none, 0 or more.
        """
        _check_whole("n", n, 1)
        _check_whole("seed", seed, 0)
        if n >= len(self):
            return self

        def mask() -> NDArray[np.bool_]:
            chosen = np.zeros(len(self), dtype=bool)
            chosen[np.random.default_rng(seed).choice(len(self), n, replace=False)] = True
            return chosen

        return self._chosen(f"a sample of {n:,} (seed {seed})", mask)

    def _chosen(self, words: str, mask: Callable[[], NDArray[np.bool_]]) -> Votes:
        """The votes that `mask` chooses, by which `words` say; kept in the cache."""
        key = selection_key(self.fingerprint, words)
        path = selection_path(self.path.stem, key)
        kept = kept_selection(self.path, path)
        if kept is not None:
            return Votes.at(path, ledger_of(self.ledger, self.warning, words, kept), key)
        chosen = mask()
        if not chosen.any():
            raise InputError(f"{self.name}: no vote is left by {words}.")
        ledger = ledger_of(self.ledger, self.warning, words, int(chosen.sum()))
        write_selection(self.path, path, chosen, ledger)
        return Votes.at(path, ledger, key)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column of numbers, or of marks of a frame as 1 and 0, shape (votes,), in the order of the file; NaN where there is
        none.

        Raises:
            UsageError: there is no such column, or it holds no numbers.
        """
        known = [*NUMBERS, *(field.name for field in self.further if _counts(field.type))]
        if column not in known:
            raise UsageError(
                f"there is no column of numbers {column!r}{did_you_mean(column, known)}; there are {', '.join(known)}."
            )
        return np.asarray(pc.cast(self._read(column), pa.float64()).to_numpy(), dtype=float)

    @cached_property
    def further(self) -> pa.Schema:
        """Names and types of the columns that a frame had beside those of the vote table."""
        return schema_beside(self.path)

    def column(self, name: str) -> pa.ChunkedArray:
        """A column of the vote table or of `further`, in the order of the file; texts as dictionaries.

        Raises:
            KeyError: these votes do not have it.
        """
        if name not in self.available and name not in self.further.names:
            raise KeyError(name)
        return self._read(name)

    def _read(self, name: str) -> pa.ChunkedArray:
        path = columns_beside(self.path) if name in self.further.names else self.path
        return pq.read_table(path, columns=[name], read_dictionary=[name])[name]

    @cached_property
    def _held(self) -> list[str]:
        """The columns that have values, in their order; all of them where there is no vote."""
        return [name for name in NAMES if name in self.available] or list(NAMES)

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
        first = engine.to_pandas(self.expression.limit(SHOWN)) if in_report() else self.head(ROWS)
        shown = self.caption if len(first) == len(self) else f"{self.caption}: the first {len(first):,} of {len(self):,}"
        if in_report():
            return self.warning._repr_html_() + tables.html(first, caption=shown)
        own = first.drop(columns=_REPEATED, errors="ignore")
        return self.warning._repr_html_() + preview_lines(own, shown, _MORE)


def _counts(kind: pa.DataType) -> bool:
    """Whether a column beside the votes is of numbers, or of marks."""
    return bool(pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _check_whole(name: str, value: object, least: int) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise UsageError(f"{name} is {value!r}; it must be a whole number, {least} or more.")


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
