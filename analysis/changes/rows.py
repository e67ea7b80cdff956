"""Changes of the ledger: reasons for which rows were dropped more often, or more seldom, than before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.changes.tiers import Family, Looked, family
from analysis.results.listing import Listing
from analysis.results.prose import percent
from analysis.shares.differences import differences
from analysis.shares.habits import NOBODY
from analysis.shares.tallies import alone
from analysis.votes.ledger import NO_LOSS, Ledger


@dataclass(frozen=True)
class _Rows:
    """Rows that could be votes: how many there were, are, and are compared as new; and whether the earlier are among them."""

    was: int
    now: int
    nested: bool


def row_changes(earlier: Ledger, later: Ledger, *, nested: bool) -> Family:
    """Reasons whose share of the rows that could be votes changed.

    Rows count as independent, which rows of one damaged part of a file are not: a change here may be one event.

    Args:
        nested: whether the earlier rows are among the later ones; then those that came since are compared with them.
    """
    reasons = [reason for reason in dict.fromkeys((*later.dropped, *earlier.dropped)) if reason not in NO_LOSS]
    counts = {reason: (earlier.dropped.get(reason, 0), later.dropped.get(reason, 0)) for reason in reasons}
    grown = later.candidates >= earlier.candidates and all(was <= now for was, now in counts.values())
    # More rows of a kind cannot have come than rows in all; where they seem to, another file was read.
    fits = all(now - was <= later.candidates - earlier.candidates for was, now in counts.values())
    rows = _Rows(earlier.candidates, later.candidates, nested and grown and fits)
    table = pd.DataFrame([(reason, *both) for reason, both in counts.items()], columns=["reason", "earlier_rows", "rows"])
    table = table.assign(earlier_share=table["earlier_rows"] / max(rows.was, 1), share=table["rows"] / max(rows.now, 1))
    looked = list(_looked(counts, rows))
    said = " ".join(one.what for one in looked if one.p_value <= 0.05) or "No reason took another share of the rows than before."
    return family(looked, Listing(table, "Rows dropped, then and now", said if reasons else "No row was dropped, then or now."))


def _looked(counts: dict[str, tuple[int, int]], rows: _Rows) -> Iterator[Looked]:
    for reason, (was, now) in counts.items():
        new, hits = (rows.now - rows.was, now - was) if rows.nested else (rows.now, now)
        if not new or not rows.was:
            continue
        whole = alone(rows.was + new, was + hits)
        groups = pd.DataFrame({"votes": [new], "hits": [hits]})
        changed = 0 < was + hits < rows.was + new
        p_value = float(differences(groups, whole, NOBODY)["p_value"].iloc[0]) if changed else 1.0
        shares = was / rows.was, now / rows.now
        what = f"Rows dropped as “{reason}”: {percent(shares[0], 2)} → {percent(shares[1], 2)} ({was:,} → {now:,})."
        yield Looked("rows", reason, what, p_value, *shares, told=bool(np.ptp(shares) > 0))
