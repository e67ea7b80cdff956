"""Where the code runs: in the kernel of a report, whose pages have a style and a fold of their own, or before somebody."""

from __future__ import annotations

import os

#: Set in the kernel of every report: the folder in which the tables of its pages are kept; empty where they are not.
TABLES = "ARENA_WORKBOOK_TABLES"

#: Set where errors are to be shown with all that led to them.
DEBUG = "ARENA_WORKBOOK_DEBUG"


def in_report() -> bool:
    """Whether this is the kernel of a report."""
    return TABLES in os.environ


def debug(on: bool = True) -> None:
    """Show errors in this session with all that led to them, as `--debug` does on the command line, or in one line again."""
    os.environ[DEBUG] = "1" if on else ""


def debugging() -> bool:
    """Whether errors are shown with all that led to them."""
    return bool(os.environ.get(DEBUG))
