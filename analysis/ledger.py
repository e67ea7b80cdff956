"""The cleaning ledger: every row that came in is a vote or is counted under the reason it was dropped for."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

import pandas as pd

from analysis.errors import InputError


class Reason(StrEnum):
    """Why a row is not a vote. The first nine hold for every release; the rest are stricter rules, off by default."""

    UNREADABLE = "unreadable row"
    NO_MODEL = "model missing"
    NO_OUTCOME = "outcome missing"
    SAME_MODEL = "same model twice"
    EMPTY = "empty conversation"
    NOT_ANONYMOUS = "not anonymous"
    REPEATED_ID = "repeated id"
    EXACT_COPY = "exact copy of a row"
    EXCLUDED_MODEL = "model excluded"
    IDENTITY = "identity word"
    ERROR_TEXT = "error text in an answer"
    JUDGE_LIMIT = "over the judge's limit per day"


@dataclass(frozen=True)
class Ledger:
    """Rows in = votes out + the sum of rows dropped, always; built only through `close`.

    `multi_turn` counts the rows among `dropped` that were readable and had two or more turns, so that the share over
    all readable rows can be given too. `derived` names the columns that were counted from the text because the release
    does not give them. `notes` are sentences on what a reader must know of the release.
    """

    source: str
    release: str
    rows_in: int
    votes_out: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    multi_turn: Mapping[str, int] = field(default_factory=dict)
    derived: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

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

    def write(self, path: Path) -> None:
        """Write the ledger as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """Read a ledger that `write` wrote; an InputError says what to do where the file is damaged."""
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{**fields, "derived": tuple(fields["derived"]), "notes": tuple(fields["notes"])})
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: not a cleaning ledger ({error}); delete it and convert the votes again.") from error

    @classmethod
    def close(cls, source: str, release: str, rows_in: int, votes_out: int, dropped: "Counter[str]", **more: object) -> "Ledger":
        """The ledger of a finished conversion, reasons sorted by count."""
        return cls(source, release, rows_in, votes_out, dict(dropped.most_common()), **more)  # type: ignore[arg-type]
