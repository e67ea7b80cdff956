"""Where the time of a whole report goes, beside `jupyter nbconvert --execute`, which runs the same notebooks one after another.

    .venv/bin/python benchmarks/report.py [--votes VOTES] [--only NAME …] [--alone]

Topics are kept before the clock starts. A page takes its kernel (start, stop, what papermill writes), the import of the library,
the cells of its analysis, and the rest, which is the page made of it. The last lines are the whole, the same with one job at a
time, and nbconvert's. `--alone` leaves nbconvert out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import nbformat

from analysis import places
from analysis.report.edition import Outcome, run_edition
from analysis.report.journal import Journal
from analysis.report.order import Order
from analysis.report.parameters import find_notebooks
from analysis.sources.load import load_votes

#: A notebook may take so much longer than its analysis (seconds), and the whole report with kept topics on two cores.
OVERHEAD, WHOLE = 3.0, 60.0


def main() -> None:
    """Run the report and nbconvert, and print the seconds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", default="sample")
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--alone", action="store_true", help="leave nbconvert out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        order = Order(votes=options.votes, only=options.only)
        _run(order, Path(made) / "warm")
        outcome, seconds = _run(order, Path(made) / "report")
        _print_pages(outcome)
        _, alone = _run(Order(votes=options.votes, only=options.only, jobs=1), Path(made) / "alone")
        print(f"{'the whole, jobs side by side':40} {seconds:7.1f} s (bar {WHOLE:.0f} on two cores)")
        print(f"{'one job at a time':40} {alone:7.1f} s")
        if not options.alone:
            theirs = _nbconvert(order, Path(made) / "nbconvert")
            print(f"{'nbconvert --execute, one by one':40} {theirs:7.1f} s; ours is {seconds / theirs:.2f} of it")


def _run(order: Order, out: Path) -> tuple[Outcome, float]:
    started = time.perf_counter()
    outcome = run_edition(replace(order, out=out), Journal(quiet=True))
    return outcome, time.perf_counter() - started


def _print_pages(outcome: Outcome) -> None:
    folder = outcome.index.parent
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    print(f"{'page':22} {'whole':>7} {'kernel':>7} {'import':>7} {'cells':>7}   (seconds)")
    worst = 0.0
    for page in run["pages"]:
        if not page["notebook"]:
            continue
        imports, cells = _cells(folder / page["notebook"])
        over = page["seconds"] - cells
        worst = max(worst, over)
        print(f"{page['stem']:22} {page['seconds']:7.1f} {over - imports:7.1f} {imports:7.1f} {cells:7.1f}")
    between = run["seconds"] - max(page["seconds"] for page in run["pages"])
    print(f"largest overhead over the analysis {worst:.1f} s (bar {OVERHEAD:.0f})")
    print(f"the run took {run['seconds']:.1f} s, {between:.1f} more than its longest page")


def _cells(path: Path) -> tuple[float, float]:
    """Seconds of the cell that imports the library, and of all other cells."""
    imports = others = 0.0
    for cell in nbformat.read(path, as_version=4).cells:
        about = cell.metadata.get("papermill", {})
        if not about.get("start_time") or not about.get("end_time"):
            continue
        seconds = (datetime.fromisoformat(about["end_time"]) - datetime.fromisoformat(about["start_time"])).total_seconds()
        if "import analysis" in cell.source:
            imports += seconds
        else:
            others += seconds
    return imports, others


def _nbconvert(order: Order, folder: Path) -> float:
    """Seconds that nbconvert takes for the notebooks of the report, on the same votes."""
    folder.mkdir()
    votes = load_votes(order.votes)
    started = time.perf_counter()
    for notebook in find_notebooks(places.NOTEBOOKS, order.only):
        if notebook.compares:
            continue
        copy = folder / notebook.path.name
        content = nbformat.read(notebook.path, as_version=4)
        for cell in content.cells:
            if "parameters" in cell.metadata.get("tags", []):
                cell.source += f"\nvotes = {str(votes.path)!r}"
        nbformat.write(content, copy)
        command = [sys.executable, "-m", "jupyter", "nbconvert", "--execute", "--to", "html", str(copy)]
        subprocess.run(command, check=True, capture_output=True, cwd=places.ROOT)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
