"""Ours, for topics_speed.py: make the prompts and their vectors, find topics with given vectors, or of very many prompts."""

import resource
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
from analysis.embeddings.choose import FALLBACK, read_texts
from analysis.topics.assignments import assign_corpus
from analysis.topics.corpus import read_corpus
from analysis.topics.model import fit_model, read_sample
from analysis.workers import unthreaded


def make(path: Path, prompts: int) -> None:
    """`prompts` votes, all with different prompts, and vectors by words and n-grams in vectors.npy."""
    drawn = path.parent / "drawn" / "votes.parquet"
    simulated(drawn, int(prompts * 1.5))
    chosen = pa.array(read_corpus(load_votes(drawn)).place[:prompts])
    for source, target in ((drawn, path), (drawn.with_name("topics.parquet"), path.with_name("topics.parquet"))):
        pq.write_table(pq.read_table(source).replace_schema_metadata().take(chosen), target)
    corpus, settings = read_corpus(load_votes(path)), TopicSettings()
    _, texts, languages = read_sample(corpus, settings)
    embedding, _ = read_texts(FALLBACK, corpus, texts, languages).fit(np.arange(len(texts)), settings.seed)
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
    with unthreaded():
        model = timed("fit on a sample, 5 times", lambda: fit_model(corpus, settings), lambda found: 5 * len(found.prompts))
        assigned = timed("assign all the others", lambda: assign_corpus(corpus, model), lambda _: len(corpus))
    scored = scores(path, assigned["topic"].to_numpy())
    report(
        votes=len(corpus.vote_id),
        prompts=len(corpus),
        stages=stages,
        agreement=model.shortcut.agreement,
        worker=worker_memory(),
        **scored,
    )


def worker_memory() -> float:
    """The largest peak of the workers that are done, in GB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


def whole(path: Path) -> None:
    """The topics of the bundled sample with their stability, as a report finds them: from nothing, but for compiled code."""
    start = time.perf_counter()
    found = topics(load_votes("sample"))
    report(seconds=time.perf_counter() - start, **scores(path / "topics.parquet", found.assignments["topic"].to_numpy()))


def scores(path: Path, topic: np.ndarray) -> dict[str, float]:
    truth = np.array(pq.read_table(path.with_name("topics.parquet"))["topic"].to_pylist())
    clear = topic >= 0
    nmi = float(normalized_mutual_info_score(truth[clear], topic[clear]))
    return {"topics": int(topic.max()) + 1, "nmi": nmi, "outliers": float((topic == -1).mean())}


if __name__ == "__main__":
    work, path, *numbers = sys.argv[1:]
    {"make": make, "simulate": simulated, "given": given, "many": many, "whole": whole}[work](Path(path), *map(int, numbers))
