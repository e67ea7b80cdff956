"""Do 95 % intervals hold the truth where people have tastes and habits? How often each kind of interval covers it.

    python benchmarks/intervals.py [--arenas 200] [--rows 6000] [--models 20] [--quick]

The arenas are drawn here, not by `analysis.sources.simulated`, so that what is checked does not share its assumptions. Each
judge likes each model more or less than others do (a normal taste, standard deviation 0, 0.25 or 0.5 in log-odds), goes on
talking with a chance of their own (Beta with mean 0.14 and concentration 30, 10 or 3; all alike where tastes are 0) and has
favourite topics. Judges cast as many votes as on the real arena (P(k) ∝ k^−2.3: the busiest 1 % cast a fifth), or far more:
twenty votes each on average, the busiest 1 % a third of all. The truth is that of the population of judges: of endless votes of
endless judges.

Printed: how often the interval of each kind holds it, of ratings, ranks, rating shifts between nested and between disjoint
categories where nothing shifts, win rates, and changes between topics; and in how many arenas a false shift is called at a
false-discovery rate of 5 %. Coverage of all shares is printed by `shares.py`, which this runs at the end.
"""

import argparse
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shares
from scipy.special import expit
from tqdm import tqdm

from analysis.categories.categories import CATEGORIES
from analysis.ratings.ballots import Ballots, gather
from analysis.ratings.basis import choose_basis
from analysis.ratings.board import Board, fit_board
from analysis.ratings.bradley_terry import POINTS, fit_bradley_terry
from analysis.ratings.pairs import PairCounts
from analysis.ratings.settings import Settings
from analysis.ratings.shift import compare
from analysis.ratings.win_rates import win_rates
from analysis.topics.boards import joined, pool_topics

#: Strengths of tastes (log-odds) and habits (concentration of the Beta; None: all judges alike).
STRENGTHS: tuple[tuple[float, float | None], ...] = ((0.0, None), (0.25, 30.0), (0.25, 10.0), (0.5, 10.0), (0.5, 3.0))

#: How votes are shared among judges, and the share of multi-turn votes.
ACTIVITIES, MULTI_TURN = ("as on the arena", "far busier"), 0.14

#: Topics, the sizes of which fall as 1, 1/2, 1/3 and so on, and the standard deviation of true changes between them, points.
TOPICS, SPREAD = 6, 30.0

OVERALL = CATEGORIES["overall"]


@dataclass(frozen=True)
class Arena:
    """Votes by category (overall, multi_turn, single_turn, topic 0 and so on), and what is true of the population.

    Attributes:
        strength: shape (M,), what a fit of endless votes gives, natural-log units, mean zero.
        chance: shape (M, M), of winning, a tie counting half.
        change: shape (T, M), by which a fit of endless votes on a topic differs from one of all.
    """

    ballots: dict[str, Ballots]
    strength: np.ndarray
    chance: np.ndarray
    change: np.ndarray


def judges_of_votes(rows: int, activity: str, rng: np.random.Generator) -> np.ndarray:
    """The judge of each vote, shape (rows,)."""
    if activity == "as on the arena":
        sizes = np.arange(1, 601)
        drawn = rng.choice(sizes, rows, p=sizes**-2.3 / (sizes**-2.3).sum())
        judges = int(np.searchsorted(np.cumsum(drawn), rows)) + 1
        return np.repeat(np.arange(judges), drawn[:judges])[:rows]
    judges = max(rows // 20, 100)
    weight, busiest = np.minimum(rng.pareto(1.5, judges), 20) + 0.2, judges // 100
    weight[:busiest] = weight[busiest:].sum() / 2 / busiest  # a third of all
    return rng.choice(judges, rows, p=weight / weight.sum())


def expected(strength: np.ndarray, tastes: float) -> np.ndarray:
    """Chance of winning, averaged over judges' tastes (Gauss–Hermite quadrature), shape (M, M)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    gap = strength[:, None] - strength[None, :]
    return np.asarray(expit(gap[..., None] + 2**0.5 * tastes * nodes) @ (weights / weights.sum()))


def fitted(chance: np.ndarray) -> np.ndarray:
    """Strengths that a fit of endless votes gives, all pairs being equally frequent, shape (M,)."""
    first, second = np.triu_indices(len(chance), 1)
    won = 1e6 * chance[first, second]
    counts = np.column_stack([won, 1e6 - won, 0 * won, 0 * won])
    return fit_bradley_terry(PairCounts(tuple(f"m{n:02}" for n in range(len(chance))), first, second, counts)).strength


def draw(seed: int, rows: int, models: int, tastes: float, habits: float | None, activity: str) -> Arena:
    """One arena."""
    rng = np.random.default_rng(seed)
    judge = judges_of_votes(rows, activity, rng)
    judges = judge.max() + 1
    # Turns: a chance of one's own. Topics: a third of a judge's votes are on a favourite.
    talks = np.full(judges, MULTI_TURN) if habits is None else rng.beta(MULTI_TURN * habits, (1 - MULTI_TURN) * habits, judges)
    several = rng.random(rows) < talks[judge]
    share = 1 / np.arange(1, TOPICS + 1)
    topic, favourite = (rng.choice(TOPICS, size, p=share / share.sum()) for size in (rows, judges))
    topic = np.where((habits is not None) & (rng.random(rows) < 1 / 3), favourite[judge], topic)
    strength, change = rng.normal(0, 100 / POINTS, models), rng.normal(0, SPREAD / POINTS, (TOPICS, models))
    liked = rng.normal(0, tastes, (judges, models))
    a = rng.integers(models, size=rows)
    b = (a + rng.integers(1, models, size=rows)) % models
    level = strength + change
    chance = expit(level[topic, a] + liked[judge, a] - level[topic, b] - liked[judge, b])
    tie, at = 1.4 * chance * (1 - chance), rng.random(rows)  # about a third; half wins keep the expected score
    outcome = np.where(at < tie, 2, np.where(at < tie / 2 + chance, 0, 1))
    by_topic = np.array([expected(row, tastes) for row in level])
    weight = np.bincount(topic, minlength=TOPICS) / rows
    overall = np.tensordot(weight, by_topic, 1)
    column = {"left": a, "right": b, "outcome": outcome, "judge": judge, "judge_known": np.ones(rows, dtype=bool)}
    inside = {"overall": several | True, "multi_turn": several, "single_turn": ~several}
    inside |= {f"topic {number}": topic == number for number in range(TOPICS)}
    column["members_0"] = np.sum([chosen.astype(int) << place for place, chosen in enumerate(inside.values())], axis=0)
    names = pd.DataFrame({"model": [f"m{number:02}" for number in range(models)], "number": np.arange(models)})
    ballots = gather(column, names, tuple(inside), ("judge",), False)
    true = fitted(overall)
    return Arena(ballots, true, overall, np.array([fitted(chances) for chances in by_topic]) - true)


def board_of(arena: Arena, category: str, settings: Settings) -> Board:
    ballots = arena.ballots[category]
    return fit_board(ballots.pairs, OVERALL, settings, ballots=ballots)


def covered(board: Board, arena: Arena) -> tuple[np.ndarray, np.ndarray]:
    """Whether each rating interval and each rank interval holds the truth."""
    table = board.table
    strength = POINTS * arena.strength[[int(model[1:]) for model in board.models]]
    rating = strength - strength.mean() + board.ratings.mean()
    rank = 1 + (strength[None, :] > strength[:, None]).sum(axis=1)
    return (
        ((table["lower"] <= rating) & (rating <= table["upper"])).to_numpy(),
        ((table["rank_lower"] <= rank) & (rank <= table["rank_upper"])).to_numpy(),
    )


def win_rates_held(board: Board, arena: Arena) -> np.ndarray:
    """Whether the interval of each observed win rate from enough votes holds the chance of winning in the population."""
    made = win_rates(board)
    frame = made.frame[made.frame["votes"] >= made.enough]
    true = arena.chance[[int(name[1:]) for name in frame["model"]], [int(name[1:]) for name in frame["other"]]]
    return ((frame["lower"] <= true) & (true <= frame["upper"])).to_numpy()


def topics_held(arena: Arena, kind: str) -> np.ndarray:
    """Whether the interval of each change between topics holds the true change."""
    parts = [arena.ballots[f"topic {number}"] for number in range(TOPICS)]
    whole = joined(parts)
    base, basis = fit_bradley_terry(whole.pairs), choose_basis(whole, Settings(interval=kind))
    pooled, _ = pool_topics(parts, base, basis)
    change = np.array([offsets.change for offsets in pooled.offsets])
    error = np.array([offsets.error for offsets in pooled.offsets])
    return np.abs(change - arena.change) <= 1.959964 * error


def one_arena(arena: Arena, held: dict[tuple[str, str], list[np.ndarray]], rounds: int) -> None:
    """Add what holds in one arena to the hits by kind of interval and of number."""
    for kind in ("votes", "auto", "bootstrap", "judges"):
        settings = Settings(interval=kind, rounds=rounds)
        board = board_of(arena, "overall", settings)
        held[kind, "rating"].append(covered(board, arena)[0])
        held[kind, "rank"].append(covered(board, arena)[1])
        if kind not in ("votes", "auto"):
            continue
        held[kind, "width"].append(np.array([board.widening]))
        held[kind, "win rate"].append(win_rates_held(board, arena))
        held[kind, "topic"].append(topics_held(arena, kind))
        part = board_of(arena, "multi_turn", settings)
        pairs = {
            "nested": (board, arena.ballots["multi_turn"].pairs),
            "disjoint": (board_of(arena, "single_turn", settings), None),
        }
        for name, (other, both) in pairs.items():
            shift = compare(other, part, both)
            table = shift.table
            held[kind, name].append(((table["shift_lower"] <= 0) & (table["shift_upper"] >= 0)).to_numpy())
            held[kind, f"{name} called"].append(np.array([(table["q_value"] <= 0.05).any()]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arenas", type=int, default=200)
    parser.add_argument("--rows", type=int, default=6_000)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="the strongest tastes and none alone")
    options = parser.parse_args()
    columns = ["rating", "rank", "nested", "disjoint", "win rate", "topic"]
    print(f"{options.arenas} arenas of {options.rows:,} votes and {options.models} models; coverage of 95 % intervals")
    strengths = (STRENGTHS[0], STRENGTHS[-1]) if options.quick else STRENGTHS
    for activity in ACTIVITIES:
        for tastes, habits in strengths:
            held: dict[tuple[str, str], list[np.ndarray]] = defaultdict(list)
            for seed in tqdm(range(options.arenas), unit="arena", leave=False):
                one_arena(draw(seed, options.rows, options.models, tastes, habits, activity), held, options.rounds)
            print(f"\njudges {activity}, tastes {tastes:g}, habits {'none' if habits is None else f'Beta of {habits:g}'}")
            print(
                "  "
                + " " * 10
                + "".join(f"{name:>10}" for name in columns)
                + "   false shift in arenas (nested, disjoint); width"
            )
            for kind in ("votes", "auto", "bootstrap", "judges"):
                cells = [f"{np.concatenate(held[kind, name]).mean():10.1%}" if held[kind, name] else " " * 10 for name in columns]
                called = [
                    np.mean(held[kind, f"{name} called"]) for name in ("nested", "disjoint") if held[kind, f"{name} called"]
                ]
                extra = "   " + ", ".join(f"{share:.1%}" for share in called) if called else ""
                width = f"; {np.mean(held[kind, 'width']):.2f}" if held[kind, "width"] else ""
                print(f"  {kind:10}{''.join(cells)}{extra}{width}", flush=True)
    shares.print_coverage(options.arenas)


if __name__ == "__main__":
    main()
