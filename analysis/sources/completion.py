"""Columns that a release does not give, counted from the texts of its conversations."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources import columns, text_features
from analysis.votes.schema import STYLE_FEATURES, VOTE_SCHEMA


def complete(votes: pa.Table) -> tuple[pa.Table, frozenset[str]]:
    """Judged drafts as votes, with what could be counted from their texts, and the names of the columns counted.

    Style features and tokens need the whole conversation; `is_code` and `is_refusal` make do with the part there is.
    """
    return _Completion(votes).done()


class _Completion:
    """A table of drafts on its way to the vote table."""

    def __init__(self, drafts: pa.Table) -> None:
        self._columns: dict[str, pa.Array] = {name: columns.plain(drafts[name]) for name in drafts.column_names}
        self._asked, self._a, self._b = (self._columns[name] for name in ("asked", "answers_a", "answers_b"))
        self._whole = self._columns["whole"]
        self._derived: set[str] = set()

    def done(self) -> tuple[pa.Table, frozenset[str]]:
        asked = pc.greater(pc.list_value_length(self._asked), 0).fill_null(False)
        if pc.any(asked).as_py():
            self._prompts(asked)
            self._fill("is_code", asked, lambda: _either(text_features.mentions_code, self._asked, self._a, self._b))
            self._fill("tokens_user", pc.and_(asked, self._whole), lambda: text_features.count_tokens(self._asked))
        answered = pc.or_(self._a.is_valid(), self._b.is_valid())
        if pc.any(answered).as_py():
            self._fill("is_refusal", answered, lambda: _either(text_features.refuses, self._a, self._b))
            for side, answers in (("a", self._a), ("b", self._b)):
                self._style(side, answers)
        return pa.table([self._columns[name] for name in VOTE_SCHEMA.names], schema=VOTE_SCHEMA), frozenset(self._derived)

    def _prompts(self, asked: pa.Array) -> None:
        first = pc.list_element(pc.if_else(asked, self._asked, pa.scalar([""], self._asked.type)), 0)
        first = pc.if_else(asked, first, pa.scalar(None, pa.string()))
        self._columns["prompt"] = pc.coalesce(self._columns["prompt"], first)
        given = self._columns["prompts"]
        if given.null_count:
            keep = pc.and_(asked, self._whole)
            counted = self._asked if pc.all(keep).as_py() else pc.if_else(keep, self._asked, pa.scalar(None, self._asked.type))
            self._columns["prompts"] = counted if given.null_count == len(given) else pc.coalesce(given, counted)

    def _style(self, side: str, answers: pa.Array) -> None:
        counted = pc.and_(answers.is_valid(), self._whole)
        self._fill(f"tokens_{side}", counted, lambda: text_features.count_tokens(answers))
        names = [f"{feature}_{side}" for feature in STYLE_FEATURES[1:]]
        if any(self._lacks(name, counted) for name in names):
            counts = dict(zip(names, text_features.count_markdown(answers), strict=True))
            for name in names:
                self._fill(name, counted, lambda name=name: counts[name])  # type: ignore[misc]

    def _lacks(self, name: str, where: pa.Array) -> bool:
        return bool(pc.any(pc.and_(self._columns[name].is_null(), where)).as_py())

    def _fill(self, name: str, where: pa.Array, count: Callable[[], pa.Array]) -> None:
        """Put what is counted where the release says nothing and `where` holds."""
        if not self._lacks(name, where):
            return
        given = self._columns[name]
        counted = count().cast(given.type)
        self._columns[name] = pc.coalesce(given, pc.if_else(where, counted, pa.scalar(None, given.type)))
        self._derived.add(name)


def _either(held: Callable[[pa.ListArray], pa.BooleanArray], *lists: pa.ListArray) -> pa.BooleanArray:
    """Whether something holds for any of several lists of a row."""
    first, *others = [held(part).fill_null(False) for part in lists]
    for other in others:
        first = pc.or_(first, other)
    return first
