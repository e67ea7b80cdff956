"""CSV in columns: Arrow's parser, for as long as the text is regular enough that every parser reads it alike.

Quotes are where CSV parsers differ. A text whose every quote opens a cell right after a delimiter, closes it right
before one, or is doubled means the same to all; from the first block on in which one does neither, rows are read one by
one. Blocks are cut here, at line ends outside of quotes, and parsed from memory: Arrow's own streaming reader asks a Python
stream for more from threads of its own, and was seen to wait for ever.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from analysis.sources.batches import Batch, NotColumnar

#: Bytes parsed at a time; a row that is longer than two blocks is read with those that follow it row by row.
BLOCK = 1 << 23

_QUOTE, _CR, _LF = ord('"'), ord("\r"), ord("\n")


def csv_batches(stream: IO[bytes], header: Sequence[str], delimiter: str, wanted: Sequence[str]) -> Iterator[Batch]:
    """The rows of a CSV in columns of text, `wanted` ones alone; `stream` begins with the header.

    Raises:
        NotColumnar: from here on the text is irregular or damaged; rows that were yielded are whole.
    """
    if not wanted:
        raise NotColumnar
    edges = np.zeros(256, dtype=bool)
    edges[[ord(delimiter), _CR, _LF, _QUOTE]] = True
    first = 0
    for number, block in enumerate(_blocks(stream, edges)):
        table = _table(block, header, delimiter, wanted, skip=int(number == 0))
        if len(table):
            yield Batch(first, table)
            first += len(table)


def _table(block: bytes, header: Sequence[str], delimiter: str, wanted: Sequence[str], skip: int) -> pa.Table:
    """The rows of a block without its first `skip` ones."""
    if block.startswith(codecs.BOM_UTF8):  # Arrow takes one away; here it is the first character of a cell
        block = codecs.BOM_UTF8 + block
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(block),
            arrow_csv.ReadOptions(
                use_threads=False, block_size=len(block) + 1, column_names=list(header), skip_rows_after_names=skip
            ),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            arrow_csv.ConvertOptions(
                include_columns=list(wanted),
                column_types=dict.fromkeys(header, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, UnicodeError) as error:
        raise NotColumnar from error


def _blocks(stream: IO[bytes], edges: np.ndarray) -> Iterator[bytes]:
    """Runs of whole rows. Raises NotColumnar where quotes or line ends are irregular."""
    text = b""
    while more := stream.read(max(BLOCK, len(text))):
        text += more
        letters = np.frombuffer(text, np.uint8)
        quotes = np.flatnonzero(letters == _QUOTE)
        cut = _cut(text, quotes)
        if cut:
            block = text[:cut]
            _check(block, letters[:cut], quotes[: np.searchsorted(quotes, cut)], edges)
            yield block
            text = text[cut:]
        elif len(text) >= 2 * BLOCK:
            raise NotColumnar
    if text.strip(b"\r\n"):
        block = text + b"\n"
        letters = np.frombuffer(block, np.uint8)
        _check(block, letters, np.flatnonzero(letters == _QUOTE), edges)
        yield block


def _cut(text: bytes, quotes: np.ndarray) -> int:
    """The place behind the last line end outside of quotes; 0 where there is none."""
    end = len(text)
    while (end := text.rfind(b"\n", 0, end)) >= 0:
        before = int(np.searchsorted(quotes, end))
        if before % 2 == 0:
            return end + 1
        end = int(quotes[before - 1])  # the cell that this line end lies in begins there
    return 0


def _check(block: bytes, letters: np.ndarray, quotes: np.ndarray, edges: np.ndarray) -> None:
    """Each quote of a block of whole rows has to stand at an edge of a cell, and each carriage return at a line end."""
    if len(quotes) % 2:
        raise NotColumnar
    opening, closing = quotes[0::2], quotes[1::2]
    inner = opening[opening > 0]
    if not edges[letters[inner - 1]].all() or not edges[letters[closing + 1]].all() or b"\0" in block:
        raise NotColumnar
    if b"\r" in block:
        returns = np.flatnonzero(letters == _CR)
        if not (letters[returns + 1] == _LF).all():
            raise NotColumnar
