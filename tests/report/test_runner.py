"""Running a notebook: whatever happens in it is told truthfully."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from analysis.report.kernel import Kernels, own_kernels, remove_left
from analysis.report.runner import Execution, Failure, Limits, run_notebook

NOTEBOOKS = Path(__file__).parent.parent / "fixtures" / "notebooks"

NO_LIMITS = Limits()


@pytest.fixture(scope="module")
def kernels() -> Iterator[Kernels]:
    with own_kernels() as made:
        yield made


@pytest.fixture
def run(kernels: Kernels, tmp_path: Path):
    def run_one(name: str, limits: Limits = NO_LIMITS, **parameters: object) -> Execution:
        (source,) = (NOTEBOOKS / name).glob("*.ipynb")
        folder = tmp_path / "{votes} 100%"  # braces in a path are not fields for papermill to fill
        folder.mkdir()
        return run_notebook(source, folder / source.name, parameters, limits, kernels.make(name))

    return run_one


def _printed(execution: Execution) -> str:
    return "".join(output.text for cell in execution.executed.cells for output in cell.get("outputs", []) if "text" in output)


def test_a_notebook_that_runs_to_its_end_has_outputs_and_no_failure(run, tmp_path: Path):
    execution = run("runs", votes="/some/where.parquet", seed=7)
    assert execution.failure is None
    assert _printed(execution) == "/some/where.parquet 7\n"
    (written,) = tmp_path.rglob("01_answers.ipynb")
    assert nbformat.read(written, as_version=4) == execution.executed
    assert str(tmp_path) not in written.read_text(encoding="utf-8")


def test_a_cell_that_raises_is_a_failure_at_that_cell(run):
    failure = run("raises", votes="x").failure
    assert failure == Failure("error", "ValueError: no such number", 4, 'raise ValueError("no such number")')


def test_a_failed_notebook_carries_no_marks_of_papermill(run):
    execution = run("raises")
    assert not any("papermill-error-cell-tag" in cell.metadata.get("tags", []) for cell in execution.executed.cells)


def test_a_kernel_that_dies_is_a_failure_although_papermill_writes_completed(run):
    execution = run("dies")
    assert execution.failure is not None
    assert (execution.failure.kind, execution.failure.cell) == ("dead kernel", 3)
    assert "memory" in execution.failure.message


def test_a_cell_over_its_limit_is_a_failure(run):
    assert run("sleeps", Limits(cell=1)).failure == Failure(
        "timeout", "the cell took longer than its limit of 1 seconds", 3, "import time"
    )


def test_a_notebook_over_its_limit_is_a_failure_although_no_cell_is_over_its_own(run):
    failure = run("naps", Limits(cell=30, notebook=6)).failure
    assert failure is not None
    assert (failure.kind, failure.message) == ("timeout", "the notebook took longer than its limit of 6 seconds")
    assert failure.cell in (3, 4, 5, 6)  # whichever nap it is on a busy machine


def test_sys_exit_zero_is_a_failure_because_the_rest_does_not_run(run):
    execution = run("exits")
    assert execution.failure is not None
    assert (execution.failure.kind, execution.failure.cell) == ("stopped", 3)
    assert "never" not in _printed(execution)


def test_an_answer_that_cannot_show_itself_is_a_failure(run):
    assert run("shows").failure == Failure("error", "ValueError: no picture", 4, "Broken()")


def test_an_error_that_a_cell_is_tagged_for_is_no_failure(run):
    execution = run("expects")
    assert execution.failure is None
    assert _printed(execution) == "reached\n"


def test_a_run_over_its_limit_fails_the_notebook_that_it_is_in(kernels: Kernels, tmp_path: Path):
    source = NOTEBOOKS / "sleeps" / "01_sleeps.ipynb"
    begun = time.monotonic() - 100
    failure = run_notebook(source, tmp_path / "out.ipynb", {}, Limits(run=101), kernels.make("late"), begun=begun).failure
    assert failure is not None
    assert (failure.kind, failure.message) == ("timeout", "the run took longer than its limit of 101 seconds")


def test_a_kernel_that_is_stopped_for_its_memory_says_so(kernels: Kernels, tmp_path: Path):
    source, kernel = NOTEBOOKS / "sleeps" / "01_sleeps.ipynb", kernels.make("large")
    stopping = threading.Thread(target=_stop_when_it_runs, args=(kernels,))
    stopping.start()
    failure = run_notebook(
        source, tmp_path / "out.ipynb", {}, NO_LIMITS, kernel, stopped=lambda: kernels.stopped.get("large", "")
    ).failure
    stopping.join()
    assert failure is not None
    assert (failure.kind, failure.message, failure.cell) == ("memory", "the run held too much", 3)


def _stop_when_it_runs(kernels: Kernels) -> None:
    while not kernels.stopped:
        time.sleep(2)
        kernels.stop_largest("the run held too much")


def test_a_kernel_that_does_not_start_is_a_failure_and_not_an_exception(kernels: Kernels, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    source = NOTEBOOKS / "runs" / "01_answers.ipynb"
    failure = run_notebook(source, tmp_path / "out.ipynb", {}, NO_LIMITS, kernels.make("none")).failure
    assert failure is not None
    assert failure.kind == "not run"
    assert "/no/such/python" in failure.message


def test_the_kernel_is_this_interpreter_whatever_the_users_jupyter_has(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with own_kernels() as kernels:
        from jupyter_client.kernelspec import KernelSpecManager

        assert KernelSpecManager().get_kernel_spec(kernels.make("one").name).argv[0] == sys.executable
    assert os.environ["JUPYTER_PATH"] == str(tmp_path)


def test_a_notebook_of_a_report_is_told_where_its_tables_are_kept(kernels: Kernels, tmp_path: Path):
    cell = nbformat.v4.new_code_cell("import os; print(os.environ['ARENA_WORKBOOK_TABLES'])")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "asks.ipynb")
    kernel = kernels.make("asks", tmp_path / "tables")
    execution = run_notebook(tmp_path / "asks.ipynb", tmp_path / "out.ipynb", {}, NO_LIMITS, kernel)
    assert _printed(execution) == f"{tmp_path / 'tables'}\n"


def test_folders_of_kernels_whose_run_was_killed_are_removed_and_those_of_one_that_runs_are_not(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, begun = tmp_path / "arena-workbook-left", tmp_path / "arena-workbook-begun"
    for folder in (left, begun):
        (folder / "run").mkdir(parents=True)
    (left / "lock").touch()
    with own_kernels():
        (held,) = set(tmp_path.iterdir()) - {left, begun}
        remove_left()
        assert {path.name for path in tmp_path.iterdir()} == {"arena-workbook-begun", held.name}
    assert {path.name for path in tmp_path.iterdir()} == {"arena-workbook-begun"}  # its run may be about to lock it


def test_a_failed_run_writes_nothing_on_stderr(tmp_path: Path):
    program = (
        "import sys; from pathlib import Path\n"
        "from analysis.report.kernel import own_kernels\n"
        "from analysis.report.runner import Limits, run_notebook\n"
        "source, out = map(Path, sys.argv[1:])\n"
        "with own_kernels() as kernels:\n"
        "    print(run_notebook(source, out, {'votes': 'x'}, Limits(cell=1), kernels.make('x')).failure.kind)\n"
    )
    command = [sys.executable, "-c", program, str(NOTEBOOKS / "sleeps" / "01_sleeps.ipynb"), str(tmp_path / "out.ipynb")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("timeout\n", "")
