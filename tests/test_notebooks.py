"""The form of every notebook: what an analyst, a scheduler and papermill all rely on. (Running them is tested elsewhere.)"""

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest

import analysis
from analysis import places
from analysis.votes.schema import COLUMNS

NOTEBOOKS = sorted(places.NOTEBOOKS.glob("*.ipynb"))

#: Those for the desk, which no report runs: they say so in their metadata, are for playing and reading, and so have no answer.
DESK = [path for path in NOTEBOOKS if nbformat.read(path, as_version=4).metadata.get("reads") == "nothing"]
REPORTED = [path for path in NOTEBOOKS if path not in DESK]

LITERAL_TYPES = {"str", "int", "float", "bool", "list[str]", "list[int]", "list[float]"}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def notebook(path: Path) -> Any:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


@pytest.fixture(params=REPORTED, ids=lambda path: path.stem)
def reported(request: pytest.FixtureRequest) -> Any:
    return nbformat.read(request.param, as_version=nbformat.NO_CONVERT)


@pytest.fixture
def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def headings(notebook: Any) -> list[tuple[int, str]]:
    """Level and text of each heading, in order."""
    prose = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return [(len(marks), text) for marks, text in re.findall(r"^(#+) (.+)$", prose, flags=re.MULTILINE)]


def tagged(notebook: Any, tag: str) -> list[Any]:
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def test_notebooks_are_numbered_in_reading_order() -> None:
    assert [path.stem[:3] for path in REPORTED] == [f"{number:02}_" for number in range(1, len(REPORTED) + 1)]
    assert [path.stem for path in DESK] == ["00_explore", "00_welcome"]


def test_the_readme_lists_every_notebook() -> None:
    rows = re.findall(r"^\| `(\d\d_\w+)` \|", (places.ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [name for name in rows if not name.startswith("00_")] == [path.stem for path in REPORTED]


def test_a_notebook_is_valid_and_runs_on_python3(notebook: Any) -> None:
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"


def test_the_title_is_the_first_heading_and_the_only_one_of_its_level(notebook: Any) -> None:
    levels = headings(notebook)
    assert notebook.cells[0].source.startswith("# ")
    assert [text for level, text in levels if level == 1] == [notebook.metadata.title]


def test_headings_skip_no_level(notebook: Any) -> None:
    levels = [level for level, _ in headings(notebook)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_notebook_ends_with_its_limits(notebook: Any) -> None:
    """Where the numbers come from is in the foot of every page, once."""
    assert [text for _, text in headings(notebook)][-1] == "Limits"
    assert "Provenance" not in [text for _, text in headings(notebook)]


def test_the_answer_and_its_figure_come_before_all_words_but_the_title(reported: Any) -> None:
    assert [cell.cell_type for cell in reported.cells[:5]] == ["markdown", "code", "code", "code", "markdown"]
    assert reported.cells[0].source == f"# {reported.metadata.title}"
    assert "answer" in reported.cells[3].metadata.tags


def test_a_notebook_names_the_columns_without_which_it_has_nothing_to_show(notebook: Any) -> None:
    assert set(notebook.metadata.get("needs", [])) <= {column.name for column in COLUMNS}


def test_a_link_between_notebooks_leads_to_a_heading(notebook: Any) -> None:
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for name, place in re.findall(r"\]\(([\w-]+\.ipynb)(?:#([^)\s]*))?\)", prose):
        other = nbformat.read(places.NOTEBOOKS / name, as_version=4)
        assert not place or place in [text.replace(" ", "-") for _, text in headings(other)]


def test_what_is_said_once_is_computed_in_one_notebook() -> None:
    sources = {path.stem: path.read_text(encoding="utf-8") for path in NOTEBOOKS}
    for call in ("leaders(votes", "check_claims(", "rank_rule(", 'shift(votes, \\"single_turn', "provenance("):
        assert len([name for name, source in sources.items() if f"arena.{call}" in source]) <= 1, call


def test_a_notebook_has_12_to_25_cells(reported: Any) -> None:
    assert 12 <= len(reported.cells) <= 25


def test_a_notebook_for_the_desk_is_short() -> None:
    assert max(len(nbformat.read(path, as_version=4).cells) for path in DESK) <= 15


def test_every_cell_has_an_id_of_its_own_in_words(notebook: Any) -> None:
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z-]+", name) for name in ids)


def test_no_output_and_no_execution_count_is_kept(code: list[Any]) -> None:
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert all(set(cell.metadata) <= {"tags"} for cell in code)


def test_code_cells_are_short_and_hold_no_logic(code: list[Any]) -> None:
    logic = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.Try, ast.ListComp, ast.DictComp)
    for cell in code:
        assert len(cell.source.splitlines()) <= (12 if "parameters" in cell.metadata.get("tags", []) else 6)
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, logic)]


def test_a_cell_is_a_call_that_shows_its_own_answer(code: list[Any]) -> None:
    """The face of the library is lenient and shows what it answers: no cell says so again."""
    assert code[1].source.startswith("import analysis.notebook as arena\n")
    trees = [ast.parse(cell.source) for cell in code]
    names = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"attempt", "display", "print"}
    assert len([node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]) == 1


def test_a_notebook_names_only_what_the_library_offers(code: list[Any]) -> None:
    nodes = [node for cell in code for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Attribute)]
    assert {node.attr for node in nodes if ast.unparse(node.value) == "arena"} <= set(analysis.__all__)


def test_the_parameters_come_before_all_other_code(notebook: Any, code: list[Any]) -> None:
    assert tagged(notebook, "parameters") == code[:1]


def test_there_is_one_computed_answer(reported: Any) -> None:
    (answer,) = tagged(reported, "answer")
    assert re.search(r"\.answer\(.*\)$", answer.source)


def test_a_parameter_is_one_line_with_a_type_a_literal_and_a_help(code: list[Any]) -> None:
    lines = code[0].source.splitlines()
    body = ast.parse(code[0].source).body
    assert len(body) == len(lines)
    for line, node in zip(lines, body, strict=True):
        assert isinstance(node, ast.AnnAssign)
        assert ast.unparse(node.annotation) in LITERAL_TYPES
        assert node.value is not None
        ast.literal_eval(node.value)
        assert line.count("=") == 1
        assert "  # " in line


def test_no_default_names_a_day(code: list[Any]) -> None:
    """Votes of another time would have no use for it: a default follows the votes."""
    assert not re.findall(r"\d{4}-\d\d", code[0].source)


def test_papermill_reads_the_same_parameters_as_python(path: Path, notebook: Any, code: list[Any]) -> None:
    names = [node.target.id for node in ast.parse(code[0].source).body]
    assert list(papermill.inspect_notebook(path)) == names
    assert ({"boards"} if notebook.metadata.get("reads") == "boards" else {"votes", "seed"}) <= set(names)
