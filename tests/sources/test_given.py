"""Votes of a frame: read as the file of it would be, with its further numbers beside them."""

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import analysis as arena
from analysis import places
from analysis.errors import InputError, UsageError
from analysis.votes.selection import columns_beside


def _frame(rows: int = 120) -> pd.DataFrame:
    """Votes as somebody may have them: the releases' names, and a number of their own."""
    rng = np.random.default_rng(2)
    pairs = np.array([["a", "b"], ["b", "c"], ["a", "c"]])[rng.integers(0, 3, rows)]
    winner = rng.choice(["model_a", "model_b", "tie", "tie (bothbad)"], rows)
    prompt = [f"what is {number}?" for number in range(rows)]
    columns = {"model_a": pairs[:, 0], "model_b": pairs[:, 1], "winner": winner, "turn": 1, "prompt": prompt}
    return pd.DataFrame({**columns, "trust": rng.random(rows)})


class Stream:
    """What a library hands over that knows Arrow's interface and nothing of ours, with its texts as views."""

    def __init__(self, table: pa.Table) -> None:
        views = [field.with_type(pa.string_view()) if field.type == pa.string() else field for field in table.schema]
        self._table = table.cast(pa.schema(views))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


GIVEN = {
    "pandas": lambda frame: frame,
    "categories": lambda frame: frame.astype({"model_a": "category", "winner": "category"}),
    "an odd index": lambda frame: frame.set_index(pd.Index(range(500, 500 + len(frame)))),
    "Arrow": lambda frame: pa.Table.from_pandas(frame),
    "batches": lambda frame: pa.RecordBatchReader.from_batches(
        pa.Schema.from_pandas(frame), pa.Table.from_pandas(frame).to_batches(max_chunksize=7)
    ),
    "a relation": lambda frame: duckdb.from_df(frame),
    "views": lambda frame: Stream(pa.Table.from_pandas(frame, preserve_index=False)),
}


@pytest.mark.parametrize("kind", GIVEN)
def test_a_frame_gives_the_votes_of_its_file(kind: str, tmp_path: Path) -> None:
    frame = _frame()
    frame.to_parquet(tmp_path / "votes.parquet", index=False)
    votes, same = arena.load_votes(GIVEN[kind](frame)), arena.load_votes(tmp_path / "votes.parquet")
    assert votes.fingerprint == same.fingerprint
    assert votes.name == "frame"
    assert arena.board(votes).table.equals(arena.board(same).table)


def test_what_is_no_vote_is_counted_as_from_a_file() -> None:
    frame = _frame()
    frame.loc[[3, 4], "model_a"] = None
    assert arena.load_votes(frame).ledger.dropped == {"model missing": 2}


def test_a_frame_is_read_once_and_leaves_no_file_but_its_votes() -> None:
    frame = _frame(90)
    one = arena.load_votes(frame)
    written = one.path.stat().st_mtime_ns
    assert arena.load_votes(frame.copy()).path == one.path
    assert one.path.stat().st_mtime_ns == written
    assert not [path for path in places.interim().iterdir() if path.name.startswith((".frame", "frame.parquet"))]


def test_an_analysis_takes_a_frame_itself() -> None:
    assert arena.board(_frame()).origin == arena.load_votes(_frame()).origin  # type: ignore[arg-type]


def test_a_vote_table_as_a_frame_is_itself_again() -> None:
    votes = arena.load_votes("sample").sample(500)
    again = arena.load_votes(votes.table)
    pd.testing.assert_frame_equal(again.table, votes.table)
    assert again.simulated


def test_further_numbers_stand_beside_their_votes() -> None:
    frame = _frame()
    frame.loc[5, "winner"] = None  # row 5 is no vote
    votes = arena.load_votes(frame)
    np.testing.assert_array_equal(votes.numbers("trust"), frame["trust"].drop(5))
    chosen = votes.where('model_a == "a"')
    np.testing.assert_array_equal(chosen.numbers("trust"), frame["trust"].drop(5)[frame["model_a"].drop(5) == "a"])


def test_further_numbers_find_their_votes_by_id() -> None:
    frame = _frame().assign(question_id=[f"q{number}" for number in range(120)])
    frame.loc[:9, "model_b"] = None
    votes = arena.load_votes(frame)
    by_id = dict(zip(frame["question_id"], frame["trust"], strict=True))
    np.testing.assert_array_equal(votes.numbers("trust"), [by_id[name] for name in votes.table["vote_id"]])


def test_further_columns_of_every_kind_stand_beside_their_votes() -> None:
    frame = _frame()
    frame["mark"] = pd.array([True, False, None] * 40, dtype="boolean")
    frame["colour"] = pd.Categorical(["red", "blue"] * 60)
    frame["day"] = [date(2024, 5, 1 + number % 20) for number in range(120)]
    frame["parts"] = [["a"]] * 120
    votes = arena.load_votes(frame)
    assert votes.further.names == ["winner", "turn", "trust", "mark", "colour", "day"]
    np.testing.assert_array_equal(votes.numbers("mark"), [1, 0, np.nan] * 40)
    assert votes.column("colour").to_pylist() == list(frame["colour"])
    assert [time.date() for time in votes.column("day").to_pylist()] == list(frame["day"])
    chosen = votes.where('model_a == "a"')
    assert chosen.column("colour").to_pylist() == list(frame["colour"][frame["model_a"] == "a"])
    with pytest.raises(UsageError, match="no column of numbers 'colour'"):
        votes.numbers("colour")
    with pytest.raises(KeyError):
        votes.column("parts")


def test_texts_of_many_values_are_not_kept_beside_votes() -> None:
    frame = _frame(1_200).assign(few=[f"v{number % 1_000}" for number in range(1_200)])
    frame["many"] = [f"v{number % 1_001}" for number in range(1_200)]
    assert "few" in arena.load_votes(frame).further.names
    assert "many" not in arena.load_votes(frame).further.names


def test_columns_that_an_older_workbook_did_not_keep_are_kept_when_the_frame_is_read_again() -> None:
    frame = _frame().assign(mark=[True, False] * 60)
    votes = arena.load_votes(frame)
    chosen = votes.where('model_a == "a"')
    for path in (votes.path, chosen.path):
        pq.write_table(pq.read_table(columns_beside(path), columns=["trust"]), columns_beside(path))
    again = arena.load_votes(frame)
    assert again.further.names == votes.further.names
    assert again.where('model_a == "a"').further.names == votes.further.names


def test_votes_that_are_written_anew_have_the_further_columns_of_their_own_frame(tmp_path: Path) -> None:
    target = tmp_path / "votes.parquet"
    arena.load_votes(_frame(), out=target)
    other = _frame().assign(trust=0.5)
    np.testing.assert_array_equal(arena.load_votes(other, out=target).numbers("trust"), [0.5] * 120)
    arena.load_votes(other[["model_a", "model_b"]].assign(outcome=["model_a", "model_b"] * 60), out=target)
    assert not columns_beside(target).exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (pd.DataFrame({"model_a": ["a"]}), "the frame: no votes are known in this shape: the columns model_b and winner"),
        (_frame().head(0), "no row is a vote"),
        (_frame().assign(model_a=[1, "a"] * 60), "the frame cannot be read as a table"),
        (pa.table([["a"], ["b"]], names=["model_a", "model_a"]), "two columns of one name"),
    ],
    ids=["columns", "empty", "mixed", "twice"],
)
def test_a_frame_that_holds_no_votes_is_refused_by_that_name(given: object, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        arena.load_votes(given)
    assert str(places.interim()) not in str(raised.value)


@pytest.mark.parametrize("given", [3, None, ["a"], {"model_a": ["a"]}])
def test_what_is_neither_a_name_nor_a_frame_is_refused(given: object) -> None:
    with pytest.raises(UsageError, match="votes are the name of a file"):
        arena.load_votes(given)
