"""Headlines: claims about boards in a small vocabulary, read from TOML.

A file holds one `[[claim]]` per headline with `id`, `text` (the headline as it was published), `says` (the same in the
vocabulary), `source` and `date`. What `says` may say is in `VOCABULARY`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from analysis.categories import find_category
from analysis.errors import InputError, UsageError


@dataclass(frozen=True)
class First:
    """A model has the highest rating of a category."""

    model: str
    category: str


@dataclass(frozen=True)
class TieForFirst:
    """Some models are level, and no other model is above them."""

    models: tuple[str, ...]
    category: str


@dataclass(frozen=True)
class Above:
    """A model has a higher rating than another."""

    model: str
    other: str
    category: str


@dataclass(frozen=True)
class Top:
    """A model is in the first `ranks` of a category."""

    model: str
    ranks: int
    category: str


@dataclass(frozen=True)
class BestOpen:
    """A model has the highest rating of the models with open weights."""

    model: str
    category: str


@dataclass(frozen=True)
class Moves:
    """A model has one given rank in one category and another in another."""

    model: str
    rank_from: int
    category_from: str
    rank_to: int
    category_to: str


@dataclass(frozen=True)
class Gains:
    """A model's rank in one category is at least `ranks` better than in another."""

    model: str
    ranks: int
    category_from: str
    category_to: str


@dataclass(frozen=True)
class MultiTurnShare:
    """The share of multi-turn votes, as printed: shares from `lower` up to but not including `upper` round to it."""

    share: float
    lower: float
    upper: float


@dataclass(frozen=True)
class RepeatsMoveNoRank:
    """Without repeated prompts, no rank among the first `ranks` (0: of all models) changes by more than `by`."""

    ranks: int
    by: int


Statement = First | TieForFirst | Above | Top | BestOpen | Moves | Gains | MultiTurnShare | RepeatsMoveNoRank


@dataclass(frozen=True)
class Headline:
    """A claim: what was said, what it means, and who said it when (ISO: a year, a month or a day)."""

    id: str
    text: str
    statement: Statement
    source: str
    date: str


#: Keys of a claim, all of them text (`date` may also be a TOML date).
KEYS = ("id", "text", "says", "source", "date")

#: What `says` may say. C is a category or one of a family (`where:…`, `month:…`); ` in C` left out means overall.
VOCABULARY = (
    "X is first in C",
    "X and Y tie for first in C",
    "X is above Y in C",
    "X is in the top N of C",
    "X is the best open model in C",
    "X moves from rank A in C to rank B in D",
    "X gains N ranks from C to D",
    "the multi-turn share is P %",
    "repeats move no rank",
    "repeats move no rank of the top N by more than K",
)

_IN = r"(?: in (?P<category>.+))?"


def _category(found: Mapping[str, str], group: str = "category") -> str:
    name = (found[group] or "overall").strip()
    find_category(name)
    return name


def _rank(found: Mapping[str, str], group: str) -> int:
    rank = int(found[group])
    if rank < 1:
        raise ValueError("ranks start at 1")
    return rank


def _tie(found: Mapping[str, str]) -> TieForFirst:
    models = tuple(name.strip() for name in found["models"].split(" and "))
    _check_different(models)
    return TieForFirst(models, _category(found))


def _above(found: Mapping[str, str]) -> Above:
    _check_different((found["model"], found["other"]))
    return Above(found["model"], found["other"], _category(found))


def _check_different(models: tuple[str, ...]) -> None:
    if len(set(models)) < len(models):
        raise ValueError("it must name different models")


def _moves(found: Mapping[str, str]) -> Moves:
    start, end = _two_categories(found)
    return Moves(found["model"], _rank(found, "rank_from"), start, _rank(found, "rank_to"), end)


def _gains(found: Mapping[str, str]) -> Gains:
    return Gains(found["model"], _rank(found, "ranks"), *_two_categories(found))


def _two_categories(found: Mapping[str, str]) -> tuple[str, str]:
    start, end = _category(found, "category_from"), _category(found, "category_to")
    if start == end:
        raise ValueError("it must name two categories")
    return start, end


def _share(found: Mapping[str, str]) -> MultiTurnShare:
    printed = Decimal(found["share"])
    if not 0 < printed < 100:
        raise ValueError("a share lies between 0 and 100 %")
    half = Decimal(5).scaleb(int(printed.as_tuple().exponent) - 1)
    return MultiTurnShare(*(float(value / 100) for value in (printed, printed - half, printed + half)))


def _repeats(found: Mapping[str, str]) -> RepeatsMoveNoRank:
    return RepeatsMoveNoRank(_rank(found, "ranks") if found["ranks"] else 0, int(found["by"] or 0))


#: How each form of the vocabulary is recognised, and what it becomes.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[Mapping[str, str]], Statement]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"(?P<models>.+? and .+?) tie for first{_IN}", _tie),
        (
            r"(?P<model>.+?) moves from rank (?P<rank_from>\d+)(?: in (?P<category_from>.+?))? to rank (?P<rank_to>\d+)"
            r" in (?P<category_to>.+)",
            _moves,
        ),
        (r"(?P<model>.+?) gains (?P<ranks>\d+) ranks? from (?P<category_from>.+?) to (?P<category_to>.+)", _gains),
        (rf"(?P<model>.+?) is first{_IN}", lambda found: First(found["model"], _category(found))),
        (rf"(?P<model>.+?) is the best open model{_IN}", lambda found: BestOpen(found["model"], _category(found))),
        (
            r"(?P<model>.+?) is in the top (?P<ranks>\d+)(?: of (?P<category>.+))?",
            lambda found: Top(found["model"], _rank(found, "ranks"), _category(found)),
        ),
        (rf"(?P<model>.+?) is above (?P<other>.+?){_IN}", _above),
        (r"the multi-turn share is (?P<share>\d+(?:\.\d+)?) ?%", _share),
        (r"repeats move no rank(?: of the top (?P<ranks>\d+))?(?: by more than (?P<by>\d+))?", _repeats),
    )
)


def parse_statement(says: str) -> Statement:
    """What a sentence of the vocabulary states.

    Raises:
        ValueError: it is no sentence of the vocabulary, or cannot be meant (rank 0, a model above itself).
        UsageError: it names an unknown category.
    """
    sentence = " ".join(says.split()).rstrip(".")
    for pattern, make in _FORMS:
        found = pattern.fullmatch(sentence)
        if found:
            return make(found.groupdict())
    raise ValueError(f"{says!r} is not in the vocabulary; write one of: {'; '.join(VOCABULARY)}")


def read_headlines(path: Path) -> list[Headline]:
    """The claims of a TOML file, in its order.

    Raises:
        InputError: the file cannot be read, or a claim is malformed; the message names the claim and what is wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: cannot be read as claims ({error}).") from error
    entries = content.pop("claim", None)
    if content or not isinstance(entries, list) or not entries:
        extra = f"; it has {', '.join(map(repr, content))}" if content else ""
        raise InputError(f"{path}: a file of claims holds [[claim]] tables and nothing else{extra}.")
    headlines: list[Headline] = []
    for number, entry in enumerate(entries, start=1):
        headline = _headline(entry, path, number)
        if headline.id in {earlier.id for earlier in headlines}:
            raise InputError(f"{path}: claim {headline.id!r}: another claim has the same id.")
        headlines.append(headline)
    return headlines


def _headline(entry: Any, path: Path, number: int) -> Headline:
    if not isinstance(entry, dict):
        raise InputError(f"{path}: claim {number}: is not a table; write [[claim]] and below it {', '.join(KEYS)}.")
    named = repr(entry["id"]) if isinstance(entry.get("id"), str) else str(number)
    where = f"{path}: claim {named}"
    missing, unknown = [key for key in KEYS if key not in entry], [key for key in entry if key not in KEYS]
    if missing or unknown:
        wrong = f"has no {', '.join(missing)}" if missing else f"has an unknown {', '.join(map(repr, unknown))}"
        raise InputError(f"{where}: {wrong}; a claim has {', '.join(KEYS)}.")
    words = {key: entry[key].isoformat() if type(entry[key]) is date else entry[key] for key in KEYS}
    empty = [key for key in KEYS if not isinstance(words[key], str) or not words[key].strip()]
    if empty:
        raise InputError(f"{where}: {empty[0]} must be text, and not empty.")
    if not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-\d\d)?)?", words["date"]):
        raise InputError(f"{where}: date {words['date']!r} is not a day, month or year such as 2024-06-29, 2024-06 or 2024.")
    try:
        statement = parse_statement(words["says"])
    except (ValueError, UsageError) as error:
        raise InputError(f"{where}: says: {str(error).rstrip('.')}.") from None
    return Headline(words["id"], words["text"], statement, words["source"], words["date"])
