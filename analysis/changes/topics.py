"""Changes of topics: those that grew or shrank among the votes that came, those that are new, and those that are gone.

A new fit moves borders, which is no change of what people ask. So the topics of now are counted in the earlier votes and in the
new ones by one model, that of now. A topic that the earlier edition did not have is new where it comes out again in refits of
the same prompts, and has another share of the new votes than of the earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.changes.change import POSSIBLE, Change
from analysis.changes.overlap import Overlap
from analysis.changes.tiers import Family, Looked, errors, family
from analysis.errors import InputError
from analysis.results.listing import Listing
from analysis.results.prose import percent, signed
from analysis.shares.differences import differences
from analysis.shares.discovery import RATE
from analysis.shares.habits import habits_of
from analysis.shares.tallies import count_given_groups, tally_of
from analysis.topics.editions import compare_topics
from analysis.topics.level import STABLE
from analysis.votes.stored_topics import BLANK

if TYPE_CHECKING:
    from analysis.topics.topics import Topics


def topic_changes(topics: Topics, earlier: Topics, joint: Overlap) -> Family:
    """What became of the topics of an earlier edition.

    Raises:
        InputError: the topics are of other votes than those compared, or none of these is an earlier one.
    """
    if not joint.counts["kept"]:
        raise InputError("none of the earlier votes is among these, and topics are told of by one model for both")
    fates = compare_topics(topics, earlier)
    shares = _shares(topics, joint)
    table = fates.table.merge(shares, on="topic", how="left")
    stable = topics.frame.set_index("topic")["stability"]
    unstable = {int(topic) for topic in stable.index if not stable[topic] >= STABLE}
    looked = [_looked(row, unstable) for row in table[table["topic"].notna()].drop_duplicates("topic").to_dict("records")]
    columns = ["label", "earlier_label", "event", "share", "earlier_votes_share", "new_votes_share", "difference", "p_value"]
    part = Listing(table[columns], "Topics then and now, by the model of now", str(fates.sentence), fates.formats)
    return family(looked, part, _gone(table, earlier))


def _shares(topics: Topics, joint: Overlap) -> pd.DataFrame:
    """topic, earlier_votes_share, new_votes_share, difference, p_value: votes with a prompt that are new, against the others."""
    members = joint.frame.loc[joint.frame["members"] >= 2, "members"].to_numpy()
    assigned = topics.assignments
    if len(assigned) != len(members):
        raise InputError("the topics are of other votes than these")
    asked = (assigned["topic"] != BLANK).to_numpy()
    new, topic, judge = (members == 2)[asked], assigned["topic"].to_numpy()[asked], assigned["judge"].to_numpy(np.int64)[asked]
    rows = []
    for number in topics.frame["topic"]:
        hit = topic == number
        rows.append((number, *_difference(judge, hit, new)))
    columns = ["topic", "earlier_votes_share", "new_votes_share", "difference", "p_value"]
    return pd.DataFrame(rows, columns=columns).astype({"topic": "Int64"})


def _difference(judge: np.ndarray, hit: np.ndarray, new: np.ndarray) -> tuple[float, float, float, float]:
    """Share of the earlier votes, of the new ones, their difference and its p-value (1 where all are new, or none)."""
    was, now = (float(hit[chosen].mean()) if chosen.any() else np.nan for chosen in (~new, new))
    if not new.any() or new.all() or not hit.any() or hit.all():
        return was, now, now - was, 1.0
    tally = tally_of(judge, hit)
    groups = count_given_groups(judge, hit, new.astype(np.int64))
    found = differences(groups[groups["group"] == 1], tally, habits_of(tally)).iloc[0]
    return was, now, now - was, float(found["p_value"])


def _looked(row: dict[str, object], unstable: set[int]) -> Looked:
    """A topic of now; a new one that does not come out again in refits is nothing new, whatever its share."""
    was, now = float(str(row["earlier_votes_share"])), float(str(row["new_votes_share"]))
    points = f"{signed(100 * (now - was), 1)} percentage points"
    shares = f"{percent(was)} of the earlier votes, {percent(now)} of the new ones ({points})"
    label = f"“{row['label']}”"
    new = row["event"] == "new"
    moved = f"{label} is a new topic" if new else f"{label} {'grows' if now > was else 'shrinks'}"
    p_value = 1.0 if new and int(str(row["topic"])) in unstable else float(str(row["p_value"]))
    return Looked("topic", str(row["label"]), f"{moved}: {shares}.", p_value, was, now)


def _gone(table: pd.DataFrame, earlier: Topics) -> Iterator[Change]:
    """Earlier topics that are none now. The fit may have moved, so that those which came out again in refits are possible."""
    stable = earlier.frame.set_index("topic")["stability"]
    gone = table[table["event"] == "gone"].merge(stable, left_on="earlier", right_index=True, suffixes=("", "_earlier"))
    for row in gone[gone["stability"] >= STABLE].to_dict("records"):
        what = f"“{row['earlier_label']}” ({percent(row['earlier_share'])} of the votes then) is no topic of its own any more."
        yield Change("topic", str(row["earlier_label"]), what, errors(RATE), POSSIBLE, float(row["earlier_share"]))
