"""Fetching, against a server on this machine that behaves well, badly, or breaks off."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from analysis import fetch as module
from analysis.errors import InputError, UsageError
from analysis.fetch import KNOWN, Dataset, fetch

CONTENT = bytes(range(256)) * 4000


@dataclass
class Hub:
    """What the server holds and how it behaves; `seen` records path and headers of each request."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    status: int = 200
    announce: int = 0
    break_after: int | None = None
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        hub = self.hub
        hub.seen.append((self.path, dict(self.headers)))
        body = hub.files.get(self.path)
        if hub.status != 200 or body is None:
            self.send_error(hub.status if hub.status != 200 else 404)
            return
        start = int(re.match(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-"))[1])
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{len(body)}"')
        self.send_header("Content-Length", str(len(body) - start + hub.announce))
        self.end_headers()
        with suppress(ConnectionError):  # the client may hang up
            self.wfile.write(body[start : hub.break_after])


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("ARENA_WORKBOOK_HUB", hub.address + "/")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    yield hub
    server.shutdown()
    thread.join()
    server.server_close()


NAME = "arena-human-preference-140k"
API = f"/api/datasets/lmarena-ai/{NAME}"
RESOLVE = f"/datasets/lmarena-ai/{NAME}/resolve/main/"


def offer(hub: Hub, *files: str) -> None:
    hub.files[API] = json.dumps({"siblings": [{"rfilename": file} for file in ("README.md", *files)]}).encode()
    hub.files.update({RESOLVE + file: CONTENT for file in files})


def test_every_table_of_a_repository_is_fetched_into_a_folder_of_its_name(hub: Hub, tmp_path: Path) -> None:
    offer(hub, "data/train-0.parquet", "data/train-1.parquet", "data/extra.csv")
    folder = fetch(NAME, tmp_path)
    assert folder == tmp_path / NAME
    assert sorted(path.name for path in folder.iterdir()) == ["train-0.parquet", "train-1.parquet"]
    assert (folder / "train-1.parquet").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_csv_is_taken_where_there_is_no_parquet(hub: Hub, tmp_path: Path) -> None:
    offer(hub, "train.csv")
    assert [path.name for path in fetch(NAME, tmp_path).iterdir()] == ["train.csv"]


def test_a_data_set_that_is_there_is_kept_without_asking_the_server(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / NAME).mkdir()
    assert fetch(NAME, tmp_path) == tmp_path / NAME
    assert hub.seen == []
    assert "delete it to fetch" in capsys.readouterr().err


def test_a_file_at_an_address_of_its_own_is_fetched(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.files["/public/votes.json"] = CONTENT
    monkeypatch.setitem(KNOWN, "votes", Dataset("votes", "none", "", url=f"{hub.address}/public/votes.json"))
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert (fetch("votes", tmp_path) / "votes.json").read_bytes() == CONTENT
    assert "Authorization" not in hub.seen[0][1]


def test_the_token_goes_to_the_hub(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(hub, "train.parquet")
    monkeypatch.setenv("HF_TOKEN", "secret")
    fetch(NAME, tmp_path)
    assert [headers["Authorization"] for _, headers in hub.seen] == ["Bearer secret"] * 2


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'arena'.*arena-human-preference-55k.*clean_battle_20240814"):
        fetch("arena", tmp_path)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_says_to_accept_the_licence_and_set_the_token(hub: Hub, tmp_path: Path, status: int) -> None:
    hub.status = status
    with pytest.raises(
        InputError, match=rf"HTTP {status}.*Accept the licence.*lmsys/chatbot_arena_conversations.*HF_TOKEN"
    ) as caught:
        fetch("chatbot_arena_conversations", tmp_path)
    assert "\n" not in str(caught.value)


def test_a_missing_page_and_a_broken_server_are_one_line(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="HTTP 404"):
        fetch(NAME, tmp_path)
    hub.status = 503
    with pytest.raises(InputError, match="HTTP 503"):
        fetch(NAME, tmp_path)


def test_a_server_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARENA_WORKBOOK_HUB", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(InputError, match="cannot be reached") as caught:
        fetch(NAME, tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("listing", [b"<html>", b"[]", b'{"siblings": [{}]}'])
def test_a_listing_that_is_none_is_an_error(hub: Hub, tmp_path: Path, listing: bytes) -> None:
    hub.files[API] = listing
    with pytest.raises(InputError, match="not a list of files"):
        fetch(NAME, tmp_path)


@pytest.mark.parametrize("files", [[], ["a/x.parquet", "b/x.parquet"], ["data/.hidden.parquet"]])
def test_a_repository_without_tables_or_with_unsafe_names_is_an_error(hub: Hub, tmp_path: Path, files: list[str]) -> None:
    offer(hub, *files)
    with pytest.raises(InputError, match="nothing that can be taken as a table"):
        fetch(NAME, tmp_path)


def test_a_name_from_the_server_cannot_leave_the_folder(hub: Hub, tmp_path: Path) -> None:
    offer(hub, "../../evil.parquet")
    hub.files["/datasets/lmarena-ai/" + NAME + "/evil.parquet"] = CONTENT  # the client folds the dots
    raw = tmp_path / "deep" / "raw"
    assert [path.name for path in fetch(NAME, raw).iterdir()] == ["evil.parquet"]
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("evil*")] == [f"deep/raw/{NAME}/evil.parquet"]


def test_a_transfer_that_breaks_off_leaves_no_data_set_and_goes_on_next_time(hub: Hub, tmp_path: Path) -> None:
    offer(hub, "train.parquet")
    hub.break_after = 300_000
    with pytest.raises(InputError, match="broke off .*run the same command again"):
        fetch(NAME, tmp_path)
    assert not (tmp_path / NAME).exists()
    hub.break_after = None
    folder = fetch(NAME, tmp_path)
    assert (folder / "train.parquet").read_bytes() == CONTENT
    assert [path.name for path in folder.iterdir()] == ["train.parquet"]


def test_a_listing_that_breaks_off_is_one_line(hub: Hub, tmp_path: Path) -> None:
    offer(hub, "train.parquet")
    hub.announce = 7
    with pytest.raises(InputError, match="broke off") as caught:
        fetch(NAME, tmp_path)
    assert "\n" not in str(caught.value)


def test_what_came_before_the_break_is_not_fetched_twice(hub: Hub, tmp_path: Path) -> None:
    offer(hub, "train.parquet")
    hub.break_after = 300_000
    with pytest.raises(InputError, match="broke off"):
        fetch(NAME, tmp_path)
    hub.break_after = None
    fetch(NAME, tmp_path)
    ranges = [headers["Range"] for _, headers in hub.seen if "Range" in headers]
    assert len(ranges) == 1
    assert 0 < int(ranges[0].removeprefix("bytes=").removesuffix("-")) <= 300_000


def test_a_file_that_changed_on_the_server_is_fetched_from_its_start(hub: Hub, tmp_path: Path) -> None:
    offer(hub, "train.parquet")
    hub.break_after = 300_000
    with pytest.raises(InputError, match="broke off"):
        fetch(NAME, tmp_path)
    hub.break_after = None
    hub.files[RESOLVE + "train.parquet"] = CONTENT[::-1] + b"more"
    folder = fetch(NAME, tmp_path)
    assert (folder / "train.parquet").read_bytes() == CONTENT[::-1] + b"more"
    assert [path.name for path in folder.iterdir()] == ["train.parquet"]


def test_a_folder_that_cannot_be_written_is_one_line(hub: Hub, tmp_path: Path) -> None:
    offer(hub, "train.parquet")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        fetch(NAME, tmp_path / "file")


def test_each_known_data_set_has_one_source_and_a_folder_of_its_name() -> None:
    for name, dataset in KNOWN.items():
        assert dataset.name == name == dataset.folder.name
        assert bool(dataset.repository) != bool(dataset.url)
        assert dataset.licence
        assert dataset.page.startswith(dataset.url or module.hub())
