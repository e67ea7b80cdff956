"""The votes behind a cell, a page at a time."""

import pandas as pd
import pytest
from explored import HOSTILE_TEXT

from analysis.explore.conversations import LONGEST, MOST, PAGE, Conversations, Wanted, wanted_of
from analysis.explore.reading import read
from analysis.explore.selection import Selection
from analysis.votes.table import Votes

CHOSEN = Selection("single_turn", "multi_turn")


@pytest.fixture
def conversations(votes: Votes) -> Conversations:
    return Conversations(read(votes))


def test_a_cell_of_the_board_has_as_many_conversations_as_it_says(conversations: Conversations) -> None:
    shift = conversations.reading.shift(CHOSEN)
    for side, board in (("from", shift.board_from), ("to", shift.board_to)):
        for model, votes in zip(board.models, board.votes, strict=True):
            assert conversations.page(CHOSEN, Wanted(side, model)).found == votes


def test_pages_hold_every_conversation_once_in_the_order_of_the_votes(conversations: Conversations) -> None:
    wanted = Wanted("to", "beta", language="German")
    first = conversations.page(CHOSEN, wanted)
    ids = []
    for number in range(first.pages):
        page = conversations.page(CHOSEN, Wanted("to", "beta", language="German", page=number))
        assert len(page.rows) == PAGE or number == first.pages - 1
        ids += [row["vote_id"] for row in page.rows]
    assert len(ids) == first.found
    assert ids == sorted(set(ids))


def test_a_page_beyond_the_last_is_the_last(conversations: Conversations) -> None:
    page = conversations.page(CHOSEN, Wanted(page=10_000))
    assert page.page == page.pages - 1
    assert page.rows
    nothing = conversations.page(CHOSEN, Wanted(model="nobody", page=3))
    assert (nothing.found, nothing.page, nothing.pages, nothing.rows) == (0, 0, 1, [])


def test_who_and_when_choose(conversations: Conversations, votes: Votes) -> None:
    frame = votes.table
    day = frame["time"].dt.strftime("%Y-%m-%d")
    pair = frame[["model_a", "model_b"]].apply(set, axis=1) == {"beta", "gamma"}
    expected = frame[pair & (day >= "2024-06-03") & (day <= "2024-06-09")]
    page = conversations.page(CHOSEN, Wanted(model="beta", opponent="gamma", first="2024-06-03", last="2024-06-09"))
    assert page.found == len(expected)
    judge = conversations.page(CHOSEN, Wanted(judge="judge-7"))
    assert judge.found == (frame["judge"] == "judge-7").sum()


@pytest.mark.parametrize(("text", "words"), [("python", "what is PYTHON"), ("«straße»", "Straße"), ("<SCRIPT>", "<script>")])
def test_a_search_finds_letters_of_either_case(conversations: Conversations, votes: Votes, text: str, words: str) -> None:
    page = conversations.page(Selection("overall", "overall"), Wanted(text=text))
    assert page.found == votes.table["prompt"].str.contains(words, regex=False).sum()
    assert all(words in row["prompts"][0] for row in page.rows)


def test_a_search_reads_the_later_prompts_too(conversations: Conversations) -> None:
    found = conversations.page(Selection("overall", "overall"), Wanted(text="AND THEN")).found
    assert found == int(conversations.reading.members("multi_turn").sum())


def test_a_search_is_for_a_text_not_a_pattern(conversations: Conversations) -> None:
    assert conversations.page(CHOSEN, Wanted(text="s.rt|.*")).found == 0


def test_a_hostile_text_goes_out_as_it_is(conversations: Conversations) -> None:
    """The panel makes text nodes of it, which a browser's test tries; nothing is escaped twice."""
    assert conversations.page(CHOSEN, Wanted(text="window.hit")).rows[0]["prompts"][0] == HOSTILE_TEXT


def test_long_texts_are_cut_and_say_so(votes_of: object) -> None:
    frame = pd.DataFrame({"model_a": ["a", "b"], "model_b": ["b", "a"], "outcome": "model_a", "turns": [1, 60]})
    long = frame.assign(prompt=["x" * 10_000, "y"], prompts=[["x" * 10_000], ["y"] * 60])
    rows = Conversations(read(votes_of(long))).page(Selection("overall", "overall"), Wanted()).rows  # type: ignore[operator]
    assert (len(rows[0]["prompts"][0]), len(rows[1]["prompts"])) == (LONGEST, MOST)
    assert all(row["cut"] for row in rows)


def test_votes_without_prompts_are_listed_without_them(bare: Votes) -> None:
    page = Conversations(read(bare)).page(Selection("overall", "overall"), Wanted(model="beta"))
    assert page.rows[0]["prompts"] == []
    assert (page.rows[0]["judge"], page.rows[0]["day"], page.rows[0]["turns"]) == ("", "", "")
    assert Conversations(read(bare)).page(Selection("overall", "overall"), Wanted(text="x")).found == 0


def test_a_message_that_is_odd_wants_what_it_can() -> None:
    assert wanted_of({"category": "<b>", "page": -3, "model": None, "more": 1}) == Wanted()
    assert wanted_of({"category": "to", "page": "2", "text": "a"}) == Wanted("to", text="a", page=2)
