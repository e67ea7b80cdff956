"""A vote table that is read again: one of several, one written by another tool, or one to be cleaned more strictly."""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.schema import NAMES, REQUIRED
from analysis.sources.conversations import Texts
from analysis.sources.drafts import Draft, parse_columns

NAME = "votes"
READS = frozenset(NAMES)
NOTES: tuple[str, ...] = ()


def recognises(columns: Collection[str]) -> bool:
    """Whether a row has every required column of the vote table."""
    return set(REQUIRED) <= set(columns)


def normalise(row: Mapping[str, Any]) -> Draft:
    """The row as a draft of a vote; what the vote table says is not counted again."""
    vote = parse_columns(row)
    return Draft(vote, vote.pop("outcome", None), Texts())
