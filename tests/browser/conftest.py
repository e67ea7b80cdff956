"""Reports as a reader opens them: made once for a session, and opened in a real browser.

`make browser` runs this folder in an environment with Playwright; elsewhere it is skipped. Reports that were made before are
taken from the folder that `ARENA_PAGES` names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hostile_votes import write_votes
from opened_pages import Edition, Opened, open_pages, window

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: What a report is made of, by the name of its folder; those of real votes and boards need ARENA_REAL_DATA.
EDITIONS = {
    "sample": "sample",
    "2023": "arena_votes_2023.jsonl",
    "pair_counts": "pair_counts_20240814.json",
    "boards": "boards_overall_2024_2025.csv",
    "hostile": "",
}

_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collect_file() -> None:
    """Skip the folder as one, not test by test."""
    if find_spec("playwright") is None:
        reason = "no Playwright in this environment: make browser runs these tests in one that has it"
        pytest.skip(reason, allow_module_level=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of one report go to one process, which makes it."""
    for item in items:
        if "edition" in (parameters := getattr(getattr(item, "callspec", None), "params", {})):
            item.add_marker(pytest.mark.xdist_group(parameters["edition"]))


@pytest.fixture(scope="session", params=EDITIONS)
def edition(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Edition:
    name = str(request.param)
    made = Path(os.environ.get("ARENA_PAGES") or "/none") / name
    if (made / "latest" / "index.html").is_file():
        return Edition(name, made / "latest")
    folder = tmp_path_factory.mktemp(name)
    return Edition(name, _report("--boards" if name == "boards" else "--votes", _source(name, folder), folder / "pages"))


def _source(name: str, folder: Path) -> str:
    if name == "sample":
        return name
    if name == "hostile":
        return str(write_votes(folder))
    real = Path(os.environ.get("ARENA_REAL_DATA") or "/none") / EDITIONS[name]
    if not real.is_file():
        pytest.skip(f"no real data: set ARENA_REAL_DATA to a folder with {EDITIONS[name]}")
    return str(real)


def _report(kind: str, source: str, out: Path) -> Path:
    """A process of its own: the loop that drives the browser and those of the notebooks' kernels do not go together."""
    tool = os.environ.get("REPORT", "arena-workbook")
    done = subprocess.run([tool, "report", kind, source, "--out", str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out / "latest"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    if path is None:
        pytest.skip("no Chromium here: on Debian, apt install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser, edition: Edition) -> Callable[..., Iterator[Opened]]:
    """Opens every page of the edition in turn, in one window: takes the width, and what `window` takes."""

    def pages(width: int = 1280, **options: Any) -> Iterator[Opened]:
        with window(browser, **options) as page:
            yield from open_pages(page, edition.pages, width)

    return pages
