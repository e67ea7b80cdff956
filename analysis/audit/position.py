"""Position: whether the answer on the left is favoured, over all votes and by groups of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.audit.case import Case, Groups
from analysis.audit.check import Check, Verdict
from analysis.distributions import norm
from analysis.errors import InputError
from analysis.ratings.added_terms import Footing, Terms, added, beside_errors, side_footing
from analysis.results.prose import Prose, announced_percent, counted, joined, percent, signed
from analysis.results.tables import Format
from analysis.shares.discovery import q_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Log-odds from which on a side term matters: 1.2 per cent of the votes between equals. The bar of arenakit 0.1.1 too.
MATERIAL = 0.05

#: The error of the check, split: what the side term over all votes may take of it, and what the groups may, by the
#: false-discovery rate of their differences from the other votes.
OVERALL_ERROR, GROUPS_ERROR = 0.04, 0.01

#: Votes with a winner that the check needs.
LEAST_DECIDED = 30

#: Votes of a group that is looked at, and groups of one kind, the largest of them.
GROUP_VOTES, MOST_GROUPS = 500, 30

#: What votes are grouped by, where they tell it.
KINDS = ("language", "topic", "length", "month")

#: Those of them that have no order of their own: the largest group comes first.
_BY_VOTES = ("language", "topic")

#: Groups that a sentence names.
_NAMED = 3


@dataclass(frozen=True, eq=False)
class Position(Check):
    """What it is worth to stand on the left.

    Attributes:
        groups: all votes and groups of them; see `_table`.
        small: how many groups are left out because they have too few votes.
        level: confidence level of the intervals.
    """

    groups: pd.DataFrame
    small: int
    level: float = 0.95

    name = "position"
    question = "Is the left answer favoured?"
    false_alarm = OVERALL_ERROR + GROUPS_ERROR
    formats = MappingProxyType({"coefficient": Format(lambda value: signed(value, 3))})

    @property
    def caption(self) -> str:  # type: ignore[override]
        level = announced_percent(self.level)
        return (
            f"What it is worth to stand on the left, in log-odds and as the left answer's share between equals; {level} intervals"
        )

    @property
    def table(self) -> pd.DataFrame:
        """by, group, votes, coefficient (log-odds of the left answer) with lower and upper, left_share (what the left answer wins
        between equals), q_value (of the group's difference from the other votes); all votes first."""
        return self.groups

    @cached_property
    def beyond(self) -> bool:
        """Whether the side term over all votes is beyond chance."""
        whole = self.groups.iloc[0]
        half = (whole["upper"] - whole["lower"]) / 2 * norm.isf(OVERALL_ERROR / 2) / norm.isf((1 - self.level) / 2)
        return bool(abs(whole["coefficient"]) > half)

    @cached_property
    def differing(self) -> pd.DataFrame:
        """The groups that differ from the other votes beyond chance, the furthest first."""
        found = self.groups[self.groups["q_value"] <= GROUPS_ERROR]
        return found.loc[(found["coefficient"] - self.groups["coefficient"].iloc[0]).abs().sort_values(ascending=False).index]

    @property
    def verdict(self) -> Verdict:
        """Material is a side term beyond chance, over all votes or of a group that differs, of `MATERIAL` log-odds or more."""
        if not self.beyond and self.differing.empty:
            return Verdict.FINE
        large = self.beyond and abs(self.groups["coefficient"].iloc[0]) >= MATERIAL
        return Verdict.BEWARE if large or (self.differing["coefficient"].abs() >= MATERIAL).any() else Verdict.KNOW

    @property
    def number(self) -> str:
        return _share(self.groups.iloc[0])

    @property
    def threshold(self) -> str:
        most = percent(float(expit(MATERIAL)), 2)
        return (
            f"50 % beyond chance (error {percent(OVERALL_ERROR, 0)}), or a group that differs; matters from {most} on, or its "
            "mirror"
        )

    @property
    def sentence(self) -> Prose:
        """What the left answer wins between equals, whether that is chance, and which groups differ."""
        whole = self.groups.iloc[0]
        wins = f"between equal models it wins {_share(whole)} of the votes"
        if not self.beyond:
            # An interval of a lower level may tell more than the check does.
            error = f" (error {percent(OVERALL_ERROR, 0)})" if whole["lower"] > 0 or whole["upper"] < 0 else ""
            text = f"The left answer is not favoured beyond chance{error}: {wins}."
        else:
            way = "favoured" if whole["coefficient"] > 0 else "at a disadvantage"
            small = "" if abs(whole["coefficient"]) >= MATERIAL else ", which is too little to matter"
            text = f"The left answer is {way}: {wins}{small}."
        return Prose(" ".join(part for part in (text, self._groups) if part))

    @property
    def _groups(self) -> str:
        """Which groups differ, and that none does, of how many."""
        looked = len(self.groups) - 1
        if not looked:
            return ""
        if self.differing.empty:
            return f"None of {looked} groups of votes differs beyond chance." if looked > 1 else ""
        named = [f"{row.group} ({percent(row.left_share)})" for row in self.differing.head(_NAMED).itertuples()]
        more = len(self.differing) - len(named)
        names = joined([*named, *[f"{more} more"] * (more > 0)])
        return f"Its share differs beyond chance in {counted(len(self.differing), 'group')} of {looked}: {names}."

    @property
    def notes(self) -> tuple[str, ...]:
        """What is held, and what was left out."""
        rule = (
            f"A tie counts half a win. Groups have {GROUP_VOTES:,} votes at least; they differ where the false-discovery rate of "
            f"all their differences from the other votes is {percent(GROUPS_ERROR, 0)} at most."
        )
        left_out = counted(self.small, "smaller group is", "smaller groups are")
        return (rule, f"{left_out} left out.") if self.small else (rule,)


def check_position(case: Case) -> Position:
    """What it is worth to stand on the left, over all votes and by language, topic, length and month.

    Raises:
        InputError: the votes do not say who stood on the left, or sort their models; or too few have a winner.
    """
    left = case.left
    decided_enough(case)
    footing = side_footing(case.ballots, left, case.board.basis.by)
    error, parts, small = float(beside_errors(footing)[0]), [], 0
    for kind in KINDS:
        try:
            part, left_out = _by_group(footing, case.groups(kind), error)
        except InputError:
            continue
        parts.append(part)
        small += left_out
    level = case.settings.level
    return Position(_table(footing, error, parts, level), small, level, origin=case.origin)


def decided_enough(case: Case) -> None:
    """Raise an InputError where too few votes have a winner to tell what a side is worth."""
    decided = int(case.pairs.counts[:, :2].sum())
    if decided < LEAST_DECIDED:
        only = f"only {counted(decided, 'vote has', 'votes have')}" if decided else "no vote has"
        raise InputError(f"{only} a winner, and {LEAST_DECIDED} are needed")


def _by_group(footing: Footing, groups: Groups, error: float) -> tuple[pd.DataFrame, int]:
    """by, group, votes, coefficient, error and p_value (of a difference from the other votes) of the groups with votes enough;
    and how many others there are."""
    votes = np.bincount(groups.number[groups.number >= 0], minlength=len(groups.labels))
    large = sorted(np.flatnonzero(votes >= GROUP_VOTES).tolist(), key=lambda number: (-votes[number], groups.labels[number]))
    large = large[:MOST_GROUPS] if groups.by in _BY_VOTES else sorted(large[:MOST_GROUPS])
    place = np.full(len(votes) + 1, -1)
    place[large] = np.arange(len(large))
    found = added(footing, Terms(footing.beside[:, 0], place[groups.number], max(len(large), 1)))
    told = np.isfinite(found.error)[: len(large)]
    # The group's own term is that of all votes beside it, and the difference: errors of both, and how they hang together.
    moved = 1 + found.beside[:, 0] / np.where(found.coefficient == 0, np.nan, found.coefficient)
    moved = np.where(np.isfinite(moved), moved, 1.0)
    coefficient = footing.coefficients[0] + moved * found.coefficient
    variance = error**2 + 2 * moved * found.with_beside + moved**2 * found.error**2
    frame = pd.DataFrame(
        {
            "by": groups.by,
            "group": [groups.labels[number] for number in large],
            "votes": votes[large],
            "coefficient": coefficient[: len(large)],
            "error": np.sqrt(np.maximum(variance, 0.0))[: len(large)],
            "p_value": found.p_value[: len(large)],
        }
    )
    return frame[told], int((votes > 0).sum() - len(large))


def _table(footing: Footing, error: float, parts: list[pd.DataFrame], level: float) -> pd.DataFrame:
    """The table of `Position`, with intervals of that level."""
    whole = pd.DataFrame(
        {
            "by": ["all"],
            "group": ["all votes"],
            "votes": [len(footing.residual)],
            "coefficient": [float(footing.coefficients[0])],
            "error": [error],
            "p_value": [np.nan],
        }
    )
    table = pd.concat([whole, *(part for part in parts if len(part))], ignore_index=True)
    half = norm.isf((1 - level) / 2) * table["error"]
    table["lower"], table["upper"] = table["coefficient"] - half, table["coefficient"] + half
    table["left_share"] = expit(table["coefficient"])
    table["q_value"] = np.append(np.nan, q_values(table["p_value"].to_numpy()[1:]))
    return table[["by", "group", "votes", "coefficient", "lower", "upper", "left_share", "q_value"]]


def _share(row: pd.Series) -> str:
    """What the left answer wins between equals, with its interval: `49.7 % (49.5 to 49.9 %)`."""
    value, lower, upper = (100 * float(expit(row[name])) for name in ("coefficient", "lower", "upper"))
    digits = 1 if upper - lower > 1 else 2
    return f"{value:.{digits}f} % ({lower:.{digits}f} to {upper:.{digits}f} %)"
