"""Vote tables on disk: checked on the way in, whole or not there at all, with the fingerprint in their footer."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import InputError
from analysis.schema import VOTE_SCHEMA, pandera_schema

if TYPE_CHECKING:
    import pandera.pandas as pandera

#: Rises when a conversion of the same input would give another table; older cached tables are then left alone.
VERSION = "1"
FINGERPRINT_KEY = b"arena_workbook.fingerprint"
VERSION_KEY = b"arena_workbook.conversion"

ROW_GROUP = 100_000
#: Long prompts close a row group early, so that memory stays flat.
ROW_GROUP_BYTES = 128 << 20


class VoteWriter:
    """Writes vote tables to one Parquet file; as a context manager, it puts the file in place only when all went well.

    Raises:
        InputError: a value breaks a rule of the vote table (names column, value and vote), or `path` cannot be written.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path = path
        self._schema = VOTE_SCHEMA.with_metadata({FINGERPRINT_KEY: fingerprint.encode(), VERSION_KEY: VERSION.encode()})
        self._waiting: list[pa.Table] = []
        self._temporary: Path | None = None
        self.rows = 0

    def __enter__(self) -> Self:
        self._temporary = temporary_beside(self._path)
        self._writer = pq.ParquetWriter(self._temporary, self._schema, compression="zstd", use_dictionary=True)
        return self

    def write(self, votes: pa.Table, where: str) -> None:
        """Add votes, a table of `VOTE_SCHEMA`; `where` names their source in an error."""
        check_votes(votes, where)
        self.rows += len(votes)
        self._waiting.append(votes)
        if sum(map(len, self._waiting)) >= ROW_GROUP or sum(table.nbytes for table in self._waiting) >= ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting).cast(self._schema), row_group_size=ROW_GROUP)
            self._waiting = []

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._temporary is not None
        try:
            if kind is None:
                self._flush()
            self._writer.close()
            if kind is None:
                with _writing(self._path):
                    self._temporary.replace(self._path)
        finally:
            self._temporary.unlink(missing_ok=True)


def check_votes(votes: pa.Table, where: str) -> None:
    """Hold the scalar columns against the rules of the vote table (`analysis.schema.pandera_schema`)."""
    import pandera.errors

    # A column without any value breaks no rule; leaving such columns out makes the check of sparse releases cheap.
    filled = [name for name in _rules().columns if votes[name].null_count < len(votes)]
    rules = _rules().remove_columns([name for name in _rules().columns if name not in filled])
    try:
        rules.validate(votes.select(filled).to_pandas())
    except pandera.errors.SchemaError as error:
        raise InputError(_violation(votes, error, where)) from error


@functools.cache
def _rules() -> pandera.DataFrameSchema:
    return pandera_schema()


def _violation(votes: pa.Table, error: pandera.errors.SchemaError, where: str) -> str:
    cases = getattr(error, "failure_cases", None)
    column = getattr(error.schema, "name", None) or "votes"
    if cases is None or not hasattr(cases, "columns") or "index" not in cases or cases["index"].isna().all():
        return f"{where}: column {column} breaks the rules of the vote table ({str(error).splitlines()[0]}); correct it."
    case = cases.iloc[0]
    vote_id = votes["vote_id"][int(case["index"])].as_py()
    rule = getattr(error.check, "error", error.check)
    return (
        f"{where}: column {column} of vote {vote_id} is {case['failure_case']!s:.40}, against the rule {rule}; "
        "correct it in the file or leave the column out."
    )


def temporary_beside(path: Path) -> Path:
    """An empty file next to `path` under a name of its own, to be renamed to it."""
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        temporary.chmod(0o666 & ~_umask())
        return temporary


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error}); choose another place with --out.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
