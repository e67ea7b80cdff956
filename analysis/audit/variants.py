"""Variants: what an organization gains by chance alone from having tested many models and showing the best.

The best of N equally strong models looks better than it is, by the largest of N errors: σ E max(z₁ … z_N), where a model with n
votes against the opponents of this board has σ² = d / (n Σ w p (1 − p)), w being an opponent's share of the votes, p the chance
to beat it and d how much wider or narrower votes scatter than wins and losses would (ties make it narrower). The Leaderboard
Illusion (arXiv 2504.20879) has found up to 27 private variants of one organization; the arena answered that the best of 50 gains
about 11 points once it has 3,000 votes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.audit.case import Case
from analysis.audit.check import Check, Verdict
from analysis.distributions import norm
from analysis.errors import InputError
from analysis.ratings.board import Board
from analysis.ratings.bradley_terry import POINTS
from analysis.results.listing import Listing
from analysis.results.prose import Prose, counted, in_points, signed, written
from analysis.results.tables import Format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Points by which the best of an organization's models looks better than it is, at least, from which on that is worth knowing.
GAIN_FROM = 5.0

#: Models of an organization from which on it has tested several.
SEVERAL = 3

#: Part of the cases in which the lead of the best of so many models is smaller than the one that counts as chance.
LEVEL = 0.95

#: Numbers of variants, and of votes of each, that the gain is told for: the arena's answer is about the best of 50 with 3,000.
NUMBERS, VOTES = (1, 2, 3, 5, 10, 20, 27, 50), 3_000


@dataclass(frozen=True)
class Organization:
    """The models of one organization.

    Attributes:
        name: its name.
        models: its models, best first.
        others: the best model of another organization below its best one; empty where there is none.
        rival: that organization, or that model where nobody knows it.
        lead: points between the two; NaN where there is none.
        gain: points that the best of so many models would look better than it is if all were equally strong.
        once: the lead that one model of the same strength as the other would have by chance in 5 % of cases; NaN without another.
        most: the lead that the best of its models would have by chance in 5 % of cases if the other were as strong as the
            strongest of them, they being as different as they look; `once` where they clearly differ, more where they are equal.
        likely: points by which its best model looks better than it is, at least: with the ratings as the true strengths, which
            lie further apart than these.
    """

    name: str
    models: tuple[str, ...]
    other: str
    rival: str
    lead: float
    gain: float
    once: float
    most: float
    likely: float


@dataclass(frozen=True, eq=False)
class Variants(Check):
    """What organizations gain from many models.

    Attributes:
        organizations: of the board, in the order of their best models.
        board: what is looked at.
        error: points, the standard error of a model as strong as the first after one vote: after n votes √n times less.
        median: votes of the model in the middle.
    """

    organizations: tuple[Organization, ...]
    board: Board
    error: float
    median: int

    name = "variants"
    question = "What does testing many variants add?"
    caption = "Organizations, and what the best of so many models gains by chance"
    false_alarm = 0.05
    formats = MappingProxyType(
        {
            "lead": Format(lambda points: written(points, 1)),
            "chance_gain": Format(lambda points: written(points, 1), "Gain by chance"),
            "chance_lead": Format(lambda points: written(points, 1), "Lead by chance, at most"),
            "likely_gain": Format(lambda points: written(points, 1)),
        }
    )

    @property
    def first(self) -> Organization:
        """The organization of the first model."""
        return self.organizations[0]

    @property
    def largest(self) -> Organization:
        """The organization with most models."""
        return max(self.organizations, key=lambda each: (len(each.models), -self.organizations.index(each)))

    @property
    def luckiest(self) -> Organization:
        """The organization of three models or more whose best probably looks better than it is by most; of two models the ratings
        hardly tell whether they differ."""
        return max(self.organizations, key=lambda each: each.likely if len(each.models) >= SEVERAL else 0.0)

    @property
    def explained(self) -> bool:
        """Whether the lead of the first organization would pass as more than chance for one model, but not for the best of so
        many."""
        return len(self.first.models) >= SEVERAL and self.first.once <= self.first.lead < self.first.most

    @property
    def verdict(self) -> Verdict:
        if self.explained:
            return Verdict.BEWARE
        lucky = self.luckiest
        return Verdict.KNOW if len(lucky.models) >= SEVERAL and lucky.likely >= GAIN_FROM else Verdict.FINE

    @property
    def number(self) -> str:
        if len(self.largest.models) < 2:
            return "one model each"
        shown = self.first if self.explained else self.luckiest if self.verdict is Verdict.KNOW else self.largest
        return f"best of {len(shown.models)}: {in_points(signed(shown.gain, 1))} by chance"

    @property
    def threshold(self) -> str:
        return (
            f"a first organization of {SEVERAL} models or more whose lead passes for one model, and not for the best of so many "
            f"(worth knowing: the best of {SEVERAL} models or more looks at least {GAIN_FROM:g} points better than it is)"
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """organization, models (how many it has here), best (its best model), next (the best of another organization below it),
        lead (points between the two), chance_gain (points that the best of so many would gain if all were equally strong),
        chance_lead (the lead that it would have in 5 % of cases if the next were as strong, its models being as different as they
        look) and likely_gain (points by which the best looks better than it is, at least); in the order of the board."""
        rows = [
            (each.name, len(each.models), each.models[0], each.other, each.lead, each.gain, each.most, each.likely)
            for each in self.organizations
        ]
        columns = ["organization", "models", "best", "next", "lead", "chance_gain", "chance_lead", "likely_gain"]
        return pd.DataFrame(rows, columns=columns)

    def gain(self, models: int, votes: float) -> tuple[float, float, float]:
        """Points by which the best of so many equally strong models with so many votes each looks better than it is: the mean,
        and the 5 % and 95 % quantiles."""
        error = self.error / np.sqrt(votes)
        low, high = (error * float(norm.ppf(share ** (1 / models))) for share in (1 - LEVEL, LEVEL))
        return error * largest_of(models), low, high

    @cached_property
    def gains(self) -> Listing:
        """models, votes (of each), gain, lower and upper (points; the mean, and the quantiles of 5 % and 95 %): what the best of
        so many equally strong models gains by chance against the opponents of this board."""
        rows = [(models, votes, *self.gain(models, votes)) for votes in dict.fromkeys((self.median, VOTES)) for models in NUMBERS]
        frame = pd.DataFrame(rows, columns=["models", "votes", "gain", "lower", "upper"])
        formats = {name: Format(lambda points: signed(points, 1)) for name in ("gain", "lower", "upper")}
        return Listing(frame, "What the best of equal models gains by chance", str(self._fifty), formats, origin=self.origin)

    @property
    def _fifty(self) -> str:
        points = in_points(written(self.gain(NUMBERS[-1], VOTES)[0]))
        return f"The best of {NUMBERS[-1]} equal models with {VOTES:,} votes each would look {points} better than it is."

    @property
    def sentence(self) -> Prose:
        """What the organization that matters gains from its number of models."""
        if len(self.largest.models) < 2:
            return Prose(f"No organization has two models on this board. {self._fifty}")
        if self.explained:
            first = self.first
            return Prose(
                f"{first.name} leads {first.rival} by {in_points(written(first.lead))}, which would be more than chance for one "
                f"model; the best of its {len(first.models)} would lead by up to {written(first.most)} by chance."
            )
        each = self.luckiest if self.verdict is Verdict.KNOW else self.largest
        start = f"{each.name} has {counted(len(each.models), 'model')} here: if all were equal, the best would look "
        text = f"{start}{in_points(written(each.gain, _digits(each.gain)))} better than it is"
        if self.verdict is Verdict.KNOW:
            text += f"; as they look, by at least {written(each.likely, _digits(each.likely))}"
        return Prose(f"{text}. {self._fifty}")


def _digits(points: float) -> int:
    return 0 if abs(points) >= 10 else 1


def check_variants(case: Case) -> Variants:
    """What organizations gain from having many models on a board.

    Raises:
        InputError: the organization of no model is known.
    """
    board = case.board
    facts = case.facts_of(board.models).reset_index()
    if facts["organization"].isna().all():
        raise InputError("the organizations of these models are not known")
    # A model of an organization that nobody knows stands for itself.
    names = facts["organization"].where(facts["organization"].notna(), facts["model"]).to_numpy(object)
    known = facts["organization"].notna().to_numpy()
    drawn = board.draws - board.ratings
    found = [_organization(board, drawn, names, name) for name in dict.fromkeys(names[known])]
    median = int(np.median(board.votes))
    return Variants(tuple(found), board, _error(case), median, origin=case.origin)


def _organization(board: Board, drawn: Floats, names: NDArray[np.object_], name: str) -> Organization:
    """The models of one organization against chance.

    Args:
        drawn: shape (draws, M), errors of the ratings, jointly.
        names: shape (M,), of the organizations, best models first.
    """
    own = np.flatnonzero(names == name)
    gain = float(drawn[:, own].max(axis=1).mean()) if len(own) > 1 else 0.0
    below = np.flatnonzero((names != name) & (np.arange(len(names)) > own[0]))
    models = tuple(board.models[place] for place in own)
    true = _true(board.ratings[own], drawn[:, own])
    seen = true + drawn[:, own]
    # Shrunken strengths lie too near to each other, and would make too much of luck; the ratings lie too far apart.
    chosen = np.argmax(board.ratings[own] + drawn[:, own], axis=1)
    likely = max(float(drawn[np.arange(len(drawn)), own[chosen]].mean()), 0.0) if len(own) > 1 else 0.0
    if not len(below):
        return Organization(name, models, "", "", np.nan, gain, np.nan, np.nan, likely)
    rival = below[0]
    lead = float(board.ratings[own[0]] - board.ratings[rival])
    best = seen.max(axis=1) - true.max()
    once, most = (float(np.quantile(value - drawn[:, rival], LEVEL)) for value in (drawn[:, own[0]], best))
    return Organization(name, models, board.models[rival], str(names[rival]), lead, gain, once, most, likely)


def _true(ratings: Floats, drawn: Floats) -> Floats:
    """How strong some models probably are, shape (N,).

    Their true strengths are taken to scatter as the ratings do beyond their errors, and each to lie as much nearer to their mean
    (James and Stein 1961; Efron and Morris 1975): where the ratings scatter as their errors alone would, all are equal.

    Args:
        ratings: shape (N,).
        drawn: shape (draws, N), their errors, jointly.
    """
    if len(ratings) < 2:
        return ratings
    within = drawn - drawn.mean(axis=1, keepdims=True)
    errors = float((within**2).sum(axis=1).mean()) / (len(ratings) - 1)
    scatter = float(ratings.var(ddof=1))
    kept = max(scatter - errors, 0.0) / max(scatter, 1e-12)
    return np.asarray(ratings.mean() + kept * (ratings - ratings.mean()))


def _error(case: Case) -> float:
    """Points, the standard error of the rating of a model as strong as the board's first after one vote, opponents being drawn as
    often as they are in these votes; after n votes it is √n times less."""
    fit = case.board.fit
    assert fit is not None
    votes, strength = fit.pairs.votes_by_model, fit.strength
    chance = expit(strength.max() - strength)
    others = votes.copy()
    others[int(np.argmax(strength))] = 0.0
    information = float((others / others.sum()) @ (chance * (1 - chance)))
    seen, expected = fit.squares
    return POINTS * float(np.sqrt((seen + fit.unseen).sum() / expected.sum() / information))


@cache
def largest_of(models: int) -> float:
    """The mean of the largest of so many standard normal numbers: 0, 0.564, 0.846, … (Harter 1961)."""
    grid = np.linspace(-8, 8, 4001)
    density = models * norm.cdf(grid) ** (models - 1) * np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi)
    return float((grid * density).sum() * (grid[1] - grid[0]))
