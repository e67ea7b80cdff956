"""What callers give an audit: other options, other types, and models that cannot be."""

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.audit.audit import CHECKS, audit, audit_check, audit_of, audit_pair, audit_sampling, next_pairs
from analysis.audit.case import case_of
from analysis.errors import InputError, UsageError
from analysis.results.drawing import NothingToDraw, figure_of, options_of
from analysis.results.tables import columns_of
from analysis.sources.load import load_votes
from analysis.sources.simulated.faults import faulty


def table_of(rows: list[tuple[str, str, str]]) -> pa.Table:
    return pa.Table.from_pandas(pd.DataFrame(rows, columns=["model_a", "model_b", "outcome"]), preserve_index=False)


TABLE = faulty(votes=6_000, models=8)

TIES = table_of([(one, other, "tie") for one, other in ("ab", "bc", "ac") for _ in range(20)])

WHOLE = audit_of(case_of(TABLE))


def test_of_one_model_the_other_is_another() -> None:
    found = audit_of(case_of(TABLE))
    first, second = found.case.board.models[:2]
    assert audit_pair(found, second).caption == f"{second} and {first}"
    assert audit_pair(found, other=first).caption == f"{second} and {first}"


def test_a_decided_pair_shows_a_line_for_each_number_and_none_of_what_it_needs() -> None:
    found = audit_of(case_of(TABLE))
    decided, level = audit_pair(found, "model-01", "model-08"), audit_pair(audit_of(case_of(TIES)))
    assert "Over all pairs" in decided._repr_html_()
    assert "More votes needed" not in decided._repr_html_()
    assert "More votes needed" in level._repr_html_()
    assert "0.0 ×" not in repr(decided)
    assert len(decided.table) == 1


def test_checks_are_named_by_one_name_or_by_any_that_come() -> None:
    votes = load_votes(TABLE)
    assert list(audit(votes, checks="rank_spans").checks) == ["rank_spans"]
    assert list(audit(votes, checks=(name for name in ("ties", "position"))).checks) == ["position", "ties"]


@pytest.mark.parametrize("ask", [lambda it: audit_check(it, "position"), audit_pair, next_pairs, audit_sampling])
def test_what_is_no_audit_is_said(ask: Callable[[object], object]) -> None:
    with pytest.raises(UsageError, match="must be what `audit` gave, and this is a Votes"):
        ask(load_votes(TABLE))


@pytest.mark.parametrize("name", [kind.name for kind in CHECKS])
def test_a_figure_of_no_rows_has_one(name: str) -> None:
    check = WHOLE.checks[name]
    try:
        known = options_of(figure_of(check))
    except UsageError:
        return
    if "top" in known:
        with suppress(NothingToDraw):
            assert check.plot(top=0).alt
            assert check.plot(top=0).narrow_svg()
        with pytest.raises(UsageError, match="whole number"):
            check.plot(top=2.5)


def test_an_audit_advises_nothing_that_it_does_not_have() -> None:
    with pytest.raises(InputError, match="give more votes") as error:
        case_of(table_of([("a", "b", "model_a")]))
    assert "ridge" not in str(error.value)


def test_level_ratings_have_no_mark_of_a_vote_that_holds_them() -> None:
    found = audit_of(case_of(table_of([("a", "b", "tie")] * 20)), ["fragility"]).checks["fragility"]
    assert str(found.sentence) == "No vote holds the first place: the ratings of a and b are level so far."
    assert columns_of(found.table, found.formats)[5].cells[0].text.split() == ["0", "%"]
    points = found.plot().canvas.axes[0].collections[-1].get_offsets()
    assert np.ma.getmaskarray(points).any() or np.isnan(np.asarray(points, dtype=float)).any()
