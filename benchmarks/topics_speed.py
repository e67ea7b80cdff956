"""Topics of the bundled sample, of 50,000 prompts beside a plain BERTopic() on the same vectors, and of 1,000,000 prompts.

    python benchmarks/topics_speed.py [--prompts 50000] [--million 1000000] [--no-sample]

Both sides read the same simulated prompts (every one different, their planted topics known) and the same vectors, and each
runs in a process of its own: the first with an empty cache of compiled code, as on a new machine, the second as ever after.
Ours is the whole analysis: fit, assignment, words, shares, turns, languages and time. NMI is over prompts with a topic.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from timing import run

HERE = Path(__file__).resolve().parent
PYTHON = Path(sys.executable)
HEAD = f"{'':24} {'seconds':>8} {'topics':>7} {'NMI':>6} {'outliers':>9} {'peak GB':>8}"
SAMPLE = HERE.parent / "data" / "sample"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=50_000)
    parser.add_argument("--million", type=int, default=1_000_000)
    parser.add_argument("--no-sample", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["ARENA_WORKBOOK_CACHE"] = str(folder / "cache")
        os.environ["NUMBA_CACHE_DIR"] = str(folder / "numba")
        if not options.no_sample:
            of_the_sample(folder)
        if options.prompts:
            beside_bertopic(folder, options.prompts)
        if options.million:
            many(folder, options.million)


def of_the_sample(folder: Path) -> None:
    """The first run compiles, as on a new machine; before the second, all that was kept of the first is gone but that."""
    print("the bundled sample, topics with stability")
    print(HEAD)
    for when in ("new machine", "ever after"):
        shutil.rmtree(folder / "cache", ignore_errors=True)
        show(f"ours, {when}", run(PYTHON, HERE / "ours_topics.py", "whole", SAMPLE))
    print()


def beside_bertopic(folder: Path, prompts: int) -> None:
    """Both on the same vectors, twice."""
    make(HERE / "ours_topics.py", "make", folder / "votes.parquet", prompts)
    print(f"{prompts:,} prompts, the same vectors for both")
    print(HEAD)
    ratios = []
    for when in ("new machine", "ever after"):
        ours = run(PYTHON, HERE / "ours_topics.py", "given", folder / "votes.parquet")
        theirs = run(PYTHON, HERE / "peers" / "bertopic_topics.py", folder / "votes.parquet")
        show(f"ours, {when}", ours)
        show(f"BERTopic(), {when}", theirs)
        if "failed" not in ours and "failed" not in theirs:
            ratios.append(ours["seconds"] / theirs["seconds"])
    print(f"ours / theirs: {', '.join(f'{ratio:.2f}' for ratio in ratios)} (bar 0.2)\n")


def many(folder: Path, prompts: int) -> None:
    """Fit on a sample, assign all."""
    make(HERE / "ours_topics.py", "simulate", folder / "many" / "votes.parquet", prompts)
    found = run(PYTHON, HERE / "ours_topics.py", "many", folder / "many" / "votes.parquet")
    if "failed" in found:
        print(f"many prompts failed: {found['failed']}")
        return
    print(f"{found['votes']:,} votes with {found['prompts']:,} different prompts")
    for stage, (count, seconds) in found["stages"].items():
        print(f"  {stage:34} {seconds:8.1f} s {count / seconds:12,.0f} prompts a second")
    print(f"  {found['topics']} topics, NMI {found['nmi']:.3f}, outliers {found['outliers']:.1%}")
    print(f"  the quick way agrees with the full embedding on {found['agreement']:.1%} of held-back prompts with a clear topic")
    print(f"  peak memory {found['memory']:.1f} GB (bar 3), and {found['worker']:.1f} GB in each worker")


def make(*arguments: object) -> None:
    """In a process of its own: a child's peak memory starts at its parent's."""
    subprocess.run([sys.executable, *map(str, arguments)], check=True)


def show(name: str, found: dict[str, Any]) -> None:
    if "failed" in found:
        print(f"{name:24} failed: {found['failed']}")
        return
    shape = f"{found['seconds']:8.1f} {found['topics']:7} {found['nmi']:6.3f} {found['outliers']:9.1%} {found['memory']:8.2f}"
    print(f"{name:24} {shape}")


if __name__ == "__main__":
    main()
