"""Do the 95 % intervals hold the truth? Simulated arenas with known strengths, and how often each interval covers.

    python benchmarks/coverage.py [--arenas 200] [--rows 20000] [--models 60]

Printed: coverage of ratings (sandwich and bootstrap), of ranks, of rating shifts between disjoint and between nested
categories when nothing shifts, and the share of arenas in which a false shift is called at a false-discovery rate of 5 %.
"""

import argparse

import numpy as np
from tqdm import tqdm

from analysis.board import Board, Settings, fit_board
from analysis.categories import CATEGORIES
from analysis.pairs import PairCounts, pair_counts
from analysis.shift import compare
from analysis.simulate import plain, simulate

KEY = ["model_a", "model_b", "outcome"]


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


if __name__ == "__main__":
    main()
