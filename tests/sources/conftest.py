"""Rows in the exact shape of each release, with invented texts, and a way to save them in any format."""

import copy
import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Row = dict[str, Any]
Save = Callable[..., Path]


def _message(role: str, content: Any, **more: Any) -> Row:
    return {"role": role, "content": content, **more}


def _part(text: str) -> list[Row]:
    return [{"type": "text", "text": text, "image": None, "mimeType": None}]


def _talk(*texts: str) -> list[Row]:
    return [_message("assistant" if place % 2 else "user", text) for place, text in enumerate(texts)]


def _state(model: str, *texts: str, **more: Any) -> Row:
    """The state of one conversation as FastChat's server logs it, with a template of two messages before it."""
    messages = [["Human" if place % 2 == 0 else "Assistant", text] for place, text in enumerate(("Hi", "Hello", *texts))]
    return {"template_name": "one_shot", "messages": messages, "offset": 2, "model_name": model, **more}


METADATA: Row = {
    "sum_user_tokens": 9,
    "sum_assistant_a_tokens": 120,
    "sum_assistant_b_tokens": 80,
    "context_a_tokens": 9,
    "context_b_tokens": 9,
    "turns": 1,
    "header_count_a": {"h1": 1, "h2": 2, "h3": 0, "h4": 0, "h5": 0, "h6": 0},
    "header_count_b": {"h1": 0, "h2": 0, "h3": 0, "h4": 0, "h5": 0, "h6": 0},
    "list_count_a": {"ordered": 3, "unordered": 4},
    "list_count_b": {"ordered": 0, "unordered": 1},
    "bold_count_a": {"**": 5, "__": 1},
    "bold_count_b": {"**": 0, "__": 0},
}
TAGS: Row = {
    "creative_writing_v0.1": {"creative_writing": False, "score": "no"},
    "criteria_v0.1": {
        "complexity": True,
        "creativity": False,
        "domain_knowledge": True,
        "problem_solving": True,
        "real_world": True,
        "specificity": True,
        "technical_accuracy": True,
    },
    "if_v0.1": {"if": True, "score": 4},
    "math_v0.1": {"math": False},
}
LOG: Row = {
    "question_id": "q1",
    "model_a": "heron-7b",
    "model_b": "osprey-13b",
    "winner": "model_a",
    "judge": "arena_user_7",
    "turn": 1,
    "anony": True,
    "language": "English",
    "tstamp": 1688000000.5,
}
_TALKS = {
    "conversation_a": _talk("Name a river.", "**Elbe**, it's in Europe."),
    "conversation_b": _talk("Name a river.", "# Rivers\n- Oder"),
}
_LONG_TALKS = {
    "conversation_a": _talk("Name a river.", "Elbe", "Another?", "Oder"),
    "conversation_b": _talk("Name a river.", "Rhine", "Another?", "I'm sorry, but I can't help with that."),
}
ADDED: Row = {
    "conv_metadata": METADATA,
    "is_code": False,
    "is_refusal": False,
    "dedup_tag": {"high_freq": True, "sampled": False},
    "category_tag": TAGS,
}

SHAPES: dict[str, list[Row]] = {
    "arena_33k": [
        {**LOG, **_TALKS, "openai_moderation": {"flagged": False}, "toxic_chat_tag": {"roberta-large": {"flagged": True}}},
        {
            **LOG,
            **_LONG_TALKS,
            "question_id": "q2",
            "turn": 2,
            "winner": "tie (bothbad)",
            "openai_moderation": None,
            "toxic_chat_tag": None,
        },
    ],
    "arena_55k": [
        {
            **{"id": 30192, "model_a": "heron-7b", "model_b": "osprey-13b", "prompt": '["Name a river.","Another?"]'},
            **{"response_a": '["Elbe \\ud83d",null]', "response_b": '["Oder","Rhine \\ud83d\\ude00"]'},
            **{"winner_model_a": 0, "winner_model_b": 0, "winner_tie": 1},
        },
        {
            **{"id": 30193, "model_a": "heron-7b", "model_b": "kite-70b", "prompt": '["Name a bird."]'},
            **{"response_a": '["Kite"]', "response_b": '["Wren"]', "winner_model_a": 1, "winner_model_b": 0, "winner_tie": 0},
        },
    ],
    "arena_100k": [
        {**{k: v for k, v in LOG.items() if k != "judge"}, **_TALKS, **ADDED, "judge_hash": "h1"},
        {
            **{k: v for k, v in LOG.items() if k != "judge"},
            **_LONG_TALKS,
            **ADDED,
            **{"judge_hash": "h2", "question_id": "q2", "turn": 2, "winner": "tie (bothbad)"},
        },
    ],
    "arena_140k": [
        {
            **{"id": "c4b9", "model_a": "heron-7b", "model_b": "osprey-13b", "winner": "both_bad"},
            **{"evaluation_session_id": "s1", "evaluation_order": 2},
            "conversation_a": [_message("user", _part('It\'s "this"?\n')), _message("assistant", _part("Yes."), num_tokens=2)],
            "conversation_b": [_message("user", _part('It\'s "this"?\n')), _message("assistant", _part("No."), num_tokens=2)],
            "full_conversation": [
                {
                    "user": _message("user", _part(text)),
                    "model_side_a": _message("assistant", _part("a")),
                    "model_side_b": _message("assistant", _part("b")),
                }
                for text in ("Earlier.", 'It\'s "this"?\n')
            ],
            **{"conv_metadata": METADATA, "category_tag": TAGS, "language": "zh-Hant", "is_code": False},
            "timestamp": "2025-05-29T14:48:41.602925",
        }
    ],
    "clean_battle": [{k: v for k, v in {**LOG, **ADDED}.items() if k != "question_id"}],
    "wsdm": [
        {
            **{"id": "w1", "prompt": "Nenne einen Fluss.", "response_a": "Elbe", "response_b": "Oder", "winner": "model_b"},
            **{"model_a": "heron-7b", "model_b": "osprey-13b", "language": "German"},
        }
    ],
    "battle_log": [{**LOG, "turn": 2, "turns": ["Name a river.", "Another?"], "kite-70b": [{"index": 0, "turns": ["[[9]]"]}]}],
    "raw_log": [
        {
            **{"tstamp": 1688000000.5, "type": "leftvote", "models": ["", ""], "ip": "192.0.2.7"},
            "states": [
                _state("heron-7b", "Name a river.", "Elbe", conv_id="c1"),
                _state("osprey-13b", "Name a river.", "Oder", conv_id="c2"),
            ],
        },
    ],
    "comparia": [
        {
            **{"id": 9, "timestamp": "2025-03-27 11:23:20.345724", "model_a_name": "heron-7b", "model_b_name": "osprey-13b"},
            **{"chosen_model_name": "osprey-13b", "both_equal": False, "conv_turns": 1, "selected_category": "ideas"},
            **{"visitor_id": "visitor-1", "session_hash": "session-1", "opening_msg": "Nomme un fleuve.", **_TALKS},
        },
    ],
    "comparia_reactions": [
        {
            **{"id": 7, "timestamp": "2025-05-16 12:46:19.489845", "model_a_name": "heron-7b", "model_b_name": "osprey-13b"},
            **{"refers_to_model": "osprey-13b", "model_pos": "b", "msg_index": 1, "msg_rank": 0, "conv_turns": 2},
            **{"liked": True, "disliked": False, "visitor_id": "visitor-1", "session_hash": "session-1", **_LONG_TALKS},
            **{"categories": ["Education", "Arts"], "question_id": "c1-c2-0", "conversation_pair_id": "c1-c2"},
        },
    ],
    "mt_bench": [
        {
            **{"question_id": 81, "model_a": "heron-7b", "model_b": "osprey-13b", "winner": "model_a", "judge": "expert_17"},
            **{"turn": 1, **_LONG_TALKS},
        },
    ],
    "mt_bench_pairs": [
        {
            **{"question_id": 81, "model_1": "heron-7b", "model_2": "osprey-13b", "g1_winner": "model_1", "g2_winner": "model_1"},
            **{"judge": ["gpt-4", "pair-v2"], "turn": 1, "tstamp": 1688000000.5},
        },
    ],
    "arena_expert_5k": [
        {
            **{"id": "e1", "model_a": "heron-7b", "model_b": "osprey-13b", "winner": "both_bad", "evaluation_order": 1},
            **{"language": "en", "occupational_tags": {"mathematical": True, "travel": None, "education": True}},
            "full_conversation": [
                {
                    "user": _message("user", _part(text)),
                    "model_side_a": _message("assistant", _part("a")),
                    "model_side_b": _message("assistant", _part("b")),
                }
                for text in ("Prove it.", "Shorter?")
            ],
        },
    ],
    "flat": [
        {
            **{"model_a": "heron-7b", "model_b": "osprey-13b", "winner": "tie", "judge": "arena_user_7", "language": "English"},
            **{"turn": 1, "prompt": "Name a river.", "response_a": "- Elbe\n- Oder", "response_b": "Rhine"},
        },
        {
            **{"model_a": "heron-7b", "model_b": "kite-70b", "winner": "model_a", "judge": "arena_user_8", "language": "unknown"},
            **{"turn": 3, "prompt": "Name a bird.", "response_a": "Wren", "response_b": "Owl"},
        },
    ],
}
PAIR_COUNTS: Row = {"models": ["heron-7b", "osprey-13b", "kite-70b"], "X": [[0, 1], [2, 0]], "Y": [[2, 1, 0, 1], [0, 0, 3, 0]]}


def _as_cell(value: Any) -> Any:
    """A cell as pandas writes it to CSV: nested values by their repr, nothing for null."""
    return "" if value is None else value


def _write(path: Path, rows: list[Row], kind: str) -> None:
    match kind:
        case "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        case "csv":
            names = list(dict.fromkeys(name for row in rows for name in row))
            with path.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(names)
                writer.writerows([_as_cell(row.get(name)) for name in names] for row in rows)
        case "json":
            path.write_text(json.dumps(rows), encoding="utf-8")
        case "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        case _:
            raise ValueError(kind)


@pytest.fixture
def shapes() -> dict[str, list[Row]]:
    """Rows of each release, by the name of its module; a copy of its own for each test."""
    return copy.deepcopy(SHAPES)


@pytest.fixture
def pair_counts() -> Row:
    return copy.deepcopy(PAIR_COUNTS)


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Save rows as parquet, csv, json or jsonl, also `.gz`, under a name that says nothing of the format."""

    def save(rows: list[Row], kind: str = "jsonl", name: str = "votes.dat") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, rows, kind.removesuffix(".gz"))
        if kind.endswith(".gz"):
            path.write_bytes(gzip.compress(path.read_bytes()))
        return path

    return save
