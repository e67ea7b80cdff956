"""Where claims come from: who said it, and when."""

from __future__ import annotations

from analysis.claims.claims import Claims
from analysis.results.listing import Listing
from analysis.results.prose import counted


def claim_origins(claims: Claims) -> Listing:
    """text, date, source: of every claim."""
    frame = claims.frame[["text", "date", "source"]]
    words = f"{counted(len(frame), 'claim')} from {counted(frame['source'].nunique(), 'source')}."
    return Listing(frame, "Where the claims come from", words)
