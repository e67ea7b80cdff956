"""Is a model found that was tuned on a released prompt set, and are honest ones left in peace? Simulated arenas.

    python benchmarks/exposure.py [--arenas 200] [--votes 1000000]

Judges have tastes and habits, and some of them vote often (`analysis.sources.simulated`); a tenth of the votes, if nothing else
is said, are on prompts of the set, few of which are asked again and again. Printed for each kind of arena: honest models that are
accused at a false-discovery rate of 5 %, of all that were told of; arenas in which any is; arenas in which the tuned model is
found; how often the 95 % interval holds the effect that endless votes on these prompts would give; and the standard error of a
model in the middle. Then how often a model is found whose effect is the smallest that the votes are said to show four times in
five. Last, how long marking votes takes beside finding the repeats in votes and set.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from analysis.matching.likeness import NEAR
from analysis.prompts.exposure import exposure
from analysis.prompts.repeats import repeats
from analysis.ratings.ballots import Ballots, gather
from analysis.ratings.exposure_effect import exposure_effect
from analysis.ratings.exposure_fit import Compared, Effects, compared, fit_effects, gains, less_others
from analysis.ratings.exposure_strata import crossed
from analysis.ratings.pairs import OUTCOMES, PairCounts
from analysis.sources.load import load_votes
from analysis.sources.simulated.simulate import Arena, Simulation, plain, simulate

#: The model that is tuned where one is, in the middle of the field.
TUNED = "model-010"

#: Topics are so different between models, in points, where they are.
TOPIC_SPREAD = 60.0


def arena(*, models: int = 20, topic_spread: float = 0.0, weight: float = 1.0, **settings: float | str) -> Arena:
    """An arena of models of evenly spread strength, with judges as on the real one; `weight` is that of TUNED."""
    made = plain(models, 100.0)
    offsets = np.random.default_rng(7).normal(0, 1, made.topic_offsets.shape) * topic_spread
    shown = np.where(np.array(made.models) == TUNED, weight, 1.0)
    people = {"tastes": 0.35, "busiest": 0.2, "votes_per_judge": 2.37, "topic_habits": 0.3, "language_habits": 0.9}
    set_ = {"released": 0.1, "released_prompts": 500}
    return replace(made, topic_offsets=offsets, weight=shown, **(people | set_ | settings))


def ballots_of(made: Simulation) -> Ballots:
    """The ballots of simulated votes without texts, with judges and prompts."""
    draws, models = made.truth.draws, made.truth.arena.models
    names = pd.DataFrame({"model": sorted(models)})
    names["number"] = np.arange(len(names))
    number = pd.Index(names["model"]).get_indexer(list(models))
    votes = len(draws.first)
    columns = {
        "left": number[draws.first],
        "right": number[draws.second],
        "outcome": pd.Index([outcome.value for outcome in OUTCOMES]).get_indexer(made.votes["outcome"].to_pylist()),
        "members_0": np.ones(votes, dtype=np.int64),
        "judge": draws.judge,
        "prompt": draws.prompts.pool,
        **{f"{name}_known": np.ones(votes, dtype=bool) for name in ("judge", "prompt")},
    }
    return gather(columns, names, ("overall",), ("judge", "prompt"), False)["overall"]


def compare(made: Simulation, topics: bool = True) -> Compared:
    """The votes of a simulation, held against each other by language and turns, and by planted topics where given."""
    ballots, draws = ballots_of(made), made.truth.draws
    parts = [draws.prompts.language, np.minimum(draws.turns, 2), *([draws.prompts.topic] if topics else [])]
    return compared(ballots, made.truth.exposed[ballots.row], crossed(parts, len(draws.turns))[ballots.row])


def true_effect(made: Simulation, votes: Compared, reference: np.ndarray) -> np.ndarray:
    """The effects beside the models of the reference that the chances of the votes give in place of their outcomes, points,
    shape (m,)."""
    rows, pairs = votes.ballots.row, votes.ballots.pairs
    left = np.array(made.truth.arena.models, dtype=object)[made.truth.draws.first[rows]]
    is_first = left == np.array(pairs.models, dtype=object)[pairs.first[votes.ballots.pair]]
    chance = np.where(is_first, made.truth.population_chance[rows], 1 - made.truth.population_chance[rows])

    def expected(side: np.ndarray) -> PairCounts:
        sums = [np.bincount(votes.ballots.pair, votes.weight * side * part, len(pairs.first)) for part in (chance, 1 - chance)]
        return pairs.with_counts(np.column_stack([*sums, *[np.zeros(len(pairs.first))] * 2]))

    one, other = expected(votes.exposed), expected(~votes.exposed)
    _, _, gained = gains(one, other)
    return less_others(one.votes_by_model / one.votes_by_model.sum(), reference) @ gained


@dataclass
class Tally:
    """What many arenas of one kind gave."""

    told: int = 0
    accused: int = 0
    arenas: int = 0
    accusing: int = 0
    found: int = 0
    held: list[bool] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    smallest: list[float] = field(default_factory=list)
    gained: list[float] = field(default_factory=list)

    def add(self, made: Simulation, votes: Compared | None, effects: Effects) -> None:
        """One more arena; without `votes` nobody gains anything in truth."""
        tuned = np.array(effects.models) == (made.truth.arena.tuned or "nobody")
        accused = effects.accused()
        self.arenas += 1
        self.told += int((~tuned).sum())
        self.accused += int(accused[~tuned].sum())
        self.accusing += bool(accused[~tuned].any())
        self.found += bool(accused[tuned].any())
        # What a prompt adds by itself is chance: of another set it would be something else.
        known = votes is not None and not made.truth.arena.prompt_tastes
        truth = true_effect(made, votes, effects.reference) if votes is not None and known else np.zeros(len(tuned))
        self.gained += truth[tuned].tolist() if known else []
        self.held += (np.abs(effects.effect - truth) <= effects.half(0.95)).tolist()
        self.errors.append(float(np.median(effects.error)))
        self.smallest.append(float(np.median(effects.smallest[tuned] if tuned.any() else effects.smallest)))

    @property
    def words(self) -> str:
        """A line of what is printed."""
        found = f"{self.found / self.arenas:6.1%}" if self.gained else "     –"
        honest = f"{self.accused:4} of {self.told:5} ({self.accused / max(self.told, 1):5.2%})"
        return (
            f"{honest} {self.accusing / self.arenas:7.1%} {found} "
            f"{np.mean(self.held):7.1%} {np.median(self.errors):6.1f} {np.median(self.smallest):6.1f}"
        )


def run(settings: Arena, votes: int, arenas: int, topics: bool = True) -> Tally:
    """Many arenas of one kind."""
    tally = Tally()
    for seed in range(arenas):
        made = simulate(votes, 1000 + seed, settings, text=False)
        found = compare(made, topics)
        if len(found.ballots.pairs.models) > 1:
            tally.add(made, found, fit_effects(found))
    return tally


def run_near(settings: Arena, votes: int, arenas: int) -> Tally:
    """Many arenas in which every vote on a prompt of the set has a near copy of it of its own, told of by `near`."""
    tally = Tally()
    letters = np.random.default_rng(5).choice(list("abcdefghijklmnopqrstuvwxyz"), (votes + 1_000, 60))
    texts = np.array([" ".join("".join(row[place : place + 6]) for place in range(0, 60, 6)) for row in letters], dtype=object)
    for seed in range(arenas):
        made = simulate(votes, 1000 + seed, settings, text=False)
        number, exposed = pd.factorize(made.truth.draws.prompts.pool)[0], made.truth.exposed
        copies = np.random.default_rng(seed).integers(100, 1_000, len(number))
        asked = [texts[base] + (f" {copy}" if hit else "") for base, copy, hit in zip(number, copies, exposed, strict=True)]
        columns = made.votes.select(["model_a", "model_b", "outcome", "judge"])
        with tempfile.TemporaryDirectory() as folder:
            path, prompts = Path(folder) / "votes.parquet", Path(folder) / "set.txt"
            pq.write_table(columns.append_column("prompt", pa.array(asked)), path)
            prompts.write_text("\n".join(texts[np.unique(number[exposed])]))
            effects = exposure_effect(path, prompts, kind=NEAR, placebos=0).effects
        if effects:
            tally.add(made, None, effects)
    return tally


def honest(arenas: int) -> None:
    """Arenas in which nobody is tuned, of 20,000 votes of 20 models."""
    apart = {"released_topics": 3, "topic_spread": TOPIC_SPREAD}
    kinds: list[tuple[str, Arena, bool]] = [
        ("as above", arena(), True),
        ("3 % exposed", arena(released=0.03, released_prompts=100), True),
        ("prompts add 0.5 to models", arena(prompt_tastes=0.5), True),
        ("  the same, 20 prompts in all", arena(prompt_tastes=0.5, released_prompts=20), True),
        ("set on 3 topics that differ, given", arena(**apart), True),
        ("  the same, prompts add 0.5", arena(**apart, prompt_tastes=0.5), True),
        ("  the same topics, not given", arena(**apart), False),
    ]
    for name, settings, topics in tqdm(kinds, unit="kind"):
        tqdm.write(f"{name:36}" + run(settings, 20_000, arenas, topics).words)
    few = arena(prompt_tastes=0.5, released_prompts=20)
    print(f"{'  20 prompts, near copies of each':36}" + run_near(few, 20_000, arenas).words)


def tuned(arenas: int) -> None:
    """Arenas of 100,000 votes with a model of 20,000 that was tuned."""
    each = {"weight": 2.2, "tuned": TUNED, "bonus": 50.0}
    for share in (0.1, 0.05):
        settings = arena(released=share, **each)
        print(f"{f'tuned by 50 points, {share:.0%} exposed':36}" + run(settings, 100_000, arenas).words)
    settings = arena(weight=2.2, tuned=TUNED, bonus=50.0)
    first = run(settings, 20_000, 20)
    smallest, kept = float(np.median(first.smallest)), float(np.mean(first.gained)) / 50
    settings = replace(settings, bonus=smallest / kept)  # judges differ in their tastes, which takes a part of every bonus away
    print(f"{f'tuned by the smallest, {smallest:.0f} points':36}" + run(settings, 20_000, arenas).words)
    print(f"(a bonus of 50 points is an effect of {50 * kept:.1f} where judges have tastes)")


def speed(votes: int) -> None:
    """Marking votes beside finding the repeats of votes and set."""
    rng = np.random.default_rng(1)
    words = np.array(
        ["rain", "snow", "why", "does", "the", "light", "of", "stars", "code", "python", "list", "sort", "poem", "is"]
    )
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / "votes.parquet", Path(folder) / "set.parquet"]
        for path in paths:
            texts = [" ".join(row) for row in words[rng.integers(0, len(words), (votes, 18))]]
            models = rng.integers(0, 20, votes)
            columns = {"prompt": texts, "model_a": [f"m{number}" for number in models]}
            columns |= {"model_b": [f"m{number + 20}" for number in models], "winner": ["tie"] * votes}
            pq.write_table(pa.table(columns), path)
        both = [load_votes(path) for path in paths]
        repeats(both[0])  # what is compiled once is not counted
        begun = time.perf_counter()
        for each in both:
            repeats(each)
        plain_time, begun = time.perf_counter() - begun, time.perf_counter()
        exposure(both[0], paths[1])
        ours = time.perf_counter() - begun
    print(f"\n{votes:,} votes against {votes:,} prompts: {ours:.1f} s, {ours / plain_time:.2f} of the exact repeats of both")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arenas", type=int, default=200)
    parser.add_argument("--votes", type=int, default=1_000_000, help="and prompts, whose marking is timed")
    options = parser.parse_args()
    print(f"{options.arenas} arenas each\n{'':36}honest accused       any  found    held  error smallest")
    honest(options.arenas)
    tuned(max(options.arenas // 2, 1))
    speed(options.votes)


if __name__ == "__main__":
    main()
