"""Settings: how a board is made, each checked when it is set."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from analysis.errors import UsageError
from analysis.results.prose import counted
from analysis.results.spelling import did_you_mean
from analysis.shares.level import check_level

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])

#: The arena's anchor since 2024-03-30 (FastChat commit 0858692d).
ANCHOR, ANCHOR_RATING = "mixtral-8x7b-instruct-v0.1", 1114.0

#: Fewer rounds than these say nothing about the ends of an interval.
FEWEST_ROUNDS = 50

#: Whole numbers at most: what fits 64 bits, and rounds that end within a day.
_LARGEST, _MOST_ROUNDS = 2**63 - 1, 1_000_000

#: Priors that a fit can tell from none, and from no votes, in double precision; without a prior the ridge is 0.
_RIDGES = 1e-6, 1e12

#: What each setting that is a word may be.
CHOICES = {
    "ties": ("half", "davidson", "rao_kupper"),
    "interval": ("auto", "votes", "judges", "bootstrap"),
    "cluster": ("judge", "prompt", "both"),
}

#: What each setting that is a number may be: its kind, least and most, and how this is said.
_RANGES: dict[str, tuple[Any, float, float, str]] = {
    "anchor_rating": (Real, -math.inf, math.inf, "a number"),
    "minimum_votes": (Integral, 1, _LARGEST, "a whole number of votes, 1 or more and below 2^63"),
    "board_votes": (Integral, 1, _LARGEST, "a whole number of votes, 1 or more and below 2^63"),
    "board_models": (Integral, 1, _LARGEST, "a whole number of models, 1 or more and below 2^63"),
    "ridge": (Real, 0, _RIDGES[1], f"0, or a number of votes from {_RIDGES[0]:g} to {_RIDGES[1]:g}"),
    "rounds": (Integral, FEWEST_ROUNDS, _MOST_ROUNDS, f"a whole number of rounds, {FEWEST_ROUNDS} to {_MOST_ROUNDS:,}"),
    "seed": (Integral, 0, _LARGEST, "a whole number, 0 or more and below 2^63"),
}


@dataclass(frozen=True)
class Settings:
    """How a board is made.

    Attributes:
        level: confidence level of all intervals, between 0 and 1.
        anchor: the model whose rating is fixed at `anchor_rating`; without it the mean rating is 1000. The anchor only
            sets the origin: every model, the anchor too, has the interval of its distance from the mean.
        minimum_votes: models with fewer votes in the category are left out.
        board_votes, board_models: what a category or period takes to be a board among others: so many votes, and so many
            models that each have their part of these, `board_votes` / `board_models`; see `Board.too_few`.
        ridge: precision of a normal prior on strengths, in votes; above 0 no model is left out as unconnected.
        ties: `half` (a tie is half a win), `davidson` or `rao_kupper`.
        reweight: weigh votes so that every pair of models counts alike beyond 50 votes (arena-rank's `reweighted`).
        style_control: fit the effect of the answers' style together with the strengths and take it out.
        interval: what intervals are over. `auto`: judges where enough of them are known, by formula, else votes
            (see `analysis.ratings.basis`); `votes`, as the arena publishes; `judges`, resampled with all their votes;
            `bootstrap`, over resampled votes.
        weight: a column of numbers by which votes are weighed, of the vote table or of the frame that the votes were loaded
            from; they count for one on average. Empty where each vote counts as one.
        cluster: what hangs together under `auto`: the votes of a `judge`, those on a `prompt`, or `both` (two-way).
        rounds: of the resampling.
        seed: of the resampling and of the draws behind rank intervals.

    Raises:
        UsageError: a value that is not allowed, or two that cannot be combined.
    """

    level: float = 0.95
    anchor: str = ANCHOR
    anchor_rating: float = ANCHOR_RATING
    minimum_votes: int = 1
    board_votes: int = 30
    board_models: int = 3
    ridge: float = 0.0
    ties: str = "half"
    reweight: bool = False
    style_control: bool = False
    interval: str = "auto"
    cluster: str = "judge"
    rounds: int = 1000
    seed: int = 1
    weight: str = ""

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise UsageError(f"{name} is {getattr(self, name)!r}; choose one of {', '.join(choices)}.")
        for name, words in (("anchor", "the name of a model"), ("weight", "the name of a column")):
            if not isinstance(getattr(self, name), str):
                raise UsageError(f"{name} is {getattr(self, name)!r}; it must be {words}.")
        for name in ("reweight", "style_control"):
            if not isinstance(getattr(self, name), bool):
                raise UsageError(f"{name} is {getattr(self, name)!r}; it must be true or false.")
        check_level(self.level)
        for name, (kind, least, most, words) in _RANGES.items():
            value: Any = getattr(self, name)
            fits = isinstance(value, kind) and not isinstance(value, bool)
            if not fits or not least <= value <= most or abs(value) == math.inf or (name == "ridge" and 0 < value < _RIDGES[0]):
                raise UsageError(f"{name} is {value!r}; it must be {words}.")
        self._check_combination()

    def __repr__(self) -> str:
        """What is not as it is by default: signatures show it."""
        told = (field for field in fields(self) if getattr(self, field.name) != field.default)
        return f"Settings({', '.join(f'{field.name}={getattr(self, field.name)!r}' for field in told)})"

    def too_few(self, votes: int, by_model: NDArray[np.float64]) -> str:
        """Why so many votes, and so many of each model, shape (M,), are no board among others; empty where they are enough."""
        each = -(-self.board_votes // self.board_models)
        enough = int((by_model >= each).sum())
        if votes >= self.board_votes and enough >= self.board_models:
            return ""
        here = f"{counted(votes, 'vote')} and {counted(enough, 'model') if enough else 'no models'} with {each:,} or more"
        least = f"{counted(self.board_votes, 'vote')} and {counted(self.board_models, 'such model')}"
        return f"{here} are too few for a board, which takes {least}"

    def _check_combination(self) -> None:
        resampled = self.interval in ("judges", "bootstrap")
        if self.style_control and self.ties != "half":
            raise UsageError("style control takes ties as half wins: use ties=half.")
        if self.ties != "half" or self.style_control:
            for name, extra in (("ridge", self.ridge > 0), ("reweight", self.reweight), (f"interval={self.interval}", resampled)):
                if extra:
                    what = "style control" if self.style_control else f"ties={self.ties}"
                    raise UsageError(f"{what} cannot be combined with {name}.")
        if self.weight:
            for name, extra in (("reweight", self.reweight), (f"interval={self.interval}", resampled)):
                if extra or self.style_control or self.ties != "half":
                    what = "style control" if self.style_control else f"ties={self.ties}" if self.ties != "half" else name
                    raise UsageError(f"weight={self.weight} cannot be combined with {what}.")
        if self.cluster != "judge" and self.interval != "auto":
            raise UsageError(f"cluster={self.cluster} goes with interval=auto, not with interval={self.interval}.")


class Options(TypedDict, total=False):
    """The fields of `Settings`, as keywords of whatever is made by them."""

    level: float
    anchor: str
    anchor_rating: float
    minimum_votes: int
    board_votes: int
    board_models: int
    ridge: float
    ties: str
    reweight: bool
    style_control: bool
    interval: str
    cluster: str
    rounds: int
    seed: int
    weight: str


def settled(settings: Settings, options: Mapping[str, Any]) -> Settings:
    """The settings with those that were given as keywords.

    Raises:
        UsageError: there is no such setting, or the value is not allowed; the message says what there is.
    """
    known = [field.name for field in fields(Settings)]
    for name in options:
        if name not in known:
            raise UsageError(f"there is no setting {name!r}{did_you_mean(name, known)}; the settings are {', '.join(known)}.")
    if not isinstance(settings, Settings):
        raise UsageError(f"settings are {settings!r:.60}; give Settings(…), or single ones by their names, as in level=0.9.")
    return replace(settings, **options) if options else settings


def by_keyword(function: Function) -> Function:
    """Show each setting as a keyword in the signature of a function that takes them as `**options`."""
    shown = [parameter for parameter in inspect.signature(function).parameters.values() if parameter.kind.name != "VAR_KEYWORD"]
    there = {parameter.name for parameter in shown}
    keyword = inspect.Parameter.KEYWORD_ONLY
    more = [
        inspect.Parameter(field.name, keyword, default=field.default, annotation=field.type)
        for field in fields(Settings)
        if field.name not in there
    ]
    function.__signature__ = inspect.signature(function).replace(parameters=[*shown, *more])  # type: ignore[attr-defined]
    return function
