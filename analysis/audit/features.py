"""Features: what a column says of each vote, or of its two answers, as numbers that a fit can take.

A feature is asked for as NAME=COLUMN, or NAME=COLUMN:GROUP with a column of what is known of models (`open_weights`,
`organization`), whose models it may favour. Where votes have COLUMN_a and COLUMN_b, it is the difference between the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.audit.case import Case
from analysis.errors import InputError, UsageError
from analysis.ratings.models import model_facts
from analysis.results.prose import counted, joined, spoken
from analysis.results.spelling import did_you_mean
from analysis.votes.schema import NAMES, NUMBERS
from analysis.votes.style_columns import relative_difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger]

#: Different values that a column of texts may have.
MOST_VALUES = 30

#: Votes that a value of a text needs, and a feature.
LEAST_VOTES = 100

#: What a board is made of: no feature of it.
_OWN = ("vote_id", "release", "model_a", "model_b", "outcome")

#: Columns of the two answers, by what they have in common.
_PAIRS = tuple(dict.fromkeys(name[:-2] for name in NAMES if name.endswith("_a") and name not in _OWN))

#: Standard deviations beyond which a number counts as so many: one vote must not decide.
_FURTHEST = 4.0

#: Groups of models of one kind that a feature is held against, those with most votes.
_MOST_GROUPS = 8


@dataclass(frozen=True, eq=False)
class Feature:
    """What a column says.

    Attributes:
        name: as it was asked for.
        value: shape (N,). Of a difference between the answers, first − second, by its root mean square. Of votes, by standard
            deviations from the mean, or 1 and 0 less their mean; 1 where there are `labels`. 0 where nothing is known.
        difference: whether it is one between the answers.
        code: shape (N,), which of the `labels` a vote has, −1 for none; None where there are none.
        labels: values of a column of texts.
        mark: whether it is one: yes or no.
        group: a column of what is known of models, or empty.
        told: shape (N,), the votes that tell of it: of a mark those of the rarer kind; None where all do whose value is not 0.
    """

    name: str
    value: Floats
    difference: bool = False
    code: Integers | None = None
    labels: tuple[str, ...] = ()
    mark: bool = False
    group: str = ""
    told: NDArray[np.bool_] | None = None

    def votes(self, value: Floats) -> Integers:
        """How many votes tell of each of its terms with this value, shape (N,); one number, or one for each label."""
        if self.code is None:
            return np.array([np.count_nonzero(value if self.told is None else value[self.told])])
        return np.bincount(self.code[(value != 0) & (self.code >= 0)], minlength=len(self.labels))


def parse_features(given: Iterable[str] | Mapping[str, str] | None) -> dict[str, str]:
    """NAME=COLUMN and NAME=COLUMN:GROUP, one or several, as columns (with their group) by names; a mapping has them already.

    Raises:
        UsageError: one is not of that form, has a group that is not known of models, or comes twice.
    """
    if isinstance(given, Mapping):
        given = [f"{name}={asked}" if isinstance(asked, str) else asked for name, asked in given.items()]
    if given is not None and not isinstance(given, Iterable):
        raise UsageError(f"features are texts NAME=COLUMN, not {given!r}.")
    texts = [given] * bool(given) if isinstance(given, str) else list(given or ())
    found: dict[str, str] = {}
    for text in map(str, texts):
        name, equal, rest = (part.strip() for part in text.partition("="))
        column, colon, group = (part.strip() for part in rest.partition(":"))
        if not (name and equal and column) or (colon and not group):
            raise UsageError(f"--feature takes NAME=COLUMN or NAME=COLUMN:GROUP, not {text!r}.")
        if name in found:
            raise UsageError(f"--feature {name} is given twice; each needs a name of its own.")
        if group:
            _check_group(group, model_facts())
        found[name] = f"{column}:{group}" if group else column
    return found


def _check_group(group: str, facts: pd.DataFrame) -> None:
    known = [str(name) for name in facts.columns if name not in ("model", "parameters_b")]
    if group not in known:
        raise UsageError(f"models have no {group!r}{did_you_mean(group, known)}; they are grouped by {', '.join(known)}.")


def check_feature(case: Case, name: str, asked: str) -> None:
    """Raise a UsageError where `COLUMN` or `COLUMN:GROUP` names no column that votes have, one that the board is made of, or
    nothing that is known of models."""
    column, _, group = asked.partition(":")
    if group:
        _check_group(group, case.facts)
    if column in _OWN:
        raise UsageError(f"feature {name}: the board is made of {column}; take a column beside it.")
    if case.known(column) or column in _PAIRS or (case.known(f"{column}_a") and case.known(f"{column}_b")):
        return
    own = [one for one in NAMES if one not in _OWN]
    further = [*case.further, *(one[:-2] for one in case.further if one.endswith("_a") and f"{one[:-2]}_b" in case.further)]
    beside = f", and {joined(case.further)} of the frame" if case.further else " and further ones of a frame"
    raise UsageError(
        f"feature {name}: there is no column {column!r} of numbers, marks, times or few texts"
        f"{did_you_mean(column, [*own, *_PAIRS, *further])}; there are {', '.join(own)}{beside}."
    )


def read_feature(case: Case, name: str, asked: str) -> Feature:
    """The feature that a column is, by `COLUMN` or `COLUMN:GROUP`.

    Raises:
        UsageError: there is no such column, or nothing such is known of models.
        InputError: these votes do not have it, or it cannot be a feature.
    """
    check_feature(case, name, asked)
    column, _, group = asked.partition(":")
    found = difference(case, name, column)
    if found is None:
        return _of_votes(case, name, column, group)
    if group:
        raise UsageError(f"feature {name}: {column} is a difference between the answers and takes no group of models.")
    return found


def difference(case: Case, name: str, column: str) -> Feature | None:
    """The relative difference of COLUMN_a and COLUMN_b, as style control has it, and the plain one of numbers that can be below
    0; None where there are no such columns of numbers.

    Raises:
        InputError: nothing says whose answer is whose, or they hardly ever differ.
    """
    try:
        one, other = (case.numbers(f"{column}_{side}") for side in "ab")
    except (InputError, UsageError):
        return None
    if case.ballots.left is None:
        raise InputError("these votes do not say whose answer is whose")
    unknown = ~np.isfinite(one + other)
    if unknown.any():
        one[unknown] = other[unknown] = 0.0
    apart = relative_difference(one, other, column) if min(one.min(), other.min()) >= 0 else _plain(one - other)
    scale = float(np.sqrt((apart @ apart) / len(apart)))
    if not scale:
        raise InputError("it never differs between the two answers")
    apart /= scale
    np.negative(apart, out=apart, where=~case.ballots.left)
    return _enough(Feature(name, apart, difference=True))


def _plain(apart: Floats) -> Floats:
    """Differences that have no bound of their own, cut far off."""
    most = _FURTHEST * float(np.sqrt((apart @ apart) / len(apart)))
    return np.clip(apart, -most, most)


def marked(name: str, mark: Floats, group: str = "") -> Feature:
    """A mark of votes, 1 or 0 or not a number where nothing is known, shape (N,).

    Raises:
        InputError: all have it, or none, or too few.
    """
    value = _centred(mark, scaled=False)
    rarer = 1.0 if np.count_nonzero(mark == 1) <= np.count_nonzero(mark == 0) else 0.0
    return _enough(Feature(name, value, mark=True, group=group, told=mark == rarer))


def _of_votes(case: Case, name: str, column: str, group: str) -> Feature:
    """A column that says something of each vote."""
    if not case.known(column):
        raise InputError(f"these votes have no numbers {column}_a and {column}_b")
    kind = case.column(column).type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_boolean(kind):
        return marked(name, _numbers(case, column), group)
    if column in NUMBERS or pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_timestamp(kind):
        return _enough(Feature(name, _centred(_numbers(case, column)), group=group))
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise InputError(f"it holds {kind}, neither numbers nor marks nor texts")
    return _texts(case, name, column, group)


def _numbers(case: Case, column: str) -> Floats:
    """A column as numbers, times in microseconds, NaN where there is none, shape (N,)."""
    if pa.types.is_timestamp(case.column(column).type):
        return np.asarray(pc.cast(case.column(column), pa.int64()).to_numpy(), dtype=float)[case.ballots.row]
    return case.numbers(column)


def _texts(case: Case, name: str, column: str, group: str) -> Feature:
    """A column of few different texts; those with few votes are in none of the groups."""
    number, labels = encoded(case, column)
    votes = np.bincount(number[number >= 0], minlength=len(labels))
    used = int((votes > 0).sum())
    if used > MOST_VALUES:
        raise InputError(f"it has {used:,} different values, and {MOST_VALUES} are the most")
    if used < 2:
        raise InputError("it is the same in all votes")
    # In the order of their names, whatever the file's; of two the larger says nothing that the other does not.
    large = sorted(np.flatnonzero(votes >= LEAST_VOTES).tolist(), key=lambda place: str(labels[place]))
    if used == 2 and len(large) == 2:
        large = [min(large, key=lambda place: (votes[place], str(labels[place])))]
    if not large:
        raise InputError(f"no value of it has {LEAST_VOTES} votes")
    place = np.full(len(votes) + 1, -1)
    place[large] = np.arange(len(large))
    names = tuple(str(labels[which]) for which in large)
    return Feature(name, np.ones(len(number)), code=place[number], labels=names, group=group)


def encoded(case: Case, column: str) -> tuple[Integers, pa.Array]:
    """The different values of a column, and which of them each vote has, shape (N,); −1 for none.

    Raises:
        InputError: these votes do not have it.
    """
    found = case.column(column)
    whole = (found if pa.types.is_dictionary(found.type) else found.dictionary_encode()).unify_dictionaries().combine_chunks()
    chunk = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    number = np.asarray(chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    return number[case.ballots.row], chunk.dictionary


def _centred(values: Floats, *, scaled: bool = True) -> Floats:
    """Values less their mean, and by their standard deviation; 0 where there is none.

    Raises:
        InputError: they are all the same.
    """
    known = np.isfinite(values)
    if not known.any():
        raise InputError("it holds nothing for these votes")
    mean, deviation = float(values[known].mean()), float(values[known].std())
    if deviation <= 1e-12 * max(abs(mean), 1e-300):
        raise InputError("it is the same in all votes")
    away = np.where(known, values - mean, 0.0)
    return np.clip(away / deviation, -_FURTHEST, _FURTHEST) if scaled else away


def _enough(feature: Feature) -> Feature:
    """A feature that enough votes tell of."""
    votes = int(feature.votes(feature.value)[0])
    if votes < LEAST_VOTES:
        only = f"only {counted(votes, 'vote tells', 'votes tell')}" if votes else "no vote tells"
        raise InputError(f"{only} of it, and {LEAST_VOTES} are needed")
    return feature


def groups_of_models(case: Case, group: str) -> Mapping[str, Floats]:
    """Groups of models, by what they are called: shape (M,), 1 for those in it, 0 for others, and not a number where nothing is
    known; in the order of the fit.

    Raises:
        InputError: nothing is known of these models, or they are all of one.
    """
    known = case.facts_of(case.pairs.models)[group]
    values = known.dropna().unique()
    if len(values) < 2:
        raise InputError(f"no two of these models are known to differ in {spoken(group)}")
    if all(isinstance(value, bool | np.bool_) for value in values):
        return {spoken(group): known.map(lambda value: np.nan if pd.isna(value) else float(value)).to_numpy(float)}
    votes = pd.Series(case.pairs.votes_by_model, known.index).groupby(known.astype(str).where(known.notna())).sum()
    largest = votes.sort_index().sort_values(ascending=False, kind="stable").head(_MOST_GROUPS)
    if len(values) == 2:
        largest = largest.tail(1)  # of two, the larger says nothing that the other does not
    return {name: np.where(known.isna(), np.nan, (known.astype(str) == name).to_numpy(float)) for name in sorted(largest.index)}
