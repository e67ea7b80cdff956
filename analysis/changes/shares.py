"""Changes of shares: whether the votes that came, or went, are multi-turn as often as the others.

Earlier votes are mostly a part of the later ones, so that the two shares are not independent. Their difference is that of two
sets that share no vote: the new votes against the earlier ones, and those gone against those kept (see
`analysis.shares.differences`, which knows that a judge may vote in both).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.changes.overlap import Overlap
from analysis.changes.tiers import Family, Looked, family
from analysis.errors import InputError
from analysis.results.listing import Listing
from analysis.results.prose import counted, percent, signed
from analysis.shares.differences import differences
from analysis.shares.habits import Habits, habits_of
from analysis.shares.tallies import Tally, count_given_groups, crowding_of, tally_of
from analysis.shares.wilson import with_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

#: Members of a vote, by what it is called here.
_GROUPS = {"gone": 1, "new": 2, "kept": 3}


def share_changes(joint: Overlap, earlier: Votes, later: Votes, level: float = 0.95) -> Family:
    """The multi-turn share of votes cast before names were shown, then and now.

    Raises:
        InputError: one of the tables has no turns.
    """
    for votes, when in ((earlier, "the earlier votes"), (later, "these votes")):
        if "turns" not in votes.available:
            raise InputError(f"{when} have no turn counts")
    frame = joint.frame[joint.frame["anonymous"] & (joint.frame["turns"] > 0)]
    members = frame["members"].to_numpy()
    judge = np.where(frame["judge_known"], pd.factorize(frame["judge"])[0], -1)
    hit = (frame["turns"] >= 2).to_numpy()
    shares = _shares(judge, hit, members, level)
    if shares["votes"].iloc[:2].min() == 0:
        raise InputError("no vote cast before names were shown has a turn count")
    looked = list(_looked(judge, hit, members, shares, level))
    words = " ".join(one.what for one in looked) or "No vote is new and none is gone: the share is the same."
    return family(looked, Listing(shares, "Multi-turn votes, then and now", words))


def _shares(judge: NDArray[np.int64], hit: NDArray[np.bool_], members: NDArray[np.int64], level: float) -> pd.DataFrame:
    """group, votes, multi_turn, share, lower, upper, design_effect of both editions, and of what is new, gone and kept."""
    groups = {"earlier edition": members != _GROUPS["new"], "this edition": members != _GROUPS["gone"]}
    groups |= {f"{name} votes": members == number for name, number in _GROUPS.items()}
    rows = []
    for name, chosen in groups.items():
        tally = tally_of(judge[chosen], hit[chosen])
        crowding = float(crowding_of(judge[chosen], np.zeros(int(chosen.sum()), dtype=np.int64), 1)[0]) if chosen.any() else 1.0
        worth = float(habits_of(tally).effective(chosen.sum(), crowding, level))
        rows.append((name, int(chosen.sum()), int((hit & chosen).sum()), worth))
    frame = pd.DataFrame(rows, columns=["group", "votes", "multi_turn", "worth"])
    shares = with_shares(frame.drop(columns="worth"), "multi_turn", "votes", level, frame["worth"])
    return shares[(shares["votes"] > 0) | (shares.index < 2)].reset_index(drop=True)


def _looked(
    judge: NDArray[np.int64], hit: NDArray[np.bool_], members: NDArray[np.int64], shares: pd.DataFrame, level: float
) -> Iterator[Looked]:
    """New votes against the earlier ones, and gone votes against those that were kept."""
    was, now = shares["share"].iloc[:2]
    for name, others, inside in (("new", "earlier", members != 1), ("gone", "kept", members != 2)):
        part = np.ones(len(members), dtype=bool) if name == "new" else inside
        chosen = members[part] == _GROUPS[name]
        if not chosen.any() or chosen.all():
            continue
        found = _difference(judge[part], hit[part], chosen, level)
        points = f"{signed(100 * found['difference'], 1)} percentage points"
        span = f"{signed(100 * found['difference_lower'], 1)} to {signed(100 * found['difference_upper'], 1)}"
        count = int(chosen.sum())
        share, rest = (percent(hit[part][which].mean()) for which in (chosen, ~chosen))
        what = f"Multi-turn: {share} of {counted(count, f'{name} vote')}, {rest} of the {others} ones ({points}, {span}); "
        what += f"of all votes {percent(was)} → {percent(now)}."
        subject = "multi-turn" if name == "new" else "multi-turn, gone"
        yield Looked("share", subject, what, float(found["p_value"]), float(was), float(now))


def _difference(judge: NDArray[np.int64], hit: NDArray[np.bool_], chosen: NDArray[np.bool_], level: float) -> pd.Series:
    """The row of `differences` for the chosen votes against the others."""
    tally: Tally = tally_of(judge, hit)
    habits: Habits = habits_of(tally)
    groups = count_given_groups(judge, hit, chosen.astype(np.int64))
    return differences(groups[groups["group"] == 1], tally, habits, level).iloc[0]
