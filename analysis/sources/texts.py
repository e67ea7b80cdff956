"""Where the conversation stands in a release, for a row and for a whole batch.

Both give the user messages of the judged conversation and the answers of each side, a list of texts or null where they
were not released. A conversation that cannot be read is null and counted: no rating needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources import cells, columns, json_cells
from analysis.sources.columns import Faults, Nested
from analysis.sources.conversations import CONTENTS, Conversation, from_lists, from_lists_or_texts, from_messages, speaker
from analysis.sources.literals import Unreadable

_LIST = pa.list_(pa.string())
TEXT_FIELDS = (pa.field("asked", _LIST), pa.field("answers_a", _LIST), pa.field("answers_b", _LIST))

#: Drafted columns by name, and rows whose texts are read one by one, shape (rows,).
Found = tuple[dict[str, pa.Array], np.ndarray]


class Texts(Protocol):
    """Finds the texts of a conversation."""

    @property
    def reads(self) -> frozenset[str]: ...

    def of_row(self, row: Mapping[str, Any], vote: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
        """asked, answers_a, answers_b and whole of a row (and turns, where they are counted from the texts)."""
        ...

    def of_table(self, table: pa.Table, vote: Mapping[str, pa.Array], faults: Faults) -> Found:
        """The same for all rows of a table, and which rows have to be read one by one."""
        ...

    def renamed(self, columns: Mapping[str, str]) -> Texts:
        """The same with other names of columns; an empty name leaves a column out."""
        ...


@dataclass(frozen=True)
class NoTexts:
    """A release without texts."""

    reads: frozenset[str] = frozenset()

    def of_row(self, row: Mapping[str, Any], vote: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
        return {"whole": True}

    def of_table(self, table: pa.Table, vote: Mapping[str, pa.Array], faults: Faults) -> Found:
        return {"whole": _all_true(len(table))}, np.zeros(len(table), dtype=bool)

    def renamed(self, columns: Mapping[str, str]) -> NoTexts:
        return self


@dataclass(frozen=True)
class Messages:
    """Two lists of messages, `[{role, content}, …]`; the user messages are those of side a, or of b where a has none."""

    a: str = "conversation_a"
    b: str = "conversation_b"

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.a, self.b} - {""})

    def of_row(self, row: Mapping[str, Any], vote: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
        names = (self.a, self.b)
        found = _readable(lambda: from_messages(*_cells(row, names)), row, names, faults)
        return _of_conversation(found, vote)

    def of_table(self, table: pa.Table, vote: Mapping[str, pa.Array], faults: Faults) -> Found:
        odd = np.zeros(len(table), dtype=bool)
        sides = [_Side(table, name, odd) for name in (self.a, self.b)]
        asked = sides[0].said("user")
        other = sides[1].said("user")
        use_other = pc.equal(pc.list_value_length(asked).fill_null(0), 0)
        if pc.any(pc.and_(use_other, pc.greater(pc.list_value_length(other).fill_null(0), 0))).as_py():
            asked = pc.if_else(use_other, pc.coalesce(other, asked), asked)
        found = {"asked": asked, **{f"answers_{side}": part.said("assistant") for side, part in zip("ab", sides, strict=True)}}
        return _counted(found, vote, len(table)), odd

    def renamed(self, columns: Mapping[str, str]) -> Messages:
        return Messages(columns.get(self.a, self.a), columns.get(self.b, self.b))


@dataclass(frozen=True)
class Lists:
    """Lists with one text a turn: of prompts, and of the answers of each side where there are any.

    With `or_texts`, a row whose cells are not all lists holds one turn in plain texts.
    """

    prompts: str
    a: str = ""
    b: str = ""
    or_texts: bool = False

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.prompts, self.a, self.b} - {""})

    def of_row(self, row: Mapping[str, Any], vote: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
        names = (self.prompts, self.a, self.b)
        read = from_lists_or_texts if self.or_texts else from_lists
        # A cell that is a column of the vote table, too, is counted there.
        found = _readable(lambda: read(*_cells(row, names)), row, names, Faults() if "prompts" in vote else faults)
        return _of_conversation(found, vote)

    def of_table(self, table: pa.Table, vote: Mapping[str, pa.Array], faults: Faults) -> Found:
        odd = np.zeros(len(table), dtype=bool)
        names = {"asked": self.prompts, "answers_a": self.a, "answers_b": self.b}
        found = {name: _text_lists(table, theirs, odd) for name, theirs in names.items()}
        if self.or_texts:
            nothing = np.all([lists.is_null().to_numpy(zero_copy_only=False) for lists in found.values()], axis=0)
            odd |= nothing & np.any([_holds_text(table, theirs) for theirs in names.values()], axis=0)
        return _counted(found, vote, len(table)), odd

    def renamed(self, columns: Mapping[str, str]) -> Lists:
        ours = "prompt" if self.prompts == "prompt" else "prompts"
        a, b = (columns.get(f"response_{side}", theirs) for side, theirs in (("a", self.a), ("b", self.b)))
        return Lists(columns.get(ours, self.prompts), a, b, self.or_texts)


@dataclass(frozen=True)
class Whichever:
    """The texts of a row that was reshaped: messages, a list of prompts or plain texts, by the columns it has."""

    reads: frozenset[str] = frozenset()

    def of_row(self, row: Mapping[str, Any], vote: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
        return of_columns(row).of_row(row, vote, faults)

    def of_table(self, table: pa.Table, vote: Mapping[str, pa.Array], faults: Faults) -> Found:
        raise Nested("texts")

    def renamed(self, columns: Mapping[str, str]) -> Whichever:
        return self


def of_columns(names: Collection[str] | Mapping[str, Any]) -> Texts:
    """Where the texts of a flat table with these columns are."""
    if "conversation_a" in names:
        return Messages()
    return Lists("prompts") if "prompts" in names else Plain()


@dataclass(frozen=True)
class Plain:
    """The first message and the first answers as plain texts; they are the whole conversation when it has one turn."""

    prompt: str = "prompt"
    a: str = "response_a"
    b: str = "response_b"

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.prompt, self.a, self.b} - {""})

    def of_row(self, row: Mapping[str, Any], vote: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
        def one(name: str) -> list[str] | None:
            counted = Faults() if name == self.prompt and "prompt" in vote else faults
            try:
                found = cells.text(*_cells(row, (name,)))
            except Unreadable:
                counted.add(name, row.get(name))
                return None
            return None if found is None else [found]

        return {
            "asked": one(self.prompt),
            "answers_a": one(self.a),
            "answers_b": one(self.b),
            "whole": (vote.get("turns") or 1) == 1,
        }

    def of_table(self, table: pa.Table, vote: Mapping[str, pa.Array], faults: Faults) -> Found:
        names = {"asked": self.prompt, "answers_a": self.a, "answers_b": self.b}
        # The prompt is a column of the vote table, too: it is counted there.
        counted = {"asked": Faults() if "prompt" in vote else faults}
        found = {name: _single(_plain_texts(table, theirs, counted.get(name, faults))) for name, theirs in names.items()}
        turns = vote.get("turns")
        whole = _all_true(len(table)) if turns is None else pc.equal(turns.fill_null(1), 1)
        return found | {"whole": whole}, np.zeros(len(table), dtype=bool)

    def renamed(self, columns: Mapping[str, str]) -> Plain:
        return Plain(*(columns.get(name, name) for name in (self.prompt, self.a, self.b)))


def _of_conversation(found: Conversation | None, vote: Mapping[str, Any]) -> dict[str, Any]:
    if found is None:
        return {"whole": True}
    drafted: dict[str, Any] = {"asked": found.asked, "answers_a": found.answers_a, "answers_b": found.answers_b, "whole": True}
    if vote.get("turns") is None and found.asked:
        drafted["turns"] = len(found.asked)
    return drafted


def _counted(found: dict[str, pa.Array], vote: Mapping[str, pa.Array], rows: int) -> dict[str, pa.Array]:
    """With turns counted from the user messages where the release does not give them."""
    lengths = pc.list_value_length(found["asked"]).cast(pa.int32())
    lengths = pc.if_else(pc.equal(lengths, 0), pa.scalar(None, pa.int32()), lengths)
    given = vote.get("turns")
    return found | {"whole": _all_true(rows), "turns": lengths if given is None else pc.coalesce(given, lengths)}


def _cells(row: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    """The cells of a row by name; nothing where the name is empty."""
    return [row.get(name) if name else None for name in names]


def _readable(read: Callable[[], Any], row: Mapping[str, Any], names: tuple[str, ...], faults: Faults) -> Any:
    """What `read` gives; where it cannot, None, and the first column that holds something is counted."""
    try:
        return read()
    except Unreadable as error:
        name = next((name for name in names if name and not cells.missing(row.get(name))), names[0])
        faults.add(name, str(error))
        return None


def _all_true(rows: int) -> pa.Array:
    return pa.array(np.ones(rows, dtype=bool))


class _Side:
    """The messages of one side, flattened: who speaks, and what is said."""

    def __init__(self, table: pa.Table, name: str, odd: np.ndarray) -> None:
        lists = _messages(table, name, odd)
        self._offsets = columns.starts(lists)
        self._absent = lists.is_null().to_numpy(zero_copy_only=False)
        messages = columns.plain(lists.flatten())
        self._roles = np.zeros(len(messages), dtype=object)
        self._said = pa.nulls(len(messages), pa.string())
        if len(messages):
            self._roles, wrong = _speakers(messages)
            self._said = _contents(messages)
            odd[np.searchsorted(self._offsets, np.flatnonzero(wrong), side="right") - 1] = True

    def said(self, role: str) -> pa.Array:
        """What those in a role said, as a list for each row."""
        kept = self._roles == role
        return columns.regroup(self._offsets, kept, self._said.filter(pa.array(kept, pa.bool_())), self._absent)


def _messages(table: pa.Table, name: str, odd: np.ndarray) -> pa.Array:
    """A column of lists of messages; where it holds JSON text, that is parsed."""
    nothing = pa.nulls(len(table), pa.list_(pa.struct([])))
    if not name or name not in table.column_names:
        return nothing
    array = columns.plain(table[name])
    if pa.types.is_null(array.type):
        return nothing
    if pa.types.is_string(array.type):
        array = _null_where_missing(array)
        kind = json_cells.learn(array)
        if kind is None:
            if array.null_count == len(array):
                return nothing
            raise Nested(name)
        array, other = json_cells.parse(array, kind)
        odd |= other
    if not pa.types.is_list(array.type):
        raise Nested(name)
    return array


def _null_where_missing(array: pa.Array) -> pa.Array:
    """Texts with null in place of each spelling of a missing value."""
    short = pc.less(pc.binary_length(array), _LONGEST_MISSING).fill_null(False)
    if not pc.any(short).as_py():
        return array
    gone = [cells.missing(text) for text in array.filter(short).to_pylist()]
    return pc.replace_with_mask(
        array, pc.replace_with_mask(short, short, pa.array(gone, pa.bool_())), pa.scalar(None, pa.string())
    )


#: Bytes of a text that can spell that nothing is there, blanks around it included.
_LONGEST_MISSING = 16


def _speakers(messages: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """For each message `user`, `assistant` or another word, and whether nobody can be made out."""
    if not pa.types.is_struct(messages.type):
        raise Nested("messages")
    names = [field.name for field in messages.type]
    key = next((name for name in ("role", "from") if name in names), None)
    if key is None or ("role" in names and "from" in names):
        raise Nested("messages")
    roles = columns.plain(pc.struct_field(messages, [names.index(key)]))
    if not pa.types.is_string(roles.type):
        raise Nested("messages")
    encoded = roles.dictionary_encode()
    known: list[str | None] = []
    for role in encoded.dictionary.to_pylist():
        try:
            known.append(speaker(role) or "")
        except Unreadable:
            known.append(None)
    codes = encoded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    speakers = np.array([*known, None], dtype=object)[codes]
    return speakers, np.array([role is None for role in speakers], dtype=bool)


def _contents(messages: pa.Array) -> pa.Array:
    """The text of each message, empty where it has none."""
    names = [field.name for field in messages.type]
    keys = [name for name in CONTENTS if name in names]
    if len(keys) != 1:
        raise Nested("messages")
    said = columns.plain(pc.struct_field(messages, [names.index(keys[0])]))
    if pa.types.is_null(said.type):
        return pa.array([""] * len(messages))
    if pa.types.is_string(said.type):
        return columns.texts(said.fill_null(""))
    if not pa.types.is_list(said.type):
        raise Nested("messages")
    return _joined_parts(said)


def _joined_parts(parts: pa.Array) -> pa.Array:
    """The texts of content in parts, joined by line feeds; a part that is null is left out, one without text is empty."""
    flat = columns.plain(parts.flatten())
    if pa.types.is_struct(flat.type):
        place = flat.type.get_field_index("text")
        texts = columns.plain(pc.struct_field(flat, [place])) if place >= 0 else pa.nulls(len(flat), pa.string())
    else:
        texts = flat
    if pa.types.is_null(texts.type):
        texts = pa.nulls(len(flat), pa.string())
    if not pa.types.is_string(texts.type):
        raise Nested("messages")
    there = flat.is_valid().to_numpy(zero_copy_only=False)
    lists = columns.regroup(columns.starts(parts), there, columns.texts(texts.fill_null("")).filter(pa.array(there)))
    return pc.binary_join(lists, "\n")


def _text_lists(table: pa.Table, name: str, odd: np.ndarray) -> pa.Array:
    if not name or name not in table.column_names:
        return pa.nulls(len(table), _LIST)
    array = columns.plain(table[name])
    if pa.types.is_null(array.type):
        return pa.nulls(len(table), _LIST)
    if pa.types.is_string(array.type):
        array, other = json_cells.parse(_null_where_missing(array), json_cells.LISTS)
        odd |= other
    if not pa.types.is_list(array.type):
        raise Nested(name)
    values = columns.plain(array.flatten())
    if pa.types.is_null(values.type):
        values = values.cast(pa.string())
    if not pa.types.is_string(values.type):
        raise Nested(name)
    values = columns.texts(values.fill_null(""))
    everything = np.ones(len(values), dtype=bool)
    return columns.regroup(columns.starts(array), everything, values, array.is_null().to_numpy(zero_copy_only=False))


def _holds_text(table: pa.Table, name: str) -> np.ndarray:
    """Which rows hold a text that is not blank, of whatever it may be a spelling."""
    array = columns.plain(table[name]) if name and name in table.column_names else pa.nulls(len(table))
    if not pa.types.is_string(array.type):
        return np.zeros(len(table), dtype=bool)
    held: np.ndarray = pc.not_equal(pc.utf8_trim_whitespace(array), "").fill_null(False).to_numpy(zero_copy_only=False)
    return held


def _plain_texts(table: pa.Table, name: str, faults: Faults) -> pa.Array:
    if not name or name not in table.column_names:
        return pa.nulls(len(table), pa.string())
    array = columns.plain(table[name])
    if pa.types.is_string(array.type):
        blank = pc.equal(pc.utf8_trim_whitespace(array), "")
        return columns.texts(pc.if_else(blank, pa.scalar(None, pa.string()), array))
    return columns.parsed(array, cells.text, pa.string(), name, faults)


def _single(texts: pa.Array) -> pa.Array:
    """Each text as a list of one, null where it is null."""
    there = texts.is_valid().to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(there)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), texts.drop_null(), mask=pa.array(~there))
