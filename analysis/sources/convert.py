"""The conversion: files of any release in, one vote table and its cleaning ledger out, a batch at a time.

Batches are drafted, judged and completed two at a time; what follows from other rows (copies, limits) is decided when
all have been seen. Only then is it known which votes stay, so votes are written once beside the table and, where some
go or get other ids, once more.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from analysis.errors import InputError
from analysis.sources import columns, copies
from analysis.sources.batches import Batch
from analysis.sources.cleaning import REASONS, VOTE, Cleaning, judge
from analysis.sources.columns import Faults
from analysis.sources.completion import complete
from analysis.sources.conversion import Conversion
from analysis.sources.copies import DISAGREES, HAS_ID, MULTI_TURN, PARTIAL, Keys
from analysis.sources.dates import settle
from analysis.sources.drafts import draft
from analysis.sources.formats import Rows
from analysis.sources.literals import Unreadable
from analysis.sources.recognise import find_release
from analysis.sources.releases import pair_counts
from analysis.sources.releases.release import Release
from analysis.sources.writer import VoteWriter
from analysis.votes.ledger import Ledger, Reason, check_loss
from analysis.votes.outcome import unknown_outcomes
from analysis.votes.schema import VOTE_SCHEMA

#: More different labels than this are no outcomes but another kind of column.
MOST_LABELS = 100
#: Batches at work at once, and waiting behind them.
WORKERS = min(2, os.cpu_count() or 1)
AHEAD = WORKERS + 3
#: Votes and bytes of a small batch, and votes of small batches that are hashed together.
SMALL, SMALL_BYTES, HASHED_TOGETHER = 1_000, 1 << 16, 5_000
#: Rows of a batch that is not worth a thread.
FEW = 200
#: Values of one column that the ledger shows as not read.
MOST_NULLED = 20


@dataclass(frozen=True)
class Unhashed:
    """Drafts of a small batch whose keys are made later, with those of others: a query takes as long for one vote as for
    thousands. `given` says which ids are the release's own."""

    drafts: pa.Table
    given: pa.Array


@dataclass(frozen=True)
class Judged:
    """What became of one batch: its votes with their keys, and counts of all else."""

    rows: int
    votes: pa.Table
    keys: Keys | Unhashed
    derived: frozenset[str] = frozenset()
    dropped: Counter[str] = field(default_factory=Counter)
    multi_turn: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    examples: Mapping[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)


class Tally:
    """The counts of a conversion under way, and the keys of the votes it wrote."""

    def __init__(self, judge_days: bool = False) -> None:
        self._judge_days = judge_days
        self._unhashed: list[Unhashed] = []
        self.rows_in = 0
        self.dropped: Counter[str] = Counter()
        self.multi_turn: Counter[str] = Counter()
        self.examples: dict[str, str] = {}
        self.faults = Faults()
        self.derived: set[str] = set()
        self.notes: dict[str, None] = {}
        self.numbers: Counter[str] = Counter()
        self.releases: list[str] = []
        self._keys: list[Keys] = []
        self._places: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, judged: Judged, file: int, where: str) -> None:
        """Count a batch of the file with that number; `where` names it in examples."""
        self.rows_in += judged.rows
        self.dropped.update(judged.dropped)
        self.multi_turn.update(judged.multi_turn)
        self.faults.extend(judged.faults)
        self.derived |= judged.derived
        for reason, example in judged.examples.items():
            self.examples.setdefault(reason, f"{where}, {example}" if where else example)
        if len(judged.votes):
            names = columns.plain(judged.votes["release"])
            for name in pc.unique(names).to_pylist():
                if name not in self.releases:
                    self.releases.append(name)
            codes = pc.index_in(names, value_set=pa.array(self.releases)).to_numpy().astype(np.int16)
            self._places.append((np.full(len(names), file, dtype=np.int32), codes))
            if isinstance(judged.keys, Unhashed):
                self._unhashed.append(judged.keys)
            if isinstance(judged.keys, Keys) or sum(len(part.given) for part in self._unhashed) >= HASHED_TOGETHER:
                self._hash()
            if isinstance(judged.keys, Keys):
                self._keys.append(judged.keys)

    def _hash(self) -> None:
        """Make the keys of the drafts that wait."""
        if self._unhashed:
            drafts = pa.concat_tables([part.drafts for part in self._unhashed])
            given = pa.concat_arrays([part.given for part in self._unhashed])
            self._keys.append(copies.keys(drafts, given, self._judge_days))
            self._unhashed = []

    def keys(self) -> tuple[Keys, np.ndarray, np.ndarray]:
        """The keys, the file and the release (a place in `releases`) of every vote, in the order they were written."""
        self._hash()
        keys, self._keys = self._keys, []
        whole = Keys(*(np.concatenate([getattr(part, name) for part in keys]) for name in Keys.__dataclass_fields__))
        files, codes = (np.concatenate(part) for part in zip(*self._places, strict=True))
        return whole, files, codes

    @property
    def empty(self) -> bool:
        """Whether no row was a vote."""
        return not self._places

    def ledger(self, source: str, flags: np.ndarray, codes: np.ndarray) -> Ledger:
        """The ledger, given the flags and the releases of the votes that stayed."""
        notes, total = list(self.notes), len(flags)
        if disagreeing := int(np.count_nonzero(flags & DISAGREES)):
            notes.append(
                "turns: the release's number is kept where it differs from the user messages in the conversation "
                f"({disagreeing:,} of {total:,} votes)."
            )
        if partial := int(np.count_nonzero(flags & PARTIAL)):
            notes.append(
                "tokens and style features are empty where a conversation of several turns comes with its first texts only "
                f"({partial:,} of {total:,} votes)."
            )
        votes = Counter({self.releases[code]: int(count) for code, count in enumerate(np.bincount(codes)) if count})
        releases = ", ".join(name for name, _ in sorted(votes.items(), key=lambda item: (-item[1], item[0])))
        reasons = sorted(self.dropped)
        return Ledger.close(
            source,
            releases,
            self.rows_in,
            total,
            self.dropped,
            multi_turn={reason: self.multi_turn[reason] for reason in reasons if self.multi_turn[reason]},
            derived=tuple(name for name in VOTE_SCHEMA.names if name in self.derived),
            notes=tuple(notes),
            examples={reason: self.examples[reason] for reason in reasons if reason in self.examples},
            nulled={column: _commonest(values) for column, values in sorted(self.faults.counts.items())},
        )


def _commonest(values: Counter[str]) -> dict[str, int]:
    """The commonest values with their counts, and the rest under one mark."""
    ordered = sorted(values.items(), key=lambda item: (-item[1], item[0]))
    shown = dict(ordered[:MOST_NULLED])
    rest = sum(count for _, count in ordered[MOST_NULLED:])
    return shown | ({"…": rest} if rest else {})


def convert(files: Sequence[Path], source: str, conversion: Conversion, writer: VoteWriter) -> Ledger:
    """Write the votes of all files through `writer`, in order, and return the ledger.

    Raises:
        InputError: a file is damaged, is no release, has unknown outcomes, or no row of all files is a vote.
    """
    tally = Tally(conversion.rules.judge_daily_limit is not None)
    with (
        tqdm(unit=" rows", desc=f"reading {columns.shown(source)}", leave=False, disable=None) as bar,
        ThreadPoolExecutor(WORKERS) as workers,
    ):
        unknown: dict[Path, Counter[str]] = {}
        for number, path, judged in _in_order(_started(files, conversion, tally, workers)):
            if unknown and path not in unknown:
                break
            tally.add(judged, number, path.name if len(files) > 1 else "")
            if judged.unknown:
                unknown.setdefault(path, Counter()).update(judged.unknown)
                if len(unknown[path]) > MOST_LABELS:
                    break
            writer.write(judged.votes)
            bar.update(tally.rows_in - bar.n)
        for path, labels in unknown.items():
            raise unknown_outcomes(labels.elements(), str(path))
    if tally.empty:
        check_loss(tally.ledger(source, np.zeros(0, np.uint8), np.zeros(0, np.int16)), allow_loss=False)
        raise InputError(f"{source}: no row is a vote; {_reasons(tally)}.")
    return _resolved(files, source, conversion.rules, tally, writer)


def _resolved(files: Sequence[Path], source: str, rules: Cleaning, tally: Tally, writer: VoteWriter) -> Ledger:
    """Take out copies and what is over a limit, give ids where there are none, and close the ledger."""
    keys, numbers, codes = tally.keys()
    found = copies.resolve(keys, numbers)
    over = np.zeros(len(numbers), dtype=bool)
    if rules.judge_daily_limit is not None:
        if not keys.days.any():
            raise InputError("A limit per judge and day needs judge and time, and no vote of this input has both.")
        over = copies.over_limit(keys.days, ~found.copies, rules.judge_daily_limit)
    for reason, gone in ((Reason.EXACT_COPY, found.copies), (Reason.JUDGE_LIMIT, over)):
        if gone.any():
            tally.dropped[reason.value] += int(gone.sum())
            tally.multi_turn[reason.value] += int(np.count_nonzero(keys.flags[gone] & MULTI_TURN))
            tally.examples[reason.value] = f"vote {int(np.argmax(gone)) + 1:,} of those read"
    kept = ~(found.copies | over)
    if found.without_id:
        names = ", ".join(dict.fromkeys(files[number].name for number in found.without_id[:3]))
        tally.notes[f"The ids in {names} stand beside different rows: they are ids of prompts or pairs, not of votes."] = None
    if found.shared:
        tally.notes["Different votes have the same id in different files; ids are given with the number of the file."] = None
    if not kept.all() or found.without_id or found.shared:
        own = (keys.flags & HAS_ID > 0) & ~np.isin(numbers, found.without_id)
        writer.rewrite(kept, _Ids(own, numbers, codes, tally.releases, found.shared))
    return tally.ledger(source, keys.flags[kept], codes[kept])


@dataclass(frozen=True)
class _Ids:
    """Ids of votes as they are written in the end; all arrays have one element a vote that was read."""

    own: np.ndarray
    files: np.ndarray
    codes: np.ndarray
    releases: Sequence[str]
    shared: bool

    def __call__(self, ids: pa.Array, first: int) -> pa.Array:
        """The ids of consecutive votes from number `first` on: the release's own, or release and number."""
        here = slice(first, first + len(ids))
        numbers = pc.utf8_lpad(pa.array(np.arange(first + 1, first + len(ids) + 1)).cast(pa.string()), 7, "0")
        names = pa.array(list(self.releases)).take(pa.array(self.codes[here]))
        made = pc.binary_join_element_wise(names, numbers, "-")
        if self.shared:
            ids = pc.binary_join_element_wise(pa.array(self.files[here] + 1).cast(pa.string()), ids, "/")
        return pc.if_else(pa.array(self.own[here]), ids, made)


def _reasons(tally: Tally) -> str:
    if not tally.rows_in:
        return "it has no rows"
    reasons = [
        f"{count:,} {reason}" + (f" ({tally.examples[reason]})" if reason in tally.examples else "")
        for reason, count in tally.dropped.most_common()
    ]
    return "dropped: " + ", ".join(reasons)


def _recognised(files: Sequence[Path], conversion: Conversion, tally: Tally) -> Iterator[tuple[Rows, Release | None]]:
    """Each file with its release (None for pair counts). Of several files, those that hold no votes are noted and skipped."""
    refusals = []
    for path in files:
        rows: Rows | None = None
        try:
            rows = Rows(path, conversion.encoding)
            counts = pair_counts.recognises(rows.columns) and not conversion.columns
            release = None if counts else find_release(path, rows.columns, conversion.columns)
        except InputError as error:
            if len(files) == 1 or (rows is None and _damaged(path)):
                raise
            refusals.append(error)
            tally.notes["Not read: " + str(error).replace(str(path), path.name)] = None
            continue
        if release is not None:
            release, told = settle(rows, release)
            tally.notes |= {told: None} if told else {}
        for note in pair_counts.NOTES if release is None else release.notes:
            tally.notes[note] = None
        yield rows, release
    if len(refusals) == len(files):
        raise InputError(f"none of {len(files)} files holds votes; the first: {refusals[0]}")


#: A batch of a file at work, or done: the file's number and path, and what becomes of the batch.
Started = tuple[int, Path, "Future[Judged] | Judged"]


def _started(files: Sequence[Path], conversion: Conversion, tally: Tally, workers: ThreadPoolExecutor) -> Iterator[Started]:
    """Every batch of every file, handed to a worker as it is asked for."""
    for number, (rows, release) in enumerate(_recognised(files, conversion, tally)):
        if release is None:
            yield from ((number, rows.path, judged) for judged in _counted(rows, conversion, tally))
            continue
        theirs = release.called(rows.columns)
        for batch in rows.batches(conversion.batch, release.needed, release.lengths):
            first = tally.numbers[release.name]
            tally.numbers[release.name] += len(batch)
            work = (batch, release, conversion, first, theirs)
            # A few rows are judged sooner than they are handed over.
            yield number, rows.path, _judge(*work) if len(batch) <= FEW else workers.submit(_judge, *work)


def _in_order(started: Iterator[Started]) -> Iterator[tuple[int, Path, Judged]]:
    """The same once they are done, in their order, with a few at work ahead."""
    waiting: deque[Started] = deque()
    for item in chain(started, repeat(None, AHEAD)):
        if item is not None:
            waiting.append(item)
        if waiting and (item is None or len(waiting) >= AHEAD):
            number, path, judged = waiting.popleft()
            yield number, path, judged.result() if isinstance(judged, Future) else judged


def _judge(batch: Batch, release: Release, conversion: Conversion, number: int, theirs: Mapping[str, str]) -> Judged:
    """Draft, judge and complete a batch; `number` counts the rows of its release before it, `theirs` are the file's names."""
    faults = Faults()
    drafts = draft(batch, release, faults)
    verdicts = judge(drafts, conversion.rules, conversion.labels, batch.first, theirs)
    dropped: Counter[str] = Counter()
    multi_turn: Counter[str] = Counter()
    several = pc.greater_equal(drafts["turns"], 2).fill_null(False).to_numpy()
    for place in np.unique(verdicts.codes[verdicts.codes != VOTE]):
        gone = verdicts.codes == place
        dropped[REASONS[place].value] = int(gone.sum())
        multi_turn[REASONS[place].value] = int((gone & several).sum())
    stay = pa.array(verdicts.codes == VOTE)
    numbers = pa.array(number + 1 + np.flatnonzero(verdicts.codes == VOTE))
    drafts = drafts.filter(stay)
    drafts, given = _named(drafts, release.name, numbers)
    keys: Keys | Unhashed = Unhashed(drafts, given)
    if len(drafts) > SMALL or drafts.get_total_buffer_size() > SMALL_BYTES:
        keys = copies.keys(drafts, given, conversion.rules.judge_daily_limit is not None)
    votes, derived = complete(drafts.append_column("outcome", verdicts.outcomes.filter(stay)))
    return Judged(
        rows=len(batch),
        votes=votes,
        keys=keys,
        derived=derived,
        dropped=dropped,
        multi_turn=multi_turn,
        unknown=verdicts.unknown,
        examples=verdicts.examples,
        faults=faults,
    )


def _named(drafts: pa.Table, release: str, numbers: pa.Array) -> tuple[pa.Table, pa.Array]:
    """Drafts with an id and a release each, made where they have none, and which ids are their own."""
    ids, releases = columns.plain(drafts["vote_id"]), columns.plain(drafts["release"])
    made = pc.binary_join_element_wise(f"{release}-", pc.utf8_lpad(numbers.cast(pa.string()), 7, "0"), "")
    for name, values in (("vote_id", pc.coalesce(ids, made)), ("release", releases.fill_null(release))):
        drafts = drafts.set_column(drafts.schema.get_field_index(name), name, values)
    return drafts, ids.is_valid()


def _counted(rows: Rows, conversion: Conversion, tally: Tally) -> Iterator[Judged]:
    if conversion.rules.stricter:
        raise InputError(f"{rows.path}: pair counts cannot be cleaned more strictly; give the votes themselves.")
    for batch in rows.batches(1):
        for record in batch.read():
            try:
                for table in pair_counts.expand(record, tally.numbers[pair_counts.NAME] + 1):
                    tally.numbers[pair_counts.NAME] += len(table)
                    yield Judged(len(table), table, _keys_of_counts(table))
            except Unreadable as error:
                raise InputError(f"{rows.path}: these are not pair counts: {error}.") from error


def _keys_of_counts(table: pa.Table) -> Keys:
    """Counted votes are none of them copies: each has a key of its own."""
    numbers = columns.plain(table["vote_id"])
    ids = pc.cast(pc.utf8_slice_codeunits(numbers, len(pair_counts.NAME) + 1), pa.uint64()).to_numpy()
    return Keys(ids, ids, np.zeros(len(ids), np.uint8), np.zeros(0, np.uint64))


def _damaged(path: Path) -> bool:
    """Whether a file that could not be opened is a damaged table rather than a file of another kind."""
    return path.suffix.lower() in (".parquet", ".csv", ".json", ".jsonl", ".gz", ".arrow")
