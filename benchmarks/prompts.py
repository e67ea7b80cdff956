"""Repeated prompts: exact beside DuckDB, near beside datasketch and rensa, in a set of as many, in meaning, and memory.

    python benchmarks/prompts.py [--peers PYTHON] [--rows 1000000] [--part 50000] [--meaning 15000]

`--peers` is the Python of an environment with the `bench` dependency group (`make bench` makes .venv-bench/). Every side runs in
a process of its own. Exact repeats are read from the file; DuckDB's count of different prompts, as they are written, reads the
same file with two threads. What is wrong how often is counted by matching_errors.py.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from timing import run

HERE = Path(__file__).resolve().parent
PYTHON = Path(sys.executable)
OURS = HERE / "ours_prompts.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, default=HERE.parent / ".venv-bench" / "bin" / "python")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--part", type=int, default=50_000)
    parser.add_argument("--meaning", type=int, default=15_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        votes, released = folder / "votes" / "votes.parquet", folder / "released" / "votes.parquet"
        for path, seed in ((votes, 7), (released, 8)):
            subprocess.run([str(PYTHON), str(OURS), "make", str(path), str(options.rows), str(seed)], check=True)
        exact(votes, released, options.rows)
        near(folder, votes, options)
        if options.meaning:
            meaning(folder, votes, options.meaning)


def exact(votes: Path, released: Path, rows: int) -> None:
    found = run(PYTHON, OURS, "exact", votes, released)
    if "failed" in found:
        print(f"exact: {found['failed']}")
        return
    first = f"{found['cold']:.2f} s the first time"
    print(f"exact repeats of {rows:,} prompts: {found['warm']:.2f} s ({first}), {found['memory']:.2f} GB")
    print(
        f"  DuckDB's count(DISTINCT prompt): {found['duckdb']:.2f} s; ours takes {found['warm'] / found['duckdb']:.2f} times that"
    )
    ratio = found["exposed"] / found["both"]
    print(
        f"  in a set of {rows:,}: {found['exposed']:.2f} s, {ratio:.2f} times the exact repeats of both ({found['both']:.2f} s)"
    )


def near(folder: Path, votes: Path, options: argparse.Namespace) -> None:
    part, whole = folder / "part.parquet", folder / "whole.parquet"
    run(PYTHON, OURS, "different", votes, part, options.part)
    run(PYTHON, OURS, "different", votes, whole, options.rows)
    run(PYTHON, OURS, "near", part)  # compiles
    sides = {
        "ours": run(PYTHON, OURS, "near", part),
        "rensa alone": run(PYTHON, OURS, "rensa", part),
        "datasketch": run(options.peers, HERE / "peers" / "datasketch_prompts.py", part, 0.8),
    }
    print("near repeats (similarity 0.8)")
    for name, side in sides.items():
        show(name, side, sides["ours"])
    show("ours, all", run(PYTHON, OURS, "near", whole))


def meaning(folder: Path, votes: Path, most: int) -> None:
    path = folder / "meaning.parquet"
    run(PYTHON, OURS, "different", votes, path, most)
    print("alike in meaning")
    show("ours", run(PYTHON, OURS, "meaning", path))


def show(name: str, side: dict[str, Any], ours: dict[str, Any] | None = None) -> None:
    if "failed" in side:
        print(f"  {name:12} failed: {side['failed']}")
        return
    ratio = f"; ours takes {ours['seconds'] / side['seconds']:.3f} times that" if ours and ours is not side else ""
    print(
        f"  {name:12} {side['prompts']:>9,} prompts {side['seconds']:8.1f} s {side['memory']:5.2f} GB, "
        f"{side['found']:,} like an earlier one{ratio}"
    )


if __name__ == "__main__":
    main()
