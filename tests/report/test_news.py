"""Who is told how runs ended."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from analysis.errors import InputError
from analysis.report import edition, news
from analysis.report.edition import Outcome
from analysis.report.journal import Journal
from analysis.report.material import Material
from analysis.report.order import Order
from analysis.results.terminal import say

CHANGES = {"headline": "a leads.", "lines": ["a leads.", "b – is new"], "counts": {"clear": 1, "possible": 0, "noise": 3}}


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch):
    """Let the runs of orders end like this, one after another."""

    def end(*outcomes: Outcome | BaseException) -> list[Order]:
        left = iter(outcomes)

        def run(_order: Order, _journal: Journal) -> Outcome:
            outcome = next(left)
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr(news, "run_edition", run)
        return [Order()] * len(outcomes)

    return end


def _writes(path: Path) -> str:
    """A command that writes what it is told into a file."""
    program = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read())"
    return shlex.join([sys.executable, "-c", program, str(path)])


def _outcome(changes: dict | None, published: bool = True) -> Outcome:
    return Outcome(Path("index.html"), "2026-11-23T0600Z", published, changes)


def test_the_command_for_news_gets_the_lines_where_something_changed_beyond_noise(ended, tmp_path: Path):
    news.publish(lambda: ended(_outcome(CHANGES)), Journal(), on_change=_writes(tmp_path / "told"))
    assert (tmp_path / "told").read_text(encoding="utf-8") == "a leads.\nb – is new\nindex.html\n"


@pytest.mark.parametrize(
    "outcome", [_outcome(None), _outcome(CHANGES | {"counts": {"clear": 0}}), _outcome(CHANGES, published=False)]
)
def test_the_command_for_news_is_not_called_where_nothing_did(ended, tmp_path: Path, outcome: Outcome):
    news.publish(lambda: ended(outcome), Journal(), on_change=_writes(tmp_path / "told"))
    assert not (tmp_path / "told").exists()


def test_the_command_for_failures_gets_the_line_and_the_other_orders_run(ended, tmp_path: Path, capsys):
    orders = ended(InputError("thin-board: too few."), _outcome(None))
    with pytest.raises(InputError, match=r"1 of 2 editions failed. thin-board: too few."):
        news.publish(lambda: orders, Journal(), on_failure=_writes(tmp_path / "told"))
    assert (tmp_path / "told").read_text(encoding="utf-8") == "thin-board: too few.\n"
    assert capsys.readouterr().out == "index.html\n"


def test_a_command_that_fails_is_said_and_stops_nothing(ended, capsys):
    news.publish(lambda: ended(_outcome(CHANGES)), Journal(), on_change="exit 3")
    assert "The command 'exit 3' ended with exit code 3." in capsys.readouterr().err


def test_what_a_command_prints_is_on_stderr_and_no_result(ended, capfd):
    news.publish(lambda: ended(_outcome(CHANGES)), Journal(quiet=True), on_change="cat")
    printed = capfd.readouterr()
    assert printed.err == "a leads.\nb – is new\nindex.html\n"
    assert printed.out == "index.html\n"


def test_each_order_is_one_object_of_json_on_its_line(ended, capsys):
    orders = ended(_outcome(CHANGES), _outcome(None, published=False), InputError("too few."))
    with pytest.raises(InputError):
        news.publish(lambda: orders, Journal(quiet=True), as_json=True)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["status"] for one in told] == ["published", "unchanged", "failed"]
    assert (told[0]["headline"], told[0]["changes"]["clear"]) == ("a leads.", 1)
    assert (told[2]["exit_code"], told[2]["why"]) == (3, "too few.")


def test_a_quiet_journal_says_nothing_and_writes_all_with_the_time(tmp_path: Path, capsys):
    journal = Journal(quiet=True, log=tmp_path / "log")
    journal.say("one \x1b[2J")
    journal.write(tmp_path / "copy")
    assert capsys.readouterr().err == ""
    assert (tmp_path / "log").read_text(encoding="utf-8") == (tmp_path / "copy").read_text(encoding="utf-8")
    assert (tmp_path / "log").read_text(encoding="utf-8").endswith("Z one ␛[2J\n")


def test_what_is_said_while_boards_are_fetched_is_in_the_journal_and_quiet_is_silent(
    notebooks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    def fetched(_order: Order) -> Material:
        say("fetching full.parquet")
        raise InputError("no network.")

    monkeypatch.setattr(edition, "read_material", fetched)
    for quiet, said in ((True, ""), (False, "fetching full.parquet\n")):
        journal = Journal(quiet, log=tmp_path / "log")
        with pytest.raises(InputError, match="no network"):
            edition.run_edition(Order(out=tmp_path / "out", notebooks=notebooks / "runs"), journal)
        assert capsys.readouterr().err == said
        assert journal.lines[-1].endswith("Z fetching full.parquet\n")
    assert (tmp_path / "log").read_text(encoding="utf-8").count("fetching full.parquet") == 2


def test_a_log_that_cannot_be_written_is_one_line(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be written"):
        Journal(log=tmp_path).say("x")


def test_what_goes_wrong_before_the_orders_are_known_and_a_run_that_is_stopped_are_told(ended, tmp_path: Path, capsys):
    def unknown() -> list[Order]:
        raise InputError("no such set.")

    with pytest.raises(InputError):
        news.publish(unknown, Journal(), out=Path("o"), on_failure=_writes(tmp_path / "told"), as_json=True)
    assert json.loads(capsys.readouterr().out) == {"status": "failed", "out": "o", "exit_code": 3, "why": "no such set."}
    orders = ended(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        news.publish(lambda: orders, Journal(), on_failure=_writes(tmp_path / "told"), as_json=True)
    assert json.loads(capsys.readouterr().out)["exit_code"] == 130
    assert (tmp_path / "told").read_text(encoding="utf-8") == "no such set.\nstopped.\n"


def test_a_log_that_cannot_be_written_is_told_like_any_failure(ended, tmp_path: Path, capsys):
    orders = ended(_outcome(None))
    journal = Journal(log=tmp_path)
    with pytest.raises(InputError, match="cannot be written"):
        news.publish(lambda: journal.say("x") or orders, journal, on_failure=_writes(tmp_path / "told"), as_json=True)
    assert "cannot be written" in json.loads(capsys.readouterr().out)["why"]
    assert "cannot be written" in (tmp_path / "told").read_text(encoding="utf-8")
