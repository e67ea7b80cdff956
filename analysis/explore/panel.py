"""The panel: a session as a widget of JupyterLab. All that it shows is made in `session`; the script beside it draws it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import UsageError
from analysis.explore.selection import Selection
from analysis.explore.session import Session
from analysis.ratings.settings import Settings, by_keyword, settled
from analysis.sources.load import load_votes

if TYPE_CHECKING:
    from typing import Unpack

    from analysis.ratings.settings import Options
    from analysis.ratings.shift import Shift
    from analysis.topics.topics import Topics
    from analysis.votes.table import Votes

#: How the extra is installed.
MISSING = "explore needs anywidget, which is not here: pip install 'arena-workbook[explore]', or make lab in a checkout."

_HERE = Path(__file__).parent


class Panel:
    """Boards to play with, as the last line of a cell of a notebook in JupyterLab.

    Attributes:
        session: what is on the screen.
        widget: what JupyterLab shows.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        start = {"selection": asdict(session.selection), "model": session.most_moved, "conversations": None}
        self.widget = _widget(start, session.options, plain(session.answer(start)))
        self.widget.observe(self._asked, names="asked")

    @property
    def shift(self) -> Shift:
        """The shift on the screen; on one board, of that to itself."""
        return self.session.shift

    @property
    def call(self) -> str:
        """The lines of Python that make the numbers on the screen of `votes`."""
        return self.session.call

    def _asked(self, change: dict[str, Any]) -> None:
        self.widget.shown = plain(self.session.answer(change["new"]))

    def _repr_mimebundle_(self, **given: Any) -> Any:
        return self.widget._repr_mimebundle_(**given)

    def __repr__(self) -> str:
        return f"<Panel: {' → '.join(self.session.selection.names)} of {self.session.votes.name}>"


@by_keyword
def explore(
    votes: Votes | str | Path,
    from_: str = "overall",
    to: str = "multi_turn",
    settings: Settings = Settings(),
    topics: Topics | None = None,
    **options: Unpack[Options],
) -> Panel:
    """Boards to play with in JupyterLab: pick two categories, a period, languages and models; see both boards, what moved and
    who is behind it, and read the conversations behind any number. It shows the call that makes the same numbers.

    Args:
        from_, to: the two categories to begin with; the same one twice shows one board.
        settings: of the boards; each may be given by its name.
        topics: those that prompts are searched in by meaning; those that `kept_topics` keeps where not given.

    Raises:
        UsageError: a category is not known, or the extra `explore` is not installed.
        InputError: the votes lack a column that a category needs, or a board cannot be fitted.
    """
    _anywidget()
    return Panel(Session(load_votes(votes), Selection(from_, to), settled(settings, options), topics))


def plain(view: Any) -> Any:
    """A view as JSON has it: a number that is none becomes null, and what NumPy and pandas count in becomes numbers."""
    if isinstance(view, dict):
        return {name: plain(value) for name, value in view.items()}
    if isinstance(view, list | tuple):
        return [plain(value) for value in view]
    if hasattr(view, "item"):
        view = view.item()
    if isinstance(view, str):
        # Half a pair of UTF-16, which a damaged file may hold, is no text that can be sent.
        return str(view).encode("utf-8", "replace").decode()
    return None if isinstance(view, float) and view != view else view


def _anywidget() -> Any:
    """The package that brings widgets to JupyterLab.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import anywidget
    except ImportError:
        raise UsageError(MISSING) from None
    return anywidget


def _widget(start: dict[str, Any], options: dict[str, Any], shown: dict[str, Any]) -> Any:
    """The widget: `options` and `start` stay, `asked` comes from the browser, `shown` goes to it."""
    from traitlets import Dict

    texts = {"_esm": (_HERE / "panel.js").read_text("utf-8"), "_css": (_HERE / "panel.css").read_text("utf-8")}
    traits = {name: Dict().tag(sync=True) for name in ("options", "start", "asked", "shown")}
    made = type("Explorer", (_anywidget().AnyWidget,), {**texts, **traits})
    return made(options=plain(options), start=plain(start), asked=plain(start), shown=json.loads(json.dumps(shown)))
