"""Where the code runs, and how long an error is there."""

import pytest

from analysis import surroundings
from analysis.errors import UsageError
from analysis.surroundings import DEBUG, TABLES


@pytest.fixture(autouse=True)
def _before_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEBUG, "")
    monkeypatch.delenv(TABLES, raising=False)


def test_an_error_is_one_line_before_somebody() -> None:
    assert UsageError("no such thing.")._render_traceback_() == ["UsageError: no such thing."]


@pytest.mark.parametrize("folder", ["", "tables"])
def test_a_report_has_all_that_led_to_it(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TABLES, folder)
    assert surroundings.in_report()
    assert not hasattr(UsageError("no such thing."), "_render_traceback_")


def test_who_debugs_has_it_too_until_they_do_not() -> None:
    surroundings.debug()
    assert not hasattr(UsageError("no such thing."), "_render_traceback_")
    surroundings.debug(False)
    assert hasattr(UsageError("no such thing."), "_render_traceback_")
