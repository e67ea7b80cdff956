import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import norm

from analysis.categories.categories import find_category
from analysis.errors import InputError, UsageError
from analysis.ratings.board import board
from analysis.ratings.pairs import count_pairs
from analysis.ratings.settings import Settings
from analysis.results.origin import Origin
from analysis.topics.boards import By, TopicBoards, broad_labels, topic_ballots, topic_boards
from analysis.topics.topics import Topics
from analysis.votes.table import Votes


@pytest.fixture(scope="module")
def boards(arena: Votes, fitted: Topics) -> TopicBoards:
    return topic_boards(arena, fitted, minimum=60)


def test_topic_pairs_add_up_to_the_votes_with_a_topic(arena: Votes, fitted: Topics):
    ballots = topic_ballots(arena, fitted.assignments, fitted.table["topic"])
    assert [part.pairs.votes for part in ballots] == fitted.table["votes"].tolist()


def test_a_topic_is_a_category_for_boards(arena: Votes, fitted: Topics):
    category = fitted.category(1)
    pairs = count_pairs(arena, {"one": category})["one"]
    assert pairs.votes == fitted.table["votes"][1]
    assert category.label == fitted.labels[1]
    assert (category.name, fitted.category(fitted.labels[1]).label) == ("topic:1", fitted.labels[1])
    with pytest.raises(UsageError, match=r"no topic 999; there are -1 \(no clear topic\); 0 \("):
        fitted.category(999)


@pytest.fixture(scope="module")
def folder(fitted: Topics, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The topics on disk, under a name with a colon in it."""
    path = tmp_path_factory.mktemp("saved") / "run 1: topics"
    fitted.save(path)
    return path


@pytest.mark.parametrize("topic", [-1, 0, 1])
def test_a_topic_on_disk_is_the_same_category_as_in_memory(arena: Votes, fitted: Topics, folder: Path, topic: int):
    stored, ours = find_category(f"topic:{folder}:{topic}"), fitted.category(topic)
    counted = count_pairs(arena, {"stored": stored, "ours": ours})
    assert counted["stored"].votes == counted["ours"].votes == int((fitted.assignments["topic"] == topic).sum())
    assert (stored.label, stored.meaning) == (ours.label, ours.meaning)


def test_a_topic_is_found_by_its_label_or_by_a_word_that_only_it_has(folder: Path, fitted: Topics):
    words = [word for label in fitted.labels for word in label.split(", ")]
    unique = next(word for word in fitted.labels[2].split(", ") if sum(word in other for other in words) == 1)
    assert find_category(f"topic:{folder}:{fitted.labels[2]}").label == fitted.labels[2]
    assert find_category(f"topic:{folder}:{unique.upper()}").label == fitted.labels[2]
    assert find_category(f"topic:{folder}:no clear").label == "no clear topic"
    with pytest.raises(UsageError, match=r"'e' is in the labels of several topics, .*; give a number"):
        find_category(f"topic:{folder}:e")


def test_a_label_may_have_a_colon(folder: Path, fitted: Topics, tmp_path: Path):
    replace(fitted, frame=fitted.frame.assign(label=["a: b", *fitted.labels[1:]])).save(tmp_path / "topics")
    assert find_category(f"topic:{tmp_path / 'topics'}:a: b").label == "a: b"


def test_a_topic_of_other_votes_is_refused_though_the_ids_are_the_same(arena: Votes, folder: Path, fitted: Topics):
    other = replace(arena, origin=Origin("other"))
    for category in (find_category(f"topic:{folder}:0"), fitted.category(0)):
        with pytest.raises(InputError, match=r"topics are of other votes than votes\.parquet.*arena-workbook topics"):
            count_pairs(other, {"topic": category})


def test_a_copy_of_the_votes_under_another_name_is_the_same_votes(arena: Votes, folder: Path, tmp_path: Path):
    shutil.copy(arena.path, tmp_path / "copy.parquet")
    copy = replace(arena, path=tmp_path / "copy.parquet")
    assert count_pairs(copy, {"topic": find_category(f"topic:{folder}:0")})["topic"].votes > 0


@pytest.mark.parametrize("broken", ["frame.parquet", "topics.json"])
def test_a_folder_without_topics_is_one_line_that_says_how_to_write_one(folder: Path, tmp_path: Path, broken: str):
    shutil.copytree(folder, tmp_path / "topics")
    (tmp_path / "topics" / broken).write_text("[]")
    with pytest.raises(UsageError, match="no folder of topics; write one with arena-workbook topics"):
        find_category(f"topic:{tmp_path / 'topics'}:0")


def test_unreadable_assignments_are_one_line(arena: Votes, folder: Path, tmp_path: Path):
    shutil.copytree(folder, tmp_path / "topics")
    (tmp_path / "topics" / "assignments.parquet").write_text("x" * 100)
    with pytest.raises(InputError, match=r"assignments\.parquet: cannot be read"):
        count_pairs(arena, {"topic": find_category(f"topic:{tmp_path / 'topics'}:0")})


@pytest.mark.parametrize("name", ["topic:", "topic:3", "topic::3", "topic:folder:", "topic:folder: "])
def test_a_topic_without_its_folder_or_number_shows_how_it_is_written(name: str):
    with pytest.raises(UsageError, match="write it as in topic:DIR:3"):
        find_category(name)


def test_ratings_are_on_the_scale_of_the_leaderboard(arena: Votes, fitted: Topics, boards: TopicBoards):
    """With the anchor, its rating is that of the settings; else the models have the same mean as on the leaderboard."""
    settings = Settings()
    assert settings.anchor in boards.models
    assert boards.overall[boards.models.index(settings.anchor)] == pytest.approx(settings.anchor_rating)
    everybody = topic_boards(arena, fitted, minimum=0)
    votes = pd.Series(everybody.votes.sum(axis=0), index=everybody.models)
    without = topic_boards(arena, fitted, minimum=int(votes[settings.anchor]) + 1)
    assert settings.anchor not in without.models
    there = dict(zip((whole := board(arena)).models, whole.ratings, strict=True))
    assert without.overall.mean() == pytest.approx(np.mean([there[model] for model in without.models]))
    for made in (boards, without):
        gaps = [rating - there[model] for model, rating in zip(made.models, made.overall, strict=True)]
        assert np.abs(gaps).max() < 70  # of few votes, some without a topic


def test_topics_say_whether_their_votes_are_enough_for_a_board(arena: Votes, fitted: Topics, boards: TopicBoards):
    assert len(boards.too_few) == len(boards.topics)
    assert set(boards.enough.tolist()) == {place for place, why in enumerate(boards.too_few) if not why}


def test_small_topics_have_no_wild_ranks(boards: TopicBoards):
    table = boards.table
    assert (table["change"].abs() <= 3 * boards.spread + 1).all()
    assert np.allclose(boards.change.mean(axis=1), 0, atol=1e-6)


def test_the_table_has_a_row_per_topic_and_model(boards: TopicBoards, fitted: Topics):
    assert len(boards.table) == len(fitted.table) * len(boards.models)
    assert boards.table["q_value"].between(0, 1).all()
    assert (boards.table["q_value"] >= boards.table["p_value"] - 1e-12).all()
    assert boards.grid(3).shape == (len(fitted.table), 3)
    assert "points" in boards.sentence


def test_changes_of_a_model_run_from_its_largest_gain_to_its_largest_loss(boards: TopicBoards):
    changes = boards.changes(boards.models[0])
    assert changes["change"].is_monotonic_decreasing
    with pytest.raises(UsageError, match="'nobody' is not rated"):
        boards.changes("nobody")


def test_chances_to_lead_add_up_and_ranks_lie_in_their_intervals(boards: TopicBoards):
    assert np.allclose(boards.first.sum(axis=1), 1)
    assert (boards.rank_lower <= boards.rank_upper).all()
    inside = (boards.rank_lower <= boards.ranks) & (boards.ranks <= boards.rank_upper)
    assert inside.mean() > 0.99
    assert boards.first.argmax(axis=1).tolist().count(0) > len(boards.topics) / 2  # the best overall leads most topics


def test_without_pooling_changes_are_wilder(boards: TopicBoards):
    voted = boards.votes > 0
    assert np.isnan(boards.alone).tolist() == (~voted).tolist()
    assert np.nanstd(boards.alone) > 3 * boards.change[voted].std()


def test_boards_of_broad_topics_have_the_votes_of_their_topics(arena: Votes, fitted: Topics):
    broad = topic_boards(arena, fitted, by="broad", minimum=0)
    counts = fitted.table.groupby("broad")["votes"].sum()
    assert [int(votes) for votes in broad.votes.sum(axis=1) / 2] == counts.loc[list(broad.topics)].tolist()
    assert counts.loc[list(broad.topics)].is_monotonic_decreasing
    assert "Between broad topics" in broad.sentence
    assert broad.models == topic_boards(arena, fitted, minimum=0).models


def test_a_broad_topic_is_named_after_its_three_largest_topics():
    labels = ["a, b", "c, d", "e, f", "g, h", "i, j"]
    frame = pd.DataFrame({"topic": range(5), "label": labels, "votes": [1, 5, 3, 2, 40], "broad": [0, 0, 0, 0, 1]})
    assert broad_labels(frame) == {1: "i", 0: "c / e / g"}


def test_boards_by_anything_else_are_wrong_usage(arena: Votes, fitted: Topics):
    with pytest.raises(UsageError, match="by topic or broad, not by 'month'"):
        topic_boards(arena, fitted, by="month")  # type: ignore[arg-type]


def test_the_sentence_has_real_minus_signs(boards: TopicBoards):
    assert "−" in boards.sentence
    assert not re.search(r"[ (]-\d", boards.sentence)


def test_topics_of_other_votes_are_refused(arena: Votes, fitted: Topics):
    with pytest.raises(InputError, match="2,990 votes have no topic"):
        topic_ballots(arena, fitted.assignments.head(10), [0])
    with pytest.raises(InputError, match=r"votes\.parquet: the topics are of other votes"):
        topic_boards(replace(arena, origin=Origin("other")), fitted)


@pytest.mark.parametrize("interval", ["auto", "votes"])
@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("by", ["topic", "broad"])
def test_boards_by_topic_hold_together(arena: Votes, fitted: Topics, by: By, level: float, interval: str):
    made = topic_boards(arena, fitted, by=by, level=level, minimum=60, interval=interval)
    table, half = made.table, topic_boards(arena, fitted, by=by, level=0.5, minimum=60, interval=interval).table
    assert ((table["lower"] < table["change"]) & (table["change"] < table["upper"])).all()
    assert ((table["rank_lower"] <= table["rank"]) & (table["rank"] <= table["rank_upper"])).all()
    wider = (table["upper"] - table["lower"]) / (half["upper"] - half["lower"])
    assert wider.to_numpy() == pytest.approx(norm.ppf(0.5 + level / 2) / norm.ppf(0.75))
    assert made.design_effect >= 1
    assert made.caption == f"Models by topic; intervals over {'judges' if interval == 'auto' else 'votes'}"


def test_votes_of_busy_judges_widen_the_changes_between_topics(arena: Votes, fitted: Topics, tmp_path: Path):
    """The same votes, a third of them by four people who like the models of one half of the alphabet, or of the other."""
    frame = pq.read_table(arena.path).to_pandas()
    number = np.arange(len(frame))
    biased, judge = number % 3 == 0, np.where(number % 3 == 0, number % 12, 12 + number)
    first = (frame["model_a"] < frame["model_b"]) == (judge % 2 == 0)
    outcome = frame["outcome"].where(~biased, np.where(first, "model_a", "model_b"))
    table = pa.Table.from_pandas(
        frame.assign(outcome=outcome, judge=[f"j{number}" for number in judge]), pq.read_schema(arena.path), preserve_index=False
    )
    pq.write_table(table, tmp_path / "votes.parquet")
    votes = replace(arena, path=tmp_path / "votes.parquet")
    judges, alone = (topic_boards(votes, fitted, by="broad", minimum=60, interval=interval) for interval in ("auto", "votes"))
    assert judges.design_effect > 1.1 > alone.design_effect == 1
    voted = alone.votes > 0
    assert np.median(judges.noise[voted] / alone.noise[voted]) < 1  # fewer effective votes move less
    assert judges.table["p_value"].min() > alone.table["p_value"].min()


def test_boards_by_topic_know_two_kinds_of_interval(arena: Votes, fitted: Topics):
    with pytest.raises(UsageError, match="interval is 'bootstrap'; boards by topic have auto or votes"):
        topic_boards(arena, fitted, interval="bootstrap")


@pytest.mark.parametrize("cluster", ["judge", "prompt", "both"])
def test_a_board_of_a_topic_has_intervals_over_judges_and_prompts(arena: Votes, fitted: Topics, folder: Path, cluster: str):
    """A topic is found by the ids of its votes; who cast each of them, and on what, must not be mixed up on the way."""
    name = f"topic:{folder}:0"
    inside = set(fitted.assignments.loc[fitted.assignments["topic"] == 0, "vote_id"])
    frame = pq.read_table(arena.path).to_pandas()
    cut = arena.path.with_name("cut.parquet")
    pq.write_table(
        pa.Table.from_pandas(frame[frame["vote_id"].isin(inside)], pq.read_schema(arena.path), preserve_index=False), cut
    )
    settings = Settings(cluster=cluster)
    alone, among = board(replace(arena, path=cut), settings=settings), board(arena, name, settings)
    assert among.models == alone.models
    np.testing.assert_allclose(among.bounds, alone.bounds, atol=1e-6)
