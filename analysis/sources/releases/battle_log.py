"""Battle logs with a `turns` list: LMSYS's vote log with all user messages and no answers."""

from analysis.sources import fields
from analysis.sources.releases.release import Release
from analysis.sources.texts import Lists

RELEASE = Release(
    "battle_log",
    recognises=lambda columns: {"model_a", "model_b", "winner", "turns", "question_id"} <= set(columns),
    fields=fields.LOG,
    texts=Lists("turns"),
    notes=("battle_log: the release holds the user messages and no answers.",),
)
