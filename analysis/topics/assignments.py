"""The topic of every vote: the fitted prompts have theirs, all others are assigned, quickly where there are very many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.embeddings.choose import portable
from analysis.embeddings.embedding import Embedding
from analysis.topics.assignment import Assignment, Nearest
from analysis.votes.prompts import prompt_keys
from analysis.votes.stored_topics import BLANK
from analysis.workers import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.topics.corpus import Corpus
    from analysis.topics.model import TopicModel

    Integers = NDArray[np.int64]

#: Prompts of a batch, and prompts from which assigning them is worth workers.
_BATCH, _MANY = 5_000, 20_000

#: What is known of each prompt.
_FOUND = [("topic", np.int32), ("subtopic", np.int32), ("similarity", np.float32), ("margin", np.float32)]


def assign_corpus(corpus: Corpus, model: TopicModel) -> pd.DataFrame:
    """The topic of every vote, in the shape of `Topics.assignments`."""
    table, others = np.zeros(len(corpus), dtype=_FOUND), np.ones(len(corpus), dtype=bool)
    known, own = _fitted(corpus, model)
    _write(table, known, own)
    others[known] = False
    left = np.flatnonzero(others)
    embedding, rule = (model.shortcut.embedding, model.shortcut.rule) if model.shortcut else (model.embedding, model.rule)
    worth = len(left) >= _MANY and portable(embedding)
    numbers_of: list[Integers] = []

    def pieces() -> Iterator[tuple[Embedding, Nearest, list[str], list[str]]]:
        languages = corpus.languages
        for numbers, texts in corpus.batches(left, _BATCH):
            numbers_of.append(numbers)
            yield embedding, rule, texts, [str(name) for name in languages[numbers]]

    done = spread(_assign, pieces(), "assigning", worth=worth, size=-(-len(left) // _BATCH))
    for number, found in enumerate(done):
        _write(table, numbers_of[number], found)
    return _by_vote(corpus, table)


def _fitted(corpus: Corpus, model: TopicModel) -> tuple[Integers, Assignment]:
    """Prompts that the model was fitted on, with what their own vectors say."""
    keys = prompt_keys(pa.array(model.texts, pa.string()))
    order = np.argsort(keys, kind="stable")
    place = order[np.minimum(np.searchsorted(keys, corpus.keys, sorter=order), len(keys) - 1)]
    numbers = np.flatnonzero(keys[place] == corpus.keys)
    return numbers, model.rule.assign(model.vectors[place[numbers]])


def _assign(embedding: Embedding, rule: Nearest, texts: list[str], languages: list[str]) -> Assignment:
    return rule.assign(embedding.embed(texts, languages))


def _write(table: NDArray[np.void], numbers: Integers, found: Assignment) -> None:
    for name, _ in _FOUND:
        table[name][numbers] = getattr(found, name)


def _by_vote(corpus: Corpus, table: NDArray[np.void]) -> pd.DataFrame:
    """What is known of each vote's prompt; a vote without a prompt has none."""
    blank = corpus.prompt < 0
    missing = {"topic": BLANK, "subtopic": BLANK, "similarity": 0, "margin": 0}
    columns = {name: np.where(blank, missing[name], table[name][corpus.prompt]).astype(kind) for name, kind in _FOUND}
    key = np.where(blank, np.uint64(0), corpus.key[corpus.prompt])
    return pd.DataFrame({"vote_id": corpus.vote_id.to_pandas(), **columns, "judge": corpus.judge, "prompt": key})
