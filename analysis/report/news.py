"""What is told of runs: to who called, and to the user's commands for news and for failures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from analysis import places
from analysis.changes.change import CLEAR
from analysis.errors import INTERRUPTED, WorkbookError
from analysis.report.edition import Outcome, run_edition
from analysis.report.hooks import tell
from analysis.report.journal import Journal
from analysis.report.order import Order
from analysis.results.terminal import show


def publish(
    ordered: Callable[[], Sequence[Order]],
    journal: Journal,
    *,
    out: Path = places.REPORTS,
    on_change: str = "",
    on_failure: str = "",
    as_json: bool = False,
) -> None:
    """Run all orders, one after another, and print the front page of each, or one JSON object for each on a line of its own.

    An order that fails does not keep the others from running. Whatever goes wrong, before the orders are known too and where
    somebody stops the run, is told.

    Args:
        out: where it was to be published, for what fails before the orders are known.

    Raises:
        WorkbookError: of the first order that failed; where there are several, it says how many did.
    """
    told = _Told(journal, on_failure, as_json)
    with told.failing(out):
        orders = ordered()
    failed: list[WorkbookError] = []
    for order in orders:
        own = Journal(journal.quiet, journal.log)
        try:
            with _Told(own, on_failure, as_json).failing(order.out):
                outcome = run_edition(order, own)
                if outcome.changes and outcome.published and news(outcome):
                    tell(on_change, [*outcome.changes["lines"], str(outcome.index)], own)
        except WorkbookError as error:
            failed.append(error)
        else:
            show(json.dumps(_ended(order, outcome), ensure_ascii=False) if as_json else outcome.index)
    if failed:
        if len(orders) == 1:
            raise failed[0]
        raise type(failed[0])(f"{len(failed)} of {len(orders)} editions failed. {failed[0]}")


class _Told:
    """Who is told of a failure."""

    def __init__(self, journal: Journal, on_failure: str, as_json: bool) -> None:
        self.journal, self.on_failure, self.as_json = journal, on_failure, as_json

    @contextmanager
    def failing(self, out: Path) -> Iterator[None]:
        """Tell of what goes wrong meanwhile, whatever it is, and let it go on."""
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:
            stopped = isinstance(error, KeyboardInterrupt)
            why = "stopped." if stopped else str(error) or type(error).__name__
            code = INTERRUPTED if stopped else getattr(error, "exit_code", 1)
            with suppress(WorkbookError):  # the log may be what cannot be written
                self.journal.note(why)
            with suppress(WorkbookError):
                tell(self.on_failure, [why], self.journal)
            if self.as_json:
                show(json.dumps({"status": "failed", "out": str(out), "exit_code": code, "why": why}, ensure_ascii=False))
            raise


def news(outcome: Outcome) -> bool:
    """Whether something changed beyond noise since the edition before."""
    return bool(outcome.changes and outcome.changes["counts"][CLEAR])


def _ended(order: Order, outcome: Outcome) -> dict[str, Any]:
    changes = outcome.changes
    return {
        "status": "published" if outcome.published else "unchanged",
        "out": str(order.out),
        "edition": outcome.edition,
        "index": str(outcome.index),
        "headline": changes["headline"] if changes else "",
        "changes": changes["counts"] if changes else {},
    }
