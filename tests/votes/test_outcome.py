"""Outcome labels of the releases."""

import pytest

from analysis.votes.outcome import LABELS, Outcome, parse_outcome, unknown_outcomes


@pytest.mark.parametrize(
    ("label", "outcome"),
    [
        ("model_a", Outcome.MODEL_A),
        (" Model_B ", Outcome.MODEL_B),
        ("tie", Outcome.TIE),
        ("tie (bothbad)", Outcome.BOTH_BAD),
        ("both_bad", Outcome.BOTH_BAD),
        ("leftvote", Outcome.MODEL_A),
        ("bothbad_vote", Outcome.BOTH_BAD),
    ],
)
def test_every_label_of_a_release_stands_for_its_outcome(label, outcome):
    assert parse_outcome(label) is outcome


@pytest.mark.parametrize("label", [None, "", "draw", "ties", 0, 0.5, "nan"])
def test_any_other_label_is_unknown_and_never_a_tie(label):
    assert parse_outcome(label) is None


def test_labels_are_lower_case_so_that_they_are_found():
    assert all(label == label.lower() for label in LABELS)


def test_the_error_shows_the_commonest_values_first_with_counts_and_the_way_out():
    message = str(unknown_outcomes(["x", "y", "y", *map(str, range(20))], "votes.csv"))
    assert message.startswith("votes.csv: unknown outcome 'y' (2 rows), 'x' (1 row), '0' (1 row)")
    assert "--outcome LABEL=OUTCOME" in message
    assert "'19'" not in message
    assert "\n" not in message
