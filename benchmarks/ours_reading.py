"""Ours, for reading.py: one load of a file, the cache in a given folder. Our imports are done before the clock starts."""

import os
import sys
from pathlib import Path

from timing import once, report

from analysis import load_votes
from analysis.sources.conversion import Conversion

if __name__ == "__main__":
    path, cache = sys.argv[1:]
    os.environ["ARENA_WORKBOOK_CACHE"] = cache
    report(**once(lambda: load_votes(Path(path), conversion=Conversion())))
