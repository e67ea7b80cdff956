"""Exposed votes: which votes have a first prompt that a prompt set holds, exactly, nearly or in meaning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from analysis.errors import InputError
from analysis.matching import meaning
from analysis.matching.likeness import EXACT, MEANING, alike, chained, earliest, read_prompts, threshold_of
from analysis.prompts.asked import uncounted
from analysis.results.prose import counted, percent
from analysis.votes.prompts import prompt_keys, read_prompt_keys
from analysis.votes.times import read_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.matching.prompt_sets import PromptSet
    from analysis.votes.table import Votes

    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]
    Keys = NDArray[np.uint64]

#: Share of the distinct prompts of votes and set that both have, from which on the set is these votes.
SAME = 0.99

#: Share of the set's distinct prompts that were asked here, from which on the set may be these votes in part.
PARTLY = 0.5

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
        cluster: shape (N,), number of what hangs together: votes on one prompt, and on prompts that are alike by that kind.
        notes: what has to be known of this set beside these votes, in sentences.
    """

    exposed: Flags
    exact: Flags
    blank: Flags
    own: Flags
    same: float
    before: int | None
    cluster: Integers
    notes: tuple[str, ...] = ()


def mark_votes(votes: Votes, prompts: PromptSet, kind: str = EXACT, threshold: float | None = None, seed: int = 1) -> Marked:
    """Which votes are exposed to a prompt set. Texts are held a batch at a time, those of `near` and `meaning` once each.

    Raises:
        UsageError: no such kind of likeness, or no such threshold of it.
        InputError: there are more prompts than can be compared in meaning.
    """
    least = threshold_of(kind, threshold)
    keys = read_prompt_keys(votes)
    distinct, place = np.unique(keys, return_inverse=True)
    known = prompts.has(distinct) & (distinct != 0)
    exact, blank = known[place], keys == 0
    own = np.zeros(len(keys), dtype=bool) if prompts.own is None else prompts.own
    exposed, cluster = exact, place
    if kind != EXACT:
        marks, roots = _alike(votes, prompts, keys, distinct, known, (kind, least, seed))
        exposed, cluster = marks[place], roots[place]
    asked = int((distinct != 0).sum())
    same = float(known.sum()) / max(asked, len(prompts.keys), 1) if prompts.own is None else 0.0
    marked = Marked(exposed, exact, blank, own, same, _before(votes, prompts.last), cluster)
    return replace(marked, notes=_notes(votes, prompts, marked, float(known.sum()) / len(prompts.keys)))


def _alike(
    votes: Votes, prompts: PromptSet, keys: Keys, distinct: Keys, known: Flags, how: tuple[str, float, int]
) -> tuple[Flags, Integers]:
    """Of each distinct prompt whether it is like one of the set, and its cluster, each shape (distinct,).

    The set's prompts come before those of votes, so that each prompt is tied to one of the set where it is like one, and marks
    and clusters come from the same pairs.

    Args:
        known: of the distinct prompts those that the set holds.
        how: kind of likeness, threshold and seed.
    """
    others = np.flatnonzero(~known & (distinct != 0))
    _few_enough(votes, prompts, len(others), how[0])
    released = [text for batch in prompts.texts() for text in batch]
    size = len(released)
    _, first = np.unique(keys, return_index=True)
    pairs = alike([*released, *read_prompts(votes, first[others], None)[0]], None, *how)
    root = chained(earliest(pairs, size + len(others)))
    exposed, cluster = known.copy(), size + np.arange(len(distinct))
    exposed[others[pairs[(pairs[:, 0] < size) & (pairs[:, 1] >= size), 1] - size]] = True
    cluster[others] = np.where(root[size:] < size, root[size:], size + others[np.maximum(root[size:] - size, 0)])
    of_set = prompt_keys(pa.array(released, pa.string()))
    order = np.argsort(of_set)
    cluster[known] = root[order[np.searchsorted(of_set[order], distinct[known])]]
    return exposed, cluster


def _few_enough(votes: Votes, prompts: PromptSet, others: int, kind: str) -> None:
    """Raise an InputError where more prompts would be compared in meaning than can be."""
    if kind == MEANING and len(prompts.keys) + others > meaning.MOST:
        many = f"{len(prompts.keys) + others:,}"
        raise InputError(
            f"{prompts.name} and {votes.name} have {many} different prompts, and at most {meaning.MOST:,} "
            "are compared in meaning: take fewer votes or a part of the set, or near in place of meaning."
        )


def _before(votes: Votes, last: str) -> int | None:
    """Votes cast up to the end of a day; None without times."""
    if not last or "time" not in votes.available:
        return None
    end = np.datetime64(last) + np.timedelta64(1, "D")
    return int((read_times(votes) < end.astype("datetime64[us]").astype(np.int64)).sum())


def _notes(votes: Votes, prompts: PromptSet, marked: Marked, held: float) -> tuple[str, ...]:
    """See `Marked.notes`; `held` is the share of the set's distinct prompts that were asked here."""
    name, asked = prompts.name, ~marked.blank & ~marked.own
    if prompts.own is not None:
        later = counted(int((~marked.own).sum()), "later vote is", "later votes are")
        return (f"No released set was named: {name} stands for one, and the {later} held against it.", *_unread(prompts, marked))
    if marked.same >= SAME:
        words = (
            f"{name} holds the prompts of these very votes ({percent(marked.same)} are the same), so that no vote tells of it."
        )
        return words, *_unread(prompts, marked)
    exposed = marked.exposed & asked
    notes = []
    if not exposed.any():
        notes.append(f"No vote has a prompt of {name}: that says nothing of who saw it.")
    elif exposed.sum() == asked.sum():
        notes.append(f"Every vote has a prompt of {name}, so that there is none to hold them against.")
    if len(prompts.keys) < FEW:
        notes.append(f"{name} has one prompt; what a model does on it may be about that prompt alone.")
    elif held >= PARTLY:
        notes.append(
            f"{percent(held, 0)} of the prompts of {name} were asked in these votes, of which it may be a part or a whole."
        )
    return (*notes, *_dates(votes, prompts, marked), *_unread(prompts, marked))


def _dates(votes: Votes, prompts: PromptSet, marked: Marked) -> list[str]:
    """What is known of when the set's prompts were asked, and when the votes were cast."""
    name, notes = prompts.name, []
    if marked.before:
        was = "was" if marked.before == 1 else "were"
        notes.append(
            f"{counted(marked.before, 'vote')} of {len(marked.exposed):,} {was} cast by the end of the day on which the last "
            f"prompt of {name} was asked ({prompts.last}), and so before it was released."
        )
    if not prompts.last:
        notes.append(f"{name} does not say when its prompts were asked.")
    if "time" not in votes.available:
        notes.append("These votes do not say when they were cast.")
    return notes


def _unread(prompts: PromptSet, marked: Marked) -> list[str]:
    """How many votes, and rows of the set, have no prompt."""
    notes = list(uncounted(int((marked.blank & ~marked.own).sum()), 0))
    if prompts.unreadable:
        rows = counted(prompts.unreadable, "row", "rows")
        notes.append(
            f"{rows} of {prompts.rows:,} of {prompts.name} {'has' if prompts.unreadable == 1 else 'have'} no prompt to read."
        )
    return notes
