import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from analysis.errors import UsageError
from analysis.topic_model.endpoint import name_topics

LABELS, WORDS, EXAMPLES = ("sort, array", "rice, soup"), (("sort", "array"), ("rice", "soup")), (["sort this"], ["cook that"])


class Stub(HTTPServer):
    """A local OpenAI-compatible server that answers what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, object]] = []
        self.keys: list[str | None] = []
        self.status = 200
        self.answer = '"Sorting"\nsecond line'


class Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.keys.append(self.headers["Authorization"])
        body = json.dumps({"choices": [{"message": {"content": self.server.answer}}]}).encode()
        self.send_response(self.server.status if self.path == "/v1/chat/completions" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path))
    monkeypatch.setenv("ARENA_TOPICS_URL", f"http://127.0.0.1:{server.server_port}/v1")
    monkeypatch.setenv("ARENA_TOPICS_MODEL", "stub")
    monkeypatch.setenv("ARENA_TOPICS_KEY", "secret")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


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
    assert "failed (HTTPError)" in notes[0]
    assert len(stub.asked) == 1


def test_an_empty_answer_keeps_the_words(stub: Stub):
    stub.answer = ""
    assert name_topics(LABELS, WORDS, EXAMPLES)[0] == LABELS


def test_a_url_without_a_model_is_wrong_usage(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARENA_TOPICS_URL", "http://127.0.0.1:9/v1")
    monkeypatch.delenv("ARENA_TOPICS_MODEL", raising=False)
    with pytest.raises(UsageError, match="ARENA_TOPICS_MODEL"):
        name_topics(LABELS, WORDS, EXAMPLES)
