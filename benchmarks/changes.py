"""How often is a change told where there is none, and is one that is planted found?

    python benchmarks/changes.py [--splits 40] [--arenas 20]

Nothing changed: the bundled sample is cut at random into an earlier and a later edition, by judge: two halves that
share none; a half and the whole; nine tenths and the whole. And simulated arenas of which nothing drifts are cut in time. Printed
are, of all ratings, ranks, classes, shares and claims that were looked at, how many lie beyond noise when looked at alone (5 %
at most by design), and in how many splits any change but a fact is clear. Planted in the later half: losses of one model become
wins as if it were 60 points stronger, and the multi-turn share doubles; printed is how often that is clear.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

import analysis as arena
from analysis.changes.editions import EditionChanges, edition_changes
from analysis.sources.simulated.arena import july_2024
from analysis.sources.simulated.simulate import simulate
from analysis.votes.ledger import Ledger
from analysis.votes.table import Votes

KINDS = ("rating", "rank", "class", "share", "claim")

#: What is compared by default, and with claims.
FAST = ("models", "boards", "classes", "shares")
PARTS = (*FAST, "claims")


def table_in(folder: Path, table: pa.Table, name: str) -> Votes:
    """A vote table in a file."""
    path = folder / f"{name}.parquet"
    pq.write_table(table, path)
    return Votes.at(path, Ledger(name, "made here", len(table), len(table)), name)


def edition_in(folder: Path, votes: Votes) -> Path:
    """The folder of an edition as far as changes read it."""
    place = folder / "edition"
    place.mkdir(exist_ok=True)
    pq.write_table(pq.read_table(votes.path), place / "votes.parquet")
    record = {"started": "2026-01-01T00:00:00", "ledger": asdict(votes.ledger), "versions": {}, "pages": []}
    (place / "run.json").write_text(json.dumps(record))
    return place


def changes_of(earlier: pa.Table, later: pa.Table, *, claims: bool = False) -> EditionChanges:
    """The changes from one table of votes to another."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        before, now = table_in(here, earlier, "earlier"), table_in(here, later, "later")
        return edition_changes(now, edition_in(here, before), parts=PARTS if claims else FAST)


def splits(table: pa.Table, kind: str, by: str, seed: int) -> tuple[pa.Table, pa.Table]:
    """An earlier and a later table without a difference."""
    rng = np.random.default_rng(seed)
    codes = np.arange(len(table)) if by == "vote" else pd.factorize(table["judge"].to_pandas())[0]
    chance = rng.random(codes.max() + 1)[codes]
    part = {"halves": 0.5, "half and whole": 0.5, "nine tenths and whole": 0.9}[kind]
    earlier = table.filter(pa.array(chance < part))
    return earlier, table.filter(pa.array(chance >= part)) if kind == "halves" else table


def in_time(seed: int) -> tuple[pa.Table, pa.Table]:
    """The first half of a simulated arena of which nothing drifts, and all of it; models that enter are there from the start."""
    settings = july_2024()
    still = replace(settings, drift=0.0, since=np.zeros_like(settings.since))
    table = simulate(20_000, seed=seed, arena=still, text=False).votes
    return table.slice(0, len(table) // 2), table


def stronger(table: pa.Table, model: str, points: float, since: int, seed: int) -> pa.Table:
    """The votes with as many losses of a model turned into wins, from a row on, as one so much stronger would win."""
    rng = np.random.default_rng(seed)
    frame = table.select(["model_a", "model_b", "outcome"]).to_pandas()
    late, sides = np.arange(len(frame)) >= since, (("model_a", "model_b"), ("model_b", "model_a"))
    lost = {own: late & (frame[own] == model) & (frame["outcome"] == other) for own, other in sides}
    won = {own: late & (frame[own] == model) & (frame["outcome"] == own) for own, _ in sides}
    votes = int((late & ((frame["model_a"] == model) | (frame["model_b"] == model))).sum())
    losses, wins = (sum(int(part.sum()) for part in parts.values()) for parts in (lost, won))
    score = (wins + (votes - wins - losses) / 2) / votes
    gained = 1 / (1 + (1 - score) / score * 10 ** (-points / 400)) - score
    turned = rng.random(len(frame)) < gained * votes / losses
    for own, _ in sides:
        frame.loc[lost[own] & turned, "outcome"] = own
    place = table.schema.get_field_index("outcome")
    return table.set_column(place, table.schema.field(place), pa.array(frame["outcome"], pa.string()))


def more_turns(table: pa.Table, since: int, share: float, seed: int) -> pa.Table:
    """The votes with so many of those of one turn made to have two, from a row on."""
    rng = np.random.default_rng(seed)
    turns = table["turns"].to_numpy(zero_copy_only=False).copy()
    turned = (np.arange(len(turns)) >= since) & (turns == 1) & (rng.random(len(turns)) < share)
    turns[turned] = 2
    place = table.schema.get_field_index("turns")
    return table.set_column(place, table.schema.field(place), pa.array(turns, pa.int32()))


def counted(pairs: Iterator[tuple[pa.Table, pa.Table]], total: int, *, claims: bool) -> str:
    """How often something is told over pairs of tables without a difference."""
    alone, looked, clear, any_clear = Counter[str](), Counter[str](), Counter[str](), 0
    for earlier, later in tqdm(pairs, total=total, leave=False):
        found = changes_of(earlier, later, claims=claims)
        told = [change for change in found.changes if np.isfinite(change.errors)]
        alone.update(change.kind for change in told)
        clear.update(change.kind for change in told if change.tier == "clear")
        any_clear += any(change.tier == "clear" for change in told)
        models = len(found.parts["boards"].table)
        looked.update(dict.fromkeys(("rating", "rank", "class"), models) | {"share": 1})
        looked["claim"] += 30 if claims else 0
    cells = [f"{kind} {alone[kind] / looked[kind]:.1%} ({clear[kind]})" for kind in KINDS if looked[kind]]
    return f"{'; '.join(cells)}; splits with any clear {any_clear} of {total}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=40)
    parser.add_argument("--arenas", type=int, default=20)
    parser.add_argument("--votes", action="store_true", help="split by vote too, as if judges were no people")
    parser.add_argument("--claims", action="store_true", help="look at claims too, which takes as long again")
    options = parser.parse_args()
    table = pq.read_table(arena.load_votes("sample").path).drop_columns(["prompt", "prompts"])
    empty = {name: pa.nulls(len(table), kind) for name, kind in (("prompt", pa.string()), ("prompts", pa.list_(pa.string())))}
    names = pq.read_schema(arena.load_votes("sample").path).names
    whole = pa.table({name: empty[name] if name in empty else table[name] for name in names})
    print(f"beyond noise alone, of all looked at (clear ones in brackets); {options.splits} splits of the sample each")
    for kind in ("halves", "half and whole", "nine tenths and whole"):
        for by in ("judge", "vote") if options.votes else ("judge",):
            pairs = (splits(whole, kind, by, seed) for seed in range(options.splits))
            print(f"{kind}, by {by}: {counted(pairs, options.splits, claims=options.claims)}", flush=True)
    print(f"half and whole in time, {options.arenas} arenas without drift: ", end="")
    print(counted((in_time(seed) for seed in range(options.arenas)), options.arenas, claims=False), flush=True)
    planted(whole, options.splits)


def planted(whole: pa.Table, rounds: int) -> None:
    """How often planted changes are clear."""
    since = len(whole) // 2
    earlier = whole.slice(0, since)
    for model in ("gpt-4-0125-preview", "llama-3-70b-instruct", "mixtral-8x7b-instruct-v0.1"):
        found = [changes_of(earlier, stronger(whole, model, 60.0, since, seed)) for seed in range(rounds // 4)]
        clear = sum(any(one.kind == "rating" and one.subject == model for one in each.of("clear")) for each in found)
        others = np.mean([sum(one.kind == "rating" and one.subject != model for one in each.of("clear")) for each in found])
        print(f"{model} 60 points stronger in the later half: clear in {clear} of {len(found)}; {others:.1f} other ratings clear")
    found = [changes_of(earlier, more_turns(whole, since, 0.163, seed)) for seed in range(rounds // 4)]
    clear = sum(any(one.kind == "share" for one in each.of("clear")) for each in found)
    print(f"the multi-turn share doubles in the later half: clear in {clear} of {len(found)}")


if __name__ == "__main__":
    main()
