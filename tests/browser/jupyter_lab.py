"""JupyterLab as an analyst has it: a real server, with settings and a folder of its own, and a notebook in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).resolve().parent.parent.parent

TOKEN = "for-tests"

#: No news, which would ask another place and cover the page.
_SETTINGS = {"notification": {"fetchNews": "false", "checkForUpdates": False}}

#: What a script would call, were one to run.
CANARY = "window.fired = []; window.canary = (what) => { window.fired.push(what); };"


@dataclass(frozen=True)
class Lab:
    """A running server: its address, and the folder it shows."""

    address: str
    folder: Path

    def notebook(self, name: str, parameters: dict[str, str] | None = None) -> str:
        """The notebook of that name, with other parameters, under its path for `open_notebook`."""
        path = self.folder / "notebooks" / f"{name}.ipynb"
        made = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        for cell in made.cells:
            if "parameters" in cell.metadata.get("tags", []):
                cell.source += "".join(f"\n{key} = {value!r}" for key, value in (parameters or {}).items())
        nbformat.write(made, path)
        return path.relative_to(self.folder).as_posix()


@contextmanager
def running_lab(folder: Path, theme: str = "JupyterLab Light") -> Iterator[Lab]:
    """A server on a free port; `folder` holds all that it keeps."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shown = folder / "shown"
    (shown / "notebooks").mkdir(parents=True)
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    for name, values in (_SETTINGS | {"themes": {"theme": theme}}).items():
        (settings / f"{name}.jupyterlab-settings").write_text(json.dumps(values))
    own = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces")}
    own |= {"IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [
        os.environ.get("LAB") or shutil.which("jupyter-lab") or "jupyter-lab",
        "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={shown}",
    ]  # fmt: skip
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(server, f"http://127.0.0.1:{port}/api/status?token={TOKEN}", folder / "log")
        yield Lab(f"http://127.0.0.1:{port}", shown)
    finally:
        server.terminate()
        server.wait()


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"JupyterLab does not answer: {log.read_text()}")


@contextmanager
def open_notebook(browser: Browser, lab: Lab, path: str, width: int = 1400) -> Iterator[Page]:
    """The notebook in a window of that width; what the page asks of other places is refused and noted in `page.elsewhere`."""
    context = browser.new_context(viewport={"width": width, "height": 1000}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    context.add_init_script(CANARY)
    page = context.new_page()
    page.elsewhere, page.errors = [], []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.errors.append(str(error)))  # type: ignore[attr-defined]

    def guard(route: object) -> None:
        url = route.request.url  # type: ignore[attr-defined]
        if url.startswith((lab.address, "blob:", "data:")):
            route.continue_()  # type: ignore[attr-defined]
        else:
            page.elsewhere.append(url)  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]

    context.route("**/*", guard)
    try:
        page.goto(f"{lab.address}/lab/workspaces/{time.monotonic_ns()}/tree/{path}?token={TOKEN}")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        yield page
    finally:
        context.close()


def run_all(page: Page) -> None:
    """Run every cell, as the menu does, once the kernel is there."""
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()
    page.locator(".lm-MenuBar-item", has_text="Run").click()
    page.locator(".lm-Menu-item[data-command='runmenu:run-all']").click()


def panel_of(page: Page) -> Locator:
    """The panel of `arena.explore`, once it is there."""
    page.wait_for_selector(".arena-explore[data-answered]")
    return page.locator(".arena-explore")


def answered(page: Page) -> int:
    """The number of the last question that was answered."""
    return int(page.locator(".arena-explore").get_attribute("data-answered") or 0)


def wait_for_answer(page: Page, after: int) -> None:
    """Wait until a question after that number is answered and none is open."""
    page.wait_for_function(
        """(after) => {
            const panel = document.querySelector(".arena-explore");
            return Number(panel.dataset.answered) > after && !panel.hasAttribute("aria-busy");
        }""",
        arg=after,
    )
