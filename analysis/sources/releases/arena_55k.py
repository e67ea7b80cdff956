"""arena-human-preference-55k, the `train.csv` of Kaggle's LMSYS competition: texts as JSON lists, one-hot outcomes.

Both-bad votes were folded into ties. There is no language, time or judge. Some rows are exact copies of another but for
their id. Files made in its image hold plain texts in place of lists: such a cell is one turn.
"""

from analysis.sources import fields
from analysis.sources.fields import at
from analysis.sources.labels import OneHot
from analysis.sources.releases.release import Release
from analysis.sources.texts import Lists
from analysis.votes.outcome import Outcome

_OUTCOMES = {
    "winner_model_a": Outcome.MODEL_A.value,
    "winner_model_b": Outcome.MODEL_B.value,
    "winner_tie": Outcome.TIE.value,
}

RELEASE = Release(
    "arena_55k",
    recognises=lambda columns: {"model_a", "model_b", *_OUTCOMES} <= set(columns),
    fields={"vote_id": at("id"), **fields.MODELS},
    outcome=OneHot(_OUTCOMES),
    texts=Lists("prompt", "response_a", "response_b", or_texts=True),
    notes=("arena_55k: the release counts both-bad votes as ties, and says nothing of languages, times or judges.",),
)
