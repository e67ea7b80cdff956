"""A confidence level, as every interval has one."""

from __future__ import annotations

from numbers import Real
from typing import Any

from analysis.errors import UsageError


def check_level(level: Any) -> None:
    """Raise a UsageError where `level` is no confidence level."""
    if isinstance(level, bool) or not isinstance(level, Real) or not 0 < float(level) < 1:
        raise UsageError(f"level is {level!r}; it must be between 0 and 1, such as 0.95 for 95 %.")
