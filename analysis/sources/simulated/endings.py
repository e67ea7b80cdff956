"""How simulated votes end: the style of both answers, the chances of the four outcomes, and the outcome drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from analysis.sources.simulated.grammars import topics
from analysis.votes.schema import STYLE_FEATURES
from analysis.votes.style_columns import relative_difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.sources.simulated.arena import Arena
    from analysis.sources.simulated.draws import Draws

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Log-odds of both-bad against tie for two models of mean strength 1160, and by how much it falls per Elo point.
BOTH_BAD_LEVEL, BOTH_BAD_SLOPE, BOTH_BAD_CENTRE = 0.05, -0.01, 1160.0

#: Nodes of the quadrature over tastes: at a standard deviation of 2 in log-odds it errs by less than 0.00001.
NODES = 31


def draw_style(draws: Draws, arena: Arena, rng: np.random.Generator) -> dict[str, Integers]:
    """Tokens, headers, list items and bold spans of both sides, shape (N,) each, named as in the vote table.

    A model's mean times the topic's factor, a part that both answers to a prompt share, and a part of their own.
    """
    rows = len(draws.turns)
    factor = np.array([topic.style for topic in topics()])[draws.prompts.topic]
    shared = rng.normal(0, 0.5, rows) + 0.8 * np.log(draws.turns)
    style: dict[str, Integers] = {}
    for side, model in (("a", draws.first), ("b", draws.second)):
        length = np.exp(shared + rng.normal(0, 0.35, rows))
        style[f"tokens_{side}"] = np.maximum(1, np.round(arena.answers[model, 0] * factor[:, 0] * length)).astype(np.int64)
        formatted = rng.gamma(0.9, 1 / 0.9, rows)  # some answers are formatted throughout, many not at all
        for column, feature in enumerate(STYLE_FEATURES[1:], start=1):
            mean = arena.answers[model, column] * factor[:, column] * np.minimum(length, 12.0) * formatted
            style[f"{feature}_{side}"] = rng.poisson(mean).astype(np.int64)
    return style


def style_differences(style: dict[str, Integers]) -> Floats:
    """Relative differences of the style of both answers in standard deviations, shape (N, 4).

    What style control fits with: divided by the root mean square over the votes.
    """
    columns = []
    for feature in STYLE_FEATURES:
        difference = relative_difference(style[f"{feature}_a"], style[f"{feature}_b"], feature)
        columns.append(difference / max(float(np.sqrt(np.mean(difference**2))), 1e-12))
    return np.column_stack(columns)


def log_odds(draws: Draws, differences: Floats, arena: Arena) -> Floats:
    """Log-odds of the left model per vote without tastes, shape (N,): Bradley–Terry's (R_a − R_b) ln 10 / 400, and more.

    R is the strength plus the offsets of turns, topic and language, the day's drift and, on a released prompt, the bonus of
    the tuned model; the left place and the style of the answers (`style_differences`) add to the log-odds.
    """
    day = draws.seconds // 86_400
    bonus = np.where(np.array(arena.models) == arena.tuned, arena.bonus, 0.0)

    def rating(model: Integers) -> Floats:
        several = np.where(draws.turns > 1, arena.multi_turn[model], 0.0)
        topic = arena.topic_offsets[draws.prompts.topic, model]
        language = arena.language_offsets[draws.prompts.language, model]
        gained = np.where(draws.prompts.released, bonus[model], 0.0)
        return np.asarray(arena.strength[model] + several + topic + language + draws.drift[day, model] + gained)

    points = rating(draws.first) - rating(draws.second)
    return np.asarray(points * np.log(10) / 400 + arena.left + differences @ np.array(arena.style))


def draw_tastes(draws: Draws, differences: Floats, arena: Arena, rng: np.random.Generator) -> Floats:
    """What each vote's judge adds to its log-odds, shape (N,): a taste for either model, and for each part of the style.

    Tastes are normal around 0; only those of judges for models that they saw are drawn.
    """
    models, style = rng.spawn(2)
    added = np.zeros(len(draws.judge))
    if arena.tastes:
        size = len(arena.models)
        cell = np.concatenate([draws.judge * size + draws.first, draws.judge * size + draws.second])
        seen, place = np.unique(cell, return_inverse=True)
        taste = models.normal(0, arena.tastes, len(seen))[place]
        added += taste[: len(added)] - taste[len(added) :]
    if arena.style_tastes:
        own = style.normal(0, arena.style_tastes, (int(draws.judge.max()) + 1, len(STYLE_FEATURES)))
        added += (differences * own[draws.judge]).sum(axis=1)
    return added


def draw_prompt_tastes(draws: Draws, arena: Arena, rng: np.random.Generator) -> Floats:
    """What each vote's prompt adds to its log-odds, shape (N,): something for either model, the same in all votes on it."""
    cell = draws.prompts.pool * len(arena.models)
    seen, place = np.unique(np.concatenate([cell + draws.first, cell + draws.second]), return_inverse=True)
    added = rng.normal(0, arena.prompt_tastes, len(seen))[place]
    return np.asarray(added[: len(cell)] - added[len(cell) :])


def outcome_chances(log_odds: Floats, draws: Draws, arena: Arena) -> NDArray[np.float32]:
    """Chances of model_a, model_b, tie and both_bad, shape (N, 4).

    With p the expected score, P(tie) + P(both_bad) = u = 4 κ p (1 − p), and what is left over goes to the two sides so
    that P(model_a) + u / 2 = p: counting half a win for a tie or both-bad then keeps Bradley–Terry exact. κ ≤ ½ keeps
    both sides' chances from falling below zero. Weak pairs have more both-bads.
    """
    chance = expit(log_odds)
    return _chances(chance, chance * (1 - chance), draws, arena)


def mean_chances(log_odds: Floats, differences: Floats, draws: Draws, arena: Arena) -> NDArray[np.float32]:
    """`outcome_chances` averaged over the tastes of all judges that there could be, shape (N, 4).

    The tastes for two models and for the style add a normal variable with variance 2 τ² + ς² Σ z² to the log-odds without
    tastes; p and p (1 − p) are averaged over it by Gauss–Hermite quadrature (Golub & Welsch 1969, as in NumPy).
    """
    spread = np.sqrt(2 * arena.tastes**2 + arena.style_tastes**2 * (differences**2).sum(axis=1))
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    chance, variance = np.zeros(len(log_odds)), np.zeros(len(log_odds))
    for node, weight in zip(nodes.tolist(), (weights / weights.sum()).tolist(), strict=True):
        one = expit(log_odds + spread * node)
        chance += weight * one
        variance += weight * one * (1 - one)
    return _chances(chance, variance, draws, arena)


def _chances(chance: Floats, variance: Floats, draws: Draws, arena: Arena) -> NDArray[np.float32]:
    """Chances of the four outcomes from the means of p and p (1 − p), shape (N, 4)."""
    easy = np.array([topic.ties for topic in topics()])[draws.prompts.topic]
    undecided = 4 * np.minimum(arena.undecided * easy, 0.5) * variance
    mean = (arena.strength[draws.first] + arena.strength[draws.second]) / 2
    bad = undecided * expit(BOTH_BAD_LEVEL + BOTH_BAD_SLOPE * (mean - BOTH_BAD_CENTRE))
    chances = [chance - undecided / 2, 1 - chance - undecided / 2, undecided - bad, bad]
    return np.column_stack(chances).clip(0.0, 1.0).astype(np.float32)


def draw_outcomes(chances: NDArray[np.float32], rng: np.random.Generator) -> Integers:
    """The outcome of each vote, shape (N,): 0 model_a, 1 model_b, 2 tie, 3 both_bad."""
    level = rng.random(len(chances))
    below = np.cumsum(chances[:, :3].astype(float), axis=1)
    return np.asarray((level[:, None] >= below).sum(axis=1), dtype=np.int64)
