"""Claims whose verdict changed, each by how far what the votes say of it moved beyond the noise of the votes that came.

A verdict rests on one probability. As a quantile of the normal distribution, x = Φ⁻¹(probability), it is how many standard errors
the votes are from the border of the claim. With n votes before, N now and k in both, the standard error falls by √(n / N), and
the distance itself, in errors of before, moves from x to x'√(n / N) by no more than noise where that difference has the variance
1 + n / N − 2k / N: what two means of n and of N votes differ by that share k. That is a measure, not a test: a probability may be
that of several statements together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.changes.change import Change
from analysis.changes.overlap import Overlap
from analysis.changes.tiers import Family, Looked, fact, family
from analysis.claims.claims import check_claims
from analysis.claims.dates import end_of
from analysis.claims.verdicts import CONTRADICTED, SUPPORTED, UNTESTABLE
from analysis.distributions import norm
from analysis.results.listing import Listing
from analysis.results.prose import counted, percent

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.changes.kept import Kept
    from analysis.ratings.settings import Settings
    from analysis.votes.table import Votes

#: Draws behind a probability (`analysis.ratings.board.DRAWS`): none is nearer to 0 or 1 than half of one.
_NEAREST = 0.5 / 10_000


@dataclass(frozen=True)
class _Sizes:
    """Votes before, now, and in both."""

    was: int
    now: int
    both: int

    @property
    def variance(self) -> float:
        """Of the difference of what these votes say, in that of what the earlier ones say."""
        return max(1 + self.was / self.now - 2 * self.both / self.now, 0.0)


def claim_changes(votes: Votes, kept: Kept, joint: Overlap, settings: Settings, file: str | Path | None = None) -> Family:
    """The claims that have another verdict now than the earlier votes gave them, both by today's method.

    An edition keeps no prompts: of claims about these, and of others that its votes cannot test again, the verdict is the one
    that it published. What it published otherwise than today's method says of the same votes is a change of the method.

    Raises:
        InputError: the claims, or the table of those published, cannot be read.
    """
    now, again = (check_claims(some, file, settings).table for some in (votes, kept.votes))
    columns = ["claim", "text", "verdict", "probability"]
    published = kept.claims if kept.has_claims else again[columns].head(0)
    both = now.merge(again[columns], on=columns[:2], suffixes=("", "_earlier"))
    both = both.merge(published[columns], on=columns[:2], how="left", suffixes=("", "_published"))
    other = _by_method(both)
    only = both["verdict_earlier"] == UNTESTABLE
    for name in ("probability", "verdict"):
        both[f"{name}_earlier"] = both[f"{name}_earlier"].where(~only, both[f"{name}_published"])
    both = both[both["verdict_earlier"].notna()]  # nobody knows what the rest was
    both = both.assign(changed=both["verdict"] != both["verdict_earlier"])
    untested = (both[["verdict", "verdict_earlier"]] == UNTESTABLE).any(axis=1)
    looked = [_looked(row, joint) for row in both[~untested].to_dict("records")]
    changed = both[both["changed"]]
    shown = changed[["text", "verdict_earlier", "probability_earlier", "verdict", "probability"]].reset_index(drop=True)
    few = "has" if len(changed) == 1 else "have"
    words = f"{len(changed) or 'None'} of {counted(len(both), 'claim')} {few} another verdict than before."
    facts = [*_tested(both[untested & both["changed"]]), *other]
    return family(looked, Listing(shown, "Claims with another verdict", words), facts)


def _by_method(both: pd.DataFrame) -> list[Change]:
    """Verdicts that were published otherwise than today's method gives them on the same votes."""
    tested = ~both[["verdict_earlier", "verdict_published"]].isin([UNTESTABLE]).any(axis=1) & both["verdict_published"].notna()
    rows = both[tested & (both["verdict_earlier"] != both["verdict_published"])].to_dict("records")
    said = "Published as {}, and {} by today's method on the same votes."
    return [
        fact("method", row["claim"], f"{row['text']} {said.format(row['verdict_published'], row['verdict_earlier'])}")
        for row in rows
    ]


def _tested(both: pd.DataFrame) -> Iterator[Change]:
    """Claims that can be tested now, or cannot any more: facts. Those that are undecided say nothing else, and are counted."""
    decided = both["verdict"].isin([SUPPORTED, CONTRADICTED])
    for row in both[decided].to_dict("records"):
        yield fact("claim", row["claim"], f"{row['text']} It could not be tested before, and is {row['verdict']}.")
    undecided = int((~decided & (both["verdict"] != UNTESTABLE)).sum())
    if undecided:
        more = "more claim can be tested now, and is" if undecided == 1 else "more claims can be tested now, and are"
        yield fact("claim", "tested now, undecided", f"{undecided} {more} undecided.")
    lost = int((both["verdict"] == UNTESTABLE).sum())
    if lost:
        yield fact("claim", "not tested any more", f"{counted(lost, 'claim')} cannot be tested any more.")


def _looked(row: dict[str, object], joint: Overlap) -> Looked:
    was, now = (float(str(row[name])) for name in ("probability_earlier", "probability"))
    chance = p_value(was, now, _sizes(joint, str(row["date"])))
    what = f"{row['text']} {_moved(row)} (probability {percent(was)} → {percent(now)})."
    return Looked("claim", str(row["claim"]), what, chance, was, now, bool(row["changed"]))


def _moved(row: dict[str, object]) -> str:
    return f"It was {row['verdict_earlier']}, and is {row['verdict']}"


def p_value(was: float, now: float, sizes: _Sizes) -> float:
    """Of the hypothesis that only the votes that came, or went, moved the probability of a claim."""
    if was == now or not sizes.now or not sizes.was:
        return 1.0
    before, after = norm.ppf(np.clip([was, now], _NEAREST, 1 - _NEAREST))
    moved = abs(after * np.sqrt(sizes.was / sizes.now) - before)
    return float(2 * norm.sf(moved / np.sqrt(sizes.variance))) if sizes.variance else 0.0


def _sizes(joint: Overlap, date: str) -> _Sizes:
    """The votes that a claim of this date is held against: those cast by its end, where votes have times."""
    members = joint.frame["members"]
    if joint.frame["time"].notna().any():
        members = members[(joint.frame["time"] < end_of(date)).to_numpy(dtype=bool)]
    counts = np.bincount(members, minlength=4)
    return _Sizes(int(counts[1] + counts[3]), int(counts[2] + counts[3]), int(counts[3]))
