"""Boards of 2,000,000 votes of 130 models by 500,000 judges: ours, over votes, beside arena-rank, evalica and FastChat's method.

    python benchmarks/boards.py [--peers PYTHON] [--rows N]

`--peers` is the Python of an environment with the `bench` dependency group; `make bench` makes .venv-bench/, because
arena-rank pins an older NumPy than ours. Every tool reads the same Parquet file, counts, and fits; each runs in a process of
its own. Cold is the first run of a process, warm the median of the next ones; ratios compare warm with warm.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import run

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, default=HERE.parent / ".venv-bench" / "bin" / "python")
    parser.add_argument("--rows", type=int, default=2_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        votes = Path(folder) / "votes.parquet"
        # In a process of its own: a child's peak memory starts at its parent's.
        # Judges are four votes each on average, a few of them hundreds: half a million judges of two million votes.
        arena = "replace(plain(models=130), votes_per_judge=4.0, busiest=0.2)"
        make = f"simulate({options.rows}, seed=1, arena={arena}, text=False).write(Path({str(votes)!r}))"
        names = "from analysis.sources.simulated.simulate import plain, simulate; "
        setup = f"from dataclasses import replace; from pathlib import Path; {names}"
        subprocess.run([sys.executable, "-c", setup + make], check=True)
        print(f"{options.rows:,} votes, {votes.stat().st_size / 1e6:.0f} MB")
        ours = run(Path(sys.executable), HERE / "ours_board.py", votes)
        peers = {
            name: run(options.peers, HERE / "peers" / f"{name}_board.py", votes) for name in ("arena_rank", "evalica", "fastchat")
        }
    print(f"{'':12} {'cold s':>8} {'warm s':>8} {'peak GB':>8}   ours / theirs, warm")
    print(f"{'ours':12} {ours['cold']:8.2f} {ours['warm']:8.2f} {ours['memory']:8.2f}")
    for name, peer in peers.items():
        if "failed" in peer:
            print(f"{name:12} failed: {peer['failed']}")
            continue
        ratio = ours["warm"] / peer["warm"]
        print(f"{name:12} {peer['cold']:8.2f} {peer['warm']:8.2f} {peer['memory']:8.2f}   {ratio:.3f}  (bar 0.15)")
    over = (ours["judges"] - ours["scan"]) / ours["warm"]
    print(f"a board over judges: {ours['judges']:.2f} s, less {ours['scan']:.2f} s to scan who voted: {over:.1f} (bar 1.5)")
    print(f"bare group-by in DuckDB: {ours['floor']:.2f} s; a board takes {ours['warm'] / ours['floor']:.1f} times that (aim 2)")
    times = ours["categories"] / ours["judges"]
    print(f"{ours['made']} categories over judges: {ours['categories']:.2f} s, {times:.1f} times one such board (bar 4)")
    if "round" in peers["fastchat"]:
        whole, quick = 1000 * peers["fastchat"]["round"], ours["bootstrap"]
        print(f"1,000 bootstrap rounds: {quick:.1f} s, one by one {whole:.0f} s: {quick / whole:.3f} (bar 0.05)")


if __name__ == "__main__":
    main()
