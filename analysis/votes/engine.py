"""The engine that runs the group-bys: an embedded DuckDB, reached through Ibis so that another engine can take over."""

from __future__ import annotations

import functools
import glob
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import ibis
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa


@contextmanager
def _quiet() -> Iterator[None]:
    """Ibis 12 calls functions that pandas 3 and DuckDB 2 deprecate; nobody who runs a report can act on that."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=FutureWarning)
        yield


@functools.cache
def connect() -> ibis.BaseBackend:
    """The process's DuckDB connection: UTC, no progress bar on a report's stderr."""
    import duckdb
    import ibis

    with _quiet():
        connection = ibis.duckdb.connect()
        connection.raw_sql("SET TimeZone = 'UTC'")
        with suppress(duckdb.InvalidInputException):  # in a notebook without ipywidgets, which has no bar to switch off
            connection.raw_sql("SET enable_progress_bar = false")
    return connection


def read_parquet(path: Path) -> ir.Table:
    """The Parquet file as a lazy Ibis table: this file, whatever its name would mean as a pattern or a partition."""
    with _quiet():
        return connect().read_parquet(glob.escape(str(path)), hive_partitioning=False)


def to_pandas(expression: ir.Table) -> pd.DataFrame:
    """Run an expression and return its (small) result."""
    with _quiet():
        return connect().to_pandas(expression)


def to_arrow(expression: ir.Table) -> pa.Table:
    """Run an expression and return its result; rows of a table that is only read and filtered keep their order."""
    with _quiet():
        return connect().to_pyarrow(expression)
