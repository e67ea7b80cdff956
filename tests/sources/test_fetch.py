"""Fetching, against a server on this machine that speaks the hub's protocol: well, badly, or until it breaks off."""

import base64
import errno
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest

from analysis import cli, places
from analysis.errors import BusyError, InputError, UsageError
from analysis.sources import files, hub, transfer
from analysis.sources.datasets import KNOWN, Dataset, with_votes
from analysis.sources.fetch import fetch, refresh

CONTENT = bytes(range(256)) * 4000

NAME = "arena-human-preference-140k"
REPOSITORY = "lmarena-ai/arena-human-preference-140k"
COMMIT = "5d7a" * 10


def nothing(value: object) -> None:
    """In place of a pause."""


class AnyPace:
    """In place of `Pace`: never too slow."""

    def __init__(self, address: str) -> None:
        self.take = nothing


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class Hub:
    """What the server holds and how it behaves; `seen` records method, path and headers of each request.

    Files in `small` lie in git, as the hub keeps them; all others are LFS files, handed out by a second server.
    """

    address: str = ""
    elsewhere: str = ""
    repository: str = REPOSITORY
    files: dict[str, bytes] = field(default_factory=dict)
    small: set[str] = field(default_factory=set)
    plain: dict[str, bytes] = field(default_factory=dict)
    page: int = 1_000
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuse: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    raw: dict[str, Callable[["Handler"], None]] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    announce: int | None = 0
    protocol_headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    on_file: Callable[[], None] = lambda: None
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def asked(self, part: str) -> list[dict[str, str]]:
        """Headers of the requests whose path holds `part`."""
        return [headers for path, headers in self.seen if part in path]

    def entry(self, path: str) -> dict[str, Any]:
        content = self.files[path]
        told: dict[str, Any] = {"type": "file", "oid": blob(content), "size": len(content), "path": path}
        if path not in self.small:
            told["lfs"] = {"oid": sha256(content), "size": len(content), "pointerSize": 134}
            told["xetHash"] = "ab" * 32
        return told | self.entries.get(path, {})


class Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.hub.seen.append((path, dict(self.headers)))
        self.close_connection = True
        with suppress(ConnectionError):  # the client may hang up
            kind = "api" if path.startswith("/api/") else "blob" if path.startswith("/blobs/") else "file"
            if self.hub.refuse.get(kind):
                status, headers = self.hub.refuse[kind].pop(0)
                self.answer(b'{"error": "\x1b[31mno\\nway"}', status, headers)
            elif kind in self.hub.raw:
                self.hub.raw[kind](self)
            elif kind == "api":
                self.list(path, query)
            else:
                self.hub.on_file()
                self.give(path)

    def list(self, path: str, query: str) -> None:
        hub, root = self.hub, f"/api/datasets/{self.hub.repository}/"
        if path == root + "revision/main":
            self.answer(json.dumps({"id": hub.repository, "sha": COMMIT}).encode())
        elif path == root + f"tree/{COMMIT}" and "recursive=" in query:
            start = int((re.search(r"cursor=(\d+)", query) or [0, 0])[1])
            paths = list(hub.files)
            folders = [{"type": "directory", "oid": "0" * 40, "size": 0, "path": "data"}] if start == 0 else []
            page = folders + [hub.entry(name) for name in paths[start : start + hub.page]]
            following = f"{hub.address}{path}?recursive=true&cursor={start + hub.page}"
            more = {"Link": f'<{following}>; rel="next"'} if start + hub.page < len(paths) else {}
            self.answer(json.dumps(page).encode(), 200, more)
        else:
            self.answer(b"{}", 404, {"X-Error-Code": "RepoNotFound"})

    def give(self, path: str) -> None:
        hub, root = self.hub, f"/datasets/{self.hub.repository}/resolve/{COMMIT}/"
        name = unquote(path.removeprefix(root))
        if path in hub.plain:
            self.file(hub.plain[path], f'"{sha256(hub.plain[path])[:16]}"')
        elif path.startswith(root) and name in hub.small:
            self.file(hub.files[name], f'"{blob(hub.files[name])}"')
        elif path.startswith(root) and name in hub.files:
            content = hub.files[name]
            linked = {"X-Linked-Size": str(len(content)), "X-Linked-Etag": f'"{sha256(content)}"', "X-Repo-Commit": COMMIT}
            self.answer(b"", 302, linked | {"Location": f"{hub.elsewhere}/blobs/{path.removeprefix(root)}?signature=x"})
        elif path.startswith("/blobs/"):
            content = hub.files[unquote(path.removeprefix("/blobs/"))]
            self.file(content, f'"store-{len(content)}"')
        else:
            self.answer(b"", 404)

    def answer(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Connection": "close", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def file(self, content: bytes, tag: str) -> None:
        hub = self.hub
        asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        whole = asked is None or not hub.ranges or self.headers.get("If-Range", tag) != tag
        start = 0 if whole else int(asked[1])
        self.send_response(200 if whole else 206)
        self.send_header("Connection", "close")
        told = {"ETag": tag} | ({} if whole else {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"})
        if hub.announce is not None:
            told["Content-Length"] = str(len(content) - start + hub.announce)
        for name, value in (told | hub.protocol_headers).items():
            self.send_header(name, value)
        self.end_headers()
        end = start + hub.cuts.pop(0) if hub.cuts else len(content)
        self.wfile.write(content[start:end])


@contextmanager
def serving(held: Hub) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": held}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PAUSE", 0.0)
    monkeypatch.setattr("huggingface_hub.utils._http.time", SimpleNamespace(sleep=nothing))


@pytest.fixture(autouse=True)
def _no_token_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    held = Hub()
    with serving(held) as held.address, serving(held) as held.elsewhere:
        monkeypatch.setenv("HF_ENDPOINT", held.address + "/")
        yield held


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def offer(server: Hub, *paths: str, content: bytes = CONTENT) -> None:
    server.files.update({"README.md": b"# Votes"} | dict.fromkeys(paths, content))
    server.small.add("README.md")


def left(out: Path) -> list[str]:
    """Everything below `out`, hidden or not, but the lock."""
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file() and path.suffix != ".lock")


def refused(name: str, out: Path, kept: int = 0) -> str:
    """The one line of a fetch that fails; nothing is published, and `kept` parts wait for the next call."""
    with pytest.raises(InputError) as caught:
        fetch(name, out)
    said = str(caught.value)
    assert said.isprintable()
    assert not (out / name).exists()
    assert len(left(out)) == kept, left(out)
    return said


# What is fetched


def test_every_table_of_a_repository_is_fetched_to_its_path(server: Hub, out: Path) -> None:
    offer(server, "data/train-0.parquet", "data/train-1.parquet", "data/extra.csv")
    folder = fetch(NAME, out)
    assert folder == out / NAME
    assert left(out) == [f"{NAME}/data/train-0.parquet", f"{NAME}/data/train-1.parquet"]
    assert (folder / "data/train-1.parquet").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("paths", "taken"),
    [
        (["a.json", "b.jsonl", "c.csv"], ["c.csv"]),
        (["a.json", "b.jsonl"], ["b.jsonl"]),
        (["a.json", "b.txt"], ["a.json"]),
        (["one/x.parquet", "two/x.parquet"], ["one/x.parquet", "two/x.parquet"]),
    ],
)
def test_one_format_is_taken_and_folders_keep_files_of_one_name_apart(
    server: Hub, out: Path, paths: list[str], taken: list[str]
) -> None:
    offer(server, *paths)
    fetch(NAME, out)
    assert left(out) == [f"{NAME}/{path}" for path in taken]


def test_all_arenas_of_the_published_boards_are_taken(server: Hub, out: Path) -> None:
    server.repository = "lmarena-ai/leaderboard-dataset"
    paths = [f"{arena}/{split}-00000-of-00001.parquet" for arena in ("text", "vision") for split in ("full", "latest")]
    offer(server, *paths)
    fetch("leaderboard-dataset", out)
    assert left(out) == [f"leaderboard-dataset/{path}" for path in paths]


def test_of_mt_bench_the_judgments_of_people_are_taken(server: Hub, out: Path) -> None:
    server.repository = "lmsys/mt_bench_human_judgments"
    offer(server, "data/human-00000-of-00001-25f4.parquet", "data/gpt4_pair-00000-of-00001-c0b4.parquet")
    fetch("mt-bench-human-judgments", out)
    assert left(out) == ["mt-bench-human-judgments/data/human-00000-of-00001-25f4.parquet"]


def test_a_listing_in_pages_is_read_to_its_end(server: Hub, out: Path) -> None:
    offer(server, *(f"data/{number}.csv" for number in range(7)), content=b"a,b\n1,2\n")
    server.page = 3
    assert len(list(fetch(NAME, out).rglob("*.csv"))) == 7


def test_files_kept_in_git_and_empty_ones_are_fetched_too(server: Hub, out: Path) -> None:
    offer(server, "train.csv", content=b"model_a,model_b\n")
    offer(server, "none.csv", content=b"")
    server.small.update({"train.csv", "none.csv"})
    assert {path.name: path.read_bytes() for path in fetch(NAME, out).iterdir()} == {
        "train.csv": b"model_a,model_b\n",
        "none.csv": b"",
    }


def test_names_with_spaces_and_other_scripts_are_names(server: Hub, out: Path) -> None:
    offer(server, "data/été 50%#1.csv", "data/投票.csv")
    assert sorted(path.name for path in (fetch(NAME, out) / "data").iterdir()) == ["été 50%#1.csv", "投票.csv"]


def test_all_files_are_asked_for_at_one_commit(server: Hub, out: Path) -> None:
    offer(server, "a.parquet", "b.parquet")
    fetch(NAME, out)
    assert len(server.asked(f"/resolve/{COMMIT}/")) == 2


def test_a_data_set_that_is_there_is_kept_without_asking_the_server(
    server: Hub, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (out / NAME).mkdir(parents=True)
    assert fetch(NAME, out) == out / NAME
    assert server.seen == []
    assert "with --update" in capsys.readouterr().err


def test_an_update_brings_what_changed_and_keeps_what_did_not(server: Hub, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    offer(server, "text/full.parquet", "vision/full.parquet", "old/full.parquet")
    folder = fetch(NAME, out)
    server.seen.clear()
    assert fetch(NAME, out, update=True) == folder
    assert server.asked("/resolve/") == []
    assert "has all that is published" in capsys.readouterr().err
    del server.files["old/full.parquet"]
    server.files |= {"text/full.parquet": b"newer", "new/full.parquet": b"more"}
    fetch(NAME, out, update=True)
    assert {path.parent.name: path.read_bytes() for path in folder.rglob("*.parquet")} == {
        "text": b"newer",
        "vision": CONTENT,
        "new": b"more",
    }
    assert [path for path, _ in server.seen if "/blobs/" in path] == ["/blobs/text/full.parquet", "/blobs/new/full.parquet"]
    assert len(left(out)) == 3


@pytest.mark.parametrize("fault", ["refused", "cut off"])
def test_an_update_that_fails_leaves_what_was_there(server: Hub, out: Path, fault: str) -> None:
    offer(server, "text/full.parquet")
    folder = fetch(NAME, out)
    server.files["text/full.parquet"] = b"newer"
    if fault == "refused":
        server.refuse["api"] = [(403, {})] * 9
    else:
        server.cuts = [1] * 9
    with pytest.raises(InputError):
        fetch(NAME, out, update=True)
    assert (folder / "text/full.parquet").read_bytes() == CONTENT
    server.refuse, server.cuts = {}, []
    fetch(NAME, out, update=True)
    assert (folder / "text/full.parquet").read_bytes() == b"newer"
    assert left(out) == [f"{NAME}/text/full.parquet"]


def test_boards_named_by_a_reference_are_refreshed_and_files_are_not(
    server: Hub, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.repository = "lmarena-ai/leaderboard-dataset"
    offer(server, "text/full-00000-of-00001.parquet")
    monkeypatch.chdir(tmp_path)
    Path("boards.csv").write_text("model\n")
    refresh("boards.csv?category=overall", out)
    assert server.seen == []
    for reference in ("leaderboard-dataset?arena=text", "leaderboard-dataset/text"):
        refresh(reference, out)
    assert len(server.asked("/blobs/")) == 1


def test_an_unknown_name_lists_the_known_ones(out: Path) -> None:
    with pytest.raises(UsageError, match=r"'arena'.*arena-human-preference-55k.*clean_battle_20240814"):
        fetch("arena", out)


def test_progress_is_a_line_for_each_file_where_there_is_no_terminal(
    server: Hub, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(server, "train.parquet")
    fetch(NAME, out)
    assert capsys.readouterr() == ("", "fetching train.parquet, 1.0 MB\n")


def test_progress_is_a_bar_on_a_terminal(
    server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(server, "train.parquet")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fetch(NAME, out)
    assert "train.parquet: 100%" in capsys.readouterr().err


# Tokens and refusals


def test_the_token_goes_to_the_hub_and_to_no_other_host(server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(server, "train.parquet")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch(NAME, out)
    assert {headers.get("authorization") or headers.get("Authorization") for headers in server.asked("/api/")} == {
        "Bearer hf_secret"
    }
    assert [headers.get("Authorization") for headers in server.asked("/resolve/")] == ["Bearer hf_secret"]
    assert [name for headers in server.asked("/blobs/") for name in headers if name.lower() == "authorization"] == []


def test_a_token_that_cannot_be_one_is_one_line(server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_…")
    assert "HF_TOKEN" in refused(NAME, out)
    assert server.seen == []


@pytest.mark.parametrize(("status", "code"), [(401, "GatedRepo"), (403, "GatedRepo"), (403, "")])
def test_a_gated_set_says_to_accept_the_licence_and_set_the_token(server: Hub, out: Path, status: int, code: str) -> None:
    server.repository = "lmsys/chatbot_arena_conversations"
    offer(server, "train.parquet")
    server.refuse["file"] = [(status, {"X-Error-Code": code, "X-Error-Message": "Access\x1b[31m restricted"})]
    said = refused("chatbot_arena_conversations", out)
    assert re.search(rf"HTTP {status}.*Accept the licence.*{server.address}/datasets/lmsys/chatbot_arena_conv.*HF_TOKEN", said)


def test_a_token_that_is_not_accepted_says_so(server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_old")
    server.refuse["api"] = [(401, {})]
    assert "does not accept this token" in refused(NAME, out)


@pytest.mark.parametrize("kind", ["api", "file", "blob"])
@pytest.mark.parametrize(
    ("status", "means"), [(404, "not there"), (418, "HTTP 418"), (500, "the server fails"), (503, "HTTP 503")]
)
def test_other_refusals_are_one_line(server: Hub, out: Path, kind: str, status: int, means: str) -> None:
    offer(server, "train.parquet")
    server.refuse[kind] = [(status, {})] * 20
    said = refused(NAME, out)
    assert means in said
    assert "http://127.0.0.1" in said


@pytest.mark.parametrize("kind", ["api", "file", "blob"])
@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_that_is_busy_for_a_moment_is_asked_again(server: Hub, out: Path, kind: str, status: int) -> None:
    offer(server, "train.parquet")
    server.refuse[kind] = [(status, {"Retry-After": "0"})] * 2
    assert (fetch(NAME, out) / "train.parquet").read_bytes() == CONTENT


@pytest.mark.parametrize("kind", ["api", "file"])
def test_a_short_wait_is_kept_and_a_long_one_is_told(
    server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(transfer, "sleep", waits.append)
    offer(server, "train.parquet")
    server.refuse[kind] = [(429, {"Retry-After": "7"}), (429, {"Retry-After": "3600"})]
    assert re.search(r"wait 3,600 s \(HTTP 429\); run the same command again", refused(NAME, out))
    assert waits == [7.0]
    assert "asks to wait 7 s (HTTP 429); trying again in 7 s" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "9" * 5_000, "²"])
def test_a_wait_that_is_no_number_is_none(value: str) -> None:
    error = transfer.refusal(KNOWN[NAME], "https://x", 429, value)
    assert isinstance(error, transfer.LaterError)
    assert error.wait is None


def test_a_server_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch, out: Path) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert re.search("cannot be reached .*HF_ENDPOINT", refused(NAME, out))


@pytest.mark.parametrize("endpoint", ["hub.example", "http://[", "ftp://127.0.0.1", "http://127.0.0.1:99999"])
def test_an_endpoint_that_is_no_address_is_one_line(monkeypatch: pytest.MonkeyPatch, out: Path, endpoint: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    assert "HF_ENDPOINT" in refused(NAME, out)


def test_an_offline_session_is_one_line(server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE" in refused(NAME, out)


# Listings


@pytest.mark.parametrize(
    "listing", [b"<html>", b"{}", b"null", b"7", b'[{"path": "a.csv"}]', b"[[]]", b"[" * 200_000, b'[{"type": "file"}]', b"\xff"]
)
@pytest.mark.parametrize("first", [True, False])
def test_a_listing_that_is_none_is_an_error(server: Hub, out: Path, listing: bytes, first: bool) -> None:
    commit = json.dumps({"id": REPOSITORY, "sha": COMMIT}).encode()
    server.raw["api"] = lambda answer: answer.answer(listing if first or "/tree/" in answer.path else commit)
    said = refused(NAME, out)
    assert "not a list of files" in said or "nothing that can be taken" in said


@pytest.mark.parametrize(
    "entry", [{"size": -1}, {"size": "9"}, {"size": True}, {"size": 1.5}, {"lfs": {"oid": "x", "size": 1, "pointerSize": 1}}]
)
def test_a_file_without_size_or_hash_is_an_error(server: Hub, out: Path, entry: dict[str, Any]) -> None:
    offer(server, "train.parquet")
    server.entries["train.parquet"] = entry
    assert "no size and hash" in refused(NAME, out)


@pytest.mark.parametrize("paths", [[], ["LICENSE", "votes.bin"]])
def test_a_repository_without_tables_is_an_error(server: Hub, out: Path, paths: list[str]) -> None:
    offer(server, *paths)
    assert "nothing that can be taken as a table" in refused(NAME, out)


@pytest.mark.parametrize(
    "path",
    [
        "../evil.csv",
        "a/../../evil.csv",
        "/etc/evil.csv",
        "//evil.csv",
        "./evil.csv",
        ".evil.csv",
        ".ssh/evil.csv",
        "a//evil.csv",
        "..\\evil.csv",
        "C:evil.csv",
        "a\x00.csv",
        "a\n.csv",
        "\x1b[31m.csv",
        "\u202ea.csv",
        "\ud800.csv",
        "dir./a.csv",
    ],
)
def test_a_name_that_is_hidden_or_leads_out_of_the_folder_is_refused(server: Hub, out: Path, path: str) -> None:
    offer(server, path, "good.csv")
    assert "no name to write to" in refused(NAME, out)
    assert not server.asked("/resolve/")


def test_two_names_that_are_one_on_some_systems_are_refused(server: Hub, out: Path) -> None:
    offer(server, "Train.csv", "train.csv")
    assert "two files of one name" in refused(NAME, out)


@pytest.mark.parametrize("paths", [["a.csv", "a.csv/b.csv"], ["x" * 300 + ".csv"]])
def test_a_name_that_the_disk_cannot_hold_is_one_line(server: Hub, out: Path, paths: list[str]) -> None:
    offer(server, *paths)
    with pytest.raises(InputError, match="cannot write"):
        fetch(NAME, out)
    assert not (out / NAME).exists()


def test_a_listing_that_is_too_large_is_an_error(server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "LISTING", 100_000)
    offer(server, *(f"{number}.csv" for number in range(2_000)))
    assert "for a list of files" in refused(NAME, out)


def test_an_answer_without_end_is_an_error(server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(answer: Handler) -> None:
        answer.send_response(200)
        answer.end_headers()
        while True:
            answer.wfile.write(b" " * 65_536)

    monkeypatch.setattr(hub, "LISTING", 1_000_000)
    server.raw["api"] = endless
    assert "for a list of files" in refused(NAME, out)


def test_a_listing_whose_pages_have_no_end_is_an_error(server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def next_page(answer: Handler) -> None:
        body = json.dumps({"sha": COMMIT, "id": REPOSITORY}) if "/revision/" in answer.path else "[]"
        answer.answer(body.encode(), 200, {"Link": f'<{server.address}{answer.path}>; rel="next"'})

    monkeypatch.setattr(hub, "ANSWERS", 30)
    server.raw["api"] = next_page
    assert "has no end" in refused(NAME, out)
    assert len(server.seen) == 31


@pytest.mark.parametrize("kind", ["api", "file"])
def test_redirects_without_end_are_an_error(server: Hub, out: Path, kind: str) -> None:
    offer(server, "train.parquet")
    server.raw[kind] = lambda answer: answer.answer(b"", 302, {"Location": answer.path})
    assert "no answer that can be used" in refused(NAME, out)


def test_a_compressed_answer_is_refused_before_it_is_unpacked(server: Hub, out: Path) -> None:
    server.raw["api"] = lambda answer: answer.answer(b"\x1f\x8b", 200, {"Content-Encoding": "gzip"})
    assert "comes compressed" in refused(NAME, out)


@pytest.mark.parametrize("page", ["/revision/", "/tree/"])
def test_a_listing_that_breaks_off_is_one_line(server: Hub, out: Path, page: str) -> None:
    def cut(answer: Handler) -> None:
        long = {"Content-Length": "500"} if page in answer.path else {}
        answer.answer(json.dumps({"sha": COMMIT, "id": REPOSITORY}).encode(), 200, long)

    server.raw["api"] = cut
    assert "broke off" in refused(NAME, out)


# Interruptions


def test_a_connection_that_is_cut_is_taken_up_again(server: Hub, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    offer(server, "train.parquet")
    server.cuts = [300_000, 200_000]
    assert (fetch(NAME, out) / "train.parquet").read_bytes() == CONTENT
    assert [headers.get("Range") for headers in server.asked("/blobs/")] == [None, "bytes=300000-", "bytes=500000-"]
    assert "broke off" in capsys.readouterr().err
    assert left(out) == [f"{NAME}/train.parquet"]


def test_the_next_call_goes_on_where_the_last_one_stopped(server: Hub, out: Path) -> None:
    offer(server, "data/a.parquet", "data/b.parquet")
    server.cuts = [len(CONTENT), 300_000, 0, 0, 0]
    assert re.search("broke off .*run the same command again to go on", refused(NAME, out, kept=2))
    server.seen.clear()
    folder = fetch(NAME, out)
    assert [headers.get("Range") for headers in server.asked("/blobs/")] == ["bytes=300000-"]
    assert left(out) == [f"{NAME}/data/a.parquet", f"{NAME}/data/b.parquet"]
    assert (folder / "data/b.parquet").read_bytes() == CONTENT


def test_a_server_that_cannot_do_parts_sends_the_whole_file_again(server: Hub, out: Path) -> None:
    offer(server, "train.parquet")
    server.cuts, server.ranges = [300_000], False
    assert (fetch(NAME, out) / "train.parquet").read_bytes() == CONTENT


def test_a_file_that_changed_between_two_calls_is_fetched_from_its_start(server: Hub, out: Path) -> None:
    offer(server, "a.parquet", "b.parquet", "c.parquet")
    server.cuts = [len(CONTENT), len(CONTENT), 300_000, 0, 0, 0]
    refused(NAME, out, kept=3)
    new = CONTENT[::-1] + b"more"
    del server.files["b.parquet"]
    offer(server, "a.parquet", "c.parquet", content=new)
    folder = fetch(NAME, out)
    assert left(out) == [f"{NAME}/a.parquet", f"{NAME}/c.parquet"]
    assert [(folder / name).read_bytes() == new for name in ("a.parquet", "c.parquet")] == [True, True]


def test_a_file_that_changes_between_two_parts_is_not_published(server: Hub, out: Path) -> None:
    offer(server, "train.parquet")
    server.entries["train.parquet"] = server.entry("train.parquet")
    server.cuts = [300_000]

    def change() -> None:
        if len(server.asked("/blobs/")) == 2:
            server.files["train.parquet"] = CONTENT[::-1]

    server.on_file = change
    assert re.search("sha256 hash is .* changed meanwhile", refused(NAME, out))


def test_a_part_of_other_bytes_than_asked_for_is_not_put_together(server: Hub, out: Path) -> None:
    offer(server, "train.parquet")
    server.cuts = [300_000]
    server.protocol_headers = {"Content-Range": f"bytes 5-{len(CONTENT) - 1}/{len(CONTENT)}"}
    assert re.search(r"byte 300,000 on.*HTTP 206, bytes 5-", refused(NAME, out))


# Sizes and hashes


@pytest.mark.parametrize("small", [True, False])
def test_a_file_with_another_hash_is_not_published(server: Hub, out: Path, small: bool) -> None:
    offer(server, "train.csv")
    server.small.update({"train.csv"} if small else ())
    server.entries["train.csv"] = (
        {"oid": "0" * 40} if small else {"lfs": {"oid": "0" * 64, "size": len(CONTENT), "pointerSize": 134}}
    )
    assert re.search(r"(git|sha256) hash is [0-9a-f]{12}… in place of 0{12}…", refused(NAME, out))


@pytest.mark.parametrize("more", [-1, 5])
def test_a_listing_that_tells_another_size_than_the_file_has_is_an_error(server: Hub, out: Path, more: int) -> None:
    offer(server, "train.parquet")
    server.entries["train.parquet"] = {"size": len(CONTENT) + more}
    assert "are announced in place of" in refused(NAME, out)


@pytest.mark.parametrize("announce", [-1_000, 1_000])
def test_a_wrong_length_is_an_error(server: Hub, out: Path, announce: int) -> None:
    offer(server, "train.parquet")
    server.announce = announce
    assert "are announced in place of" in refused(NAME, out)


def test_a_file_that_sends_more_than_it_should_have_is_stopped(server: Hub, out: Path) -> None:
    offer(server, "train.parquet")
    server.entries["train.parquet"] = {"size": 400_000}
    server.announce = None
    assert "more than the 400,000 bytes" in refused(NAME, out)


def test_a_cut_without_an_announced_length_is_noticed(server: Hub, out: Path) -> None:
    offer(server, "train.parquet")
    server.announce, server.cuts = None, [300_000, 0, 0, 0]
    assert "only 300,000 of 1,024,000 bytes" in refused(NAME, out, kept=1)


# Speed, disk, and others


def test_a_sender_that_is_too_slow_is_given_up(server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(server, "train.parquet")
    clock = itertools.count(step=10_000)
    monkeypatch.setattr(transfer, "monotonic", lambda: next(clock))
    assert "too slow" in refused(NAME, out)  # the listing
    clock = itertools.count(step=61)
    monkeypatch.setattr(hub, "Pace", AnyPace)
    monkeypatch.setattr(transfer, "LEAST_SPEED", 1e9)
    assert "too slow" in refused(NAME, out, kept=1)


@pytest.mark.parametrize("kind", ["api", "file", "blob"])
def test_a_server_that_falls_silent_is_given_up(server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(hub, "SILENCE", 0.2)
    monkeypatch.setattr(hub, "SILENCE_OF_LISTING", 0.2)
    over = threading.Event()
    offer(server, "train.parquet")
    server.raw[kind] = lambda _: nothing(over.wait(60))
    assert re.search("broke off .*timed out", refused(NAME, out))
    over.set()


def test_a_speed_above_the_least_is_never_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=30)
    monkeypatch.setattr(transfer, "monotonic", lambda: next(clock))
    pace = transfer.Pace("https://x")
    for _ in range(100):
        pace.take(30 * transfer.LEAST_SPEED)
    pace.take(1)
    with pytest.raises(InputError, match="too slow"):
        pace.take(1)


def test_a_full_disk_is_one_line_and_what_came_waits_for_the_next_call(
    server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(server, "train.parquet")
    opened = Path.open

    def small_disk(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        file = opened(path, mode, *arguments, **named)
        return Full(file) if "b" in mode and ("w" in mode or "a" in mode) else file

    class Full:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> "Full":
            return self

        def __exit__(self, *error: object) -> None:
            self.file.close()

        def write(self, piece: bytes) -> None:
            if self.file.tell() > 200_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.file.write(piece)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", small_disk)
        assert "cannot write the data set there (No space left on device)" in refused(NAME, out, kept=1)
    assert (fetch(NAME, out) / "train.parquet").read_bytes() == CONTENT


def test_a_folder_that_cannot_be_written_is_one_line(server: Hub, tmp_path: Path) -> None:
    offer(server, "train.parquet")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        fetch(NAME, tmp_path / "file")


def test_a_second_fetch_of_the_same_set_is_refused_meanwhile(server: Hub, out: Path) -> None:
    offer(server, "train.parquet")
    second: list[BaseException] = []

    def again() -> None:
        try:
            fetch(NAME, out)
        except BaseException as error:
            second.append(error)

    server.on_file = again
    assert (fetch(NAME, out) / "train.parquet").read_bytes() == CONTENT
    assert {(type(error), error.exit_code) for error in second} == {(BusyError, 5)}
    assert str(second[0]).isprintable()


def test_a_stop_by_the_user_keeps_the_part_and_publishes_nothing(server: Hub, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(pace: transfer.Pace, count: int) -> None:
        raise KeyboardInterrupt

    offer(server, "train.parquet")
    with monkeypatch.context() as patch:
        patch.setattr(transfer.Pace, "take", stop)
        patch.setattr(hub, "Pace", AnyPace)
        with pytest.raises(KeyboardInterrupt):
            fetch(NAME, out)
    assert not (out / NAME).exists()
    assert (fetch(NAME, out) / "train.parquet").read_bytes() == CONTENT


def test_the_command_gives_one_line_and_exit_code_3(
    server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server.refuse["api"] = [(404, {"X-HF-Warning": "x; buy \x1b[31m this"})]
    monkeypatch.setattr("analysis.sources.fetch.fetch", partial(fetch, out=tmp_path / "raw"))
    assert cli.main(["fetch", NAME]) == 3
    said = capfd.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1


IN_A_PROCESS = """
import sys
from pathlib import Path
from analysis.sources.fetch import fetch, refresh
assert not {"huggingface_hub", "httpx2"} & sys.modules.keys()
fetch(sys.argv[1], Path(sys.argv[2]))
"""


def test_nothing_is_written_to_the_home_of_the_hub_and_nothing_else_is_asked(server: Hub, out: Path, tmp_path: Path) -> None:
    offer(server, "train.parquet")
    home = tmp_path / "home"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    given = {"HF_ENDPOINT": server.address, "HF_HOME": str(home), "HOME": str(home), "AI_AGENT": "x"}
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, NAME, str(out)], env=inherited | given, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "fetching train.parquet, 1.0 MB\n")
    assert not home.exists()
    root = f"/api/datasets/{REPOSITORY}"
    assert [path for path, _ in server.seen if path.startswith("/api/")] == [f"{root}/revision/main", f"{root}/tree/{COMMIT}"]


def test_the_session_of_the_library_is_given_back(server: Hub, out: Path) -> None:
    from huggingface_hub import get_session

    offer(server, "train.parquet")
    fetch(NAME, out)
    assert get_session().event_hooks["response"] == []


# A file at an address of its own

PLAIN = "/public/votes.json"


@pytest.fixture
def plain(server: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    server.plain[PLAIN] = CONTENT
    monkeypatch.setitem(KNOWN, "votes", Dataset("votes", "none", "", url=f"{server.address}{PLAIN}"))
    return server


def test_a_file_at_an_address_of_its_own_is_fetched_without_the_token(
    plain: Hub, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert (fetch("votes", out) / "votes.json").read_bytes() == CONTENT
    assert left(out) == ["votes/votes.json"]
    assert [name for headers in plain.asked("/") for name in headers if name.lower() == "authorization"] == []


def test_a_plain_file_that_is_cut_is_taken_up_again(plain: Hub, out: Path) -> None:
    plain.cuts = [0, 300_000, 0, 0, 0, 0]
    assert "broke off" in refused("votes", out, kept=1)
    plain.cuts, plain.seen = [], []
    assert (fetch("votes", out) / "votes.json").read_bytes() == CONTENT
    assert [headers.get("Range") for headers in plain.asked("/")] == [None, "bytes=300000-"]


def test_a_plain_file_that_changed_between_two_calls_is_fetched_from_its_start(plain: Hub, out: Path) -> None:
    plain.cuts = [0, 300_000, 0, 0, 0, 0]
    refused("votes", out, kept=1)
    plain.cuts, plain.plain[PLAIN] = [], CONTENT[::-1]
    assert (fetch("votes", out) / "votes.json").read_bytes() == CONTENT[::-1]
    assert left(out) == ["votes/votes.json"]


def test_a_plain_file_that_changes_between_two_parts_is_an_error(plain: Hub, out: Path) -> None:
    def change() -> None:
        if len(plain.seen) == 3:
            plain.plain[PLAIN] = CONTENT[::-1]
            plain.protocol_headers["ETag"] = '"new"'

    plain.cuts, plain.on_file = [0, 300_000], change
    assert "changed on the server meanwhile" in refused("votes", out)


def test_a_plain_file_with_another_md5_is_not_published(plain: Hub, out: Path) -> None:
    right = base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
    plain.protocol_headers["x-goog-hash"] = f"crc32c=AAAAAA==,md5={right}"
    fetch("votes", out)
    plain.protocol_headers["x-goog-hash"] = f"md5={'A' * 22}=="
    assert "md5 hash is" in refused("votes", out / "other")


def test_a_plain_file_without_length_and_hash_is_refused(plain: Hub, out: Path) -> None:
    plain.announce = None
    assert "neither length nor hash" in refused("votes", out)


def test_a_plain_file_without_a_length_that_is_cut_is_noticed_by_its_hash(plain: Hub, out: Path) -> None:
    right = base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
    plain.announce, plain.protocol_headers, plain.cuts = None, {"x-goog-hash": f"md5={right}"}, [0, 300_000]
    assert "md5 hash is" in refused("votes", out)


@pytest.mark.parametrize("whole", [True, False])
def test_a_plain_file_in_chunks_is_whole_when_the_last_one_came(plain: Hub, out: Path, whole: bool) -> None:
    def chunks(answer: Handler) -> None:
        answer.send_response(200)
        answer.send_header("Transfer-Encoding", "chunked")
        answer.end_headers()
        answer.wfile.write(b"%x\r\n%s\r\n" % (len(CONTENT), CONTENT) + (b"0\r\n\r\n" if whole else b"ffff\r\nabc"))

    plain.raw["file"] = chunks
    if whole:
        assert (fetch("votes", out) / "votes.json").read_bytes() == CONTENT
    else:
        assert "broke off" in refused("votes", out)


def test_a_plain_file_without_a_version_is_not_resumed_and_leaves_no_part(plain: Hub, out: Path) -> None:
    plain.protocol_headers["ETag"] = 'W/"weak"'
    plain.cuts = [0, 300_000, 200_000, 0, 0]
    refused("votes", out)
    plain.cuts = [0, 300_000]
    assert (fetch("votes", out) / "votes.json").read_bytes() == CONTENT
    assert [headers["Range"] for headers in plain.asked("/") if "Range" in headers] == []


@pytest.mark.parametrize(
    ("status", "means"), [(403, "not public any more"), (404, "HTTP 404"), (429, "HTTP 429"), (500, "fails")]
)
def test_refusals_of_a_plain_file_are_one_line(plain: Hub, out: Path, status: int, means: str) -> None:
    plain.refuse["file"] = [(status, {})] * 10
    assert means in refused("votes", out)


def test_a_plain_file_on_a_server_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch, out: Path) -> None:
    monkeypatch.setitem(KNOWN, "votes", Dataset("votes", "none", "", url="http://127.0.0.1:9/votes.json"))
    assert "cannot be reached" in refused("votes", out)


def test_a_plain_file_that_comes_too_slowly_is_given_up(plain: Hub, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=10_000)
    monkeypatch.setattr(transfer, "monotonic", lambda: next(clock))
    assert "too slow" in refused("votes", out, kept=1)


def test_a_plain_file_that_has_no_end_is_stopped(plain: Hub, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
    plain.announce, plain.protocol_headers = None, {"x-goog-hash": f"md5={right}"}
    monkeypatch.setattr(transfer, "LARGEST", 500_000)
    assert "more than the 500,000 bytes" in refused("votes", out)


# The known data sets


def test_each_known_data_set_has_one_source_and_a_folder_of_its_name() -> None:
    for name, dataset in KNOWN.items():
        assert dataset.name == name == dataset.folder.name
        assert bool(dataset.repository) != bool(dataset.url)
        assert dataset.licence
        assert dataset.note
        assert dataset.page.startswith(dataset.url or "https://huggingface.co/datasets/")


def test_votes_are_looked_for_in_the_sets_that_hold_some() -> None:
    assert set(KNOWN) - set(with_votes()) == {"leaderboard-dataset", "lmsys-chat-1m"}
    with pytest.raises(InputError, match="arena-workbook fetch comparia-votes"):
        files.find_files("comparia-votes")
    with pytest.raises(InputError, match="holds no votes"):
        files.find_files("leaderboard-dataset")


def test_each_known_data_set_is_described_where_data_is() -> None:
    described = (places.DATA / "README.md").read_text(encoding="utf-8")
    assert [name for name in KNOWN if f"`{name}`" not in described] == []
