"""Pages compared in structure, not in pixels: what stands on each page of the sample, in order, as an outline in words.

An outline that changed on purpose is written anew by `RENEW=1 make browser ARGS=tests/browser/test_structure.py`.
"""

import os
import re
from pathlib import Path

import pytest

OUTLINES = Path(__file__).parent / "structure"

#: Landmarks, headings, figures and tables in order, each indented by the landmarks that it is in.
OUTLINE = """() => {
    const kinds = "header, nav, main, aside, section, footer, h1, h2, h3, figure, .tag-answer, .table-box, details, .card";
    const words = (element) => (element?.textContent ?? "").replace(/\\s+/g, " ").replace(/ #$/, "").trim();
    const said = (element) => {
        if (element.matches("h1, h2, h3, summary")) return words(element);
        if (element.matches(".table-box")) return [...element.querySelectorAll("thead th")].map(words).join(" | ");
        if (element.matches("details")) return words(element.querySelector("summary"));
        if (element.matches("figure")) return [...new Set([...element.querySelectorAll("img, svg, figcaption, a[download]")]
            .map((part) => part.localName))].join(" ");
        return element.ariaLabel ?? "";
    };
    const name = (element) => element.matches(".tag-answer") ? "answer" : element.matches(".table-box") ? "table"
        : element.matches(".card") ? "card" : element.localName;
    return [...document.querySelectorAll(kinds)].filter((element) => element.checkVisibility()).map((element) => {
        let depth = 0;
        for (let above = element.parentElement?.closest(kinds); above; above = above.parentElement?.closest(kinds)) depth += 1;
        return `${"  ".repeat(depth)}${name(element)}${said(element) ? ": " : ""}${said(element)}`;
    }).join("\\n");
}"""


@pytest.mark.parametrize("edition", ["sample"], indirect=True)
def test_the_pages_of_the_sample_have_the_outline_that_was_written_down(opened, edition):
    changed = []
    for it in opened():
        # Computed words and numbers may differ by a rounding on another machine: what stands there is compared, not its values.
        outline = re.sub(r"(?<!\bh)[+−]?\d[\d,.]*", "#", it.page.evaluate(OUTLINE)) + "\n"
        # Whether any topics are joined, and so have a table of subtopics, is up to how a processor rounds, too.
        outline = re.sub(r" *table: Topic \| Subtopic \|.*\n", "", outline)
        path = OUTLINES / f"{it.name}.txt"
        if os.environ.get("RENEW"):
            OUTLINES.mkdir(exist_ok=True)
            path.write_text(outline, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != outline:
            changed.append(f"{it.name} now is\n{outline}")
    assert not changed, "\n".join(changed)
    assert {path.stem for path in OUTLINES.glob("*.txt")} == {page.stem for page in edition.pages}
