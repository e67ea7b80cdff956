"""One file over the network: resumed after a break, at a least speed, never longer than announced, checked when whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import monotonic, sleep
from typing import NamedTuple, TypeVar

from analysis.errors import InputError
from analysis.results.terminal import on_terminal, say
from analysis.results.unseen import visible
from analysis.sources.datasets import Dataset, hub
from analysis.whole_files import put_file, unfinished

#: Seconds to wait for a connection, and between two pieces of an answer.
CONNECT, SILENCE = 15, 60

#: Bytes a second that an answer must bring on average over each window of so many seconds.
LEAST_SPEED, WINDOW = 1_000, 60

#: How often one thing is tried, the seconds before the second time (doubled each time), and the most that a server may ask for.
ATTEMPTS, PAUSE, LONGEST_WAIT = 4, 1.0, 20.0

#: Bytes of the largest file that is taken where its size is not announced.
LARGEST = 64 << 30

#: HTTP status codes.
OK, PARTIAL_CONTENT, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY, SERVER_ERROR = 200, 206, 401, 403, 404, 429, 500

Result = TypeVar("Result")


class Stream(NamedTuple):
    """An open answer: the byte of the file that it starts with, and the pieces in which it comes."""

    start: int
    pieces: Iterator[bytes]


@dataclass(frozen=True)
class Remote:
    """A file on a server.

    `path` is where it goes below the folder of its data set, `size` its bytes (None: not announced), `digest` the
    algorithm (`sha256`, `md5`, or `git` for git's SHA-1 of a blob) and the hexadecimal hash of its content, if known.
    `version` is the same for as long as the content is; empty where the server does not tell, and then nothing is
    resumed. `open` asks for the content from a byte on; an answer may start at 0 all the same.
    """

    path: PurePosixPath
    address: str
    size: int | None
    digest: tuple[str, str] | None
    version: str
    open: Callable[[int], AbstractContextManager[Stream]]

    def part(self, folder: Path) -> Path:
        """Where its first bytes wait for the rest."""
        return unfinished(folder / self.path, self.version)


class LaterError(InputError):
    """May go well when it is tried again, after `wait` seconds if the server says how many."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(f"{what}; run the same command again to go on.")
        self.what, self.wait = what, wait


class WrongError(InputError):
    """What came is not the file that was announced: none of it is of use."""


def transfer(remote: Remote, folder: Path) -> None:
    """Bring a file to its path below `folder`, unless it is there and whole.

    What came before a break stays beside it as `.….part`, if the next call can go on from there.

    Raises:
        InputError: the server refuses, breaks off, is too slow, or sends something else than it announced.
        OSError: the disk is full, or cannot be written.
    """
    target, part = folder / remote.path, remote.part(folder)
    if target.exists() and not _fault(remote, target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        patiently(lambda: _receive(remote, part))
        if fault := _fault(remote, part):
            raise WrongError(f"{remote.address}: {fault}; nothing of it is kept. Run the same command again.")
        put_file(part, target)
    except BaseException as error:
        if isinstance(error, WrongError) or not remote.version or not _length(part):
            part.unlink(missing_ok=True)
        raise


def is_whole(remote: Remote, folder: Path) -> bool:
    """Whether a file is at its path below `folder` as the server has it; False where the server tells no hash to know it by."""
    path = folder / remote.path
    return remote.digest is not None and path.is_file() and not _fault(remote, path)


def patiently(action: Callable[[], Result]) -> Result:
    """What `action` returns; tried again, after a pause, when it raises a `LaterError` that asks for no long wait."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return action()
        except LaterError as error:
            wait = PAUSE * 2 ** (attempt - 1) if error.wait is None else error.wait
            if attempt == ATTEMPTS or wait > LONGEST_WAIT:
                raise
            say(f"{error.what}; trying again in {wait:.0f} s")
            sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def refusal(dataset: Dataset, address: str, status: int, retry_after: str = "", *, token: bool = False) -> InputError:
    """The error for an HTTP status: what it means and what to do. `token` says whether one was sent."""
    if status == UNAUTHORIZED and token:
        tokens = f"{hub()}/settings/tokens"
        return InputError(
            f"{address}: the hub does not accept this token (HTTP 401). Make one at {tokens} and set HF_TOKEN to it."
        )
    if status in (UNAUTHORIZED, FORBIDDEN):
        return InputError(f"{address}: access refused (HTTP {status}). {_way_in(dataset)}")
    if status == NOT_FOUND:
        return InputError(f"{address}: not there (HTTP 404); {dataset.page} may say where it went.")
    if status == TOO_MANY:
        wait = int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10 else None
        long = f" {wait:,} s" if wait is not None else ""
        return LaterError(f"{address}: too many requests, the server asks to wait{long} (HTTP 429)", wait)
    if status >= SERVER_ERROR:
        return LaterError(f"{address}: the server fails (HTTP {status})")
    return InputError(f"{address}: the server answers HTTP {status}; see {dataset.page}.")


def _way_in(dataset: Dataset) -> str:
    if dataset.url:
        return "The file is not public any more."
    return f"Accept the licence ({dataset.licence}) at {dataset.page}, and set HF_TOKEN to a token of that account."


def reason(error: BaseException) -> str:
    """The innermost cause in a few words, safe on a terminal: libraries wrap errors in errors."""
    while isinstance(error.__context__, Exception):
        error = error.__context__
    return visible(" ".join(str(error).split()))[:120] or type(error).__name__


def resumed_at(address: str, asked: int, status: int, content_range: str) -> int:
    """The byte that an answer starts with, if byte `asked` was asked for: that one, or 0 where the server cannot do parts.

    Raises:
        WrongError: it starts elsewhere, or holds no file.
    """
    if status == OK:
        return 0
    if status != PARTIAL_CONTENT or not content_range.startswith(f"bytes {asked}-"):
        what = f"HTTP {status}" + (f", {visible(content_range)[:60]}" if content_range else "")
        raise WrongError(
            f"{address}: byte {asked:,} on was asked for, and other bytes come ({what}); run the same command again."
        )
    return asked


class Pace:
    """Watches the speed of one answer."""

    def __init__(self, address: str) -> None:
        self._address, self._since, self._came = address, monotonic(), 0

    def take(self, count: int) -> None:
        """Count `count` more bytes.

        Raises:
            InputError: less than `LEAST_SPEED` bytes a second came in the last window.
        """
        self._came += count
        passed = monotonic() - self._since
        if passed < WINDOW:
            return
        if self._came < LEAST_SPEED * passed:
            raise InputError(
                f"{self._address}: too slow, {self._came:,} bytes in {passed:.0f} s; try again later or from another network."
            )
        self._since, self._came = monotonic(), 0


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _receive(remote: Remote, part: Path) -> None:
    """Append to `part` what is missing of the file, or write it from the start where that cannot be."""
    here = _length(part) if remote.version else 0
    if here == remote.size:
        part.touch()
        return
    if remote.size is not None and here > remote.size:
        raise WrongError(f"{remote.address}: {part} is larger than the file; run the same command again.")
    with remote.open(here) as stream:
        _write(remote, part, stream)
    came = _length(part)
    if remote.size is not None and came < remote.size:
        raise LaterError(f"{remote.address}: only {came:,} of {remote.size:,} bytes came")


def _write(remote: Remote, part: Path, stream: Stream) -> None:
    most = LARGEST if remote.size is None else remote.size
    came, pace = stream.start, Pace(remote.address)
    with part.open("ab" if stream.start else "wb") as file, _progress(remote, stream.start) as advance:
        for piece in stream.pieces:
            came += len(piece)
            if came > most:
                raise WrongError(
                    f"{remote.address}: more than the {most:,} bytes came that the file should have; nothing is kept."
                )
            file.write(piece)
            advance(len(piece))
            pace.take(len(piece))


def _fault(remote: Remote, path: Path) -> str:
    """What is wrong with the file that came; empty if nothing that can be checked is."""
    size = _length(path)
    if remote.size is not None and size != remote.size:
        return f"it has {size:,} bytes in place of {remote.size:,}"
    if remote.digest is not None:
        algorithm, expected = remote.digest
        found = _hash(path, algorithm)
        if found != expected:
            hashes = f"{found[:12]}… in place of {expected[:12]}…"
            return f"its {algorithm} hash is {hashes}, so it is damaged or was changed meanwhile"
    return ""


def _hash(path: Path, algorithm: str) -> str:
    digest = hashlib.new("sha1" if algorithm == "git" else algorithm, usedforsecurity=False)
    if algorithm == "git":
        digest.update(f"blob {_length(path)}\0".encode())
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


@contextmanager
def _progress(remote: Remote, start: int) -> Iterator[Callable[[int], object]]:
    """A progress bar on a terminal, one line elsewhere; yields what to call with each number of bytes."""
    from tqdm import tqdm

    terminal = on_terminal()
    if not terminal:
        whole = f", {remote.size / 1e6:,.1f} MB" if remote.size else ""
        say(f"fetching {remote.path}{whole}" + (f", from byte {start:,} on" if start else ""))
    bar = tqdm(desc=visible(str(remote.path)), initial=start, total=remote.size, unit="B", unit_scale=True, disable=not terminal)
    with bar:
        yield bar.update
