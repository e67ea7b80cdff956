"""What other tools take to read the files of reading.py, without making votes of them: pandas, and DuckDB's bare scans."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from timing import once, report

#: The count parses every record and makes no column of it; the other two make all columns.
SCANS = {
    "duckdb-count": "SELECT count(*) FROM read_json(?)",
    "duckdb-columns": "SELECT max(hash(COLUMNS(*))) FROM read_json(?)",
    "duckdb-table": "CREATE TEMP TABLE votes AS SELECT * FROM read_json(?)",
}
LISTS = ("prompt", "response_a", "response_b")


def reader(name: str) -> Callable[[str], Any]:
    """The reader of this name, its library imported before the clock starts."""
    if name in SCANS:
        import duckdb

        return lambda path: duckdb.connect().execute(SCANS[name], [path]).fetchall()
    import pandas as pd

    def read_csv(path: str) -> pd.DataFrame:
        frame = pd.read_csv(path)
        return frame.assign(**{name: frame[name].map(json.loads) for name in LISTS})

    return {"read_json": pd.read_json, "read_parquet": pd.read_parquet, "read_csv": read_csv}[name]


if __name__ == "__main__":
    read = reader(sys.argv[1])
    report(**once(lambda: read(sys.argv[2])))
