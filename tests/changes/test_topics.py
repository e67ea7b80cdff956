"""Topics that grew, are new or are gone."""

import numpy as np
import pandas as pd
import pytest

from analysis.changes.change import CLEAR, POSSIBLE
from analysis.changes.overlap import Overlap
from analysis.changes.tiers import tiered
from analysis.changes.topics import topic_changes
from analysis.errors import InputError
from analysis.topics.topics import Topics


def edition(topic: list[int], labels: str, stability: dict[int, float] | None = None) -> Topics:
    """Votes 0, 1, … each with a prompt and a judge of its own, in these topics."""
    number = np.arange(len(topic))
    assignments = pd.DataFrame(
        {"vote_id": [f"v{place}" for place in number], "topic": topic, "prompt": (number + 1).astype(np.uint64), "judge": number}
    )
    known = sorted({place for place in topic if place >= 0})
    votes = np.array([topic.count(place) for place in known])
    share = votes / len(topic)
    frame = pd.DataFrame({"topic": known, "label": [labels[place] for place in known], "votes": votes, "share": share})
    steady = [(stability or {}).get(place, 0.9) for place in known]
    frame = frame.assign(lower=share, upper=share, design_effect=1.0, broad=0, stability=steady)
    tables = dict.fromkeys(("subtopics", "hierarchy", "over_time", "by_language", "by_turns", "quality"), pd.DataFrame())
    return Topics(frame=frame, assignments=assignments, settings={}, **tables)


def joint(kept: int, new: int) -> Overlap:
    members = np.repeat([3, 2], [kept, new])
    return Overlap(pd.DataFrame({"members": members}), pd.DataFrame())


BEFORE = edition([0] * 500 + [1] * 300 + [-1] * 200, "ab")


def told(later: Topics, new: int) -> dict[str, tuple[str, str]]:
    """Tier and sentence of what is told, by label."""
    changes, _ = tiered([topic_changes(later, BEFORE, joint(1_000, new))])
    return {change.subject: (change.tier, change.what) for change in changes}


def test_a_topic_grows_where_the_new_votes_have_more_of_it() -> None:
    found = told(edition([0] * 500 + [1] * 300 + [-1] * 200 + [0] * 50 + [1] * 450, "ab"), 500)
    assert found["b"] == (CLEAR, "“b” grows: 30.0 % of the earlier votes, 90.0 % of the new ones (+60.0 percentage points).")
    assert found["a"][1].startswith("“a” shrinks: 50.0 % of the earlier votes, 10.0 % of the new ones")


def test_a_fit_that_moved_borders_is_no_change_of_what_people_ask() -> None:
    """By the model of now, topic a has fewer of the earlier votes and of the new ones alike."""
    assert told(edition(([0] * 4 + [1] * 3 + [-1] * 3) * 150, "ab"), 500) == {}


def test_a_new_topic_is_clear_where_it_comes_out_again_and_the_new_votes_have_it() -> None:
    topic = [0] * 500 + [1] * 300 + [-1] * 200 + [0] * 200 + [1] * 150 + [2] * 150
    assert told(edition(topic, "abc"), 500)["c"] == (
        CLEAR,
        "“c” is a new topic: 0.0 % of the earlier votes, 30.0 % of the new ones (+30.0 percentage points).",
    )
    assert "c" not in told(edition(topic, "abc", {2: 0.5}), 500)


def test_a_topic_that_is_gone_is_possible_where_it_was_a_stable_one() -> None:
    found = told(edition([0] * 500 + [-1] * 500 + [0] * 250 + [-1] * 250, "a"), 500)
    assert found["b"] == (POSSIBLE, "“b” (30.0 % of the votes then) is no topic of its own any more.")


def test_topics_of_other_votes_are_refused() -> None:
    with pytest.raises(InputError, match="none of the earlier votes is among these"):
        topic_changes(BEFORE, BEFORE, joint(0, 1_000))
    with pytest.raises(InputError, match="the topics are of other votes than these"):
        topic_changes(BEFORE, BEFORE, joint(500, 400))
