"""Where things lie: what the project brings, and where its caches, the data it fetches and its reports go. Paths only.

In a checkout all of it lies there. The wheel carries notebooks and data in the package (`bundled/`, see `pyproject.toml`); what
is written then goes to the user's own folders, and reports to the folder one stands in. So it does from a checkout that cannot
be written to.
"""

import os
from pathlib import Path

import platformdirs

from analysis.errors import WorkbookError

_PACKAGE = Path(__file__).resolve().parent
_BUNDLED = _PACKAGE / "bundled"

#: The folder that the package lies in: of a checkout, its root.
ROOT = _PACKAGE.parent

#: The root of the checkout, or None where the package is installed.
CHECKOUT = None if _BUNDLED.is_dir() else ROOT

NOTEBOOKS = (CHECKOUT or _BUNDLED) / "notebooks"
DATA = (CHECKOUT or _BUNDLED) / "data"
SAMPLE = DATA / "sample"

_NAME = "arena-workbook"


def _ours(folder: Path) -> bool:
    """Whether a folder is to be written to: it is of a checkout, and could be made or filled."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return CHECKOUT is not None and os.access(there, os.W_OK)


REPORTS = ROOT / "reports" if _ours(ROOT / "reports") else Path("reports")

#: What was fetched into a checkout is read there, even where nothing more can be fetched into it.
RAW = DATA / "raw"
if not (RAW.is_dir() or _ours(RAW)):
    RAW = platformdirs.user_data_path(_NAME, appauthor=False) / "raw"


def interim() -> Path:
    """The folder of caches; `ARENA_WORKBOOK_CACHE` moves it. Made when missing.

    Raises:
        WorkbookError: it cannot be made; says why.
    """
    own = DATA / "interim" if _ours(DATA / "interim") else platformdirs.user_cache_path(_NAME, appauthor=False)
    folder = Path(os.environ.get("ARENA_WORKBOOK_CACHE") or own)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        todo = "set ARENA_WORKBOOK_CACHE to a folder that can be written to"
        raise WorkbookError(f"{folder}: the caches cannot be kept there ({error.strerror or error}); {todo}.") from error
    return folder
