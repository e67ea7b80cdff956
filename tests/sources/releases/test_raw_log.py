"""The log of an arena's server: votes by FastChat's own rules, and everything else as no vote."""

import copy

import pytest

from analysis.sources.cleaning import Cleaning
from analysis.sources.conversion import Conversion
from analysis.sources.literals import Unreadable
from analysis.sources.load import load_votes
from analysis.sources.releases.raw_log import recognises, reshape


@pytest.fixture
def vote(shapes):
    return shapes["raw_log"][0]


@pytest.mark.parametrize(
    ("kind", "outcome"), [("leftvote", "model_a"), ("rightvote", "model_b"), ("tievote", "tie"), ("bothbad_vote", "both_bad")]
)
def test_four_types_are_votes(vote, kind, outcome):
    assert reshape({**vote, "type": kind})["winner"] == outcome


@pytest.mark.parametrize("kind", ["chat", "upvote", "downvote", "flag", "share", "regenerate", None, 3, ["leftvote"]])
def test_every_other_event_is_no_vote(vote, kind):
    assert reshape({**vote, "type": kind}) is None
    assert reshape({"tstamp": 1.7e9, "type": kind, "model": "heron-7b", "state": {}}) is None


@pytest.mark.parametrize(
    ("models", "anonymous"),
    [
        (["", ""], True),
        (["Model A", "Model B"], True),
        (["heron-7b", "osprey-13b"], False),
        (["<h3>Model A: heron-7b</h3>\n", "<h3>Model B: osprey-13b</h3>\n"], False),
        (["### Model A: heron-7b", "### Model B: osprey-13b"], False),
    ],
)
def test_names_on_the_page_make_a_vote_not_anonymous(vote, models, anonymous):
    shaped = reshape({**vote, "models": models})
    assert [shaped[name] for name in ("model_a", "model_b", "anonymous")] == ["heron-7b", "osprey-13b", anonymous]


def test_without_names_in_the_states_those_on_the_page_count(vote):
    for state in vote["states"]:
        del state["model_name"]
    assert reshape({**vote, "models": ["wren", "owl"]})["model_a"] == "wren"
    assert reshape({**vote, "models": [None, None]})["model_a"] is None


@pytest.mark.parametrize(
    "broken",
    [
        {"models": ["heron-7b", ""]},
        {"models": ["owl", "osprey-13b"]},
        {"models": ["heron-7b"]},
        {"models": [3, 4]},
        {"models": None},
        {"states": None},
        {"states": [None, None]},
        {"states": "cut ["},
    ],
)
def test_a_vote_that_does_not_say_between_whom_is_unreadable(vote, broken):
    with pytest.raises(Unreadable):
        reshape({**vote, **broken})


@pytest.mark.parametrize(
    "change", [{"offset": 4}, {"offset": -1}, {"messages": []}, {"messages": [["Human", {"x": 1}]], "offset": 0}]
)
def test_a_vote_without_a_conversation_is_unreadable(vote, change):
    vote["states"][0] |= change
    with pytest.raises(Unreadable):
        reshape(vote)


def test_the_template_is_left_out_and_roles_take_turns_whatever_their_names(vote):
    assert reshape(vote)["conversation_a"] == [
        {"role": "user", "content": "Name a river."},
        {"role": "assistant", "content": "Elbe"},
    ]


def test_pictures_and_an_answer_that_never_came_are_no_text(vote):
    vote["states"][0]["messages"][2:] = [["Human", ["What is this?", ["a.png"]]], ["Assistant", None]]
    assert [message["content"] for message in reshape(vote)["conversation_a"]] == ["What is this?", None]


def test_the_judge_is_the_same_for_an_address_and_never_the_address(vote):
    judge = reshape(vote)["judge"]
    assert judge == reshape(copy.deepcopy(vote))["judge"] == "ip-6d4531498b7c"
    assert judge != reshape({**vote, "ip": "192.0.2.8"})["judge"]
    assert reshape({**vote, "ip": None})["judge"] is None


def test_a_log_may_begin_with_any_event():
    assert recognises(["tstamp", "type", "model", "gen_params", "start", "finish", "state", "ip"])
    assert recognises(["tstamp", "type", "models", "states", "ip"])
    assert not recognises(["tstamp", "type", "model_a", "model_b", "winner"])


def test_a_log_becomes_its_anonymous_votes(vote, save):
    chat = {"tstamp": 1688000000, "type": "chat", "model": "heron-7b", "state": vote["states"][0], "ip": "192.0.2.7"}
    named = copy.deepcopy(vote) | {"models": ["heron-7b", "osprey-13b"], "type": "tievote"}
    named["states"][0]["conv_id"] = "c3"
    path = save([chat, vote, {**chat, "type": "flag"}, named])
    votes = load_votes(path)
    assert (votes.ledger.release, votes.ledger.rows_in, len(votes)) == ("raw_log", 4, 1)
    (row,) = votes.table.to_dict("records")
    assert [row[name] for name in ("vote_id", "model_a", "turns")] == ["c1", "heron-7b", 1]
    assert (row["prompt"], row["anonymous"]) == ("Name a river.", True)
    assert len(load_votes(path, conversion=Conversion(rules=Cleaning(anonymous_only=False)))) == 2
