"""Where a result comes from: which votes, and whether anybody cast them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """The input of an analysis, which every result made of it carries.

    Attributes:
        fingerprint: of the vote table (or published file); equal fingerprints mean equal contents. Empty where not known.
        simulated: whether any of the votes is simulated: what shows the result must say so.
    """

    fingerprint: str = ""
    simulated: bool = False
