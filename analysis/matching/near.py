"""Near repeats: prompts most of whose pieces are the same, found by MinHash and held against the pieces themselves.

Pieces are the runs of SIZE characters of the normalised prompt, so scripts without spaces have them too. Signatures are
rensa's; prompts that share a band of their signatures are candidates (locality-sensitive hashing; Broder 1997), and a candidate
counts if the Jaccard similarity of the pieces reaches the threshold. So nothing is found that is not there; of what is there, a
share of 1 − (1 − sʳ)ᵇ is found at similarity s, with r numbers in each of b bands: 0.99 or more from the threshold on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.embeddings.tokens import encodable
from analysis.errors import UsageError
from analysis.votes.prompts import normalised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.matching.pieces import Pieces

    Integers = NDArray[np.int64]
    Bands = NDArray[np.uint64]

#: Similarity from which two prompts count as nearly the same. Its errors: `data/matching_errors.csv`.
NEAR = 0.8

#: Characters of a piece, characters of a prompt that are read, and numbers of a signature.
SIZE, READ, NUMBERS = 3, 2_000, 96

#: Share of the pairs at the threshold that must be found.
FOUND = 0.99

#: More prompts with the same band are a crowd: each is held against this many of the earliest, and against the one before it.
CROWD = 16

#: Prompts whose signatures are made at once.
_BATCH = 20_000


def near_pairs(texts: Sequence[str] | pa.Array, threshold: float = NEAR, seed: int = 1) -> Integers:
    """Places of prompts that are nearly the same, shape (K, 2), the smaller first, sorted.

    In a crowd of prompts that are all alike, such as one template with other numbers, not all pairs are given: each prompt has
    one with the earliest that it is like, so chains of pairs still tie together what belongs together.

    Args:
        texts: n prompts; one that is null, blank or nothing but NUL characters is like none.
        threshold: Jaccard similarity of the pieces from which on two are nearly the same, above 0, at most 1.
        seed: of the signatures.

    Raises:
        UsageError: the threshold is not above 0 and at most 1, or the seed is no whole number below 2^63.
    """
    from analysis.matching.pieces import pairs_of_band

    pieces = _pieces(texts)
    bands = _bands(pieces, threshold, seed)
    found = [np.empty((0, 2), np.int64)]
    for band, order in enumerate(map(_order, bands)):
        found.append(pairs_of_band(order, bands, band, *pieces, threshold, CROWD))
    return unique_pairs(np.concatenate(found))


def check_threshold(threshold: float) -> None:
    """Raise a UsageError unless the threshold is above 0 and at most 1."""
    if not 0 < threshold <= 1:
        raise UsageError(f"a threshold lies above 0 and up to 1; got {threshold:g}.")


def check_seed(seed: object) -> None:
    """Raise a UsageError unless the seed is a whole number that fits 63 bits."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**63:
        raise UsageError(f"seed is {seed!r:.60}; it must be a whole number, 0 or more and below 2^63.")


def unique_pairs(pairs: Integers) -> Integers:
    """The pairs, shape (K, 2), once each and sorted."""
    if not len(pairs):
        return pairs
    size = int(pairs.max()) + 1
    return np.column_stack(np.divmod(np.unique(np.sort(pairs[:, 0] * size + pairs[:, 1])), size))


def _pieces(*parts: Sequence[str] | pa.Array) -> Pieces:
    """The pieces of all texts, those of the second part after those of the first."""
    from analysis.matching.pieces import pieces_of

    texts = pa.concat_arrays([normalised(_cut(part)) for part in parts])
    return pieces_of(texts, SIZE, READ)


def _cut(texts: Sequence[str] | pa.Array) -> pa.Array:
    """The part of each text that can be read: marks go from it, and white space, so it is twice what is looked at."""
    array = texts if isinstance(texts, pa.Array) else pa.array([text and encodable(text) for text in texts], pa.large_string())
    return pc.utf8_slice_codeunits(array, 0, 2 * READ)


def _bands(pieces: Pieces, threshold: float, seed: int) -> Bands:
    """A number for each band of each text, shape (bands, n): equal where the signatures are equal in it."""
    from rensa import RMinHash

    check_threshold(threshold)
    check_seed(seed)
    size = len(pieces.start) - 1
    rows = rows_of(threshold)
    bands = np.empty((NUMBERS // rows, size), np.uint64)
    for begin in range(0, size, _BATCH):
        end = min(begin + _BATCH, size)
        start, hashes = pieces.part(begin, end)
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes.astype(np.uint64), start, NUMBERS, seed)
        numbers = np.array(matrix.to_rows(), np.uint64)[:, : len(bands) * rows].reshape(end - begin, len(bands), rows)
        mixed = numbers[:, :, 0]
        for row in range(1, rows):
            mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + numbers[:, :, row]
        bands[:, begin:end] = mixed.T
    bands[:, np.flatnonzero(np.diff(pieces.start) == 0)] = np.flatnonzero(np.diff(pieces.start) == 0)
    return bands


def rows_of(threshold: float) -> int:
    """Numbers in a band: as many as still find FOUND of the pairs at the threshold, so that few others are looked at."""
    enough = [rows for rows in range(1, NUMBERS) if 1 - (1 - threshold**rows) ** (NUMBERS // rows) >= FOUND]
    return max(enough, default=1)


def _order(numbers: NDArray[np.uint64]) -> Integers:
    """Places of texts that share their number in a band with another, by number, then ascending."""
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    shared = np.zeros(len(order), np.bool_)
    shared[same], shared[same + 1] = True, True
    return order[shared]
