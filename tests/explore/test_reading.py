"""Boards of a selection are those that the call on the screen makes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from explored import HOSTILE_LANGUAGE

import analysis
from analysis.errors import InputError, UsageError
from analysis.explore.reading import read
from analysis.explore.selection import Selection, call
from analysis.explore.view import shown_shift
from analysis.ratings.board import board
from analysis.ratings.settings import Settings
from analysis.ratings.shift import shift
from analysis.votes.table import Votes

SELECTIONS = [
    Selection(),
    Selection("single_turn", "multi_turn"),
    Selection(first="2024-06-04", last="2024-06-15"),
    Selection(last="2024-06-10", languages=("English",)),
    Selection("fresh", "overall", languages=("German", HOSTILE_LANGUAGE)),
    Selection("where:turns >= 2", "turns_3", first="2024-06-02", models=("beta", "delta's")),
    Selection("multi_turn", "multi_turn", languages=(HOSTILE_LANGUAGE,)),
]


def run(lines: str, votes: Votes) -> pd.DataFrame:
    """The table that the call on the screen makes."""
    names: dict[str, Any] = {"arena": analysis, "votes": votes}
    first, last = lines.splitlines()
    exec(first, names)
    return eval(last, names)


@pytest.mark.parametrize("chosen", SELECTIONS, ids=str)
@pytest.mark.parametrize("settings", [Settings(), Settings(interval="votes", level=0.9)], ids=["judges", "votes"])
def test_the_call_on_the_screen_runs_and_gives_the_numbers_on_the_screen(
    votes: Votes, chosen: Selection, settings: Settings
) -> None:
    shown = pd.DataFrame(shown_shift(chosen, read(votes, settings).shift(chosen))["rows"])
    made = run(call(chosen, settings), votes)
    if chosen.one_board:
        made = made.assign(rating_from=made["rating"], rank_from=made["rank"], half_from=(made["upper"] - made["lower"]) / 2)
        made = made.assign(votes_from=made["votes"])
    assert list(shown["model"]) == list(made["model"])
    names = [name for name in made.columns if name in shown and name != "model"]
    assert len(names) >= 4
    np.testing.assert_allclose(shown[names].to_numpy(float), made[names].to_numpy(float), atol=1e-6)


@pytest.mark.parametrize("chosen", SELECTIONS[:4], ids=str)
def test_both_boards_are_those_of_their_names(votes: Votes, chosen: Selection) -> None:
    found = read(votes).shift(chosen)
    for mine, name in zip((found.board_from, found.board_to), chosen.names, strict=True):
        pd.testing.assert_frame_equal(mine.table, board(votes, name).table)
        assert mine.sentence == board(votes, name).sentence


def test_votes_of_which_nothing_is_known_have_boards_too(bare: Votes) -> None:
    chosen = Selection("overall", "exclude_ties")
    pd.testing.assert_frame_equal(read(bare).shift(chosen).table, shift(bare, *chosen.names).table)


def test_style_control_is_of_the_votes_with_style(bare: Votes) -> None:
    with pytest.raises(InputError, match="style"):
        read(bare, Settings(style_control=True))


def test_what_the_votes_lack_and_what_is_not_known_is_said(bare: Votes) -> None:
    with pytest.raises(InputError, match="category Multi-turn needs turns"):
        read(bare).shift(Selection())
    with pytest.raises(UsageError, match="unknown category 'cooking'"):
        read(bare).shift(Selection("cooking"))


def test_a_language_that_no_vote_has_leaves_nothing_to_rate(votes: Votes) -> None:
    with pytest.raises(InputError, match="a board needs at least two models"):
        read(votes).shift(Selection(languages=("Klingon",)))


def test_the_bundled_sample_has_the_same_shift(sample: Votes) -> None:
    chosen = Selection("coding", "hard", first="2024-06-15", languages=("English", "German"))
    mine, its = read(sample).shift(chosen).table, shift(sample, *chosen.names).table
    pd.testing.assert_frame_equal(mine, its, atol=1e-9)
