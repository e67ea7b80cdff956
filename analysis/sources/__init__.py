"""From the released files to the vote table: any release, format and place, one way in.

`open_votes` finds the files (`files`), reads them in batches whatever their format (`formats`), tells which release they
are (`releases`), drafts their rows (`drafts`, by the declarations of one module per release), judges which rows are votes
(`cleaning`, `copies`) and writes the table (`writer`).
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from analysis import places
from analysis.errors import InputError, UsageError
from analysis.ledger import Ledger, check_loss
from analysis.outcome import LABELS, Outcome
from analysis.schema import NAMES, VOTE_SCHEMA
from analysis.sources import flat, seen
from analysis.sources.cleaning import NO_VOTE, Cleaning
from analysis.sources.convert import BATCH, Settings, convert
from analysis.sources.files import find_files, fingerprint
from analysis.sources.formats import is_parquet, reading
from analysis.sources.seen import Stamp
from analysis.sources.soundness import examine
from analysis.sources.writer import FINGERPRINT_KEY, VERSION, VERSION_KEY, VoteWriter, replacing
from analysis.terminal import say

if TYPE_CHECKING:
    from analysis.votes import Votes

__all__ = ["Cleaning", "Conversion", "open_votes"]


@dataclass(frozen=True)
class Conversion:
    """How files become votes.

    Attributes:
        columns: for a table of no known release, names of the vote table (or `conversation_a`, `conversation_b`,
            `response_a`, `response_b`) to the table's own names; an empty name leaves the column out.
        outcomes: further outcome labels, each to the outcome it stands for, or to `drop` where it is no vote.
        rules: which rows are votes.
        batch: rows held in memory at a time where they are read one by one; the result does not depend on it.
        allow_loss: go on where more than half of the rows are dropped for one reason.
        encoding: of text that is not UTF-8 and has no byte-order mark, by Python's name for it.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    rules: Cleaning = field(default_factory=Cleaning)
    batch: int = BATCH
    allow_loss: bool = False
    encoding: str | None = None

    def settings(self) -> Settings:
        """The checked settings of the conversion; a UsageError names what is not known."""
        allowed = {*NAMES, *flat.TEXTS} - {"release"}
        for name, theirs in self.columns.items():
            if name not in allowed:
                raise UsageError(f"--column {name}=…: the vote table has no such column; it has {', '.join(sorted(allowed))}.")
            if not theirs and name in ("model_a", "model_b", "outcome"):
                raise UsageError(f"--column {name}=: no vote is without it; name the column that holds it.")
        labels: dict[str, Outcome | str] = dict(LABELS)
        for label, outcome in self.outcomes.items():
            if outcome not in (*Outcome, NO_VOTE):
                raise UsageError(f"--outcome {label}={outcome}: the outcomes are {', '.join(Outcome)}, or {NO_VOTE}.")
            labels[label.strip().lower()] = NO_VOTE if outcome == NO_VOTE else Outcome(outcome)
        return Settings(self.columns, labels, self.rules, self.batch, self.encoding)

    @property
    def plain(self) -> bool:
        """Whether a vote table as it stands is what the conversion would make of it."""
        return not (self.columns or self.outcomes or self.rules.stricter)

    @property
    def identity(self) -> dict[str, Any]:
        """All that the result of a conversion depends on besides the files."""
        rules = {name: getattr(self.rules, name) for name in Cleaning.__dataclass_fields__}
        given = {"columns": dict(self.columns), "outcomes": dict(self.outcomes), "encoding": self.encoding}
        return {"version": VERSION, **given, "rules": rules}


def open_votes(source: str | Path, conversion: Conversion, out: Path | None = None) -> Votes:
    """The votes of a source (see `analysis.votes.load_votes`).

    A file that is a sound vote table is used where it lies, unless the conversion asks for more than the default rules. All
    else is converted once into the cache, or to `out`.

    Raises:
        InputError: nothing is there, it cannot be read as votes, it changes meanwhile, or too much of it is lost
            (`analysis.ledger.check_loss`).
        UsageError: the conversion names an unknown column or outcome.
    """
    settings = conversion.settings()
    if out is not None and not _utf8(str(out)):
        raise UsageError(f"--out {out}: the name is not UTF-8 text, and most tools could not open it; choose another.")
    files = find_files(source)
    if len(files) == 1 and conversion.plain and (votes := _in_place(files[0])):
        return votes if out is None else _copied(votes, out)
    stamps = {path: Stamp.of(path) for path in files}
    fresh = [path for path, stamp in stamps.items() if not stamp.still]
    key = fingerprint(files, conversion.identity)
    target = out or places.interim() / f"{_stem(source)}-{key[:12]}.parquet"
    if out is None and (kept := _kept(target)):
        check_loss(kept.ledger, conversion.allow_loss)
        return kept
    with VoteWriter(target) as writer:
        ledger = convert(files, _label(source), settings, writer).after(_earlier(files))
        _check_unchanged(stamps)
        if fresh and fingerprint(files, conversion.identity) != key:
            raise _changed(fresh[0])  # a file may be written twice within the resolution of its time stamp
        check_loss(ledger, conversion.allow_loss)
        writer.close()
        _write_ledger(ledger, ledger_beside(target))
    seen.remember(target, "votes", writer.fingerprint)
    return _votes(target, ledger, writer.fingerprint)


def _votes(path: Path, ledger: Ledger, fingerprint: str) -> Votes:
    from analysis.votes import Votes

    return Votes(path, ledger, fingerprint)


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
    return _votes(target, ledger, stamped)


def _check_unchanged(stamps: Mapping[Path, Stamp]) -> None:
    for path, stamp in stamps.items():
        if Stamp.of(path) != stamp:
            raise _changed(path)


def _changed(path: Path) -> InputError:
    return InputError(f"{path}: changed while it was read; wait until it is whole and run the same command again.")


def is_vote_table(path: Path) -> bool:
    """Whether the file is Parquet with exactly the columns of the vote table; only its footer is read."""
    if not is_parquet(path):
        return False
    try:
        with path.open("rb") as stream:
            return bool(pq.read_schema(stream).equals(VOTE_SCHEMA))
    except (pa.ArrowException, OSError, UnicodeError):
        return False  # damaged: the conversion says how


def ledger_beside(path: Path) -> Path:
    """Where the ledger of a vote table lies: `votes.parquet` -> `votes.ledger.json`."""
    return path.with_suffix(".ledger.json")


def _in_place(path: Path) -> Votes | None:
    """The votes of a file that is a vote table and keeps all of its rules; None where it has to be converted."""
    if not is_vote_table(path) or not _utf8(str(path)):
        return None
    with reading(path):
        rows = _rows(path)
        if not rows:
            raise InputError(f"{path}: this vote table is empty.")
        found = seen.recall(path, "votes", lambda: examine(path))
    return _votes(path, _ledger_of(path, rows), found) if found else None


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
    return [_ledger_of(path, _rows(path)) for path in files if is_vote_table(path)]


def _utf8(name: str) -> bool:
    """Whether a name is text for everyone: a file named in other bytes is converted, as most tools cannot open it."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _rows(path: Path) -> int:
    with path.open("rb") as stream:
        return int(pq.read_metadata(stream).num_rows)


def _copied(votes: Votes, out: Path) -> Votes:
    if out.exists() and out.samefile(votes.path):
        return votes
    with replacing(out) as temporary:
        shutil.copyfile(votes.path, temporary)
        _write_ledger(votes.ledger, ledger_beside(out))
    return _votes(out, votes.ledger, votes.fingerprint)


def _write_ledger(ledger: Ledger, path: Path) -> None:
    with replacing(path) as temporary:
        ledger.write(temporary)


def _label(source: str | Path) -> str:
    """The source by its last name: a ledger is shown to others, whom the folders of this machine do not concern."""
    return Path(source).name or str(source)


def _stem(source: str | Path) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", Path(source).name.split(".")[0]).strip("_")[:60] or "votes"
