"""Results that compute nothing more: a table with its words, and the answer where there cannot be one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.results.drawing import Picture
from analysis.results.prose import Prose, spoken
from analysis.results.result import Result
from analysis.results.tables import Formats


@dataclass(frozen=True, eq=False)
class Listing(Result):
    """A frame with a caption and its sentence."""

    frame: pd.DataFrame
    caption: str = ""
    words: str = ""
    formats: Formats = field(default_factory=dict)

    @property
    def table(self) -> pd.DataFrame:
        return self.frame

    @property
    def sentence(self) -> Prose:
        return Prose(self.words)

    def _repr_html_(self) -> str:
        """Nothing for an empty frame: the sentence says that there is nothing."""
        return super()._repr_html_() if len(self.frame) else ""


@dataclass(frozen=True, eq=False)
class Unavailable(Result):
    """Stands in for a result that these votes cannot give: its table is empty, and every display says why."""

    why: str
    caption = "Not possible with these votes"

    @property
    def without(self) -> Mapping[str, str]:
        """No part is missing: the whole is, and the sentence says so."""
        return {}

    @property
    def table(self) -> pd.DataFrame:
        """why: one row."""
        return pd.DataFrame({"why": [self.why]})

    @property
    def sentence(self) -> Prose:
        return Prose(f"Not possible with these votes: {self.why}")

    def plot(self, **_: Any) -> Picture | Prose:  # type: ignore[override]
        """Nothing can be drawn, and the sentence says why."""
        return Prose()

    def _repr_html_(self) -> str:
        """Nothing: the sentence has the reason, and once is enough."""
        return ""


def gaps(without: Mapping[str, str]) -> Listing:
    """What an analysis could not do, from its `without`: what, why."""
    frame = pd.DataFrame(without.items(), columns=["what", "why"])
    words = "; ".join(why.rstrip(".") if what in why else f"{spoken(what)} {why}" for what, why in without.items())
    return Listing(frame, "Not possible with these votes", f"Not possible with these votes: {words}." if words else "")
