"""Settings of a simulated arena: its models with their true strengths, and how people use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis import places
from analysis.errors import UsageError
from analysis.simulated.grammars import languages, topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Models of the simulated July 2024, with the figures that were solved for and those that were made up (data/README.md).
JULY_2024 = places.DATA / "arena_july_2024.csv"

#: Published style coefficients, log-odds per standard deviation of the relative difference of tokens, headers, lists and
#: bold (LMSYS post on style control, 2024-08-29).
PUBLISHED_STYLE = (0.249, 0.024, 0.031, 0.019)

#: Column of JULY_2024 with the offset that a topic's profile gets.
_PROFILE_OFFSETS = {"technical": "coding", "maths": "maths", "creative": "creative"}


@dataclass(frozen=True)
class Arena:
    """A simulated arena of M models, T topics and L languages. Strengths and offsets are in Elo points.

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
        undecided: ties and both-bads between equal models, as a share (at most 0.5, see `draws.outcome_chances`).
        greetings, famous, copies, near_copies: shares of votes whose prompt is one.
        pair_spread: standard deviation of the log of how often a pair is shown beyond what its models' weights give.
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

    def __post_init__(self) -> None:
        if len(self.models) < 2:
            raise UsageError(f"a simulated arena needs two models or more, not {len(self.models)}.")
        if not 0 <= self.undecided <= 0.5:
            raise UsageError(f"undecided must be between 0 and 0.5, not {self.undecided:g}.")


def july_2024() -> Arena:
    """The arena of June and July 2024.

    Strengths are such that a Bradley–Terry fit of endless votes gives the published scores of 2024-07-10, and a fit of
    the multi-turn votes alone the announced shifts (`data/arena_july_2024.csv`; benchmarks/calibrate_arena.py solves
    for them). Sampling weights, entry dates, and style of answers are made up.
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
