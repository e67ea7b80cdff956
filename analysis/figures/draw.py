"""Which figure each kind of result has: registered with `analysis.results.drawing.draw`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias, TypeVar

from analysis.audit.agreement import Agreement
from analysis.audit.audit import Audit
from analysis.audit.clustering import VoteClustering
from analysis.audit.confounders import Confounders
from analysis.audit.cycles import Cycles
from analysis.audit.discrimination import Discrimination
from analysis.audit.drift import Drift
from analysis.audit.fragility import Fragility
from analysis.audit.implausible import ImplausibleJudges
from analysis.audit.influence import JudgeInfluence
from analysis.audit.misfit import Misfit
from analysis.audit.position import Position
from analysis.audit.ranks import RankSpans
from analysis.audit.sampling import Coverage
from analysis.audit.separation import Separation, check_separation
from analysis.audit.ties import TieRules
from analysis.audit.variants import Variants
from analysis.audit.votes_needed import VotesNeeded
from analysis.changes.changes import Changes
from analysis.changes.watch_classes import WatchClasses
from analysis.changes.watch_moves import WatchMoves
from analysis.changes.watch_steps import WatchSteps
from analysis.claims.claims import Claims
from analysis.errors import UsageError
from analysis.figures.audit.agreement import figure_agreement
from analysis.figures.audit.audit import figure_checks
from analysis.figures.audit.clustering import figure_clustering
from analysis.figures.audit.confounders import figure_confounders
from analysis.figures.audit.cycles import figure_cycles
from analysis.figures.audit.discrimination import figure_discrimination
from analysis.figures.audit.drift import figure_drift
from analysis.figures.audit.fragility import figure_fragility
from analysis.figures.audit.implausible import figure_implausible
from analysis.figures.audit.influence import figure_influence
from analysis.figures.audit.misfit import figure_misfit
from analysis.figures.audit.position import figure_position
from analysis.figures.audit.ranks import figure_rank_spans
from analysis.figures.audit.sampling import figure_coverage
from analysis.figures.audit.separation import figure_separation, figure_separation_matrix
from analysis.figures.audit.ties import figure_ties
from analysis.figures.audit.variants import figure_variants
from analysis.figures.audit.votes_needed import figure_votes_needed
from analysis.figures.changes.changes import figure_changes
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
from analysis.figures.ratings.versus import figure_versus
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
from analysis.ratings.versus import Versus
from analysis.ratings.win_rates import WinRates
from analysis.results.drawing import checked, draw, options_of
from analysis.results.spelling import did_you_mean
from analysis.shares.contents import Counts, counts
from analysis.shares.judges import Judges
from analysis.shares.turns import TurnShare
from analysis.sources.simulated.simulate import Simulation
from analysis.topics.board_lists import TopicChanges
from analysis.topics.boards import TopicBoards
from analysis.topics.editions import TopicEditions
from analysis.topics.topics import Topics
from analysis.votes.table import Votes

draw.register(Agreement, figure_agreement)
draw.register(Board, figure_board)
draw.register(CategoryRanks, figure_category_ranks)
draw.register(Changes, figure_changes)
draw.register(Claims, figure_claims)
draw.register(Confounders, figure_confounders)
draw.register(Counts, figure_counts)
draw.register(Cycles, figure_cycles)
draw.register(Drift, figure_drift)
draw.register(Discrimination, figure_discrimination)
draw.register(Coverage, figure_coverage)
draw.register(Exposure, figure_exposure)
draw.register(ExposureEffect, figure_exposure_effect)
draw.register(Fragility, figure_fragility)
draw.register(Frontier, figure_frontier)
draw.register(History, figure_history)
draw.register(ImplausibleJudges, figure_implausible)
draw.register(JudgeInfluence, figure_influence)
draw.register(Judges, figure_judges)
draw.register(Position, figure_position)
draw.register(Misfit, figure_misfit)
draw.register(RankRule, figure_rank_rule)
draw.register(RankSpans, figure_rank_spans)
draw.register(Repeats, figure_repeats)
draw.register(RepeatEffect, figure_repeat_effect)
draw.register(RepeatKinds, figure_repeat_kinds)
draw.register(RepeatShares, figure_repeat_shares)
draw.register(Freshness, figure_freshness)
draw.register(Growth, figure_growth)
draw.register(Simulation, figure_simulation)
draw.register(TieRules, figure_ties)
draw.register(TopicEditions, figure_topic_editions)
draw.register(Variants, figure_variants)
draw.register(Versus, figure_versus)
draw.register(VoteClustering, figure_clustering)
draw.register(VotesNeeded, figure_votes_needed)
draw.register(WatchClasses, figure_watch_classes)
draw.register(WatchMoves, figure_watch_moves)
draw.register(WatchSteps, figure_watch_steps)
draw.register(WinRates, figure_win_rates)


Function = TypeVar("Function", bound=Callable[..., Figure])

#: Figures of one kind of result, by what is drawn of it.
Figures: TypeAlias = Mapping[str, Callable[..., Figure]]

#: Of the share of multi-turn votes.
_OF_TURNS: Figures = {"share": figure_turn_share, "distribution": figure_turn_distribution}

#: Of a shift.
_OF_SHIFT: Figures = {"rank": figure_slope, "rating": figure_slope, "change": figure_shift}

#: Of the separation of a board.
_OF_SEPARATION: Figures = {"board": figure_separation, "matrix": figure_separation_matrix}

#: Of topics.
_OF_TOPICS: Figures = {
    "share": figure_topics,
    "map": figure_topic_map,
    "tree": figure_topic_tree,
    "multi_turn": partial(figure_topic_shares, of="multi_turn"),
    "repeats": partial(figure_topic_shares, of="repeats"),
    "language": figure_topic_languages,
    "time": figure_topics_over_time,
}

#: Of an audit.
_OF_AUDIT: Figures = {"classes": figure_separation, "checks": figure_checks}

#: Of boards by topic.
_OF_TOPIC_BOARDS: Figures = {"grid": figure_topic_boards, "change": figure_topic_changes, "rank": figure_topic_ranks}


def _with_options(*figures: Callable[..., Figure], fixed: tuple[str, ...] = ()) -> Callable[[Function], Function]:
    """Give a function that hands its options on to one of `figures` a signature that shows them, but for those that are `fixed`.

    An option that several of them have shows the default of the first.
    """

    def shown(function: Function) -> Function:
        first, *own = inspect.signature(function).parameters.values()
        named = {option.name: option for option in own if option.kind is not inspect.Parameter.VAR_KEYWORD}
        for figure in figures:
            for name, option in options_of(figure).items():
                if name not in (*named, *fixed):
                    default = None if option.default is option.empty else option.default  # one figure needs it, others do not
                    named[name] = option.replace(kind=inspect.Parameter.KEYWORD_ONLY, default=default)
        function.__signature__ = inspect.Signature([first, *named.values()])  # type: ignore[attr-defined]
        return function

    return shown


@draw.register
@_with_options(figure_separation)
def draw_audit(audit: Audit, of: str = "classes", **options: Any) -> Figure:
    """`classes`: what of the order is known, the board in its classes; `checks`: the verdict of every check."""
    figure = _chosen(_OF_AUDIT, of, options)
    return figure(audit, **options) if of == "checks" else figure(check_separation(audit.case), **options)


@draw.register
@_with_options(figure_counts)
def draw_votes(votes: Votes, **options: Any) -> Figure:
    """Votes by month, or by model where the release has no times."""
    return figure_counts(counts(votes, "month" if "time" in votes.available else "model"), **options)


@draw.register
@_with_options(*_OF_TURNS.values())
def draw_turn_share(share: TurnShare, of: str = "share", **options: Any) -> Figure:
    """`share`: the shares per group, over time where the groups are months; `distribution`: votes by number of turns."""
    figures = {**_OF_TURNS, "share": figure_turn_months} if share.by == "month" else _OF_TURNS
    return _chosen(figures, of, options)(share, **options)


@draw.register
@_with_options(figure_slope, figure_shift)
def draw_shift(shift: Shift, of: str = "rank", **options: Any) -> Figure:
    """`rank` and `rating`: slope charts from one board to the other; `change`: rating shifts with their intervals."""
    figure = _chosen(_OF_SHIFT, of, options)
    return figure(shift, **options) if of == "change" else figure(shift, of=of, **options)


@draw.register
@_with_options(*_OF_SEPARATION.values())
def draw_separation(separation: Separation, of: str = "board", **options: Any) -> Figure:
    """`board`: ratings in classes that are told apart; `matrix`: who of some `models` is above whom, with which probability."""
    return _chosen(_OF_SEPARATION, of, options)(separation, **options)


@draw.register
@_with_options(*_OF_TOPICS.values())
def draw_topics(topics: Topics, of: str = "share", **options: Any) -> Figure:
    """`share`: the share of the votes in each topic; `map`, `tree`: which topics are alike; `multi_turn`, `repeats`,
    `language`: how the votes of topics differ; `time`: shares over time."""
    return _chosen(_OF_TOPICS, of, options)(topics, **options)


@draw.register
@_with_options(*_OF_TOPIC_BOARDS.values())
def draw_topic_boards(boards: TopicBoards, of: str = "grid", **options: Any) -> Figure:
    """`grid`: changes of models by topics; `change`: those of one `model`, with their intervals; `rank`: ranks by topic."""
    return _chosen(_OF_TOPIC_BOARDS, of, options)(boards, **options)


@draw.register
@_with_options(figure_topic_changes, fixed=("model",))
def draw_topic_changes(changes: TopicChanges, **options: Any) -> Figure:
    """The changes of the model with their intervals."""
    return figure_topic_changes(changes.boards, model=changes.model, **options)


def _chosen(figures: Figures, of: str, options: dict[str, Any]) -> Callable[..., Figure]:
    """The figure that is asked for, which has all of the options.

    Raises:
        UsageError: there is none such, or it lacks an option.
    """
    if of not in figures:
        raise UsageError(f"no figure of {of!r}{did_you_mean(of, figures)}; there are {', '.join(figures)}.")
    checked(figures[of], options)
    return figures[of]
