"""Check: one question to a board, answered with a verdict whose rate of false alarms is known."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from analysis.results.drawing import NothingToDraw
from analysis.results.prose import Prose
from analysis.results.result import Result

if TYPE_CHECKING:
    from analysis.results.drawing import Picture


class Verdict(StrEnum):
    """What a check finds. What is beyond chance but too small to matter is worth knowing; what matters is to beware of."""

    FINE = "fine"
    KNOW = "worth knowing"
    BEWARE = "beware"
    UNTOLD = "cannot be told here"


@dataclass(frozen=True, eq=False)
class Check(Result):
    """One question to a board and its answer. A subclass has the result of `Result` and what stands here.

    Attributes:
        name: the check's, as a word or two.
        question: what it asks.
        false_alarm: the share of boards without the fault in which it is not `fine`, at most.
    """

    name: ClassVar[str]
    question: ClassVar[str]
    false_alarm: ClassVar[float]

    @property
    @abstractmethod
    def verdict(self) -> Verdict:
        """What it comes to."""

    @property
    @abstractmethod
    def number(self) -> str:
        """The figure that decides, written with its unit and, where it has one, its interval."""

    @property
    @abstractmethod
    def threshold(self) -> str:
        """From which figure on the check is not fine, in words."""

    @property
    def fires(self) -> bool:
        """Whether it found something."""
        return self.verdict in (Verdict.KNOW, Verdict.BEWARE)


@dataclass(frozen=True, eq=False)
class StoodDown(Check):
    """A check that these votes do not allow.

    Attributes:
        check: the check that stands down.
        why: the reason, in one line.
    """

    check: type[Check]
    why: str
    caption = "Cannot be told here"
    verdict = Verdict.UNTOLD
    number = ""
    threshold = ""
    false_alarm = 0.0

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.check.name

    @property
    def question(self) -> str:  # type: ignore[override]
        return self.check.question

    @property
    def table(self) -> pd.DataFrame:
        """why: one row."""
        return pd.DataFrame({"why": [self.why]})

    @property
    def sentence(self) -> Prose:
        return Prose(f"Cannot be told here: {self.why.rstrip('.')}.")

    def plot(self, **_: Any) -> Picture:  # type: ignore[override]
        """Nothing can be drawn, whatever options the check's own figure has.

        Raises:
            NothingToDraw: always, with the reason.
        """
        raise NothingToDraw(f"there is nothing to draw: {self.why.rstrip('.')}.")

    def _repr_html_(self) -> str:
        """Nothing: the sentence has the reason."""
        return ""
