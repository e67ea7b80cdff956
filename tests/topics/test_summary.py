"""Shares of topics: clustered by judge, each topic with the habits that are its own."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.shares.differences import differences
from analysis.shares.habits import alike_in, habits_of
from analysis.shares.tallies import count_given_groups, crowding_of, tally_of
from analysis.shares.wilson import wilson_interval
from analysis.topics.corpus import read_corpus
from analysis.topics.summary import by_language, by_turns, counts_by_topic, over_time
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]


def asked(judges: int = 120, named: bool = True) -> tuple[pd.DataFrame, np.ndarray]:
    """Votes of judges who ask about one of three topics nine times in ten, speak one language, and have habits of turns.

    Some votes have no clear topic (−1), and one no prompt (−2).
    """
    rng = np.random.default_rng(3)
    judge = np.repeat(np.arange(judges), rng.integers(1, 20, judges))
    topic = np.where(rng.random(len(judge)) < 0.9, judge % 3, rng.integers(-1, 3, len(judge)))
    topic[0] = -2
    several = rng.random(len(judge)) < rng.beta(0.5, 2, judges)[judge]
    frame = pd.DataFrame(
        {
            "model_a": "a",
            "model_b": "b",
            "outcome": "tie",
            "prompt": [None if place == 0 else f"prompt {place}" for place in range(len(judge))],
            "language": np.array(["English", "French"])[judge % 2],
            "turns": pd.array(np.where(several, 2, 1), dtype="Int32"),
            "time": pd.Timestamp("2024-06-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 300, len(judge)), unit="D"),
        }
    )
    return (frame.assign(judge=judge.astype(str)) if named else frame), topic


def test_a_topic_that_few_judges_ask_for_again_and_again_has_a_wide_interval(votes_of: Make) -> None:
    frame, topic = asked()
    corpus = read_corpus(votes_of(frame))
    table = counts_by_topic(corpus, topic, 3)
    part, judge = topic[1:], corpus.judge[1:]
    habits = habits_of(tally_of(judge, part >= 0))
    for number in range(3):
        worth = float(habits.effective(len(part), habits.crowding, 0.95, alike_in(tally_of(judge, part == number))))
        assert len(part) / table["design_effect"][number] == pytest.approx(worth)
        bounds = wilson_interval((part == number).mean() * worth, worth)
        assert table.loc[number, ["lower", "upper"]].tolist() == pytest.approx([float(bound) for bound in bounds])
    assert table["design_effect"].min() > 5


def test_the_multi_turn_share_of_a_topic_is_held_against_that_of_the_others(votes_of: Make) -> None:
    frame, topic = asked()
    corpus = read_corpus(votes_of(frame))
    table = counts_by_topic(corpus, topic, 3)
    inside = topic >= 0
    judge, of, hit = corpus.judge[inside], topic[inside], corpus.turns[inside] >= 2
    tally = tally_of(judge, hit)
    habits = habits_of(tally)
    worth = habits.effective(np.bincount(of), crowding_of(judge, of, 3), 0.95)
    lower, upper = wilson_interval(np.bincount(of, hit) / np.bincount(of) * worth, worth)
    assert table["multi_turn_lower"].tolist() == pytest.approx(lower)
    assert table["multi_turn_upper"].tolist() == pytest.approx(upper)
    found = differences(count_given_groups(judge, hit, of).sort_values("group"), tally, habits)
    assert table["multi_turn_p_value"].tolist() == pytest.approx(found["p_value"])


def test_languages_turns_and_periods_are_clustered_too(votes_of: Make) -> None:
    frame, topic = asked()
    named, unnamed = (read_corpus(votes_of(each)) for each in (frame, asked(named=False)[0]))
    for make in (by_language, by_turns, lambda corpus, topic: over_time(corpus, topic, 3)):
        ours, plain = make(named, topic), make(unnamed, topic)
        assert (plain["design_effect"] == 1).all()
        assert (ours["share"] == plain["share"]).all()
        assert (ours["design_effect"] >= 1).all()
        assert ours["design_effect"].max() > 1.5
        assert ((ours["upper"] - ours["lower"]) >= (plain["upper"] - plain["lower"]) * 0.99).all()
    # A judge speaks one language only: two of their votes are fully alike in it.
    spoken = by_language(named, topic).set_index(["topic", "language"])["design_effect"]
    inside = topic >= 0
    crowding = crowding_of(named.judge[inside], topic[inside], 3)
    assert spoken.loc[0, "English"] == pytest.approx(crowding[0], rel=0.1)


def test_topics_of_votes_without_judges_have_wilsons_interval(votes_of: Make) -> None:
    frame, topic = asked(named=False)
    table = counts_by_topic(read_corpus(votes_of(frame)), topic, 3)
    lower, upper = wilson_interval(table["votes"], len(topic) - 1)
    assert (table["lower"] == lower).all()
    assert (table["upper"] == upper).all()
    assert (table["design_effect"] == 1).all()
