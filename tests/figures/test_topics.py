"""Figures of topics and of boards by topic: what they say in words, and that everything can be read."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Text

from analysis.errors import UsageError
from analysis.figures.contrast import contrast
from analysis.figures.figure import Figure
from analysis.figures.style import (
    BLUE,
    DARK,
    DPI,
    NARROW,
    ON_DARK,
    ON_LIGHT,
    PAPER,
    PIXELS,
    QUIET,
    SHARPNESS,
    WIDE,
    drawing_for,
    house_style,
)
from analysis.figures.topics.map import fitting, separated
from analysis.figures.topics.names import PALETTE, REST, broad_topics, topic_name
from analysis.results.drawing import draw
from analysis.results.fonts import without_font_rules
from analysis.shares.differences import differences
from analysis.shares.habits import NOBODY
from analysis.shares.tallies import alone
from analysis.shares.wilson import with_shares
from analysis.topics.board_lists import topic_changes
from analysis.topics.boards import TopicBoards
from analysis.topics.lists import follow_ups, topic_repeats
from analysis.topics.topics import Topics

FIVE = {"code, python": 500, "story, poem": 300, "email, letter": 120, "maths, proof": 100, "recipe, soup": 80}
HOSTILE = [
    "$x_1$ <b>",
    "%s {0} \\frac",
    "模型, 代码, 数据, 函数",
    "مرحبا, عالم",
    "\u202eevil\n",
    "w" * 60,
    "<script>alert(1)</script>",
]
KINDS = ("share", "map", "tree", "multi_turn", "repeats", "language", "time")


def topics_of(votes: dict[str, int], several: Sequence[int] = (), stability: float = 0.9, periods: int = 6) -> Topics:
    """Topics with those votes, and a fifth of all votes without one: three or more to a broad topic, joined one after the other.

    One vote in ten is multi-turn, or as many as `several` says.
    """
    labels, counts = list(votes), np.array(list(votes.values()), dtype=int)
    size, asked = len(votes), int(counts.sum() * 1.25)
    multi = np.array([*several, *(counts // 10)[len(several) :]])
    frame = pd.DataFrame({"topic": np.arange(size), "label": labels, "votes": counts, "asked": asked})
    frame = with_shares(frame, "votes", "asked", 0.95, frame["asked"])
    multi_turn = with_shares(pd.DataFrame({"part": multi, "whole": counts}), "part", "whole")
    compared = pd.DataFrame({"votes": counts, "hits": multi})
    p_value = differences(compared, alone(counts.sum(), multi.sum()), NOBODY)["p_value"] if size > 1 else np.nan
    turns = pd.DataFrame({"topic": np.arange(size), "votes": multi, "whole": counts})
    frame = frame.assign(
        prompts=counts - 5,
        language="English",
        multi_turn=multi_turn["share"],
        multi_turn_lower=multi_turn["lower"],
        multi_turn_upper=multi_turn["upper"],
        multi_turn_p_value=p_value,
        language_share=0.8,
        stability=stability,
        examples=[[f"What of {label}?"] for label in labels],
        broad=np.arange(size) // max(3, -(-size // 12)),
    )
    by_turns = pd.concat([turns.assign(turns="1", votes=counts - multi), turns.assign(turns="2")])
    mix = {"English": 0.8, "Russian": 0.2}
    languages = [frame[["topic"]].assign(language=name, votes=(counts * part).astype(int)) for name, part in mix.items()]
    return Topics(
        frame=frame,
        subtopics=narrow(frame),
        assignments=pd.DataFrame(),
        hierarchy=chain(labels, counts, frame["broad"].to_numpy()),
        over_time=flat(counts, asked, periods),
        by_language=with_shares(pd.concat(languages).assign(whole=np.tile(counts, 2)), "votes", "whole"),
        by_turns=with_shares(by_turns, "votes", "whole"),
        quality=pd.DataFrame({"measure": ["asked", "outliers"], "value": [asked, 0.2], "meaning": ""}),
        settings={},
        map=circle(size),
    )


def narrow(frame: pd.DataFrame) -> pd.DataFrame:
    """Each topic is its only narrow one."""
    alike = ["topic", "label", "votes", "share", "lower", "upper", "stability", "examples"]
    return frame[alike].assign(subtopic=frame["topic"], words=frame["label"], design_effect=1.0)


def chain(labels: Sequence[str], votes: np.ndarray, broad: np.ndarray) -> pd.DataFrame:
    """Topic after topic joins the first one of its broad topic, and then one broad topic after the other the first."""
    rows: list[tuple[int, int, int, float, list[int]]] = []

    def join(parts: list[tuple[int, list[int]]]) -> tuple[int, list[int]]:
        number, under = parts[0]
        for other, more in parts[1:]:
            under = [*under, *more]
            rows.append((len(labels) + len(rows), number, other, 0.4 + 0.01 * len(rows), under))
            number = rows[-1][0]
        return number, under

    groups = [[(topic, [topic]) for topic in np.flatnonzero(broad == number).tolist()] for number in np.unique(broad)]
    if groups:
        join([join(group) for group in groups])
    tree = pd.DataFrame(rows, columns=["parent", "left", "right", "distance", "topics"])
    names = [" / ".join(labels[topic].split(", ")[0] for topic in under[:3]) for under in tree["topics"]]
    return tree.assign(label=names, votes=[int(votes[under].sum()) for under in tree["topics"]])


def flat(votes: np.ndarray, asked: int, periods: int) -> pd.DataFrame:
    """The same share in each month."""
    months = pd.date_range("2024-01-01", periods=periods, freq="MS", tz="UTC")
    grid = pd.MultiIndex.from_product([range(len(votes)), months], names=["topic", "period"]).to_frame(index=False)
    return with_shares(grid.assign(votes=votes[grid["topic"]], all_votes=asked), "votes", "all_votes").assign(design_effect=1.0)


def circle(size: int, points: int = 20) -> pd.DataFrame:
    """Groups of points around a circle, and as many without a topic in its middle."""
    rng = np.random.default_rng(5)
    topic = np.repeat(np.arange(-1, size), points)
    radius = np.where(topic < 0, 0, 1)
    angle = 2 * np.pi * topic / max(size, 1)
    noise = rng.normal(0, 0.02, (2, len(topic)))
    return pd.DataFrame(
        {"x": radius * np.cos(angle) + noise[0], "y": radius * np.sin(angle) + noise[1], "topic": topic, "prompt": "?"}
    )


def many(count: int) -> Topics:
    return topics_of({f"topic{number:03}, word": 3000 - 20 * number for number in range(count)})


def boards_of(change: np.ndarray, noise: float = 5.0, labels: Sequence[str] = ()) -> TopicBoards:
    """Boards with those changes, shape (topics, models)."""
    size, width = change.shape
    return TopicBoards(
        topics=tuple(range(size)),
        labels=(*labels, *(f"topic{number:03}, word" for number in range(len(labels), size))),
        models=tuple(f"model-{number:02}" for number in range(width)),
        overall=1200.0 - 10 * np.arange(width),
        change=change,
        error=np.full(change.shape, 8.0),
        noise=np.full(change.shape, noise),
        alone=3 * change,
        first=np.full(change.shape, 1 / width),
        rank_lower=np.ones(change.shape, dtype=np.int64),
        rank_upper=np.full(change.shape, width),
        votes=100.0 * np.ones(change.shape) + np.arange(size)[::-1, None],
        spread=12.0,
        spread_lower=8.0,
        spread_upper=16.0,
    )


def texts(figure: Figure) -> list[str]:
    """Every text that is drawn, once."""
    found = (text.get_text() for text in figure.canvas.findobj(Text) if text.get_visible() and text.get_text())
    return list(dict.fromkeys(found))


def test_the_largest_topic_and_the_votes_without_one_are_in_title_and_alt_text() -> None:
    figure = draw(topics_of(FIVE))
    assert figure.title == "“code, python” leads 5 topics with 36.4 % of the votes; 20.0 % have no clear topic"
    assert figure.alt == f"{figure.title}. The 5 topics with most votes hold 80.0 % together."
    assert figure.data is not None
    assert figure.data["topic"].tolist() == [*FIVE, "no clear topic"]
    assert figure.data["votes"].tolist() == [*FIVE.values(), 275]
    assert {*FIVE, "no clear topic", "500", "275", "0.90"} <= set(texts(figure))


def test_the_most_typical_prompt_stands_beside_each_topic_in_the_data_of_the_shares():
    data = draw(topics_of(FIVE)).data
    assert data.columns[:2].tolist() == ["topic", "prompt"]
    assert data["prompt"].tolist()[:2] == ["What of code, python?", "What of story, poem?"]
    assert data["prompt"].isna().tolist() == [False] * 5 + [True]


def test_two_topics_whose_intervals_overlap_lead_together() -> None:
    assert draw(topics_of({"a": 100, "b": 98, "c": 50})).title.startswith("“a” and “b” lead 3 topics")


def test_an_unstable_topic_has_a_hollow_dot() -> None:
    topics = topics_of(FIVE)
    mixed = replace(topics, frame=topics.frame.assign(stability=[0.9, 0.5, 0.75, np.nan, 0.74]))
    figure = draw(mixed)
    hollow = figure.canvas.axes[0].collections[2]
    assert hollow.get_offsets()[:, 1].tolist() == [-1, -3, -4]
    assert np.allclose(hollow.get_facecolor(), 1)
    assert "hollow: did not" in " ".join(" ".join(texts(figure)).split())


def test_where_stability_was_not_measured_no_dot_is_hollow_and_nothing_is_said_of_it() -> None:
    figure = draw(topics_of(FIVE, stability=float("nan")))
    assert len(figure.canvas.axes[0].collections[2].get_offsets()) == 0
    assert "stability" not in texts(figure)


def test_what_smaller_topics_hold_is_said() -> None:
    figure = draw(many(120), top=10)
    assert "the 10 largest of 120 topics, the others hold 69.3 %" in " ".join(" ".join(texts(figure)).split())
    assert sum(text.startswith("topic") for text in texts(figure)) == 10


def test_a_list_hardly_longer_than_the_top_is_shown_whole() -> None:
    assert sum(text.startswith("topic") for text in texts(draw(many(12), top=10))) == 12


def test_the_topic_people_ask_again_about_most_makes_the_title() -> None:
    figure = draw(topics_of(FIVE, several=[50, 90]), of="multi_turn")
    assert figure.title == "People ask again most about “story, poem”: 30.0 % of its votes, against 15.5 % over all topics"
    assert figure.alt == f"{figure.title}. 2 of 5 topics differ clearly from the others."
    assert figure.data is not None
    assert figure.data.iloc[0][["topic", "votes", "multi_turn", "differs"]].tolist() == ["story, poem", 300, 90, True]
    assert {"90 of 300", "all topics 15.5 %"} <= set(texts(figure))


def test_a_lead_that_chance_can_give_is_not_called_one() -> None:
    figure = draw(topics_of(FIVE, several=[50, 33]), of="multi_turn")
    assert figure.title == "The multi-turn share is highest in “story, poem”, 11.0 %, not clearly above the 10.3 % of all topics"


def test_topics_that_differ_and_those_at_both_ends_are_drawn_whatever_the_top() -> None:
    several = np.array([100] * 30)
    several[[20, 25]] = [260, 90]
    topics = topics_of({f"topic{number:03}, word": 1000 - number for number in range(30)}, several=several)
    figure, words = draw(topics, of="multi_turn", top=3), follow_ups(topics).sentence
    names = [text for text in texts(figure) if text.startswith("topic")]
    assert sorted(names) == [f"topic{number:03}, word" for number in (0, 1, 2, 20, 25)]
    assert all(f"“topic{number:03}, word”" in words for number in (20, 25))
    assert figure.title.startswith("People ask again most about “topic020, word”"), "title and sentence: of all topics"
    assert "the 3 of 30 topics with most votes and 2 more, which differ or have the highest or lowest share" in " ".join(
        " ".join(texts(figure)).split()
    )


def test_the_ends_of_repeats_are_those_that_the_sentence_names() -> None:
    topics = many(30)
    votes = topics.frame["votes"]
    topics = replace(topics, frame=topics.frame.assign(prompts=votes - 5, repeats=5 / votes))
    names = [text for text in texts(draw(topics, of="repeats", top=3)) if text.startswith("topic")]
    words = topic_repeats(topics).sentence
    assert [name for name in names if f"“{name}”" in words] == ["topic029, word", "topic000, word"]


def test_where_nothing_is_repeated_the_title_says_so() -> None:
    topics = topics_of(FIVE)
    frame = topics.frame.assign(prompts=topics.frame["votes"], repeats=0.0)
    figure = draw(replace(topics, frame=frame), of="repeats")
    assert figure.title == "No vote with a topic repeats an earlier prompt"
    assert draw(topics_of(FIVE, several=[0] * 5), of="multi_turn").title == "No vote with a topic has a second turn"


def test_a_topic_in_another_language_is_drawn_whatever_the_top() -> None:
    topics = many(30)
    rare = topics.by_language["topic"] == 20
    share = topics.by_language["share"].where(~rare, 1 - topics.by_language["share"])
    frame = topics.frame.assign(language=["Russian" if topic == 20 else "English" for topic in range(30)])
    figure = draw(replace(topics, frame=frame, by_language=topics.by_language.assign(share=share)), of="language", top=3)
    assert figure.title == "English is the main language of 29 of the 30 topics, Russian that of “topic020, word”"
    assert {"topic000, word", "topic002, word", "topic020, word"} <= set(texts(figure))
    assert "topic003, word" not in texts(figure)


def test_a_topic_that_clearly_grew_is_drawn_whatever_the_top() -> None:
    topics = many(30)
    late = (topics.over_time["topic"] == 20) & (topics.over_time["period"] >= "2024-05-01")
    grown = with_shares(topics.over_time.assign(votes=topics.over_time["votes"] + 900 * late), "votes", "all_votes")
    figure = draw(replace(topics, over_time=grown), of="time", top=3)
    assert figure.title.startswith("“topic020, word” grew most")
    assert sum(text.startswith("topic") for text in texts(figure)) == 4
    assert "the one that clearly changed and the 3 largest others of 30 topics" in " ".join(" ".join(texts(figure)).split())


def test_both_topics_of_the_title_are_drawn_whatever_the_top() -> None:
    votes = {"a": 100, "b": 99, **{f"c{number}": 40 for number in range(9)}}
    figure = draw(topics_of(votes), top=1)
    assert figure.title.startswith("“a” and “b” lead 11 topics")
    assert {"a", "b"} <= set(texts(figure))


def test_every_clear_change_is_drawn_whatever_the_top() -> None:
    change = np.zeros((30, 30))
    change[20, 15], change[25, 18] = 60.0, -50.0
    boards = boards_of(change)
    drawn = texts(draw(boards, top=2, topics=3))
    told = [name for name in (*boards.labels, *boards.models) if name in boards.sentence]
    assert told == ["topic020, word", "topic025, word", "model-15", "model-18"]
    assert set(told) <= set(drawn)
    assert set(told) <= set(texts(draw(boards_of(change, noise=1e9), top=2, topics=3))), "the largest gain and loss are named"
    one = topic_changes(boards, "model-15")
    assert "“topic020, word” +60" in one.sentence
    figure = draw(boards, of="change", model="model-15", top=2)
    assert [label.get_text() for label in figure.canvas.axes[0].get_yticklabels()] == [
        "topic020, word", "topic000, word", "topic028, word", "topic029, word",
    ]  # fmt: skip


def test_whoever_is_first_in_a_topic_is_among_the_ranks_drawn() -> None:
    change = np.zeros((30, 12))
    change[20, 9] = 200.0
    boards = boards_of(change)
    figure = draw(boards, of="rank", top=2, topics=3)
    assert "model-09" in texts(figure)
    assert figure.title == "model-00 has the highest rating in 29 of 30 topics; no lead is decided"


def test_repeated_prompts_have_no_interval() -> None:
    figure = draw(topics_of(FIVE), of="repeats")
    assert figure.title == "Prompts are repeated most in “recipe, soup”: 6.2 % of its votes, against 2.3 % over all topics"
    assert figure.alt == f"{figure.title}."
    assert figure.data is not None
    assert list(figure.data) == ["topic", "votes", "repeats", "share"]


def test_topics_without_turns_say_so() -> None:
    topics = topics_of(FIVE)
    figure = draw(replace(topics, by_turns=topics.by_turns.iloc[:0]), of="multi_turn")
    assert figure.title == "No topic has a multi-turn share"


def overlaps(labels: Sequence[Text]) -> list[tuple[str, str]]:
    boxes = [(label.get_text(), label.get_window_extent()) for label in labels]
    return [(one, other) for (one, first), (other, second) in combinations(boxes, 2) if first.overlaps(second)]


@pytest.mark.parametrize("size", [1, 5, 120])
def test_names_on_the_map_never_overlap(size: int) -> None:
    axes = draw(many(size), of="map", top=20).canvas.axes[0]
    assert overlaps(axes.texts) == []
    assert len(axes.texts) == min(size, 20)


def test_the_map_is_a_layer_of_pixels_with_a_legend_of_broad_topics() -> None:
    figure = draw(many(30), of="map")
    axes = figure.canvas.axes[0]
    assert all(points.get_rasterized() for points in axes.collections)
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert words[0] == "8.8 %  topic000 / topic001 / topic002"
    assert words[-1].endswith("3 others")
    assert figure.svg().count("<image") in (1, 2)
    assert figure.data is not None
    assert list(figure.data) == ["topic", "broad_topic", "votes", "share", "on_the_map"]
    assert len(figure.data) == 30


def test_on_a_narrow_screen_the_map_names_the_largest_topics_only() -> None:
    with drawing_for(NARROW):
        axes = draw(many(30), of="map").canvas.axes[0]
    assert overlaps(axes.texts) == []
    assert 4 <= len(axes.texts) <= 6


def test_names_of_topics_at_one_place_are_pushed_apart() -> None:
    topics = many(12)
    assert topics.map is not None
    together = replace(topics, map=topics.map.assign(x=0.0, y=0.0))
    axes = draw(together, of="map").canvas.axes[0]
    assert overlaps(axes.texts) == []
    assert len(axes.texts) == 12
    assert len(axes.lines) >= 2  # off its place, a name is joined to it


def test_the_map_names_the_largest_broad_topic() -> None:
    figure = draw(topics_of(FIVE), of="map")
    assert figure.title == "Of 2 broad topics, “code / story / email” is the largest: 3 topics, 66.9 % of the votes"
    assert figure.alt == f"{figure.title}. 120 prompts lie on the map, 20 of them without a topic."


def test_a_map_on_which_no_topic_lies_is_drawn_without_names() -> None:
    topics = topics_of(FIVE)
    assert topics.map is not None
    figure = draw(replace(topics, map=topics.map[topics.map["topic"] < 0]), of="map")
    assert figure.png().startswith(b"\x89PNG")
    assert not figure.canvas.axes[0].texts


@pytest.mark.parametrize("points", [None, 0])
def test_topics_without_a_map_say_so(points: int | None) -> None:
    topics = topics_of(FIVE)
    without = None if points is None or topics.map is None else topics.map.head(points)
    assert draw(replace(topics, map=without), of="map").title == "These topics have no map"


boxes = st.integers(1, 25).flatmap(
    lambda size: st.tuples(
        st.lists(st.tuples(st.floats(0, 800), st.floats(0, 500)), min_size=size, max_size=size),
        st.lists(st.tuples(st.floats(10, 150), st.floats(8, 14)), min_size=size, max_size=size),
    )
)


@given(boxes)
def test_boxes_that_are_drawn_lie_inside_and_do_not_overlap(given: tuple[list[tuple[float, float]], ...]) -> None:
    wanted, sizes = (np.array(part) for part in given)
    places = separated(wanted, sizes, np.array([[0.0, 0.0], [800.0, 500.0]]))
    chosen = fitting(places, sizes)
    assert chosen[0]
    assert np.all(places >= sizes / 2 - 1e-9)
    for one, other in combinations(np.flatnonzero(chosen), 2):
        free = np.abs(places[one] - places[other]) - (sizes[one] + sizes[other]) / 2
        assert free.max() >= -0.51


def test_the_tree_has_the_broad_topics_with_their_shares() -> None:
    figure = draw(topics_of(FIVE), of="tree")
    assert figure.title == "5 topics form 2 broad ones; the largest, “code / story / email”, holds 66.9 % of the votes"
    assert {"code / story / email", "maths / recipe", "66.9 %", "13.1 %", "3 topics"} <= set(texts(figure))
    assert figure.data is not None
    assert figure.data["votes"].tolist() == [920, 180]


def test_broad_topics_join_at_the_distances_of_the_table() -> None:
    topics = many(30)
    paths = [path for lines in draw(topics, of="tree").canvas.axes[1].collections for path in lines.get_paths()]
    upright = {round(float(path.vertices[0, 0]), 6) for path in paths if path.vertices[0, 0] == path.vertices[1, 0]}
    assert upright == set(topics.hierarchy["distance"].tail(9).round(6))


def test_on_a_narrow_screen_broad_topics_stand_by_their_shares_without_the_tree() -> None:
    with drawing_for(NARROW):
        axes = draw(many(30), of="tree").canvas.axes
    assert len(axes) == 1
    names = [text.get_text() for text in axes[0].texts if text.get_text().startswith("topic0")]
    assert names[0] == "topic000 / topic001 / topic002"
    assert len(names) == 10


def test_a_broad_topic_that_is_no_branch_has_no_tree() -> None:
    topics = topics_of(FIVE)
    mixed = replace(topics, frame=topics.frame.assign(broad=[0, 1, 0, 1, 1]))
    assert len(draw(mixed, of="tree").canvas.axes) == 1


def test_one_topic_has_no_tree() -> None:
    assert draw(topics_of({"code": 10}), of="tree").title == "One topic only"


def test_languages_are_told_for_each_topic() -> None:
    figure = draw(topics_of(FIVE), of="language")
    assert figure.title == "English is the main language of all the 5 topics; its share is lowest in “code, python”, 80.0 %"
    assert figure.data is not None
    assert figure.data.iloc[:2].to_dict("list") == {
        "topic": ["code, python"] * 2,
        "language": ["English", "Russian"],
        "votes": [400, 100],
        "share": [0.8, 0.2],
    }
    assert {"English", "Russian", "80", "20"} <= set(texts(figure))


def test_a_topic_in_another_language_makes_the_title() -> None:
    topics = topics_of(FIVE)
    frame = topics.frame.assign(language=["English", "English", "Russian", "English", "English"])
    title = draw(replace(topics, frame=frame), of="language").title
    assert title == "English is the main language of 4 of the 5 topics, Russian that of “email, letter”"


def test_more_than_six_languages_end_in_the_others() -> None:
    topics = topics_of(FIVE)
    names = [f"L{number}" for number in range(9)]
    counts = pd.DataFrame({"topic": np.repeat(range(5), 9), "language": names * 5, "votes": list(range(90, 0, -10)) * 5})
    counts = counts.assign(share=counts["votes"] / 450)
    shown = texts(draw(replace(topics, by_language=counts), of="language"))
    assert "3 others" in shown
    assert "L6" not in shown


def test_numbers_too_wide_for_their_part_of_a_bar_are_left_out() -> None:
    topics = topics_of(FIVE)
    counts = topics.by_language.assign(votes=np.where(topics.by_language["language"] == "English", 995, 5))
    axes = draw(replace(topics, by_language=counts), of="language").canvas.axes[0]
    assert [text.get_text() for text in axes.texts if text.get_text() in ("0", "1")] == []


def test_topics_without_languages_say_so() -> None:
    topics = topics_of(FIVE)
    assert draw(replace(topics, by_language=topics.by_language.iloc[:0]), of="language").title == "No topic has a language"


def test_the_topic_that_changed_most_makes_the_title() -> None:
    topics = topics_of(FIVE)
    table = topics.over_time
    late = (table["topic"] == 1) & (table["period"] >= "2024-05-01")
    grown = with_shares(table.assign(votes=table["votes"] + 150 * late), "votes", "all_votes")
    figure = draw(replace(topics, over_time=grown), of="time")
    assert figure.title == "“story, poem” grew most, from 21.8 % to 32.7 % of the votes"
    assert figure.alt == f"{figure.title}. 6 periods, 2024-01-01 to 2024-06-01."
    assert {"2024-01", "21.8 % → 32.7 %"} <= set(texts(figure))
    assert figure.data is not None
    assert figure.data[["topic", "clear"]].to_numpy().tolist() == [[topic, topic == "story, poem"] for topic in FIVE]


def test_panels_are_few_and_say_which() -> None:
    topics = many(40)
    late = (topics.over_time["topic"] < 12) & (topics.over_time["period"] >= "2024-05-01")
    grown = with_shares(topics.over_time.assign(votes=topics.over_time["votes"] + 900 * late), "votes", "all_votes")
    figure = draw(replace(topics, over_time=grown), of="time")
    assert len(figure.canvas.axes) == 8
    assert "the 8 that changed most of 12 that clearly did of 40 topics" in " ".join(" ".join(texts(figure)).split())


@pytest.mark.parametrize(("periods", "words"), [(1, "All dated votes are of one period"), (3, "No clear change")])
def test_of_few_periods_shares_or_changes_are_rows(periods: int, words: str) -> None:
    figure = draw(topics_of(FIVE, periods=periods), of="time")
    assert figure.title.startswith(words)
    assert len(figure.canvas.axes) == 1
    assert [label.get_text() for label in figure.canvas.axes[0].get_yticklabels()] == list(FIVE)[:4]


def test_a_change_that_few_judges_may_have_made_is_not_clear() -> None:
    """The same shares, each vote worth a thirtieth: in the rows themselves, or where rows are taken together, over all votes."""
    topics = topics_of(FIVE)
    late = (topics.over_time["topic"] == 1) & (topics.over_time["period"] >= "2024-05-01")
    grown = with_shares(topics.over_time.assign(votes=topics.over_time["votes"] + 150 * late), "votes", "all_votes")
    for rows, whole in ((30.0, 1.0), (1.0, 30.0)):
        crowded = replace(topics, over_time=grown.assign(design_effect=rows), frame=topics.frame.assign(design_effect=whole))
        assert draw(crowded, of="time").title.startswith("No clear change")


def test_topics_that_stay_the_same_are_said_to() -> None:
    assert draw(topics_of(FIVE), of="time").title == "No clear change: none of 5 topics grew or shrank more than chance allows"


def test_periods_with_few_votes_are_joined() -> None:
    topics = topics_of({"a": 30, "b": 20}, periods=9)  # 62 votes a month
    figure = draw(topics, of="time")
    assert figure.alt.startswith(f"{figure.title}. 4 periods, 2024-01-01 to 2024-07-01")
    assert "fewer than 100 votes joined" in " ".join(" ".join(texts(figure)).split())


def test_the_name_over_a_panel_is_cut_before_the_shares_beside_it() -> None:
    for axes in draw(topics_of({"w" * 60: 100, "m, n": 90}), of="time").canvas.axes:
        assert overlaps(axes.texts) == []


def test_one_period_is_drawn_without_a_change() -> None:
    assert draw(topics_of(FIVE, periods=1), of="time").title == (
        "All dated votes are of one period; “code, python” holds 36.4 % of them"
    )


def test_topics_without_dates_say_so() -> None:
    assert draw(topics_of(FIVE, periods=0), of="time").alt.endswith("These votes have no dates.")


def some_clear(topics: int = 5, models: int = 6, clear: int = 3) -> TopicBoards:
    """Boards on which the first `clear` models gain clearly in every topic."""
    change = np.zeros((topics, models))
    change[:, :clear] = 30.0 + np.arange(topics)[:, None]
    return boards_of(change)


def test_a_few_clear_changes_are_a_list_with_the_largest_gain_and_loss() -> None:
    change = np.zeros((4, 3))
    change[2, 1], change[0, 2] = 31.0, -3.0
    figure = draw(boards_of(change))
    assert figure.title == "1 of 12 changes is clear; model-01 gains most, +31 points in “topic002, word”"
    axes = figure.canvas.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["model-01", "model-02"]
    assert {"topic002, word", "+31", "topic000, word", "−3"} <= set(texts(figure))
    assert colours(axes) == [BLUE, QUIET]
    assert figure.alt.endswith(
        "The largest gain is model-01, +31 in “topic002, word”, the largest loss model-02, −3 in “topic000, word”."
    )
    assert figure.data is not None
    assert figure.data[["model", "topic", "change"]].to_numpy().tolist() == [["model-01", "topic002, word", 31]]


def colours(axes: Axes) -> list[str]:
    """Those of the dots."""
    return [to_hex(face) for face in axes.collections[1].get_facecolor()]


def test_many_clear_changes_are_a_grid_that_colours_them_alone() -> None:
    figure = draw(some_clear())
    axes = figure.canvas.axes[0]
    assert [text.get_text() for text in axes.texts if text.get_fontweight() == "bold"] == [
        f"+{30 + topic}" for topic in range(5) for _ in range(3)
    ]
    assert len(axes.texts) == 30
    assert len(axes.patches) == 15


def test_on_a_narrow_screen_many_clear_changes_are_a_list_of_the_largest() -> None:
    with drawing_for(NARROW):
        figure = draw(some_clear())
    words = [text.get_text() for text in figure.canvas.axes[0].texts]
    assert sum(text.startswith("+") for text in words) == 12
    assert "the 12 largest of 15 clear changes" in " ".join(" ".join(texts(figure)).split())
    assert figure.data is not None
    assert len(figure.data) == 15


def test_a_grid_without_clear_changes_says_how_much_strengths_vary() -> None:
    assert (
        draw(boards_of(np.ones((2, 2)))).title == "None of 4 changes is clear; between topics strengths vary by about 12 points"
    )


def test_a_cell_without_votes_is_blank() -> None:
    boards = some_clear()
    votes = boards.votes.copy()
    votes[4, 5] = 0
    assert len(draw(replace(boards, votes=votes)).canvas.axes[0].texts) == 29


def test_the_grid_shows_the_largest_topics_the_best_models_and_the_highlighted_ones() -> None:
    change = np.zeros((30, 40))
    change[:4, :4] = 30
    shown = texts(draw(boards_of(change), top=5, topics=6, highlight=["model-33", "not-there"]))
    assert [text for text in shown if text.startswith("topic")] == [f"topic{number:03}, word" for number in range(6)]
    assert [text for text in shown if text.startswith("model")] == [*(f"model-{number:02}" for number in range(5)), "model-33"]


def test_the_highlighted_model_is_bold_as_it_is_drawn() -> None:
    figure = draw(some_clear(), highlight=["model-04"])
    ticks = figure.canvas.axes[0].xaxis.get_major_ticks()
    drawn = [tick.label2 for tick in ticks if tick.label2.get_visible()]
    assert [text.get_text() for text in drawn if text.get_fontweight() == "bold"] == ["model-04"]


def test_where_nothing_is_clear_the_highlighted_models_are_in_the_list() -> None:
    change = np.random.default_rng(1).normal(0, 3, (9, 9))
    figure = draw(boards_of(change, noise=1e3), highlight=["model-04"])
    labels = figure.canvas.axes[0].get_yticklabels()
    assert len(labels) == 8
    assert [label.get_text() for label in labels if label.get_fontweight() == "bold"] == ["model-04"] * 2
    assert set(colours(figure.canvas.axes[0])) == {QUIET}


def test_a_model_has_its_gains_above_its_losses() -> None:
    change = np.array([[-40.0, 1.0], [30.0, 0.0], [2.0, 0.0]])
    figure = draw(boards_of(change), of="change", model="model-00")
    assert figure.title == "model-00 is clearly stronger in 1 and clearly weaker in 1 of 3 topics"
    labels = [label.get_text() for label in figure.canvas.axes[0].get_yticklabels()]
    assert labels == ["topic001, word", "topic002, word", "topic000, word"]
    assert figure.alt == f"{figure.title}. Estimates run from −40 points in topic000, word to +30 in topic001, word."
    assert figure.data is not None
    assert figure.data["lower"].tolist() == [14.3, -13.7, -55.7]
    assert {"+30", "−40", "< 0.001"} <= set(texts(figure))


def test_of_many_topics_both_ends_are_shown_as_far_as_they_are_clear() -> None:
    change = np.linspace(50, -50, 120)[:, None] * np.array([1.0, -1.0])
    figure = draw(boards_of(change), of="change", model="model-00", top=5)
    assert figure.title == "model-00 is clearly stronger in 48 and clearly weaker in 48 of 120 topics"
    labels = [label.get_text() for label in figure.canvas.axes[0].get_yticklabels()]
    assert labels == [f"topic{number:03}, word" for number in (*range(48), *range(72, 120))]
    assert "24 topics between are left out" in " ".join(" ".join(texts(figure)).split())


def test_only_who_leads_in_every_topic_of_its_highest_ratings_is_said_to_lead() -> None:
    boards = boards_of(np.zeros((3, 12)))
    chances = np.tile(np.eye(12)[0], (3, 1))
    assert draw(replace(boards, first=chances), of="rank").title == "model-00 leads in all 3 topics"
    chances[1, 0] = 0.9
    assert draw(replace(boards, first=chances), of="rank").title == (
        "model-00 has the highest rating in all 3 topics; the lead is decided in 2"
    )


def test_ranks_are_dots_by_topic_for_the_best_models_and_the_highlighted_ones() -> None:
    change = np.zeros((3, 12))
    change[0, 1] = 25.0  # overall they are ten points apart
    boards = replace(boards_of(change), by="broad")
    figure = draw(boards, of="rank", top=2, highlight=["model-11", "not-there"])
    assert figure.title == "model-00 has the highest rating in 2 of 3 broad topics; no lead is decided"
    axes = figure.canvas.axes[0]
    dots = [[place[0] for place in drawn.get_offsets().tolist()] for drawn in axes.collections[1:]]
    assert dots == [[2, 1, 12], [1, 2, 12], [1, 2, 12], [1, 2, 12]], "by topic, and overall"
    assert [to_hex(face) for face in axes.collections[1].get_facecolor()] == [QUIET, BLUE, QUIET]
    labels = axes.get_yticklabels()
    assert [label.get_text() for label in labels] == ["model-00", "model-01", "model-11"]
    assert [label.get_fontweight() for label in labels] == ["normal", "normal", "bold"]
    assert figure.alt == f"{figure.title}. model-00, the best overall, has ranks from 1 to 2."
    assert figure.data is not None
    assert list(figure.data) == ["model", "broad_topic", "votes", "overall_rank", "rank", "rank_lower", "rank_upper"]


def test_a_model_that_is_not_rated_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="not rated by topic"):
        draw(boards_of(np.zeros((2, 2))), of="change", model="nobody")


def test_an_unknown_figure_of_topics_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="there are share, map, tree, multi_turn, repeats, language, time"):
        draw(topics_of(FIVE), of="pie")


def test_in_pixels_a_label_the_fonts_lack_is_introduced_by_number_and_language_which_is_said_once() -> None:
    with drawing_for(PIXELS):
        assert topic_name(7, "风格, 回答", "Chinese") == "风格, 回答"
        assert topic_name(7, "བོད, སྐད", "Tibetan") == "topic 7, Tibetan"
        assert topic_name(7, "བོད, python, སྐད (Tibetan)", "Tibetan") == "topic 7, Tibetan: python"
        assert topic_name(7, "U+0041 and more") == "U+0041 and more"


@pytest.mark.parametrize("of", ["share", "map", "tree", "language"])
def test_a_drawing_carries_the_letters_of_its_labels_and_the_page_has_them_once(of: str) -> None:
    figure = draw(topics_of({"机器学习, 数据": 300, "บทความ, โค้ด": 200, "code, python": 100}), of=of)
    for drawing in (figure.svg(), figure.narrow_svg()):
        assert {"机", "ค"} <= set(drawing)
        assert drawing.count("@font-face") == 2
        assert "unicode-range:U+" in drawing.partition("</style>")[0]
        assert "@font-face" not in without_font_rules(drawing)
    assert "@font-face" not in draw(topics_of(FIVE), of=of).svg()


def test_a_browser_draws_a_label_in_any_script_cut_to_its_width() -> None:
    assert topic_name(7, "风格, 回答", "Chinese") == "风格, 回答"
    assert topic_name(7, "\u202e") == "⟨U+202E⟩"
    assert topic_name(7, " ") == "topic 7"
    assert len(topic_name(7, "模型代码数据函数" * 9, longest=20)) <= 13


def test_broad_topics_beyond_the_palette_are_grey() -> None:
    colours = broad_topics(many(36).frame)["colour"]
    assert colours.nunique() == 8
    assert set(colours.iloc[7:]) == {REST}


def test_a_broad_topic_has_the_colour_of_its_number_whatever_its_rank() -> None:
    frame = many(12).frame
    colours = broad_topics(frame)["colour"]
    turned = frame.assign(votes=frame["votes"].to_numpy()[::-1])
    other = broad_topics(turned)["colour"]
    assert list(colours.index) != list(other.index)
    assert colours.to_dict() == other.to_dict()
    held = broad_topics(frame.assign(broad=frame["broad"].replace({0: 9})))["colour"]
    assert held[9] == REST
    assert held[1] == colours[1]


@pytest.mark.parametrize("colour", [*PALETTE, REST])
def test_colours_that_are_the_same_in_light_and_dark_can_be_seen_and_written_on_in_both(colour: str) -> None:
    assert min(contrast(colour, paper) for paper in (PAPER, DARK[PAPER])) >= 3
    assert max(contrast(colour, words) for words in (ON_LIGHT, ON_DARK)) >= 4.5


@pytest.mark.parametrize("of", KINDS)
@pytest.mark.parametrize("topics", [lambda: topics_of({"only": 50}), lambda: many(2), lambda: many(120)], ids=["1", "2", "120"])
def test_any_number_of_topics_is_drawn(of: str, topics: Callable[[], Topics]) -> None:
    figure = draw(topics(), of=of)
    assert figure.png().startswith(b"\x89PNG")
    assert figure.alt.startswith(figure.title)
    assert "nan" not in figure.alt


@pytest.mark.parametrize("of", KINDS)
def test_no_topics_are_told_and_not_drawn(of: str) -> None:
    empty = topics_of({})
    empty = replace(empty, frame=empty.frame.astype({"label": "object"}), map=None)
    assert draw(empty, of=of).png().startswith(b"\x89PNG")


@pytest.mark.parametrize("of", KINDS)
def test_hostile_labels_are_drawn_as_text(of: str) -> None:
    topics = topics_of({label: 100 + 10 * number for number, label in enumerate(HOSTILE)})
    figure = draw(topics, of=of)
    assert figure.png().startswith(b"\x89PNG")
    assert "\u202e" not in figure.alt + figure.title
    assert "\n" not in figure.alt + figure.title


@pytest.mark.parametrize("of", ["grid", "change"])
def test_hostile_labels_of_boards_are_drawn_as_text(of: str) -> None:
    boards = replace(boards_of(np.eye(7) * 60, labels=HOSTILE), models=tuple(HOSTILE))
    options = {"model": HOSTILE[0]} if of == "change" else {"highlight": HOSTILE[:2]}
    figure = draw(boards, of=of, **options)
    assert figure.png().startswith(b"\x89PNG")
    assert "\u202e" not in figure.alt + figure.title
    assert "\n" not in figure.alt + figure.title


LONG = {**FIVE, "a label of 1000 000 000 words, and yet more of them, indeed": 70}
MAKERS = [lambda of=of: draw(topics_of(LONG), of=of) for of in KINDS]
MAKERS += [lambda: draw(many(120), of="tree"), lambda: draw(boards_of(np.eye(7), labels=list(LONG)))]
MAKERS += [lambda: draw(boards_of(np.eye(7), labels=list(LONG)), of="change", model="model-00")]
MAKERS += [lambda: draw(boards_of(np.eye(7), labels=list(LONG)), of="rank"), lambda: draw(some_clear(7, 30))]


MEDIA = {"wide": WIDE, "narrow": NARROW, "pixels": PIXELS}


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("make", MAKERS, ids=[*KINDS, "large tree", "grid", "change", "rank", "clear"])
def test_no_text_reaches_past_the_edge_at_either_resolution(make: Callable[[], Figure], medium: str) -> None:
    with drawing_for(MEDIA[medium]):
        figure = make()
    width, height = figure.canvas.get_size_inches()
    for dpi in (DPI, DPI * SHARPNESS):
        figure.canvas.set_dpi(dpi)
        with house_style():
            drawn = figure.canvas.get_tightbbox()
        assert min(drawn.x0, drawn.y0) >= 0
        assert drawn.x1 <= width
        assert drawn.y1 <= height


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("make", MAKERS, ids=[*KINDS, "large tree", "grid", "change", "rank", "clear"])
def test_every_text_can_be_read(make: Callable[[], Figure], medium: str) -> None:
    """At least 8 points, which are 11 pixels of a page, on every screen."""
    with drawing_for(MEDIA[medium]):
        figure = make()
    sizes = [text.get_fontsize() for text in figure.canvas.findobj(Text) if text.get_visible() and text.get_text()]
    assert min(sizes) >= 8
