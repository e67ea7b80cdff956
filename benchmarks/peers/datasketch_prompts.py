"""datasketch: the plain loop of its documentation, MinHash and MinHashLSH over prompts one by one, on the same pieces as ours."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pyarrow.parquet as pq
from datasketch import MinHash, MinHashLSH
from timing import report


def near(texts: list[str], threshold: float) -> int:
    """Prompts for which an earlier one is a candidate."""
    index, found = MinHashLSH(threshold=threshold, num_perm=128), 0
    for place, text in enumerate(texts):
        signature = MinHash(num_perm=128, seed=1)
        signature.update_batch([text[i : i + 3].encode() for i in range(max(len(text) - 2, 1))])
        found += bool(index.query(signature))
        index.insert(place, signature)
    return found


if __name__ == "__main__":
    texts = [" ".join(text.lower().split()) for text in pq.read_table(sys.argv[1], columns=["prompt"])["prompt"].to_pylist()]
    start = time.perf_counter()
    found = near(texts, float(sys.argv[2]))
    report(seconds=time.perf_counter() - start, found=found, prompts=len(texts))
