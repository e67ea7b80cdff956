"""Signs: what each character is to the question whether two prompts are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

#: Marks that end a sentence or a part of one, in the scripts that people write to arenas (… is three of the first in NFKC).
MARKS = ".,;:!?。、؟،؛۔।॥։՝՞՛჻།༎၊။።፣፤፥፦፧፨។៕៖๚๛‽"

#: Marks that stand before the sentence they belong to.
OPENING = "¿¡"

#: Quotation marks and the two that they are written with on every keyboard.
QUOTES = str.maketrans({**dict.fromkeys("“”„‟«»「」『』〝〞〟", '"'), **dict.fromkeys("‘’‚‛‹›", "'")})

#: Blocks of scripts that are written without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
_UNSPACED = (
    range(0x0E01, 0x0F00),
    range(0x1000, 0x10A0),
    range(0x1780, 0x1800),
    range(0x3005, 0x3008),
    range(0x3041, 0x3100),
    range(0x31F0, 0x3200),
    range(0x3400, 0x4DC0),
    range(0x4E00, 0xA000),
    range(0xF900, 0xFB00),
    range(0x20000, 0x40000),
)

#: Characters that are looked at one by one: above are Han, which are known, and what nobody writes.
LOOKED_AT = 0x20000


class Signs(NamedTuple):
    """Sets of code points.

    Attributes:
        merging: what may become one with the character before it, such as an accent that stands alone.
        joining: these and all other accents and vowel signs.
        spaced: letters, digits and their accents in scripts that have spaces between words.
        unspaced: letters and their accents in scripts that have none.
        starting: `unspaced` without `joining`.
    """

    merging: frozenset[int]
    joining: frozenset[int]
    spaced: frozenset[int]
    unspaced: frozenset[int]
    starting: frozenset[int]


@cache
def signs() -> Signs:
    """The sets, by this Python's Unicode."""
    kinds = [unicodedata.category(chr(code))[0] for code in range(LOOKED_AT)]
    seconds = {parts[1] for code in range(LOOKED_AT) if len(parts := _parts(chr(code))) == 2}
    vowels = {*range(0x1160, 0x1200), *range(0xD7B0, 0xD800)}  # of Korean syllables in pieces, and their last consonants
    merging = seconds | vowels
    joining = merging | {code for code, kind in enumerate(kinds) if kind == "M"} | {*range(0xE0100, 0xE01F0)}
    here = {code for block in _UNSPACED for code in block if code >= LOOKED_AT or kinds[code] in "LM"}
    spaced = {code for code, kind in enumerate(kinds) if kind in "LNM" or chr(code) == "_"} - here
    return Signs(*map(frozenset, (merging, joining, spaced, here, here - joining)))


def _parts(character: str) -> list[int]:
    """The code points of which a character is composed, where that is no more than another way to write it."""
    found = unicodedata.decomposition(character)
    return [int(part, 16) for part in found.split()] if found and found[0] != "<" else []


class Patterns(NamedTuple):
    """What goes from a prompt: quotation marks and opening marks, sentence marks, spaces in scripts that have none."""

    quotes: re.Pattern[str]
    marks: re.Pattern[str]
    spaces: re.Pattern[str]


@cache
def patterns() -> Patterns:
    """The patterns, of the sets of `signs`; each looks at a character a fixed number of times, however long a run of them is."""
    _, joining, spaced, unspaced, starting = map(_class, signs())
    marks = f"[{re.escape(MARKS)}]"
    return Patterns(
        re.compile(f"[\"'](?!{joining})(?:(?<!{spaced}[\"'])|(?!{spaced}))|[{OPENING}](?!{joining})"),
        re.compile(rf"{marks}(?<!{marks}{marks}){marks}*+(?= |\Z|{starting})"),
        re.compile(f" (?={starting})(?<={unspaced} )"),
    )


def folded(text: str) -> str:
    """The text in NFKC and without case, with straight quotation marks; as often as it takes, for each may undo the other."""
    if text.isascii():
        return text.lower()
    while (again := unicodedata.normalize("NFKC", text).casefold().translate(QUOTES)) != text:
        text = again
    return text


def _class(codes: Iterable[int]) -> str:
    """A class of a regular expression that holds the code points, as ranges."""
    ordered = sorted(codes)
    breaks = [i for i in range(1, len(ordered)) if ordered[i] != ordered[i - 1] + 1]
    starts, ends = [0, *breaks], [*breaks, len(ordered)]
    return "[" + "".join(rf"\U{ordered[i]:08x}-\U{ordered[j - 1]:08x}" for i, j in zip(starts, ends, strict=True)) + "]"
