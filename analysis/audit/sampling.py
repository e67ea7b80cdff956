"""Sampling: how evenly votes are spread over models, pairs, days and organizations, and who came and went."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from analysis.audit.case import Case
from analysis.audit.check import Check, Verdict
from analysis.errors import InputError
from analysis.results.listing import Listing
from analysis.results.prose import Prose, counted, joined, percent
from analysis.results.tables import Format
from analysis.shares.discovery import RATE, q_values
from analysis.votes.times import UNTIMED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.pairs import PairCounts

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Gini coefficients of votes per model from which on they are worth knowing and to beware of; the second is arenakit's.
KNOW_FROM, BEWARE_FROM = 0.4, 0.5

#: Part of the pairs that never met, beyond those that even sampling would leave, from which on that is worth knowing.
UNMET = 0.1

#: Draws of even sampling, whose 95 % quantile a Gini coefficient must exceed to be more than chance.
_DRAWS = 200

#: Part of the time in which a model that vanished has no votes, and the fewest days that can be divided so.
LAST, _FEWEST_DAYS = 0.2, 5

#: Times as many votes a day, or as few, as the model in the middle, from which on a model's rate is pointed out.
FOLD = 10.0

#: Votes of a day at least whose shares are looked at.
_DAY_VOTES = 100

#: A day in microseconds, and days between the first and last vote up to which each has a place.
_DAY, _LONGEST = 86_400_000_000, 20_000

#: Models named in a sentence, and an organization that nobody knows.
_NAMED, UNKNOWN = 3, "not known"


@dataclass(frozen=True)
class Days:
    """What is known of rated models where votes have times; all shape (M,), in the order of the pair counts' models.

    Attributes:
        first, last: the first and last day with a vote, days since 1970; NaN for models without one.
        busiest: the highest share of a day's votes that the model is in, of days with 100 votes or more; NaN where there is none.
        vanished, appeared: whether it has no votes in the last, or first, fifth of the time though its share of the votes in the
            rest would give it some beyond chance (false-discovery rate 5 %).
    """

    first: Floats
    last: Floats
    busiest: Floats
    vanished: NDArray[np.bool_]
    appeared: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Coverage(Check):
    """How evenly votes are spread.

    Attributes:
        pairs: of all votes.
        by_chance: the Gini coefficient that even sampling exceeds in 5 % of cases.
        facts: what is known of the models, in the order of `pairs.models`, missing where nothing is.
        days: of the models, where votes have times.
    """

    pairs: PairCounts
    by_chance: float
    facts: pd.DataFrame
    days: Days | None

    name = "coverage"
    question = "Were the votes spread evenly?"
    caption = "Votes per model"
    false_alarm = 0.05
    formats = MappingProxyType(
        {
            "times_even": Format(lambda times: f"{times:.2f} ×", "Beside even sampling"),
            "votes_a_day": Format(lambda votes: f"{votes:,.1f}"),
        }
    )

    @cached_property
    def gini(self) -> float:
        """The Gini coefficient of votes per model: 0 where all have as many, near 1 where one has nearly all."""
        return gini(self.pairs.votes_by_model)

    @property
    def met(self) -> int:
        """Pairs with votes."""
        return int((self.pairs.total > 0).sum())

    @property
    def possible(self) -> int:
        """Pairs of models."""
        return len(self.pairs.models) * (len(self.pairs.models) - 1) // 2

    @property
    def unmet(self) -> int:
        """Pairs that were never asked."""
        return self.possible - self.met

    @property
    def unmet_expected(self) -> float:
        """Pairs that even sampling of so many votes would leave without one, on average."""
        return self.possible * (1 - 1 / self.possible) ** self.pairs.votes

    @property
    def vanished(self) -> list[str]:
        """The models without votes in the last fifth of the time, beyond chance."""
        return [] if self.days is None else [self.pairs.models[place] for place in np.flatnonzero(self.days.vanished)]

    @property
    def appeared(self) -> list[str]:
        """The models without votes in the first fifth of the time, beyond chance."""
        return [] if self.days is None else [self.pairs.models[place] for place in np.flatnonzero(self.days.appeared)]

    @property
    def verdict(self) -> Verdict:
        if self.gini > BEWARE_FROM and self.uneven:
            return Verdict.BEWARE
        return Verdict.KNOW if (self.gini > KNOW_FROM and self.uneven) or self.vanished or self.many_unmet else Verdict.FINE

    @property
    def uneven(self) -> bool:
        """Whether votes per model differ beyond chance."""
        return self.gini > self.by_chance

    @property
    def many_unmet(self) -> bool:
        """Whether many more pairs were never asked than even sampling would leave."""
        beyond = self.unmet - self.unmet_expected
        return beyond > UNMET * self.possible and beyond > 3 * np.sqrt(self.unmet_expected)

    @property
    def number(self) -> str:
        return f"Gini coefficient {self.gini:.2f}"

    @property
    def threshold(self) -> str:
        return (
            f"{BEWARE_FROM:g} (worth knowing from {KNOW_FROM:g}, with models that vanish, "
            f"or with {percent(UNMET, 0)} of the pairs never asked)"
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """model, organization, votes, times_even (votes beside an equal number for all models), opponents (models that it met);
        where votes have times also first_day, last_day, votes_a_day (from the first to the last), busiest_day_share (of the
        votes of a day, the highest) and noted (`vanished`, `appeared`, `10 times as often` or `10 times as rarely`, by its votes
        a day beside the model in the middle); the most votes first."""
        votes = self.pairs.votes_by_model
        met = (self.pairs.total > 0).astype(float)
        frame = pd.DataFrame(
            {
                "model": list(self.pairs.models),
                "organization": self.facts["organization"].to_numpy(object),
                "votes": votes.astype(int),
                "times_even": votes / max(votes.mean(), 1e-12),
                "opponents": self.pairs.scatter(met, met).astype(int),
            }
        )
        if self.days is not None:
            first, last = (pd.to_datetime(day, unit="D") for day in (self.days.first, self.days.last))
            a_day = votes / (self.days.last - self.days.first + 1)
            frame = frame.assign(
                first_day=first,
                last_day=last,
                votes_a_day=a_day,
                noted=_noted(self.days, a_day),
                busiest_day_share=self.days.busiest,
            )
        return frame.sort_values(["votes", "model"], ascending=[False, True], ignore_index=True)

    @cached_property
    def by_organization(self) -> Listing:
        """organization, models (how many variants it has), votes (that its models took part in, counted per model),
        votes_share, models_share and times_even (the one by the other); the most votes first."""
        frame = self._by("organization", self.facts["organization"].fillna(UNKNOWN).to_numpy(object))
        words, known = "", frame[frame["organization"] != UNKNOWN]
        if len(known):
            most = known.iloc[0]
            words = f"{most['organization']} has {_of(most, frame)}."
        return Listing(frame, "Votes by organization", words, self.formats, origin=self.origin)

    @cached_property
    def by_weights(self) -> Listing:
        """weights (`open`, `closed` or `not known`), and the rest as by organization."""
        known = self.facts["open_weights"]
        frame = self._by("weights", np.where(known.isna(), UNKNOWN, np.where(known.eq(True), "open", "closed")).astype(object))
        opened = frame[frame["weights"] == "open"]
        words = f"Organizations that publish the weights have {_of(opened.iloc[0], frame)}." if len(opened) else ""
        return Listing(frame, "Votes by open and closed weights", words, self.formats, origin=self.origin)

    def _by(self, name: str, group: NDArray[np.object_]) -> pd.DataFrame:
        frame = pd.DataFrame({name: group, "models": 1, "votes": self.pairs.votes_by_model.astype(int)})
        frame = frame.groupby(name, as_index=False).sum().sort_values(["votes", name], ascending=[False, True], ignore_index=True)
        votes, models = frame["votes"] / max(frame["votes"].sum(), 1), frame["models"] / frame["models"].sum()
        return frame.assign(votes_share=votes, models_share=models, times_even=votes / models)

    @cached_property
    def never_met(self) -> Listing:
        """one, other, expected (votes that the pair would have if each model had met all others by its number of votes): pairs
        that were never asked, those of most expected votes first."""
        votes, size = self.pairs.votes_by_model, len(self.pairs.models)
        there = np.zeros((size, size), dtype=bool)
        asked = self.pairs.total > 0
        there[self.pairs.first[asked], self.pairs.second[asked]] = True
        one, other = np.nonzero(np.triu(~there, 1))
        names = np.array(self.pairs.models, dtype=object)
        expected = votes[one] * votes[other] / max(votes.sum(), 1)
        frame = pd.DataFrame({"one": names[one], "other": names[other], "expected": expected})
        frame = frame.sort_values(["expected", "one", "other"], ascending=[False, True, True], ignore_index=True)
        words = f"{self.unmet:,} of {counted(self.possible, 'pair')} never met." if self.unmet else ""
        return Listing(frame, "Pairs that were never asked", words, origin=self.origin)

    @property
    def sentence(self) -> Prose:
        """How evenly votes are spread over models and pairs, and who came and went."""
        votes = self.pairs.votes_by_model
        if votes.max() == votes.min():
            each = f"Each of {counted(len(votes), 'model')} has {counted(int(votes.max()), 'vote')}"
        else:
            each = f"Votes per model run from {int(votes.min()):,} to {int(votes.max()):,}: a Gini coefficient of {self.gini:.2f}"
        pairs = "; every pair was asked" if not self.unmet else f"; {self.unmet:,} of {counted(self.possible, 'pair')} never met"
        if self.many_unmet:
            pairs += f", where even sampling would leave {self.unmet_expected:,.0f}"
        gone = self.vanished
        went = f" {joined(gone, _NAMED)} had no votes in the last fifth of the time, though often asked before." if gone else ""
        return Prose(f"{each}{pairs}.{went}")


def _of(row: pd.Series, frame: pd.DataFrame) -> str:
    """`13 of 129 models (10 %) and 20 % of the votes, …`."""
    models = f"{row['models']:,} of {counted(int(frame['models'].sum()), 'model')} ({percent(row['models_share'], 0)})"
    return f"{models} and {percent(row['votes_share'], 0)} of the votes, each counted for both of its models"


def _noted(days: Days, a_day: Floats) -> list[str]:
    middle = np.nanmedian(a_day)
    marks = (
        ("vanished", days.vanished),
        ("appeared", days.appeared),
        (f"{FOLD:g} times as often", a_day >= FOLD * middle),
        (f"{FOLD:g} times as rarely", a_day <= middle / FOLD),
    )
    return [", ".join(words for words, marked in marks if marked[place]) for place in range(len(a_day))]


def check_coverage(case: Case) -> Coverage:
    """How evenly votes are spread over models, pairs, days and organizations."""
    pairs = case.whole
    models = len(pairs.models)
    drawn = np.random.default_rng(case.settings.seed).multinomial(2 * pairs.votes, np.full(models, 1 / models), _DRAWS)
    by_chance = float(np.quantile([gini(votes) for votes in drawn], 0.95))
    try:
        days = _days(case)
    except InputError:
        days = None
    return Coverage(pairs, by_chance, case.facts_of(pairs.models), days, origin=case.origin)


def gini(values: NDArray[np.float64] | NDArray[np.int64]) -> float:
    """The Gini coefficient of numbers of 0 or more, shape (n,): half their mean difference by their mean."""
    ascending, size = np.sort(np.asarray(values, dtype=float)), len(values)
    whole = ascending.sum()
    if not whole:
        return 0.0
    return float((2 * np.arange(1, size + 1) - size - 1) @ ascending / (size * whole))


def _days(case: Case) -> Days:
    """When the rated models were asked about.

    Raises:
        InputError: no vote has a time.
    """
    counts, day = _by_day(case)
    models = pd.Index(case.whole.models).get_indexer(pd.Index(case.pairs.models))
    size, there = len(case.whole.models), counts > 0
    present = there.any(axis=1)
    first, last = (np.full(size, np.nan) for _ in range(2))
    first[models] = np.where(present, day[there.argmax(axis=1)], np.nan)
    last[models] = np.where(present, day[::-1][there[:, ::-1].argmax(axis=1)], np.nan)
    each = counts.sum(axis=0) / 2
    busiest = np.full(size, np.nan)
    if (each >= _DAY_VOTES).any():
        busiest[models] = (counts[:, each >= _DAY_VOTES] / each[each >= _DAY_VOTES]).max(axis=1)
    vanished, appeared = (np.zeros(size, dtype=bool) for _ in range(2))
    if day[-1] - day[0] + 1 >= _FEWEST_DAYS:
        vanished[models], appeared[models] = _absent(counts, day), _absent(counts[:, ::-1], -day[::-1])
    return Days(first, last, busiest, vanished, appeared)


def _by_day(case: Case) -> tuple[Floats, Integers]:
    """Votes of each rated model on each day that has any, shape (M, days), and these days, days since 1970, shape (days,)."""
    time, pairs, pair = case.time, case.pairs, case.ballots.pair
    timed = time != UNTIMED
    if not timed.all():
        time, pair = time[timed], pair[timed]
    day = time // _DAY
    start, end = int(day.min()), int(day.max())
    if end - start < _LONGEST:
        number = day - start
        there = np.bincount(number) > 0
        days, number = start + np.flatnonzero(there), (np.cumsum(there) - 1)[number]
    else:  # a time far off, by mistake
        days, number = np.unique(day, return_inverse=True)
    size, width = len(pairs.models), len(days)
    if len(pairs.first) * width > len(pair):
        sides = (np.bincount(side[pair] * width + number, minlength=size * width) for side in (pairs.first, pairs.second))
        return np.asarray(sum(sides), dtype=float).reshape(size, width), days
    places = np.arange(len(pairs.first))
    cells = np.bincount(pair * width + number, minlength=len(places) * width).reshape(len(places), width)
    ends = (np.concatenate([pairs.first, pairs.second]), np.tile(places, 2))
    return np.asarray(csr_array((np.ones(2 * len(places)), ends), shape=(size, len(places))) @ cells.astype(float)), days


def _absent(counts: Floats, day: Integers) -> NDArray[np.bool_]:
    """Whether models have no votes in the last fifth of the time beyond chance, shape (M,).

    Given its votes, and that each falls on a day from its first one on by the number of all votes of the day, the chance that
    all but the first fall before the last fifth is (share of votes before it) to the power of their number.

    Args:
        counts: shape (M, days), votes of each model on each day.
        day: shape (days,), ascending.
    """
    cut = int(np.searchsorted(day, day[-1] + 1 - LAST * (day[-1] - day[0] + 1)))
    whole = np.r_[0.0, np.cumsum(counts.sum(axis=0))]
    votes, begin = counts.sum(axis=1), (counts > 0).argmax(axis=1)
    before, after = np.maximum(whole[cut] - whole[np.minimum(begin, cut)], 0.0), whole[-1] - whole[cut]
    gone = (counts[:, cut:].sum(axis=1) == 0) & (votes > 0)
    chance = np.where(gone, (before / np.maximum(before + after, 1.0)) ** np.maximum(votes - 1, 0), 1.0)
    return np.asarray(gone & (q_values(chance) <= RATE))
