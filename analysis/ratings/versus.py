"""Two models head to head: the votes between them, and how sure it is that one is above the other, by category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Unpack

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.categories.categories import CATEGORIES
from analysis.distributions import norm
from analysis.errors import InputError, UsageError
from analysis.ratings.basis import over
from analysis.ratings.board import Board
from analysis.ratings.boards import boards
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.settings import Options, Settings, by_keyword, settled
from analysis.results.prose import Prose, counted, in_points, joined, percent, signed
from analysis.results.result import Result
from analysis.results.spelling import did_you_mean
from analysis.results.tables import Format
from analysis.shares.discovery import RATE, q_values
from analysis.shares.wilson import wilson_interval
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

#: Categories that a sentence names before it counts the others.
_NAMED = 4


@dataclass(frozen=True, eq=False)
class Versus(Result):
    """One model against another.

    Attributes:
        model, other: their names.
        boards: by category name, the one asked about first; both models are on each.
        without: why other categories cannot compare them, by name.
    """

    model: str
    other: str
    boards: Mapping[str, Board]
    without: Mapping[str, str]

    formats = MappingProxyType(
        {
            "share": Format(lambda share: percent(share), "Win share"),
            "difference": Format(lambda points: signed(points, 1)),
            "difference_lower": Format(lambda points: signed(points, 1)),
            "difference_upper": Format(lambda points: signed(points, 1)),
            "difference_lower|difference_upper": Format(str, "Its interval"),
            "above": Format(lambda chance: written_probability(chance), "P(above)"),
        }
    )

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"{self.model} against {self.other}; {over(board.basis for board in self.boards.values())}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """category (its label), votes (between the two), wins, losses, ties (both kinds) of the first, share (won, a tie being
        half), lower, upper (its Wilson interval), expected_share (that the ratings predict), difference, difference_lower,
        difference_upper (of the ratings, points), above (the probability that the first is stronger), q_value (of a difference
        from none, over all rows).

        Differences know how the two ratings hang together: their interval follows from the joint covariance.
        """
        frame = pd.DataFrame([self._row(board) for board in self.boards.values()])
        return frame.assign(q_value=q_values(frame.pop("p_value")))

    def _row(self, board: Board) -> dict[str, object]:
        votes, wins, losses, ties = _votes_between(board, self.model, self.other)
        lower, upper = wilson_interval(wins + ties / 2, votes, board.settings.level)
        difference, low, high, above, p_value = _difference(board, self.model, self.other)
        return {
            "category": board.category.label,
            "votes": round(votes),
            "wins": round(wins),
            "losses": round(losses),
            "ties": round(ties),
            "share": (wins + ties / 2) / votes if votes else np.nan,
            "lower": float(lower) if votes else np.nan,
            "upper": float(upper) if votes else np.nan,
            "expected_share": float(expit(difference / POINTS)) if board.settings.ties == "half" else np.nan,
            "difference": difference,
            "difference_lower": low,
            "difference_upper": high,
            "above": above,
            "p_value": p_value,
        }

    @property
    def sentence(self) -> Prose:
        """How sure it is which of the two is above the other, what their votes say, and where it is otherwise."""
        row, board = self.table.iloc[0], next(iter(self.boards.values()))
        first, second, chance = self.model, self.other, row["above"]
        difference, low, high = row["difference"], row["difference_lower"], row["difference_upper"]
        if difference < 0:
            first, second, chance = second, first, 1 - chance
            difference, low, high = -difference, -high, -low
        text = (
            f"{first} is above {second} with a probability of {written_probability(chance)} ({board.category.label}): "
            f"{in_points(signed(difference))} ({percent(board.settings.level, 0)} {signed(low)} to {signed(high)})"
        )
        expected = row["expected_share"] if first == self.model else 1 - row["expected_share"]
        text += f", which predicts that it wins {percent(expected)}." if expected == expected else "."
        return Prose(f"{text} {self._between(row)} {self._by_category()}".rstrip())

    def _between(self, row: pd.Series) -> str:
        """The votes between the two."""
        if not row["votes"]:
            return "They never met in a vote: their ratings come from votes against others."
        return (
            f"In {counted(row['votes'], 'vote')} between them {self.model} won {row['wins']:,}, {self.other} won "
            f"{row['losses']:,}, and {counted(row['ties'], 'was a tie', 'were ties')}: {percent(row['share'])} for {self.model} "
            f"({percent(row['lower'])} to {percent(row['upper'])})."
        )

    def _by_category(self) -> str:
        """In which of the other categories either is above the other beyond chance."""
        others = self.table.iloc[1:]
        if others.empty:
            return ""
        sure = others[others["q_value"] <= RATE]
        parts = [
            f"{name} in {joined(rows['category'], _NAMED)}"
            for name, rows in ((self.model, sure[sure["difference"] > 0]), (self.other, sure[sure["difference"] < 0]))
            if len(rows)
        ]
        where = counted(len(others), "other category", "other categories")
        rate = f"false-discovery rate {percent(RATE, 0)}"
        if not parts:
            return f"In none of {where} is either ahead beyond what chance allows ({rate})."
        return f"Of {where}, ahead beyond what chance allows ({rate}): {'; '.join(parts)}."


def written_probability(chance: float) -> str:
    """A probability that ratings follow from, which never shows as certain."""
    return "> 99 %" if chance > 0.99 else "< 1 %" if chance < 0.01 else percent(chance, 0)


def _votes_between(board: Board, model: str, other: str) -> tuple[float, float, float, float]:
    """Votes between two models on a board that was fitted: all, won by the first, by the second, and ties of both kinds."""
    assert board.fit is not None
    pairs = board.fit.pairs
    low, high = sorted((pairs.models.index(model), pairs.models.index(other)))
    counts = pairs.counts[(pairs.first == low) & (pairs.second == high)].sum(axis=0)
    wins, losses, ties = float(counts[0]), float(counts[1]), float(counts[2] + counts[3])
    if pairs.models[low] != model:
        wins, losses = losses, wins
    return wins + losses + ties, wins, losses, ties


def _difference(board: Board, model: str, other: str) -> tuple[float, float, float, float, float]:
    """The first model's rating less the second's, its bounds, the probability that it is above 0, and the p-value of none."""
    one, two = board.models.index(model), board.models.index(other)
    difference = float(board.ratings[one] - board.ratings[two])
    if board.samples is not None:
        drawn, tail = board.samples[:, one] - board.samples[:, two], (1 - board.settings.level) / 2
        low, high = np.quantile(drawn, [tail, 1 - tail])
        above = float((drawn > 0).mean())
        return difference, float(low), float(high), above, min(1.0, 2 * max(min(above, 1 - above), 1 / len(drawn)))
    variance = board.covariance[one, one] + board.covariance[two, two] - 2 * board.covariance[one, two]
    error = float(np.sqrt(max(variance, 0.0)))
    half = float(norm.ppf(0.5 + board.settings.level / 2)) * error
    ratio = difference / error if error else np.sign(difference) * np.inf if difference else 0.0
    return difference, difference - half, difference + half, float(norm.cdf(ratio)), float(2 * norm.sf(abs(ratio)))


@by_keyword
def versus(
    votes: Votes | str | Path,
    model: str,
    other: str,
    categories: str | Iterable[str] = CATEGORIES,
    settings: Settings = Settings(),
    **options: Unpack[Options],
) -> Versus:
    """Two models head to head: the votes between them, the difference of their ratings, and the probability that the first is
    above the second, in each category that has votes enough for a board.

    Args:
        model, other: names as `votes.models` has them.
        categories: the first is the one that the sentence is about; it is compared however few votes it has.

    Raises:
        UsageError: a category, a model or a setting is not known, or both models are the same.
        InputError: the votes do not rate both models.
    """
    settings = settled(settings, options)
    votes = load_votes(votes)
    known = list(votes.models["model"])
    for name in (model, other):
        if name not in known:
            raise UsageError(
                f"no vote has a model {name!r}{did_you_mean(str(name), known)}; votes.models lists all {len(known)}."
            )
    if model == other:
        raise UsageError(f"{model} cannot be held against itself; name two models.")
    names = [categories] if isinstance(categories, str) else list(dict.fromkeys(categories))
    made, why = boards(votes, names, settings)
    if not names or names[0] not in made:
        raise InputError(f"no board: {why.get(names[0], 'it has none') if names else 'no category was asked for'}")
    kept = {}
    for name, board in made.items():
        lacking = _why_not(board, model, other, asked=name == names[0])
        if lacking and name == names[0]:
            raise InputError(f"{board.category.label}: {lacking}.")
        if lacking:
            why[name] = f"{lacking}."
        else:
            kept[name] = board
    return Versus(model, other, kept, why, origin=votes.origin)


def _why_not(board: Board, model: str, other: str, *, asked: bool) -> str:
    """Why a board does not compare two models; empty where it does. One that is asked for does with few votes, too."""
    missing = [name for name in (model, other) if name not in board.models]
    if missing:
        reasons = dict(zip(board.left_out["model"], board.left_out["reason"], strict=True))
        return f"{missing[0]} is not rated ({reasons.get(missing[0], 'it has no votes')})"
    return "" if asked else board.too_few
