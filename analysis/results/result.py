"""What every analysis returns: a frozen result with a table, a notebook display, computed prose and a plot."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from analysis.results import tables
from analysis.results.drawing import Picture, draw
from analysis.results.origin import Origin
from analysis.results.prose import Prose

if TYPE_CHECKING:
    import pandas as pd


#: No formats: the names of the columns say all.
_BY_NAME: tables.Formats = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Result:
    """Base of all results. A subclass is a frozen dataclass that carries its settings.

    Results are equal where they are the same object (`eq=False`): arrays have no one answer to `==`.

    Attributes:
        origin: the votes (or the published file) the result was made from.
    """

    origin: Origin = field(default=Origin(), kw_only=True, repr=False)

    #: Caption of the table in a notebook; a subclass says its own. (Not annotated: it is no field.)
    caption = ""

    @property
    def fingerprint(self) -> str:
        """Of the input, as in `Origin`."""
        return self.origin.fingerprint

    @property
    def simulated(self) -> bool:
        """Whether the input is simulated, as in `Origin`."""
        return self.origin.simulated

    #: How columns of the table are written whose names do not say it (see `analysis.results.tables`).
    formats = _BY_NAME

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
