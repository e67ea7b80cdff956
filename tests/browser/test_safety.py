"""What strangers wrote is words: nothing runs, nothing is fetched, and a script that got in all the same would be stopped."""

import pytest
from hostile_votes import PAYLOADS
from opened_pages import UNFOLD

CANARY = "window.fired = []; window.canary = (what) => { window.fired.push(what); };"

#: Elements and attributes that no page has: what they do, nothing else does.
FOREIGN = """() => [...document.querySelectorAll("*")].filter((element) =>
    ["iframe", "object", "embed", "base", "form", "frame", "audio", "video", "portal"].includes(element.localName)
    || (element.localName === "meta" && element.httpEquiv.toLowerCase() === "refresh")
    || (element.localName === "link" && element.rel !== "icon" && element.getAttribute("href") !== "feed.xml")
    || (element.localName === "script" && (element.attributes.length || element.parentElement !== document.body))
    || [...element.attributes].some(({ name, value }) => name.startsWith("on") || name === "srcdoc" || name === "autofocus"
        || /^\\s*(javascript|vbscript|https?|ftp|file):/i.test(value) && ["href", "src", "action", "xlink:href"].includes(name))
).map((element) => element.outerHTML.slice(0, 200))"""

#: What a reader may do to any element without leaving the page.
TOUCH = """() => {
    for (const element of document.querySelectorAll("*")) {
        for (const kind of ["mouseover", "mouseenter", "pointerover", "focus", "toggle", "load", "error", "animationend"]) {
            if (element !== document.body) element.dispatchEvent(new Event(kind));
        }
    }
}"""

#: Ways in for a script, were a text to get past the escaping.
BREAK_IN = """async () => {
    const add = (html) => document.body.insertAdjacentHTML("beforeend", html);
    const script = document.createElement("script");
    script.textContent = "canary('script')";
    document.body.append(script);
    add("<img src=x onerror=\\"canary('image')\\">");
    add("<svg onload=\\"canary('drawing')\\"></svg>");
    add("<iframe srcdoc=\\"<script>parent.canary('frame')</script>\\"></iframe>");
    add("<a id=way-in href=\\"javascript:canary('link')\\">here</a>");
    document.getElementById("way-in").click();
    add("<button id=way-too onclick=\\"canary('button')\\">here</button>");
    document.getElementById("way-too").click();
    add("<img src=https://hostile.example/image.png>");
    add("<link rel=stylesheet href=https://hostile.example/sheet.css>");
    await fetch("https://hostile.example/fetch").catch(() => null);
    await new Promise((done) => setTimeout(done, 300));
}"""


def test_no_page_asks_for_anything_or_complains(opened):
    found = []
    for it in opened():
        it.page.evaluate(UNFOLD)
        it.page.evaluate(TOUCH)
        it.page.emulate_media(media="print")
        it.page.wait_for_load_state("networkidle")
        found += [(it.name, what) for what in (*it.requests, *it.errors)]
    assert not found, "\n".join(map(str, found))


def test_nothing_that_strangers_wrote_runs_even_without_the_policy(opened):
    found = []
    for it in opened(before=CANARY, bypass_csp=True):
        it.page.evaluate(UNFOLD)
        it.page.evaluate(TOUCH)
        it.page.wait_for_load_state("networkidle")
        found += [(it.name, what) for what in (*it.page.evaluate("window.fired"), *it.requests, *it.page.evaluate(FOREIGN))]
    assert not found, "\n".join(map(str, found))


def test_the_policy_stops_a_script_that_gets_in_and_what_it_would_fetch(opened):
    found = []
    for it in opened(before=CANARY):
        it.page.evaluate(BREAK_IN)
        found += [(it.name, what) for what in it.page.evaluate("window.fired")]
        found += [(it.name, url) for url in it.requests if "hostile.example" in url and not _refused(it, url)]
    assert not found, "\n".join(map(str, found))


def _refused(it, url: str) -> bool:
    """Whether the browser said that the policy forbade it."""
    return any(url in error and "Content Security Policy" in error for error in it.errors)


@pytest.mark.parametrize("edition", ["hostile"], indirect=True)
def test_hostile_words_are_read_as_they_were_written(opened):
    read = " ".join(it.page.evaluate("document.documentElement.textContent") for it in opened())
    for name in ("script", "image", "refresh", "base", "comment", "template", "entities", "formula"):
        assert PAYLOADS[name][:40] in read, name
