"""A session: somebody's exploration of some votes, as messages and their answers. It needs no widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from analysis.errors import InputError, WorkbookError, first_line
from analysis.explore.conversations import PAGE, Conversations, wanted_of
from analysis.explore.influence import behind
from analysis.explore.reading import read
from analysis.explore.selection import Selection, call, selection_of
from analysis.explore.view import View, options, shown_behind, shown_page, shown_prompts, shown_shift
from analysis.topics.cache import has_kept_topics, kept_topics
from analysis.topics.search import search_prompts

if TYPE_CHECKING:
    from analysis.ratings.settings import Settings
    from analysis.ratings.shift import Shift
    from analysis.topics.topics import Topics
    from analysis.votes.table import Votes

#: Prompts that a search by meaning finds.
_NEAREST = 2 * PAGE


class Session:
    """What is on the screen, and how it changes.

    Attributes:
        selection: the present one, whose boards could be made.
        shift: between its two boards; on one board, of that to itself.
    """

    def __init__(self, votes: Votes, selection: Selection, settings: Settings, topics: Topics | None = None) -> None:
        self.votes, self.settings, self._topics = votes, settings, topics
        self.reading = read(votes, settings)
        self.conversations = Conversations(self.reading)
        self.selection = selection
        self.shift: Shift = self.reading.shift(selection)

    @cached_property
    def options(self) -> View:
        """What there is to choose from."""
        return options(self.reading, self._topics is not None or has_kept_topics(self.votes))

    @property
    def call(self) -> str:
        """The lines of Python that make the numbers on the screen of `votes`."""
        return call(self.selection, self.settings)

    @property
    def most_moved(self) -> str:
        """The model to look into first: of those that clearly moved, the one that did most; else the first on the board."""
        return str(next(iter(self.shift.clear["model"]), self.shift.models[0]))

    @property
    def topics(self) -> Topics:
        """The topics that prompts are searched in.

        Raises:
            InputError: there are none.
        """
        if self._topics is None:
            if not has_kept_topics(self.votes):
                raise InputError("no topics of these votes are kept: arena.kept_topics(votes) finds them, which takes a while.")
            self._topics = kept_topics(self.votes)
        return self._topics

    def answer(self, asked: Mapping[str, Any]) -> View:
        """The view that a message asks for. What goes wrong is a line in it, `error`, beside what was there before.

        Args:
            asked: `selection`, the `model` whose votes are looked into, the `conversations` wanted, and a `number` that the
                answer repeats; each may be missing.
        """
        view: View = {"number": asked.get("number", 0), "error": ""}
        parts: dict[str, Callable[[], View | None]] = {
            "shift": lambda: self._select(asked),
            "behind": lambda: self._behind(str(asked.get("model") or "")),
            "conversations": lambda: self._conversations(asked.get("conversations")),
        }
        for name, part in parts.items():
            try:
                view[name] = part()
            except WorkbookError as error:
                view["error"] = view["error"] or str(error)
            except Exception as error:  # a traceback in a panel helps nobody, and would end it
                view["error"] = view["error"] or f"this cannot be shown ({type(error).__name__}: {first_line(error)})."
        return view | {"call": self.call}

    def _select(self, asked: Mapping[str, Any]) -> View:
        wanted = selection_of(asked.get("selection") or {}, self.selection)
        if wanted.names != self.selection.names:
            self.shift = self.reading.shift(wanted)
        self.selection = wanted
        return shown_shift(wanted, self.shift)

    def _behind(self, model: str) -> View | None:
        if model not in self.shift.models:
            return None
        return shown_behind(behind(self.reading, self.selection, self.shift, model))

    def _conversations(self, asked: Mapping[str, Any] | None) -> View | None:
        if not asked:
            return None
        wanted = wanted_of(asked)
        if asked.get("meaning") and wanted.text:
            found = search_prompts(self.topics, wanted.text, _NEAREST, self.votes)
            return shown_prompts(found.table.to_dict("records"), found.sentence)
        return shown_page(self.conversations.page(self.selection, wanted))
