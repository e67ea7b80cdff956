"""Categories by what was asked before, or elsewhere: rows against a loop, then boards, shifts and turns of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis as arena
from analysis.categories.categories import CATEGORIES, find_category, supported
from analysis.errors import InputError, UsageError
from analysis.votes import engine
from analysis.votes.prompts import normalise
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]

WORDS = ["Hello", "hello!", "C#", "C", "你好。", "你好", "", "  ", None]


def frame_of(rows: int = 400, seed: int = 1, timed: float = 0.9) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    words = np.array([*WORDS, *(f"prompt {number}" for number in range(60))], dtype=object)
    stamps = pd.Series(pd.to_datetime(rng.integers(0, 50, rows) * 3_600 + 1_717_200_000, unit="s", utc=True))
    sides = np.array([["a", "b"], ["b", "c"], ["c", "a"]])[rng.integers(0, 3, rows)]
    return pd.DataFrame(
        {
            "prompt": rng.choice(words, rows),
            "model_a": sides[:, 0],
            "model_b": sides[:, 1],
            "outcome": rng.choice(["model_a", "model_b", "tie"], rows),
            "turns": rng.integers(1, 4, rows),
            "time": stamps.where(rng.random(rows) < timed),
        }
    )


def keys_of(frame: pd.DataFrame) -> list[str]:
    return [normalise(text) if isinstance(text, str) else "" for text in frame["prompt"]]


def members(votes: Votes, name: str) -> list[str]:
    category = find_category(name)
    return sorted(engine.to_pandas(votes.expression.filter(category.rule(votes.expression)))["vote_id"])


@pytest.mark.parametrize("timed", [0.9, 0.0])
def test_fresh_and_repeated_are_those_of_a_loop_over_the_votes_in_time(votes_of: Make, timed: float) -> None:
    frame = frame_of(timed=timed)
    late = pd.Timestamp.max.tz_localize("UTC")
    keys, seen, fresh, repeated = keys_of(frame), set(), [], []
    for row in sorted(range(len(frame)), key=lambda row: late if pd.isna(frame["time"][row]) else frame["time"][row]):
        if keys[row]:
            (repeated if keys[row] in seen else fresh).append(f"v{row:06}")
            seen.add(keys[row])
    votes = votes_of(frame)
    assert members(votes, "fresh") == sorted(fresh)
    assert members(votes, "repeated") == sorted(repeated)
    assert len(repeated) == arena.repeats(votes).repeated


def test_exposed_and_unexposed_share_out_the_votes_with_a_prompt(votes_of: Make, tmp_path: Path) -> None:
    frame, file = frame_of(), tmp_path / "released.txt"
    file.write_text("HELLO\nprompt 7\n你好\nunasked\n", encoding="utf-8")
    known, keys = {normalise(text) for text in ("HELLO", "prompt 7", "你好")}, keys_of(frame)
    votes = votes_of(frame)
    assert members(votes, f"exposed:{file}") == [f"v{row:06}" for row, key in enumerate(keys) if key in known]
    assert members(votes, f"unexposed:{file}") == [f"v{row:06}" for row, key in enumerate(keys) if key and key not in known]


def test_boards_shifts_turns_and_histories_take_them(votes_of: Make, tmp_path: Path) -> None:
    file = tmp_path / "released.txt"
    file.write_text("\n".join(f"prompt {number}" for number in range(30)), encoding="utf-8")
    votes = votes_of(frame_of(rows=2_000))
    counts = {name: len(members(votes, name)) for name in ("fresh", "repeated", f"exposed:{file}", f"unexposed:{file}")}
    for name, count in counts.items():
        assert arena.board(votes, name).table["votes"].sum() == 2 * count
        assert len(arena.shift(votes, "overall", name).models) == 3
    ranks = arena.category_ranks(votes, ["overall", "repeated", f"exposed:{file}"])
    assert [board.category.name for board in ranks.boards.values()] == ["overall", "repeated", f"exposed:{file}"]
    table = arena.turn_share(votes, by="category").table.set_index("group")
    for label, name in (("Fresh prompts", "fresh"), ("Repeated prompts", "repeated")):
        group = label if label in table.index else name
        assert table.loc[group, "votes"] == counts[name]


def test_two_tables_are_not_taken_for_one(votes_of: Make) -> None:
    one, other = votes_of(frame_of(seed=1)), votes_of(frame_of(seed=2))
    first = members(one, "fresh")
    assert members(other, "fresh") != first
    assert members(one, "fresh") == first


def test_they_need_prompts_and_do_without_times(votes_of: Make, tmp_path: Path) -> None:
    plain = votes_of(frame_of(timed=0.0))
    assert {"fresh", "repeated"} <= set(supported(plain)[0])
    none = votes_of(frame_of().drop(columns="prompt"))
    assert supported(none)[1]["fresh"] == "needs prompts"
    for name in ("fresh", "repeated", f"exposed:{tmp_path / 'x.txt'}"):
        with pytest.raises(InputError, match="prompt"):
            arena.board(none, name)


def test_a_file_that_is_not_named_or_not_there_is_said_in_one_line(votes_of: Make, tmp_path: Path) -> None:
    for name in ("exposed:", "unexposed: "):
        with pytest.raises(UsageError, match="it names no file"):
            find_category(name)
    with pytest.raises(InputError, match="no such file") as caught:
        arena.board(votes_of(frame_of()), f"exposed:{tmp_path / 'missing.txt'}")
    assert "\n" not in str(caught.value)


def test_a_set_that_matches_nothing_leaves_no_board(votes_of: Make, tmp_path: Path) -> None:
    file = tmp_path / "set.txt"
    file.write_text("unasked\n", encoding="utf-8")
    votes = votes_of(frame_of())
    with pytest.raises(InputError):
        arena.board(votes, f"exposed:{file}")
    assert arena.board(votes, f"unexposed:{file}").table["votes"].sum() == 2 * sum(bool(key) for key in keys_of(frame_of()))


def test_their_names_are_those_of_the_command_line() -> None:
    assert {"fresh", "repeated"} <= set(CATEGORIES)
    assert find_category("exposed:some/file.jsonl").label == "Exposed by file.jsonl"
