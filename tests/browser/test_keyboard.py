"""With the keys alone: everything that can be used is reached, in sight, marked, and left again."""

#: What a reader can use; what is focused is known by its place among them.
REACH = """() => {
    window.reach = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled);
    return window.reach.map((element) => `${element.localName}.${element.className}: ${element.textContent.trim().slice(0, 40)}`);
}"""

#: The place of what is focused, whether its outline is seen, and whether some of it is in sight and not covered.
FOCUSED = """() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const { left, right, top, bottom } = element.getClientRects()[0] ?? element.getBoundingClientRect();
    const [near, far] = [Math.max(left, 0), Math.min(right, document.documentElement.clientWidth)];
    const [high, low] = [Math.max(top, 0), Math.min(bottom, window.innerHeight)];
    const points = [0.5, 0.1, 0.9].flatMap((x) => [0.5, 0.1, 0.9].map((y) => [near + x * (far - near), high + y * (low - high)]));
    const seen = near < far && high < low && points.some(([x, y]) => {
        const top = document.elementFromPoint(x, y);
        return top !== null && (element.contains(top) || top.contains(element) && top.localName === "label");
    });
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [window.reach.indexOf(element), outlined, seen];
}"""


def test_tab_reaches_all_that_can_be_used_in_sight_and_with_an_outline_and_goes_on(opened):
    found = []
    for it in opened():
        names = it.page.evaluate(REACH)
        reached = set()
        for _ in range(len(names) + 1):
            it.page.keyboard.press("Tab")
            place, outlined, seen = it.page.evaluate(FOCUSED)
            if place < 0:
                break
            reached.add(place)
            found += [f"{it.name}: no outline of {names[place]}"] * (not outlined)
            found += [f"{it.name}: focused out of sight: {names[place]}"] * (not seen)
        found += [f"{it.name}: not reached: {name}" for place, name in enumerate(names) if place not in reached]
    assert not found, "\n".join(map(str, found))


def test_space_folds_and_sorts(opened):
    """The keys do what a click does, on the first long table of each page."""
    for it in opened():
        fold = it.page.locator(".fold input:visible").first
        if fold.count() == 0:
            continue
        box = it.page.locator(".table-box", has=fold)
        rows = box.locator("tbody tr:visible")
        few = rows.count()
        fold.focus()
        it.page.keyboard.press("Space")
        assert rows.count() > few
        heading = box.locator("thead th").first
        heading.locator("button").focus()
        it.page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == "ascending"
