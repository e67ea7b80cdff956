"""From the released files to the vote table: any release, format and place, one way in.

`load_votes` finds the files (`files`), reads them in batches whatever their format (`formats`), tells which release they
are (`recognise`), drafts their rows (`drafts`, by the declarations of one module per release in `releases`), judges which
rows are votes (`cleaning`, `copies`) and writes the table (`writer`).
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analysis import places
from analysis.errors import InputError, UsageError
from analysis.results.terminal import say
from analysis.sources import seen
from analysis.sources.conversion import Conversion
from analysis.sources.convert import convert
from analysis.sources.files import find_files, fingerprint
from analysis.sources.formats import is_parquet, reading
from analysis.sources.given import NAME, as_file, is_given, refuse
from analysis.sources.seen import Stamp
from analysis.sources.soundness import examine
from analysis.sources.writer import FINGERPRINT_KEY, VERSION, VERSION_KEY, VoteWriter
from analysis.votes.ledger import Ledger, check_loss, ledger_beside
from analysis.votes.schema import VOTE_SCHEMA
from analysis.votes.table import Votes
from analysis.whole_files import check_file, whole_file


def load_votes(source: str | Path | Votes | Any, *, conversion: Conversion | None = None, out: Path | None = None) -> Votes:
    """Load votes from a file, a folder, a glob or a known data set name, in any shape that a release has, or from a frame.

    A frame is a pandas or polars DataFrame, an Arrow table or a relation of DuckDB, with the columns that a file would have. Its
    further columns are kept, but for texts of many values: votes can be weighed by numbers (`weight` of a board), and an audit
    can ask whether any moves votes (`features`).

    The first load converts them to the vote table; the result is kept in the cache under the fingerprint of the input
    and the settings, so the next load reads it back. `out` writes the table (and its ledger beside it) there instead. A
    file that is a sound vote table is used where it lies, unless the conversion asks for more than the default rules.
    Votes that are loaded already are given back, so that a cell of a notebook that loads `votes` can be run again.

    Raises:
        InputError: nothing is there, it cannot be read as votes, it changes meanwhile, or too much of it is lost
            (`analysis.votes.ledger.check_loss`); the message says what to do.
        UsageError: loaded votes are to be converted or written anew, or `out` is no name for a file or one that is read.
    """
    if is_given(source):
        with as_file(source) as given:
            votes = _opened(given.path, conversion or Conversion(), out, frame=True)
            given.keep_further(votes.path, anew=out is not None)
        return votes
    if not isinstance(source, Votes):
        refuse(source)
        return _opened(source, conversion or Conversion(), out)
    if conversion is not None or out is not None:
        raise UsageError("these votes are loaded already; load them from their file to convert them anew.")
    return source


def _opened(source: str | Path, conversion: Conversion, out: Path | None, *, frame: bool = False) -> Votes:
    label, stem = (NAME, NAME) if frame else (_label(source), _stem(source))
    if out is not None:
        check_file(out)
        check_file(ledger_beside(out))
    files = find_files(source)
    if not frame and len(files) == 1 and conversion.plain and (votes := _in_place(files[0])):
        return votes if out is None else _copied(votes, out)
    if out is not None:
        check_apart(files, out, ledger_beside(out))
    stamps = {path: Stamp.of(path) for path in files}
    fresh = [path for path, stamp in stamps.items() if not stamp.still]
    key = fingerprint(files, conversion.identity)
    target = out or places.interim() / f"{stem}-{key[:12]}.parquet"
    if out is None and (kept := _kept(target)):
        check_loss(kept.ledger, conversion.allow_loss)
        return kept
    with VoteWriter(target) as writer:
        ledger = convert(files, label, conversion, writer).after(_earlier(files))
        _check_unchanged(stamps)
        if fresh and fingerprint(files, conversion.identity) != key:
            raise _changed(fresh[0])  # a file may be written twice within the resolution of its time stamp
        check_loss(ledger, conversion.allow_loss)
        writer.close()
        _write_ledger(ledger, ledger_beside(target))
    seen.remember(target, "votes", writer.fingerprint)
    return Votes.at(target, ledger, writer.fingerprint)


def check_apart(read: Sequence[Path], *written: Path) -> None:
    """Raise a UsageError where a file to write is one of those that are read, or the ledger of one of them."""
    for path in written:
        if not path.is_file():
            continue
        for source in read:
            if path.samefile(source):
                raise UsageError(f"{path}: these are the votes that are read; write to another file.")
            # A table of another shape may have a ledger of its last conversion there, which is written anew every time.
            if os.path.realpath(path) == os.path.realpath(ledger_beside(source)) and _is_vote_table(source):
                raise UsageError(f"{path}: this is the ledger of the votes that are read; write to another file.")


def _kept(target: Path) -> Votes | None:
    """The converted table from the cache; one that is damaged is made again, which is said."""
    ledger_path = ledger_beside(target)
    if not (target.exists() and ledger_path.exists()):
        return None
    try:
        footer = pq.read_metadata(target)
        ledger = Ledger.read(ledger_path)
        stamped = (footer.metadata or {})[FINGERPRINT_KEY].decode()
        if footer.num_rows != ledger.votes_out or footer.metadata[VERSION_KEY].decode() != VERSION:
            raise InputError(f"{ledger_path}: counts other votes than {target.name} has.")
    except (pa.ArrowException, OSError, KeyError, InputError) as error:
        say(f"{target}: the kept conversion is damaged ({type(error).__name__}); it is made again.")
        return None
    return Votes.at(target, ledger, stamped)


def _check_unchanged(stamps: Mapping[Path, Stamp]) -> None:
    for path, stamp in stamps.items():
        if Stamp.of(path) != stamp:
            raise _changed(path)


def _changed(path: Path) -> InputError:
    return InputError(f"{path}: changed while it was read; wait until it is whole and run the same command again.")


def _is_vote_table(path: Path) -> bool:
    """Whether the file is Parquet with exactly the columns of the vote table; only its footer is read."""
    if not is_parquet(path):
        return False
    try:
        with path.open("rb") as stream:
            return bool(pq.read_schema(stream).equals(VOTE_SCHEMA))
    except (pa.ArrowException, OSError, UnicodeError):
        return False  # damaged: the conversion says how


def _in_place(path: Path) -> Votes | None:
    """The votes of a file that is a vote table and keeps all of its rules; None where it has to be converted."""
    if not _is_vote_table(path) or not _utf8(str(path)):
        return None
    with reading(path):
        rows = _rows(path)
        if not rows:
            raise InputError(f"{path}: this vote table is empty.")
        found = seen.recall(path, "votes", lambda: examine(path))
    return Votes.at(path, _ledger_of(path, rows), found) if found else None


def _ledger_of(path: Path, rows: int) -> Ledger:
    """The ledger beside a vote table of so many rows; where there is none, one in which nothing was dropped."""
    ledger_path = ledger_beside(path)
    if not ledger_path.exists():
        return Ledger.close(_label(path), "votes", rows, rows, Counter())
    ledger = Ledger.read(ledger_path)
    if ledger.votes_out != rows:
        raise InputError(
            f"{ledger_path}: this ledger counts {ledger.votes_out:,} votes and {path.name} has {rows:,}; "
            "remove the ledger or write the votes again."
        )
    return ledger


def _earlier(files: Sequence[Path]) -> list[Ledger]:
    """The ledgers of those files that are vote tables: what they lost stays counted when they are converted again."""
    return [_ledger_of(path, _rows(path)) for path in files if _is_vote_table(path)]


def _utf8(name: str) -> bool:
    """Whether a name is text for everyone: a file named in other bytes is converted, as most tools cannot open it."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _rows(path: Path) -> int:
    with path.open("rb") as stream:
        return int(pq.read_metadata(stream).num_rows)


def _copied(votes: Votes, out: Path) -> Votes:
    if out.exists() and out.samefile(votes.path):
        return votes
    with whole_file(out) as temporary:
        shutil.copyfile(votes.path, temporary)
        _write_ledger(votes.ledger, ledger_beside(out))
    return Votes.at(out, votes.ledger, votes.fingerprint)


def _write_ledger(ledger: Ledger, path: Path) -> None:
    with whole_file(path) as temporary:
        ledger.write(temporary)


def _label(source: str | Path) -> str:
    """The source by its last name: a ledger is shown to others, whom the folders of this machine do not concern."""
    return Path(source).name or str(source)


def _stem(source: str | Path) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", Path(source).name.split(".")[0]).strip("_")[:60] or "votes"
