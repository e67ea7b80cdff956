"""Coverage: how evenly votes are spread, and who came and went."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.audit.case import case_of, read_case
from analysis.audit.check import Verdict
from analysis.audit.sampling import Coverage, check_coverage, gini
from analysis.ratings.settings import Settings
from analysis.sources.load import load_votes
from analysis.sources.simulated.faults import faulty, variant_facts

TABLE = faulty(votes=6_000, models=8)


def without(frame: pd.DataFrame, model: str, first: float = 0.0, last: float = 1.0) -> pa.Table:
    """The votes without those on a model in a part of the time."""
    time = (frame["time"] - frame["time"].min()) / (frame["time"].max() - frame["time"].min())
    its = (frame["model_a"] == model) | (frame["model_b"] == model)
    return pa.Table.from_pandas(frame[~(its & (time >= first) & (time <= last))], preserve_index=False)


def frame_of(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str})


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=12))
def test_the_gini_coefficient_is_half_the_mean_difference_by_the_mean(values: list[int]) -> None:
    numbers = np.array(values)
    mean = numbers.mean()
    expected = np.abs(numbers[:, None] - numbers[None, :]).mean() / (2 * mean) if mean else 0.0
    assert gini(numbers) == pytest.approx(expected)


def test_the_gini_coefficient_of_textbooks() -> None:
    assert gini(np.array([1, 1, 1, 1])) == 0
    assert gini(np.array([0, 0, 0, 1])) == pytest.approx(0.75)
    assert gini(np.array([1, 2, 3, 4])) == pytest.approx(0.25)


def test_votes_of_models_and_pairs_add_up() -> None:
    found = check_coverage(case_of(TABLE))
    assert found.table["votes"].sum() == 2 * 6_000
    assert found.table["times_even"].mean() == pytest.approx(1)
    assert (found.table["opponents"] == 7).all()
    assert (found.met, found.unmet, found.possible) == (28, 0, 28)
    assert "every pair was asked" in found.sentence
    assert len(found.never_met.table) == 0
    days = (found.table["last_day"] - found.table["first_day"]).dt.days + 1
    np.testing.assert_allclose(found.table["votes_a_day"], found.table["votes"] / days)


def test_votes_on_few_models_are_to_beware_of() -> None:
    verdicts = [check_coverage(case_of(faulty("lopsided", votes=10_000, seed=seed))).verdict for seed in range(10)]
    assert verdicts == [Verdict.BEWARE] * 10


def test_a_clean_arena_is_fine_of_any_size() -> None:
    for votes, models in ((40_000, 12), (4_000, 8), (300, 6), (60, 8)):
        assert [check_coverage(case_of(faulty(votes=votes, models=models, seed=seed))).verdict for seed in range(5)] == [
            Verdict.FINE
        ] * 5


def test_pairs_that_were_never_asked_are_counted_and_listed_the_most_expected_first() -> None:
    frame = frame_of(TABLE)
    pair = {"model-02", "model-05"}
    kept = frame[~(frame["model_a"].isin(pair) & frame["model_b"].isin(pair))]
    found = check_coverage(case_of(pa.Table.from_pandas(kept, preserve_index=False)))
    assert found.unmet == 1
    assert found.never_met.table[["one", "other"]].to_numpy().tolist() == [["model-02", "model-05"]]
    assert "1 of 28 pairs never met." in found.never_met.sentence
    assert found.verdict is Verdict.FINE


def test_models_that_met_in_two_halves_leave_half_of_the_pairs_unasked() -> None:
    found = check_coverage(case_of(faulty("islands", votes=6_000, models=8)))
    assert (found.unmet, found.verdict) == (16, Verdict.KNOW)
    assert found.unmet_expected < 1e-6
    assert "where even sampling would leave 0" in found.sentence


def test_a_model_that_vanished_and_one_that_appeared_are_named() -> None:
    frame = frame_of(TABLE)
    gone = check_coverage(case_of(without(frame, "model-03", 0.7)))
    assert (gone.vanished, gone.appeared, gone.verdict) == (["model-03"], [], Verdict.KNOW)
    assert "model-03 had no votes in the last fifth" in gone.sentence
    came = check_coverage(case_of(without(frame, "model-03", 0.0, 0.4)))
    assert (came.vanished, came.appeared, came.verdict) == ([], ["model-03"], Verdict.FINE)
    assert came.table.set_index("model").loc["model-03", "noted"] == "appeared"


def test_a_model_of_few_votes_that_are_early_by_chance_did_not_vanish() -> None:
    vanished = 0
    for seed in range(40):
        found = check_coverage(case_of(faulty(votes=90, models=6, gap=5.0, seed=seed)))
        vanished += bool(found.vanished)
    assert vanished <= 4


def test_a_model_asked_ten_times_as_often_is_noted_with_its_busiest_day() -> None:
    frame = frame_of(faulty(votes=20_000, models=9))
    rare = frame[(frame["model_a"] == "model-01") | (frame["model_b"] == "model-01")]
    thinned = pd.concat([frame.drop(rare.index), rare.sample(len(rare) // 20, random_state=1)])
    found = check_coverage(case_of(pa.Table.from_pandas(thinned, preserve_index=False))).table.set_index("model")
    assert found.loc["model-01", "noted"] == "10 times as rarely"
    assert (found["noted"] == "").sum() == 8
    assert found["busiest_day_share"].between(0, 1).all()


def test_organizations_and_weights_have_their_votes_and_models() -> None:
    found = check_coverage(case_of(faulty("variants", votes=6_000, models=8), facts=variant_facts(8)))
    table = found.by_organization.table.set_index("organization")
    assert table.loc["Many", "models"] == 4
    assert table["votes"].sum() == 12_000
    assert table[["votes_share", "models_share"]].sum().tolist() == pytest.approx([1, 1])
    assert "Many has 4 of 8 models (50 %)" in found.by_organization.sentence
    assert found.by_weights.table["models"].tolist() == [4, 4]


def test_organizations_that_nobody_knows_are_one_row() -> None:
    found = check_coverage(case_of(TABLE))
    assert found.by_organization.table["organization"].tolist() == ["not known"]
    assert found.by_organization.sentence == found.by_weights.sentence == ""


def test_order_of_rows_sides_and_names_change_nothing() -> None:
    frame = frame_of(TABLE)
    turned = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"}).sample(frac=1, random_state=1)
    turned["outcome"] = turned["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    one, other = (check_coverage(case_of(pa.Table.from_pandas(each, preserve_index=False))) for each in (frame, turned))
    pd.testing.assert_frame_equal(one.table, other.table)
    assert (one.sentence, one.by_chance) == (other.sentence, other.by_chance)


def test_votes_without_times_have_no_days() -> None:
    found = check_coverage(case_of(TABLE.select(["model_a", "model_b", "outcome"])))
    assert found.days is None
    assert "first_day" not in found.table
    assert (found.vanished, found.appeared) == ([], [])


def test_one_time_far_off_costs_nothing() -> None:
    frame = frame_of(TABLE)
    frame.loc[0, "time"] = pd.Timestamp("2200-01-01", tz="UTC")
    found = check_coverage(case_of(pa.Table.from_pandas(frame, preserve_index=False)))
    assert found.vanished == []
    assert found.table["last_day"].max().year == 2200


def test_the_published_pair_counts_are_spread_unevenly(real_data: Path) -> None:
    found: Coverage = check_coverage(read_case(load_votes(real_data / "pair_counts_20240814.json"), "overall", Settings()))
    assert found.verdict is Verdict.BEWARE
    assert found.gini == pytest.approx(0.55, abs=0.005)
    assert (found.unmet, found.possible) == (4796, 8256)
