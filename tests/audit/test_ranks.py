"""Over how many ranks models may move."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.audit.case import case_of
from analysis.audit.check import Verdict
from analysis.audit.ranks import check_ranks
from analysis.errors import InputError
from analysis.sources.simulated.faults import faulty

PLAIN = ["model_a", "model_b", "outcome"]


def tied(*pairs: tuple[str, str]) -> pa.Table:
    rows = [(*pair, "tie") for pair in pairs for _ in range(20)]
    return pa.Table.from_pandas(pd.DataFrame(rows, columns=PLAIN), preserve_index=False)


def test_a_span_counts_the_ranks_of_the_board_s_interval() -> None:
    case = case_of(faulty(votes=4_000, models=9, gap=15.0))
    ranks, table = check_ranks(case), case.board.table
    assert (ranks.table["span"] == 1 + table["rank_upper"] - table["rank_lower"]).all()
    assert ranks.median == np.median(ranks.table["span"])
    assert (ranks.table["rank_lower"] <= ranks.table["rank"]).all()
    assert (ranks.table["rank"] <= ranks.table["rank_upper"]).all()
    row = ranks.table.loc[ranks.table["span"].idxmax()]
    assert str(row["model"]) in ranks.sentence


def test_the_true_rank_lies_in_the_interval_as_often_as_it_says() -> None:
    held = []
    for seed in range(40):
        ranks = check_ranks(case_of(faulty(votes=4_000, models=8, gap=15.0, seed=seed)))
        truth = np.array([int(name[-2:]) for name in ranks.board.models])
        held.append(((ranks.table["rank_lower"] <= truth) & (truth <= ranks.table["rank_upper"])).mean())
    assert np.mean(held) >= 0.93


def test_a_clear_order_is_fine_and_one_of_few_votes_is_not() -> None:
    clear = check_ranks(case_of(faulty()))
    assert (clear.verdict, clear.median) == (Verdict.FINE, 1)
    assert str(clear.sentence) == "Every model has one rank alone in its 95 % interval."
    assert clear.number == "1 rank, the median of 12 models"
    assert sum(check_ranks(case_of(faulty(seed=seed))).fires for seed in range(10)) == 0
    assert all(check_ranks(case_of(faulty("thin", seed=seed))).fires for seed in range(10))


def test_the_widest_is_named_with_its_ranks() -> None:
    table = faulty(votes=9_000, models=7, gap=40.0).to_pandas().astype(dict.fromkeys(PLAIN, str))
    rare = table[(table["model_a"] == "model-05") | (table["model_b"] == "model-05")]
    some = pd.concat([table.drop(rare.index), rare.head(12)])[PLAIN]
    ranks = check_ranks(case_of(pa.Table.from_pandas(some, preserve_index=False)))
    assert "; the widest is model-05's, " in ranks.sentence


def test_where_all_are_alike_that_is_said_once() -> None:
    ranks = check_ranks(case_of(tied(("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"), ("a", "c"), ("b", "d"))))
    assert str(ranks.sentence) == "The 95 % interval of the median model's rank spans 4 of 4 ranks, as that of every model does."
    assert ranks.verdict is Verdict.KNOW


def test_two_models_stand_down() -> None:
    with pytest.raises(InputError, match="two ranks"):
        check_ranks(case_of(tied(("a", "b"))))


@pytest.mark.parametrize("table", [faulty(votes=30, models=5).select(PLAIN), faulty("islands", votes=900, models=6)])
def test_poor_votes_are_answered_all_the_same(table: pa.Table) -> None:
    ranks = check_ranks(case_of(table))
    assert ranks.sentence.endswith(".")
    assert len(ranks.table) == len(ranks.board.models)
