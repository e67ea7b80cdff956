"""Solve for the true strengths of the simulated July 2024 and write them into data/arena_july_2024.csv.

A board of the simulated votes mixes turns, topics, languages and style, so its ratings are not the strengths that go
in. This finds strengths with which a fit of endless votes gives the published scores (data/published_july_2024.csv),
and a fit of the multi-turn votes the column `multi_turn_target`, over all judges that there could be and all drifts (drift
moves strengths around their mean, so it is left out here). Run it after a change to the arena:

    python benchmarks/calibrate_arena.py
"""

import argparse
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis import places
from analysis.ratings.bradley_terry import POINTS, fit_bradley_terry
from analysis.ratings.pairs import pair_counts
from analysis.sources.simulated.arena import JULY_2024, read_arena
from analysis.sources.simulated.simulate import Truth, simulate

ANCHOR, ANCHOR_RATING = "mixtral-8x7b-instruct-v0.1", 1114.0


def expected_ratings(truth: Truth, category: str) -> pd.Series:
    """Ratings by model that a fit of endless votes would give."""
    fit = fit_bradley_terry(pair_counts(truth.arena.models, truth.expected_counts(category))[0])
    ratings = pd.Series(fit.strength * POINTS, index=fit.pairs.models)
    return ratings - ratings[ANCHOR] + ANCHOR_RATING


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000, help="votes whose chances are averaged")
    parser.add_argument("--steps", type=int, default=6)
    options = parser.parse_args()
    table = pd.read_csv(JULY_2024).set_index("model", drop=False)
    overall = pd.read_csv(places.DATA / "published_july_2024.csv").set_index("model")["score"].reindex(table.index).astype(float)
    overall["gemma-2-27b-it"] += 0.5  # published level with yi-large, and announced above it
    several = table["multi_turn_target"].astype(float)
    if not table["strength"].any():
        table["strength"], table["multi_turn"] = overall, several - overall
    for step in range(1, options.steps + 1):
        arena = replace(read_arena(table), drift=0.0)
        truth = simulate(options.rows, seed=step, arena=arena, text=False).truth
        missing = overall - expected_ratings(truth, "overall"), several - expected_ratings(truth, "multi_turn")
        print(f"step {step}: largest miss {missing[0].abs().max():.2f} overall, {missing[1].abs().max():.2f} multi-turn")
        share = float(np.mean(truth.draws.turns > 1))
        single = (missing[0] - share * missing[1]) / (1 - share)
        # Each step has votes of its own; shrinking steps average their noise out.
        table["strength"] += single / max(1, step - 2)
        table["multi_turn"] += (missing[1] - single) / max(1, step - 2)
    table[["strength", "multi_turn"]] = table[["strength", "multi_turn"]].round(1)
    part = JULY_2024.with_suffix(".part")
    table.to_csv(part, index=False, lineterminator="\n")
    part.replace(JULY_2024)


if __name__ == "__main__":
    main()
