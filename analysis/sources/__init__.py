"""From the released files to the vote table: any release, format and place, one way in.

`open_votes` finds the files (`files`), reads them in batches whatever their format (`formats`), tells which release they
are (`releases`), normalises their rows (one module per release), judges which rows are votes (`cleaning`) and writes
the table (`writer`).
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
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis import places
from analysis.errors import InputError, UsageError
from analysis.ledger import Ledger, check_loss
from analysis.outcome import LABELS, Outcome, unknown_outcomes
from analysis.schema import NAMES, VOTE_SCHEMA
from analysis.sources import flat
from analysis.sources.cleaning import Cleaning
from analysis.sources.convert import BATCH, Settings, convert
from analysis.sources.files import find_files, fingerprint
from analysis.sources.formats import is_parquet
from analysis.sources.writer import FINGERPRINT_KEY, VERSION, VoteWriter, temporary_beside

if TYPE_CHECKING:
    from analysis.votes import Votes

__all__ = ["Cleaning", "Conversion", "open_votes"]


@dataclass(frozen=True)
class Conversion:
    """How files become votes.

    Attributes:
        columns: for a table of no known release, names of the vote table (or `conversation_a`, `conversation_b`,
            `response_a`, `response_b`) to the table's own names.
        outcomes: further outcome labels, each to the outcome it stands for.
        rules: which rows are votes.
        batch: rows held in memory at a time; the result does not depend on it.
        allow_loss: go on where more than half of the rows are dropped for one reason.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    rules: Cleaning = field(default_factory=Cleaning)
    batch: int = BATCH
    allow_loss: bool = False

    def settings(self) -> Settings:
        """The checked settings of the conversion; a UsageError names what is not known."""
        allowed = {*NAMES, *flat.TEXTS} - {"release"}
        for name in self.columns:
            if name not in allowed:
                raise UsageError(f"--column {name}=…: the vote table has no such column; it has {', '.join(sorted(allowed))}.")
        labels = dict(LABELS)
        for label, outcome in self.outcomes.items():
            if outcome not in list(Outcome):
                raise UsageError(f"--outcome {label}={outcome}: the outcomes are {', '.join(Outcome)}.")
            labels[label.strip().lower()] = Outcome(outcome)
        return Settings(self.columns, labels, self.rules, self.batch)

    @property
    def identity(self) -> dict[str, Any]:
        """All that the result of a conversion depends on besides the files."""
        rules = {name: getattr(self.rules, name) for name in Cleaning.__dataclass_fields__}
        return {"version": VERSION, "columns": dict(self.columns), "outcomes": dict(self.outcomes), "rules": rules}


def open_votes(source: str | Path, conversion: Conversion, out: Path | None = None) -> Votes:
    """The votes of a source (see `analysis.votes.load_votes`).

    A file that is a vote table is used where it lies, unless the conversion asks for more than the default rules. All
    else is converted once into the cache, or to `out`.

    Raises:
        InputError: nothing is there, it cannot be read as votes, or too much of it is lost (`analysis.ledger.check_loss`).
        UsageError: the conversion names an unknown column or outcome.
    """
    from analysis.votes import Votes

    settings = conversion.settings()
    files = find_files(source)
    plain = not (conversion.columns or conversion.outcomes or conversion.rules.stricter)
    if len(files) == 1 and plain and is_vote_table(files[0]):
        votes = _in_place(files[0])
        return votes if out is None else _copied(votes, out)
    key = fingerprint(files, conversion.identity)
    target = out or places.interim() / f"{_stem(source)}-{key[:12]}.parquet"
    ledger_path = ledger_beside(target)
    if out is None and target.exists() and ledger_path.exists():
        ledger = Ledger.read(ledger_path)
        check_loss(ledger, conversion.allow_loss)
        return Votes(target, ledger, key)
    with VoteWriter(target, key) as writer:
        ledger = convert(files, _label(source), settings, writer).after(_earlier(files))
        check_loss(ledger, conversion.allow_loss)
        _write_ledger(ledger, ledger_path)
    return Votes(target, ledger, key)


def is_vote_table(path: Path) -> bool:
    """Whether the file is Parquet with exactly the columns of the vote table; only its footer is read."""
    if not is_parquet(path):
        return False
    try:
        return bool(pq.read_schema(path).equals(VOTE_SCHEMA))
    except (pa.ArrowException, OSError):
        return False  # damaged: the conversion says how


def ledger_beside(path: Path) -> Path:
    """Where the ledger of a vote table lies: `votes.parquet` -> `votes.ledger.json`."""
    return path.with_suffix(".ledger.json")


def _in_place(path: Path) -> Votes:
    from analysis.votes import Votes

    footer = pq.read_metadata(path)
    if not footer.num_rows:
        raise InputError(f"{path}: this vote table is empty.")
    stamped = (footer.metadata or {}).get(FINGERPRINT_KEY)
    if stamped is None:
        _check_outcomes(path)
    ledger = _ledger_of(path, footer.num_rows)
    return Votes(path, ledger, stamped.decode() if stamped else fingerprint([path], VERSION))


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
    return [_ledger_of(path, pq.read_metadata(path).num_rows) for path in files if is_vote_table(path)]


def _check_outcomes(path: Path) -> None:
    """A vote table that this package did not write may hold other outcomes; they are cheap to look at."""
    counts = pc.value_counts(pq.read_table(path, columns=["outcome"])["outcome"]).to_pylist()
    unknown = Counter({count["values"]: count["counts"] for count in counts if count["values"] not in list(Outcome)})
    if unknown:
        raise unknown_outcomes(unknown.elements(), str(path))


def _copied(votes: Votes, out: Path) -> Votes:
    from analysis.votes import Votes

    if out.exists() and out.samefile(votes.path):
        return votes
    temporary = temporary_beside(out)
    try:
        shutil.copyfile(votes.path, temporary)
        _write_ledger(votes.ledger, ledger_beside(out))
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return Votes(out, votes.ledger, votes.fingerprint)


def _write_ledger(ledger: Ledger, path: Path) -> None:
    temporary = temporary_beside(path)
    try:
        ledger.write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _label(source: str | Path) -> str:
    """The source by its last name: a ledger is shown to others, whom the folders of this machine do not concern."""
    return Path(source).name or str(source)


def _stem(source: str | Path) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", Path(source).name.split(".")[0]).strip("_")[:60] or "votes"
