"""The record of a run: what `run.json` holds, and what the pages say of their origin."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from analysis.report.runner import Failure
from analysis.votes.ledger import Loss
from analysis.votes.provenance import PACKAGES

#: Who wrote a run.json: a folder without one is not ours to replace.
MADE_BY = "arena-workbook"

FILE = "run.json"

#: The files that every run has beside its pages.
INDEX, LEDGER = "index.html", "ledger.json"

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

    @property
    def name(self) -> str:
        """What the navigation calls it: `02_turn_share` is `Turn share`."""
        return short_name(self.stem).replace("_", " ").capitalize()


@dataclass(frozen=True)
class Run:
    """One dated run of reports.

    Attributes:
        status: `done`, or `failed` when a notebook failed.
        started: UTC, ISO 8601.
        source: the name of the file, folder or data set that the user gave as votes.
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

    @property
    def failed(self) -> tuple[Page, ...]:
        return tuple(page for page in self.pages if page.failure)

    def write(self, folder: Path) -> None:
        """Write the run as `run.json` into its folder."""
        fields = {"made_by": MADE_BY, **asdict(self)}
        text = json.dumps(fields, indent=2, ensure_ascii=False) + "\n"
        (folder / FILE).write_text(text, encoding="utf-8", errors="replace")  # a file's name may be no text


def short_name(stem: str) -> str:
    """A notebook's file name without its leading number: `02_turns` is `turns`."""
    return re.sub(r"^\d+[_-]", "", stem)


def files_of_run(folder: Path) -> frozenset[str]:
    """The names of the files that a run of ours wrote into a folder; none where it holds no run of ours."""
    try:
        record = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if record.get("made_by") != MADE_BY:
            return frozenset()
        pages = [str(page[kind]) for page in record.get("pages", []) for kind in ("page", "notebook") if page[kind]]
    except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return frozenset()
    return frozenset({FILE, INDEX, LEDGER, *pages})


def versions() -> dict[str, str]:
    """Versions of what computed and rendered the pages."""
    found = {"Python": platform.python_version()}
    for package in (*PACKAGES, "papermill", "nbconvert"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a checkout that is on the path but not installed
            continue
    return found
