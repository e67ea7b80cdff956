"""Tokens: the words of a prompt in any script, and what hostile or broken text is turned into before it is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from analysis.results.unseen import UNSEEN

#: The one character that is not seen and stands inside words: what it joins is one word.
_WORD_JOINER = "\u2060"

#: What else stands inside a word without being a part of it: soft hyphens and joiners, the Arabic tatweel and vowel signs, the
#: Hebrew points, and the dot that lower case leaves of a Turkish İ.
_INSIDE = re.compile(
    "[\u00ad\u034f\u200c\u200d\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06ed"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]|(?<=i)\u0307"
)

_HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30fe"
_HIRAGANA = "\u3041-\u309f"
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = _HAN + _KATAKANA + _HIRAGANA + _SOUTH_EAST

_ONE_UNSPACED = re.compile(f"[{_UNSPACED}]")
_ONE_HAN = re.compile(f"[{_HAN}]")
_ONE_KANA = re.compile(f"[{_KATAKANA}{_HIRAGANA}]")
_ONE_HIRAGANA = re.compile(f"[{_HIRAGANA}]")
_ONE_SOUTH_EAST = re.compile(f"[{_SOUTH_EAST}]")
_ONE_HANGUL = re.compile("[\uac00-\ud7a3]")

#: Vowel signs and other marks of spaced scripts: letters to a reader of Hindi, but not to the \w of regular expressions.
_MARKS = "".join(
    mark
    for mark in map(chr, (*range(0x300, 0x3000), *range(0xA66F, 0xAC00), *range(0xFE20, 0xFE30)))
    if unicodedata.category(mark)[0] == "M" and not _ONE_UNSPACED.match(mark)
)

#: A run of one unspaced script, or a word of letters (with + or # behind it: C++, C#).
_TOKEN = re.compile(
    f"[{_HAN}]+|[{_KATAKANA}]+|[{_HIRAGANA}]+|[{_SOUTH_EAST}]+"
    f"|[^\\W\\d_{_UNSPACED}][^\\W{_UNSPACED}]*(?:[{_MARKS}']+[^\\W{_UNSPACED}]*)*(?:\\+\\+|#)?"
)

#: One kana for this many Chinese characters makes a text Japanese, fewer where a character is Chinese alone: kana may be quoted.
_HAN_PER_KANA, _HAN_PER_KANA_IN_DOUBT = 10, 2
_CHINESE_ALONE = re.compile("[你您们們这這么麼吗嗎呢吧请請怎哪很她它]")

#: A Chinese character that begins an inflected Japanese word (炒 in 野菜炒め), by the kana behind it: those that are neither
#: particles nor forms of する.
_INFLECTED = re.compile(f"[{_HAN}](?=[いうえきけげつてぬびぶべむめりるれ]|[くぐ](?!ら)|ち(?!ゃ)|み(?!た))")

#: A run of up to this many Chinese characters is one Japanese word.
_WHOLE = 4

#: Affixes of Japanese words of three characters, in longer runs with an odd number of characters.
_BEFORE = "大小新高超再非未不無全各多副"
_BEHIND = "都道府県市区町村的性化者員部会社式型機器所法力論語類製制国人家店館率量費料史案文集書品系版用点"
_ODD = re.compile(f"((?:..)*?)([{_BEFORE}]..|..[{_BEHIND}])((?:..)*)")

#: Elided articles and pronouns (French, Italian), and endings behind an apostrophe (English, Turkish).
_ELIDED = re.compile("^(?:[a-z]|qu|un|(?:a|da|de|ne|su)ll)'(?=..)|(?<=..)'[a-z]{1,3}$")

#: Case particles of Korean nouns and endings of verbs made of them: those that follow any syllable, those that follow a final
#: consonant, and those that follow none.
_ANYWHERE = (
    *("해주세요", "하세요", "합니다", "해줘요", "해줘", "해서", "해라", "하는", "하고", "하기", "하여", "했다", "한다"),
    *("에서는", "에게서", "까지", "부터", "에게", "한테", "에서", "처럼", "보다", "에", "의", "도", "만", "를"),
)
_BEHIND_CONSONANT = ("으로부터", "이라는", "으로는", "으로", "이랑", "은", "이", "을", "과")
_BEHIND_VOWEL = ("로부터", "라는", "로는", "로", "랑", "는", "가", "와")
_PARTICLES = sorted(_ANYWHERE + _BEHIND_CONSONANT + _BEHIND_VOWEL, key=len, reverse=True)

#: Nouns whose last syllable looks like a particle, also at the end of compounds.
_NO_PARTICLE = re.compile(
    "(?:주의|회의|강의|정의|동의|논의|속도|온도|제도|태도|정도|지도|강도|빈도|밀도|각도|습도|용도|의도|난이도|도로|경로|회로|진로"
    "|결과|효과|고양이|어린이|떡볶이|차이|나이|길이|깊이|높이|아이|종이|놀이|휴가|추가|증가|참가|물가|불만|미만|가을|마을|노을|모임)$"
)
_HANGUL_FIRST, _FINALS, _RIEUL = 0xAC00, 28, 8

#: Scripts by the beginning of their characters' Unicode names, for prompts whose language is not known.
_SCRIPTS = ("LATIN", "CYRILLIC", "ARABIC", "HANGUL", "HIRAGANA", "KATAKANA", "CJK", "GREEK", "HEBREW", "DEVANAGARI", "THAI")


def encodable(text: str) -> str:
    """Text that UTF-8 can hold, without the character that ends a string in C: what libraries take."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


def clean(text: str) -> str:
    """Text as it is read: compatible characters made one (NFKC), lower case, without what is not seen or not read."""
    seen = UNSEEN.sub(" ", text.replace(_WORD_JOINER, ""))
    if seen.isascii():
        return seen.lower()
    # NFKC takes the Thai and Lao vowel am apart, which nobody writes so.
    same = unicodedata.normalize("NFKC", seen).replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")
    return _INSIDE.sub("", same.lower()).replace("’", "'")


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
        yield word.strip("'"), bool(_ONE_UNSPACED.match(word))


def tokens(text: str) -> list[str]:
    """The words of a text, as c-TF-IDF and the default embedding see them, stop words left out.

    Spaced scripts: words of letters; Korean ones lose their particle or ending. Chinese: words of jieba's dictionary, of two
    characters or more. Japanese: runs of katakana and of kanji are words, long runs of kanji are cut; hiragana is mostly
    inflection and is left out, with the kanji that it inflects. Thai, Lao, Khmer and Burmese: words of ICU's dictionaries, of
    two letters or more. Numbers are no words.
    """
    read = clean(text)
    cut = _chinese
    if _japanese(read):
        read, cut = _INFLECTED.sub(" ", read), _kanji
    return [word for run, unspaced in runs(read) for word in _words(run, unspaced, cut) if word not in stop_words()]


def _words(run: str, unspaced: bool, cut: Callable[[str], list[str]]) -> list[str]:
    if not unspaced:
        return _spaced(run)
    if _ONE_HIRAGANA.match(run) or len(run) < 2:
        return []
    if _ONE_HAN.match(run):
        return cut(run)
    return _south_east(run) if _ONE_SOUTH_EAST.match(run) else [run]


def _spaced(run: str) -> list[str]:
    if _ONE_HANGUL.match(run[-1:]):
        return [_without_particle(run)]
    word = _ELIDED.sub("", run) if "'" in run and run not in stop_words() else run
    return [word] if len(word) > 1 else []


def _japanese(text: str) -> bool:
    if text.isascii():
        return False
    kana = len(_ONE_KANA.findall(text))
    most = _HAN_PER_KANA_IN_DOUBT if kana and _CHINESE_ALONE.search(text) else _HAN_PER_KANA
    return kana > 0 and kana * most >= len(_ONE_HAN.findall(text))


def _chinese(run: str) -> list[str]:
    """Words by jieba, with its model of words that its dictionary lacks; cut as simplified, given as written."""
    import rjieba  # late: only Chinese prompts need it

    found, place = [], 0
    for word in rjieba.cut(_simplified(run)):
        if len(word) > 1 and word not in stop_words():
            found.append(run[place : place + len(word)])
        place += len(word)
    return found


def _simplified(run: str) -> str:
    """The run in simplified characters, which jieba's dictionary has; as it is where that would not be as long."""
    made: str = _converter().convert(run)
    return made if len(made) == len(run) else run


@cache
def _converter() -> Any:
    import opencc  # late, as above

    return opencc.OpenCC("t2s")


def _kanji(run: str) -> list[str]:
    """A short run whole; a longer one as words of two characters, with one of three at the first affix if it is odd."""
    if len(run) <= _WHOLE:
        return [run]
    odd = _ODD.fullmatch(run) if len(run) % 2 else None
    before, word, behind = odd.groups() if odd else (run[: -(len(run) % 2 + 2)], run[-(len(run) % 2 + 2) :], "")
    return [*_pairs(before), word, *_pairs(behind)]


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(0, len(run), 2)]


def _south_east(run: str) -> list[str]:
    """Words as ICU cuts them, by its dictionary of the run's script; a letter alone, with its signs, is no word."""
    from icu4py.breakers import WordBreaker  # late, as above

    return [word for word in WordBreaker(run, "") if sum(map(str.isalpha, word)) > 1]


def _without_particle(word: str) -> str:
    if _NO_PARTICLE.search(word):
        return word
    for particle in _PARTICLES:
        stem = word.removesuffix(particle)
        if len(word) > len(stem) >= 2 and _fits(stem[-1], particle):
            return stem
    return word


def _fits(syllable: str, particle: str) -> bool:
    """Whether a particle may follow a syllable: some ask for a final consonant, some for none."""
    if particle in _ANYWHERE or not _ONE_HANGUL.match(syllable):
        return True
    final = (ord(syllable) - _HANGUL_FIRST) % _FINALS
    if particle in _BEHIND_CONSONANT:
        return final > 0
    return final == 0 or (final == _RIEUL and particle[0] == "로")


@cache
def stop_words() -> frozenset[str]:
    """Words without a topic in the common languages."""
    return listed_words("stop_words.txt")


def listed_words(name: str, language: str = "") -> frozenset[str]:
    """The words of a file beside this one, which has a line for each language: its name, a colon, its words; of one or of all."""
    lines = (line.partition(":") for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines())
    return frozenset(word for spoken, _, words in lines if language in ("", spoken) for word in words.split())
