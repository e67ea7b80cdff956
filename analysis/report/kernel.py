"""The kernels that notebooks run on: this very interpreter, whatever kernels and settings the user's Jupyter has."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import places, surroundings

if TYPE_CHECKING:
    import psutil
    from traitlets.config import Config

#: Begins the names of the folders that kernels live in.
_PREFIX = "arena-workbook-"

#: Seconds after which a folder without a lock is one whose run was killed before it could lock it.
_ABANDONED = 3600.0

#: Log nothing: what the kernel would complain of while it is stopped is no news, and stderr is for one line.
_SILENT = "--IPKernelApp.log_level=CRITICAL"

#: Unix socket paths end at 104 (macOS) or 108 bytes; `/12-1` follows the folder.
_LONGEST_FOLDER = 90


@dataclass(frozen=True)
class Kernel:
    """How to start one kernel.

    Attributes:
        name: of its kernelspec.
        settings: of the client that starts it.
        mark: a path in its command line, by which its process is found.
    """

    name: str
    settings: Config
    mark: str


class Kernels:
    """The kernels of a run: made one by one, stopped all at once or the largest of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Kernel] = {}
        self._numbers = count()
        self._lock = threading.Lock()
        #: Why a kernel was stopped, by the name of its notebook.
        self.stopped: dict[str, str] = {}
        #: Set when no kernel may start any more.
        self.ended = threading.Event()

    def make(self, name: str, tables: Path | None = None) -> Kernel:
        """A kernel of its own for a notebook, which keeps the tables that it shows in the folder `tables`."""
        from traitlets.config import Config

        with self._lock:
            number = next(self._numbers)
            kernelspec = f"arena-{number}"
            _write_kernelspec(self._folder / "kernels" / kernelspec, tables)
            mark = self._folder / "run" / f"{number}.json"
            manager = {**_transport(self._folder, number), "connection_file": str(mark), "shutdown_wait_time": 2.0}
            self._made[name] = Kernel(kernelspec, Config({"KernelManager": manager}), str(mark))
            return self._made[name]

    def stop_all(self) -> None:
        """Kill every kernel, and let no other start: those who wait for them are told that they died."""
        self.ended.set()
        for name in list(self._made):
            self._stop(name)

    def stop_largest(self, why: str) -> None:
        """Kill the kernel that holds most memory, and keep why."""
        import psutil

        sizes: dict[str, int] = {}
        for name in list(self._made):
            for process in self._processes(name):
                with suppress(psutil.Error):
                    sizes[name] = sizes.get(name, 0) + process.memory_info().rss
        if sizes:
            largest = max(sizes, key=lambda name: sizes[name])
            self.stopped.setdefault(largest, why)
            self._stop(largest)

    def _stop(self, name: str) -> None:
        import psutil

        for process in self._processes(name):
            with suppress(psutil.Error):
                process.kill()

    def _processes(self, name: str) -> list[psutil.Process]:
        """The process of a kernel and all below it; none before it started and after it ended."""
        import psutil

        found: list[psutil.Process] = []
        for child in psutil.Process().children():
            with suppress(psutil.Error):
                if self._made[name].mark in child.cmdline():
                    found += [*child.children(recursive=True), child]
        return found


@contextmanager
def own_kernels() -> Iterator[Kernels]:
    """Kernels of this interpreter for as long as the context lasts; at its end all are stopped.

    Everything Jupyter and IPython would read from or write to the home directory (kernels, start-up scripts, history,
    connection files) is redirected to a folder that goes away at the end, so that a run depends on nothing outside
    the project and works for a scheduler's user without a home. Folders of runs that were killed are removed here.
    """
    import filelock

    remove_left()
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as made:
        folder = Path(made)
        lock = filelock.FileLock(folder / "lock", blocking=False)
        lock.acquire()
        (folder / "run").mkdir()
        (folder / "ipython").mkdir()
        redirected = {"JUPYTER_PATH": made, "JUPYTER_RUNTIME_DIR": str(folder / "run"), "IPYTHONDIR": str(folder / "ipython")}
        kernels = Kernels(folder)
        try:
            with _environment(redirected):
                yield kernels
        finally:
            kernels.stop_all()
            lock.release()


def remove_left() -> None:
    """Remove the folders of kernels whose run is gone: the system let go of the lock in them."""
    import filelock

    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        lock = filelock.FileLock(folder / "lock", blocking=False)
        with suppress(OSError, filelock.Timeout):
            made = folder.stat()
            begun = (folder / "lock").exists() or time.time() - made.st_mtime > _ABANDONED
            if begun and (not hasattr(os, "getuid") or made.st_uid == os.getuid()):
                lock.acquire()
                shutil.rmtree(folder, ignore_errors=True)
                lock.release()


def _transport(folder: Path, number: int) -> dict[str, str]:
    """Sockets in a private folder where they fit: unlike TCP ports, no other user of the machine can reach them.

    Without `ip`, Jupyter names them `kernel-ipc-1` and so on in the working directory, where two runs would collide.
    """
    if os.name == "posix" and len(os.fsencode(folder)) <= _LONGEST_FOLDER:
        return {"transport": "ipc", "ip": str(folder / str(number))}
    return {"transport": "tcp"}


def _write_kernelspec(folder: Path, tables: Path | None) -> None:
    """A kernel of this interpreter. `ignore_cwd` keeps a `pandas.py` in the user's folder from being imported."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--IPKernelApp.ignore_cwd=True", _SILENT]
    paths = os.pathsep.join(filter(None, [str(places.ROOT), os.environ.get("PYTHONPATH")]))
    environment = {"PYTHONPATH": paths, surroundings.TABLES: str(tables or "")}
    spec = {"argv": command, "display_name": "Python 3", "language": "python", "env": environment}
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
