"""WCAG 2.2 AA and best practice as axe-core tells them: nothing amiss, folded or not, at any width, in light and in dark."""

from itertools import product
from pathlib import Path

import axe_playwright_python
from opened_pages import SCHEMES, SIZES, UNFOLD

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

#: Letters of drawings cost a second a page, and axe cannot see their colours; rows after the fifth are like those before.
ALIKE = [["figure svg"], ["tbody tr:nth-child(n+6)"]]

#: All rules (`colours` null), all but that of colours (false), or it alone (true): it is the dearest and knows nothing of
#: folding, and the others know nothing of the scheme.
RUN = """async ([rules, exclude, colours]) => {
    const only = colours === true ? { type: "rule", values: ["color-contrast"] } : { type: "tag", values: rules };
    const options = { runOnly: only, resultTypes: ["violations"] };
    if (colours === false) options.rules = { "color-contrast": { enabled: false } };
    const { violations } = await axe.run({ include: [["html"]], exclude }, options);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.length} such as ${nodes[0].html.slice(0, 200)}`);
}"""


def test_no_rule_of_accessibility_is_broken(opened):
    broken = []
    for it in opened():
        it.page.evaluate(AXE)
        broken += [f"{it.name} as it opens: {found}" for found in it.page.evaluate(RUN, [RULES, [ALIKE[1]], None])]
        for unfolded, width in product((False, True), SIZES):
            it.resize(width)
            if unfolded:
                it.page.evaluate(UNFOLD)
            state = f"{it.name} at {width}{', unfolded' if unfolded else ''}"
            broken += [f"{state}: {found}" for found in it.page.evaluate(RUN, [RULES, ALIKE, False])]
        for width, scheme in product(SIZES, SCHEMES):
            it.resize(width)
            it.page.emulate_media(color_scheme=scheme)
            state = f"{it.name} at {width}, {scheme}, unfolded"
            broken += [f"{state}: {found}" for found in it.page.evaluate(RUN, [RULES, ALIKE, True])]
    assert not broken, "\n".join(broken)
