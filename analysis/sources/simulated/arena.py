"""Settings of a simulated arena: its models with their true strengths, and how people use it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import places
from analysis.distributions import norm
from analysis.errors import UsageError
from analysis.results.prose import shortened
from analysis.sources.simulated.grammars import languages, topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Models of the simulated July 2024, with the figures that were solved for and those that were made up (data/README.md).
JULY_2024 = places.DATA / "arena_july_2024.csv"

#: Published style coefficients, log-odds per standard deviation of the relative difference of tokens, headers, lists and
#: bold (LMSYS post on style control, 2024-08-29).
PUBLISHED_STYLE = (0.249, 0.024, 0.031, 0.019)

#: Smallest and largest value of each setting that is one number.
RANGES: Mapping[str, tuple[float, float]] = {
    "multi_turn_share": (0, 1),
    "undecided": (0, 0.5),
    "greetings": (0, 1),
    "famous": (0, 1),
    "copies": (0, 1),
    "near_copies": (0, 1),
    "rephrased": (0, 1),
    "pair_spread": (0, 5),
    "votes_per_judge": (1, 10_000),
    "busiest": (0, 0.9),
    "tastes": (0, 10),
    "style_tastes": (0, 10),
    "turn_habits": (0, 0.99),
    "language_habits": (0, 1),
    "topic_habits": (0, 1),
    "sessions": (0, 1),
    "left": (-5, 5),
    "drift": (0, 1000),
    "released": (0, 1),
    "released_prompts": (1, 100_000),
    "released_topics": (0, 1000),
    "bonus": (-1000, 1000),
    "prompt_tastes": (0, 10),
}

#: Settings of released prompts: an arena without them says nothing of them.
RELEASE_SETTINGS = ("released", "released_prompts", "released_topics", "bonus", "prompt_tastes")

#: Settings that say what share of votes has a prompt of one kind; the others' prompts are new.
PROMPT_KINDS = ("greetings", "famous", "copies", "near_copies", "rephrased", "released")

#: What people are like in the simulated July 2024. Made up within what is known: the busiest 1 % of 49,382 judges cast
#: 16 % of the votes of the 100k release and the left model's log-odds were −0.021 to −0.001 there (arenakit 0.1.1, README);
#: 2.37 votes per judge (LMSYS post of 2024-05-08); a habit of concentration 10 has the intraclass correlation 1/11.
_PEOPLE: Mapping[str, float] = {
    "undecided": 0.4,  # tastes make equal models less equal to a judge
    "copies": 0.028,  # people who stay with their topic send more of the same by chance
    "votes_per_judge": 2.37,
    "busiest": 0.2,
    "tastes": 0.35,
    "style_tastes": 0.1,
    "turn_habits": 0.09,
    "language_habits": 0.9,
    "topic_habits": 0.3,
    "sessions": 0.5,
    "left": -0.01,
    "drift": 8.0,
    "rephrased": 0.01,
}

#: Column of JULY_2024 with the offset that a topic's profile gets.
_PROFILE_OFFSETS = {"technical": "coding", "maths": "maths", "creative": "creative"}


@dataclass(frozen=True)
class Arena:
    """A simulated arena of M models, T topics and L languages. Strengths and offsets are in Elo points.

    Of the settings from `votes_per_judge` on, 0 means that there is nothing of the kind, except for `votes_per_judge`.

    Attributes:
        models: their names.
        strength: shape (M,), true strength in a conversation of one turn, at equal style.
        multi_turn: shape (M,), what is added in a conversation of two or more turns.
        topic_offsets: shape (T, M), what is added on a topic.
        language_offsets: shape (L, M), what is added in a language.
        weight: shape (M,), how often a model is shown.
        since: shape (M,), days from `start` at which a model enters.
        answers: shape (M, 4), mean tokens, headers, list items and bold spans of an answer.
        style: log-odds per standard deviation of the relative difference of those four.
        start, days: first day (UTC) and length of the period.
        multi_turn_share: share of votes with two or more turns.
        undecided: ties and both-bads between equal models, as a share (at most 0.5, see `endings.outcome_chances`).
        greetings, famous, copies, near_copies: shares of votes whose prompt is one.
        pair_spread: standard deviation of the log of how often a pair is shown beyond what its models' weights give.
        votes_per_judge: mean votes of a judge.
        busiest: share of the votes that the busiest 1 % of judges cast. Beyond their first vote, people differ by a
            log-normal factor in how often they vote; at 0 (or below what chance alone gives) by chance alone.
        tastes: standard deviation, in log-odds, of what a judge adds to each model.
        style_tastes: standard deviation of what a judge adds to each of the four coefficients of style.
        turn_habits: intraclass correlation of "has several turns" among the votes of a judge: a judge's own chance is
            Beta distributed with the mean of arena and topic and the concentration c = 1 / turn_habits − 1, so 0.09 is a
            concentration of 10.
        language_habits: share of a judge's new prompts that are in the judge's own language; the rest are in any.
        topic_habits: share of a judge's new prompts that are on the judge's own topic; the rest are on any.
        sessions: share of votes, among those within minutes of the judge's vote before, that stay with its language
            and, four times in five, its topic (`draws.SAME_TOPIC`); one in twenty of them is worded as a follow-up.
        left: what the left model gains by its place, in log-odds.
        drift: strengths move day by day as a random walk around their mean over the period; the standard deviation of
            what a model has gained from the first day to the last, in Elo points.
        rephrased: share of votes whose prompt says an earlier one again in other words.
        released: share of votes whose prompt is one of a set that was released before the arena began.
        released_prompts: prompts in that set; few of them are asked often, as among listed prompts.
        released_topics: the set is on so many topics, those on which models differ most; 0: on all, like new prompts.
        bonus: what the model `tuned` gains on prompts of the set, in Elo points.
        prompt_tastes: standard deviation, in log-odds, of what a prompt adds to each model, whoever votes.
        tuned: the model that was tuned on the set; empty for none.
    """

    models: tuple[str, ...]
    strength: Floats
    multi_turn: Floats
    topic_offsets: Floats
    language_offsets: Floats
    weight: Floats
    since: Floats
    answers: Floats
    style: tuple[float, ...] = PUBLISHED_STYLE
    start: str = "2024-06-01"
    days: int = 61
    multi_turn_share: float = 0.14
    undecided: float = 0.37
    greetings: float = 0.022
    famous: float = 0.02
    copies: float = 0.036
    near_copies: float = 0.03
    pair_spread: float = 0.6
    votes_per_judge: float = 2.4
    busiest: float = 0.0
    tastes: float = 0.0
    style_tastes: float = 0.0
    turn_habits: float = 0.0
    language_habits: float = 0.0
    topic_habits: float = 0.0
    sessions: float = 0.0
    left: float = 0.0
    drift: float = 0.0
    rephrased: float = 0.0
    released: float = 0.0
    released_prompts: float = 500
    released_topics: float = 0
    bonus: float = 0.0
    prompt_tastes: float = 0.0
    tuned: str = ""

    def __post_init__(self) -> None:
        if len(self.models) < 2:
            raise UsageError(f"a simulated arena needs two models or more, not {len(self.models)}.")
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(f"{name} must be between {low:g} and {high:g}, not {value:g}.")
        if self.tuned and self.tuned not in self.models:
            raise UsageError(f"tuned is {shortened(self.tuned, 60)!r}, which is no model of the simulated arena.")
        kinds = math.fsum(getattr(self, name) for name in PROMPT_KINDS)
        if kinds > 1:
            raise UsageError(f"{', '.join(PROMPT_KINDS)} are shares of the same votes: together at most 1, not {kinds:g}.")
        most = 0.95 * (1 - 1 / self.votes_per_judge)  # every judge has a first vote
        if self.busiest > most:
            raise UsageError(
                f"busiest must be at most {most:.3f} with {self.votes_per_judge:g} votes_per_judge; raise the latter."
            )

    def having(self, settings: Mapping[str, str]) -> Arena:
        """This arena with other settings, given as text by name.

        Raises:
            UsageError: no such setting, or its value is not a number within its range.
        """
        values: dict[str, str | float] = {}
        for name, text in settings.items():
            if name == "tuned":
                values[name] = text
                continue
            if name not in RANGES:
                raise UsageError(f"no setting {name!r} of a simulated arena; there are {', '.join(RANGES)}, tuned.")
            try:
                values[name] = float(text)
            except ValueError:
                raise UsageError(f"{name} is a number, and {shortened(text, 60)!r} is not.") from None
        return replace(self, **values)  # type: ignore[arg-type]


def july_2024() -> Arena:
    """The arena of June and July 2024.

    Strengths are such that a Bradley–Terry fit of endless votes gives the published scores of 2024-07-10, and a fit of
    the multi-turn votes alone the announced shifts (`data/arena_july_2024.csv`; benchmarks/calibrate_arena.py solves
    for them). Sampling weights, entry dates, style of answers, and tastes and habits of the judges are made up.
    """
    return read_arena(pd.read_csv(JULY_2024))


def read_arena(table: pd.DataFrame) -> Arena:
    """The arena of a table with the columns of `data/arena_july_2024.csv`, one row per model."""
    start = Arena.start
    since = (pd.to_datetime(table["since"]) - pd.Timestamp(start)).dt.days
    return Arena(
        models=tuple(table["model"]),
        strength=table["strength"].to_numpy(float),
        multi_turn=table["multi_turn"].to_numpy(float),
        topic_offsets=_topic_offsets(table),
        language_offsets=_language_offsets(table),
        weight=table["weight"].to_numpy(float),
        since=since.to_numpy(float),
        answers=table[["tokens", "headers", "lists", "bold"]].to_numpy(float),
        **_PEOPLE,  # type: ignore[arg-type]
    )


def _topic_offsets(table: pd.DataFrame, spread: float = 9.0) -> Floats:
    """Each profile's offset and a little of a topic's own, centred so that the offsets of a model average to zero."""
    rng = np.random.default_rng(20240701)
    offsets = rng.normal(0, spread, (len(topics()), len(table)))
    for number, topic in enumerate(topics()):
        if topic.profile in _PROFILE_OFFSETS:
            offsets[number] += table[_PROFILE_OFFSETS[topic.profile]].to_numpy(float)
    share = np.array([topic.share for topic in topics()])
    return np.round(offsets - share @ offsets / share.sum(), 1)


def _language_offsets(table: pd.DataFrame) -> Floats:
    """The Chinese offset, centred like those of topics; other languages have none."""
    offsets = np.zeros((len(languages()), len(table)))
    share = np.array([language.share for language in languages()])
    for number, language in enumerate(languages()):
        if language.name == "Chinese":
            offsets[number] = table["chinese"].to_numpy(float)
    return np.round(offsets - share @ offsets / share.sum(), 1)


def plain(models: int = 20, spread: float = 100.0) -> Arena:
    """An arena of nothing but strengths, for measuring how well they are recovered.

    Args:
        models: how many; their names are model-001, model-002, …, weakest first.
        spread: standard deviation of their strengths, which are quantiles of a normal distribution around 1000.
    """
    quantiles = norm.ppf((np.arange(models) + 0.5) / max(models, 1))
    nothing = np.zeros(models)
    return Arena(
        models=tuple(f"model-{number:03d}" for number in range(1, models + 1)),
        strength=1000 + spread * quantiles,
        multi_turn=nothing,
        topic_offsets=np.zeros((len(topics()), models)),
        language_offsets=np.zeros((len(languages()), models)),
        weight=np.ones(models),
        since=nothing,
        answers=np.tile([250.0, 0.3, 2.0, 1.0], (models, 1)),
        style=(0.0, 0.0, 0.0, 0.0),
    )
