"""Verdicts: what the votes say about each kind of statement, with the probability that decides and the numbers behind it.

A statement is a hypothesis on the true strengths, not on the fitted ones, so a rank in it is a place in the order of the
strengths. There is one rule. Its number is the probability that the votes leave to the statement: from 97.5 % on it is
supported, up to 2.5 % contradicted, and between undecided.

Most statements have parts that must all hold: who is first is above each other model, and a share of 14 % is no less and no
more. Over many parts the joint probability is small where the votes say nothing at all, as it is 1/60 for each of sixty models.
So the number is the share of joint draws in which the statement holds where that is more than half. Where it is less, the
statement is as far from contradicted as the part that the votes support least, and that counts as many times as there are parts
(Bonferroni), up to a half: a true statement is contradicted in one case of forty at most. Ranks among many models that are
nearly level are the exception: draws spread such models out further than they lie, as intervals of ranks do.

Draws are those of the ratings (`Board.draws`). For a share they are those of its Beta posterior with Jeffreys' prior, on as many
independent votes as the votes are worth (`analysis.shares.habits`): those of one judge are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.categories.categories import find_category
from analysis.claims.evidence import TAGGED, Evidence, Needs
from analysis.claims.more_votes import MoreVotes, of_board, of_share
from analysis.claims.prompt_verdicts import exposure_parts, fresh_parts, repeat_parts, win_rate_parts
from analysis.claims.statements import (
    Above,
    BestOpen,
    ExposureGains,
    First,
    FreshShare,
    Gains,
    Moves,
    MultiTurnShare,
    RepeatShare,
    RepeatsMoveNoRank,
    Statement,
    TieForFirst,
    Top,
    WinRatesMove,
)
from analysis.distributions import beta, norm
from analysis.errors import InputError
from analysis.ratings.board import Board
from analysis.ratings.intervals import ONE_SIDED, ordinal_ranks, rank_intervals
from analysis.ratings.models import model_facts
from analysis.ratings.shift import Shift
from analysis.results.prose import in_points, joined, percent, signed
from analysis.shares.turns import turn_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SUPPORTED, CONTRADICTED, UNDECIDED, UNTESTABLE = "supported", "contradicted", "undecided", "cannot be tested here"

#: All verdicts, in the order in which they are counted.
VERDICTS = (SUPPORTED, CONTRADICTED, UNDECIDED, UNTESTABLE)

#: Probability from which on a statement is supported; one that is left no more than the rest is contradicted.
SURE = ONE_SIDED

#: A statement that holds in more of the draws than this is judged by them alone.
_EVEN = 0.5

#: Models closer than this many points are level: the better one wins 51.4 % of the votes between them.
LEVEL = 10.0


@dataclass(frozen=True)
class Verdict:
    """A verdict, the probability that decides on it (NaN where the statement cannot be tested), the figures, and about how many
    more votes would decide what is undecided."""

    verdict: str
    probability: float
    numbers: str
    more: MoreVotes = field(default_factory=MoreVotes)


def needs(statement: Statement) -> Needs:
    """The boards and shifts that a statement needs."""
    match statement:
        case Moves() | Gains():
            return Needs(shifts=((statement.category_from, statement.category_to),))
        case RepeatsMoveNoRank():
            return Needs(shifts=(("overall", TAGGED.name),))
        case MultiTurnShare() | RepeatShare() | FreshShare() | WinRatesMove() | ExposureGains():
            return Needs()
        case _:
            return Needs((statement.category,))


def judge(statement: Statement, evidence: Evidence) -> Verdict:
    """The verdict on a statement; what the votes cannot answer is `cannot be tested here`, with the reason as its numbers."""
    try:
        if isinstance(statement, MultiTurnShare | RepeatsMoveNoRank | RepeatShare | FreshShare | WinRatesMove):
            evidence.population.check_shares()
        evidence.population.check_ratings()
        evidence.as_of.check()
        found = _BY_KIND[type(statement)](statement, evidence)
    except InputError as error:
        return Verdict(UNTESTABLE, float("nan"), _sentence(str(error)))
    time = evidence.as_of.words
    parts = [found.numbers, found.more.words, _sentence(time[0].upper() + time[1:]) if time else ""]
    return replace(found, numbers=" ".join(part for part in parts if part))


def verdict_of(probability: float) -> str:
    """The verdict that a probability decides on."""
    return SUPPORTED if probability >= SURE else CONTRADICTED if probability <= 1 - SURE else UNDECIDED


def _decided(parts: NDArray[np.bool_], numbers: str, more: Callable[[], MoreVotes] = MoreVotes) -> Verdict:
    """The verdict on a statement by its parts, each whether it holds in each draw, shape (draws, parts)."""
    return _by_parts(float(parts.all(axis=1).mean()), parts.mean(axis=0), numbers, more)


def _by_parts(joint: float, each: Floats, numbers: str, more: Callable[[], MoreVotes] = MoreVotes) -> Verdict:
    """The verdict on a statement by the probability of all its parts together, and of each of them: see the module.

    Args:
        more: how many more votes would decide it, asked where it is undecided.
    """
    probability = joint if joint > _EVEN else max(joint, min(_EVEN, len(each) * float(np.min(each))))
    verdict = verdict_of(probability)
    return Verdict(verdict, probability, numbers, more() if verdict == UNDECIDED else MoreVotes())


def _places(board: Board | Shift, models: Iterable[str], where: str) -> list[int]:
    """Positions of models on a board; an InputError says who is not there."""
    absent = [model for model in models if model not in board.models]
    if absent:
        are = "is" if len(absent) == 1 else "are"
        raise InputError(f"{joined(absent)} {are} not among the {len(board.models)} models {where}")
    return [board.models.index(model) for model in models]


def _on(evidence: Evidence, category: str, *models: str) -> tuple[Board, list[int]]:
    board = evidence.board(category)
    return board, _places(board, models, f"rated in {board.category.called}")


def _difference(board: Board, one: int, other: int) -> str:
    """How far one model is above another, as prose with its interval."""
    variance = board.covariance[one, one] + board.covariance[other, other] - 2 * board.covariance[one, other]
    gap, half = board.ratings[one] - board.ratings[other], norm.ppf(0.975) * np.sqrt(max(variance, 0))
    direction = "above" if gap >= 0 else "below"
    return f"{in_points(f'{abs(gap):.0f}')} {direction} {board.models[other]} (95 % {signed(gap - half)} to {signed(gap + half)})"


def _sentence(text: str) -> str:
    return f"{text.rstrip('.')}."


def _beside(board: Board, model: int, rivals: Iterable[int]) -> str:
    """A model's votes and rating, and its distance from the best of its rivals."""
    best = min(rivals)  # boards are in the order of their ratings
    lower, upper = (bound[model] for bound in board.bounds)
    rated = f"rated {board.ratings[model]:.0f} ({lower:.0f} to {upper:.0f}) from {board.votes[model]:,.0f} votes"
    return f"{board.models[model]}: {rated}, {_difference(board, model, best)}"


def _first(statement: First, evidence: Evidence) -> Verdict:
    board, (place,) = _on(evidence, statement.category, statement.model)
    rivals = [other for other in range(len(board.models)) if other != place]
    parts = board.draws[:, [place]] > board.draws[:, rivals]
    words = _sentence(f"{_beside(board, place, rivals)}; rank {board.ranks[place]} by the arena's rule")
    return _decided(parts, words, lambda: of_board(board, [place] * len(rivals), rivals))


def _tie(statement: TieForFirst, evidence: Evidence) -> Verdict:
    board, places = _on(evidence, statement.category, *statement.models)
    tied, rest = board.draws[:, places], np.delete(board.draws, places, axis=1)
    near = [tied[:, one] - tied[:, other] < LEVEL for one, other in permutations(range(len(places)), 2)]
    above = [tied[:, [one]] > rest for one in range(len(places))]
    ahead = float(np.all(above, axis=(0, 2)).mean())
    apart = "; ".join(f"{board.models[place]} is {_difference(board, place, places[0])}" for place in places[1:])
    ranks = " and ".join(str(board.ranks[place]) for place in places)
    level = f"level means less than {LEVEL:.0f} points apart; all other models are below them in {percent(ahead, 0)} of draws"
    words = _sentence(f"{apart}; {level}; ranks {ranks} by the arena's rule")
    return _decided(np.column_stack([*near, *above]), words, lambda: _more_for_a_tie(board, places))


def _more_for_a_tie(board: Board, places: list[int]) -> MoreVotes:
    """Each less than LEVEL points above each other, and all above the rest."""
    near, rest = list(permutations(places, 2)), [other for other in range(len(board.models)) if other not in places]
    above = [(place, other) for place in places for other in rest]
    plus, minus = zip(*[(other, one) for one, other in near], *above, strict=True)
    return of_board(board, plus, minus, np.repeat([LEVEL, 0.0], [len(near), len(above)]))


def _above(statement: Above, evidence: Evidence) -> Verdict:
    board, (place, other) = _on(evidence, statement.category, statement.model, statement.other)
    words = _sentence(_beside(board, place, [other]))
    return _decided(board.draws[:, [place]] > board.draws[:, [other]], words, lambda: of_board(board, [place], [other]))


def _top(statement: Top, evidence: Evidence) -> Verdict:
    board, (place,) = _on(evidence, statement.category, statement.model)
    models = len(board.models)
    if statement.ranks >= models:
        raise InputError(f"only {models} models are rated in {board.category.called}, so all are in the top {statement.ranks}")
    inside = ordinal_ranks(board.draws)[:, [place]] <= statement.ranks
    numbers = f"{_place_words(board.draws, place, place + 1)} of {models}; rank {board.ranks[place]} by the arena's rule"
    others = [other for other in range(models) if other != place]
    more = partial(of_board, board, [place] * len(others), others, spare=statement.ranks - 1)
    return _decided(inside, _sentence(f"{statement.model}: {numbers}"), more)


def _best_open(statement: BestOpen, evidence: Evidence) -> Verdict:
    board, (place,) = _on(evidence, statement.category, statement.model)
    weights = model_facts().set_index("model")["open_weights"].reindex(list(board.models))
    known = weights.notna().to_numpy()
    if not known[place]:
        raise InputError(f"data/models.csv does not say whether the weights of {statement.model} are open")
    if not weights.iloc[place]:
        return Verdict(CONTRADICTED, 0.0, f"The weights of {statement.model} are not open (data/models.csv).")
    rivals = np.flatnonzero(known & weights.eq(True).to_numpy() & (np.arange(len(known)) != place))
    if not len(rivals):
        raise InputError(f"no other model with open weights is rated in {board.category.called}")
    parts = board.draws[:, [place]] > board.draws[:, rivals]
    unknown = f"; left out, their licence unknown: {int((~known).sum())}" if not known.all() else ""
    words = _sentence(f"{_beside(board, place, rivals)}, among {len(rivals) + 1} open models{unknown}")
    return _decided(parts, words, lambda: of_board(board, [place] * len(rivals), rivals.tolist()))


def _place_words(draws: Floats, place: int, now: int) -> str:
    """A model's place in the order of ratings and its 95 % interval."""
    low, high = rank_intervals(draws)
    return f"place {now} ({low[place]} to {high[place]})"


def _move_words(shift: Shift, place: int) -> str:
    """A model's places and ranks on both boards, its rating shift, and whether chance alone moves ranks as far."""
    row = shift.table.iloc[place]
    order_from, order_to = (ordinal_ranks(shift.table[name].to_numpy())[place] for name in ("rating_from", "rating_to"))
    drawn_from, drawn_to = shift.draws
    places = f"{_place_words(drawn_from, place, order_from)} → {_place_words(drawn_to, place, order_to)} of {len(shift.models)}"
    band = f"{signed(row['null_lower'])} to {signed(row['null_upper'])} ranks that chance gives a category of this size"
    side = "beyond" if row["beyond_chance"] else "within"
    ranks = f"by the arena's rule rank {row['rank_from']} → {row['rank_to']}, {side} the {band}"
    rating = (
        f"rating {in_points(signed(row['rating_shift']))} (95 % {signed(row['shift_lower'])} to {signed(row['shift_upper'])})"
    )
    return _sentence(f"{row['model']}: {places}; {ranks}; {rating}")


def _moved(statement: Moves | Gains, evidence: Evidence) -> tuple[Shift, int]:
    shift = evidence.shift(statement.category_from, statement.category_to)
    where = f"rated in both {shift.board_from.category.called} and {shift.board_to.category.called}"
    return shift, _places(shift, [statement.model], where)[0]


def _moves(statement: Moves, evidence: Evidence) -> Verdict:
    shift, place = _moved(statement, evidence)
    parts = []
    for drawn, rank in zip(shift.draws, (statement.rank_from, statement.rank_to), strict=True):
        found = ordinal_ranks(drawn)[:, place]
        parts += [found >= rank, found <= rank]
    return _decided(np.column_stack(parts), _move_words(shift, place))


def _gains(statement: Gains, evidence: Evidence) -> Verdict:
    shift, place = _moved(statement, evidence)
    return _decided(shift.rank_shift_draws[:, [place]] >= statement.ranks, _move_words(shift, place))


def _share(statement: MultiTurnShare, evidence: Evidence) -> Verdict:
    # Grouped by release: the headline is the same whatever the groups, and these are cheap to count.
    row = turn_share(evidence.votes, "release", among=evidence.as_of.within(find_category("overall"))).headline
    low, high = row["lower"], row["upper"]
    hits, others = row["multi_turn"] / row["design_effect"], (row["votes"] - row["multi_turn"]) / row["design_effect"]
    posterior = beta(hits + 0.5, others + 0.5)
    each = np.array([posterior.sf(statement.lower), posterior.cdf(statement.upper)])
    digits = max(2, len(f"{statement.share * 100:.6f}".rstrip("0").split(".")[1]) + 1)
    counted = f"{row['multi_turn']:,} of {row['votes']:,} votes are multi-turn, {percent(row['share'], digits)}"
    span = f"(95 % {percent(low, digits)} to {percent(high, digits)}, design effect {row['design_effect']:.2f})"
    printed = f"{percent(statement.lower, digits)} to {percent(statement.upper, digits)} is printed as the stated share"
    more = partial(of_share, posterior, statement.lower, statement.upper, row["votes"])
    return _by_parts(float(each.sum() - 1), each, _sentence(f"{counted} {span}; {printed}"), more)


def _repeats(statement: RepeatsMoveNoRank, evidence: Evidence) -> Verdict:
    shift = evidence.without_repeats
    table, moves = shift.table.reset_index(drop=True), shift.rank_shift_draws
    kept = min(statement.ranks or len(table), len(table))
    table, moves = table.head(kept), moves[:, :kept]
    # In any draw some models that are nearly level change places: such a draw contradicts nothing, one sure move does.
    return _decided(np.hstack([moves <= statement.by, moves >= -statement.by]), _repeat_words(shift, table))


def _repeat_words(shift: Shift, table: pd.DataFrame) -> str:
    """How many votes are left, how many ranks move, and the largest rating shift."""
    left, whole = shift.board_to.votes.sum() / 2, shift.board_from.votes.sum() / 2
    moved, beyond = int((table["rank_shift"] != 0).sum()), int(table["beyond_chance"].sum())
    row = table.loc[table["rating_shift"].abs().idxmax()]
    votes = f"{left:,.0f} of {whole:,.0f} votes are left ({shift.board_to.category.label})"
    ranks = f"of {len(table)} ranks by the arena's rule {moved} changed, {beyond} of them beyond what chance gives"
    span = f"(95 % {signed(row['shift_lower'], 1)} to {signed(row['shift_upper'], 1)})"
    largest = f"the largest rating shift is {row['model']}'s, {signed(row['rating_shift'], 1)} points {span}"
    return _sentence(f"{votes}; {ranks}; {largest}")


def _repeat_share(statement: RepeatShare, evidence: Evidence) -> Verdict:
    each, words = repeat_parts(statement, evidence)
    return _by_parts(float(each.sum() - 1), each, _sentence(words))


def _fresh_share(statement: FreshShare, evidence: Evidence) -> Verdict:
    each, words = fresh_parts(statement, evidence)
    return _by_parts(float(each[0]), each, _sentence(words))


def _win_rates(statement: WinRatesMove, evidence: Evidence) -> Verdict:
    parts, words = win_rate_parts(statement, evidence, evidence.settings.seed)
    return _decided(parts, _sentence(words))


def _exposure(statement: ExposureGains, evidence: Evidence) -> Verdict:
    each, words = exposure_parts(statement, evidence)
    return _by_parts(float(each[0]), each, _sentence(words))


_BY_KIND: dict[type, Callable[[Any, Evidence], Verdict]] = {
    First: _first,
    TieForFirst: _tie,
    Above: _above,
    Top: _top,
    BestOpen: _best_open,
    Moves: _moves,
    Gains: _gains,
    MultiTurnShare: _share,
    RepeatsMoveNoRank: _repeats,
    RepeatShare: _repeat_share,
    FreshShare: _fresh_share,
    WinRatesMove: _win_rates,
    ExposureGains: _exposure,
}
