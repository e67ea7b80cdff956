"""Do the 95 % intervals hold the truth? Simulated arenas with known strengths, and how often each interval covers.

    python benchmarks/intervals.py [--arenas 200] [--rows 20000] [--models 60]

Printed: coverage of ratings (sandwich and bootstrap), of ranks, of rating shifts between disjoint and between nested
categories when nothing shifts, and the share of arenas in which a false shift is called at a false-discovery rate of 5 %.
Then, with changes between topics of a known spread: coverage of the changes and of the spread, and how many changes are
called clear, and how many of these have the wrong sign.
"""

import argparse

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm
from tqdm import tqdm

from analysis.board import Board, fit_board
from analysis.bradley_terry import POINTS, fit_bradley_terry
from analysis.categories import CATEGORIES
from analysis.pairs import PairCounts, pair_counts
from analysis.settings import Settings
from analysis.shift import compare
from analysis.simulate import plain, simulate
from analysis.topic_model.pooling import Pooled, pool_offsets

KEY = ["model_a", "model_b", "outcome"]

#: Topics, the sizes of which fall as 1, 1/2, 1/3 and so on; votes, and models; standard deviations of changes, points.
TOPICS, VOTES, MODELS, SPREADS = 15, 20_000, 40, (0, 15, 30, 60)


def counted(rows: int, seed: int, models: int) -> tuple[PairCounts, PairCounts, dict[str, float]]:
    """Pair counts of all votes and of the multi-turn ones, and the true strength of each model."""
    arena = plain(models=models)
    votes = simulate(rows, seed, arena, text=False).votes.select([*KEY, "turns"]).to_pandas()
    votes = votes.assign(overall=1, multi_turn=(votes["turns"] >= 2).astype(int))
    sums = votes.groupby(KEY, as_index=False)[["overall", "multi_turn"]].sum()
    overall, multi_turn = pair_counts(sorted(arena.models), sums, ["overall", "multi_turn"])
    return overall, multi_turn, dict(zip(arena.models, arena.strength, strict=True))


def covered(board: Board, truth: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Whether each rating interval and each rank interval holds the truth."""
    table = board.table
    strength = np.array([truth[model] for model in board.models])
    rating = strength - strength.mean() + board.ratings.mean()
    rank = 1 + (strength[None, :] > strength[:, None]).sum(axis=1)
    return (
        ((table["lower"] <= rating) & (rating <= table["upper"])).to_numpy(),
        ((table["rank_lower"] <= rank) & (rank <= table["rank_upper"])).to_numpy(),
    )


def pooled(spread: float, seed: int) -> tuple[Pooled, np.ndarray]:
    """Changes between topics as found, and the true ones, shape (k, M), against what all votes show."""
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, TOPICS + 1)
    topic = rng.choice(TOPICS, VOTES, p=share / share.sum())
    first = rng.integers(MODELS, size=VOTES)
    second = (first + rng.integers(1, MODELS, size=VOTES)) % MODELS
    change = rng.normal(0, spread, (TOPICS, MODELS))
    change -= change.mean(axis=1, keepdims=True)
    strength = rng.normal(0, 100, MODELS) + change
    chance = 1 / (1 + np.exp((strength[topic, second] - strength[topic, first]) / POINTS))
    tie, draw = 1.4 * chance * (1 - chance), rng.random(VOTES)  # about a third; half wins keep the expected score
    outcome = np.where(draw < tie, "tie", np.where(draw < tie / 2 + chance, "model_a", "model_b"))
    names = np.array([f"model-{number:02}" for number in range(MODELS)])
    votes = pd.DataFrame({"model_a": names[first], "model_b": names[second], "outcome": outcome, "topic": topic.astype(str)})
    columns = [str(number) for number in range(TOPICS)]
    cells = votes.groupby([*KEY, "topic"]).size().unstack("topic", fill_value=0).reindex(columns=columns, fill_value=0)
    by_topic = pair_counts(list(names), cells.reset_index(), columns)
    whole = fit_bradley_terry(by_topic[0].with_counts(np.sum([pairs.counts for pairs in by_topic], axis=0)))
    return pool_offsets(by_topic, whole), change - np.bincount(topic, minlength=TOPICS) / VOTES @ change


def print_pooled(arenas: int) -> None:
    print(f"{arenas} arenas of {VOTES:,} votes, {MODELS} models and {TOPICS} topics")
    for spread in SPREADS:
        held, inside, clear, wrong = [], [], 0, 0
        for seed in range(arenas):
            found, true = pooled(spread, seed)
            change, error, noise = (
                POINTS * np.array([getattr(offsets, name) for offsets in found.offsets]) for name in ("change", "error", "noise")
            )
            held.append(np.mean(np.abs(change - true) <= 1.959964 * error))
            inside.append(POINTS * found.lower <= spread <= POINTS * found.upper)
            called = false_discovery_control(2 * norm.sf(np.abs(change) / np.maximum(noise, 1e-12)).ravel()) <= 0.05
            clear += called.sum()
            wrong += (called & (change * true <= 0).ravel()).sum()
        rate = f"{clear / arenas:.1f} clear, {wrong} of {clear} with the wrong sign"
        print(f"  spread {spread:2}: changes {np.mean(held):.1%}, spread {np.mean(inside):.0%}; {rate}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arenas", type=int, default=200)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--models", type=int, default=60)
    options = parser.parse_args()
    hits: dict[str, list[np.ndarray]] = {
        name: [] for name in ("rating", "rating, bootstrap", "rank", "shift, disjoint", "shift, nested")
    }
    called = []
    overall, multi = CATEGORIES["overall"], CATEGORIES["multi_turn"]
    for seed in tqdm(range(options.arenas), unit="arena"):
        whole, part, truth = counted(options.rows, seed, options.models)
        rest = whole.with_counts(whole.counts - part.counts)
        boards = {
            name: fit_board(pairs, overall, Settings(), "") for name, pairs in (("whole", whole), ("part", part), ("rest", rest))
        }
        rating, rank = covered(boards["whole"], truth)
        bootstrap = fit_board(whole, multi, Settings(interval="bootstrap", rounds=500), "")
        disjoint, nested = (
            compare(boards["rest"], boards["part"], None, whole),
            compare(boards["whole"], boards["part"], part, whole),
        )
        hits["rating"].append(rating)
        hits["rank"].append(rank)
        hits["rating, bootstrap"].append(covered(bootstrap, truth)[0])
        for name, shift in (("shift, disjoint", disjoint), ("shift, nested", nested)):
            half = 1.959964 * np.sqrt(np.diag(shift.covariance))
            change = (
                shift.board_to.ratings[[shift.board_to.models.index(model) for model in shift.models]] - shift.board_from.ratings
            )
            hits[name].append(np.abs(change - change.mean()) <= half)
        called.append((disjoint.q_values <= 0.05).any())
    print(f"{options.arenas} arenas of {options.rows:,} votes and {options.models} models; nominal coverage 95 %")
    for name, each in hits.items():
        values = np.concatenate(each)
        arenas = np.array([hit.mean() for hit in each])
        print(f"  {name:20} {values.mean():7.2%}  ± {1.96 * arenas.std() / len(arenas) ** 0.5:.2%}")
    print(f"  false shift called   {np.mean(called):7.2%} of arenas (asked for: at most 5 %)")
    print_pooled(options.arenas)


if __name__ == "__main__":
    main()
