"""The editions of a site: read from their folders, in order, with those that are pinned, edited by hand or damaged."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.changes.kept import RUN
from analysis.errors import UsageError
from analysis.report.record import INDEX, LEDGER, MADE_BY, STAMPED, hashes
from analysis.whole_files import whole_file, writing

#: A file of this name in an edition keeps it for good.
PIN = "pinned"

#: Names of editions: the minute in UTC, and a number where it is not the first of its minute.
_ID = re.compile(r"\d{4}-\d{2}-\d{2}T\d{4}Z(-\d+)?")


@dataclass(frozen=True)
class Edition:
    """One edition as its folder has it.

    Attributes:
        record: what its `run.json` holds.
    """

    folder: Path
    record: Mapping[str, Any]

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def number(self) -> int:
        return int(self.record.get("number", 0))

    @property
    def title(self) -> str:
        """Of its report set; empty where none was ordered."""
        return str(self.record.get("title", ""))

    @property
    def source(self) -> str:
        """The name of the votes or boards."""
        return str(self.record.get("source", ""))

    @property
    def votes(self) -> int:
        """How many; 0 where there are only boards."""
        return int(self.record.get("votes", 0))

    @property
    def changes(self) -> Mapping[str, Any] | None:
        """Since the edition before (`Changes.record`); None where nothing was compared."""
        return next((page["changes"] for page in self.record["pages"] if page.get("changes")), None)

    @property
    def started(self) -> str:
        """UTC, ISO 8601."""
        return str(self.record.get("started", ""))

    @property
    def status(self) -> str:
        """`done`, `failed` or `refused`."""
        return str(self.record.get("status", ""))

    @property
    def good(self) -> bool:
        return self.status == "done"

    @property
    def names(self) -> frozenset[str]:
        """Of the files and folders that the run wrote; an older version did not list them all, but for its pages."""
        pages = [str(page[kind]) for page in self.record["pages"] for kind in ("page", "notebook") if page.get(kind)]
        files = [name.partition("/")[0] for name in self.record.get("files", {})]
        return frozenset({RUN, INDEX, LEDGER, *pages, *files})

    @property
    def pinned(self) -> bool:
        return (self.folder / PIN).exists()

    @property
    def stale(self) -> bool:
        """Whether a later run had to be refused, which its pages then say."""
        index = self.folder / INDEX
        return index.exists() and _stamp_of(index.read_text(encoding="utf-8")) != ""

    @property
    def headline(self) -> str:
        """What changed since the edition before; empty where nothing was compared."""
        return str(self.changes["headline"]) if self.changes else ""

    @property
    def reason(self) -> str:
        """A code for why it is not good; empty where it is."""
        return str(self.record.get("reason", ""))

    @property
    def why(self) -> str:
        """Why it is not good, in a line; empty where it is."""
        return str(self.record.get("why", ""))

    @property
    def damaged(self) -> tuple[str, ...]:
        """Those of `edited` that the run wrote."""
        return tuple(name for name in self.edited if name in self.record.get("files", {}))

    @cached_property
    def edited(self) -> tuple[str, ...]:
        """Files that somebody added, changed or took away since, by their paths in the folder, sorted."""
        known, found = dict(self.record.get("files", {})), hashes(self.folder)
        found.pop(PIN, None)
        return tuple(sorted(name for name in {*known, *found} if known.get(name) != found.get(name)))

    def pin(self, pinned: bool = True) -> None:
        """Keep the edition for good, or no longer."""
        with writing(self.folder):
            (self.folder / PIN).touch() if pinned else (self.folder / PIN).unlink(missing_ok=True)

    def stamp(self, words: str) -> None:
        """Write words that begin every page into all pages, in place of those there; empty words take them away."""
        for page in sorted(self.folder.glob("*.html")):
            html = page.read_text(encoding="utf-8")
            if _stamp_of(html) != words and STAMPED[0] in html:
                before, _, rest = html.partition(STAMPED[0])
                with whole_file(page) as part:
                    part.write_text(before + STAMPED[0] + words + STAMPED[1] + rest.partition(STAMPED[1])[2], encoding="utf-8")


def _stamp_of(html: str) -> str:
    return html.partition(STAMPED[0])[2].partition(STAMPED[1])[0]


class Shelf:
    """The editions in one folder. What lies there and is none is left alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def all(self) -> list[Edition]:
        """All editions, the oldest first."""
        found = [read_edition(path) for path in self.folder.iterdir()] if self.folder.is_dir() else []
        return sorted(filter(None, found), key=lambda edition: (edition.number, edition.id))

    @property
    def good(self) -> list[Edition]:
        return [edition for edition in self.all if edition.good]

    @property
    def last(self) -> Edition | None:
        """The last good edition."""
        return self.good[-1] if self.good else None

    def last_of(self, reads: str) -> Edition | None:
        """The last good edition of votes, or of boards."""
        return next((each for each in reversed(self.good) if each.record.get("reads", "votes") == reads), None)

    def named(self, name: str) -> Edition:
        """The edition of that id.

        Raises:
            UsageError: there is none.
        """
        if found := next((edition for edition in self.all if edition.id == name), None):
            return found
        known = ", ".join(edition.id for edition in self.all[-5:]) or "none"
        raise UsageError(f"no edition {name!r} in {self.folder}; the last are {known}.")

    def next(self, started: datetime) -> tuple[str, int]:
        """Id and number for an edition that started then; ids that are taken are passed over."""
        moment = f"{started.astimezone(UTC):%Y-%m-%dT%H%MZ}"
        taken = {path.name for path in self.folder.iterdir()} if self.folder.is_dir() else set()
        of_minute = [int(name[len(moment) + 1 :] or 1) for name in taken if _ID.fullmatch(name) and name.startswith(moment)]
        again = max(of_minute, default=0) + 1  # after the last of its minute, whatever was removed before it
        name = moment if again == 1 else f"{moment}-{again}"
        return name, max((edition.number for edition in self.all), default=0) + 1

    def thin_out(self, keep: int) -> tuple[list[str], list[str]]:
        """Remove all but the last `keep` good editions and as many of those that failed since, the pinned and the edited.

        Returns the ids of what was removed, and of what would have been if nobody had edited it.
        """
        kept = {edition.id for edition in self.good[-keep:]}
        first = min((edition.number for edition in self.all if edition.id in kept), default=0)
        failed = [edition.id for edition in self.all if not edition.good and edition.number > first]
        kept |= set(failed[-keep:])
        old = [edition for edition in self.all if edition.id not in kept and not edition.pinned]
        edited = [edition.id for edition in old if edition.edited]
        removed = [edition for edition in old if edition.id not in edited]
        for edition in removed:
            gone = edition.folder.with_name(f".{edition.id}.gone")  # one step: nobody sees half an edition
            edition.folder.rename(gone)
            shutil.rmtree(gone)
        return [edition.id for edition in removed], edited


def read_edition(folder: Path) -> Edition | None:
    """The edition in a folder; None where it is none, or its record cannot be read."""
    if not _ID.fullmatch(folder.name) or folder.is_symlink():
        return None
    record = read_record(folder)
    return Edition(folder, record) if record else None


def read_record(folder: Path) -> Mapping[str, Any]:
    """What the `run.json` of a folder holds; empty where it is not ours, or somebody broke it."""
    try:
        record = json.loads((folder / RUN).read_text(encoding="utf-8"))
        return dict(record) if record["made_by"] == MADE_BY and _is_sound(record) else {}
    except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return {}


def _is_sound(record: Mapping[str, Any]) -> bool:
    """Whether what is used of a record is as a run writes it. What an older version did not write may lack."""
    datetime.fromisoformat(record["started"]).astimezone(UTC)
    numbers = [float(record.get(name, 0)) for name in ("number", "votes")]
    names = [*dict(record.get("files", {})), *dict(record.get("addresses", {}))]
    for page in record["pages"]:
        names += [page["page"], page.get("stem", "")]
        numbers.append(float(page.get("seconds", 0)))
        if changes := page.get("changes"):
            names += [changes["headline"], *changes["lines"]]
    zoned = datetime.fromisoformat(record["started"]).tzinfo is not None
    return zoned and min(numbers) >= 0 and all(isinstance(name, str) for name in names)
