"""Features counted from the text, for releases that do not give them: length, Markdown, code, refusals."""

import re
from collections.abc import Iterable

_BLOCK = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_HEADER = re.compile(r"^#{1,6}[ \t]", re.MULTILINE)
_LIST_ITEM = re.compile(r"^[ \t]*(?:[-*+]|\d+\.)[ \t]", re.MULTILINE)
_BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")

#: Chinese and Japanese are written without spaces: there each character counts as a word.
_SPACELESS = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_SPACELESS}]|[^\s{_SPACELESS}]+")

_CODE = re.compile(
    r"```|^\s*(?:def \w+\(|class \w+[(:{]|import \w+|from \w+ import |#include\s*<|public static void|SELECT\s.+\sFROM\s)"
    r"|\b(?:python|javascript|typescript|java|c\+\+|c#|golang|rust|php|html|css|sql|bash|powershell|regex|pandas|numpy|pytorch"
    r"|dockerfile|kubernetes|leetcode|source code|unit test)(?![\w+#])"
    r"|\b(?:pip|npm|apt|apt-get|brew|conda|cargo) install\b|\bgit (?:clone|commit|push|pull|rebase)\b",
    re.IGNORECASE | re.MULTILINE,
)

_REFUSAL = re.compile(
    r"\bI(?:['’]m| am) sorry, (?:but )?(?:I|as an)\b|\bI (?:can(?:['’]t|not)|am unable to|['’]m unable to|won['’]t) "
    r"(?:assist|help|fulfill?|comply|provide|create|write|generate|engage|do that|answer|continue|discuss|support)\b"
    r"|\bI(?:['’]m| am) (?:not able|unable) to (?:assist|help|fulfill?|comply|provide|create|write|generate|answer|discuss)\b"
    r"|\bas an AI(?: language model)?,? I (?:can(?:['’]t|not)|am not able|am unable|don['’]t)\b"
    r"|\bI (?:must|have to) (?:respectfully )?decline\b|\b(?:goes|is) against my (?:guidelines|programming|principles)\b",
    re.IGNORECASE,
)

#: A refusal says so at once; further on, the same words are often part of an answer.
_REFUSAL_WINDOW = 400


def count_tokens(texts: Iterable[str]) -> int:
    """Words in the texts, a stated approximation of tokens: runs without spaces, and each Chinese or Japanese character."""
    return sum(len(text.split()) if text.isascii() else len(_WORD.findall(text)) for text in texts)


def count_markdown(texts: Iterable[str]) -> tuple[int, int, int]:
    """Headers, list items and bold spans in the texts, counted with ``` blocks taken out (METHODS 2.4)."""
    headers = lists = bold = 0
    for text in texts:
        if "```" in text:
            text = _BLOCK.sub("", text)
        lists += len(_LIST_ITEM.findall(text))
        if "#" in text:
            headers += len(_HEADER.findall(text))
        if "**" in text or "__" in text:
            bold += len(_BOLD.findall(text))
    return headers, lists, bold


def mentions_code(texts: Iterable[str]) -> bool:
    """Whether a text holds a code block, a definition, a command or the name of a programming language."""
    return any(_CODE.search(text) for text in texts)


def refuses(answers: Iterable[str]) -> bool:
    """Whether an answer begins with a refusal, by its usual phrases."""
    return any(_REFUSAL.search(answer, 0, _REFUSAL_WINDOW) for answer in answers)
