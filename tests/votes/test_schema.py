"""The vote table is described once, and everything else follows from there."""

import pandas as pd
import pandera.errors
import pytest

from analysis.votes.schema import COLUMNS, NAMES, REQUIRED, VOTE_SCHEMA, data_dictionary, pandera_schema


@pytest.fixture
def vote():
    row = {column.name: None for column in COLUMNS if column.name not in ("prompts", "tags")}
    return row | {"vote_id": "1", "release": "r", "model_a": "a", "model_b": "b", "outcome": "tie"}


def test_arrow_schema_and_columns_have_the_same_names_and_nulls():
    assert tuple(VOTE_SCHEMA.names) == NAMES
    assert [field.name for field in VOTE_SCHEMA if not field.nullable] == list(REQUIRED)
    assert len(set(NAMES)) == len(NAMES)


def test_the_data_dictionary_has_a_line_for_each_column():
    lines = data_dictionary().splitlines()
    assert len(lines) == len(COLUMNS) + 2
    assert all(line.count("|") == 5 for line in lines)


def test_a_vote_with_nothing_but_the_required_columns_passes(vote):
    pandera_schema().validate(pd.DataFrame([vote]))


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "draw"},
        {"turns": 0},
        {"criteria": 8},
        {"instruction_score": 6},
        {"tokens_a": -1},
        {"model_b": "a"},
        {"model_a": None},
        {"vote_id": None},
    ],
)
def test_a_vote_against_the_rules_fails(vote, change):
    with pytest.raises(pandera.errors.SchemaError):
        pandera_schema().validate(pd.DataFrame([vote | change]))


def test_a_repeated_id_fails(vote):
    with pytest.raises(pandera.errors.SchemaError):
        pandera_schema().validate(pd.DataFrame([vote, vote]))
