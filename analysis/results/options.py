"""Options that callers give, in whatever form they come: names as one or several, and whole numbers."""

from __future__ import annotations

from collections.abc import Iterable
from operator import index
from typing import Any

from analysis.errors import UsageError


def named(names: Iterable[str] | str | None) -> list[str]:
    """Names in the order in which they are given, each once; a text is one name, and nothing is none.

    Raises:
        UsageError: it is no names.
    """
    try:
        return list(dict.fromkeys([names] if isinstance(names, str) else names or ()))
    except TypeError:
        raise UsageError(f"names are wanted, and {names!r} is none.") from None


def whole_number(name: str, value: Any, least: int = 1) -> int:
    """The value of an option that is a whole number.

    Raises:
        UsageError: it is none, or too small.
    """
    try:
        number = index(value)
    except TypeError:
        raise UsageError(f"{name} is {value!r}; it must be a whole number.") from None
    if number < least:
        raise UsageError(f"{name} is {value!r}; it must be {least} or more.")
    return number
