"""The library as notebooks use it: one call, one answer.

    import analysis.notebook as arena

    votes = arena.load_votes("sample")
    arena.board(votes, "multi_turn")

The names, signatures and docstrings are those of `analysis`. Two things differ. An analysis that the votes cannot support
answers with the reason, where `analysis` raises an `InputError`, and so does all that builds on it: a report over small or
sparse votes goes on. And an answer shows its figure, its sentence and its table, in this order; the answer of a page shows its
sentence first, and the notes of all that it was made of (`.answer()`). Wrong usage still raises, in one line unless
`arena.debug()` was called, and a file that cannot be read stops the notebook. Of a large table the first rows are shown: `.table`
has all of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import analysis
from analysis.changes.changes import Changes
from analysis.errors import InputError, UsageError
from analysis.page_tables import keep, keep_topics
from analysis.results import tables
from analysis.results.drawing import NothingToDraw
from analysis.results.listing import Unavailable
from analysis.results.prose import Prose
from analysis.results.result import Result
from analysis.results.spelling import did_you_mean
from analysis.topics.topics import Topics

if TYPE_CHECKING:
    from analysis.results.drawing import Picture

Given = ParamSpec("Given")

#: Rows of a table where only text can be shown.
_ROWS = 20

#: The votes and the pairs of boards and reasons are no single result.
_AS_THEY_ARE = frozenset({"load_votes", "boards"})

#: What reads a file that the user names raises where it cannot be read: no page should be made without it.
_READERS = frozenset({"read_board", "read_history", "check_claims", "watch"})


@dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """The result of an analysis, or the reason why there is none. As the last line of a cell it shows itself.

    It has all that its result has: `.table`, `.sentence`, `.plot(…)` and the rest.

    Attributes:
        notes: how the result came about, where it says so, and the results that it was made of.
    """

    result: Result
    notes: tuple[str, ...] = ()

    def show(self, figure: Picture | str | bool = True, *, sentence: bool = True, table: bool = True, **options: Any) -> None:
        """Show the figure, the sentence and the table, in this order; what is set to False, or empty, is left out.

        Args:
            figure: False for none; another result's figure, to be shown in place of this one's.
            options: of the figure, as in `.plot`.

        Raises:
            UsageError: the result has no such figure.
        """
        from IPython.display import display  # late: only those who show need it

        keep(self.result)
        drawn = self._drawn(options) if figure is True else figure
        said = self.result.sentence if sentence else ""
        listed = _Table(self.result) if table else ""
        for part in filter(None, (_without_data(drawn) if listed else drawn, said, listed)):
            display(part)  # type: ignore[no-untyped-call]

    def answer(self, figure: Picture | str | bool = True, **options: Any) -> None:
        """Show the sentence, the notes and then the figure that carries it: what a page is asked for, and begins with.

        Args:
            figure, options: as in `show`.
        """
        from IPython.display import display

        drawn = self._drawn(options) if figure is True else figure
        for part in filter(None, (_Answered(self.result), Prose(" ".join(self.notes)), drawn)):
            display(part)  # type: ignore[no-untyped-call]

    def _drawn(self, options: dict[str, Any]) -> Picture | str:
        """The figure of the result, or "" where there is none and none was asked for."""
        try:
            return self.result.plot(**options)
        except NothingToDraw:
            return ""
        except UsageError:
            if options:
                raise
            return ""

    def _ipython_display_(self) -> None:
        self.show()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what Python and Jupyter ask of any object is not the result's to answer
            raise AttributeError(name)
        return getattr(self.result, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name in dir(self.result) if not name.startswith("_"))})

    def __repr__(self) -> str:
        return repr(self.result)


def _without_data(figure: Picture | str | bool) -> Picture | str | bool:
    """A figure whose table stands beside it does not carry it again."""
    return figure if isinstance(figure, str | bool) else figure.without_data()


class _Answered:
    """The sentence of a result with what a front page may lead with; false where it says nothing."""

    def __init__(self, result: Result) -> None:
        self.result = result

    def __bool__(self) -> bool:
        return bool(self.result.sentence)

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        from analysis.findings import finding  # late: it knows every kind of result

        found = finding(self.result)
        about: dict[str, Any] = {}
        if found:
            about["finding"] = asdict(found)
        if isinstance(self.result, Changes):
            about["changes"] = dict(self.result.record)
        if isinstance(self.result, Unavailable):
            about["unavailable"] = {"why": self.result.why}
        said = {"text/html": self.result.sentence._repr_html_(), "text/plain": str(self.result.sentence)}
        return said, {"text/html": about} if about else {}


class _Table:
    """The table of a result as the result itself shows it; false where that shows nothing."""

    def __init__(self, result: Result) -> None:
        self.result, self.html = result, result._repr_html_()

    def __bool__(self) -> bool:
        return bool(self.html)

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return tables.text(self.result.table, limit=_ROWS)


def answering(function: Callable[Given, Any], *, lenient: bool = True) -> Callable[Given, Any]:
    """`function` with answers for results: it takes them and gives them.

    What is given an answer that is unavailable is unavailable for the same reason. Where `lenient`, an `InputError` is the
    reason of an answer that is unavailable.
    """

    @wraps(function)
    def answer(*arguments: Given.args, **settings: Given.kwargs) -> Any:
        _check_names(function, settings)
        given = [_result(argument) for argument in arguments]
        named = {name: _result(setting) for name, setting in settings.items()}
        missing = next((part for part in (*given, *named.values()) if isinstance(part, Unavailable)), None)
        if missing:
            return Answer(missing)
        try:
            made = function(*given, **named)  # type: ignore[arg-type]
        except InputError as error:
            if not lenient:
                raise
            made = Unavailable(str(error))
        if not isinstance(made, Result):
            return made
        if isinstance(made, Topics):
            keep_topics(made)
        told = [note for part in (*arguments, *settings.values()) if isinstance(part, Answer) for note in part.notes]
        return Answer(made, tuple(dict.fromkeys((*told, *getattr(made, "notes", ())))))

    return answer


def _check_names(function: Callable[..., Any], settings: Mapping[str, Any]) -> None:
    """Raise a UsageError where a call names what the function does not take; the message says what it takes."""
    parameters = inspect.signature(function).parameters
    unknown = [name for name in settings if name not in parameters]
    if unknown and not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        meant, called = did_you_mean(unknown[0], parameters), getattr(function, "__name__", "this")
        raise UsageError(f"{called} has no option {unknown[0]!r}{meant}; it has {', '.join(parameters)}.")


def _result(argument: object) -> object:
    return argument.result if isinstance(argument, Answer) else argument


def __getattr__(name: str) -> Any:
    if name not in dir(analysis):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    plain = getattr(analysis, name)
    public = plain if inspect.isclass(plain) or name in _AS_THEY_ARE else answering(plain, lenient=name not in _READERS)
    return globals().setdefault(name, public)


def __dir__() -> list[str]:
    return dir(analysis)
