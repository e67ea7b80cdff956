"""Report sets: what a small file orders, and what is wrong with it in one line."""

from pathlib import Path

import pytest

from analysis import places
from analysis.errors import UsageError
from analysis.report.order import Order
from analysis.report.parameters import assign, find_notebooks
from analysis.report.sets import read_set


def _set(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_set_orders_one_edition_with_its_notebooks_and_parameters(tmp_path: Path):
    text = 'title = "Mine"\nvotes = "v.csv"\nnotebooks = ["shifts"]\n[parameters]\n"shifts.category_to" = "coding"\nseed = 3\n'
    (order,) = read_set(_set(tmp_path, text)).orders(Order(out=tmp_path / "out", settings=["seed=4"]))
    assert (order.title, order.votes, order.out, list(order.only)) == ("Mine", "v.csv", tmp_path / "out", ["shifts"])
    assert order.settings == ["shifts.category_to=coding", "seed=3", "seed=4"]  # the command line has the last word


def test_a_parameter_may_be_written_as_a_table_of_its_notebook(tmp_path: Path):
    text = 'votes = "v.csv"\n[parameters.shifts]\ncategory_to = "coding"\nmodels = ["a,b", "c"]\n'
    (order,) = read_set(_set(tmp_path, text)).orders(Order(out=tmp_path))
    values = assign(find_notebooks(places.NOTEBOOKS, ["shifts"]), order.settings)
    assert values == {"04_shifts": {"category_to": "coding", "models": ["a,b", "c"]}}


def test_each_makes_an_edition_for_every_combination_in_a_folder_of_its_own(tmp_path: Path):
    text = 'votes = ["a.csv", "b.csv"]\n[each]\n"leaderboard.category" = ["english", "tag:x/y"]\n'
    orders = read_set(_set(tmp_path, text)).orders(Order(out=tmp_path))
    assert [(order.votes, order.out.name, order.settings) for order in orders] == [
        ("a.csv", "a-english", ["leaderboard.category=english"]),
        ("a.csv", "a-tag-x-y", ["leaderboard.category=tag:x/y"]),
        ("b.csv", "b-english", ["leaderboard.category=english"]),
        ("b.csv", "b-tag-x-y", ["leaderboard.category=tag:x/y"]),
    ]


def test_days_are_values_alone_and_in_lists(tmp_path: Path):
    text = 'votes = "v.csv"\n[parameters]\n"two.claims" = [2024-01-01]\nsince = 2024-01-02\n[each]\nwatch.date = [2024-01-03]\n'
    (order,) = read_set(_set(tmp_path, text)).orders(Order(out=tmp_path))
    assert order.settings == ['two.claims=["2024-01-01"]', "since=2024-01-02", "watch.date=2024-01-03"]


def test_no_value_takes_a_place_that_a_site_has_for_itself(tmp_path: Path):
    text = 'votes = "v.csv"\n[each]\nx = ["latest", "Editions", ".lock", "feed.xml", "..", "late"]\n'
    orders = read_set(_set(tmp_path, text)).orders(Order(out=tmp_path))
    assert [order.out.name for order in orders] == [
        "edition-latest",
        "edition-Editions",
        "lock",
        "edition-feed.xml",
        "edition",
        "late",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "not TOML"),
        ('vots = "v"', "a set has no 'vots' .did you mean votes"),
        ('title = "x"', "give votes or boards, one of the two"),
        ('votes = "v"\nboards = "b"', "give votes or boards, one of the two"),
        ("votes = 3", "votes is 3; it must be a text or a list"),
        ("votes = []", "votes must be names"),
        ('votes = "v"\nnotebooks = "turns"', "notebooks is 'turns'; it must be a list"),
        ('votes = "v"\nnotebooks = [1]', "notebooks must be names"),
        ('votes = "v"\nnotebooks = ["turn"]', "no notebook 'turn'"),
        ('votes = "v"\n[each]\nseed = 3', "each.seed is 3; it must be a list of values"),
        ('votes = "v"\n[each]\n"two.claims" = [{a = 1}]', "each.two.claims has {'a': 1}; a value is a text, a number"),
        ('votes = "v"\n[each]\nx = [1, [[2]]]', r"each.x has \[\[2\]\]; a value is"),
        ('votes = "v"\n[parameters]\nx = [{a = 1}]', r"parameters.x has \[{'a': 1}\]; a value is"),
        ('votes = "v"\n[parameters]\nx = 2024-01-01T10:00:00', "parameters.x has datetime.datetime.*; a value is"),
        ('votes = "v"\n[each]\nx = ["a/b", "a?b"]', "two editions of the set would go to"),
    ],
)
def test_what_is_wrong_with_a_set_is_said_in_one_line(tmp_path: Path, text: str, said: str):
    with pytest.raises(UsageError, match=said) as caught:
        read_set(_set(tmp_path, text)).orders(Order(out=tmp_path))
    assert "\n" not in str(caught.value)


def test_a_set_that_is_not_known_is_refused_with_those_that_are(tmp_path: Path):
    with pytest.raises(UsageError, match="no report set 'nope'; there are "):
        read_set("nope")
    with pytest.raises(UsageError, match="no report set"):
        read_set(str(tmp_path / "nope.toml"))


def test_a_set_runs_on_another_source_of_its_kind(tmp_path: Path):
    mine = read_set(_set(tmp_path, 'votes = "v.csv"'))
    assert [order.votes for order in mine.reading("w.csv", None).orders(Order(out=tmp_path))] == ["w.csv"]
    with pytest.raises(UsageError, match="the set mine takes votes; give --votes, or leave it out"):
        mine.reading(None, "b.csv")


def test_the_set_of_the_schedules_is_in_the_house_and_reads_boards(tmp_path: Path):
    (order,) = read_set("leaderboard-watch").orders(Order(out=tmp_path))
    assert (order.reads, list(order.only)) == ("boards", ["watch"])
