"""clean_battle_YYYYMMDD.json: LMSYS's cleaned vote log, without conversations; later files carry metadata and tags."""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import fields
from analysis.sources.drafts import Draft

NAME = "clean_battle"
READS = fields.LOG
NOTES: tuple[str, ...] = ()


def recognises(columns: Collection[str]) -> bool:
    """Whether a row is one of LMSYS's vote log and holds no text."""
    return {"model_a", "model_b", "winner", "tstamp", "anony"} <= set(columns)


def normalise(row: Mapping[str, Any]) -> Draft:
    """The row as a draft of a vote."""
    return Draft(fields.log(row), row.get("winner"))
