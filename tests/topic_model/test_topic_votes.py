import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.bradley_terry import POINTS
from analysis.categories import find_category
from analysis.errors import InputError, UsageError
from analysis.pairs import PairCounts, count_pairs
from analysis.topic_model.topic_votes import TopicBoards, count_topic_pairs, fit_offsets, topic_boards
from analysis.topics import Topics
from analysis.votes import Votes


def pairs_of(strength: np.ndarray, votes: int, rng: np.random.Generator) -> PairCounts:
    first, second = np.triu_indices(len(strength), 1)
    chance = 1 / (1 + np.exp(strength[second] - strength[first]))
    won = rng.binomial(votes, chance).astype(float)
    counts = np.column_stack([won, votes - won, np.zeros((len(won), 2))])
    return PairCounts(tuple(f"m{number}" for number in range(len(strength))), first, second, counts)


def test_a_topic_without_votes_shows_no_change():
    pairs = pairs_of(np.zeros(4), 0, np.random.default_rng(1))
    found = fit_offsets(pairs, np.array([1.0, 0, -0.5, -0.5]), precision=4.0)
    assert np.allclose(found.change, 0)
    assert found.error == pytest.approx(np.full(4, 0.5 * 0.75**0.5))  # the prior, among changes of mean zero
    assert np.allclose(found.noise, 0)


def test_many_votes_move_a_topic_to_its_own_strengths():
    base, true = np.array([0.5, 0, -0.5]), np.array([-0.5, 0, 0.5])
    found = fit_offsets(pairs_of(true, 200_000, np.random.default_rng(2)), base, precision=4.0)
    assert base + found.change == pytest.approx(true, abs=0.01)


def test_one_vote_hardly_moves_a_topic():
    pairs = PairCounts(("a", "b"), np.array([0]), np.array([1]), np.array([[1.0, 0, 0, 0]]))
    found = fit_offsets(pairs, np.zeros(2), precision=1 / (30 / POINTS) ** 2)
    assert 0 < POINTS * found.change[0] < 3


def test_the_noise_is_the_spread_of_estimates_when_nothing_changes():
    rng, base = np.random.default_rng(3), np.array([0.4, 0.1, 0, -0.5])
    fits = [fit_offsets(pairs_of(base, 40, rng), base, precision=10.0) for _ in range(400)]
    spread = np.std([fit.change for fit in fits], axis=0)
    assert spread == pytest.approx(np.mean([fit.noise for fit in fits], axis=0), rel=0.12)


@pytest.fixture(scope="module")
def boards(arena: Votes, fitted: Topics) -> TopicBoards:
    return topic_boards(arena, fitted, minimum=60)


def test_topic_pairs_add_up_to_the_votes_with_a_topic(arena: Votes, fitted: Topics):
    counted = count_topic_pairs(arena, fitted.assignments, fitted.table["topic"])
    assert [pairs.votes for pairs in counted] == fitted.table["votes"].tolist()


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
    other = replace(arena, fingerprint="other")
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


def test_topics_of_other_votes_are_refused(arena: Votes, fitted: Topics):
    with pytest.raises(InputError, match="2,990 votes have no topic"):
        count_topic_pairs(arena, fitted.assignments.head(10), [0])
    with pytest.raises(InputError, match=r"votes\.parquet: the topics are of other votes"):
        topic_boards(replace(arena, fingerprint="other"), fitted)


def test_a_planted_change_is_found_and_others_are_not(monkeypatch: pytest.MonkeyPatch, arena: Votes, fitted: Topics):
    import analysis.topic_model.topic_votes as module

    rng, base = np.random.default_rng(4), np.linspace(0.6, -0.6, 6)
    planted = base + np.array([0, 0, 0.8, 0, 0, 0])
    counted = [pairs_of(planted if topic == 0 else base, 60, rng) for topic in range(len(fitted.table))]
    monkeypatch.setattr(module, "count_topic_pairs", lambda *_: counted)
    table: pd.DataFrame = topic_boards(arena, fitted).table
    found = table[table["q_value"] <= 0.05]
    assert ("m2", 0) in set(zip(found["model"], found["topic"], strict=True))
    assert len(found) <= 6
