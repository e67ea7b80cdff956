"""Times as people and databases write them, as moments in UTC; a table of known forms, and no guessing.

`dateutil` reads more, by guessing: it takes `05/01/2024` for the 1st of May or the 5th of January by a default, fills a
missing day from today's date, and ignores a time zone that it does not know. Here such a text is Unreadable.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from analysis.sources.literals import Unreadable, parse_literal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The largest number that each unit of a Unix time can be before the year 5138, and how many make a second; a larger number
#: is in the next unit.
_UNIX_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6))
_NANOSECONDS = 10**9
#: More than the longest form of a time.
_LONGEST = 100

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_UTC_NAMES = frozenset({"z", "utc", "gmt", "ut", "zulu", "etc/utc", "etc/gmt"})
#: The zones of RFC 2822, in hours from UTC. Elsewhere CST is China's as well as Chicago's.
_MAIL_ZONES = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}

_NUMBER = re.compile(r"[-+]?[0-9]{1,40}(?:\.[0-9]*)?(?:[eE][-+]?[0-9]{1,3})?")
_COMPACT = re.compile(r"([12][0-9]{3})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2}))?")

_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?[.,]* )?"
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[0-9]{4})"
_CLOCK = (
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,12}))?)?)?"
    r"(?: ?(?P<half>[ap])\.?m\b\.?)?"
)
_ZONE_NAME = r"(?: ?(?P<zone>[a-z]+(?:/[a-z]+)?))?"
#: What follows an offset names it once more: `+0000 UTC`, `GMT+0200 (Central European Summer Time)`.
_OFFSET = r"(?: ?(?P<sign>[-+])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?(?: \(?[a-z][a-z ]*\)?)?)?"
_REST = rf"(?:(?:,? |t)(?:at )?{_CLOCK}{_ZONE_NAME}{_OFFSET})?"


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII | re.IGNORECASE)


_YEAR_FIRST = _form(rf"{_YEAR}(?P<mark>[-/.])(?P<month>[0-9]{{1,2}})(?P=mark)(?P<day>[0-9]{{1,2}}){_REST}")
_YEAR_LAST = _form(rf"(?P<first>[0-9]{{1,2}})(?P<mark>[-/.])(?P<other>[0-9]{{1,2}})(?P=mark){_YEAR}{_REST}")
_MAIL = _form(rf"{_WEEKDAY}{_DAY}[-/ ]{_MONTH}[-/, ] ?{_YEAR}{_REST}")
_MONTH_FIRST = _form(rf"{_WEEKDAY}{_MONTH} {_DAY},? {_YEAR}{_REST}")
_CTIME = _form(rf"{_WEEKDAY}{_MONTH} {_DAY} {_CLOCK}{_ZONE_NAME} {_YEAR}{_OFFSET}")
_FORMS = (_YEAR_FIRST, _YEAR_LAST, _MAIL, _MONTH_FIRST, _CTIME)
_ORDER = re.compile(r"\s*([0-9]{1,2})([-/])([0-9]{1,2})\2[0-9]{4}(?![0-9])")


class Ambiguous(Unreadable):
    """A date such as 05/01/2024, of which nothing says whether the day or the month comes first."""


def day_first(values: Iterable[object]) -> bool | None:
    """Whether dates such as `13/05/2024` and `13-05-2024` have the day first, as all of a file's values together say.

    True where a first number is above 12, False where a second one is; None where neither is, or where both happen.
    Values of other forms say nothing.
    """
    found = set()
    for value in values:
        match = _ORDER.match(value) if isinstance(value, str) else None
        if match is not None:
            first, second = int(match[1]) > 12, int(match[3]) > 12
            if first != second:
                found.add(first)
    return found.pop() if len(found) == 1 else None


def undecided(value: object) -> bool:
    """Whether a value is a date such as 05/01/2024 or 13-05-2024, whose order others of its file may have to tell."""
    return isinstance(value, str) and _ORDER.match(value) is not None


def parse_time(value: object, day_first: bool | None = None) -> datetime:
    """The moment in UTC; a time without a zone is in UTC.

    Read are datetimes and dates; Unix times in seconds to nanoseconds, told apart by their size, as numbers or text;
    eight or fourteen digits that are a date (`20240501`, `20240501120000`); ISO 8601; what BigQuery, Postgres, Snowflake
    and Go write (`2024-05-01 12:00:00.123456 UTC`, `… +00`); RFC 2822; `Wed May 01 12:00:00 UTC 2024`; English dates with
    the month in letters; MongoDB's `{"$date": …}`; and dates with the year last. Of those, `01.05.2024` has the day first;
    for `05/01/2024` and `05-01-2024`, `day_first` says so, as the function of that name finds it.

    Raises:
        Ambiguous: day and month can't be told apart, and `day_first` is None.
        Unreadable: the value is no time, has an unknown zone, or lies before year 1 or beyond year 9999.
    """
    try:
        return _in_utc(_moment(value, day_first))
    except Unreadable:
        raise
    except (ValueError, OverflowError) as error:
        raise _refused(value) from error


def _moment(value: object, day_first: bool | None) -> datetime:
    if isinstance(value, str):
        return _of_text(value, day_first)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, int) and not isinstance(value, bool):
        return _compact(str(value) if 0 < value < 10**14 else "") or _unix(value)
    if isinstance(value, float | Decimal):
        return _unix(float(value))
    if isinstance(value, Mapping):
        return _of_document(value, day_first)
    raise _refused(value)


def _of_text(value: str, day_first: bool | None) -> datetime:
    if value[4:5] == "-":
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    if len(value) > _LONGEST:
        raise _refused(value)
    text = " ".join(value.split())
    if _NUMBER.fullmatch(text):
        return _compact(text) or _unix(int(text) if text.lstrip("+-").isdecimal() else float(text))
    if text.startswith("{"):
        return _moment(parse_literal(text), day_first)
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is not None:
            return _of_parts(match, day_first)
    return datetime.fromisoformat(text)


def _of_document(value: Mapping[Any, Any], day_first: bool | None) -> datetime:
    """MongoDB's `{"$date": …}`: text, milliseconds, or milliseconds in `{"$numberLong": "…"}`."""
    inner = value.get("$date") if len(value) == 1 else None
    if isinstance(inner, str):
        return _of_text(inner, day_first)
    if isinstance(inner, Mapping) and len(inner) == 1:
        inner = inner.get("$numberLong")
        if isinstance(inner, str) and len(inner) <= _LONGEST:
            inner = int(inner)
    if isinstance(inner, bool) or not isinstance(inner, int | float):
        raise _refused(value)
    return _EPOCH + timedelta(milliseconds=inner)


def _compact(digits: str) -> datetime | None:
    """`YYYYMMDD` or `YYYYMMDDhhmmss`; as Unix times, these numbers would lie in the seventies or after the year 2286."""
    match = _COMPACT.fullmatch(digits)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _unix(number: float) -> datetime:
    per_second = next((unit for limit, unit in _UNIX_UNITS if abs(number) < limit), _NANOSECONDS)
    if isinstance(number, int):
        return _EPOCH + timedelta(seconds=number // per_second, microseconds=number % per_second * 10**6 // per_second)
    return _EPOCH + timedelta(seconds=number / per_second)


def _of_parts(match: re.Match[str], day_first: bool | None) -> datetime:
    if match.re is _YEAR_LAST:
        day, month = _day_and_month(match, day_first)
    else:
        month = int(match["month"]) if match.re is _YEAR_FIRST else _MONTHS[match["name"][:3].lower()]
        day = int(match["day"])
    microsecond = int((match["fraction"] or "").ljust(6, "0")[:6])
    clock = (_hour(match), int(match["minute"] or 0), int(match["second"] or 0), microsecond)
    return datetime(int(match["year"]), month, day, *clock, tzinfo=_zone(match))


def _day_and_month(match: re.Match[str], day_first: bool | None) -> tuple[int, int]:
    first, other = int(match["first"]), int(match["other"])
    if match["mark"] == ".":
        day_first = True
    elif day_first is None:
        if first <= 12 and other <= 12 and first != other:
            raise Ambiguous(f"the day and the month of {match[0]!r:.40} can't be told apart")
        day_first = first > 12
    return (first, other) if day_first else (other, first)


def _hour(match: re.Match[str]) -> int:
    if match["hour"] is None:
        return 0
    hour = int(match["hour"])
    if match["half"] is None:
        if match["minute"] is None:
            raise _refused(match[0])
        return hour
    if not 1 <= hour <= 12:
        raise _refused(match[0])
    return hour % 12 + 12 * (match["half"].lower() == "p")


def _zone(match: re.Match[str]) -> timezone:
    name = (match["zone"] or "utc").lower()
    if name in _UTC_NAMES:
        offset = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
        return timezone(-offset if match["sign"] == "-" else offset)
    if match.re is _MAIL and name in _MAIL_ZONES and match["sign"] is None:
        return timezone(timedelta(hours=_MAIL_ZONES[name]))
    raise Unreadable(f"the time zone of {match[0]!r:.60} is unknown")


def _in_utc(moment: datetime) -> datetime:
    if moment != moment:  # pandas' NaT is a datetime that equals nothing
        raise Unreadable("a time was expected, not NaT")
    if type(moment) is not datetime:  # pandas' Timestamp has nanoseconds, which the vote table has not
        clock = (moment.hour, moment.minute, moment.second, moment.microsecond)
        moment = datetime(moment.year, moment.month, moment.day, *clock, tzinfo=moment.tzinfo, fold=moment.fold)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _refused(value: object) -> Unreadable:
    if isinstance(value, str):
        return Unreadable(f"a time was expected, not {value[:40]!r}")
    if isinstance(value, int) and abs(value) >= 10**40:
        return Unreadable("a time was expected, not a number of more than 40 digits")
    shown = repr(value)[:40] if isinstance(value, int | float | Decimal | date) else type(value).__name__
    return Unreadable(f"a time was expected, not {shown}")
