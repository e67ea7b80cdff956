"""Which drafts are votes. The releases are already cleaned, so the stricter rules of LMSYS's own cleaning are off by default."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.errors import InputError, UsageError
from analysis.sources import cells, columns, text_features
from analysis.votes.ledger import Reason
from analysis.votes.outcome import Outcome, parse_outcome

#: Names of vendors and model families. Found anywhere in a conversation, the user's messages included, they may tell
#: the judge who is answering (the rule of FastChat `clean_battle_data.py`; any part of a word counts).
IDENTITY_WORDS = (
    *("openai", "chatgpt", "gpt-3", "gpt-4", "anthropic", "claude", "google", "deepmind", "gemini", "gemma", "bard", "palm"),
    *("lamda", "meta ai", "llama", "alpaca", "vicuna", "koala", "lmsys", "uc berkeley", "open assistant", "laion", "dolly"),
    *("databricks", "stablelm", "stability ai", "mistral", "mixtral", "cohere", "command r", "alibaba", "qwen", "zhipu"),
    *("chatglm", "deepseek", "moonshot"),
)

#: What FastChat's server shows in place of an answer.
ERROR_TEXTS = (
    "NETWORK ERROR DUE TO HIGH TRAFFIC. PLEASE REGENERATE OR REFRESH THIS PAGE.",
    "YOUR INPUT VIOLATES OUR CONTENT MODERATION GUIDELINES. PLEASE FIX YOUR INPUT AND TRY AGAIN.",
    "YOU HAVE REACHED THE CONVERSATION LENGTH LIMIT. PLEASE CLEAR HISTORY AND START A NEW CONVERSATION.",
)


@dataclass(frozen=True)
class Cleaning:
    """The rules of a conversion. Rows that must be dropped in any case are not a choice (see `analysis.votes.ledger.Reason`).

    Attributes:
        anonymous_only: drop votes cast with the models in sight; where a release does not say, votes stay.
        identity_words: drop votes with one of `IDENTITY_WORDS` anywhere in the conversation.
        error_texts: drop votes with one of FastChat's error texts in an answer.
        judge_daily_limit: keep the first so many votes of a judge on a day (UTC), in the order of the file; a vote
            without judge or time counts towards no limit.
        exclude_models: drop votes with one of these models.
    """

    anonymous_only: bool = True
    identity_words: bool = False
    error_texts: bool = False
    judge_daily_limit: int | None = None
    exclude_models: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.judge_daily_limit is not None and self.judge_daily_limit < 1:
            raise UsageError(f"--judge-limit {self.judge_daily_limit}: a judge keeps at least one vote a day; give 1 or more.")

    @property
    def stricter(self) -> bool:
        """Whether a rule is on that a vote table as it stands may not meet."""
        return self.identity_words or self.error_texts or self.judge_daily_limit is not None or bool(self.exclude_models)


#: What a label can mean besides an outcome: that there was no vote.
NO_VOTE = "drop"

#: The order of judging: the first reason that holds is the one that counts.
REASONS: tuple[Reason, ...] = (
    Reason.OTHER_EVENT,
    Reason.UNREADABLE,
    Reason.NO_MODEL,
    Reason.NO_VOTE,
    Reason.NO_OUTCOME,
    Reason.SAME_MODEL,
    Reason.EXCLUDED_MODEL,
    Reason.NOT_ANONYMOUS,
    Reason.EMPTY,
    Reason.IDENTITY,
    Reason.ERROR_TEXT,
)
VOTE = len(REASONS)

#: Where to look for the reason, and what a row shows there.
_SHOWN: Mapping[Reason, tuple[str, ...]] = {
    Reason.UNREADABLE: ("unreadable",),
    Reason.NO_MODEL: ("model_a", "model_b"),
    Reason.NO_VOTE: ("label",),
    Reason.NO_OUTCOME: ("label",),
    Reason.SAME_MODEL: ("model_a", "model_b"),
    Reason.EXCLUDED_MODEL: ("model_a", "model_b"),
    Reason.NOT_ANONYMOUS: ("anonymous",),
    Reason.EMPTY: ("turns", "asked"),
}


@dataclass
class Verdicts:
    """What became of a batch of drafts.

    Attributes:
        codes: for each row its place in REASONS, or VOTE; shape (rows,).
        outcomes: for each row its outcome, null where there is none.
        unknown: labels that stand for no outcome, with their counts.
        examples: for each reason one row, in words.
    """

    codes: np.ndarray
    outcomes: pa.Array
    unknown: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)


def judge(
    drafts: pa.Table,
    rules: Cleaning,
    labels: Mapping[str, Outcome | str],
    first: int = 0,
    theirs: Mapping[str, str] = MappingProxyType({}),
) -> Verdicts:
    """Judge drafts.

    Args:
        labels: what each label stands for.
        first: rows of the file before these, for examples.
        theirs: what the file calls a column of drafts, for examples.

    Raises:
        InputError: a rule needs texts that this input does not have.
    """
    outcomes, no_vote, unknown = _outcomes(drafts, labels)
    held: dict[Reason, np.ndarray] = {
        Reason.OTHER_EVENT: _true(drafts["event"]),
        Reason.UNREADABLE: _given(drafts["unreadable"]),
        Reason.NO_MODEL: ~(_given(drafts["model_a"]) & _given(drafts["model_b"])),
        Reason.NO_VOTE: no_vote,
        Reason.NO_OUTCOME: ~_given(outcomes),
        Reason.SAME_MODEL: _true(pc.equal(drafts["model_a"], drafts["model_b"])),
        Reason.EXCLUDED_MODEL: _excluded(drafts, rules.exclude_models),
        Reason.NOT_ANONYMOUS: _true(pc.invert(drafts["anonymous"])) & rules.anonymous_only,
        Reason.EMPTY: _empty(drafts),
    }
    held |= _of_texts(drafts, rules)
    codes = np.full(len(drafts), VOTE, dtype=np.int8)
    for place in reversed(range(len(REASONS))):
        if REASONS[place] in held:
            codes[held[REASONS[place]]] = place
    verdicts = Verdicts(codes, outcomes, _count_unknown(drafts, unknown & (codes == REASONS.index(Reason.NO_OUTCOME))))
    for place in np.unique(codes[codes != VOTE]):
        reason, row = REASONS[place], int(np.argmax(codes == place))
        verdicts.examples[reason.value] = _example(drafts, reason, row, first, theirs)
    return verdicts


def _outcomes(drafts: pa.Table, labels: Mapping[str, Outcome | str]) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """The outcome of each row, which labels say that there was no vote, and which say nothing that is known."""
    encoded = columns.plain(drafts["label"]).dictionary_encode()
    written = encoded.dictionary.to_pylist()
    meant = [parse_outcome(label, labels) for label in written]
    known = pa.array([None if meaning == NO_VOTE else meaning for meaning in meant], pa.string())
    codes = encoded.indices.fill_null(len(written)).to_numpy(zero_copy_only=False)
    outcomes = known.take(encoded.indices)
    no_vote = np.array([*(meaning == NO_VOTE for meaning in meant), False], dtype=bool)[codes]
    strange = np.array(
        [*(meaning is None and not cells.missing(label) for meaning, label in zip(meant, written, strict=True)), False],
        dtype=bool,
    )[codes]
    if strange.any():
        # A label may be the winner's name.
        for side in (Outcome.MODEL_A, Outcome.MODEL_B):
            named = _true(pc.equal(drafts["label"], drafts[side.value])) & strange
            outcomes = pc.if_else(pa.array(named), pa.scalar(side.value), outcomes)
            strange &= ~named
    return outcomes, no_vote, strange


def _count_unknown(drafts: pa.Table, unknown: np.ndarray) -> Counter[str]:
    if not unknown.any():
        return Counter()
    counts = pc.value_counts(columns.plain(drafts["label"]).filter(pa.array(unknown))).to_pylist()
    return Counter({count["values"]: count["counts"] for count in counts})


def _excluded(drafts: pa.Table, models: tuple[str, ...]) -> np.ndarray:
    names = pa.array(models, pa.string())
    return _true(pc.is_in(drafts["model_a"], value_set=names)) | _true(pc.is_in(drafts["model_b"], value_set=names))


def _empty(drafts: pa.Table) -> np.ndarray:
    """Rows whose conversation was released and in which nobody asked anything, or neither side answered."""
    asked, *answered = (text_features.holds_text(columns.plain(drafts[name])) for name in ("asked", "answers_a", "answers_b"))
    released = np.any([_given(side) for side in answered], axis=0)
    return _true(pc.invert(asked)) | (released & ~np.any([_true(side) for side in answered], axis=0))


def _of_texts(drafts: pa.Table, rules: Cleaning) -> dict[Reason, np.ndarray]:
    held: dict[Reason, np.ndarray] = {}
    parts = {name: columns.plain(drafts[name]) for name in ("asked", "answers_a", "answers_b")}
    if rules.identity_words:
        if all(part.null_count == len(part) for part in parts.values()):
            raise InputError("Identity words need the texts of the conversations, which this input does not have.")
        held[Reason.IDENTITY] = _found(IDENTITY_WORDS, list(parts.values()), any_case=True)
    if rules.error_texts:
        answers = [parts["answers_a"], parts["answers_b"]]
        if all(part.null_count == len(part) for part in answers):
            raise InputError("Error texts are looked for in the answers, which this input does not have.")
        held[Reason.ERROR_TEXT] = _found(ERROR_TEXTS, answers, any_case=False)
    return held


def _found(words: tuple[str, ...], lists: list[pa.Array], any_case: bool) -> np.ndarray:
    pattern = ("(?i)" if any_case else "") + "|".join(re.escape(word).replace(r"\ ", " ") for word in words)
    found = np.zeros(len(lists[0]), dtype=bool)
    for part in lists:
        hits = pc.match_substring_regex(columns.plain(part.flatten()), pattern).to_numpy(zero_copy_only=False)
        before = np.concatenate([[0], np.cumsum(hits)])
        found |= np.diff(before[columns.starts(part)]) > 0
    return found


def _true(values: pa.Array | pa.ChunkedArray) -> np.ndarray:
    held: np.ndarray = columns.plain(values).fill_null(False).to_numpy(zero_copy_only=False)
    return held


def _given(values: pa.Array | pa.ChunkedArray) -> np.ndarray:
    there: np.ndarray = columns.plain(values).is_valid().to_numpy(zero_copy_only=False)
    return there


def _example(drafts: pa.Table, reason: Reason, row: int, first: int, theirs: Mapping[str, str]) -> str:
    """A row in words, such as `row 17, winner: 'banana'`."""
    where = f"row {first + row + 1:,}"
    values = [(theirs.get(name, name), drafts[name][row].as_py()) for name in _SHOWN.get(reason, ())]
    if reason is Reason.UNREADABLE:
        return f"{where}: {columns.shown(values[0][1])}"
    said = [f"{name} empty" if value is None else f"{name}: {_quoted(value)}" for name, value in values]
    return ", ".join([where, *said])


def _quoted(value: object) -> str:
    return repr(columns.shown(value)) if isinstance(value, str) else columns.shown(value)
