"""The body of a page: escaped, described, and with its headings found."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from analysis.report.body import NO_ALT, Body, Heading, address_of, render_body
from analysis.results import tables
from analysis.results.prose import slug

HOSTILE = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"


def _rendered(*cells: nbformat.NotebookNode, **metadata: Any) -> Body:
    return render_body(new_notebook(cells=list(cells), metadata=metadata), "01_made", Path())


def _code(*outputs: nbformat.NotebookNode, source: str = "pass", tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def _shown(data: dict[str, str], **metadata: Any) -> nbformat.NotebookNode:
    return new_output("display_data", data=data, metadata=metadata)


@pytest.mark.parametrize(
    "output",
    [
        new_output("stream", name="stdout", text=HOSTILE),
        new_output("stream", name="stderr", text=HOSTILE),
        new_output("error", ename=HOSTILE, evalue=HOSTILE, traceback=[HOSTILE]),
        _shown({"text/plain": HOSTILE}),
        _shown({"text/markdown": f"{HOSTILE}\n\n{HOSTILE}"}),
        _shown({"text/markdown": "[words](javascript:alert(1))"}),
        _shown({"text/latex": HOSTILE}),
        _shown({"application/javascript": "alert(1)", "text/plain": "shown instead"}),
        _shown({"image/png": 'x" onerror="alert(1)'}, **{"image/png": {"alt": f'"{HOSTILE}'}}),
    ],
)
def test_what_an_output_holds_is_text_and_never_markup(output):
    html = _rendered(_code(output)).html
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "onerror=alert(1)>" not in html
    assert '" onerror="' not in html
    assert "javascript:alert" not in html


def test_a_per_cent_sign_stays_with_its_number_in_the_words_of_a_notebook():
    assert "a 95\u00a0% interval, 3 of 4" in _rendered(new_markdown_cell("# Title\n\nIt has a 95 % interval, 3 of 4.")).opening


def test_code_is_folded_and_highlighted_and_its_text_escaped():
    html = _rendered(_code(source=f"words = {HOSTILE!r}")).html
    assert '<div class="code"><p>Code</p>' in html
    assert '<pre tabindex="0">' in html, "it scrolls sideways, so a keyboard must reach it"
    assert 'class="highlight hl-ipython3"' in html.replace('class=" highlight', 'class="highlight')
    assert "<script" not in html


def test_the_parameters_of_the_run_are_folded_under_their_own_name():
    html = _rendered(_code(source="seed = 3", tags=("injected-parameters",))).html
    assert "<p>Parameters of this run</p>" in html


def test_a_figure_has_the_alt_text_it_came_with():
    body = _rendered(_code(_shown({"image/png": "AAAA", "text/plain": "x"}, **{"image/png": {"alt": 'a "b" & c', "width": 640}})))
    assert 'alt="a &quot;b&quot; &amp; c" width="640"' in body.html
    assert body.without_alt == 0


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/svg+xml"])
def test_a_figure_without_alt_text_is_counted_and_says_so(kind):
    body = _rendered(_code(_shown({kind: "AAAA"})))
    assert body.without_alt == 1
    assert f'alt="{NO_ALT}"' in body.html
    assert "<svg" not in body.html  # an image inside an img element runs no script


DRAWING = {"narrow": '<svg class="narrow"></svg>', "title": 'A & "b"', "alt": "words"}


def _figure(**about: str) -> nbformat.NotebookNode:
    return _shown({"image/svg+xml": '<svg class="wide"><text>a</text></svg>'}, **{"image/svg+xml": DRAWING | about})


def test_a_figure_of_ours_stands_in_the_page_as_text_once_for_wide_and_once_for_narrow_screens():
    body = _rendered(_code(_figure(), _figure(data='<div class="table-box">rows</div>')))
    assert body.html.count('<div class="wide"><svg class="wide"><text>a</text></svg></div>') == 2
    assert body.html.count('<div class="narrow"><svg class="narrow"></svg></div>') == 2
    assert '<figure class="paper" id="figure">' in body.html
    assert '<figure class="paper" id="figure-2">' in body.html
    assert 'download="01_made-figure-2.svg">SVG</a>' in body.html
    assert '<summary>Data of this figure</summary><div class="table-box">rows</div></details>' in body.html
    assert 'aria-label="Link to: A &amp; &quot;b&quot;"' in body.html
    assert (body.picture, body.without_alt) == ('<svg class="narrow"></svg>', 0)


def test_a_drawing_in_a_page_leaves_its_fonts_to_the_page_and_a_file_keeps_them():
    rules = '<style>@font-face{font-family:"Workbook Letters";src:url(data:font/woff;base64,AA)}</style>'
    wide, narrow = (f"<svg>{rules}<style>.drawing{{}}</style><text>{name} @font-face</text></svg>" for name in ("wide", "narrow"))
    body = _rendered(_code(_shown({"image/svg+xml": wide}, **{"image/svg+xml": DRAWING | {"narrow": narrow}})))
    assert '<div class="wide"><svg><style>.drawing{}</style><text>wide @font-face</text></svg></div>' in body.html
    assert '<div class="narrow"><svg><style>.drawing{}</style><text>narrow @font-face</text></svg></div>' in body.html
    assert f'<a href="{address_of(wide)}" download=' in body.html
    assert body.picture == narrow


def test_ids_of_a_drawing_are_its_own_on_the_page_and_nothing_else_of_it_changes():
    rest = '<image href="data:image/png;base64,AA"/><text>id="p1"</text></svg>'
    wide = f'<svg><defs><path id="p1"/></defs><use href="#p1"/><g clip-path="url(#p1)"/>{rest}'
    shown = _code(_shown({"image/svg+xml": wide}, **{"image/svg+xml": DRAWING}))
    drawn = '<svg><defs><path id="figure-w-p1"/></defs><use href="#figure-w-p1"/><g clip-path="url(#figure-w-p1)"/>'
    assert drawn + rest in _rendered(shown).html


def test_a_page_opens_with_its_title_its_answer_and_the_figure_that_carries_it():
    answer = _code(_shown({"text/html": "<p>yes</p>"}), _figure(), tags=("answer",))
    body = _rendered(new_markdown_cell("# Title"), _code(), answer, new_markdown_cell("words"), _code(_figure()))
    assert ["<h1>" in part for part in (body.opening, body.html)] == [True, False]
    assert ["<p>yes</p>" in part for part in (body.opening, body.html)] == [True, False]
    assert [part.count("<figure") for part in (body.opening, body.html)] == [1, 1]
    assert "words" in body.html


def test_an_answer_that_cannot_be_given_makes_the_page_one_that_is_absent():
    shown = _shown({"text/html": "<p>Not possible</p>"}, **{"text/html": {"unavailable": {"why": "no times"}}})
    assert _rendered(_code(shown, tags=("answer",))).unavailable
    assert not _rendered(_code(_shown({"text/html": "<p>yes</p>"}), tags=("answer",))).unavailable


def test_words_before_the_answer_do_not_open_a_page():
    answer = _code(_shown({"text/html": "<p>yes</p>"}), tags=("answer",))
    body = _rendered(new_markdown_cell("# Title"), new_markdown_cell("words"), answer, new_markdown_cell("more"))
    assert "words" not in body.opening
    assert "<p>yes</p>" in body.html


def test_the_finding_of_the_answer_is_that_of_the_page():
    found = {"sentence": "a leads", "beyond": 3.0}
    body = _rendered(_code(_shown({"text/html": "<p>a</p>"}, **{"text/html": {"finding": found}}), tags=("answer",)))
    assert body.finding == found
    assert _rendered(_code()).finding is None


def test_a_link_to_another_notebook_leads_to_its_page_where_there_is_one():
    words = new_markdown_cell("# Title\n\n[ranks](03_b.ipynb#How-sure-is-it?) and [more](04_c.ipynb)")
    html = render_body(new_notebook(cells=[words]), "01_made", Path(), ["01_made", "03_b"]).opening
    assert '<a href="03_b.html#how-sure-is-it">ranks</a> and more</p>' in html


def test_a_heading_about_tables_keeps_its_anchor():
    table = '<div class="table-box" id="table-a"><table></table></div>'
    body = _rendered(new_markdown_cell("# Title"), new_markdown_cell("## Table of results"), _code(_shown({"text/html": table})))
    assert body.headings == (Heading("table-of-results", "Table of results"),)
    assert '<h2 id="table-of-results">' in body.html
    assert 'id="table-a"' in body.html


def test_second_level_headings_get_unique_anchors_and_no_pilcrow():
    body = _rendered(new_markdown_cell("# Title\n## Who is *ahead*?\ntext\n\n## Who is ahead?\n### Detail"))
    assert body.headings == (Heading("who-is-ahead", "Who is ahead?"), Heading("who-is-ahead-2", "Who is ahead?"))
    html = body.opening + body.html
    assert '<h2 id="who-is-ahead-2">Who is ahead? <a class="permalink" href="#who-is-ahead-2"' in html
    assert '<h3 id="detail">' in html
    assert "¶" not in body.html


@pytest.mark.parametrize(
    ("words", "anchor"), [("Is $x > 1$?", "is-x-1"), ("Wer führt?", "wer-führt"), ("R&amp;D", "r-d"), ("?!", "section")]
)
def test_an_anchor_is_made_of_letters_and_digits(words, anchor):
    assert slug(words) == anchor


def test_the_title_is_that_of_the_notebook_else_its_first_heading_else_its_name():
    assert _rendered(new_markdown_cell("# Heading"), title="Title").title == "Title"
    assert _rendered(new_markdown_cell("# Heading")).title == "Heading"
    assert _rendered(_code()).title == "01_made"


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        (_shown({"text/html": "<p class='prose'>5 &lt; 6 &amp; <b>so</b> on</p>", "text/plain": "x"}), "5 < 6 & so on"),
        (_shown({"text/plain": "plain"}), "plain"),
        (new_output("stream", name="stdout", text="two\nlines\n"), "two lines"),
        (new_output("stream", name="stderr", text="noise"), ""),
    ],
)
def test_the_answer_is_the_text_of_the_first_output_of_the_cell_tagged_for_it(output, answer):
    assert _rendered(_code(_shown({"text/plain": "no"})), _code(output, tags=("answer",))).answer == answer


def test_colours_of_a_terminal_become_classes_and_its_other_controls_are_shown():
    html = _rendered(_code(new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m\x07\n"))).html
    assert '<span class="ansi-red-fg">red</span>␇' in html


def test_tables_of_one_caption_have_places_and_names_of_their_own():
    table = tables.html(pd.DataFrame({"model": ["a"]}), caption='Models; 1 \\1 of "them"')
    html = _rendered(_code(_shown({"text/html": table}), _shown({"text/html": table}))).html
    assert re.findall(r'class="table-box" id="([^"]+)"', html) == ["table-models", "table-models-2"]
    assert re.findall(r'class="permalink" href="#([^"]+)"', html) == ["table-models", "table-models-2"]
    names = re.findall(r'role="region" tabindex="0" aria-label="([^"]+)"', html)
    assert [unescape(name) for name in names] == ['Models; 1 \\1 of "them"', 'Models; 1 \\1 of "them", 2']
