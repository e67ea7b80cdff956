"""The arena's rule for frequent prompts: what part of each vote stays, against pandas."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.prompts.frequency import QUANTILE, frequency_rule, frequency_weights, key_sizes
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]


def frame_of(rows: int = 2_000, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    words = rng.zipf(1.6, rows).clip(max=300)
    prompts = [None if place % 50 == 0 else "  " if place % 51 == 0 else f"word {word}" for place, word in enumerate(words)]
    return pd.DataFrame({"prompt": prompts, "model_a": "x", "model_b": "y", "outcome": "tie"})


def test_a_vote_has_as_many_as_share_its_prompt_and_none_where_it_is_blank(votes_of: Make) -> None:
    frame = frame_of()
    said = frame["prompt"].where(frame["prompt"].fillna("").str.strip() != "")
    expected = said.map(said.value_counts()).fillna(0).astype(int)
    assert key_sizes(votes_of(frame)).tolist() == expected.tolist()


@pytest.mark.parametrize("quantile", [0.5, 0.9, 0.99, QUANTILE])
def test_of_each_frequent_prompt_as_many_votes_stay_as_the_rule_keeps(votes_of: Make, quantile: float) -> None:
    votes = votes_of(frame_of())
    rule, weight, sizes = frequency_rule(votes, quantile), frequency_weights(votes, quantile), key_sizes(votes)
    assert weight.shape == (len(votes),)
    assert len(votes) - weight.sum() == pytest.approx(rule.removed)
    assert (weight[sizes == 0] == 1).all()
    frequent = sizes > rule.cutoff
    assert (weight[~frequent] == 1).all()
    for size in np.unique(sizes[frequent]):
        assert weight[sizes == size].sum() == pytest.approx(int(rule.cutoff) * (sizes == size).sum() / size)


def test_all_messages_as_written_are_what_is_compared(votes_of: Make) -> None:
    conversations = [["hi", "more"], ["hi", "more"], ["hi"], ["Hi"], None, [" "]]
    frame = frame_of(6).assign(prompt=["hi", "hi", "hi", "hi", "hi", " "], prompts=conversations)
    assert key_sizes(votes_of(frame)).tolist() == [2, 2, 2, 1, 2, 0]


def test_without_any_prompt_all_votes_stay_whole(votes_of: Make) -> None:
    votes = votes_of(frame_of(20).assign(prompt=" "))
    rule = frequency_rule(votes)
    assert (rule.votes, rule.removed, rule.frequent, rule.cutoff) == (0, 0, 0, 0.0)
    assert frequency_weights(votes).tolist() == [1.0] * 20


def test_the_order_of_the_table_does_not_matter(votes_of: Make) -> None:
    frame = frame_of(rows=150_000)
    order = np.random.default_rng(2).permutation(len(frame))
    one, other = (frequency_weights(votes_of(table)) for table in (frame, frame.iloc[order]))
    assert one[order].tolist() == other.tolist()
