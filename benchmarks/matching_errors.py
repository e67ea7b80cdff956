"""How often prompts that say the same are called alike, and others: counts for data/matching_errors.csv, which holds no text.

    python benchmarks/matching_errors.py [--write]

Pairs are real where ARENA_REAL_DATA names the folder of them (default ../shared/data): prompts that LMArena measured, questions
of sociology rephrased and put into Chinese, and programs in Python and in C; and simulated votes with planted changes. Rephrased
questions hold the question, or its answer too, so the nearer of both counts for the original. Unrelated pairs are, for each
pair, its original with the five counterparts of others of the same field whose length is nearest to its own counterpart's.
"""

import argparse
import csv
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.embeddings.universal import UniversalEmbedding
from analysis.matching import meaning, near
from analysis.sources.simulated.arena import plain
from analysis.sources.simulated.draws import Change
from analysis.sources.simulated.simulate import simulate
from analysis.votes.prompts import normalise

ROOT = Path(__file__).resolve().parent.parent
REAL = Path(os.environ.get("ARENA_REAL_DATA") or ROOT.parent / "shared" / "data")

#: Thresholds that are tried.
NEAR = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9)
MEANING = (0.5, 0.55, 0.6, 0.64, 0.7, 0.75, 0.8, 0.85, 0.9)

#: Unrelated pairs for each true one, simulated pairs of each change, and the similarity from which LMArena counts a duplicate.
NEAREST, SIMULATED, SAME = 5, 300, 0.7


@dataclass(frozen=True)
class Pairs:
    """n originals, each in one or two writings, and a counterpart for each that says the same (or not, by `same`)."""

    name: str
    originals: tuple[list[str], ...]
    counterparts: list[str]
    field: list[object]
    same: np.ndarray | None = None

    def masks(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pairs of original i with counterpart j that say the same, that are unrelated but near, and all others, shape (n, n)."""
        own = np.eye(len(self.counterparts), dtype=bool)
        if self.same is not None:
            return own & self.same, own & ~self.same, ~own
        lengths = np.array([len(text) for text in self.counterparts])
        field = pd.factorize(np.array([str(name) for name in self.field]))[0]
        far = np.abs(np.log(lengths[:, None] / lengths[None, :])).astype(float)
        far[own | (field[:, None] != field[None, :]) | self.equal()] = np.inf
        close = np.zeros_like(own)
        np.put_along_axis(close, np.argsort(far, axis=1, kind="stable")[:, :NEAREST], True, axis=1)
        return own, close & np.isfinite(far), ~own & ~self.equal()

    def equal(self) -> np.ndarray:
        """Whether counterparts i and j, or their originals, are the same prompt: such are no unrelated pair."""
        found = np.zeros((len(self.counterparts),) * 2, dtype=bool)
        for texts in (self.counterparts, *self.originals):
            number = pd.factorize(np.array([normalise(text) for text in texts], dtype=object))[0]
            found |= number[:, None] == number[None, :]
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="into data/matching_errors.csv")
    options = parser.parse_args()
    counts = pd.DataFrame(chain.from_iterable(map(errors, (*simulated(), *real()))))
    print(counts.to_string(index=False))
    if options.write:
        counts.to_csv(ROOT / "data" / "matching_errors.csv", index=False)


def errors(pairs: Pairs) -> list[dict[str, object]]:
    """Counts of one set of pairs, for each kind of likeness and threshold."""
    masks = pairs.masks()
    nearly = best(pairs, pieces_in_common)
    rows = [row(pairs, "exact", "text", 1.0, best(pairs, exactly) >= 1.0, masks)]
    rows += [row(pairs, "near", "pieces", least, nearly >= least, masks) for least in NEAR]
    for by, vectors in (("use", by_encoder), ("words+ngrams", by_words)):
        cosines = best(pairs, lambda *texts, vectors=vectors: cosine(*texts, vectors))
        rows += [row(pairs, "meaning", by, least, (cosines >= least) | (nearly >= near.NEAR), masks) for least in MEANING]
    return rows


def row(
    pairs: Pairs, kind: str, by: str, threshold: float, alike: np.ndarray, masks: tuple[np.ndarray, ...]
) -> dict[str, object]:
    counted = ((int(alike[mask].sum()), int(mask.sum())) for mask in masks)
    names = ("found", "pairs", "wrong", "unrelated", "crossed_wrong", "crossed")
    return {
        "kind": kind,
        "by": by,
        "prompts": pairs.name,
        "threshold": threshold,
        **dict(zip(names, chain(*counted), strict=True)),
    }


def best(pairs: Pairs, likeness: Callable[[list[str], list[str]], np.ndarray]) -> np.ndarray:
    """How alike originals and counterparts are, by the writing of the original that is nearer, shape (n, n)."""
    return np.max([likeness(texts, pairs.counterparts) for texts in pairs.originals], axis=0)


def exactly(some: list[str], others: list[str]) -> np.ndarray:
    left = [np.array([normalise(text) for text in texts], dtype=object) for texts in (some, others)]
    return (left[0][:, None] == left[1][None, :]).astype(float)


def pieces_in_common(some: list[str], others: list[str]) -> np.ndarray:
    """Jaccard similarities of the pieces that near repeats are held against."""
    found = near._pieces(some, others)
    sets = [set(found.hashes[found.start[i] : found.start[i + 1]].tolist()) for i in range(len(found.start) - 1)]
    mine, theirs = sets[: len(some)], sets[len(some) :]
    return np.array([[len(a & b) / max(len(a | b), 1) for b in theirs] for a in mine])


def cosine(some: list[str], others: list[str], vectors: Callable[[list[str]], np.ndarray]) -> np.ndarray:
    found = vectors([*some, *others])
    return found[: len(some)] @ found[len(some) :].T


def by_encoder(texts: list[str]) -> np.ndarray:
    return UniversalEmbedding().embed([text[: meaning.READ] for text in texts])


def by_words(texts: list[str]) -> np.ndarray:
    return meaning.by_words([text[: meaning.READ] for text in texts], [""] * len(texts))


def simulated() -> list[Pairs]:
    """Prompts that were sent again with something changed, of 20,000 simulated votes."""
    votes = simulate(20_000, seed=5, arena=replace(plain(6), near_copies=0.1, rephrased=0.1))
    text, prompts = votes.votes["prompt"].to_pylist(), votes.truth.draws.prompts
    found = []
    for change in (Change.CASE, Change.ENDING, Change.WORD, Change.GREETING, Change.REPHRASED):
        here = np.flatnonzero(prompts.change == change)
        here = here[np.unique(prompts.root[here], return_index=True)[1]][:SIMULATED]  # one of each prompt
        roots = prompts.root[here]
        field = [(int(prompts.language[i]), int(prompts.topic[i])) for i in roots]
        found.append(known(f"simulated: {change.name.lower()}", ([text[i] for i in roots],), [text[i] for i in here], field))
    return found


def real() -> list[Pairs]:
    """The real pairs; none where they are not there."""
    if not (REAL / "rephrased").is_dir():
        print(f"no real pairs in {REAL}: set ARENA_REAL_DATA to their folder")
        return []
    measured = json.loads((REAL / "freshness_pairs.json").read_text(encoding="utf-8"))
    with (REAL / "rephrased" / "sociology_test.csv").open(encoding="utf-8", newline="") as file:
        asked = list(csv.reader(file))
    question = [row[0] for row in asked]
    answered = [f"{row[0]}\nAnswer: {row[1 + 'ABCD'.index(row[5])]}" for row in asked]
    same = np.array([pair["Similarity"] >= SAME for pair in measured])
    first, second = ([pair[side] for pair in measured] for side in ("Prompt", "Nearest Neighbor"))
    return [
        Pairs("prompts measured by LMArena", (first,), second, [0] * len(first), same),
        known("questions rephrased in English", (question, answered), said("sociology_test_english")),
        known("questions in Chinese", (question, answered), said("sociology_test_chinese")),
        known("programs in Python and C", (said("humaneval_python"),), said("humaneval_c")),
    ]


def known(name: str, originals: tuple[list[str], ...], counterparts: list[str], field: list[object] | None = None) -> Pairs:
    """The pairs that have a text on both sides: four rephrasings and some programs are blank."""
    here = [i for i in range(len(counterparts)) if counterparts[i].strip() and all(texts[i].strip() for texts in originals)]
    return Pairs(
        name,
        tuple([texts[i] for i in here] for texts in originals),
        [counterparts[i] for i in here],
        [field[i] if field else 0 for i in here],
    )


def said(name: str) -> list[str]:
    lines = (REAL / "rephrased" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


if __name__ == "__main__":
    main()
