"""What every analysis returns: a frozen result with a table, a notebook display, computed prose and a plot."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from analysis.origin import Origin

if TYPE_CHECKING:
    import pandas as pd

    from analysis.figures import Figure


class Prose(str):
    """A computed sentence. In a notebook it shows as a paragraph, with everything in it escaped."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return f'<p class="prose">{escape(str(self))}</p>' if self else ""


def signed(value: float, digits: int = 0) -> str:
    """A difference with its sign, as it is set in prose and in figures: +5, −4."""
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "−")


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

    @property
    @abstractmethod
    def table(self) -> pd.DataFrame:
        """The result as a frame, one row per thing measured."""

    @property
    @abstractmethod
    def sentence(self) -> Prose:
        """The result in one or two sentences, computed."""

    def plot(self, **options: Any) -> Figure:
        """The figure of this result (see `analysis.figures`); options are those of its figure function."""
        from analysis import figures  # late: fitting must not pay for drawing

        return figures.draw(self, **options)

    def _repr_html_(self) -> str:
        from analysis import tables  # late, as above

        return tables.html(self.table, caption=self.caption)
