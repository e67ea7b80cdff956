"""A vote table that is read again: one of several, one written by another tool, or one to be cleaned more strictly."""

from analysis.sources.fields import at
from analysis.sources.labels import Winner
from analysis.sources.releases.release import Release
from analysis.votes.schema import NAMES, REQUIRED

#: What the vote table says is not counted again: it has no texts but its own columns.
RELEASE = Release(
    "votes",
    recognises=lambda columns: set(REQUIRED) <= set(columns),
    fields={name: at(name) for name in NAMES if name != "outcome"},
    outcome=Winner("outcome"),
)
