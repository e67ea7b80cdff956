"""JSON text as a stream of records, one in memory at a time, with the line of every error.

The decoder is the one of the standard library, fed from a window that moves over the file: it keeps lone surrogates and
`NaN`, which stricter streaming parsers alter or refuse, and it knows where it is. Whatever a file holds, the window never
grows beyond `LONGEST`, and no text is decoded with more than some `MOST_MARKS` marks at once.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from analysis.errors import InputError
from analysis.sources.json_tables import NAMELESS, table_rows
from analysis.sources.literals import Unreadable

#: How many characters are read at a time.
WINDOW = 1 << 20
#: The most characters that one record, or a table written as one object, may take; more is damage (an unclosed quote).
LONGEST = 1 << 26
#: The most brackets, colons and commas in one record; a value takes up to 260 bytes in memory where its text takes 3 to 9.
MOST_MARKS = 1 << 22
#: Lists and mappings in each other, as many as every Python reads.
DEEPEST = 500
#: The most blanks between two records.
MOST_BLANKS = 1 << 28

#: A long record is decoded again after each part that is read; parts grow with it, up to so many windows.
_LARGEST_PART = 8
#: An error this close to the end of the window may be the window's doing.
_EDGE = 16
_BLANKS = re.compile(r"[ \t\r\n]*")
#: What may be left of a text that ends in the middle of a value.
_BEGUN = re.compile(r"[\w.+\\-]*\s*")
_CLOSING = frozenset('}]"')


def records(stream: IO[str], path: Path, encoding: str = "UTF-8") -> Iterator[Any]:
    """The records of a JSON text: the elements of an array, the objects of JSON Lines (or one after the other, on one line
    or over several), or the rows of a table that is one object (see `analysis.sources.json_tables`).

    A number of more digits than Python reads is kept as its text.

    Raises:
        InputError: invalid JSON, with its line; a text that ends in the middle; a record that is longer than `LONGEST` or
            nested too deeply; a table without the names of its columns.
    """
    text = _Window(stream, path)
    try:
        yield from _elements(text) if text.mark() == "[" else _objects(text)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: not {encoding} text ({error.reason}); say what it is with --encoding, or save it as UTF-8."
        ) from error
    except Unreadable as error:
        raise InputError(f"{path}: {error}.") from error


def _elements(text: "_Window") -> Iterator[Any]:
    """The elements of one array."""
    text.in_list = True
    text.step()
    mark = text.mark()
    while mark != "]":
        element = text.value()
        if isinstance(element, list) and text.done == 1:
            raise Unreadable(NAMELESS)
        yield element
        mark = text.mark()
        if mark == ",":
            text.step()
            text.mark()
        elif mark != "]":
            raise text.error("a comma was expected") if mark else text.cut()
    text.step()
    if text.mark():
        raise text.error("something follows the end of the list")


def _objects(text: "_Window") -> Iterator[Any]:
    """The values one after the other, or the rows of each where the first is a whole table."""
    if not text.mark():
        return
    first = text.value()
    rows = table_rows(first)
    if rows is None:
        yield first
        while text.mark():
            yield text.value()
        return
    yield from rows
    del first, rows
    while text.mark():
        rows = table_rows(text.value())
        if rows is None:
            raise Unreadable(f"its object {text.done:,} is no table, unlike those before it; save it as a list of records")
        yield from rows


class _Window:
    """A window moving over the text, at the next mark or value.

    Attributes:
        done: the values read.
        in_list: whether they are the elements of an array.
    """

    def __init__(self, stream: IO[str], path: Path) -> None:
        self.done = 0
        self.in_list = False
        self._stream = stream
        self._path = path
        self._text = ""
        self._at = 0
        self._lines = 0
        self._decode = json.JSONDecoder().raw_decode
        self._decode_long = json.JSONDecoder(parse_int=_integer).raw_decode

    def mark(self) -> str:
        """The next character that is not blank; an empty text at the end."""
        blanks = 0
        while True:
            match = _BLANKS.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            blanks += len(self._text)
            if blanks > MOST_BLANKS:
                raise InputError(
                    f"{self._path}: more than {MOST_BLANKS:,} blanks follow one another, up to line {self._line(self._at):,}; "
                    "the file is damaged or no table: fetch it again."
                )
            if not self._read(WINDOW):
                return ""

    def step(self) -> None:
        """Pass one mark."""
        self._at += 1

    def value(self) -> Any:
        """The value that begins here, reading on for as long as it may not be whole."""
        at_end = False
        while True:
            try:
                value, end = self._decoded()
            except json.JSONDecodeError as error:
                if at_end:
                    raise self._unfinished(error) from error
                if error.pos < len(self._text) - _EDGE and not error.msg.startswith("Unterminated string"):
                    raise self.error(error.msg, error.pos) from error
            else:
                # A number that ends with the window may go on after it, if only its `e+` is there.
                if at_end or end + len("e+") < len(self._text) or self._text[end - 1] in _CLOSING:
                    self._at = end
                    self.done += 1
                    return value
            at_end = not self._read_on()

    def error(self, what: str, position: int | None = None) -> InputError:
        """That the text is not valid at a position; without one, where the window stands."""
        begins, line = self._line(self._at), self._line(self._at if position is None else position)
        if self.in_list:
            where, todo = f"record {self.done + 1:,} (line {line:,})", "correct it or fetch the file again"
        else:
            where, todo = f"line {line:,}", "correct or remove that line"
            what += f", in the record that begins in line {begins:,}" if begins != line else ""
        return InputError(f"{self._path}: {where} is not valid JSON ({what}); {todo}.")

    def cut(self) -> InputError:
        """That the text ends before the array does."""
        return InputError(f"{self._path}: the list ends in the middle, after {self.done:,} whole records; fetch the file again.")

    def _unfinished(self, error: json.JSONDecodeError) -> InputError:
        """The last value is not whole: the text is cut off, unless something stands after the place of the error."""
        if not error.msg.startswith("Unterminated string") and not _BEGUN.fullmatch(self._text, error.pos):
            return self.error(error.msg, error.pos)
        if self.in_list:
            return self.cut()
        line = self._line(error.pos)
        return InputError(
            f"{self._path}: line {line:,} is not valid JSON ({error.msg}); the file ends in the middle of it: fetch it again."
        )

    def _decoded(self) -> tuple[Any, int]:
        try:
            value, end = self._decode(self._text, self._at)
            if sum(self._text.count(mark, self._at, end) for mark in "[{") > DEEPEST and _depth(value) > DEEPEST:
                raise RecursionError  # how deep Python itself reads depends on its version
            return value, end
        except RecursionError as error:
            raise self.error("nested too deeply") from error
        except json.JSONDecodeError:
            raise
        except ValueError:  # a number of more digits than Python reads
            return self._decode_long(self._text, self._at)

    def _read_on(self) -> bool:
        """Read more of the value that begins here, which must not grow without end."""
        begun = len(self._text) - self._at
        marks = sum(self._text.count(mark, self._at) for mark in "[{:,") if begun > MOST_MARKS else 0
        if begun > LONGEST or marks > MOST_MARKS:
            size = f"{LONGEST:,} characters" if begun > LONGEST else f"{MOST_MARKS:,} brackets, colons and commas"
            raise InputError(
                f"{self._path}: record {self.done + 1:,} (line {self._line(self._at):,}) has more than {size}; a quote or a "
                "bracket is not closed, or a large table is one object: save that as JSON Lines "
                "(pandas: to_json(orient='records', lines=True))."
            )
        return self._read(min(max(WINDOW, min(begun, _LARGEST_PART * WINDOW)), LONGEST + 1 - begun))

    def _read(self, size: int) -> bool:
        """Move the window on and drop what is done; False at the end of the text."""
        more = self._stream.read(size)
        if not more:
            return False
        self._lines += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + more
        self._at = 0
        return True

    def _line(self, position: int) -> int:
        return self._lines + self._text.count("\n", 0, position) + 1


def _integer(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return digits


def _depth(value: Any) -> int:
    """How many lists and mappings lie in each other, counted level by level, at most one more than `DEEPEST`."""
    depth, level = 0, [value]
    while depth <= DEEPEST and (level := [one for one in level if isinstance(one, list | dict)]):
        depth += 1
        level = [part for one in level for part in (one.values() if isinstance(one, dict) else one)]
    return depth
