"""What the pages of a Parquet file and the messages of an Arrow stream would unpack to, read off before they are unpacked.

The decoders believe what a page or buffer says of its size and take that much memory. Here the same headers are read
first: those of Parquet pages (Thrift's compact protocol) and of Arrow messages (FlatBuffers), as far as sizes go.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

#: The header of a page: what is read of it at first, and at most (it may quote two values of a column).
_HEADER, _LONGEST_HEADER = 1 << 8, 1 << 24
_LONGEST_FOOTER = 1 << 24
#: Types of pages.
_INDEX, _DICTIONARY = 1, 2
#: Encodings by places in a dictionary.
_BY_DICTIONARY = (2, 8)
#: The field of a page header that tells of the values, by the type of the page.
_ABOUT = {0: 5, _DICTIONARY: 7, 3: 8}

#: Kinds of Arrow messages, and the mark that each begins with.
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3
_CONTINUED = 0xFFFFFFFF
_LONGEST_METADATA = 1 << 26
_DEEPEST = 16


class Damaged(ValueError):
    """Headers that say nothing sensible."""


@dataclass(frozen=True)
class Page:
    """One page of a column chunk: values, the bytes it unpacks to, whether it is a dictionary, or holds places in one."""

    values: int
    size: int
    dictionary: bool
    encoded: bool


@dataclass(frozen=True)
class Chunk:
    """What a footer says of one column in one row group."""

    path: str
    values: int
    packed: int
    unpacked: int
    start: int


@dataclass(frozen=True)
class Group:
    """What a footer says of one row group."""

    rows: int
    chunks: tuple[Chunk, ...]


def row_groups(stream: IO[bytes]) -> list[Group]:
    """The row groups of a Parquet file by its footer, which Arrow itself ends the process over if it is odd. Raises Damaged."""
    end = stream.seek(0, 2) - 8
    length = _integer(stream, end, "<I") if end > 0 else 0
    if not 0 < length <= min(end, _LONGEST_FOOTER):
        raise Damaged("a footer longer than the file, or than any table of votes has")
    stream.seek(end - length)
    try:
        footer, _ = _thrift(stream.read(length), 0)
    except IndexError as error:
        raise Damaged("a footer without end") from error
    return [Group(_size(group, 3), tuple(_chunks(group))) for group in _structs(footer, 4)]


def _chunks(group: dict[int, Any]) -> Iterator[Chunk]:
    for column in _structs(group, 1):
        about = column.get(3)
        if not isinstance(about, dict):
            raise Damaged("a column without description")
        start = _size(about, 9)
        if about.get(11):
            start = min(start, _size(about, 11))
        steps = about.get(3)
        if not isinstance(steps, list) or not all(isinstance(step, bytes) for step in steps):
            raise Damaged("a column without name")
        path = ".".join(step.decode("utf-8", "replace") for step in steps)
        yield Chunk(path, _size(about, 5), _size(about, 7), _size(about, 6), start)


def _structs(fields: dict[int, Any], number: int) -> list[dict[int, Any]]:
    found = fields.get(number, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Damaged("a footer without row groups")
    return found


def pages(stream: IO[bytes], chunk: Chunk) -> Iterator[Page]:
    """The pages of a column chunk, as a reader would go through them. Raises Damaged."""
    start = chunk.start
    end, left = start + chunk.packed, chunk.values
    while start < end and left > 0:
        header, length = _page_header(stream, start)
        kind, size, packed = (_size(header, field) for field in (1, 2, 3))
        about = header.get(_ABOUT.get(kind, 0))
        values = _size(about, 1) if isinstance(about, dict) else 0
        if kind not in (_INDEX, _DICTIONARY):
            left -= values
        encoding = about.get({0: 2, 3: 4}.get(kind, 0)) if isinstance(about, dict) else None
        yield Page(values, size, kind == _DICTIONARY, encoding in _BY_DICTIONARY)
        start += length + packed


def _size(fields: dict[int, Any], number: int) -> int:
    value = fields.get(number)
    if not isinstance(value, int) or value < 0:
        raise Damaged("headers without sizes")
    return value


def _page_header(stream: IO[bytes], start: int) -> tuple[dict[int, Any], int]:
    size = _HEADER
    while True:
        stream.seek(start)
        data = stream.read(size)
        try:
            return _thrift(data, 0)
        except IndexError as error:
            if len(data) < size or size >= _LONGEST_HEADER:
                raise Damaged("a page header without end") from error
            size *= 16


def _thrift(data: bytes, at: int, depth: int = 0) -> tuple[dict[int, Any], int]:
    """The fields of a struct by number, and where it ends. Raises IndexError where the data ends before."""
    if depth > _DEEPEST:
        raise Damaged("headers nested too deeply")
    fields: dict[int, Any] = {}
    number = 0
    while mark := data[at]:
        at += 1
        if mark >> 4:
            number += mark >> 4
        else:
            number, at = _zigzag(data, at)
        fields[number], at = _value(data, at, mark & 15, depth)
    return fields, at + 1


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (1, 2):
        return kind == 1, at
    if kind == 3:
        return data[at], at + 1
    if kind in (4, 5, 6):
        return _zigzag(data, at)
    if kind == 7:
        return None, at + 8
    if kind == 8:
        length, at = _varint(data, at)
        if at + length > len(data):
            raise IndexError
        return data[at : at + length], at + length
    if kind in (9, 10):
        return _list(data, at, depth)
    if kind == 12:
        return _thrift(data, at, depth + 1)
    raise Damaged("headers of an unknown kind")


def _list(data: bytes, at: int, depth: int) -> tuple[list[Any], int]:
    length, kind = data[at] >> 4, data[at] & 15
    at += 1
    if length == 15:
        length, at = _varint(data, at)
    if length > len(data) or depth > _DEEPEST:
        raise Damaged("a list longer than what holds it")
    found = []
    for _ in range(length):
        # In a list, a truth value takes a byte.
        value, at = _value(data, at, 3 if kind in (1, 2) else kind, depth + 1)
        found.append(value)
    return found, at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        number |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return number, at
    raise Damaged("a number without end")


def _zigzag(data: bytes, at: int) -> tuple[int, int]:
    number, at = _varint(data, at)
    return (number >> 1) ^ -(number & 1), at


@dataclass(frozen=True)
class Message:
    """A batch in an Arrow stream: rows it claims, the bytes it unpacks to, and whether it is a dictionary."""

    rows: int
    size: int
    dictionary: bool


def messages(stream: IO[bytes], start: int) -> Iterator[Message]:
    """The batches of an Arrow stream that begins at `start`, up to its end mark or the end of the file. Raises Damaged."""
    end = stream.seek(0, 2)
    while start + 4 <= end:
        length, begins = _integer(stream, start, "<I"), start + 4
        if length == _CONTINUED:
            if start + 8 > end:
                return
            length, begins = _integer(stream, begins, "<I"), begins + 4
        if not length:
            return
        if length > _LONGEST_METADATA or begins + length > end:
            raise Damaged("a message longer than the file")
        stream.seek(begins)
        try:
            header = _Table.root(stream.read(length))
            kind, body = header.number(1, "<B"), header.number(3, "<q")
            if not 0 <= body <= end - begins - length:
                raise Damaged("a message longer than the file")
            if kind in (_DICTIONARY_BATCH, _RECORD_BATCH):
                yield _batch(stream, header.table(2), kind, begins + length, body)
        except (struct.error, IndexError) as error:
            raise Damaged("a message without sizes") from error
        start = begins + length + body


def _batch(stream: IO[bytes], batch: _Table, kind: int, begins: int, body: int) -> Message:
    if kind == _DICTIONARY_BATCH:
        batch = batch.table(1)
    size = body
    if batch.has(3):
        size = 0
        for offset, length in batch.pairs(2):
            if not 0 <= offset <= offset + length <= body:
                raise Damaged("a buffer outside of its message")
            claimed = _integer(stream, begins + offset, "<q") if length >= 8 else 0
            size += length if claimed < 0 else claimed
    return Message(batch.number(0, "<q"), size, kind == _DICTIONARY_BATCH)


def _integer(stream: IO[bytes], at: int, form: str) -> int:
    stream.seek(at)
    number: int = struct.unpack(form, stream.read(struct.calcsize(form)))[0]
    return number


@dataclass(frozen=True)
class _Table:
    """A table of a FlatBuffer: its fields by their place in the schema."""

    data: bytes
    at: int

    @classmethod
    def root(cls, data: bytes) -> _Table:
        return cls(data, _at(data, 0, "<I"))

    def has(self, place: int) -> bool:
        return self._offset(place) > 0

    def number(self, place: int, form: str) -> int:
        offset = self._offset(place)
        return _at(self.data, self.at + offset, form) if offset else 0

    def table(self, place: int) -> _Table:
        return _Table(self.data, self._target(place))

    def pairs(self, place: int) -> Iterator[tuple[int, int]]:
        """The elements of a vector of pairs of 64-bit numbers."""
        if not self.has(place):
            return iter(())
        start = self._target(place)
        length = _at(self.data, start, "<I")
        if start + 4 + 16 * length > len(self.data):
            raise Damaged("a list longer than its message")
        return struct.iter_unpack("<qq", self.data[start + 4 : start + 4 + 16 * length])

    def _offset(self, place: int) -> int:
        fields = self.at - _at(self.data, self.at, "<i")
        size = _at(self.data, fields, "<H")
        return _at(self.data, fields + 4 + 2 * place, "<H") if 4 + 2 * place < size else 0

    def _target(self, place: int) -> int:
        offset = self._offset(place)
        if not offset:
            raise Damaged("a message without content")
        field = self.at + offset
        return field + _at(self.data, field, "<I")


def _at(data: bytes, place: int, form: str) -> int:
    if place < 0:
        raise Damaged("an offset before its message")
    number: int = struct.unpack_from(form, data, place)[0]
    return number
