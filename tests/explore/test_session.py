"""Messages and their answers."""

import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from explored import HOSTILE_LANGUAGE

from analysis.explore import session as module
from analysis.explore.panel import plain
from analysis.explore.selection import Selection
from analysis.explore.session import Session
from analysis.ratings.settings import Settings
from analysis.topics.model import TopicSettings
from analysis.topics.topics import Topics, topics
from analysis.votes.table import Votes


@pytest.fixture
def session(votes: Votes) -> Session:
    return Session(votes, Selection(), Settings())


def test_an_answer_has_all_that_is_on_the_screen_and_is_json(session: Session) -> None:
    asked = {"number": 7, "model": "beta", "conversations": {"category": "to", "model": "beta"}}
    view = json.loads(json.dumps(plain(session.answer(asked)), allow_nan=False))
    assert (view["number"], view["error"]) == (7, "")
    assert len(view["shift"]["rows"]) == 6
    assert view["behind"]["model"] == "beta"
    assert view["conversations"]["found"] == next(row["votes_to"] for row in view["shift"]["rows"] if row["model"] == "beta")
    assert view["call"] == 'shift = arena.shift(votes, "overall", "multi_turn")\nshift.table'


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ({"from_": "cooking"}, "unknown category 'cooking'"),
        ({"to": "coding"}, "category Coding needs is_code|needs code"),
        ({"to": "where:turns >="}, "cannot be read"),
        ({"first": "soon"}, "is no day"),
        ({"languages": ["Klingon"]}, "at least two models"),
        ({"first": "2024-06-09", "last": "2024-06-02"}, "before it begins"),
    ],
)
def test_what_goes_wrong_is_one_line_and_what_was_there_stays(session: Session, selection: dict[str, Any], words: str) -> None:
    before = session.call
    view = session.answer({"selection": selection, "model": "beta"})
    assert len(view["error"].splitlines()) == 1
    assert re.search(words, view["error"])
    assert "shift" not in view
    assert view["behind"]["model"] == "beta"
    assert view["call"] == session.call == before


def test_an_error_that_nobody_foresaw_is_one_line_too(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("first\nsecond")

    monkeypatch.setattr(module, "behind", fails)
    view = session.answer({"model": "beta"})
    assert view["error"] == "this cannot be shown (ZeroDivisionError: first)."
    assert view["shift"]["rows"]


def test_a_page_of_conversations_costs_no_fit(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.answer({"number": 1})
    monkeypatch.setattr(type(session.reading), "shift", lambda *_: pytest.fail("fitted anew"))
    assert session.answer({"conversations": {"page": 1}})["conversations"]["page"] == 1
    assert session.answer({"selection": {"models": ["beta"]}})["shift"]["rows"][0]["model"] == "beta"


def test_there_is_to_choose_what_the_votes_have(session: Session, bare: Votes) -> None:
    found = session.options
    assert {"overall", "multi_turn", "fresh"} <= {each["name"] for each in found["categories"]}
    assert "coding" not in {each["name"] for each in found["categories"]}
    assert found["days"]["first"] == "2024-06-01"
    assert sum(found["days"]["votes"]) == session.votes.table["time"].notna().sum()
    assert [each["name"] for each in found["languages"]] == ["English", "German", HOSTILE_LANGUAGE]
    nothing = Session(bare, Selection("overall", "overall"), Settings()).options
    assert (nothing["days"], nothing["languages"], nothing["prompts"], nothing["meaning"]) == (None, [], False, False)


def test_looked_into_first_is_who_moved_most(sample: Votes) -> None:
    session = Session(sample, Selection(), Settings())
    assert session.most_moved == session.shift.clear["model"].iloc[0]
    assert (
        Session(sample, Selection("coding", "coding"), Settings()).most_moved
        == session.reading.board("coding", session.reading.members("coding")).models[0]
    )


def test_a_search_by_meaning_needs_topics_and_says_so(session: Session) -> None:
    view = session.answer({"conversations": {"text": "sorting", "meaning": True}})
    assert "arena.kept_topics(votes)" in view["error"]


@pytest.fixture
def some_topics(votes_of: Callable[[pd.DataFrame], Votes]) -> Topics:
    made = itertools.product(("plant", "water"), ("rose", "tree"), range(60))
    texts = [f"How do I {verb} a {thing} in the garden {number}?" for verb, thing, number in made]
    made = itertools.product(("sort", "parse"), ("list", "file"), range(60))
    texts += [f"Write Python code to {verb} a {thing} {number}" for verb, thing, number in made]
    sides = [("a", "b"), ("b", "c"), ("c", "a")] * (len(texts) // 3)
    frame = pd.DataFrame(sides, columns=["model_a", "model_b"])
    frame = frame.assign(outcome="model_a", prompt=texts, prompts=[[text] for text in texts])
    return topics(votes_of(frame), TopicSettings(embedding="words", fast=True, rounds=0))


def test_a_search_by_meaning_is_that_of_search_prompts(some_topics: Topics) -> None:
    assert some_topics.votes is not None
    session = Session(some_topics.votes, Selection("overall", "overall"), Settings(), some_topics)
    assert session.options["meaning"]
    view = plain(session.answer({"conversations": {"text": "python list", "meaning": True}}))
    assert view["error"] == ""
    assert "Python" in view["conversations"]["rows"][0]["prompt"]
    assert view["conversations"]["sentence"].startswith("The 30 prompts nearest")
    json.dumps(view, allow_nan=False)
