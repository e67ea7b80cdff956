"""Tables to take away: CSV that spreadsheets may open, and the link that carries it in a page."""

from __future__ import annotations

import base64
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from analysis.results.prose import slug
from analysis.whole_files import whole_file

#: Bytes of CSV that a link carries; a page holds a dozen tables and must stay light.
MOST_BYTES = 200_000

#: Letters of the name of a file that a caption gives.
_LONGEST_NAME = 60


def spreadsheet_safe(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with an apostrophe before every text, headings included, that a spreadsheet would take for a formula.

    As OWASP advises ("CSV injection"): texts that begin with = + - @, a tab or a line break. Numbers, times and truth values
    stay as they are.
    """
    texts = set(table.select_dtypes(exclude=["number", "bool", "datetime", "datetimetz", "timedelta"]).columns)
    columns = [_safe(values) if name in texts else values for name, values in table.items()]
    return pd.concat(columns, axis=1).set_axis(map(_quoted, table.columns), axis=1) if columns else table


def _safe(values: pd.Series) -> pd.Series:
    kind = object if isinstance(values.dtype, pd.CategoricalDtype) else values.dtype  # quoted, it is none of the categories
    return pd.Series([_quoted(value) for value in values], index=values.index, dtype=kind)


def _quoted(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else value


def csv(table: pd.DataFrame) -> bytes:
    """All rows and columns as CSV in UTF-8, values in full and no text a formula; a named index is a column.

    Lines end as RFC 4180 has it, so that a lone return in a prompt is quoted as well.
    """
    kept = _with_index(table)
    plain = kept.set_axis([str(name) for name in kept.columns], axis=1)
    return str(spreadsheet_safe(plain).to_csv(index=False, lineterminator="\r\n")).encode("utf-8", errors="replace")


def write_csv(table: pd.DataFrame, path: str | Path, *, safe: bool = False) -> Path:
    """Write all rows and columns as CSV in UTF-8, values in full; a named index is a column.

    Args:
        safe: whether no text is left that a spreadsheet would take for a formula.

    Raises:
        UsageError: `path` is no name for a file.
        InputError: it cannot be written.
    """
    path, kept = Path(path), _with_index(table)
    with whole_file(path) as part:
        (spreadsheet_safe(kept) if safe else kept).to_csv(part, index=False, encoding="utf-8", errors="replace")
    return path


def write_parquet(table: pd.DataFrame, path: str | Path) -> Path:
    """Write all rows and columns as Parquet; a named index is a column.

    Raises:
        UsageError: `path` is no name for a file.
        InputError: it cannot be written.
    """
    path = Path(path)
    with whole_file(path) as part:
        _with_index(table).to_parquet(part, index=False)
    return path


def _with_index(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a named index as a column."""
    return table.reset_index() if table.index.name or table.index.nlevels > 1 else table


def csv_link(table: pd.DataFrame, name: str) -> Markup:
    """A link that holds `table` as CSV and saves it as `NAME.csv`; what is too large for a page says where it is instead."""
    content = csv(table)
    if len(content) > MOST_BYTES:
        words = "As CSV it has {:,.1f} MB, too much for a page: in the notebook, the result's table has it all."
        return Markup("<span>{}</span>").format(words.format(len(content) / 1e6))
    data = base64.b64encode(content).decode("ascii")
    return Markup('<a download="{}.csv" href="data:text/csv;charset=utf-8;base64,{}">CSV</a>').format(name, data)


def name_of(caption: str) -> str:
    """The words of a caption before its first semicolon, as the name of a file or an anchor; empty where it has none."""
    words = slug(caption.partition(";")[0]) if caption.strip() else ""
    return words[:_LONGEST_NAME].rstrip("-")
