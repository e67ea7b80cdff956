"""Exposure: prompt sets in every shape, and the votes whose first prompt they hold."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from statsmodels.stats.proportion import proportion_confint

from analysis.errors import InputError, UsageError
from analysis.figures.prompts.exposure import figure_exposure
from analysis.matching import meaning
from analysis.matching.near import near_pairs
from analysis.matching.prompt_sets import read_prompt_set
from analysis.prompts.exposed_votes import mark_votes
from analysis.prompts.exposure import exposure
from analysis.shares.habits import NOBODY
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]

KNOWN = ["What is rain?", "Say hi"]
CHAT = [[{"role": "user", "content": text}, {"role": "assistant", "content": "…"}] for text in KNOWN]


@pytest.fixture
def votes(votes_of: Make) -> Votes:
    frame = pd.DataFrame(
        {
            "prompt": ["what is  RAIN?", "Say hi", "Say bye", None, "say HI "],
            "model_a": ["x", "x", "y", "x", "y"],
            "model_b": ["y", "z", "z", "z", "x"],
            "outcome": "tie",
        }
    )
    return votes_of(frame)


def write_lines(path: Path, rows: list[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_votes_whose_prompt_is_in_the_set_are_counted_over_all_votes_and_by_model(votes: Votes, tmp_path: Path) -> None:
    found = exposure(votes, write_lines(tmp_path / "set.jsonl", [{"prompt": text} for text in KNOWN]))
    assert found.table[["group", "votes", "exposed"]].to_numpy().tolist() == [
        ["all votes", 4, 3],
        ["x", 3, 3],
        ["y", 3, 2],
        ["z", 2, 1],
    ]
    assert (found.prompts, found.blank, found.unreadable) == (2, 1, 0)
    assert tuple(found.table.loc[0, ["lower", "upper"]]) == pytest.approx(proportion_confint(3, 4, method="wilson"))
    assert "(3 of 4)" in found.sentence
    assert "set.jsonl" in found.caption


@pytest.mark.parametrize(
    "rows",
    [
        [{"turns": [text, "and then?"]} for text in KNOWN],
        [{"turns": [{"content": text}]} for text in KNOWN],
        [{"conversation": chat} for chat in CHAT],
        [{"conversation": json.dumps(chat)} for chat in CHAT],
        [{"conversation": repr(chat)} for chat in CHAT],
        [{"conversation_a": chat, "winner": "tie"} for chat in CHAT],
    ],
)
def test_the_first_prompt_is_taken_from_every_shape(votes: Votes, tmp_path: Path, rows: list[object]) -> None:
    found = exposure(votes, write_lines(tmp_path / "set.jsonl", rows))
    assert (found.prompts, found.counts["exposed"].iloc[0]) == (2, 3)


def test_every_format_gives_the_same_counts(votes: Votes, tmp_path: Path) -> None:
    table = pa.table({"conversation": CHAT, "model": ["m", "m"]})
    pq.write_table(table, tmp_path / "set.parquet")
    pd.DataFrame({"conversation": [json.dumps(chat) for chat in CHAT]}).to_csv(tmp_path / "set.csv", index=False)
    (tmp_path / "set.json.gz").write_bytes(gzip.compress(json.dumps([{"conversation": chat} for chat in CHAT]).encode()))
    counts = [exposure(votes, tmp_path / name).counts for name in ("set.parquet", "set.csv", "set.json.gz")]
    pd.testing.assert_frame_equal(counts[0], counts[1])
    pd.testing.assert_frame_equal(counts[0], counts[2])


def test_rows_without_a_readable_prompt_are_counted(votes: Votes, tmp_path: Path) -> None:
    rows = [{"conversation": CHAT[0]}, {"conversation": "[{'role':"}, {"conversation": []}, {"other": 1}, 7]
    found = exposure(votes, write_lines(tmp_path / "set.jsonl", rows))
    assert (found.prompts, found.unreadable) == (1, 4)


def test_a_set_without_any_of_the_prompts_exposes_nothing(votes: Votes, tmp_path: Path) -> None:
    found = exposure(votes, write_lines(tmp_path / "set.jsonl", [{"prompt": "unasked"}]))
    assert found.counts["exposed"].tolist() == [0, 0, 0, 0]
    assert found.table["lower"].iloc[0] == 0.0


def test_the_models_furthest_apart_are_named(votes_of: Make, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"prompt": ["a"] * 30 + ["b"] * 30, "model_a": ["x"] * 30 + ["y"] * 30, "model_b": "z", "outcome": "tie"}
    )
    found = exposure(votes_of(frame), write_lines(tmp_path / "set.jsonl", [{"prompt": "A"}]))
    assert "Most clearly apart are y (0.0 %) and x (100.0 %)." in found.sentence


def test_intervals_are_clustered_by_judge_over_all_votes_and_by_model(votes_of: Make, tmp_path: Path) -> None:
    """Half of the judges ask known prompts alone: two votes of a judge are fully alike, by model too."""
    judge = np.repeat(np.arange(60), 6)
    frame = pd.DataFrame(
        {
            "prompt": np.where(judge % 2, "Say hi", [f"new {place}" for place in range(360)]),
            "model_a": np.where(np.arange(360) % 3, "x", "y"),
            "model_b": "z",
            "outcome": "tie",
        }
    )
    path = write_lines(tmp_path / "set.jsonl", [{"prompt": text} for text in KNOWN])
    plain = exposure(votes_of(frame), path)
    ours = exposure(votes_of(frame.assign(judge=judge.astype(str))), path)
    assert plain.table["design_effect"].tolist() == [1, 1, 1, 1]
    assert list(ours.table.columns) == ["group", "votes", "exposed", "share", "lower", "upper", "design_effect"]
    effects = ours.table.set_index("group")["design_effect"]
    wider = (ours.habits.quantile(0.95) / NOBODY.quantile(0.95)) ** 2
    assert effects.to_dict() == pytest.approx({"all votes": 6 * wider, "z": 6 * wider, "x": 4 * wider, "y": 2 * wider}, rel=0.01)
    assert "say as much as" in ours.sentence
    assert "No vote names its judge" in plain.sentence


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"text": "a", "id": 1}], "needs one of the columns prompt, turns, conversation, conversation_a.*text, id"),
        ([{"prompt": ""}, {"prompt": None}], "none of its 2 rows has a prompt"),
    ],
)
def test_a_file_that_is_no_prompt_set_is_an_input_error(votes: Votes, tmp_path: Path, rows: list[object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        exposure(votes, write_lines(tmp_path / "set.jsonl", rows))
    assert "\n" not in str(caught.value)


def test_a_prompt_set_that_is_not_there_is_an_input_error(votes: Votes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        exposure(votes, tmp_path / "missing.parquet")


def test_votes_without_prompts_are_refused(votes_of: Make, tmp_path: Path) -> None:
    frame = pd.DataFrame({"model_a": ["x"], "model_b": ["y"], "outcome": ["tie"]})
    with pytest.raises(InputError, match="exposure needs prompts"):
        exposure(votes_of(frame), write_lines(tmp_path / "set.jsonl", [{"prompt": "a"}]))


@pytest.mark.parametrize(("name", "prompts"), [("prompts_arena_hard_v0.1.jsonl", 500), ("prompts_arena_hard_v2.0.jsonl", 750)])
def test_released_prompt_sets_are_read(real_data: Path, name: str, prompts: int) -> None:
    found = exposure(load_votes(real_data / "arena_votes_2023.jsonl"), real_data / name)
    assert found.unreadable == 0
    assert found.prompts == pytest.approx(prompts, abs=2)
    assert found.counts["votes"].iloc[0] == 1_135


def test_votes_are_exposed_to_themselves(real_data: Path) -> None:
    path = real_data / "arena_votes_2023.jsonl"
    found = exposure(load_votes(path), path)
    assert found.table["share"].iloc[0] == 1.0
    assert found.prompts == 1_135 - 258
    assert "holds the prompts of these very votes" in " ".join(found.notes)


def test_near_prompts_are_exposed_beside_the_exact_ones(votes_of: Make, tmp_path: Path) -> None:
    asked = "Write a short poem about the rain that falls on the old town at night, in four lines."
    frame = pd.DataFrame({"prompt": [asked, asked.replace("old town", "new town"), "Say bye"], "model_a": "x", "model_b": "y"})
    votes = votes_of(frame.assign(outcome="tie"))
    path = write_lines(tmp_path / "set.jsonl", [{"prompt": asked}])
    found = {kind: exposure(votes, path, kind=kind, threshold=0.5 if kind == "near" else None) for kind in ("exact", "near")}
    assert found["exact"].table["exposed"].tolist() == [1, 1, 1]
    assert found["near"].table["exposed"].tolist() == [2, 2, 2]
    assert found["near"].table["exact"].tolist() == [1, 1, 1]
    assert "that is nearly the one in set.jsonl;" in found["near"].sentence
    assert found["near"].caption == "Votes whose first prompt is nearly one of those in set.jsonl"
    assert found["exact"].caption == "Votes whose first prompt is in set.jsonl"
    assert "that is nearly one of those in set.jsonl" in figure_exposure(found["near"]).title
    assert "1 of them has the very prompt" in found["near"].sentence


def test_prompts_that_say_the_same_in_other_words_are_exposed_in_meaning(votes_of: Make, tmp_path: Path) -> None:
    frame = pd.DataFrame({"prompt": ["How tall is the Eiffel Tower?", "Bake me a cake"], "model_a": "x", "model_b": "y"})
    path = write_lines(tmp_path / "set.jsonl", [{"prompt": "What is the height of the Eiffel Tower?"}])
    found = exposure(votes_of(frame.assign(outcome="tie")), path, kind="meaning", threshold=0.5)
    assert found.table["exposed"].tolist() == [1, 1, 1]
    assert found.table["exact"].tolist() == [0, 0, 0]


def test_a_set_that_is_the_votes_and_one_that_matches_nothing_are_told(votes_of: Make, tmp_path: Path) -> None:
    frame = pd.DataFrame({"prompt": [f"p{number}" for number in range(200)], "model_a": "x", "model_b": "y", "outcome": "tie"})
    rows: list[object] = [{"prompt": f"P{number} "} for number in range(199)]
    whole = exposure(votes_of(frame), write_lines(tmp_path / "a.jsonl", rows)).notes
    assert "these very votes (99.5 % are the same)" in whole[0]
    assert "these very votes" not in " ".join(exposure(votes_of(frame), write_lines(tmp_path / "b.jsonl", rows[:190])).notes)
    none = " ".join(exposure(votes_of(frame), write_lines(tmp_path / "c.jsonl", [{"prompt": "unasked"}])).notes)
    assert "No vote has a prompt of c.jsonl" in none
    assert "c.jsonl has one prompt" in none


def test_what_is_near_is_exposed_in_meaning_too(votes_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "meaning_pairs", lambda *_, **__: np.empty((0, 2), np.int64))
    asked = "Write a short poem about the rain that falls on the old town at night, in four lines."
    frame = pd.DataFrame({"prompt": [asked, asked.replace("four", "five"), "Say bye"], "model_a": "x", "model_b": "y"})
    votes = votes_of(frame.assign(outcome="tie"))
    path = write_lines(tmp_path / "set.jsonl", [{"prompt": asked}])
    assert (
        exposure(votes, path, kind="meaning").table["exposed"].tolist()
        == exposure(votes, path, kind="near").table["exposed"].tolist()
    )


def test_votes_on_near_copies_of_one_prompt_hang_together(votes_of: Make, tmp_path: Path) -> None:
    asked = "Write a short poem about the rain that falls on the old town at night, in {} lines."
    other = "Explain to me how the inner ear of a whale tells it where a sound in the deep sea comes from, no. {}."
    prompts = [asked.format(7), asked.format(4), None, other.format(1), asked.format(5), other.format(2), "Say bye"]
    frame = pd.DataFrame({"prompt": prompts, "model_a": "x", "model_b": "y", "outcome": "tie"})
    known = read_prompt_set(write_lines(tmp_path / "set.jsonl", [{"prompt": "Say hi"}, {"prompt": asked.format(4)}]))
    marked = mark_votes(votes_of(frame), known, "near")
    assert marked.exposed.tolist() == [True, True, False, False, True, False, False]
    assert pd.factorize(marked.cluster)[0].tolist() == [0, 0, 1, 2, 0, 2, 3]
    assert pd.factorize(mark_votes(votes_of(frame), known).cluster)[0].tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_more_prompts_than_can_be_compared_in_meaning_are_refused(
    votes: Votes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meaning, "MOST", 2)
    path = write_lines(tmp_path / "set.jsonl", [{"prompt": text} for text in KNOWN])
    with pytest.raises(InputError, match="have 3 different prompts, and at most 2 are compared in meaning: take fewer"):
        exposure(votes, path, kind="meaning")


@pytest.mark.parametrize("seed", [-1, 10**23, 1.5, True])
def test_a_seed_that_is_none_is_wrong_usage(votes: Votes, tmp_path: Path, seed: int) -> None:
    path = write_lines(tmp_path / "set.jsonl", [{"prompt": text} for text in KNOWN])
    with pytest.raises(UsageError, match="it must be a whole number, 0 or more"):
        exposure(votes, path, seed=seed)
    with pytest.raises(UsageError, match="it must be a whole number, 0 or more"):
        near_pairs(KNOWN, seed=seed)


def test_what_goes_unread_and_how_much_of_the_set_was_asked_here_is_said(votes: Votes, votes_of: Make, tmp_path: Path) -> None:
    rows: list[object] = [{"prompt": text} for text in [*KNOWN, "unasked", ""]]
    said = " ".join(exposure(votes, write_lines(tmp_path / "set.jsonl", rows)).notes)
    assert "67 % of the prompts of set.jsonl were asked in these votes" in said
    assert "1 vote has no prompt and is in no count." in said
    assert "1 row of 4 of set.jsonl has no prompt to read." in said
    whole = write_lines(tmp_path / "all.jsonl", [{"prompt": text} for text in ("What is rain?", "Say hi", "Say bye", *"abcdef")])
    said = " ".join(exposure(votes, whole).notes)
    assert "Every vote has a prompt of all.jsonl, so that there is none to hold them against." in said
    assert "were asked in these votes" not in said
    two = votes_of(pd.DataFrame({"prompt": ["a", "b"], "model_a": "x", "model_b": "y", "outcome": "tie"}))
    assert "the 1 later vote is held against it" in exposure(two).notes[0]
