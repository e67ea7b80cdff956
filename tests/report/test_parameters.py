"""Parameters: read with ast, set by type, and refused when unknown or ill-typed."""

import json
import logging
from pathlib import Path

import pytest
from papermill import inspect_notebook

from analysis.errors import UsageError
from analysis.report.parameters import Parameter, assign, coerce, find_notebooks, read_parameters

NOTEBOOKS = Path(__file__).parent.parent / "fixtures" / "notebooks"
TYPED = NOTEBOOKS / "typed"


def _notebook(folder: Path, *sources: str, tag: str = "parameters") -> Path:
    cells = [
        {
            "cell_type": "code",
            "metadata": {"tags": [tag]},
            "source": source,
            "outputs": [],
            "execution_count": None,
            "id": f"c{number}",
        }
        for number, source in enumerate(sources)
    ]
    path = folder / "01_made.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


def test_parameters_have_their_type_default_and_help():
    found = read_parameters(TYPED / "01_typed.ipynb")
    assert found["share"] == Parameter("share", "float", 0.14, "the announced share")
    assert found["labels"] == Parameter("labels", "list[str]", [], "")
    assert list(found) == ["votes", "seed", "name", "share", "wide", "labels", "counts", "since"]


def test_papermill_reads_the_same_names(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.CRITICAL)
    path = TYPED / "01_typed.ipynb"
    assert list(inspect_notebook(str(path))) == list(read_parameters(path))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("str", "007", "007"),
        ("str", "a=b", "a=b"),
        ("str", "", ""),
        ("int", "010", 10),
        ("int", "-3", -3),
        ("float", "1e3", 1000.0),
        ("float", "7", 7.0),
        ("bool", "True", True),
        ("bool", "no", False),
        ("list[str]", "a, b", ["a", "b"]),
        ("list[str]", "", []),
        ("list[str]", '["a,b", "c"]', ["a,b", "c"]),
        ("list[int]", "1,2", [1, 2]),
        ("list[float]", "[0.5, 1]", [0.5, 1.0]),
    ],
)
def test_a_text_becomes_a_value_of_the_parameters_type(kind, text, value):
    made = coerce(Parameter("x", kind, None), text, "-p x")
    assert (made, type(made)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "1.5"),
        ("int", "1_000"),
        ("int", ""),
        ("float", "nan"),
        ("float", "abc"),
        ("bool", "maybe"),
        ("list[int]", "1,x"),
        ("list[str]", '["a'),
    ],
)
def test_a_text_that_is_no_such_value_is_refused_in_words(kind, text):
    with pytest.raises(UsageError, match=r"^-p x=…: x is an? .*, and .* is not\.$|^-p x=…: x is true or false"):
        coerce(Parameter("x", kind, None), text, "-p x=…")


def test_a_parameter_whose_default_is_a_date_takes_dates_only():
    since = Parameter("since", "str", "2024-06-01")
    assert coerce(since, "2024-07-01", "-p") == "2024-07-01"
    assert coerce(since, "", "-p") == ""
    with pytest.raises(UsageError, match="a date such as 2024-06-27"):
        coerce(since, "July", "-p")


def test_a_setting_names_its_notebook_with_or_without_the_number():
    notebooks = find_notebooks(TYPED)
    assert assign(notebooks, ["typed.share=0.2"]) == {"01_typed": {"share": 0.2}, "02_other": {}}
    assert assign(notebooks, ["02_other.share=0.2"]) == {"01_typed": {}, "02_other": {"share": 0.2}}


def test_a_setting_without_a_notebook_holds_wherever_the_parameter_is_and_the_last_one_wins():
    notebooks = find_notebooks(TYPED)
    assert assign(notebooks, ["share=0.2", "other.share=0.3"]) == {"01_typed": {"share": 0.2}, "02_other": {"share": 0.3}}
    assert assign(notebooks, ["name=x=y"]) == {"01_typed": {"name": "x=y"}, "02_other": {}}


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("typed.nope=1", "notebook typed has counts, labels, name, seed, share, since, wide"),
        ("nope.share=1", "there are typed, other"),
        ("nope=1", "the notebooks have counts"),
        ("share", "write NOTEBOOK.PARAMETER=VALUE"),
        ("typed.votes=x", "say --votes VOTES"),
    ],
)
def test_a_setting_that_means_nothing_is_refused_with_what_is_known(setting, said):
    with pytest.raises(UsageError, match=said):
        assign(find_notebooks(TYPED), [setting])


def test_only_chooses_notebooks_and_an_unknown_name_lists_them():
    assert [notebook.stem for notebook in find_notebooks(TYPED, ["other"])] == ["02_other"]
    with pytest.raises(UsageError, match="no notebook 'nope'; there are typed, other"):
        find_notebooks(TYPED, ["nope"])


def test_a_folder_without_notebooks_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="no notebooks"):
        find_notebooks(tmp_path)


@pytest.mark.parametrize("line", ["x = 1", "x: str | None = None", "x: int = len('a')", "import os", "x: dict[str, int] = {}"])
def test_a_line_that_is_not_in_the_house_form_is_refused(tmp_path: Path, line):
    with pytest.raises(UsageError, match="cannot read the parameter"):
        read_parameters(_notebook(tmp_path, line))


def test_a_parameters_cell_that_is_not_python_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="not Python"):
        read_parameters(_notebook(tmp_path, "x: int = "))


def test_two_parameters_cells_are_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="2 cells are tagged"):
        read_parameters(_notebook(tmp_path, "x: int = 1", "y: int = 1"))


def test_a_notebook_without_a_parameters_cell_has_none(tmp_path: Path):
    assert read_parameters(_notebook(tmp_path, "x = 1", tag="other")) == {}


def test_a_file_that_is_not_a_notebook_is_refused(tmp_path: Path):
    (tmp_path / "01_no.ipynb").write_text("[]", encoding="utf-8")
    with pytest.raises(UsageError, match="not a Jupyter notebook"):
        find_notebooks(tmp_path)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("list[str]", "[" * 100_000),
        ("list[int]", "[" * 100_000 + "]" * 100_000),
        ("int", "9" * 5_000),
        ("str", "\udcff"),
        ("list[str]", "a,\udcff"),
    ],
)
def test_a_value_too_deep_too_long_or_outside_utf_8_is_refused_in_one_short_line(kind: str, text: str):
    with pytest.raises(UsageError, match="^-p x=…: x is a") as error:
        coerce(Parameter("x", kind, None), text, "-p x=…")
    assert len(str(error.value)) < 400


def test_a_long_setting_that_means_nothing_is_shown_short():
    with pytest.raises(UsageError) as error:
        assign(find_notebooks(NOTEBOOKS), ["x" * 100_000])
    assert len(str(error.value)) < 200
