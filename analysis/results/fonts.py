"""Letters that usual fonts lack: the fonts that have them, and the rules that let a page carry the few it shows.

Two packages hold the Noto fonts (SIL Open Font License 1.1) and nothing else: `manimgx-fonts` one of each script, and
`noto-cjk-sans-jp-regular` the Chinese characters, kana and Hangul. Without a package its scripts are left to the reader's
machine, as all were before.
"""

from __future__ import annotations

import base64
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

#: What our pages and drawings call these fonts, whatever the script. It is first in their stacks, and has those letters alone
#: that others lack: behind other fonts, Chromium draws boxes for the first word of each size that needs it.
FAMILY = "Workbook Letters"

#: Packages and their files. What comes first has what several fonts have, such as the stop of Indian scripts.
_SCRIPTS = (
    *("Arabic", "Hebrew", "Thai", "Devanagari", "Bengali", "Tamil", "Telugu", "Gujarati", "Gurmukhi", "Kannada", "Malayalam"),
    *("Oriya", "Sinhala", "Khmer", "Lao", "Myanmar", "Armenian", "Georgian", "Ethiopic"),
)
_FILES = (
    *(("manimgx_fonts", f"NotoSans{name}[wght].ttf") for name in _SCRIPTS),
    ("noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf"),
)

#: What usual fonts have: Latin, Greek and Cyrillic letters with what belongs to them, punctuation and signs.
_USUAL = re.compile("[\0-\u052f\u1d00-\u2bff\ufe00-\ufe0f]")

#: Letters of a page that it carries at most, those it shows most often: 2,000 Chinese characters are 400 kB.
_MOST = 2_000

#: Joiners shape the letters beside them, and go with them.
_JOINERS = "\u200c\u200d"

#: The part before the consonant of the Khmer vowels that stand on both sides of it, which Unicode does not take apart.
_KHMER_FIRST, _KHMER_BOTH = "\u17c1", "\u17be\u17bf\u17c0\u17c4\u17c5"

#: Where the rules stand in a drawing: a style of their own, before all others.
_IN_DRAWING = re.compile(r"^(<svg\b[^>]*>)<style>@font-face[^<]*</style>")


@dataclass(frozen=True)
class Face:
    """A font file."""

    path: Path

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return self.path.stem.partition("[")[0]

    @cached_property
    def letters(self) -> frozenset[int]:
        """Code points that it can draw."""
        from fontTools.ttLib import TTFont

        with TTFont(self.path, lazy=True) as font:
            return frozenset(font.getBestCmap())


@cache
def faces() -> tuple[Face, ...]:
    """The fonts whose packages are there."""
    return tuple(Face(path) for package, file in _FILES if (path := _folder(package) / file).is_file())


def _folder(package: str) -> Path:
    found = find_spec(package)
    return Path(found.origin).parent if found is not None and found.origin else Path("/nowhere")


@cache
def face_of(letter: str) -> Face | None:
    """The font to draw a letter with, the first that has it."""
    return next((face for face in faces() if ord(letter) in face.letters), None)


def font_rules(text: str) -> str:
    """`@font-face` rules with the letters of a text that usual fonts lack, as data; empty where it has none.

    Whatever the text holds, the rules are of letters by number and of base64 alone.
    """
    unusual = Counter(_USUAL.sub("", text))
    kept = sorted(unusual, key=lambda letter: (-unusual[letter], letter))[:_MOST]
    by_face: dict[Face, set[str]] = {}
    for letter in kept:
        if face := face_of(letter):
            by_face.setdefault(face, set()).update(_parts(letter, face))
    joiners = {joiner for joiner in _JOINERS if joiner in text}
    return "".join(_rule(face, frozenset(by_face[face] | joiners)) for face in faces() if face in by_face)


def _parts(letter: str, face: Face) -> set[str]:
    """The letter, and those that whoever shapes text may take it apart into; a character of East Asia stays whole."""
    if face.path.suffix == ".otf":
        return {letter}
    parts = unicodedata.normalize("NFKD", letter) + (_KHMER_FIRST if letter in _KHMER_BOTH else "")
    return {letter} | {part for part in parts if ord(part) in face.letters and not _USUAL.match(part)}


@cache
def _rule(face: Face, letters: frozenset[str]) -> str:
    data = base64.b64encode(_part_of(face, letters)).decode("ascii")
    codes = sorted(map(ord, letters))
    starts = [code for code in codes if code - 1 not in set(codes)]
    ends = [code for code in codes if code + 1 not in set(codes)]
    ranges = ",".join(f"U+{low:X}-{high:X}" if low < high else f"U+{low:X}" for low, high in zip(starts, ends, strict=True))
    return f'@font-face{{font-family:"{FAMILY}";src:url(data:font/woff;base64,{data}) format("woff");unicode-range:{ranges}}}'


def _part_of(face: Face, letters: frozenset[str]) -> bytes:
    """A font (WOFF) of these letters alone, with what shapes them; equal letters give equal bytes."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    options = Options()
    options.hinting = options.notdef_outline = False
    options.name_IDs = [0, 13, 14]  # copyright and licence
    if face.path.suffix == ".otf":
        options.layout_features, options.desubroutinize = [], True  # nothing shapes a character of East Asia
    with TTFont(face.path, lazy=True, recalcTimestamp=False) as font:
        part = Subsetter(options)
        part.populate(unicodes=map(ord, letters))
        part.subset(font)
        if "fvar" in font:
            instantiateVariableFont(font, {"wght": 400}, inplace=True)
        font.flavor, written = "woff", io.BytesIO()
        font.save(written)
    return written.getvalue()


def with_font_rules(drawing: str, rules: str) -> str:
    """A drawing (SVG) that carries fonts: one that stands alone, as a file or a picture, has nothing else to draw with."""
    return re.sub(r"^<svg\b[^>]*>", lambda start: f"{start[0]}<style>{rules}</style>", drawing, count=1) if rules else drawing


def without_font_rules(drawing: str) -> str:
    """The drawing as it stands in a page, which carries the fonts itself."""
    return _IN_DRAWING.sub(r"\1", drawing)
