"""Publishing a finished folder: the last good one is there until a whole new one takes its place."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.errors import BusyError, UsageError
from analysis.report.record import files_of_run

#: renameat2(2): AT_FDCWD and RENAME_EXCHANGE.
_HERE, _EXCHANGE = -100, 2


class Place:
    """An output folder and its neighbours: where a run is built, where the last good one waits, where a failed one goes."""

    def __init__(self, folder: Path) -> None:
        """Nothing is touched yet.

        Raises:
            UsageError: the folder is a file, or holds something that is not a run of ours.
        """
        self.folder = folder.resolve()
        self.failed = self._beside(f"{self.folder.name}.failed")
        self.previous = self._beside(f".{self.folder.name}.previous")
        self.lock = self._beside(f".{self.folder.name}.lock")
        for place in (self.folder, self.failed):
            _check_ours(place)

    def _beside(self, name: str) -> Path:
        return self.folder.with_name(name)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other runs out for as long as the context lasts, and tidy up after one that was killed.

        Raises:
            BusyError: another run holds the folder.
            UsageError: the folder cannot be made there.
        """
        import filelock

        lock = filelock.FileLock(self.lock, blocking=False)
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except filelock.Timeout:
            raise BusyError(f"{self.folder}: another run holds this folder; wait for it, or give another --out.") from None
        except OSError as error:
            raise UsageError(f"{self.folder}: cannot write there ({error.strerror or error}); give another --out.") from error
        try:
            self._recover()
            yield
        finally:
            lock.release()

    def _recover(self) -> None:
        """Put the last good run back if a run was killed between two renames; remove what it left half built."""
        if self.previous.exists():
            if self.folder.exists():
                shutil.rmtree(self.previous)
            else:
                self.previous.rename(self.folder)
        for left in self.folder.parent.glob(f".{_literal(self.folder.name)}.building-*"):
            shutil.rmtree(left)

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A fresh folder beside the place; it goes away unless `publish` or `set_aside` moved it."""
        made = Path(tempfile.mkdtemp(prefix=f".{self.folder.name}.building-", dir=self.folder.parent))
        made.chmod(0o755)
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def publish(self, built: Path) -> None:
        """Make `built` the folder. Where the system can swap two names at once, readers see one run or the other."""
        _sync(built)
        _check_ours(self.folder)  # a run takes minutes, in which somebody may have put a file there
        if not self.folder.exists():
            built.rename(self.folder)
        elif _swap(built, self.folder):
            shutil.rmtree(built)
        else:
            self.folder.rename(self.previous)
            built.rename(self.folder)
            shutil.rmtree(self.previous)
        _sync_folder(self.folder.parent)

    def set_aside(self, built: Path) -> Path:
        """Keep a failed run beside the folder, in place of an older failed one; says where."""
        _check_ours(self.failed)
        if self.failed.exists():
            shutil.rmtree(self.failed)
        built.rename(self.failed)
        return self.failed


def _check_ours(folder: Path) -> None:
    """Raise a UsageError where putting a run there would take away what no run of ours wrote."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is a file; give a folder as --out.")
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    ours = files_of_run(folder)
    if found and not ours:
        raise UsageError(f"{folder}: holds files that are not a report; a run would replace them. Give another --out.")
    if foreign := sorted(found - ours):
        names = ", ".join(foreign[:3]) + (" and more" if len(foreign) > 3 else "")
        raise UsageError(
            f"{folder}: beside a report it holds {names}, which a run would take away. Move it, or give another --out."
        )


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _swap(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system cannot (only Linux can, and not on every file system)."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return bool(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def _sync(folder: Path) -> None:
    """Put the files of a folder on the disk before any name points at them."""
    for path in (found for found in folder.rglob("*") if found.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
