"""Ours, for prompts.py: exact, near and exposed prompts, DuckDB's count beside them, and rensa's own near repeats."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rensa import RMinHash, RMinHashLSH
from timing import report, seconds

from analysis import load_votes, simulate
from analysis.matching.meaning import meaning_pairs
from analysis.matching.near import NEAR, near_pairs
from analysis.votes.prompts import first_of_each, read_prompt_keys


def make(path: Path, rows: int, seed: int) -> None:
    simulate(rows, seed=seed).write(path)


def exact(path: Path, other: Path) -> None:
    """Which prompts repeat an earlier one, beside DuckDB's count; and which are in another set, beside both sets' repeats."""
    votes, released = load_votes(path), load_votes(other)
    duck = duckdb.connect(config={"threads": 2})

    def repeats(of=votes) -> np.ndarray:  # type: ignore[no-untyped-def]
        return first_of_each(read_prompt_keys(of))

    def exposed() -> np.ndarray:
        return np.isin(read_prompt_keys(votes), np.unique(read_prompt_keys(released)))

    def theirs() -> object:
        return duck.execute("SELECT count(DISTINCT prompt) FROM read_parquet(?)", [str(path)]).fetchall()

    ours = seconds(repeats, times=5)
    report(
        **ours,
        duckdb=seconds(theirs, times=5)["warm"],
        both=ours["warm"] + seconds(lambda: repeats(released), times=3)["warm"],
        exposed=seconds(exposed, times=3)["warm"],
    )


def near(path: Path) -> None:
    timed(lambda texts: len(np.unique(near_pairs(texts)[:, 1])), path)


def rensa(path: Path) -> None:
    """Signatures of lists of pieces made in Python, and the prompts for which its index has a candidate beside themselves."""

    def found(texts: pa.Array) -> int:
        pieces = [[text[i : i + 3] for i in range(max(len(text) - 2, 1))] for text in texts.to_pylist()]
        signatures = RMinHash.from_token_sets(pieces, num_perm=128, seed=1)
        index = RMinHashLSH(threshold=NEAR, num_perm=128, num_bands=16)
        index.insert_many(signatures)
        return sum(min(candidates) < place for place, candidates in enumerate(index.query_all(signatures)))

    timed(found, path)


def meaning(path: Path) -> None:
    timed(lambda texts: len(np.unique(meaning_pairs(texts.to_pylist())[:, 1])), path)


def timed(find: Callable[[pa.Array], int], path: Path) -> None:
    texts = pq.read_table(path, columns=["prompt"])["prompt"].combine_chunks()
    start = time.perf_counter()
    found = find(texts)
    report(seconds=time.perf_counter() - start, found=found, prompts=len(texts))


def different(path: Path, target: Path, most: int) -> None:
    """The first `most` different prompts of a vote table."""
    texts = pc.unique(pq.read_table(path, columns=["prompt"])["prompt"].combine_chunks()).slice(0, most)
    pq.write_table(pa.table({"prompt": texts}), target)
    report(prompts=len(texts))


if __name__ == "__main__":
    what, path, *rest = sys.argv[1:]
    if what == "make":
        make(Path(path), int(rest[0]), int(rest[1]))
    elif what == "exact":
        exact(Path(path), Path(rest[0]))
    elif what == "different":
        different(Path(path), Path(rest[0]), int(rest[1]))
    else:
        {"near": near, "rensa": rensa, "meaning": meaning}[what](Path(path))
