"""Ours, for topics_speed.py: make the prompts and their vectors, find topics with given vectors, or of very many prompts."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.metrics import normalized_mutual_info_score
from timing import report

from analysis import TopicSettings, load_votes, simulate, topics
from analysis.topics.corpus import read_corpus
from analysis.topics.embeddings.choose import open_embedding
from analysis.topics.model import fit_model, measure_stability, read_sample
from analysis.topics.topics import assign_corpus


def make(path: Path, prompts: int) -> None:
    """`prompts` votes, all with different prompts, and vectors by the default embedding in vectors.npy."""
    drawn = path.parent / "drawn" / "votes.parquet"
    simulated(drawn, int(prompts * 1.5))
    chosen = pa.array(read_corpus(load_votes(drawn)).place[:prompts])
    for source, target in ((drawn, path), (drawn.with_name("topics.parquet"), path.with_name("topics.parquet"))):
        pq.write_table(pq.read_table(source).replace_schema_metadata().take(chosen), target)
    corpus, settings = read_corpus(load_votes(path)), TopicSettings()
    _, texts, languages = read_sample(corpus, settings)
    embedding = open_embedding(settings.embedding, corpus, texts, languages, settings.seed)
    spoken = [str(name) for name in corpus.languages]
    parts = [embedding.embed(texts, [spoken[number] for number in numbers]) for numbers, texts in corpus.batches()]
    np.save(path.with_name("vectors.npy"), np.vstack(parts))


def simulated(path: Path, rows: int) -> None:
    simulate(rows, seed=7).write(path)


def given(path: Path) -> None:
    settings = TopicSettings(embedding=f"vectors:{path.with_name('vectors.npy')}", rounds=0)
    start = time.perf_counter()
    found = topics(load_votes(path), settings, with_map=False)
    spent = time.perf_counter() - start
    report(seconds=spent, **scores(path, found.assignments["topic"].to_numpy()))


def many(path: Path) -> None:
    stages: dict[str, tuple[int, float]] = {}

    def timed(stage: str, work: Callable[[], Any], count: Callable[[Any], int]) -> Any:
        start = time.perf_counter()
        done = work()
        stages[stage] = (count(done), time.perf_counter() - start)
        return done

    votes, settings = load_votes(path), TopicSettings()
    corpus = timed("read and find different prompts", lambda: read_corpus(votes), lambda found: len(found.vote_id))
    model = timed("fit on a sample", lambda: fit_model(corpus, settings), lambda found: len(found.prompts))
    timed("stability, 2 × 2 refits", lambda: measure_stability(model), lambda _: 4 * len(model.prompts))
    assigned = timed("embed and assign all", lambda: assign_corpus(corpus, model), lambda _: len(corpus))
    scored = scores(path, assigned["topic"].to_numpy())
    report(votes=len(corpus.vote_id), prompts=len(corpus), stages=stages, **scored)


def scores(path: Path, topic: np.ndarray) -> dict[str, float]:
    truth = np.array(pq.read_table(path.with_name("topics.parquet"))["topic"].to_pylist())
    clear = topic >= 0
    nmi = float(normalized_mutual_info_score(truth[clear], topic[clear]))
    return {"topics": int(topic.max()) + 1, "nmi": nmi, "outliers": float((topic == -1).mean())}


if __name__ == "__main__":
    work, path, *numbers = sys.argv[1:]
    {"make": make, "simulate": simulated, "given": given, "many": many}[work](Path(path), *map(int, numbers))
