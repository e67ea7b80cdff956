"""The kernel that notebooks run on: this very interpreter, whatever kernels and settings the user's Jupyter has."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import places

if TYPE_CHECKING:
    from traitlets.config import Config

NAME = "python3"

#: Log nothing: what the kernel would complain of while it is stopped is no news, and stderr is for one line.
_SILENT = "--IPKernelApp.log_level=CRITICAL"

#: Unix socket paths end at 104 (macOS) or 108 bytes; `/kernel-1` follows the folder.
_LONGEST_FOLDER = 90


@contextmanager
def own_kernel() -> Iterator[Config]:
    """Point Jupyter at a kernel of this interpreter for as long as the context lasts; yields the client's settings.

    Everything Jupyter and IPython would read from or write to the home directory (kernels, start-up scripts, history,
    connection files) is redirected to a folder that goes away at the end, so that a run depends on nothing outside
    the project and works for a scheduler's user without a home.
    """
    from traitlets.config import Config

    with tempfile.TemporaryDirectory(prefix="arena-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        _write_kernelspec(folder / "kernels" / NAME)
        (folder / "run").mkdir()
        (folder / "ipython").mkdir()
        redirected = {"JUPYTER_PATH": made, "JUPYTER_RUNTIME_DIR": str(folder / "run"), "IPYTHONDIR": str(folder / "ipython")}
        with _environment(redirected):
            yield Config({"KernelManager": {**_transport(folder / "run"), "shutdown_wait_time": 2.0}})


def _transport(folder: Path) -> dict[str, str]:
    """Sockets in a private folder where they fit: unlike TCP ports, no other user of the machine can reach them.

    Without `ip`, Jupyter names them `kernel-ipc-1` and so on in the working directory, where two runs would collide.
    """
    if os.name == "posix" and len(os.fsencode(folder)) <= _LONGEST_FOLDER:
        return {"transport": "ipc", "ip": str(folder / "kernel")}
    return {"transport": "tcp"}


def _write_kernelspec(folder: Path) -> None:
    """A kernel of this interpreter. `ignore_cwd` keeps a `pandas.py` in the user's folder from being imported."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--IPKernelApp.ignore_cwd=True", _SILENT]
    paths = os.pathsep.join(filter(None, [str(places.ROOT), os.environ.get("PYTHONPATH")]))
    spec = {"argv": command, "display_name": "Python 3", "language": "python", "env": {"PYTHONPATH": paths}}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
