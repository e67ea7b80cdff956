"""Prompt grammars: templates with slots, expanded for many prompts at once. The grammars themselves are in data/grammars."""

from __future__ import annotations

import functools
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis import places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Texts = NDArray[np.object_]

FOLDER = places.DATA / "grammars"

#: The language whose grammars have every topic.
MAIN_LANGUAGE = "English"

#: A phrase of a script that puts spaces between words.
_SPACED = re.compile(r"[a-z\u00c0-\u024f\u0400-\u04ff\u1e00-\u1eff]", re.IGNORECASE)

_SLOT = re.compile(r"\{([a-z_]+|\d+\.\.\d+)\}")


@dataclass(frozen=True)
class Grammar:
    """Alternatives by symbol. An alternative is a tuple of pieces: literal text at even places, slots at odd ones."""

    alternatives: Mapping[str, tuple[tuple[str, ...], ...]]

    @classmethod
    def parse(cls, *layers: Mapping[str, Sequence[str]]) -> Grammar:
        """A grammar of several layers of symbols; a later layer goes before an earlier one."""
        merged = {symbol: alternatives for layer in layers for symbol, alternatives in layer.items()}
        return cls({symbol: tuple(tuple(_SLOT.split(text)) for text in texts) for symbol, texts in merged.items()})

    def expand(self, symbol: str, count: int, rng: np.random.Generator) -> Texts:
        """`count` texts of a symbol, each alternative equally likely, shape (count,)."""
        if ".." in symbol:
            low, high = symbol.split("..")
            return np.array(list(map(str, rng.integers(int(low), int(high) + 1, count).tolist())), dtype=object)
        alternatives = self.alternatives[symbol]
        pick = rng.integers(len(alternatives), size=count)
        texts = np.empty(count, dtype=object)
        for number, pieces in enumerate(alternatives):
            where = np.flatnonzero(pick == number)
            if len(where):
                texts[where] = self._join(pieces, len(where), rng)
        return texts

    def _join(self, pieces: tuple[str, ...], count: int, rng: np.random.Generator) -> list[str] | str:
        if len(pieces) == 1:
            return pieces[0]
        columns = [self.expand(piece, count, rng) if number % 2 else repeat(piece, count) for number, piece in enumerate(pieces)]
        return list(map("".join, zip(*columns, strict=True)))


@dataclass(frozen=True)
class Topic:
    """A topic of the simulated arena and what votes on it are like.

    `criteria` are the chances of the seven hard-prompt criteria; `code`, `math`, `creative` and `refusal` are chances;
    `instruction` is a mean score; the rest are factors on the arena's own level (1: the same).
    """

    name: str
    label: str
    profile: str
    share: float
    multi_turn: float
    ties: float
    code: float
    math: float
    creative: float
    refusal: float
    instruction: float
    criteria: tuple[float, ...]
    style: tuple[float, ...]


@dataclass(frozen=True)
class Language:
    """A language, its share of the votes, and what share of its fresh prompts each topic has (every topic of `topics()`)."""

    name: str
    share: float
    topics: tuple[float, ...]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@functools.cache
def topics() -> tuple[Topic, ...]:
    """All topics, in the order of their file."""
    content = _read("topics")
    found = []
    for name, fields in content["topic"].items():
        profile = content["profile"][fields["profile"]]
        scalars = {key: profile[key] for key in ("multi_turn", "ties", "code", "math", "creative", "refusal", "instruction")}
        style = tuple(profile[feature] for feature in ("tokens", "headers", "lists", "bold"))
        criteria = tuple(profile["criteria"])
        found.append(Topic(name, fields["label"], fields["profile"], fields["share"], **scalars, criteria=criteria, style=style))
    return tuple(found)


@functools.cache
def languages() -> tuple[Language, ...]:
    """All languages, the main one first with the share that the others leave."""
    shares = np.array([topic.share for topic in topics()])
    found = []
    for name, fields in _read("languages").items():
        inside = np.array([topic.name in fields["topic"] for topic in topics()], dtype=float)
        weight = inside * np.maximum(shares, 1.0)
        found.append(Language(name, fields["share"], tuple(weight / weight.sum())))
    # Not `sum`: from Python 3.12 on it rounds otherwise, and the same seed would give other votes.
    rest = 1 - math.fsum(language.share for language in found)
    return (Language(MAIN_LANGUAGE, rest, tuple(shares / shares.sum())), *found)


@functools.cache
def prompt_grammar(language: str, topic: str) -> Grammar:
    """The grammar whose symbol `prompt` gives first prompts of a topic in a language."""
    content = _read("topics")
    if language == MAIN_LANGUAGE:
        fields = content["topic"][topic]
        return Grammar.parse(content["shared"], {symbol: texts for symbol, texts in fields.items() if isinstance(texts, list)})
    fields = _read("languages")[language]
    own = {symbol: fields[symbol] for symbol in ("close", "name", "place")}
    return Grammar.parse(own, fields["slots"], {"prompt": fields["topic"][topic]})


@functools.cache
def follow_up_grammar(language: str, topic: str) -> Grammar:
    """The grammar whose symbol `follow_up` gives later user messages of a conversation."""
    if language != MAIN_LANGUAGE:
        return Grammar.parse({"follow_up": _read("languages")[language]["follow_up"]})
    content = _read("topics")
    profile = content["profile"][content["topic"][topic]["profile"]]
    return Grammar.parse(content["shared"], {"follow_up": profile["follow_up"]})


@dataclass(frozen=True)
class Listed:
    """Prompts that many people send: greetings and famous test questions, each list most frequent first."""

    texts: tuple[str, ...]
    topics: tuple[str, ...]
    languages: tuple[str, ...]
    greetings: int


@functools.cache
def listed() -> Listed:
    """The listed prompts: greetings first, then famous questions taken in turn from their topics."""
    content = _read("repeats")
    greetings, spoken = content["greetings"], content["greeting_languages"]
    ranked = [(place, text, group["topic"]) for group in content["famous"] for place, text in enumerate(group["prompts"])]
    famous = [(text, topic) for _, text, topic in sorted(ranked, key=lambda entry: entry[0])]
    return Listed(
        (*greetings, *(text for text, _ in famous)),
        (*repeat("greetings", len(greetings)), *(topic for _, topic in famous)),
        (*(spoken.get(text, MAIN_LANGUAGE) for text in greetings), *repeat(MAIN_LANGUAGE, len(famous))),
        len(greetings),
    )


@functools.cache
def changes() -> Mapping[str, Sequence[str]]:
    """What a person changes when sending a prompt again: greetings put before it, endings and words put into it."""
    found: Mapping[str, Sequence[str]] = _read("repeats")["changes"]
    return found


@dataclass(frozen=True)
class Rephrasing:
    """How a prompt of a language is said in other words: phrases and what stands for them, and frames around a prompt."""

    phrases: Mapping[str, str]
    frames: tuple[str, ...]

    def exchange(self, text: str) -> str:
        """`text` with all phrases exchanged, those at the start of a sentence with a capital as before."""
        return self._pattern.sub(self._other, text) if self.phrases else text

    @functools.cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.phrases, key=lambda phrase: (-len(phrase), phrase))
        whole = ((r"\b" if _SPACED.match(phrase) else "", re.escape(phrase)) for phrase in longest_first)
        return re.compile("|".join(f"{edge}{phrase}{edge}" for edge, phrase in whole), re.IGNORECASE)

    def _other(self, match: re.Match[str]) -> str:
        other = self.phrases[match[0].lower()]
        return other[0].upper() + other[1:] if match[0][0].isupper() else other


@functools.cache
def rephrasing(language: str) -> Rephrasing:
    """How prompts of a language are said in other words."""
    fields = _read("repeats")["rephrase"][language]
    return Rephrasing(fields["phrases"], tuple(fields["frames"]))
