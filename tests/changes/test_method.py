"""What another method alone makes of the earlier votes."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis as arena
from analysis.changes.editions import edition_changes, edition_part
from analysis.votes.table import Votes

from .conftest import Edition

Maker = Callable[[pd.DataFrame], Votes]
PARTS = ("models", "boards", "method")


@pytest.fixture
def votes(votes_of: Maker) -> Votes:
    rng = np.random.default_rng(1)
    sides = np.array([rng.permutation(5)[:2] for _ in range(600)])
    names = np.array([f"model-{letter}" for letter in "abcde"])
    won = rng.random(600) < 1 / (1 + np.exp(0.4 * (sides[:, 0] - sides[:, 1])))
    frame = pd.DataFrame({"model_a": names[sides[:, 0]], "model_b": names[sides[:, 1]]})
    return votes_of(frame.assign(outcome=np.where(won, "model_a", "model_b")))


def board_of(folder: Path) -> Path:
    return folder / "tables/03_leaderboard/board.parquet"


def test_the_board_that_was_published_is_today_s(votes: Votes, edition: Edition) -> None:
    made = edition_changes(votes, edition(votes, board=True), parts=PARTS)
    assert made.changes == ()
    assert str(edition_part(made, "method").sentence) == "Today's method makes of the earlier votes the board that was published."


def test_another_method_is_told_once_and_is_in_no_other_change(votes: Votes, edition: Edition) -> None:
    """A board by Davidson's ties would be another; here ratings are stretched and intervals half as wide."""
    folder = edition(votes, board=True, versions={"scipy": "1.0"})
    published = pd.read_parquet(board_of(folder))
    published["rating"] = 1_000 + 1.5 * (published["rating"] - 1_000)
    middle, half = published["rating"], (published["upper"] - published["lower"]) / 4
    published.assign(lower=middle - half, upper=middle + half).to_parquet(board_of(folder))
    made = edition_changes(votes, folder, parts=PARTS)
    assert {(change.kind, change.subject) for change in made.changes} == {("method", "ratings"), ("method", "intervals")}
    assert "By method alone, intervals are 2.00 times as wide as those published." in [change.what for change in made.changes]
    assert any(cause.startswith("Another version of the method (scipy 1.0 → ") for cause in made.causes)
    table = edition_part(made, "method").table
    assert (table["rating_change"].abs() > 0.05).any()
    assert table["rating_change"].mean() == pytest.approx(0.0, abs=1e-9)


def test_another_anchor_is_no_other_method(votes: Votes, edition: Edition) -> None:
    folder = edition(votes, board=True)
    published = pd.read_parquet(board_of(folder))
    for name in ("rating", "lower", "upper"):
        published[name] += 114.0
    published.to_parquet(board_of(folder))
    assert edition_changes(votes, folder, parts=PARTS).changes == ()


def test_versions_that_make_the_same_board_are_said_to(votes: Votes, edition: Edition) -> None:
    made = edition_changes(votes, edition(votes, board=True, versions={"numpy": "1.0"}), parts=PARTS)
    assert made.causes[-1].startswith("Another version of the method (numpy 1.0 → ")
    assert made.causes[-1].endswith("which makes the same board of the earlier votes.")


def test_a_board_with_intervals_of_another_kind_is_fitted_as_it_was_asked_for(votes: Votes, edition: Edition) -> None:
    folder = edition(votes, board=True)
    arena.board(votes, settings=arena.Settings(interval="bootstrap")).table.to_parquet(board_of(folder))
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["pages"] = [{"stem": "03_leaderboard", "parameters": {"interval": "bootstrap"}}]
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert edition_changes(votes, folder, parts=PARTS).changes == ()


def test_parameters_edited_by_hand_leave_the_method_out(votes: Votes, edition: Edition) -> None:
    pages = [{"stem": "03_leaderboard", "parameters": {"interval": "wide"}}]
    made = edition_changes(votes, edition(votes, board=True, pages=pages), parts=PARTS)
    assert made.without["method"].startswith("the parameters of the published board cannot be read: interval is 'wide'")


def test_a_board_of_a_category_is_not_held_against_one_of_all_votes(votes: Votes, edition: Edition) -> None:
    pages = [{"stem": "03_leaderboard", "parameters": {"category": "coding"}}]
    made = edition_changes(votes, edition(votes, board=True, pages=pages), parts=PARTS)
    assert made.without["method"] == "the board that the earlier edition published is not one of all its votes"
