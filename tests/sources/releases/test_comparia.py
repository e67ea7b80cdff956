"""ComparIA's votes and reactions, by its own rules."""

import pytest

from analysis.sources.literals import Unreadable
from analysis.sources.load import load_votes
from analysis.sources.releases import comparia, comparia_reactions

MODELS = {"model_a_name": "heron", "model_b_name": "kite"}


@pytest.mark.parametrize(
    ("chosen", "equal", "winner"),
    [
        ("heron", False, "model_a"),
        ("kite", False, "model_b"),
        ("kite", None, "model_b"),  # early votes say nothing of equality
        (None, True, "tie"),
        ("heron", True, "tie"),
        (None, False, None),
        (" kite ", "False", "model_b"),
        ("", "True", "tie"),
    ],
)
def test_the_winner_is_the_chosen_model_unless_both_are_equal(chosen, equal, winner):
    assert comparia.reshape({**MODELS, "chosen_model_name": chosen, "both_equal": equal})["winner"] == winner


@pytest.mark.parametrize(("chosen", "equal"), [("owl", False), ("heron", "perhaps")])
def test_a_choice_that_names_neither_model_is_unreadable(chosen, equal):
    with pytest.raises(Unreadable):
        comparia.reshape({**MODELS, "chosen_model_name": chosen, "both_equal": equal})


def test_a_vote_has_judge_session_theme_and_texts(shapes, save):
    votes = load_votes(save(shapes["comparia"], "parquet"))
    (row,) = votes.table.to_dict("records")
    assert votes.ledger.release == "comparia"
    assert [row[name] for name in ("vote_id", "outcome", "turns")] == ["9", "model_b", 1]
    assert [row[name] for name in ("judge", "session")] == ["visitor-1", "session-1"]
    assert (list(row["tags"]), row["prompt"], row["bold_a"]) == (["ideas"], "Name a river.", 1)
    assert f"{row['time']:%Y-%m-%d %H:%M}" == "2025-03-27 11:23"


def test_without_conversations_the_opening_message_is_the_prompt(shapes, save):
    rows = shapes["comparia"]
    for name in ("conversation_a", "conversation_b", "selected_category"):
        del rows[0][name]
    (row,) = load_votes(save(rows, "csv")).table.to_dict("records")
    assert (row["prompt"], row["tags"], row["tokens_user"]) == ("Nomme un fleuve.", None, 3)


@pytest.mark.parametrize(
    ("model", "liked", "disliked", "winner"),
    [
        ("heron", True, False, "model_a"),
        ("kite", True, False, "model_b"),
        ("heron", False, True, "model_b"),
        ("kite", False, True, "model_a"),
        ("kite", None, True, "model_a"),
        ("kite", False, False, None),
    ],
)
def test_a_like_is_a_win_and_a_dislike_a_win_of_the_other(model, liked, disliked, winner):
    """The rule of ComparIA's own ranking: betagouv/ComparIA, utils/ranking/README.md, *Inputs*."""
    assert (
        comparia_reactions.reshape({**MODELS, "refers_to_model": model, "liked": liked, "disliked": disliked})["winner"] == winner
    )


@pytest.mark.parametrize(("position", "winner"), [("a", "model_a"), ("b", "model_b")])
def test_the_position_tells_the_side_where_the_model_is_not_named(position, winner):
    assert comparia_reactions.reshape({**MODELS, "model_pos": position, "liked": True})["winner"] == winner


@pytest.mark.parametrize(
    "row",
    [{"refers_to_model": "owl", "liked": True}, {"liked": True}, {"refers_to_model": "kite", "liked": True, "disliked": True}],
)
def test_a_reaction_to_nobody_or_of_both_kinds_is_unreadable(row):
    with pytest.raises(Unreadable):
        comparia_reactions.reshape({**MODELS, **row})


def test_a_reaction_is_about_the_conversation_up_to_its_answer(shapes, save):
    later = {**shapes["comparia_reactions"][0], "id": 8, "msg_rank": 1, "msg_index": 3}
    votes = load_votes(save([*shapes["comparia_reactions"], later], "parquet"))
    one, two = votes.table.to_dict("records")
    assert votes.ledger.release == "comparia_reactions"
    assert (one["turns"], list(one["prompts"]), one["is_refusal"]) == (1, ["Name a river."], False)
    assert (two["turns"], list(two["prompts"]), two["is_refusal"]) == (2, ["Name a river.", "Another?"], True)
    assert (one["outcome"], list(one["tags"])) == ("model_b", ["Education", "Arts"])


@pytest.mark.parametrize(
    ("name", "outcomes"),
    [
        ("comparia_votes_sample.parquet", {"model_a": 4, "model_b": 3, "tie": 3}),
        ("comparia_reactions_sample.parquet", {"model_b": 3, "model_a": 2}),
    ],
)
def test_the_real_samples_come_out_whole(real_data, name, outcomes):
    votes = load_votes(real_data / name)
    assert (votes.table["outcome"].value_counts().to_dict(), votes.ledger.dropped) == (outcomes, {})
