"""The audit as a whole: every check answers or says why not, whatever the votes lack."""

import math

import pandas as pd
import pyarrow as pa
import pytest

import analysis as arena
from analysis.audit.audit import CHECKS, Audit, audit, audit_check, audit_of, audit_pair, audit_sampling, next_pairs
from analysis.audit.case import case_of
from analysis.audit.check import StoodDown, Verdict
from analysis.errors import InputError, UsageError
from analysis.ratings.settings import Settings
from analysis.sources.load import load_votes
from analysis.sources.simulated.faults import FAULTS, faulty, variant_facts

TABLE = faulty(votes=6_000, models=8)


def frame_of(table: pa.Table) -> pd.DataFrame:
    frame = table.to_pandas()
    return frame.astype({name: str for name in ("model_a", "model_b", "outcome", "judge", "language") if name in frame})


def table_of(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def duels(count: int = 300, outcomes: tuple[str, ...] = ("model_a", "model_b", "model_a", "tie")) -> pa.Table:
    """Votes between two models."""
    rows = range(count)
    sides = [("a", "b") if row % 2 else ("b", "a") for row in rows]
    return table_of(
        pd.DataFrame(
            {
                "model_a": [one for one, _ in sides],
                "model_b": [other for _, other in sides],
                "outcome": [outcomes[row // 2 % len(outcomes)] for row in rows],
                "judge": [f"judge-{row // 3}" for row in rows],
            }
        )
    )


LACKING = {
    "no judges": TABLE.drop_columns(["judge"]),
    "no times": TABLE.drop_columns(["time"]),
    "sides that the file sorted": table_of(frame_of(TABLE).query("model_a < model_b")),
    "pair counts alone": table_of(frame_of(TABLE)[["model_a", "model_b", "outcome"]].query("model_a < model_b")),
    "one pair": duels(),
    "one pair in few votes": duels(9),
    "nothing but ties": table_of(frame_of(TABLE).assign(outcome="tie")),
    "two models that always tie": duels(outcomes=("tie", "both_bad")),
    "one judge": table_of(frame_of(TABLE).assign(judge="judge-1")),
    "unconnected groups": faulty("islands", votes=3_000, models=8),
    "thirty votes": TABLE.slice(0, 30),
    "no prompts of any length": table_of(frame_of(TABLE).assign(tokens_user=None)),
}


@pytest.mark.parametrize("name", LACKING)
def test_every_check_answers_or_says_in_one_line_why_not(name: str) -> None:
    found = audit_of(case_of(LACKING[name]))
    assert list(found.checks) == [kind.name for kind in CHECKS]
    for check in found.checks.values():
        assert check.sentence
        assert "\n" not in check.sentence
        assert "nan" not in str(check.sentence).split()
        assert isinstance(check.table, pd.DataFrame)
        assert bool(check.number) == bool(check.threshold) == (check.verdict is not Verdict.UNTOLD)
    assert len(found.table) == len(CHECKS)
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(
    ("name", "down"),
    [
        ("no judges", {"clustering", "influence", "implausible", "discrimination", "agreement"}),
        ("no times", {"drift"}),
        ("sides that the file sorted", {"position", "side_order"}),
        ("one pair", {"circles", "misfit"}),
        ("nothing but ties", {"ties"}),
    ],
)
def test_what_lacks_a_column_stands_down_and_the_others_go_on(name: str, down: set[str]) -> None:
    found = audit_of(case_of(LACKING[name]))
    assert down <= {check.name for check in found.found(Verdict.UNTOLD)}
    assert {"separation", "fragility", "coverage", "connectivity"} & {
        check.name for check in found.found(Verdict.UNTOLD)
    } == set()
    why = found.checks[min(down)]
    assert isinstance(why, StoodDown)
    assert str(why.sentence).startswith("Cannot be told here: ")
    assert math.isnan(found.table.set_index("check")["false_alarm"][why.name])


def test_votes_that_rate_nobody_are_an_error() -> None:
    with pytest.raises(InputError, match="nothing to rate"):
        case_of(duels(outcomes=("model_a", "model_b", "model_b", "model_a")).slice(0, 1))


def test_what_to_beware_of_comes_first() -> None:
    found = audit_of(case_of(faulty("side", votes=20_000)))
    order = [str(verdict) for verdict in (Verdict.BEWARE, Verdict.KNOW, Verdict.FINE, Verdict.UNTOLD)]
    assert list(found.table["verdict"]) == sorted(found.table["verdict"], key=order.index)
    assert "position" in {check.name for check in found.found(Verdict.BEWARE)}
    assert found.lines[0].startswith("beware, ")
    assert "say beware" in found.sentence or "says beware" in found.sentence


@pytest.mark.parametrize("fault", FAULTS)
def test_the_same_votes_give_the_same_audit(fault: str) -> None:
    table = faulty(fault, votes=3_000)
    one, other = (audit_of(case_of(table)).table for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


def test_rows_in_another_order_and_sides_swapped_leave_what_does_not_depend_on_them() -> None:
    frame = frame_of(TABLE)
    turned = frame.rename(columns={"model_a": "model_b", "model_b": "model_a", "tokens_a": "tokens_b", "tokens_b": "tokens_a"})
    turned["outcome"] = turned["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    turned = turned.sample(frac=1, random_state=3)
    one, other = audit_of(case_of(table_of(frame))), audit_of(case_of(table_of(turned)))
    assert {name: check.verdict for name, check in one.checks.items()} == {
        name: check.verdict for name, check in other.checks.items()
    }
    for name in ("separation", "rank_spans", "votes_needed", "ties", "circles", "misfit", "coverage", "connectivity"):
        assert one.checks[name].number == other.checks[name].number, name


def test_a_clean_arena_fires_nothing_that_it_does_not_state() -> None:
    """Nineteen checks of 5 % at most: among ten arenas no check may fire four times."""
    fired = pd.DataFrame([{name: check.fires for name, check in clean(seed).checks.items()} for seed in range(1, 11)])
    assert fired.sum().max() < 4
    assert fired.to_numpy().mean() < 0.05


def clean(seed: int) -> Audit:
    return audit_of(case_of(faulty(seed=seed)))


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("side", "position"),
        ("side order", "side_order"),
        ("circle", "circles"),
        ("circle", "misfit"),
        ("loud judge", "influence"),
        ("power voters", "clustering"),
        ("tie-prone", "ties"),
        ("lopsided", "coverage"),
        ("drifting model", "drift"),
        ("against", "implausible"),
        ("random voters", "discrimination"),
        ("thin", "separation"),
        ("thin", "rank_spans"),
        ("thin", "votes_needed"),
        ("islands", "connectivity"),
        ("length", "confounders"),
        ("fragile", "fragility"),
    ],
)
def test_a_planted_fault_is_found(fault: str, check: str) -> None:
    assert audit_of(case_of(faulty(fault, seed=5)), [check]).checks[check].fires


def test_the_best_of_many_variants_is_found() -> None:
    case = case_of(faulty("variants", models=24), facts=variant_facts(24))
    assert audit_of(case, ["variants"]).checks["variants"].fires


def test_one_check_can_be_made_and_taken_by_its_name() -> None:
    votes = load_votes(TABLE)
    found = audit(votes, checks=["position"], level=0.9)
    assert list(found.checks) == ["position"]
    assert audit_check(found, "position").name == "position"
    assert found.case.settings == Settings(level=0.9)
    with pytest.raises(UsageError, match="did you mean position"):
        audit(votes, checks=["positon"])
    with pytest.raises(UsageError, match="no check 'ties'"):
        audit_check(found, "ties")


def test_an_audit_is_of_a_plain_board() -> None:
    with pytest.raises(UsageError, match="leave out style_control"):
        audit(TABLE, style_control=True)


def test_two_models_are_told_apart_decided_and_held_in_one_row() -> None:
    found = audit_of(case_of(TABLE))
    row = audit_pair(found, "model-01", "model-08").table.iloc[0]
    assert (row["model"], row["separated"], row["times"]) == ("model-01", "over all pairs", 0)
    assert row["fewest"] > 100
    first = audit_pair(found)
    assert list(first.table.iloc[0][["model", "other"]]) == list(found.case.board.models[:2])
    assert str(first.sentence).count("above") >= 1
    with pytest.raises(UsageError, match="against itself"):
        audit_pair(found, "model-01", "model-01")


def test_the_next_pairs_and_whom_votes_are_on_come_from_the_same_votes() -> None:
    found = audit(arena.load_votes("sample"), checks=["coverage"])
    assert len(next_pairs(found, top=7).table) == 7
    sampled = audit_sampling(found).table
    for _, part in sampled.groupby("by"):
        assert part["votes"].sum() == 2 * found.case.pairs.votes
        assert part["votes_share"].sum() == pytest.approx(1)


def test_a_category_has_an_audit_of_its_own() -> None:
    found = audit(arena.load_votes("sample"), "multi_turn", checks=["separation"])
    assert found.case.pairs.votes < 10_000
    assert "Multi-turn" in found.caption
    assert found.simulated


def test_a_feature_that_is_asked_for_is_looked_at() -> None:
    found = audit(arena.load_votes("sample"), features=["refusal=is_refusal"], checks=["confounders"])
    assert "refusal" in set(found.checks["confounders"].table["feature"])
    with pytest.raises(UsageError, match="NAME=COLUMN"):
        audit(TABLE, features=["refusal"])
