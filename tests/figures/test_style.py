"""The house style: text that can always be drawn, labels that never overlap, and no traces in global state."""

import unicodedata
import warnings

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from analysis.figures.measure import drawable, fitted, text_width, wrapped
from analysis.figures.style import PIXELS, canvas, drawing_for, house_style, plain, spread, write_title
from analysis.results.unseen import visible

#: Words of a script, in which topics are named.
SCRIPTS = {
    "Chinese": "机器学习, 数据",
    "Japanese": "データベース, 料理",
    "Korean": "파이썬, 함수",
    "Arabic": "برمجة, كود",
    "Hebrew": "שלום, תכנות",
    "Thai": "บทความ, โค้ด",
    "Hindi": "हिन्दी, प्रोग्रामिंग",
    "Bengali": "বাংলা ভাষা",
    "Tamil": "தமிழ் மொழி",
    "Khmer": "ភាសាខ្មែរ",
    "Burmese": "မြန်မာစာ",
    "Greek": "κώδικας",
    "Russian": "рецепт",
}

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


@given(st.text(max_size=80))
def test_plain_text_is_one_line_that_a_browser_can_draw(text: str) -> None:
    shown = plain(text)
    assert len(shown) <= 44
    assert "\n" not in shown
    assert plain(shown) == shown.strip() or "…" in shown
    assert not any(unicodedata.category(sign).startswith("C") for sign in shown if sign not in "\u200c\u200d")


@given(st.text(max_size=80))
def test_plain_text_of_a_picture_in_pixels_has_only_glyphs_of_the_font(text: str) -> None:
    with drawing_for(PIXELS):
        shown = plain(text)
    assert all(drawable(sign) or sign in " \u200c\u200d" for sign in shown)


def test_unseen_characters_are_shown_as_in_tables() -> None:
    assert plain("0 \x08 0") == f"0 {visible(chr(8))} 0"
    assert plain("a\u202eb") == "a⟨U+202E⟩b"


def test_letters_that_our_fonts_lack_are_a_browsers_work_and_spelled_out_in_pixels() -> None:
    assert plain("你 नमस्ते ཀ") == "你 नमस्ते ཀ"
    assert plain("claude–3 → 1") == "claude–3 → 1"
    with drawing_for(PIXELS):
        assert plain("你 नमस्ते ཀ") == "你 नमस्ते U+0F40"


def test_the_style_ends_with_its_block() -> None:
    before = dict(mpl.rcParams)
    plain("ໜ ഒ")  # outside a block, a new script changes nothing
    with house_style():
        assert mpl.rcParams["text.parse_math"] is False
        plain("ஒ ഒ")
    assert dict(mpl.rcParams) == before


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=80), st.floats(40, 300))
def test_words_are_cut_and_broken_to_their_width(text: str, points: float) -> None:
    cut = fitted(text, points, 9)
    assert text_width(cut, 9) <= points or len(cut) <= 2
    assert cut == text or cut.endswith("…")
    for line in wrapped(text, points, 9).split("\n"):
        assert text_width(line, 9) <= points or len(line) == 1


def test_words_are_as_wide_as_matplotlib_draws_them() -> None:
    from matplotlib.figure import Figure as Canvas

    canvas, others = Canvas(dpi=72), [plain(words) for words in ("机器学习的模型", "データベース", "파이썬 함수", "บทความ")]
    with house_style():
        for words, bold in (("claude-3-opus-20240229", False), ("The lead passes to gpt-4", True)):
            drawn = canvas.text(0, 0, words, fontsize=10, fontweight="bold" if bold else "normal").get_window_extent()
            assert text_width(words, 10, bold) == pytest.approx(drawn.width, rel=0.04)
        for words in others:
            drawn = canvas.text(0, 0, words, fontsize=10).get_window_extent()
            assert text_width(words, 10) == pytest.approx(drawn.width, rel=0.1)


def _titled(words: str) -> None:
    """Draw a title, and the name of a row, where a letter that no font has is an error."""
    with house_style():
        warnings.filterwarnings("error", "Glyph")
        figure, axes = canvas(1.5)
        axes.set_yticks([0], [plain(words)])
        write_title(axes, words, words)
        FigureCanvasAgg(figure).draw()


@pytest.mark.parametrize("words", SCRIPTS.values(), ids=SCRIPTS)
def test_words_in_any_script_are_drawn_without_boxes(words: str, caplog: pytest.LogCaptureFixture) -> None:
    _titled(words)
    assert caplog.text == "", "matplotlib logs a weight that a font lacks"


def test_a_letter_that_no_font_has_would_be_a_warning() -> None:
    with pytest.raises(UserWarning, match="missing from font"):
        _titled("ཀ")


def test_lines_of_a_title_are_of_nearly_equal_length() -> None:
    lines = wrapped("gpt-4o leads the models of known size, ahead of 17 larger ones and more", 300, 12.5, bold=True).split("\n")
    assert len(lines) == 2
    assert abs(len(lines[0]) - len(lines[1])) < 12
    assert "17\u00a0%" in wrapped("a 17 % share", 50, 9)
    assert "8\u00a0→\u00a03" in wrapped("Opus: rank 8 → 3, more than chance", 80, 9)
