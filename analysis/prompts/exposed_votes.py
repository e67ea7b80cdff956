"""Exposed votes: which votes have a first prompt that a prompt set holds, exactly, nearly or in meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import UsageError
from analysis.matching.likeness import EXACT, KINDS, NEAR
from analysis.results.prose import counted, percent
from analysis.votes.prompts import read_prompt_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.matching.prompt_sets import PromptSet
    from analysis.votes.table import Votes

    Flags = NDArray[np.bool_]
    Keys = NDArray[np.uint64]

#: Share of the distinct prompts of votes and set that both have, from which on the set is these votes.
SAME = 0.99

#: A set of fewer prompts says little of who saw it.
FEW = 2


@dataclass(frozen=True)
class Marked:
    """N votes beside a prompt set.

    Attributes:
        exposed: shape (N,), whether the set holds the vote's first prompt, by the kind of likeness asked for.
        exact: shape (N,), whether it holds it exactly.
        blank: shape (N,), votes without a prompt.
        own: shape (N,), votes that the set was made of, which are held against nothing.
        same: share of the distinct prompts of votes and set that both have; 1 where the set is these votes.
        before: votes cast up to the day on which the last prompt of the set was asked; None where either has no times.
        notes: what has to be known of this set beside these votes, in sentences.
    """

    exposed: Flags
    exact: Flags
    blank: Flags
    own: Flags
    same: float
    before: int | None
    notes: tuple[str, ...] = ()


def check_kind(kind: str, threshold: float | None) -> None:
    """Raise a UsageError where there is no such kind of likeness, or it has no such threshold."""
    if kind not in KINDS:
        raise UsageError(f"kind is {kind!r}; choose one of {', '.join(KINDS)}.")
    if threshold is not None and (kind == EXACT or not 0 < threshold <= 1):
        why = "exact prompts have none" if kind == EXACT else "it must be above 0 and at most 1"
        raise UsageError(f"threshold is {threshold!r}; {why}.")


def mark_votes(votes: Votes, prompts: PromptSet, kind: str = EXACT, threshold: float | None = None, seed: int = 1) -> Marked:
    """Which votes are exposed to a prompt set. Texts are held a batch at a time, those of `near` and `meaning` once each."""
    keys = read_prompt_keys(votes)
    distinct, place = np.unique(keys, return_inverse=True)
    known = prompts.has(distinct) & (distinct != 0)
    exact, blank = known[place], keys == 0
    own = np.zeros(len(keys), dtype=bool) if prompts.own is None else prompts.own
    exposed = exact
    if kind != EXACT:
        alike = known.copy()
        others = np.flatnonzero(~known & (distinct != 0))
        alike[others] = _alike(_texts(votes, distinct[others], keys), prompts, kind, threshold, seed)
        exposed = alike[place]
    asked = int((distinct != 0).sum())
    same = float(known.sum()) / max(asked, len(prompts.keys), 1) if prompts.own is None else 0.0
    before = _before(votes, prompts.last)
    return Marked(exposed, exact, blank, own, same, before, _notes(votes, prompts, exposed & ~own, same, before))


def _texts(votes: Votes, wanted: Keys, keys: Keys) -> list[str]:
    """The first text with each of the wanted keys, which are sorted."""
    place = np.searchsorted(wanted, keys)
    inside = np.flatnonzero((place < len(wanted)) & (wanted[np.minimum(place, max(len(wanted) - 1, 0))] == keys))
    _, first = np.unique(keys[inside], return_index=True)
    rows = inside[first]
    found: dict[int, str] = {}
    start = 0
    with pq.ParquetFile(votes.path) as file:
        for batch in file.iter_batches(columns=["prompt"]):
            here = rows[(rows >= start) & (rows < start + len(batch))]
            found |= dict(zip(here.tolist(), batch.column("prompt").take(pa.array(here - start)).to_pylist(), strict=True))
            start += len(batch)
    return [found[row] for row in rows.tolist()]


def _alike(texts: list[str], prompts: PromptSet, kind: str, threshold: float | None, seed: int) -> Flags:
    """Whether each text is nearly, or in meaning, one of the set's prompts, shape (texts,)."""
    others = [text for batch in prompts.texts() for text in batch]
    if kind == NEAR:
        from analysis.matching.near import near_matches

        return near_matches(texts, others, seed=seed) if threshold is None else near_matches(texts, others, threshold, seed)
    from analysis.matching.meaning import meaning_matches

    return meaning_matches(texts, others, threshold=threshold)


def _before(votes: Votes, last: str) -> int | None:
    """Votes cast up to the end of a day; None without times."""
    if not last or "time" not in votes.available:
        return None
    times = pq.read_table(votes.path, columns=["time"])["time"].cast(pa.timestamp("us")).to_numpy()
    return int((times < np.datetime64(last) + np.timedelta64(1, "D")).sum())


def _notes(votes: Votes, prompts: PromptSet, exposed: Flags, same: float, before: int | None) -> tuple[str, ...]:
    """See `Marked.notes`."""
    name, notes = prompts.name, []
    if prompts.own is not None:
        later = len(exposed) - int(prompts.own.sum())
        return (f"No released set was named: {name} stands for one, and the {later:,} later votes are held against it.",)
    if same >= SAME:
        return (f"{name} holds the prompts of these very votes ({percent(same)} are the same), so that no vote tells of it.",)
    if not exposed.any():
        notes.append(f"No vote has a prompt of {name}: that says nothing of who saw it.")
    if len(prompts.keys) < FEW:
        notes.append(f"{name} has one prompt; what a model does on it may be about that prompt alone.")
    if before:
        notes.append(
            f"{counted(before, 'vote')} of {len(exposed):,} were cast before the last prompt of {name} was asked "
            f"({prompts.last}), and so before it was released."
        )
    if not prompts.last:
        notes.append(f"{name} does not say when its prompts were asked.")
    if "time" not in votes.available:
        notes.append("These votes do not say when they were cast.")
    return tuple(notes)
