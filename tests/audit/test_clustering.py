"""Whether a few people carry a board."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from analysis.audit.case import case_of
from analysis.audit.check import Verdict
from analysis.audit.clustering import SURE, check_clustering, hang_together
from analysis.audit.judges import bench_of
from analysis.errors import InputError
from analysis.ratings.settings import Settings
from analysis.sources.simulated.faults import faulty

SMALL = faulty(votes=2_000, models=6)


def judged(table: pa.Table, judges: list[str]) -> pa.Table:
    """The same votes by others."""
    return table.set_column(table.column_names.index("judge"), "judge", pa.array(judges))


def test_votes_of_judges_without_tastes_do_not_hang_together() -> None:
    verdicts = [check_clustering(case_of(faulty(votes=2_000, models=6, seed=seed))).verdict for seed in range(30)]
    assert verdicts.count(Verdict.FINE) >= 28


def test_a_few_busy_people_with_tastes_are_found() -> None:
    found = [check_clustering(case_of(faulty("power voters", votes=8_000, models=6, seed=seed))) for seed in range(10)]
    assert all(check.verdict is Verdict.BEWARE for check in found)
    assert "hang together" in found[0].sentence


def test_fewer_than_ten_equal_judges_are_few_whatever_they_vote() -> None:
    check = check_clustering(case_of(judged(SMALL, [f"person {row % 9}" for row in range(2_000)])))
    assert check.verdict is Verdict.BEWARE
    assert check.worth == pytest.approx(9, abs=0.01)
    assert "9.0 judges who vote equally often" in check.sentence
    assert np.isnan(check.widening)


def test_the_agreement_of_one_judges_votes_is_that_of_all_their_pairs() -> None:
    """The oracle multiplies the scores of every two votes of a judge."""
    case = case_of(faulty("power voters", votes=300, models=4))
    bench, size = bench_of(case), 4
    excess = variance = 0.0
    squares = np.zeros(size)
    for begin, end in zip(bench.start, bench.start[1:], strict=False):
        scores = np.zeros((end - begin, size))
        rows, value = np.arange(end - begin), bench.surplus[bench.cell[begin:end]]
        scores[rows, case.pairs.first[bench.pair[begin:end]]] = value
        scores[rows, case.pairs.second[bench.pair[begin:end]]] = -value
        products = scores @ scores.T
        np.fill_diagonal(products, 0)
        excess, variance = excess + products.sum(), variance + 2 * (products**2).sum()
        squares += (scores != 0).sum(axis=0) ** 2
    together, found = hang_together(bench)
    assert together == pytest.approx(excess / np.sqrt(variance))
    np.testing.assert_allclose(found, squares)


def test_neither_sides_nor_order_nor_names_matter() -> None:
    table = faulty("power voters", votes=3_000, models=5)
    frame = table.to_pandas().astype({"model_a": str, "model_b": str, "outcome": str, "judge": str})
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"})
    swapped["outcome"] = swapped["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    swapped["judge"] = swapped["judge"].str[::-1]
    one, other = (
        check_clustering(case_of(table)),
        check_clustering(case_of(pa.Table.from_pandas(swapped.sample(frac=1, random_state=1), preserve_index=False))),
    )
    assert one.models == other.models
    np.testing.assert_allclose(one.over_judges, other.over_judges, rtol=1e-6)
    assert one.together == pytest.approx(other.together, rel=1e-6)
    assert one.sentence == other.sentence


def test_intervals_over_judges_are_made_where_the_board_has_them_over_votes() -> None:
    over_votes, plain = (check_clustering(case_of(SMALL, Settings(interval=kind))) for kind in ("votes", "auto"))
    np.testing.assert_allclose(over_votes.over_judges, plain.over_judges)


def test_judges_who_all_vote_once_change_nothing() -> None:
    check = check_clustering(case_of(judged(SMALL, [f"person {row}" for row in range(2_000)])))
    assert check.together == 0
    assert check.widening == pytest.approx(1, abs=0.01)
    assert check.together <= SURE


def test_what_hangs_together_and_hardly_matters_is_said_so() -> None:
    check = check_clustering(case_of(SMALL))
    for together, wider, words in (
        (4.0, 1.02, "hang together, but it hardly matters"),
        (4.0, 1.3, "are worth 59 % of their number"),
        (0.5, 1.3, "do not hang together beyond chance"),
    ):
        other = replace(check, together=together, over_judges=check.over_votes * wider)
        assert words in other.sentence
        assert (other.verdict is Verdict.FINE) == (words != "are worth 59 % of their number")


def test_one_judge_of_all_votes_is_one_person() -> None:
    check = check_clustering(case_of(judged(SMALL, ["me"] * 2_000)))
    assert check.verdict is Verdict.BEWARE
    assert check.sentence.startswith("One judge cast all 2,000 votes.")


def test_votes_without_judges_cannot_tell() -> None:
    with pytest.raises(InputError, match="who cast"):
        check_clustering(case_of(SMALL.drop_columns(["judge"])))
