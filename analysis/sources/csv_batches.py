"""CSV in columns: Arrow's parser, for as long as the text is regular enough that every parser reads it alike.

Quotes are where CSV parsers differ. A text whose every quote opens a cell right after a delimiter, closes it right
before one, or is doubled means the same to all; from the first quote that does neither on, rows are read one by one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from analysis.sources.batches import Batch, NotColumnar

#: Bytes parsed at a time; a row that is longer is read row by row.
BLOCK = 1 << 23

_QUOTE, _CR, _LF = ord('"'), ord("\r"), ord("\n")


def csv_batches(stream: IO[bytes], header: Sequence[str], delimiter: str, wanted: Sequence[str]) -> Iterator[Batch]:
    """The rows of a CSV in columns of text, `wanted` ones alone.

    Raises:
        NotColumnar: from here on the text is irregular or damaged; rows that were yielded are whole.
    """
    if not wanted:
        raise NotColumnar
    regular = _Regular(stream, ord(delimiter))
    try:
        reader = arrow_csv.open_csv(
            pa.PythonFile(regular, mode="r"),
            arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK, column_names=list(header), skip_rows_after_names=1),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            arrow_csv.ConvertOptions(
                include_columns=list(wanted),
                column_types=dict.fromkeys(header, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
        first = 0
        for block in reader:
            if len(block):
                yield Batch(first, pa.Table.from_batches([block]))
                first += len(block)
    except (pa.ArrowException, UnicodeError, OSError) as error:
        raise NotColumnar from error
    if regular.inside:
        raise NotColumnar


class _Regular(io.RawIOBase):
    """A stream that stops where a quote stands in the middle of a cell, or a line ends in a bare carriage return."""

    def __init__(self, stream: IO[bytes], delimiter: int) -> None:
        self._stream = stream
        self._edges = np.zeros(256, dtype=bool)
        self._edges[[delimiter, _CR, _LF, _QUOTE]] = True
        self._held = b"\n"
        self.inside = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes. The last one of what was read is looked at again with its follower."""
        text: bytes = self._stream.read(size)
        self._check(self._held + (text or b"\n"))
        self._held = text[-1:] or self._held
        return text

    def _check(self, text: bytes) -> None:
        """`text` begins with the last byte that was seen before, whose follower was not known then."""
        letters = np.frombuffer(text, np.uint8)
        at = np.flatnonzero(letters[1:] == _QUOTE) + 1
        opening, closing = (at[1::2], at[0::2]) if self.inside else (at[0::2], at[1::2])
        inside = self.inside ^ bool(len(at) % 2)
        known = closing[closing + 1 < len(letters)]
        wrong = not self._edges[letters[opening - 1]].all() or not self._edges[letters[known + 1]].all()
        # The held byte was a closing quote: now its follower is here.
        if letters[0] == _QUOTE and not self.inside and len(letters) > 1:
            wrong = wrong or not self._edges[letters[1]]
        if wrong or b"\0" in text or (b"\r" in text and not self._lines_end_well(letters)):
            raise NotColumnar
        self.inside = inside

    def _lines_end_well(self, letters: np.ndarray) -> bool:
        """Whether each carriage return is followed by a line feed, or is the last byte so far."""
        at = np.flatnonzero(letters == _CR)
        at = at[at + 1 < len(letters)]
        return bool((letters[at + 1] == _LF).all())
