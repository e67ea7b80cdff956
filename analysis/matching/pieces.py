"""Pieces of texts: which runs of characters they have, how alike two texts are in them, and which of a band are alike enough.

Compiled, because there are a hundred pieces in a prompt and a million prompts; `analysis.matching.near` says what it is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from analysis.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


class Pieces(NamedTuple):
    """The different pieces of n texts as sorted hashes: those of text i are hashes[start[i] : start[i + 1]]."""

    start: Integers
    hashes: NDArray[np.uint32]

    def part(self, begin: int, end: int) -> Pieces:
        """Those of some texts that stand together."""
        start = self.start[begin : end + 1]
        return Pieces(start - start[0], self.hashes[start[0] : start[-1]])


def pieces_of(texts: pa.Array, size: int, read: int) -> Pieces:
    """The runs of `size` characters in the first `read` of each text; of a shorter one, the text itself; of an empty one, none.

    Args:
        texts: large strings without nulls, shape (n,).
    """
    if not len(texts):
        return Pieces(np.zeros(1, np.int64), np.zeros(0, np.uint32))
    _, offsets, data = texts.buffers()
    begin = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    content = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
    hashes, start = np.empty(int(begin[-1] - begin[0]), np.uint32), np.zeros(len(texts) + 1, np.int64)
    _cut(content, begin, size, read, hashes, start)
    return Pieces(start, hashes[: start[-1]].copy())


@compiled
def _cut(data, begin, size, read, hashes, start):  # type: ignore[no-untyped-def]
    """Fill `hashes` with the sorted pieces of each text, one text after the other, and `start` with where each begins."""
    codes = np.empty(read, np.uint64)
    for i in range(len(begin) - 1):
        length, at = 0, begin[i]
        while at < begin[i + 1] and length < read:
            code = np.uint64(data[at])
            at += 1
            while at < begin[i + 1] and data[at] & 0xC0 == 0x80:  # bytes that go on with a character
                code = (code << np.uint64(8)) | np.uint64(data[at])
                at += 1
            codes[length] = code
            length += 1
        count = max(length - size + 1, min(length, 1))
        found = hashes[start[i] : start[i] + count]
        for j in range(count):
            value = np.uint64(0)
            for k in range(j, min(j + size, length)):
                value = _mixed(value ^ codes[k])
            found[j] = value >> np.uint64(32)
        found.sort()
        different = min(count, 1)
        for j in range(1, count):
            if found[j] != found[different - 1]:
                found[different] = found[j]
                different += 1
        start[i + 1] = start[i] + different


@compiled(inline="always")
def _mixed(value):  # type: ignore[no-untyped-def]
    """A number whose upper half depends on all of the value."""
    value = (value + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
    return (value ^ (value >> np.uint64(29))) * np.uint64(0x94D049BB133111EB)


@compiled
def alike(start, hashes, i, j, threshold):  # type: ignore[no-untyped-def]
    """Whether the Jaccard similarity of the pieces of texts i and j is the threshold or more."""
    a, enda, b, endb = start[i], start[i + 1], start[j], start[j + 1]
    total, shared = (enda - a) + (endb - b), 0
    # s / (total - s) >= threshold  ⇔  s >= total · threshold / (1 + threshold); up to rounding
    needed = total * threshold / (1.0 + threshold) - 1e-9
    while a < enda and b < endb:
        if shared + min(enda - a, endb - b) < needed:
            return False
        if hashes[a] == hashes[b]:
            shared, a, b = shared + 1, a + 1, b + 1
        elif hashes[a] < hashes[b]:
            a += 1
        else:
            b += 1
    return total > 0 and shared >= needed


@compiled
def pairs_of_band(order, bands, band, start, hashes, threshold, crowd):  # type: ignore[no-untyped-def]
    """Pairs of alike texts among those that have the same number in one band, shape (K, 2), the smaller place first.

    All pairs of up to `crowd` texts; of more, each with the earliest of the first `crowd` that it is like, or the one before
    it. Pairs that an earlier band brought together are not compared again: so those of a crowd get a number of their own here.

    Args:
        order: places of texts by their number in the band, then ascending.
        bands: shape (bands, n), changed.
    """
    found, count = np.empty((1024, 2), np.int64), 0
    begin = 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and bands[band, order[end]] == bands[band, order[begin]]:
            end += 1
        crowded = end - begin > crowd
        for p in range(begin + 1, end):
            for q in range(begin, min(p, begin + crowd) + 1):
                if q == p:
                    break
                i, j = order[p - 1] if q == begin + crowd else order[q], order[p]
                if not (_met(bands, band, i, j) and not crowded) and alike(start, hashes, i, j, threshold):
                    if count == len(found):
                        grown = np.empty((2 * count, 2), np.int64)
                        grown[:count] = found
                        found = grown
                    found[count, 0], found[count, 1] = i, j
                    count += 1
                    if crowded:
                        break
        if crowded:
            for p in range(begin, end):
                bands[band, order[p]] = np.uint64(order[p])
        begin = end
    return found[:count]


@compiled
def _met(bands, band, i, j):  # type: ignore[no-untyped-def]
    """Whether two texts have the same number in an earlier band."""
    earlier = 0
    while earlier < band and bands[earlier, i] != bands[earlier, j]:
        earlier += 1
    return earlier < band
