"""Clusters of vectors: narrow ones by UMAP and HDBSCAN (or k-means), and the joining of narrow ones into topics."""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

from analysis.embeddings.languages import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Neighbours of each prompt in UMAP's graph, dimensions it lays out, and passes over the graph.
_NEIGHBOURS, _LAYOUT, _EPOCHS = 15, 5, 100

#: Neighbours that make a point dense to HDBSCAN.
_CORE = 5

#: Most clusters of the fast mode.
_FAST = 120

#: Prompts laid out in all: fewer prompts are laid out several times, up to `_LAYOUTS` times, for the clusters that come out
#: again. On the 1,135 votes of 2023 this raises the agreement between seeds more than any other setting.
_LAID_OUT, _LAYOUTS = 15_000, 15


@dataclass(frozen=True)
class Neighbours:
    """The nearest neighbours of each of n vectors by cosine: places and distances, each shape (n, k), itself first."""

    place: NDArray[np.int32]
    distance: Floats


def smallest_cluster(prompts: int) -> int:
    """Prompts a narrow cluster needs: 10, fewer where there are under 150 prompts, more from 3,000 on."""
    return max(3, min(10, prompts // 15), prompts // 300)


def narrow_clusters(vectors: Floats, seed: int, *, smallest: int = 0, fast: bool = False) -> list[Integers]:
    """A narrow cluster for each vector, shape (n,), −1 for vectors in none; one such array for each layout of the vectors.

    Args:
        vectors: shape (n, d), unit rows.
        smallest: vectors a cluster needs; `smallest_cluster` where 0.
        fast: k-means instead of UMAP and HDBSCAN; every vector is in a cluster then.
    """
    least = smallest or smallest_cluster(len(vectors))
    near = None if fast else neighbours(vectors, min(_NEIGHBOURS, len(vectors) - 1))
    seeds = np.random.SeedSequence(seed).generate_state(max(1, min(_LAYOUTS, _LAID_OUT // len(vectors)))).tolist()
    return [
        _by_means(vectors, start, least) if near is None else _by_density(layout(vectors, start, near=near), least)
        for start in seeds
    ]


def layout(vectors: Floats, seed: int, dimensions: int = _LAYOUT, spread: float = 0.0, near: Neighbours | None = None) -> Floats:
    """UMAP's layout of the vectors, shape (n, dimensions): near where cosines are high, points `spread` apart or more.

    Neighbours are found exactly and the layout starts from principal components: both are faster here than UMAP's own
    approximate search (which compiles for long) and spectral start (which may not converge on odd data).
    """
    near = near or neighbours(vectors, min(_NEIGHBOURS, len(vectors) - 1))
    size = max(1, min(dimensions, vectors.shape[1], len(vectors) - 2))
    with warnings.catch_warnings():
        # It may say that new points cannot be laid out (they are assigned by topic embedding) or that the graph is in pieces.
        warnings.simplefilter("ignore")
        model = _umap().UMAP(
            n_neighbors=near.place.shape[1],
            n_components=size,
            min_dist=spread,
            metric="cosine",
            init="pca",
            n_epochs=_EPOCHS,
            random_state=seed,
            n_jobs=1,
            precomputed_knn=(near.place, near.distance),
            force_approximation_algorithm=True,
        )
        return np.asarray(model.fit_transform(vectors), dtype=np.float32)


def neighbours(vectors: Floats, size: int) -> Neighbours:
    """Exact nearest neighbours of unit vectors."""
    from sklearn.neighbors import NearestNeighbors

    distance, place = NearestNeighbors(n_neighbors=size, algorithm="brute").fit(vectors).kneighbors(vectors)
    return Neighbours(place.astype(np.int32), (distance**2 / 2).astype(np.float32))


@functools.cache
def _umap() -> Any:
    """The umap package, with the code that numba compiles for it kept on disk: compiling is paid once per machine."""
    from analysis.compiled import keep_compiled

    keep_compiled()
    import umap
    from numba.core.dispatcher import Dispatcher

    for module in (umap.umap_, umap.layouts, umap.utils):
        for function in vars(module).values():
            if isinstance(function, Dispatcher):
                function.enable_caching()
    return umap


def _by_density(points: Floats, least: int) -> Integers:
    from hdbscan import HDBSCAN

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside hdbscan, which nobody who runs a report can act on
        # Leaves, not the most persistent branches: on a few hundred prompts those are often two, and `joined` joins leaves.
        model = HDBSCAN(
            min_cluster_size=least, min_samples=min(_CORE, least), cluster_selection_method="leaf", core_dist_n_jobs=1
        )
        return np.asarray(model.fit_predict(points.astype(np.float64)), dtype=np.int64)


def _by_means(vectors: Floats, seed: int, least: int) -> Integers:
    from sklearn.cluster import MiniBatchKMeans

    distinct = len(np.unique(vectors, axis=0))
    size = max(1, min(_FAST, distinct, len(vectors) // (2 * least)))
    model = MiniBatchKMeans(size, random_state=seed, n_init=3, batch_size=4096)
    return np.asarray(model.fit_predict(vectors), dtype=np.int64)


def centres(vectors: Floats, labels: Integers) -> Floats:
    """Unit mean of the vectors of each label 0 … k − 1, shape (k, d)."""
    size = int(labels.max(initial=-1)) + 1
    sums = np.zeros((size, vectors.shape[1]))
    np.add.at(sums, labels[labels >= 0], vectors[labels >= 0])
    return unit(sums)


def nearest_first(vectors: Floats, inside: Integers) -> Integers:
    """Places of some of the vectors, those nearest to the middle of these first."""
    if not len(inside):
        return inside
    return inside[np.argsort(-(vectors[inside] @ vectors[inside].mean(axis=0)), kind="stable")]


def joined(vectors: Floats, layouts: list[Integers], distance: float, most: int = 0) -> Floats:
    """Centres of topics: narrow clusters joined while they are near (average linkage of the cosine distances of their centres).

    The clusters of all layouts are joined at once (clusters of clusters: Strehl and Ghosh 2002), and a topic counts if at
    least half of the layouts have a part in it.

    Args:
        layouts: the narrow cluster of each vector in each layout; −1 for none.
        distance: up to which clusters are joined, as a share of the mean distance of any two: embeddings differ in how far
            apart they put unlike prompts.
        most: join further until no more topics than this are left (0: no limit).

    Returns:
        shape (k, d), unit rows. Where nothing clusters, all vectors are one topic.
    """
    middle = np.vstack([centres(vectors, labels) for labels in layouts])
    if not len(middle):
        return unit(vectors.mean(axis=0, keepdims=True))
    size = np.concatenate([np.bincount(labels[labels >= 0]) for labels in layouts])
    origin = np.repeat(np.arange(len(layouts)), [labels.max(initial=-1) + 1 for labels in layouts])
    topic = np.zeros(len(middle), dtype=np.int64)
    if len(middle) > 1:
        apart = pdist(middle.astype(np.float64), "cosine")
        tree = linkage(apart, "average")
        topic = fcluster(tree, distance * apart.mean(), "distance") - 1
        if most and topic.max() + 1 > most:
            topic = fcluster(tree, most, "maxclust") - 1
    found = np.zeros((topic.max() + 1, len(layouts)), dtype=bool)
    found[topic, origin] = True
    sums = np.zeros((len(found), vectors.shape[1]))
    np.add.at(sums, topic, middle * size[:, None])
    again = found.mean(axis=1) >= 0.5
    return unit(sums[again] if again.any() else sums)
