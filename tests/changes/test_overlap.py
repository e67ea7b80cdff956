"""Which votes two tables have in common."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.changes.overlap import EARLIER, LATER, overlap
from analysis.votes.table import Votes

Maker = Callable[[pd.DataFrame], Votes]


def frame(size: int = 300, seed: int = 1, *, told: bool = True) -> pd.DataFrame:
    """Votes of four models, with judges and times where `told`."""
    rng = np.random.default_rng(seed)
    sides = np.array([rng.permutation(4)[:2] for _ in range(size)])
    made = pd.DataFrame(
        {
            "vote_id": [f"seed-{seed}-{number}" for number in range(size)],
            "model_a": np.array(list("abcd"))[sides[:, 0]],
            "model_b": np.array(list("abcd"))[sides[:, 1]],
            "outcome": rng.choice(["model_a", "model_b", "tie", "both_bad"], size),
        }
    )
    if told:
        made["judge"] = [f"judge {number}" for number in rng.integers(0, 60, size)]
        made["time"] = pd.Timestamp("2024-06-01", tz="UTC") + pd.to_timedelta(np.arange(size), unit="min")
    return made


def test_later_votes_that_hold_the_earlier_ones_have_them_all_in_common(votes_of: Maker) -> None:
    later = frame()
    joint = overlap(votes_of(later.head(200)), votes_of(later))
    assert joint.counts == {"gone": 0, "new": 100, "kept": 200}
    assert joint.matched == "ids"
    assert joint.sentence == "100 votes of 300 are new; none of the earlier ones is gone."


def test_ballots_of_both_know_which_votes_they_share(votes_of: Maker) -> None:
    later = frame()
    ballots = overlap(votes_of(later.head(200)), votes_of(later.tail(250))).ballots()
    assert ballots[EARLIER].reading is ballots[LATER].reading
    assert np.isin(ballots[EARLIER].row, ballots[LATER].row).sum() == 150
    assert ballots[EARLIER].pairs.votes == 200
    assert ballots[LATER].pairs.votes == 250


def test_a_vote_that_says_something_else_under_its_id_is_another_vote(votes_of: Maker) -> None:
    later = frame()
    changed = later.assign(outcome=later["outcome"].where(later.index >= 10, "tie"))
    same = int((changed["outcome"] == later["outcome"]).sum())
    joint = overlap(votes_of(later), votes_of(changed))
    assert joint.counts == {"gone": 300 - same, "new": 300 - same, "kept": same}


def test_ids_that_are_row_numbers_are_matched_by_what_votes_say(votes_of: Maker) -> None:
    later = frame()
    earlier = later.tail(200).assign(vote_id=[f"row-{number}" for number in range(200)])
    joint = overlap(votes_of(earlier), votes_of(later.assign(vote_id=[f"row-{number}" for number in range(300)])))
    assert joint.counts == {"gone": 0, "new": 100, "kept": 200}
    assert joint.matched == "contents"
    assert "row numbers" in joint.sentence


def test_votes_that_name_neither_judge_nor_time_are_no_part_of_others_unless_all_are_found(votes_of: Maker) -> None:
    later = frame(told=False)
    renumbered = later.assign(vote_id=[f"row-{number}" for number in range(300)])
    inside = overlap(votes_of(later.tail(200)), votes_of(renumbered))
    assert inside.counts["kept"] == 200
    apart = overlap(votes_of(frame(200, seed=2, told=False)), votes_of(renumbered.head(150)))
    assert apart.counts == {"gone": 200, "new": 150, "kept": 0}
    assert "independent" in apart.sentence


def test_a_model_under_another_name_in_the_same_votes_is_renamed(votes_of: Maker) -> None:
    earlier = frame()
    later = pd.concat([earlier, frame(50, seed=3)]).replace({"model_a": {"d": "d-0514"}, "model_b": {"d": "d-0514"}})
    joint = overlap(votes_of(earlier), votes_of(later))
    assert joint.renamed == {"d": "d-0514"}
    assert joint.counts == {"gone": 0, "new": 50, "kept": 300}
    assert set(joint.names["model"]) == {"a", "b", "c", "d-0514"}
    assert set(joint.models(EARLIER).index) == {"a", "b", "c", "d-0514"}


def test_a_model_that_went_is_not_the_one_that_came(votes_of: Maker) -> None:
    earlier = frame()
    without = earlier[(earlier["model_a"] != "d") & (earlier["model_b"] != "d")]
    entered = frame(80, seed=4).replace({"model_a": {"d": "e"}, "model_b": {"d": "e"}})
    joint = overlap(votes_of(earlier), votes_of(pd.concat([without, entered])))
    assert joint.renamed == {}
    assert joint.counts["gone"] == len(earlier) - len(without)


@pytest.mark.parametrize("judged", [True, False])
def test_judges_of_both_tables_are_the_same_people(votes_of: Maker, judged: bool) -> None:
    one, other = frame(), frame(seed=2)
    columns = [] if judged else ["judge"]
    joint = overlap(votes_of(one.drop(columns=columns)), votes_of(other.drop(columns=columns)))
    ballots = joint.ballots()
    if judged:
        shared = np.intersect1d(ballots[EARLIER].clusters["judge"], ballots[LATER].clusters["judge"])
        assert len(shared) == len(set(one["judge"]) & set(other["judge"]))
    else:
        assert not ballots[LATER].clusters
