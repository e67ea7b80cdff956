"""Concepts: what a prompt shows in any language. They let the default embedding put a Russian question about Python next to
an English one without a model that was trained on translations.

Of the prompts in Latin script that are nearest to real prompts in another script, 69 % are of their group with concepts and
37 % without (`benchmarks/topics_quality.py`). `concepts.tsv` was written for this project: a row per concept, a column per
language. A word ending in * stands for every word that begins so; _ stands for a space.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from analysis.embeddings.tokens import runs

#: Marks a feature that is not a word: it cannot clash with one.
MARK = "§"

#: Marks that need no words: formulas, code, percentages, prices.
_SHAPES = {
    "formula": re.compile(r"(?:\d|\b[xy]|\))\s*[=+*/×÷^<>-]\s*(?:\d|[xy]\b|\()"),
    "source": re.compile(r"[{};]\s*(?:\n|$)|=>|\(\)|</|\w\(\w*\)"),
    "percent": re.compile(r"\d\s*%"),
    "price": re.compile(r"\d\s*[$€£¥₽]|[$€£¥₽]\s*\d"),
}

#: Characters of the longest entry of an unspaced script.
_LONGEST = 8


@dataclass(frozen=True)
class Lexicon:
    """Words that show concepts: whole words (or two in a row), beginnings of words, and parts of unspaced runs."""

    whole: dict[str, tuple[str, ...]]
    beginning: dict[str, tuple[str, ...]]
    part: dict[str, tuple[str, ...]]

    @cached_property
    def _known(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def openings(self) -> frozenset[str]:
        """First words of the entries of two words: only behind these is a pair looked up."""
        return frozenset(entry.partition(" ")[0] for entry in (*self.whole, *self.beginning) if " " in entry)

    def of_word(self, word: str) -> tuple[str, ...]:
        """Concepts of a word of a spaced script, or of two words in a row."""
        found = self._known.get(word)
        if found is None:
            starts = (self.beginning.get(word[:size], ()) for size in range(2, len(word) + 1))
            found = (*self.whole.get(word, ()), *(concept for start in starts for concept in start))
            if len(self._known) < 200_000:  # hostile prompts must not fill the memory with words
                self._known[word] = found
        return found

    def of_run(self, run: str) -> list[str]:
        """Concepts of a run of an unspaced script."""
        spans = (run[start : start + size] for size in range(1, _LONGEST + 1) for start in range(len(run) - size + 1))
        return [concept for span in spans for concept in self.part.get(span, ())]


@cache
def lexicon() -> Lexicon:
    """The concepts of `concepts.tsv`."""
    with Path(__file__).with_name("concepts.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    whole: dict[str, tuple[str, ...]] = {}
    beginning: dict[str, tuple[str, ...]] = {}
    part: dict[str, tuple[str, ...]] = {}
    for concept, *cells in rows[1:]:
        for entry in {entry for cell in cells for entry in cell.split()}:
            word = entry.replace("_", " ").removesuffix("*")
            unspaced = any(unspaced for _, unspaced in runs(word))
            table = part if unspaced else beginning if entry.endswith("*") else whole
            table[word] = (*table.get(word, ()), concept)
    return Lexicon(whole, beginning, part)


def concepts(text: str) -> list[str]:
    """Marked names of the concepts and shapes in a clean text (`tokens.clean`), sorted, each once."""
    known, found, before = lexicon(), set[str](), ""
    for run, unspaced in runs(text):
        if unspaced:
            found.update(known.of_run(run))
            before = ""
        else:
            found.update(known.of_word(run))
            if before in known.openings:
                found.update(known.of_word(f"{before} {run}"))
            before = run
    found.update(name for name, shape in _SHAPES.items() if shape.search(text))
    return sorted(MARK + name for name in found)
