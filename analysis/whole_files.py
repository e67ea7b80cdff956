"""Files and folders that appear whole or not at all: written beside under another name, put on the disk, then renamed.

Temporary names are `.NAME.PROCESS.RANDOM.part`, with the beginning of the name they will have. What a process that is gone
left under such a name is removed by the next that writes there; nothing else ever is.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import hashlib
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from analysis.errors import InputError, UsageError

#: An error of the system in an error of pyarrow: "Error writing bytes to file. Detail: [errno 28] No space left on device".
_INNER = re.compile(r"\[errno (\d{1,6})\] ([^\[\]]+?)\.?$", re.IGNORECASE)

#: Bytes of a name that its temporary name repeats: what is added must fit beside the longest name.
_HINT = 60

#: Temporary names, with the beginning of the name to come and the number of the process.
_PART = re.compile(r"\.(.+)\.([0-9]{1,10})\.[0-9a-f]{8}\.part", re.DOTALL)

#: Seconds for which a file of a process that seems gone must have lain still: the process may run on another machine.
_ABANDONED = 3600.0

#: Letters of a name that an error shows.
_SHOWN = 60

#: renameat2(2): AT_FDCWD and RENAME_EXCHANGE.
_HERE, _EXCHANGE = -100, 2


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file to write in place of `path`: it takes that name when all went well, and is gone otherwise.

    A link is followed. Folders above are made. The file has the permissions that the umask gives a new one.

    Raises:
        UsageError: `path` is no name for a file (`check_file`).
        InputError: it cannot be written; says why.
    """
    place = check_file(path)
    part = file_beside(place)
    try:
        with writing(path):
            yield part
            put_file(part, place)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill in place of `folder`: it takes that name, and the place of what was there, when all went well.

    Raises:
        UsageError: `folder` is no name for a folder (`check_folder`).
        InputError: it cannot be written; says why.
    """
    place = check_folder(folder)
    part = folder_beside(place)
    try:
        with writing(folder):
            yield part
            put_folder(part, place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def check_file(path: Path) -> Path:
    """Where a file of this name would be written, links followed.

    Raises:
        UsageError: it is a folder or a device, or the name is too long or no text.
    """
    check_name(path)
    with writing(path):
        if not path.name or path.is_dir():
            raise UsageError(f"{path}: is a folder; give the name of a file.")
        if path.exists() and not path.is_file():
            raise UsageError(f"{path}: is no regular file and cannot be replaced; give another name.")
        return Path(os.path.realpath(path)) if path.is_symlink() else path


def check_folder(folder: Path) -> Path:
    """The path of a folder that is to be replaced, links followed.

    Raises:
        UsageError: it is a file, the name is too long or no text, or the program runs in it.
    """
    check_name(folder)
    with writing(folder):
        place = Path(os.path.realpath(folder))
        if place.exists() and not place.is_dir():
            raise UsageError(f"{folder}: is a file; give a folder as --out.")
        if _is_above(place):
            raise UsageError(f"{folder}: is the folder this runs in, or above it, and would be replaced; give one of its own.")
        return place


def _is_above(folder: Path) -> bool:
    with suppress(OSError):  # the working folder may be gone
        return Path.cwd().is_relative_to(folder)
    return False


def check_name(path: Path) -> None:
    """Raise a UsageError where the parts of a path cannot be names."""
    if "\0" in str(path):
        raise UsageError(f"{path}: no name holds a zero byte; choose another.")
    if any("\ud800" <= letter <= "\udfff" for letter in str(path)):
        raise UsageError(f"{path}: the name is not UTF-8 text, and most tools could not open it; choose another.")
    most = _longest_name(path.parent)
    for name in path.parts:
        if (size := len(os.fsencode(name))) > most:
            raise UsageError(f"{_shown(name)}: this name has {size:,} bytes, and here it may have {most}; give a shorter one.")


def _longest_name(folder: Path) -> int:
    """Bytes that a name may have in a folder, or in the nearest one above it that is there."""
    if os.name == "posix":  # elsewhere letters count, and the system says it
        for place in (folder, *folder.parents):
            with suppress(OSError, ValueError):
                return os.pathconf(place, "PC_NAME_MAX")
    return sys.maxsize


def _shown(text: object) -> str:
    return text if len(text := str(text)) <= _SHOWN else f"{text[:_SHOWN]}…"


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Errors of the file system as one line that names what was to be written.

    Raises:
        UsageError: the name is too long.
        InputError: anything else; says why.
    """
    try:
        yield
    except OSError as error:
        number, why = _cause(error)
        if number == errno.ENAMETOOLONG:
            raise UsageError(f"{_shown(path.name)}: this name is too long for the file system; give a shorter one.") from error
        todo = "make room, or choose" if number in (errno.ENOSPC, errno.EDQUOT) else "choose"
        raise InputError(f"{path}: cannot be written ({why}); {todo} another place with --out.") from error


def _cause(error: OSError) -> tuple[int | None, str]:
    """The number of an error, and what the system calls it: pyarrow writes both into a text of its own."""
    text = " ".join((error.strerror or str(error)).split())
    inner = _INNER.search(text)
    return (int(inner[1]), inner[2]) if inner else (error.errno, text)


def file_beside(path: Path) -> Path:
    """An empty file next to `path` under a name of its own, to be put in its place. Whoever makes it removes it.

    Raises:
        UsageError, InputError: as `writing`.
    """
    with writing(path):
        part = _beside(path)
        part.touch(exist_ok=False)
        return part


def folder_beside(folder: Path) -> Path:
    """An empty folder next to `folder` under a name of its own, to be put in its place. Whoever makes it removes it.

    Raises:
        UsageError, InputError: as `writing`.
    """
    with writing(folder):
        part = _beside(folder)
        part.mkdir()
        return part


def unfinished(path: Path, version: str = "") -> Path:
    """Where what has come of `path` waits for the rest, from one process to the next: it is never removed as left over.

    `version` tells contents apart that cannot be put together.
    """
    key = f"{path.name}\0{version}".encode("utf-8", "surrogatepass")
    return path.with_name(f".{_hint(path.name)}.{hashlib.blake2b(key, digest_size=6).hexdigest()}.part")


def _beside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    _look_once(path.parent)
    return path.with_name(f".{_hint(path.name)}.{os.getpid()}.{secrets.token_hex(4)}.part")


def _hint(name: str) -> str:
    return os.fsencode(name)[:_HINT].decode("utf-8", "ignore")


def put_file(part: Path, path: Path) -> None:
    """Give a finished file its name. Its content is on the disk before, so that the rename cannot overtake it.

    Raises:
        OSError: as the system says it; `writing` makes a line of it.
    """
    _sync_file(part)
    part.replace(path)


def put_folder(part: Path, folder: Path, aside: Path | None = None) -> None:
    """Give a finished folder its name; if there was one, `part` names that one afterwards.

    Where the system can exchange two names at once, readers see one or the other. Where it cannot, the old one lies under
    `aside` for a moment.

    Raises:
        OSError: as the system says it; `writing` makes a line of it.
    """
    _sync_all(part)
    _name(part, folder, aside or part.with_suffix(".old"))
    _sync_folder(folder.parent)


def put_link(target: Path, link: Path) -> Path | None:
    """Make `link` lead to `target` (relative to the link's folder) in one step; says where a folder that bore its name lies now.

    Raises:
        OSError: as the system says it: links are not possible there, or not allowed.
    """
    part = _beside(link)
    part.symlink_to(target, target_is_directory=True)
    try:
        if link.is_symlink() or not link.exists():
            part.replace(link)
            part = link
        elif not exchange(part, link):
            aside = _beside(link)
            link.rename(aside)
            part.replace(link)
            part = aside
        _sync_folder(link.parent)
    except BaseException:
        if part.is_symlink() and part != link:
            part.unlink()
        raise
    return None if part == link else part


def _name(part: Path, folder: Path, aside: Path) -> None:
    if not folder.exists():
        try:
            part.rename(folder)
            return
        except OSError:
            if not folder.exists():
                raise  # else somebody has just put one there
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    if exchange(part, folder):
        return
    folder.rename(aside)
    try:
        part.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    with suppress(OSError):  # the new one is in place all the same
        aside.rename(part)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system cannot (only Linux can, and not on every file system)."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return bool(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def _sync_file(path: Path) -> None:
    with path.open("rb" if os.name == "posix" else "r+b") as stream:
        os.fsync(stream.fileno())


def _sync_all(folder: Path) -> None:
    """Put a folder and all in it on the disk, before any name points at them."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            _sync_file(path)
        elif path.is_dir():
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        with suppress(OSError):  # some file systems cannot
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


@functools.cache
def _look_once(folder: Path) -> None:
    remove_leftovers(folder)


def remove_leftovers(folder: Path, locked: Collection[str] | None = ()) -> None:
    """Remove temporary files and folders of processes that are gone, once they have lain still for an hour.

    Those that were to become a file or folder named in `locked` go at once: the caller holds their lock, so nobody writes them.
    None stands for all names.
    """
    for part in [path for path in folder.iterdir() if _PART.fullmatch(path.name)]:
        with suppress(OSError):
            if _is_left(part, locked):
                if part.is_dir() and not part.is_symlink():
                    shutil.rmtree(part)
                else:
                    part.unlink()


def _is_left(part: Path, locked: Collection[str] | None) -> bool:
    match = _PART.fullmatch(part.name)
    assert match is not None
    if locked is None or match[1] in locked:
        return True
    inside = part.rglob("*") if part.is_dir() and not part.is_symlink() else ()
    touched = max(path.lstat().st_mtime for path in (part, *inside))
    return not _alive(int(match[2])) and time.time() - touched > _ABANDONED


def _alive(process: int) -> bool:
    """Whether a process runs, as far as can be told: where asking would stop it (Windows), it counts as running."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass  # somebody else's
    return True
