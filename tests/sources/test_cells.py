"""A cell is read in every spelling that tools write; what cannot be read is Unreadable and nothing else."""

from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sources import cells
from analysis.sources.literals import Unreadable


def _kind(value: object) -> str:
    """The name of a case: pytest would write the number, which may have too many digits for that."""
    return type(value).__name__


NOTHING = [None, float("nan"), Decimal("NaN"), pd.NaT, "", "  ", "nan", "NaN", "None", "NULL", "null", "NA", "N/A", "n/a"]
NOTHING += ["NaT", "<NA>", "#N/A", r"\N", " nan ", "-", b"", b"NULL"]


@pytest.mark.parametrize("value", NOTHING, ids=repr)
def test_nothing_is_nothing_in_all_its_spellings(value):
    assert cells.missing(value)
    readers = (cells.name, cells.integer, cells.flag, cells.time, cells.nested, cells.listed)
    assert [reader(value) for reader in readers] == [None] * len(readers)
    assert cells.mapping(value) == {}


@pytest.mark.parametrize("value", ["None", "NA", "null", "nan", "-", r"\N", " N/A "])
def test_what_a_person_wrote_is_text_even_if_it_spells_nothing(value):
    assert cells.text(value) == value


@pytest.mark.parametrize("value", [None, float("nan"), pd.NaT, "", " \n", b" "], ids=repr)
def test_text_is_missing_where_it_is_null_or_blank(value):
    assert cells.text(value) is None


@pytest.mark.parametrize("value", ["na", "no", "none of these", "0", 0, False, "--", "?"])
def test_what_only_resembles_nothing_is_something(value):
    assert not cells.missing(value)


@pytest.mark.parametrize(
    ("holds", "values"),
    [
        (True, [True, 1, 1.0, Decimal(1), "true", "True", "TRUE", "t", "T", "yes", "Y", "on", "1", "1.0", " true ", b"t"]),
        (False, [False, 0, 0.0, Decimal(0), "false", "False", "FALSE", "f", "F", "no", "N", "off", "0", "0.0", b"No"]),
    ],
)
def test_a_flag_has_many_spellings(holds, values):
    assert [cells.flag(value) for value in values] == [holds] * len(values)


@pytest.mark.parametrize("value", [2, -1, 0.5, 10**5000, "maybe", "2", "tru", [], {}, float("inf")], ids=_kind)
def test_what_is_neither_true_nor_false_is_unreadable(value):
    with pytest.raises(Unreadable, match="true or false was expected, not "):
        cells.flag(value)


@pytest.mark.parametrize("value", [3, 3.0, Decimal("3.00"), "3", "3.0", "3.", "+3", " 3 ", "003", "3e0", "0.3e1", b"3"])
def test_a_whole_number_has_many_spellings(value):
    assert cells.integer(value) == 3


def test_a_whole_number_is_exact_and_at_most_its_largest():
    largest = 2**63 - 1
    assert [cells.integer(value, largest) for value in (largest, str(largest), str(-largest))] == [largest, largest, -largest]
    for value in (largest + 1, str(largest + 1), -largest - 1, 1e19):
        with pytest.raises(Unreadable, match=r"a whole number of at most 9,223,372,036,854,775,807 was expected"):
            cells.integer(value, largest)


@pytest.mark.parametrize(
    "value",
    [
        *(1.5, "1.5", "1,000", "1_000", "three", "0x3", "٣", "1e999", "1e9999999999", "9" * 400, "9" * 5000, 10**400, 10**5000),
        *(float("inf"), -float("inf"), "inf", Decimal("Infinity"), Decimal("1e99999"), [3], {"n": 3}, datetime(2024, 5, 1)),
    ],
    ids=_kind,
)
def test_what_is_no_whole_number_is_unreadable(value):
    with pytest.raises(Unreadable) as refused:
        cells.integer(value)
    assert len(str(refused.value)) < 150


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("  gpt-4 ", "gpt-4"),
        (["rater", "v2"], "rater, v2"),
        (("gpt-4", None, "pair-v2", 3), "gpt-4, pair-v2, 3"),
        ("['rater', 'v2']", "rater, v2"),
        ('["rater", "v2"]', "rater, v2"),
        ("['rater' 'v2']", "rater, v2"),
        ({"name": "gpt-4", "version": 2}, "name: gpt-4, version: 2"),
        ("{'name': 'gpt-4', 'version': 2}", "name: gpt-4, version: 2"),
        ("[beta] model", "[beta] model"),
        ("{x}", "{x}"),
        ([], None),
        ([None, "NaN"], None),
        (17, "17"),
        (b"m-\xff", "m-\ufffd"),
        ("a\0b", "a\ufffdb"),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_a_name_is_one_text_in_every_format(value, name):
    assert cells.name(value) == name


@pytest.mark.parametrize("value", [[["rater"]], {"a": []}, 10**5000], ids=_kind)
def test_nested_lists_and_endless_numbers_are_no_names(value):
    with pytest.raises(Unreadable):
        cells.name(value)


def test_bytes_that_are_not_utf_8_and_nul_become_the_replacement_character():
    assert [cells.text(value) for value in (b"caf\xe9", "a\0b", "\ud83d\ude00", "\ude00")] == [
        "caf\ufffd",
        "a\ufffdb",
        "😀",
        "\ufffd",
    ]


@pytest.mark.parametrize("value", [[], ["text"], {"role": "user"}])
def test_a_list_is_no_text(value):
    with pytest.raises(Unreadable, match="text was expected, not "):
        cells.text(value)


def test_a_time_takes_the_order_that_its_file_has():
    assert cells.time("05/01/2024 12:00", day_first=False) == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert cells.time(b"2024-05-01 12:00:00 UTC") == datetime(2024, 5, 1, 12, tzinfo=UTC)


_SCALAR = (
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.binary(max_size=8), st.datetimes()),
    *(
        st.text(max_size=12),
        st.just(5000).map(lambda digits: 10**digits),
        st.sampled_from(["9" * 5000, "[" * 3000, "['a'", "{'a': ", "[9" + "9" * 5000 + "]"]),
    ),
    st.text("[]{}()'\",: 019.eE-+\\xuarynNone\0\ud83d", max_size=20),
)
_CELL = st.recursive(
    st.one_of(_SCALAR),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


_READERS = (cells.text, cells.name, cells.integer, cells.flag, cells.time, cells.nested, cells.mapping, cells.listed)


@settings(deadline=None, max_examples=400)
@given(_CELL, st.sampled_from(_READERS), st.booleans())
def test_any_cell_is_read_or_unreadable(value, reader, written):
    if written and isinstance(value, list | dict) and not any(map(_endless, _leaves(value))):
        value = repr(value)
    assert isinstance(cells.missing(value), bool)
    try:
        found = reader(value)
    except Unreadable as refused:
        found, message = None, str(refused)
    else:
        message = ""
    assert len(message) < 200
    if reader in (cells.text, cells.name) and found is not None:
        found.encode("utf-8")
        assert "\0" not in found


def _leaves(value: object) -> list[object]:
    if isinstance(value, list | dict):
        parts = value if isinstance(value, list) else value.values()
        return [leaf for part in parts for leaf in _leaves(part)]
    return [value]


def _endless(leaf: object) -> bool:
    """Whether a number has more digits than Python writes."""
    return isinstance(leaf, int) and leaf >= 10**4300
