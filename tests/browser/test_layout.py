"""Where things stand: the answer on the first screen, nothing wider than the screen, no text outside its box, none too small."""

import pytest
from opened_pages import SIZES, UNFOLD

#: Text that lies outside the box it is in, or outside the screen, where no box around it scrolls.
ESCAPED = """() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        const parent = node.parentElement;
        if (!node.data.trim() || parent.closest("svg, .skip, script, style") || !parent.checkVisibility()) continue;
        let box = parent;
        while (getComputedStyle(box).display.startsWith("inline") && box.parentElement) box = box.parentElement;
        let scrolls = box;
        while (scrolls && !["auto", "scroll"].includes(getComputedStyle(scrolls).overflowX)) scrolls = scrolls.parentElement;
        if (scrolls && box.localName === "pre") continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const frame = box.getBoundingClientRect();
        const screen = document.documentElement.clientWidth;
        for (const { left, right, width } of range.getClientRects()) {
            const outside = width > 0 && (right > frame.right + 1.5 || left < frame.left - 1.5);
            const beyond = width > 0 && !scrolls && (right > screen + 1 || left < -1);
            if ((outside && scrolls !== box) || beyond) {
                found.push(`${box.localName}.${box.className}: ${node.data.trim().slice(0, 60)}`);
                break;
            }
        }
    }
    return found;
}"""

#: Sizes of the letters of drawings that are shown, in pixels of the screen.
LETTERS = """() => [...document.querySelectorAll("figure svg text")].filter((text) => text.checkVisibility()).map((text) =>
    [parseFloat(getComputedStyle(text).fontSize) * Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b), text.textContent])"""

#: Where the answer ends and the first figure begins; null where there is none.
PLACES = """() => {
    const [answer, figure] = [".tag-answer .output", "main figure"].map((kind) =>
        [...document.querySelectorAll(kind)].find((element) => element.checkVisibility()) ?? null);
    return [answer && answer.getBoundingClientRect().bottom, figure && figure.getBoundingClientRect().top];
}"""


def test_no_page_is_wider_than_the_screen_and_no_text_leaves_its_box(opened):
    found = []
    for it in opened():
        for unfolded in (False, True):
            if unfolded:
                it.page.evaluate(UNFOLD)
            for width in (*SIZES, 1088, 1920):
                it.resize(width)
                over = it.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                state = f"{it.name} at {width}{', unfolded' if unfolded else ''}"
                found += [f"{state}: {over} px too wide"] * (over > 0)
                found += [f"{state}: {text}" for text in it.page.evaluate(ESCAPED)]
    assert not found, "\n".join(map(str, found))


def test_the_answer_and_the_beginning_of_its_figure_are_on_the_first_screen(opened):
    found = []
    for it in opened():
        for width in (1280, 390):
            it.resize(width)
            answer, figure = it.page.evaluate(PLACES)
            if answer is not None and answer > SIZES[width]:
                found.append(f"{it.name} at {width}: the answer ends at {answer:.0f}")
            if answer is not None and figure is not None and figure >= SIZES[width]:
                found.append(f"{it.name} at {width}: the figure begins at {figure:.0f}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("edition", ["sample", "2023", "pair_counts"], indirect=True)
def test_no_column_of_a_table_is_cut_on_a_wide_screen(opened):
    cut = """() => [...document.querySelectorAll(".table-scroll")]
        .filter((box) => box.checkVisibility() && box.scrollWidth > box.clientWidth)
        .map((box) => box.ariaLabel)"""
    assert [(it.name, box) for it in opened() for box in it.page.evaluate(cut)] == []


def test_letters_of_figures_have_eleven_pixels_or_more(opened):
    found = []
    for it in opened():
        for width in (1280, 390):
            it.resize(width)
            small = [letters for letters in it.page.evaluate(LETTERS) if letters[0] < 10.9]
            found += [f"{it.name} at {width}: {size:.1f} px: {letters}" for size, letters in small]
    assert not found, "\n".join(found)
