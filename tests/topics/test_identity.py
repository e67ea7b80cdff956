"""Topics with an identity: matched by what they share, numbered with holes, and nothing else about them changes."""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.results.drawing import draw
from analysis.results.result import Result
from analysis.topics.boards import topic_boards
from analysis.topics.identity import LEAST, edition_key, highest, identified, matched, overlaps, pairs, renumbered
from analysis.topics.lists import broad_list, follow_ups, topic_examples, topic_languages, topic_list, topic_repeats
from analysis.topics.model import TopicSettings
from analysis.topics.quality import shared_counts
from analysis.topics.topics import Topics, topics
from analysis.votes.stored_topics import UNCLEAR_LABEL
from analysis.votes.table import Votes

QUICK = TopicSettings(fast=True, rounds=0)


def holed(found: Topics) -> Topics:
    """The same topics, in another order of numbers and with holes."""
    size = len(found.frame)
    return renumbered(found, [3 * (size - row) + row % 2 for row in range(size)])


def part(votes: Votes, folder: Path, rows: np.ndarray, name: str) -> Votes:
    """Some of the votes, as a table of their own."""
    pq.write_table(pq.read_table(votes.path).filter(rows), folder / f"{name}.parquet")
    return Votes.at(folder / f"{name}.parquet", votes.ledger, name)


@pytest.fixture(scope="module")
def earlier(arena: Votes, tmp_path_factory: pytest.TempPathFactory) -> Topics:
    """Topics of the first half of the arena's votes, by time."""
    order = pq.read_table(arena.path, columns=["time"])["time"].to_pandas().rank(method="first").to_numpy()
    return topics(part(arena, tmp_path_factory.mktemp("first"), order <= len(order) / 2, "first"), QUICK)


@pytest.fixture(scope="module")
def both(arena: Votes, earlier: Topics) -> Topics:
    """Topics of all of them, matched with those of the first half."""
    return topics(arena, QUICK, earlier=earlier)


def test_the_overlap_is_the_share_of_either_that_is_in_both():
    counts = shared_counts(np.array([0, 0, 0, 1, 1, -1, 0]), np.array([1, 1, 0, 0, 0, 0, -1]), 2, 2)
    assert counts.tolist() == [[1, 2], [2, 0]]
    assert overlaps(counts)[0].tolist() == pytest.approx([1 / 5, 2 / 3])


def test_topics_are_matched_for_the_whole_and_not_one_after_the_other():
    """The first row's best column is the only one of the second row."""
    overlap = np.array([[0.6, 0.5], [0.55, 0.0]])
    assert pairs(overlap, 0.3) == {0: 1, 1: 0}


@given(st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=1, max_size=4), st.floats(0.05, 0.9))
def test_no_other_matching_has_a_larger_sum_and_none_is_below_the_least(rows: list[list[float]], least: float):
    overlap = np.array(rows)
    found = pairs(overlap, least)
    assert all(overlap[row, column] >= least for row, column in found.items())
    worth = np.where(overlap >= least, overlap, 0)
    best = max(sum(worth[row, column] for row, column in enumerate(order)) for order in permutations(range(4), len(overlap)))
    assert sum(overlap[row, column] for row, column in found.items()) == pytest.approx(best)


def test_a_topic_that_is_in_both_editions_keeps_number_and_name_and_a_new_one_gets_a_number_that_none_had(
    earlier: Topics, both: Topics
):
    old = dict(zip(earlier.frame["topic"], earlier.frame["label"], strict=True))
    found = matched(both, earlier)
    assert len(found.rows) >= 0.8 * min(len(old), len(both.frame))
    for row, then in found.rows.items():
        assert both.frame["topic"].iloc[row] == earlier.frame["topic"].iloc[then]
        assert both.frame["label"].iloc[row] == earlier.frame["label"].iloc[then]
        assert found.overlap[row] >= LEAST
    new = set(both.frame["topic"]) - {both.frame["topic"].iloc[row] for row in found.rows}
    assert not new & set(old)
    assert both.frame["topic"].is_unique
    assert both.frame["label"].is_unique
    assert both.settings["highest_topic"] == max([*old, *both.frame["topic"]])
    moved = sum(both.frame["broad"].iloc[row] != earlier.frame["broad"].iloc[then] for row, then in found.rows.items())
    kept = f"number and name; {moved} ha" if moved else "number, name and colour."
    assert f"of the earlier edition and keep {kept}" in both.notes[-1]


def test_the_same_votes_are_the_same_edition(arena: Votes, fitted: Topics):
    again = topics(arena, TopicSettings(fast=True, rounds=1), with_map=False, earlier=holed(fitted))
    pd.testing.assert_frame_equal(again.frame, holed(fitted).frame)
    pd.testing.assert_frame_equal(again.hierarchy, holed(fitted).hierarchy)


def test_a_number_that_is_gone_is_not_given_again(fitted: Topics):
    fitted = replace(fitted, model=None)
    without = replace(fitted, frame=fitted.frame.iloc[:-1].reset_index(drop=True), hierarchy=pd.DataFrame())
    without = replace(without, assignments=fitted.assignments[fitted.assignments["topic"].isin(without.frame["topic"])])
    without = replace(without, over_time=pd.DataFrame(), by_language=pd.DataFrame(), by_turns=pd.DataFrame())
    last = int(fitted.frame["topic"].iloc[-1])
    without = identified(without, fitted)
    assert highest(without) == last
    back = identified(fitted, without)
    assert back.frame["topic"].tolist() == [*fitted.frame["topic"].iloc[:-1], last + 1]


def test_editions_of_unlike_votes_are_matched_by_what_either_model_says_of_the_other(
    arena: Votes, tmp_path: Path, earlier: Topics
):
    order = pq.read_table(arena.path, columns=["time"])["time"].to_pandas().rank(method="first").to_numpy()
    later = topics(part(arena, tmp_path, order > len(order) / 2, "second"), QUICK, with_map=False)
    blind = replace(later, assignments=later.assignments.assign(prompt=np.arange(1, len(later.assignments) + 1)))
    known = matched(blind, replace(earlier, assignments=earlier.assignments.assign(prompt=10**9)))
    assert not known.counts.any()
    assert len(known.rows) >= 0.6 * min(len(later.frame), len(earlier.frame))
    words = [[set(line.split(", ")) for line in one.frame["words"]] for one in (later, earlier)]
    alike = [bool(words[0][row] & words[1][then]) for row, then in known.rows.items()]
    by_chance = np.mean([bool(one & other) for one in words[0] for other in words[1]])
    assert np.mean(alike) > max(0.7, 3 * by_chance)
    without = matched(blind, replace(earlier, model=None, assignments=earlier.assignments.assign(prompt=10**9)))
    assert without.rows == {}


def test_one_common_prompt_does_not_make_two_topics_one(earlier: Topics, both: Topics):
    """All that both have in common is a prompt that is in the largest topic of one and in the smallest of the other."""
    first, last = (one.assignments["topic"] == one.frame["topic"].iloc[row] for one, row in ((both, 0), (earlier, -1)))
    ours = both.assignments.assign(prompt=np.where(first.cumsum().eq(1) & first, 7, 0).astype(np.uint64))
    theirs = earlier.assignments.assign(prompt=np.where(last.cumsum().eq(1) & last, 7, 0).astype(np.uint64))
    found = matched(replace(both, assignments=ours), replace(earlier, assignments=theirs))
    assert found.counts.sum() == 1
    assert found.rows[0] != len(earlier.frame) - 1


def test_a_model_that_cannot_read_the_prompts_or_has_changed_is_not_asked(earlier: Topics, both: Topics):
    class Mute:
        name, fingerprint = "mute", "mute"

        def embed(self, texts: object, languages: object = None) -> np.ndarray:
            raise InputError("these prompts have no vector")

    assert earlier.model is not None
    silent = replace(earlier, model=replace(earlier.model, embedding=Mute()), settings={"embedding_fingerprint": "mute"})
    blind = replace(both, assignments=both.assignments.assign(prompt=10**9))
    assert matched(replace(blind, settings={"embedding_fingerprint": "changed since"}), silent).rows == {}
    assert matched(blind, earlier).rows


def test_broad_topics_keep_their_numbers_and_a_new_one_gets_the_lowest_that_neither_edition_has(earlier: Topics, both: Topics):
    kept = set(both.frame["broad"]) & set(earlier.frame["broad"])
    assert len(kept) >= 2
    for number in set(both.frame["broad"]) - kept:
        assert number not in set(earlier.frame["broad"])
    moved = earlier.frame["broad"].map({old: old + 2 for old in earlier.frame["broad"].unique()})
    other = identified(both, replace(earlier, frame=earlier.frame.assign(broad=moved)))
    assert (other.frame["broad"].isin([0, 1]) | (other.frame["broad"] >= 2)).all()
    assert sorted(other.frame["broad"].unique()) != sorted(both.frame["broad"].unique())


def test_editions_that_were_saved_match_as_those_in_memory(arena: Votes, earlier: Topics, both: Topics, tmp_path: Path):
    earlier.save(tmp_path / "earlier")
    read = topics(arena, QUICK, earlier=tmp_path / "earlier")
    pd.testing.assert_frame_equal(read.frame, both.frame)
    assert edition_key(Topics.load(tmp_path / "earlier")) == edition_key(earlier)
    assert edition_key(both) != edition_key(earlier)


# Numbers with holes: nothing but numbers changes.

FIGURES = ("share", "tree", "multi_turn", "repeats", "language", "time", "map")

LISTS: dict[str, Callable[[Topics], Result]] = {
    "topic_list": topic_list,
    "topic_examples": topic_examples,
    "broad_list": broad_list,
    "follow_ups": follow_ups,
    "topic_languages": topic_languages,
    "topic_repeats": topic_repeats,
}


@pytest.mark.parametrize("of", FIGURES)
def test_other_numbers_draw_the_same_figure(earlier: Topics, of: str):
    plain, other = draw(earlier, of=of), draw(holed(earlier), of=of)
    assert plain.alt == other.alt
    assert plain.svg() == other.svg()


@pytest.mark.parametrize("name", LISTS)
def test_other_numbers_give_the_same_lists(earlier: Topics, name: str):
    plain, other = LISTS[name](earlier), LISTS[name](holed(earlier))
    pd.testing.assert_frame_equal(plain.table, other.table)
    assert plain.sentence == other.sentence


def test_other_numbers_give_the_same_votes_assignments_and_boards(arena: Votes, fitted: Topics):
    other = holed(fitted)
    new = dict(zip(fitted.frame["topic"], other.frame["topic"], strict=True))
    assert other.sentence == fitted.sentence
    assert (other.assign(arena)["topic"] == other.assignments["topic"]).all()
    assert (fitted.assignments["topic"].map(new).fillna(fitted.assignments["topic"]) == other.assignments["topic"]).all()
    plain, boards = topic_boards(arena, fitted, seed=1), topic_boards(arena, other, seed=1)
    assert boards.topics == tuple(new[number] for number in plain.topics)
    columns = ["label", "model", "votes", "change", "lower", "upper", "q_value"]
    pd.testing.assert_frame_equal(plain.table[columns], boards.table[columns])
    pd.testing.assert_frame_equal(topic_boards(arena, fitted, by="broad").table, topic_boards(arena, other, by="broad").table)


def test_parents_of_the_tree_come_after_the_highest_number(fitted: Topics):
    tree, numbers = holed(fitted).hierarchy, set(holed(fitted).frame["topic"])
    assert tree["parent"].min() > max(numbers)
    known = set(numbers)
    for row in tree.itertuples():
        assert {row.left, row.right} <= known
        known.add(row.parent)
    assert sorted(tree["topics"].iloc[-1]) == sorted(numbers)


def test_a_category_of_a_number_with_holes_has_the_same_votes(fitted: Topics, tmp_path: Path):
    other = holed(fitted)
    label, number = other.frame["label"].iloc[0], int(other.frame["topic"].iloc[0])
    assert other.category(number).label == label == other.category(label).label
    assert other.category(-1).label == UNCLEAR_LABEL


def test_views_know_topics_by_their_rows(arena: Votes):
    found = topics(arena, TopicSettings(fast=True, rounds=0, fit_on=600))
    plain, other = found.bertopic, holed(found).bertopic
    assert plain.topic_labels_ == other.topic_labels_
    assert found.view("time").to_json() == holed(found).view("time").to_json()

    def prompts(of: Topics) -> dict[str, list[str]]:
        """BERTopic shuffles the prompts of a topic."""
        return {
            str(trace.name): sorted(map(str, trace.hovertext)) for trace in of.view("map").data if trace.hovertext is not None
        }

    assert prompts(found) == prompts(holed(found))


def test_names_that_were_kept_are_not_asked_for_again(both: Topics, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from analysis.topics.names import Endpoint

    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path))
    monkeypatch.setenv("ARENA_TOPICS_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("ARENA_TOPICS_MODEL", "stub")
    kept = both.frame["topic"].isin(both.settings["labels_kept"])
    taken = str(both.frame["label"][kept].iloc[0])
    monkeypatch.setattr(Endpoint, "name", lambda *_: taken)
    named = both.named()
    assert (named.frame["label"][kept] == both.frame["label"][kept]).all()
    assert named.frame["label"].is_unique
    assert (named.frame["label"][~kept] != both.frame["label"][~kept]).all()
