"""A row that has been read but not yet judged to be a vote, and what can be counted from its texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from analysis.schema import COLUMNS, Column
from analysis.sources import cells, style
from analysis.sources.conversations import Texts


@dataclass(slots=True)
class Draft:
    """What one row says: columns of the vote table, the outcome label as it is written, and the texts.

    `copy` is a key under which rows with the same content are found, for releases that hold exact copies.
    """

    vote: dict[str, Any]
    label: object
    texts: Texts = field(default_factory=Texts)
    copy: int | None = None

    @property
    def multi_turn(self) -> bool:
        """Whether the conversation is known to have two or more turns."""
        return (self.vote.get("turns") or 0) >= 2

    @property
    def disagrees(self) -> bool:
        """Whether the release gives another number of turns than the conversation has user messages."""
        turns, prompts = self.vote.get("turns"), self.texts.prompts
        return self.texts.whole and turns is not None and prompts is not None and turns != len(prompts)


def parse_column(column: Column, value: object) -> Any:
    """The cell as the type of its column of the vote table."""
    if pa.types.is_integer(column.type):
        return cells.integer(value, 2 ** (column.type.bit_width - 1) - 1)
    if pa.types.is_boolean(column.type):
        return cells.flag(value)
    if pa.types.is_timestamp(column.type):
        return cells.time(value)
    if pa.types.is_list(column.type):
        items = cells.listed(value)
        return None if items is None else [cells.text(item) or "" for item in items]
    return cells.text(value) if column.name == "prompt" else cells.name(value)


def parse_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """All columns of the vote table that a row already has under their own names."""
    return {column.name: parse_column(column, row[column.name]) for column in COLUMNS if column.name in row}


def complete(draft: Draft) -> set[str]:
    """Fill in the columns that the release does not give, from the texts; returns the names of those counted.

    Style features and tokens need the whole conversation; `is_code` and `is_refusal` make do with the part there is.
    """
    vote, texts = draft.vote, draft.texts
    if texts.prompts:
        _put(vote, "prompt", texts.prompts[0])
        if texts.whole:
            _put(vote, "prompts", texts.prompts)
    derived = _fill(vote, "is_code", lambda: style.mentions_code(texts.all)) if texts.prompts else set()
    answers = [*(texts.answers_a or ()), *(texts.answers_b or ())]
    if answers:
        derived |= _fill(vote, "is_refusal", lambda: style.refuses(answers))
    if texts.whole:
        if texts.prompts:
            prompts = texts.prompts
            derived |= _fill(vote, "tokens_user", lambda: style.count_tokens(prompts))
        derived |= _fill_side(vote, "a", texts.answers_a) | _fill_side(vote, "b", texts.answers_b)
    return derived


def _fill_side(vote: dict[str, Any], side: str, answers: list[str] | None) -> set[str]:
    if answers is None:
        return set()
    derived = _fill(vote, f"tokens_{side}", lambda: style.count_tokens(answers))
    names = [f"{feature}_{side}" for feature in ("headers", "lists", "bold")]
    if any(vote.get(name) is None for name in names):
        for name, count in zip(names, style.count_markdown(answers), strict=True):
            derived |= _fill(vote, name, lambda count=count: count)  # type: ignore[misc]
    return derived


def _fill(vote: dict[str, Any], name: str, count: Callable[[], Any]) -> set[str]:
    if vote.get(name) is not None:
        return set()
    vote[name] = count()
    return {name}


def _put(vote: dict[str, Any], name: str, value: Any) -> None:
    if vote.get(name) is None:
        vote[name] = value
