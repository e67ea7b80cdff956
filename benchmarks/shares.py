"""Do the 95 % intervals of shares hold the truth where votes of one judge are alike? Simulated judges with habits.

    python benchmarks/shares.py [--arenas 200]

A judge goes on talking with a probability of their own, drawn from a Beta distribution whose mean is the true share; how much
a judge votes falls off as a power, as on the real arena (LMSYS 2024: mean 2.4, median 1, most 591). Printed for each kind of
arena: how often the interval that counts votes as independent holds the truth, how often ours does, and how much wider it is.
Then for groups, chosen by judge (as a language) or by vote (as a model): coverage of their shares and of their differences
from the rest, and in how many arenas a group is wrongly called different at a false-discovery rate of 5 %.
"""

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd
from tqdm import tqdm

from analysis.shares.differences import differences
from analysis.shares.habits import habits_of
from analysis.shares.tallies import count_given_groups, crowding_of, tally_of
from analysis.shares.wilson import with_shares

#: Exponents of P(k) ∝ k^−e at which the busiest 1 % of judges cast about a fifth and a third of the votes, and most votes of one.
FIFTH, THIRD, MOST = 2.4, 2.0, 600

#: Concentrations of habits: none, and Beta distributions from narrow to wide (correlations of two votes 0.03, 0.09, 0.25).
CONCENTRATIONS = (None, 30, 10, 3)


def draw_judges(votes: int, exponent: float, rng: np.random.Generator, lone: float = 0.0) -> np.ndarray:
    """The judge of each vote, shape (votes,); one more judge casts the share `lone` of them."""
    sizes = np.arange(1, MOST + 1, dtype=float)
    cumulative = np.cumsum(sizes**-exponent) / np.sum(sizes**-exponent)
    others = votes - round(lone * votes)
    cast = np.searchsorted(cumulative, rng.random(others)) + 1
    judges = np.repeat(np.arange(others), cast)[:others]
    return np.concatenate([judges, np.full(votes - others, judges.max() + 1)])


def draw_hits(judge: np.ndarray, share: float, concentration: float | None, rng: np.random.Generator) -> np.ndarray:
    """Whether each vote is a hit, shape (votes,), by the judge's habit."""
    if concentration is None:
        return rng.random(len(judge)) < share
    habit = rng.beta(share * concentration, (1 - share) * concentration, judge.max() + 1)
    return rng.random(len(judge)) < habit[judge]


def held(judge: np.ndarray, hit: np.ndarray, share: float) -> tuple[bool, bool, float]:
    """Whether the interval of independent votes and ours hold the share, and how much wider ours is."""
    tally = tally_of(judge, hit)
    habits = habits_of(tally)
    counts = pd.DataFrame({"part": [hit.sum()], "votes": [len(hit)]})
    plain = with_shares(counts, "part", "votes").iloc[0]
    ours = with_shares(counts, "part", "votes", 0.95, habits.effective(counts["votes"], tally.crowding, 0.95)).iloc[0]
    inside = [bool(row["lower"] <= share <= row["upper"]) for row in (plain, ours)]
    return inside[0], inside[1], (ours["upper"] - ours["lower"]) / (plain["upper"] - plain["lower"])


def coverage(
    votes: int, exponent: float, share: float, concentration: float | None, arenas: int, lone: float = 0.0
) -> tuple[float, float, float]:
    """Coverage of the interval of independent votes and of ours, and the mean of how much wider ours is."""
    found = []
    for seed in range(arenas):
        rng = np.random.default_rng(seed)
        judge = draw_judges(votes, exponent, rng, lone)
        found.append(held(judge, draw_hits(judge, share, concentration, rng), share))
    plain, ours, wider = np.mean(np.array(found, dtype=float), axis=0)
    return float(plain), float(ours), float(wider)


def grouped(judge: np.ndarray, by: str, rng: np.random.Generator, groups: int = 15) -> np.ndarray:
    """The group of each vote, shape (votes,), sizes falling as 1, 1/2, 1/3 …: one for each judge, or drawn for each vote."""
    chance = 1 / np.arange(1, groups + 1)
    drawn = rng.choice(groups, judge.max() + 1 if by == "judge" else len(judge), p=chance / chance.sum())
    return drawn[judge] if by == "judge" else drawn


def group_coverage(
    votes: int, exponent: float, share: float, concentration: float | None, arenas: int, by: str
) -> tuple[float, float, float, float]:
    """Coverage of shares of groups by votes alone and by ours, of differences that are 0, and arenas with a false discovery."""
    plain, ours, gaps, called = [], [], [], []
    for seed in range(arenas):
        rng = np.random.default_rng(seed)
        judge = draw_judges(votes, exponent, rng)
        hit, group = draw_hits(judge, share, concentration, rng), grouped(judge, by, rng)
        tally = tally_of(judge, hit)
        habits = habits_of(tally)
        sums = count_given_groups(judge, hit, group).sort_values("group", ignore_index=True)
        sums = sums[sums["votes"] >= 30].reset_index(drop=True)
        crowding = crowding_of(judge, group, int(group.max()) + 1)[sums["group"]]
        for rows, effective in ((plain, None), (ours, habits.effective(sums["votes"], crowding, 0.95))):
            table = with_shares(sums, "hits", "votes", 0.95, effective)
            rows.extend((table["lower"] <= share) & (share <= table["upper"]))
        found = differences(sums, tally, habits)
        gaps.extend((found["difference_lower"] <= 0) & (found["difference_upper"] >= 0))
        called.append(found["differs"].any())
    return tuple(float(np.mean(values)) for values in (plain, ours, gaps, called))


def cases() -> Iterator[tuple[str, int, float, float, float]]:
    """Name, votes, exponent, share and lone judge's share of each kind of arena."""
    yield "6,000 votes, busiest 1 % a fifth", 6_000, FIFTH, 0.14, 0.0
    yield "6,000 votes, busiest 1 % a third", 6_000, THIRD, 0.14, 0.0
    yield "  the same, share 2 %", 6_000, FIFTH, 0.02, 0.0
    yield "  the same, share 50 %", 6_000, FIFTH, 0.5, 0.0
    yield "500 votes", 500, FIFTH, 0.14, 0.0
    yield "  the same, share 2 %", 500, FIFTH, 0.02, 0.0
    yield "100 votes", 100, FIFTH, 0.14, 0.0
    yield "6,000 votes, half by one judge", 6_000, FIFTH, 0.14, 0.5
    yield "500 votes, half by one judge", 500, FIFTH, 0.14, 0.5


def print_coverage(arenas: int) -> None:
    print(f"{arenas} arenas each; nominal coverage 95 %. For each concentration of habits: votes alone, ours (times as wide)")
    print(f"{'':34}" + "".join(f"{'none' if each is None else each:>22}" for each in CONCENTRATIONS))
    for name, votes, exponent, share, lone in tqdm(list(cases()), unit="case"):
        cells = [coverage(votes, exponent, share, each, arenas, lone) for each in CONCENTRATIONS]
        tqdm.write(f"{name:34}" + "".join(f"{plain:8.1%} {ours:6.1%} ({wider:4.2f})" for plain, ours, wider in cells))
    print(
        "\nGroups of 6,000 votes, for each concentration: shares by votes alone, ours; differences; arenas with a false discovery"
    )
    for by, exponent in tqdm([(by, exponent) for by in ("judge", "vote") for exponent in (FIFTH, THIRD)], unit="case"):
        cells = [group_coverage(6_000, exponent, 0.14, each, arenas, by) for each in CONCENTRATIONS]
        words = "".join(f"{plain:8.1%} {ours:6.1%} {gaps:6.1%} {false:5.1%}" for plain, ours, gaps, false in cells)
        tqdm.write(f"by {by}, a {'fifth' if exponent == FIFTH else 'third'}  {words}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arenas", type=int, default=200)
    print_coverage(parser.parse_args().arenas)


if __name__ == "__main__":
    main()
