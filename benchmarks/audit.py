"""The audit: how long it takes beside arenakit, and how often each check is alarmed where there is nothing and where there is.

    python benchmarks/audit.py [--peers PYTHON] [--arenas N] [--only speed|coverage|alarms]

Speed: one CSV file of 100,000 votes of 60 models, ours and `arenakit audit` (2,000 resamples, its default) as whole commands,
each in a process of its own; and a vote table of 2,000,000 votes of 130 models. Coverage: whether all orders that are called
known, and all classes, are right together. Alarms: simulated arenas of 40,000 votes of 12 models
(`analysis/sources/simulated/faults.py`), one row a check and one column a fault, in per cent of the arenas in which it fires.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from timing import run

from analysis.audit.audit import CHECKS, audit_of
from analysis.audit.case import case_of
from analysis.audit.separation import check_separation
from analysis.ratings.simultaneous import distance_errors
from analysis.sources.simulated.faults import FAULTS, faulty, variant_facts
from analysis.workers import spread

HERE = Path(__file__).resolve().parent


def write_battles(path: Path) -> None:
    """100,000 votes of 60 models as arenakit reads them; it takes one kind of tie."""
    table = faulty(votes=100_000, models=60, gap=8)
    frame = table.select(["model_a", "model_b", "outcome", "judge"]).to_pandas().astype(str)
    frame["outcome"] = frame["outcome"].replace({"both_bad": "tie"})
    frame.set_axis(["model_a", "model_b", "winner", "voter_id"], axis=1).to_csv(path, index=False)


def write_votes(path: Path) -> None:
    """2,000,000 votes of 130 models by 830,000 judges as a release has them."""
    table = faulty(votes=2_000_000, models=130, gap=4)
    pq.write_table(table.append_column("question_id", pa.array(np.arange(len(table)).astype(str))), path)


def command(*words: object) -> float:
    """Seconds that a whole command takes."""
    start = time.perf_counter()
    subprocess.run(list(map(str, words)), check=True, capture_output=True)
    return time.perf_counter() - start


def speed(peers: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        battles, votes = Path(folder) / "battles.csv", Path(folder) / "votes.parquet"
        write_battles(battles)
        ours = [sys.executable, "-m", "analysis", "audit", "--votes", battles, "--column", "judge=voter_id"]
        theirs = command(peers.with_name("arenakit"), "audit", battles)
        first, then = command(*ours), min(command(*ours) for _ in range(3))
        print(
            f"100,000 votes, 60 models, CSV to audit: arenakit {theirs:.1f} s; ours {first:.2f} s, {then:.2f} s when read before:"
        )
        print(f"  {first / theirs:.3f} and {then / theirs:.3f} of its time (bar 0.1)")
        # In a process of its own: a child's peak memory starts at its parent's.
        code = f"import sys; sys.path.insert(0, {str(HERE)!r}); from audit import write_votes; from pathlib import Path; "
        convert = f"write_votes(Path({str(votes)!r})); from analysis import load_votes; load_votes({str(votes)!r})"
        subprocess.run([sys.executable, "-c", code + convert], check=True)
        large = run(Path(sys.executable), HERE / "ours_audit.py", votes)
        took = f"{large['first']:.1f} s, {large['warm']:.1f} s warm (bar 5), {large['peak']:.2f} GB (bar 1)"
        print(f"2,000,000 votes, 130 models: {took}")
        print("  " + ", ".join(f"{name} {seconds:.2f}" for name, seconds in large["checks"].items()))


def fired(fault: str, seed: int, votes: int, models: int, gap: float) -> dict[str, bool]:
    """Which checks fire in one arena."""
    models = 2 * models if fault == "variants" else models  # half of them are one organization's
    facts = variant_facts(models) if fault == "variants" else None
    audit = audit_of(case_of(faulty(fault, votes, models, gap, seed), facts=facts))
    return {name: check.fires for name, check in audit.checks.items()}


def alarms(arenas: int, votes: int = 40_000, models: int = 12, gap: float = 40.0) -> None:
    pieces = [(fault, seed, votes, models, gap) for fault in FAULTS for seed in range(1, arenas + 1)]
    found = spread(fired, pieces, "arenas", worth=True, size=len(pieces))
    frame = pd.DataFrame([{"fault": piece[0], **row} for piece, row in zip(pieces, found, strict=True)])
    share = (100 * frame.groupby("fault", sort=False).mean()).T
    share.insert(0, "stated", [100 * kind.false_alarm for kind in CHECKS])
    print(
        f"\n{arenas} arenas a fault, {votes:,} votes, {models} models, {gap:g} points apart; per cent in which a check fires:\n"
    )
    print("| check | " + " | ".join(share.columns) + " |\n|---" + "|---" * len(share.columns) + "|")
    for name, row in share.iterrows():
        print(f"| {name} | " + " | ".join(f"{value:.4g}" for value in row) + " |")


def misordered(gap: float, seed: int, votes: int, models: int) -> tuple[bool, bool]:
    """Whether any order that is called known is wrong, and any class: with models that are level, every one is."""
    case = case_of(faulty("none", votes, models, gap, seed))
    board, separation = case.board, check_separation(case)
    truth = np.array([-int(model.removeprefix("model-")) for model in board.models]) * float(gap > 0)
    told = board.ratings[:, None] - board.ratings > separation.critical * distance_errors(board.covariance)
    wrong = told & (truth[:, None] <= truth)
    number = separation.classes
    leader = np.array([np.flatnonzero(number == one)[0] for one in range(1, number.max() + 1)])
    below = [(number > one) & (truth >= truth[leader[one - 1]]) for one in range(1, number.max() + 1)]
    return bool(wrong.any()), bool(np.any(below))


def coverage(arenas: int) -> None:
    print(f"\n{arenas} arenas each; arenas in which an order called known, or a class, is wrong:\n")
    print("| votes | models | points apart | orders | classes |\n|---|---|---|---|---|")
    for votes, models, gap in ((6_000, 8, 0.0), (6_000, 8, 10.0), (40_000, 12, 0.0), (40_000, 12, 10.0), (40_000, 40, 3.0)):
        pieces = [(gap, seed, votes, models) for seed in range(1, arenas + 1)]
        found = np.array(list(spread(misordered, pieces, "arenas", worth=True, size=arenas)))
        print(f"| {votes:,} | {models} | {gap:g} | {found[:, 0].sum()} | {found[:, 1].sum()} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, default=HERE.parent / ".venv-bench" / "bin" / "python")
    parser.add_argument("--arenas", type=int, default=200)
    parser.add_argument("--only", choices=["speed", "coverage", "alarms"])
    options = parser.parse_args()
    if options.only in (None, "speed"):
        speed(options.peers)
    if options.only in (None, "coverage"):
        coverage(options.arenas)
    if options.only in (None, "alarms"):
        alarms(options.arenas)


if __name__ == "__main__":
    main()
