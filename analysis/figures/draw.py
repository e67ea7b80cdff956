"""Which figure each kind of result has: registered with `analysis.results.drawing.draw`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from analysis.changes.watch_classes import WatchClasses
from analysis.changes.watch_moves import WatchMoves
from analysis.changes.watch_steps import WatchSteps
from analysis.claims.claims import Claims
from analysis.errors import UsageError
from analysis.figures.changes.watch_classes import figure_watch_classes
from analysis.figures.changes.watch_moves import figure_watch_moves
from analysis.figures.changes.watch_steps import figure_watch_steps
from analysis.figures.claims.claims import figure_claims
from analysis.figures.figure import Figure
from analysis.figures.prompts.exposure import figure_exposure
from analysis.figures.prompts.freshness import figure_freshness
from analysis.figures.prompts.growth import figure_growth
from analysis.figures.prompts.repeat_kinds import figure_repeat_kinds
from analysis.figures.prompts.repeat_shares import figure_repeat_shares
from analysis.figures.prompts.repeats import figure_repeats
from analysis.figures.ratings.board import figure_board
from analysis.figures.ratings.category_ranks import figure_category_ranks
from analysis.figures.ratings.exposure_effect import figure_exposure_effect
from analysis.figures.ratings.frontier import figure_frontier
from analysis.figures.ratings.history import figure_history
from analysis.figures.ratings.rank_rule import figure_rank_rule
from analysis.figures.ratings.repeat_effect import figure_repeat_effect
from analysis.figures.ratings.shift import figure_shift
from analysis.figures.ratings.slope import figure_slope
from analysis.figures.ratings.win_rates import figure_win_rates
from analysis.figures.shares.contents import figure_counts
from analysis.figures.shares.judges import figure_judges
from analysis.figures.shares.turns import figure_turn_distribution, figure_turn_months, figure_turn_share
from analysis.figures.sources.simulated import figure_simulation
from analysis.figures.topics.boards import figure_topic_boards
from analysis.figures.topics.changes import figure_topic_changes
from analysis.figures.topics.editions import figure_topic_editions
from analysis.figures.topics.languages import figure_topic_languages
from analysis.figures.topics.map import figure_topic_map
from analysis.figures.topics.ranks import figure_topic_ranks
from analysis.figures.topics.shares import figure_topic_shares, figure_topics
from analysis.figures.topics.times import figure_topics_over_time
from analysis.figures.topics.tree import figure_topic_tree
from analysis.prompts.exposure import Exposure
from analysis.prompts.freshness import Freshness
from analysis.prompts.growth import Growth
from analysis.prompts.repeat_kinds import RepeatKinds
from analysis.prompts.repeat_shares import RepeatShares
from analysis.prompts.repeats import Repeats
from analysis.ratings.board import Board
from analysis.ratings.boards import CategoryRanks
from analysis.ratings.exposure_effect import ExposureEffect
from analysis.ratings.frontier import Frontier
from analysis.ratings.history import History
from analysis.ratings.rank_rule import RankRule
from analysis.ratings.repeat_effect import RepeatEffect
from analysis.ratings.shift import Shift
from analysis.ratings.win_rates import WinRates
from analysis.results.drawing import draw
from analysis.shares.contents import Counts, counts
from analysis.shares.judges import Judges
from analysis.shares.turns import TurnShare
from analysis.sources.simulated.simulate import Simulation
from analysis.topics.board_lists import TopicChanges
from analysis.topics.boards import TopicBoards
from analysis.topics.editions import TopicEditions
from analysis.topics.topics import Topics
from analysis.votes.table import Votes

draw.register(Board, figure_board)
draw.register(CategoryRanks, figure_category_ranks)
draw.register(Claims, figure_claims)
draw.register(Counts, figure_counts)
draw.register(Exposure, figure_exposure)
draw.register(ExposureEffect, figure_exposure_effect)
draw.register(Frontier, figure_frontier)
draw.register(History, figure_history)
draw.register(Judges, figure_judges)
draw.register(RankRule, figure_rank_rule)
draw.register(Repeats, figure_repeats)
draw.register(RepeatEffect, figure_repeat_effect)
draw.register(RepeatKinds, figure_repeat_kinds)
draw.register(RepeatShares, figure_repeat_shares)
draw.register(Freshness, figure_freshness)
draw.register(Growth, figure_growth)
draw.register(Simulation, figure_simulation)
draw.register(TopicEditions, figure_topic_editions)
draw.register(WatchClasses, figure_watch_classes)
draw.register(WatchMoves, figure_watch_moves)
draw.register(WatchSteps, figure_watch_steps)
draw.register(WinRates, figure_win_rates)


@draw.register
def draw_votes(votes: Votes, **options: Any) -> Figure:
    """Votes by month, or by model where the release has no times."""
    return figure_counts(counts(votes, "month" if "time" in votes.available else "model"), **options)


@draw.register
def draw_turn_share(share: TurnShare, of: str = "share", **options: Any) -> Figure:
    """`share`: the shares per group, over time where the groups are months; `distribution`: votes by number of turns."""
    figures = {
        "share": figure_turn_months if share.by == "month" else figure_turn_share,
        "distribution": figure_turn_distribution,
    }
    return _chosen(figures, of)(share, **options)


@draw.register
def draw_shift(shift: Shift, of: str = "rank", **options: Any) -> Figure:
    """`rank` and `rating`: slope charts from one board to the other; `change`: rating shifts with their intervals."""
    if of == "change":
        return figure_shift(shift, **options)
    return _chosen({"rank": figure_slope, "rating": figure_slope, "change": figure_shift}, of)(shift, of=of, **options)


@draw.register
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


@draw.register
def draw_topic_boards(boards: TopicBoards, of: str = "grid", **options: Any) -> Figure:
    """`grid`: changes of models by topics; `change`: those of one `model`, with their intervals; `rank`: ranks by topic."""
    figures: dict[str, Callable[..., Figure]] = {
        "grid": figure_topic_boards,
        "change": figure_topic_changes,
        "rank": figure_topic_ranks,
    }
    return _chosen(figures, of)(boards, **options)


@draw.register
def draw_topic_changes(changes: TopicChanges, **options: Any) -> Figure:
    """The changes of the model with their intervals."""
    return figure_topic_changes(changes.boards, model=changes.model, **options)


def _chosen(figures: dict[str, Callable[..., Figure]], of: str) -> Callable[..., Figure]:
    if of not in figures:
        raise UsageError(f"no figure of {of!r}; there are {', '.join(figures)}.")
    return figures[of]
