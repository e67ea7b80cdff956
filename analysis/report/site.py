"""A site: a folder of editions, of which `latest` is the last good one, whole at every moment."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from analysis.errors import BusyError, UsageError
from analysis.report.contents import CONTENTS, FEED, write_contents
from analysis.report.record import INDEX
from analysis.report.shelf import Edition, Shelf, read_record
from analysis.whole_files import check_name, folder_beside, put_folder, put_link, remove_leftovers, writing

#: What a run works in until it is an edition: `.building.` and random digits, so that no kernel that outlived its run meets it.
_BUILDING = ".building."

#: Where the last good one lies for a moment, on systems that can neither link nor exchange two names.
_ASIDE = ".latest.previous"


class Site:
    """The folder that a report is published to, and the names in it that are ours."""

    def __init__(self, folder: Path) -> None:
        """Nothing is touched yet.

        Raises:
            UsageError: the folder is a file or the root, its name cannot be one, or what bears our names in it is not ours.
        """
        check_name(folder)
        with writing(folder):
            self.folder = Path(os.path.realpath(folder))
        self.shelf = Shelf(self.folder / "editions")
        self.latest = self.folder / "latest"
        self.lock = self.folder / ".lock"
        self._check_ours()

    def _check_ours(self) -> None:
        if self.folder == self.folder.parent:
            raise UsageError(f"{self.folder}: is the root of the file system; give a folder as --out.")
        for place in (self.folder, self.shelf.folder):
            if place.exists() and not place.is_dir():
                raise UsageError(f"{place}: is a file; give a folder as --out.")
        if read_record(self.folder):
            raise UsageError(f"{self.folder}: is one edition or a report of an older version; give the folder above, or another.")
        for name in (INDEX, FEED):
            if not _is_contents(self.folder / name):
                raise UsageError(f"{self.folder / name}: is not of a report, and a run would replace it. Give another --out.")
        _check_latest(self.latest, self.shelf.folder)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other runs out for as long as the context lasts, and first finish or tidy up what a killed one left.

        The system lets go of the lock of a process that is gone, so there are no stale ones.

        Raises:
            BusyError: another run holds the folder; says which.
            UsageError: the folder cannot be made, or written to.
        """
        import filelock

        holder = self.folder / ".holder.json"
        lock = filelock.FileLock(self.lock, blocking=False)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except filelock.Timeout:
            raise BusyError(f"{self.folder}: {_holding(holder)}; wait for it, or give another --out.") from None
        except OSError as error:
            raise UsageError(f"{self.folder}: cannot write there ({error.strerror or error}); give another --out.") from error
        try:
            with writing(self.folder):
                self.shelf.folder.mkdir(exist_ok=True)
                holder.write_text(json.dumps({"process": os.getpid(), "host": socket.gethostname(), "since": _now()}))
                self._recover()
            yield
        finally:
            with suppress(OSError):
                holder.unlink()
            lock.release()

    def _recover(self) -> None:
        """Finish what a run that was killed had published by half, and remove its temporary names: we hold the lock of all."""
        remove_leftovers(self.folder, locked={self.latest.name, INDEX, FEED})
        remove_leftovers(self.shelf.folder, locked=None)
        for gone in self.shelf.folder.glob(".*.gone"):
            shutil.rmtree(gone, ignore_errors=True)
        last, shown = self.shelf.last, read_record(self.latest)
        if last and int(shown.get("number", -1)) < last.number and (shown or not self.latest.exists()):
            self.point(last)
            self.write_contents()
        shutil.rmtree(self.folder / _ASIDE, ignore_errors=True)

    def unfinished(self) -> list[Path]:
        """Folders in which runs worked that were killed, the newest first."""
        found = [path for path in self.shelf.folder.glob(f"{_BUILDING}*") if path.is_dir()]
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)

    @contextmanager
    def building(self, going_on: Path | None = None) -> Iterator[Path]:
        """A folder to work in: a fresh one, or one of `unfinished`; the others go at once. It goes unless it is published."""
        for left in self.unfinished():
            if left != going_on:
                shutil.rmtree(left, ignore_errors=True)
        made = going_on or self._fresh()
        for place in sorted((made, *(path for path in made.rglob("*") if path.is_dir())), reverse=True):
            remove_leftovers(place, locked=None)  # of a run that goes on; its folder is ours alone
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def _fresh(self) -> Path:
        made = folder_beside(self.shelf.folder / "building")
        named = made.with_name(f"{_BUILDING}{made.name.split('.')[-2]}")
        made.rename(named)
        return named

    def publish(self, built: Path, name: str) -> Edition:
        """Make `built` the edition `name`; where it is good, `latest` leads to it. Nothing can interrupt it, short of a kill.

        Raises:
            UsageError: somebody put a file of his own under one of our names meanwhile; says where the edition is.
            InputError: it cannot be put in place.
        """
        with uninterrupted(), writing(self.shelf.folder / name):
            place = self.shelf.folder / name
            put_folder(built, place)
            edition = Edition(place, read_record(place))
            try:
                self._check_ours()  # a run takes minutes
            except UsageError as error:
                raise UsageError(f"{error} The finished pages are in {place}.") from error
            if edition.good:
                self.point(edition)
            self.write_contents()
        return edition

    def point(self, edition: Edition) -> None:
        """Let `latest` be an edition: a link, or a copy where links cannot be."""
        old: Path | None = None
        try:
            old = put_link(Path(self.shelf.folder.name) / edition.id, self.latest)
        except (OSError, NotImplementedError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            part = folder_beside(self.latest)
            shutil.copytree(edition.folder, part, dirs_exist_ok=True)
            put_folder(part, self.latest, aside=self.folder / _ASIDE)
            old = part if part.exists() else None
        if old:
            self._adopt(old)

    def _adopt(self, old: Path) -> None:
        """What bore the name `latest`: a copy of an edition goes, a report of an older version becomes an edition."""
        record = read_record(old)
        known = {edition.started for edition in self.shelf.all}
        if not record or record.get("started") in known:
            shutil.rmtree(old, ignore_errors=True)
            return
        name, _ = self.shelf.next(datetime.fromisoformat(str(record["started"])))
        old.rename(self.shelf.folder / name)

    def write_contents(self) -> None:
        """Write the lists of editions, and the feed."""
        write_contents(self.folder, self.shelf.folder, self.shelf.all, self.shelf.last)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let signals that ask to stop wait until the context ends; only the main thread gets any."""
    asked = {signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])}
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, asked)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _check_latest(latest: Path, editions: Path) -> None:
    """Raise a UsageError where `latest` is neither missing, nor a link into the editions, nor a report of ours alone."""
    if latest.is_symlink():
        if Path(os.path.realpath(latest)).parent != editions:
            raise UsageError(f"{latest}: is a link to another place, and a run would replace it. Give another --out.")
        return
    if not latest.exists():
        return
    if not latest.is_dir():
        raise UsageError(f"{latest}: is a file, and a run would replace it. Give another --out.")
    found, record = {path.name for path in latest.iterdir()}, read_record(latest)
    if found and not record:
        raise UsageError(f"{latest}: holds files that are not a report; a run would replace them. Give another --out.")
    if foreign := sorted(found - Edition(latest, record).names if record else ()):
        names = ", ".join(foreign[:3]) + (" and more" if len(foreign) > 3 else "")
        raise UsageError(f"{latest}: beside a report it holds {names}, which a run would move. Move it, or give another --out.")


def _is_contents(path: Path) -> bool:
    """Whether a file is missing, or a list of editions that we wrote."""
    if not path.exists() and not path.is_symlink():
        return True
    try:
        return path.is_file() and CONTENTS in path.read_text(encoding="utf-8")[:2000]
    except (OSError, ValueError):
        return False


def _holding(holder: Path) -> str:
    try:
        told = json.loads(holder.read_text(encoding="utf-8"))
        return f"another run holds this folder (process {told['process']} on {told['host']}, since {told['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another run holds this folder"


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M UTC}"
