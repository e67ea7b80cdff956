"""All changes between two editions: scored, in tiers, with what caused them, as a page, a record and lines of text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from analysis.changes.change import CLEAR, NOISE, POSSIBLE, TIERS, Change
from analysis.results import tables
from analysis.results.prose import Prose, counted, one_line
from analysis.results.result import Result
from analysis.results.tables import Format

#: A fact has no noise, so that it lies infinitely far beyond it.
_FORMATS = {"errors": Format(lambda errors: "fact" if math.isinf(errors) else f"{errors:.1f}", "Errors")}


@dataclass(frozen=True, eq=False)
class Changes(Result):
    """What differs between an earlier and a later edition.

    Attributes:
        earlier, later: what is compared, as readers call them: the dates of two editions or boards.
        changes: in the order they are told: by tier, then the furthest beyond noise first.
        causes: a sentence each on why things may differ: more votes, other models, another release, another version of the
            method, other parameters.
        folded: how many more differ by no more than noise gives and are not listed one by one.
    """

    earlier: str
    later: str
    changes: tuple[Change, ...]
    causes: tuple[str, ...] = ()
    folded: int = 0

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Changes: {self.earlier} → {self.later}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per change, in their order: tier, kind, subject, what, errors (standard errors from none), earlier, later."""
        columns = ["tier", "kind", "subject", "what", "errors", "earlier", "later"]
        return pd.DataFrame([asdict(change) for change in self.changes], columns=columns)

    def _repr_html_(self) -> str:
        """The sentences by tier; values before and now are in them, each with its unit. Where there is none, that is said."""
        if not self.changes:
            return Prose(f"Nothing to list: {self.noise}.")._repr_html_()
        return tables.html(self.table[["tier", "kind", "what", "errors"]], caption=self.caption, formats=_FORMATS)

    @property
    def noise(self) -> str:
        """What is not listed, in words."""
        if not self.folded:
            return "nothing differs"
        return f"{counted(self.folded, 'difference is', 'differences are')} within what noise gives"

    def of(self, tier: str) -> tuple[Change, ...]:
        """The changes of one tier."""
        return tuple(change for change in self.changes if change.tier == tier)

    @property
    def sentence(self) -> Prose:
        """The headline: the first clear changes, or that nothing changed beyond noise."""
        clear, possible = self.of(CLEAR), self.of(POSSIBLE)
        since = f"Since {self.earlier}"
        if not clear:
            more = f" {counted(len(possible), 'change is', 'changes are')} possible." if possible else ""
            return Prose(f"{since}, nothing changed beyond noise.{more}")
        rest = f" And {counted(len(clear) - 1, 'more clear change', 'more clear changes')}." if len(clear) > 1 else ""
        return Prose(f"{since}: {clear[0].what}{rest}")

    @property
    def notes(self) -> tuple[str, ...]:
        """Why things may differ."""
        return self.causes

    def lines(self, most: int = 10) -> tuple[str, ...]:
        """The changes in at most `most` lines of plain text, for a mail or a chat: the headline, the surest, the causes."""
        told = [f"{'· ' if change.tier == CLEAR else '? '}{change.what}" for change in (*self.of(CLEAR), *self.of(POSSIBLE))]
        tail = list(self.causes)
        room = max(most - 1 - len(tail), 1)
        cut = [*told[: room - 1], f"… and {len(told) - room + 1} more"] if len(told) > room else told
        return tuple(one_line(line) for line in [str(self.sentence), *cut, *tail][:most])

    @property
    def record(self) -> Mapping[str, Any]:
        """What `changes.json` holds."""
        return {
            "earlier": self.earlier,
            "later": self.later,
            "headline": str(self.sentence),
            "counts": {tier: len(self.of(tier)) for tier in TIERS} | {NOISE: len(self.of(NOISE)) + self.folded},
            "causes": list(self.causes),
            "changes": [{name: _plain(value) for name, value in asdict(change).items()} for change in self.changes],
            "lines": list(self.lines()),
        }


def _plain(value: object) -> object:
    """JSON has no infinity and no NaN."""
    return None if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))) else value
