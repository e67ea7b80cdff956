"""MT-bench's judgments: several judges for each turn of a question, all votes, each about what was judged."""

import pytest

from analysis.sources.literals import Unreadable
from analysis.sources.load import load_votes
from analysis.sources.recognise import find_release
from analysis.sources.releases import mt_bench, mt_bench_pairs


def test_each_judge_of_each_turn_is_a_vote_about_that_much_of_the_conversation(shapes, save):
    first = shapes["mt_bench"][0]
    rows = [
        first,
        {**first, "judge": "expert_3", "winner": "tie"},
        {**first, "turn": 2},
        {**first, "judge": "author_2", "turn": 2},
    ]
    votes = load_votes(save(rows, "parquet"))
    assert (votes.ledger.release, len(votes), votes.ledger.dropped) == ("mt_bench", 4, {})
    assert votes.table["turns"].tolist() == [1, 1, 2, 2]
    assert [len(prompts) for prompts in votes.table["prompts"]] == [1, 1, 2, 2]
    assert votes.table["is_refusal"].tolist() == [False, False, True, True]  # the refusal is in the second answer
    assert votes.table["judge"].tolist() == ["expert_17", "expert_3", "expert_17", "author_2"]


@pytest.mark.parametrize(
    ("label", "winner"),
    [("model_a", "model_a"), ("tie", "tie"), ("tie (inconsistent)", "tie"), ("error", None), ("draw", "draw"), (None, None)],
)
def test_an_inconsistent_judge_ties_and_an_unread_verdict_is_no_outcome(shapes, label, winner):
    assert mt_bench.reshape({**shapes["mt_bench"][0], "winner": label})["winner"] == winner


@pytest.mark.parametrize(
    ("cell", "who"),
    [
        ("expert_17", "expert_17"),
        (["gpt-4", "pair-v2"], "gpt-4"),
        ("['gpt-4', 'pair-v2']", "gpt-4"),
        ("[cut", "[cut"),
        ([], []),
        (None, None),
    ],
)
def test_the_judge_is_who_judged(cell, who):
    assert mt_bench.judge(cell) == who


@pytest.mark.parametrize("name", ["arena_33k", "arena_100k", "arena_140k"])
def test_the_arenas_own_votes_are_not_taken_for_judgments(shapes, save, name):
    assert load_votes(save(shapes[name], "parquet")).ledger.release == name


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        ("model_1", "model_1", "model_a"),
        ("model_2", "model_2", "model_b"),
        ("model_1", "model_2", "tie"),
        ("tie", "model_2", "tie"),
        ("model_1", "tie", "tie"),
        ("tie", "tie", "tie"),
        ("error", "model_1", None),
        ("model_1", "error", None),
        (None, "tie", None),
    ],
)
def test_a_side_wins_a_pair_that_wins_both_orders(first, second, winner):
    """The rule of lm-sys/FastChat, llm_judge/show_result.py."""
    assert mt_bench_pairs.reshape({"g1_winner": first, "g2_winner": second})["winner"] == winner


def test_an_unknown_winner_of_a_pair_is_unreadable():
    with pytest.raises(Unreadable, match="not 'model_3'"):
        mt_bench_pairs.reshape({"g1_winner": "model_3", "g2_winner": "tie"})


def test_pair_judgments_have_models_judge_turn_and_time(shapes, save):
    (vote,) = load_votes(save(shapes["mt_bench_pairs"])).table.to_dict("records")
    assert [vote[name] for name in ("model_a", "model_b", "outcome", "judge", "turns", "release")] == [
        *("heron-7b", "osprey-13b", "model_a", "gpt-4", 1, "mt_bench_pairs")
    ]
    assert vote["time"].year == 2023


def test_every_release_is_recognised_as_itself(shapes, tmp_path):
    for name, rows in shapes.items():
        assert name == find_release(tmp_path, tuple(rows[0]), {}).name
