"""Fetching the known data sets into data/raw/: gathered in a hidden folder, each file checked, and renamed when whole."""

from __future__ import annotations

import base64
import binascii
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from analysis import places
from analysis.errors import BusyError, InputError, UsageError
from analysis.results.spelling import did_you_mean
from analysis.results.terminal import say
from analysis.sources.datasets import KNOWN, Dataset
from analysis.sources.transfer import (
    CONNECT,
    SILENCE,
    LaterError,
    Remote,
    Stream,
    WrongError,
    is_whole,
    patiently,
    reason,
    refusal,
    resumed_at,
    transfer,
)
from analysis.whole_files import put_folder, unfinished

if TYPE_CHECKING:
    import requests

#: Bytes of a file taken at once.
PIECE = 1 << 16


def fetch(name: str, out: Path = places.RAW, *, update: bool = False) -> Path:
    """Fetch a known data set into the folder `out`/`name` and return that folder; one that is there already is kept.

    Files keep the paths they have in their repository. They are gathered in a hidden folder beside it, which is renamed
    when all are whole. After an interruption the next call goes on where this one stopped.

    Args:
        update: whether one that is there already is brought to what its server has now: files that have the size and hash
            announced are kept, the others fetched, and the folder is exchanged in one step. Where anything fails, the old one
            stands.

    Raises:
        UsageError: no data set of that name is known; the message lists those that are.
        BusyError: another process is fetching it.
        InputError: the server refuses, cannot be reached, or sends something else than it announced; the disk is full.
    """
    dataset = KNOWN.get(name)
    if dataset is None:
        raise UsageError(
            f"no data set named {name!r} is known{did_you_mean(name, KNOWN)}; the known ones are {', '.join(KNOWN)}."
        )
    folder, gathering = out / name, unfinished(out / name)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _held(out / f".{name}.lock", name):
            if folder.is_dir() and not update:
                say(f"{folder} is there already; fetch it with --update to have what was published since.")
                return folder
            try:
                if _gather(dataset, gathering, folder):
                    put_folder(gathering, folder)
                    shutil.rmtree(gathering, ignore_errors=True)  # where there was a folder, the old one has that name now
            finally:
                _remove_empty(gathering)
    except OSError as error:  # the network's errors are InputErrors by now: these are the disk's
        again = "mend that, then run the same command again"
        raise InputError(f"{out}: cannot write the data set there ({error.strerror or error}); {again}.") from error
    return folder


@contextmanager
def _held(lock: Path, name: str) -> Iterator[None]:
    """Keep other processes from fetching the same data set for as long as the context lasts.

    The lock is an empty hidden file that stays, as beside reports: removing it could let two in at once.
    """
    import filelock

    held = filelock.FileLock(lock, blocking=False)
    try:
        held.acquire()
    except filelock.Timeout:
        raise BusyError(f"{name}: another process is fetching it; wait for that one.") from None
    try:
        yield
    finally:
        held.release()


def refresh(reference: str, out: Path = places.RAW) -> None:
    """Bring the known data set that a reference to published boards names to what its server has now; files are as they are.

    Raises:
        BusyError, InputError: as `fetch`; what was there before stands.
    """
    name = reference.partition("?")[0].partition("/")[0]
    if name in KNOWN and not Path(reference.partition("?")[0]).exists():
        fetch(name, out, update=True)


def _gather(dataset: Dataset, gathering: Path, folder: Path) -> bool:
    """Bring every file of the data set to its path below `gathering`, and nothing else; those that `folder` has are taken there.

    False where `folder` has them all, and then nothing is gathered.
    """
    with _remotes(dataset) as remotes:
        here = {remote.path for remote in remotes if is_whole(remote, folder)}
        if folder.is_dir() and {PurePosixPath(path) for path in _files(folder)} == here == {remote.path for remote in remotes}:
            say(f"{folder} has all that is published.")
            return False
        gathering.mkdir(exist_ok=True)
        _keep_only(gathering, {path for remote in remotes for path in (gathering / remote.path, remote.part(gathering))})
        for remote in remotes:
            if remote.path in here and not (gathering / remote.path).exists():
                (gathering / remote.path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(folder / remote.path, gathering / remote.path)
            transfer(remote, gathering)
    return True


def _files(folder: Path) -> Iterator[str]:
    """The files below a folder, by their paths in it."""
    return (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _remotes(dataset: Dataset) -> AbstractContextManager[list[Remote]]:
    if dataset.url:
        return _plain(dataset)
    from analysis.sources.hub import repository

    return repository(dataset)


def _keep_only(gathering: Path, wanted: Iterable[Path]) -> None:
    """Remove what an earlier call left there of files that have changed or gone since."""
    for path in gathering.rglob("*"):
        if not path.is_dir() and path not in wanted:
            path.unlink()
    _remove_empty(gathering)
    gathering.mkdir(exist_ok=True)


def _remove_empty(folder: Path) -> None:
    """Remove the folder and the folders in it, so far as no file is in them."""
    if folder.is_dir():
        for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
            with suppress(OSError):
                path.rmdir()
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def _plain(dataset: Dataset) -> Iterator[list[Remote]]:
    """The one file of a data set that has an address of its own, as its server describes it now."""
    yield [patiently(lambda: _described(dataset))]


def _described(dataset: Dataset) -> Remote:
    with _get(dataset, {}) as answer:
        size, digest, version = _size(answer), _digest(answer), _version(answer)
        if size is None and digest is None and answer.headers.get("Transfer-Encoding", "").lower() != "chunked":
            raise InputError(f"{dataset.url}: neither length nor hash are announced, so whether it is whole could not be told.")
    path = PurePosixPath(unquote(PurePosixPath(urlsplit(dataset.url).path).name))
    return Remote(path, dataset.url, size, digest, version, partial(_open, dataset, size, version))


def _size(answer: requests.Response) -> int | None:
    """The announced number of bytes; None where the server announces none that can be compared."""
    announced = answer.headers.get("Content-Length", "")
    return int(announced) if announced.isdigit() and "Content-Encoding" not in answer.headers else None


def _digest(answer: requests.Response) -> tuple[str, str] | None:
    """The MD5 that Google's storage sends along, of the file as it is stored."""
    found = re.search(r"\bmd5=([A-Za-z0-9+/]{22}==)", answer.headers.get("x-goog-hash", ""))
    if found is None or "Content-Encoding" in answer.headers:
        return None
    with suppress(binascii.Error):
        return "md5", base64.b64decode(found[1]).hex()
    return None


def _version(answer: requests.Response) -> str:
    """The strong entity tag; empty where parts could not be put together."""
    tag = answer.headers.get("ETag", "")
    return "" if tag.startswith("W/") or "Content-Encoding" in answer.headers else tag


@contextmanager
def _open(dataset: Dataset, size: int | None, version: str, start: int) -> Iterator[Stream]:
    asked = {"Range": f"bytes={start}-", "If-Range": version} if start else {}
    with _get(dataset, asked) as answer:
        if _version(answer) != version:
            raise WrongError(f"{dataset.url}: the file changed on the server meanwhile; run the same command again.")
        start = resumed_at(dataset.url, start, answer.status_code, answer.headers.get("Content-Range", ""))
        announced = _size(answer)
        if announced is not None and size is not None and announced != size - start:
            raise WrongError(f"{dataset.url}: {announced:,} bytes are announced in place of {size - start:,}; nothing is kept.")
        yield Stream(start, _pieces(answer))


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    """The body as it comes: `iter_content` would wait for a piece to be full, however slow the server is."""
    while piece := answer.raw.read1(PIECE, decode_content=True):
        yield piece


@contextmanager
def _get(dataset: Dataset, headers: dict[str, str]) -> Iterator[requests.Response]:
    """The server's answer to a request for the file, errors turned into one line. Bytes are not compressed on the way."""
    import requests
    from urllib3.exceptions import HTTPError

    address, sent = dataset.url, {"Accept-Encoding": "identity", **headers}
    try:
        answer = requests.get(address, headers=sent, stream=True, timeout=(CONNECT, SILENCE))
    except (requests.ReadTimeout, requests.exceptions.ChunkedEncodingError) as error:
        raise LaterError(f"{address}: no answer ({reason(error)})") from error
    except requests.RequestException as error:
        raise InputError(f"{address}: cannot be reached ({reason(error)}); check the network.") from error
    with answer:
        if not answer.ok:
            raise refusal(dataset, address, answer.status_code, answer.headers.get("Retry-After", ""))
        try:
            yield answer
        except (HTTPError, requests.RequestException) as error:
            raise LaterError(f"{address}: the transfer broke off ({reason(error)})") from error
