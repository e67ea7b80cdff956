"""What is said beside results, and who hears it."""

import sys

import pytest

from analysis.results.terminal import on_terminal, say, told_to


def test_who_listens_hears_each_line_in_place_of_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[str] = []
    with told_to(heard.append):
        say("one", "two \x1b[2J")
    say("three")
    assert heard == ["one", "two \x1b[2J"]
    assert capsys.readouterr().err == "three\n"


def test_who_listens_may_say_it_in_turn(capsys: pytest.CaptureFixture[str]) -> None:
    with told_to(lambda line: say(f"heard: {line}")):
        say("one \x1b[2J")
    assert capsys.readouterr().err == "heard: one ␛[2J\n"


def test_a_bar_is_for_who_looks_on_and_not_for_who_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert on_terminal()
    with told_to(print):
        assert not on_terminal()
    assert on_terminal()
