"""How files become votes: column names, labels and rules, checked when they are set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from analysis.errors import UsageError
from analysis.sources.cleaning import NO_VOTE, Cleaning
from analysis.sources.formats import encoding_named
from analysis.sources.releases import flat
from analysis.sources.writer import VERSION
from analysis.votes.outcome import LABELS, Outcome
from analysis.votes.schema import NAMES

#: Rows held at a time where they are read one by one. A row with both conversations takes some 20 kB as nested values.
BATCH = 2_000

#: Columns that no vote is without.
_NEEDED = ("model_a", "model_b", "outcome")


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

    Raises:
        UsageError: an unknown column, outcome or encoding; the message names those that are known, or some.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    rules: Cleaning = field(default_factory=Cleaning)
    batch: int = BATCH
    allow_loss: bool = False
    encoding: str | None = None

    def __post_init__(self) -> None:
        allowed = {*NAMES, *flat.TEXTS} - {"release"}
        for name, theirs in self.columns.items():
            if name not in allowed:
                raise UsageError(f"--column {name}=…: the vote table has no such column; it has {', '.join(sorted(allowed))}.")
            if not theirs and name in _NEEDED:
                raise UsageError(f"--column {name}=: no vote is without it; name the column that holds it.")
        for label, outcome in self.outcomes.items():
            if outcome not in (*Outcome, NO_VOTE):
                raise UsageError(f"--outcome {label}={outcome}: the outcomes are {', '.join(Outcome)}, or {NO_VOTE}.")
        if self.encoding is not None:
            encoding_named(self.encoding)

    @cached_property
    def labels(self) -> Mapping[str, Outcome | str]:
        """Every label that is read, in lower case, with its outcome or `NO_VOTE`."""
        more = {label.strip().lower(): outcome for label, outcome in self.outcomes.items()}
        return {**LABELS, **{label: NO_VOTE if outcome == NO_VOTE else Outcome(outcome) for label, outcome in more.items()}}

    @property
    def plain(self) -> bool:
        """Whether a vote table as it stands is what the conversion would make of it."""
        return not (self.columns or self.outcomes or self.rules.stricter)

    @property
    def identity(self) -> dict[str, Any]:
        """All that the result of a conversion depends on besides the files."""
        rules = {rule.name: getattr(self.rules, rule.name) for rule in fields(self.rules)}
        given = {"columns": dict(self.columns), "outcomes": dict(self.outcomes), "encoding": self.encoding}
        return {"version": VERSION, **given, "rules": rules}
