"""Dates of exposure: when a prompt set was released, and which models could have seen it in training."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analysis import places
from analysis.errors import UsageError
from analysis.ratings.models import cutoff, released

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.matching.prompt_sets import PromptSet

#: Whether a model could have seen a set: it came out later; it came out, or its training data end, before; not known.
COULD, RELEASED_BEFORE, CUTOFF_BEFORE, UNKNOWN = "released after", "released before", "data end before", "unknown"

#: Those that could not have. One whose training data end before may still have been tuned on the set, as it came out later.
COULD_NOT = (RELEASED_BEFORE,)

_DAY = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])(-([0-2]\d|3[01]))?")


def check_day(day: str) -> str:
    """The day or month. Raises a UsageError where it is none."""
    try:
        if not _DAY.fullmatch(day):
            raise ValueError(day)
        date.fromisoformat(day if len(day) > len("2023-07") else f"{day}-01")
    except ValueError:
        raise UsageError(f"released is {day!r:.60}; write a day or a month, such as 2023-07-20 or 2023-07.") from None
    return day


def released_on(prompts: PromptSet) -> tuple[str, str]:
    """When a set was released and how that is known: from data/prompt_sets.csv by the name of its file or folder, else not before
    its last prompt was asked; both empty where neither says it."""
    known = pd.read_csv(places.DATA / "prompt_sets.csv", dtype=str)
    names = " ".join([prompts.name, *(part for path in prompts.files for part in path.parts[-2:])]).lower()
    for row in known.itertuples():
        if re.sub(r"[-_]", " ", row.name) in re.sub(r"[-_]", " ", names):
            return row.released, row.source
    return prompts.last, "its last prompt was asked then" if prompts.last else ""


def could_have_seen(models: Sequence[str], day: str) -> pd.DataFrame:
    """model, model_released, cutoff, could_have_seen (one of COULD, RELEASED_BEFORE, CUTOFF_BEFORE, UNKNOWN): by data/models.csv.

    Days and months compare as far as both say; equal months leave it unknown.
    """
    frame = pd.DataFrame({"model": list(models)})
    frame["model_released"] = [released(model) for model in models]
    frame["cutoff"] = [cutoff(model) for model in models]
    pairs = zip(frame["model_released"], frame["cutoff"], strict=True)
    frame["could_have_seen"] = [_could(came, ends, day) for came, ends in pairs]
    return frame


def _could(came: str, ends: str, day: str) -> str:
    if not day or not (came or ends):
        return UNKNOWN
    if came and _order(came, day) < 0:
        return RELEASED_BEFORE
    if ends and _order(ends, day) < 0:
        return CUTOFF_BEFORE
    return COULD if came and _order(came, day) > 0 else UNKNOWN


def _order(one: str, other: str) -> int:
    """−1, 0 or 1: whether a day or month is before another, as far as both say."""
    size = min(len(one), len(other))
    return (one[:size] > other[:size]) - (one[:size] < other[:size])
