"""Keys of prompts by the million: what `analysis.votes.prompts.normalise` leaves of each, hashed in compiled code.

The definition is there; this is the same for characters that are normalised one by one, and any prompt with others is left to
it. The two are held equal by tests over every character and over random texts.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from analysis.compiled import compiled
from analysis.votes.signs import LOOKED_AT, MARKS, OPENING, folded, signs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[np.int64]

#: What a character is: a bit each, in 32 bits above its code point.
_JOINING, _SPACED, _UNSPACED, _MARK, _QUOTE, _OPENING, _SPACE, _ORDERED, _HARD = (LOOKED_AT << bit for bit in range(9))
_CODE = LOOKED_AT - 1

#: What a text in ASCII has little of.
_RARE = _QUOTE | _MARK

#: What must be looked at while reading, what may go, and what tells that a word of a script without spaces begins.
_LOOK = _HARD | _ORDERED | _SPACE
_GOING = _QUOTE | _OPENING | _MARK | _SPACE
_STARTING = _UNSPACED | _JOINING

#: The primes of XXH64.
_P1, _P2, _P3, _P4, _P5 = (
    np.uint64(prime)
    for prime in (
        0x9E3779B185EBCA87,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x85EBCA77C2B2AE63,
        0x27D4EB2F165667C5,
    )
)


def quick_keys(prompts: pa.Array) -> tuple[NDArray[np.uint64], Places]:
    """Keys of the prompts, shape (n,), 0 where null or blank; and the places of those left to the definition."""
    data, start, there = _buffers(prompts)
    keys, hard = np.zeros(len(prompts), np.uint64), np.zeros(len(prompts), np.bool_)
    _keys(data, start, there, *_characters(), keys, hard)
    return keys, np.flatnonzero(hard)


def quick_texts(prompts: pa.Array) -> tuple[pa.Array, Places]:
    """What is left of the prompts once normalised, shape (n,), empty where null; and the places of those left to the
    definition, which are empty here."""
    data, start, there = _buffers(prompts)
    hard, end = np.zeros(len(prompts), np.bool_), np.zeros(len(prompts) + 1, np.int64)
    out = np.empty(2 * int(start[-1] - start[0]) + 8, np.uint8)  # no character grows to more than three bytes from two
    _texts(data, start, there, *_characters(), out, end, hard)
    texts = pa.LargeStringArray.from_buffers(len(prompts), pa.py_buffer(end), pa.py_buffer(out[: end[-1]].copy()))
    return texts, np.flatnonzero(hard)


def _buffers(prompts: pa.Array) -> tuple[NDArray[np.uint8], Places, NDArray[np.bool_]]:
    """The bytes of all prompts, where each begins and the last ends, and which are there."""
    column = prompts.cast(pa.large_string())
    _, offsets, data = column.buffers()
    start = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1] if len(column) else np.zeros(1, int)
    there = np.asarray(column.is_valid())
    return np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8), start, there


@cache
def _characters() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """What each character is folded to, shape (LOOKED_AT,), a code point with what it is above it; and a second such or 0."""
    found = signs()
    kind = np.zeros(LOOKED_AT, np.uint32)
    for bit, codes in (
        (_JOINING, found.joining),
        (_SPACED, found.spaced),
        (_UNSPACED, found.unspaced),
        (_HARD, found.merging),
        (_MARK, map(ord, MARKS)),
        (_OPENING, map(ord, OPENING)),
        (_QUOTE, map(ord, "\"'")),
        (_ORDERED, (code for code in range(LOOKED_AT) if unicodedata.combining(chr(code)))),
    ):
        kind[[code for code in codes if code < LOOKED_AT]] |= bit
    fold, second = np.arange(LOOKED_AT, dtype=np.uint32), np.zeros(LOOKED_AT, np.uint32)
    for code, text in enumerate(map(folded, map(chr, range(LOOKED_AT)))):
        if text.isspace():
            fold[code], kind[code] = ord(" "), _SPACE
        elif len(text) > 2 or ord(max(text)) >= LOOKED_AT or (ord(text[0]) != code and kind[code] & _ORDERED):
            kind[code] |= _HARD
        elif ord(text[0]) != code or len(text) == 2:
            fold[code], second[code] = ord(text[0]), ord(text[1]) if len(text) == 2 else 0
    kind |= (kind[fold] | kind[second]) & _HARD
    kind |= np.where((second > 0) & (((kind[fold] | kind[second]) & (_ORDERED | _SPACE)) > 0), _HARD, 0).astype(np.uint32)
    what = kind[fold] | (kind & _HARD)
    return np.asarray(what | fold, np.uint32), np.where(second > 0, kind[second] | second, 0).astype(np.uint32)


@compiled
def _keys(data, start, there, first, second, keys, hard):  # type: ignore[no-untyped-def]
    """Fill `keys` and `hard` for the texts data[start[i] : start[i + 1]]."""
    longest = 1
    for i in range(len(keys)):
        longest = max(longest, start[i + 1] - start[i])
    read, kept = np.empty(longest, np.uint32), np.empty(longest, np.uint32)
    out = np.empty((longest * 4 + 39) // 8, np.uint64)  # four bytes for a character at most, and to whole words
    for i in range(len(keys)):
        if not there[i]:
            continue
        size = _plain(data, start[i], start[i + 1], first, out.view(np.uint8))
        if size == 0:
            size = _read(data, start[i], start[i + 1], first, second, read)
            hard[i] = size < 0
            if size > 0:
                size = _encoded(kept, _left(read, size, kept), out.view(np.uint8))
        if size > 0:
            keys[i] = _xxh64(out, size)


@compiled
def _texts(data, start, there, first, second, out, end, hard):  # type: ignore[no-untyped-def]
    """Fill `out` with what is left of the texts, one after the other, and `end` with where each ends."""
    longest = 1
    for i in range(len(hard)):
        longest = max(longest, start[i + 1] - start[i])
    read, kept = np.empty(longest, np.uint32), np.empty(longest, np.uint32)
    for i in range(len(hard)):
        end[i + 1] = end[i]
        if not there[i]:
            continue
        size = _plain(data, start[i], start[i + 1], first, out[end[i] :])
        if size == 0:
            size = _read(data, start[i], start[i + 1], first, second, read)
            hard[i] = size < 0
            if size > 0:
                size = _encoded(kept, _left(read, size, kept), out[end[i] :])
        end[i + 1] += max(size, 0)


@compiled
def _plain(data, begin, end, first, out):  # type: ignore[no-untyped-def]
    """What is left of a text in ASCII, into `out`; its length, 0 where other characters are in it or only marks are left.

    Most of what is asked, so most of the time: a character costs no branch that cannot be foreseen.
    """
    size, at, after_space = 0, begin, np.uint32(1)
    while at < end:
        byte = data[at]
        if byte >= 0x80:
            return 0
        sign = first[byte]
        if sign & _RARE:
            run = at + 1
            while run < end and data[run] < 0x80 and first[data[run]] & _RARE:
                run += 1
            follows = first[data[run]] if run < end else np.uint32(_SPACE)
            if run < end and data[run] >= 0x80:
                return 0
            inside = run == at + 1 and at > begin and first[data[at - 1]] & follows & _SPACED
            for place in range(at, run):
                if not follows & _SPACE and (first[data[place]] & _MARK or inside):
                    out[size] = data[place]
                    size, after_space = size + 1, np.uint32(0)
            at = run
            continue
        out[size] = sign & 0x7F
        space = (sign // _SPACE) & np.uint32(1)
        size += 1 - int(space & after_space)
        after_space = space
        at += 1
    return size - int(after_space) if size else 0


@compiled
def _read(data, at, end, first, second, read):  # type: ignore[no-untyped-def]
    """Folded characters with what they are, runs of white space as one, into `read`; how many, −1 if the text is hard."""
    size, ordered = 0, False
    while at < end:
        byte = np.uint32(data[at])
        if byte < 0x80:
            sign, at = first[byte], at + 1
            if not (sign & _SPACE and (size == 0 or read[size - 1] & _SPACE)):
                read[size] = sign
                size += 1
            ordered = False
            continue
        if byte < 0xE0:
            character, at = ((byte & 0x1F) << 6) | (data[at + 1] & 0x3F), at + 2
        elif byte < 0xF0:
            character, at = ((byte & 0x0F) << 12) | ((data[at + 1] & 0x3F) << 6) | (data[at + 2] & 0x3F), at + 3
        else:
            character = ((byte & 0x07) << 18) | ((data[at + 1] & 0x3F) << 12) | ((data[at + 2] & 0x3F) << 6)
            character, at = character | (data[at + 3] & 0x3F), at + 4
        if character >= LOOKED_AT:
            return -1
        sign = first[character]
        if sign & _LOOK:
            if sign & _HARD or (sign & _ORDERED and ordered):
                return -1
            if sign & _SPACE and (size == 0 or read[size - 1] & _SPACE):
                continue
        ordered = sign & _ORDERED > 0
        read[size] = sign
        size += 1
        if second[character]:
            read[size] = second[character]
            size += 1
    return size - 1 if size and read[size - 1] & _SPACE else size


@compiled
def _left(read, size, kept):  # type: ignore[no-untyped-def]
    """What is left of the characters, last first, into `kept`; how many. From the end, because what follows decides."""
    count, space, space_sign = 0, False, np.uint32(_SPACE | 32)
    after = last = space_sign
    for i in range(size - 1, -1, -1):
        sign = read[i]
        if sign & _GOING:
            if sign & _SPACE:
                space, after = count > 0, sign
                continue
            if sign & _MARK:
                if after & _SPACE or after & _STARTING == _UNSPACED:
                    continue
            else:
                right = read[i + 1] if i + 1 < size else space_sign
                left = read[i - 1] if i > 0 else space_sign
                between = sign & _QUOTE and left & _SPACED and right & _SPACED
                if not (right & _JOINING or between):
                    continue
        if space:
            if not (sign & _UNSPACED and last & _STARTING == _UNSPACED):
                kept[count] = space_sign
                count += 1
            space = False
        kept[count] = sign
        count += 1
        after = last = sign
    if count == 0:
        for i in range(size):
            kept[i] = read[size - 1 - i]
        count = size
    return count


@compiled
def _encoded(kept, count, out):  # type: ignore[no-untyped-def]
    """The characters, last first, as UTF-8 into `out`; its length."""
    size = 0
    for i in range(count - 1, -1, -1):
        character = kept[i] & _CODE
        if character < 0x80:
            out[size] = character
            size += 1
        elif character < 0x800:
            out[size], out[size + 1] = 0xC0 | (character >> 6), 0x80 | (character & 0x3F)
            size += 2
        elif character < 0x10000:
            out[size], out[size + 1] = 0xE0 | (character >> 12), 0x80 | ((character >> 6) & 0x3F)
            out[size + 2] = 0x80 | (character & 0x3F)
            size += 3
        else:
            out[size], out[size + 1] = 0xF0 | (character >> 18), 0x80 | ((character >> 12) & 0x3F)
            out[size + 2], out[size + 3] = 0x80 | ((character >> 6) & 0x3F), 0x80 | (character & 0x3F)
            size += 4
    return size


@compiled
def _xxh64(words, size):  # type: ignore[no-untyped-def]
    """XXH64, seed 0, of the first `size` bytes of little-endian words."""
    at = 0
    if size >= 32:
        a, b, c, d = _P1 + _P2, _P2, np.uint64(0), np.uint64(0) - _P1
        while (at + 4) * 8 <= size:
            a, b = _round(a, words[at]), _round(b, words[at + 1])
            c, d = _round(c, words[at + 2]), _round(d, words[at + 3])
            at += 4
        total = _turned(a, 1) + _turned(b, 7) + _turned(c, 12) + _turned(d, 18)
        for lane in (a, b, c, d):
            total = (total ^ _round(np.uint64(0), lane)) * _P1 + _P4
    else:
        total = _P5
    total += np.uint64(size)
    while (at + 1) * 8 <= size:
        total = _turned(total ^ _round(np.uint64(0), words[at]), 27) * _P1 + _P4
        at += 1
    byte = at * 8
    if byte + 4 <= size:
        half = words.view(np.uint32)[byte // 4]
        total = _turned(total ^ (np.uint64(half) * _P1), 23) * _P2 + _P3
        byte += 4
    while byte < size:
        total = _turned(total ^ (np.uint64(words.view(np.uint8)[byte]) * _P5), 11) * _P1
        byte += 1
    total = (total ^ (total >> np.uint64(33))) * _P2
    total = (total ^ (total >> np.uint64(29))) * _P3
    return total ^ (total >> np.uint64(32))


@compiled(inline="always")
def _round(lane, word):  # type: ignore[no-untyped-def]
    return _turned(lane + word * _P2, 31) * _P1


@compiled(inline="always")
def _turned(value, by):  # type: ignore[no-untyped-def]
    return (value << np.uint64(by)) | (value >> np.uint64(64 - by))
