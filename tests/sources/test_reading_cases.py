"""What people's files hold, and what it means: ids, names for outcomes, missing cells, times, languages, shapes of files."""

import csv
import json
import math
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

import analysis as arena
from analysis.errors import InputError
from analysis.sources.cells import MISSING
from analysis.sources.cleaning import Cleaning
from analysis.sources.conversion import Conversion
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

TEXT = ("csv", "json", "jsonl")
EVERY = (*TEXT, "parquet")
ONE, TWO = {"model_a": "m-one", "model_b": "m-two"}, {"model_a": "m-two", "model_b": "m-one"}
LONG = "an answer that nobody would give twice by chance, " * 4


def duel(*winners: str, **more: Any) -> list[dict[str, Any]]:
    """Votes between two models, one a winner; `more` are lists with a cell for each."""
    rows = [{**ONE, "winner": winner} for winner in winners]
    return [row | {name: cells[place] for name, cells in more.items()} for place, row in enumerate(rows)]


def ratings(votes: Votes) -> dict[str, float]:
    return dict(zip(*(arena.board(votes).table[name] for name in ("model", "rating")), strict=True))


def values(votes: Votes, name: str) -> list[Any]:
    """A column as Python values, null as None."""
    return pq.read_table(votes.path, columns=[name])[name].to_pylist()


# Ids and copies


@pytest.mark.parametrize("kind", EVERY)
def test_an_id_that_several_votes_share_is_that_of_a_prompt(save, kind):
    """Three prompts with 4, 3 and 3 votes: m-two wins 8 of the 10 votes."""
    winners = ("model_a", *("model_b",) * 3, "model_a", *("model_b",) * 5)
    rows = duel(*winners, id=[1] * 4 + [2] * 3 + [3] * 3, judge=["u1", "u2", "u3", "u4", *["u1", "u2", "u3"] * 2])
    votes = load_votes(save(rows, kind))
    assert (len(votes), votes.ledger.dropped) == (10, {})
    assert values(votes, "vote_id")[0] == "flat-0000001"
    assert any("ids of prompts or pairs, not of votes" in note for note in votes.ledger.notes)
    # 8 of 10 wins are 400 log10(8 / 2) = 240.8 points apart.
    assert ratings(votes) == pytest.approx({"m-two": 1120.4, "m-one": 879.6}, abs=0.05)


@pytest.mark.parametrize("kind", EVERY)
def test_two_files_that_number_their_rows_alike_hold_different_votes(save, tmp_path, kind):
    save([{**ONE, "id": number, "winner": "model_a"} for number in range(10)], kind, "both/jan")
    save([{**TWO, "id": number, "winner": "model_a"} for number in range(10)], kind, "both/feb")
    votes = load_votes(tmp_path / "both")
    assert (len(votes), votes.ledger.dropped) == (20, {})
    assert ratings(votes) == pytest.approx({"m-one": 1000, "m-two": 1000})
    assert {values(votes, "vote_id")[0], values(votes, "vote_id")[10]} == {"1/0", "2/0"}


@pytest.mark.parametrize("kind", EVERY)
def test_files_that_overlap_hold_their_common_votes_once(save, tmp_path, kind):
    rows = [{**ONE, "id": f"v{number}", "winner": "model_a" if number % 3 else "model_b"} for number in range(12)]
    save(rows[:8], kind, "both/jan")
    save(rows[4:], kind, "both/feb")
    votes = load_votes(tmp_path / "both")
    assert (len(votes), votes.ledger.dropped) == (12, {"exact copy of a row": 4})
    assert sorted(values(votes, "vote_id")) == sorted(row["id"] for row in rows)


@pytest.mark.parametrize(
    ("columns", "kept"),
    [
        ({}, 4),  # two people may cast the same vote
        ({"judge": ["u"] * 4}, 4),  # and so may one, twice
        ({"judge": ["u"] * 4, "tstamp": [1.7e9] * 4}, 1),  # but not at one moment
        ({"tstamp": [1.7e9] * 4}, 4),
        ({"prompt": ["hi"] * 4, "response_a": ["x"] * 4, "response_b": ["y"] * 4}, 1),
        ({"prompt": ["hi"] * 4}, 4),
        ({"id": ["v1", "v2", "v2", "v3"]}, 3),  # an id beside one row only is a vote's
        ({"id": ["v1", "v1", "v1", "v1"], "comment": ["a", "b", "c", "d"]}, 4),
        ({"id": ["v1", "v2", "v3", "v4"], "prompt": ["hi"] * 4, "response_a": ["x"] * 4, "response_b": ["y"] * 4}, 4),
        ({"id": ["v1", "v2", "v3", "v4"], "prompt": ["hi"] * 4, "response_a": [LONG] * 4, "response_b": ["y"] * 4}, 1),
    ],
)
@pytest.mark.parametrize("kind", EVERY)
def test_equal_rows_are_copies_only_where_chance_cannot_make_them(save, columns, kept, kind):
    votes = load_votes(save(duel(*["model_a"] * 4, **columns), kind), conversion=Conversion(allow_loss=True))
    assert len(votes) == kept
    assert votes.ledger.dropped == ({"exact copy of a row": 4 - kept} if kept < 4 else {})


# Outcomes


@pytest.mark.parametrize("kind", EVERY)
def test_a_winner_may_be_named_by_the_model(save, kind):
    """m-large beats both, m-mid beats m-small; each once loses, so that all are rated; one tie."""
    pairs = [("m-large", "m-mid", 0), ("m-mid", "m-large", 1), ("m-large", "m-mid", 1)] * 2
    pairs += [("m-mid", "m-small", 0), ("m-small", "m-mid", 1), ("m-mid", "m-small", 1)] * 2
    rows = [{"model_a": a, "model_b": b, "winner": (a, b)[won]} for a, b, won in pairs]
    rows += [{"model_a": "m-large", "model_b": "m-small", "winner": winner} for winner in ("tie", " m-large ")]
    votes = load_votes(save(rows, kind))
    assert votes.table["outcome"].tolist() == [("model_a", "model_b")[won] for *_, won in pairs] + ["tie", "model_a"]
    assert list(ratings(votes)) == ["m-large", "m-mid", "m-small"]


@pytest.mark.parametrize("kind", EVERY)
def test_a_model_called_tie_does_not_hide_an_outcome_and_a_third_model_is_none(save, kind):
    with pytest.raises(InputError, match=r"unknown outcome 'm-three' \(2 rows\)"):
        load_votes(save(duel("model_a", "m-three", "m-three"), kind))


@pytest.mark.parametrize("kind", EVERY)
def test_a_label_that_is_no_vote_is_dropped_on_request_and_counted(save, kind):
    path = save(duel("model_a", "model_b", "invalid", "error"), kind)
    with pytest.raises(InputError, match="unknown outcome 'invalid'"):
        load_votes(path)
    votes = load_votes(path, conversion=Conversion(outcomes={"Invalid": "drop", "error": "drop"}, allow_loss=True))
    assert (len(votes), votes.ledger.dropped) == (2, {"label that is no vote": 2})


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("missing", ["NA", "None", "nan", "", "NULL"])
def test_a_winner_that_is_missing_is_no_unknown_label(save, missing, kind):
    votes = load_votes(save(duel("model_a", missing, "model_b"), kind))
    assert (len(votes), votes.ledger.dropped) == (2, {"outcome missing": 1})


@pytest.mark.parametrize("kind", EVERY)
def test_comparia_names_the_chosen_model_or_that_both_are_equal(save, kind):
    names = {"model_a_name": "m-large", "model_b_name": "m-small"}
    rows = [{**names, "chosen_model_name": chosen, "both_equal": chosen is None} for chosen in ("m-large", "m-small", None)]
    rows = [row | {"id": number, "opening_msg": "bonjour"} for number, row in enumerate(rows)]
    votes = load_votes(save(rows, kind))
    assert (votes.ledger.release, votes.table["outcome"].tolist()) == ("comparia", ["model_a", "model_b", "tie"])


# Cells that no rating needs


@pytest.mark.parametrize("kind", TEXT)
def test_one_bad_cell_costs_no_vote_and_is_named(save, kind):
    times = ["NaT", "2024-05-01 10:00:00", "soon", "soon", ""]
    rows = duel(*["model_a", "model_b"] * 2, "tie", question_id=range(5), tstamp=times, language=["nan", *["en"] * 4])
    votes = load_votes(save(rows, kind))
    assert (len(votes), votes.ledger.dropped, votes.ledger.nulled) == (5, {}, {"tstamp": {"soon": 2}})
    assert [time and f"{time:%Y-%m-%d}" for time in values(votes, "time")] == [None, "2024-05-01", None, None, None]
    assert votes.ledger.empty_cells_sentence == "tstamp: 2 cells could not be read and are empty: 'soon' (2)."


@pytest.mark.parametrize("kind", EVERY)
def test_a_list_of_judges_is_one_name(save, kind):
    votes = load_votes(save(duel("model_a", "tie", judge=[["rater", "v2"]] * 2), kind))
    assert values(votes, "judge") == ["rater, v2"] * 2


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-05-01 12:00:00 UTC", "2024-05-01 12:00:00"),  # BigQuery
        ("Wed, 01 May 2024 12:00:00 GMT", "2024-05-01 12:00:00"),  # RFC 2822
        ("2024-05-01 12:00:00.123456 UTC", "2024-05-01 12:00:00"),
        ("2024-05-01T12:00:00+02:00", "2024-05-01 10:00:00"),
        ("1714564800", "2024-05-01 12:00:00"),
        ("1714564800123", "2024-05-01 12:00:00"),
        ("20240501", "2024-05-01 00:00:00"),
        ("5/13/2024 12:00", "2024-05-13 12:00:00"),
        ("13/5/2024 12:00", "2024-05-13 12:00:00"),
    ],
)
def test_times_as_people_and_databases_write_them(save, written, read, kind):
    votes = load_votes(save(duel("model_a", "tie", tstamp=[written] * 2), kind))
    assert [f"{time:%Y-%m-%d %H:%M:%S}" for time in values(votes, "time")] == [read] * 2
    assert votes.ledger.nulled == {}


@pytest.mark.parametrize("kind", ["json", "jsonl", "parquet"])
@pytest.mark.parametrize(
    ("number", "read"),
    [
        (1714564800, "2024-05-01 12:00:00.000000"),
        (1714564800.25, "2024-05-01 12:00:00.250000"),
        (20240501, "2024-05-01 00:00:00.000000"),
        (1714564800123, "2024-05-01 12:00:00.123000"),
        (-1.5, "1969-12-31 23:59:58.500000"),
    ],
)
def test_times_as_numbers(save, number, read, kind):
    votes = load_votes(save(duel("model_a", "tie", tstamp=[number] * 2), kind))
    assert [f"{time:%Y-%m-%d %H:%M:%S.%f}" for time in values(votes, "time")] == [read] * 2


@pytest.mark.parametrize("kind", TEXT)
@pytest.mark.parametrize(("telling", "day"), [("05/13/2024 12:00", "2024-05-01"), ("13/05/2024 12:00", "2024-01-05")])
def test_one_date_of_a_file_tells_the_order_of_all(save, telling, day, kind):
    votes = load_votes(save(duel(*["model_a", "tie"] * 200, tstamp=[*["05/01/2024 12:00"] * 399, telling]), kind))
    assert [f"{values(votes, 'time')[place]:%Y-%m-%d}" for place in (0, -1)] == [day, "2024-05-13"]
    assert votes.ledger.nulled == {}


@pytest.mark.parametrize("kind", TEXT)
def test_dates_that_nothing_tells_apart_are_empty_and_said(save, kind):
    votes = load_votes(save(duel("model_a", "tie", tstamp=["05/01/2024 12:00"] * 2), kind))
    assert values(votes, "time") == [None, None]
    assert votes.ledger.nulled == {"tstamp": {"05/01/2024 12:00": 2}}
    assert any("nothing tells day and month apart" in note for note in votes.ledger.notes)


SCALARS = ("turn", "session_turns", "language", "tstamp", "judge", "session", "anony", "is_code", "math", "tokens_a", "criteria")
THEIRS = {"turn": "turns", "tstamp": "time", "anony": "anonymous"}


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("column", SCALARS)
def test_every_spelling_of_missing_is_null_in_every_column(save, column, kind):
    spelled = sorted(MISSING)
    votes = load_votes(save(duel(*["model_a"] * len(spelled), **{column: spelled}), kind))
    assert len(votes) == len(spelled)
    assert values(votes, THEIRS.get(column, column)) == [None] * len(spelled)
    assert votes.ledger.nulled == {}


@pytest.mark.parametrize("kind", TEXT)
def test_truth_values_in_all_their_spellings(save, kind):
    true, false = ("true", "True", "TRUE", "t", "T", "yes", "Y", "on", "1", "1.0"), ("false", "F", "no", "N", "off", "0", "0.0")
    flags = [*true, *false, "perhaps"]
    conversion = Conversion(rules=Cleaning(anonymous_only=False))
    votes = load_votes(save(duel(*["tie"] * len(flags), anony=flags), kind), conversion=conversion)
    assert values(votes, "anonymous") == [True] * len(true) + [False] * len(false) + [None]
    assert votes.ledger.nulled == {"anony": {"perhaps": 1}}


@pytest.mark.parametrize("kind", EVERY)
def test_a_judge_called_none_is_nobody_and_has_no_limit(save, kind):
    judges = [f"u{number}" if number % 2 else "None" for number in range(40)]
    rows = duel(*["model_a", "model_b"] * 20, judge=judges, tstamp=[1.7e9 + number for number in range(40)])
    votes = load_votes(save(rows, kind), conversion=Conversion(rules=Cleaning(judge_daily_limit=5)))
    assert (len(votes), votes.ledger.dropped) == (40, {})
    assert values(votes, "judge")[:2] == [None, "u1"]


@pytest.mark.parametrize("kind", EVERY)
def test_a_language_has_one_name_whatever_it_is_called(save, kind):
    english, hebrew, chinese = ["EN", "eng", "english", "en-US", "English"], ["iw", "he", "heb"], ["cmn", "zh-Hant", "中文"]
    found = [*english, *hebrew, *chinese, "nan", "NULL", "NA", "und"]
    votes = load_votes(save(duel(*["tie"] * len(found), language=found), kind))
    expected = ["English"] * 5 + ["Hebrew"] * 3 + ["Chinese"] * 3 + [None] * 3 + ["unknown"]
    assert values(votes, "language") == expected


@pytest.mark.parametrize("kind", EVERY)
def test_a_column_that_bears_a_known_name_by_chance_can_be_left_out(save, kind):
    path = save(duel("model_a", "tie", judge=["gpt-4", "gpt-4"], turn=[3, 4]), kind)
    votes = load_votes(path, conversion=Conversion(columns={"judge": ""}))
    assert (values(votes, "judge"), values(votes, "turns"), votes.ledger.release) == ([None, None], [3, 4], "flat")


# Conversations


HEADS = ("id", "model_a", "model_b", "prompt", "response_a", "response_b", "winner_model_a", "winner_model_b", "winner_tie")


@pytest.mark.parametrize("kind", TEXT)
def test_a_plain_text_in_place_of_a_list_is_one_turn(save, kind):
    cells: list[tuple[Any, ...]] = [
        ('["a list prompt", "more"]', '["b", "c"]', '["x", null]', 1, 0, 0),
        ("a plain prompt", "plain answer", "other", 0, 1, 0),
        ("42", "7", "8", 0, 1, 0),
        ("[1, 2, 3]", "sorted", "no", 0, 0, 1),
    ]
    rows = [dict(zip(HEADS, (number, "m1", "m2", *row), strict=True)) for number, row in enumerate(cells)]
    votes = load_votes(save(rows, kind))
    assert votes.ledger.release == "arena_55k"
    assert values(votes, "prompts") == [["a list prompt", "more"], ["a plain prompt"], ["42"], ["[1, 2, 3]"]]
    assert (values(votes, "turns"), values(votes, "outcome")) == ([2, 1, 1, 1], ["model_a", "model_b", "model_b", "tie"])


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize(
    ("user", "assistant", "who", "what"),
    [
        ("human", "ai", "role", "content"),
        ("User", "Assistant", "role", "content"),
        ("user", "model", "role", "content"),
        ("human", "gpt", "from", "value"),
        ("prompter", "assistant", "role", "text"),
    ],
)
def test_roles_have_many_names(save, user, assistant, who, what, kind):
    talk = [
        {who: user, what: "first"},
        {who: assistant, what: "**bold** answer"},
        {who: user, what: "then"},
        {who: assistant, what: "x"},
    ]
    rows = [{**row, "conversation_a": talk, "conversation_b": talk} for row in duel("model_a", "tie", question_id=["q0", "q1"])]
    votes = load_votes(save(rows, kind))
    assert values(votes, "prompts") == [["first", "then"]] * 2
    assert (values(votes, "turns"), values(votes, "bold_a")) == ([2, 2], [1, 1])


@pytest.mark.parametrize("kind", EVERY)
def test_a_role_that_is_unknown_is_named_and_costs_no_vote(save, kind):
    talks = [[{"role": role, "content": "first"}, {"role": "assistant", "content": "x"}] for role in ("user", "pirate")]
    rows = duel("model_a", "tie", question_id=["q0", "q1"], conversation_a=talks, conversation_b=talks)
    votes = load_votes(save(rows, kind))
    assert values(votes, "prompt") == ["first", None]
    ((column, counted),) = votes.ledger.nulled.items()
    assert (column, list(counted.values())) == ("conversation_a", [1])
    assert "pirate" in next(iter(counted))


def test_lists_as_duckdb_writes_them(tmp_path):
    cells = [
        (1, "m1", "m2", "['What is it, exactly?', and then]", "[It is x, y]", "['no \"idea\"', NULL]", 1, 0, 0),
        (2, "m2", "m1", "[hello]", "[hi]", "[yo]", 0, 1, 0),
    ]
    with (tmp_path / "train.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([HEADS, *cells])
    votes = load_votes(tmp_path / "train.csv")
    assert values(votes, "prompts") == [["What is it, exactly?", "and then"], ["hello"]]
    assert (values(votes, "turns"), votes.ledger.nulled) == ([2, 1], {})


def test_quotes_as_spark_escapes_them(tmp_path):
    text = 'model_a,model_b,winner,prompt\nm-one,m-two,model_a,"say \\"hi\\", to me"\nm-two,m-one,model_a,plain\n'
    (tmp_path / "votes.csv").write_text(text)
    assert values(load_votes(tmp_path / "votes.csv"), "prompt") == ['say "hi", to me', "plain"]


# Files


TABLE = [
    {**ONE, "winner": "model_a"},
    {**TWO, "winner": "model_a"},
    {**ONE, "winner": "tie"},
    {**ONE, "winner": "model_b"},
]
FRAME = pd.DataFrame(TABLE)
HUB = [{"row_idx": number, "row": row, "truncated_cells": []} for number, row in enumerate(TABLE)]


@pytest.mark.parametrize(
    "text",
    [
        *(FRAME.to_json(orient=orient) for orient in ("columns", "index", "split", "table", "records")),
        FRAME.to_json(orient="records", lines=True),
        json.dumps(FRAME.to_dict(orient="list")),
        json.dumps({"data": TABLE}),
        json.dumps({"features": [{"feature_idx": 0, "name": "model_a"}], "rows": HUB}),
        "".join(json.dumps(row) for row in TABLE),
        "\n".join(json.dumps(row, indent=1) for row in TABLE),
        json.dumps(TABLE, indent=2),
        "\ufeff" + json.dumps(TABLE),
    ],
)
def test_tables_as_json_whatever_wrote_them(tmp_path, text):
    (tmp_path / "votes.json").write_text(text, encoding="utf-8")
    votes = load_votes(tmp_path / "votes.json")
    assert votes.table[["model_a", "model_b"]].to_dict("records") == [{name: row[name] for name in ONE} for row in TABLE]
    assert values(votes, "outcome") == ["model_a", "model_a", "tie", "model_b"]


def test_json_without_the_names_of_columns_is_refused_for_that_reason(tmp_path):
    (tmp_path / "votes.json").write_text(FRAME.to_json(orient="values"))
    with pytest.raises(InputError, match=r"rows are lists without column names; save it as a list of records"):
        load_votes(tmp_path / "votes.json")


def test_nan_and_infinity_in_json_are_cells_without_a_value(tmp_path):
    rows = [{**ONE, "winner": "model_a", "turn": math.nan, "tstamp": math.inf}, {**TWO, "winner": "tie"}]
    (tmp_path / "votes.json").write_text(json.dumps(rows))
    votes = load_votes(tmp_path / "votes.json")
    assert (len(votes), values(votes, "turns"), values(votes, "time")) == (2, [None, None], [None, None])
    assert votes.ledger.nulled == {"tstamp": {"inf": 1}}


def test_a_log_of_a_server_holds_votes_among_other_events(tmp_path, shapes):
    vote = shapes["raw_log"][0]
    lines = [{"tstamp": 1.7e9, "type": "chat", "model": "m", "state": vote["states"][0], "ip": "192.0.2.7"}]
    for number, kind in enumerate(("leftvote", "rightvote", "tievote", "bothbad_vote")):
        state = dict(vote["states"][0], conv_id=f"c{number}")
        lines.append({**vote, "type": kind, "states": [state, vote["states"][1]]})
    (tmp_path / "2024-01-01-conv.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
    votes = load_votes(tmp_path / "2024-01-01-conv.json")
    assert (votes.ledger.release, votes.ledger.dropped) == ("raw_log", {"other event of the log": 1})
    assert values(votes, "outcome") == ["model_a", "model_b", "tie", "both_bad"]


@pytest.mark.parametrize("kind", TEXT)
@pytest.mark.parametrize("place", [0, 1500])
def test_a_nul_early_or_late_is_replaced_and_costs_nothing(save, place, kind):
    prompts = ["w " * 50] * 2_000
    prompts[place] = "a\0b"
    votes = load_votes(save(duel(*["model_a", "tie"] * 1_000, prompt=prompts), kind))
    assert (len(votes), values(votes, "prompt")[place]) == (2_000, "a\ufffdb")


# A real file


#: Win rates against the reference in per cent, WildVision-AI/WildVision-Bench, elo_leaderboard.md.
WILDVISION = {
    "gpt-4o": 89.15,
    "gpt-4-vision-preview": 79.78,
    "Reka-Flash": 64.65,
    "claude-3-opus-20240229": 62.03,
    "claude-3-haiku-20240307": 37.83,
    "gemini-pro-vision": 35.57,
    "Qwen/Qwen-VL-Chat": 18.08,
    "unum-cloud/uform-gen2-qwen-500m": 7.81,
}


def test_the_votes_of_wildvision_give_its_published_scores(real_data):
    """500 of 19,644 rows are the reference against itself; `question_id` is the prompt's, and strong wins are repeated rows."""
    votes = load_votes(real_data / "vision_bench_battles.jsonl")
    assert (votes.ledger.rows_in, len(votes)) == (19_644, 19_144)
    assert votes.ledger.dropped == {"same model twice": 500}
    rated = ratings(votes)
    assert len(rated) == 21
    reference = rated["claude-3-sonnet-20240229"]
    scores = {model: 100 / (1 + 10 ** ((reference - rated[model]) / 400)) for model in WILDVISION}
    assert scores == pytest.approx(WILDVISION, abs=0.1)
