"""Whether one person moves a rank."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from analysis.audit import influence
from analysis.audit.case import case_of
from analysis.audit.check import Verdict
from analysis.audit.influence import CERTIFIED, SHOWN, check_influence
from analysis.errors import InputError
from analysis.ratings.board import board
from analysis.ratings.bradley_terry import POINTS, fit_bradley_terry
from analysis.sources.load import load_votes
from analysis.sources.simulated.faults import faulty

SMALL = faulty(votes=1_000, models=5)


def judged(table: pa.Table, judges: list[str]) -> pa.Table:
    """The same votes by others."""
    return table.set_column(table.column_names.index("judge"), "judge", pa.array(judges))


def test_nobody_moves_a_board_without_tastes_beyond_chance() -> None:
    found = [check_influence(case_of(faulty(votes=1_000, models=5, seed=seed))).verdict for seed in range(30)]
    busy = [
        check_influence(case_of(judged(SMALL, [f"p{row % number}" for row in range(1_000)]))).verdict for number in (2, 3, 7, 20)
    ]
    assert set(found + busy) == {Verdict.FINE}


def test_one_loud_judge_is_found_and_named() -> None:
    for seed in range(5):
        table = faulty("loud judge", votes=8_000, models=6, seed=seed)
        check = check_influence(case_of(table))
        assert check.verdict is Verdict.BEWARE
        assert [(move.judge, move.votes) for move in check.loud] == [(check.table["judge"][0], 200)]
        assert set(check.table.loc[0, ["model", "other"]]) == {"model-03", "model-04"}
        assert check.sentence.startswith(f"One person, {check.loud[0].judge} with 200 votes, lifts ")


def test_a_move_is_what_the_board_without_the_judge_says() -> None:
    """The oracle writes the votes without the judge, and reads them anew."""
    check = check_influence(case_of(SMALL))
    whole = board(load_votes(SMALL))
    ratings = dict(zip(whole.models, whole.ratings - whole.ratings.mean(), strict=True))
    for move in check.moves[:3]:
        others = board(load_votes(SMALL.filter(pa.array([name != move.judge for name in SMALL["judge"].to_pylist()]))))
        rest = dict(zip(others.models, others.ratings - others.ratings.mean(), strict=True))
        np.testing.assert_allclose([ratings[model] - rest[model] for model in check.models], move.ratings, atol=1e-6)
        assert move.places == sum(one != other for one, other in zip(whole.models, others.models, strict=True))


def test_one_newton_step_is_nearly_the_fit() -> None:
    case = case_of(SMALL)
    steps, fits = ({move.judge: move.ratings for move in check_influence(case).moves} for influence.CERTIFIED in (0, SHOWN))
    influence.CERTIFIED = CERTIFIED
    for judge, ratings in fits.items():
        np.testing.assert_allclose(steps[judge], ratings, atol=0.05)


def test_those_who_move_most_are_found_among_all() -> None:
    """The oracle fits the board without each judge."""
    case = case_of(faulty(votes=300, models=4))
    bench = influence.bench_of(case)
    ground = influence._Ground(bench, np.array([case.board.fit.pairs.models.index(model) for model in case.board.models]))
    names = bench.names(np.arange(len(bench.cast)))
    parts = [ground.move(judge, name, refit=True) for judge, name in enumerate(names)]
    most = sorted(parts, key=lambda move: -move.part)
    found = check_influence(case).moves
    assert [move.judge for move in found[:3]] == [move.judge for move in most[:3]]
    reach, _ = ground.reach()
    first = influence._largest(ground.steps(np.arange(len(bench.cast))), 1 / ground.width)
    assert (first <= reach + 1e-12).all()


def test_neither_sides_nor_order_matter() -> None:
    table = faulty("loud judge", votes=2_000, models=5)
    frame = table.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str, "judge": str})
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"})
    swapped["outcome"] = swapped["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    one = check_influence(case_of(table))
    other = check_influence(case_of(pa.Table.from_pandas(swapped.sample(frac=1, random_state=1), preserve_index=False)))
    assert one.sentence == other.sentence
    assert one.table["judge"].tolist() == other.table["judge"].tolist()


def test_without_the_judge_of_a_models_only_wins_there_is_one_newton_step() -> None:
    """Without the judge the model has only lost, and so no finite rating."""
    rows = SMALL.to_pylist()[:30]
    wins = [{**row, "model_a": "model-06", "outcome": "model_a", "judge": "friend"} for row in rows]
    loss = [{**rows[0], "model_a": "model-06", "outcome": "model_b"}]
    check = check_influence(case_of(pa.Table.from_pylist(SMALL.to_pylist() + wins + loss)))
    move = next(move for move in check.moves if move.judge == "friend")
    assert not move.refitted
    assert np.isfinite(move.ratings).all()
    assert check.table.loc[check.table["judge"] == "friend", "model"].item() == "model-06"


def test_all_ties_move_nothing() -> None:
    check = check_influence(case_of(SMALL.set_column(SMALL.column_names.index("outcome"), "outcome", pa.array(["tie"] * 1_000))))
    assert check.verdict is Verdict.FINE
    assert "the board is the same" in check.sentence


def test_one_judge_alone_cannot_be_left_out() -> None:
    with pytest.raises(InputError, match="one judge cast all votes"):
        check_influence(case_of(judged(SMALL, ["me"] * 1_000)))
    with pytest.raises(InputError, match="who cast"):
        check_influence(case_of(SMALL.drop_columns(["judge"])))


def test_a_half_width_is_reached_where_a_distance_moves_by_it() -> None:
    case = case_of(faulty("loud judge", votes=2_000, models=5))
    move = check_influence(case).moves[0]
    fit = case.board.fit
    places = [fit.pairs.models.index(case.board.models[each]) for each in (move.first, move.other)]
    cut = np.zeros(len(fit.strength))
    cut[places] = 1, -1
    width = 1.959964 * np.sqrt(cut @ fit.covariance @ cut) * POINTS
    assert move.part == pytest.approx(abs(move.ratings[move.first] - move.ratings[move.other]) / width, rel=1e-6)
    rest = fit_bradley_terry(replace(case.pairs, counts=influence.bench_of(case).without(int(case.judge.max()))))
    assert rest.strength.shape == fit.strength.shape
