"""What every analysis returns: a frozen result with a table, a notebook display, computed prose and a plot."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.results import tables
from analysis.results.downloads import write_csv, write_parquet
from analysis.results.drawing import Plot
from analysis.results.origin import Origin
from analysis.results.previews import display
from analysis.results.prose import Prose, one_line, shortened

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

#: Characters of a repr.
_LONGEST = 400


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

    def __init_subclass__(cls) -> None:
        """A dataclass would write a repr of all that it holds, arrays and whole boards too."""
        super().__init_subclass__()
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = Result.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        """One line: the kind of result and what it says."""
        return f"<{type(self).__name__}: {shortened(one_line(self.sentence), _LONGEST)}>"

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

    @property
    def plot(self) -> Plot:
        """Draws the figure of this result (see `analysis.figures`); options are those of its figure function, which
        `result.plot?` shows."""
        return Plot(self)

    def to_csv(self, path: str | Path, *, spreadsheet_safe: bool = False) -> Path:
        """Write `table` as CSV (UTF-8, values in full) and return the path; a half-written file never shows.

        Args:
            spreadsheet_safe: an apostrophe before every text that a spreadsheet would take for a formula.

        Raises:
            UsageError: `path` is no name for a file.
            InputError: it cannot be written.
        """
        return write_csv(self.table, path, safe=spreadsheet_safe)

    def to_parquet(self, path: str | Path) -> Path:
        """Write `table` as Parquet and return the path; a half-written file never shows.

        Raises:
            UsageError: `path` is no name for a file.
            InputError: it cannot be written.
        """
        return write_parquet(self.table, path)

    def _repr_html_(self) -> str:
        """The table: whole on the page of a report, and its first rows where somebody looks."""
        return display(self.table, caption=self.caption, formats=self.formats)
