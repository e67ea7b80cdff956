"""What is known of files that have not changed since: hashes that take long to make, kept under the cache.

A file is taken for unchanged while its size, times, device and number are. One that was written in the last moments before
it was looked at may change again within the resolution of its time stamp; of such a file nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis import places
from analysis.errors import WorkbookError
from analysis.sources.formats import reading, regular
from analysis.whole_files import whole_file

#: Seconds for which a file must have lain still.
STILL = 2.0

#: Bytes of a small file.
SMALL = 1 << 18


@dataclass(frozen=True)
class Stamp:
    """What changes when a file is written to."""

    size: int
    modified: int
    changed: int
    device: int
    number: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """The stamp of a file as it is now. Raises InputError where it cannot be looked at."""
        with reading(path):
            status = path.stat()
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino)

    @property
    def still(self) -> bool:
        """Whether the file had lain still for a while by now."""
        return time.time_ns() - max(self.modified, self.changed) > STILL * 1e9


def content(path: Path) -> str:
    """A hash of the file's content, 64 hexadecimal digits; that of a small file is made sooner than it is looked up.

    Raises:
        InputError: the file cannot be read, or is none.
    """
    with reading(path):
        regular(path)
        if path.stat().st_size <= SMALL:
            return _content(path)
    return str(recall(path, "content", lambda: _content(path)))


def _content(path: Path) -> str:
    with reading(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def recall(path: Path, what: str, make: Callable[[], Any]) -> Any:
    """What is known of an unchanged file, a JSON value; made where it is not known, and kept."""
    stamp = Stamp.of(path)
    entry = _entry(path, what)
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        kept = json.loads(entry.read_text(encoding="utf-8"))
        if kept["stamp"] == asdict(stamp):
            return kept["value"]
    value = make()
    if stamp.still and Stamp.of(path) == stamp:
        remember(path, what, value)
    return value


def remember(path: Path, what: str, value: Any) -> None:
    """Keep what is known of a file as it is now; a cache that cannot be written to keeps nothing."""
    entry = _entry(path, what)
    with suppress(WorkbookError, OSError), whole_file(entry) as temporary:
        temporary.write_text(json.dumps({"stamp": asdict(Stamp.of(path)), "value": value}), encoding="utf-8")


def _entry(path: Path, what: str) -> Path:
    name = hashlib.blake2b(os.fsencode(path.resolve()), digest_size=16).hexdigest()
    return places.interim() / "seen" / f"{name}.{what}.json"
