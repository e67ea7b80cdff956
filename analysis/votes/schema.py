"""The vote table: its columns, described once. Parquet files, checks and the data dictionary come from here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from analysis.results.prose import spoken
from analysis.votes.outcome import Outcome

if TYPE_CHECKING:
    import pandera.pandas as pandera


#: What is in a column, where its name is that of one of them.
_HELD = {
    "anonymous": "marks of anonymous votes",
    "prompt": "prompts",
    "instruction_score": "instruction scores",
    **{name: f"{name}s" for name in ("language", "time", "judge", "session")},
}


@dataclass(frozen=True)
class Column:
    """One column of the vote table. Its numbers lie between `least` and `most`, both included."""

    name: str
    type: pa.DataType
    meaning: str
    required: bool = False
    least: int = 0
    most: int = 2**31 - 1


STYLE_FEATURES = ("tokens", "headers", "lists", "bold")

COLUMNS: tuple[Column, ...] = (
    Column(
        "vote_id", pa.string(), "The release's own id of the vote, or release and row number where it gives none; unique.", True
    ),
    Column("release", pa.string(), "The release the vote came from; `simulated` for votes that nobody cast.", True),
    Column("model_a", pa.string(), "The model shown on the left.", True),
    Column("model_b", pa.string(), "The model shown on the right.", True),
    Column("outcome", pa.string(), "`model_a`, `model_b`, `tie` or `both_bad`.", True),
    Column("turns", pa.int32(), "User messages in the conversation that was judged; 2 or more is multi-turn.", least=1),
    Column(
        "session_turns",
        pa.int32(),
        "User messages including those of the same session before this vote (140k release only).",
        least=1,
    ),
    Column("language", pa.string(), "Language of the first prompt, by its English name; `unknown` where detection failed."),
    Column("time", pa.timestamp("us", tz="UTC"), "When the vote was cast, UTC."),
    Column("judge", pa.string(), "Who voted: a pseudonym of the release."),
    Column("session", pa.string(), "The session the vote belongs to, where the release names sessions instead of judges."),
    Column("anonymous", pa.bool_(), "Whether both models were hidden until the vote."),
    Column("prompt", pa.string(), "The first user message."),
    Column("prompts", pa.list_(pa.string()), "All user messages of the conversation, in order."),
    Column("tokens_user", pa.int32(), "Tokens in all user messages; words where the release has no token counts."),
    *(
        Column(f"{feature}_{side}", pa.int32(), f"{meaning} in the answers of model_{side}.")
        for feature, meaning in zip(
            STYLE_FEATURES,
            ("Tokens (words where the release has no token counts)", "Markdown headers", "Markdown list items", "Bold spans"),
            strict=True,
        )
        for side in ("a", "b")
    ),
    Column("is_code", pa.bool_(), "Whether the conversation is about code."),
    Column("is_refusal", pa.bool_(), "Whether an answer refuses."),
    Column("criteria", pa.int8(), "How many of the seven hard-prompt criteria hold (0 to 7).", most=7),
    Column("instruction_score", pa.int8(), "Instruction-following score of the prompt (0 to 5).", most=5),
    Column("math", pa.bool_(), "Whether the prompt is a mathematics question."),
    Column("creative_writing", pa.bool_(), "Whether the prompt asks for creative writing."),
    Column("sampled", pa.bool_(), "False for votes that the arena's de-duplication sampled away."),
    Column("tags", pa.list_(pa.string()), "Names of all tags of the release that hold for the vote."),
)

VOTE_SCHEMA: pa.Schema = pa.schema([pa.field(column.name, column.type, nullable=not column.required) for column in COLUMNS])

BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}

NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)

#: The columns that hold numbers.
NUMBERS: tuple[str, ...] = tuple(column.name for column in COLUMNS if pa.types.is_integer(column.type))

REQUIRED: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.required)


def pandera_schema() -> "pandera.DataFrameSchema":
    """The checks of the vote table as a pandera schema for a pandas frame of the scalar columns.

    The list columns (`prompts`, `tags`) are held by the Arrow schema alone. pandera is imported here and not above
    because it takes longer to import than a board takes to fit.
    """
    import pandera.pandas as pandera

    checks: dict[str, list[pandera.Check]] = {
        column.name: [pandera.Check.in_range(column.least, column.most)] for column in COLUMNS if pa.types.is_integer(column.type)
    }
    checks["outcome"] = [pandera.Check.isin([outcome.value for outcome in Outcome])]
    return pandera.DataFrameSchema(
        {
            column.name: pandera.Column(
                checks=checks.get(column.name),
                nullable=not column.required,
                unique=column.name == "vote_id",
                required=True,
            )
            for column in COLUMNS
            if not pa.types.is_list(column.type)
        },
        checks=pandera.Check(lambda votes: votes["model_a"] != votes["model_b"], name="two different models"),
        name="votes",
        strict=True,
    )


def data_dictionary() -> str:
    """The vote table as a Markdown table, for `data/README.md`."""
    rows = [
        f"| `{column.name}` | {column.type} | {'yes' if column.required else 'no'} | {column.meaning} |" for column in COLUMNS
    ]
    return "\n".join(["| column | type | always there | meaning |", "|---|---|---|---|", *rows])


def held(names: Iterable[str]) -> str:
    """What is in the columns of these names, as prose lists it: `turns, prompts`."""
    return ", ".join(dict.fromkeys(_HELD.get(name, spoken(name)) for name in names))
