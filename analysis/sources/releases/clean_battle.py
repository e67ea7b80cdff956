"""clean_battle_YYYYMMDD.json: LMSYS's cleaned vote log, without conversations; later files carry metadata and tags."""

from analysis.sources import fields
from analysis.sources.releases.release import Release

RELEASE = Release(
    "clean_battle",
    recognises=lambda columns: {"model_a", "model_b", "winner", "tstamp", "anony"} <= set(columns),
    fields=fields.LOG,
)
