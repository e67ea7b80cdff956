"""An edition: one dated run of all reports, from votes to published pages."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import places
from analysis.errors import InputError, NotebookError
from analysis.report import record, render
from analysis.report.body import Body, no_body, render_body
from analysis.report.kernel import own_kernel
from analysis.report.parameters import VOTES, Notebook, assign, find_notebooks
from analysis.report.publish import Place
from analysis.report.record import INDEX, LEDGER, Page, Run
from analysis.report.runner import Execution, Limits, run_notebook
from analysis.results.terminal import say
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from analysis.sources.conversion import Conversion


@dataclass(frozen=True)
class Order:
    """What to run.

    Attributes:
        votes: a file, a folder, a glob or a known data set name.
        out: the folder to publish to.
        only: names of the notebooks to run; all when empty.
        settings: texts `NOTEBOOK.PARAMETER=VALUE` or `PARAMETER=VALUE`.
        seed: the seed of every notebook; None leaves each its own.
        conversion: how to read the votes.
        notebooks: the folder they are in.
    """

    votes: str = "sample"
    out: Path = places.REPORTS / "latest"
    only: Sequence[str] = ()
    settings: Sequence[str] = ()
    seed: int | None = None
    limits: Limits = field(default_factory=Limits)
    conversion: Conversion | None = None
    notebooks: Path = places.NOTEBOOKS


def run_edition(order: Order) -> Path:
    """Run the notebooks of an order and publish their pages; returns the path of the index page.

    Wrong parameters and unreadable votes end the run before any notebook starts. A notebook that fails does not keep
    the others from running, but the folder then keeps its last good edition and the failed one is put beside it.

    Raises:
        UsageError: an unknown notebook or parameter, an ill-typed value, or a folder that is not ours to replace.
        InputError: the votes cannot be read.
        NotebookError: a notebook failed; the message names each, says why, and where the pages are.
        BusyError: another run holds the folder.
    """
    notebooks = find_notebooks(order.notebooks, order.only)
    values = assign(notebooks, order.settings)
    place = Place(order.out)
    with place.hold():
        started, clock = datetime.now(UTC), time.monotonic()
        votes = load_votes(order.votes, conversion=order.conversion)
        with place.building() as folder:
            made = _run_all(notebooks, values, votes, order, folder)
            pages, bodies = [page for page, _ in made], [body for _, body in made]
            run = _record(order, votes, started, time.monotonic() - clock, pages)
            votes.ledger.write(folder / LEDGER)
            run.write(folder)
            render.write_pages(run, bodies, votes.ledger, folder)
            if run.failed:
                raise _failure(run, place.set_aside(folder), place)
            place.publish(folder)
    return place.folder / INDEX


def _run_all(
    notebooks: Sequence[Notebook], values: Mapping[str, Mapping[str, Any]], votes: Votes, order: Order, folder: Path
) -> list[tuple[Page, Body]]:
    """Make the page of one notebook after another, saying on stderr how it goes."""
    bar = sys.stderr.isatty()
    lacks = {notebook.stem: _lacking(notebook, values[notebook.stem], votes) for notebook in notebooks}
    made, stems = [], [stem for stem, lacking in lacks.items() if not lacking]
    with own_kernel() as settings:
        for number, notebook in enumerate(notebooks, 1):
            step = f"[{number}/{len(notebooks)}] {notebook.stem}"
            if lacking := lacks[notebook.stem]:
                say(f"{step} left out: {lacking}")
                made.append(_absent(notebook, lacking))
                continue
            parameters = _parameters(notebook, votes, order.seed) | dict(values[notebook.stem])
            if not bar:
                say(f"{step} …")
            execution = run_notebook(notebook.path, folder / notebook.path.name, parameters, order.limits, settings, bar=bar)
            ended = f"FAILED, {execution.failure}" if execution.failure else "done"
            say(f"{step} {ended} ({render.duration(execution.seconds)})")
            body = render_body(execution.executed, execution.stem, order.notebooks, stems)
            made.append((_page(execution, parameters, body), body))
    return made


def _lacking(notebook: Notebook, values: Mapping[str, Any], votes: Votes) -> str:
    """What the votes lack without which the notebook has nothing to show, in a sentence; empty where they lack nothing, and
    where the user asks for other categories, which may need other columns."""
    if any(name.startswith("category") for name in values):
        return ""
    try:
        votes.need(f"“{notebook.title}”", *notebook.needs)
    except InputError as error:
        return str(error)
    return ""


def _absent(notebook: Notebook, lacking: str) -> tuple[Page, Body]:
    """The page of a notebook that is not run: no kernel is started only to say that nothing can be shown."""
    name, _ = render.page_names(notebook.stem)
    title = notebook.title or notebook.stem
    page = Page(notebook.stem, title, name, "", "", "absent", None, 0.0, {}, absent=lacking)
    return page, no_body(title)


def _parameters(notebook: Notebook, votes: Votes, seed: int | None) -> dict[str, Any]:
    """What the run itself passes, as far as the notebook has it: the converted votes, and the seed where one was asked for."""
    given = {VOTES: str(votes.path.resolve()), "seed": seed}
    return {name: value for name, value in given.items() if value is not None and name in notebook.parameters}


def _record(order: Order, votes: Votes, started: datetime, seconds: float, pages: Sequence[Page]) -> Run:
    return Run(
        status="failed" if any(page.failure for page in pages) else "done",
        started=started.isoformat(timespec="seconds"),
        seconds=round(seconds, 3),
        source=_source(order.votes),
        releases=votes.releases,
        simulated=votes.simulated,
        votes=len(votes),
        fingerprint=votes.fingerprint,
        seed=order.seed,
        ledger=asdict(votes.ledger),
        losses=votes.ledger.losses,
        warning=str(votes.warning),
        pages=tuple(pages),
        versions=record.versions(),
    )


def _source(votes: str) -> str:
    """The name of what the votes were read from, without the folders that mean something on one machine only."""
    return Path(votes).name or votes


def _page(execution: Execution, parameters: dict[str, Any], body: Body) -> Page:
    if body.without_alt:
        say(f"{execution.stem}: {body.without_alt} figures have no description for readers who do not see them.")
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
    )


def _failure(run: Run, kept: Path, place: Place) -> NotebookError:
    """One line for all failed notebooks."""
    what = "; ".join(f"{page.stem}: {page.failure.kind}, {page.failure}" for page in run.failed if page.failure)
    good = f" The last good report in {place.folder} is untouched." if (place.folder / INDEX).exists() else ""
    count = f"{len(run.failed)} of {len(run.pages)} notebooks failed"
    return NotebookError(f"{count} ({what}). What they did is in {kept / INDEX}.{good}")
