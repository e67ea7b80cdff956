"""arena-human-preference-140k: April to July 2025, sessions instead of judges, content in parts.

After a vote a user could go on with two new models. `conversation_a` holds the conversation that was judged and
`full_conversation` also what came before it in the same session.
"""

from analysis.sources import fields
from analysis.sources.fields import Length, at
from analysis.sources.releases.arena_33k import CONVERSATIONS
from analysis.sources.releases.release import Release
from analysis.sources.texts import Messages

RELEASE = Release(
    "arena_140k",
    recognises=lambda columns: {*CONVERSATIONS, "evaluation_session_id"} <= set(columns),
    fields={
        "vote_id": at("id"),
        **fields.MODELS,
        "turns": at("conv_metadata/turns"),
        "session_turns": Length(("full_conversation",)),
        "language": at("language"),
        "time": at("timestamp"),
        "session": at("evaluation_session_id"),
        "is_code": at("is_code"),
        **fields.METADATA,
        **fields.TAGS,
    },
    texts=Messages(),
    notes=(
        "arena_140k: turns are those within the vote; session_turns also counts earlier turns of the same session.",
        "arena_140k: the release does not say which votes were anonymous, and names sessions instead of judges.",
    ),
)
