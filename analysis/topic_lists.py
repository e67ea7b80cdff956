"""Lists out of topics: what is asked in each, how good the model is, and where models gain or lose."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import tables
from analysis.listing import Listing
from analysis.result import Prose, Result, signed
from analysis.shares import percent, with_shares
from analysis.topic_model.assignment import BLANK
from analysis.topic_model.topic_votes import OUTLIER, RATE, UNCLEAR, TopicBoards, broad_labels
from analysis.topics import STABLE, Topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.figures import Figure

    Floats = NDArray[np.float64]

#: Stability below which a topic should not be trusted at all (Hennig 2007).
DOUBTFUL = 0.6

#: Chance to be the strongest from which a model is said to lead a topic for sure.
SURE = 0.95

#: Names that a sentence lists before it counts the others.
_NAMED = 6

#: Packages that topics depend on.
_PACKAGES = ("bertopic", "umap-learn", "hdbscan", "scikit-learn")

#: What measures of the model are called, where the name does not say it.
_MEASURES = {
    "asked": "votes",
    "fitted": "fitted prompts",
    "outliers": "no clear topic",
    "largest": "largest topic",
    "agreement_seeds": "agreement, other seeds",
    "agreement_resamples": "agreement, resampled prompts",
}


def topic_list(topics: Topics) -> Listing:
    """Each topic with its words, share, interval and stability, most votes first; at last the votes without a clear topic."""
    frame = topics.table.sort_values("votes", ascending=False, ignore_index=True)
    columns = ["label", "words", "share", "lower", "upper", "votes", "stability"]
    listed = pd.concat([frame[columns], _unclear(topics)], ignore_index=True).rename(columns={"label": "topic"})
    words = list(topics.notes)
    unstable = frame.loc[frame["stability"] < STABLE, "label"].tolist()
    if unstable:
        words.insert(0, f"Read with care what did not come out again (stability below {STABLE:g}): {_quoted(unstable)}.")
    return Listing(listed.astype({"votes": int}), "Topics of prompts", " ".join(words))


def _unclear(topics: Topics) -> pd.DataFrame:
    """One row: label, votes, share, lower, upper of the votes with a prompt but no clear topic."""
    asked, unclear = _asked(topics)
    return with_shares(pd.DataFrame({"label": [UNCLEAR], "votes": [unclear], "asked": [asked]}), "votes", "asked").drop(
        columns="asked"
    )


def _asked(topics: Topics) -> tuple[int, int]:
    """Votes with a prompt, and of them those without a clear topic."""
    topic = topics.assignments["topic"].to_numpy()
    return int((topic != BLANK).sum()), int((topic == OUTLIER).sum())


def _quoted(labels: list[str], most: int = _NAMED) -> str:
    """Labels in quotes, joined as prose, the tail counted."""
    shown = [f"“{label}”" for label in labels[:most]]
    shown += [f"{len(labels) - most} more"] if len(labels) > most else []
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def topic_examples(topics: Topics, most: int = 3, top: int | None = None) -> Listing:
    """Up to three representative prompts of each topic (of the `top` largest), shortened, most votes first."""
    frame = topics.table.sort_values("votes", ascending=False)
    shown = frame if top is None else frame.head(top)
    rows = [(row.label, prompt) for row in shown.itertuples() for prompt in list(row.examples)[:most]]
    words = f"The {len(shown)} largest of {len(frame)} topics are shown." if len(shown) < len(frame) else ""
    return Listing(pd.DataFrame(rows, columns=["topic", "prompt"]), "Representative prompts", words)


def topic_quality(topics: Topics) -> Listing:
    """The measures of the model as a whole, each with its meaning."""
    measures, frame = topics.measures, topics.quality
    table = pd.DataFrame(
        {
            "measure": [_MEASURES.get(name, name) for name in frame["measure"]],
            "value": [_value(name, value) for name, value in zip(frame["measure"], frame["value"], strict=True)],
            "meaning": frame["meaning"],
        }
    )
    words = f"{percent(measures['outliers'])} of the votes with a prompt have no clear topic."
    if measures.get("agreement_seeds") == measures.get("agreement_seeds"):
        words += (
            f" Fitted again under other seeds, the model agrees with itself to {measures['agreement_seeds']:.2f}, and on "
            f"resampled prompts to {measures['agreement_resamples']:.2f} (1 is the same, 0 is chance)."
        )
    overlap = topics.table["stability"].dropna()
    if len(overlap):
        stable, doubtful = int((overlap >= STABLE).sum()), topics.table.loc[topics.table["stability"] < DOUBTFUL, "label"]
        words += f" {stable or 'None'} of {len(overlap)} topics {'is' if stable <= 1 else 'are'} stable, with an overlap of "
        words += f"{STABLE:g} or more with those of the refits;"
        words += f" {len(doubtful) or 'none'} {'is' if len(doubtful) <= 1 else 'are'} below {DOUBTFUL:g}"
        words += f" and should not be trusted: {_quoted(doubtful.tolist())}." if len(doubtful) else "."
    return Listing(table, "Quality of the topic model", words)


def _value(measure: str, value: float) -> str:
    """A measure as it is read: counts whole, shares in per cent, scores with two digits."""
    if np.isnan(value):
        return "not measured"
    if measure in ("asked", "fitted", "topics"):
        return f"{value:,.0f}"
    return percent(value) if measure in ("outliers", "largest") else signed(value, 2).removeprefix("+")


def broad_list(topics: Topics) -> Listing:
    """Broad topics with their share of the votes with a prompt, most votes first."""
    sums = topics.table.groupby("broad")["votes"].agg(topics="size", votes="sum")
    labels = broad_labels(topics.table)
    frame = pd.DataFrame({"broad_topic": labels.values(), **sums.loc[list(labels)].reset_index(drop=True)})
    frame = with_shares(frame.assign(asked=_asked(topics)[0]), "votes", "asked").drop(columns="asked")
    first = frame.iloc[0]
    words = (
        f"The {int(sums['topics'].sum())} topics form {len(frame)} broad ones; the largest, “{first['broad_topic']}”, holds "
        f"{percent(first['share'])} of the votes ({percent(first['lower'])} to {percent(first['upper'])})."
    )
    return Listing(frame, "Broad topics", words)


def follow_ups(topics: Topics) -> Listing:
    """The multi-turn share of each topic with its interval: which topics make people ask again."""
    frame = topics.table[topics.table["multi_turn"].notna()]
    frame = frame.sort_values("multi_turn", ascending=False, ignore_index=True)
    shown = frame[["label", "votes", "multi_turn", "multi_turn_lower", "multi_turn_upper"]].rename(
        columns={"label": "topic", "multi_turn": "share", "multi_turn_lower": "lower", "multi_turn_upper": "upper"}
    )
    if frame.empty:
        return Listing(shown, "Multi-turn share by topic", "These votes do not say how many turns a conversation had.")
    first, last = frame.iloc[0], frame.iloc[-1]
    if first["multi_turn"] == 0:
        return Listing(shown, "Multi-turn share by topic", "No vote with a topic is multi-turn.")
    words = (
        f"The multi-turn share runs from {percent(last['multi_turn'])} in “{last['label']}” "
        f"({percent(last['multi_turn_lower'])} to {percent(last['multi_turn_upper'])}) to {percent(first['multi_turn'])} in "
        f"“{first['label']}” ({percent(first['multi_turn_lower'])} to {percent(first['multi_turn_upper'])})."
    )
    return Listing(shown, "Multi-turn share by topic", words)


def topic_languages(topics: Topics, common: str = "English") -> Listing:
    """Topics with less than half of their votes in the most `common` language: topic, votes, main language, its share."""
    frame = topics.table[topics.table["language"].notna()].sort_values("votes", ascending=False)
    if frame.empty:
        return Listing(frame, "", "These votes do not say their language.")
    english = topics.by_language.query("language == @common").set_index("topic")["share"].reindex(frame["topic"]).fillna(0)
    other = frame[english.to_numpy() < 0.5]
    shown = other[["label", "votes", "language", "language_share"]].rename(columns={"label": "topic"})
    several = int((frame["language_share"] < 0.9).sum())
    words = (
        f"{several or 'None'} of {len(frame)} topics {'is' if several <= 1 else 'are'} asked in several languages (no language "
        f"has 90 % of the votes); in {len(other) or 'none'} {common} has less than half of them."
    )
    return Listing(shown.reset_index(drop=True), f"Topics with less than half of their votes in {common}", words)


def topic_repeats(topics: Topics) -> Listing:
    """The share of each topic's votes whose prompt an earlier vote has, highest first: topic, votes, prompts, share."""
    frame = topics.table.sort_values("repeats", ascending=False, ignore_index=True)
    shown = frame[["label", "votes", "prompts", "repeats"]].rename(columns={"label": "topic", "repeats": "share"})
    if frame.empty:
        return Listing(shown, "Repeated prompts by topic", "No topic was found.")
    overall = 1 - frame["prompts"].sum() / max(frame["votes"].sum(), 1)
    first, last = frame.iloc[0], frame.iloc[-1]
    if overall == 0:
        return Listing(shown, "Repeated prompts by topic", "No vote with a topic repeats an earlier prompt.")
    words = (
        f"{percent(overall)} of the votes with a topic repeat an earlier prompt, from {percent(last['repeats'])} in "
        f"“{last['label']}” to {percent(first['repeats'])} in “{first['label']}”."
    )
    return Listing(shown, "Repeated prompts by topic", words)


def topic_settings(topics: Topics) -> Listing:
    """What the topics were made with, for provenance: settings, the embedding with its fingerprint, versions of packages."""
    rows = [(name.replace("_", " "), str(value)) for name, value in topics.settings.items() if name != "stages"]
    rows += [(name, version(name)) for name in _PACKAGES]
    return Listing(pd.DataFrame(rows, columns=["item", "value"]), "What the topics were made with", "")


@dataclass(frozen=True)
class Changes(Listing):
    """A listing of changes, which a notebook shows in whole points with their signs."""

    def _repr_html_(self) -> str:
        return tables.html(_in_points(self.frame), caption=self.caption) if len(self.frame) else ""


def _in_points(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its change and the interval of it as text."""
    interval = [f"{signed(low)} to {signed(high)}" for low, high in zip(frame["lower"], frame["upper"], strict=True)]
    shown = frame.assign(change=frame["change"].map(signed), lower=interval).drop(columns="upper")
    return shown.rename(columns={"change": "points", "lower": "interval"})


@dataclass(frozen=True)
class TopicChanges(Result):
    """Where one model gains and loses. Its figure is that of the boards.

    Attributes:
        wanted: the model that was asked for; `model` is the first of the board where that one is not rated.
    """

    boards: TopicBoards
    wanted: str

    @property
    def model(self) -> str:
        return self.wanted if self.wanted in self.boards.models else self.boards.models[0]

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Topics of {self.model}, rank {self.boards.models.index(self.model) + 1} overall"

    @property
    def table(self) -> pd.DataFrame:
        """topic, votes, change, lower, upper, q_value (over the model's topics), rank; largest gain first."""
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
            more = f" and {len(parts) - _NAMED} more" if len(parts) > _NAMED else ""
            text += f" In points: {', '.join(parts[:_NAMED])}{more}."
        else:
            first, last = frame.iloc[0], frame.iloc[-1]
            text += f" Estimates run from {signed(last['change'])} points in “{last['topic']}” to {signed(first['change'])} in "
            text += f"“{first['topic']}”; the smallest q-value is {frame['q_value'].min():.2f}."
        return Prose(text)

    def _repr_html_(self) -> str:
        return tables.html(_in_points(self.table), caption=self.caption)

    def plot(self, **options: Any) -> Figure:
        """The changes with their intervals."""
        return self.boards.plot(of="change", model=self.model, **options)


def topic_changes(boards: TopicBoards, model: str) -> TopicChanges:
    """Where one model gains and loses, with q-values over its topics; the first of the board where it is not rated."""
    return TopicChanges(boards, model)


def clear_changes(boards: TopicBoards) -> Changes:
    """Every change of any model in any topic that is more than chance, largest first, with q-values over all of them."""
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
            f"{signed(best['change'])} points, with a q-value of {best['q_value']:.2f}."
        )
        return Changes(shown, "Clear changes", words)
    up = int((clear["change"] > 0).sum())
    words = (
        f"{count:,} of {whole:,} changes {'is' if count == 1 else 'are'} clear at a false-discovery rate of {100 * RATE:g} %: "
        f"{_counted(up, 'gain')} and {_counted(count - up, 'loss')}, of {_counted(clear['model'].nunique(), 'model')} in "
        f"{_counted(clear['label'].nunique(), 'topic')}."
    )
    return Changes(shown, "Clear changes", words)


def _counted(count: int, thing: str) -> str:
    """A count and its noun: no loss, 1 loss, 2 losses."""
    return f"{count or 'no'} {thing}" if count <= 1 else f"{count:,} {thing}{'es' if thing.endswith('s') else 's'}"


def pooling(boards: TopicBoards) -> Listing:
    """What pooling does: the changes as each topic's own votes have them, and pooled, side by side."""
    voted = boards.votes > 0
    alone, pooled = (_Spread.of(np.where(voted, change, np.nan), boards) for change in (boards.alone, boards.change))
    rows = [("by each topic's own votes", *alone.shown), ("pooled", *pooled.shown)]
    columns = ["changes", "standard_deviation", "largest_loss", "largest_gain", "other_leader"]
    words = (
        f"By each topic's own votes the changes would run from {signed(alone.least)} to {signed(alone.most)} points (standard "
        f"deviation {alone.deviation:.0f}); pooled, they run from {signed(pooled.least)} to {signed(pooled.most)} "
        f"({pooled.deviation:.0f}). {boards.models[0]} leads overall; by their own votes {alone.others or 'none'} of "
        f"{len(boards.topics)} topics would have another leader, and pooled {pooled.others or 'none'}."
    )
    return Listing(pd.DataFrame(rows, columns=columns), "What pooling does, in rating points", words)


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

    @property
    def shown(self) -> tuple[str, str, str, int]:
        return f"{self.deviation:.0f}", signed(self.least), signed(self.most), self.others


def topic_leaders(boards: TopicBoards) -> Listing:
    """Who leads each topic: its chance to be the strongest, its rating, and how far the next two are behind."""
    rows = [_leader(boards, place) for place in np.argsort(-boards.votes.sum(axis=1), kind="stable")]
    columns = ["topic", "leader", "chance", "rating", "next_two"]
    frame = pd.DataFrame(rows, columns=columns)
    counts = frame["leader"].value_counts()
    most = counts[counts == counts.max()].index.min()
    sure, best = int((frame["chance"] >= SURE).sum()), frame.loc[frame["chance"].idxmax()]
    broad = "broad " if boards.by == "broad" else ""
    words = (
        f"{most} leads {counts.max()} of {len(frame)} {broad}topics. In {sure or 'none'} of them the leader is sure (a chance of "
        f"{100 * SURE:g} % or more to be the strongest); the surest is {best['leader']} in “{best['topic']}”, {_chance(best)}."
    )
    shown = frame.assign(chance=[_chance(row) for _, row in frame.iterrows()])
    return Listing(shown.rename(columns={"topic": f"{broad}topic"}), f"Leaders by {broad}topic", words)


def _leader(boards: TopicBoards, topic: int) -> tuple[object, ...]:
    ratings = boards.ratings[topic]
    first, *others = np.argsort(-ratings, kind="stable")[:3].tolist()
    behind = ", ".join(f"{boards.models[other]} {signed(ratings[other] - ratings[first])}" for other in others)
    return boards.labels[topic], boards.models[first], boards.first[topic, first], ratings[first], behind


def _chance(row: pd.Series) -> str:
    """A chance out of two thousand draws, which never shows as certain."""
    return "> 99 %" if row["chance"] > 0.99 else percent(row["chance"], 0)
