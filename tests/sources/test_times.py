"""Every way to write a moment gives that moment; what could mean two moments, or none, is refused."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sources.literals import Unreadable
from analysis.sources.times import Ambiguous, day_first, parse_time

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
SECONDS = 1714564800


@pytest.mark.parametrize(
    "value",
    [
        *(SECONDS, float(SECONDS), Decimal(SECONDS), SECONDS * 10**3, SECONDS * 10**6, SECONDS * 10**9, SECONDS * 1e9),
        *(
            f"{SECONDS}",
            f"{SECONDS}.0",
            f" {SECONDS} ",
            f"{SECONDS}000",
            f"{SECONDS}000000",
            f"{SECONDS}000000000",
            "1.7145648e9",
        ),
        *("2024-05-01T12:00:00Z", "2024-05-01 12:00", "2024-05-01T12", "20240501T120000Z", "20240501120000", 20240501120000),
        *("2024-05-01T14:00:00+02:00", "2024-05-01T14:00:00+0200", "2024-05-01 14:00:00 +0200", "2024-05-01T12:00:00,000"),
        *("2024-05-01T12:00:00.000000000Z", "2024-W18-3T12:00", "2024/05/01 12:00:00", "2024.5.1 12:00", "2024-5-1 12:00 PM"),
        *("2024-05-01 12:00:00 UTC", "2024-05-01 12:00:00.000000 UTC", "2024-05-01 12:00:00+00", "2024-05-01 17:30:00+05:30"),
        *("2024-05-01 12:00:00 +0000 UTC", "2024-05-01 12:00:00 Etc/UTC", "  2024-05-01  12:00:00\t"),
        *(
            "Wed, 01 May 2024 12:00:00 GMT",
            "Wed, 1 May 2024 12:00:00 +0000",
            "01 May 2024 12:00 UT",
            "Wed, 01 May 2024 08:00:00 EDT",
        ),
        *("Wed, 01 May 2024 14:00:00 +0200 (CEST)", "Wednesday, 1 May 2024 12:00", "01-May-2024 12:00:00", "1st may 2024 12:00"),
        *("Wed May 01 12:00:00 UTC 2024", "Wed May  1 12:00:00 2024", "Wed May 1 14:00:00 2024 +0200"),
        *("Wed May 01 2024 14:00:00 GMT+0200 (Central European Summer Time)", "May 1, 2024 12:00 PM", "May 1 2024 12:00PM"),
        *("May 1, 2024, 12:00:00 p.m.", "May 1, 2024 at 12 PM", "May 1, 2024 12:00\u202fPM", "Sept. 1, 2024"),
        *("01.05.2024 12:00", "1.5.2024 12:00:00"),
        *({"$date": "2024-05-01T12:00:00Z"}, {"$date": SECONDS * 1000}, {"$date": {"$numberLong": f"{SECONDS}000"}}),
        *('{"$date": "2024-05-01T12:00:00Z"}', f"{{'$date': {SECONDS}000}}"),
        *(datetime(2024, 5, 1, 12), datetime(2024, 5, 1, 14, tzinfo=timezone(timedelta(hours=2)))),
        *(pd.Timestamp("2024-05-01 12:00:00.000000007"), pd.Timestamp("2024-05-01 14:00", tz="Europe/Paris")),
    ],
)
def test_every_form_is_the_same_moment(value):
    expected = datetime(2024, 9, 1, tzinfo=UTC) if value == "Sept. 1, 2024" else NOON
    found = parse_time(value)
    assert (found, found.tzinfo, type(found)) == (expected, UTC, datetime)


@pytest.mark.parametrize(
    "value",
    ["2024-05-01", "20240501", 20240501, date(2024, 5, 1), "May 1, 2024", "1 May 2024", "01.05.2024", "2024/5/1"],
)
def test_a_date_alone_is_its_midnight(value):
    assert parse_time(value) == datetime(2024, 5, 1, tzinfo=UTC)


def test_midnight_and_noon_have_twelve_on_the_clock():
    assert [parse_time(f"2024-05-01 {clock}").hour for clock in ("12:30 AM", "1:30 am", "12:30 PM", "11:30pm")] == [0, 1, 12, 23]


def test_fractions_keep_their_microseconds():
    exact = NOON.replace(microsecond=123456)
    values = [1714564800123456, 1714564800123456789, "2024-05-01 12:00:00.123456 UTC", "2024-05-01T12:00:00.123456789Z"]
    assert [parse_time(value) for value in values] == [exact] * 4


@pytest.mark.parametrize("mark", "/-")
def test_what_the_file_says_of_its_dates_orders_day_and_month(mark):
    value = f"05{mark}01{mark}2024 12:00"
    assert parse_time(value, day_first=False) == NOON
    assert parse_time(value, day_first=True) == datetime(2024, 1, 5, 12, tzinfo=UTC)
    with pytest.raises(Ambiguous, match="the day and the month of '05.01.2024 12:00' can't be told apart"):
        parse_time(value)


def test_a_date_that_reads_one_way_only_needs_no_file():
    assert parse_time("05/13/2024") == parse_time("13/05/2024") == datetime(2024, 5, 13, tzinfo=UTC)
    assert parse_time("5/5/2024") == datetime(2024, 5, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["05/01/2024 12:00", "05/13/2024 9:00 PM"], False),
        (["05/01/2024", "13/01/2024"], True),
        (["5-1-2024", " 31-1-2024"], True),
        (["05/01/2024", "06/02/2024"], None),
        (["13/05/2024", "05/13/2024"], None),
        (["13.05.2024", "2024/05/13", "13/13/2024", "13/05/20245", "13 May 2024", None, 13, ""], None),
        ([], None),
    ],
)
def test_a_number_above_twelve_tells_the_order_of_all(values, first):
    assert day_first(iter(values)) is first


@pytest.mark.parametrize(
    "value",
    [
        *("nan", "", "yesterday", "12:00", "2024-05", "2024-13-01", "2024-02-30", "2024-05-01 25:00", "2024-05-01 12:61"),
        *("May 1, 2024 12", "2024-05-01 13:00 PM", "2024-05-01 0:30 AM", "05/01/24 12:00", "31/31/2024", "32.01.2024"),
        *("10000-01-01", "0000-01-01", "-2024-05-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-05:00"),
        *("2024-05-01 12:00:00 CEST", "Wed May 01 12:00:00 CST 2024", "Wed, 01 May 2024 12:00:00 XYZ", "2024-05-01 12:00 UTC+99"),
        *("Mer 01 Mai 2024 12:00", "２０２４-05-01", "05/Ĳan/2024", "1 ſep 2024", "9" * 400, "9" * 5000, "1e999", "-1e300"),
        *(10**400, 10**5000, -(10**30), 1e300, float("nan"), float("inf"), -float("inf"), Decimal("1e400"), Decimal("sNaN")),
        *(True, None, [], [2024, 5, 1], {}, b"2024-05-01", pd.NaT, {"$date": None}, {"$date": True}, {"$date": {"$date": 1}}),
        *({"$date": 1, "x": 2}, {"$date": {"$numberLong": "9" * 5000}}, {"$date": 10**400}, {"$date": float("nan")}),
        *("{", '{"$date": ' + "9" * 80 + "}", "{'a': {'b': 1}}"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_moment_is_refused_in_one_short_line(value):
    with pytest.raises(Unreadable) as refused:
        parse_time(value, day_first=True)
    message = str(refused.value)
    assert len(message) < 150
    assert message.isprintable()


@settings(deadline=None)
@given(moment=st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2200, 1, 1)))
def test_what_is_written_is_what_is_read(moment):
    whole = moment.replace(microsecond=0)
    forms = {
        moment: [moment.isoformat(), f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC", f"{moment:%d.%m.%Y %H:%M:%S.%f}", str(moment)],
        whole: [
            f"{whole:%m/%d/%Y %I:%M:%S %p}",
            format_datetime(whole),
            whole.ctime(),
            int(whole.replace(tzinfo=UTC).timestamp()),
        ],
    }
    for expected, values in forms.items():
        assert [parse_time(value, day_first=False) for value in values] == [expected.replace(tzinfo=UTC)] * len(values)


_PIECES = st.sampled_from(
    [
        *("2024", "05", "13", "1", "May", "Wed", ",", " ", ":", "/", "-", ".", "T", "Z", "UTC", "+00", "PM", "12:00"),
        *("{", "}", "$date", '"', "\0"),
    ]
)
_VALUE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.text(), st.lists(_PIECES).map("".join)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["$date", "$numberLong"]), inner, max_size=2),
    max_leaves=4,
)


@settings(deadline=None, max_examples=300)
@given(_VALUE, st.booleans(), st.none() | st.booleans())
def test_any_value_is_a_moment_or_unreadable(value, written, first):
    if written:
        value = json.dumps(value, default=str)
    try:
        zone, message = parse_time(value, first).tzinfo, ""
    except Unreadable as refused:
        zone, message = UTC, str(refused)
    assert zone is UTC
    assert len(message) < 150
