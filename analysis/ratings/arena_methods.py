"""How the arena made its own boards, and when that changed: steps in a series of published boards that no model made."""

from __future__ import annotations

from collections.abc import Mapping

#: What changed in the arena's boards, by the first day of the new method. The last is known from a third party only.
METHOD_CHANGES: Mapping[str, str] = {
    "2024-01-09": "Bradley–Terry in place of Elo",
    "2025-05-16": "style control by default",
    "2025-07-23": "central-limit intervals and re-weighting",
    "2026-05-12": "terms for side and for models of one organization",
}


def changes_between(first: str, last: str) -> dict[str, str]:
    """The changes after the day `first` up to the day `last` (`2024-08-13`), in either order of the two.

    A day that is not known, an empty text, lies on neither side of any.
    """
    if not (first and last):
        return {}
    first, last = sorted((first, last))
    return {day: what for day, what in METHOD_CHANGES.items() if first[:10] < day <= last[:10]}


def warning(first: str, last: str) -> str:
    """What to say beside a comparison of published boards of two days; empty where no change lies between them."""
    found = changes_between(first, last)
    if not found:
        return ""
    listed = "; ".join(f"{day} {what}" for day, what in found.items())
    return f"The arena changed how it makes its boards in between ({listed}): a step there need not be a model's."
