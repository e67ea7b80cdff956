"""Conversations: the votes behind a cell of the board, a page at a time, and the search in their prompts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.explore.reading import NO_LANGUAGE, day_number
from analysis.results.prose import shortened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.explore.reading import Reading
    from analysis.explore.selection import Selection

    Flags = NDArray[np.bool_]
    Integers = NDArray[np.signedinteger[Any]]

#: Conversations on a page.
PAGE = 15

#: Characters of a prompt, and prompts of a conversation, that are sent to be shown.
LONGEST, MOST = 4_000, 40


@dataclass(frozen=True)
class Wanted:
    """Which conversations are looked at; what is empty does not choose.

    Attributes:
        category: `from`, `to`, or `either`: which board counts them.
        judge: a judge's name.
        first, last: days, both included.
        text: a part of a prompt, in letters of either case.
        page: from 0 on.
    """

    category: str = "either"
    model: str = ""
    opponent: str = ""
    language: str = ""
    judge: str = ""
    first: str = ""
    last: str = ""
    text: str = ""
    page: int = 0


@dataclass(frozen=True)
class Page:
    """A page of conversations, and how many there are in all.

    Attributes:
        rows: vote_id, day, language, judge, model_a, model_b, outcome, turns, prompts, and whether these were cut; what is not
            known is empty.
    """

    wanted: Wanted
    rows: list[dict[str, Any]]
    found: int
    page: int
    pages: int


def wanted_of(asked: Mapping[str, Any]) -> Wanted:
    """What a message of the panel asks for."""
    words = {name: str(asked.get(name) or "") for name in Wanted.__dataclass_fields__ if name not in ("page", "category")}
    category = asked.get("category")
    return Wanted(category if category in ("from", "to") else "either", page=max(int(asked.get("page") or 0), 0), **words)


@dataclass(frozen=True, eq=False)
class Conversations:
    """The conversations of a reading. Their texts are read from the file when they are first looked at, and kept."""

    reading: Reading

    @cached_property
    def texts(self) -> pa.Table:
        """prompt and prompts of each vote, in the order of the vote table."""
        return pq.read_table(self.reading.votes.path, columns=["prompt", "prompts"])

    @cached_property
    def facts(self) -> pa.Table:
        """What is shown beside the texts, in the order of the vote table."""
        names = ["vote_id", "time", "language", "judge", "model_a", "model_b", "outcome", "turns"]
        return pq.read_table(self.reading.votes.path, columns=names)

    def has(self, text: str) -> Flags:
        """Which votes have a text in one of their prompts, shape (N,); letters of either case are the same."""
        found = np.asarray(_contains(self.texts["prompt"], text))
        lists = self.texts["prompts"].combine_chunks()
        inside = np.asarray(_contains(lists.flatten(), text))
        found[np.asarray(pc.list_parent_indices(lists))[inside]] = True
        return found

    def matching(self, selection: Selection, wanted: Wanted) -> Integers:
        """The votes looked at, as positions in the vote table, in its order.

        Raises:
            UsageError, InputError: as `Reading.chosen`.
        """
        reading = self.reading
        one, other = reading.chosen(selection)
        chosen = {"from": one, "to": other}.get(wanted.category, one | other).copy()
        for model in filter(None, (wanted.model, wanted.opponent)):
            chosen &= _of_model(reading, model)
        if wanted.language:
            place = reading.languages.index(wanted.language) if wanted.language in reading.languages else NO_LANGUAGE - 1
            chosen &= reading.language == place
        if wanted.judge:
            chosen &= np.asarray(pc.equal(self.facts["judge"], wanted.judge).fill_null(False))
        if wanted.first:
            chosen &= reading.day >= day_number(wanted.first)
        if wanted.last:
            chosen &= (reading.day <= day_number(wanted.last)) & (reading.day >= 0)
        if wanted.text:
            chosen &= self.has(wanted.text)
        return np.flatnonzero(chosen)

    def page(self, selection: Selection, wanted: Wanted) -> Page:
        """One page of the votes looked at; the last one where so many pages are not there.

        Raises:
            UsageError, InputError: as `matching`.
        """
        rows = self.matching(selection, wanted)
        pages = max(-(-len(rows) // PAGE), 1)
        page = min(wanted.page, pages - 1)
        return Page(wanted, self.rows(rows[page * PAGE : (page + 1) * PAGE]), len(rows), page, pages)

    def rows(self, places: Integers) -> list[dict[str, Any]]:
        """The facts and the texts of some votes, by their positions in the vote table."""
        facts, texts = self.facts.take(places).to_pylist(), self.texts.take(places).to_pylist()
        return [_row(fact, text) for fact, text in zip(facts, texts, strict=True)]


def _of_model(reading: Reading, model: str) -> Flags:
    place = reading.models.index(model) if model in reading.models else -1
    first, second = reading.sides
    return np.asarray((first == place) | (second == place))


def _contains(texts: pa.ChunkedArray | pa.Array, text: str) -> pa.Array:
    return pc.match_substring(texts, text, ignore_case=True).fill_null(False)


def _row(fact: dict[str, Any], text: dict[str, Any]) -> dict[str, Any]:
    prompts = text["prompts"] or ([text["prompt"]] if text["prompt"] is not None else [])
    shown = [shortened(prompt or "", LONGEST) for prompt in prompts[:MOST]]
    time = fact.pop("time")
    cut = len(prompts) > MOST or any(len(prompt or "") > LONGEST for prompt in prompts)
    return {**{name: "" if value is None else value for name, value in fact.items()}, "day": f"{time:%Y-%m-%d}" if time else "",
            "prompts": shown, "cut": cut}  # fmt: skip
