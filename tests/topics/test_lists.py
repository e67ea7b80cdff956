"""Lists out of topics, on small cases whose numbers can be checked by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.shares.wilson import with_shares
from analysis.topics import board_lists as board_lists
from analysis.topics import lists as lists
from analysis.topics.boards import TopicBoards
from analysis.topics.topics import Topics

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def topics() -> Topics:
    """Three topics with 50, 30 and 10 votes, ten votes without a clear topic and five without a prompt."""
    frame = pd.DataFrame(
        {
            "topic": [0, 1, 2],
            "label": ["story, poem", "code, python", "рецепт, суп"],
            "words": ["story, poem, verse", "code, python, loop", "рецепт, суп, борщ"],
            "votes": [30, 50, 10],
            "asked": [100, 100, 100],
            "prompts": [24, 48, 9],
            "repeats": [0.2, 0.04, 0.1],
            "multi_turn": [0.1, 0.3, 0.2],
            "multi_turn_lower": [0.03, 0.19, 0.06],
            "multi_turn_upper": [0.26, 0.44, 0.51],
            "multi_turn_p_value": [0.01, 0.01, 0.9],
            "language": ["English", "English", "Russian"],
            "language_share": [0.95, 0.6, 0.8],
            "stability": [0.5, 0.9, 0.7],
            "broad": [1, 0, 1],
            "examples": [[HOSTILE, "A poem please"], ["Sort a list", "Fix this loop", "Why?"], ["Как сварить борщ?"]],
        }
    )
    spoken = [(0, "English", 0.95), (0, "French", 0.05), (1, "English", 0.6), (1, "Russian", 0.4), (2, "Russian", 0.8)]
    measures = {"asked": 100.0, "outliers": 0.1, "coherence": -0.125, "diversity": float("nan"), "agreement_seeds": 0.8}
    measures |= {"agreement_resamples": 0.7, "stable_votes": 0.5556}
    return Topics(
        frame=with_shares(frame, "votes", "asked", 0.95, frame["asked"]).drop(columns="asked"),
        subtopics=pd.DataFrame(
            {
                "subtopic": [0, 1, 2, 3],
                "topic": [0, 0, 1, 2],
                "label": ["story", "poem", "code, python", "рецепт, суп"],
                "votes": [10, 20, 50, 10],
                "share": [0.1, 0.2, 0.5, 0.1],
                "lower": 0.0,
                "upper": 1.0,
                "stability": [0.4, 0.8, 0.9, 0.7],
                "examples": [["A tale"], [HOSTILE], ["Sort a list"], ["Как сварить борщ?"]],
            }
        ),
        assignments=pd.DataFrame({"topic": np.repeat([0, 1, 2, -1, -2], [30, 50, 10, 10, 5])}),
        hierarchy=pd.DataFrame(),
        over_time=pd.DataFrame(),
        by_language=pd.DataFrame(spoken, columns=["topic", "language", "share"]),
        by_turns=pd.DataFrame(),
        quality=pd.DataFrame({"measure": measures.keys(), "value": measures.values(), "meaning": "as it says"}),
        settings={"embedding": "words", "embedding_name": "words", "embedding_fingerprint": "f00"},
    )


def boards_of(change: list[list[float]], noise: float = 5.0, first: list[list[float]] | None = None) -> TopicBoards:
    """Boards of models a, b, c, … (1,020, 1,010, 1,000, … points overall) with those changes, shape (topics, models)."""
    changes = np.array(change, dtype=float)
    size, width = changes.shape
    return TopicBoards(
        topics=tuple(range(size)),
        labels=tuple(f"topic {number}" for number in range(size)),
        models=tuple("abcdefgh"[:width]),
        overall=1020.0 - 10 * np.arange(width),
        change=changes,
        error=np.full(changes.shape, 10.0),
        noise=np.full(changes.shape, noise),
        alone=10 * changes,
        first=np.full(changes.shape, 1 / width) if first is None else np.array(first),
        rank_lower=np.ones(changes.shape, dtype=np.int64),
        rank_upper=np.full(changes.shape, width),
        votes=np.full(changes.shape, 100.0),
        spread=12.0,
        spread_lower=8.0,
        spread_upper=16.0,
    )


def test_the_last_row_is_the_votes_without_a_clear_topic(topics: Topics) -> None:
    table = lists.topic_list(topics).table
    assert table["topic"].tolist() == ["code, python", "story, poem", "рецепт, суп", "no clear topic"]
    assert table["votes"].tolist() == [50, 30, 10, 10]
    last = table.iloc[-1]
    assert last["share"] == pytest.approx(0.1)
    assert (last["lower"], last["upper"]) == pytest.approx((0.0552, 0.1744), abs=1e-4)  # Wilson's of 10 in 100
    assert table["share"].sum() == pytest.approx(1)


def test_the_most_typical_prompt_stands_beside_each_topic_cut_and_escaped(topics: Topics) -> None:
    long = replace(topics, frame=topics.frame.assign(examples=[[HOSTILE, "A poem please"], ["Sort a list. " * 15], []]))
    listed = lists.topic_list(long)
    assert listed.table.columns[:3].tolist() == ["topic", "prompt", "words"]
    cut, hostile, *none = listed.table["prompt"]
    assert (len(cut), cut[:11], cut[-1]) == (120, "Sort a list", "…")
    assert hostile == HOSTILE
    assert all(prompt is None or prompt != prompt for prompt in none)  # a topic without examples, and what has no clear topic
    assert "<img" not in listed._repr_html_()


def test_unstable_topics_are_named_largest_first(topics: Topics) -> None:
    words = lists.topic_list(replace(topics, notes=("Topics were named by stub.",))).sentence
    assert "stability below 0.75): “story, poem” and “рецепт, суп”. Topics were named by stub." in words


def test_where_stability_was_not_measured_nothing_is_said_of_it(topics: Topics) -> None:
    unmeasured = replace(topics, frame=topics.frame.assign(stability=np.nan))
    assert lists.topic_list(unmeasured).sentence == ""
    assert "stable" not in lists.topic_quality(unmeasured).sentence
    never = replace(unmeasured, quality=unmeasured.quality[~unmeasured.quality["measure"].str.startswith("agreement")])
    assert "agrees with itself" not in lists.topic_quality(never).sentence


def test_examples_are_escaped_and_the_largest_topics_come_first(topics: Topics) -> None:
    listed = lists.topic_examples(topics, most=2, top=2)
    assert listed.table["prompt"].tolist() == ["Sort a list", "Fix this loop", HOSTILE, "A poem please"]
    assert listed.sentence == "The 2 largest of 3 topics are shown."
    shown = listed._repr_html_()
    assert "<img" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown


def test_labels_are_escaped_too(topics: Topics) -> None:
    named = replace(topics, frame=topics.frame.assign(label=[HOSTILE, "b", "c"]))
    for listed in (lists.topic_list(named), lists.follow_ups(named), lists.topic_repeats(named), lists.broad_list(named)):
        assert "<img" not in listed._repr_html_()
        assert "<img" not in listed.sentence._repr_html_()


def test_measures_are_written_as_they_are_read(topics: Topics) -> None:
    listed = lists.topic_quality(topics)
    assert listed.table["value"].tolist() == ["100", "10.0 %", "−0.12", "not measured", "0.80", "0.70", "55.6 %"]
    assert "1 of 3 topics is stable" in listed.sentence
    assert "1 is below 0.6 and should not be trusted: “story, poem”." in listed.sentence
    assert listed.sentence.endswith("Vectors are by the embedding words.")


def test_the_quality_says_how_far_the_quick_way_agrees(topics: Topics) -> None:
    rows = pd.DataFrame({"measure": ["fitted", "shortcut", "shortcut_other"], "value": [6_000.0, 0.9, 0.04], "meaning": ""})
    words = lists.topic_quality(replace(topics, quality=pd.concat([topics.quality, rows]))).sentence
    assert "beyond the 6,000 that it was fitted on are guessed the quick way. Prompts with a clear topic that were held" in words
    assert words.endswith("get the same topic in 90.0 %, another in 4.0 % and none in 6.0 %.")


def test_topics_of_several_narrow_ones_are_taken_apart(topics: Topics) -> None:
    listed = lists.subtopic_list(topics)
    assert listed.table["topic"].tolist() == ["story, poem"] * 2
    assert listed.table["subtopic"].tolist() == ["poem", "story"]
    assert listed.table["prompt"].tolist() == [HOSTILE, "A tale"]
    assert listed.sentence == "1 of 3 topics is made of 2 narrower ones, of which 1 does not come out again alone."
    assert "<img" not in listed._repr_html_()


def test_what_was_not_measured_is_not_said_of_subtopics(topics: Topics) -> None:
    for stability, end in ((np.nan, "ones."), (0.9, "ones, all of which come out again alone.")):
        found = replace(topics, subtopics=topics.subtopics.assign(stability=stability))
        assert lists.subtopic_list(found).sentence == f"1 of 3 topics is made of 2 narrower {end}"


def test_topics_that_were_not_joined_say_so(topics: Topics) -> None:
    alone = replace(topics, subtopics=topics.subtopics[topics.subtopics["subtopic"] != 0])
    assert lists.subtopic_list(alone).table.empty
    assert lists.subtopic_list(alone).sentence == "Each of the 3 topics is shown as it was found: none was joined with another."


def test_broad_topics_have_the_votes_of_their_topics(topics: Topics) -> None:
    listed = lists.broad_list(topics)
    assert listed.table[["broad_topic", "topics", "votes"]].values.tolist() == [["code", 1, 50], ["story / рецепт", 2, 40]]
    assert listed.sentence.startswith("The 3 topics form 2 broad ones; the largest, “code”, holds 50.0 % of the votes (40.4 %")


def test_the_multi_turn_share_runs_from_the_lowest_topic_to_the_highest(topics: Topics) -> None:
    listed = lists.follow_ups(topics)
    assert listed.table["topic"].tolist() == ["code, python", "рецепт, суп", "story, poem"]
    assert "from 10.0 % in “story, poem” (3.0 % to 26.0 %) to 30.0 % in “code, python” (19.0 % to 44.0 %)" in listed.sentence


def test_votes_without_turns_or_languages_say_so(topics: Topics) -> None:
    without = replace(topics, frame=topics.frame.assign(multi_turn=np.nan, language=None))
    assert lists.follow_ups(without).sentence == "These votes do not say how many turns a conversation had."
    assert lists.topic_languages(without).sentence == "These votes do not say their language."


def test_topics_of_other_languages_are_listed(topics: Topics) -> None:
    listed = lists.topic_languages(topics)
    assert listed.table["topic"].tolist() == ["рецепт, суп"]
    assert listed.sentence.startswith("2 of 3 topics are asked in several languages")
    assert listed.sentence.endswith("in 1 English has less than half of them.")


def test_repeats_are_over_all_topics_and_by_topic(topics: Topics) -> None:
    listed = lists.topic_repeats(topics)
    assert listed.table["topic"].tolist() == ["story, poem", "рецепт, суп", "code, python"]
    assert listed.sentence == (
        "10.0 % of the votes with a topic repeat an earlier prompt, from 4.0 % in “code, python” to 20.0 % in “story, poem”."
    )


def test_that_no_prompt_is_repeated_is_said(topics: Topics) -> None:
    fresh = replace(topics, frame=topics.frame.assign(prompts=topics.frame["votes"], repeats=0.0))
    assert lists.topic_repeats(fresh).sentence == "No vote with a topic repeats an earlier prompt."


def test_what_topics_were_made_with_names_the_embedding_and_versions(topics: Topics) -> None:
    made = lists.topic_settings(topics).table.set_index("item")["value"]
    assert made["embedding fingerprint"] == "f00"
    assert made["bertopic"][0].isdigit()


def test_changes_of_a_model_name_those_beyond_chance() -> None:
    changes = board_lists.topic_changes(boards_of([[20, -20, 0], [1, -1, 0], [-3, 3, 0]]), "a")
    assert changes.table["topic"].tolist() == ["topic 0", "topic 1", "topic 2"]
    assert changes.sentence == (
        "a: 1 of 3 topics differs from its overall strength beyond chance. In points: “topic 0” +20."
    )  # 20 points are four deviations of 5, 3 and 1 are none
    assert ">Points<" in changes._repr_html_()
    assert ">+20<" in changes._repr_html_()
    assert "−23 to +17" in changes._repr_html_()  # −3 ± 1.96 × 10
    assert changes.caption == "Topics of a, rank 1 overall"


def test_a_model_that_is_not_rated_gives_way_to_the_best_and_the_sentence_says_so() -> None:
    changes = board_lists.topic_changes(boards_of([[4, -4], [-4, 4]]), "gpt-9")
    assert changes.model == "a"
    assert changes.sentence.startswith("gpt-9 is not rated by topic in these votes; shown is a, the best overall. a: none of 2")
    assert "from −4 points in “topic 1” to +4 in “topic 0”" in changes.sentence
    assert changes.plot().title.startswith("a: in none of 2 topics")


def test_clear_changes_are_those_of_all_models_largest_first() -> None:
    clear = board_lists.clear_changes(boards_of([[25, -25, 0], [30, 0, -30]]))
    assert clear.table[["model", "change"]].values.tolist() == [["a", 30], ["c", -30], ["a", 25], ["b", -25]]
    assert clear.sentence.startswith("4 of 6 changes are clear at a false-discovery rate of 5 %: 2 gains and 2 losses,")


def test_one_clear_change_reads_as_one() -> None:
    clear = board_lists.clear_changes(boards_of([[25, -3, 0], [1, 0, -1]]))
    assert clear.sentence.startswith(
        "1 of 6 changes is clear at a false-discovery rate of 5 %: 1 gain and no loss, of 1 model in"
    )


def test_that_no_change_is_clear_is_said() -> None:
    clear = board_lists.clear_changes(boards_of([[2, -2], [-1, 1]]))
    assert clear.sentence.startswith("None of the 4 changes is clear at a false-discovery rate of 5 %: these votes do not show")
    assert clear._repr_html_() == ""


def test_pooling_is_held_against_each_topics_own_votes() -> None:
    listed = board_lists.pooling(boards_of([[-3, 3], [2, -2]]))
    assert listed.table.round(1).iloc[0].tolist() == ["by each topic's own votes", 25.5, -30, 30, 1]
    assert listed.table.round(1).iloc[1].tolist() == ["pooled", 2.5, -3, 3, 0]
    shown = listed._repr_html_()
    assert ">−30<" in shown
    assert ">+3<" in shown
    assert (
        "a is first overall; by their own votes 1 of 2 topics would have another model first, and pooled none." in listed.sentence
    )


def test_the_scatter_of_estimates_and_the_spread_of_true_changes_have_different_names() -> None:
    boards = boards_of([[-3, 3], [2, -2]])
    assert "(a scatter of " in board_lists.pooling(boards).sentence
    assert ">Scatter of the estimates<" in board_lists.pooling(boards)._repr_html_()
    assert "(standard deviation of the true changes, " in boards.sentence
    assert "standard deviation" not in board_lists.pooling(boards).sentence + board_lists.pooling(boards)._repr_html_()


def test_the_leader_of_a_topic_has_its_chance_and_the_next_two() -> None:
    boards = boards_of([[0, 0, 0], [-20, 15, 5]], first=[[0.6, 0.3, 0.1], [0.0, 0.999, 0.001]])
    leaders = board_lists.topic_leaders(boards)
    assert leaders.table["leader"].tolist() == ["not decided", "b"]
    assert leaders.table["first"].tolist() == ["a", "b"]
    assert leaders.table["chance"].tolist() == [0.6, 0.999]
    assert "60\u00a0%" in leaders._repr_html_()
    assert "&gt; 99\u00a0%" in leaders._repr_html_()
    assert leaders.table["next_two"].tolist() == ["b −10, c −20", "c −20, a −25"]
    assert leaders.sentence == (
        "b leads 1 of 2 topics; in 1 no leader is decided (the first has a chance below 95 % to be the best). "
        "The surest is b in “topic 1”, > 99 %."
    )


def test_a_topic_of_too_few_votes_is_no_board_and_has_no_leader() -> None:
    boards = replace(boards_of([[0, 0, 0], [-20, 15, 5]], first=[[0.6, 0.3, 0.1], [0.0, 0.999, 0.001]]), too_few=("", "few"))
    leaders = board_lists.topic_leaders(boards)
    assert leaders.table["topic"].tolist() == ["topic 0"]
    assert leaders.sentence.endswith("1 topic has too few votes for a board: “topic 1”.")
    assert boards.plot(of="rank").title == "a has the highest rating in all 1 topics; no lead is decided"
    none = board_lists.topic_leaders(replace(boards, too_few=("few", "few")))
    assert none.table.empty
    assert none.sentence == "2 topics have too few votes for a board: “topic 0” and “topic 1”."


def test_two_models_have_one_follower() -> None:
    assert board_lists.topic_leaders(boards_of([[0, 0]])).table["next_two"].tolist() == ["b −10"]
