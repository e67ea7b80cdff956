"""Characters that are not seen: shown where text is shown, and gone where it is read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.embeddings.tokens import clean
from analysis.results.unseen import UNSEEN, visible

#: Any text, lone surrogates too, in which characters that are not seen are frequent.
texts = st.text(alphabet=st.one_of(st.characters(), st.from_regex(UNSEEN, fullmatch=True)), max_size=80)


def test_control_characters_are_shown_and_not_obeyed() -> None:
    assert visible("a\x00b\x1b[31mc\u202ed\u200be\ud800f\x7f\x9b") == "a␀b␛[31mc⟨U+202E⟩d⟨U+200B⟩e\ufffdf␡⟨U+009B⟩"
    assert visible("first\r\nsecond\tthird") == "first ↵ second third"
    assert visible("नमस्ते 👩‍👩‍👧 ok") == "नमस्ते 👩‍👩‍👧 ok"  # joiners carry meaning there


@given(texts)
def test_what_is_visible_holds_nothing_unseen_and_stays_as_it_is(words: str) -> None:
    shown = visible(words)
    assert not UNSEEN.search(shown)
    assert visible(shown) == shown
    shown.encode("utf-8")


@given(texts)
def test_text_in_which_all_is_seen_is_not_touched(words: str) -> None:
    seen = UNSEEN.sub("", words)
    assert visible(seen) == seen


@pytest.mark.parametrize("character", "\u061c\u200b\u200e\u2028\u2029\u202e\u2060\u2066\u206f\ufeff\x85\x1b\udc80")
def test_the_list_has_what_hides_or_turns_text(character: str) -> None:
    assert UNSEEN.fullmatch(character)


@pytest.mark.parametrize("character", ["\u200c", "\u200d", "\ufe0f", "\u00a0", "\u3000", "é", "模"])
def test_the_list_has_none_that_scripts_and_emoji_need(character: str) -> None:
    assert not UNSEEN.match(character)


def test_every_control_and_every_surrogate_is_in_the_list() -> None:
    codes = [code for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cs", "Zl", "Zp")]
    assert all(UNSEEN.match(chr(code)) for code in codes)


@given(texts)
def test_what_is_not_seen_reaches_no_token(words: str) -> None:
    assert not UNSEEN.search(clean(words))


def test_a_word_joiner_keeps_its_word_together() -> None:
    assert clean("foo\u2060bar\u200bbaz") == "foobar baz"
