"""What an audit reads: votes once, in one order, whatever they lack."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.audit.case import case_of, read_case
from analysis.errors import InputError, UsageError
from analysis.ratings.settings import Settings
from analysis.sources.load import load_votes
from analysis.sources.simulated.faults import FAULTS, faulty

TABLE = faulty(votes=4_000, models=6)


def test_columns_have_the_order_of_the_ballots() -> None:
    case, frame = case_of(TABLE), TABLE.to_pandas()
    rows = case.ballots.row
    first = np.array(case.pairs.models)[case.pairs.first[case.ballots.pair]]
    assert (np.where(case.left, frame["model_a"].astype(str)[rows], frame["model_b"].astype(str)[rows]) == first).all()
    assert (case.numbers("turns") == frame["turns"].to_numpy()[rows]).all()
    language = case.groups("language")
    assert (np.array(language.labels)[language.number] == frame["language"].astype(str).to_numpy()[rows]).all()
    assert (np.diff(case.time[case.order]) >= 0).all()
    assert case.judge_names(case.judge[:5]) == list(frame["judge"].astype(str).to_numpy()[rows][:5])


def test_a_file_and_the_memory_give_the_same_board() -> None:
    read, held = read_case(load_votes(TABLE), "overall", Settings()), case_of(TABLE)
    assert read.board.models == held.board.models
    np.testing.assert_allclose(read.board.ratings, held.board.ratings)
    np.testing.assert_allclose(read.board.covariance, held.board.covariance)


def test_votes_in_another_order_on_the_other_side_give_the_same_board() -> None:
    frame = TABLE.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str})
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"})
    swapped["outcome"] = swapped["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    case, other = case_of(TABLE), case_of(pa.Table.from_pandas(swapped.sample(frac=1, random_state=1), preserve_index=False))
    np.testing.assert_allclose(case.board.ratings, other.board.ratings, atol=1e-6)


def test_months_and_lengths_group_all_votes() -> None:
    case = case_of(TABLE)
    assert case.groups("month").labels == ("2024-06", "2024-07")
    assert case.groups("month").number.min() >= 0
    assert np.bincount(case.groups("length").number).min() > 1_000


def test_what_is_not_there_is_said() -> None:
    case = case_of(TABLE.select(["model_a", "model_b", "outcome"]))
    for name, words in (("time", "time"), ("judge", "who cast")):
        with pytest.raises(InputError, match=words):
            getattr(case, name)
    with pytest.raises(InputError, match="no topics"):
        case.groups("topic")


def test_a_file_that_sorts_its_models_has_no_sides() -> None:
    frame = TABLE.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str})
    frame = frame[frame["model_a"] < frame["model_b"]]
    with pytest.raises(InputError, match="sorts its models"):
        _ = case_of(pa.Table.from_pandas(frame, preserve_index=False)).left


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_can_be_drawn_again(fault: str) -> None:
    one, other = (faulty(fault, votes=8_000, seed=3) for _ in range(2))
    assert one.equals(other)
    assert not one.equals(faulty(fault, votes=8_000, seed=4))


def test_the_clean_arena_has_the_strengths_that_it_says() -> None:
    board = case_of(faulty(votes=100_000)).board
    truth = pd.Series(-40.0 * np.arange(12), [f"model-{number:02d}" for number in range(1, 13)])
    away = board.ratings - board.ratings.mean() - (truth - truth.mean())[list(board.models)].to_numpy()
    assert np.abs(away / np.sqrt(np.diag(board.covariance))).max() < 4


@pytest.mark.parametrize(("name", "value"), [("style_control", True), ("ties", "davidson"), ("reweight", True), ("ridge", 1.0)])
def test_the_audit_is_of_a_plain_board(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=name):
        case_of(TABLE, Settings(**{name: value}))  # type: ignore[arg-type]
