"""Figures: what they say in words, what they draw, and how they show in a notebook."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from analysis.categories.categories import CATEGORIES
from analysis.errors import UsageError
from analysis.figures.figure import Figure
from analysis.figures.ratings.board import figure_board
from analysis.figures.ratings.shift import figure_shift
from analysis.figures.ratings.slope import figure_slope
from analysis.figures.shares.turns import figure_turn_distribution, figure_turn_months, figure_turn_share
from analysis.figures.style import BLUE, ORANGE, QUIET
from analysis.ratings.board import Board
from analysis.ratings.settings import Settings
from analysis.ratings.shift import Shift, compare
from analysis.results.drawing import draw
from analysis.results.prose import unbroken
from analysis.shares.contents import Counts
from analysis.shares.turns import TurnShare
from analysis.surroundings import TABLES

OPUS = "claude-3-opus-20240229"


def board_of(ratings: dict[str, float], category: str = "overall", error: float = 2.0) -> Board:
    """A board with the given ratings, best first, and equal standard errors."""
    models = tuple(sorted(ratings, key=lambda model: -ratings[model]))
    size = len(models)
    return Board(
        category=CATEGORIES[category],
        models=models,
        ratings=np.array([ratings[model] for model in models]),
        covariance=np.eye(size) * error**2,
        votes=np.full(size, 100.0),
        left_out=pd.DataFrame(columns=["model", "votes", "reason"]),
        settings=Settings(),
    )


@pytest.fixture
def long_board() -> Board:
    return board_of({f"model-{number:03}": 1300.0 - 4 * number for number in range(130)})


@pytest.fixture
def opus_rises() -> Shift:
    """Twelve models 20 points apart; the one on rank 8 comes out on rank 3."""
    ratings = {f"model-{number:02}": 1300.0 - 20 * number for number in range(12)}
    ratings[OPUS] = ratings.pop("model-07")
    return compare(board_of(ratings), board_of({**ratings, OPUS: 1261.0}, "multi_turn"))


@pytest.fixture
def share() -> TurnShare:
    counts = pd.DataFrame({"group": ["anonymous votes", "all votes"], "votes": [1135, 1200], "multi_turn": [105, 120]})
    turns = pd.DataFrame({"turns": [1, 2, 3], "votes": [1030, 70, 35]})
    return TurnShare(counts, turns, by="", announced=0.14)


def by_month(share: TurnShare, months: list[str]) -> TurnShare:
    counts = pd.DataFrame({"group": months, "votes": 400, "multi_turn": [40 + 5 * place for place in range(len(months))]})
    return TurnShare(counts, share.turn_counts, by="month", announced=0.14)


def as_months(share: TurnShare) -> TurnShare:
    """The same counts as months."""
    months = [f"{2023 + number // 12}-{number % 12 + 1:02}" for number in range(len(share.counts))]
    return TurnShare(share.counts.assign(group=months), share.turn_counts, "month", share.announced)


def dots(figure: Figure) -> list[str]:
    """The colour of every dot, in the order of the table."""
    drawn = next(each for each in figure.canvas.axes[0].collections if isinstance(each, PathCollection))
    return [to_hex(each) for each in drawn.get_facecolor()]


def texts(figure: Figure) -> list[str]:
    """Every text in the figure, once."""
    return list(dict.fromkeys(text.get_text() for text in figure.canvas.findobj(Text) if text.get_text()))


def test_the_title_of_the_turn_share_says_how_it_compares(share: TurnShare) -> None:
    figure = figure_turn_share(share)
    assert figure.title == "9.25 % of the votes are multi-turn, below the announced 14 %"
    assert figure.alt == f"{figure.title}. It is 9.3 % (7.7 % to 11.1 %)."
    assert {"105 of 1,135", "announced 14 %"} <= set(texts(figure))


def test_the_groups_with_most_votes_are_drawn_and_all_that_title_and_sentence_name(share: TurnShare) -> None:
    """Of sixty alike, m3 differs, and m59 and m0 have the lowest and the highest share of the others."""
    counts = pd.DataFrame({"group": [f"m{number}" for number in range(60)], "votes": range(100, 160), "multi_turn": 10})
    counts.loc[3, "multi_turn"] = 60
    result = TurnShare(counts, share.turn_counts, "model", 0.14)
    figure = figure_turn_share(result, top=5)
    shown = [text for text in texts(figure) if text.startswith("m") and text[1:].isdigit()]
    assert sorted(shown) == ["m3", "m55", "m56", "m57", "m58", "m59"]
    assert figure.title == "1 of 60 models clearly differs from the other votes in multi-turn share: m3"
    assert "1 differs from the other votes by more than chance allows (false-discovery rate 5 %): m3." in result.sentence
    assert "and 1 more, which differ or have the lowest or highest share" in " ".join(" ".join(texts(figure)).split())
    calm = TurnShare(counts.assign(multi_turn=10), share.turn_counts, "model", 0.14)
    assert "m0" in texts(figure_turn_share(calm, top=5)), "the sentence says that the shares run from m59 to m0"


def test_a_group_that_differs_is_named_and_coloured_against_the_share_of_all_votes(share: TurnShare) -> None:
    counts = pd.DataFrame({"group": ["a", "b", "c"], "votes": [400, 400, 335], "multi_turn": [70, 20, 15]})
    result = TurnShare(counts, share.turn_counts, "model", 0.14)
    figure = figure_turn_share(result)
    assert result.compared["differs"].tolist() == [True, True, True]
    assert figure.title == "3 of 3 models clearly differ from the other votes in multi-turn share: a, c and b"
    assert figure.alt == f"{figure.title}. Over all votes it is 9.3 % (7.7 % to 11.1 %)."
    assert figure.data is not None
    assert figure.data["share"].round(3).tolist() == [0.175, 0.05, 0.045]
    assert "all votes 9.3 %" in texts(figure)
    assert not any("announced" in text for text in texts(figure)), "one line: what groups are held against"
    assert "blue: above, orange: below" in " ".join(" ".join(texts(figure)).split())
    alike = TurnShare(counts.assign(multi_turn=[37, 37, 31]), share.turn_counts, "model", 0.14)
    assert figure_turn_share(alike).title == "None of 3 models clearly differs from the other votes in multi-turn share"
    assert dots(figure) == [BLUE, ORANGE, ORANGE]
    assert dots(figure_turn_share(alike)) == [QUIET] * 3


def test_no_group_is_coloured_for_its_own_interval_alone(share: TurnShare) -> None:
    """Twenty groups alike but for one, whose own interval leaves out the share of all votes: among twenty that is chance."""
    counts = pd.DataFrame({"group": [f"m{number:02}" for number in range(20)], "votes": 200, "multi_turn": 20})
    counts.loc[0, "multi_turn"] = 31
    turns = pd.DataFrame({"turns": [1, 2], "votes": [4_000 - 411, 411]})
    result = TurnShare(counts, turns, "model", 0.14)
    assert result.table["lower"].iloc[0] > result.headline["share"]
    assert not result.compared["differs"].any()
    for figure in (figure_turn_share(result), figure_turn_months(as_months(result))):
        assert set(dots(figure)) == {QUIET}
        assert "clearly differs" in figure.title
        assert figure.title.startswith("None of 20")


def test_the_distribution_is_in_the_data_and_its_sum_in_the_alt_text(share: TurnShare) -> None:
    figure = figure_turn_distribution(share)
    assert figure.alt == "90.7 % of the votes were cast after one turn. Two or more turns: 9.3 %."
    assert figure.data is not None
    assert figure.data["share"].round(4).tolist() == [0.9075, 0.0617, 0.0308]


@pytest.mark.parametrize(
    "months", [["2024-06"], ["2024-06", "2024-07", "not given"], [f"2023-{month:02}" for month in range(1, 13)]]
)
def test_a_share_by_month_is_drawn_over_time(share: TurnShare, months: list[str]) -> None:
    assert "not given" not in texts(draw(by_month(share, months)))


def test_a_few_months_are_rows_and_many_a_line(share: TurnShare) -> None:
    few, many = (draw(by_month(share, [f"2023-{month:02}" for month in range(1, count)])) for count in (4, 5))
    assert [label.get_text() for label in few.canvas.axes[0].get_yticklabels()] == ["2023-01", "2023-02", "2023-03"]
    assert many.canvas.axes[0].get_xticklabels()[0].get_text() == "2023-01\n400"


def test_a_board_names_its_top_and_what_the_caller_asks_for(long_board: Board) -> None:
    shown = texts(figure_board(long_board, top=10, highlight=["model-100", "not-on-the-board"]))
    assert [text for text in shown if text in long_board.models] == [f"model-{number:03}" for number in [*range(10), 100]]


def test_a_short_board_is_named_whole_in_one_panel() -> None:
    figure = figure_board(board_of({"a": 1100.0, "b": 1000.0}))
    assert len(figure.canvas.axes) == 1
    assert figure.title == "a leads, clear of every other model"


def test_only_a_decided_lead_is_called_one() -> None:
    near = board_of({"a": 1001.0, "b": 1000.0})
    assert figure_board(near).title == (
        "a has the highest rating (1001 ± 4); 1 other model shares rank 1 and no leader is decided (chance 64 %)"
    )
    ahead = board_of({"a": 1006.0, "b": 1000.0, "c": 900.0})
    assert figure_board(ahead).title == "a leads; 1 other model shares rank 1"
    assert ahead.lead == "a leads with 1006 ± 4 points from 100 votes; b shares rank 1 with it."
    crowd = board_of({"a": 1008.0, **{f"m{number}": 1000.0 for number in range(60)}})
    assert figure_board(crowd).title == "a has the highest rating (1008 ± 4); no leader is decided (chance 94 %)"
    assert "no other model shares rank 1 with it, but no leader is decided: its chance to be the best is 94 %." in crowd.lead


def test_a_board_draws_those_that_share_rank_1_as_far_as_the_sentence_names_them(long_board: Board) -> None:
    level = replace(long_board, ratings=1300.0 - 0.1 * np.arange(130))
    drawn = texts(figure_board(level, top=1))
    told = [model for model in level.models if model in level.lead]
    assert told == [f"model-{number:03}" for number in range(5)]
    assert set(told) <= set(drawn)


def test_the_slope_chart_says_8_to_3_in_title_label_and_alt_text(opus_rises: Shift) -> None:
    figure = figure_slope(opus_rises, highlight=[OPUS])
    assert figure.title.startswith(f"{OPUS}: rank 8 → 3")
    assert f"8 → 3  {OPUS}" in texts(figure)
    assert figure.alt.endswith(f"Rank, Overall to Multi-turn: {OPUS} 8 → 3, model-00 1 → 1.")
    assert "4 other models pale" in " ".join(texts(figure))
    assert sum("model-" in text for text in texts(figure)) == 7, "those that clearly moved too; the others have no names"


def test_a_picked_model_has_a_band_from_its_rank_to_where_chance_would_put_it(opus_rises: Shift) -> None:
    row = opus_rises.table.set_index("model").loc[OPUS]
    best, worst = row["rank_from"] - row["null_upper"], row["rank_from"] - row["null_lower"]
    assert best == worst == 8, "these boards have next to no noise"
    assert "by chance 8" in texts(figure_slope(opus_rises, highlight=[OPUS]))
    points = (row["shift_upper"] - row["shift_lower"]) / 2
    assert f"by chance ±{points:.0f}" in texts(figure_slope(opus_rises, "rating", highlight=[OPUS]))


def test_a_rank_outside_its_own_band_is_no_more_than_chance_where_its_rating_is_not(opus_rises: Shift) -> None:
    """Of sixty models three lie outside their bands by chance: the title is of the one that moved furthest."""
    ratings = {f"model-{number:02}": 1300.0 - 5 * number for number in range(60)}
    start = board_of(ratings, error=5.0)
    moved = compare(start, board_of({**ratings, "model-40": 1116.0}, "multi_turn", error=5.0))
    row = moved.table.set_index("model").loc["model-40"]
    moved.__dict__["table"] = moved.table.assign(beyond_chance=moved.table["model"] == "model-40")
    assert row["q_value"] > 0.05
    assert figure_slope(moved, top=60, highlight=["model-40"]).title.endswith("; its rating moved no more than chance allows")
    assert "1 rank change lies outside its chance band, where chance puts 3.0." in moved.sentence
    assert figure_slope(opus_rises, highlight=[OPUS]).title == f"{OPUS}: rank 8 → 3, more than chance alone gives"


def test_the_slope_chart_picks_the_largest_move_itself(opus_rises: Shift) -> None:
    assert figure_slope(opus_rises, highlight=["not-on-the-board"]).title == figure_slope(opus_rises).title
    assert OPUS in figure_slope(opus_rises).title


def test_ratings_have_a_slope_chart_of_their_own(opus_rises: Shift) -> None:
    figure = draw(opus_rises, of="rating")
    assert figure.title.startswith(f"{OPUS}: +93 points, more than chance allows")


def test_a_rating_shift_is_coloured_only_where_chance_does_not_explain_it(opus_rises: Shift) -> None:
    assert "1 clearly gains" in figure_shift(opus_rises).title
    still = compare(opus_rises.board_from, board_of(dict(zip(opus_rises.models, opus_rises.board_from.ratings, strict=True))))
    assert figure_shift(still).title == "Among 12 models no rating moves more than chance allows"
    assert figure_slope(still).title.startswith("No rank changes")


def test_whoever_clearly_moves_is_drawn_whatever_the_top(opus_rises: Shift) -> None:
    ratings = dict(zip(opus_rises.models, opus_rises.board_from.ratings, strict=True))
    moved = compare(opus_rises.board_from, board_of({**ratings, "model-09": 1200.0, "model-11": 1040.0}, "multi_turn"))
    assert moved.clear["model"].tolist() == ["model-09", "model-11"]
    assert "; model-09 gains most, 77 points" in moved.sentence
    assert "rank 10 → 6; model-11 loses most, 43 points" in moved.sentence
    for figure in (figure_shift(moved, top=2), figure_slope(moved, top=2), figure_slope(moved, "rating", 2, ["model-00"])):
        drawn = texts(figure)
        assert all(any(model in text for text in drawn) for model in ("model-09", "model-11"))
        assert {"model-00", "model-01", "model-09", "model-11"} <= set(figure.data["model"])
    assert figure_shift(moved, top=2).title == "Of 12 models, 1 clearly gains and 1 clearly loses"
    assert "coloured where chance does not explain them; 4 of 12 models" in texts(figure_shift(moved, top=2))[-2]
    named = figure_slope(moved, top=2, highlight=["model-00"])
    assert "model-09 10 → 6" in named.alt, "the models that the sentence names"
    assert "model-11 12 → 12" in named.alt


def test_a_clear_move_makes_the_title_of_the_slopes_and_a_highlighted_one_that_chance_can_give_does_not() -> None:
    """model-30 moves many ranks among many level models, which is chance; model-03 clearly falls, by few ranks."""
    ratings = {f"model-{number:02}": 1400.0 - 60 * number for number in range(6)}
    ratings |= {f"model-{number:02}": 1000.0 - number / 10 for number in range(6, 40)}
    start = board_of(ratings, error=0.5)
    changed = {"model-00": 1470.0, "model-03": 1150.0, "model-30": 998.2}
    moved = compare(start, board_of({**ratings, **changed}, "multi_turn", error=0.5))
    table = moved.table.set_index("model")
    assert table.loc["model-30", "q_value"] > 0.05
    assert abs(table.loc["model-30", "rank_shift"]) > abs(table.loc["model-03", "rank_shift"]) > 0
    assert figure_slope(moved, highlight=["model-30"]).title.startswith("model-03: rank 4 → 5")


def test_counts_are_drawn_with_their_sentence() -> None:
    figure = draw(Counts(pd.DataFrame({"group": ["b", "c", "d"], "votes": [6, 3, 1]}), "model", 10))
    assert figure.title == "3 models; b has most votes, 6 (60.0 % of all)"


@pytest.mark.parametrize(
    ("votes", "title"),
    [
        ([30, 30], "2 months; 2024-01 and 2024-02 have 30 votes each (50.0 % of all)"),
        ([20, 5, 20, 5], "4 months; 2 have most votes, 20 each (40.0 % of all): 2024-01 and 2024-03"),
        ([1] * 5, "5 months; each has 1 vote (20.0 % of all)"),
        ([2, 2, 1, 2, 2], "5 months; 4 have most votes, 2 each (22.2 % of all): 2024-01, 2024-02, 2024-04 and 1 more"),
    ],
)
def test_groups_with_equally_many_votes_are_named_together_and_drawn(votes: list[int], title: str) -> None:
    months = [f"2024-{month:02}" for month in range(1, len(votes) + 1)]
    figure = draw(Counts(pd.DataFrame({"group": months, "votes": votes}), "month", sum(votes)), top=1)
    assert figure.title == title
    assert {month for month in months if month in title} <= set(texts(figure))


def test_the_busiest_month_is_drawn_however_long_ago() -> None:
    frame = pd.DataFrame({"group": ["2023-01", "2023-02", "2023-03", "2023-04"], "votes": [9, 1, 2, 3]})
    figure = draw(Counts(frame, "month", 15), top=2)
    assert figure.title == "4 months; 2023-01 has most votes, 9 (60.0 % of all)"
    assert [text for text in texts(figure) if text.startswith("2023")] == ["2023-01", "2023-03", "2023-04"]


def test_hostile_names_are_drawn_as_text(share: TurnShare) -> None:
    names = ["$\\frac{1}$", "<script>", "模型", "\u202eevil", "a\nb", "x" * 300, ""]
    counts = pd.DataFrame({"group": names, "votes": 50, "multi_turn": 5})
    figure = figure_turn_share(TurnShare(counts, share.turn_counts, "model", 0.14))
    assert figure.png().startswith(b"\x89PNG")


def test_a_page_gets_a_drawing_with_its_words_its_data_and_a_narrow_drawing(
    share: TurnShare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TABLES, "tables")
    figure = figure_turn_share(share)
    data, metadata = figure._repr_mimebundle_(include=None, exclude=None)
    about = metadata["image/svg+xml"]
    assert data == {"image/svg+xml": figure.svg(), "text/plain": figure.alt}
    assert (about["title"], about["alt"], about["narrow"]) == (unbroken(figure.title), unbroken(figure.alt), figure.narrow_svg())
    assert "<td" in about["data"]
    assert "data" not in figure.without_data()._repr_mimebundle_()[1]["image/svg+xml"]


def test_a_saved_png_is_twice_as_sharp_as_the_page(share: TurnShare) -> None:
    figure = figure_turn_share(share)
    sides = (int.from_bytes(figure.png()[start : start + 4], "big") for start in (16, 20))
    assert tuple(sides) == tuple(round(200 * inches) for inches in figure.canvas.get_size_inches())


def test_equal_figures_have_equal_bytes(share: TurnShare) -> None:
    assert figure_turn_share(share).png() == figure_turn_share(share).png()
    assert figure_turn_share(share).svg() == figure_turn_share(share).svg()


def test_drawing_leaves_pyplot_alone(share: TurnShare) -> None:
    figure_turn_share(share).png()
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_saved_figure_is_whole_and_alone(share: TurnShare, tmp_path: Path, suffix: str) -> None:
    saved = figure_turn_share(share).save(tmp_path / "figures" / f"share.{suffix}")
    assert saved.stat().st_size > 1000
    assert list(saved.parent.iterdir()) == [saved]


def test_an_unknown_figure_is_wrong_usage(share: TurnShare) -> None:
    with pytest.raises(UsageError, match="no figure of 'pie'; there are share, distribution"):
        draw(share, of="pie")
