"""Figures of claims, histories, sizes, categories, win rates and the rank rule."""

from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from analysis.categories.categories import CATEGORIES
from analysis.claims.claims import Claims
from analysis.claims.verdicts import CONTRADICTED, SUPPORTED, UNDECIDED, UNTESTABLE, VERDICTS
from analysis.figures.figure import Figure
from analysis.figures.style import GAINS, LOSSES
from analysis.ratings.board import Board, fit_board
from analysis.ratings.boards import CategoryRanks
from analysis.ratings.frontier import Frontier
from analysis.ratings.history import History
from analysis.ratings.pairs import PairCounts
from analysis.ratings.rank_rule import RankRule, rank_rule
from analysis.ratings.settings import Settings
from analysis.ratings.shift import compare
from analysis.ratings.win_rates import WinRates, win_rates
from analysis.results.drawing import draw

HOSTILE = "<b>$x$\u202e\u4f60</b>\n"


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


def evenly(models: int, per_pair: float = 200) -> Board:
    """A fitted board of models 20 points apart, best first; every fifth vote a tie."""
    first, second = np.triu_indices(models, 1)
    chance = 1 / (1 + 10 ** (20 * (first - second) / 400))
    counts = per_pair * np.column_stack([0.8 * chance, 0.8 * (1 - chance), np.full(len(first), 0.2), np.zeros(len(first))])
    names = tuple(f"m{number:03}" for number in range(models))
    return fit_board(PairCounts(names, first, second, counts.round()), CATEGORIES["overall"], Settings())


def texts(figure: Figure) -> list[str]:
    return list(dict.fromkeys(text.get_text() for text in figure.canvas.findobj(Text) if text.get_text()))


def claims_of(verdicts: tuple[str, ...], text: str = "X is first.") -> Claims:
    numbers = {SUPPORTED: 0.98, CONTRADICTED: 0.01, UNDECIDED: 0.5, UNTESTABLE: np.nan}
    chances = [numbers[verdict] for verdict in verdicts]
    rows = {"claim": [f"c{number}" for number in range(len(verdicts))], "text": text, "verdict": verdicts, "probability": chances}
    return Claims(pd.DataFrame({**rows, "numbers": "1", "votes_needed": np.nan, "source": "s", "date": "2024"}))


def history_of(models: int, periods: int) -> History:
    """Places change at random from board to board."""
    rng = np.random.default_rng(1)
    names = [f"m{number:03}" for number in range(models)]
    boards = {
        f"2024-{period:02}": board_of(dict(zip(names, rng.normal(1000, 50, models), strict=True)))
        for period in range(1, periods + 1)
    }
    return History(boards, "Overall by month")


def test_each_claim_has_its_headline_its_mark_and_its_probability() -> None:
    figure = draw(claims_of(VERDICTS))
    assert figure.title == "4 headlines: 1 supported, 1 contradicted, 1 undecided, 1 untestable here"
    assert {"50.0 %", "98.0 %", "1.0 %", "–", "cannot be tested here: 1"} <= set(texts(figure))
    assert figure.data["verdict"].tolist() == [SUPPORTED, UNDECIDED, CONTRADICTED, UNTESTABLE]


def test_each_mark_lies_in_the_zone_of_its_verdict_and_what_cannot_be_tested_below_all() -> None:
    axes = draw(claims_of((UNTESTABLE, CONTRADICTED, SUPPORTED, UNDECIDED))).canvas.axes[0]
    zones = {text.get_text(): text.get_position()[0] for text in axes.texts if text.get_text() in VERDICTS}
    marks = [tuple(each.get_offsets()[0]) for each in axes.collections if isinstance(each, PathCollection)]
    assert zones[CONTRADICTED] < 0.2 < zones[UNDECIDED] < 0.8 < zones[SUPPORTED]
    assert len(marks) == 3, "no mark where nothing was tested"
    assert marks[0][1] > marks[1][1] > marks[2][1], "from the most probable down"
    assert marks[0][0] > 0.8 > marks[1][0] > 0.2 > marks[2][0]
    claims, reason = ([text for text in axes.texts if text.get_text().startswith(words)] for words in ("X is", "cannot"))
    assert len({text.get_color() for text in claims}) == 2
    assert reason[0].get_position()[1] < marks[2][1]


def test_claims_of_which_none_can_be_tested_are_drawn_without_a_strip() -> None:
    figure = draw(claims_of((UNTESTABLE, UNTESTABLE)))
    assert "supported" not in texts(figure)
    assert figure.title == "2 headlines: 2 untestable here"


@pytest.mark.parametrize(("probability", "words"), [(0.00004, "< 0.1 %"), (0.99996, "> 99.9 %"), (0.9751, "97.5 %")])
def test_a_probability_is_never_written_as_nothing_or_all(probability: float, words: str) -> None:
    claims = claims_of(("undecided",))
    assert words in texts(draw(replace(claims, frame=claims.frame.assign(probability=probability))))


def test_a_bump_chart_of_130_models_names_the_top_at_the_end_without_overlap() -> None:
    figure = draw(history_of(130, 6), top=20)
    axes = figure.canvas.axes[0]
    labels = [label for label in axes.texts if label.get_ha() == "left"]
    boxes = sorted((label.get_window_extent().y0, label.get_window_extent().y1) for label in labels)
    assert len(labels) >= 20
    assert all(below[1] <= above[0] + 1 for below, above in pairwise(boxes))


def test_the_best_place_is_on_top() -> None:
    bottom, top = draw(history_of(10, 4)).canvas.axes[0].get_ylim()
    assert bottom > top


def test_highlighted_models_are_named_and_absent_ones_passed_over() -> None:
    for periods in (2, 5):
        shown = texts(draw(history_of(30, periods), top=1, highlight=["m029", "not-there"]))
        assert any("m029" in text for text in shown)
        assert not any("not-there" in text for text in shown)


def test_a_model_that_is_gone_at_the_end_is_named_on_its_line() -> None:
    history = history_of(5, 5)
    boards = dict(history.boards)
    boards["2024-02"] = board_of({**dict.fromkeys(("m000", "m001"), 1000.0), "passing": 2000.0})
    figure = draw(replace(history, boards=boards), highlight=["passing"])
    assert "passing" in texts(figure)


def test_a_history_of_two_periods_shows_ratings_with_intervals_on_one_scale() -> None:
    first = {"a": 1200.0, "b": 1100.0, "c": 1000.0}
    boards = {"2024-01": board_of(first), "2024-02": board_of({name: rating + 300 for name, rating in first.items()})}
    figure = draw(History(boards, "Overall by month"))
    ratings = figure.data.pivot(index="model", columns="period", values="rating")
    assert np.allclose(ratings["2024-01"], ratings["2024-02"]), "the later board stands on the mean of the first"
    assert {"1 → 1", "2 → 2", "3 → 3"} <= set(texts(figure))
    assert any("2024-01 grey and 2024-02 blue" in text for text in texts(figure))


@pytest.mark.parametrize(
    ("ahead", "title"),
    [
        ((1, 1, 1, 1), "a has the highest rating on the first board and on the last; no lead is decided"),
        ((90, 1, 1, 1), "a has the highest rating on the first board and on the last; the lead is decided on 1 of 4"),
        ((90, 1, 1, 90), "a leads on the first board and on the last"),
        ((1,), "a has the highest rating; no lead is decided"),
    ],
)
def test_the_title_of_a_history_says_who_leads_only_where_that_is_decided(ahead: tuple[float, ...], title: str) -> None:
    boards = {f"2024-{month:02}": board_of({"a": 1000.0 + more, "b": 1000.0}) for month, more in enumerate(ahead, start=1)}
    assert draw(History(boards, "Overall by month")).title == title


def test_a_model_that_is_rated_in_one_of_two_periods_has_one_dot() -> None:
    boards = {"2024-01": board_of({"a": 1.0, "b": 0.0}), "2024-02": board_of({"a": 1.0, "new": 0.0})}
    assert {"– → 2"} <= set(texts(draw(History(boards, "Overall by month"))))


@pytest.mark.parametrize("periods", [1, 2, 3, 4, 60])
def test_a_history_of_any_length_is_drawn(periods: int) -> None:
    history = history_of(6, 1)
    boards = {f"2024-{number:03}": history.boards["2024-01"] for number in range(periods)}
    assert draw(replace(history, boards=boards)).title


def test_the_frontier_is_told_from_small_to_large() -> None:
    board = board_of({"small": 1100.0, "large": 1200.0, "weak": 1000.0})
    figure = draw(Frontier(board, np.array([70.0, 7.0, 7.0]), 0), highlight=["weak"])
    assert figure.title == "large (70B) leads the models of known size"
    assert figure.alt.endswith("2 models of 3 are beaten by none as small.")
    assert figure.data["model"].tolist() == ["small", "weak", "large"]
    assert {"small", "large", "weak"} <= set(texts(figure))


def test_a_small_model_that_leads_larger_ones_makes_the_title() -> None:
    board = board_of({"small": 1200.0, "large": 1100.0})
    assert draw(Frontier(board, np.array([7.0, 70.0]), 0)).title.endswith(
        "small (7B) leads the models of known size, ahead of 1 larger one"
    )


def test_models_of_one_size_have_a_figure_too() -> None:
    assert draw(Frontier(board_of({"a": 1200.0, "b": 1100.0}), np.array([7.0, 7.0]), 0)).png()


def test_the_overview_writes_each_rank_in_its_cell() -> None:
    one, other = board_of({"a": 1200.0, "b": 1100.0}), board_of({"b": 1200.0, "a": 1100.0, "c": 900.0}, "coding")
    figure = draw(CategoryRanks({"overall": one, "coding": other}, {}))
    numbers = [text.get_text() for text in figure.canvas.axes[0].texts]
    assert numbers == ["1", "2", "2", "1", "3"]
    assert figure.title == "Ranks in 2 categories, which leave nothing to compare"
    assert "Coding  150" in texts(figure)


def test_the_overview_of_130_models_shows_the_top_and_the_highlighted() -> None:
    board = board_of({f"m{number:03}": 1300.0 - number for number in range(130)})
    shown = texts(draw(CategoryRanks({"overall": board}, {}), top=20, highlight=["m099"]))
    assert [text for text in shown if text in board.models] == [f"m{number:03}" for number in [*range(20), 99]]


def drawn_names(figure: Figure, models: Collection[str]) -> set[str]:
    """The models whose name is drawn, alone or beside a number."""
    shown = texts(figure)
    return {model for model in models if any(model in text.split() for text in shown)}


def named(sentence: str, models: Collection[str]) -> set[str]:
    """The models that a sentence names."""
    words = {word.strip(".,;:()") for word in sentence.split()}
    return {model for model in models if model in words}


def test_the_overview_draws_the_models_that_the_sentence_names_and_all_that_differ() -> None:
    ratings = {f"m{number:02}": 1300.0 - 20 * number for number in range(12)}
    overall, coding = board_of(ratings), board_of({**ratings, "m08": 1260.0, "m10": 1000.0}, "coding")
    ranks = CategoryRanks({"overall": overall, "coding": coding}, {}, {"coding": compare(overall, coding)})
    assert "the largest difference is m08 in Coding" in ranks.sentence
    figure = draw(ranks, top=1)
    assert figure.title == "2 of 12 ratings clearly differ from those in Overall; most: m08 in Coding, +118 points"
    assert drawn_names(figure, overall.models) == {"m00", "m08", "m10"}
    fills = [to_hex(patch.get_facecolor()) for patch in figure.canvas.axes[0].patches]
    assert sorted(fills) == sorted([GAINS, LOSSES]), "only what passes is coloured"
    assert named(ranks.sentence, overall.models) <= drawn_names(figure, overall.models)
    assert figure.title == draw(ranks, top=12).title


def test_a_history_names_on_its_lines_whoever_the_sentence_names() -> None:
    """Led by a, then b for once, then by c; whom the caller points out is another."""
    start = {f"m{number:02}": 1000.0 - 20 * number for number in range(30)}
    leaders = ["m10", "m10", "m20", "m25", "m25", "m25"]
    boards = {f"2024-{place:02}": board_of({**start, leader: 1100.0}) for place, leader in enumerate(leaders, start=1)}
    past = History(boards, "Overall by month")
    assert "beyond what chance allows, to m20 from 2024-03 on and m25 from 2024-04 on" in past.sentence
    figure = draw(past, top=1, highlight=["m05"])
    assert named(past.sentence, start) <= drawn_names(figure, start)
    assert named(figure.title, start) <= drawn_names(figure, start)


def test_the_two_models_of_the_boldest_pair_are_named_on_the_frontier() -> None:
    board = board_of({"best": 1200.0, "small": 1150.0, "other": 1140.0, "large": 1100.0})
    rates = Frontier(board, np.array([7.0, 8.0, 9.0, 90.0]), 0)
    assert "most strikingly best (7B) than large (90B)" in rates.sentence
    assert drawn_names(draw(rates), board.models) == {"best", "large"}


def test_a_win_rate_and_its_prediction_stand_in_one_cell() -> None:
    figure = draw(win_rates(evenly(6), top=3))
    assert figure.title == "None of 15 win rates clearly misses what the ratings predict"
    assert {"52", "48", "55", "45"} <= set(texts(figure))


def test_the_pair_of_the_largest_surprise_is_in_the_matrix() -> None:
    board = evenly(12)
    assert board.fit is not None
    pairs = board.fit.pairs
    odd = (pairs.first == 8) & (pairs.second == 10)
    counts = np.where(odd[:, None], [20.0, 140.0, 40.0, 0.0], pairs.counts)
    rates = win_rates(fit_board(replace(pairs, counts=counts), board.category, board.settings), top=3)
    assert "The largest surprise: " in rates.sentence
    assert "by chance" not in rates.sentence
    figure = draw(rates)
    assert named(rates.sentence, board.models) == {"m008", "m010"} <= drawn_names(figure, board.models)
    assert figure.title.endswith("most: m010 against m008")
    assert sum(not patch.get_fill() for patch in figure.canvas.axes[0].patches) == 2, "a frame on both cells of that pair"


def test_a_pair_is_framed_only_beyond_the_chance_of_all_pairs() -> None:
    """Of 66 pairs one misses its own interval, which one pair in twenty does."""
    board = evenly(12)
    assert board.fit is not None
    pairs = board.fit.pairs
    odd = (pairs.first == 0) & (pairs.second == 1)
    counts = np.where(odd[:, None], [100.0, 60.0, 40.0, 0.0], pairs.counts)
    rates = win_rates(fit_board(replace(pairs, counts=counts), board.category, board.settings))
    assert (~rates.frame["fits"]).sum() == 1
    assert rates.clear.empty
    assert str(rates.sentence).endswith(", as one of so many does by chance.")
    assert all(patch.get_fill() for patch in draw(rates).canvas.axes[0].patches)


def test_pairs_with_few_votes_show_the_prediction_alone() -> None:
    rates = win_rates(evenly(3))
    few: WinRates = replace(rates, frame=rates.frame.assign(votes=3))
    assert len(draw(few).canvas.axes[0].texts) == 6
    assert len(draw(rates).canvas.axes[0].texts) == 12
    assert draw(few).title == "No two models met in 10 votes or more"


def test_the_rank_rule_has_a_panel_of_means_and_one_of_models() -> None:
    rule = rank_rule(evenly(24), shares=(0.05, 0.2), draws=8)
    figure = draw(rule, highlight=["m010", "not-there"])
    assert len(figure.canvas.axes) == 2
    assert "m010" in texts(figure)
    assert "not-there" not in texts(figure)
    assert figure.title.startswith("A random 20 % of the votes lifts the first 20 models by")


def test_the_rank_rule_is_about_as_many_models_as_there_are() -> None:
    rule = rank_rule(evenly(3), shares=(0.2,), draws=8)
    assert "lifts the first 3 models by" in rule.sentence
    assert draw(rule).title.startswith("A random 20 % of the votes lifts the first 3 models by")
    assert "mean of the first 3 models" in texts(draw(rule))


@pytest.mark.parametrize(
    "make",
    [
        lambda: claims_of(VERDICTS, HOSTILE),
        lambda: History({"2024-01": board_of({HOSTILE: 1.0, "b": 0.0})}, HOSTILE),
        lambda: Frontier(board_of({HOSTILE: 1.0, "b": 0.0}), np.array([1.0, 2.0]), 0),
        lambda: CategoryRanks({"overall": board_of({HOSTILE: 1.0, "b": 0.0})}, {}),
        lambda: win_rates(replace(evenly(2), models=("m000", "m001"))),
        lambda: RankRule(evenly(2), (0.5,), np.zeros((1, 2, 2))),
    ],
    ids=["claims", "history", "frontier", "categories", "win rates", "rank rule"],
)
def test_every_figure_can_be_drawn_whatever_the_names(make: Callable[[], object]) -> None:
    figure = draw(make())
    assert figure.png().startswith(b"\x89PNG")
    assert "\u202e" not in figure.alt
    assert "\n" not in figure.title
