"""Headlines: claims about boards, shares and repeats, read from TOML.

A file holds one `[[claim]]` per headline with `id`, `text` (the headline as it was published), `source`, `date`, and one key that
says what the headline states: one of `analysis.claims.statements.KINDS`, with its table.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from analysis.claims.statements import KINDS, Statement, keys_of, read_statement, shown, spelling
from analysis.errors import InputError, first_line

#: Bytes of a file of claims, and letters of a sentence in one, at most.
LARGEST, LONGEST = 1_000_000, 1_000

#: A key of a hundred parts: TOML's reader takes the square of their number.
_DEEP = re.compile(r"(?:[\w\"'-]+[ \t]*\.[ \t]*){100}")


@dataclass(frozen=True)
class Headline:
    """A claim: what was said, what it means, and who said it when (ISO: a year, a month or a day)."""

    id: str
    text: str
    statement: Statement
    source: str
    date: str


#: Keys of every claim, all of them text (`date` may also be a TOML date).
KEYS = ("id", "text", "source", "date")


def read_headlines(path: Path) -> list[Headline]:
    """The claims of a TOML file, in its order.

    Raises:
        InputError: the file cannot be read, or a claim is malformed; the message names the claim and what is wrong.
    """
    content = _parsed(path)
    entries = content.pop("claim", None)
    if content or not isinstance(entries, list) or not entries:
        extra = f"; it has {', '.join(map(shown, content))}" if content else ""
        raise InputError(f"{path}: a file of claims holds [[claim]] tables and nothing else{extra}.")
    headlines: list[Headline] = []
    for number, entry in enumerate(entries, start=1):
        headline = _headline(entry, path, number)
        if headline.id in {earlier.id for earlier in headlines}:
            raise InputError(f"{path}: claim {headline.id!r}: another claim has the same id.")
        headlines.append(headline)
    return headlines


def _parsed(path: Path) -> dict[str, Any]:
    """The content of a TOML file, its numbers with the digits they are written with."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: cannot be read as claims (it is no file).")
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: cannot be read as claims (it is larger than {LARGEST:,} bytes).")
        text = path.read_text(encoding="utf-8")
        if _DEEP.search(text):
            raise RecursionError
        return tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        raise InputError(f"{path}: cannot be read as claims (nested too deeply).") from None
    except (OSError, ValueError, ArithmeticError) as error:  # damaged TOML, no UTF-8, numbers out of bounds
        raise InputError(f"{path}: cannot be read as claims ({first_line(error)}).") from error


def _headline(entry: Any, path: Path, number: int) -> Headline:
    if not isinstance(entry, dict):
        raise InputError(
            f"{path}: claim {number}: is not a table; write [[claim]] and below it {', '.join(KEYS)} and what it states."
        )
    named = repr(entry["id"]) if isinstance(entry.get("id"), str) else str(number)
    where = f"{path}: claim {named}"
    missing, unknown = [key for key in KEYS if key not in entry], [key for key in entry if key not in (*KEYS, *KINDS, "says")]
    if missing or unknown:
        wrong = f"has no {', '.join(missing)}" if missing else f"has an unknown {', '.join(map(shown, unknown))}"
        raise InputError(f"{where}: {wrong}; a claim has {', '.join(KEYS)} and one of {', '.join(KINDS)}.")
    words = {key: entry[key].isoformat() if type(entry[key]) is date else entry[key] for key in KEYS}
    empty = [key for key in KEYS if not isinstance(words[key], str) or not words[key].strip()]
    if empty:
        raise InputError(f"{where}: {empty[0]} is {shown(words[empty[0]])}; it must be text, and not empty.")
    if not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-\d\d)?)?", words["date"]):
        raise InputError(f"{where}: date {shown(words['date'])} is not a day, month or year such as 2024-06-29, 2024-06 or 2024.")
    try:
        statement = read_statement(*_stated(entry))
    except ValueError as error:
        raise InputError(f"{where}: {error}.") from None
    return Headline(statement=statement, **words)


def _stated(entry: Mapping[str, Any]) -> tuple[str, Any]:
    """The kind of statement that a claim has, and its table. Raises ValueError where that is none, or more than one."""
    kinds = [kind for kind in KINDS if kind in entry]
    if "says" in entry:
        now = rewritten(entry["says"]) if isinstance(entry["says"], str) else ""
        instead = f"write {now}" if now else f"write one of {'; '.join(map(spelling, KINDS))}"
        raise ValueError(f"says is no longer read; in place of {shown(entry['says'])} {instead}")
    if len(kinds) != 1:
        has = f"has {' and '.join(kinds)}" if kinds else "states nothing"
        raise ValueError(f"{has}; it has exactly one of {', '.join(KINDS)}")
    return kinds[0], entry[kinds[0]]


#: The sentences that `says` held in files before, to show how each is written now; groups are the keys of the kind.
_IN = r"(?: in (?P<category>.+))?"
_SENTENCES = {
    "tie_for_first": rf"(?P<models>.+? and .+?) tie for first{_IN}",
    "moves": r"(?P<model>.+?) moves from rank (?P<rank_from>\d+)(?: in (?P<from>.+?))? to rank (?P<rank_to>\d+) in (?P<to>.+)",
    "gains": r"(?P<model>.+?) gains (?P<ranks>\d+) ranks? from (?P<from>.+?) to (?P<to>.+)",
    "first": rf"(?P<model>.+?) is first{_IN}",
    "best_open": rf"(?P<model>.+?) is the best open model{_IN}",
    "top": r"(?P<model>.+?) is in the top (?P<ranks>\d+)(?: of (?P<category>.+))?",
    "above": rf"(?P<model>.+?) is above (?P<other>.+?){_IN}",
    "multi_turn_share": r"the multi-turn share is (?P<percent>\d+(?:\.\d+)?) ?%",
    "repeats": r"repeats move no rank(?: of the top (?P<ranks>\d+))?(?: by more than (?P<move_at_most>\d+))?",
}


def rewritten(says: str) -> str:
    """A sentence as it is written in keys; empty where it is none of those that `says` held."""
    sentence = " ".join(says[:LONGEST].split()).rstrip(".")
    for kind, pattern in _SENTENCES.items():
        if found := re.fullmatch(pattern, sentence):
            words = {key: text for key, text in found.groupdict().items() if text is not None}
            if kind == "repeats":
                words.setdefault("move_at_most", "0")
            return spelling(kind, {key: _in_toml(key, words[key]) for key in keys_of(kind) if key in words})
    return ""


def _in_toml(key: str, words: str) -> str:
    """Words of a sentence as the value of a key."""
    if key in ("rank_from", "rank_to", "ranks", "move_at_most", "percent"):
        return words
    value = [name.strip() for name in words.split(" and ")] if key == "models" else words
    return json.dumps(value, ensure_ascii=False)
