"""Nested values written as text: JSON, Python reprs and NumPy reprs, read without evaluating anything.

A CSV saved from pandas holds the `str` of each nested cell. Lists become Python reprs; arrays become NumPy reprs, in
which elements stand next to each other without a comma and may be wrapped in `array(..., dtype=object)`. Python itself
reads two adjacent strings as one, so `ast.literal_eval` would glue the messages of a conversation together without a
word; here every string token is an element of its own.
"""

import json
import re
from typing import Any

#: Nesting deeper than this is no conversation; it bounds the recursion on hostile input.
DEEPEST = 40

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*")
      | (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
      | (?P<name>[A-Za-z_][\w.]*)
      | (?P<mark>[][(){},:=])
    )""",
    re.VERBOSE | re.DOTALL,
)

_CONSTANTS = {"None": None, "null": None, "nan": None, "NaT": None, "True": True, "true": True, "False": False, "false": False}

_ESCAPE = re.compile(
    r"\\(?:x(?P<hex2>[0-9a-fA-F]{2})|u(?P<hex4>[0-9a-fA-F]{4})|U(?P<hex8>[0-9a-fA-F]{8})|(?P<other>.))", re.DOTALL
)

_ESCAPED = dict(zip("ntrabfv0\\'\"", "\n\t\r\a\b\f\v\0\\'\"", strict=True))

_CLOSING = {"[": "]", "(": ")"}


class Unreadable(ValueError):
    """A cell that cannot be read as what its column holds; the row is dropped and counted."""


def parse_literal(text: str) -> Any:
    """The value that a JSON text, a Python repr or a NumPy repr stands for.

    Arrays and tuples become lists, `nan` and `NaT` become None, and a call such as `array([...], dtype=object)` or
    `np.int64(3)` stands for its first argument.

    Raises:
        Unreadable: the text is none of these, is cut off, or is nested deeper than `DEEPEST`.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _Parser(text).whole()


class _Parser:
    """A recursive-descent parser over the tokens of one cell, with one token of look-ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0
        self._kind: str | None = None
        self._token = ""
        self._advance()

    def whole(self) -> Any:
        value = self._value(0)
        if self._kind is not None:
            raise self._error()
        return value

    def _advance(self) -> None:
        match = _TOKEN.match(self._text, self._end)
        if match is None:
            if self._text[self._end :].strip():
                raise self._error()
            self._kind = None
            return
        self._end = match.end()
        self._kind = match.lastgroup
        self._token = match[match.lastgroup or 0]

    def _error(self) -> Unreadable:
        return Unreadable(f"no value can be read at character {self._end} of {self._text[:40]!r}")

    def _at(self, mark: str) -> bool:
        return self._kind == "mark" and self._token == mark

    def _take(self, mark: str) -> None:
        if not self._at(mark):
            raise self._error()
        self._advance()

    def _value(self, depth: int) -> Any:
        kind, token = self._kind, self._token
        if kind is None or depth > DEEPEST:
            raise self._error()
        if kind == "mark":
            if token == "{":
                return self._mapping(depth)
            if token in _CLOSING:
                return self._elements(_CLOSING[token], depth)
            raise self._error()
        self._advance()
        if kind == "string":
            return _string(token)
        if kind == "number":
            return float(token) if any(mark in token for mark in ".eE") else int(token)
        if self._at("("):
            return self._call(depth)
        if token not in _CONSTANTS:
            raise self._error()
        return _CONSTANTS[token]

    def _elements(self, closing: str, depth: int) -> list[Any]:
        self._advance()
        elements = []
        while not self._at(closing):
            elements.append(self._value(depth + 1))
            if self._at(","):
                self._advance()
        self._advance()
        return elements

    def _mapping(self, depth: int) -> dict[Any, Any]:
        self._advance()
        mapping = {}
        while not self._at("}"):
            key = self._value(depth + 1)
            if not isinstance(key, str | int):
                raise self._error()
            self._take(":")
            mapping[key] = self._value(depth + 1)
            if not self._at("}"):
                self._take(",")
        self._advance()
        return mapping

    def _call(self, depth: int) -> Any:
        """`array(value, dtype=...)`, `np.int64(value)`: the first argument; what follows it says how it was stored."""
        self._advance()
        value = self._value(depth + 1)
        while self._at(","):
            self._advance()
            if self._kind == "name":
                self._advance()
                self._take("=")
            if self._kind in ("name", "string"):
                self._advance()
            else:
                self._value(depth + 1)
        self._take(")")
        return value


def _string(token: str) -> str:
    return _ESCAPE.sub(_unescaped, token[1:-1]) if "\\" in token else token[1:-1]


def _unescaped(match: re.Match[str]) -> str:
    """One escape of a Python string; an escape that Python does not know stays as it is written, as it does there."""
    if match["other"] is not None:
        return _ESCAPED.get(match["other"], match[0])
    code = int(match["hex2"] or match["hex4"] or match["hex8"], 16)
    if code > 0x10FFFF:
        raise Unreadable(f"a string with a broken escape: {match[0]!r}")
    return chr(code)
