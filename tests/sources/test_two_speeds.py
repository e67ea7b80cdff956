"""Two speeds, one meaning: read in columns, a file gives the table, ledger and fingerprint that its rows give one by one."""

import copy
import gzip
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from conftest import SHAPES
from hypothesis import given
from hypothesis import strategies as st
from odd_values import ODD, STRINGS, TEXTS, an_array, csv_writings, generated, kinds, odd, values_of, writings
from speeds import Csv, Json, Row, same_both_ways, small_pieces

from analysis.sources.cleaning import Cleaning
from analysis.sources.conversion import Conversion
from analysis.sources.recognise import RELEASES
from analysis.votes.outcome import LABELS

#: As many rows as make several pieces of each file.
ROWS = 60
EVERY = (*("csv", "json", "jsonl", "parquet", "arrow"), *("csv.gz", "jsonl.gz", "parquet.gz"))
#: Row-wise reading is the reference: what is compared must have been read in columns at least in part.
RESHAPED = {release.name for release in RELEASES if release.reshape is not None}
COLUMNAR = [name for name in SHAPES if name not in RESHAPED]

FLAT_TALKS = [
    {k: v for k, v in row.items() if k not in ("judge", "tstamp", "anony", "toxic_chat_tag")} for row in SHAPES["arena_33k"]
]
#: A table of anybody's with the user messages in a column of their own, beside conversations or without.
MIXED = [{**row, "prompts": asked, "tags": ["x"]} for row, asked in zip(FLAT_TALKS, (["Name a river."], None), strict=True)]
LISTED = [{"model_a": "a", "model_b": "b", "winner": "tie", "id": 1, "prompts": ["x", " "], "tags": None, "time": "2024-05-01"}]
BASES = {**{name: SHAPES[name] for name in COLUMNAR}, "flat talks": FLAT_TALKS, "mixed": MIXED, "listed": LISTED}
labels = dict.fromkeys(("invalid", "[]", "{}", "7", "1", "0", "nan", "0.0"), "drop")
LENIENT = Conversion(allow_loss=True, outcomes=labels, batch=7)


def _varied(rows: Sequence[Row], count: int = ROWS) -> list[Row]:
    """So many rows like those given, of different ids, models, outcomes, texts and nulls; types stay as they are."""
    random = Random(7)
    made = []
    for number in range(count):
        row = copy.deepcopy(rows[number % len(rows)])
        for name in ("question_id", "id"):
            if name in row and number % 9:
                row[name] = f"{row[name]}-{number}" if isinstance(row[name], str) else number
        if random.random() < 0.5 and row.get("winner") in ("model_a", "model_b"):
            row["winner"] = "model_b"
        if "language" in row:
            row["language"] = random.choice(("en", "German", "zh-Hant", None, "nan", " unknown "))
        for name in ("prompt", "judge", "tstamp", "anony", "is_code", "toxic_chat_tag", "conv_metadata", "full_conversation"):
            if name in row and random.random() < 0.2:
                row[name] = None
        made.append(row)
    return made


def _write(path: Path, rows: Sequence[Row], kind: str) -> Path:
    form, _, zipped = kind.partition(".")
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=25)
    elif form == "arrow":
        table = pa.Table.from_pylist(rows)
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=25)
    else:
        path.write_bytes({"csv": Csv(), "json": Json(), "jsonl": Json(lines=True)}[form].write(rows))
    if zipped:
        path.write_bytes(gzip.compress(path.read_bytes()))
    return path


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("release", SHAPES)
def test_every_release_in_every_format(release, kind, tmp_path):
    with small_pieces(3_000, block=12_000):
        found = same_both_ways(_write(tmp_path / "votes.dat", _varied(SHAPES[release]), kind), LENIENT)
    assert found.error == ""
    assert found.together or release in RESHAPED or kind.startswith("csv")
    strict = Conversion(
        rules=Cleaning(identity_words=release not in ("clean_battle", "mt_bench_pairs"), exclude_models=("kite-70b",))
    )
    same_both_ways(tmp_path / "votes.dat", strict)


def _alike(cell: Any, number: int, value: Any) -> Any:
    """Another value of the type that a cell has, so that its column stays one."""
    if isinstance(cell, list) and cell and isinstance(cell[0], dict) and "role" in cell[0]:
        turned = [*cell, {**cell[-1], "role": ("User", "ai", "system", "pirate", "assistant ")[number % 5]}, {**cell[0]}]
        turned[number % 2] = {**turned[number % 2], "content": _alike(cell[0].get("content"), number, value)}
        return turned[: number % 5]
    if isinstance(cell, list) and cell and isinstance(cell[0], dict) and "text" in cell[0]:
        return [{**cell[0], "text": (None, *TEXTS)[number % (1 + len(TEXTS))]}, *cell][: number % 4]
    if isinstance(cell, dict) and cell:
        name = list(cell)[number % len(cell)]
        return {key: _alike(part, number // len(cell), value) if key == name else part for key, part in cell.items()}
    pool = [other for other in ODD if type(other) is type(cell)]
    return value if type(value) is type(cell) else pool[number % len(pool)] if pool else None


def _edited(rows: list[Row], edits: Sequence[tuple[str, int, int, Any]]) -> list[Any]:
    """Rows in which cells, whole columns or whole rows were replaced by other values."""
    edited: list[Any] = copy.deepcopy(rows)
    for what, row, column, given_value in edits:
        value = copy.deepcopy(given_value)  # later edits look into it
        place = row % len(edited)
        at = edited[place]
        if what == "row":
            edited[place] = value
        elif isinstance(at, dict) and at:
            name = list(at)[column % len(at)]
            if name == "winner":  # what is no outcome ends the conversion
                what = "cell" if what == "alike" else what
                value = value if isinstance(value, str) and value.strip().lower() in LABELS else None
            if what == "cell":
                at[name] = value
            elif what == "alike":
                at[name] = _alike(at[name], row + 7 * column, value)
            elif what == "lack":
                del at[name]
            elif what == "more":
                at[f"more {column % 3}"] = value
            else:
                for number, other in enumerate(edited):
                    if isinstance(other, dict) and number % 3 != 1:
                        other[name] = copy.deepcopy(value)
    return edited


def _edits(values: st.SearchStrategy[Any], kinds: Sequence[str]) -> st.SearchStrategy[list[tuple[str, int, int, Any]]]:
    places = st.integers(0, 199)
    return st.lists(st.tuples(st.sampled_from(kinds), places, st.integers(0, 29), values), max_size=12)


def _compare(data: bytes, piece: int, learned: int) -> None:
    with tempfile.TemporaryDirectory() as folder, small_pieces(piece, learned):
        path = Path(folder) / "votes.dat"
        path.write_bytes(data)
        same_both_ways(path, LENIENT)


@given(
    st.sampled_from(sorted(BASES)),
    _edits(odd, ("cell", "alike", "alike", "alike", "alike", "column", "lack", "more", "row")),
    writings,
    st.integers(5, 40),
    st.sampled_from((300, 700, 2_000, 20_000)),
    st.sampled_from((2, 20, 200)),
)
@generated(80)
def test_any_json(release, edits, writing, count, piece, learned):
    rows = _edited(_varied(BASES[release], count), edits)
    if writing.lines and "\n" in writing.separators[0]:
        writing = Json(lines=True, ascii=writing.ascii, newline=writing.newline, blank_lines=writing.blank_lines)
    _compare(writing.write(rows), piece, learned)


@given(
    st.sampled_from(sorted(BASES)),
    _edits(odd, ("cell", "alike", "alike", "column", "lack", "more")),
    csv_writings,
    st.integers(5, 40),
    st.sampled_from((600, 2_000, 8_000, 100_000)),
)
@generated(80)
def test_any_csv(release, edits, writing, count, block):
    rows = _edited(_varied(BASES[release], count), edits)
    _compare(writing.write(rows), block // 4, 5)


def _typed(name: str, value: Any) -> st.SearchStrategy[tuple[str, pa.DataType | None]]:
    """A type that a column may have in a file, by what it holds in the release."""
    if isinstance(value, str):
        return st.sampled_from((*STRINGS[:5], None))
    if isinstance(value, bool):
        return st.sampled_from((pa.bool_(), pa.int8(), pa.float64(), pa.string()))
    if name == "tstamp":
        return st.sampled_from((pa.float64(), pa.int64(), pa.timestamp("ms"), pa.timestamp("ns", tz="UTC"), pa.string()))
    if isinstance(value, int):
        return st.sampled_from(
            (pa.int8(), pa.int32(), pa.uint64(), pa.float32(), pa.float64(), pa.string(), pa.decimal128(30, 3))
        )
    return st.none()


@st.composite
def tables(draw):
    """A release as a table of other types, some of its columns with other values."""
    rows = _varied(BASES[draw(st.sampled_from(sorted(BASES)))], draw(st.integers(3, 30)))
    table = pa.Table.from_pylist(rows)
    for name in table.column_names:
        column = table[name].combine_chunks()
        kind = draw(_typed(name, next((row[name] for row in rows if row.get(name) is not None), None)))
        if kind is not None:
            column = column.cast(pa.int64(), safe=False) if pa.types.is_timestamp(kind) else column
            column = column.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else column.cast(kind, safe=False)
            table = table.set_column(table.column_names.index(name), name, column)
    for name in draw(
        st.lists(st.sampled_from([name for name in table.column_names if name != "winner"]), max_size=3, unique=True)
    ):
        kind = draw(kinds)
        values = draw(st.lists(st.one_of(values_of(kind), st.none()), min_size=len(table), max_size=len(table)))
        table = table.set_column(table.column_names.index(name), name, an_array(kind, values))
    return table


@given(tables(), st.sampled_from(("parquet", "arrow")), st.integers(1, 30))
@generated(60)
def test_any_table(table, form, group):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "votes.dat"
        if form == "parquet":
            try:
                pq.write_table(table, path, row_group_size=group)
            except pa.ArrowException:  # a type that Parquet does not have
                return
        else:
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table, max_chunksize=group)
        same_both_ways(path, LENIENT)


VOTE = {"model_a": "heron", "model_b": "kite", "winner": "tie"}
CASES = {
    # Arrow's JSON parser crashes the process on a first line that is null, and elsewhere takes null for an empty record.
    "null lines": [*[VOTE] * 9, None, VOTE, None, None, *[VOTE] * 9],
    "one line longer than the smallest piece that no type holds": [VOTE, VOTE, {**VOTE, "prompt": "x" * 3_000, "judge": ["y"]}],
    "whole numbers among fractions": [{**VOTE, "judge": one, "turn": one} for one in (1.5, 2, 3.0, 0, 2**60 + 1, -0.0, 1e300)],
    "dates of eight digits among seconds": [{**VOTE, "tstamp": time} for time in (1.7e9, 20240501, 20240501.0, 1.7e9 + 0.25)],
    "mappings with different keys": [{**VOTE, "id": 1, "on": on} for on in ({"a": 1}, {"b": 2, "a": 1}, {"a": 1.0, "b": None})],
    "places of a text": [
        {**VOTE, "conversation_a": [{"role": "user", **said}, {"role": "assistant", "content": "x"}], "conversation_b": None}
        for said in ({"content": "x"}, {"text": "y"}, {"content": None, "value": "z"}, {"value": None, "text": "w"})
    ],
}


@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_what_the_two_ways_once_saw_differently(case, lines, tmp_path):
    (tmp_path / "votes.json").write_bytes(Json(lines=lines).write(CASES[case]))
    for piece in (100, 400, 100_000):
        with small_pieces(piece, learned=2):
            assert same_both_ways(tmp_path / "votes.json", LENIENT).error == ""


REAL = (
    *("vision_bench_battles.jsonl", "arena_votes_2023.jsonl", "arena_33k_first200.jsonl", "arena_140k_sample100.csv"),
    *("comparia_votes_sample.parquet", "comparia_reactions_sample.parquet"),
)


@pytest.mark.parametrize("name", REAL)
def test_real_votes(real_data, tmp_path, name):
    path = tmp_path / name
    path.symlink_to(real_data / name)
    assert same_both_ways(path).error == ""
