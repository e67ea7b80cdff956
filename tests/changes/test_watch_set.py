"""The report set `leaderboard-watch`: its file, and boards in the hub's own shape."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis as arena
from analysis import places
from analysis.report.order import Order
from analysis.report.sets import read_set

DAYS = ("2026-02-02", "2026-02-09", "2026-02-16")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The text arena as the hub has it: two categories, three days, a seventh multi-turn; `m03` is new on the last day."""
    rows = []
    for week, day in enumerate(DAYS):
        for category, share in (("overall", 1.0), ("multi_turn", 1 / 7)):
            for model in range(12):
                votes = round(share * (7_000 + 140 * week))
                rating = 1400 - 15 * model
                half = 400 / np.sqrt(votes)
                if model != 3 or week == 2:
                    rows.append((f"m{model:02}", "org", "MIT", rating, rating - half, rating + half, votes, model, category, day))
    columns = [
        "model_name",
        "organization",
        "license",
        "rating",
        "rating_lower",
        "rating_upper",
        "vote_count",
        "rank",
        "category",
    ]
    folder = tmp_path / "leaderboard-dataset" / "text"
    folder.mkdir(parents=True)
    frame = pd.DataFrame(rows, columns=[*columns, "leaderboard_publish_date"])
    frame.to_parquet(folder / "full-00000-of-00001.parquet", index=False)
    frame[frame["leaderboard_publish_date"] == DAYS[-1]].to_parquet(folder / "latest-00000-of-00001.parquet", index=False)
    monkeypatch.setattr(places, "RAW", tmp_path)
    return folder


def test_the_set_asks_for_the_watch_of_the_text_arena() -> None:
    (order,) = read_set("leaderboard-watch").orders(Order())
    assert (order.boards, list(order.only)) == ("leaderboard-dataset?arena=text", ["watch"])


@pytest.mark.parametrize("reference", ["leaderboard-dataset?arena=text", "leaderboard-dataset/text"])
def test_the_hub_s_boards_are_watched_with_their_votes_and_categories(hub: Path, reference: str) -> None:
    seen = arena.watch(reference)
    assert (seen.earlier, seen.later) == DAYS[1:]
    assert [change.what for change in seen.changes] == ["m03 (place 4) is new."]
    assert arena.watch_moves(seen).noise.nested.all()
    assert arena.watch_shift_moves(seen).noise.nested.all()
    assert len(arena.watch_shift(seen).models) == 12
    assert len(arena.watch_steps(seen).table) == 2
    assert arena.watch(reference, since="2026-02-03").earlier == DAYS[0]
