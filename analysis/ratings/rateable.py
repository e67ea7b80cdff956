"""Which models the votes can rate, why the others are left out, and how those are named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.results.prose import counted, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.pairs import PairCounts
    from analysis.ratings.settings import Settings

    Integers = NDArray[np.int64]

#: Of models that could not be rated: none.
NOBODY = pd.DataFrame(columns=["model", "votes", "reason"])

#: Models that a sentence names for one reason, and reasons that it gives, before it counts the rest.
NAMED, REASONS = 3, 4

#: What is advised beside more votes; who has no ridge takes it out.
OR_A_RIDGE = ", or a ridge above 0 for a regularised board"

_FEW, _NO_VOTES, _ELSEWHERE = "fewer than", "no votes in this category", "in another group"


def rateable_groups(pairs: PairCounts, settings: Settings, where: str) -> list[Integers]:
    """Positions of the models that a board can rate together: the groups of connected models with enough votes.

    The group with most votes comes first (see `PairCounts.islands`). With a ridge all models are one group.

    Raises:
        InputError: no two models can be rated; the message begins with `where`.
    """
    enough = np.flatnonzero(pairs.votes_by_model >= max(settings.minimum_votes, 1))
    if len(enough) < 2:
        raise InputError(f"{where}: a board needs at least two models with votes, and here there {_counted(len(enough))}.")
    if settings.ridge > 0:
        return [enough]
    groups = [enough[group] for group in pairs.keep(enough).islands]
    if not groups:
        todo = OR_A_RIDGE if _takes_a_ridge(settings) else ""
        raise InputError(
            f"{where}: no two models both won and lost against each other, so there is nothing to rate; give more votes{todo}."
        )
    return groups


def _counted(models: int) -> str:
    return {0: "is none", 1: "is one"}.get(models, f"are {models}")


def why_left_out(pairs: PairCounts, rated: Integers, settings: Settings) -> pd.DataFrame:
    """model, votes, reason: the models that are not rated, those with most votes first."""
    others = np.setdiff1d(np.arange(len(pairs.models)), rated)
    if not len(others):
        return NOBODY
    half = 0.5 * (pairs.counts[:, 2] + pairs.counts[:, 3])
    wins = pairs.scatter(pairs.counts[:, 0] + half, pairs.counts[:, 1] + half)
    losses = pairs.scatter(pairs.counts[:, 1] + half, pairs.counts[:, 0] + half)
    elsewhere = _of_other_groups(pairs, settings)
    rows = []
    for model in others:
        votes = int(pairs.votes_by_model[model])
        if votes < settings.minimum_votes:
            reason = f"{_FEW} {settings.minimum_votes} votes" if votes else _NO_VOTES
        elif not losses[model]:
            reason = "won every vote"
        elif not wins[model]:
            reason = "lost every vote"
        else:
            reason = elsewhere.get(model, "no chain of wins and of losses connects it with the rated models")
        rows.append((pairs.models[model], votes, reason))
    frame = pd.DataFrame(rows, columns=["model", "votes", "reason"])
    return frame.sort_values(["votes", "model"], ascending=[False, True], ignore_index=True)


def _of_other_groups(pairs: PairCounts, settings: Settings) -> dict[int, str]:
    """How a group that is not rated is named in the reason of each of its models."""
    enough = np.flatnonzero(pairs.votes_by_model >= max(settings.minimum_votes, 1))
    said = {}
    for group in pairs.keep(enough).islands:
        inside = pairs.keep(enough[group])
        words = f"{_ELSEWHERE}, of {len(group)} models with {inside.votes:,} votes"
        said.update(dict.fromkeys(enough[group].tolist(), words))
    return said


def not_rated(left_out: pd.DataFrame, rated: int, settings: Settings, *, groups_rated: bool = False) -> str:
    """The models that a board of `rated` models leaves out, by reason and with their votes, and how they can be rated.

    Up to NAMED models are named for a reason, the rest is counted. Empty where none is left out. `groups_rated` says that
    every group of models has a board, so that asking for that would not help.
    """
    if left_out.empty:
        return ""
    count = len(left_out)
    by_reason = list(left_out.groupby("reason", sort=False))
    parts = [f"{_listed(frame)}: {_spelled_out(reason)}" for reason, frame in by_reason[:REASONS]]
    if len(by_reason) > REASONS:
        parts.append(f"{sum(len(frame) for _, frame in by_reason[REASONS:])} more for other reasons")
    text = f"{count} of {count + rated} models {'is' if count == 1 else 'are'} not rated. {'; '.join(parts)}."
    return f"{text}{_ways(left_out['reason'].tolist(), settings, groups_rated)}"


def _spelled_out(reason: str) -> str:
    """A reason as a sentence has it: what a group of its own means is said there once."""
    return f"{reason}, that never both won and lost against the rated one" if reason.startswith(_ELSEWHERE) else reason


def _listed(frame: pd.DataFrame) -> str:
    """`a (12 votes), b (1 vote) and 3 more`; what has no votes is named without them."""
    names = [
        f"{model} ({counted(votes, 'vote')})" if votes else str(model)
        for model, votes in zip(frame["model"], frame["votes"], strict=True)
    ]
    return joined(names, NAMED)


def _ways(reasons: Sequence[str], settings: Settings, groups_rated: bool) -> str:
    """How those can be rated that have votes enough, for the command line and in Python alike."""
    able = [reason for reason in reasons if not reason.startswith((_FEW, _NO_VOTES))]
    ways = []
    if able and _takes_a_ridge(settings):
        whom = "it" if len(reasons) == 1 else "them" if len(able) == len(reasons) else "those with votes enough"
        ways.append(f"--ridge 1 rates {whom} too")
    if not groups_rated and any(reason.startswith(_ELSEWHERE) for reason in able):
        ways.append("--group all rates each group on a scale of its own")
    return f" {'; '.join(ways)}." if ways else ""


def _takes_a_ridge(settings: Settings) -> bool:
    """Whether these settings could have a ridge, and have none."""
    return settings.ridge == 0 and settings.ties == "half" and not settings.style_control
