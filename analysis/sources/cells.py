"""One cell of a release at a time: text, names, counts, flags, times and nested values, each or None where nothing is there.

Text that people wrote (`text`: a prompt, an answer) is missing only where it is null or blank: "None" and "NA" are things
that people ask. In everything else (names, numbers, flags, times, nested values) the spellings of `MISSING` are missing.
Millions of cells pass here, so each function answers first for the type that well-formed releases hold. None of them
raises anything but Unreadable.
"""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from analysis.sources.literals import Unreadable, parse_literal
from analysis.sources.times import parse_time

#: How tools write a cell without a value, spaces around it aside: all that pandas takes for missing by default, its NaT,
#: the `\N` of MySQL, Postgres and Hive, and a dash. In lower case, `na` is not one of them: it is the code of Nauru.
MISSING = frozenset(
    {
        *("", "-", "–", "—", r"\N", "<NA>", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA"),
        *("None", "none", "NONE", "null", "Null", "NULL", "NaT", "nat", "NAT", "nan", "NaN", "Nan", "NAN", "-nan", "-NaN"),
        *("1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
    }
)

_TRUE = frozenset({"true", "t", "yes", "y", "on", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0", "0.0"})
#: The largest number of a column of whole numbers.
LARGEST = 2**31 - 1
#: Whole numbers below this are what they are as fractions, too.
_EXACT = 2**53
#: How deeply `canonical` looks.
_DEEPEST = 40

_SURROGATE = re.compile("[\ud800-\udfff]")
_WHOLE = re.compile(r"([-+]?[0-9]{1,40})(?:\.0*)?")
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,4})?")
_SHOWN = 40


def whole_text(value: str) -> str:
    """The text with each lone surrogate and NUL replaced by U+FFFD, so that everything can write and show it."""
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    if value.isascii() or not _SURROGATE.search(value):
        return value
    # Through UTF-16, two halves that belong together become the one character they stand for.
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def missing(value: object) -> bool:
    """Whether a cell that is not a person's text is empty: null, not a number, not a time, or a spelling of `MISSING`."""
    if isinstance(value, str):
        return value.strip() in MISSING
    if isinstance(value, bytes):
        return _decoded(value).strip() in MISSING
    return _null(value)


def text(value: object) -> str | None:
    """The cell as text that a person wrote; bytes that are not UTF-8 become U+FFFD."""
    if isinstance(value, bytes):
        value = _decoded(value)
    if isinstance(value, str):
        return whole_text(value) if value and not value.isspace() else None
    return None if _null(value) else _written(value)


def name(value: object) -> str | None:
    """The cell as a name: text without spaces around it.

    A list is its elements and a mapping its keys and values (`["gpt-4", "pair-v2"]` -> `gpt-4, pair-v2`), also where a
    table without lists holds them as text.
    """
    if isinstance(value, bytes):
        value = _decoded(value)
    if isinstance(value, str):
        found = value.strip()
        if found in MISSING:
            return None
        if found[0] in "[{":
            return _joined_text(found)
        return whole_text(found)
    if isinstance(value, list | tuple | Mapping):
        return _joined(value)
    return None if _null(value) else _written(value).strip()


def integer(value: object, largest: int = LARGEST) -> int | None:
    """The cell as a whole number of at most `largest` in size: a number, or text such as `3`, `3.0` and `3e2`."""
    if type(value) is int and -largest <= value <= largest:
        return value
    if missing(value):
        return None
    number = _number(value)
    if number is None:
        raise Unreadable(f"a number was expected, not {_shown(value)}")
    if not -largest <= number <= largest or number != int(number):
        raise Unreadable(f"a whole number of at most {largest:,} was expected, not {_shown(value)}")
    return int(number)


def flag(value: object) -> bool | None:
    """The cell as true or false: true, t, yes, y, on and 1, or false, f, no, n, off and 0, in any case."""
    if value is None or isinstance(value, bool):
        return value
    if missing(value):
        return None
    if isinstance(value, bytes):
        value = _decoded(value)
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    elif isinstance(value, int | float | Decimal) and value in (0, 1):
        return value == 1
    raise Unreadable(f"true or false was expected, not {_shown(value)}")


def time(value: object, day_first: bool | None = None) -> datetime | None:
    """The cell as a UTC time, in any form that `analysis.sources.times.parse_time` reads.

    Raises:
        Ambiguous: a date such as 05/01/2024 where `day_first` is None.
    """
    if missing(value):
        return None
    if isinstance(value, float):
        value = canonical(value)
    return parse_time(_decoded(value) if isinstance(value, bytes) else value, day_first)


def nested(value: object) -> Any:
    """The cell as lists and mappings; text is read as JSON or as a repr. None where nothing is there."""
    if missing(value):
        return None
    if isinstance(value, bytes):
        value = _decoded(value)
    if not isinstance(value, str):
        return value
    try:
        return parse_literal(value)
    except Unreadable:
        raise
    except ValueError as error:  # a number of more digits than Python reads
        raise Unreadable(f"no value can be read in {_shown(value)}") from error


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


def _null(value: object) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, Decimal):
        return value.is_nan()
    # pandas' NaT is a datetime that equals nothing, not even itself.
    return value is None or (isinstance(value, datetime) and value != value)


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def canonical(value: object, depth: int = 0) -> Any:
    """The value in one form, however it was held: whole numbers without a fraction (a column in which some cells are missing
    has fractions throughout), mappings without their nulls and in the order of their keys (a column has all keys of all rows)."""
    if isinstance(value, bytes):
        return _decoded(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    if isinstance(value, list | tuple | Mapping) and depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        known = ((str(key), part) for key, part in value.items() if part is not None)
        return {key: canonical(part, depth + 1) for key, part in sorted(known, key=lambda item: item[0])}
    return [canonical(part, depth + 1) for part in value] if isinstance(value, list | tuple) else value


def _written(value: object) -> str:
    """A number, a flag or a time as text."""
    if isinstance(value, list | tuple | Mapping):
        raise Unreadable(f"text was expected, not {type(value).__name__}")
    try:
        return whole_text(str(canonical(value)))
    except ValueError as error:  # a number of more digits than Python writes
        raise Unreadable(f"text was expected, not {_shown(value)}") from error


def _joined_text(found: str) -> str | None:
    """The name that text such as `['gpt-4', 'pair-v2']` stands for; text that only begins like a list is a name as it is."""
    try:
        value = nested(found)
        return _joined(value) if isinstance(value, list | Mapping) else whole_text(found)
    except Unreadable:
        return whole_text(found)


def _joined(value: list[Any] | tuple[Any, ...] | Mapping[Any, Any]) -> str | None:
    if isinstance(value, Mapping):
        parts = [f"{_written(key)}: {_written(part)}" for key, part in value.items() if not missing(part)]
    else:
        parts = [_written(part).strip() for part in value if not missing(part)]
    return ", ".join(parts) or None


def _number(value: object) -> int | float | Decimal | None:
    if isinstance(value, bytes):
        value = _decoded(value)
    if isinstance(value, str):
        written = value.strip()
        whole = _WHOLE.fullmatch(written)
        if whole is not None:
            return int(whole[1])
        return float(written) if _NUMBER.fullmatch(written) else None
    return value if isinstance(value, int | float | Decimal) else None


def _shown(value: object) -> str:
    """The cell as an error message shows it: escaped, on one line, and short however large it is."""
    if isinstance(value, str | bytes):
        return repr(value[:_SHOWN])
    if isinstance(value, int) and abs(value) >= 10**_SHOWN:
        return f"a number of more than {_SHOWN} digits"
    return repr(value)[:_SHOWN] if isinstance(value, int | float | Decimal | datetime) else type(value).__name__
