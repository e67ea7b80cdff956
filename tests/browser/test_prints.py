"""On paper: few sheets, and nothing cut at their edge."""

import io

import pytest
from opened_pages import UNFOLD
from pypdf import PdfReader

#: What the margins of the page leave of the width of A4, in pixels.
PAPER = 703

#: What sticks out of the sheet, or out of its cell.
CUT = """(width) => [...document.querySelectorAll("main *, header *, footer *")].filter((element) => {
    if (!element.checkVisibility() || element.closest("svg") !== null && element.localName !== "svg") return false;
    const { right, left, width: own } = element.getBoundingClientRect();
    const cell = ["td", "th"].includes(element.localName) && element.scrollWidth > element.clientWidth + 1;
    return own > 1 && (right > width + 1 || left < -1) || cell;
}).map((element) => `${element.localName}.${element.className}: ${element.textContent.trim().slice(0, 60)}`)"""


@pytest.mark.parametrize("unfolded", [False, True])
def test_nothing_is_cut_at_the_edge_of_a_sheet(opened, unfolded):
    found = []
    for it in opened(width=PAPER):
        if unfolded:
            it.page.evaluate(UNFOLD)
        it.page.emulate_media(media="print")
        found += [f"{it.name}: {what}" for what in it.page.evaluate(CUT, PAPER)]
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("edition", ["sample"], indirect=True)
def test_a_page_prints_on_less_than_four_sheets_in_the_mean_and_the_index_on_one(opened):
    sheets = {}
    for it in opened():
        it.page.emulate_media(media="print")
        sheets[it.name] = len(PdfReader(io.BytesIO(it.page.pdf(format="A4"))).pages)
    assert (sheets["index"], sum(sheets.values()) / len(sheets) < 4) == (1, True), str(sheets)
