"""Characters that are not seen: the one list of them, and text that shows them."""

from __future__ import annotations

import re

#: C0, DEL and C1 controls, bidirectional and invisible formatting (not the joiners that scripts and emoji need), surrogates.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def visible(words: str) -> str:
    """`words` with every character that has no glyph of its own replaced by one that has.

    Control characters become control pictures, so that neither a terminal nor a browser obeys them; characters that
    reorder or hide text are spelled out; a lone surrogate, which UTF-8 cannot hold, becomes the replacement character.
    """
    return UNSEEN.sub(_picture, words)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in "\t\n\r\u2028\u2029":
        return {"\t": " ", "\r": ""}.get(match[0], " ↵ ")
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"⟨U+{code:04X}⟩"
