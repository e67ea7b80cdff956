"""Some of the votes of a vote table, as a vote table of their own: kept in the cache, and made once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analysis import places
from analysis.votes.ledger import Ledger, Reason, ledger_beside
from analysis.whole_files import whole_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Votes that are read at a time.
_BATCH = 20_000

#: Letters of the name of a file that are those of the votes it was made of.
_LONGEST = 40


def selection_key(fingerprint: str, words: str) -> str:
    """The fingerprint of the votes that `words` choose of those with that fingerprint, 64 hexadecimal digits: equal votes that
    are chosen by equal words are equal."""
    return hashlib.blake2b(f"{fingerprint}|{words}".encode(), digest_size=32).hexdigest()


def selection_path(stem: str, key: str) -> Path:
    """Where a selection is kept."""
    return places.interim() / f"{stem[:_LONGEST]}-{key[:16]}.parquet"


def kept_selection(source: Path, path: Path) -> int | None:
    """The votes of a selection that was made before of `source`; None where there is none, a damaged one, or one that was made
    when other columns stood beside `source`."""
    try:
        if schema_beside(path).names != schema_beside(source).names:
            return None
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException):
        return None


def write_selection(source: Path, target: Path, chosen: NDArray[np.bool_], ledger: Ledger) -> None:
    """Write the chosen votes, the columns beside them and their ledger.

    Args:
        chosen: shape (votes,), in the order of the file.
    """
    if columns_beside(source).exists():
        _filter(columns_beside(source), columns_beside(target), chosen)
    _filter(source, target, chosen)
    with whole_file(ledger_beside(target)) as part:
        ledger.write(part)


def ledger_of(ledger: Ledger, warning: str, words: str, votes: int) -> Ledger:
    """The ledger of so many votes out of those of `ledger`, chosen by `words`; what its votes lack is told of in a note."""
    source, left = f"{ledger.source}, {words}", Counter({str(Reason.NOT_CHOSEN): ledger.votes_out - votes})
    notes = (*ledger.notes, f"Of the rows behind these votes, {warning}") if warning else ledger.notes
    return Ledger.close(source, ledger.release, ledger.votes_out, votes, +left, derived=ledger.derived, notes=notes)


def columns_beside(path: Path) -> Path:
    """Where the columns lie that a frame had beside those of the vote table: one row per vote, in the same order."""
    return path.with_suffix(".columns.parquet")


def schema_beside(path: Path) -> pa.Schema:
    """Names and types of those columns: numbers, marks, times and texts; none where there is no such file."""
    beside = columns_beside(path)
    return pq.read_schema(beside).remove_metadata() if beside.exists() else pa.schema([])


def _filter(source: Path, target: Path, chosen: NDArray[np.bool_]) -> None:
    """The chosen rows of a Parquet file as another one, a batch at a time."""
    first = 0
    with pq.ParquetFile(source) as file, whole_file(target) as part:
        schema = file.schema_arrow.remove_metadata()
        with pq.ParquetWriter(part, schema, compression="zstd") as writer:
            for batches in _batches(file):
                rows = chosen[first : first + len(batches)]
                first += len(batches)
                writer.write_table(batches.cast(schema).filter(pa.array(rows)))


def _batches(file: pq.ParquetFile) -> Iterable[pa.Table]:
    return (pa.Table.from_batches([batch]) for batch in file.iter_batches(batch_size=_BATCH))
