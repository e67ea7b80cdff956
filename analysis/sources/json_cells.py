"""Cells that hold JSON text, such as the lists of Kaggle's files: a whole column parsed at once."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as arrow_json

#: Texts that a type is learned from.
LEARNED = 50

#: Attempts at one batch: where many cells are no JSON (reprs, plain texts), the rest is read one by one.
ATTEMPTS = 60

#: A character outside the basic plane as JSON escapes it, and half of one.
_PAIR = r"\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF = r"\\u[dD][89a-fA-F]"

#: Brackets in a text: Arrow's parser recurses.
DEEPEST = 5_000

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
    odd = _odd(texts)
    parsing = _Parsing(pc.if_else(pa.array(odd), pa.scalar(None, pa.string()), texts) if odd.any() else texts, kind)
    parts = parsing.rows(0, len(texts))
    array = pa.concat_arrays(parts) if parts else pa.array([], kind)
    return array, parsing.other | odd


def _odd(texts: pa.Array) -> np.ndarray:
    """Which texts are not for Arrow's parser: over several lines, nested deeply, or with half of a character escaped."""
    # Two passes, as each pattern begins with a letter that can be looked for: together they take three times as long.
    promising = pc.or_(*(pc.match_substring_regex(texts, pattern) for pattern in (r"\n", r"\\u[dD]"))).fill_null(False)
    # Of its nesting a text can only say that it is no deeper than it has brackets.
    long = pc.greater(pc.binary_length(texts), DEEPEST).fill_null(False)
    found: np.ndarray = promising.to_numpy(zero_copy_only=False).copy()
    if found.any():
        found[found] = _several_lines_or_halves(texts.filter(promising))
    places = long.to_numpy(zero_copy_only=False)
    if places.any():
        found[places] |= pc.count_substring_regex(texts.filter(long), r"[\[{]").to_numpy() > DEEPEST
    return found


def _several_lines_or_halves(texts: pa.Array) -> np.ndarray:
    """Which texts stand on several lines, or escape half of a character, which Arrow's parser refuses."""
    whole = pc.replace_substring_regex(texts, _PAIR, "")
    found: np.ndarray = pc.match_substring_regex(whole, rf"\n|{_HALF}").to_numpy(zero_copy_only=False)
    return found


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
        cells = texts.fill_null("null")
        joined = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(cells)], pa.int32()), cells), '}\n{"x":')[0]
        body = b"".join((b'{"x":', joined.as_buffer(), b"}"))
        read = arrow_json.ReadOptions(use_threads=False, block_size=len(body) + 64)
        strict = arrow_json.ParseOptions(explicit_schema=self._schema, unexpected_field_behavior="error")
        try:
            table = arrow_json.read_json(pa.BufferReader(body), read, strict)
        except (pa.ArrowException, UnicodeError):
            return None
        # A cell could close the object and open another: then there are more rows than cells.
        return table["x"].combine_chunks() if len(table) == len(texts) else None
