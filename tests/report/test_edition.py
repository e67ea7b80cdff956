"""A whole edition: from votes to published pages, and what is left when something goes wrong."""

import json
import os
import re
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
import pytest

from analysis.errors import BusyError, InputError, NotebookError, UsageError
from analysis.report import render
from analysis.report.edition import Order, _lacking, run_edition
from analysis.report.parameters import Notebook
from analysis.report.publish import Place
from analysis.report.record import Page
from analysis.report.runner import Failure, Limits
from analysis.sources.conversion import Conversion
from analysis.votes.table import Votes

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
    assert all(re.fullmatch(r"[\w.-]+\.(html|ipynb|json)(#[\w-]+)?", address) for address in local), local
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
    index = run_edition(Order(votes=str(few_votes.path), out=out, notebooks=notebooks / "runs", seed=7))
    assert index == out / "index.html"
    assert {path.name for path in out.iterdir()} == {
        "index.html",
        "01_answers.html",
        "01_answers.ipynb",
        "run.json",
        "ledger.json",
    }
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (record["status"], record["votes"], record["seed"], record["simulated"]) == ("done", 3, 7, False)
    assert record["fingerprint"]
    assert record["ledger"]["rows_in"] == record["ledger"]["votes_out"] == 3
    (page,) = record["pages"]
    assert page["parameters"] == {"votes": str(few_votes.path), "seed": 7}
    assert page["answer"] == "Three <votes>, 75 %, say so."
    assert _check_page(index).source.count("Three &lt;votes&gt;, 75\u00a0%, say so.") == 1
    contents = [link["href"] for link in _check_page(out / "01_answers.html").of("a")]
    assert {"#what-it-says", "#the-seed", "index.html", "01_answers.ipynb"} <= set(contents)
    assert capsys.readouterr().err.splitlines()[0] == "[1/1] 01_answers …"


def test_a_notebook_that_needs_what_the_votes_lack_is_a_short_page_and_starts_no_kernel(
    few_votes: Votes, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("analysis.report.edition.run_notebook", None)  # running one would be a TypeError
    out, folder = tmp_path / "out", tmp_path / "notebooks"
    folder.mkdir()
    for name in ("01_months", "02_weeks"):
        cells = [nbformat.v4.new_markdown_cell("# Months")]
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells, metadata={"title": "Months?", "needs": ["time"]}), folder / f"{name}.ipynb"
        )
    index = _check_page(run_edition(Order(votes=str(few_votes.path), out=out, notebooks=folder))).source
    page = _check_page(out / "01_months.html")
    assert "“Months?” needs times, which made for a test does not have." in page.source
    assert not page.of("figure")
    assert [link.get("class") for link in page.of("a") if link["href"] == "02_weeks.html"][:1] == ["absent"]
    assert index.count('<li class="card is-absent">') == 2
    assert {path.name for path in out.iterdir()} == {"index.html", "01_months.html", "02_weeks.html", "run.json", "ledger.json"}
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert [page["status"] for page in record["pages"]] == ["absent", "absent"]
    assert capsys.readouterr().err.startswith("[1/2] 01_months left out: “Months?” needs times")
    run_edition(Order(votes=str(few_votes.path), out=out, notebooks=folder))  # what was published is known to be ours


def test_only_other_categories_may_need_other_columns_than_a_notebook_says(few_votes: Votes):
    notebook = Notebook(Path("04_shifts.ipynb"), {}, ("turns",), "Who gains?")
    assert _lacking(notebook, {"seed": 3, "top": 5}, few_votes).startswith("“Who gains?” needs turn")
    assert _lacking(notebook, {"category_to": "coding"}, few_votes) == ""


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
        run_edition(Order(votes=str(votes.path), out=out, notebooks=notebooks / "figures"))
        for page in out.glob("*.html"):
            assert ("A program drew them, nobody cast them" in _check_page(page).source) is told
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        assert record["pages"][0]["without_alt"] == 1


def test_every_page_says_what_the_numbers_do_not_rest_on(lossy_votes: Votes, notebooks: Path, tmp_path: Path, copied):
    out, folder = tmp_path / "out", copied("runs/01_answers", "figures/02_figures")
    run_edition(Order(votes=str(lossy_votes.path), out=out, notebooks=folder))
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
    index = _check_page(tmp_path / "out" / "index.html").source
    assert "language: 2 cells could not be read and are empty: &#39;&lt;b&gt;xx1&lt;/b&gt;&#39; (2)." in index
    assert "Cells that could not be read" in index


def test_the_record_of_a_run_holds_its_losses(lossy_votes: Votes, notebooks: Path, tmp_path: Path):
    run_edition(Order(votes=str(lossy_votes.path), out=tmp_path / "out", notebooks=notebooks / "runs"))
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    example = "row 4, column model_b: '<script>alert(1)</script>'"
    assert record["losses"] == [{"reason": "same model twice", "rows": 2, "share": 0.4, "example": example}]
    assert record["warning"].startswith("40.0 % of the rows (2 of 5) are not in these numbers: same model twice (2 rows, ")
    assert record["ledger"]["nulled"] == {"language": {"<b>xx1</b>": 2}}


def test_a_run_that_lost_nothing_has_no_banner_and_an_empty_record_of_losses(few_votes: Votes, notebooks: Path, tmp_path: Path):
    run_edition(Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=notebooks / "runs"))
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert (record["losses"], record["warning"]) == ([], "")
    assert not [aside for page in (tmp_path / "out").glob("*.html") for aside in _check_page(page).of("aside")]
    assert "Cells that could not be read" not in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_a_report_on_votes_whose_loss_was_allowed_runs_its_notebooks_on_them(notebooks: Path, tmp_path: Path):
    rows, source = ["model_a,model_b,winner", *["a,a,tie"] * 6, *["a,b,model_a"] * 4], tmp_path / "battles.csv"
    source.write_text("\n".join(rows), encoding="utf-8")
    order = Order(votes=str(source), out=tmp_path / "out", only=["votes"], conversion=Conversion(allow_loss=True))
    assert "60.0\u00a0% of the rows (6 of 10)" in run_edition(order).read_text(encoding="utf-8")
    page = _check_page(tmp_path / "out" / "01_votes.html").source
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
    assert not out.exists()
    for page in (tmp_path / "out.failed").glob("*.html"):
        assert not [image for image in _check_page(page).of("img") if "onerror" in image]
        assert "did not run to" in page.read_text(encoding="utf-8")


def test_a_failed_notebook_does_not_stop_the_others_or_touch_the_last_good_run(
    few_votes: Votes, notebooks: Path, tmp_path: Path, copied
):
    out, folder = tmp_path / "out", copied("raises/01_raises", "runs/02_answers")
    order = Order(votes=str(few_votes.path), out=out, notebooks=folder)
    run_edition(Order(votes=str(few_votes.path), out=out, notebooks=folder, only=["answers"]))
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(
        NotebookError, match=r"1 of 2 notebooks failed \(01_raises: error, cell 4 .*last good report in .* is untouched"
    ):
        run_edition(order)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    record = json.loads((tmp_path / "out.failed" / "run.json").read_text(encoding="utf-8"))
    assert [(page["stem"], page["status"]) for page in record["pages"]] == [("01_raises", "failed"), ("02_answers", "done")]
    assert record["pages"][0]["failure"]["kind"] == "error"
    assert record["status"] == "failed"


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
    monkeypatch.setattr("analysis.report.edition.run_notebook", lambda *_, **__: pytest.fail("a notebook ran"))
    order = {"votes": str(few_votes.path), "out": tmp_path / "out", "notebooks": notebooks / "runs", **changes}
    with pytest.raises(error):
        run_edition(Order(**order))
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".out.b", "out"))]


def test_a_folder_that_another_run_holds_is_busy(few_votes: Votes, notebooks: Path, tmp_path: Path):
    with Place(tmp_path / "out").hold(), pytest.raises(BusyError):
        run_edition(Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=notebooks / "runs"))


def test_a_killed_run_leaves_the_last_good_one_and_the_next_run_tidies_up(few_votes: Votes, notebooks: Path, tmp_path: Path):
    out = tmp_path / "out"
    run_edition(Order(votes=str(few_votes.path), out=out, notebooks=notebooks / "runs"))
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    program = (
        "import sys; from pathlib import Path; from analysis.report.edition import Order, _lacking, run_edition\n"
        "run_edition(Order(votes=sys.argv[1], out=Path(sys.argv[2]), notebooks=Path(sys.argv[3])))"
    )
    command = [sys.executable, "-c", program, str(few_votes.path), str(out), str(notebooks / "sleeps")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not (built := list(tmp_path.glob(".out.*.part/*.ipynb"))) and process.poll() is None:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    assert built
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    run_edition(Order(votes=str(few_votes.path), out=out, notebooks=notebooks / "runs", limits=Limits(cell=60)))
    assert {path.name for path in tmp_path.iterdir() if "out" in path.name} == {"out", ".out.lock"}


@pytest.mark.skipif(os.name != "posix", reason="elsewhere all names are text")
def test_votes_whose_name_is_no_text_have_a_report(few_votes: Votes, notebooks: Path, tmp_path: Path):
    source = tmp_path / os.fsdecode(b"caf\xe9.parquet")
    source.write_bytes(few_votes.path.read_bytes())
    index = run_edition(Order(votes=str(source), out=tmp_path / "out", notebooks=notebooks / "runs"))
    assert json.loads((index.parent / "run.json").read_text(encoding="utf-8"))["source"] == "caf?.parquet"


def test_the_pages_of_a_run_are_kept_where_a_foreign_file_came_into_its_folder_meanwhile(
    few_votes: Votes, notebooks: Path, tmp_path: Path, monkeypatch
):
    out, write_pages = tmp_path / "out", render.write_pages

    def write(*arguments):
        out.mkdir()
        (out / "notes.txt").write_text("mine", encoding="utf-8")
        write_pages(*arguments)

    monkeypatch.setattr(render, "write_pages", write)
    with pytest.raises(UsageError, match=r"holds files that are not a report.*The finished pages are in .*/out\.unpublished\.$"):
        run_edition(Order(votes=str(few_votes.path), out=out, notebooks=notebooks / "runs"))
    assert [path.name for path in out.iterdir()] == ["notes.txt"]
    _check_page(tmp_path / "out.unpublished" / "index.html")


def test_a_page_carries_the_letters_that_usual_fonts_lack_and_may_load_no_other_font(few_votes: Votes, copied, tmp_path: Path):
    folder = copied("hostile/01_hostile", "runs/02_answers")
    notebook = folder / "01_hostile.ipynb"
    changed = notebook.read_text(encoding="utf-8").replace("</script><img", "</script></style>@font-face 你好 โค้ด<img")
    notebook.write_text(changed, encoding="utf-8")
    with pytest.raises(NotebookError):
        run_edition(Order(votes=str(few_votes.path), out=tmp_path / "out", notebooks=folder))
    hostile, plain = (_check_page(tmp_path / "out.failed" / name) for name in ("01_hostile.html", "02_answers.html"))
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
