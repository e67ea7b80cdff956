"""Publishing a finished folder: the last good one is there until a whole new one takes its place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from analysis.errors import BusyError, UsageError, WorkbookError
from analysis.report.record import files_of_run
from analysis.whole_files import check_folder, folder_beside, put_folder, remove_leftovers, writing

#: Bytes of the longest name beside a folder that are not the folder's own.
_BESIDE = len(".unpublished-99")


class Place:
    """An output folder and its neighbours: where a run is built, where the last good one waits, where a failed one goes."""

    def __init__(self, folder: Path) -> None:
        """Nothing is touched yet.

        Raises:
            UsageError: the folder is a file, holds something that is not a run of ours, or cannot be one (`check_folder`).
        """
        self.folder = check_folder(folder, _BESIDE)
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
        remove_leftovers(self.folder.parent, locked=self.folder.name)

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A fresh folder beside the place; it goes away unless `publish` or `set_aside` moved it."""
        made = folder_beside(self.folder)
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def publish(self, built: Path) -> None:
        """Make `built` the folder. Where the system can swap two names at once, readers see one run or the other.

        Raises:
            UsageError: somebody put a file there meanwhile; says where the finished pages are kept.
            InputError: the folder cannot be put in place; the same.
        """
        try:
            _check_ours(self.folder)  # a run takes minutes, in which somebody may have put a file there
            with writing(self.folder):
                put_folder(built, self.folder, aside=self.previous)
        except WorkbookError as error:
            kept = self._keep(built, "unpublished")
            raise type(error)(f"{error} The finished pages are in {kept}.") from error

    def set_aside(self, built: Path) -> Path:
        """Keep a failed run beside the folder, in place of an older failed one; says where."""
        try:
            _check_ours(self.failed)
        except UsageError:
            return self._keep(built, "failed")
        if self.failed.exists():
            shutil.rmtree(self.failed)
        built.rename(self.failed)
        return self.failed

    def _keep(self, built: Path, ending: str) -> Path:
        """Give a run the first free name beside the folder."""
        names = (f"{self.folder.name}.{ending}" + (f"-{number}" if number > 1 else "") for number in count(1))
        free = next(path for path in map(self._beside, names) if not path.exists())
        built.rename(free)
        return free


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
