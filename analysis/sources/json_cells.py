"""Cells that hold JSON text, such as the lists of Kaggle's files: a whole column parsed at once."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as arrow_json

from analysis.sources.json_batches import too_deep

#: Texts that a type is learned from.
LEARNED = 50

#: Attempts at one batch: where many cells are no JSON (reprs, plain texts), the rest is read one by one.
ATTEMPTS = 60

LISTS = pa.list_(pa.string())


def learn(texts: pa.Array) -> pa.DataType | None:
    """The type of the first JSON texts; None where they are none, or of no one type."""
    values = []
    for text in texts.drop_null().slice(0, LEARNED).to_pylist():
        try:
            values.append(json.loads(text))
        except (ValueError, RecursionError):
            continue
    try:
        return pa.infer_type(values) if values else None
    except (pa.ArrowException, OverflowError, UnicodeError, ValueError, TypeError):
        return None


def parse(texts: pa.Array, kind: pa.DataType) -> tuple[pa.Array, np.ndarray]:
    """The values of `kind` that the texts stand for, and which rows hold something else (null there).

    Shapes: (rows,) both. A null stays null.
    """
    parsing = _Parsing(texts, kind)
    parts = parsing.rows(0, len(texts))
    array = pa.concat_arrays(parts) if parts else pa.array([], kind)
    return array, parsing.other


class _Parsing:
    """One column of texts on its way: halved where it does not parse, down to the rows that are the reason."""

    def __init__(self, texts: pa.Array, kind: pa.DataType) -> None:
        self._texts = texts
        self._kind = kind
        self._schema = pa.schema([("x", kind)])
        self._attempts = 0
        self.other = np.zeros(len(texts), dtype=bool)

    def rows(self, start: int, end: int) -> list[pa.Array]:
        if start == end:
            return []
        self._attempts += 1
        found = self._whole(start, end) if self._attempts <= ATTEMPTS else None
        if found is not None:
            return [found]
        if end - start == 1 or self._attempts > ATTEMPTS:
            self.other[start:end] = self._texts.slice(start, end - start).is_valid().to_numpy(zero_copy_only=False)
            return [pa.nulls(end - start, self._kind)]
        middle = (start + end) // 2
        return [*self.rows(start, middle), *self.rows(middle, end)]

    def _whole(self, start: int, end: int) -> pa.Array | None:
        texts = self._texts.slice(start, end - start)
        if pc.any(pc.match_substring(texts, "\n")).as_py():
            return None
        lines = pc.binary_join_element_wise('{"x":', texts.fill_null("null"), "}", "")
        body = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines), "\n")[0].as_buffer()
        if too_deep(body.to_pybytes()):
            return None
        read = arrow_json.ReadOptions(use_threads=False, block_size=body.size + 64)
        strict = arrow_json.ParseOptions(explicit_schema=self._schema, unexpected_field_behavior="error")
        try:
            table = arrow_json.read_json(pa.BufferReader(body), read, strict)
        except (pa.ArrowException, UnicodeError):
            return None
        # A cell could close the object and open another: then there are more rows than cells.
        return table["x"].combine_chunks() if len(table) == len(texts) else None
