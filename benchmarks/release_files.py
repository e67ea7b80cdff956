"""Files in the shape of three releases, from simulated votes, for reading.py.

    python benchmarks/release_files.py battle|arena140k|arena140k-texts|kaggle FILE ROWS

The same rows give the same bytes (Parquet: with the same version of pyarrow). Values are invented; the columns, their types and
the sizes of the cells are those of the releases, so that reading takes as long.
"""

import csv
import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from answers import Answers

from analysis.sources.fields import CRITERIA
from analysis.sources.simulated.simulate import simulate

Row = dict[str, Any]

SEED = 20240701
#: Votes simulated at a time, and rows of a row group, as the hub writes them.
CHUNK, ROW_GROUP = 200_000, 1_000
WINNERS = {"both_bad": "tie (bothbad)"}
CODES = {
    **{"English": "en", "Chinese": "zh", "Russian": "ru", "German": "de", "French": "fr", "Japanese": "ja", "Korean": "ko"},
    **{"Spanish": "es", "Portuguese": "pt", "Italian": "it", "Polish": "pl", "Vietnamese": "vi", "unknown": "und"},
}


def battle(path: Path, rows: int) -> None:
    """`clean_battle_*_public.json`: one JSON array of about 1 kB a row, without texts."""
    with path.open("w", encoding="utf-8") as stream:
        mark = "["
        for number, vote in enumerate(simulated(rows, text=False)):
            stream.write(mark + json.dumps(battle_row(number, vote)))
            mark = ", "
        stream.write("]")


def battle_row(number: int, vote: Row) -> Row:
    tags = set(vote["tags"])
    return {
        "question_id": digest("vote", number),
        **{"model_a": vote["model_a"], "model_b": vote["model_b"]},
        "winner": WINNERS.get(vote["outcome"], vote["outcome"]),
        "judge": digest(vote["judge"], number // CHUNK),
        **{"turn": vote["turns"], "anony": True, "language": vote["language"]},
        "tstamp": round(vote["time"].timestamp() + number % 9973 / 9973, 4),
        "conv_metadata": metadata(number, vote),
        **{"is_code": vote["is_code"], "is_refusal": vote["is_refusal"]},
        "dedup_tag": {"high_freq": "high_freq" in tags, "sampled": vote["sampled"]},
        "category_tag": category_tag(vote, tags),
    }


def metadata(number: int, vote: Row) -> Row:
    """Counts as the arena gives them: headers by level, lists and bold by sort."""
    user = vote["tokens_user"] or 8 + number * 7919 % 240  # where no text was simulated
    counts: Row = {"sum_user_tokens": user}
    for side in ("a", "b"):
        headers, lists, bold = (vote[f"{name}_{side}"] for name in ("headers", "lists", "bold"))
        counts |= {
            f"sum_assistant_{side}_tokens": vote[f"tokens_{side}"],
            f"context_{side}_tokens": user * vote["turns"],
            f"header_count_{side}": {"h1": headers // 5, "h2": headers // 3, "h3": 0, "h4": 0, "h5": 0, "h6": 0},
            f"list_count_{side}": {"ordered": lists // 2, "unordered": lists - lists // 2},
            f"bold_count_{side}": {"**": bold, "__": 0},
        }
        counts[f"header_count_{side}"]["h3"] = headers - headers // 5 - headers // 3
    return {**counts, "turns": vote["turns"]}


def category_tag(vote: Row, tags: set[str]) -> Row:
    writing = vote["creative_writing"]
    return {
        "creative_writing_v0.1": {"creative_writing": writing, "score": "yes" if writing else "no"},
        "criteria_v0.1": {name: name in tags for name in sorted(CRITERIA)},
        "if_v0.1": {"if": "instruction_following" in tags, "score": vote["instruction_score"]},
        "math_v0.1": {"math": vote["math"]},
    }


def arena140k(path: Path, rows: int, given: bool = True) -> None:
    """arena-human-preference-140k: Parquet with nested columns and answers of about 2 kB.

    Without `given` there are no counts and tags, so that a reader has to count them in the texts.
    """
    answers, writer = None, None
    for votes in simulated_tables(rows):
        answers = answers or Answers(spoken(votes), 2_000, SEED)
        for start in range(0, len(votes), ROW_GROUP):
            chunk = votes.slice(start, ROW_GROUP).to_pylist()
            found = [arena140k_row(start + place, vote, answers, given) for place, vote in enumerate(chunk)]
            writer = writer or pq.ParquetWriter(path, arena140k_schema(found[0]), compression="snappy")
            writer.write_table(pa.Table.from_pylist(found, schema=writer.schema))
    if writer:
        writer.close()


def arena140k_row(number: int, vote: Row, answers: Answers, given: bool) -> Row:
    share = 1 / vote["turns"] ** 0.5
    turns = [(prompt, *(answers.answer(vote["language"], share) for _ in "ab")) for prompt in vote["prompts"]]
    counted: Row = {"conv_metadata": metadata(number, vote), "category_tag": category_tag(vote, set(vote["tags"]))}
    return {
        "id": uuid("vote", number),
        **{"model_a": vote["model_a"], "model_b": vote["model_b"], "winner": vote["outcome"]},
        **{"evaluation_session_id": uuid("session", vote["judge"], number // 3), "evaluation_order": 1},
        "conversation_a": [message for user, a, _ in turns for message in (said("user", user), said("assistant", a))],
        "conversation_b": [message for user, _, b in turns for message in (said("user", user), said("assistant", b))],
        "full_conversation": [
            {"user": said("user", user), "model_side_a": said("assistant", a), "model_side_b": said("assistant", b)}
            for user, a, b in turns
        ],
        **(counted if given else {}),
        "language": CODES[vote["language"]],
        **({"is_code": vote["is_code"]} if given else {}),
        "timestamp": vote["time"].replace(tzinfo=None),
    }


def arena140k_schema(row: Row) -> pa.Schema:
    """As the row suggests, but for what may be null in it."""
    part = pa.struct({name: pa.string() for name in ("type", "text", "image", "mimeType")})
    message = pa.struct({"role": pa.string(), "content": pa.list_(part), "num_tokens": pa.int64()})
    exchange = pa.struct(dict.fromkeys(("user", "model_side_a", "model_side_b"), message))
    nested = {"conversation_a": message, "conversation_b": message, "full_conversation": exchange}
    guessed = pa.Table.from_pylist([{name: value for name, value in row.items() if name not in nested}]).schema
    return pa.schema({name: pa.list_(nested[name]) if name in nested else guessed.field(name).type for name in row})


def said(role: str, text: str) -> Row:
    tokens = len(text) // 4 if role == "assistant" else None
    return {"role": role, "content": [{"type": "text", "text": text, "image": None, "mimeType": None}], "num_tokens": tokens}


def kaggle(path: Path, rows: int) -> None:
    """`train.csv` of Kaggle's LMSYS competition: lists of texts as JSON in CSV cells; 57,477 rows take about 184 MB.

    As in the real file, nearly all is English, now and then an answer is null or ends in half a character, and a few rows
    are copies of another.
    """
    names = ("id", "model_a", "model_b", "prompt", "response_a", "response_b", "winner_model_a", "winner_model_b", "winner_tie")
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(names)
        answers, before = None, None
        for votes in simulated_tables(rows):
            answers = answers or Answers(spoken(votes), 1_045, SEED)
            for number, vote in enumerate(votes.to_pylist()):
                cells = before if before and number % 4_001 == 4_000 else kaggle_cells(number, vote, answers)
                writer.writerow([30_192 + number * 74_507, *cells])
                before = cells


def kaggle_cells(number: int, vote: Row, answers: Answers) -> list[Any]:
    share = 1 / vote["turns"] ** 0.5
    language = "Chinese" if vote["language"] == "Chinese" else "English"
    sides: list[list[str | None]] = [[answers.answer(language, share) for _ in vote["prompts"]] for _ in "ab"]
    if number % 499 == 7:
        sides[number % 2][0] = None
    if number % 97 == 5:
        sides[0][-1] = (sides[0][-1] or "") + "\ud83d"
    texts = [json.dumps(texts, separators=(",", ":")) for texts in (vote["prompts"], *sides)]
    one_hot = [int(vote["outcome"] in outcomes) for outcomes in (("model_a",), ("model_b",), ("tie", "both_bad"))]
    return [vote["model_a"], vote["model_b"], *texts, *one_hot]


def simulated(rows: int, text: bool = True) -> Iterator[Row]:
    for votes in simulated_tables(rows, text):
        for batch in votes.to_batches(max_chunksize=10_000):
            yield from batch.to_pylist()


def simulated_tables(rows: int, text: bool = True) -> Iterator[pa.Table]:
    """Votes in order of time, a chunk at a time; each further chunk is a later season of the arena."""
    for season in range(-(-rows // CHUNK)):
        votes = simulate(min(CHUNK, rows - season * CHUNK), seed=SEED + season, text=text).votes
        place = votes.schema.get_field_index("time")
        shifted = pa.compute.add(votes["time"], pa.scalar(timedelta(days=60 * season)))
        yield votes.set_column(place, votes.schema.field(place), shifted)


def spoken(votes: pa.Table) -> Iterator[tuple[str, str]]:
    head = votes.slice(0, 50_000)
    return zip(head["prompt"].to_pylist(), head["language"].to_pylist(), strict=True)


def digest(*parts: object) -> str:
    return hashlib.md5(repr(parts).encode(), usedforsecurity=False).hexdigest()


def uuid(*parts: object) -> str:
    found = digest(*parts)
    return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:]))


MAKERS = {
    "battle": battle,
    "arena140k": arena140k,
    "arena140k-texts": lambda path, rows: arena140k(path, rows, given=False),
    "kaggle": kaggle,
}

if __name__ == "__main__":
    shape, target, count = sys.argv[1:]
    MAKERS[shape](Path(target), int(count))
