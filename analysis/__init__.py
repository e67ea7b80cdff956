"""Arena Workbook: analyse Chatbot Arena votes, with the uncertainty shown.

    import analysis as arena

    votes = arena.load_votes("sample")
    arena.board(votes, "multi_turn").table

Each function returns a result with `.table` (a pandas DataFrame), `.sentence` (computed prose), a rich notebook display
and `.plot()`.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from analysis.errors import BusyError, InputError, NotebookError, UsageError, WorkbookError

if TYPE_CHECKING:
    from analysis.board import board, boards
    from analysis.category_ranks import category_ranks
    from analysis.claims import check_claims
    from analysis.coefficients import style_coefficients
    from analysis.contents import cleaning, counts, coverage, empty_cells, losses, overview
    from analysis.dependence import dependence
    from analysis.exposure import exposure
    from analysis.frontier import frontier, open_board
    from analysis.group_boards import group_boards
    from analysis.history import history, read_history
    from analysis.judges import judges
    from analysis.leaders import leaders, unrated
    from analysis.listing import attempt, gaps
    from analysis.provenance import provenance
    from analysis.published import read_board
    from analysis.rank_rule import rank_rule
    from analysis.repeats import repeats
    from analysis.settings import Settings
    from analysis.shift import compare, shift, style_shift
    from analysis.shift_history import compare_histories
    from analysis.simulate import simulate
    from analysis.sources.load import load_votes
    from analysis.topic_board_lists import clear_changes, pooling, topic_changes, topic_leaders
    from analysis.topic_cache import kept_topics
    from analysis.topic_lists import (
        broad_list,
        follow_ups,
        topic_examples,
        topic_languages,
        topic_list,
        topic_quality,
        topic_repeats,
        topic_settings,
    )
    from analysis.topic_model.model import TopicSettings
    from analysis.topic_model.topic_votes import topic_boards
    from analysis.topics import topics
    from analysis.turns import turn_share
    from analysis.win_rates import win_rates

__all__ = [
    "BusyError",
    "InputError",
    "NotebookError",
    "Settings",
    "TopicSettings",
    "UsageError",
    "WorkbookError",
    "attempt",
    "board",
    "boards",
    "broad_list",
    "category_ranks",
    "check_claims",
    "cleaning",
    "clear_changes",
    "compare",
    "compare_histories",
    "counts",
    "coverage",
    "dependence",
    "empty_cells",
    "exposure",
    "follow_ups",
    "frontier",
    "gaps",
    "group_boards",
    "history",
    "judges",
    "kept_topics",
    "leaders",
    "load_votes",
    "losses",
    "open_board",
    "overview",
    "pooling",
    "provenance",
    "rank_rule",
    "read_board",
    "read_history",
    "repeats",
    "shift",
    "simulate",
    "style_coefficients",
    "style_shift",
    "topic_boards",
    "topic_changes",
    "topic_examples",
    "topic_languages",
    "topic_leaders",
    "topic_list",
    "topic_quality",
    "topic_repeats",
    "topic_settings",
    "topics",
    "turn_share",
    "unrated",
    "win_rates",
]

#: Where the names live that are imported when first used: the command line starts without pandas.
_HOMES = {
    "board": ("board", "boards"),
    "category_ranks": ("category_ranks",),
    "claims": ("check_claims",),
    "coefficients": ("style_coefficients",),
    "contents": ("cleaning", "counts", "coverage", "empty_cells", "losses", "overview"),
    "dependence": ("dependence",),
    "exposure": ("exposure",),
    "frontier": ("frontier", "open_board"),
    "group_boards": ("group_boards",),
    "history": ("history", "read_history"),
    "judges": ("judges",),
    "leaders": ("leaders", "unrated"),
    "listing": ("attempt", "gaps"),
    "provenance": ("provenance",),
    "published": ("read_board",),
    "rank_rule": ("rank_rule",),
    "repeats": ("repeats",),
    "settings": ("Settings",),
    "shift": ("compare", "shift", "style_shift"),
    "shift_history": ("compare_histories",),
    "simulate": ("simulate",),
    "sources.load": ("load_votes",),
    "topic_board_lists": ("clear_changes", "pooling", "topic_changes", "topic_leaders"),
    "topic_cache": ("kept_topics",),
    "topic_lists": (
        "broad_list",
        "follow_ups",
        "topic_examples",
        "topic_languages",
        "topic_list",
        "topic_quality",
        "topic_repeats",
        "topic_settings",
    ),
    "topic_model.model": ("TopicSettings",),
    "topic_model.topic_votes": ("topic_boards",),
    "topics": ("topics",),
    "turns": ("turn_share",),
    "win_rates": ("win_rates",),
}


def _late(home: str, name: str) -> property:
    """A name of a module that is not imported yet.

    A module-level `__getattr__` would not do: importing `analysis.board` sets the attribute `board` to the module, which
    would hide the function of that name. A property stays, and setting it changes nothing.
    """
    return property(lambda _: getattr(import_module(f"analysis.{home}"), name), lambda *_: None)


class _Package(ModuleType):
    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


for _home, _names in _HOMES.items():
    for _name in _names:
        setattr(_Package, _name, _late(_home, _name))
sys.modules[__name__].__class__ = _Package
