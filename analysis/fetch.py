"""Fetching the known data sets into data/raw/: listed, streamed, checked for length, and renamed when whole."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from analysis import places
from analysis.errors import InputError, UsageError

if TYPE_CHECKING:
    import requests

#: Formats of the files to take from a repository; the first one that it has.
FORMATS = (".parquet", ".csv", ".jsonl", ".json")

#: Seconds to wait for a connection, and between two pieces of a file.
TIMEOUT = (15, 90)

#: Bytes between two writes: what a break can cost.
PIECE = 1 << 16

PARTIAL_CONTENT = 206


@dataclass(frozen=True)
class Dataset:
    """A data set somebody released: a repository on the hub, or one file at `url`.

    `gated` sets ask each user to accept their licence on the hub first; `votes` is False for prompts without votes.
    """

    name: str
    licence: str
    note: str
    repository: str = ""
    url: str = ""
    gated: bool = False
    votes: bool = True

    @property
    def folder(self) -> Path:
        """Where the fetched files lie."""
        return places.RAW / self.name

    @property
    def page(self) -> str:
        """The page that describes the data set, or the address of its file."""
        return self.url or f"{hub()}/datasets/{self.repository}"


_PROMPTS_CC_BY = "prompts CC-BY-4.0, answers under the terms of each model"

KNOWN: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "chatbot_arena_conversations",
            "prompts CC-BY-4.0, answers CC-BY-NC-4.0",
            "33,000 votes of April to June 2023",
            repository="lmsys/chatbot_arena_conversations",
            gated=True,
        ),
        Dataset(
            "arena-human-preference-55k",
            "Apache-2.0",
            "57,477 votes of the Kaggle competition of 2024",
            repository="lmarena-ai/arena-human-preference-55k",
        ),
        Dataset(
            "arena-human-preference-100k",
            _PROMPTS_CC_BY,
            "about 100,000 votes of June to August 2024",
            repository="lmarena-ai/arena-human-preference-100k",
        ),
        Dataset(
            "arena-explorer-preference-100k",
            _PROMPTS_CC_BY,
            "the votes behind Arena Explorer, June to August 2024",
            repository="lmarena-ai/arena-explorer-preference-100k",
        ),
        Dataset(
            "arena-human-preference-140k",
            _PROMPTS_CC_BY,
            "135,634 votes of April to July 2025",
            repository="lmarena-ai/arena-human-preference-140k",
        ),
        Dataset(
            "clean_battle_20240814",
            "not stated",
            "1,799,991 votes of April 2023 to August 2024, without text (2.1 GB)",
            url="https://storage.googleapis.com/arena_external_data/public/clean_battle_20240814_public.json",
        ),
        Dataset(
            "lmsys-chat-1m",
            "LMSYS-Chat-1M licence agreement",
            "one million conversations of April to August 2023: prompts for `exposure`, no votes",
            repository="lmsys/lmsys-chat-1m",
            gated=True,
            votes=False,
        ),
    )
}


def hub() -> str:
    """Address of the hub; `ARENA_WORKBOOK_HUB` names a mirror."""
    return (os.environ.get("ARENA_WORKBOOK_HUB") or "https://huggingface.co").rstrip("/")


def fetch(name: str, out: Path = places.RAW) -> Path:
    """Fetch a known data set into the folder `out`/`name` and return that folder; one that is there already is kept.

    Files are gathered in a hidden folder beside it, which is renamed when all are whole. After an interruption the
    next call goes on where this one stopped, if the server's file is still the same.

    Raises:
        UsageError: no data set of that name is known; the message lists those that are.
        InputError: the server refuses, cannot be reached, or sends less than it announced.
    """
    dataset = KNOWN.get(name)
    if dataset is None:
        raise UsageError(f"no data set named {name!r} is known; the known ones are {', '.join(KNOWN)}.")
    folder, gathering = out / name, out / f".{name}.partial"
    if folder.is_dir():
        print(f"{folder} is there already; delete it to fetch {name} again.", file=sys.stderr)
        return folder
    try:
        gathering.mkdir(parents=True, exist_ok=True)
        for file, address in _files(dataset).items():
            _fetch_file(dataset, address, gathering / file)
        for leftover in gathering.glob(".*.part"):
            leftover.unlink()
        gathering.rename(folder)
    except OSError as error:  # the network's errors are InputErrors by now: these are the disk's
        raise InputError(f"{out}: cannot write the data set there ({error.strerror or error}).") from error
    return folder


def _files(dataset: Dataset) -> dict[str, str]:
    """Address of each file of a data set, by the plain name it will have here."""
    if dataset.url:
        return {PurePosixPath(urlsplit(dataset.url).path).name: dataset.url}
    listing = f"{hub()}/api/datasets/{dataset.repository}"
    with _get(dataset, listing) as answer:
        try:
            listed = [str(entry["rfilename"]) for entry in answer.json()["siblings"]]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{listing}: not a list of files as the hub gives it; is this address a hub?") from error
    of_format = ([file for file in listed if file.endswith(ending)] for ending in FORMATS)
    chosen = next((files for files in of_format if files), [])
    addresses = {PurePosixPath(file).name: f"{hub()}/datasets/{dataset.repository}/resolve/main/{quote(file)}" for file in chosen}
    # Names come from the server: none may be hidden, and none may overwrite another.
    if not chosen or len(addresses) < len(chosen) or any(name.startswith(".") for name in addresses):
        raise InputError(f"{dataset.page}: nothing that can be taken as a table among the {len(listed)} files listed there.")
    return addresses


def _fetch_file(dataset: Dataset, address: str, target: Path) -> None:
    """Stream one file to `target`, by way of a part that is named after the server's version of the file."""
    if target.exists():
        return
    with _get(dataset, address) as answer:
        size, version = _length(answer), answer.headers.get("ETag", "")
        part = target.with_name(f".{target.name}.{hashlib.blake2b(version.encode(), digest_size=6).hexdigest()}.part")
        here = part.stat().st_size if version and part.exists() else 0
        resume = 0 < here < (size or 0)
        if not resume and here != size:
            _stream(answer, address, part, 0, size)
    if resume:
        with _get(dataset, address, {"Range": f"bytes={here}-", "If-Range": version}) as answer:
            _stream(answer, address, part, here if answer.status_code == PARTIAL_CONTENT else 0, size)
    if size is not None and part.stat().st_size != size:
        raise InputError(f"{address}: {part.stat().st_size:,} of {size:,} bytes came; run the same command again to go on.")
    part.replace(target)


def _length(answer: requests.Response) -> int | None:
    """The announced number of bytes; None where the server announces none that can be compared."""
    announced = answer.headers.get("Content-Length", "")
    return int(announced) if announced.isdigit() and "Content-Encoding" not in answer.headers else None


def _stream(answer: requests.Response, address: str, part: Path, start: int, size: int | None) -> None:
    """Write what comes to `part` from byte `start` on; what came before a break stays there for the next call."""
    with part.open("ab" if start else "wb") as file, _progress(address.rpartition("/")[2], start, size) as advance:
        for piece in answer.iter_content(PIECE):
            file.write(piece)
            advance(len(piece))


@contextmanager
def _get(dataset: Dataset, address: str, headers: dict[str, str] | None = None) -> Iterator[requests.Response]:
    """The server's answer to a request for `address`, errors turned into one line. Bytes are not compressed on the way."""
    import requests

    sent = {"Accept-Encoding": "identity", **(headers or {})}
    token = os.environ.get("HF_TOKEN")
    if token and dataset.repository:
        sent["Authorization"] = f"Bearer {token}"  # requests drops it where the hub redirects to another host
    try:
        answer = requests.get(address, headers=sent, stream=True, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise InputError(f"{address}: cannot be reached ({_reason(error)}); check the network.") from error
    with answer:
        if answer.status_code in (401, 403):
            raise InputError(f"{address}: access refused (HTTP {answer.status_code}). {_way_in(dataset)}")
        if not answer.ok:
            raise InputError(f"{address}: the server answers HTTP {answer.status_code} {answer.reason}; see {dataset.page}.")
        try:
            yield answer
        except requests.RequestException as error:
            raise InputError(
                f"{address}: the transfer broke off ({_reason(error)}); run the same command again to go on."
            ) from error


def _way_in(dataset: Dataset) -> str:
    if not dataset.repository:
        return "The file is not public any more."
    return f"Accept the licence ({dataset.licence}) at {dataset.page}, and set HF_TOKEN to a token of that account."


def _reason(error: Exception) -> str:
    """The innermost cause in a few words: requests wraps errors in errors."""
    while error.__context__ is not None and isinstance(error.__context__, Exception):
        error = error.__context__
    return " ".join(str(error).split())[:120] or type(error).__name__


@contextmanager
def _progress(name: str, start: int, size: int | None) -> Iterator[Callable[[int], object]]:
    """A progress bar on a terminal, one line elsewhere; yields what to call with each number of bytes."""
    from tqdm import tqdm

    terminal = sys.stderr.isatty()
    if not terminal:
        whole = f", {size / 1e6:,.1f} MB" if size else ""
        print(f"fetching {name}{whole}" + (f", from byte {start:,} on" if start else ""), file=sys.stderr)
    with tqdm(desc=name, initial=start, total=size, unit="B", unit_scale=True, disable=not terminal) as bar:
        yield bar.update
