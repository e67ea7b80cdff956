"""Messages are read under every name that roles and contents have; an unknown speaker is named."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sources.conversations import ROLES, Conversation, first_turns, from_messages
from analysis.sources.literals import Unreadable
from analysis.sources.load import load_votes


@pytest.mark.parametrize("user", ["user", "User", "USER", "human", "Human", "prompter", " user "])
@pytest.mark.parametrize("assistant", ["assistant", "ASSISTANT", "ai", "gpt", "model", "bot", "chatgpt", "ChatGPT"])
def test_both_speakers_are_known_by_many_names(user, assistant):
    talk = [{"role": user, "content": "first"}, {"role": assistant, "content": "answer"}]
    texts = from_messages(talk, talk)
    assert (texts.asked, texts.answers_a, texts.answers_b) == (["first"], ["answer"], ["answer"])


@pytest.mark.parametrize(
    "talk",
    [
        [{"from": "human", "value": "first"}, {"from": "gpt", "value": "answer"}],
        [["USER", "first"], ["ASSISTANT", "answer"]],
        [{"role": "prompter", "text": "first"}, {"role": "assistant", "text": "answer"}],
        "[['USER', 'first'], ['ASSISTANT', 'answer']]",
        "[{'role': user, 'content': first}, {'role': assistant, 'content': answer}]",
        [{"role": "system", "content": "Be brief."}, *({"role": who, "content": said} for who, said in
         [("user", "first"), ("tool", "42"), ("function", "43"), ("assistant", "answer")])],
    ],
)  # fmt: skip
def test_messages_have_several_shapes_and_those_of_neither_speaker_are_left_out(talk):
    texts = from_messages(talk, None)
    assert (texts.asked, texts.answers_a, texts.answers_b) == (["first"], ["answer"], None)


@pytest.mark.parametrize("role", ["narrator", "", 3, None, ["user"]])
def test_an_unknown_role_is_named(role):
    with pytest.raises(Unreadable, match="a message was expected" if role is None else f"the role {role!r}".replace("[", r"\[")):
        from_messages([{"role": role, "content": "x"}], None)


def test_a_long_or_hostile_role_is_cut_and_escaped():
    with pytest.raises(Unreadable) as error:
        from_messages([{"role": "\x1b[31m" + "x" * 10_000, "content": "x"}], None)
    assert "\x1b" not in str(error.value)
    assert len(str(error.value)) < 120


def test_what_was_not_released_is_none_and_an_empty_conversation_is_empty():
    answered = [{"role": "assistant", "content": None}]
    assert from_messages(None, None) == Conversation()
    assert from_messages([], None) == Conversation([], [], None)
    assert from_messages([], [{"role": "user", "content": "asked of b"}]) == Conversation(["asked of b"], [], [])
    assert from_messages(None, answered) == Conversation([], None, [""])


def test_a_conversation_of_an_unknown_speaker_is_left_empty_and_counted_and_the_vote_stays(save):
    talk = [{"role": "narrator", "content": "Name a river."}]
    row = {"model_a": "a", "model_b": "b", "winner": "tie", "conversation_a": talk, "conversation_b": None}
    votes = load_votes(save([row, row | {"winner": "model_a"}]))
    assert (votes.table["prompt"].isna().tolist(), votes.ledger.dropped) == ([True, True], {})
    assert {column: sum(values.values()) for column, values in votes.ledger.nulled.items()} == {"conversation_a": 2}


def test_other_role_names_make_votes(save):
    talk = [{"from": "Human", "value": "Name a river."}, {"from": "GPT", "value": "Elbe"}]
    rows = [
        {"question_id": "q0", "model_a": "a", "model_b": "b", "winner": "tie", "conversation_a": talk, "conversation_b": talk}
    ]
    votes = load_votes(save(rows))
    assert votes.table[["prompt", "turns", "tokens_a"]].iloc[0].tolist() == ["Name a river.", 1, 1]


TALK = [("system", "s"), ("user", "1"), ("assistant", "a"), ("user", "2"), ("assistant", "b")]


@pytest.mark.parametrize(("turns", "kept"), [(0, 1), (1, 3), (2, 5), (9, 5), ("1", 3), (None, 5), ("many", 5)])
def test_the_first_turns_end_with_their_answers(turns, kept):
    talk = [{"role": role, "content": text} for role, text in TALK]
    assert first_turns(talk, turns) == talk[:kept]
    assert len(json.loads(json.dumps(first_turns(json.dumps(talk), turns)) if kept < 5 else json.dumps(talk))) == kept


@pytest.mark.parametrize("cell", [None, "[{'role': ", [{"role": "narrator"}], "plain", 3])
def test_a_conversation_that_cannot_be_cut_stays_as_it_is(cell):
    assert first_turns(cell, 1) == cell


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(ROLES)), st.text(max_size=5)), max_size=8), st.integers(0, 5))
def test_a_cut_conversation_has_as_many_prompts_as_were_asked_for(messages, turns):
    talk = [{"role": role, "content": text} for role, text in messages]
    asked = sum(ROLES[role] == "user" for role, _ in messages)
    assert len(from_messages(first_turns(talk, turns), None).asked) == min(turns, asked)
