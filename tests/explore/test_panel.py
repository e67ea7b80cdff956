"""The panel in JupyterLab, as far as it goes without a browser (`tests/browser/lab` has one)."""

import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import analysis as arena
from analysis.errors import UsageError
from analysis.explore import panel as module
from analysis.votes.table import Votes

HERE = Path(module.__file__).parent

needs_anywidget = pytest.mark.skipif(find_spec("anywidget") is None, reason="the extra explore is not installed")


def test_without_the_extra_one_line_says_how_to_install_it(votes: Votes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(UsageError, match=r"^explore needs anywidget, .*pip install 'arena-workbook\[explore\]'"):
        arena.explore(votes)


def test_the_script_writes_text_and_asks_no_other_place() -> None:
    """What makes HTML of text is not there, nor is an address: it works offline."""
    script, style = ((HERE / name).read_text("utf-8") for name in ("panel.js", "panel.css"))
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|DOMParser", script)
    assert not re.findall(r"https?:|//\w+\.\w|fetch\(|import\(|^import ", script, flags=re.MULTILINE)
    assert not re.findall(r"url\(|@import", style)


@needs_anywidget
def test_a_message_is_answered_and_the_panel_knows_what_is_on_the_screen(votes: Votes) -> None:
    panel = arena.explore(votes, "single_turn", "multi_turn")
    assert len(panel.widget.shown["shift"]["rows"]) == 6
    panel.widget.asked = {"number": 3, "selection": {"from_": "overall", "to": "turns_3", "last": "2024-06-12"}}
    assert panel.widget.shown["number"] == 3
    assert panel.call.startswith('shift = arena.shift(votes, "until:2024-06-13", "turns_3 & until:2024-06-13")')
    assert panel.shift.board_to.category.name == "turns_3 & until:2024-06-13"
    assert repr(panel).startswith("<Panel: until:2024-06-13 → turns_3 & until:2024-06-13 of votes-")


@needs_anywidget
def test_a_cell_shows_the_widget(votes: Votes) -> None:
    shown, *_ = arena.explore(votes)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown


@needs_anywidget
def test_a_message_that_makes_no_sense_is_answered_with_a_line(votes: Votes) -> None:
    panel = arena.explore(votes)
    panel.widget.asked = {"number": 4, "selection": {"languages": 5}, "conversations": {"page": "<b>"}}
    assert "cannot be shown" in panel.widget.shown["error"]


def test_half_a_character_and_no_number_can_be_sent() -> None:
    assert module.plain({"a": ["\ud800x", float("nan"), (1, 2.5)]}) == {"a": ["?x", None, [1, 2.5]]}
