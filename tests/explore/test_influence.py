"""Who is behind a shift: close to what a fit without the votes says, and exact in how many votes there are."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.explore.conversations import Conversations, Wanted
from analysis.explore.influence import SPANS, Carried, behind, influence
from analysis.explore.reading import Reading, read
from analysis.explore.selection import Selection
from analysis.ratings.settings import Settings
from analysis.ratings.shift import compare
from analysis.votes.table import Votes

CHOSEN = Selection("single_turn", "multi_turn", last="2024-06-18")


@pytest.fixture
def reading(votes: Votes) -> Reading:
    return read(votes)


def without(reading: Reading, rows: np.ndarray, model: str) -> float:
    """The shift of a model, fitted anew without some votes."""
    kept = np.ones(len(reading.day), dtype=bool)
    kept[rows] = False
    boards = [reading.board(name, chosen & kept) for name, chosen in zip(CHOSEN.names, reading.chosen(CHOSEN), strict=True)]
    return float(compare(*boards).table.set_index("model").loc[model, "rating_shift"])


@pytest.mark.parametrize("kind", ["opponents", "languages", "judges"])
def test_a_group_carries_what_a_fit_without_it_loses(reading: Reading, kind: str) -> None:
    shift, model = reading.shift(CHOSEN), "gamma"
    whole = float(shift.table.set_index("model").loc[model, "rating_shift"])
    for group in getattr(behind(reading, CHOSEN, shift, model), kind)[:4]:
        rows = Conversations(reading).matching(CHOSEN, Wanted(model=model, **group.filter))
        assert len(rows) == group.votes
        assert group.points == pytest.approx(whole - without(reading, rows, model), abs=1e-6)


def test_the_influence_of_all_votes_is_nothing(reading: Reading) -> None:
    shift = reading.shift(CHOSEN)
    assert abs(Carried(reading, CHOSEN, shift, "beta").each.sum()) < 1e-6


def test_the_influence_of_a_few_votes_is_about_what_a_fit_without_them_loses(reading: Reading) -> None:
    """In one step: this is what ranks the groups."""
    carried = Carried(reading, CHOSEN, reading.shift(CHOSEN), "gamma")
    found = behind(reading, CHOSEN, carried.shift, "gamma")
    for group in (*found.judges, *found.days):
        rows = Conversations(reading).matching(CHOSEN, Wanted(model="gamma", **group.filter))
        assert len(rows) == group.votes
        assert carried.each[rows].sum() == pytest.approx(carried.points(rows), rel=0.25, abs=1)


def test_a_group_without_which_nothing_can_be_fitted_is_measured_in_one_step(votes_of: Callable[..., Votes]) -> None:
    """All that `a` ever won was in one language."""
    pairs = [("a", "b", "model_a", "German")] * 3 + [("a", "b", "model_b", "English")] * 6
    pairs += [("b", "c", name, "English") for name in ("model_a", "model_b")] * 4
    reading = read(votes_of(pd.DataFrame(pairs, columns=["model_a", "model_b", "outcome", "language"])))
    chosen = Selection("overall", "overall")
    found = behind(reading, chosen, reading.shift(chosen), "a").languages
    assert {group.name: group.points > 0 for group in found} == {"German": True, "English": False}


def test_the_influence_of_votes_squares_to_the_variance_over_votes(votes: Votes) -> None:
    """It is the sandwich, vote by vote."""
    reading = read(votes, Settings(interval="votes"))
    board = reading.board("overall", reading.members("overall"))
    _, points = influence(board, board.models, "beta")
    place = board.models.index("beta")
    assert points @ points == pytest.approx(board.covariance[place, place], rel=1e-6)


def test_a_vote_that_is_on_both_boards_counts_on_both(reading: Reading) -> None:
    chosen = Selection("overall", "multi_turn")
    shift = reading.shift(chosen)
    points = Carried(reading, chosen, shift, "beta").each
    row, first = influence(shift.board_from, shift.models, "beta")
    single = ~reading.members("multi_turn")[row]
    np.testing.assert_allclose(points[row[single]], -first[single])


def test_what_votes_do_not_tell_is_empty(bare: Votes) -> None:
    reading, chosen = read(bare), Selection("overall", "exclude_ties")
    found = behind(reading, chosen, reading.shift(chosen), "beta")
    assert len(found.opponents) == 5
    assert (found.languages, found.judges, found.days) == ((), (), ())


def test_days_follow_each_other_without_a_gap(reading: Reading) -> None:
    days = behind(reading, CHOSEN, reading.shift(CHOSEN), "beta").days
    assert len(days) <= SPANS
    assert [day.name for day in days] == sorted(day.name for day in days)
    assert days[0].filter == {"first": "2024-06-01", "last": "2024-06-01"}
