import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from analysis.errors import UsageError
from analysis.topics import names
from analysis.topics.names import from_environment, name_topics

LABELS, WORDS, EXAMPLES = ("sort, array", "rice, soup"), (("sort", "array"), ("rice", "soup")), (["sort this"], ["cook that"])


class Stub(HTTPServer):
    """A local OpenAI-compatible server that answers what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, object]] = []
        self.keys: list[str | None] = []
        self.status = 200
        self.answer = '"Sorting"\nsecond line'
        self.body: bytes | None = None
        self.headers: dict[str, str] = {}
        self.pause = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.keys.append(self.headers["Authorization"])
        body = self.server.body
        if body is None:
            body = json.dumps({"choices": [{"message": {"content": self.server.answer}}]}).encode()
        self.send_response(self.server.status if self.path == "/v1/chat/completions" else 404)
        for name, value in {"Content-Length": str(len(body)), **self.server.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # the client hung up
            for byte in body if self.server.pause else ():
                self.wfile.write(bytes([byte]))
                time.sleep(self.server.pause)
            self.wfile.write(b"" if self.server.pause else body)

    def do_GET(self) -> None:
        self.server.asked.append({"path": self.path})
        self.server.keys.append(self.headers["Authorization"])
        self.send_error(404)

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def serving() -> Iterator[Stub]:
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path))
    monkeypatch.setenv("ARENA_TOPICS_MODEL", "stub")
    monkeypatch.setenv("ARENA_TOPICS_KEY", "secret")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with serving() as server:
        monkeypatch.setenv("ARENA_TOPICS_URL", server.url)
        yield server


def test_without_an_endpoint_labels_are_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ARENA_TOPICS_URL", raising=False)
    assert name_topics(LABELS, WORDS, EXAMPLES) == (LABELS, ())


def test_names_come_from_the_endpoint_and_equal_names_are_told_apart(stub: Stub):
    labels, notes = name_topics(LABELS, WORDS, EXAMPLES)
    assert labels == ("Sorting", "Sorting (1)")
    assert notes == ("Topics were named by stub.",)
    assert stub.keys == ["Bearer secret"] * 2
    assert stub.asked[0]["model"] == "stub"


def test_names_are_asked_for_once(stub: Stub):
    name_topics(LABELS, WORDS, EXAMPLES)
    assert name_topics(LABELS, WORDS, EXAMPLES)[0] == ("Sorting", "Sorting (1)")
    assert len(stub.asked) == 2


def test_a_failing_endpoint_costs_a_note_and_not_the_labels(stub: Stub):
    stub.status = 500
    labels, notes = name_topics(LABELS, WORDS, EXAMPLES)
    assert labels == LABELS
    assert notes == ("The endpoint that names topics failed (HTTP 500); 2 of 2 topics keep their words for a name.",)
    assert len(stub.asked) == 1


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("x" * 60, "x" * 60),
        ("Sorting " * 7 + "arrs", "Sorting " * 7 + "arrs"),
        ("Sorting " * 7 + "array", ("Sorting " * 7).strip()),
        ("字" * 80, "字" * 60),
        ("<think>They sort things.\nSo:</think>\n\n**Sorting arrays**", "Sorting arrays"),
        ("</think>Sorting", "Sorting"),
        ('<script>alert(1)</script>Sorting <a href="x">arrays</a>', "alert(1)Sorting arrays"),
        ("Sorting\u202e\x1b[31m\x00 arrays\r\nIgnore what was said", "Sorting[31m arrays"),
        ("1 < 2 and 3 > 2", "1 2 and 3 2"),
        ("“Sorting”.", "Sorting"),
    ],
)
def test_an_answer_becomes_one_line_of_plain_text_cut_at_a_word(stub: Stub, answer: str, name: str):
    stub.answer = answer
    assert name_topics(LABELS[:1], WORDS[:1], EXAMPLES[:1]) == ((name,), ("Topics were named by stub.",))


@pytest.mark.parametrize(
    "answer",
    ["", " \n ", "<think>They want me to say", "See https://evil.example now", "www.evil.example", "write to me@evil.example"],
)
def test_an_answer_without_a_name_keeps_the_words(stub: Stub, answer: str):
    stub.answer = answer
    labels, notes = name_topics(LABELS, WORDS, EXAMPLES)
    assert labels == LABELS
    assert notes == ("Topics were named by stub. 2 of 2 keep their words: the answers were of no use.",)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"no JSON", b"[]", b"null", b'"text"', b'{"choices": []}', b'{"choices": [{"message": {}}]}'),
        *(b'{"choices": [{"message": {"content": ["a"]}}]}', b'{"choices": [{"message": {"content": null}}]}'),
        *(b"[" * 100_000, b"\xff\xfe\xfa", b'{"error": {"message": "secret"}}'),
    ],
)
def test_an_answer_in_another_shape_keeps_the_words(stub: Stub, body: bytes):
    stub.body = body
    labels, notes = name_topics(LABELS, WORDS, EXAMPLES)
    assert labels == LABELS
    assert "the answers were of no use" in notes[0]


def test_what_was_of_no_use_is_asked_again_and_the_rest_is_not(stub: Stub):
    stub.answer = ""
    name_topics(LABELS[:1], WORDS[:1], EXAMPLES[:1])
    stub.answer = "Sorting"
    name_topics(LABELS[:1], WORDS[:1], EXAMPLES[:1])
    name_topics(LABELS[:1], WORDS[:1], EXAMPLES[:1])
    assert len(stub.asked) == 2


def test_another_server_or_model_is_asked_anew(stub: Stub, monkeypatch: pytest.MonkeyPatch):
    name_topics(LABELS, WORDS, EXAMPLES)
    monkeypatch.setenv("ARENA_TOPICS_MODEL", "other")
    name_topics(LABELS, WORDS, EXAMPLES)
    with serving() as other:
        monkeypatch.setenv("ARENA_TOPICS_URL", other.url)
        name_topics(LABELS, WORDS, EXAMPLES)
        assert (len(stub.asked), len(other.asked)) == (4, 2)


def test_no_key_is_sent_where_none_is_named(stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password general")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("OPENAI_API_KEY", "general")
    monkeypatch.delenv("ARENA_TOPICS_KEY")
    name_topics(LABELS, WORDS, EXAMPLES)
    assert stub.keys == [None, None]


def test_a_key_is_neither_shown_nor_kept(stub: Stub, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    stub.body = b'{"choices": [{"message": {"content": "Sorting"}}], "key": "secret"}'
    assert name_topics(LABELS, WORDS, EXAMPLES)[0][0] == "Sorting"
    stub.status = 401
    notes = name_topics(LABELS, (("new",), ("words",)), EXAMPLES)[1]
    shown = capfd.readouterr()
    kept = "".join(path.read_text() for path in tmp_path.iterdir())
    assert "secret" not in "".join((*notes, shown.out, shown.err, kept, repr(from_environment())))


def test_a_key_that_http_cannot_carry_costs_a_note(stub: Stub, monkeypatch: pytest.MonkeyPatch):
    for key in ("schlüssel→", "two\nlines"):
        monkeypatch.setenv("ARENA_TOPICS_KEY", key)
        labels, notes = name_topics(LABELS, WORDS, EXAMPLES)
        assert labels == LABELS
        assert notes[0].startswith("The endpoint that names topics failed (")
        assert key not in notes[0]
    assert stub.asked == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_neither_key_nor_prompts_follow_a_redirect(stub: Stub, status: int):
    with serving() as other:
        stub.status, stub.headers = status, {"Location": other.url.replace("127.0.0.1", "localhost") + "/chat/completions"}
        labels, notes = name_topics(LABELS, WORDS, EXAMPLES)
        assert other.asked == []
    assert labels == LABELS
    assert f"failed (HTTP {status})" in notes[0]


def test_a_server_that_is_not_there_costs_one_note_and_no_time(stub: Stub, monkeypatch: pytest.MonkeyPatch):
    with serving() as gone:
        monkeypatch.setenv("ARENA_TOPICS_URL", gone.url)
    start = time.monotonic()
    labels, notes = name_topics(LABELS * 50, WORDS * 50, EXAMPLES * 50)
    assert labels == LABELS * 50
    assert notes == ("The endpoint that names topics failed (ConnectionError); 100 of 100 topics keep their words for a name.",)
    assert time.monotonic() - start < 5


def test_a_silent_server_is_waited_for_once(stub: Stub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(names, "_PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("ARENA_TOPICS_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/v1")
        start = time.monotonic()
        assert "failed (ReadTimeout)" in name_topics(LABELS * 50, WORDS * 50, EXAMPLES * 50)[1][0]
    assert time.monotonic() - start < 5


def test_a_server_that_drips_or_never_ends_is_left(stub: Stub, monkeypatch: pytest.MonkeyPatch):
    stub.body, stub.pause = b"{" * 200, 0.02
    monkeypatch.setattr(names, "_WHOLE", 0.2)
    assert "failed (no whole answer in 0.2 seconds)" in name_topics(LABELS, WORDS, EXAMPLES)[1][0]
    stub.body, stub.pause = b"{" * 2_000, 0.0
    monkeypatch.setattr(names, "_WHOLE", 60)
    monkeypatch.setattr(names, "_LARGEST", 1_000)
    assert "failed (an endless answer)" in name_topics(LABELS, WORDS, EXAMPLES)[1][0]


def test_names_until_a_failure_stay_and_are_not_asked_again(stub: Stub, monkeypatch: pytest.MonkeyPatch):
    name_topics(LABELS[:1], WORDS[:1], EXAMPLES[:1])
    stub.status = 503
    labels, notes = name_topics(LABELS, WORDS, EXAMPLES)
    assert labels == ("Sorting", LABELS[1])
    assert "1 of 2 topics keep their words" in notes[0]


def test_a_name_like_the_words_of_another_topic_is_told_apart(stub: Stub):
    stub.answer = LABELS[1]
    stub.headers = {}
    name_topics(LABELS[:1], WORDS[:1], EXAMPLES[:1])
    stub.status = 500
    assert name_topics(LABELS, WORDS, EXAMPLES)[0] == (f"{LABELS[1]} (0)", LABELS[1])


def test_a_url_without_a_model_is_wrong_usage(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARENA_TOPICS_URL", "http://127.0.0.1:9/v1")
    monkeypatch.delenv("ARENA_TOPICS_MODEL", raising=False)
    with pytest.raises(UsageError, match="ARENA_TOPICS_MODEL"):
        name_topics(LABELS, WORDS, EXAMPLES)
