"""Models that are new, gone or renamed."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.changes.boards import board_pair
from analysis.changes.models import model_changes
from analysis.changes.overlap import overlap
from analysis.ratings.settings import Settings
from analysis.votes.table import Votes

Maker = Callable[[pd.DataFrame], Votes]


def frame(models: str, size: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sides = np.array([rng.permutation(len(models))[:2] for _ in range(size)])
    names = np.array(list(models))
    made = {"vote_id": [f"{seed} {number}" for number in range(size)], "outcome": rng.choice(["model_a", "model_b"], size)}
    return pd.DataFrame(made | {"model_a": names[sides[:, 0]], "model_b": names[sides[:, 1]]})


def test_models_that_came_and_went_are_told_with_their_ranks(votes_of: Maker) -> None:
    earlier, later = votes_of(frame("abcd", 400, 1)), votes_of(frame("abce", 400, 2))
    joint = overlap(earlier, later)
    found = model_changes(joint, board_pair(later, joint, Settings(anchor="")))
    new, gone = found.facts
    assert new.what.startswith("e is new: rank ")
    assert new.what.endswith(f"points from {int(joint.models('later')['e'])} votes.")
    assert gone.what.startswith("d is gone; it had rank ")
    assert found.part.sentence == "1 model is new: e. 1 model is gone: d."
    assert found.part.table["event"].tolist() == ["new", "gone"]


def test_a_model_without_a_rating_is_told_with_its_votes(votes_of: Maker) -> None:
    earlier = frame("abc", 200, 1)
    alone = pd.DataFrame({"vote_id": ["x"], "model_a": ["z"], "model_b": ["a"], "outcome": ["model_a"]})
    one, other = votes_of(earlier), votes_of(pd.concat([earlier, alone]))
    joint = overlap(one, other)
    (new,) = model_changes(joint, board_pair(other, joint, Settings(anchor=""))).facts
    assert new.what == "z is new, with 1 vote and no rating."
    assert model_changes(joint, None).facts[0].what == "z is new, with 1 vote and no rating."


def test_a_renamed_model_is_neither_new_nor_gone_and_keeps_its_rating(votes_of: Maker) -> None:
    earlier = frame("abcd", 400, 1)
    later = earlier.replace({"model_a": {"d": "d-2"}, "model_b": {"d": "d-2"}})
    one, other = votes_of(earlier), votes_of(later)
    joint = overlap(one, other)
    pair = board_pair(other, joint, Settings(anchor=""))
    (fact,) = model_changes(joint, pair).facts
    assert fact.what == "d is now called d-2: the same votes name it."
    assert "d-2" in pair.shift.models
    assert np.allclose(*pair.shift.ratings)


def test_of_dozens_of_new_models_the_best_are_told_and_the_rest_counted(votes_of: Maker) -> None:
    earlier, later = votes_of(frame("ab", 100, 1)), votes_of(frame("abcdefghijklmnop", 2_000, 2))
    joint = overlap(earlier, later)
    found = model_changes(joint, board_pair(later, joint, Settings(anchor="")))
    assert len(found.facts) == 9
    assert found.facts[-1].what.startswith("6 more models are new: ")
    assert len(found.part.table) == 14
