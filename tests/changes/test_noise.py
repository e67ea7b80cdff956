"""Noise of changes of ratings between boards of which one holds the votes of the other."""

import numpy as np
import pandas as pd
import pytest

from analysis.changes.boards import board_pair
from analysis.changes.noise import steadied
from analysis.changes.overlap import EARLIER, LATER, Overlap
from analysis.ratings.settings import Settings
from analysis.ratings.shift import compare
from analysis.votes.table import Votes

MODELS = 10
STRENGTH = np.linspace(1.0, -1.0, MODELS)


def nested(new: int, seed: int, kept: int = 2_000) -> Overlap:
    """Votes of which the last `new` are the later table's alone; of the last model, few."""
    rng = np.random.default_rng(seed)
    sides = np.array([rng.permutation(MODELS)[:2] for _ in range(kept + new)])
    sides = sides[(sides < MODELS - 1).all(axis=1) | (rng.random(len(sides)) < 0.3)]
    chance = 1 / (1 + np.exp(STRENGTH[sides[:, 1]] - STRENGTH[sides[:, 0]]))
    drawn = rng.random(len(sides))
    # A fifth of the votes are ties, so that the expected score stays.
    outcome = np.where(drawn < 0.2, 2, np.where((drawn - 0.2) / 0.8 < chance, 0, 1))
    frame = pd.DataFrame({"left": sides[:, 0], "right": sides[:, 1], "outcome": outcome})
    members = np.where(np.arange(len(sides)) < len(sides) - new, 3, 2)
    judges = {"judge": rng.integers(0, len(sides) // 2, len(sides)), "judge_known": True}
    names = pd.DataFrame({"model": [f"model {number}" for number in range(MODELS)], "number": range(MODELS)})
    return Overlap(frame.assign(members=members, **judges), names)


@pytest.mark.parametrize("new", [150, 2_000])
def test_changes_without_a_difference_have_p_values_as_they_should_be(sample: Votes, new: int) -> None:
    settings = Settings(anchor="")
    found = [board_pair(sample, nested(new, seed), settings).shift.p_values for seed in range(60)]
    assert 0.015 <= np.mean(np.array(found) <= 0.05) <= 0.065
    # Sixty rounds of ten models: where p-values were 0.1 % too often, several would be below that.
    assert (np.array(found) <= 0.001).sum() <= 3


def test_a_few_votes_that_all_were_lost_are_not_surer_for_that(sample: Votes) -> None:
    joint = nested(300, 1)
    frame, last = joint.frame.copy(), MODELS - 1
    mine = (frame["members"] == 2) & ((frame["left"] == last) | (frame["right"] == last))
    frame.loc[mine, "outcome"] = np.where(frame.loc[mine, "left"] == last, 1, 0)
    pair = board_pair(sample, Overlap(frame, joint.names), Settings(anchor=""))
    place = pair.shift.models.index(f"model {last}")
    plain = compare(pair.earlier, pair.later)
    assert pair.shift.covariance[place, place] > 1.3 * plain.covariance[place, place]


def test_what_a_board_shares_with_itself_has_no_noise(sample: Votes) -> None:
    joint = nested(0, 1)
    pair = board_pair(sample, joint, Settings(anchor=""))
    assert np.abs(pair.shift.covariance).max() < 1e-6
    assert pair.shift.p_values.tolist() == [1.0] * MODELS
    ballots = joint.ballots()
    assert steadied(pair.shift, ballots[EARLIER], ballots[LATER]) is pair.shift
