"""Where things lie: the project's folders and the cache. Paths only."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
DATA = ROOT / "data"
SAMPLE = DATA / "sample"
REPORTS = ROOT / "reports"
RAW = DATA / "raw"


def interim() -> Path:
    """The folder for converted vote tables; `ARENA_WORKBOOK_CACHE` moves it. Made when missing."""
    folder = Path(os.environ.get("ARENA_WORKBOOK_CACHE") or DATA / "interim")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
