"""The notebooks of a run, several at a time, each with a kernel of its own; what is finished is kept for a run that goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.report import render
from analysis.report.body import Body, render_body
from analysis.report.journal import Journal
from analysis.report.kernel import Kernels, own_kernels
from analysis.report.memory import ceiling
from analysis.report.parameters import Notebook
from analysis.report.record import TABLES, Page
from analysis.report.runner import Execution, Failure, Limits, quiet, replaced, run_notebook
from analysis.report.site import uninterrupted
from analysis.whole_files import whole_file

#: Where finished notebooks wait in the folder that a run works in; it goes before the run is published.
WORK = ".work"


@dataclass(frozen=True)
class Job:
    """One notebook to run, and with which parameters."""

    notebook: Notebook
    parameters: Mapping[str, Any]

    @property
    def stem(self) -> str:
        return self.notebook.stem


@dataclass(frozen=True)
class Desk:
    """What all jobs of a run share.

    Attributes:
        folder: where the run is built.
        notebooks: where images that notebooks name are found.
        stems: of the notebooks that have pages.
        shown: what pages show in place of paths that mean something on this machine only.
        bar: whether each shows a progress bar, which only one at a time can.
    """

    folder: Path
    notebooks: Path
    stems: Sequence[str]
    limits: Limits
    journal: Journal
    begun: float
    shown: Mapping[str, str]
    bar: bool = False


def run_jobs(jobs: Sequence[Job], desk: Desk, workers: int, seconds: Mapping[str, float]) -> dict[str, tuple[Page, Body]]:
    """The page and body of each job, by its stem. The jobs that took longest before (`seconds`) begin first.

    An exception that is no fault of a notebook, a full disk or Ctrl-C, stops all kernels and is raised.
    """
    made = {job.stem: found for job in jobs if (found := _taken_over(job, desk))}
    todo = sorted((job for job in jobs if job.stem not in made), key=lambda job: -seconds.get(job.stem, 0.0))
    for stem in made:
        desk.journal.say(f"{stem} taken over from the run before")
    steps = _Steps(len(todo), desk.journal)
    with (
        own_kernels() as kernels,
        quiet(),
        ceiling(desk.limits.memory, kernels.stop_largest),
        ThreadPoolExecutor(max(1, min(workers, len(todo)))) as pool,
    ):
        futures = {pool.submit(_in_thread, job, desk, kernels, steps): job.stem for job in todo}
        try:
            _wait(futures)
        except BaseException:
            _stop(futures, kernels)
            raise
    return made | {stem: found for future, stem in futures.items() if (found := future.result())}


def _wait(futures: Mapping[Future[Any], str]) -> None:
    """Until all are done or one raises. In short spells, so that a signal is heeded at once."""
    left = set(futures)
    while left:
        done, left = wait(left, timeout=0.5, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()


def _stop(futures: Mapping[Future[Any], str], kernels: Kernels) -> None:
    """End all jobs. Again and again: a kernel may be about to start."""
    for future in futures:
        future.cancel()
    with uninterrupted():
        while not all(future.done() for future in futures):
            kernels.stop_all()
            wait(futures, timeout=0.2)


class _Steps:
    """Says how it goes, with the number of the step."""

    def __init__(self, steps: int, journal: Journal) -> None:
        self.steps, self.journal, self.begun = steps, journal, iter(range(1, steps + 1))

    def begin(self, stem: str) -> Callable[[str], None]:
        number = next(self.begun)
        self.journal.say(f"[{number}/{self.steps}] {stem} …")
        return lambda words: self.journal.say(f"[{number}/{self.steps}] {stem} {words}")


def _in_thread(job: Job, desk: Desk, kernels: Kernels, steps: _Steps) -> tuple[Page, Body] | None:
    """Run a job, and close the event loop that Jupyter's client made for this thread."""
    from jupyter_core.utils import ensure_event_loop

    try:
        return _run(job, desk, kernels, steps)
    finally:
        ensure_event_loop().close()


def _run(job: Job, desk: Desk, kernels: Kernels, steps: _Steps) -> tuple[Page, Body] | None:
    if kernels.ended.is_set():
        return None
    say = steps.begin(job.stem)
    tables = desk.folder / TABLES / job.stem
    shutil.rmtree(tables, ignore_errors=True)  # of a run before that did not finish it
    tables.mkdir(parents=True, exist_ok=True)
    output = desk.folder / job.notebook.path.name
    execution = run_notebook(
        job.notebook.path,
        output,
        job.parameters,
        desk.limits,
        kernels.make(job.stem, tables),
        begun=desk.begun,
        stopped=lambda: kernels.stopped.get(job.stem, ""),
        shown=desk.shown,
        bar=desk.bar,
    )
    if kernels.ended.is_set():
        return None
    body = render_body(execution.executed, job.stem, desk.notebooks, desk.stems)
    page = page_of(execution, {name: replaced(value, desk.shown) for name, value in job.parameters.items()}, body)
    if body.without_alt:
        desk.journal.say(f"{job.stem}: {body.without_alt} figures have no description for readers who do not see them.")
    if not page.failure:
        _keep(page, execution, desk.folder)
    if not any(tables.iterdir()):
        tables.rmdir()
    say(f"{f'FAILED, {page.failure}' if page.failure else 'done'} ({render.duration(execution.seconds)})")
    return page, body


def page_of(execution: Execution, parameters: Mapping[str, Any], body: Body) -> Page:
    """What the record of a run says of a notebook that was run."""
    page, notebook = render.page_names(execution.stem)
    return Page(
        stem=execution.stem,
        title=body.title,
        page=page,
        notebook=notebook,
        answer=body.answer,
        status="failed" if execution.failure else "absent" if body.unavailable else "done",
        absent=body.answer if body.unavailable and not execution.failure else "",
        failure=execution.failure,
        seconds=round(execution.seconds, 3),
        parameters=parameters,
        without_alt=body.without_alt,
        finding=body.finding,
        changes=body.changes,
    )


def _keep(page: Page, execution: Execution, folder: Path) -> None:
    """Keep a finished notebook with all that its page needs, for a run that goes on after this one was killed."""
    import nbformat

    work = folder / WORK
    work.mkdir(exist_ok=True)
    nbformat.write(execution.executed, work / f"{page.stem}.ipynb")
    with whole_file(work / f"{page.stem}.json") as part:
        part.write_text(json.dumps(asdict(page)), encoding="utf-8")


def _taken_over(job: Job, desk: Desk) -> tuple[Page, Body] | None:
    """The page and body of a job that a run before had finished; None where it had not."""
    import nbformat

    try:
        kept = json.loads((desk.folder / WORK / f"{job.stem}.json").read_text(encoding="utf-8"))
        executed = nbformat.read(desk.folder / WORK / f"{job.stem}.ipynb", as_version=4)
    except (OSError, ValueError):
        return None
    failure = kept.pop("failure")
    page = Page(**kept, failure=Failure(**failure) if failure else None)
    return page, render_body(executed, job.stem, desk.notebooks, desk.stems)
