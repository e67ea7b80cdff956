"""Pages as a reader opens them: in a real browser, at a width, in a colour scheme, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Widths of screens in pixels, and how high the screen is then.
SIZES = {1280: 800, 390: 844, 320: 640}

SCHEMES = ("light", "dark")

#: Opens all that is folded: code, messages, and the rows of long tables.
UNFOLD = """() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    for (const box of document.querySelectorAll("input[type=checkbox]")) box.checked = true;
}"""


@dataclass(frozen=True)
class Edition:
    """A report: its name, and where its pages lie."""

    name: str
    folder: Path

    @property
    def pages(self) -> list[Path]:
        return sorted(self.folder.glob("*.html"))


@dataclass
class Opened:
    """A page in the browser, and what it has asked for and complained of since."""

    page: Page
    path: Path
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.path.stem

    def resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": SIZES.get(width, 800)})


@contextmanager
def open_page(
    browser: Browser, path: Path, width: int = 1280, scheme: str = "light", before: str = "", **options: Any
) -> Iterator[Opened]:
    """One page in a context of its own, offline; `before` is script that runs first, `options` are the context's."""
    size = {"width": width, "height": SIZES.get(width, 800)}
    context = browser.new_context(viewport=size, color_scheme=scheme, offline=True, reduced_motion="reduce", **options)
    try:
        context.set_default_timeout(120_000)
        if before:
            context.add_init_script(before)
        it = Opened(context.new_page(), path)
        address = path.resolve().as_uri()
        it.page.on("request", lambda request: _note(it, request.url, address))
        it.page.on("pageerror", lambda error: it.errors.append(str(error)))
        it.page.on("console", lambda message: it.errors.append(message.text) if message.type == "error" else None)
        it.page.goto(address)
        yield it
    finally:
        context.close()


def _note(it: Opened, url: str, address: str) -> None:
    if url.partition("#")[0] != address and not url.startswith("data:"):
        it.requests.append(url)
