"""Formats are told by content; damage is an error that names the file and the place."""

import errno
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import InputError, UsageError
from analysis.sources import documents
from analysis.sources.conversion import Conversion
from analysis.sources.formats import Rows
from analysis.sources.load import load_votes

KINDS = ("parquet", "csv", "json", "jsonl", "parquet.gz", "csv.gz", "json.gz", "jsonl.gz")


@pytest.mark.parametrize(
    "name", ["arena_33k", "arena_55k", "arena_100k", "arena_140k", "clean_battle", "wsdm", "battle_log", "flat"]
)
def test_the_format_does_not_change_the_table(shapes, save, name):
    tables = {kind: pq.read_table(load_votes(save(shapes[name], kind, f"{kind}.dat")).path) for kind in KINDS}
    first = tables.pop("jsonl")
    assert all(table.equals(first) for table in tables.values()), {kind: table.equals(first) for kind, table in tables.items()}


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("kind", KINDS)
def test_batches_hold_every_row_once_in_order(save, kind, size):
    path = save([{"n": number, "text": 'x, "y"\nz'} for number in range(25)], kind)
    batches = list(Rows(path).batches(size))
    assert [int(row["n"]) for batch in batches for row in batch.read()] == list(range(25))
    assert [batch.first for batch in batches] == [sum(map(len, batches[:place])) for place in range(len(batches))]
    assert all(len(batch.rows) <= size for batch in batches)


@pytest.mark.parametrize("window", [1, 3, 17, 64])
def test_a_json_list_is_read_through_a_window_of_any_size(save, monkeypatch, window):
    monkeypatch.setattr(documents, "WINDOW", window)
    rows = [{"n": number, "text": 'é\ud83d [{" \\ ]', "nested": [{"a": [1.5, None, True]}]} for number in range(9)]
    assert [row for batch in Rows(save(rows, "json")).batches(4) for row in batch.read()] == rows


@pytest.mark.parametrize(
    ("kind", "mark"), [("json", "after 1 whole records"), ("csv", "row that begins in line 3"), ("jsonl", "line 2")]
)
def test_a_file_cut_in_half_is_an_error_that_says_where(save, kind, mark):
    path = save([{"model_a": "a", "model_b": "b", "winner": "tie", "prompt": "long " * 20} for _ in range(2)], kind)
    if kind == "csv":
        path.write_text(path.read_text().replace("long long", '"long'))
        path.write_text('model_a,model_b,winner,prompt\na,b,tie,short\na,b,tie,"cut off here')
    else:
        path.write_text(path.read_text()[:-60])
    with pytest.raises(InputError, match=rf"votes\.dat: .*{mark}"):
        load_votes(path)


def test_a_csv_row_with_too_few_cells_names_its_line(save):
    path = save([{"model_a": "a", "model_b": "b", "winner": "tie", "prompt": "two\nlines"}] * 2, "csv")
    path.write_text(path.read_text() + "a,b\n")
    with pytest.raises(InputError, match=r"votes\.dat: line 6 has 2 cells where the header has 4"):
        load_votes(path)


def test_invalid_json_on_a_line_names_the_line(save):
    path = save([{"model_a": "a", "model_b": "b", "winner": "tie"}] * 4)
    lines = path.read_text().splitlines()
    lines[2] = lines[2].replace(":", "=", 1)
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"votes\.dat: line 3 is not valid JSON \(Expecting ':' delimiter\)"):
        load_votes(path)


def test_invalid_json_in_the_first_line_names_the_first_line(save):
    path = save([{"model_a": "a", "model_b": "b", "winner": "tie"}] * 4)
    path.write_text(path.read_text().replace(":", "=", 1))
    with pytest.raises(InputError, match=r"votes\.dat: line 1 is not valid JSON"):
        load_votes(path)


def test_invalid_json_in_a_list_names_record_and_line(save):
    path = save([{"model_a": "a", "model_b": "b", "winner": "tie"}] * 3, "json")
    path.write_text(
        json.dumps(json.loads(path.read_text()), indent=1).replace('"tie"\n },\n {\n  "model_a"', '"tie"\n },\n {\n  model_a', 1)
    )
    with pytest.raises(InputError, match=r"record 2 \(line 8\) is not valid JSON"):
        load_votes(path)


@pytest.mark.parametrize("kind", ["parquet", "csv.gz"])
def test_a_truncated_binary_file_is_an_error(save, kind):
    path = save([{"model_a": f"a{number}", "model_b": "b", "winner": "tie"} for number in range(500)], kind)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"votes\.dat: the (gzip )?file is damaged or cut off .*; fetch it again"):
        load_votes(path)


@pytest.mark.parametrize("content", [b"", b"\n \n", gzip.compress(b"")], ids=["nothing", "blank lines", "gzipped nothing"])
def test_an_empty_file_says_so(tmp_path, content):
    path = tmp_path / "votes.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"votes\.csv: the file is empty"):
        load_votes(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"PK\x03\x04 ...", "a zip archive"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS pointer"),
        (b"\x7fELF\0\0\0\0", "neither Parquet nor UTF-8 text"),
        ("model_a,model_b,winner\na,b,tie\n".encode("utf-16-le"), "neither Parquet nor UTF-8 text.*--encoding"),
        ("model_a,model_b,winner\nä,b,tie\n".encode("latin-1"), "neither Parquet nor UTF-8 text.*--encoding latin-1"),
    ],
)
def test_a_file_of_another_kind_is_named_for_what_it_is(tmp_path, content, what):
    path = tmp_path / "votes.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"votes\.parquet: .*{what}"):
        load_votes(path)


@pytest.mark.parametrize(
    ("encoding", "declared"), [("utf-16", None), ("utf-32", None), ("utf-16-le", "utf-16-le"), ("cp1252", "cp1252")]
)
def test_text_is_read_in_the_encoding_that_its_mark_or_the_user_names(tmp_path, encoding, declared):
    path = tmp_path / "votes.csv"
    path.write_bytes("model_a,model_b,winner,prompt\nä,b,tie,Größe?\n".encode(encoding))
    votes = load_votes(path, conversion=Conversion(encoding=declared))
    assert votes.table[["model_a", "prompt"]].to_numpy().tolist() == [["ä", "Größe?"]]


def test_an_encoding_that_nobody_knows_is_wrong_usage(save):
    with pytest.raises(UsageError, match="--encoding 'utf-eight': no such text encoding"):
        load_votes(save([{"model_a": "a", "model_b": "b", "winner": "tie"}]), conversion=Conversion(encoding="utf-eight"))


def test_an_empty_list_and_a_list_of_numbers_are_errors(tmp_path):
    path = tmp_path / "votes.json"
    path.write_text("[]")
    with pytest.raises(InputError, match="an empty list"):
        load_votes(path)
    path.write_text("[1, 2]")
    with pytest.raises(InputError, match="first record is not an object"):
        load_votes(path)


def test_a_file_without_permission_is_an_error(save, monkeypatch):
    path = save([{"model_a": "a", "model_b": "b", "winner": "tie"}])
    opened = Path.open

    def refuse(self, *args, **options):
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return opened(self, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"votes\.dat: no permission to read it"):
        load_votes(path)


def test_a_byte_order_mark_semicolons_and_blank_lines_are_no_obstacle(tmp_path):
    path = tmp_path / "saved-by-a-spreadsheet"
    path.write_bytes("\ufeffmodel_a;model_b;winner\r\na;b;tie\r\n\r\nb;a;model_a\r\n".encode())
    assert len(load_votes(path)) == 2


def test_a_parquet_file_with_columns_it_does_not_need_is_read_without_them(tmp_path):
    path = tmp_path / "votes"
    pq.write_table(pa.table({"model_a": ["a"], "model_b": ["b"], "winner": ["tie"], "picture": [b"\0" * 100]}), path)
    (batch,) = Rows(path).batches(10, {"model_a", "winner"})
    assert batch.read() == [{"model_a": "a", "winner": "tie"}]
