"""Tables are sorted, filtered, unfolded and taken away; without the script they are whole and can be unfolded."""

import base64
import csv
import io
import re
from pathlib import Path

import pytest
from opened_pages import OPEN

#: Texts of the cells in a column of the rows that are shown.
COLUMN = """(box, column) => [...box.querySelectorAll("tbody tr")].filter((row) => row.checkVisibility())
    .map((row) => row.cells[column].textContent.replace(/\\s+/g, " ").trim())"""

#: Files that Chromium saves of one page in a row before it drops one.
MOST_DOWNLOADS = 8

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def _number(cell: str) -> float:
    """The first number of a cell; what has none is beyond all."""
    match = re.search(r"[+−-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?", cell)
    found = float(match[0].replace(",", "").replace("−", "-")) if match and cell != "–" else float("inf")
    return found - 1e-9 if cell.startswith("<") else found


def _boxes(it):
    return [box for box in it.page.locator(".table-box").all() if box.locator("thead button").count()]


@pytest.mark.parametrize("edition", ["sample", "2023"], indirect=True)
def test_a_click_on_a_heading_sorts_by_its_numbers_then_down_then_as_it_was(opened):
    tried = 0
    for it in opened():
        it.page.evaluate(OPEN)
        for box in _boxes(it):
            heads = box.locator("thead th.number").all()[:3]
            spanned, was = box.locator("[rowspan]").count() > 0, box.locator("tbody").inner_text()
            for head in heads:
                column = head.evaluate("(head) => head.cellIndex")
                shown = box.locator("tbody tr:visible").count()
                head.locator("button").click()
                rising = [_number(cell) for cell in box.evaluate(COLUMN, column)]
                assert rising == sorted(rising), (it.name, head.inner_text())
                assert len(rising) == shown
                head.locator("button").click()
                falling = [number for cell in box.evaluate(COLUMN, column) if (number := _number(cell)) != float("inf")]
                assert falling == sorted(falling, reverse=True), (it.name, head.inner_text())
                assert box.locator("[aria-sort=descending]").count() == 1
                head.locator("button").click()
                tried += 1
            assert spanned or box.locator("tbody").inner_text() == was
    assert tried > 10


@pytest.mark.parametrize("edition", ["sample", "hostile"], indirect=True)
def test_a_filter_shows_all_rows_that_say_it_also_folded_ones_and_counts_them(opened):
    tried = 0
    for it in opened():
        it.page.evaluate(OPEN)
        for box in it.page.locator(".table-box:has(input[type=search])").all():
            field = box.locator("input[type=search]")
            few, rows = box.locator("tbody tr:visible").count(), box.locator("tbody tr").count()
            word = box.locator("tbody tr").last.locator("th, td").last.text_content().split()[0]
            field.fill(word)
            shown = [text.lower() for text in box.locator("tbody tr:visible").all_text_contents()]
            assert shown
            assert all(word.lower().replace("−", "-") in text.replace("−", "-") for text in shown)
            assert box.locator("[role=status]").inner_text().startswith(f"{len(shown):,} of {rows:,} ")
            field.fill("no row says this")
            assert box.locator("tbody tr:visible").count() == 0
            field.fill("")
            assert box.locator("tbody tr:visible").count() == few
            assert box.locator("[role=status]").inner_text() == ""
            tried += 1
    assert tried > 3


def test_without_the_script_a_table_is_unfolded_all_the_same_and_offers_nothing_that_would_not_work(opened):
    for it in opened(java_script_enabled=False):
        assert it.page.locator("thead button, input[type=search]").count() == 0
        for box in it.page.locator(".table-box:has(.fold):visible").all():
            rows = box.locator("tbody tr").count()
            assert box.locator("tbody tr:visible").count() < rows
            box.locator(".fold input").check()
            assert box.locator("tbody tr:visible").count() == rows


def test_every_table_is_saved_as_csv_with_all_its_rows_and_no_formula(opened, tmp_path: Path):
    for it in opened():
        it.page.evaluate(OPEN)
        for number, box in enumerate(it.page.locator(".table-box").all()):
            if number and number % MOST_DOWNLOADS == 0:
                it.page.reload()
                it.page.evaluate(OPEN)
            link = box.locator("a[download]")
            if link.count() == 0:
                assert "too much for a page" in box.locator(".table-tools").inner_text()
                continue
            with it.page.expect_download() as download:
                link.click()
            assert re.fullmatch(r"[\w-]{1,60}\.csv", download.value.suggested_filename)
            download.value.save_as(tmp_path / "table.csv")
            content = (tmp_path / "table.csv").read_bytes()
            head, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
            assert len(head) >= box.locator("thead th").count()
            assert len(rows) >= box.locator("tbody tr").count()
            texts = [cell for row in [head, *rows] for cell in row if cell.startswith(FORMULAS)]
            assert [text for text in texts if not re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?|-inf", text)] == []
            assert base64.b64decode(link.get_attribute("href").partition("base64,")[2]) == content


def test_a_link_in_a_caption_leads_to_its_table(opened):
    for it in opened():
        for link in it.page.locator("caption .permalink:visible").all()[:3]:
            link.focus()
            it.page.keyboard.press("Enter")
            target = it.page.locator(".table-box:target")
            assert f"#{target.get_attribute('id')}" == link.get_attribute("href")
            assert -1 <= target.evaluate("(box) => box.getBoundingClientRect().top") < 800
