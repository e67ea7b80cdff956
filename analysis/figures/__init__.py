"""Figures: functions of a result. Drawing never fits, and every figure carries its words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from analysis.errors import UsageError
from analysis.figures.boards import figure_board
from analysis.figures.category_ranks import figure_category_ranks
from analysis.figures.claims import figure_claims
from analysis.figures.contents import figure_counts
from analysis.figures.figure import Figure
from analysis.figures.frontier import figure_frontier
from analysis.figures.history import figure_history
from analysis.figures.judges import figure_judges
from analysis.figures.rank_rule import figure_rank_rule
from analysis.figures.shares import figure_exposure, figure_repeats
from analysis.figures.shifts import figure_shift, figure_slope
from analysis.figures.simulations import figure_simulation
from analysis.figures.topic_boards import figure_topic_boards, figure_topic_changes, figure_topic_ranks
from analysis.figures.topic_languages import figure_topic_languages
from analysis.figures.topic_map import figure_topic_map
from analysis.figures.topic_times import figure_topics_over_time
from analysis.figures.topic_tree import figure_topic_tree
from analysis.figures.topics import figure_topic_shares, figure_topics
from analysis.figures.turns import figure_turn_distribution, figure_turn_months, figure_turn_share
from analysis.figures.win_rates import figure_win_rates

if TYPE_CHECKING:
    from analysis.shift import Shift
    from analysis.topic_model.topic_votes import TopicBoards
    from analysis.topics import Topics
    from analysis.turns import TurnShare

__all__ = [
    "Figure",
    "draw",
    "draw_shift",
    "draw_topic_boards",
    "draw_topics",
    "draw_turn_share",
    "figure_board",
    "figure_category_ranks",
    "figure_claims",
    "figure_counts",
    "figure_exposure",
    "figure_frontier",
    "figure_history",
    "figure_judges",
    "figure_rank_rule",
    "figure_repeats",
    "figure_shift",
    "figure_simulation",
    "figure_slope",
    "figure_topic_boards",
    "figure_topic_changes",
    "figure_topic_languages",
    "figure_topic_map",
    "figure_topic_ranks",
    "figure_topic_shares",
    "figure_topic_tree",
    "figure_topics",
    "figure_topics_over_time",
    "figure_turn_distribution",
    "figure_turn_months",
    "figure_turn_share",
    "figure_win_rates",
]


def draw_turn_share(share: TurnShare, of: str = "share", **options: Any) -> Figure:
    """`share`: the shares per group, over time where the groups are months; `distribution`: votes by number of turns."""
    figures = {
        "share": figure_turn_months if share.by == "month" else figure_turn_share,
        "distribution": figure_turn_distribution,
    }
    return _chosen(figures, of)(share, **options)


def draw_shift(shift: Shift, of: str = "rank", **options: Any) -> Figure:
    """`rank` and `rating`: slope charts from one board to the other; `change`: rating shifts with their intervals."""
    if of == "change":
        return figure_shift(shift, **options)
    return _chosen({"rank": figure_slope, "rating": figure_slope, "change": figure_shift}, of)(shift, of=of, **options)


def draw_topics(topics: Topics, of: str = "share", **options: Any) -> Figure:
    """`share`: the share of the votes in each topic; `map`, `tree`: which topics are alike; `multi_turn`, `repeats`,
    `language`: how the votes of topics differ; `time`: shares over time."""
    figures: dict[str, Callable[..., Figure]] = {
        "share": figure_topics,
        "map": figure_topic_map,
        "tree": figure_topic_tree,
        "multi_turn": partial(figure_topic_shares, of="multi_turn"),
        "repeats": partial(figure_topic_shares, of="repeats"),
        "language": figure_topic_languages,
        "time": figure_topics_over_time,
    }
    return _chosen(figures, of)(topics, **options)


def draw_topic_boards(boards: TopicBoards, of: str = "grid", **options: Any) -> Figure:
    """`grid`: changes of models by topics; `change`: those of one `model`, with their intervals; `rank`: ranks by topic."""
    figures: dict[str, Callable[..., Figure]] = {
        "grid": figure_topic_boards,
        "change": figure_topic_changes,
        "rank": figure_topic_ranks,
    }
    return _chosen(figures, of)(boards, **options)


def _chosen(figures: dict[str, Callable[..., Figure]], of: str) -> Callable[..., Figure]:
    if of not in figures:
        raise UsageError(f"no figure of {of!r}; there are {', '.join(figures)}.")
    return figures[of]


#: How to draw each kind of result, by the name of its class: drawing does not import what computes.
_BY_RESULT: dict[str, Callable[..., Figure]] = {
    "Board": figure_board,
    "CategoryRanks": figure_category_ranks,
    "Claims": figure_claims,
    "Counts": figure_counts,
    "Exposure": figure_exposure,
    "Frontier": figure_frontier,
    "History": figure_history,
    "Judges": figure_judges,
    "RankRule": figure_rank_rule,
    "Repeats": figure_repeats,
    "Shift": draw_shift,
    "Simulation": figure_simulation,
    "TopicBoards": draw_topic_boards,
    "Topics": draw_topics,
    "TurnShare": draw_turn_share,
    "WinRates": figure_win_rates,
}


def draw(result: object, **options: Any) -> Figure:
    """The figure of a result; options are those of its figure function.

    Raises:
        UsageError: this kind of result has no figure.
    """
    for kind in type(result).__mro__:
        if kind.__name__ in _BY_RESULT:
            return _BY_RESULT[kind.__name__](result, **options)
    raise UsageError(f"a {type(result).__name__} has no figure.")
