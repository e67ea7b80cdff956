"""The Parquet files of the WSDM Cup (multilingual arena): plain texts, no ties.

How conversations of several turns were joined into one text is not documented, so the number of turns is unknown.
"""

from analysis.sources import fields
from analysis.sources.fields import at
from analysis.sources.releases.release import Release
from analysis.sources.texts import Plain

_COLUMNS = frozenset({"id", "prompt", "response_a", "response_b", "winner", "model_a", "model_b", "language"})

RELEASE = Release(
    "wsdm",
    recognises=lambda columns: set(columns) >= _COLUMNS and {"turn", "turns", "judge"}.isdisjoint(columns),
    fields={"vote_id": at("id"), **fields.MODELS, "language": at("language")},
    texts=Plain(),
    notes=("wsdm: the release joins the messages of a conversation into one text, so the number of turns is unknown.",),
)
