"""Ours, for audit.py: the whole audit from a vote table, and what each check takes."""

import sys
import time
from pathlib import Path

from timing import once, peak_memory, report, seconds

from analysis import load_votes
from analysis.audit.audit import CHECKS, audit
from analysis.audit.case import read_case
from analysis.errors import InputError
from analysis.ratings.settings import Settings


def each(path: Path) -> dict[str, float]:
    """Seconds of each check, once all is compiled."""
    case, found = read_case(load_votes(path), "overall", Settings()), {}
    for kind, make in CHECKS.items():
        start = time.perf_counter()
        try:
            check = make(case)
            _ = check.table, check.sentence, check.verdict
        except InputError:
            continue
        found[kind.name] = time.perf_counter() - start
    return found


if __name__ == "__main__":
    path = Path(sys.argv[1])
    first = once(lambda: audit(load_votes(path)).table)
    peak = peak_memory()  # of one audit; the next ones are made while the last is still held
    whole = seconds(lambda: audit(load_votes(path)).table, times=2)
    report(first=first["seconds"], peak=peak, warm=whole["warm"], checks=each(path))
