"""The topic model: fitted on a sample of the different prompts, and the rule that assigns all others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from tqdm import tqdm

from analysis.errors import InputError, UsageError
from analysis.topics.assignment import Nearest, nearest
from analysis.topics.clusters import joined, narrow_clusters
from analysis.topics.embeddings.choose import fit_again, open_embedding
from analysis.topics.embeddings.embedding import Embedding
from analysis.topics.embeddings.languages import languages_of
from analysis.topics.labels import labels_of
from analysis.topics.quality import Stability, stability
from analysis.topics.terms import fit_terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.topics.corpus import Corpus

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Different prompts with words that topics need.
ENOUGH = 20

#: Share of the sample that a refit on resampled prompts sees.
_RESAMPLED = 0.8

#: Most broad topics.
_BROAD = 12


@dataclass(frozen=True)
class TopicSettings:
    """How topics are found. The defaults were chosen on labelled prompts (`benchmarks/topics_quality.py`).

    Attributes:
        embedding: see `analysis.topics.embeddings.choose.open_embedding`.
        fit_on: different prompts the model is fitted on, at most, stratified by language and time.
        fast: k-means instead of UMAP and HDBSCAN.
        distance: narrow clusters nearer than this share of the mean distance of any two become one topic; smaller is more topics.
        most: topics at most; 0 for no limit.
        unclear: share of the fitted prompts, those nearly as near to a second topic, that get no topic.
        words: words of a topic.
        rounds: refits under other seeds, and as many on resampled prompts, behind the stability; 0 for none.
        smallest: prompts a narrow cluster needs; 0 to choose by the number of prompts.
        seed: the same prompts, settings, versions and machine give the same topics.

    Raises:
        UsageError: a value is out of its range.
    """

    embedding: str = "words+ngrams"
    fit_on: int = 15_000
    fast: bool = False
    distance: float = 0.75
    most: int = 0
    unclear: float = 0.09
    words: int = 10
    rounds: int = 2
    smallest: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        ranges = {"fit_on": (ENOUGH, 10**9), "distance": (0.01, 2), "unclear": (0, 0.9), "words": (2, 100), "rounds": (0, 50)}
        ranges |= {"most": (0, 10**6), "smallest": (0, 10**6), "seed": (0, 2**32 - 1)}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise UsageError(f"{name} is {getattr(self, name)}; it lies between {low:,} and {high:,}.")


@dataclass(frozen=True)
class TopicModel:
    """k fitted topics.

    Attributes:
        prompts: shape (s,), numbers in the corpus of the prompts it was fitted on.
        texts: those prompts as read, and `languages` theirs (a script where not given).
        vectors: shape (s, d), their unit vectors.
        topic: shape (s,), their topics; −1 for those without a clear one.
        embedding, rule: give any other prompt its topic.
        words, weights, labels: of each topic.
        broad: shape (k,), the broad topic of each.
        tree: shape (k − 1, 4), SciPy's linkage of the topics' centres (average, cosine).
        bertopic: the fitted BERTopic; None for a model read from disk.
    """

    settings: TopicSettings
    prompts: Integers
    texts: tuple[str, ...] = field(repr=False)
    languages: tuple[str, ...] = field(repr=False)
    vectors: Floats = field(repr=False)
    topic: Integers
    embedding: Embedding
    rule: Nearest
    words: tuple[tuple[str, ...], ...]
    weights: tuple[tuple[float, ...], ...]
    labels: tuple[str, ...]
    broad: Integers
    tree: NDArray[np.float64]
    bertopic: Any = field(repr=False, default=None)

    def __len__(self) -> int:
        """k."""
        return len(self.rule.centres)


def fit_model(corpus: Corpus, settings: TopicSettings) -> TopicModel:
    """Fit topics on a sample of the corpus.

    Raises:
        InputError: too few different prompts.
        UsageError: the embedding is unknown, or its package or model is not there.
    """
    numbers, texts, languages = read_sample(corpus, settings)
    if len(numbers) < ENOUGH:
        raise _too_few(len(numbers), corpus)
    embedding = open_embedding(settings.embedding, corpus, texts, languages, settings.seed)
    vectors = embedding.embed(texts, languages)
    known = np.linalg.norm(vectors, axis=1) > 0
    if known.sum() < ENOUGH:
        raise _too_few(int(known.sum()), corpus)
    rule = fit_rule(vectors[known], settings, settings.seed)
    topic = rule.assign(vectors).topic
    terms = fit_terms(texts, languages, topic, vectors, embedding, settings.words)
    tree = linkage(rule.centres.astype(float), "average", metric="cosine") if len(rule.centres) > 1 else np.zeros((0, 4))
    return TopicModel(
        settings=settings,
        prompts=numbers,
        texts=tuple(texts),
        languages=tuple(languages),
        vectors=vectors,
        topic=topic,
        embedding=embedding,
        rule=rule,
        words=terms.words,
        weights=terms.weights,
        labels=labels_of(terms.words, texts, languages, topic, vectors),
        broad=_broad(tree, len(rule.centres)),
        tree=tree,
        bertopic=terms.model,
    )


def read_sample(corpus: Corpus, settings: TopicSettings) -> tuple[Integers, list[str], list[str]]:
    """Numbers, texts and languages of the prompts to fit on."""
    numbers = corpus.sample(settings.fit_on, settings.seed)
    texts = [text for _, batch in corpus.batches(numbers) for text in batch]
    return numbers, texts, languages_of(texts, [str(name) for name in corpus.languages[numbers]])


def measure_stability(model: TopicModel) -> Stability:
    """Refit under other seeds and on resampled prompts; each refit labels all the prompts of the first fit.

    An embedding that is fitted on the prompts is fitted anew in each, so that its chance is counted too.
    """
    settings = model.settings
    rng = np.random.default_rng(settings.seed)
    seeds, resamples = [], []
    for number in tqdm(range(1, settings.rounds + 1), unit=" rounds", desc="fitting again", leave=False, disable=None):
        everything = np.arange(len(model.prompts))
        seeds.append(_refit(model, everything, settings.seed + number))
        part = np.sort(rng.choice(len(everything), max(ENOUGH, int(_RESAMPLED * len(everything))), replace=False))
        resamples.append(_refit(model, part, settings.seed + number))
    return stability(model.topic, seeds, resamples)


def _refit(model: TopicModel, part: Integers, seed: int) -> Integers:
    texts, languages = [model.texts[number] for number in part], [model.languages[number] for number in part]
    embedding = fit_again(model.embedding, texts, languages, seed)
    vectors = model.vectors if embedding is model.embedding else embedding.embed(model.texts, model.languages)
    known = part[np.linalg.norm(vectors[part], axis=1) > 0]
    return fit_rule(vectors[known], model.settings, seed).assign(vectors).topic


def fit_rule(vectors: Floats, settings: TopicSettings, seed: int) -> Nearest:
    """Topics of unit vectors, shape (n, d): the rule that gives any vector its topic, the largest of the n's numbered 0."""
    narrow = narrow_clusters(vectors, seed, smallest=settings.smallest, fast=settings.fast)
    topics = joined(vectors, narrow, settings.distance, settings.most)
    topic = nearest(topics, vectors, settings.unclear).assign(vectors).topic
    size = np.bincount(topic[topic >= 0], minlength=len(topics))
    largest = np.argsort(-size, kind="stable")[: np.count_nonzero(size)]
    return nearest(topics[largest], vectors, settings.unclear)


def _broad(tree: NDArray[np.float64], size: int) -> Integers:
    """About √(2k) broad topics, numbered by their largest topic."""
    if size < 3:
        return np.arange(size)
    cut = fcluster(tree, min(_BROAD, max(2, round((2 * size) ** 0.5))), "maxclust")
    first = {name: number for number, name in enumerate(dict.fromkeys(cut.tolist()))}
    return np.array([first[name] for name in cut.tolist()], dtype=np.int64)


def _too_few(found: int, corpus: Corpus) -> InputError:
    return InputError(
        f"{corpus.name}: topics need at least {ENOUGH} different prompts with words, and these {len(corpus.prompt):,} votes "
        f"have {found}; give more votes."
    )
