"""What every analysis returns: a frozen result with a table, a notebook display, computed prose and a plot."""

from __future__ import annotations

from abc import abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from analysis import tables
from analysis.drawing import Picture, draw
from analysis.prose import Prose

if TYPE_CHECKING:
    import pandas as pd


class Result:
    """Base of all results. A subclass is a frozen dataclass that carries its settings and its input's fingerprint.

    Results are equal where they are the same object (`eq=False`): arrays have no one answer to `==`.
    """

    #: Caption of the table in a notebook; a subclass says its own.
    caption: str = ""

    #: How columns of the table are written whose names do not say it (see `analysis.tables`).
    formats: tables.Formats = MappingProxyType({})

    @property
    @abstractmethod
    def table(self) -> pd.DataFrame:
        """The result as a frame, one row per thing measured."""

    @property
    @abstractmethod
    def sentence(self) -> Prose:
        """The result in one or two sentences, computed."""

    def plot(self, **options: Any) -> Picture:
        """The figure of this result (see `analysis.figures`); options are those of its figure function.

        Raises:
            UsageError: this kind of result has no figure.
        """
        return draw(self, **options)

    def _repr_html_(self) -> str:
        return tables.html(self.table, caption=self.caption, formats=self.formats)
