"""JSON text as a stream of records, one in memory at a time, with the line of every error.

The decoder is the one of the standard library, fed from a window that moves over the file: it keeps lone surrogates and
`NaN`, which stricter streaming parsers alter or refuse, and it knows where it is.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from analysis.errors import InputError

WINDOW = 1 << 20
#: The most text that one record may take; larger ones are damage (an unclosed quote) rather than a conversation.
LONGEST = 1 << 28
#: An error this close to the end of the window may be the window's doing.
_EDGE = 16
_BLANK = " \t\r\n"


def records(stream: IO[str], path: Path) -> Iterator[Any]:
    """The records of a JSON text: the elements of an array, the lines of JSON Lines, or one whole object.

    Raises:
        InputError: invalid JSON, with its line; or a text that ends before the array does.
    """
    try:
        begun = stream.read(WINDOW)
        if begun.lstrip().startswith("["):
            yield from _Array(stream, path, begun).elements()
            return
        stream.seek(0)
        first = stream.readline(LONGEST)
        if _parses(first):
            yield from _lines(stream, path, first)
        else:
            yield from _whole(stream, path, first)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text ({error.reason}); save it as UTF-8.") from error


def _parses(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(stream: IO[str], path: Path, first: str) -> Iterator[Any]:
    yield json.loads(first)
    for number, line in enumerate(stream, start=2):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _line_error(path, number, error, cut=not line.endswith("\n")) from error


def _whole(stream: IO[str], path: Path, first: str) -> Iterator[Any]:
    """One object over several lines. Where that fails, a first line with any content is a damaged line of JSON Lines."""
    text = first + stream.read(LONGEST)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            json.loads(first if '"' in first else text)
        except (ValueError, RecursionError) as error:
            cut = not text.endswith("\n") and "\n" not in text.rstrip()
            raise _line_error(path, getattr(error, "lineno", 1), error, cut) from error
        raise
    yield value


def _line_error(path: Path, number: int, error: Exception, cut: bool) -> InputError:
    what = getattr(error, "msg", None) or "nested too deeply"
    todo = "the file ends in the middle of it: fetch it again" if cut else "correct or remove that line"
    return InputError(f"{path}: line {number:,} is not valid JSON ({what}); {todo}.")


class _Array:
    """A window moving over the text of one JSON array."""

    def __init__(self, stream: IO[str], path: Path, begun: str) -> None:
        self._stream = stream
        self._path = path
        self._text = begun
        self._at = begun.index("[") + 1
        self._lines = 0
        self._done = 0
        self._decode = json.JSONDecoder().raw_decode

    def elements(self) -> Iterator[Any]:
        mark = self._next_mark()
        while mark != "]":
            yield self._element()
            self._done += 1
            mark = self._next_mark()
            if mark == ",":
                self._at += 1
                self._next_mark()
            elif mark != "]":
                raise self._error("a comma was expected", self._at)
        self._at += 1
        if self._next_mark(at_end=True):
            raise self._error("something follows the end of the list", self._at)

    def _element(self) -> Any:
        while True:
            try:
                value, self._at = self._decode(self._text, self._at)
                return value
            except RecursionError as error:
                raise self._error("nested too deeply", self._at) from error
            except json.JSONDecodeError as error:
                at_edge = error.pos >= len(self._text) - _EDGE or error.msg.startswith("Unterminated string")
                if not at_edge or len(self._text) - self._at > LONGEST:
                    raise self._error(error.msg, error.pos) from error
                if not self._read():
                    raise self._cut() from error

    def _next_mark(self, at_end: bool = False) -> str:
        """The next character that is not blank; an empty text at the end of the file, where that may come."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANK:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read():
                if at_end:
                    return ""
                raise self._cut()

    def _read(self) -> bool:
        """Move the window: drop what is done and read as much again as a long record has taken so far."""
        more = self._stream.read(max(WINDOW, len(self._text) - self._at))
        self._lines += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + more
        self._at = 0
        return bool(more)

    def _error(self, what: str, position: int) -> InputError:
        line = self._lines + self._text.count("\n", 0, position) + 1
        return InputError(
            f"{self._path}: record {self._done + 1:,} (line {line:,}) is not valid JSON ({what}); "
            "correct it or fetch the file again."
        )

    def _cut(self) -> InputError:
        return InputError(f"{self._path}: the list ends in the middle, after {self._done:,} whole records; fetch the file again.")
