"""Timing for the benchmarks: run a callable a few times in this process and report seconds and peak memory."""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def seconds(work: Callable[[], Any], times: int = 5) -> dict[str, float]:
    """The first run (cold) and the median of the following ones (warm), in seconds."""
    spent = []
    for _ in range(times + 1):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return {"cold": spent[0], "warm": statistics.median(spent[1:])}


def once(work: Callable[[], Any]) -> dict[str, float]:
    """One run: seconds on the clock and of the processor (of all threads; more than the clock where several work)."""
    start, spent = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - spent}


def peak_memory() -> float:
    """Peak resident memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def run(python: Path, script: Path, *arguments: object) -> dict[str, Any]:
    """Run a script in a process of its own; its last line of output is the JSON it reports."""
    start = time.perf_counter()
    done = subprocess.run([str(python), str(script), *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "process": time.perf_counter() - start}


def report(**values: Any) -> None:
    """Print a script's result for `run`."""
    json.dump({**values, "memory": peak_memory()}, sys.stdout)
    print()
