"""Files made to harm are refused in one line, before they take memory or time; no name of a file is a pattern."""

import gzip
import io
import os
import random
import subprocess
import sys
import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import InputError
from analysis.sources import arrow_batches, csv_batches, documents, formats, unpacked
from analysis.sources.formats import Rows
from analysis.sources.load import load_votes
from analysis.votes import engine

HEAD = b"model_a,model_b,winner,prompt\na,b,tie,short\n"
RECORD = b'{"model_a":"a","model_b":"b","winner":"tie","prompt":"short"}\n'
VOTES = {"model_a": ["a", "b"], "model_b": ["b", "a"], "winner": ["model_a", "tie"]}


def repeated(text: str, times: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(times, np.int32)), pa.array([text]))


def votes(times: int, **more: pa.Array) -> pa.Table:
    return pa.table({"model_a": ["a"] * times, "model_b": ["b"] * times, "winner": ["tie"] * times, **more})


def read(path) -> int:
    return sum(map(len, Rows(path).batches(1000)))


@pytest.fixture
def small(monkeypatch):
    """Bounds a thousand times smaller."""
    for module in (formats, documents):
        monkeypatch.setattr(module, "LONGEST", 1 << 16)
    monkeypatch.setattr(csv_batches, "BLOCK", 1 << 15)
    monkeypatch.setattr(documents, "WINDOW", 1 << 12)
    monkeypatch.setattr(documents, "MOST_MARKS", 1 << 12)
    monkeypatch.setattr(documents, "MOST_BLANKS", 1 << 16)
    monkeypatch.setattr(formats, "MOST_DELIMITERS", 1 << 10)


@pytest.mark.parametrize(
    ("begins", "unit", "ends", "what"),
    [
        (HEAD + b"a,b,tie,", b"x", b"\n", "line 3 has more than 65,536 characters"),
        (HEAD + b'a,b,tie,"', b"x\n", b'"\n', "the row that begins in line 3 has more than"),
        (HEAD + b"a,b,tie,", b"ab,", b"\n", "has more than"),
        (HEAD + b'a,b,tie,"x', b'\n","ab', b'"\n', "the row that begins in line 3 has more than"),
        (b"model_a,model_b,winner,", b"ab,", b"\na,b,tie\n", "has more than"),
        (RECORD * 3 + RECORD[:-3], b"x", b'"}\n', r"record 4 \(line 4\) has more than 65,536 characters"),
        (RECORD[:-3], b"x", b'"}\n', r"record 1 \(line 1\) has more than 65,536 characters"),
        (b"[" + RECORD + b"," + RECORD[:-3], b"x", b'"}]', r"record 2 \(line 2\) has more than 65,536 characters"),
        (b"[", b" ", b"]", "more than 65,536 blanks"),
        (b"[" + RECORD, b"\n", b"]", "more than 65,536 blanks"),
        (RECORD * 3 + b'{"model_a":[1', b",1", b"]}\n", "more than 4,096 brackets, colons and commas"),
        (RECORD * 3 + b'{"model_a":[{}', b",{}", b"]}\n", "more than 4,096 brackets, colons and commas"),
        (b"", b" ", b"[]", "begins with 65,536 blanks"),
    ],
)
def test_one_line_cell_or_record_without_end_is_refused_in_little_memory(tmp_path, small, begins, unit, ends, what):
    path = tmp_path / "votes.gz"
    with gzip.open(path, "wb") as stream:
        stream.write(begins)
        for _ in range(100):
            stream.write(unit * (100_000 // len(unit)))
        stream.write(ends)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=f"votes.gz: .*{what}"):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_gzip_is_not_unpacked_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "UNDOUBTED", 100_000)
    path = tmp_path / "votes.csv.gz"
    path.write_bytes(gzip.compress(b"model_a,model_b,winner\n" + b"a,b,tie\n" * 100_000))
    with pytest.raises(InputError, match="unpacks to more than .* times its size"):
        read(path)
    monkeypatch.setattr(formats, "UNDOUBTED", 1_000_000)
    assert read(path) == 100_000


def test_a_gzip_of_more_rows_than_bytes_is_not_believed(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_batches, "UNDOUBTED", 1_000)
    path = tmp_path / "votes.csv.gz"
    path.write_bytes(gzip.compress(b"model_a,model_b,winner\n" + b"a,b,tie\n" * 100_000))
    with pytest.raises(InputError, match="claims .* rows in"):
        read(path)


@pytest.mark.parametrize("depth", [5_000, 20_000, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("closed", [True, False])
def test_deep_nesting_is_refused_or_one_empty_cell_in_every_text_format(tmp_path, depth, opening, closed):
    nested = opening * depth + "1" + ("]" if opening == "[" else "}") * depth * closed
    record = RECORD.decode()
    deep = record.replace('"short"', nested)
    path = tmp_path / "votes"
    for text in (record * 300 + deep + record, f"[{','.join([record] * 300)},{deep}]", f"[{deep},{record}]", nested):
        path.write_text(text)
        with pytest.raises(InputError, match="votes: .*(line|list ends|record|columns)"):
            load_votes(path)
    cell = nested.replace('"', '""')
    talk = '"[{""role"":""user"",""content"":""x""},{""role"":""assistant"",""content"":""y""}]"'
    path.write_text(f'model_a,model_b,winner,conversation_a,conversation_b\na,b,tie,{talk},{talk}\nb,a,tie,"{cell}",{talk}\n')
    assert len(load_votes(path)) == 2


def test_a_file_with_more_columns_than_any_table_of_votes_is_refused_at_once(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text(",".join(f"c{number}" for number in range(200_000)) + "\n")
    with pytest.raises(InputError, match="200,000 columns"):
        Rows(path)


def test_a_repeated_text_in_a_parquet_dictionary_is_counted_as_often_as_it_stands_there(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_batches, "UNDOUBTED_BYTES", 1 << 20)
    path = tmp_path / "votes.parquet"
    pq.write_table(votes(200, prompt=repeated("x" * 10_000, 200)), path)
    with pytest.raises(InputError, match="its texts unpack to 2,00"):
        read(path)


def test_a_nested_repeated_text_is_counted_too(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_batches, "UNDOUBTED_BYTES", 1 << 20)
    path = tmp_path / "votes.parquet"
    pq.write_table(votes(200, conversation_a=pa.array([[{"role": "user", "content": "x" * 10_000}]] * 200)), path)
    with pytest.raises(InputError, match="its texts unpack to 2,00"):
        read(path)


@pytest.mark.parametrize("nested", [False, True])
def test_a_text_longer_than_any_answer_is_refused_with_its_column(tmp_path, monkeypatch, nested):
    monkeypatch.setattr(arrow_batches, "LONGEST", 1_000)
    path = tmp_path / "votes.parquet"
    text = [{"content": "x" * 2_000}] if nested else "x" * 2_000
    pq.write_table(votes(2, prompt=pa.array([text] * 2)), path)
    with pytest.raises(InputError, match="a text of 2,000 bytes in column 'prompt'"):
        read(path)


def test_texts_that_unpack_without_end_over_many_batches_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_batches, "UNDOUBTED_BYTES", 1 << 20)
    path = tmp_path / "votes.parquet"
    pq.write_table(votes(20_000, prompt=repeated("x" * 1_000, 20_000)), path)
    with pytest.raises(InputError, match="texts unpack to"):
        read(path)


def test_texts_that_are_not_repeated_are_refused_where_a_few_rows_of_them_take_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_batches, "LARGEST", 1 << 20)
    path = tmp_path / "votes.parquet"
    pq.write_table(votes(4, prompt=pa.array([f"{number}" * 400_000 for number in range(4)])), path, use_dictionary=False)
    with pytest.raises(InputError, match="4 rows from row 1 on unpack to 1,6.* bytes of text"):
        read(path)


def test_only_texts_that_are_repeated_too_often_to_stand_for_themselves_are_read_as_a_dictionary(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_batches, "LARGEST", 1 << 20)
    path = tmp_path / "votes.parquet"
    different = pa.array([f"{number:010}" * 10 for number in range(2_000)])
    pq.write_table(votes(2_000, prompt=repeated("x" * 2_000, 2_000), judge=different), path)
    with path.open("rb") as stream:
        table = next(arrow_batches.parquet_batches(stream, path, None)).table
    kinds = {name: pa.types.is_dictionary(table.schema.field(name).type) for name in table.column_names}
    assert kinds == {"model_a": False, "model_b": False, "winner": False, "prompt": True, "judge": False}


def test_batches_of_long_repeated_texts_are_small(tmp_path):
    path = tmp_path / "votes.parquet"
    pq.write_table(votes(1_000, prompt=repeated("x" * 200_000, 1_000)), path)
    sizes = [len(batch) for batch in Rows(path).batches(1000)]
    assert sum(sizes) == 1_000
    assert max(sizes) * 200_000 <= 2 * arrow_batches.BATCH_BYTES


def test_pages_that_unpack_to_more_than_memory_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_batches, "LARGEST_PAGES", 1 << 16)
    path = tmp_path / "votes.parquet"
    pq.write_table(votes(200, prompt=pa.array(["x" * 1_000] * 200)), path, compression="zstd", use_dictionary=False)
    with pytest.raises(InputError, match="pages unpack to more than 65,536 bytes"):
        read(path)


def test_rows_that_a_parquet_file_has_no_bytes_for_are_not_believed(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_batches, "UNDOUBTED", 1_000)
    path = tmp_path / "votes.parquet"
    pq.write_table(votes(200_000), path)
    with pytest.raises(InputError, match="claims 200,000 rows in"):
        read(path)


def test_values_in_a_list_that_a_parquet_file_has_no_bytes_for_are_not_believed(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_batches, "UNDOUBTED", 1_000)
    path = tmp_path / "votes.parquet"
    lists = pa.ListArray.from_arrays(pa.array([0, 0, 1_000_000], pa.int32()), pa.nulls(1_000_000, pa.string()))
    pq.write_table(votes(2, conversation_a=lists), path)
    with pytest.raises(InputError, match="claims 999,99. values in lists"):
        read(path)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "zstd"])
def test_the_pages_of_a_column_are_those_that_its_footer_tells_of(tmp_path, version, compression):
    path = tmp_path / "votes.parquet"
    table = votes(5_000, prompt=pa.array([f"text {number}" for number in range(5_000)]))
    options = {"compression": compression, "data_page_version": version, "data_page_size": 4_000, "row_group_size": 2_000}
    pq.write_table(table, path, **options)
    footer = pq.read_metadata(path)
    with path.open("rb") as stream:
        groups = unpacked.row_groups(stream)
        assert [group.rows for group in groups] == [2_000, 2_000, 1_000]
        for place, group in enumerate(groups):
            for number, chunk in enumerate(group.chunks):
                theirs = footer.row_group(place).column(number)
                assert (chunk.path, chunk.values) == (theirs.path_in_schema, theirs.num_values)
                pages = list(unpacked.pages(stream, chunk))
                assert sum(page.values for page in pages if not page.dictionary) == theirs.num_values
                assert sum(page.size for page in pages) <= theirs.total_uncompressed_size


def test_a_parquet_file_or_arrow_file_with_changed_bytes_never_ends_the_process(tmp_path):
    """300 damaged files; the reader runs in a process of its own, which a fault of a decoder would end."""
    sources = []
    talk = [[{"role": "user", "content": "Name a river."}, {"role": "assistant", "content": "Elbe" * 20}]] * 200
    table = votes(200, conversation_a=pa.array(talk), turn=pa.array([1] * 200))
    for compression in ("none", "zstd"):
        stream = io.BytesIO()
        pq.write_table(table, stream, compression=compression, data_page_size=500)
        sources.append(stream.getvalue())
    for make in (pa.ipc.new_file, pa.ipc.new_stream):
        for compression in (None, "lz4"):
            stream = io.BytesIO()
            with make(stream, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
                writer.write_table(table, max_chunksize=50)
            sources.append(stream.getvalue())
    pick = random.Random(5)
    for number in range(300):
        data = bytearray(pick.choice(sources))
        for _ in range(pick.choice([1, 3])):
            # Headers and footers lie at the ends.
            place = pick.choice([pick.randrange(len(data)), -1 - pick.randrange(min(1_500, len(data)))])
            data[place] = pick.choice([0, 0x7F, 0x80, 0xFF, pick.randrange(256)])
        (tmp_path / f"{number}.bin").write_bytes(data if number % 5 else data[: pick.randrange(len(data))])
    script = (
        "import sys, pathlib\n"
        "from analysis.errors import InputError\n"
        "from analysis.sources.formats import Rows\n"
        "for path in pathlib.Path(sys.argv[1]).glob('*.bin'):\n"
        "    try:\n"
        "        for batch in Rows(path).batches(100): batch.read()\n"
        "    except InputError: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["v*.parquet", "w?.parquet", "z[1].parquet", "[a-z].parquet", "y]x[.parquet", "**"])
def test_the_name_of_a_vote_table_is_no_pattern(tmp_path, name):
    for beside, other in enumerate(("va.parquet", "w1.parquet", "z1.parquet", "m.parquet"), start=2):
        pq.write_table(pa.table({"n": [beside]}), tmp_path / other)
    pq.write_table(pa.table({"n": [1]}), tmp_path / name)
    assert list(engine.to_pandas(engine.read_parquet(tmp_path / name))["n"]) == [1]


def test_a_folder_named_like_a_partition_adds_no_column(tmp_path):
    folder = tmp_path / "year=2024"
    folder.mkdir()
    pq.write_table(pa.table({"n": [1]}), folder / "t.parquet")
    assert list(engine.read_parquet(folder / "t.parquet").columns) == ["n"]


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for source in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(InputError, match="not a regular file"):
            load_votes(source)


def test_a_folder_may_have_the_name_of_a_file(tmp_path):
    folder = tmp_path / "x.csv"
    folder.mkdir()
    with pytest.raises(InputError, match=r"x\.csv: no votes in this folder"):
        load_votes(folder)
    (folder / "v.csv").write_bytes(HEAD)
    os.mkfifo(folder / "pipe")
    assert len(load_votes(folder)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("kind", ["csv", "parquet", "votes"])
def test_a_name_in_bytes_that_are_not_utf8_is_a_name(tmp_path, kind):
    path = tmp_path / os.fsdecode(b"caf\xe9*." + kind.encode())
    (tmp_path / "plain.csv").write_bytes(HEAD)
    if kind == "csv":
        path.write_bytes(HEAD)
    elif kind == "parquet":
        with path.open("wb") as stream:
            pq.write_table(votes(1), stream)
    else:
        path.write_bytes(load_votes(tmp_path / "plain.csv").path.read_bytes())
    found = load_votes(path)
    assert len(found) == 1
    found.path.name.encode()
    (tmp_path / "plain.csv").unlink()
    assert len(load_votes(tmp_path)) == 1
