"""The house style: text that can always be drawn, labels that never overlap, and no traces in global state."""

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.figures.style import PIXELS, WIDE, Medium, drawing_for, house_style, plain, spread

places = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40)


@given(places, st.floats(0.01, 10))
def test_spread_labels_keep_their_order_and_their_distance(wanted: list[float], gap: float) -> None:
    moved = spread(wanted, gap)
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(moved[order]) >= gap - 1e-6)


@given(places, st.floats(0.01, 10))
def test_spread_labels_keep_their_mean(wanted: list[float], gap: float) -> None:
    assert spread(wanted, gap).mean() == pytest.approx(np.mean(wanted), abs=1e-6)


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([3.0, 1.0, 8.0], 1.0).tolist() == [3.0, 1.0, 8.0]


@given(st.text(max_size=80), st.sampled_from([WIDE, PIXELS]))
def test_plain_text_is_one_line_that_can_be_drawn(text: str, medium: Medium) -> None:
    with drawing_for(medium):
        shown = plain(text)
        assert len(shown) <= 44
        assert "\n" not in shown
        assert plain(shown) == shown.strip() or "…" in shown or "U+" in shown


def test_a_control_character_is_seen_as_in_tables() -> None:
    assert plain("0 \x08 0") == "0 ␈ 0"


def test_letters_that_the_font_lacks_are_spelled_out_in_pixels_only() -> None:
    assert plain("你\u202e") == "你⟨U+202E⟩"
    assert plain("claude–3 → 1") == "claude–3 → 1"
    with drawing_for(PIXELS):
        assert plain("你") == "U+4F60"


def test_the_style_ends_with_its_block() -> None:
    before = dict(mpl.rcParams)
    with house_style():
        assert mpl.rcParams["text.parse_math"] is False
    assert dict(mpl.rcParams) == before
