"""Which models are new on a published board, which are gone, and which are probably the same under another name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.ratings.board import Board

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Standard errors within which the ratings of one model under two names lie, and by how much its votes may grow or fall.
_NEAR, _FALL, _GROWTH = 2.0, 0.95, 1.5

#: Least share of words that two names have in common.
_ALIKE = 0.6

#: Words of names that say how far along a model is, not which.
_STAGES = frozenset(("preview", "exp", "experimental", "beta", "early", "latest", "release"))


@dataclass(frozen=True)
class Comings:
    """Models on one board and not on the other, each in the order of its board.

    Attributes:
        new, gone: on the later board alone, and on the earlier one alone; without those renamed.
        renamed: earlier and later names of what is probably one model.
    """

    new: tuple[str, ...]
    gone: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]


def comings(earlier: Board, later: Board, common: float | None) -> Comings:
    """What came and went between two boards, whose ratings moved by `common` points together; None where they cannot be compared.

    A model that is gone and one that is new are probably the same where their names differ in words like `preview` or in a date
    alone, their ratings by no more than noise, and their votes, where they are published, by less than a growth by half.
    """
    new = [model for model in later.models if model not in set(earlier.models)]
    gone = [model for model in earlier.models if model not in set(later.models)]
    renamed = () if common is None else tuple(_renamed(gone, new, earlier, later, common))
    before, after = {one for one, _ in renamed}, {other for _, other in renamed}
    return Comings(tuple(m for m in new if m not in after), tuple(m for m in gone if m not in before), renamed)


def _renamed(gone: list[str], new: list[str], earlier: Board, later: Board, common: float) -> Iterator[tuple[str, str]]:
    taken: set[str] = set()
    for one in gone:
        fitting = [other for other in new if other not in taken and _is_near(one, other, earlier, later, common)]
        likely = [(likeness, other) for other in fitting if (likeness := _likeness(one, other)) >= _ALIKE]
        if likely:
            best = max(likely)[1]
            taken.add(best)
            yield one, best


def _is_near(one: str, other: str, earlier: Board, later: Board, common: float) -> bool:
    """Whether rating and votes could be those of one model."""
    here, there = earlier.models.index(one), later.models.index(other)
    error = np.sqrt(earlier.covariance[here, here] + later.covariance[there, there])
    votes_from, votes_to = earlier.votes[here], later.votes[there]
    if votes_from and votes_to and not _FALL * votes_from <= votes_to <= _GROWTH * votes_from:
        return False
    return bool(abs(later.ratings[there] - earlier.ratings[here] - common) <= _NEAR * max(error, 1.0))


def _likeness(one: str, other: str) -> float:
    """Share of words that two names have in common, without stages and dates; 0 where their numbers differ."""
    words = [_words(name) for name in (one, other)]
    numbers = [{word for word in group if word[0].isdigit()} for group in words]
    if numbers[0] != numbers[1] or not words[0] | words[1]:
        return 0.0
    return len(words[0] & words[1]) / len(words[0] | words[1])


def _words(name: str) -> set[str]:
    """Words and numbers of a name but dates (six or eight digits, or day and month in two parts each) and stages."""
    plain = re.sub(r"(?<!\d)(20\d{2}[-_ ]?\d{2}[-_ ]?\d{2}|\d{6}|\d{2}-\d{2}|\d{4})(?![\d.])", " ", name.casefold())
    return {word for word in re.findall(r"[a-z]+|\d+(?:\.\d+)*[a-z]?", plain) if word not in _STAGES}
