"""How a result gets its figure: whoever draws a kind of result registers it here, and what computes imports no drawing."""

from __future__ import annotations

from functools import singledispatch
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from analysis.errors import UsageError

#: The module that registers our figures.
_FIGURES = "analysis.figures.draw"


class Picture(Protocol):
    """A finished figure, for those who only show or save it.

    Attributes:
        title: the takeaway, as drawn above the figure.
        alt: the figure in words, for readers who do not see it.
    """

    @property
    def title(self) -> str: ...

    @property
    def alt(self) -> str: ...

    def png(self) -> bytes:
        """The picture as a notebook shows it."""
        ...

    def without_data(self) -> Picture:
        """The figure where its table stands beside it."""
        ...

    def save(self, path: str | Path) -> Path:
        """Write the figure in the format that the suffix names; a half-written file never shows."""
        ...

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]: ...


@singledispatch
def draw(result: object, **options: Any) -> Picture:
    """The figure of a result; options are those of its figure function.

    Raises:
        UsageError: this kind of result has no figure.
    """
    # By name, as pandas gets its plotting backend: figures stand above results, and fitting must not pay for drawing.
    import_module(_FIGURES)
    figure = draw.dispatch(type(result))
    if figure is draw.dispatch(object):
        raise UsageError(f"a {type(result).__name__} has no figure.")
    return figure(result, **options)
