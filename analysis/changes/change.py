"""One change between two editions, and the tier that it is told in."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from analysis.errors import UsageError
from analysis.results.prose import one_line, shortened

#: How sure a change is, the surest first: beyond noise after correction for how many were looked at; beyond noise only if it had
#: been looked at alone; and what noise gives.
CLEAR, POSSIBLE, NOISE = TIERS = ("clear", "possible", "noise")

#: Characters of a change, or of a cause, in words.
_LONGEST = 600


@dataclass(frozen=True)
class Change:
    """One thing that differs between an earlier and a later edition.

    Attributes:
        kind: what changed: `model`, `rating`, `rank`, `class`, `shift`, `claim`, `share`, `topic`, `rows` or `method`.
        subject: whose: a model, a claim, a topic, a category; part of the address of a change, so it is stable.
        what: a sentence, computed.
        errors: standard errors that the change is from none; infinite for a fact (a model is new), which has no noise.
        tier: one of `TIERS`.
        earlier, later: the value before and after, where it has one; NaN otherwise.
    """

    kind: str
    subject: str
    what: str
    errors: float
    tier: str
    earlier: float = math.nan
    later: float = math.nan

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            raise UsageError(f"{self.tier!r} is no tier of changes; there are {', '.join(TIERS)}.")


def on_one_line(words: str) -> str:
    """Words of a change on a line that nothing reorders, as mails and feeds need it: names of models are a stranger's."""
    return shortened(one_line(words), _LONGEST)


def plain_changes(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes with a subject and words of one line each."""
    return tuple(replace(change, subject=on_one_line(change.subject), what=on_one_line(change.what)) for change in changes)
