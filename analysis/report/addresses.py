"""Addresses of pages that editions before had: they lead to the page's new name, or to the front page, and never break."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis.report import render
from analysis.report.parameters import Notebook
from analysis.report.record import INDEX, Run
from analysis.report.shelf import Edition


def moved(run: Run, notebooks: Sequence[Notebook], last: Edition | None) -> dict[str, str]:
    """Pages that the edition before had, or led on from, and this one has not, each with the page that it leads to now."""
    if last is None:
        return {}
    names = {f"{old}.html": f"{notebook.stem}.html" for notebook in notebooks for old in notebook.formerly}
    before = {str(page["page"]) for page in last.record["pages"]} | set(last.record.get("addresses", {}))
    now = {page.page for page in run.pages}
    return {page: names.get(page, INDEX) for page in sorted(before - now) if page.endswith(".html") and Path(page).name == page}


def write(addresses: Mapping[str, str], folder: Path) -> None:
    """Write a page for each that sends the reader on."""
    for page, target in addresses.items():
        (folder / page).write_text(render.moved(target), encoding="utf-8")
