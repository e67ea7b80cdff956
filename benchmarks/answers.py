"""Invented answers in Markdown for the benchmarks' files: the words of simulated prompts in the forms and sizes of answers."""

import random
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

#: Sentences made beforehand for each language; answers draw from them, so that no two answers are the same text.
SENTENCES = 3_000
#: Scripts that put no space between words.
UNSPACED = frozenset({"Chinese", "Japanese"})
#: The spread of answers' lengths: standard deviation of their logarithm.
SPREAD = 0.7

_CODE = (
    "def total(values: list[float]) -> float:",
    "    return sum(value for value in values if value > 0)",
    "for (int i = 0; i < n; i++) { seen[order[i]] = true; }",
    "SELECT model, count(*) FROM votes GROUP BY model ORDER BY 2 DESC;",
    "const found = rows.filter((row) => row.id !== null && row.id > 7);",
    '    raise ValueError(f"{name!r} is not known")',
    "# a comment, no header; __name__ is no bold",
    'print("done", end="\\n\\n")',
)


@dataclass(frozen=True)
class Voice:
    """Sentences and short phrases of one language."""

    sentences: list[str]
    phrases: list[str]


class Answers:
    """Answers in the language of their prompt.

    Args:
        prompts: prompts with their language; the words come from them.
        characters: length of an answer, about, in a language that puts space between words; a third of it in others.
        seed: the same seed gives the same answers.
    """

    def __init__(self, prompts: Iterable[tuple[str, str]], characters: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._characters = characters
        words: dict[str, list[str]] = defaultdict(list)
        for prompt, language in prompts:
            words[language] += re.findall(r"[\w'-]+", prompt)
        self._voices = {language: self._voice(found, language in UNSPACED) for language, found in sorted(words.items())}

    def answer(self, language: str, share: float = 1.0) -> str:
        """One answer; `share` of the mean length, for a conversation whose turns share it."""
        voice, pick = self._voices[language], self._random
        left = pick.lognormvariate(-(SPREAD**2) / 2, SPREAD) * self._characters * share / (3 if language in UNSPACED else 1)
        blocks = []
        while left > 0 or not blocks:
            blocks.append(self._block(voice, pick.random()))
            left -= len(blocks[-1]) + 2
        return "\n\n".join(blocks)

    def _block(self, voice: Voice, kind: float) -> str:
        pick = self._random
        if kind < 0.6:
            return " ".join(pick.choices(voice.sentences, k=pick.randint(1, 5)))
        if kind < 0.7:
            return f"{'#' * pick.randint(1, 4)} {pick.choice(voice.phrases)}"
        if kind < 0.82:
            items = zip(pick.choices(voice.phrases, k=pick.randint(2, 6)), pick.choices(voice.sentences, k=6), strict=False)
            return "\n".join(f"- **{phrase}**: {sentence}" for phrase, sentence in items)
        if kind < 0.93:
            items = pick.choices(voice.sentences, k=pick.randint(2, 7))
            return "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(items, start=1))
        return "```\n" + "\n".join(pick.choices(_CODE, k=pick.randint(3, 12))) + "\n```"

    def _voice(self, words: list[str], unspaced: bool) -> Voice:
        comma, end, space = ("，", "。", "") if unspaced else (", ", ".", " ")
        pick, clause = self._random, (1, 2) if unspaced else (4, 9)

        def said(most: int) -> str:
            parts = [space.join(pick.choices(words, k=pick.randint(*clause))) for _ in range(pick.randint(1, most))]
            return comma.join(parts)

        sentences = [said(3).capitalize() + end for _ in range(SENTENCES)]
        return Voice(sentences, [said(1) for _ in range(SENTENCES)])
