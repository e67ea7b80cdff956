"""An edition: one dated run of reports, from votes or boards to published pages."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.changes.kept import TOPICS
from analysis.errors import InputError, NotebookError
from analysis.report import addresses, record, render
from analysis.report.body import Body, no_body
from analysis.report.jobs import WORK, Desk, Job, run_jobs
from analysis.report.journal import Journal
from analysis.report.kept import keep_changes, keep_votes
from analysis.report.material import read_material
from analysis.report.order import Order
from analysis.report.parameters import EARLIER, PAGES, Notebook, assign, find_notebooks
from analysis.report.record import INDEX, LEDGER, LOG, TABLES, Page, Run
from analysis.report.shelf import Edition, read_record
from analysis.report.site import Site
from analysis.report.thin import Refusal, refusal, too_few
from analysis.results.terminal import told_to
from analysis.whole_files import writing

#: In the folder that a run works in: the digest of its order, by which a run that goes on after a kill knows it.
_ORDER = "order"


@dataclass(frozen=True)
class Outcome:
    """How a run ended that did not fail.

    Attributes:
        index: the page that a reader opens: of the new edition, or of the last one where nothing was to be done.
        edition: the id of that edition.
        published: whether it is new.
        changes: since the edition before (`Changes.record`); None where nothing was compared.
    """

    index: Path
    edition: str
    published: bool
    changes: Mapping[str, Any] | None = None


def run_edition(order: Order, journal: Journal | None = None) -> Outcome:
    """Run the notebooks of an order and publish their pages as an edition.

    Wrong parameters and unreadable votes end the run before any notebook starts. A notebook that fails does not keep
    the others from running; what they made is an edition that failed, is listed as one, and `latest` stays what it was.

    Raises:
        UsageError: an unknown notebook or parameter, an ill-typed value, or a folder in which our names are taken.
        InputError: the votes cannot be read, are too few to take the place of the last good edition, or the disk is full.
        NotebookError: a notebook failed; the message names each, says why, and where the pages are.
        BusyError: another run holds the folder.
    """
    journal = journal or Journal()
    notebooks = find_notebooks(order.notebooks, order.only, reads=order.reads)
    values = assign(notebooks, order.settings)
    site = Site(order.out)
    with site.hold(), _room(site.folder):
        return _Run(order, notebooks, values, site, journal).run()


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    """A disk that is full, or a folder that cannot be written to, as one line."""
    try:
        with writing(folder):
            yield
    except InputError as error:
        shown = folder / "latest" / INDEX
        if isinstance(error.__cause__, OSError) and shown.exists():
            raise InputError(f"{error} The last good edition, {shown}, is untouched.") from error
        raise


class _Run:
    """One run: what was ordered, what it reads, and where it is built."""

    def __init__(
        self,
        order: Order,
        notebooks: Sequence[Notebook],
        values: Mapping[str, Mapping[str, Any]],
        site: Site,
        journal: Journal,
    ) -> None:
        self.order, self.notebooks, self.values, self.site, self.journal = order, notebooks, values, site, journal
        self.started, self.begun = datetime.now(UTC), time.monotonic()
        self.last = self._last()
        self.before = site.shelf.last_of(order.reads)  # the last that this one can be compared with
        with told_to(journal.say):
            self.material = read_material(order)
        self.digest = order.digest(self.material.fingerprint, notebooks, values)

    def _last(self) -> Edition | None:
        """The last good edition; what is odd about it is said."""
        last = self.site.shelf.last
        if last and datetime.fromisoformat(last.started) > self.started:
            self.journal.say(
                f"The clock says {self.started:%Y-%m-%d %H:%M} UTC, before the last edition, {last.id}; it may be wrong."
            )
        if last and (edited := last.edited):
            self.journal.say(f"Somebody changed {', '.join(edited[:3])} in the last edition, {last.id}.")
        return last

    def run(self) -> Outcome:
        last = self.last
        if self.order.if_changed and last and last.record.get("order") == self.digest and not last.damaged:
            self.journal.say(f"Nothing changed since edition {last.id}: same {self.order.reads}, parameters and versions.")
            self._stamp("")
            return Outcome(self.site.latest / INDEX, last.id, published=False)
        refused = self._refused()
        with self.site.building(self._going_on()) as folder:
            (folder / _ORDER).write_text(self.digest, encoding="utf-8")
            made = {} if refused else self._made(folder)
            run, bodies = self._record(made, refused)
            self._write(run, bodies, folder)
            name, number = self.site.shelf.next(self.started)
            replace(run, number=number).write(folder)
            edition = self.site.publish(folder, name)
        return self._ended(run, edition, refused)

    def _refused(self) -> Refusal | None:
        if self.material.votes is None or self.order.allow_thin:
            return None
        return refusal(len(self.material.votes), self.few, self.material.source, self.before)

    @cached_property
    def few(self) -> str:
        """Why the votes are no board by themselves; empty where they are one, and where there are none."""
        return too_few(self.material.votes) if self.material.votes else ""

    def _going_on(self) -> Path | None:
        """The folder of a run of the same order that was killed, if this one is to go on with it."""
        if not self.order.resume:
            return None
        for folder in self.site.unfinished():
            if (folder / _ORDER).exists() and (folder / _ORDER).read_text(encoding="utf-8") == self.digest:
                return folder
        self.journal.say("There is nothing to go on with: no run of this order was killed here.")
        return None

    def _made(self, folder: Path) -> dict[str, tuple[Page, Body]]:
        """The page of every notebook, in their order."""
        lacks = {notebook.stem: self._lacking(notebook) for notebook in self.notebooks}
        jobs = [Job(notebook, self._parameters(notebook)) for notebook in self.notebooks if not lacks[notebook.stem]]
        alone = self.order.workers == 1 and sys.stderr.isatty() and not self.journal.quiet
        stems = [job.stem for job in jobs]
        desk = Desk(folder, self.order.notebooks, stems, self.order.limits, self.journal, self.begun, self._shown(), bar=alone)
        pages = self.last.record["pages"] if self.last else ()
        made = run_jobs(jobs, desk, self.order.workers, {str(page["stem"]): float(page["seconds"]) for page in pages})
        for stem, lacking in lacks.items():
            if lacking:
                self.journal.say(f"{stem} left out: {lacking}")
        return {notebook.stem: made.get(notebook.stem) or _absent(notebook, lacks[notebook.stem]) for notebook in self.notebooks}

    def _shown(self) -> dict[str, str]:
        """What pages show in place of the paths that the run passes: the name of what the user gave, and ids of editions."""
        source = self.material.source.encode("utf-8", "replace").decode()  # a file's name may be no text
        return {self.material.given: source, f"{self.site.shelf.folder}{os.sep}": ""}

    def _lacking(self, notebook: Notebook) -> str:
        """Why the notebook has nothing to show, in a sentence; empty where it has, and where the user asks for other
        categories, which may need other columns."""
        if notebook.compares and notebook.reads == "votes" and not self._earlier(notebook):
            return "This is the first edition: there is none before it to compare with."
        if self.material.votes is None or any(name.startswith("category") for name in self.values[notebook.stem]):
            return ""
        try:
            self.material.votes.need(f"“{notebook.title}”", *notebook.needs)
        except InputError as error:
            return str(error)
        return ""

    def _parameters(self, notebook: Notebook) -> dict[str, Any]:
        """What the run itself passes, as far as the notebook has it, and what the user set."""
        given = {self.material.reads: self.material.given, "seed": self.order.seed, EARLIER: self._earlier(notebook)}
        if PAGES in notebook.parameters:
            others = [each for each in self.notebooks if PAGES not in each.parameters]
            given[PAGES] = json.dumps({each.stem: self._parameters(each) for each in others})
        own = {name: value for name, value in given.items() if value not in (None, "") and name in notebook.parameters}
        return own | dict(self.values[notebook.stem])

    def _earlier(self, notebook: Notebook) -> str:
        """The folder of the edition before, or of its topics for a notebook that is not about changes."""
        if EARLIER in self.values[notebook.stem]:
            return str(self.values[notebook.stem][EARLIER])
        if not self.before:
            return ""
        folder = self.before.folder if notebook.compares else self.before.folder / TOPICS
        return str(folder.resolve()) if folder.is_dir() else ""

    def _record(self, made: Mapping[str, tuple[Page, Body]], refused: Refusal | None) -> tuple[Run, list[Body]]:
        pages = [page for page, _ in made.values()]
        failed = any(page.failure for page in pages)
        run = Run(
            **self.material.recorded,
            status="refused" if refused else "failed" if failed else "done",
            started=self.started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self.begun, 3),
            seed=self.order.seed,
            pages=tuple(pages),
            versions=record.versions(),
            title=self.order.title,
            thin=bool(self.few),
            reason=refused.reason if refused else "notebook-failed" if failed else "",
            why=refused.why if refused else "",
            earlier=next((Path(self._earlier(each)).name for each in self.notebooks if each.compares), ""),
            order=self.digest,
        )
        run = replace(run, why=run.why or _failures(run), addresses=addresses.moved(run, self.notebooks, self.last))
        return run, [body for _, body in made.values()]

    def _write(self, run: Run, bodies: Sequence[Body], folder: Path) -> None:
        """Write all that the edition is made of, but for its record."""
        shutil.rmtree(folder / WORK, ignore_errors=True)
        (folder / _ORDER).unlink()
        with suppress(OSError):
            (folder / TABLES).rmdir()  # empty where no page has a table
        if self.material.votes is not None:
            self.material.votes.ledger.write(folder / LEDGER)
            if run.status != "refused":
                keep_votes(self.material.votes, folder, self.before)
        keep_changes(run.changes, folder)
        render.write_pages(run, bodies, self.material.ledger, folder)
        addresses.write(run.addresses, folder)
        self.journal.write(folder / LOG)

    def _ended(self, run: Run, edition: Edition, refused: Refusal | None) -> Outcome:
        self._stamp(render.stale(f"{self.started:%Y-%m-%d %H:%M} UTC", refused.why) if refused else "" if edition.good else None)
        self._thin_out()
        good = f" The last good edition, {self.site.latest / INDEX}, is untouched." if self.last else ""
        if refused:
            raise InputError(f"{run.reason}: {run.why} Nothing was published (--allow-thin does).{good}")
        if not edition.good:
            raise NotebookError(f"{run.why} What they did is in {edition.folder / INDEX}.{good}")
        return Outcome(self.site.latest / INDEX, edition.id, published=True, changes=run.changes)

    def _stamp(self, words: str | None) -> None:
        """Let the pages of the last good edition of this kind begin with these words, that they are stale; None leaves them."""
        if words is None or not self.before or (not words and not self.before.stale):
            return
        self.before.stamp(words)
        copy = self.site.latest
        if copy.is_dir() and not copy.is_symlink() and read_record(copy).get("started") == self.before.started:
            Edition(copy, self.before.record).stamp(words)
        self.site.write_contents()

    def _thin_out(self) -> None:
        if self.order.keep is None:
            return
        removed, edited = self.site.shelf.thin_out(self.order.keep)
        if removed:
            self.journal.say(
                f"Removed {len(removed)} of the oldest editions: {', '.join(removed[:3])}{'…' if removed[3:] else ''}."
            )
            self.site.write_contents()
        if edited:
            self.journal.say(f"Kept {', '.join(edited)}: somebody changed files there. Pin it, or remove it by hand.")


def _absent(notebook: Notebook, lacking: str) -> tuple[Page, Body]:
    """The page of a notebook that is not run: no kernel is started only to say that nothing can be shown."""
    name, _ = render.page_names(notebook.stem)
    title = notebook.title or notebook.stem
    page = Page(notebook.stem, title, name, "", "", "absent", None, 0.0, {}, absent=lacking)
    return page, no_body(title)


def _failures(run: Run) -> str:
    """One line for all failed notebooks; empty where none failed."""
    if not run.failed:
        return ""
    what = "; ".join(f"{page.stem}: {page.failure.kind}, {page.failure}" for page in run.failed if page.failure)
    return f"{len(run.failed)} of {len(run.pages)} notebooks failed ({what})."
