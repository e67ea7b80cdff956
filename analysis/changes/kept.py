"""What an edition kept of itself: its record, votes, ledger, board, claims and topics, read from its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import InputError, UsageError, first_line
from analysis.sources.load import load_votes
from analysis.votes.ledger import Ledger
from analysis.votes.table import Votes

#: The files of an edition, by what they hold; `topics` is a folder.
RUN, CHANGES, VOTES, TOPICS = "run.json", "changes.json", "votes.parquet", "topics"
BOARD, CLAIMS = "tables/03_leaderboard/board.parquet", "tables/07_claims/claims.parquet"

#: Columns that these tables must have to be compared.
_BOARD_COLUMNS, _CLAIM_COLUMNS = ("model", "rating", "lower", "upper", "rank"), ("claim", "text", "verdict", "probability")


@dataclass(frozen=True)
class Kept:
    """An earlier edition.

    Attributes:
        run: what its `run.json` holds.
    """

    folder: Path
    run: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What readers call it: `the edition of 2026-11-25 06:00`, or by its folder where the record has no time."""
        started = str(self.run.get("started", ""))[:16].replace("T", " ")
        return f"the edition of {started or self.folder.name}"

    @cached_property
    def votes(self) -> Votes:
        """Its votes, without their prompts.

        Raises:
            InputError: they are not there, or cannot be read as votes.
        """
        path = self.folder / VOTES
        if not path.is_file():
            raise InputError(f"{path}: this edition kept no votes to compare with.")
        return load_votes(path)

    @cached_property
    def ledger(self) -> Ledger:
        """Its cleaning ledger.

        Raises:
            InputError: the record has none that can be read.
        """
        try:
            found = dict(self.run["ledger"])
            fields = {name: found[name] for name in ("source", "release", "rows_in", "votes_out", "dropped")}
            return Ledger(**fields)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{self.folder / RUN}: its ledger cannot be read ({first_line(error)}).") from None

    @property
    def board(self) -> pd.DataFrame:
        """The board that it published: model, rating, lower, upper, rank and more.

        Raises:
            InputError: it published none, or the table is damaged.
        """
        return self._table(BOARD, "board", _BOARD_COLUMNS)

    @property
    def has_claims(self) -> bool:
        """Whether it published verdicts."""
        return (self.folder / CLAIMS).is_file()

    @property
    def claims(self) -> pd.DataFrame:
        """The verdicts that it published: claim, text, verdict, probability and more.

        Raises:
            InputError: it published none, or the table is damaged.
        """
        return self._table(CLAIMS, "claims", _CLAIM_COLUMNS)

    @property
    def topics(self) -> Path | None:
        """The folder of its topics; None where it has none."""
        folder = self.folder / TOPICS
        return folder if folder.is_dir() else None

    def parameters(self, stem: str) -> Mapping[str, Any]:
        """What was passed to a page, by its stem; nothing where it is not known."""
        pages = self.run.get("pages")
        found = [page for page in pages if isinstance(page, dict) and page.get("stem") == stem] if isinstance(pages, list) else []
        passed = found[0].get("parameters") if found else None
        return passed if isinstance(passed, dict) else {}

    def _table(self, name: str, what: str, columns: tuple[str, ...]) -> pd.DataFrame:
        path = self.folder / name
        if not path.is_file():
            raise InputError(f"the earlier edition published no {what}")
        try:
            table = pd.read_parquet(path)
        except (OSError, ValueError, TypeError) as error:  # pyarrow's errors are ValueErrors or OSErrors
            raise InputError(f"{path}: cannot be read ({first_line(error)})") from None
        missing = [column for column in columns if column not in table]
        if missing:
            raise InputError(f"{path}: has no {missing[0]}")
        return table.drop_duplicates(columns[0])


def read_edition(folder: str | Path) -> Kept:
    """An earlier edition.

    Raises:
        UsageError: the folder is not there, or is no edition.
        InputError: its record is damaged.
    """
    path = Path(folder)
    record = path / RUN
    if not record.is_file():
        raise UsageError(f"{path}: no edition ({RUN} is not there); name the folder of one, such as editions/2026-11-25T0600Z.")
    return Kept(path, said_in(record))


def said_in(path: Path) -> dict[str, Any]:
    """What an edition says of itself in a file of JSON.

    Raises:
        InputError: it cannot be read, or is no object.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read ({first_line(error)}).") from None
    if not isinstance(found, dict):
        raise InputError(f"{path}: is no record of an edition.")
    return found
