"""Editions: what became of earlier topics, and by how much their shares changed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.topics.editions import compare_topics, topic_editions
from analysis.topics.fates import changes_of
from analysis.topics.identity import identified
from analysis.topics.topics import Topics


def edition(topic: list[int], first: int = 0, labels: str = "abcdefgh", name: str = "votes") -> Topics:
    """Votes v(first), v(first + 1), … each with a prompt of its own, in these topics."""
    number = np.arange(first, first + len(topic))
    assignments = pd.DataFrame(
        {"vote_id": [f"v{place}" for place in number], "topic": topic, "prompt": (number + 1).astype(np.uint64), "judge": -1}
    )
    known = sorted({place for place in topic if place >= 0})
    votes = np.array([topic.count(place) for place in known])
    share = votes / max(len([place for place in topic if place > -2]), 1)
    frame = pd.DataFrame({"topic": known, "label": [labels[place] for place in known], "votes": votes, "share": share})
    frame = frame.assign(lower=share, upper=share, design_effect=1.0, broad=0)
    empty = pd.DataFrame()
    tables = dict.fromkeys(("subtopics", "hierarchy", "over_time", "by_language", "by_turns", "quality"), empty)
    return Topics(frame=frame, assignments=assignments, settings={"name": name}, **tables)


def events(topics: Topics, earlier: Topics) -> dict[tuple[object, object], str]:
    table = compare_topics(topics, earlier).table
    names = [tuple(None if pd.isna(label) else label for label in pair) for pair in table[["label", "earlier_label"]].to_numpy()]
    return dict(zip(names, table["event"], strict=True))


def test_a_topic_that_is_there_again_is_kept_and_others_are_new_or_gone() -> None:
    before = edition([0] * 10 + [1] * 10 + [-1] * 10, labels="xy")
    after = edition([0] * 10 + [-1] * 10 + [1] * 10, labels="ab")
    assert events(after, before) == {("a", "x"): "kept", ("b", None): "new", (None, "y"): "gone"}
    said = compare_topics(after, before).sentence
    assert said == "1 of 2 topics is among the 2 of the earlier edition. 1 is new: “b”. 1 is gone: “y”."


def test_a_topic_whose_prompts_lie_mostly_in_two_others_was_split() -> None:
    before = edition([0] * 20 + [1] * 10, labels="xy")
    after = edition([0] * 12 + [1] * 8 + [2] * 10)
    assert events(after, before) == {("a", "x"): "split", ("b", "x"): "split", ("c", "y"): "kept"}


def test_topics_that_lie_mostly_in_one_were_merged() -> None:
    before = edition([0] * 12 + [1] * 8 + [2] * 10, labels="xyz")
    after = edition([0] * 20 + [1] * 10)
    assert events(after, before) == {("a", "x"): "merged", ("b", "z"): "kept", ("a", "y"): "merged"}
    table = compare_topics(after, before).table
    assert table.loc[table["earlier_label"] == "y", "change"].isna().all(), "a part is not held against the whole"


def test_each_topic_is_counted_once_and_what_befell_the_kept_ones_is_said_of_them() -> None:
    """Of x a larger part is kept and another is split off; y is kept, joined by w; z is gone."""
    before = edition([0] * 20 + [1] * 12 + [2] * 8 + [3] * 10 + [-1] * 10, labels="xywz")
    after = edition([0] * 12 + [1] * 8 + [2] * 20 + [-1] * 10 + [3] * 10)
    said = str(compare_topics(after, before).sentence)
    assert said == (
        "2 of 4 topics are among the 4 of the earlier edition. Of these, 1 is part of an earlier one (more than 50 % lay in it): "
        "“a”; 1 is joined with others (each more than 50 % in it): “c”. 1 is new: “d”. 1 is split off an earlier one (more than "
        "50 % lay in it): “b”. 1 is gone: “z”."
    )


def test_a_kept_topic_of_another_broad_topic_is_said_to_have_another_colour() -> None:
    before = edition([0] * 10 + [1] * 10, labels="xy")
    same = compare_topics(before, before).sentence
    assert same == "2 of 2 topics are among the 2 of the earlier edition and keep number, name and colour."
    after = replace(before, frame=before.frame.assign(broad=[0, 1]))
    said = compare_topics(after, before).sentence
    assert said == "2 of 2 topics are among the 2 of the earlier edition and keep number and name; 1 has another colour."


def test_blank_prompts_and_prompts_without_a_clear_topic_match_nothing() -> None:
    before = edition([0] * 5 + [-1] * 5 + [-2] * 5)
    before = identified(before, before)
    after = edition([0] * 5 + [1] * 5 + [-2] * 5)
    assert events(after, before) == {("a", "a"): "kept", ("b", None): "new"}


def test_editions_without_a_topic_or_without_a_common_prompt_are_compared_too() -> None:
    none, some = edition([-1] * 5), edition([0] * 5)
    assert events(none, some) == {(None, "a"): "gone"}
    assert events(some, none) == {("a", None): "new"}
    assert events(edition([0] * 5, first=100, labels="x"), some) == {("x", None): "new", (None, "a"): "gone"}
    assert identified(edition([0] * 5, first=100, labels="x"), some).frame["topic"].tolist() == [1]
    assert identified(some, none).frame["topic"].tolist() == [0]
    assert identified(none, some).settings["highest_topic"] == 0


def test_a_change_of_votes_that_are_in_both_editions_has_the_error_of_what_was_added() -> None:
    """Of n votes the first m are the earlier edition, in the same topics: p − q is the share of the added votes less q, times
    their part of all."""
    rng = np.random.default_rng(2)
    topic = rng.integers(0, 2, 900).tolist()
    before, after = edition(topic[:600]), edition(topic)
    (change,), (error,) = changes_of(after, before, np.array([0]), np.array([0]))
    q, added, p = (1 - np.mean(part) for part in (topic[:600], topic[600:], topic))
    assert change == pytest.approx(p - q)
    assert change == pytest.approx((added - q) / 3)
    assert error == pytest.approx(np.sqrt(p * (1 - p) * (1 / 300 + 1 / 600)) / 3, rel=0.01)


def test_a_change_between_editions_of_other_votes_has_the_error_of_two_shares() -> None:
    before, after = edition([0] * 30 + [1] * 70), edition([0] * 50 + [1] * 50, first=1000)
    (change,), (error,) = changes_of(after, before, np.array([0]), np.array([0]))
    assert change == pytest.approx(0.2)
    assert error == pytest.approx(np.sqrt(0.3 * 0.7 / 100 + 0.5 * 0.5 / 100))


def test_the_interval_of_a_change_holds_the_true_one_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        topic = (rng.random(900) < np.r_[np.full(600, 0.3), np.full(300, 0.5)]).astype(int)
        (change,), (error,) = changes_of(edition([1, 0, *topic]), edition([1, 0, *topic[:600]]), np.array([1]), np.array([1]))
        held += abs(change - 0.2 / 3) <= 1.96 * error
    assert held / 400 == pytest.approx(0.95, abs=0.03)


def test_shares_go_from_edition_to_edition_under_the_numbers_of_the_first() -> None:
    first = edition([0] * 300 + [1] * 700, labels="xy")
    second = edition([1] * 300 + [0] * 700 + [1] * 1000, labels="ba")
    third = edition([1] * 300 + [0] * 700 + [1] * 1000 + [2] * 50, labels="qpr")
    found = topic_editions({"May": first, "June": second, "July": third})
    assert found.table["topic"].tolist() == ["x", "y", "r"]
    assert found.table["May"].tolist() == pytest.approx([0.3, 0.7, np.nan], nan_ok=True)
    assert found.table["July"].tolist() == pytest.approx([1300 / 2050, 700 / 2050, 50 / 2050])
    assert found.sentence.startswith(
        "2 of 3 topics are in all 3 editions. 2 shares changed more than chance allows, most that of"
    )
    assert topic_editions([first, second]).names == ("edition 1", "edition 2")


def test_one_edition_is_none_to_compare() -> None:
    with pytest.raises(UsageError, match=r"^1 edition of topics cannot be compared; give two or more, in their order\.$"):
        topic_editions([edition([0])])
    assert compare_topics(edition([0])).sentence == "No earlier edition was given to compare these topics with."


def test_a_folder_that_is_no_edition_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no topics can be read .*; write them with arena-workbook topics --votes"):
        compare_topics(edition([0]), tmp_path)
