"""Nested values written as text: JSON, Python reprs, NumPy reprs and DuckDB's own, read without evaluating anything.

A CSV saved from pandas holds the `str` of each nested cell. Lists become Python reprs; arrays become NumPy reprs, in
which elements stand next to each other without a comma and may be wrapped in `array(..., dtype=object)`. Python itself
reads two adjacent strings as one, so `ast.literal_eval` would glue the messages of a conversation together without a
word; here every string token is an element of its own.

A CSV saved from DuckDB holds lists and structs in which a text without special characters stands bare:
`[hello, 'What is it, exactly?']`, `{'role': user, 'content': hi}`.

Every parser reads each character a bounded number of times, so a cell takes time in proportion to its length whatever it
holds: the repetitions of the patterns are possessive, and nesting is bounded by `DEEPEST`.
"""

import json
import re
from typing import Any

#: Nesting deeper than this is no conversation; it bounds the recursion on hostile input.
DEEPEST = 40

_TOKEN = re.compile(
    r"""\s*+(?:
        (?P<string>'(?:[^'\\]++|\\.)*+'|"(?:[^"\\]++|\\.)*+")
      | (?P<number>[-+]?(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?\d++)?+(?![\w.]))
      | (?P<name>[A-Za-z_][\w.]*+)
      | (?P<mark>[][(){},:=])
    )""",
    re.VERBOSE | re.DOTALL,
)

#: What DuckDB leaves bare: a text that is not empty and has none of its special characters.
_BARE = re.compile(r"""\s*+([^][{}(),'"\\:=]++)""")
_QUOTED = re.compile(r"\s*+'((?:[^'\\]++|\\.)*+)'", re.DOTALL)
_MARK = re.compile(r"\s*+([][{},:])")

_DECIMAL = re.compile(r"[-+]?[\d.]++(?:[eE][-+]?\d++)?+")

_CONSTANTS = {"None": None, "null": None, "nan": None, "NaT": None, "True": True, "true": True, "False": False, "false": False}

_ESCAPE = re.compile(
    r"\\(?:x(?P<hex2>[0-9a-fA-F]{2})|u(?P<hex4>[0-9a-fA-F]{4})|U(?P<hex8>[0-9a-fA-F]{8})|(?P<other>.))", re.DOTALL
)

_BACKSLASHED = re.compile(r"\\(.)", re.DOTALL)

_ESCAPED = dict(zip("ntrabfv0\\'\"", "\n\t\r\a\b\f\v\0\\'\"", strict=True))

_CLOSING = {"[": "]", "(": ")"}


class Unreadable(ValueError):
    """A cell that cannot be read as what its column holds; the row is dropped and counted."""


def parse_literal(text: str) -> Any:
    """The value that a JSON text, a Python repr, a NumPy repr or DuckDB's text of a list or struct stands for.

    Arrays and tuples become lists, `nan` and `NaT` become None, and a call such as `array([...], dtype=object)` or
    `np.int64(3)` stands for its first argument. In DuckDB's text all bare elements are texts, and NULL is None; it does not
    tell a text from a number or a truth value, and what reads as JSON or as a repr is read as that.

    Raises:
        Unreadable: the text is none of these, is cut off, is nested deeper than `DEEPEST`, or holds a number of more digits
            than Python reads (4,300).
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return _Parser(text).whole()
    except Unreadable:
        if text.lstrip()[:1] not in ("[", "{"):
            raise
        return _DuckDB(text).whole()


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
            return _number(token)
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


class _DuckDB:
    """A recursive-descent parser of the text that DuckDB (1.2 and later) makes of lists and structs.

    A text is quoted with `'` where it is empty, is NULL, begins or ends with white space, or holds one of `[]{}(),'"\\:=`;
    within quotes only `'` and `\\` are escaped. Older versions quote nothing, and what they wrote cannot be told apart.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0

    def whole(self) -> Any:
        value = self._value(0)
        if self._text[self._end :].strip():
            raise self._error()
        return value

    def _error(self) -> Unreadable:
        return Unreadable(f"no value can be read at character {self._end} of {self._text[:40]!r}")

    def _mark(self, marks: str) -> str | None:
        """The next mark, taken if it is one of `marks`."""
        match = _MARK.match(self._text, self._end)
        if match is None or match[1] not in marks:
            return None
        self._end = match.end()
        return match[1]

    def _value(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise self._error()
        mark = self._mark("[{")
        if mark == "[":
            return self._list(depth)
        if mark == "{":
            return self._struct(depth)
        return self._scalar()

    def _scalar(self) -> str | None:
        if quoted := _QUOTED.match(self._text, self._end):
            self._end = quoted.end()
            return _BACKSLASHED.sub(r"\1", quoted[1]) if "\\" in quoted[1] else quoted[1]
        bare = _BARE.match(self._text, self._end)
        if bare is None or not (found := bare[1].rstrip()):
            raise self._error()
        self._end = bare.end()
        return None if found == "NULL" else found

    def _list(self, depth: int) -> list[Any]:
        elements: list[Any] = []
        if self._mark("]"):
            return elements
        while True:
            elements.append(self._value(depth + 1))
            if self._mark("]"):
                if _summarised(elements):
                    raise self._error()
                return elements
            self._take(",")

    def _struct(self, depth: int) -> dict[str, Any]:
        struct: dict[str, Any] = {}
        if self._mark("}"):
            return struct
        while True:
            key = self._scalar()
            if key is None:
                raise self._error()
            self._take(":")
            struct[key] = self._value(depth + 1)
            if self._mark("}"):
                return struct
            self._take(",")

    def _take(self, mark: str) -> None:
        if self._mark(mark) is None:
            raise self._error()


def _summarised(elements: list[Any]) -> bool:
    """Whether these are numbers with `...` among them: what NumPy prints in place of a long array, and not its content."""
    if "..." not in elements or len(elements) == 1:
        return False
    return all(isinstance(element, str) and (element == "..." or _DECIMAL.fullmatch(element)) for element in elements)


def _number(token: str) -> int | float:
    try:
        return float(token) if any(mark in token for mark in ".eE") else int(token)
    except ValueError as error:
        raise Unreadable(f"a number of {len(token):,} digits") from error


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
