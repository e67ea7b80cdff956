"""Changes of the method: the board that the earlier edition published beside today's fit of the same votes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.changes.change import Change
from analysis.changes.tiers import Family, fact, family
from analysis.errors import InputError, UsageError
from analysis.ratings.board import board
from analysis.results.listing import Listing
from analysis.results.prose import counted, in_points, written

if TYPE_CHECKING:
    from analysis.changes.kept import Kept
    from analysis.ratings.board import Board
    from analysis.ratings.settings import Settings

#: The page of the published board.
PAGE = "03_leaderboard"

#: Points by which two fits of the same votes may differ by rounding.
_ROUNDING = 0.05


def method_changes(kept: Kept, today: Board, settings: Settings) -> Family:
    """What another method alone makes of the earlier votes: facts, as no vote came or went.

    Args:
        today: the board of the earlier votes by today's method, with these settings.

    Raises:
        InputError: the earlier edition published no board of all its votes.
    """
    published, passed = kept.board, kept.parameters(PAGE)
    if passed.get("category", "overall") != "overall":
        raise InputError("the board that the earlier edition published is not one of all its votes")
    try:
        named = replace(settings, interval=str(passed.get("interval", "auto")))
    except UsageError as error:  # a record edited by hand: no usage of who asks
        raise InputError(f"the parameters of the published board cannot be read: {error}") from None
    if named != settings:
        today = board(kept.votes, "overall", named)
    both = _both(published, today)
    if both.empty:
        raise InputError("the board that the earlier edition published has none of the models of its votes")
    return family([], _part(both), _facts(both))


def _both(published: pd.DataFrame, today: Board) -> pd.DataFrame:
    """model, rating_published, rating, rating_change, width_published, width, rank_published, rank of the models on both.

    Each board's anchor says where its ratings lie, which is no difference: today's are moved to the mean of the published ones.
    """
    both = published.merge(today.table, on="model", suffixes=("_published", ""))
    rating = both["rating"] + (both["rating_published"] - both["rating"]).mean()
    return pd.DataFrame(
        {
            "model": both["model"],
            "rating_published": both["rating_published"],
            "rating": rating,
            "rating_change": rating - both["rating_published"],
            "width_published": both["upper_published"] - both["lower_published"],
            "width": both["upper"] - both["lower"],
            "rank_published": both["rank_published"],
            "rank": both["rank"],
        }
    )


def _facts(both: pd.DataFrame) -> list[Change]:
    found = list[Change]()
    change = both["rating_change"].abs()
    if (change > _ROUNDING).any():
        most = both.loc[change.idxmax()]
        size = in_points(written(change.max(), 1))
        differ = counted(int((change > _ROUNDING).sum()), "rating")
        what = f"By method alone, {differ} of {len(both)} differ from those published, most that of {most['model']}, by {size}."
        found.append(fact("method", "ratings", what, float(most["rating_published"]), float(most["rating"])))
    width = (both["width"] - both["width_published"]).abs()
    if (width > _ROUNDING).any():
        ratio = float(np.median(both["width"] / both["width_published"].where(both["width_published"] > 0)))
        what = f"By method alone, intervals are {ratio:.2f} times as wide as those published."
        found.append(fact("method", "intervals", what))
    moved = both[both["rank"] != both["rank_published"]]
    if found and len(moved):
        names = f"most that of {moved.loc[(moved['rank'] - moved['rank_published']).abs().idxmax(), 'model']}"
        what = f"By method alone, {counted(len(moved), 'rank differs', 'ranks differ')} from those published, {names}."
        found.append(fact("method", "ranks", what))
    return found


def _part(both: pd.DataFrame) -> Listing:
    facts = _facts(both)
    words = " ".join(change.what for change in facts) or "Today's method makes of the earlier votes the board that was published."
    return Listing(both, "Earlier votes as published and by today's method", words)
