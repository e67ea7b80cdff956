"""How wide words are in our font, and words that are cut or broken to a width."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font, LoadFlags

from analysis.results.fonts import face_of
from analysis.results.prose import unbroken

#: Ems of a letter that our fonts lack: wide ones of East Asia, and others.
_WIDE_LETTER, _OTHER_LETTER = 1.0, 0.75

#: Balanced lines are found to this many points.
_FINE = 2.0


@cache
def font(bold: bool = False) -> FT2Font:
    """DejaVu Sans, which comes with matplotlib."""
    return get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))


@cache
def glyphs() -> frozenset[int]:
    """Code points that the font can draw; for others there are those of `analysis.results.fonts`."""
    return frozenset(font().get_charmap())


@cache
def drawable(sign: str) -> bool:
    """Whether one of our fonts has a sign."""
    return ord(sign) in glyphs() or face_of(sign) is not None


@cache
def _ems(sign: str, bold: bool) -> float:
    """Width of one sign, in units of the size of the font."""
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0.0
    if not drawable(sign):
        return _WIDE_LETTER if unicodedata.east_asian_width(sign) in "WF" else _OTHER_LETTER
    other = None if ord(sign) in glyphs() else face_of(sign)
    face = font(bold) if other is None else get_font(other.path)
    face.set_size(100, 72)
    return float(face.load_char(ord(sign), flags=LoadFlags.NO_HINTING).linearHoriAdvance) / 65536 / 100


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Points that `text` takes on one line, set in `size` points."""
    return size * sum(_ems(sign, bold) for sign in text)


def fitted(text: str, points: float, size: float, bold: bool = False) -> str:
    """`text`, or as much of its beginning as fits into `points`, ending in `…`."""
    if text_width(text, size, bold) <= points:
        return text
    kept = text
    while len(kept) > 1 and text_width(f"{kept}…", size, bold) > points:
        kept = kept[:-1].rstrip(" …")
    return f"{kept}…"


def wrapped(text: str, points: float, size: float, bold: bool = False) -> str:
    """`text` on as few lines as `points` allow, of nearly equal length; a per cent sign stays with its number, a
    slash with the word before it, and `8 → 3` on one line."""
    words = re.sub(r"(?<=\d) → (?=\d)", "\u00a0→\u00a0", unbroken(text).replace(" / ", "\u00a0/ ")).split(" ")
    fewest = _lines(words, points, size, bold)
    low, high = points / max(len(fewest), 1) / 2, points
    while high - low > _FINE:
        middle = (low + high) / 2
        low, high = (low, middle) if len(_lines(words, middle, size, bold)) <= len(fewest) else (middle, high)
    return "\n".join(_lines(words, high, size, bold))


def _lines(words: list[str], points: float, size: float, bold: bool) -> list[str]:
    """Words in lines of at most `points`; a word that is longer than a line is broken."""
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= points:
            lines[-1] = longer
            continue
        rest = word
        while text_width(rest, size, bold) > points and len(rest) > 1:
            head = rest
            while len(head) > 1 and text_width(head, size, bold) > points:
                head = head[:-1]
            lines.append(head)
            rest = rest[len(head) :]
        lines.append(rest)
    return lines
