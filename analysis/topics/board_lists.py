"""Lists out of boards by topic: where models gain and lose, what pooling does, and who leads."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.ratings.boards import UNDECIDED, who_leads
from analysis.ratings.intervals import LEADS_FROM, written_chance
from analysis.results.listing import Listing
from analysis.results.prose import Prose, counted, in_points, joined, quoted, signed
from analysis.results.result import Result
from analysis.results.tables import Format
from analysis.shares.discovery import RATE
from analysis.topics.boards import TopicBoards

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Names that a sentence lists before it counts the others.
_NAMED = 6


#: Changes are shown in whole points with their signs.
_CHANGES = {"change": Format(signed, "Points"), "lower": Format(signed), "upper": Format(signed)}


@dataclass(frozen=True, eq=False)
class TopicChanges(Result):
    """Where one model gains and loses. Its figure is that of the boards.

    Attributes:
        wanted: the model that was asked for; `model` is the first of the board where that one is not rated.
    """

    boards: TopicBoards
    wanted: str

    formats = MappingProxyType(_CHANGES)

    @property
    def model(self) -> str:
        return self.wanted if self.wanted in self.boards.models else self.boards.models[0]

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Topics of {self.model}, rank {self.boards.models.index(self.model) + 1} overall"

    @property
    def table(self) -> pd.DataFrame:
        """topic, votes, change, lower, upper (points), q_value (over the model's topics), rank; largest gain first."""
        columns = ["label", "votes", "change", "lower", "upper", "q_value", "rank"]
        return self.boards.changes(self.model)[columns].rename(columns={"label": "topic"})

    @property
    def sentence(self) -> Prose:
        """Which topics differ beyond chance, or that none does; and whether another model is shown than was asked for."""
        frame = self.table
        clear = frame[frame["q_value"] <= RATE]
        text = f"{self.model}: {len(clear) or 'none'} of {len(frame)} topics {'differs' if len(clear) <= 1 else 'differ'} "
        text += "from its overall strength beyond chance."
        if self.model != self.wanted:
            text = f"{self.wanted} is not rated by topic in these votes; shown is {self.model}, the best overall. {text}"
        if len(clear):
            parts = [f"“{row.topic}” {signed(row.change)}" for row in clear.itertuples()]
            text += f" In points: {joined(parts, _NAMED, last=', ')}."
        else:
            first, last = frame.iloc[0], frame.iloc[-1]
            text += (
                f" Estimates run from {in_points(signed(last['change']))} in “{last['topic']}” to {signed(first['change'])} in "
            )
            text += f"“{first['topic']}”; the smallest q-value is {frame['q_value'].min():.2f}."
        return Prose(text)


def topic_changes(boards: TopicBoards, model: str) -> TopicChanges:
    """Where one model gains and loses, with q-values over its topics; the first of the board where it is not rated."""
    return TopicChanges(boards, model)


def clear_changes(boards: TopicBoards) -> Listing:
    """model, topic, votes, change, lower, upper (points), q_value (over all changes), rank, overall_rank: every change that is
    more than chance, largest first."""
    frame = boards.table
    clear = frame[frame["q_value"] <= RATE].sort_values("change", key=lambda points: -points.abs(), kind="stable")
    columns = ["model", "label", "votes", "change", "lower", "upper", "q_value", "rank", "overall_rank"]
    shown = clear[columns].rename(columns={"label": "topic"}).reset_index(drop=True)
    whole, count = len(frame), len(clear)
    if not count:
        best = frame.loc[frame["q_value"].idxmin()]
        words = (
            f"None of the {whole:,} changes is clear at a false-discovery rate of {100 * RATE:g} %: these votes do not show that "
            f"any one model is stronger in one topic than in others. The nearest is {best['model']} in “{best['label']}”, "
            f"{in_points(signed(best['change']))}, with a q-value of {best['q_value']:.2f}."
        )
        return Listing(shown, "Clear changes", words, _CHANGES)
    up = int((clear["change"] > 0).sum())
    words = (
        f"{count:,} of {whole:,} changes {'is' if count == 1 else 'are'} clear at a false-discovery rate of {100 * RATE:g} %: "
        f"{_counted(up, 'gain')} and {_counted(count - up, 'loss', 'losses')}, of "
        f"{_counted(clear['model'].nunique(), 'model')} in {_counted(clear['label'].nunique(), 'topic')}."
    )
    return Listing(shown, "Clear changes", words, _CHANGES)


def _counted(count: int, one: str, several: str = "") -> str:
    """As `counted`, in words where there is none: no loss, 1 loss, 2 losses."""
    return counted(count, one, several) if count else f"no {one}"


def pooling(boards: TopicBoards) -> Listing:
    """changes (by each topic's own votes, or pooled), standard_deviation (of the estimates: their scatter, chance and all),
    largest_loss, largest_gain (points), other_leader (topics with another first model than overall): what pooling does."""
    voted = boards.votes > 0
    alone, pooled = (_Spread.of(np.where(voted, change, np.nan), boards) for change in (boards.alone, boards.change))
    rows = [("by each topic's own votes", *astuple(alone)), ("pooled", *astuple(pooled))]
    columns = ["changes", "standard_deviation", "largest_loss", "largest_gain", "other_leader"]
    words = (
        f"By each topic's own votes the changes would run from {signed(alone.least)} to {signed(alone.most)} points (a scatter "
        f"of {alone.deviation:.0f}); pooled, they run from {signed(pooled.least)} to {signed(pooled.most)} "
        f"({pooled.deviation:.0f}). {boards.models[0]} is first overall; by their own votes {alone.others or 'none'} of "
        f"{len(boards.topics)} topics would have another model first, and pooled {pooled.others or 'none'}."
    )
    scatter = Format(_whole, "Scatter of the estimates")
    formats = {"standard_deviation": scatter, "largest_loss": Format(signed), "largest_gain": Format(signed)}
    return Listing(pd.DataFrame(rows, columns=columns), "What pooling does, in rating points", words, formats)


def _whole(points: float) -> str:
    return f"{points:.0f}"


@dataclass(frozen=True)
class _Spread:
    """How far changes spread: standard deviation, least and most, and topics led by another model than the first overall."""

    deviation: float
    least: float
    most: float
    others: int

    @classmethod
    def of(cls, change: Floats, boards: TopicBoards) -> _Spread:
        """Of changes, shape (k, M); NaN where a model has no vote in a topic."""
        leader = np.where(np.isnan(change), -np.inf, boards.overall + change).argmax(axis=1)
        return cls(float(np.nanstd(change)), float(np.nanmin(change)), float(np.nanmax(change)), int((leader > 0).sum()))


def topic_leaders(boards: TopicBoards) -> Listing:
    """topic (or broad topic), leader (`not decided` where the chance of the first is below LEADS_FROM), first (the model of the
    highest rating), chance (its own, to be the strongest), rating, next_two (how far they are behind, points): who leads each
    topic that has votes enough for a board, those with most votes first."""
    columns = ["topic", "leader", "first", "chance", "rating", "next_two"]
    frame = pd.DataFrame([_leader(boards, place) for place in boards.enough], columns=columns)
    broad = "broad " if boards.by == "broad" else ""
    words = who_leads(frame["leader"], f"{broad}topic", f"{broad}topics") if len(frame) else ""
    if len(frame):
        best = frame.loc[frame["chance"].idxmax()]
        words += f" The surest is {best['first']} in “{best['topic']}”, {written_chance(best['chance'])}."
    small = [label for label, why in zip(boards.labels, boards.too_few, strict=False) if why]
    if small:
        have = counted(len(small), f"{broad}topic has", f"{broad}topics have")
        words += f"{' ' * bool(words)}{have} too few votes for a board: {quoted(small, _NAMED)}."
    shown = frame.rename(columns={"topic": f"{broad}topic"})
    return Listing(shown, f"Leaders by {broad}topic", words, {"chance": Format(written_chance)})


def _leader(boards: TopicBoards, topic: int) -> tuple[object, ...]:
    ratings, chances = boards.ratings[topic], boards.first[topic]
    first, *others = np.argsort(-ratings, kind="stable")[:3].tolist()
    behind = ", ".join(f"{boards.models[other]} {signed(ratings[other] - ratings[first])}" for other in others)
    leader = boards.models[first] if chances[first] >= LEADS_FROM else UNDECIDED
    return boards.labels[topic], leader, boards.models[first], chances[first], ratings[first], behind
