"""The cleaning ledger: every row that came in is a vote or is counted under the reason it was dropped for."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import pandas as pd

from analysis.errors import InputError, first_line
from analysis.results.prose import Prose, counted, percent, shortened
from analysis.results.unseen import visible

#: A reason that took more than this share of the rows is said wherever a number made of the votes is shown.
NOTABLE = 0.01

#: A reason that took more than this share of the rows stops the reading, unless the loss is allowed.
TOO_MUCH = 0.5

#: Characters of an example, and values of a column, that a sentence quotes.
LONGEST_EXAMPLE, MOST_VALUES = 120, 3

#: The key under which a column's further values are counted together.
FURTHER = "…"


class Reason(StrEnum):
    """Why a row is not a vote. Those from EXCLUDED_MODEL to NO_VOTE are rules that the user asks for."""

    UNREADABLE = "unreadable row"
    NO_MODEL = "model missing"
    NO_OUTCOME = "outcome missing"
    SAME_MODEL = "same model twice"
    EMPTY = "empty conversation"
    NOT_ANONYMOUS = "not anonymous"
    EXACT_COPY = "exact copy of a row"
    EXCLUDED_MODEL = "model excluded"
    IDENTITY = "identity word"
    ERROR_TEXT = "error text in an answer"
    JUDGE_LIMIT = "over the judge's limit per day"
    NO_VOTE = "label that is no vote"
    OTHER_EVENT = "other event of the log"
    NOT_CHOSEN = "not chosen"


#: Rows that never were votes, and votes that are not asked about: no vote is lost with them, and no share is of them.
NO_LOSS = frozenset({Reason.OTHER_EVENT, Reason.NOT_CHOSEN})

#: What the user asked to drop: said like any loss, but no error.
ASKED_FOR = frozenset({Reason.EXCLUDED_MODEL, Reason.IDENTITY, Reason.ERROR_TEXT, Reason.JUDGE_LIMIT, Reason.NO_VOTE})

#: What to do about a reason that took too much, where there is more to do than to mend the file.
_REMEDIES: Mapping[str, str] = {
    Reason.NO_MODEL: "name the models' columns with --column model_a=THEIRS and --column model_b=THEIRS",
    Reason.SAME_MODEL: "name the models' columns with --column model_a=THEIRS and --column model_b=THEIRS",
    Reason.NO_OUTCOME: "name the outcome's column with --column outcome=THEIRS",
    Reason.NOT_ANONYMOUS: "keep such votes with --keep-not-anonymous",
}


@dataclass(frozen=True)
class Loss:
    """A reason that took more than `NOTABLE` of the rows: how many, their share of the rows that could have been votes,
    and one of them in words (empty where none is known)."""

    reason: str
    rows: int
    share: float
    example: str = ""

    def __str__(self) -> str:
        example = f", such as {_short(self.example)}" if self.example else ""
        return f"{visible(self.reason)} ({_rows(self.rows)}{example})"


@dataclass(frozen=True)
class Ledger:
    """Rows in = votes out + the sum of rows dropped, always; built only through `close`.

    `multi_turn` counts the rows among `dropped` that were readable and had two or more turns, so that the share over
    all readable rows can be given too. `derived` names the columns that were counted from the text because the release
    does not give them. `notes` are sentences on what a reader must know of the release. `examples` gives for a reason one
    row in words. `nulled` counts, by column and value as written, the cells of votes that could not be read and are empty;
    values beyond the first twenty or so of a column are counted under `FURTHER`.
    """

    source: str
    release: str
    rows_in: int
    votes_out: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    multi_turn: Mapping[str, int] = field(default_factory=dict)
    derived: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    examples: Mapping[str, str] = field(default_factory=dict)
    nulled: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lost = self.rows_in - self.votes_out - sum(self.dropped.values())
        if lost:
            raise ValueError(f"the ledger of {self.source} does not add up: {lost:,} rows are unaccounted for")

    @property
    def table(self) -> pd.DataFrame:
        """One row per step: rows in, each reason with its count, votes out; `share` is of the rows in."""
        steps = [("rows in", self.rows_in), *self.dropped.items(), ("votes out", self.votes_out)]
        frame = pd.DataFrame(steps, columns=["step", "rows"])
        return frame.assign(share=frame["rows"] / max(self.rows_in, 1))

    @property
    def sentence(self) -> Prose:
        """Rows in, votes out and what was dropped, in words."""
        dropped = [f"{count:,} {reason}" for reason, count in self.dropped.items()]
        kept = f"{_rows(self.rows_in)} came in and {counted(self.votes_out, 'vote')} came out"
        return Prose(f"{kept}; dropped: {', '.join(dropped)}." if dropped else f"{kept}; no row was dropped.")

    @property
    def candidates(self) -> int:
        """The rows that could have been votes: all but those that are no loss."""
        return self.rows_in - sum(count for reason, count in self.dropped.items() if reason in NO_LOSS)

    @property
    def judged(self) -> str:
        """What the shares are of, in words."""
        return "the rows" if self.candidates == self.rows_in else "the rows that could be votes"

    @property
    def losses(self) -> tuple[Loss, ...]:
        """The reasons that took more than `NOTABLE` of the rows, the largest first."""
        lost = [(reason, count) for reason, count in self.dropped.items() if reason not in NO_LOSS]
        found = [Loss(reason, count, count / self.candidates, self.examples.get(reason, "")) for reason, count in lost if count]
        return tuple(sorted((loss for loss in found if loss.share > NOTABLE), key=lambda loss: -loss.rows))

    @property
    def warning(self) -> Prose:
        """What every number made of these votes does not rest on; empty where no reason took a notable share."""
        losses, whole = self.losses, self.candidates
        if not losses:
            return Prose()
        lost = whole - self.votes_out
        few = lost - sum(loss.rows for loss in losses)
        reasons = [str(loss) for loss in losses] + ([f"other reasons ({_rows(few)})"] if few else [])
        share = f"{percent(lost / whole)} of {self.judged} ({lost:,} of {whole:,})"
        return Prose(f"{share} are not in these numbers: {'; '.join(reasons)}.")

    @property
    def empty_cells(self) -> pd.DataFrame:
        """column, value, cells: what could not be read and was left empty, the most frequent value of a column first."""
        rows = [(name, value, cells) for name, values in self.nulled.items() for value, cells in _ranked(values)]
        return pd.DataFrame(rows, columns=["column", "value", "cells"])

    @property
    def empty_cells_sentence(self) -> Prose:
        """The cells that could not be read, by column, in words; empty where there is none."""
        parts = [_unread(name, values) for name, values in self.nulled.items() if values]
        return Prose(f"{'; '.join(parts)}." if parts else "")

    def after(self, earlier: Sequence["Ledger"]) -> "Ledger":
        """This ledger of a conversion whose rows came, in part or all, out of vote tables with ledgers of their own: what was
        dropped, counted or noted there is kept."""
        ledgers = (self, *earlier)
        dropped = Counter[str]()
        multi_turn = Counter[str]()
        examples: dict[str, str] = {}
        nulled: dict[str, Counter[str]] = {}
        for ledger in ledgers:
            dropped.update(ledger.dropped)
            multi_turn.update(ledger.multi_turn)
            examples = {**ledger.examples, **examples}
            for column, values in ledger.nulled.items():
                nulled.setdefault(column, Counter()).update(values)
        return replace(
            self,
            rows_in=self.rows_in + sum(ledger.rows_in - ledger.votes_out for ledger in earlier),
            dropped=dict(dropped.most_common()),
            multi_turn=dict(multi_turn),
            derived=tuple(dict.fromkeys(name for ledger in ledgers for name in ledger.derived)),
            notes=tuple(dict.fromkeys(note for ledger in ledgers for note in ledger.notes)),
            examples=examples,
            nulled={column: dict(values) for column, values in nulled.items()},
        )

    def write(self, path: Path) -> None:
        """Write the ledger as JSON."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8", errors="replace")  # a file's name may be no text

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """Read a ledger that `write` wrote, now or before it had examples and empty cells.

        Raises:
            InputError: the file is damaged; says what to do.
        """
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            for counts in (fields["dropped"], *fields.get("nulled", {}).values()):
                _check_counts(counts)
            examples = {reason: str(example) for reason, example in fields.get("examples", {}).items()}
            tuples = {name: tuple(map(str, fields[name])) for name in ("derived", "notes")}
            return cls(**fields | tuples | {"examples": examples})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(
                f"{path}: not a cleaning ledger ({first_line(error)}); delete it and convert the votes again."
            ) from error

    @classmethod
    def close(cls, source: str, release: str, rows_in: int, votes_out: int, dropped: "Counter[str]", **more: object) -> "Ledger":
        """The ledger of a finished conversion, reasons sorted by count and name."""
        ordered = dict(sorted(dropped.items(), key=lambda item: (-item[1], item[0])))
        return cls(source, release, rows_in, votes_out, ordered, **more)  # type: ignore[arg-type]


def ledger_beside(path: Path) -> Path:
    """Where the ledger of a vote table lies: `votes.parquet` → `votes.ledger.json`."""
    return path.with_suffix(".ledger.json")


def check_loss(ledger: Ledger, allow_loss: bool) -> None:
    """Refuse votes that are less than half of what came in, for any one reason that nobody asked for.

    Raises:
        InputError: one reason took more than `TOO_MUCH` of the rows; names it, how many, one of them, and what to do.
    """
    for loss in ledger.losses:
        if loss.share > TOO_MUCH and loss.reason not in ASKED_FOR and not allow_loss:
            remedy = _REMEDIES.get(loss.reason, "mend the file")
            raise InputError(
                f"{ledger.source}: {percent(loss.share)} of {ledger.judged} ({loss.rows:,} of {ledger.candidates:,}) would be "
                f"dropped for one reason: {loss}. Either {remedy}, or accept the loss with --allow-loss."
            )


def _check_counts(counts: Mapping[str, object]) -> None:
    for name, number in counts.items():
        if not isinstance(number, int) or number < 0:
            raise ValueError(f"{name!r:.40} has no count")


def _unread(column: str, values: Mapping[str, int]) -> str:
    """The cells of one column that could not be read: how many, and the most frequent values."""
    total = sum(values.values())
    shown = [(value, cells) for value, cells in _ranked(values) if value != FURTHER][:MOST_VALUES]
    more = total - sum(cells for _, cells in shown)
    quoted = [f"'{_short(value)}' ({cells:,})" for value, cells in shown] + ([f"{more:,} more"] if more else [])
    what = "1 cell could not be read and is empty" if total == 1 else f"{total:,} cells could not be read and are empty"
    return f"{visible(column)}: {what}: {', '.join(quoted)}"


def _ranked(values: Mapping[str, int]) -> list[tuple[str, int]]:
    """Values by how often they stand there, what is counted together last."""
    return sorted(values.items(), key=lambda item: (item[0] == FURTHER, -item[1]))


def _rows(number: int) -> str:
    return counted(number, "row")


def _short(words: str) -> str:
    return shortened(visible(words), LONGEST_EXAMPLE)
