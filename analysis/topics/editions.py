"""Editions: what became of the topics of an earlier edition, and their shares from one edition to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.distributions import norm
from analysis.errors import UsageError
from analysis.results.listing import Listing
from analysis.results.prose import Prose, counted, percent
from analysis.results.result import Result
from analysis.shares.discovery import RATE, q_values
from analysis.topics.fates import CHANGES, changes_of, fates, in_percentage_points
from analysis.topics.identity import LEAST, identified, rows_of
from analysis.topics.topics import Topics, edition_of


def compare_topics(topics: Topics, earlier: Topics | str | Path = "", least: float = LEAST) -> Listing:
    """What became of the topics of an earlier edition.

    Args:
        earlier: topics, or a folder of them; an empty text where there are none.
        least: overlap from which two topics are the same (see `analysis.topics.identity`).

    Returns:
        topic, label, earlier, earlier_label, event, overlap, share, earlier_share, change, lower, upper (95 % interval of the
        change, where a topic was matched): a row per topic, most votes first, then the earlier ones that are none any more.
        Events: `kept`; `new`; `split`: more than half of the topic, and of another one, lay in one earlier topic; `merged`: more
        than half of each of two or more earlier topics lies in it; `gone`. Halves are of the different prompts of both editions.

    Raises:
        UsageError: the folder does not hold topics.
    """
    before = edition_of(earlier)
    if before is None:
        return Listing(pd.DataFrame(), "", "No earlier edition was given to compare these topics with.")
    return replace(fates(topics, before, least), origin=topics.origin)


@dataclass(frozen=True, eq=False)
class TopicEditions(Result):
    """Shares of topics from edition to edition.

    Attributes:
        names: of the editions, in their order.
        frame: topic, label (the last it had), edition, votes, share, lower, upper, design_effect: a row for each topic in each
            edition that has it.
        changes: by topic that is in the first and in the last edition: first, last, change, lower, upper and q_value
            (Benjamini–Hochberg).
    """

    names: tuple[str, ...]
    frame: pd.DataFrame
    changes: pd.DataFrame

    caption = "Topics from edition to edition"
    formats = MappingProxyType(CHANGES)

    @property
    def table(self) -> pd.DataFrame:
        """topic, one column per edition (its share; missing where the topic is not in it), change, lower, upper, q_value; those
        with most votes in the last edition first."""
        shares = self.frame.pivot_table(index="topic", columns="edition", values="share", observed=True)
        shares = shares.reindex(columns=list(self.names))
        ordered = shares.join(self.changes[["change", "lower", "upper", "q_value"]])
        order = ordered[self.names[-1]].fillna(-1).sort_values(ascending=False, kind="stable").index
        shown = ordered.loc[order].reset_index()
        return shown.assign(topic=shown["topic"].map(self.labels))

    @cached_property
    def labels(self) -> dict[int, str]:
        """The label of each topic, by its number."""
        return dict(zip(self.frame["topic"].astype(int), self.frame["label"], strict=True))

    @property
    def sentence(self) -> Prose:
        """How many topics are in all editions, how many changed clearly, and the largest change.

        The test is of the votes: what a new fit moved from topic to topic is in a change, and not in its interval.
        """
        editions = self.frame.groupby("topic").size()
        whole = int((editions == len(self.names)).sum())
        text = f"{whole or 'None'} of {counted(len(editions), 'topic')} {'is' if whole <= 1 else 'are'} in all {len(self.names)} "
        text += "editions."
        clear = self.changes[self.changes["q_value"] <= RATE]
        if clear.empty:
            return Prose(f"{text} No share changed more than chance allows from the first to the last.")
        top = clear.loc[clear["change"].abs().idxmax()]
        text += f" {counted(len(clear), 'share')} changed more than chance allows, most that of “{self.labels[int(top.name)]}”, "
        points = " to ".join(in_percentage_points(top[name]) for name in ("lower", "upper"))
        text += f"from {percent(top['first'])} to {percent(top['last'])} ({points} percentage points)."
        return Prose(f"{text} What new fits moved from topic to topic is in a change, not in its interval.")


def topic_editions(editions: Mapping[str, Topics] | Sequence[Topics]) -> TopicEditions:
    """The shares of topics from edition to edition, each matched with the one before.

    Args:
        editions: in their order; by name, or counted from 1.

    Raises:
        UsageError: there are fewer than two.
    """
    named = dict(editions) if isinstance(editions, Mapping) else {f"edition {n}": one for n, one in enumerate(editions, 1)}
    if len(named) < 2:
        raise UsageError(f"{counted(len(named), 'edition')} of topics cannot be compared; give two or more, in their order.")
    linked = [next(iter(named.values()))]
    for _, later in pairwise(named.values()):
        linked.append(identified(later, linked[-1]))
    columns = ["topic", "label", "votes", "share", "lower", "upper", "design_effect"]
    frame = pd.concat([one.frame[columns].assign(edition=name) for name, one in zip(named, linked, strict=True)])
    last = dict(zip(frame["topic"], frame["label"], strict=True))
    frame = frame.assign(label=frame["topic"].map(last))
    return TopicEditions(
        tuple(named), frame.reset_index(drop=True), _first_to_last(linked[0], linked[-1]), origin=linked[-1].origin
    )


def _first_to_last(first: Topics, last: Topics) -> pd.DataFrame:
    """first, last, change, lower, upper, q_value of the topics of both, by number."""
    both = [int(number) for number in last.frame["topic"] if number in set(first.frame["topic"])]
    number = pd.Series(both, dtype=np.int64)
    change, error = changes_of(last, first, rows_of(number, last.frame), rows_of(number, first.frame))
    half = norm.ppf(0.975) * error
    q_value = q_values(2 * norm.sf(np.abs(change) / np.maximum(error, 1e-12))) if both else np.zeros(0)
    shares = {name: one.frame.set_index("topic")["share"].reindex(both) for name, one in (("first", first), ("last", last))}
    return pd.DataFrame(shares | {"change": change, "lower": change - half, "upper": change + half, "q_value": q_value}, both)
