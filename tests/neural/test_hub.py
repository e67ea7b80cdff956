"""Models by name: the library's own download code against a hub on this machine that speaks the hub's protocol."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from analysis.embeddings.choose import NeuralEmbedding

Run = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).resolve().parent.parent.parent

#: A commit, as the hub names it.
COMMIT = "c" * 40

MODEL = "someone/all-MiniLM-L6-v2"

#: The status of a hub that takes a question and never answers.
SILENT = 0


class Hub(ThreadingHTTPServer):
    """Serves folders as models by name; `asked` are the requests so far, and `status` is what it answers if it is not 200."""

    daemon_threads = True

    def __init__(self, **models: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.models = {name.replace("__", "/"): folder for name, folder in models.items()}
        self.asked: list[str] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(f"{self.command} {path}")
        kind, _, rest = path.removeprefix("/").partition("/")
        if self.server.status == SILENT:
            time.sleep(20)
            self.close_connection = True
        elif self.server.status != 200:
            self._send(self.server.status, b"ill")
        elif path.startswith("/api/models/"):
            self._describe("/".join(path.split("/")[3:5]), path.split("/")[5:])
        else:
            name, file = f"{kind}/{rest.split('/')[0]}", "/".join(rest.split("/")[3:])
            self._file(name, file)

    def _describe(self, name: str, rest: list[str]) -> None:
        folder = self.server.models.get(name)
        if folder is None:
            self._send(404, json.dumps({"error": "Repository not found"}).encode(), {"X-Error-Code": "RepoNotFound"})
            return
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        named = [path.relative_to(folder).as_posix() for path in files]
        if rest[:1] == ["tree"]:
            entries = [
                {"type": "file", "path": path, "size": file.stat().st_size, "oid": _tag(file)}
                for path, file in zip(named, files, strict=True)
            ]
            self._send(200, json.dumps(entries).encode())
        else:
            about = {"id": name, "modelId": name, "sha": COMMIT, "siblings": [{"rfilename": path} for path in named], "tags": []}
            self._send(200, json.dumps(about).encode())

    def _file(self, name: str, file: str) -> None:
        path = self.server.models[name] / file if name in self.server.models else None
        if path is None or not path.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound" if path else "RepoNotFound"})
            return
        self._send(200, path.read_bytes(), {"ETag": f'"{_tag(path)}"', "X-Repo-Commit": COMMIT})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body)), "Content-Type": "application/json"} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def _tag(path: Path) -> str:
    """As git names a file."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@contextlib.contextmanager
def hub(**models: Path) -> Iterator[Hub]:
    server = Hub(**models)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty cache of the hub's client."""
    return tmp_path / "hub"


def in_python(program: str, *arguments: str, **environment: object) -> str:
    """What a program prints that starts with the embedding `e` of the first argument; it must say nothing else."""
    start = "import sys; from analysis.embeddings import neural as module\n"
    start += "e = module.NeuralEmbedding('sentence-transformers', sys.argv[1])\n"
    given = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    given |= {name: str(value) for name, value in environment.items()}
    line = [sys.executable, "-c", start + program, *arguments]
    done = subprocess.run(line, cwd=ROOT, env=given, capture_output=True, text=True, check=True, timeout=300)
    assert done.stderr == ""
    return done.stdout


def topics_by(name: str, votes: Path, run: Run, server: str, home: Path, **environment: object) -> tuple[int, str, str]:
    """Exit code and both outputs of finding topics with a model by name, with nothing kept from before; within a minute."""
    start = time.monotonic()
    options = ("--embedding", f"sentence-transformers:{name}", "--fast", "--rounds", 0)
    home.mkdir(exist_ok=True)
    given = {"HF_ENDPOINT": server, "HF_HOME": home, "ARENA_WORKBOOK_CACHE": tempfile.mkdtemp(dir=home)}
    done = run("topics", "--votes", votes, *options, **given, **environment)
    assert time.monotonic() - start < 60
    return done


def test_a_name_is_downloaded_once_and_then_works_without_the_hub(few: Path, minilm: Path, home: Path, run: Run):
    with hub(**{MODEL.replace("/", "__"): minilm}) as server:
        status, out, said = topics_by(MODEL, few, run, server.address, home)
        assert (status, said) == (0, "")
        assert "votes with a prompt fall into" in out
        assert "GET /someone/all-MiniLM-L6-v2/resolve/" + COMMIT + "/model.safetensors" in server.asked
    status, again, said = topics_by(MODEL, few, run, server.address, home)
    assert (status, again, said) == (0, out, "")


def test_a_model_in_the_cache_is_not_asked_for_again_and_is_known_by_its_files(minilm: Path, home: Path):
    with hub(**{MODEL.replace("/", "__"): minilm}) as server:
        first = in_python("print(e.fingerprint)", MODEL, HF_ENDPOINT=server.address, HF_HOME=home)
        server.asked.clear()
        assert in_python("print(e.fingerprint)", MODEL, HF_ENDPOINT=server.address, HF_HOME=home) == first
        assert server.asked == []
    assert first.strip() == NeuralEmbedding("sentence-transformers", str(minilm)).fingerprint


def test_a_name_without_an_owner_is_one_of_sentence_transformers(minilm: Path, home: Path):
    program = "print(e.embed(['one', 'two']).shape)"
    with hub(**{"sentence-transformers__all-MiniLM-L6-v2": minilm}) as server:
        assert in_python(program, "all-MiniLM-L6-v2", HF_ENDPOINT=server.address, HF_HOME=home) == "(2, 384)\n"


def test_a_half_downloaded_model_is_completed(minilm: Path, home: Path):
    with hub(**{MODEL.replace("/", "__"): minilm}) as server:
        whole = in_python("print(e.fingerprint)", MODEL, HF_ENDPOINT=server.address, HF_HOME=home)
        next(home.rglob("model.safetensors")).unlink()
        assert in_python("print(e.fingerprint)", MODEL, HF_ENDPOINT=server.address, HF_HOME=home) == whole


def test_pickled_weights_and_code_are_not_even_downloaded(minilm: Path, home: Path, tmp_path: Path):
    model = tmp_path / "model"
    model.mkdir()
    for path in minilm.rglob("*"):
        if path.is_file() and path.suffix != ".safetensors":
            (model / path.relative_to(minilm)).parent.mkdir(exist_ok=True)
            (model / path.relative_to(minilm)).write_bytes(path.read_bytes())
    (model / "pytorch_model.bin").write_bytes(b"cos\nsystem\n")
    (model / "modeling.py").write_text("raise SystemExit")
    program = "try: e.embed(['a'])\nexcept module.UsageError as error: print(error)"
    with hub(someone__pickled=model) as server:
        said = in_python(program, "someone/pickled", HF_ENDPOINT=server.address, HF_HOME=home)
        assert [line for line in server.asked if line.endswith((".bin", ".py"))] == []
    assert "holds no .safetensors" in said
    assert said.count("\n") == 1


def test_an_unknown_name_is_one_line_that_says_what_to_do(few: Path, home: Path, minilm: Path, run: Run):
    with hub() as server:
        status, out, said = topics_by("someone/no-such", few, run, server.address, home)
        assert [line for line in server.asked if "no-such" in line] == ["GET /api/models/someone/no-such"]
    assert (status, out) == (2, "")
    assert said == (
        "arena-workbook: embedding sentence-transformers:someone/no-such: there is no such folder, and the hub has no model "
        "someone/no-such or keeps it private (HF_TOKEN); check the name, or give the folder of a model.\n"
    )


def test_a_hub_that_cannot_be_reached_is_one_line_and_soon(few: Path, home: Path, run: Run):
    with hub() as server:
        address = server.address  # nobody listens there any more below
    status, out, said = topics_by(MODEL, few, run, address, home)
    assert (status, out) == (2, "")
    assert len(said.splitlines()) == 1
    assert "cannot be downloaded (" in said
    assert said.endswith("; check the network, or give the folder of a model.\n")


def test_a_hub_that_is_ill_or_forbidden_is_one_line(few: Path, home: Path, run: Run):
    with hub() as server:
        server.status = 503
        status, _, said = topics_by(MODEL, few, run, server.address, home)
        assert (status, len(said.splitlines())) == (2, 1)
        assert "503" in said
        status, _, said = topics_by(MODEL, few, run, server.address, home, HF_HUB_OFFLINE=1)
        assert (status, len(said.splitlines())) == (2, 1)
        assert "cannot be downloaded" in said


def test_a_silent_hub_is_not_waited_for_long(home: Path):
    program = "module._PATIENCE = 0.5\ntry: e.embed(['a'])\nexcept module.UsageError as error: print(error)"
    with hub() as server:
        server.status = SILENT
        start = time.monotonic()
        said = in_python(program, MODEL, HF_ENDPOINT=server.address, HF_HOME=home)
        assert time.monotonic() - start < 20
    assert "cannot be downloaded (" in said
    assert said.count("\n") == 1
