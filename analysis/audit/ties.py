"""TieRules: whether the order of a board depends on how ties count.

A tie is half a win on the board. It can as well be left out, or be an outcome of its own with a parameter: Davidson (1970), Rao
and Kupper (1967). A pair that is separated on the board (simultaneously, over all pairs) and stands the other way round under
another rule is a finding; where it is separated the other way round there too, the rule decides the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.check import Check, Verdict
from analysis.distributions import norm
from analysis.errors import InputError
from analysis.ratings.basis import terms
from analysis.ratings.bradley_terry import POINTS, fit_bradley_terry
from analysis.ratings.fits import Fit, NoFiniteStrengths
from analysis.ratings.intervals import ordinal_ranks
from analysis.ratings.newton import NotConverged
from analysis.ratings.simultaneous import critical_value, distance_errors
from analysis.ratings.threads import one_thread
from analysis.ratings.tie_models import TieModel, fit_tie_model
from analysis.results.prose import Prose, counted, joined, percent
from analysis.results.tables import Format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.case import Case
    from analysis.ratings.pairs import PairCounts

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: The rules by the columns that they have, and what each is in words.
RULES = {
    "half": "with ties as half wins",
    "dropped": "with ties left out",
    "davidson": "by Davidson's model",
    "rao_kupper": "by Rao–Kupper's model",
}

#: Models that a sentence names before it counts the rest.
_NAMED = 3


@dataclass(frozen=True, eq=False)
class TieRules(Check):
    """Ratings under four rules for ties.

    Attributes:
        ratings: shape (M, rules), points, in the order of the board; NaN where a model has no rating under a rule.
        models: in the order of the board.
        rules: of RULES, those that the votes allow; `half` is the board.
        without: why the others are not there, by rule.
        separated: how many pairs are separated on the board.
        reversed: one row per rule and separated pair that stands the other way round under it: rule, model, other, difference
            (points on the board), rule_difference, opposite (whether it is separated the other way round there).
        tie_share: of the votes.
        parameters: the tie parameter with its interval, by rule: ν of Davidson's model, θ of Rao–Kupper's.
    """

    ratings: Floats
    models: tuple[str, ...]
    rules: tuple[str, ...]
    without: Mapping[str, str]
    separated: int
    reversed: pd.DataFrame
    tie_share: float
    parameters: Mapping[str, tuple[float, float, float]]

    name = "ties"
    question = "Does the order depend on how ties count?"
    false_alarm = 0.05
    caption = "Ratings under four rules for ties"
    threshold = "one pair that is separated on the board stands the other way round; beware where it is separated there too"

    @property
    def verdict(self) -> Verdict:
        if self.reversed.empty:
            return Verdict.FINE
        return Verdict.BEWARE if self.reversed["opposite"].any() else Verdict.KNOW

    @property
    def number(self) -> str:
        return f"{self.pairs_reversed} of {counted(self.separated, 'separated pair')}"

    @cached_property
    def pairs_reversed(self) -> int:
        """Separated pairs that stand the other way round under one rule or more."""
        return len(self.reversed[["model", "other"]].drop_duplicates())

    @cached_property
    def places(self) -> Floats:
        """Place of each model under each rule among those that it rates, shape (M, rules); NaN where it has none."""
        places = ordinal_ranks(np.where(np.isnan(self.ratings), -np.inf, self.ratings).T).T.astype(float)
        return np.where(np.isnan(self.ratings), np.nan, places)

    @cached_property
    def base_places(self) -> Floats:
        """Place of each model on the board among those that a rule rates, shape (M, rules): a model that a rule cannot rate
        leaves a gap that moves nobody."""
        return np.column_stack(
            [
                np.where(rated, ordinal_ranks(np.where(rated, self.ratings[:, 0], -np.inf)), np.nan)
                for rated in ~np.isnan(self.ratings.T)
            ]
        )

    @cached_property
    def largest_move(self) -> Floats:
        """The most places that a model stands away from its place on the board under any rule, shape (M,)."""
        return np.asarray(np.nan_to_num(np.abs(self.places - self.base_places)).max(axis=1))

    @property
    def table(self) -> pd.DataFrame:
        """One row per model in the order of the board: model, and under each rule rating (points, of its own scale) and place;
        largest_move (places)."""
        frame = pd.DataFrame({"model": self.models})
        for place, rule in enumerate(self.rules):
            frame["rating" if rule == "half" else f"rating_{rule}"] = self.ratings[:, place]
        for place, rule in enumerate(self.rules):
            frame["place" if rule == "half" else f"place_{rule}"] = pd.array(self.places[:, place], dtype="Int64")
        return frame.assign(largest_move=self.largest_move.astype(int))

    formats = MappingProxyType(
        {
            "rating_davidson": Format(lambda value: f"{value:.1f}", "Rating Davidson"),
            "rating_rao_kupper": Format(lambda value: f"{value:.1f}", "Rating Rao–Kupper"),
            "place_davidson": Format(lambda value: f"{value:,}", "Place Davidson"),
            "place_rao_kupper": Format(lambda value: f"{value:,}", "Place Rao–Kupper"),
        }
    )

    @property
    def sentence(self) -> Prose:
        """The share of ties, and which separated pairs stand the other way round under which rule."""
        if not self.tie_share:
            return Prose("There are no ties, so it cannot matter how they count.")
        text = f"Ties are {percent(self.tie_share)} of the votes. "
        others = joined((RULES[rule] for rule in self.rules[1:]), last=" or ")
        if self.separated == 0:
            text += "No two models are separated on the board, so no order that is sure can change."
        elif self.reversed.empty:
            pair = "pair of models separated on the board"
            one = self.separated == 1
            text += f"The only {pair} keeps" if one else f"None of the {self.separated:,} {pair.replace('pair', 'pairs')} changes"
            text += f" its order {others}."
        else:
            text += self._told()
        return Prose(f"{text}{self._left_out()}")

    def _told(self) -> str:
        """The reversed pairs: how many, the widest of them, and whether they are separated there."""
        # A pair that is separated under the other rule as well, and by most there, tells most.
        row = self.reversed.sort_values(["opposite", "rule_difference"], ascending=[False, True], kind="stable").iloc[0]
        text = f"How they count decides the order of {self.pairs_reversed:,} of {counted(self.separated, 'separated pair')}: "
        text += f"{row['model']} is above {row['other']} on the board, and below {RULES[row['rule']]}"
        opposite = len(self.reversed.loc[self.reversed["opposite"], ["model", "other"]].drop_duplicates())
        if opposite == self.pairs_reversed:
            return f"{text}, beyond chance on both boards{'' if opposite == 1 else ', as with the others'}."
        if opposite:
            return f"{text}; {opposite:,} of them {'is' if opposite == 1 else 'are'} beyond chance on both boards."
        return f"{text}, though not beyond chance there."

    def _left_out(self) -> str:
        """Models without a rating where ties are left out, and rules that could not be fitted."""
        text = ""
        if "dropped" in self.rules:
            missing = [
                model
                for model, rating in zip(self.models, self.ratings[:, self.rules.index("dropped")], strict=True)
                if np.isnan(rating)
            ]
            if missing:
                text = f" Without ties {joined(missing, _NAMED)} cannot be rated beside the others."
        return text + "".join(f" Not looked at {RULES[rule]}: {why}." for rule, why in self.without.items())


@one_thread
def check_ties(case: Case) -> TieRules:
    """Whether a pair that is separated on the board stands the other way round where ties count otherwise.

    Raises:
        InputError: every vote is a tie.
    """
    pairs, board = case.pairs, case.board
    ties = pairs.counts[:, 2:].sum() / pairs.votes
    if ties == 1:
        raise InputError("every vote is a tie, so that no other rule for ties rates anything")
    fits, without = _fits(case) if ties else ({}, {})
    ratings = np.column_stack([board.ratings, *(_ratings(fit, case) for fit in fits.values())])
    errors = distance_errors(board.covariance)
    apart = np.triu(board.ratings[:, None] - board.ratings[None, :] > board.critical * errors, 1)
    return TieRules(
        ratings=ratings,
        models=board.models,
        rules=("half", *fits),
        without=without,
        separated=int(apart.sum()),
        reversed=_reversed(case, ratings, fits, apart),
        tie_share=float(ties),
        parameters={rule: _parameter(fit, case) for rule, fit in fits.items() if isinstance(fit, TieModel)},
        origin=case.origin,
    )


def _fits(case: Case) -> tuple[dict[str, Fit], dict[str, str]]:
    """The other rules' fits, and why a rule has none."""
    found: dict[str, Fit] = {}
    without: dict[str, str] = {}
    for rule in list(RULES)[1:]:
        try:
            with np.errstate(all="ignore"):  # on the way to no fit
                found[rule] = _decided(case.pairs) if rule == "dropped" else fit_tie_model(case.pairs, rule)
        except NoFiniteStrengths:
            without[rule] = "no two models both won and lost against each other"
        except (NotConverged, np.linalg.LinAlgError):
            without[rule] = "these votes have no such fit"
    return found, without


def _decided(pairs: PairCounts) -> Fit:
    """The fit on the votes that are no ties, of the models that they connect.

    Raises:
        NoFiniteStrengths: there are none.
    """
    decided = pairs.with_counts(pairs.counts * [1, 1, 0, 0])
    if not decided.islands:
        raise NoFiniteStrengths("no two models are connected without ties.")
    return fit_bradley_terry(decided.keep(decided.islands[0]))


def _covariance(fit: Fit, case: Case) -> Floats:
    """Covariance of the strengths under another rule, points squared, over what the board's intervals are over."""
    basis, size = case.board.basis, len(fit.strength)
    if basis.ballots is not None and not isinstance(fit, TieModel):
        decided = basis.ballots.only(basis.ballots.outcome < 2)
        basis = replace(basis, ballots=decided.onto(fit.pairs).counted())
    return np.asarray(basis.joint(fit)[:size, :size] * POINTS**2)


def _ratings(fit: Fit, case: Case) -> Floats:
    """Ratings in the order of the board, of the same mean as those of the same models there; NaN for models that it lacks."""
    place = pd.Index(fit.pairs.models).get_indexer(pd.Index(case.board.models))
    points = np.where(place >= 0, fit.strength[place] * POINTS, np.nan)
    return np.asarray(points - np.nanmean(points) + case.board.ratings[place >= 0].mean())


def _reversed(case: Case, ratings: Floats, fits: Mapping[str, Fit], apart: NDArray[np.bool_]) -> pd.DataFrame:
    """The table `TieRules.reversed`. Covariances under another rule are made only where a pair turns."""
    models, rows = np.array(case.board.models, dtype=object), []
    for column, (rule, fit) in enumerate(fits.items(), start=1):
        difference = ratings[:, None, column] - ratings[None, :, column]
        first, second = np.nonzero(apart & (difference < 0))
        if not len(first):
            continue
        whole = _covariance(fit, case)
        its = pd.Index(fit.pairs.models).get_indexer(pd.Index(case.board.models))
        critical = critical_value(whole, case.settings.level, case.settings.seed)
        limit = critical * distance_errors(whole)[its[first], its[second]]
        for one, other, far in zip(first, second, limit, strict=True):
            gap, before = float(difference[one, other]), float(case.board.ratings[one] - case.board.ratings[other])
            rows.append((rule, models[one], models[other], before, gap, gap < -far))
    columns = ["rule", "model", "other", "difference", "rule_difference", "opposite"]
    return pd.DataFrame(rows, columns=columns).astype({"opposite": bool})


def _parameter(fit: TieModel, case: Case) -> tuple[float, float, float]:
    """The tie parameter and its interval: exp(η ± z · error), the error over what the board's intervals are over."""
    _, by_gap, by_eta = fit.chances
    bread = fit.bread[-1]
    pairs = fit.pairs
    # What a vote of each pair and outcome adds to η, as a table: votes of one judge are then sums of its cells.
    adds = (bread[pairs.first] - bread[pairs.second])[:, None] * by_gap + bread[-1] * by_eta
    adds = adds[:, [0, 1, 2, 2]]
    variance = float((pairs.counts * adds**2).sum())
    basis, ballots = case.board.basis, case.board.basis.ballots
    if basis.by and ballots is not None:
        value = adds.ravel()[ballots.cell]
        sums = [sign * (np.bincount(ballots.clusters[name], value) ** 2).sum() for sign, name in terms(basis.by)]
        free = basis.freedom
        variance = max(variance, float(np.sum(sums)) * (free / (free - 2) if np.isfinite(free) else 1.0))
    half = float(norm.ppf(0.5 + case.settings.level / 2) * np.sqrt(variance))
    low, value_, high = np.exp([fit.eta - half, fit.eta, fit.eta + half])
    return float(value_), float(low), float(high)
