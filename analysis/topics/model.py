"""The topic model: fitted on a sample of the different prompts, and the rule that assigns all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.cluster.hierarchy import fcluster

from analysis.embeddings.choose import AUTO, read_texts, slow
from analysis.embeddings.embedding import Embedding, Reading
from analysis.embeddings.languages import languages_of
from analysis.errors import InputError, UsageError
from analysis.topics.assignment import Nearest
from analysis.topics.clusters import centres, joined, narrow_clusters
from analysis.topics.curated import Curated, Fitted, Memory, curate, facts_of, known_topics, shifted, with_names
from analysis.topics.curation import Curation, read_curation
from analysis.topics.labels import labels_of
from analysis.topics.level import Labelling, Stability, joined_level, stability_of, tree_of
from analysis.topics.shortcut import Shortcut, fit_shortcut
from analysis.topics.terms import fit_terms
from analysis.votes.stored_topics import UNCLEAR
from analysis.workers import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.topics.corpus import Corpus

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Different prompts with words that topics need.
ENOUGH = 20

#: Share of the sample that a refit on resampled prompts sees.
_RESAMPLED = 0.8

#: Prompts from which refits are worth workers: fewer are laid out as often as that takes as long.
_MANY = 500

#: Most broad topics.
_BROAD = 12


@dataclass(frozen=True)
class TopicSettings:
    """How topics are found. The defaults were chosen on labelled prompts (`benchmarks/topics_quality.py`).

    Attributes:
        embedding: see `analysis.embeddings.choose.read_texts`.
        fit_on: different prompts the model is fitted on, at most, stratified by language and time.
        fast: k-means instead of UMAP and HDBSCAN.
        distance: narrow clusters nearer than this share of the mean distance of any two become one topic; smaller is more topics.
        most: topics at most; 0 for no limit.
        fine: each narrow topic is shown; otherwise they are joined where only their union comes out again.
        unclear: share of the fitted prompts, those nearly as near to a second topic, that get no topic.
        words: words of a topic.
        rounds: refits under other seeds, and as many on resampled prompts: they say what is stable and so which narrow topics are
            joined; 0 for none, which shows each.
        smallest: prompts a narrow cluster needs; 0 to choose by the number of prompts.
        curation: file of topics to rename, merge, split and ignore (`analysis.topics.curation`); none where empty.
        seed: the same prompts, settings, versions and machine give the same topics.

    Raises:
        UsageError: a value is out of its range.
    """

    embedding: str = AUTO
    fit_on: int = 6_000
    fast: bool = False
    distance: float = 0.8
    most: int = 0
    fine: bool = False
    unclear: float = 0.09
    words: int = 10
    rounds: int = 2
    smallest: int = 0
    curation: str = ""
    seed: int = 1

    def __post_init__(self) -> None:
        ranges = {"fit_on": (ENOUGH, 10**9), "distance": (0.01, 2), "unclear": (0, 0.9), "words": (2, 100), "rounds": (0, 50)}
        ranges |= {"most": (0, 10**6), "smallest": (0, 10**6), "seed": (0, 2**32 - 1)}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise UsageError(f"{name} is {getattr(self, name)}; it lies between {low:,} and {high:,}.")


@dataclass(frozen=True)
class TopicModel:
    """k fitted topics, each of one or several of s subtopics.

    Attributes:
        prompts: shape (n,), numbers in the corpus of the prompts it was fitted on.
        texts: those prompts as read, and `languages` theirs (a script where not given).
        vectors: shape (n, d), their unit vectors.
        topic, subtopic: shape (n,), theirs; −1 for those without a clear one, −3 for those of one that is ignored.
        embedding, rule: give any other prompt its topic; `shortcut` does so for very many, None where all were fitted.
        centres: shape (k, d), unit mean vectors of the topics.
        words, weights, labels: of each topic; `narrow_words` and `narrow_labels` of each subtopic.
        broad: shape (k,), the broad topic of each.
        tree: shape (k − 1, 4), SciPy's linkage of the topics' centres (average, cosine).
        stable: how they came out again; None if not measured.
        curated: what the curation did, for the settings of the result; empty without one, and for a model read from disk.
        bertopic: the fitted BERTopic; None for a model read from disk.
    """

    settings: TopicSettings
    prompts: Integers
    texts: tuple[str, ...] = field(repr=False)
    languages: tuple[str, ...] = field(repr=False)
    vectors: Floats = field(repr=False)
    topic: Integers
    subtopic: Integers
    embedding: Embedding
    rule: Nearest
    centres: Floats
    words: tuple[tuple[str, ...], ...]
    weights: tuple[tuple[float, ...], ...]
    labels: tuple[str, ...]
    narrow_words: tuple[tuple[str, ...], ...]
    narrow_labels: tuple[str, ...]
    broad: Integers
    tree: NDArray[np.float64]
    stable: Stability | None = None
    shortcut: Shortcut | None = None
    curated: Mapping[str, object] = field(default_factory=dict)
    bertopic: Any = field(repr=False, default=None)

    def __len__(self) -> int:
        """k."""
        return len(self.centres)


def fit_model(corpus: Corpus, settings: TopicSettings, memory: Memory | None = None) -> TopicModel:
    """Fit topics on a sample of the corpus.

    Args:
        memory: gives the prompts of an earlier edition's topics that a curation names; None where there is none.

    Raises:
        InputError: too few different prompts.
        UsageError: the embedding is unknown, or its package or model is not there; a curation cannot be read or applied.
    """
    curation = read_curation(settings.curation) if settings.curation else None
    numbers, texts, languages = read_sample(corpus, settings)
    if len(numbers) < ENOUGH:
        raise _too_few(len(numbers), len(texts), corpus)
    reading = read_texts(settings.embedding, corpus, texts, languages)
    embedding, vectors = reading.fit(np.arange(len(texts)), settings.seed)
    known = np.linalg.norm(vectors, axis=1) > 0
    if known.sum() < ENOUGH:
        raise _too_few(int(known.sum()), len(texts), corpus)
    narrow = fit_rule(vectors[known], settings, settings.seed)
    refits = _refits(reading, len(texts), settings)
    rule = joined_level(narrow, vectors, refits, settings.unclear) if refits and not settings.fine else narrow
    fitted = Fitted(tuple(texts), tuple(languages), vectors, embedding, rule)
    made = None if curation is None else _curated(fitted, curation, settings, memory)
    shift = (0, 0) if curation is None or made is None else shifted(curation, made, rule, vectors)
    rule = rule if made is None else made.rule(rule)
    stable = stability_of(rule, narrow, vectors, refits, fine=settings.fine) if refits else None
    shortcut = None
    if len(texts) < len(corpus) and slow(embedding):
        shortcut = fit_shortcut(texts, languages, vectors, embedding, rule, settings.unclear, settings.seed)
    model = _named(replace(fitted, rule=rule), settings, {} if made is None else made.names)
    facts = {} if curation is None or made is None else facts_of(curation, made, shift)
    return replace(model, prompts=numbers, stable=stable, shortcut=shortcut, curated=facts)


def _curated(fitted: Fitted, curation: Curation, settings: TopicSettings, memory: Memory | None) -> Curated:
    """What the curation makes of the topics that were found."""
    found = _named(fitted, settings, {})
    return curate(curation, known_topics(fitted, found.words, found.labels, curation, memory, found.narrow_labels))


def _named(fitted: Fitted, settings: TopicSettings, names: Mapping[int, str]) -> TopicModel:
    """The model of the topics with their words and labels, or the names that were given."""
    found = fitted.rule.assign(fitted.vectors)
    prompts = fitted.texts, fitted.languages
    # Words are counted over all topics that are shown; what is ignored is as what has none.
    topic, subtopic = (np.maximum(each, UNCLEAR) for each in (found.topic, found.subtopic))
    terms = fit_terms(*prompts, topic, fitted.vectors, fitted.embedding, settings.words)
    alone = int(subtopic.max(initial=-1)) == int(topic.max(initial=-1))
    narrow = terms if alone else fit_terms(*prompts, subtopic, fitted.vectors, fitted.embedding, settings.words)
    middle = centres(fitted.vectors, topic)
    tree = tree_of(middle)
    return TopicModel(
        settings=settings,
        prompts=np.arange(len(fitted.texts)),
        texts=fitted.texts,
        languages=fitted.languages,
        vectors=fitted.vectors,
        topic=found.topic,
        subtopic=found.subtopic,
        embedding=fitted.embedding,
        rule=fitted.rule,
        centres=middle,
        words=terms.words,
        weights=terms.weights,
        labels=with_names(labels_of(terms.words, *prompts, topic, fitted.vectors), names),
        narrow_words=narrow.words,
        narrow_labels=labels_of(narrow.words, *prompts, subtopic, fitted.vectors),
        broad=_broad(tree, len(middle)),
        tree=tree,
        bertopic=terms.model,
    )


def read_sample(corpus: Corpus, settings: TopicSettings) -> tuple[Integers, list[str], list[str]]:
    """Numbers, texts and languages of the prompts to fit on."""
    numbers = corpus.sample(settings.fit_on, settings.seed)
    texts = [text for _, batch in corpus.batches(numbers) for text in batch]
    return numbers, texts, languages_of(texts, [str(name) for name in corpus.languages[numbers]])


def _refits(reading: Reading, size: int, settings: TopicSettings) -> list[Labelling]:
    """Fits under other seeds, then on resampled prompts; each labels all the prompts of the first fit.

    An embedding that is fitted on the prompts is fitted anew in each, so that its chance is counted too.
    """
    rng, everything = np.random.default_rng(settings.seed), np.arange(size)
    seeds = range(settings.seed + 1, settings.seed + 1 + settings.rounds)
    parts = [np.sort(rng.choice(size, max(ENOUGH, int(_RESAMPLED * size)), replace=False)) for _ in seeds]
    pieces = [
        (reading, part, settings, seed)
        for some in ([everything] * len(parts), parts)
        for part, seed in zip(some, seeds, strict=True)
    ]
    return list(spread(_refit, pieces, "fitting again", worth=size >= _MANY and not settings.fast, size=len(pieces)))


def _refit(reading: Reading, part: Integers, settings: TopicSettings, seed: int) -> Labelling:
    _, vectors = reading.fit(part, seed)
    known = part[np.linalg.norm(vectors[part], axis=1) > 0]
    rule = fit_rule(vectors[known], settings, seed)
    return Labelling(rule.centres, rule.assign(vectors).subtopic)


def fit_rule(vectors: Floats, settings: TopicSettings, seed: int) -> Nearest:
    """Narrow topics of unit vectors, shape (n, d): the rule that gives any vector its topic, the largest numbered 0."""
    narrow = narrow_clusters(vectors, seed, smallest=settings.smallest, fast=settings.fast)
    topics = joined(vectors, narrow, settings.distance, settings.most)
    rule, _ = Nearest(topics, np.arange(len(topics))).leaving(settings.unclear, vectors).by_size(vectors)
    return rule.leaving(settings.unclear, vectors).by_size(vectors)[0]


def _broad(tree: NDArray[np.float64], size: int) -> Integers:
    """About √(2k) broad topics, numbered by their largest topic."""
    if size < 3:
        return np.arange(size)
    cut = fcluster(tree, min(_BROAD, max(2, round((2 * size) ** 0.5))), "maxclust")
    first = {name: number for number, name in enumerate(dict.fromkeys(cut.tolist()))}
    return np.array([first[name] for name in cut.tolist()], dtype=np.int64)


def _too_few(found: int, read: int, corpus: Corpus) -> InputError:
    need = f"{corpus.name}: topics need at least {ENOUGH} different prompts with words, and"
    if read < len(corpus):
        return InputError(f"{need} of the {read:,} that were read, {found} have words; fit on more (fit_on).")
    return InputError(f"{need} these {len(corpus.prompt):,} votes have {found}; give more votes.")
