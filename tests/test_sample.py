"""What is bundled in data/: the simulated sample, its dictionary, and the tables about models."""

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis import places
from analysis.sources.simulated.simulate import Simulation, july_2024, simulate
from analysis.votes.ledger import Ledger
from analysis.votes.schema import VOTE_SCHEMA, data_dictionary

ROWS, SEED = 60_000, 20240701


@cache
def again() -> Simulation:
    return simulate(ROWS, seed=SEED)


def test_the_bundled_votes_are_what_the_command_in_the_readme_makes() -> None:
    assert f"simulate --rows {ROWS} --seed {SEED} --out data/sample/votes.parquet" in (places.DATA / "README.md").read_text()
    bundled = pq.read_table(places.SAMPLE / "votes.parquet")
    assert bundled.schema.equals(VOTE_SCHEMA)
    differing = [name for name in bundled.column_names if not bundled[name].equals(again().votes[name])]
    assert differing == []


def test_the_bundled_truth_and_topics_are_those_of_the_votes() -> None:
    assert json.loads((places.SAMPLE / "truth.json").read_text(encoding="utf-8")) == json.loads(
        again().truth.json(votes="votes.parquet", rows=ROWS, seed=SEED)
    )
    planted = pq.read_table(places.SAMPLE / "topics.parquet")
    assert planted.equals(again().truth.planted(again().votes["vote_id"]))


def test_the_bundled_ledger_adds_up_and_says_that_nobody_cast_the_votes() -> None:
    ledger = Ledger.read(places.SAMPLE / "votes.ledger.json")
    assert (ledger.rows_in, ledger.votes_out, ledger.release) == (ROWS, ROWS, "simulated")
    assert "nobody cast them" in ledger.notes[0]


def test_the_sample_takes_at_most_six_megabytes() -> None:
    files = [path for path in places.SAMPLE.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"votes.parquet", "votes.ledger.json", "truth.json", "topics.parquet"}
    assert sum(path.stat().st_size for path in files) <= 6_000_000


def test_fourteen_percent_of_the_sample_have_several_turns_within_chance() -> None:
    share = np.mean(pq.read_table(places.SAMPLE / "votes.parquet", columns=["turns"])["turns"].to_numpy() > 1)
    assert abs(share - 0.14) < 2.58 * np.sqrt(0.14 * 0.86 / ROWS)


def test_the_judges_of_the_sample_are_as_the_readme_says() -> None:
    arena = again().truth.arena
    planted = (arena.tastes, arena.turn_habits, arena.left, arena.drift, arena.busiest)
    assert planted == (0.35, 0.09, -0.01, 8.0, 0.2)
    judges = pq.read_table(places.SAMPLE / "votes.parquet", columns=["judge"])["judge"].to_pandas().value_counts()
    busiest = 100 * judges.iloc[: len(judges) // 100].sum() / ROWS
    said = f"{len(judges):,} judges, the busiest 1 % of whom cast {busiest:.1f} %"
    assert said in " ".join((places.DATA / "README.md").read_text(encoding="utf-8").split())


def test_about_a_tenth_of_the_samples_prompts_were_asked_before() -> None:
    repeats = pq.read_table(places.SAMPLE / "topics.parquet", columns=["repeat"])["repeat"].to_pandas()
    assert (repeats == "exact").mean() == pytest.approx(0.1, abs=0.005)
    assert (repeats == "near").mean() == pytest.approx(0.03, abs=0.005)


def test_the_data_dictionary_in_the_readme_is_current() -> None:
    assert data_dictionary() in (places.DATA / "README.md").read_text(encoding="utf-8")


def rows_of(name: str) -> list[dict[str, str]]:
    with (places.DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_models_are_named_once_with_a_source_and_all_of_the_sample_are_there() -> None:
    rows = rows_of("models.csv")
    names = [row["model"] for row in rows]
    assert len(names) == len(set(names))
    assert set(july_2024().models) <= set(names)
    assert all(row["organization"] and row["source"] for row in rows)
    assert {row["open_weights"] for row in rows} <= {"true", "false", ""}
    assert all(float(row["parameters_b"]) > 0 for row in rows if row["parameters_b"])


def test_models_of_the_real_pair_counts_are_all_described(real_data: Path) -> None:
    models = json.loads((real_data / "pair_counts_20240814.json").read_text())["models"]
    assert set(models) <= {row["model"] for row in rows_of("models.csv")}


def test_published_scores_lie_within_their_intervals_and_name_their_source() -> None:
    published = pd.read_csv(places.DATA / "published_july_2024.csv").set_index("model")
    assert (published["lower"] <= published["score"]).all()
    assert (published["score"] <= published["upper"]).all()
    assert published["source"].str.len().gt(0).all()
    assert published.loc["gpt-4o-2024-05-13", ["score", "votes"]].tolist() == [1287, 56905]
    assert published.loc["mixtral-8x7b-instruct-v0.1", "score"] == 1114
    assert set(published.index) == set(july_2024().models)


def test_published_scores_are_those_of_the_board_they_name(real_data: Path) -> None:
    boards = pd.read_csv(real_data / "boards_overall_2024_2025.csv")
    board = boards[boards["commit_date"] == "2024-07-10"].set_index("votes")["arena_score"]  # votes tell models apart
    published = pd.read_csv(places.DATA / "published_july_2024.csv").set_index("votes")["score"]
    assert board.index.is_unique
    assert (board.loc[published.index] == published).all()
