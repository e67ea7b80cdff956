"""The topic model: fitted on a sample of the different prompts, and the rule that assigns all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from tqdm import tqdm

from analysis.errors import InputError, UsageError
from analysis.topics.assignment import Nearest
from analysis.topics.clusters import centres, joined, narrow_clusters
from analysis.topics.curated import Fitted, Memory, curate, facts_of, known_topics, with_names
from analysis.topics.curation import read_curation
from analysis.topics.embeddings.choose import fit_again, open_embedding
from analysis.topics.embeddings.embedding import Embedding
from analysis.topics.embeddings.languages import languages_of
from analysis.topics.quality import Stability, stability
from analysis.topics.terms import fit_terms, forms_of_one_word
from analysis.votes.stored_topics import UNCLEAR

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
        curation: file of topics to rename, merge, split and ignore (`analysis.topics.curation`); none where empty.
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
    """k fitted topics.

    Attributes:
        prompts: shape (s,), numbers in the corpus of the prompts it was fitted on.
        texts: those prompts as read, and `languages` theirs (a script where not given).
        vectors: shape (s, d), their unit vectors.
        topic: shape (s,), their topics; −1 for those without a clear one, −3 for those of one that is ignored.
        embedding, rule: give any other prompt its topic.
        centres: shape (k, d), unit mean vectors of the topics.
        words, weights, labels: of each topic.
        broad: shape (k,), the broad topic of each.
        tree: shape (k − 1, 4), SciPy's linkage of the topics' centres (average, cosine).
        curated: what the curation did, for the settings of the result; empty without one, and for a model read from disk.
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
    centres: Floats
    words: tuple[tuple[str, ...], ...]
    weights: tuple[tuple[float, ...], ...]
    labels: tuple[str, ...]
    broad: Integers
    tree: NDArray[np.float64]
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
        raise _too_few(len(numbers), corpus)
    embedding = open_embedding(settings.embedding, corpus, texts, languages, settings.seed)
    vectors = embedding.embed(texts, languages)
    known = np.linalg.norm(vectors, axis=1) > 0
    if known.sum() < ENOUGH:
        raise _too_few(int(known.sum()), corpus)
    rule = fit_rule(vectors[known], settings, settings.seed)
    terms = fit_terms(texts, languages, rule.assign(vectors).topic, vectors, embedding, settings.words)
    curated: Mapping[str, object] = {}
    names: Mapping[int, str] = {}
    if curation is not None:
        fitted = Fitted(tuple(texts), tuple(languages), vectors, embedding, rule)
        made = curate(curation, known_topics(fitted, terms.words, labels_of(terms.words), curation, memory))
        rule, curated, names = made.rule(rule), facts_of(curation, made), made.names
        terms = fit_terms(texts, languages, np.maximum(rule.assign(vectors).topic, UNCLEAR), vectors, embedding, settings.words)
    topic = rule.assign(vectors).topic
    middle = centres(vectors, topic)
    tree = linkage(middle.astype(float), "average", metric="cosine") if len(middle) > 1 else np.zeros((0, 4))
    return TopicModel(
        settings=settings,
        prompts=numbers,
        texts=tuple(texts),
        languages=tuple(languages),
        vectors=vectors,
        topic=topic,
        embedding=embedding,
        rule=rule,
        centres=middle,
        words=terms.words,
        weights=terms.weights,
        labels=with_names(labels_of(terms.words), names),
        broad=_broad(tree, len(middle)),
        tree=tree,
        curated=curated,
        bertopic=terms.model,
    )


def read_sample(corpus: Corpus, settings: TopicSettings) -> tuple[Integers, list[str], list[str]]:
    """Numbers, texts and languages of the prompts to fit on."""
    numbers = corpus.sample(settings.fit_on, settings.seed)
    texts = [text for _, batch in corpus.batches(numbers) for text in batch]
    return numbers, texts, languages_of(texts, [str(name) for name in corpus.languages[numbers]])


def labels_of(words: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The first three words of each topic that are not forms of one another; unlike labels for unlike topics."""
    made: list[str] = []
    for number, found in enumerate(words):
        kept: list[str] = []
        for word in found:
            if not any(forms_of_one_word(word, other) or word in other or other in word for other in kept):
                kept.append(word)
        label = ", ".join(kept[:3]) or f"topic {number}"
        made.append(label if label not in made else f"{label} ({number})")
    return tuple(made)


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
    rule, _ = Nearest(topics, np.arange(len(topics))).leaving(settings.unclear, vectors).by_size(vectors)
    return rule.leaving(settings.unclear, vectors)


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
