"""Explore and the welcome in a real JupyterLab: what is moved moves the board, and what strangers wrote stays text."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hostile_votes import write_votes
from jupyter_lab import Lab, answered, open_notebook, panel_of, run_all, running_lab, wait_for_answer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("lab")

#: Milliseconds from a key to the board that it asks for, seen from the page; the key is pressed in there, so no time is lost.
MOVE = """async () => {
    const panel = document.querySelector(".arena-explore"), slider = panel.querySelector("[aria-label='First day']");
    const before = Number(panel.dataset.answered), start = performance.now();
    slider.value = Number(slider.value) + 1;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    while (Number(panel.dataset.answered) === before) await new Promise((go) => requestAnimationFrame(go));
    return performance.now() - start;
}"""

#: Elements that the panel has no use for, and attributes that would run or fetch something.
FOREIGN = """() => [...document.querySelectorAll(".arena-explore *")].filter((element) =>
    ["script", "img", "svg", "iframe", "object", "embed", "base", "link", "style", "a", "math"].includes(element.localName)
    || [...element.attributes].some(({ name }) => name.startsWith("on") || ["src", "srcdoc", "href", "autofocus"].includes(name))
).map((element) => element.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def exploring(browser: Browser, lab: Lab) -> Iterator[Page]:
    """The notebook with the panel, on the bundled sample of 60,000 votes, run."""
    with open_notebook(browser, lab, lab.notebook("00_explore")) as page:
        run_all(page)
        panel_of(page)
        yield page


def text(page: Page, selector: str) -> str:
    return page.locator(f".arena-explore {selector}").first.inner_text()


def shifts(page: Page) -> list[str]:
    return page.locator(".arena-explore .ax-board tbody tr").all_inner_texts()


def test_a_slider_moved_by_keyboard_changes_the_board(exploring: Page, tmp_path: Path) -> None:
    before, number = shifts(exploring), answered(exploring)
    slider = exploring.get_by_label("First day")
    slider.focus()
    start = time.perf_counter()
    exploring.keyboard.press("ArrowRight")
    wait_for_answer(exploring, number)
    print(
        f"\na key to the board that it asks for: {1000 * (time.perf_counter() - start):.0f} ms, and seen from the page", end=" "
    )
    assert shifts(exploring) != before
    assert "since:2024-06-02" in text(exploring, "pre")
    assert slider.get_attribute("aria-valuetext") == "2024-06-02"
    print(", ".join(f"{exploring.evaluate(MOVE):.0f}" for _ in range(10)), "ms")
    exploring.screenshot(path=tmp_path / "explore.png")
    assert exploring.evaluate("document.activeElement.getAttribute('aria-label')") == "First day"
    exploring.keyboard.press("Home")
    wait_for_answer(exploring, number + 11)
    assert shifts(exploring) == before
    assert exploring.errors == exploring.elsewhere == []  # type: ignore[attr-defined]


def test_many_moves_at_once_end_where_the_slider_stands(exploring: Page) -> None:
    exploring.get_by_label("Last day").focus()
    for _ in range(25):
        exploring.keyboard.press("ArrowLeft")
    wait_for_answer(exploring, 0)
    exploring.wait_for_function("document.querySelector('.arena-explore pre').innerText.includes('until:2024-07-07')")
    assert text(exploring, "output") == "2024-06-01 to 2024-07-06"


def test_a_category_languages_and_models_are_picked(exploring: Page) -> None:
    exploring.get_by_label("To", exact=True).select_option("coding")
    exploring.wait_for_function("document.querySelector('.ax-key').innerText.includes('Coding')")
    exploring.locator("summary", has_text="Languages").click()
    exploring.locator(".ax-item", has_text="German").click()
    exploring.wait_for_function("document.querySelector('.arena-explore pre').innerText.includes('German')")
    exploring.locator("summary", has_text="Models").click()
    exploring.get_by_label("Find among models shown").fill("claude-3-opus")
    exploring.locator(".ax-item:visible", has_text="claude-3-opus").click()
    exploring.wait_for_function("document.querySelectorAll('.ax-board tbody tr').length === 1")
    assert text(exploring, "pre") == (
        "shift = arena.shift(votes, \"where:language == 'German'\", \"coding & where:language == 'German'\")\n"
        'shift.table[shift.table["model"].isin(["claude-3-opus-20240229"])]'
    )


def test_a_number_of_votes_opens_its_conversations_and_pages_turn(exploring: Page) -> None:
    cell = exploring.locator(".ax-cell").nth(1)
    votes = cell.inner_text()
    cell.click()
    exploring.wait_for_selector(".ax-talks li")
    assert text(exploring, ".ax-pager").startswith(f"{votes} conversations")
    first = text(exploring, ".ax-talks li")
    exploring.get_by_role("button", name="Next ›").click()
    exploring.wait_for_function("document.querySelector('.ax-pager').innerText.includes('page 2 of')")
    assert text(exploring, ".ax-talks li") != first
    exploring.get_by_label("Search in prompts").fill("PYTHON")
    exploring.keyboard.press("Enter")
    exploring.wait_for_function("document.querySelector('.ax-chips').innerText.includes('PYTHON')")
    assert "python" in text(exploring, ".ax-talks").lower()


def test_hovering_a_row_shows_its_numbers(exploring: Page) -> None:
    lane = exploring.locator(".ax-lane").nth(2)
    lane.hover()
    note = exploring.locator(".ax-note")
    assert note.is_visible()
    assert "Shift: " in note.inner_text()
    exploring.locator(".ax-headline").hover()
    assert not note.is_visible()


def test_an_error_is_one_line_in_the_panel(exploring: Page) -> None:
    exploring.get_by_label("To", exact=True).select_option("")
    exploring.get_by_label("To: a rule of your own").fill("where:turns >=")
    exploring.get_by_label("To: a rule of your own").press("Enter")
    alert = exploring.locator(".arena-explore [role=alert]")
    alert.wait_for()
    assert "cannot be read" in alert.inner_text()
    assert len(alert.inner_text().splitlines()) == 1
    assert exploring.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    exploring.get_by_role("button", name="Reset").click()
    alert.wait_for(state="detached")


@pytest.mark.parametrize("width", [1600, 1000, 620])
def test_nothing_of_the_panel_is_cut_off(browser: Browser, lab: Lab, width: int) -> None:
    with open_notebook(browser, lab, lab.notebook("00_explore"), width) as page:
        run_all(page)
        panel = panel_of(page)
        page.locator(".ax-cell").nth(0).evaluate("cell => cell.click()")
        page.wait_for_selector(".ax-talks li", state="attached")
        assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth + 1")


def test_what_strangers_wrote_is_shown_as_text_and_runs_nothing(browser: Browser, lab: Lab, tmp_path: Path) -> None:
    file = write_votes(tmp_path)
    with open_notebook(browser, lab, lab.notebook("00_explore", {"votes": str(file)})) as page:
        run_all(page)
        panel_of(page)
        page.locator(".ax-model").nth(3).click()
        page.locator(".ax-cell").nth(0).click()
        page.wait_for_selector(".ax-talks li")
        for number in (2, 3):
            page.get_by_role("button", name="Next ›").click()
            page.wait_for_function(f"document.querySelector('.ax-pager').innerText.includes('page {number} of')")
            page.locator(".ax-lane").nth(number).hover()
        page.get_by_label("Search in prompts").fill("<script>canary")
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('.ax-chips').innerText.includes('<script>canary')")
        assert "<script>canary(" in text(page, ".ax-talks")
        assert page.evaluate(FOREIGN) == []
        assert page.evaluate("window.fired") == []
        assert page.elsewhere == page.errors == []  # type: ignore[attr-defined]


def test_the_welcome_runs_from_its_first_cell_to_its_last(browser: Browser, lab: Lab) -> None:
    with open_notebook(browser, lab, lab.notebook("00_welcome")) as page:
        run_all(page)
        page.locator(".jp-CodeCell .jp-InputPrompt", has_text="[6]:").wait_for(state="attached")
        assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0
