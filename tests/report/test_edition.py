"""A whole edition: from votes to published pages, and what is left when something goes wrong."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from analysis.errors import BusyError, InputError, NotebookError, UsageError
from analysis.report import render
from analysis.report.edition import run_edition
from analysis.report.order import Order
from analysis.report.record import Page
from analysis.report.runner import Failure, Limits
from analysis.report.shelf import Shelf
from analysis.report.site import Site
from analysis.sources.conversion import Conversion
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

#: What every edition of votes keeps beside its pages.
KEPT = {"index.html", "run.json", "ledger.json", "log.txt", "votes.parquet", "votes.ledger.json"}

#: Elements that have no end.
VOID = {"meta", "link", "img", "br", "hr", "input", "source", "col"}


class _Page(HTMLParser):
    """Checks that every element is closed in order, and collects what the tests look at."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def _addresses(page: _Page) -> list[str]:
    """Everything a browser would fetch, or go to on a click."""
    names = ("src", "href", "srcset", "data", "poster", "action", "background")
    found = [str(attributes[name]) for _, attributes in page.tags for name in names if name in attributes]
    return found + re.findall(r"(?:url\(|@import\s)([^)\s]*)", page.source)


def _check_page(path: Path) -> _Page:
    """What holds for every page."""
    page = _Page(path)
    local = [address for address in _addresses(page) if not str(address).startswith(("data:", "#"))]
    assert all(re.fullmatch(r"(\.\./)?[\w.-]+\.(html|ipynb|json|txt)(#[\w-]+)?", address) for address in local), local
    assert all((path.parent / address.split("#")[0]).is_file() for address in local), local
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(str(link["href"])[1:] in ids for link in page.of("a") if str(link["href"]).startswith("#"))
    assert page.of("html") == [{"lang": "en"}]
    assert len(page.of("title")) == len(page.of("h1")) == len(page.of("main")) == 1
    assert all(image.get("alt") for image in page.of("img") if image.get("class") != "thumb")
    policy = next(meta["content"] for meta in page.of("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert str(policy).startswith("default-src 'none'; img-src data:;")
    (script,) = re.findall(r"<script>(.*?)</script>", page.source, re.DOTALL)
    assert page.of("script") == [{}]
    assert f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}';" in str(policy)
    return page


def test_a_run_publishes_a_page_per_notebook_an_index_and_its_record(few_votes: Votes, notebooks: Path, tmp_path: Path, capsys):
    out = tmp_path / "deep" / "out"
    outcome = run_edition(Order(votes=str(few_votes.path), out=out, notebooks=notebooks / "runs", seed=7))
    assert {path.name for path in out.iterdir()} == {"latest", "editions", "index.html", "feed.xml", ".lock"}
    assert (out / "latest").readlink() == Path("editions") / outcome.edition
    out, index = out / "latest", outcome.index
    assert index == out / "index.html"
    assert {path.name for path in out.iterdir()} == KEPT | {"01_answers.html", "01_answers.ipynb"}
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (record["status"], record["votes"], record["seed"], record["simulated"]) == ("done", 3, 7, False)
    assert record["fingerprint"]
    assert record["ledger"]["rows_in"] == record["ledger"]["votes_out"] == 3
    (page,) = record["pages"]
    assert page["parameters"] == {"votes": few_votes.path.name, "seed": 7}
    assert page["answer"] == "Three <votes>, 75 %, say so."
    assert _check_page(index).source.count("Three &lt;votes&gt;, 75\u00a0%, say so.") == 1
    contents = [link["href"] for link in _check_page(out / "01_answers.html").of("a")]
    assert {"#what-it-says", "#the-seed", "index.html", "01_answers.ipynb"} <= set(contents)
    assert capsys.readouterr().err.splitlines()[0] == "[1/1] 01_answers …"


def test_a_notebook_that_needs_what_the_votes_lack_is_a_short_page_and_starts_no_kernel(
    few_votes: Votes, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("analysis.report.jobs.run_notebook", None)  # running one would be a TypeError
    out, folder = tmp_path / "out", tmp_path / "notebooks"
    folder.mkdir()
    for name in ("01_months", "02_weeks"):
        cells = [nbformat.v4.new_markdown_cell("# Months")]
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells, metadata={"title": "Months?", "needs": ["time"]}), folder / f"{name}.ipynb"
        )
    index = _check_page(run_edition(Order(votes=str(few_votes.path), out=out, notebooks=folder)).index).source
    out = out / "latest"
    page = _check_page(out / "01_months.html")
    assert "“Months?” needs times, which made for a test does not have." in page.source
    assert not page.of("figure")
    assert [link.get("class") for link in page.of("a") if link["href"] == "02_weeks.html"][:1] == ["absent"]
    assert index.count('<li class="card is-absent">') == 2
    assert {path.name for path in out.iterdir()} == KEPT | {"01_months.html", "02_weeks.html"}
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert [page["status"] for page in record["pages"]] == ["absent", "absent"]
    assert capsys.readouterr().err.startswith("01_months left out: “Months?” needs times")


def test_only_other_categories_may_need_other_columns_than_a_notebook_says(few_votes: Votes, tmp_path: Path, monkeypatch):
    ran: list[list[str]] = []
    monkeypatch.setattr("analysis.report.edition.run_jobs", lambda jobs, *_: ran.append([job.stem for job in jobs]) or {})
    cell = nbformat.v4.new_code_cell('category_to: str = "multi_turn"\ntop: int = 3', metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"title": "Who gains?", "needs": ["turns"]})
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook, tmp_path / "notebooks" / "04_shifts.ipynb")
    order = Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=tmp_path / "notebooks")
    for settings in ([], ["top=5"], ["category_to=coding"]):
        run_edition(replace(order, settings=settings))
    assert ran == [[], [], ["04_shifts"]]


def test_the_index_leads_with_the_findings_that_lie_furthest_beyond_noise():
    beyond = [2.0, None, 8.0, 3.0, 2.5, 4.0, 2.2]
    pages = [
        Page(
            f"0{number}_p",
            "P",
            "p.html",
            "p.ipynb",
            "",
            "done",
            None,
            0.0,
            {},
            finding=score and {"sentence": "s", "beyond": score},
        )
        for number, score in enumerate(beyond)
    ]
    assert [found["beyond"] for _, found in render.leading(pages)] == [8.0, 4.0, 3.0, 2.5, 2.2]
    failed = replace(pages[2], status="failed", failure=Failure("error", "words"))
    assert [found["beyond"] for _, found in render.leading([*pages[:2], failed, *pages[3:]])] == [4.0, 3.0, 2.5, 2.2, 2.0]
    assert render.leading(pages[1:2]) == []


def test_every_page_says_in_plain_sight_that_votes_are_simulated(
    simulated_votes: Votes, few_votes: Votes, notebooks: Path, tmp_path: Path
):
    for votes, told in ((simulated_votes, True), (few_votes, False)):
        out = tmp_path / votes.path.stem
        out = run_edition(Order(votes=str(votes.path), out=out, notebooks=notebooks / "figures")).index.parent
        for page in out.glob("*.html"):
            assert ("A program drew them, nobody cast them" in _check_page(page).source) is told
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        assert record["pages"][0]["without_alt"] == 1


def test_every_page_says_what_the_numbers_do_not_rest_on(lossy_votes: Votes, notebooks: Path, tmp_path: Path, copied):
    out, folder = tmp_path / "out", copied("runs/01_answers", "figures/02_figures")
    out = run_edition(Order(votes=str(lossy_votes.path), out=out, notebooks=folder)).index.parent
    assert len(list(out.glob("*.html"))) == 3
    said = (
        "40.0\u00a0% of the rows (2 of 5) are not in these numbers: same model twice (2 rows, such as row 4, "
        "column model_b: &#39;&lt;script&gt;alert(1)&lt;/script&gt;&#39;)."
    )
    for path in out.glob("*.html"):
        page = _check_page(path)
        assert page.source.count(said) == 1
        assert [aside["class"] for aside in page.of("aside")] == ["banner loss"]
        assert "index.html#cleaning" in [link["href"] for link in page.of("a")]
    assert 'id="cleaning"' in (out / "index.html").read_text(encoding="utf-8")


def test_the_index_names_the_cells_that_could_not_be_read(lossy_votes: Votes, notebooks: Path, tmp_path: Path):
    run_edition(Order(votes=str(lossy_votes.path), out=tmp_path / "out", notebooks=notebooks / "runs"))
    index = _check_page(tmp_path / "out" / "latest" / "index.html").source
    assert "language: 2 cells could not be read and are empty: &#39;&lt;b&gt;xx1&lt;/b&gt;&#39; (2)." in index
    assert "Cells that could not be read" in index


def test_the_record_of_a_run_holds_its_losses(lossy_votes: Votes, notebooks: Path, tmp_path: Path):
    run_edition(Order(votes=str(lossy_votes.path), out=tmp_path / "out", notebooks=notebooks / "runs"))
    record = json.loads((tmp_path / "out" / "latest" / "run.json").read_text(encoding="utf-8"))
    example = "row 4, column model_b: '<script>alert(1)</script>'"
    assert record["losses"] == [{"reason": "same model twice", "rows": 2, "share": 0.4, "example": example}]
    assert record["warning"].startswith("40.0 % of the rows (2 of 5) are not in these numbers: same model twice (2 rows, ")
    assert record["ledger"]["nulled"] == {"language": {"<b>xx1</b>": 2}}


def test_a_run_that_lost_nothing_has_no_banner_and_an_empty_record_of_losses(few_votes: Votes, notebooks: Path, tmp_path: Path):
    run_edition(Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=notebooks / "runs"))
    record = json.loads((tmp_path / "out" / "latest" / "run.json").read_text(encoding="utf-8"))
    assert (record["losses"], record["warning"]) == ([], "")
    assert not [aside for page in (tmp_path / "out" / "latest").glob("*.html") for aside in _check_page(page).of("aside")]
    assert "Cells that could not be read" not in (tmp_path / "out" / "latest" / "index.html").read_text(encoding="utf-8")


def test_a_report_on_votes_whose_loss_was_allowed_runs_its_notebooks_on_them(notebooks: Path, tmp_path: Path):
    rows, source = ["model_a,model_b,winner", *["a,a,tie"] * 6, *["a,b,model_a"] * 4], tmp_path / "battles.csv"
    source.write_text("\n".join(rows), encoding="utf-8")
    order = Order(votes=str(source), out=tmp_path / "out", only=["votes"], conversion=Conversion(allow_loss=True))
    assert "60.0\u00a0% of the rows (6 of 10)" in run_edition(order).index.read_text(encoding="utf-8")
    page = _check_page(tmp_path / "out" / "latest" / "01_votes.html").source
    assert "Reasons that took more than 1\u00a0% of the rows" in page
    with pytest.raises(InputError, match="--allow-loss"):
        run_edition(replace(order, conversion=None))


def test_a_prompt_with_markup_does_nothing_and_the_page_of_a_failed_notebook_says_why(
    few_votes: Votes, notebooks: Path, tmp_path: Path
):
    out = tmp_path / "out"
    with pytest.raises(NotebookError) as caught:
        run_edition(Order(votes=str(few_votes.path), out=out, notebooks=notebooks / "hostile"))
    assert "\n" not in str(caught.value)
    assert not (out / "latest").exists()
    (failed,) = Shelf(out / "editions").all
    assert (failed.status, failed.record["reason"]) == ("failed", "notebook-failed")
    for page in failed.folder.glob("*.html"):
        assert not [image for image in _check_page(page).of("img") if "onerror" in image]
        assert "did not run to" in page.read_text(encoding="utf-8")


def test_a_failed_notebook_does_not_stop_the_others_or_touch_the_last_good_run(
    few_votes: Votes, notebooks: Path, tmp_path: Path, copied
):
    out, folder = tmp_path / "out", copied("raises/01_raises", "runs/02_answers")
    order = Order(votes=str(few_votes.path), out=out, notebooks=folder)
    run_edition(Order(votes=str(few_votes.path), out=out, notebooks=folder, only=["answers"]))
    before = _content(out / "latest")
    with pytest.raises(
        NotebookError, match=r"1 of 2 notebooks failed \(01_raises: error, cell 4 .*last good edition, .* is untouched"
    ):
        run_edition(order)
    assert _content(out / "latest") == before
    record = Shelf(out / "editions").all[-1].record
    assert [(page["stem"], page["status"]) for page in record["pages"]] == [("01_raises", "failed"), ("02_answers", "done")]
    assert record["pages"][0]["failure"]["kind"] == "error"
    assert record["status"] == "failed"


def _content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def copied(notebooks: Path, tmp_path: Path):
    """Make a folder of fixture notebooks, each `behaviour/new_name`."""

    def copy(*names: str) -> Path:
        folder = tmp_path / "notebooks"
        folder.mkdir()
        for name in names:
            (source,) = (notebooks / name.split("/")[0]).glob("*.ipynb")
            (folder / f"{name.split('/')[1]}.ipynb").write_bytes(source.read_bytes())
        return folder

    return copy


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"settings": ["nope=1"]}, UsageError),
        ({"settings": ["seed=x"]}, UsageError),
        ({"only": ["nope"]}, UsageError),
        ({"votes": "no-such-file.csv"}, InputError),
    ],
)
def test_wrong_parameters_and_unreadable_votes_end_the_run_before_any_notebook(
    few_votes: Votes, notebooks: Path, tmp_path: Path, monkeypatch, changes, error
):
    monkeypatch.setattr("analysis.report.jobs.run_notebook", lambda *_, **__: pytest.fail("a notebook ran"))
    order = {"votes": str(few_votes.path), "out": tmp_path / "out", "notebooks": notebooks / "runs", **changes}
    with pytest.raises(error):
        run_edition(Order(**order))
    assert not list(tmp_path.glob("out/editions/*"))


def test_a_folder_that_another_run_holds_is_busy(few_votes: Votes, notebooks: Path, tmp_path: Path):
    with Site(tmp_path / "out").hold(), pytest.raises(BusyError):
        run_edition(Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=notebooks / "runs"))


def test_a_killed_run_leaves_the_last_good_one_and_the_next_run_tidies_up(few_votes: Votes, notebooks: Path, tmp_path: Path):
    out = tmp_path / "out"
    run_edition(Order(votes=str(few_votes.path), out=out, notebooks=notebooks / "runs"))
    before = _content(out / "latest")
    program = (
        "import sys; from pathlib import Path; from analysis.report.edition import run_edition\n"
        "from analysis.report.order import Order\n"
        "run_edition(Order(votes=sys.argv[1], out=Path(sys.argv[2]), notebooks=Path(sys.argv[3])))"
    )
    command = [sys.executable, "-c", program, str(few_votes.path), str(out), str(notebooks / "sleeps")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not (built := list(out.glob("editions/.building.*/*.ipynb"))) and process.poll() is None:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    assert built
    assert _content(out / "latest") == before
    run_edition(Order(votes=str(few_votes.path), out=out, notebooks=notebooks / "runs", limits=Limits(cell=60)))
    names = {edition.id for edition in Shelf(out / "editions").good}
    assert {path.name for path in (out / "editions").iterdir()} == names | {"index.html"}
    assert {path.name for path in out.iterdir()} == {"latest", "editions", "index.html", "feed.xml", ".lock"}


@pytest.mark.skipif(os.name != "posix", reason="elsewhere all names are text")
def test_votes_whose_name_is_no_text_have_a_report(few_votes: Votes, notebooks: Path, tmp_path: Path):
    source = tmp_path / os.fsdecode(b"caf\xe9.parquet")
    source.write_bytes(few_votes.path.read_bytes())
    index = run_edition(Order(votes=str(source), out=tmp_path / "out", notebooks=notebooks / "runs")).index
    assert json.loads((index.parent / "run.json").read_text(encoding="utf-8"))["source"] == "caf?.parquet"


def test_the_pages_of_a_run_are_kept_where_a_foreign_file_came_into_its_folder_meanwhile(
    few_votes: Votes, notebooks: Path, tmp_path: Path, monkeypatch
):
    out, write_pages = tmp_path / "out", render.write_pages

    def write(*arguments):
        (out / "latest").mkdir()
        (out / "latest" / "notes.txt").write_text("mine", encoding="utf-8")
        write_pages(*arguments)

    monkeypatch.setattr(render, "write_pages", write)
    with pytest.raises(UsageError, match=r"holds files that are not a report.*The finished pages are in .*/out/editions/.*Z\.$"):
        run_edition(Order(votes=str(few_votes.path), out=out, notebooks=notebooks / "runs"))
    assert [path.name for path in (out / "latest").iterdir()] == ["notes.txt"]
    (edition,) = Shelf(out / "editions").all
    assert "What 3 arena votes say" in (edition.folder / "index.html").read_text(encoding="utf-8")


def test_nothing_is_run_where_nothing_changed_and_all_is_where_something_did(
    few_votes: Votes, copied, tmp_path: Path, capsys, monkeypatch
):
    order = Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=copied("runs/01_answers"), if_changed=True)
    first = run_edition(order)
    with monkeypatch.context() as idle:
        idle.setattr("analysis.report.edition.run_jobs", None)  # running one would be a TypeError
        again = run_edition(order)
    assert (again.published, again.edition, again.index) == (False, first.edition, first.index)
    assert f"Nothing changed since edition {first.edition}: same votes, parameters and versions." in capsys.readouterr().err
    changed = [replace(order, seed=8), replace(order, settings=["seed=9"])]
    assert len({run_edition(each).edition for each in changed} | {first.edition}) == 3
    notebook = tmp_path / "notebooks" / "01_answers.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("What it says", "What it tells"), encoding="utf-8")
    assert run_edition(order).published
    assert len(Shelf(tmp_path / "out" / "editions").good) == 4


def test_a_run_that_goes_on_repeats_no_finished_notebook(few_votes: Votes, copied, tmp_path: Path, monkeypatch, capsys):
    folder = copied("runs/01_answers", "runs/02_answers")
    order = Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=folder, resume=True, jobs=1)
    killed = _killed_after(order, "01_answers", monkeypatch)
    page = (killed / ".work" / "01_answers.json").read_bytes()
    run_edition(replace(order, seed=None))
    said = capsys.readouterr().err
    assert "01_answers taken over from the run before" in said
    assert "[1/1] 02_answers …" in said
    record = Shelf(tmp_path / "out" / "editions").all[-1].record
    assert [each["status"] for each in record["pages"]] == ["done", "done"]
    assert record["pages"][0]["seconds"] == json.loads(page)["seconds"]
    for name in ("01_answers.html", "02_answers.html"):
        assert "Three &lt;votes&gt;" in _check_page(tmp_path / "out" / "latest" / name).source


def test_a_run_of_another_order_takes_over_nothing(few_votes: Votes, copied, tmp_path: Path, monkeypatch, capsys):
    folder = copied("runs/01_answers", "runs/02_answers")
    order = Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=folder, resume=True, jobs=1)
    _killed_after(order, "01_answers", monkeypatch)
    run_edition(replace(order, seed=5))
    said = capsys.readouterr().err
    assert "There is nothing to go on with" in said
    assert "[2/2]" in said


def _killed_after(order: Order, stem: str, monkeypatch) -> Path:
    """The folder that a run leaves which was killed when it had finished one notebook."""
    from analysis.report import jobs

    def kill(page, execution, folder):
        keep(page, execution, folder)
        if page.stem == stem:
            shutil.copytree(folder, left)
            raise KeyboardInterrupt

    keep, left = jobs._keep, order.out / "editions" / ".building.0123abcd"
    with monkeypatch.context() as context:
        context.setattr(jobs, "_keep", kill)
        with pytest.raises(KeyboardInterrupt):
            run_edition(order)
    return left


def test_votes_too_few_to_take_the_place_of_the_last_edition_are_refused_and_it_is_stamped_stale(
    votes_of, copied, tmp_path: Path, capsys
):
    rng = np.random.default_rng(1)
    pairs = pd.DataFrame(rng.choice(list("abc"), (90, 1)), columns=["model_a"]).assign(model_b="d", outcome="model_a")
    many, few = votes_of(pairs), votes_of(pairs[:20])
    out, folder = tmp_path / "out", copied("runs/01_answers")
    first = run_edition(Order(votes=str(many.path), out=out, notebooks=folder))
    order = Order(votes=str(few.path), out=out, notebooks=folder)
    with pytest.raises(InputError, match=r"thin-board: 20 votes and .* are too few .*--allow-thin.*is untouched"):
        run_edition(order)
    assert (out / "latest").readlink().name == first.edition
    assert "was not published: 20 votes" in _check_page(first.index).source
    (refused,) = [edition for edition in Shelf(out / "editions").all if not edition.good]
    assert not (refused.folder / "votes.parquet").exists()
    assert (refused.status, refused.record["reason"]) == ("refused", "thin-board")
    assert "Nothing was computed: 20 votes" in _check_page(refused.folder / "index.html").source
    assert "and is stale" in (out / "index.html").read_text(encoding="utf-8")
    again = run_edition(Order(votes=str(many.path), out=out, notebooks=folder, if_changed=True))
    assert not again.published
    for page in (out / "index.html", out / "editions" / "index.html", again.index):
        assert "stale" not in page.read_text(encoding="utf-8").partition("<body>")[2]
    with pytest.raises(InputError):
        run_edition(order)
    second = run_edition(replace(order, allow_thin=True))
    assert "was not published" not in _check_page(second.index).source
    assert not Shelf(out / "editions").named(first.edition).stale


def test_a_source_that_lost_more_than_half_of_its_votes_is_refused(votes_of, copied, tmp_path: Path):
    rows = pd.DataFrame({"model_a": ["a", "b", "c"] * 40, "model_b": ["b", "c", "a"] * 40, "outcome": "tie"})
    source = tmp_path / "votes.csv"
    order = Order(votes=str(source), out=tmp_path / "out", notebooks=copied("runs/01_answers"))
    rows.to_csv(source, index=False)
    run_edition(order)
    rows[:59].to_csv(source, index=False)
    with pytest.raises(InputError, match=r"fewer-votes: votes.csv had 120 votes in the last edition, and now has 59"):
        run_edition(order)
    rows[:60].to_csv(source, index=False)
    assert run_edition(order).published


def test_addresses_that_an_edition_had_lead_on_in_the_next(few_votes: Votes, copied, tmp_path: Path):
    out, folder = tmp_path / "out", copied("runs/01_answers", "runs/02_others", "runs/03_more")
    run_edition(Order(votes=str(few_votes.path), out=out, notebooks=folder))
    renamed = json.loads((folder / "01_answers.ipynb").read_text(encoding="utf-8"))
    renamed["metadata"]["formerly"] = ["01_answers"]
    (folder / "01_said.ipynb").write_text(json.dumps(renamed), encoding="utf-8")
    (folder / "01_answers.ipynb").unlink()
    (folder / "02_others.ipynb").unlink()
    for _ in range(2):
        run_edition(Order(votes=str(few_votes.path), out=out, notebooks=folder))
        for old, new in (("01_answers", "01_said"), ("02_others", "index")):
            page = (out / "latest" / f"{old}.html").read_text(encoding="utf-8")
            assert f'content="0; url={new}.html"' in page
    run_edition(Order(votes=str(few_votes.path), out=out, notebooks=folder, only=["more"]))
    assert "url=index.html" in (out / "latest" / "01_said.html").read_text(encoding="utf-8")


def test_the_tables_of_a_page_are_kept_with_their_types_and_as_json(few_votes: Votes, tmp_path: Path):
    code = [
        "import analysis.notebook as arena",
        f"votes = arena.load_votes({str(few_votes.path)!r})",
        "arena.counts(votes, 'model')",
    ]
    cells = [nbformat.v4.new_markdown_cell("# Votes"), nbformat.v4.new_code_cell("\n".join(code))]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "01_counts.ipynb")
    index = run_edition(Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=tmp_path / "notebooks")).index
    tables = index.parent / "tables" / "01_counts"
    kept = pd.read_parquet(tables / "counts.parquet")
    assert kept["votes"].tolist() == [3, 3]
    assert kept["votes"].dtype == "int64"
    told = json.loads((tables / "counts.json").read_text(encoding="utf-8"))
    assert [row["votes"] for row in told["rows"]] == [3, 3]
    assert told["sentence"]


def test_an_edition_keeps_its_votes_without_their_texts(votes_of, notebooks: Path, tmp_path: Path):
    frame = pd.DataFrame({"model_a": ["a"] * 3, "model_b": ["b"] * 3, "outcome": ["tie"] * 3})
    votes = votes_of(frame.assign(prompt="a secret", prompts=[["a secret"]] * 3, turns=[1, 2, 3]))
    index = run_edition(Order(votes=str(votes.path), out=tmp_path / "out", notebooks=notebooks / "runs")).index
    kept = load_votes(index.parent / "votes.parquet")
    assert kept.table["turns"].tolist() == [1, 2, 3]
    assert kept.table["vote_id"].tolist() == votes.table["vote_id"].tolist()
    assert kept.table[["prompt", "prompts"]].isna().all(axis=None)
    assert b"secret" not in (index.parent / "votes.parquet").read_bytes()


def test_a_disk_that_is_full_is_one_line_and_the_last_edition_stands(
    few_votes: Votes, notebooks: Path, tmp_path: Path, monkeypatch
):
    order = Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=notebooks / "runs")
    first = run_edition(order)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for where in ("analysis.report.edition.keep_votes", "papermill.execute_notebook", "analysis.whole_files._sync_all"):
        with monkeypatch.context() as context:
            context.setattr(where, full)
            with pytest.raises(
                InputError, match=r"No space left on device\); make room, or choose .*last good edition, .*untouched"
            ):
                run_edition(order)
        assert (tmp_path / "out" / "latest").readlink().name == first.edition
        assert {path.name for path in (tmp_path / "out" / "editions").iterdir()} == {first.edition, "index.html"}


def test_a_clock_that_goes_back_is_said_and_the_order_stays(few_votes: Votes, notebooks: Path, tmp_path: Path, capsys):
    order = Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=notebooks / "runs")
    first = run_edition(order)
    shelf = Shelf(tmp_path / "out" / "editions")
    later = shelf.folder / "2999-01-01T0000Z"
    (shelf.folder / first.edition).rename(later)
    record = json.loads((later / "run.json").read_text(encoding="utf-8"))
    (later / "run.json").write_text(json.dumps(record | {"started": "2999-01-01T00:00:00+00:00"}), encoding="utf-8")
    second = run_edition(order)
    assert "before the last edition, 2999-01-01T0000Z; it may be wrong" in capsys.readouterr().err
    assert [edition.id for edition in shelf.all] == ["2999-01-01T0000Z", second.edition]
    assert (tmp_path / "out" / "latest").readlink().name == second.edition


def test_a_run_that_is_stopped_stops_its_kernels_and_leaves_nothing(few_votes: Votes, notebooks: Path, tmp_path: Path):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        out, temporary = tmp_path / number.name, tmp_path / f"{number.name}-temporary"
        temporary.mkdir()
        program = (
            "import signal, sys; from pathlib import Path; from analysis import cli\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell has its background jobs ignore it
            "from dataclasses import replace; import analysis.report.news as news\n"
            "ran = news.run_edition\n"
            "news.run_edition = lambda order, journal: ran(replace(order, notebooks=Path(sys.argv[3])), journal)\n"
            "sys.exit(cli.main(['report', '--votes', sys.argv[1], '--out', sys.argv[2]]))"
        )
        command = [sys.executable, "-c", program, str(few_votes.path), str(out), str(notebooks / "sleeps")]
        environment = os.environ | {"TMPDIR": str(temporary)}
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True) as process:
            while not list(out.glob("editions/.building.*/*.ipynb")) and process.poll() is None:
                time.sleep(0.05)
            os.killpg(process.pid, number)
            _, said = process.communicate()
        assert process.returncode == 130
        assert said.splitlines()[-1] == "arena-workbook: stopped."
        assert "Traceback" not in said
        assert list(temporary.iterdir()) == []
        assert {path.name for path in out.iterdir()} == {"editions", ".lock"}
        assert list((out / "editions").iterdir()) == []


def test_pages_and_records_name_no_folder_of_this_machine(few_votes: Votes, copied, tmp_path: Path):
    order = Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=copied("runs/01_answers"))
    for index in (run_edition(order).index, run_edition(replace(order, seed=3)).index):
        for name in ("01_answers.html", "01_answers.ipynb", "run.json"):
            text = (index.parent / name).read_text(encoding="utf-8")
            # but for what the notebook itself prints of its parameters
            assert text.count(str(tmp_path)) == (0 if name == "run.json" else text.count(f"{few_votes.path} "))


def test_an_edition_is_compared_with_the_last_of_its_kind(few_votes: Votes, copied, tmp_path: Path):
    folder = copied("runs/01_answers")
    boards = json.loads((folder / "01_answers.ipynb").read_text(encoding="utf-8"))
    boards["metadata"]["reads"] = "boards"
    compares = json.loads((folder / "01_answers.ipynb").read_text(encoding="utf-8"))
    compares["metadata"]["compares"] = True
    (folder / "02_boards.ipynb").write_text(json.dumps(boards), encoding="utf-8")
    (folder / "03_compares.ipynb").write_text(json.dumps(compares), encoding="utf-8")
    (tmp_path / "boards.csv").write_text("model,rating\na,1\n", encoding="utf-8")
    order = Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=folder)
    first = run_edition(order)
    assert run_edition(replace(order, votes="", boards=str(tmp_path / "boards.csv"))).published
    run_edition(order)
    records = [edition.record for edition in Shelf(tmp_path / "out" / "editions").all]
    assert [(record["reads"], record["earlier"]) for record in records] == [
        ("votes", ""),
        ("boards", ""),
        ("votes", first.edition),
    ]


def test_what_is_damaged_in_the_last_edition_is_not_handed_on_and_is_made_again(few_votes: Votes, copied, tmp_path: Path, capsys):
    order = Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=copied("runs/01_answers"), if_changed=True)
    first = run_edition(order)
    os.truncate(first.index.parent / "votes.parquet", 1000)
    again = run_edition(order)
    assert f"Somebody changed votes.parquet in the last edition, {first.edition}" in capsys.readouterr().err
    assert again.published
    assert len(load_votes(again.index.parent / "votes.parquet")) == 3


def test_a_file_that_a_parameter_names_is_part_of_what_may_change(few_votes: Votes, copied, tmp_path: Path):
    (tmp_path / "claims.toml").write_text("a", encoding="utf-8")
    notebooks = copied("runs/01_answers")
    notebook = nbformat.read(notebooks / "01_answers.ipynb", as_version=4)
    next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])).source += '\nclaims: str = ""'
    nbformat.write(notebook, notebooks / "01_answers.ipynb")
    settings = [f"claims={tmp_path / 'claims.toml'}"]
    order = Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=notebooks, settings=settings, if_changed=True)
    assert [run_edition(order).published, run_edition(order).published] == [True, False]
    (tmp_path / "claims.toml").write_text("b", encoding="utf-8")
    assert run_edition(order).published


@pytest.mark.parametrize("links", [True, False])
def test_real_runs_follow_each_other_and_bad_ones_are_bounded(few_votes: Votes, copied, tmp_path: Path, monkeypatch, links: bool):
    if not links:
        monkeypatch.setattr(Path, "symlink_to", lambda *_, **__: (_ for _ in ()).throw(PermissionError("no links here")))
    folder = copied("runs/01_answers", "raises/02_raises")
    order = Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=folder, only=["answers"], keep=1)
    run_edition(order)
    for _ in range(2):
        with pytest.raises(NotebookError):
            run_edition(replace(order, only=[]))
    good = run_edition(order)
    with pytest.raises(NotebookError):
        run_edition(replace(order, only=[]))
    with pytest.raises(NotebookError):
        run_edition(replace(order, only=[]))
    assert [edition.status for edition in Shelf(tmp_path / "out" / "editions").all] == ["done", "failed"]
    assert json.loads((tmp_path / "out" / "latest" / "run.json").read_text(encoding="utf-8"))["number"] == 4
    assert (tmp_path / "out" / "editions" / good.edition).is_dir()


def test_a_page_carries_the_letters_that_usual_fonts_lack_and_may_load_no_other_font(few_votes: Votes, copied, tmp_path: Path):
    folder = copied("hostile/01_hostile", "runs/02_answers")
    notebook = folder / "01_hostile.ipynb"
    changed = notebook.read_text(encoding="utf-8").replace("</script><img", "</script></style>@font-face 你好 โค้ด<img")
    notebook.write_text(changed, encoding="utf-8")
    with pytest.raises(NotebookError):
        run_edition(Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=folder))
    (failed,) = Shelf(tmp_path / "out" / "editions").all
    hostile, plain = (_check_page(failed.folder / name) for name in ("01_hostile.html", "02_answers.html"))
    (policy,) = (str(meta["content"]) for meta in hostile.of("meta") if meta.get("http-equiv"))
    assert "; font-src data:; " in policy
    style, letters = re.findall(r"<style[^>]*>(.*?)</style>", hostile.source, re.DOTALL)
    assert set(re.findall(r"url\((.{10})", letters)) == {"data:font/"}
    assert letters.count("@font-face{") == 2
    assert "U+4F60" in letters
    assert '"Workbook Letters"' in style
    assert len(plain.of("style")) == 1


def test_a_thumbnail_begins_under_the_title_of_its_drawing():
    drawing = '<svg viewBox="0 0 244.8 400" width="340" height="556" data-top="100"><text>title</text></svg>'
    assert render._thumbnail(drawing).startswith('<svg viewBox="0 100 244.8 300" width="340" height="417"><text>')
    assert render._thumbnail("<svg></svg>") == "<svg></svg>"
