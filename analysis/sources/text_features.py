"""Features counted from the texts of conversations, for releases that do not give them: length, Markdown, code, refusals.

Each function takes an Arrow list of texts for each row, and gives one value a row; a row without a list has none. The
patterns are RE2's (https://github.com/google/re2/wiki/Syntax), which reads a text in time proportional to its length.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources import columns

_BLOCK = r"(?s)```.*?(?:```|\z)"
_HEADER = r"\n#{1,6}[ \t]"
_LIST_ITEM = r"\n[ \t]*(?:[-*+]|[0-9]+\.)[ \t]"
_BOLD = (r"\*\*[^*\n]+\*\*", r"__[^_\n]+__")

#: Chinese and Japanese are written without spaces: there each character counts as a word. First and last code points.
_SPACELESS = ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))
#: Blanks beyond ASCII: the separators of Unicode, and NEL.
_BLANKS = (0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)

#: What a code point is to a word, those beyond the basic plane together at the end.
_LETTER, _BLANK, _ALONE = range(3)
_KINDS = np.full(0x10001, _LETTER, dtype=np.uint8)
_KINDS[: ord(" ") + 1] = _BLANK
_KINDS[list(_BLANKS)] = _BLANK
for _first, _last in _SPACELESS:
    _KINDS[_first : _last + 1] = _ALONE

_CODE = (
    r"(?im)```|^\s*(?:def \w+\(|class \w+[(:{]|import \w+|from \w+ import |#include\s*<|public static void|SELECT\s.+\sFROM\s)"
    r"|\b(?:python|javascript|typescript|java|c\+\+|c#|golang|rust|php|html|css|sql|bash|powershell|regex|pandas|numpy|pytorch"
    r"|dockerfile|kubernetes|leetcode|source code|unit test)(?:[^\w+#]|\z)"
    r"|\b(?:pip|npm|apt|apt-get|brew|conda|cargo) install\b|\bgit (?:clone|commit|push|pull|rebase)\b"
)

_REFUSAL = (
    r"(?i)\bI(?:['’]m| am) sorry, (?:but )?(?:I|as an)\b|\bI (?:can(?:['’]t|not)|am unable to|['’]m unable to|won['’]t) "
    r"(?:assist|help|fulfill?|comply|provide|create|write|generate|engage|do that|answer|continue|discuss|support)\b"
    r"|\bI(?:['’]m| am) (?:not able|unable) to (?:assist|help|fulfill?|comply|provide|create|write|generate|answer|discuss)\b"
    r"|\bas an AI(?: language model)?,? I (?:can(?:['’]t|not)|am not able|am unable|don['’]t)\b"
    r"|\bI (?:must|have to) (?:respectfully )?decline\b|\b(?:goes|is) against my (?:guidelines|programming|principles)\b"
)

#: A refusal says so at once; further on, the same words are often part of an answer.
_REFUSAL_WINDOW = 400


def count_tokens(lists: pa.ListArray) -> pa.Int32Array:
    """Words in the texts, a stated approximation of tokens: runs without blanks, and each Chinese or Japanese character."""
    return _sums(lists, _words(columns.plain(lists.flatten())))


def count_markdown(lists: pa.ListArray) -> tuple[pa.Int32Array, pa.Int32Array, pa.Int32Array]:
    """Headers, list items and bold spans in the texts, counted with ``` blocks taken out, as by the arena (LMSYS post of
    2024-08-29)."""
    texts = columns.plain(lists.flatten())
    fenced = pc.match_substring_regex(texts, "```")
    if pc.any(fenced).as_py():
        texts = pc.replace_with_mask(texts, fenced, pc.replace_substring_regex(texts.filter(fenced), _BLOCK, ""))
    lines = pc.binary_join_element_wise("\n", texts, "")
    headers, items = (pc.count_substring_regex(lines, pattern) for pattern in (_HEADER, _LIST_ITEM))
    bold = pc.add(*(pc.count_substring_regex(texts, pattern) for pattern in _BOLD))
    return _sums(lists, headers), _sums(lists, items), _sums(lists, bold)


def mentions_code(lists: pa.ListArray) -> pa.BooleanArray:
    """Whether a text holds a code block, a definition, a command or the name of a programming language."""
    return _any(lists, pc.match_substring_regex(columns.plain(lists.flatten()), _CODE))


def refuses(lists: pa.ListArray) -> pa.BooleanArray:
    """Whether an answer begins with a refusal, by its usual phrases."""
    begun = pc.utf8_slice_codeunits(columns.plain(lists.flatten()), 0, _REFUSAL_WINDOW)
    return _any(lists, pc.match_substring_regex(begun, _REFUSAL))


def holds_text(lists: pa.ListArray) -> pa.BooleanArray:
    """Whether any of the texts is more than blanks; null where there is no list."""
    texts = columns.plain(lists.flatten())
    return _any(lists, pc.not_equal(pc.utf8_trim_whitespace(texts), ""))


def _words(texts: pa.StringArray) -> np.ndarray:
    """Words of each text, shape (texts,): the places where a word begins."""
    if not len(texts):
        return np.zeros(0, dtype=np.int64)
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    letters = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]] if data is not None else np.zeros(0, np.uint8)
    counts = _begun(letters > ord(" "), offsets - offsets[0])
    foreign = pc.invert(pc.string_is_ascii(texts))
    places = foreign.to_numpy(zero_copy_only=False)
    if places.any():
        counts[places] = _foreign_words(texts.filter(foreign))
    return counts


def _begun(word: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """How often a run of letters of words begins in each text; `word` says of all letters whether they are."""
    begins = np.empty(len(word), dtype=bool)
    begins[:1] = word[:1]
    np.greater(word[1:], word[:-1], out=begins[1:])
    firsts = offsets[:-1][np.diff(offsets) > 0]
    begins[firsts] = word[firsts]
    before = np.concatenate([[0], np.cumsum(begins, dtype=np.int32)])
    return np.diff(before[offsets]).astype(np.int64)


def _foreign_words(texts: pa.StringArray) -> np.ndarray:
    """The same for texts beyond ASCII, letter by letter: Chinese and Japanese ones count as a word each."""
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts), "")[0].as_buffer()
    letters = np.frombuffer(joined.to_pybytes().decode().encode("utf-32-le"), np.uint32)
    offsets = np.concatenate([[0], np.cumsum(pc.utf8_length(texts).to_numpy(), dtype=np.int64)])
    kinds = _KINDS[np.minimum(letters, len(_KINDS) - 1)]
    alone = np.flatnonzero(kinds == _ALONE)
    return _begun(kinds == _LETTER, offsets) + np.diff(np.searchsorted(alone, offsets))


def _sums(lists: pa.ListArray, counts: np.ndarray | pa.Array) -> pa.Int32Array:
    values = counts if isinstance(counts, np.ndarray) else counts.to_numpy(zero_copy_only=False)
    before = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    totals = np.diff(before[columns.starts(lists)])
    return pa.array(totals, mask=lists.is_null().to_numpy(zero_copy_only=False)).cast(pa.int32())


def _any(lists: pa.ListArray, held: pa.BooleanArray) -> pa.BooleanArray:
    sums = _sums(lists, held.to_numpy(zero_copy_only=False).astype(np.int64))
    return pc.greater(sums, 0)
