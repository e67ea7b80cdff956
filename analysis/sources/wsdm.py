"""The Parquet files of the WSDM Cup (multilingual arena): plain texts, no ties.

How conversations of several turns were joined into one text is not documented, so the number of turns is unknown.
"""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import cells, fields
from analysis.sources.conversations import Texts
from analysis.sources.drafts import Draft

NAME = "wsdm"
READS = frozenset({"id", "prompt", "response_a", "response_b", "winner", "model_a", "model_b", "language"})
NOTES = ("wsdm: the release joins the messages of a conversation into one text, so the number of turns is unknown.",)


def recognises(columns: Collection[str]) -> bool:
    """Whether a row has plain texts, an id and a language, and no number of turns."""
    return set(columns) >= READS and {"turn", "turns", "judge"}.isdisjoint(columns)


def normalise(row: Mapping[str, Any]) -> Draft:
    """The row as a draft of a vote."""
    prompt, answer_a, answer_b = (cells.text(row.get(name)) or "" for name in ("prompt", "response_a", "response_b"))
    vote = {"vote_id": cells.name(row.get("id")), **fields.models(row), "language": fields.language(row)}
    return Draft(vote, row.get("winner"), Texts([prompt], [answer_a], [answer_b]))
