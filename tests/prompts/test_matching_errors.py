"""Matching errors: what the file counts, as shares with intervals, at the thresholds that are used."""

import pandas as pd
import pytest

import analysis as arena
from analysis.embeddings.universal import absence
from analysis.errors import UsageError
from analysis.matching import meaning, near
from analysis.prompts.matching_errors import FILE, MatchingErrors, matching_errors

COUNTS = pd.DataFrame(
    {
        "kind": "near",
        "by": "pieces",
        "prompts": ["these", "those"],
        "threshold": 0.8,
        "found": [90, 0],
        "pairs": [100, 10],
        "wrong": [10, 0],
        "unrelated": [200, 50],
        "crossed_wrong": [99, 0],
        "crossed": [9900, 90],
    }
)


def test_precision_is_that_of_as_many_true_pairs_as_others() -> None:
    row = MatchingErrors(COUNTS).table.iloc[0]
    assert (row["share"], row["wrong"], row["crossed"]) == (0.9, 0.05, 0.01)
    assert row["precision"] == pytest.approx(0.9 / 0.95)
    assert row["lower"] == pytest.approx(0.826, abs=0.001)
    assert row["least"] == pytest.approx(0.826 / (0.826 + 0.0896), abs=0.001)


def test_where_nothing_is_called_alike_there_is_no_precision() -> None:
    row = MatchingErrors(COUNTS).table.iloc[1]
    assert row["share"] == row["lower"] == 0
    assert pd.isna(row["precision"])
    assert pd.isna(row["least"])


def test_each_kind_is_shown_at_the_threshold_that_is_used() -> None:
    table = arena.matching_errors().table
    used = table.groupby("kind")["threshold"].unique().map(list).to_dict()
    assert used == {"exact": [1.0], "near": [near.NEAR], "meaning": [meaning.usual_threshold()]}
    assert not table.duplicated(["kind", "prompts"]).any()


def test_another_threshold_shows_the_nearest_that_was_tried() -> None:
    assert set(matching_errors("near", 0.87).table["threshold"]) == {0.85}
    assert set(matching_errors("meaning", 0.99).table["kind"]) == {"meaning"}


def test_what_is_found_falls_with_the_threshold_and_so_does_what_is_wrong() -> None:
    counts = pd.read_csv(FILE).sort_values("threshold")
    for _, rows in counts.groupby(["kind", "by", "prompts"]):
        for column in ("found", "wrong", "crossed_wrong"):
            assert rows[column].is_monotonic_decreasing
    assert (counts["found"] <= counts["pairs"]).all()
    assert (counts["wrong"] <= counts["unrelated"]).all()
    assert (counts["crossed_wrong"] <= counts["crossed"]).all()


@pytest.mark.skipif(bool(absence()), reason="the encoder is not there")
def test_meaning_finds_questions_in_other_words_and_in_chinese() -> None:
    found = matching_errors("meaning")
    table = found.table.set_index("prompts")
    assert table.loc["questions rephrased in English", "share"] >= 0.9
    assert table.loc["questions in Chinese", "share"] >= 0.7
    assert (table.filter(like="questions", axis=0)["least"] >= 0.95).all()
    assert "92 % of the questions rephrased in English and 98 %" in found.sentence


def test_a_part_of_the_sets_says_so_in_one_sentence() -> None:
    assert "known to say the same" in matching_errors("near").sentence


def test_a_threshold_needs_its_kind() -> None:
    with pytest.raises(UsageError, match="belongs to a kind"):
        matching_errors(threshold=0.5)
    with pytest.raises(UsageError, match="exact, near, meaning"):
        matching_errors("other")
