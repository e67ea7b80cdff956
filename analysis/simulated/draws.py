"""What is voted on in the simulated arena: models, topics, languages, turns and repeats, drawn as arrays in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from analysis.simulated import people
from analysis.simulated.grammars import languages, listed, topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.simulated.arena import Arena

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Languages whose scripts have no upper and lower case.
_UNCASED = ("Chinese", "Japanese", "Korean")

#: Longest conversation.
MOST_TURNS = 30


class Change(IntEnum):
    """What was changed in a prompt that was sent again."""

    NONE = 0
    CASE = 1
    ENDING = 2
    WORD = 3
    GREETING = 4


@dataclass(frozen=True)
class Prompts:
    """Which prompt each of N votes is about; votes are in order of time.

    Attributes:
        listed: shape (N,), the prompt's place among the listed prompts (`grammars.listed`), or −1.
        root: shape (N,), the first vote with the prompt that this one repeats; the vote itself where it is new.
        change: shape (N,), the `Change` from the root's prompt.
        topic, language: shape (N,), places in `grammars.topics` and `grammars.languages`.
    """

    listed: Integers
    root: Integers
    change: Integers
    topic: Integers
    language: Integers

    @property
    def pool(self) -> Integers:
        """A number per vote that votes with the very same prompt share, shape (N,)."""
        changed = self.change != Change.NONE
        own = np.arange(len(self.root))
        return np.where(changed, own, self.root)


@dataclass(frozen=True)
class Draws:
    """N drawn votes in order of time; `first` and `second` are the models shown left and right."""

    judge: Integers
    seconds: Integers
    prompts: Prompts
    turns: Integers
    first: Integers
    second: Integers


def draw(rows: int, arena: Arena, rng: np.random.Generator) -> Draws:
    """Draw everything about `rows` votes but how they end and what is written."""
    judge = people.draw_judges(rows, rng)
    seconds = people.draw_times(judge, arena, rng)
    order = np.argsort(seconds, kind="stable")
    judge, seconds = judge[order], seconds[order]
    prompts = draw_prompts(judge, arena, rng)
    turns = draw_turns(prompts, arena, rng)
    first, second = draw_pairs(seconds, arena, rng)
    return Draws(judge, seconds, prompts, turns, first, second)


def draw_prompts(judge: Integers, arena: Arena, rng: np.random.Generator) -> Prompts:
    """Decide for each vote whether its prompt is new, listed, or a repeat of an earlier vote's, and on what it is."""
    rows = len(judge)
    kind = rng.random(rows)
    place = np.full(rows, -1)
    count = listed().greetings
    limits = np.cumsum([arena.greetings, arena.famous, arena.copies, arena.near_copies])
    greets, asks = kind < limits[0], (kind >= limits[0]) & (kind < limits[1])
    place[greets] = _zipf(count, int(greets.sum()), rng)
    place[asks] = count + _zipf(len(listed().texts) - count, int(asks.sum()), rng)
    root = _roots(judge, (kind >= limits[1]) & (kind < limits[3]), rng)
    near = (kind >= limits[2]) & (kind < limits[3]) & (root != np.arange(rows))
    change = np.where(near, rng.integers(1, len(Change), rows), Change.NONE)
    topic, language = _subjects(rows, rng)
    names = [topic.name for topic in topics()]
    spoken = [language.name for language in languages()]
    topic[place >= 0] = np.array([names.index(name) for name in listed().topics])[place[place >= 0]]
    language[place >= 0] = np.array([spoken.index(name) for name in listed().languages])[place[place >= 0]]
    place, topic, language = place[root], topic[root], language[root]
    uncased = np.array([name in _UNCASED for name in spoken])[language]
    change[uncased & (change == Change.CASE)] = Change.ENDING
    # The first vote with a listed prompt is the root of all others with it.
    items, firsts = np.unique(place, return_index=True)
    first_of = np.zeros(len(listed().texts), dtype=np.int64)
    first_of[items[items >= 0]] = firsts[items >= 0]
    root = np.where(place >= 0, first_of[place], root)
    return Prompts(place, root, change, topic, language)


def _zipf(size: int, count: int, rng: np.random.Generator) -> Integers:
    weight = 1 / np.arange(1, size + 1)
    return np.searchsorted(np.cumsum(weight) / weight.sum(), rng.random(count)).astype(np.int64)


def _roots(judge: Integers, repeats: NDArray[np.bool_], rng: np.random.Generator) -> Integers:
    """The vote whose prompt each vote takes: for a repeat, mostly the same judge's vote before, else some earlier vote."""
    rows = len(judge)
    own = np.arange(rows)
    order = np.argsort(judge, kind="stable")
    same = judge[order][1:] == judge[order][:-1]
    before = np.full(rows, -1)
    before[order[1:][same]] = order[:-1][same]
    some = own - 1 - np.floor(rng.exponential(max(rows / 12, 1.0), rows)).astype(np.int64)
    source = np.where((before >= 0) & (rng.random(rows) < 0.8), before, np.maximum(some, 0))
    root = np.where(repeats, np.minimum(source, own), own)
    while not np.array_equal(root, root[root]):
        root = root[root]
    return root


def _subjects(rows: int, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Topic and language of each vote as if all prompts were new."""
    shares = np.array([language.share for language in languages()])
    language = np.searchsorted(np.cumsum(shares) / shares.sum(), rng.random(rows)).astype(np.int64)
    cumulative = np.cumsum([entry.topics for entry in languages()], axis=1)
    topic = np.empty(rows, dtype=np.int64)
    level = rng.random(rows)
    for number in range(len(shares)):
        here = language == number
        topic[here] = np.minimum(np.searchsorted(cumulative[number], level[here], side="right"), len(topics()) - 1)
    return topic, language


def draw_turns(prompts: Prompts, arena: Arena, rng: np.random.Generator) -> Integers:
    """User messages per vote, shape (N,).

    The share of two or more is the arena's on average and differs by topic; beyond two, numbers are geometric, with one
    conversation in twenty from a longer tail (FACTS of the Kaggle release: 99.2 % have fewer than six turns, the
    longest 36).
    """
    rows = len(prompts.topic)
    factor = np.array([topic.multi_turn for topic in topics()])[prompts.topic]
    chance = arena.multi_turn_share * factor / factor.mean()
    multi = rng.random(rows) < chance
    long = rng.random(rows) < 0.05
    more = np.where(long, rng.geometric(0.12, rows), rng.geometric(0.55, rows))
    return np.where(multi, np.minimum(1 + more, MOST_TURNS), 1)


def draw_pairs(seconds: Integers, arena: Arena, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """The models shown left and right, each shape (N,). A model is shown only once it has entered the arena.

    A pair is as frequent as the product of its models' weights, more so when the two are close in strength, times a
    log-normal factor of its own; one pair in twenty is very rare.
    """
    size = len(arena.models)
    frequency = _pair_frequency(arena, rng)
    entry = arena.since * 86_400
    moments = np.unique(np.maximum(entry, 0))
    period = np.searchsorted(moments, seconds, side="right") - 1
    first, second = np.empty(len(seconds), dtype=np.int64), np.empty(len(seconds), dtype=np.int64)
    for number, moment in enumerate(moments):
        present = entry <= moment
        weight = (frequency * np.outer(present, present)).ravel()
        here = np.flatnonzero(period == number)
        cell = np.searchsorted(np.cumsum(weight) / weight.sum(), rng.random(len(here)), side="right")
        first[here], second[here] = np.divmod(np.minimum(cell, np.flatnonzero(weight)[-1]), size)
    return first, second


def _pair_frequency(arena: Arena, rng: np.random.Generator) -> Floats:
    size = len(arena.models)
    noise = np.exp(rng.normal(0, arena.pair_spread, (size, size)))
    noise[rng.random((size, size)) < 0.05 * (arena.pair_spread > 0)] *= 0.02
    upper = np.triu(noise, 1)
    close = np.exp(-np.abs(arena.strength[:, None] - arena.strength[None, :]) / 150) + 0.15
    return np.asarray((upper + upper.T) * close * np.outer(arena.weight, arena.weight))
