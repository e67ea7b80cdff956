"""The files of a repository on the hub, by way of huggingface_hub: listing, token, mirror and session are the library's.

Its downloads are not used: those of 2.4 keep nothing of a call that failed, compare no hashes, and let a server decide how
long they take. `transfer` does that; here each answer is bounded before its body is read.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import httpx2
from huggingface_hub import HfApi, constants, get_session, get_token, hf_hub_url, is_offline_mode, set_client_factory
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils._http import default_client_factory

from analysis.errors import InputError
from analysis.results.unseen import visible
from analysis.sources.datasets import Dataset, hub
from analysis.sources.transfer import (
    CONNECT,
    SILENCE,
    LaterError,
    Pace,
    Remote,
    Stream,
    WrongError,
    patiently,
    reason,
    refusal,
    resumed_at,
)

#: Formats of the files to take from a repository; the first one that it has.
FORMATS = (".parquet", ".csv", ".jsonl", ".json")

#: Bytes and answers that a listing may take; the hub puts a thousand files into an answer.
LISTING, ANSWERS = 64 << 20, 1_000

#: Seconds to wait between two pieces of an answer that is not a file; the library asks six times.
SILENCE_OF_LISTING = 20

#: Names an answer that holds a file; it is bounded by the file's size.
_FILE = "arena_workbook_file"

_BAD_REQUEST = 400

#: Errors that come before any answer.
_UNREACHABLE = (
    *(httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError),
    *(httpx2.UnsupportedProtocol, httpx2.InvalidURL),
)

#: The library has one session for the whole process.
_SESSION = threading.Lock()


@contextmanager
def repository(dataset: Dataset) -> Iterator[list[Remote]]:
    """The files to take from a data set's repository; they can be opened for as long as the context lasts.

    Raises:
        InputError: the hub cannot be reached, refuses, or lists nothing that can be taken.
    """
    with _SESSION, _quiet():
        token = get_token()
        if token and not (token.isascii() and token.isprintable()):
            raise InputError("HF_TOKEN: holds characters that no token has; copy it again from the hub.")
        set_client_factory(_Watch(dataset, token=bool(token)).client)
        try:
            api = HfApi(endpoint=hub(), token=token or False)
            commit, files = _listed(api, dataset)
            yield [_remote(dataset, file, commit, token) for file in _chosen(dataset, files)]
        finally:
            set_client_factory(default_client_factory)


@contextmanager
def _quiet() -> Iterator[None]:
    """No advice of the library on the terminal, and no list of agents fetched into the user's cache to tell the hub about."""
    logger, telemetry = logging.getLogger("huggingface_hub"), constants.HF_HUB_DISABLE_TELEMETRY
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    constants.HF_HUB_DISABLE_TELEMETRY = True
    try:
        yield
    finally:
        logger.setLevel(level)
        constants.HF_HUB_DISABLE_TELEMETRY = telemetry


class _Watch:
    """Looks at every request before it is sent, and at every answer before its body is read."""

    def __init__(self, dataset: Dataset, *, token: bool) -> None:
        self._dataset, self._token = dataset, token
        self._bytes, self._answers = LISTING, ANSWERS

    def client(self) -> httpx2.Client:
        """A session like the library's own, watched."""
        hooks: dict[str, list[Any]] = {"request": [self._request], "response": [self._response]}
        return httpx2.Client(event_hooks=hooks, follow_redirects=True)

    def _request(self, request: httpx2.Request) -> None:
        if is_offline_mode():
            raise InputError(f"{request.url}: HF_HUB_OFFLINE is set, so nothing is fetched; unset it.")
        # Set here because the library asks for no limit at all where it lists.
        limits = httpx2.Timeout(SILENCE if _FILE in request.extensions else SILENCE_OF_LISTING, connect=CONNECT)
        request.extensions = {**request.extensions, "timeout": limits.as_dict()}
        request.headers["Accept-Encoding"] = "identity"

    def _response(self, response: httpx2.Response) -> None:
        address = str(response.url.copy_with(query=None))
        if response.status_code >= _BAD_REQUEST:
            retry_after = response.headers.get("Retry-After", "")
            raise refusal(self._dataset, address, response.status_code, retry_after, token=self._token)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise InputError(f"{address}: comes compressed although that was not asked for; is {hub()} a hub?")
        if _FILE not in response.request.extensions or response.has_redirect_location:
            self._answers -= 1
            if self._answers < 0:
                raise InputError(f"{address}: the list of files has no end; is {hub()} a hub?")
            assert isinstance(response.stream, httpx2.SyncByteStream)
            response.stream = _Bounded(response.stream, address, self)

    def spend(self, count: int, address: str) -> None:
        """Count the bytes of an answer that is not a file."""
        self._bytes -= count
        if self._bytes < 0:
            raise InputError(f"{address}: more than {LISTING / 2**20:,.0f} MB for a list of files; is {hub()} a hub?")


class _Bounded(httpx2.SyncByteStream):
    """The body of an answer, with an end to its bytes and a least speed."""

    def __init__(self, stream: httpx2.SyncByteStream, address: str, watch: _Watch) -> None:
        self._stream, self._address, self._watch = stream, address, watch

    def __iter__(self) -> Iterator[bytes]:
        pace = Pace(self._address)
        for piece in self._stream:
            self._watch.spend(len(piece), self._address)
            pace.take(len(piece))
            yield piece

    def close(self) -> None:
        self._stream.close()


def _listed(api: HfApi, dataset: Dataset) -> tuple[str, list[RepoFile]]:
    """The commit that the repository is at, and its files there."""
    address = f"{hub()}/api/datasets/{dataset.repository}"
    not_a_list = f"{address}: not a list of files as the hub gives it; is {hub()} a hub?"

    def ask() -> tuple[str, list[RepoFile]]:
        with _explained(address, again=False):  # the library has tried again already
            commit = api.dataset_info(dataset.repository, revision="main", expand=["sha"]).sha
            if not isinstance(commit, str) or not re.fullmatch("[0-9a-f]{40}", commit):
                raise InputError(not_a_list)
            tree = api.list_repo_tree(dataset.repository, recursive=True, revision=commit, repo_type="dataset")
            return commit, [entry for entry in tree if isinstance(entry, RepoFile)]

    try:
        return patiently(ask)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(not_a_list) from error


def _chosen(dataset: Dataset, files: list[RepoFile]) -> list[RepoFile]:
    """The files that hold the data, in one format, their names safe and different on every system."""
    named = [file for file in files if isinstance(file.path, str) and fnmatchcase(file.path, dataset.files)]
    of_format = ([file for file in named if file.path.endswith(ending)] for ending in FORMATS)
    chosen = next((found for found in of_format if found), [])
    if not chosen:
        raise InputError(f"{dataset.page}: nothing that can be taken as a table among the {len(files):,} files listed there.")
    for file in chosen:
        if not _safe(file.path):
            name = visible(file.path)[:200]
            raise InputError(f"{dataset.page}: lists a file named {name!r}, which is no name to write to; nothing is fetched.")
    if len({file.path.casefold() for file in chosen}) < len(chosen):
        raise InputError(f"{dataset.page}: lists two files of one name; nothing is fetched.")
    return chosen


def _safe(path: str) -> bool:
    """Whether a path from the server stays below the folder it is joined to, in the open, on any system."""
    parts = path.split("/")
    whole = all(part and not part.startswith(".") and not part.endswith((".", " ")) for part in parts)
    return whole and path.isprintable() and not set(path) & set('\\:*?"<>|')


def _remote(dataset: Dataset, file: RepoFile, commit: str, token: str | None) -> Remote:
    url = hf_hub_url(dataset.repository, file.path, repo_type="dataset", revision=commit, endpoint=hub())
    digest = ("sha256", file.lfs.sha256) if file.lfs else ("git", file.blob_id)
    digits = 64 if file.lfs else 40
    if type(file.size) is not int or file.size < 0 or not re.fullmatch(f"[0-9a-f]{{{digits}}}", str(digest[1])):
        raise InputError(f"{url}: the hub tells no size and hash of it; is {hub()} a hub?")
    return Remote(PurePosixPath(file.path), url, file.size, digest, digest[1], partial(_open, url, file.size, token))


@contextmanager
def _open(url: str, size: int, token: str | None, start: int) -> Iterator[Stream]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}  # dropped where the hub redirects to another host
    if start:
        headers["Range"] = f"bytes={start}-"
    with _explained(url, again=True), get_session().stream("GET", url, headers=headers, extensions={_FILE: True}) as response:
        start = resumed_at(url, start, response.status_code, response.headers.get("Content-Range", ""))
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) != size - start:
            raise WrongError(f"{url}: {int(announced):,} bytes are announced in place of {size - start:,}; nothing is kept.")
        yield Stream(start, response.iter_raw())


@contextmanager
def _explained(address: str, *, again: bool) -> Iterator[None]:
    """The network's errors as one line each; `again` says whether what breaks off may be tried again at once."""
    try:
        yield
    except _UNREACHABLE as error:
        raise InputError(f"{address}: cannot be reached ({reason(error)}); check the network and HF_ENDPOINT.") from error
    except httpx2.TransportError as error:
        broken = LaterError(f"{address}: the transfer broke off ({reason(error)})")
        raise (broken if again else InputError(str(broken))) from error
    except httpx2.HTTPError as error:
        raise InputError(f"{address}: no answer that can be used ({reason(error)}).") from error
