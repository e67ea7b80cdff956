"""What an edition keeps beside its pages: its votes without their texts, and what changed since the edition before."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.changes.kept import CHANGES, VOTES
from analysis.report.record import LINES
from analysis.report.shelf import Edition
from analysis.votes.ledger import ledger_beside
from analysis.votes.table import Votes

#: Columns that strangers wrote: an edition is published, their words need not be.
_TEXTS = frozenset({"prompt", "prompts"})


def keep_votes(votes: Votes, folder: Path, earlier: Edition | None) -> None:
    """Write the vote table with empty prompts, so that any later version of the method can fit these votes again.

    Where the edition before has the same votes, both share one file on the disk.
    """
    place = folder / VOTES
    votes.ledger.write(ledger_beside(place))
    same = earlier is not None and earlier.record.get("fingerprint") == votes.fingerprint and VOTES not in earlier.edited
    if earlier and same and _linked(earlier.folder / VOTES, place):
        return
    source = pq.ParquetFile(votes.path)
    schema = source.schema_arrow.remove_metadata()
    with pq.ParquetWriter(place, schema, compression="zstd") as writer:
        for batch in source.iter_batches():
            writer.write_batch(_without_texts(batch, schema))


def _without_texts(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.nulls(len(batch), each.type) if each.name in _TEXTS else batch[each.name] for each in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _linked(source: Path, place: Path) -> bool:
    try:
        os.link(source, place)
    except OSError:  # another file system, or one without such links
        return False
    return True


def keep_changes(changes: Mapping[str, Any] | None, folder: Path) -> None:
    """Write what changed for programs, and in ten lines for a mail or a chat; nothing where nothing was compared."""
    if changes:
        text = json.dumps(changes, indent=2, ensure_ascii=False) + "\n"
        (folder / CHANGES).write_text(text, encoding="utf-8", errors="replace")
        (folder / LINES).write_text("\n".join(changes["lines"]) + "\n", encoding="utf-8", errors="replace")
