"""Running a notebook: whatever happens in it is told truthfully."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

from analysis.report.kernel import own_kernel
from analysis.report.runner import Execution, Failure, Limits, run_notebook

NOTEBOOKS = Path(__file__).parent.parent / "fixtures" / "notebooks"

NO_LIMITS = Limits()


@pytest.fixture(scope="module")
def kernel_settings() -> Iterator[Config]:
    with own_kernel() as settings:
        yield settings


@pytest.fixture
def run(kernel_settings: Config, tmp_path: Path):
    def run_one(name: str, limits: Limits = NO_LIMITS, **parameters: object) -> Execution:
        (source,) = (NOTEBOOKS / name).glob("*.ipynb")
        folder = tmp_path / "{votes} 100%"  # braces in a path are not fields for papermill to fill
        folder.mkdir()
        return run_notebook(source, folder / source.name, parameters, limits, kernel_settings)

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
    failure = run("naps", Limits(cell=30, run=6)).failure
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


def test_a_kernel_that_does_not_start_is_a_failure_and_not_an_exception(tmp_path: Path, kernel_settings: Config, monkeypatch):
    broken = tmp_path / "jupyter" / "kernels" / "python3"
    broken.mkdir(parents=True)
    (broken / "kernel.json").write_text(
        '{"argv": ["/no/such/python"], "display_name": "x", "language": "python"}', encoding="utf-8"
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    source = NOTEBOOKS / "runs" / "01_answers.ipynb"
    failure = run_notebook(source, tmp_path / "out.ipynb", {}, Limits(), kernel_settings).failure
    assert failure is not None
    assert failure.kind == "not run"
    assert "/no/such/python" in failure.message


def test_the_kernel_is_this_interpreter_whatever_the_users_jupyter_has(tmp_path: Path, monkeypatch):
    theirs = tmp_path / "kernels" / "python3"
    theirs.mkdir(parents=True)
    (theirs / "kernel.json").write_text(
        '{"argv": ["/no/such/python"], "display_name": "x", "language": "python"}', encoding="utf-8"
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with own_kernel():
        from jupyter_client.kernelspec import KernelSpecManager

        assert KernelSpecManager().get_kernel_spec("python3").argv[0] == sys.executable
    assert os.environ["JUPYTER_PATH"] == str(tmp_path)


def test_a_failed_run_writes_nothing_on_stderr(tmp_path: Path):
    program = (
        "import sys; from pathlib import Path\n"
        "from analysis.report.kernel import own_kernel\n"
        "from analysis.report.runner import Limits, run_notebook\n"
        "source, out = map(Path, sys.argv[1:])\n"
        "with own_kernel() as settings:\n"
        "    print(run_notebook(source, out, {'votes': 'x'}, Limits(cell=1), settings).failure.kind)\n"
    )
    command = [sys.executable, "-c", program, str(NOTEBOOKS / "sleeps" / "01_sleeps.ipynb"), str(tmp_path / "out.ipynb")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("timeout\n", "")
