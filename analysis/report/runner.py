"""Run one notebook through papermill, and say truthfully whether it ran to its end."""

from __future__ import annotations

import copy
import errno
import logging
import math
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from analysis.results.prose import shortened
from analysis.results.unseen import visible

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from analysis.report.kernel import Kernel

#: Tag of the two cells that papermill adds to a failed notebook; our pages have a banner of their own.
_MARKER = "papermill-error-cell-tag"

_INJECTED = "injected-parameters"

#: Seconds a kernel may take to start.
_START_LIMIT = 120

#: What a file system says that takes no more.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})

#: Characters of an error message that are kept.
_LONGEST = 500


@dataclass(frozen=True)
class Limits:
    """Seconds that one cell, one notebook from start to end, and a whole run may take; None for no limit.

    `memory` is what a run may hold, in GiB.
    """

    cell: float | None = None
    notebook: float | None = None
    run: float | None = None
    memory: float | None = None


@dataclass(frozen=True)
class Failure:
    """Why a notebook did not run to its end.

    Attributes:
        kind: `error` (a cell raised), `stopped` (a cell called sys.exit), `dead kernel`, `timeout`, `memory`, or `not run`.
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
    """The seconds left to the next cell (nbclient's `timeout_func`), and which of the limits set them."""

    def __init__(self, limits: Limits, begun: float | None) -> None:
        self.limits = limits
        self.started = time.monotonic()
        self.begun = self.started if begun is None else begun
        self.binding = ""

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    @property
    def left(self) -> float | None:
        """Seconds left to the notebook, by its own limit and by that of the run; None for no limit."""
        return min((seconds for seconds, _ in self._whole()), default=None)

    @property
    def to_start(self) -> int:
        """Seconds, a whole number, that a kernel may take to start."""
        return _START_LIMIT if self.left is None else max(1, min(math.ceil(self.left), _START_LIMIT))

    @property
    def late(self) -> str:
        """What limit of the notebook or the run is over; empty where none is."""
        return next((words for seconds, words in self._whole() if seconds <= 0), "")

    @property
    def nearest(self) -> str:
        """The limit of the notebook or the run that ends first; empty where there is none."""
        return min(self._whole(), default=(0.0, ""))[1]

    def _whole(self) -> list[tuple[float, str]]:
        now, limits = time.monotonic(), self.limits
        notebook = (limits.notebook, self.started, "the notebook")
        run = (limits.run, self.begun, "the run")
        return [
            (limit - (now - since), f"{whose} took longer than its limit of {limit:g} seconds")
            for limit, since, whose in (notebook, run)
            if limit is not None
        ]

    def __call__(self, _cell: object = None) -> float | None:
        """Seconds that the next cell may take."""
        found = [(max(seconds, 0.01), words) for seconds, words in self._whole()]
        if self.limits.cell is not None:
            found.append((self.limits.cell, f"the cell took longer than its limit of {self.limits.cell:g} seconds"))
        seconds, self.binding = min(found, default=(None, ""))
        return seconds


def run_notebook(
    source: Path,
    output: Path,
    parameters: Mapping[str, Any],
    limits: Limits,
    kernel: Kernel,
    *,
    begun: float | None = None,
    stopped: Callable[[], str] = str,
    shown: Mapping[str, str] = MappingProxyType({}),
    bar: bool = False,
) -> Execution:
    """Run the notebook `source` and write it with its outputs to `output`; never raises for what the notebook does.

    Papermill's own marks in the file are not trusted: it writes `completed` over a dead kernel and over a timeout. Whoever runs
    notebooks in threads stands in `quiet()`.

    Args:
        kernel: a fresh one of `kernel.Kernels`.
        begun: when the run began, on the monotonic clock; now, where it is None.
        stopped: says why somebody stopped the kernel; nothing where nobody did.
        shown: what the notebook shows in place of texts in its parameters, such as paths that mean something on one machine only.
        bar: show a progress bar on stderr.

    Raises:
        OSError: the disk is full, or the notebook cannot be written for another reason: no fault of the notebook.
    """
    import papermill

    clock = _Clock(limits, begun)
    error: Exception | None = None
    with quiet():
        try:
            papermill.execute_notebook(
                _braced(source),
                _braced(output),
                parameters=dict(parameters),
                kernel_name=kernel.name,
                language="python",
                progress_bar={"desc": source.stem, "leave": False, "file": sys.stderr} if bar else False,
                start_timeout=clock.to_start,
                timeout_func=clock,
                config=kernel.settings,
            )
        except OSError as caught:
            if caught.errno in _NO_ROOM:
                raise
            error = caught
        except Exception as caught:  # whatever it is, the notebook did not run to its end
            error = caught
    executed = _read(output if output.exists() and output.stat().st_size else source)
    _show(executed, shown)
    why = stopped()
    failure = _at(executed, _last_started(executed), "memory", why) if why else _failure(executed, error, clock)
    _clean(executed, output, source.name)
    return Execution(source.stem, executed, clock.elapsed, failure)


def _braced(path: Path) -> str:
    """papermill formats the paths it is given; braces in a folder's name are not fields."""
    return str(path).replace("{", "{{").replace("}", "}}")


@contextmanager
def quiet() -> Iterator[None]:
    """What papermill and nbclient would log is in the failure, and stderr is for one line. It may be nested."""
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


def _show(executed: NotebookNode, shown: Mapping[str, str]) -> None:
    """Show other texts in the cell of parameters that the run added."""
    for cell in executed.cells:
        if _INJECTED in cell.metadata.get("tags", []):
            for text, other in shown.items():
                cell.source = cell.source.replace(text, other)
    parameters = executed.metadata.get("papermill", {}).get("parameters", {})
    parameters.update({name: replaced(value, shown) for name, value in parameters.items()})


def replaced(value: Any, shown: Mapping[str, str]) -> Any:
    """A parameter as it is shown."""
    for text, other in shown.items():
        value = value.replace(text, other) if isinstance(value, str) else value
    return value


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
        late = clock.late or (clock.nearest if "Kernel didn't respond" in str(error) else "")  # it may start within its limit
        if late:
            return Failure("timeout", late)
        return Failure("not run", _first_line(f"{type(error).__name__}: {error}"))
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
