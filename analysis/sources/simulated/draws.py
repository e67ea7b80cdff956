"""What is voted on in the simulated arena: models, topics, languages, turns and repeats, drawn as arrays in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv

from analysis.sources.simulated import people
from analysis.sources.simulated.arena import PROMPT_KINDS
from analysis.sources.simulated.grammars import MAIN_LANGUAGE, languages, listed, topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.sources.simulated.arena import Arena

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

#: Languages whose scripts have no upper and lower case.
_UNCASED = ("Chinese", "Japanese", "Korean")

#: Longest conversation.
MOST_TURNS = 30

#: Of the votes that stay with the vote before: the share that stay with its topic too, and that are worded as a follow-up.
SAME_TOPIC, FOLLOW_UPS = 0.8, 0.05


class Change(IntEnum):
    """What was changed in a prompt that was sent again."""

    NONE = 0
    CASE = 1
    ENDING = 2
    WORD = 3
    GREETING = 4
    REPHRASED = 5


#: Changes of near copies, which leave most words as they are.
_NEAR = (Change.CASE, Change.ENDING, Change.WORD, Change.GREETING)


@dataclass(frozen=True)
class Prompts:
    """Which prompt each of N votes is about; votes are in order of time.

    Attributes:
        listed: shape (N,), the prompt's place among the listed prompts (`grammars.listed`), or −1.
        root: shape (N,), the first vote with the prompt that this one repeats; the vote itself where it is new.
        change: shape (N,), the `Change` from the root's prompt.
        topic, language: shape (N,), places in `grammars.topics` and `grammars.languages`.
        follows: shape (N,), whether a new prompt is worded as a follow-up to the judge's vote before.
        released: shape (N,), whether the prompt is one of the released set, or a copy of one with a change.
    """

    listed: Integers
    root: Integers
    change: Integers
    topic: Integers
    language: Integers
    follows: Flags
    released: Flags

    @property
    def pool(self) -> Integers:
        """A number per vote that votes with the very same prompt share, shape (N,)."""
        changed = self.change != Change.NONE
        own = np.arange(len(self.root))
        return np.where(changed, own, self.root)


@dataclass(frozen=True)
class Draws:
    """N drawn votes in order of time, between M models.

    Attributes:
        judge: shape (N,), who votes.
        seconds: shape (N,), from the arena's start.
        session: shape (N,), a number that votes of one judge within minutes share.
        prompts: what each vote is about.
        turns: shape (N,), user messages.
        several: shape (N,), chance of two or more turns in the population of judges, given the topic.
        first, second: shape (N,), the models shown left and right.
        drift: shape (days, M), Elo points that each model's strength is above its mean over the period, day by day.
    """

    judge: Integers
    seconds: Integers
    session: Integers
    prompts: Prompts
    turns: Integers
    several: Floats
    first: Integers
    second: Integers
    drift: Floats


def draw(rows: int, arena: Arena, rng: np.random.Generator) -> Draws:
    """Draw everything about `rows` votes but how they end and what is written.

    Each part has a stream of its own, so that a habit changes nothing but what it is about.
    """
    streams = rng.spawn(7)
    judge = people.draw_judges(rows, arena, streams[0])
    seconds, session = people.draw_times(judge, arena, streams[1])
    order = np.argsort(seconds, kind="stable")
    judge, seconds, session = judge[order], seconds[order], session[order]
    prompts = draw_prompts(judge, session, arena, streams[2], streams[6])
    several = several_turns(prompts.topic, arena)
    turns = draw_turns(judge, several, arena, streams[3])
    first, second = draw_pairs(seconds, arena, streams[4])
    return Draws(judge, seconds, session, prompts, turns, several, first, second, draw_drift(arena, streams[5]))


def draw_prompts(
    judge: Integers, session: Integers, arena: Arena, rng: np.random.Generator, release: np.random.Generator
) -> Prompts:
    """Decide for each vote whether its prompt is new, listed, released, or a repeat of an earlier vote's, and on what it is."""
    rows = len(judge)
    habits, subjects = rng.spawn(2)
    kind = rng.random(rows)
    place = np.full(rows, -1)
    count = listed().greetings
    limits = np.cumsum([getattr(arena, name) for name in PROMPT_KINDS])
    greets, asks = kind < limits[0], (kind >= limits[0]) & (kind < limits[1])
    place[greets] = _zipf(count, int(greets.sum()), rng)
    place[asks] = count + _zipf(len(listed().texts) - count, int(asks.sum()), rng)
    root = _roots(judge, (kind >= limits[1]) & (kind < limits[4]), rng)
    again = root != np.arange(rows)
    near, rephrased = again & (kind >= limits[2]) & (kind < limits[3]), again & (kind >= limits[3]) & (kind < limits[4])
    change = np.where(near, rng.choice(_NEAR, rows), np.where(rephrased, Change.REPHRASED, Change.NONE))
    topic, language, follows = _subjects(judge, session, arena, subjects, habits)
    names = [topic.name for topic in topics()]
    spoken = [language.name for language in languages()]
    topic[place >= 0] = np.array([names.index(name) for name in listed().topics])[place[place >= 0]]
    language[place >= 0] = np.array([spoken.index(name) for name in listed().languages])[place[place >= 0]]
    from_set = (kind >= limits[4]) & (kind < limits[5])
    if from_set.any():
        root, topic, language = _released(root, np.flatnonzero(from_set), topic, language, arena, release)
    place, topic, language = place[root], topic[root], language[root]
    uncased = np.array([name in _UNCASED for name in spoken])[language]
    change[uncased & (change == Change.CASE)] = Change.ENDING
    # The first vote with a listed prompt is the root of all others with it.
    items, firsts = np.unique(place, return_index=True)
    first_of = np.zeros(len(listed().texts), dtype=np.int64)
    first_of[items[items >= 0]] = firsts[items >= 0]
    root = np.where(place >= 0, first_of[place], root)
    released = from_set[root]
    follows &= (place < 0) & (root == np.arange(rows)) & ~released
    return Prompts(place, root, change, topic, language, follows, released)


def _released(
    root: Integers, votes: Integers, topic: Integers, language: Integers, arena: Arena, rng: np.random.Generator
) -> tuple[Integers, Integers, Integers]:
    """Roots, topics and languages once the given votes take a prompt of the released set each.

    The first vote with a prompt of the set is the root of all others with it, and of their copies; on its own topic and in its
    own language, or on one of the topics on which models differ most.
    """
    item = _zipf(int(arena.released_prompts), len(votes), rng)
    _, first, which = np.unique(item, return_index=True, return_inverse=True)
    heads = np.arange(len(root))
    heads[votes] = votes[first][which]
    chosen = np.argsort(-arena.topic_offsets.std(axis=1), kind="stable")[: int(arena.released_topics)]
    if len(chosen):
        topic, language = topic.copy(), language.copy()
        topic[votes] = rng.choice(chosen, len(votes))
        asked = np.array([entry.topics for entry in languages()])[language[votes], topic[votes]] > 0
        main = [entry.name for entry in languages()].index(MAIN_LANGUAGE)
        language[votes] = np.where(asked, language[votes], main)
    return heads[root], topic, language


def _zipf(size: int, count: int, rng: np.random.Generator) -> Integers:
    return np.searchsorted(np.cumsum(_zipf_shares(size)), rng.random(count)).astype(np.int64)


def _zipf_shares(size: int) -> Floats:
    weight = 1 / np.arange(1, size + 1)
    return np.asarray(weight / weight.sum())


def _roots(judge: Integers, repeats: Flags, rng: np.random.Generator) -> Integers:
    """The vote whose prompt each vote takes: for a repeat, mostly the same judge's vote before, else some earlier vote."""
    rows = len(judge)
    own = np.arange(rows)
    before = _before(judge)
    some = own - 1 - np.floor(rng.exponential(max(rows / 12, 1.0), rows)).astype(np.int64)
    source = np.where((before >= 0) & (rng.random(rows) < 0.8), before, np.maximum(some, 0))
    return _heads(np.where(repeats, np.minimum(source, own), own))


def _before(group: Integers) -> Integers:
    """The vote before each among those of its group, or −1, shape (N,)."""
    order = np.argsort(group, kind="stable")
    same = group[order][1:] == group[order][:-1]
    before = np.full(len(group), -1)
    before[order[1:][same]] = order[:-1][same]
    return before


def _heads(source: Integers) -> Integers:
    """The first vote of the chain that each vote ends, where `source` is the vote before it or itself, shape (N,)."""
    while not np.array_equal(source, source[source]):
        source = source[source]
    return source


def _subjects(
    judge: Integers, session: Integers, arena: Arena, rng: np.random.Generator, habits: np.random.Generator
) -> tuple[Integers, Integers, Flags]:
    """Topic and language of each vote as if all prompts were new, and whether it is a follow-up, shape (N,) each.

    A topic is a quantile among the topics of its language, so that a judge has one own topic in each language.
    """
    rows = len(judge)
    shares = np.array([language.share for language in languages()])
    spoken, level = rng.random(rows), rng.random(rows)
    spoken = _own(spoken, judge, arena.language_habits, habits)
    level = _own(level, judge, arena.topic_habits, habits)
    own, stays = np.arange(rows), habits.random((2, rows))
    before = np.where(stays[0] < arena.sessions, _before(session), -1)
    here = np.where(before >= 0, before, own)
    spoken = spoken[_heads(here)]
    level = level[_heads(np.where(stays[1] < SAME_TOPIC, here, own))]
    follows = (before >= 0) & (stays[1] < FOLLOW_UPS)
    language = np.searchsorted(np.cumsum(shares) / shares.sum(), spoken).astype(np.int64)
    cumulative = np.cumsum([entry.topics for entry in languages()], axis=1)
    topic = np.empty(rows, dtype=np.int64)
    for number in range(len(shares)):
        among = language == number
        topic[among] = np.minimum(np.searchsorted(cumulative[number], level[among], side="right"), len(topics()) - 1)
    return topic, language, follows


def _own(level: Floats, judge: Integers, share: float, rng: np.random.Generator) -> Floats:
    """Quantiles of which this share is the judge's own, shape (N,); which ones are left does not depend on the share."""
    own, kept = rng.random(int(judge.max()) + 1)[judge], rng.random(len(judge))
    return np.where(kept < share, own, level)


def several_turns(topic: Integers, arena: Arena) -> Floats:
    """Chance of two or more turns of votes on these topics in the population of judges, shape (N,): the arena's on average."""
    factor = np.array([topic.multi_turn for topic in topics()])
    return np.asarray(np.minimum(arena.multi_turn_share * factor / (_topic_mix(arena) @ factor), 1.0)[topic])


def _topic_mix(arena: Arena) -> Floats:
    """Share of the votes that each topic has on average, shape (T,); repeats are on the topics of what they repeat."""
    spoken = np.array([language.share for language in languages()])
    new = spoken @ np.array([language.topics for language in languages()]) / spoken.sum()
    names = [topic.name for topic in topics()]
    places, count = np.array([names.index(name) for name in listed().topics]), listed().greetings
    repeated = arena.copies + arena.near_copies + arena.rephrased
    mix = new * (1 - arena.greetings - arena.famous - repeated)
    for part, share in ((places[:count], arena.greetings), (places[count:], arena.famous)):
        mix += share * np.bincount(part, _zipf_shares(len(part)), minlength=len(names))
    return np.asarray(mix / mix.sum()) if mix.any() else new


def draw_turns(judge: Integers, several: Floats, arena: Arena, rng: np.random.Generator) -> Integers:
    """User messages per vote, shape (N,).

    Two or more have the chance `several`, or the judge's own, which is Beta distributed around it. Beyond two, numbers
    are geometric, with one conversation in twenty from a longer tail (in the Kaggle release of 55k votes 99.2 % have
    fewer than six turns, the longest 36).
    """
    rows = len(several)
    habits = rng.spawn(1)[0]
    chance = _own_chance(judge, several, arena, habits) if arena.turn_habits else several
    multi = rng.random(rows) < chance
    long = rng.random(rows) < 0.05
    more = np.where(long, rng.geometric(0.12, rows), rng.geometric(0.55, rows))
    return np.where(multi, np.minimum(1 + more, MOST_TURNS), 1)


def _own_chance(judge: Integers, several: Floats, arena: Arena, rng: np.random.Generator) -> Floats:
    """The chance of each vote's judge, shape (N,): the same quantile of Beta(cm, c(1 − m)) whatever the topic's mean m."""
    quantile = rng.random(int(judge.max()) + 1)
    means, which = np.unique(several, return_inverse=True)
    cells, place = np.unique(judge * len(means) + which, return_inverse=True)
    who, which = np.divmod(cells, len(means))
    concentration = 1 / arena.turn_habits - 1
    mean = means[which]
    inside = (mean > 0) & (mean < 1)
    safe = np.where(inside, mean, 0.5)
    drawn = betaincinv(concentration * safe, concentration * (1 - safe), quantile[who])
    return np.asarray(np.where(inside, drawn, mean)[place])


def draw_drift(arena: Arena, rng: np.random.Generator) -> Floats:
    """How far above its mean each model's strength is on each day, shape (days, M), in hundredths of an Elo point.

    A random walk with normal steps, around its mean over the days that the model is there.
    """
    steps = rng.normal(0, arena.drift / np.sqrt(max(arena.days - 1, 1)), (arena.days, len(arena.models)))
    steps[0] = 0
    path = np.cumsum(steps, axis=0)
    there = np.arange(arena.days)[:, None] >= np.minimum(arena.since, arena.days - 1)
    return np.asarray(np.round(path - (path * there).sum(axis=0) / there.sum(axis=0), 2))


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
