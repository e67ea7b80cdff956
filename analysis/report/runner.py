"""Run one notebook through papermill, and say truthfully whether it ran to its end."""

from __future__ import annotations

import copy
import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.report import kernel
from analysis.results.prose import shortened
from analysis.results.unseen import visible

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from traitlets.config import Config

#: Tag of the two cells that papermill adds to a failed notebook; our pages have a banner of their own.
_MARKER = "papermill-error-cell-tag"

_INJECTED = "injected-parameters"

#: Seconds a kernel may take to start.
_START_LIMIT = 120.0

#: Characters of an error message that are kept.
_LONGEST = 500


@dataclass(frozen=True)
class Limits:
    """Seconds that one cell, and one notebook from start to end, may take; None for no limit."""

    cell: float | None = None
    run: float | None = None


@dataclass(frozen=True)
class Failure:
    """Why a notebook did not run to its end.

    Attributes:
        kind: `error` (a cell raised), `stopped` (a cell called sys.exit), `dead kernel`, `timeout`, or `not run`.
        message: one line.
        cell: position of the cell in the notebook as written, counted from 1 over all cells; None outside any cell.
        source: first line of that cell.
    """

    kind: str
    message: str
    cell: int | None = None
    source: str = ""

    def __str__(self) -> str:
        return f"cell {self.cell} ({self.source}): {self.message}" if self.cell else self.message


@dataclass(frozen=True)
class Execution:
    """One notebook after its run: with outputs as far as it came, how long it took, and what stopped it."""

    stem: str
    executed: NotebookNode
    seconds: float
    failure: Failure | None = None


class _Clock:
    """The seconds left to the next cell (nbclient's `timeout_func`), and which of the two limits set them."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.started = time.monotonic()
        self.binding = ""

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def __call__(self, _cell: object = None) -> float | None:
        left = None if self.limits.run is None else max(self.limits.run - self.elapsed, 0.01)
        if left is not None and (self.limits.cell is None or left < self.limits.cell):
            self.binding = f"the notebook took longer than its limit of {self.limits.run:g} seconds"
            return left
        self.binding = f"the cell took longer than its limit of {self.limits.cell:g} seconds" if self.limits.cell else ""
        return self.limits.cell


def run_notebook(
    source: Path, output: Path, parameters: Mapping[str, Any], limits: Limits, settings: Config, *, bar: bool = False
) -> Execution:
    """Run the notebook `source` and write it with its outputs to `output`; never raises for what the notebook does.

    Papermill's own marks in the file are not trusted: it writes `completed` over a dead kernel and over a timeout.
    `settings` are those of `kernel.own_kernel`. `bar` shows a progress bar on stderr.
    """
    import papermill

    clock = _Clock(limits)
    error: Exception | None = None
    with _quiet():
        try:
            papermill.execute_notebook(
                _braced(source),
                _braced(output),
                parameters=dict(parameters),
                kernel_name=kernel.NAME,
                progress_bar={"desc": source.stem, "leave": False, "file": sys.stderr} if bar else False,
                start_timeout=min(limits.run or _START_LIMIT, _START_LIMIT),
                timeout_func=clock,
                config=settings,
            )
        except Exception as caught:  # whatever it is, the notebook did not run to its end
            error = caught
    executed = _read(output if output.exists() else source)
    failure = _failure(executed, error, clock)
    _clean(executed, output, source.name)
    return Execution(source.stem, executed, clock.elapsed, failure)


def _braced(path: Path) -> str:
    """papermill formats the paths it is given; braces in a folder's name are not fields."""
    return str(path).replace("{", "{{").replace("}", "}}")


@contextmanager
def _quiet() -> Iterator[None]:
    """What papermill and nbclient would log is in the failure, and stderr is for one line."""
    loggers = [logging.getLogger("papermill"), logging.getLogger("traitlets")]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled


def _read(path: Path) -> NotebookNode:
    import nbformat

    executed = nbformat.read(path, as_version=4)
    executed.cells = [cell for cell in executed.cells if _MARKER not in cell.metadata.get("tags", [])]
    return executed


def _clean(executed: NotebookNode, output: Path, name: str) -> None:
    """Write the notebook without papermill's markers, without the paths of the folder it was built in, and without what only
    the page needs: the drawings for narrow screens and the tables under the figures."""
    import nbformat

    metadata = executed.metadata.get("papermill", {})
    metadata.update({key: name for key in ("input_path", "output_path") if key in metadata})
    written = copy.deepcopy(executed)
    for output_of in (output_of for cell in written.cells for output_of in cell.get("outputs", [])):
        for about in output_of.get("metadata", {}).values():
            if isinstance(about, dict):
                about.pop("narrow", None)
                about.pop("data", None)
    nbformat.write(written, output)


def _failure(executed: NotebookNode, error: Exception | None, clock: _Clock) -> Failure | None:
    """Judge by the exception; by the cells only where there is none to judge by.

    Papermill raises also for an error in a cell tagged `raises-exception`, after running everything: not a failure.
    It does not raise for sys.exit(0), after which no cell runs: a failure.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    cell = _last_started(executed)
    if isinstance(error, DeadKernelError):
        message = "the kernel died; most often it ran out of memory, or native code crashed"
        return _at(executed, cell, "dead kernel", message)
    if isinstance(error, CellTimeoutError):
        return _at(executed, cell, "timeout", clock.binding)
    if error is not None and not isinstance(error, PapermillExecutionError):
        late = clock.limits.run is not None and clock.elapsed >= clock.limits.run
        kind = "timeout" if late else "not run"
        return Failure(kind, _first_line(f"{type(error).__name__}: {error}"))
    failed = next((index for index, cell in enumerate(executed.cells) if _mark(cell, "status") == "failed"), None)
    if failed is None:
        return None
    return _raised(executed, failed)


def _raised(executed: NotebookNode, index: int) -> Failure:
    """The failure of a cell that raised, from its error output."""
    outputs = [output for output in executed.cells[index].get("outputs", []) if output.output_type == "error"]
    name, value = (outputs[-1].ename, outputs[-1].evalue) if outputs else ("CellExecutionError", "no error output")
    if name == "SystemExit" and value in ("", "0"):
        return _at(executed, index, "stopped", "the cell called sys.exit, so the cells after it did not run")
    return _at(executed, index, "error", f"{name}: {value}" if value else name)


def _mark(cell: NotebookNode, key: str) -> Any:
    return cell.metadata.get("papermill", {}).get(key)


def _last_started(executed: NotebookNode) -> int | None:
    started = [index for index, cell in enumerate(executed.cells) if cell.cell_type == "code" and _mark(cell, "start_time")]
    return started[-1] if started else None


def _at(executed: NotebookNode, index: int | None, kind: str, message: str) -> Failure:
    if index is None:
        return Failure(kind, _first_line(message))
    cells = executed.cells
    injected = sum(_INJECTED in cell.metadata.get("tags", []) for cell in cells[:index])
    first = next((line for line in cells[index].source.splitlines() if line.strip()), "")
    return Failure(kind, _first_line(message), index + 1 - injected, _first_line(first, 80))


def _first_line(message: str, most: int = _LONGEST) -> str:
    """The first line of a message without terminal colours, cut to a readable length."""
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", message).strip()
    return shortened(visible(plain.splitlines()[0].strip()), most) if plain else ""
