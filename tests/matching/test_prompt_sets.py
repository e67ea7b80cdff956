"""Prompt sets: any file that holds prompts, and one clear line about one that does not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import InputError, UsageError
from analysis.matching import prompt_sets
from analysis.matching.prompt_sets import read_prompt_set
from analysis.votes.prompts import prompt_keys
from analysis.votes.table import Votes

TEXTS = ["What is rain?", "Say hi", "<b>bold</b> \x07 and more", "[1, 2, 3] sorted?"]
KEYS = np.sort(prompt_keys(pa.array(TEXTS)))
CHATS = [[{"role": "user", "content": text}, {"role": "assistant", "content": "…"}] for text in TEXTS]


def lines_of(rows: list[object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def written(folder: Path, name: str) -> Path:
    """The same four prompts in a file of that name."""
    path = folder / name
    match name:
        case "lines.txt":
            path.write_text("\ufeff" + "\r\n".join([*TEXTS, "", "  "]), encoding="utf-8", newline="")
        case "lines.txt.gz":
            path.write_bytes(gzip.compress("\n".join(TEXTS).encode()))
        case "prompts.csv":
            pd.DataFrame({"prompt": TEXTS}).to_csv(path, index=False)
        case "kaggle_55k.csv":
            pd.DataFrame({"id": range(4), "prompt": [json.dumps([text, "then?"]) for text in TEXTS]}).to_csv(path, index=False)
        case "prompts.jsonl":
            path.write_text(lines_of([{"prompt": text} for text in TEXTS]))
        case "prompts.json":
            path.write_text(json.dumps([{"turns": [text, "then?"]} for text in TEXTS]))
        case "chat_1m.parquet":
            pq.write_table(pa.table({"conversation": CHATS, "turn": [1] * 4}), path)
        case "system_first.parquet":
            first = [{"role": "system", "content": "Be kind."}]
            chats = [first + chat if place % 2 else chat for place, chat in enumerate(CHATS)]
            pq.write_table(pa.table({"conversation": chats}), path)
        case "dictionary.parquet":
            pq.write_table(pa.table({"prompt": pa.array(TEXTS).dictionary_encode()}), path)
        case "large.parquet":
            pq.write_table(pa.table({"prompt": pa.array(TEXTS, pa.large_string())}), path)
    return path


@pytest.mark.parametrize(
    "name",
    [
        *("lines.txt", "lines.txt.gz", "prompts.csv", "kaggle_55k.csv", "prompts.jsonl", "prompts.json"),
        *("chat_1m.parquet", "system_first.parquet", "dictionary.parquet", "large.parquet"),
    ],
)
def test_the_same_prompts_are_found_in_every_shape(tmp_path: Path, name: str) -> None:
    found = read_prompt_set(written(tmp_path, name))
    assert found.keys.tolist() == KEYS.tolist()
    assert sorted(text for batch in found.texts() for text in batch) == sorted(TEXTS)
    assert (found.name, found.unreadable) == (name, 2 if name == "lines.txt" else 0)


def test_a_vote_table_and_a_folder_of_files_are_prompt_sets(votes_of: Callable[[pd.DataFrame], Votes], tmp_path: Path) -> None:
    frame = pd.DataFrame({"prompt": [*TEXTS[:2], None], "model_a": "x", "model_b": "y", "outcome": "tie"})
    assert len(read_prompt_set(votes_of(frame).path).keys) == 2
    folder = tmp_path / "set"
    folder.mkdir()
    for place in range(2):
        pq.write_table(pa.table({"conversation": CHATS[2 * place : 2 * place + 2]}), folder / f"train-{place}.parquet")
    found = read_prompt_set(folder)
    assert found.keys.tolist() == KEYS.tolist()
    assert (found.name, found.rows) == ("set", 4)


def test_rows_without_a_prompt_that_can_be_read_are_counted(tmp_path: Path) -> None:
    table = pa.table({"conversation": [CHATS[0], [], None, [{"role": "assistant", "content": "Hello"}]]})
    pq.write_table(table, tmp_path / "set.parquet")
    found = read_prompt_set(tmp_path / "set.parquet")
    assert (len(found.keys), found.rows, found.unreadable) == (1, 4, 3)


def test_a_set_says_from_when_to_when_its_prompts_were_asked(tmp_path: Path) -> None:
    rows = [{"prompt": "a", "tstamp": 1682354167.285}, {"prompt": "b", "tstamp": 1694428800.0}]
    (tmp_path / "unix.jsonl").write_text(lines_of(rows))
    (tmp_path / "iso.csv").write_text("prompt,timestamp\na,2025-04-18 10:00:00\nb,2025-07-24 09:00:00\n")
    assert [getattr(read_prompt_set(tmp_path / "unix.jsonl"), end) for end in ("first", "last")] == ["2023-04-24", "2023-09-11"]
    assert [getattr(read_prompt_set(tmp_path / "iso.csv"), end) for end in ("first", "last")] == ["2025-04-18", "2025-07-24"]
    (tmp_path / "none.csv").write_text("prompt,timestamp\na,soon\n")
    assert read_prompt_set(tmp_path / "none.csv").last == ""


def test_membership_is_of_keys_and_no_prompt_is_none(tmp_path: Path) -> None:
    found = read_prompt_set(written(tmp_path, "lines.txt"))
    asked = prompt_keys(pa.array(["say HI", None, "", "Say bye", "what is  rain?"]))
    assert found.has(asked).tolist() == [True, False, False, False, True]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.txt", None, "no such file"),
        ("empty.txt", b"", "the file is empty"),
        ("empty.jsonl", b"", "the file is empty"),
        ("blank.txt", b"\n \n\n", "none of its 3 rows has a prompt"),
        ("blank.jsonl", b'{"prompt": ""}\n', "none of its 1 rows has a prompt"),
        ("binary.txt", bytes(200), "this is no text"),
        ("binary.bin", bytes(200), "neither Parquet nor UTF-8"),
        ("latin.txt", "café\n".encode("latin-1"), "line 1 is not UTF-8"),
        ("cut.parquet", b"PAR1" + bytes(40), "damaged or cut off"),
        ("other.csv", b"a,b\n1,2\n", "needs one of the columns prompt, turns, conversation, conversation_a.*this file has a, b"),
    ],
)
def test_what_is_no_prompt_set_is_one_clear_line(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_prompt_set(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "prompts"),
    [("arena_votes_2023.jsonl", 881), ("arena_33k_first200.jsonl", 189), ("arena_140k_sample100.csv", 100)],
)
def test_real_releases_are_prompt_sets(real_data: Path, name: str, prompts: int) -> None:
    assert len(read_prompt_set(real_data / name).keys) == pytest.approx(prompts, abs=5)  # by what counts as the same


def test_a_column_of_prompts_is_one_of_lists_only_where_all_cells_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_sets, "BATCH", 2)
    lists = [json.dumps([text, "then?"]) for text in TEXTS]
    for name, cells in (("late.jsonl", [*lists, "plain"]), ("first.jsonl", ["plain", *lists])):
        (tmp_path / name).write_text(lines_of([{"prompt": cell} for cell in cells]))
        assert np.array_equal(read_prompt_set(tmp_path / name).keys, np.sort(prompt_keys(pa.array(cells))))
    for name, cells in (("all.jsonl", lists), ("missing.jsonl", [None, None, None, *lists])):
        (tmp_path / name).write_text(lines_of([{"prompt": cell} for cell in cells]))
        assert np.array_equal(read_prompt_set(tmp_path / name).keys, KEYS)


def test_a_set_that_is_not_named_not_there_or_empty_is_told_as_a_set_of_prompts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no prompts are named"):
        read_prompt_set("")
    with pytest.raises(InputError, match="lmsys-chat-1m"):
        read_prompt_set(tmp_path / "nothing.txt")
    (tmp_path / "empty.json").write_text("[]")
    with pytest.raises(InputError, match="an empty list; there is nothing in it") as caught:
        read_prompt_set(tmp_path / "empty.json")
    assert "votes" not in str(caught.value)
