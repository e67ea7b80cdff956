"""Files of three releases to vote tables, beside what pandas and DuckDB take to read the same files, in one run.

    python benchmarks/reading.py [--rounds 3] [--rows-scale 1.0] [--only battle|arena140k|kaggle] [--large] [--folder DIR]

The files are made from simulated votes in the shapes of the releases (release_files.py), and are in the page cache when the
clock starts. Every reading is a process of its own, libraries imported before the clock, ours and the others' by turns, ours
with an empty cache; ratios are of medians. The clock's seconds suffer from whatever else the machine does, the processor's
less. Peak memory is the process's, libraries included. `--large` adds the first file at 1.8 million rows (2.1 GB).
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from timing import run

HERE = Path(__file__).resolve().parent
PYTHON = Path(sys.executable)

#: Seconds that a second read may take, and MB that a first one may.
AGAIN, MEMORY = 0.3, 600
OURS, SECOND = "ours", "ours, second read"


@dataclass(frozen=True)
class File:
    """A file to read: its shape (of release_files.py), and the readers to stand beside, each with what ours may take of it."""

    shape: str
    title: str
    rows: int
    suffix: str
    peers: dict[str, float]
    memory: float = float("inf")


BATTLE = File(
    "battle",
    "clean_battle, JSON",
    200_000,
    ".json",
    {"read_json": 1.0, "duckdb-columns": 4.0, "duckdb-table": 4.0, "duckdb-count": 4.0},
    MEMORY,
)
FILES = {
    "battle": [BATTLE],
    "arena140k": [
        File("arena140k", "140k, Parquet", 50_000, ".parquet", {"read_parquet": 2.0}),
        File("arena140k-texts", "140k, Parquet, style counted in the texts", 50_000, ".parquet", {"read_parquet": 2.0}),
    ],
    "kaggle": [File("kaggle", "Kaggle's train.csv", 57_477, ".csv", {"read_csv": 1.5})],
}
LARGE = File("battle", "clean_battle, JSON", 1_800_000, ".json", {"duckdb-columns": 4.0, "duckdb-count": 4.0}, MEMORY)

Runs = dict[str, list[dict[str, Any]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows-scale", type=float, default=1.0, help="rows of the files, as a multiple of the full size")
    parser.add_argument("--only", choices=list(FILES))
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--folder", type=Path, help="make the files here and keep them, or use those of an earlier run")
    options = parser.parse_args()
    chosen = [file for shape, files in FILES.items() if options.only in (None, shape) for file in files]
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for file in [*chosen, *([LARGE] if options.large else [])]:
            path = made(file, max(1, round(file.rows * options.rows_scale)), options.folder or scratch)
            show(file, measure(file, path, options.rounds, scratch))
            if options.folder is None:
                path.unlink()


def made(file: File, rows: int, folder: Path) -> Path:
    """The file, made in a process of its own: a child's peak memory starts at its parent's."""
    path = folder / f"{file.shape}-{rows}{file.suffix}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        subprocess.run([sys.executable, str(HERE / "release_files.py"), file.shape, str(part), str(rows)], check=True)
        part.replace(path)
    print(f"== {file.title}: {rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB")
    return path


def measure(file: File, path: Path, rounds: int, scratch: Path) -> Runs:
    """All readers by turns, `rounds` times."""
    found: Runs = {name: [] for name in (OURS, *file.peers, SECOND)}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=scratch) as cache:
            readers: dict[str, Callable[[], dict[str, Any]]] = {
                OURS: lambda cache=cache: run(PYTHON, HERE / "ours_reading.py", path, cache),
                **{peer: lambda peer=peer: run(PYTHON, HERE / "peers" / "plain_readers.py", peer, path) for peer in file.peers},
            }
            readers[SECOND] = readers[OURS]
            for name, read in readers.items():
                warm(path)
                found[name].append(read())
    return found


def warm(path: Path) -> None:
    """Read the file into the page cache, a small piece at a time."""
    with path.open("rb", buffering=0) as stream:
        while stream.read(1 << 18):
            pass


def show(file: File, found: Runs) -> None:
    print(f"{'':20} {'min s':>8} {'median s':>9} {'CPU s':>8} {'peak MB':>8}   ours / theirs")
    ours = median(found[OURS], "seconds")
    for name, runs in found.items():
        failed = next((one["failed"] for one in runs if "failed" in one), None)
        if failed is not None:
            print(f"{name:20} failed: {failed}")
            continue
        least, middle, peak = min(one["seconds"] for one in runs), median(runs, "seconds"), max(one["memory"] for one in runs)
        said = ""
        if name in file.peers and ours is not None:
            said = f"{ours / middle:.2f}  (bar {file.peers[name]:.1f})"
        elif name == OURS and file.memory < float("inf"):
            said = f"peak memory: bar {file.memory:.0f} MB"
        elif name == SECOND:
            said = f"bar {AGAIN} s"
        print(f"{name:20} {least:8.2f} {middle:9.2f} {median(runs, 'cpu'):8.2f} {1000 * peak:8.0f}   {said}")
    print(flush=True)


def median(runs: list[dict[str, Any]], what: str) -> float | None:
    """None where a run failed."""
    return None if any("failed" in one for one in runs) else statistics.median(one[what] for one in runs)


if __name__ == "__main__":
    main()
