"""Tokens: the words of a prompt in any script, and what hostile or broken text is turned into before it is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

#: What separates nothing in the text and must not reach a vocabulary: control and format characters, surrogates.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")

_HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30fe"
_HIRAGANA = "\u3041-\u309f"
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = _HAN + _KATAKANA + _HIRAGANA + _SOUTH_EAST

#: A run of one unspaced script, or a word of letters (with + or # behind it: C++, C#).
_TOKEN = re.compile(
    f"[{_HAN}]+|[{_KATAKANA}]+|[{_HIRAGANA}]+|[{_SOUTH_EAST}]+"
    f"|(?:(?![{_UNSPACED}])[^\\W\\d_])(?:(?![{_UNSPACED}])[\\w\u0300-\u036f'’])*(?:\\+\\+|#)?"
)
_FIRST_HAN = re.compile(f"[{_HAN}]")
_FIRST_HIRAGANA = re.compile(f"[{_HIRAGANA}]")
_FIRST_SOUTH_EAST = re.compile(f"[{_SOUTH_EAST}]")
_HANGUL = re.compile("[\uac00-\ud7a3]")

#: Chinese characters that are words without a topic: a run is cut at them.
_HAN_STOP = re.compile(
    "[的了是在和与或吗呢吧把被给对从到为以及等这那哪我你您他她它们请怎么什如何个些着过也都就还很再又将用让帮做要会能可写有一两每第不]"
)

#: A run of up to this many Chinese characters between stops is taken as one word.
_WHOLE = 4

#: Case particles and endings of Korean nouns, longest first.
_PARTICLES = (
    *("으로부터", "이라는", "에서는", "으로는", "에게서", "까지", "부터", "에게", "한테", "에서", "으로", "라는", "이랑", "하고"),
    *("처럼", "보다", "은", "는", "이", "가", "을", "를", "에", "로", "의", "와", "과", "도", "만", "랑"),
)

#: Scripts by the beginning of their characters' Unicode names, for prompts whose language is not known.
_SCRIPTS = ("LATIN", "CYRILLIC", "ARABIC", "HANGUL", "HIRAGANA", "KATAKANA", "CJK", "GREEK", "HEBREW", "DEVANAGARI", "THAI")


def clean(text: str) -> str:
    """Text as it is read: compatible characters made one (NFKC), lower case, without unseen characters."""
    return unicodedata.normalize("NFKC", _UNSEEN.sub(" ", text)).lower()


def script(text: str) -> str:
    """The script of most of the first letters of a text, by its Unicode name; an empty string where there are none."""
    counts: dict[str, int] = {}
    for letter in [letter for letter in text[:200] if letter.isalpha()][:60]:
        name = unicodedata.name(letter, "").partition(" ")[0]
        counts[name] = counts.get(name, 0) + 1
    if counts.get("HIRAGANA", 0) + counts.get("KATAKANA", 0) > 0:
        return "HIRAGANA"  # Japanese mixes three scripts, and no other language has these two
    found = max(counts, key=lambda name: counts[name], default="")
    return found if found in _SCRIPTS else ""


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """Words, and runs of unspaced scripts, of a clean text; True for the latter."""
    for found in _TOKEN.finditer(text):
        word = found.group()
        yield word.strip("'’"), bool(re.match(f"[{_UNSPACED}]", word))


def tokens(text: str) -> list[str]:
    """The words of a text, as c-TF-IDF and the default embedding see them, stop words left out.

    Spaced scripts: words of letters; Korean ones lose their particle. Chinese: pieces between function characters, whole
    up to four characters, else as bigrams. Japanese: runs of katakana are words and runs of kanji are treated as Chinese;
    hiragana is mostly inflection and is left out. Thai, Lao, Burmese and Khmer: bigrams. Numbers are no words.
    """
    return [word for run, unspaced in runs(clean(text)) for word in _words(run, unspaced) if word not in stop_words()]


def _words(run: str, unspaced: bool) -> list[str]:
    if not unspaced:
        return [_without_particle(run)] if len(run) > 1 or not run.isascii() else []
    if _FIRST_HIRAGANA.match(run):
        return []
    if _FIRST_HAN.match(run):
        return [word for piece in _HAN_STOP.split(run) for word in _pieces(piece, _WHOLE)]
    return _pieces(run, 2) if _FIRST_SOUTH_EAST.match(run) else [run]


def _pieces(piece: str, whole: int) -> list[str]:
    """The piece itself if it is short, else its bigrams; a single character says too little."""
    if len(piece) <= whole:
        return [piece] if len(piece) > 1 else []
    return [piece[start : start + 2] for start in range(len(piece) - 1)]


def _without_particle(word: str) -> str:
    if _HANGUL.match(word[-1:]):
        for particle in _PARTICLES:
            if word.endswith(particle) and len(word) - len(particle) >= 2:
                return word[: -len(particle)]
    return word


@cache
def stop_words() -> frozenset[str]:
    """Words without a topic in the common languages (`stop_words.txt`, one language a line)."""
    lines = Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines for word in line.partition(":")[2].split())
