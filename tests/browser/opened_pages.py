"""Pages as a reader opens them: in a real browser, at a width, in a colour scheme, without a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Widths of screens in pixels, and how high the screen is then.
SIZES = {1280: 800, 390: 844, 320: 640}

SCHEMES = ("light", "dark")

#: Opens what is folded with a summary of its own: contents, data of figures, messages, the ledger.
OPEN = """() => { for (const details of document.querySelectorAll("details")) details.open = true; }"""

#: Opens all that is folded, the code and the rows of long tables too.
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
        """Its pages, but for those that only send the reader on; where they are few, the list of editions too."""
        pages = [page for page in sorted(self.folder.glob("*.html")) if b'http-equiv="refresh"' not in page.read_bytes()]
        return pages if len(pages) > 2 else [*pages, self.folder.parent / "index.html"]


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
def window(browser: Browser, before: str = "", **options: Any) -> Iterator[Page]:
    """A window of a browser that is offline; `before` is script that runs first on each page, `options` are the context's."""
    size = {"width": 1280, "height": SIZES[1280]}
    context = browser.new_context(viewport=size, color_scheme="light", offline=True, reduced_motion="reduce", **options)
    try:
        context.set_default_timeout(20_000)
        if before:
            context.add_init_script(before)
        yield context.new_page()
    finally:
        context.close()


def open_pages(page: Page, paths: Iterable[Path], width: int = 1280) -> Iterator[Opened]:
    """Each page in turn, as it opens in a light window of that width."""
    for path in paths:
        it = Opened(page, path)
        address = path.resolve().as_uri()
        listeners = {
            "request": lambda request, it=it, address=address: _note(it, request.url, address),
            "pageerror": lambda error, it=it: it.errors.append(str(error)),
            "console": lambda message, it=it: it.errors.append(message.text) if message.type == "error" else None,
        }
        for event, listener in listeners.items():
            page.on(event, listener)
        page.emulate_media(color_scheme="light", media="screen")
        it.resize(width)
        page.goto(address)
        yield it
        for event, listener in listeners.items():
            page.remove_listener(event, listener)


def _note(it: Opened, url: str, address: str) -> None:
    if url.partition("#")[0] != address and not url.startswith("data:"):
        it.requests.append(url)
