"""The conversion: files of any release in, one vote table and its cleaning ledger out, a batch at a time."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from tqdm import tqdm

from analysis.errors import InputError
from analysis.ledger import Ledger, Reason
from analysis.outcome import Outcome, unknown_outcomes
from analysis.schema import VOTE_SCHEMA
from analysis.sources import pair_counts
from analysis.sources.cleaning import Cleaner, Cleaning
from analysis.sources.drafts import Draft, complete
from analysis.sources.formats import Rows
from analysis.sources.literals import Unreadable
from analysis.sources.releases import Release, find_release
from analysis.sources.writer import VoteWriter

#: Rows held at a time. A row with both conversations takes some 20 kB once it is nested values.
BATCH = 2_000
#: More different labels than this are no outcomes but another kind of column.
MOST_LABELS = 100


@dataclass
class Tally:
    """The counts of a conversion under way."""

    rows_in: int = 0
    votes: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    multi_turn: Counter[str] = field(default_factory=Counter)
    derived: set[str] = field(default_factory=set)
    notes: dict[str, None] = field(default_factory=dict)
    disagreeing: int = 0
    partial: int = 0
    numbers: Counter[str] = field(default_factory=Counter)

    def drop(self, reason: Reason, multi_turn: bool = False) -> None:
        """Count a dropped row."""
        self.dropped[reason.value] += 1
        self.multi_turn[reason.value] += multi_turn

    def ledger(self, source: str) -> Ledger:
        """The ledger of what was counted."""
        notes = list(self.notes)
        total = self.votes.total()
        if self.disagreeing:
            notes.append(
                "turns: the release's number is kept where it differs from the user messages in the conversation "
                f"({self.disagreeing:,} of {total:,} votes)."
            )
        if self.partial:
            notes.append(
                "tokens and style features are empty where a conversation of several turns comes with its first texts only "
                f"({self.partial:,} of {total:,} votes)."
            )
        releases = ", ".join(name for name, _ in sorted(self.votes.items(), key=lambda item: (-item[1], item[0])))
        multi_turn = {reason: self.multi_turn[reason] for reason, _ in self.dropped.most_common() if self.multi_turn[reason]}
        derived = tuple(name for name in VOTE_SCHEMA.names if name in self.derived)
        return Ledger.close(
            source,
            releases,
            self.rows_in,
            total,
            self.dropped,
            multi_turn=multi_turn,
            derived=derived,
            notes=tuple(notes),
        )


@dataclass(frozen=True)
class Settings:
    """How to convert: column names, labels and rules, as `analysis.sources.Conversion` gives them, and rows per batch."""

    columns: Mapping[str, str]
    labels: Mapping[str, Outcome]
    rules: Cleaning
    batch: int = BATCH


def convert(files: Sequence[Path], source: str, settings: Settings, writer: VoteWriter) -> Ledger:
    """Write the votes of all files through `writer`, in order, and return the ledger.

    Raises:
        InputError: a file is damaged, is no release, has unknown outcomes, or no row of all files is a vote.
    """
    tally, cleaner = Tally(), Cleaner(settings.rules, settings.labels)
    with tqdm(unit=" rows", desc=f"reading {source}", leave=False, disable=None) as bar:
        for rows, release in _recognised(files, settings.columns, tally):
            if release is None:
                tables = _counted(rows, settings, tally)
            else:
                tables = _judged(rows, release, settings.batch, cleaner, tally)
            for table in tables:
                if len(table):
                    writer.write(table, str(rows.path))
                bar.update(tally.rows_in - bar.n)
            if cleaner.unknown:
                raise unknown_outcomes(cleaner.unknown.elements(), str(rows.path))
    if not tally.votes:
        raise InputError(f"{source}: no row is a vote; {_reasons(tally)}.")
    return tally.ledger(source)


def _reasons(tally: Tally) -> str:
    if not tally.rows_in:
        return "it has no rows"
    return "dropped: " + ", ".join(f"{count:,} {reason}" for reason, count in tally.dropped.most_common())


def _recognised(files: Sequence[Path], columns: Mapping[str, str], tally: Tally) -> Iterator[tuple[Rows, Release | None]]:
    """Each file with its release (None for pair counts). Of several files, those that hold no votes are noted and skipped."""
    refusals = []
    for path in files:
        rows: Rows | None = None
        try:
            rows = Rows(path)
            release = None if pair_counts.recognises(rows.columns) and not columns else find_release(path, rows.columns, columns)
        except InputError as error:
            if len(files) == 1 or (rows is None and _damaged(path)):
                raise
            refusals.append(error)
            tally.notes["Not read: " + str(error).replace(str(path), path.name)] = None
            continue
        for note in pair_counts.NOTES if release is None else release.NOTES:
            tally.notes[note] = None
        yield rows, release
    if len(refusals) == len(files):
        raise InputError(f"none of {len(files)} files holds votes; the first: {refusals[0]}")


def _judged(rows: Rows, release: Release, batch: int, cleaner: Cleaner, tally: Tally) -> Iterator[pa.Table]:
    for chunk in rows.batches(batch, release.READS):
        votes = [vote for row in chunk if (vote := _judge(row, release, cleaner, tally)) is not None]
        if len(cleaner.unknown) > MOST_LABELS:
            return
        yield pa.Table.from_pylist(votes, schema=VOTE_SCHEMA)


def _judge(row: Any, release: Release, cleaner: Cleaner, tally: Tally) -> dict[str, Any] | None:
    """The columns of the row's vote, or None once it is counted as dropped."""
    tally.rows_in += 1
    tally.numbers[release.NAME] += 1
    draft = _normalised(row, release)
    if draft is None:
        tally.drop(Reason.UNREADABLE)
        return None
    reason = cleaner.reason(draft)
    if reason is not None:
        tally.drop(reason, draft.multi_turn)
        return None
    vote = draft.vote
    if vote.get("vote_id") is None:
        vote["vote_id"] = f"{release.NAME}-{tally.numbers[release.NAME]:07d}"
    if vote.get("release") is None:
        vote["release"] = release.NAME
    tally.derived |= complete(draft)
    tally.disagreeing += draft.disagrees
    tally.partial += not draft.texts.whole
    tally.votes[vote["release"]] += 1
    return vote


def _normalised(row: Any, release: Release) -> Draft | None:
    if not isinstance(row, Mapping):
        return None
    try:
        return release.normalise(row)
    except Unreadable:
        return None


def _counted(rows: Rows, settings: Settings, tally: Tally) -> Iterator[pa.Table]:
    if settings.rules.stricter:
        raise InputError(f"{rows.path}: pair counts cannot be cleaned more strictly; give the votes themselves.")
    for chunk in rows.batches(1):
        for record in chunk:
            try:
                for table in pair_counts.expand(record, tally.numbers[pair_counts.NAME] + 1):
                    tally.rows_in += len(table)
                    tally.numbers[pair_counts.NAME] += len(table)
                    tally.votes[pair_counts.NAME] += len(table)
                    yield table
            except Unreadable as error:
                raise InputError(f"{rows.path}: these are not pair counts: {error}.") from error


def _damaged(path: Path) -> bool:
    """Whether a file that could not be opened is a damaged table rather than a file of another kind."""
    return path.suffix.lower() in (".parquet", ".csv", ".json", ".jsonl", ".gz")
