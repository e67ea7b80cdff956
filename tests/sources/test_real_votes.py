"""The real votes in `real_data`, with the numbers that their publishers and our notes give."""

import csv

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.sources.literals import parse_literal
from analysis.sources.load import load_votes


@pytest.mark.parametrize(
    ("name", "release", "votes", "multi_turn"),
    [
        ("arena_votes_2023.jsonl", "battle_log", 1135, 105),
        ("arena_140k_sample100.csv", "arena_140k", 100, 7),
        ("arena_33k_first200.jsonl", "flat", 200, 54),
    ],
)
def test_real_votes_come_out_whole(real_data, name, release, votes, multi_turn):
    loaded = load_votes(real_data / name)
    assert (loaded.ledger.release, len(loaded), loaded.ledger.dropped) == (release, votes, {})
    assert (loaded.table.turns >= 2).sum() == multi_turn


def test_the_140k_sample_counts_sessions_and_outcomes(real_data):
    table = load_votes(real_data / "arena_140k_sample100.csv").table
    assert table.outcome.value_counts().to_dict() == {"model_a": 38, "model_b": 33, "tie": 19, "both_bad": 10}
    assert (table.session_turns >= table.turns).all()
    assert (table.session_turns >= 2).sum() > 7


def test_the_140k_sample_is_the_same_with_real_nested_types(real_data, tmp_path):
    csv.field_size_limit(1 << 26)
    with (real_data / "arena_140k_sample100.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    nested = ("conversation_a", "conversation_b", "full_conversation", "conv_metadata", "category_tag")
    typed = [
        row
        | {name: parse_literal(row[name]) for name in nested}
        | {"evaluation_order": int(row["evaluation_order"])}
        | {"is_code": row["is_code"] == "True"}
        for row in rows
    ]
    pq.write_table(pa.Table.from_pylist(typed), tmp_path / "nested.parquet")
    from_nested = pq.read_table(load_votes(tmp_path / "nested.parquet").path)
    assert from_nested.equals(pq.read_table(load_votes(real_data / "arena_140k_sample100.csv").path))


def test_pair_counts_of_august_2024_are_1_670_250_votes(real_data):
    votes = load_votes(real_data / "pair_counts_20240814.json")
    assert len(votes) == 1_670_250
    assert pq.read_metadata(votes.path).num_rows == 1_670_250
