"""What is true of a simulated arena: its strengths, the chances its votes were drawn with, and what was planted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.errors import UsageError
from analysis.sources.simulated import endings
from analysis.sources.simulated.arena import RANGES, RELEASE_SETTINGS
from analysis.sources.simulated.draws import Change
from analysis.sources.simulated.grammars import languages, topics
from analysis.votes.outcome import Outcome
from analysis.votes.schema import STYLE_FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.sources.simulated.arena import Arena
    from analysis.sources.simulated.draws import Draws

    Integers = NDArray[np.int64]

#: Kinds of repeat: never seen before; the same but for case and white space; the same but for a word, ending or greeting,
#: or said in other words.
REPEATS = ("fresh", "exact", "near")

#: Columns of `Truth.chances`.
OUTCOMES = (Outcome.MODEL_A, Outcome.MODEL_B, Outcome.TIE, Outcome.BOTH_BAD)

#: A list of numbers in JSON text.
_NUMBERS = re.compile(r"\[[-\d.,\se]*\]")

CATEGORIES = ("overall", "single_turn", "multi_turn")


@dataclass(frozen=True)
class Truth:
    """The truth behind N simulated votes, in the order of the vote table.

    Attributes:
        arena: the settings: strengths, offsets, style coefficients, shares.
        draws: judges, models, topics, languages, turns and planted repeats of each vote, and the drift of strengths.
        chances: shape (N, 4), chances of model_a, model_b, tie and both_bad that each outcome was drawn with: those of
            the judge who was drawn, tastes and all.
        population: shape (N, 4), the same chances averaged over the tastes of all judges that there could be; equal to
            `chances` where judges have none. (The chance of several turns in the population is `draws.several`.)
        repeat: shape (N,), place in REPEATS: what the prompt is to all prompts before it.
    """

    arena: Arena
    draws: Draws
    chances: NDArray[np.float32]
    population: NDArray[np.float32]
    repeat: Integers

    @property
    def chance(self) -> NDArray[np.float64]:
        """Expected score of the left model with the drawn judge, a tie or both-bad counting half, shape (N,)."""
        return _score(self.chances)

    @property
    def population_chance(self) -> NDArray[np.float64]:
        """Expected score of the left model over all judges, a tie or both-bad counting half, shape (N,)."""
        return _score(self.population)

    @property
    def topics(self) -> NDArray[np.object_]:
        """Name of the planted topic of each vote, shape (N,)."""
        return np.array([topic.name for topic in topics()], dtype=object)[self.draws.prompts.topic]

    @property
    def exposed(self) -> NDArray[np.bool_]:
        """Whether each vote's prompt is one of the released set, or a copy of one with a change, shape (N,)."""
        return self.draws.prompts.released

    @property
    def repeats(self) -> NDArray[np.object_]:
        """Kind of repeat of each vote's prompt, shape (N,): fresh, exact or near."""
        return np.array(REPEATS, dtype=object)[self.repeat]

    @property
    def table(self) -> pd.DataFrame:
        """One row per model: strength at one turn and at several (Elo points), and votes."""
        arena, draws = self.arena, self.draws
        votes = np.bincount(draws.first, minlength=len(arena.models)) + np.bincount(draws.second, minlength=len(arena.models))
        several = arena.strength + arena.multi_turn
        columns = {"model": arena.models, "strength": arena.strength, "multi_turn": several, "votes": votes}
        return pd.DataFrame(columns).sort_values("strength", ascending=False, ignore_index=True)

    def expected_counts(self, category: str = "overall", *, drawn_judges: bool = False) -> pd.DataFrame:
        """The votes as they would fall on average: model_a, model_b, outcome and `votes`, not whole numbers.

        Counted over the drawn votes with each outcome's chance in place of the outcome. A Bradley–Terry fit of these
        is what a fit of the votes estimates, whatever mixes strengths in the category: turns, topics, style.

        By default the chances are those of the population of judges. Their fit is what the board would be if ever new
        judges voted, and what intervals clustered by judge must cover. With `drawn_judges` they are those of the judges
        who happened to be drawn, with their tastes: what these judges would say if they voted again and again, and all
        that intervals of independent votes can cover. Where judges have no tastes, the two are the same.

        Args:
            category: overall, single_turn or multi_turn.
            drawn_judges: count with the drawn judges' chances in place of the population's.
        """
        if category not in CATEGORIES:
            raise UsageError(f"unknown category {category!r}; the truth of {', '.join(CATEGORIES)} is known.")
        several = self.draws.turns > 1
        here = np.flatnonzero({"overall": several | True, "single_turn": ~several, "multi_turn": several}[category])
        size = len(self.arena.models)
        pair = self.draws.first[here] * size + self.draws.second[here]
        chances = self.chances if drawn_judges else self.population
        sums = np.column_stack([np.bincount(pair, chances[here, column], size**2) for column in range(len(OUTCOMES))])
        cells = np.flatnonzero(sums.sum(axis=1))
        names = np.array(self.arena.models, dtype=object)
        return pd.DataFrame(
            {
                "model_a": np.repeat(names[cells // size], len(OUTCOMES)),
                "model_b": np.repeat(names[cells % size], len(OUTCOMES)),
                "outcome": np.tile([outcome.value for outcome in OUTCOMES], len(cells)),
                "votes": sums[cells].ravel(),
            }
        )

    def settings(self) -> dict[str, Any]:
        """The arena as plain values, for JSON."""
        arena = self.arena
        models = [
            {"model": name, "strength": strength, "multi_turn": offset, "weight": weight, "since_day": since, **style}
            for name, strength, offset, weight, since, style in zip(
                arena.models,
                arena.strength.tolist(),
                arena.multi_turn.tolist(),
                arena.weight.tolist(),
                arena.since.tolist(),
                [dict(zip(STYLE_FEATURES, row, strict=True)) for row in arena.answers.tolist()],
                strict=True,
            )
        ]
        return {
            "units": "strengths, offsets and drift in Elo points; tastes and left in log-odds; style and style_tastes in "
            "log-odds per standard deviation of the relative difference; turn_habits is an intraclass correlation",
            "start": arena.start,
            "days": arena.days,
            **{name: getattr(arena, name) for name in RANGES if name not in RELEASE_SETTINGS},
            **self._release(),
            "both_bad": {
                "level": endings.BOTH_BAD_LEVEL,
                "slope_per_point": endings.BOTH_BAD_SLOPE,
                "centre": endings.BOTH_BAD_CENTRE,
            },
            "style": dict(zip(STYLE_FEATURES, arena.style, strict=True)),
            "models": models,
            "topics": {topic.name: {"label": topic.label, "profile": topic.profile} for topic in topics()},
            "topic_offsets": _offsets([topic.name for topic in topics()], arena.topic_offsets, arena.models),
            "language_offsets": _offsets([language.name for language in languages()], arena.language_offsets, arena.models),
            "drift_by_day": dict(zip(arena.models, self.draws.drift.T.tolist(), strict=True)) if arena.drift else {},
        }

    def _release(self) -> dict[str, Any]:
        """The settings of released prompts and of what prompts add, where there is any such thing."""
        arena = self.arena
        if not (arena.released or arena.prompt_tastes):
            return {}
        return {**{name: getattr(arena, name) for name in RELEASE_SETTINGS}, "tuned": arena.tuned}

    def json(self, **more: object) -> str:
        """`settings` as JSON text, after `more`; lists of numbers stand on one line."""
        text = json.dumps({**more, **self.settings()}, indent=1, ensure_ascii=False)
        return _NUMBERS.sub(lambda match: " ".join(match[0].split()), text) + "\n"

    def planted(self, vote_id: pa.Array) -> pa.Table:
        """What was planted in each vote: vote_id, topic, repeat, change, and the left model's expected score; and where prompts
        were released, whether it is `exposed`.

        `chance` is the score with the drawn judge, `population_chance` over all judges (see `expected_counts`).
        """
        names = [topic.name for topic in topics()]
        changed = [change.name.lower() for change in Change]
        exposed = {"exposed": pa.array(self.exposed)} if self.arena.released else {}
        return pa.table(
            {
                "vote_id": vote_id,
                "topic": _named(self.draws.prompts.topic, names),
                "repeat": _named(self.repeat, list(REPEATS)),
                "change": _named(self.draws.prompts.change, changed),
                "chance": pa.array(self.chance.round(4).astype(np.float32)),
                "population_chance": pa.array(self.population_chance.round(4).astype(np.float32)),
                **exposed,
            }
        )


def _score(chances: NDArray[np.float32]) -> NDArray[np.float64]:
    """Expected score of the left model from the chances of the four outcomes, shape (N,)."""
    return np.asarray(chances[:, 0].astype(float) + chances[:, 2:].sum(axis=1, dtype=float) / 2)


def repeat_kinds(same: Integers, change: Integers) -> Integers:
    """Place in REPEATS of each vote's prompt, shape (N,).

    Args:
        same: a number per vote that prompts which differ in case and white space alone share.
        change: what was planted, a `Change` per vote.
    """
    first = np.zeros(len(same), dtype=bool)
    first[np.unique(same, return_index=True)[1]] = True
    fresh, exact, near = range(len(REPEATS))
    return np.where(first, np.where(change != Change.NONE, near, fresh), exact)


def _named(codes: Integers, names: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int16)), pa.array(names, pa.string())).cast(pa.string())


def _offsets(names: list[str], offsets: NDArray[np.float64], models: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Offsets by name and model, without those that are zero throughout."""
    return {name: dict(zip(models, row, strict=True)) for name, row in zip(names, offsets.tolist(), strict=True) if any(row)}
