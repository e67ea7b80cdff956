"""Arrow's own files, folders that `datasets` saved to disk, and columns of every type that Arrow has."""

import datetime as dt
import decimal
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import InputError
from analysis.sources import arrow_batches, unpacked
from analysis.sources.arrow_types import field_twice, plain_table
from analysis.sources.conversion import Conversion
from analysis.sources.formats import Rows
from analysis.sources.load import load_votes

VOTES = {"model_a": ["a", "b", "c", "a"], "model_b": ["b", "c", "a", "c"], "winner": ["model_a", "model_b", "tie", "tie"]}
TALK = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]


def arrow(table: pa.Table, file: bool = True, compression: str | None = None, rows: int = 100) -> bytes:
    stream = io.BytesIO()
    make = pa.ipc.new_file if file else pa.ipc.new_stream
    with make(stream, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table, max_chunksize=rows)
    return stream.getvalue()


def rows_of(path):
    return [row for batch in Rows(path).batches(10) for row in batch.read()]


@pytest.mark.parametrize("file", [True, False])
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_an_arrow_file_or_stream_gives_the_table_that_parquet_gives(tmp_path, file, compression):
    table = pa.table({**VOTES, "conversation_a": [TALK] * 4, "conversation_b": [TALK] * 4})
    (tmp_path / "votes.arrow").write_bytes(arrow(table, file, compression, rows=3))
    pq.write_table(table, tmp_path / "votes.parquet")
    one, other = (pq.read_table(load_votes(tmp_path / f"votes.{kind}").path) for kind in ("arrow", "parquet"))
    assert one.equals(other)


def test_a_folder_that_was_saved_to_disk_is_its_arrow_files(tmp_path):
    for split in ("train", "test"):
        folder = tmp_path / split
        folder.mkdir()
        for part in range(2):
            (folder / f"data-0000{part}-of-00002.arrow").write_bytes(arrow(pa.table(VOTES), file=False))
        (folder / "state.json").write_text('{"_data_files": []}')
        (folder / "dataset_info.json").write_text("{}")
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    assert len(load_votes(tmp_path / "train")) == 8
    assert len(load_votes(tmp_path)) == 16


@pytest.mark.parametrize("file", [True, False])
def test_an_arrow_file_that_was_cut_off_is_refused(tmp_path, file):
    path = tmp_path / "votes.arrow"
    whole = arrow(pa.table(VOTES), file, rows=1)
    for end in (len(whole) - 1 if file else len(whole) - 20, len(whole) // 2, 12):
        path.write_bytes(whole[:end])
        with pytest.raises(InputError, match=r"votes\.arrow: .*damaged"):
            rows_of(path)


def test_a_file_whose_end_tells_of_other_batches_than_it_has_is_refused(tmp_path):
    path = tmp_path / "votes.arrow"
    three, one = arrow(pa.table(VOTES), rows=2), arrow(pa.table(VOTES).slice(0, 2))
    footer = int.from_bytes(one[-10:-6], "little") + 10
    path.write_bytes(three[: -int.from_bytes(three[-10:-6], "little") - 10] + one[-footer:])
    with pytest.raises(InputError, match="not those that its end tells of"):
        rows_of(path)


@pytest.mark.parametrize("compression", [None, "zstd", "lz4"])
def test_what_a_block_unpacks_to_is_known_before(compression):
    table = pa.table({"text": ["x" * 10_000] * 50})
    for file in (True, False):
        stream = io.BytesIO(arrow(table, file, compression))
        (message,) = unpacked.messages(stream, 8 if file else 0)
        assert message.rows == 50
        assert 500_000 <= message.size < 502_000


def test_a_block_that_unpacks_to_more_than_memory_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_batches, "LARGEST_BLOCK", 1 << 20)
    path = tmp_path / "votes.arrow"
    path.write_bytes(arrow(pa.table({"text": ["x" * 100_000] * 50}), compression="zstd"))
    with pytest.raises(InputError, match="a block of it unpacks to 5,000,.* bytes"):
        rows_of(path)


def test_a_length_that_is_longer_than_the_file_is_refused(tmp_path):
    path = tmp_path / "votes.arrow"
    path.write_bytes(b"\xff\xff\xff\xff" + (1 << 30).to_bytes(4, "little") + b"x" * 100)
    with pytest.raises(InputError, match=r"votes\.arrow: .*damaged"):
        rows_of(path)


def _times(unit: str, zone: str | None, last: int) -> pa.Array:
    return pa.array([0, 10**9, None, last], pa.int64()).view(pa.timestamp(unit, zone))


NOT_UTF8 = pa.array([b"\xff", b"a"]).view(pa.string())
COLUMNS: dict[str, pa.Array] = {
    "null": pa.nulls(4),
    "float16": pa.array(np.array([1, 2, 3, 4], np.float16)),
    "uint64": pa.array([1, 2**64 - 1, None, 3], pa.uint64()),
    "decimal": pa.array([decimal.Decimal("1.00"), None] * 2),
    "decimal256": pa.array([decimal.Decimal("1" * 50), None] * 2, pa.decimal256(60, 0)),
    "date32": pa.array([1, 2, None, 2**31 - 1], pa.int32()).view(pa.date32()),
    "date64": pa.array([0, 86_400_000, None, 86_400_000 * 10**10], pa.int64()).view(pa.date64()),
    "date": pa.array([dt.date(2024, 5, 1)] * 4),
    "time32": pa.array([1, 2, None, 3], pa.time32("s")),
    "time64": pa.array([1, 2, None, 3], pa.time64("ns")),
    "duration": pa.array([1, 2, None, 2**62], pa.int64()).view(pa.duration("s")),
    **{f"timestamp {unit}": _times(unit, None, 2**62) for unit in ("s", "ms", "us", "ns")},
    **{f"timestamp {zone}": _times("us", zone, 5) for zone in ("UTC", "America/New_York", "+05:30", "No/Where")},
    "timestamp far": _times("us", "No/Where", -(2**62)),
    "binary": pa.array([b"\xff", b"a", None, b""]),
    "large_binary": pa.array([b"\xff", b"a", None, b""], pa.large_binary()),
    "fixed_size_binary": pa.array([b"\xff\xfe", b"ab", None, b"xx"], pa.binary(2)),
    "binary_view": pa.array([b"\xff" * 50, b"a", None, b""], pa.binary_view()),
    "large_string": pa.array(["a", "b", None, "tie"], pa.large_string()),
    "string_view": pa.array(["a", "b" * 50, None, "tie"], pa.string_view()),
    "not utf-8": pa.array([b"\xff\xfe", b"a", None, b"tie"]).view(pa.string()),
    "dictionary not utf-8": pa.DictionaryArray.from_arrays(
        pa.array([0, 1, None, 0]), pa.array([b"\xff", b"a"]).view(pa.string())
    ),
    "dictionary int": pa.array([1, 2, None, 1]).dictionary_encode(),
    "dictionary time": pa.array([1, 2, None, 1], pa.timestamp("us")).dictionary_encode(),
    "dictionary list": pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 0]), pa.array([["a"], ["b"]])),
    "list": pa.array([["a"], [], None, ["b", None]]),
    "large_list": pa.array([["a"], [], None, ["b", None]], pa.large_list(pa.string())),
    "fixed_size_list": pa.array([["a", "b"], None, ["c", "d"], ["e", None]], pa.list_(pa.string(), 2)),
    "list_view": pa.array([["a"], [], None, ["b", None]], pa.list_view(pa.string())),
    "large_list_view": pa.array([["a"], [], None, ["b", None]], pa.large_list_view(pa.string_view())),
    "list not utf-8": pa.ListArray.from_arrays(
        pa.array([0, 1, 1, 2, 2], pa.int32()), pa.array([b"\xff", b"a"]).view(pa.string())
    ),
    "list of times": pa.array([[1], [2**62], None, [3]], pa.list_(pa.int64())).view(pa.list_(pa.timestamp("us"))),
    "struct": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": None}, {"a": 3, "b": "y"}]),
    "struct of times": pa.StructArray.from_arrays([_times("us", None, 2**62)], ["t"]),
    "struct of nothing": pa.array([{}] * 4, pa.struct([])),
    "map": pa.array([[("a", 1)], [], None, [("b", 2), ("b", 3)]], pa.map_(pa.string(), pa.int64())),
    "map of views": pa.array([[("a", "x")], [], None, [("b", "y")]], pa.map_(pa.string(), pa.string_view())),
    "talk": pa.array([TALK] * 4),
    "talk of views": pa.array([TALK] * 4, pa.list_view(pa.struct([("role", pa.string_view()), ("content", pa.large_string())]))),
    "run ends": pa.RunEndEncodedArray.from_arrays(pa.array([2, 4], pa.int32()), pa.array(["a", "b"])),
    "sparse union": pa.UnionArray.from_sparse(
        pa.array([0, 1, 0, 1], pa.int8()), [pa.array(["a", "b", "c", "d"]), pa.array([1, 2, 3, 4])]
    ),
    "dense union": pa.UnionArray.from_dense(
        pa.array([0, 1, 0, 1], pa.int8()), pa.array([0, 0, 1, 1], pa.int32()), [pa.array(["a", "b"]), pa.array([1, 2])]
    ),
    "interval": pa.array([pa.MonthDayNano([1, 2, 3])] * 4),
    "json": pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":1}', "[1]", None, "x"])),
    "uuid": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"x" * 16] * 4, pa.binary(16))),
    "bool8": pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0, None, 1], pa.int8())),
    "tensor": pa.FixedShapeTensorArray.from_numpy_ndarray(np.ones((4, 2, 2))),
}


@pytest.mark.parametrize("column", ["turn", "tstamp", "language", "conversation_a", "is_code", "prompt", "extra"])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_any_type_costs_no_vote(tmp_path, name, column):
    table = pa.table({**VOTES, column: COLUMNS[name]})
    path = tmp_path / "votes.arrow"
    path.write_bytes(arrow(table))
    found = load_votes(path, conversion=Conversion(allow_loss=True))
    assert found.ledger.rows_in == 4 == found.ledger.votes_out + sum(found.ledger.dropped.values())


@pytest.mark.parametrize("name", COLUMNS)
def test_a_plain_column_holds_what_the_column_held(name):
    table = pa.table({"x": COLUMNS[name]})
    plain = plain_table(table)
    plain.validate(full=True)
    assert plain["x"].null_count == pa.chunked_array([COLUMNS[name]]).null_count or "union" in name
    plain.to_pylist()
    for start in range(3):
        part = plain_table(table.slice(start, 2))
        part.validate(full=True)
        if part.schema == plain.schema:  # times are text only where one of them is beyond the years
            assert part.to_pylist() == plain.to_pylist()[start : start + 2]


def test_lists_that_are_views_keep_their_order():
    views = pa.ListViewArray.from_arrays(
        pa.array([2, 0, 0], pa.int32()), pa.array([1, 2, 0], pa.int32()), pa.array(["a", "b", "c"])
    )
    assert plain_table(pa.table({"x": views}))["x"].to_pylist() == [["c"], ["a", "b"], []]


def test_text_that_is_not_utf_8_becomes_marks_and_keeps_its_vote(tmp_path):
    path = tmp_path / "votes.parquet"
    table = pa.table({**VOTES, "prompt": pa.array([b"caf\xe9", b"a", None, b"b"]).view(pa.string())})
    pq.write_table(table, path)
    assert pq.read_table(load_votes(path).path)["prompt"].to_pylist() == ["caf\ufffd", "a", None, "b"]


def test_a_time_beyond_the_years_of_a_clock_is_empty_and_counted_and_the_others_are_kept(tmp_path):
    path = tmp_path / "votes.parquet"
    pq.write_table(pa.table({**VOTES, "tstamp": _times("us", "UTC", 2**62)}), path)
    found = load_votes(path)
    times = pq.read_table(found.path)["time"].to_pylist()
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert times == [epoch, epoch + dt.timedelta(seconds=1000), None, None]
    assert sum(found.ledger.nulled["tstamp"].values()) == 1


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_a_column_or_a_field_that_occurs_twice_is_refused(tmp_path, kind):
    path = tmp_path / "votes"

    def save(table: pa.Table) -> None:
        if kind == "arrow":
            path.write_bytes(arrow(table))
        else:
            pq.write_table(table, path)

    save(pa.Table.from_arrays([pa.array(VOTES[name]) for name in (*VOTES, "winner")], names=[*VOTES, "winner"]))
    with pytest.raises(InputError, match="the column 'winner' occurs twice"):
        load_votes(path)
    twice = pa.StructArray.from_arrays([pa.array([1] * 4), pa.array([2] * 4)], ["n", "n"])
    save(pa.table({**VOTES, "conversation_a": pa.ListArray.from_arrays(pa.array(range(5), pa.int32()), twice)}))
    with pytest.raises(InputError, match="the column 'conversation_a' has the field 'n' twice"):
        rows_of(path)
    assert field_twice(pa.map_(pa.string(), pa.list_(twice.type))) == "n"


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_a_table_without_rows_or_columns_is_refused_in_one_line(tmp_path, kind):
    path = tmp_path / "votes"
    for table in (pa.table(VOTES).slice(0, 0), pa.table({}), pa.table({"": ["a"]}), pa.table({"\x1b[2J": ["a"]})):
        if kind == "arrow":
            path.write_bytes(arrow(table))
        else:
            pq.write_table(table, path)
        with pytest.raises(InputError) as error:
            load_votes(path)
        assert "\n" not in str(error.value)
