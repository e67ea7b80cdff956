"""What is told of runs: to who called, and to the user's commands for news and for failures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from analysis.changes.change import CLEAR
from analysis.errors import WorkbookError
from analysis.report.edition import Outcome, run_edition
from analysis.report.hooks import tell
from analysis.report.journal import Journal
from analysis.report.order import Order
from analysis.results.terminal import show


def publish(
    orders: Sequence[Order], journal: Journal, *, on_change: str = "", on_failure: str = "", as_json: bool = False
) -> None:
    """Run all orders, one after another, and print the front page of each, or one JSON object for each on a line of its own.

    An order that fails does not keep the others from running.

    Raises:
        WorkbookError: of the first order that failed; where there are several, it says how many did.
    """
    failed: list[WorkbookError] = []
    for order in orders:
        own = Journal(journal.quiet, journal.log)
        try:
            outcome = run_edition(order, own)
        except WorkbookError as error:
            own.note(str(error))
            tell(on_failure, [str(error)], own)
            failed.append(error)
            told = {"status": "failed", "out": str(order.out), "exit_code": error.exit_code, "why": str(error)}
        else:
            if outcome.published and news(outcome):
                tell(on_change, [*outcome.changes["lines"], str(outcome.index)] if outcome.changes else [], own)
            told = _told(order, outcome)
        if as_json:
            show(json.dumps(told, ensure_ascii=False))
        elif told["status"] != "failed":
            show(told["index"])
    if failed:
        if len(orders) == 1:
            raise failed[0]
        raise type(failed[0])(f"{len(failed)} of {len(orders)} editions failed. {failed[0]}")


def news(outcome: Outcome) -> bool:
    """Whether something changed beyond noise since the edition before."""
    return bool(outcome.changes and outcome.changes["counts"][CLEAR])


def _told(order: Order, outcome: Outcome) -> dict[str, Any]:
    changes = outcome.changes
    return {
        "status": "published" if outcome.published else "unchanged",
        "out": str(order.out),
        "edition": outcome.edition,
        "index": str(outcome.index),
        "headline": changes["headline"] if changes else "",
        "changes": changes["counts"] if changes else {},
    }
