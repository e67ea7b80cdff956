"""Rules for ties: what turns a separated pair round, and what cannot."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.optimize import minimize

from analysis.audit.case import case_of
from analysis.audit.check import Verdict
from analysis.audit.ties import RULES, check_ties
from analysis.errors import InputError
from analysis.ratings.settings import Settings
from analysis.sources.simulated.faults import faulty


def votes_of(*rows: tuple[str, str, str, int]) -> pa.Table:
    """Votes by model, model, outcome and how many there are."""
    frame = pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "times"])
    frame = frame.loc[frame.index.repeat(frame["times"])].drop(columns="times")
    return pa.Table.from_pandas(frame, preserve_index=False)


def plain(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str})


def test_a_clean_arena_keeps_its_order_and_the_tie_prone_one_does_not() -> None:
    clean, prone = check_ties(case_of(faulty())), check_ties(case_of(faulty("tie-prone")))
    assert clean.verdict == Verdict.FINE
    assert clean.separated == 66
    assert "None of the 66 pairs of models separated on the board changes its order with ties left out, by" in clean.sentence
    assert prone.verdict == Verdict.BEWARE
    assert "model-11 is above" in prone.sentence
    assert prone.largest_move[prone.models.index("model-11")] == 3
    # Four of five votes of the weakest model but one are ties: 0.8 · 2 / 12 of all, beside those of the other pairs.
    assert prone.tie_share > clean.tie_share + 0.09


def test_a_pair_that_ties_alone_hold_down_turns_beyond_chance_on_both_boards() -> None:
    # a never loses to c but often draws; b beats c oftener and loses more often. With ties left out a is far above b.
    table = votes_of(
        ("a", "c", "model_a", 100), ("a", "c", "model_b", 2), ("a", "c", "tie", 900),
        ("b", "c", "model_a", 750), ("b", "c", "model_b", 250), ("a", "b", "tie", 10),
    )  # fmt: skip
    found = check_ties(case_of(table))
    assert found.verdict == Verdict.BEWARE
    assert found.pairs_reversed == 1
    row = found.reversed.set_index("rule").loc["dropped"]
    assert (row["model"], row["other"], row["opposite"]) == ("b", "a", True)
    assert "b is above a on the board, and below with ties left out, beyond chance on both boards." in found.sentence


def test_parameters_are_the_maximum_of_the_likelihood() -> None:
    """Davidson (1970) and Rao and Kupper (1967), by a general optimiser over three models."""
    wins = {("a", "b"): (40, 25, 20), ("a", "c"): (50, 20, 30), ("b", "c"): (45, 30, 15)}
    rows = [
        (one, two, name, n)
        for (one, two), counts in wins.items()
        for name, n in zip(("model_a", "model_b", "tie"), counts, strict=True)
    ]
    found = check_ties(case_of(votes_of(*rows), Settings(interval="votes")))
    place = {"a": 0, "b": 1, "c": 2}

    def loss(at: np.ndarray, rule: str) -> float:
        strength, total = np.exp(np.append(at[:2], 0)), 0.0
        for (one, two), counts in wins.items():
            left, right = strength[place[one]], strength[place[two]]
            if rule == "davidson":
                chances = np.array([left, right, np.exp(at[2]) * np.sqrt(left * right)])
                chances /= chances.sum()
            else:
                theta = np.exp(at[2])
                chances = np.array([left / (left + theta * right), right / (right + theta * left), 0])
                chances[2] = 1 - chances.sum()
            total -= np.array(counts) @ np.log(chances)
        return float(total)

    for rule in ("davidson", "rao_kupper"):
        best = minimize(loss, [0.1, 0.1, 0.3], args=(rule,), method="BFGS")
        value, low, high = found.parameters[rule]
        assert value == pytest.approx(np.exp(best.x[2]), rel=1e-3)
        assert low < value < high
        # The inverse of the curvature is the variance where the model holds; it nearly does.
        assert np.log(high / low) / 2 / 1.96 == pytest.approx(np.sqrt(best.hess_inv[2, 2]), rel=0.15)


def test_the_interval_of_davidsons_parameter_holds_it() -> None:
    rng, held = np.random.default_rng(1), []
    for _ in range(60):
        left, right = np.array([(0, 1), (0, 2), (1, 2)])[rng.integers(0, 3, 400)].T
        strength = np.array([0.4, 0.0, -0.4])
        weight = np.column_stack(
            [np.exp(strength[left] - strength[right]), np.ones(400), 0.8 * np.exp((strength[left] - strength[right]) / 2)]
        )
        drawn = (rng.random(400)[:, None] > np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)).sum(axis=1)
        frame = pd.DataFrame({"model_a": np.array(list("abc"))[left], "model_b": np.array(list("abc"))[right]})
        frame["outcome"] = np.array(["model_a", "model_b", "tie"])[drawn]
        _, low, high = check_ties(case_of(pa.Table.from_pandas(frame))).parameters["davidson"]
        held.append(low <= 0.8 <= high)
    assert np.mean(held) >= 0.88


def test_sides_order_and_names_do_not_matter() -> None:
    table = faulty("tie-prone", votes=6_000, models=6)
    frame = plain(table)
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"}).sample(frac=1, random_state=1)
    swapped["outcome"] = swapped["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    swapped[["model_a", "model_b"]] = swapped[["model_a", "model_b"]].replace("model-01", "zz")
    one, other = check_ties(case_of(table)), check_ties(case_of(pa.Table.from_pandas(swapped, preserve_index=False)))
    assert [name.replace("model-01", "zz") for name in one.models] == list(other.models)
    np.testing.assert_allclose(one.ratings, other.ratings, atol=1e-5)
    assert one.parameters["davidson"] == pytest.approx(other.parameters["davidson"])


def test_without_ties_it_cannot_matter_and_with_nothing_else_it_cannot_be_told() -> None:
    frame = plain(faulty(votes=2_000, models=4))
    decided, tied = (frame[frame["outcome"].str.startswith("model") == kept] for kept in (True, False))
    found = check_ties(case_of(pa.Table.from_pandas(decided, preserve_index=False)))
    assert (found.verdict, found.rules, found.tie_share) == (Verdict.FINE, ("half",), 0)
    assert found.sentence == "There are no ties, so it cannot matter how they count."
    with pytest.raises(InputError, match="every vote is a tie"):
        check_ties(case_of(pa.Table.from_pandas(tied, preserve_index=False)))


def test_a_model_that_only_ties_connect_is_said() -> None:
    table = votes_of(("a", "b", "model_a", 30), ("a", "b", "model_b", 20), ("b", "c", "tie", 20), ("a", "c", "tie", 20))
    found = check_ties(case_of(table))
    assert np.isnan(found.ratings[found.models.index("c"), found.rules.index("dropped")])
    assert "Without ties c cannot be rated" in found.sentence
    assert found.table["place_dropped"].isna().sum() == 1


def test_counts_alone_two_models_and_thirty_votes_are_enough_to_answer() -> None:
    for table in (
        votes_of(("a", "b", "model_a", 3), ("a", "b", "model_b", 2), ("a", "b", "tie", 1)),
        faulty(votes=30, models=6).select(["model_a", "model_b", "outcome"]),
        faulty("islands", votes=4_000),
    ):
        found = check_ties(case_of(table))
        assert found.verdict in (Verdict.FINE, Verdict.KNOW, Verdict.BEWARE)
        assert list(found.table["model"]) == list(found.models)
        assert found.number.endswith("pairs") or found.number.endswith("pair")


def test_ties_that_judges_share_widen_the_interval_of_the_parameter() -> None:
    frame = plain(faulty(votes=4_000, models=6)).sort_values("judge")
    # Every judge's votes are cast five times over: as many more votes as they are worth nothing more.
    wide = pd.concat([frame] * 5, ignore_index=True)
    over_judges = check_ties(case_of(pa.Table.from_pandas(wide))).parameters["rao_kupper"]
    over_votes = check_ties(case_of(pa.Table.from_pandas(wide), replace(Settings(), interval="votes"))).parameters["rao_kupper"]
    ratio = np.log(over_judges[2] / over_judges[1]) / np.log(over_votes[2] / over_votes[1])
    assert ratio == pytest.approx(np.sqrt(5), rel=0.15)
    assert set(RULES) == {"half", "dropped", "davidson", "rao_kupper"}
