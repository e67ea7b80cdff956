"""Whether judges who saw the same two models on the same prompt agree."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa as peer_cohen
from statsmodels.stats.inter_rater import fleiss_kappa as peer_fleiss

from analysis.audit.agreement import Agreement, check_agreement, cohens_kappa, fleiss_kappa
from analysis.audit.case import case_of, read_case
from analysis.audit.check import Verdict
from analysis.audit.clustering import check_clustering
from analysis.audit.discrimination import check_discrimination
from analysis.audit.implausible import check_implausible
from analysis.audit.influence import check_influence
from analysis.errors import InputError
from analysis.ratings.settings import Settings
from analysis.sources.load import load_votes
from analysis.sources.simulated.faults import faulty


def crowd(truth: float, seed: int = 1, items: int = 150) -> pa.Table:
    """Three judges of the same prompts who see what is there so often, and else say anything."""
    rng = np.random.default_rng(seed)
    models = np.array([f"model-{number}" for number in range(4)])
    rows = []
    for item in range(items):
        one, other = rng.choice(4, 2, replace=False)
        there = rng.integers(3)
        for judge in range(3):
            said = there if rng.random() < truth else rng.integers(3)
            outcome = ("model_a", "tie", "model_b")[said]
            rows.append((models[one], models[other], outcome, f"judge {judge}", f"prompt {item}"))
    return pa.Table.from_pandas(pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "judge", "prompt"]))


def pandalm(folder: Path) -> pd.DataFrame:
    """The judgments of three people on 999 pairs of answers, as votes."""
    rows = []
    for pair in json.loads((folder / "pandalm_testset_v1.json").read_text(encoding="utf-8")):
        left, right = pair["cmp_key"].split("_")
        prompt = f"{pair['instruction']}\n{pair['input']}"
        for judge in ("annotator1", "annotator2", "annotator3"):
            outcome = ("tie", "model_a", "model_b")[int(pair[judge])]
            rows.append((left, right, outcome, judge, prompt))
    return pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "judge", "prompt"])


def test_pandalms_judges_agree_as_published(real_data: Path) -> None:
    """Wang et al. 2024 (arXiv 2306.05087): Cohen's kappa 0.85, 0.86 and 0.88 between any two of three annotators."""
    frame = pandalm(real_data)
    for case in (
        case_of(pa.Table.from_pandas(frame, preserve_index=False)),
        read_case(load_votes(frame), "overall", Settings()),
    ):
        check = check_agreement(case)
        assert check.whole.items == 999
        assert sorted(round(kappa.value, 2) for kappa in check.pairs.values()) == [0.85, 0.86, 0.88]
        assert {names: kappa.items for names, kappa in check.pairs.items()} == {
            ("annotator1", "annotator2"): 999,
            ("annotator1", "annotator3"): 999,
            ("annotator2", "annotator3"): 999,
        }
        assert check.verdict is Verdict.FINE
        assert "almost perfect agreement" in check.sentence
        assert "Cohen's kappa of 3 pairs of judges with at least 30 in common is 0.85 to 0.88." in check.sentence


def test_checks_of_judges_answer_or_stand_down_on_three_people(real_data: Path) -> None:
    case = case_of(pa.Table.from_pandas(pandalm(real_data), preserve_index=False))
    clustering = check_clustering(case)
    assert clustering.verdict is Verdict.BEWARE
    assert clustering.sentence.startswith("3 judges cast 2,997 votes")
    for check in (check_influence(case), check_implausible(case), check_discrimination(case)):
        assert check.verdict is Verdict.FINE
        assert len(check.table) == 3


def test_fleiss_own_example() -> None:
    """Fleiss 1971, table 1 as in the handbook: ten subjects, fourteen raters, five categories; kappa 0.210."""
    counts = np.array(
        [
            [0, 0, 0, 0, 14],
            [0, 2, 6, 4, 2],
            [0, 0, 3, 5, 6],
            [0, 3, 9, 2, 0],
            [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0],
            [3, 2, 6, 3, 0],
            [2, 5, 3, 2, 2],
            [6, 5, 2, 1, 0],
            [0, 2, 2, 3, 7],
        ]
    )
    found = fleiss_kappa(counts)
    assert found.value == pytest.approx(0.210, abs=5e-4)
    assert found.value == pytest.approx(peer_fleiss(counts))
    assert found.agreement == pytest.approx(0.378, abs=5e-4)


def test_cohens_kappa_and_its_error_are_those_of_others() -> None:
    rng = np.random.default_rng(1)
    one = rng.integers(0, 3, 400)
    other = np.where(rng.random(400) < 0.6, one, rng.integers(0, 3, 400))
    found = cohens_kappa(one, other)
    peer = peer_cohen(np.array([[((one == row) & (other == column)).sum() for column in range(3)] for row in range(3)]))
    assert found.value == pytest.approx(cohen_kappa_score(one, other))
    assert found.error == pytest.approx(peer.std_kappa, rel=2e-3)


def test_the_interval_of_fleiss_kappa_holds_the_truth_about_as_often_as_it_says() -> None:
    """Judges who see what is there with a chance of t and else say any of three: kappa t²."""
    held = [
        low <= 0.36 <= high
        for low, high in (check_agreement(case_of(crowd(0.6, seed, items=60))).whole.interval for seed in range(60))
    ]
    assert sum(held) >= 52


@pytest.mark.parametrize(("truth", "verdict"), [(0.9, Verdict.FINE), (0.5, Verdict.KNOW), (0.1, Verdict.KNOW)])
def test_verdicts_are_by_landis_and_koch(truth: float, verdict: Verdict) -> None:
    check = check_agreement(case_of(crowd(truth, items=400)))
    assert check.verdict is verdict
    assert check.table["kappa"][0] == check.whole.value == pytest.approx(truth**2, abs=0.08)


def of(frame: pd.DataFrame) -> Agreement:
    return check_agreement(case_of(pa.Table.from_pandas(frame, preserve_index=False)))


def test_neither_sides_nor_order_nor_names_of_models_matter() -> None:
    frame = crowd(0.6).to_pandas()
    one = of(frame)
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"})
    swapped["outcome"] = swapped["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    renamed = {f"model-{number}": f"model-{9 - number}" for number in range(4)}
    for other in (swapped, frame.sample(frac=1, random_state=1), frame.replace({"model_a": renamed, "model_b": renamed})):
        found = of(other)
        pd.testing.assert_frame_equal(found.table, one.table)
        assert found.sentence == one.sentence


def test_a_judge_counts_once_and_prompts_are_the_same_once_normalised() -> None:
    frame = crowd(0.6).to_pandas()
    one = of(frame)
    again = frame[frame["judge"] == "judge 0"].assign(outcome="tie")
    shouted = frame.assign(prompt=frame["prompt"].where(frame.index % 2 == 0, frame["prompt"].str.upper() + "!"))
    for other in (pd.concat([frame, again]), shouted):
        found = of(other)
        assert (found.whole.items, found.whole.value) == pytest.approx((one.whole.items, one.whole.value))


def test_what_cannot_be_told_is_said() -> None:
    table = faulty(votes=300, models=4)
    with pytest.raises(InputError, match="no prompt"):
        check_agreement(case_of(table))
    for prompts, words in (([f"p{row}" for row in range(300)], "no prompt has several"), ([None] * 300, "no prompt has several")):
        with pytest.raises(InputError, match=words):
            check_agreement(case_of(table.append_column("prompt", pa.array(prompts, pa.string()))))
    with pytest.raises(InputError, match="12 prompts have several judges of the same two models, and 30 are needed"):
        check_agreement(case_of(crowd(0.5, items=12)))
    alike = crowd(0.5)
    ties = alike.set_column(alike.column_names.index("outcome"), "outcome", pa.array(["tie"] * len(alike)))
    with pytest.raises(InputError, match="say the same"):
        check_agreement(case_of(ties))
