"""Fates: what became of the topics of an earlier edition, and by how much their shares changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.distributions import norm
from analysis.results.listing import Listing
from analysis.results.prose import counted, percent, quoted, signed
from analysis.results.tables import Format
from analysis.topics.identity import LEAST, matched, rows_of
from analysis.votes.stored_topics import BLANK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.topics.identity import Edition, Matches

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: A topic lies mostly in another where that has more than this share of the prompts that both editions have.
MOSTLY = 0.5

#: Names that a sentence lists before it counts the others.
_NAMED = 6


def in_percentage_points(change: float) -> str:
    return signed(100 * change, 1)


#: Changes of shares are shown in percentage points with their signs.
CHANGES = {
    "change": Format(in_percentage_points, "Percentage points"),
    "lower": Format(in_percentage_points),
    "upper": Format(in_percentage_points),
}


def fates(topics: Edition, earlier: Edition, least: float = LEAST) -> Listing:
    """What became of the topics of the earlier edition; see `analysis.topics.editions.compare_topics`."""
    found = matched(topics, earlier, least)
    table = _with_changes(_events(topics.frame, earlier.frame, found), topics, earlier)
    said = _said(table, len(earlier.frame), _recoloured(topics.frame, earlier.frame, found))
    return Listing(table, "Topics beside those of the earlier edition", said, CHANGES)


def _events(frame: pd.DataFrame, before: pd.DataFrame, found: Matches) -> pd.DataFrame:
    """The table of `compare_topics` without changes, and with the rows of both topics: now and then (−1 for none)."""
    came, went = _mostly_in(found.counts), _mostly_in(found.counts.T)
    parts = np.bincount(came[came >= 0], minlength=len(before))
    merged = np.bincount(went[went >= 0], minlength=len(frame))
    rows: list[tuple[int, int, str]] = []
    for now in np.argsort(-frame["votes"].to_numpy(), kind="stable").tolist():
        then = found.rows.get(now, int(came[now]))
        event = "kept" if now in found.rows else "new"
        if merged[now] > 1:
            event = "merged"
        elif came[now] >= 0 and came[now] == then and parts[then] > 1:
            event = "split"
        rows.append((now, then if event != "new" else -1, event))
    taken = set(found.rows.values())
    for then in np.argsort(-before["votes"].to_numpy(), kind="stable").tolist():
        if then not in taken and parts[then] < 2:
            joins = went[then] >= 0 and merged[went[then]] > 1
            rows.append((int(went[then]) if joins else -1, then, "merged" if joins else "gone"))
    table = pd.DataFrame(rows, columns=["now", "then", "event"])
    overlap = [found.overlap.get(now, np.nan) if found.rows.get(now) == then else np.nan for now, then, _ in rows]
    sides = ((frame, "now", ("topic", "label", "share")), (before, "then", ("earlier", "earlier_label", "earlier_share")))
    for side, row, names in sides:
        for name, column in zip(names, ("topic", "label", "share"), strict=True):
            values = side[column].reset_index(drop=True).reindex(table[row].where(table[row] >= 0)).reset_index(drop=True)
            table[name] = values.astype("Int64") if column == "topic" else values
    return table.assign(overlap=overlap)


def _mostly_in(counts: Integers) -> Integers:
    """The column in which most of each row's prompts lie, shape (k,); −1 where none has more than half."""
    whole, best = counts.sum(axis=1), counts.argmax(axis=1) if counts.shape[1] else np.zeros(len(counts), dtype=np.int64)
    most = counts[np.arange(len(counts)), best] if counts.shape[1] else whole
    return np.where(most > MOSTLY * whole, best, -1)


def _with_changes(table: pd.DataFrame, topics: Edition, before: Edition) -> pd.DataFrame:
    """With change, lower and upper of the topics that were matched."""
    known = table[table["overlap"].notna()]
    change, error = changes_of(topics, before, known["now"].to_numpy(), known["then"].to_numpy())
    half = norm.ppf(0.975) * error
    moved = pd.DataFrame({"change": change, "lower": change - half, "upper": change + half}, index=known.index)
    columns = ["topic", "label", "earlier", "earlier_label", "event", "overlap", "share", "earlier_share"]
    return table[columns].join(moved)


def changes_of(topics: Edition, earlier: Edition, now: Integers, then: Integers) -> tuple[Floats, Floats]:
    """By how much the shares of topics changed, and the standard errors of that; shape (n,), topics by their rows.

    A vote that is in both editions counts in both shares, which takes noise off their difference: with x and y the votes in the
    topic now and then, p and q their shares of the n and m votes with a prompt, the variance is
    p(1 − p)/n + q(1 − q)/m − 2 Σ (x − p)(y − q)/(nm) over the votes of both. It is that of independent votes times the larger
    design effect of the two.
    """
    ours, theirs = (_asked_votes(edition) for edition in (topics, earlier))
    n, m = max(len(ours), 1), max(len(theirs), 1)
    both = ours.merge(theirs, on=["vote_id", "prompt"], how="inner")
    x, y = both["row_x"].to_numpy(), both["row_y"].to_numpy()
    changes, errors = np.zeros(len(now)), np.zeros(len(now))
    effect, effect_then = (edition.frame["design_effect"].to_numpy(dtype=float) for edition in (topics, earlier))
    for place, (row, other) in enumerate(zip(now, then, strict=True)):
        p, q = float((ours["row"] == row).sum() / n), float((theirs["row"] == other).sum() / m)
        together = ((x == row) - p) @ ((y == other) - q) if len(both) else 0.0
        variance = p * (1 - p) / n + q * (1 - q) / m - 2 * together / (n * m)
        changes[place] = p - q
        errors[place] = np.sqrt(max(variance, 0.0) * max(effect[row], effect_then[other], 1.0))
    return changes, errors


def _asked_votes(topics: Edition) -> pd.DataFrame:
    """vote_id, prompt and row (of the topic, −1 for none) of the votes with a prompt."""
    asked = topics.assignments[topics.assignments["topic"] != BLANK]
    return asked[["vote_id", "prompt"]].assign(row=rows_of(asked["topic"], topics.frame))


def _recoloured(frame: pd.DataFrame, before: pd.DataFrame, found: Matches) -> int:
    """How many topics that were kept are in a broad topic of another number, and so of another colour, than they were."""
    now, then = frame["broad"].to_numpy(), before["broad"].to_numpy()
    return sum(int(now[row] != then[column]) for row, column in found.rows.items())


def _said(table: pd.DataFrame, before: int, recoloured: int) -> str:
    """How many topics were kept and which of them were split or merged, which others there are now, and which are gone."""
    now = table[table["topic"].notna()].drop_duplicates("topic")
    kept, other = now[now["overlap"].notna()], now[now["overlap"].isna()]
    text = f"{len(kept) or 'None'} of {counted(len(now), 'topic')} {'is' if len(kept) <= 1 else 'are'} among the {before} of the "
    text += "earlier edition"
    if len(kept) and (kept["topic"] == kept["earlier"]).all() and (kept["label"] == kept["earlier_label"]).all():
        text += f" and {'keeps' if len(kept) == 1 else 'keep'} number{' and name' if recoloured else ', name and colour'}"
        text += f"; {recoloured} {'has' if recoloured == 1 else 'have'} another colour" if recoloured else ""
    split, merged = f"(more than {percent(MOSTLY, 0)} lay in it)", f"(each more than {percent(MOSTLY, 0)} in it)"
    again = {"split": f"part of an earlier one {split}", "merged": f"joined with others {merged}"}
    alone = {"new": "new", "split": f"split off an earlier one {split}", "merged": f"joined from several {merged}"}
    text += "." + _events_said(kept, again, "Of these, ") + _events_said(other, alone)
    gone = table.loc[table["event"] == "gone", "earlier_label"]
    return text + (f" {len(gone)} {'is' if len(gone) == 1 else 'are'} gone: {quoted(gone, _NAMED)}." if len(gone) else "")


def _events_said(rows: pd.DataFrame, events: Mapping[str, str], first: str = "") -> str:
    """A sentence for each event that topics had, with their labels."""
    labels = {words: rows.loc[rows["event"] == event, "label"] for event, words in events.items()}
    said = [
        f"{len(of)} {'is' if len(of) == 1 else 'are'} {words}: {quoted(of, _NAMED)}" for words, of in labels.items() if len(of)
    ]
    if first:
        return f" {first}{'; '.join(said)}." if said else ""
    return "".join(f" {one}." for one in said)
