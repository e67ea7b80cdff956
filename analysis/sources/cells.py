"""One cell of a release at a time: text, counts, flags, times and nested values, each or None where nothing is there.

Millions of cells pass here, so each function answers first for the type that well-formed releases hold.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from analysis.sources.literals import Unreadable, parse_literal

_SURROGATE = re.compile("[\ud800-\udfff]")
_TRUE = frozenset({"true", "1", "1.0", "yes"})
_FALSE = frozenset({"false", "0", "0.0", "no"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: The largest number that each unit of a Unix time can be before the year 5138; a larger one is in the next unit.
_UNIX_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (math.inf, 1e9))


def whole_text(value: str) -> str:
    """The text with each lone surrogate replaced by U+FFFD, so that it can be written as UTF-8."""
    if value.isascii() or not _SURROGATE.search(value):
        return value
    # Through UTF-16, two halves that belong together become the one character they stand for.
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def missing(value: object) -> bool:
    """Whether a cell is empty: null, not a number, or blank text."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or (isinstance(value, str) and not value.strip())


def text(value: object) -> str | None:
    """The cell as text."""
    if missing(value):
        return None
    if isinstance(value, list | dict | bytes):
        raise Unreadable(f"text was expected, not {type(value).__name__}")
    return whole_text(str(value))


def name(value: object) -> str | None:
    """The cell as a name: text without spaces around it."""
    found = text(value)
    return found.strip() if found is not None else None


def integer(value: object, largest: int = 2**31 - 1) -> int | None:
    """The cell as a whole number of at most `largest` in size."""
    if type(value) is int and abs(value) <= largest:
        return value
    if missing(value):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise Unreadable(f"a number was expected, not {value!r:.40}") from error
    if not number.is_integer() or abs(number) > largest:
        raise Unreadable(f"a whole number was expected, not {value!r:.40}")
    return int(number)


def flag(value: object) -> bool | None:
    """The cell as true or false."""
    if value is None or isinstance(value, bool):
        return value
    if missing(value):
        return None
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise Unreadable(f"true or false was expected, not {value!r:.40}")


def time(value: object) -> datetime | None:
    """The cell as a UTC time: a Unix time in seconds to nanoseconds, ISO text, or a datetime (UTC where it has no zone)."""
    if missing(value):
        return None
    if isinstance(value, datetime):
        return _in_utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        return _unix_time(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        pass
    try:
        return _in_utc(datetime.fromisoformat(str(value).strip()))
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"a time was expected, not {value!r:.40}") from error


def _unix_time(number: float) -> datetime:
    divisor = next(divisor for limit, divisor in _UNIX_UNITS if abs(number) < limit or math.isinf(limit))
    try:
        return _EPOCH + timedelta(seconds=number / divisor)
    except OverflowError as error:
        raise Unreadable(f"a time was expected, not {number!r}") from error


def _in_utc(value: datetime) -> datetime:
    if value != value:  # pandas' NaT is a datetime that equals nothing
        raise Unreadable("a time was expected, not NaT")
    try:
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError as error:
        raise Unreadable(f"a time was expected, not {value!r:.40}") from error
    return moment


def nested(value: object) -> Any:
    """The cell as lists and mappings; text is read as JSON or as a repr. None where nothing is there."""
    if missing(value):
        return None
    return parse_literal(value) if isinstance(value, str) else value


def mapping(value: object) -> Mapping[str, Any]:
    """The cell as a mapping, empty where nothing is there."""
    found = value if type(value) is dict else nested(value)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise Unreadable(f"a mapping was expected, not {type(found).__name__}")
    return found


def listed(value: object) -> list[Any] | None:
    """The cell as a list, None where nothing is there."""
    found = nested(value)
    if found is not None and not isinstance(found, list):
        raise Unreadable(f"a list was expected, not {type(found).__name__}")
    return found
