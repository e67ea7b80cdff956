"""BERTopic as it comes, for topics_speed.py: BERTopic() on prompts with given vectors."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import pyarrow.parquet as pq
from bertopic import BERTopic
from ours_topics import scores
from timing import report

if __name__ == "__main__":
    path = Path(sys.argv[1])
    prompts = pq.read_table(path, columns=["prompt"])["prompt"].to_pylist()
    vectors = np.load(path.with_name("vectors.npy"))
    start = time.perf_counter()
    topic, _ = BERTopic().fit_transform(prompts, embeddings=vectors)
    report(seconds=time.perf_counter() - start, **scores(path, np.array(topic)))
