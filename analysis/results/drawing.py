"""How a result gets its figure: whoever draws a kind of result registers it here, and what computes imports no drawing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import singledispatch
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from analysis.errors import UsageError
from analysis.results.options import whole_number
from analysis.results.spelling import did_you_mean
from analysis.results.terminal import say
from analysis.surroundings import in_report

#: The module that registers our figures.
_FIGURES = "analysis.figures.draw"


class NothingToDraw(UsageError):
    """A result of a kind that has a figure, with nothing to show in it; a page leaves the figure out."""


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

    def savefig(self, path: str | Path) -> Path:
        """As `save`, by the name that matplotlib has for it."""
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
    return figure_of(result)(result, **options)


def figure_of(result: object) -> Callable[..., Picture]:
    """The figure function of a kind of result.

    Raises:
        UsageError: this kind of result has no figure.
    """
    # By name, as pandas gets its plotting backend: figures stand above results, and fitting must not pay for drawing.
    import_module(_FIGURES)
    figure = draw.dispatch(type(result))
    if figure is draw.dispatch(object):
        raise UsageError(f"a {type(result).__name__} has no figure.")
    return figure


def options_of(figure: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The options of a figure function, all that it takes beside the result, by name."""
    _, *options = inspect.signature(figure).parameters.values()
    return {option.name: option for option in options if option.kind is not inspect.Parameter.VAR_KEYWORD}


def checked(figure: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    """The options, all of which are the figure function's; numbers of rows are whole.

    Raises:
        UsageError: one is not; the message names those that are.
    """
    known = options_of(figure)
    for name in options:
        if name not in known:
            there = f"; it has {', '.join(known)}" if known else "; it has none"
            raise UsageError(f"this figure has no option {name!r}{did_you_mean(name, known)}{there}.")
        if known[name].annotation in (int, "int"):
            whole_number(name, options[name], least=0)
    return options


def _known(result: object, highlight: str | Collection[str]) -> Collection[str]:
    """The models to point out; those that the result does not have are said, except to the page of a report."""
    names = (highlight,) if isinstance(highlight, str) else highlight
    table = getattr(result, "table", {})
    there = set(getattr(result, "models", ())) | set(table.get("model", ()))
    for name in names if there and not in_report() else ():
        if name not in there:
            say(f"highlight: no model {name!r} here{did_you_mean(name, sorted(there))}.")
    return names


class Plot:
    """Draws the figure of one result. Its signature and its words are those of the figure function, which is looked up when
    somebody asks."""

    def __init__(self, result: object) -> None:
        self._result = result

    def __call__(self, **options: Any) -> Picture:
        """The figure.

        Raises:
            UsageError: this kind of result has no figure, or its figure no such option.
        """
        figure = figure_of(self._result)
        given = checked(figure, options)
        if "highlight" in given:
            given = {**given, "highlight": _known(self._result, given["highlight"])}
        return figure(self._result, **given)

    def __repr__(self) -> str:
        return f"<plot of a {type(self._result).__name__}>"

    @property
    def __signature__(self) -> inspect.Signature:
        with suppress(UsageError):  # without a figure there are no options
            options = options_of(figure_of(self._result)).values()
            return inspect.Signature([option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in options])
        return inspect.Signature()

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        try:
            return inspect.getdoc(figure_of(self._result))
        except UsageError as error:
            return str(error)
