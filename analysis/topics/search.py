"""Search: the prompts nearest to a text, by their meaning and by their words.

By meaning, prompts are ranked by their cosine with the text in the embedding of the topics; by words, by the part of the text's
words that they have as whole words, rare words counting more (Spärck Jones 1972). The ranks are joined by reciprocal rank fusion
(Cormack, Clarke and Büttcher 2009), which needs no scale that both would share.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from analysis.embeddings.choose import forgetful
from analysis.embeddings.languages import language_like
from analysis.embeddings.tokens import clean, tokens
from analysis.errors import InputError, UsageError, first_line
from analysis.results.listing import Listing
from analysis.results.prose import counted, joined, one_line, shortened
from analysis.results.tables import Format
from analysis.sources.load import load_votes
from analysis.topics.corpus import READ, read_corpus
from analysis.votes.stored_topics import IGNORED, IGNORED_LABEL, UNCLEAR, UNCLEAR_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analysis.topics.corpus import Corpus
    from analysis.topics.model import TopicModel
    from analysis.votes.table import Votes

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Prompts that the model was not fitted on, at most, that are embedded for a search.
EMBEDDED = 20_000

#: The constant of reciprocal rank fusion: how little the first ranks stand out.
_EVEN = 60

#: Different words of a text, the first ones, that are looked for in each prompt.
_WORDS = 100

#: Prompts found that may be asked for at most.
_MOST = 1_000

#: Characters of a prompt, and of the text in a sentence, that are shown.
_SHOWN, _SAID = 200, 60

COLUMNS = ("prompt", "topic", "meaning", "words", "votes", "language", "date", "model_a", "model_b", "outcome")


class Searched(Protocol):
    """What is searched: the parts of `analysis.topics.topics.Topics` under their names there."""

    @property
    def frame(self) -> pd.DataFrame: ...

    @property
    def assignments(self) -> pd.DataFrame: ...

    @property
    def settings(self) -> Mapping[str, object]: ...

    @property
    def model(self) -> TopicModel | None: ...

    @property
    def votes(self) -> Votes | None: ...

    @property
    def fingerprint(self) -> str: ...


@dataclass(frozen=True)
class Found:
    """How near each of P prompts is to a text.

    Attributes:
        meaning: shape (P,), cosine; NaN for a prompt that was not embedded.
        words: shape (P,), weight of the text's words that the prompt has, 0 to 1.
        cut: prompts that were left out of the search by meaning.
        why: why nothing was searched for by meaning; empty where it was.
    """

    meaning: Floats
    words: Floats
    cut: int = 0
    why: str = ""


def search_prompts(
    topics: Searched, text: str, top: int = 20, votes: Votes | str | Path | None = None, embedded: int = EMBEDDED
) -> Listing:
    """The prompts nearest to a text, by meaning and by words, the nearest first.

    Args:
        votes: those of the topics, where the topics were loaded.
        embedded: prompts at most that are embedded for this, beside those the model was fitted on.

    Returns:
        prompt (shortened), topic, meaning (cosine), words (weight of the text's words that it has, 0 to 1), votes (with this
        prompt), and of the first of these language, date, model_a, model_b and outcome.

    Raises:
        InputError: the topics are of other votes.
        UsageError: `top` is out of its range, or the votes are not there.
    """
    if not 1 <= top <= _MOST:
        raise UsageError(f"top is {top}; it lies between 1 and {_MOST:,}.")
    votes = topics.votes if votes is None else load_votes(votes)
    if votes is None:
        raise UsageError("these topics were read without their votes, which hold the prompts; give them too, as votes=….")
    if votes.fingerprint != topics.fingerprint:
        raise InputError(f"{votes.name}: the topics are of other votes; find them again with arena-workbook topics.")
    asked = text.encode("utf-8", "replace").decode()[:READ]
    if not clean(asked).strip():
        return Listing(pd.DataFrame(columns=list(COLUMNS)), "", "No text to search for was given.", origin=votes.origin)
    corpus = read_corpus(votes)
    weights = word_weights(corpus, asked)
    found = _by_meaning(topics, corpus, asked, weights, embedded)
    near = np.flatnonzero((np.isfinite(found.meaning) & (found.meaning > 0)) | (found.words > 0))
    chosen = near[np.argsort(-fused(found.meaning, found.words)[near], kind="stable")][:top]
    said = f"“{shortened(one_line(asked), _SAID)}”"
    if not len(chosen):
        why = found.why if tokens(asked) else "It has no word that can be searched for."
        words = f"No prompt is near {said}. {why}".rstrip()
        return Listing(pd.DataFrame(columns=list(COLUMNS)), "", words, origin=votes.origin)
    table = _shown(topics, corpus, votes, chosen).assign(meaning=found.meaning[chosen], words=found.words[chosen])
    words = _said(table, said, len(corpus), found)
    if len(text) > READ:
        words += f" Only the first {READ:,} of its {len(text):,} characters were read, as of prompts."
    formats = {"meaning": Format(_score), "words": Format(_score)}
    return Listing(table[list(COLUMNS)], f"Prompts nearest to {said}", words, formats, origin=votes.origin)


def _score(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "–"


def word_weights(corpus: Corpus, text: str) -> Floats:
    """For each prompt the weight of the text's words that it has, of that of all of them, shape (P,).

    A word weighs ln(1 + (P − n + ½)/(n + ½)) where n of the P prompts have it (Robertson and Spärck Jones 1976, above zero as
    Lucene has it). Stop words are no words; of a text without any, all weights are 0.
    """
    wanted = list(dict.fromkeys(tokens(text)))[:_WORDS]
    has = np.zeros((len(corpus), len(wanted)), dtype=bool)
    for numbers, texts in corpus.batches() if wanted else ():
        for number, prompt in zip(numbers, texts, strict=True):
            read = clean(prompt)
            if any(word in read for word in wanted):
                inside = set(tokens(prompt))
                has[number] = [word in inside for word in wanted]
    count = has.sum(axis=0)
    weight = np.log1p((len(corpus) - count + 0.5) / (count + 0.5))
    return np.minimum(has @ weight / max(weight.sum(), 1e-12), 1.0)


def fused(meaning: Floats, words: Floats) -> Floats:
    """Scores by reciprocal rank fusion, shape (P,): the sum of 1 / (60 + rank) over both.

    Equal values have one rank, and a prompt without a value (NaN by meaning, 0 by words) gets nothing from it.
    """
    from scipy.stats import rankdata  # late: it takes 0.3 s

    score = np.zeros(len(words))
    for values, known in ((meaning, np.isfinite(meaning)), (words, words > 0)):
        score[known] += 1 / (_EVEN + rankdata(-values[known], method="min"))
    return score


def _by_meaning(topics: Searched, corpus: Corpus, text: str, words: Floats, embedded: int) -> Found:
    """Cosines with the fitted prompts, and with up to `embedded` others: first those that have words of the text, then those of
    the topics nearest to it."""
    meaning, model = np.full(len(corpus), np.nan), topics.model
    if model is None or model.embedding.fingerprint != topics.settings.get("embedding_fingerprint"):
        return Found(meaning, words, why="By words only: the topics' model is not there to compare meanings.")
    try:
        vector = forgetful(model.embedding).embed([text], [language_like(text, model.texts, model.languages)])[0]
    except (InputError, UsageError) as error:
        return Found(meaning, words, why=_without(model.embedding.name, error))
    if not np.linalg.norm(vector) > 0:
        return Found(meaning, words, why="By words only: none of its words is known to the embedding.")
    meaning[model.prompts] = model.vectors @ vector
    meaning[model.prompts[np.linalg.norm(model.vectors, axis=1) == 0]] = np.nan
    others = np.setdiff1d(np.arange(len(corpus)), model.prompts)
    quick = model.embedding if model.shortcut is None else model.shortcut.embedding
    order = np.lexsort((-_nearness(topics, corpus, model, vector)[others], -words[others]))
    chosen = np.sort(others[order[:embedded]])
    for numbers, texts in corpus.batches(chosen):
        try:
            vectors = quick.embed(texts, [str(name) for name in corpus.languages[numbers]])
        except (InputError, UsageError) as error:
            return Found(np.full(len(corpus), np.nan), words, why=_without(quick.name, error))
        meaning[numbers] = np.where(np.linalg.norm(vectors, axis=1) > 0, vectors @ vector, np.nan)
    return Found(meaning, words, cut=len(others) - len(chosen))


def _without(name: str, error: InputError | UsageError) -> str:
    """Why nothing is searched for by meaning: vectors that were given are of other prompts, or a package is not there."""
    why = f"{name} has no vector for it" if isinstance(error, InputError) else first_line(error)
    return f"By words only: {why}."


def _nearness(topics: Searched, corpus: Corpus, model: TopicModel, vector: NDArray[np.float32]) -> Floats:
    """How near the middle of each prompt's topic is to a vector, shape (P,)."""
    near = {UNCLEAR: 0.0}
    for row, number in enumerate(topics.frame["topic"].astype(int)):
        near[number] = float(model.centres[row] @ vector)
    topic = topics.assignments["topic"].iloc[corpus.place]
    return topic.map(near).fillna(0.0).to_numpy(dtype=float)


def _shown(topics: Searched, corpus: Corpus, votes: Votes, chosen: Integers) -> pd.DataFrame:
    """The rows of the prompts, in their order, without scores."""
    texts: dict[int, str] = {}
    for numbers, found in corpus.batches(np.sort(chosen)):
        texts |= dict(zip(numbers.tolist(), found, strict=True))
    place = corpus.place[chosen]
    table = pq.read_table(votes.path, columns=["language", "time", "model_a", "model_b", "outcome"]).take(place).to_pandas()
    labels = {
        UNCLEAR: UNCLEAR_LABEL,
        IGNORED: IGNORED_LABEL,
        **dict(zip(topics.frame["topic"].astype(int), topics.frame["label"], strict=True)),
    }
    return table.assign(
        prompt=[shortened(one_line(texts[number]), _SHOWN) for number in chosen.tolist()],
        topic=topics.assignments["topic"].iloc[place].map(labels).to_numpy(),
        votes=corpus.votes[chosen],
        date=table["time"].dt.strftime("%Y-%m-%d"),
    )


def _said(table: pd.DataFrame, said: str, whole: int, found: Found) -> str:
    """How many prompts, which topics they are in, and what was left out of the search."""
    topics = table["topic"].value_counts()
    none = (UNCLEAR_LABEL, IGNORED_LABEL)
    first = [f"{name} ({count})" if name in none else f"“{name}” ({count})" for name, count in topics.items()]
    text = f"The {counted(len(table), 'prompt')} nearest to {said} of {whole:,} different ones; by topic: {joined(first, 4)}."
    text += " Language, date, models and outcome are of the first vote with each."
    if found.why:
        return f"{text} {found.why}"
    if found.cut:
        text += f" Not compared by meaning: {counted(found.cut, 'prompt')} with fewer of its words, in topics farther from it."
    return text
