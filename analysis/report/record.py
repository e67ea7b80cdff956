"""The record of a run: what `run.json` holds, and what the pages say of their origin."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from analysis.changes.kept import RUN
from analysis.report.runner import Failure
from analysis.votes.ledger import Loss
from analysis.votes.provenance import PACKAGES

#: Who wrote a run.json: a folder without one is not ours to replace.
MADE_BY = "arena-workbook"

#: What a run may have beside its pages and what it keeps for the next (`analysis.changes.kept`); `tables` is a folder.
INDEX, LEDGER, LOG, LINES, TABLES = "index.html", "ledger.json", "log.txt", "changes.txt", "tables"

#: What stands between these on a page is written there after it was published.
STAMPED = ("<!-- stamp -->", "<!-- /stamp -->")
_STAMP = re.compile(b"(?s)(?<=%s).*?(?=%s)" % tuple(mark.encode() for mark in STAMPED))

#: The page whose first figure the index shows large, by the name in the navigation.
FRONT = "Leaderboard"


@dataclass(frozen=True)
class Page:
    """One notebook of a run.

    Attributes:
        stem: file name of the notebook without its suffix.
        page, notebook: file names of the HTML page and of the executed notebook, in the run's folder.
        answer: text of the notebook's computed answer; empty when it did not come that far.
        status: `done`, `failed`, or `absent` where the votes cannot give the answer; where they lack a column that the notebook
            needs it was not run, and `notebook` is empty.
        absent: in a sentence why; empty where there is an answer.
        finding: what the index may lead with: `sentence`, and `beyond` (standard errors beyond noise); None without one.
        changes: since the edition before (`analysis.changes.changes.Changes.record`), where the page is about them.
        parameters: what was passed to it.
        without_alt: figures that have no description.
    """

    stem: str
    title: str
    page: str
    notebook: str
    answer: str
    status: str
    failure: Failure | None
    seconds: float
    parameters: Mapping[str, Any]
    without_alt: int = 0
    absent: str = ""
    finding: Mapping[str, Any] | None = None
    changes: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """What the navigation calls it: `02_turn_share` is `Turn share`."""
        return short_name(self.stem).replace("_", " ").capitalize()


@dataclass(frozen=True)
class Run:
    """One dated run of reports: what an edition is made of.

    Attributes:
        status: `done`, `failed` when a notebook failed, or `refused` when what came out must not take the place of what is there.
        reason: why it is not `done`: a code for programs, and a line for people; empty where it is.
        number: one more than that of the edition before; the order of editions, whatever the clock says.
        title: of the report set; empty where none was ordered.
        thin: whether the votes are no board by themselves (`analysis.report.thin`).
        earlier: id of the edition that this one is compared with; empty without one.
        order: digest of all that decides the numbers (`analysis.report.order.Order.digest`).
        addresses: pages that editions before had and this one has not, and where each leads now.
        started: UTC, ISO 8601.
        reads: `votes`, or `boards` where the run took published boards and there are no votes.
        source: the name of the file, folder or data set that the user gave as votes or boards.
        votes: how many there are; `ledger` says how they came out of the rows.
        seed: what the user asked for; None leaves each notebook its own.
        losses: the reasons that took a notable share of the rows: reason, rows, share, example.
        warning: the same in a sentence that every page shows; empty without losses.
    """

    status: str
    started: str
    seconds: float
    source: str
    releases: tuple[str, ...]
    simulated: bool
    votes: int
    fingerprint: str
    seed: int | None
    ledger: Mapping[str, Any]
    losses: tuple[Loss, ...]
    warning: str
    pages: tuple[Page, ...]
    versions: Mapping[str, str]
    reads: str = "votes"
    title: str = ""
    thin: bool = False
    reason: str = ""
    why: str = ""
    number: int = 1
    earlier: str = ""
    order: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> Mapping[str, Any] | None:
        """Of the page that is about them; None where nothing is compared."""
        return next((page.changes for page in self.pages if page.changes), None)

    @property
    def failed(self) -> tuple[Page, ...]:
        return tuple(page for page in self.pages if page.failure)

    def write(self, folder: Path) -> None:
        """Write the run as `run.json` into its folder, the last of its files: it tells what the others are by their hashes."""
        fields = {"made_by": MADE_BY, **asdict(self), "files": hashes(folder)}
        text = json.dumps(fields, indent=2, ensure_ascii=False) + "\n"
        (folder / RUN).write_text(text, encoding="utf-8", errors="replace")  # a file's name may be no text


def short_name(stem: str) -> str:
    """A notebook's file name without its leading number: `02_turns` is `turns`."""
    return re.sub(r"^\d+[_-]", "", stem)


def hashes(folder: Path) -> dict[str, str]:
    """Of every file in a folder but `run.json`, by its path in it: 32 hexadecimal digits of BLAKE2b."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / RUN)
    return {path.relative_to(folder).as_posix(): _hash(path) for path in files}


def _hash(path: Path) -> str:
    """Of what a file holds, but for the stamp that a page may get later."""
    if path.suffix == ".html":
        return hashlib.blake2b(_STAMP.sub(b"", path.read_bytes()), digest_size=16).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def versions() -> dict[str, str]:
    """Versions of what computed and rendered the pages."""
    found = {"Python": platform.python_version()}
    for package in (*PACKAGES, "papermill", "nbconvert"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a checkout that is on the path but not installed
            continue
    return found
