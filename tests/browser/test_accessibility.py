"""WCAG 2.2 AA and best practice as axe-core tells them: nothing amiss, folded or not, at any width, in light and in dark."""

from itertools import product
from pathlib import Path

import axe_playwright_python
from opened_pages import SCHEMES, SIZES, UNFOLD

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

#: Letters of drawings cost a second a page, and axe cannot see their colours; rows after the twelfth are like those before.
ALIKE = [["figure svg"], ["tbody tr:nth-child(n+13)"]]

RUN = """async ([rules, exclude]) => {
    const options = { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] };
    const { violations } = await axe.run({ include: [["html"]], exclude }, options);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.length} such as ${nodes[0].html.slice(0, 200)}`);
}"""


def test_no_rule_of_accessibility_is_broken(opened):
    broken = []
    for it in opened():
        it.page.evaluate(AXE)
        broken += [f"{it.name} as it opens: {found}" for found in it.page.evaluate(RUN, [RULES, []])]
        for unfolded, width, scheme in product((False, True), SIZES, SCHEMES):
            it.resize(width)
            it.page.emulate_media(color_scheme=scheme)
            if unfolded:
                it.page.evaluate(UNFOLD)
            state = f"{it.name} at {width}, {scheme}{', unfolded' if unfolded else ''}"
            broken += [f"{state}: {found}" for found in it.page.evaluate(RUN, [RULES, ALIKE])]
    assert not broken, "\n".join(broken)
