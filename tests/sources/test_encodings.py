"""Text in other encodings than UTF-8 is read where a byte-order mark or the caller says what it is."""

import codecs
import csv
import io
import json

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from analysis.errors import InputError, UsageError
from analysis.sources.conversion import Conversion
from analysis.sources.formats import Rows
from analysis.sources.load import load_votes

ROWS = [
    {"model_a": "söderberg", "model_b": "b", "winner": "tie", "prompt": 'Wie heißt „das“, "x"?\nzweite Zeile'},
    {"model_a": "b", "model_b": "söderberg", "winner": "model_a", "prompt": "Grüße"},
]
MARKED = {"utf-8-sig": b"", "utf-16": b"", "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-32": b""}


def written(kind: str) -> str:
    if kind == "json":
        return json.dumps(ROWS, ensure_ascii=False)
    if kind == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(ROWS[0]))
    writer.writeheader()
    writer.writerows(ROWS)
    return stream.getvalue()


def rows_of(path, encoding=None):
    return [row for batch in Rows(path, encoding).batches(10) for row in batch.read()]


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl"])
@pytest.mark.parametrize("encoding", MARKED)
def test_a_byte_order_mark_says_what_a_text_is(tmp_path, kind, encoding):
    path = tmp_path / "votes"
    path.write_bytes(MARKED[encoding] + written(kind).encode(encoding))
    assert rows_of(path) == ROWS
    assert pq.read_table(load_votes(path).path)["prompt"].to_pylist() == [row["prompt"] for row in ROWS]


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl"])
@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le", "utf-16-be", "utf-32-be", "UTF8", "utf_8"])
def test_an_encoding_can_be_declared(tmp_path, kind, encoding):
    path = tmp_path / "votes"
    path.write_bytes(written(kind).encode(encoding))
    assert rows_of(path, encoding) == ROWS
    assert len(load_votes(path, conversion=Conversion(encoding=encoding))) == 2


def test_latin_1_without_a_word_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "votes"
    for text in ("model_a,model_b,winner\nä,b,tie\n", '[{"model_a": "ä"}]'):
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(InputError, match="votes: .*--encoding"):
            load_votes(path)


def test_a_byte_order_mark_is_stronger_than_what_was_declared(tmp_path):
    path = tmp_path / "votes"
    path.write_bytes(written("csv").encode("utf-16"))
    assert rows_of(path, "latin-1") == ROWS


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_text_that_is_not_in_the_declared_encoding_is_refused_by_its_name(tmp_path, kind):
    path = tmp_path / "votes"
    path.write_bytes(written(kind).replace("Gr", "\x81Gr").encode("latin-1", "replace"))
    with pytest.raises(InputError, match="(not|nor) cp1252 text"):
        rows_of(path, "cp1252")


@pytest.mark.parametrize("encoding", ["no-such", "rot13", "base64", "undefined", "x\0", ""])
def test_an_encoding_that_is_none_is_wrong_usage(tmp_path, encoding):
    path = tmp_path / "votes"
    path.write_text("model_a,model_b,winner\na,b,tie\n")
    if not encoding:
        assert len(rows_of(path, encoding)) == 1
        return
    with pytest.raises(UsageError, match="no such text encoding"):
        Rows(path, encoding)


def test_a_damaged_quote_before_text_that_is_not_utf_8_is_one_clear_line(tmp_path):
    path = tmp_path / "votes"
    path.write_bytes(b'model_a,model_b,winner\na,"b"c,tie\n' + b"a,b,tie\n" * 100_000 + b"\xff,b,tie\n")
    with pytest.raises(InputError, match="line 2"):
        rows_of(path)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@hypothesis_settings(deadline=None, max_examples=40)
@given(texts=st.lists(TEXTS, min_size=1, max_size=5), encoding=st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "utf-8"]))
def test_the_encoding_does_not_change_the_rows(tmp_path_factory, texts, encoding):
    path = tmp_path_factory.mktemp("encodings") / "votes"
    rows = [{"model_a": "a", "prompt": text} for text in texts]
    path.write_bytes(json.dumps(rows, ensure_ascii=False).encode(encoding))
    assert rows_of(path) == rows
