"""The cells of an executed notebook as HTML, and the headings, the answer and the pictures found in them."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from analysis.results.fonts import without_font_rules
from analysis.results.prose import slug, unbroken
from analysis.results.unseen import visible

if TYPE_CHECKING:
    from nbconvert.exporters import TemplateExporter
    from nbformat import NotebookNode

TEMPLATES = Path(__file__).parent / "template"

#: The alt text of a figure that came without one; the run counts them.
NO_ALT = "Figure without a description"

_SVG = "image/svg+xml"

_FIGURES = ("image/png", "image/jpeg", _SVG)

_CODE_LABELS = {"parameters": "Parameters and their defaults", "injected-parameters": "Parameters of this run"}


@dataclass(frozen=True)
class Heading:
    """A second-level heading: where a link finds it, and its text."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Body:
    """The cells of a notebook as HTML.

    Attributes:
        opening: the cells that a page begins with: its title, its answer and the figure that carries it.
        html: all that follows.
        title: from the notebook's metadata, else its first heading, else its file name.
        headings: the second-level headings, for the table of contents.
        answer: text of the first output of the cell tagged `answer`; empty without one.
        finding: what a front page may lead with (`analysis.findings.Finding`), as the answer carries it; None without one.
        changes: what changed since the edition before (`analysis.changes.changes.Changes.record`), as the answer carries it.
        unavailable: whether the votes cannot give the answer, which then says why.
        picture: the first figure, as SVG for a narrow place; empty without one.
        without_alt: figures that have no description.
    """

    opening: str
    html: str
    title: str
    headings: tuple[Heading, ...]
    answer: str
    finding: Mapping[str, Any] | None
    changes: Mapping[str, Any] | None
    unavailable: bool
    picture: str
    without_alt: int


def render_body(executed: NotebookNode, stem: str, folder: Path, pages: Collection[str] = ()) -> Body:
    """Render the cells. Markdown cells are trusted, being ours; outputs carry strangers' text and are not.

    Args:
        stem: of the notebook.
        folder: where images that a markdown cell names are found; they are embedded.
        pages: stems of the notebooks that have pages; a link to another notebook is left as words.
    """
    anchors: Counter[str] = Counter()
    headings: list[Heading] = []
    exporter = _exporter()
    exporter.register_filter("trusted_markdown", _markdown_reader(folder, pages, anchors, headings))
    exporter.register_filter("drawing", _drawing(stem, anchors))
    end = _end_of_opening(executed)
    opening, rest = (_rendered(exporter, executed, cells) for cells in (executed.cells[:end], executed.cells[end:]))
    return Body(
        opening=_unique_tables(opening, anchors),
        html=_unique_tables(rest, anchors),
        title=visible(str(executed.metadata.get("title") or _first_heading(executed) or stem)),
        headings=tuple(headings),
        answer=_answer(executed),
        finding=_of_answer(executed, "finding"),
        changes=_of_answer(executed, "changes"),
        unavailable=_of_answer(executed, "unavailable") is not None,
        picture=_picture(executed),
        without_alt=_without_alt(executed),
    )


def no_body(title: str) -> Body:
    """Of a notebook that was not run."""
    return Body("", "", title, (), "", None, None, True, "", 0)


def _end_of_opening(executed: NotebookNode) -> int:
    """Cells up to the first words after the answer; without an answer only the title opens a page."""
    kinds = [cell.cell_type for cell in executed.cells]
    answers = [index for index, cell in enumerate(executed.cells) if "answer" in cell.metadata.get("tags", [])]
    if not answers:
        return 1 if kinds[:1] == ["markdown"] else 0
    first = answers[0]
    if "markdown" in kinds[1:first]:  # a notebook of another form: what it says before its answer opens no page
        return 1
    return next((index for index in range(first + 1, len(kinds)) if kinds[index] == "markdown"), len(kinds))


def _rendered(exporter: TemplateExporter, executed: NotebookNode, cells: Sequence[NotebookNode]) -> str:
    from nbformat import NotebookNode

    html, _ = exporter.from_notebook_node(NotebookNode(executed | {"cells": list(cells)}), resources={"no_alt": NO_ALT})
    return str(html)


@cache
def _exporter() -> TemplateExporter:
    from nbconvert.exporters import TemplateExporter
    from nbconvert.filters import Highlight2HTML

    return TemplateExporter(
        template_name="notebook",
        extra_template_basedirs=[str(TEMPLATES)],
        template_file="index.html.j2",
        file_extension=".html",
        filters={
            "slug": slug,
            "code_label": _code_label,
            "highlight": Highlight2HTML(pygments_lexer="ipython3"),
            "untrusted_markdown": _untrusted_markdown,
            "shown": _shown,
        },
    )


def _shown(words: str) -> str:
    """Printed text line by line, controls made visible except the colours that `ansi2html` turns into classes."""
    kept = re.split(r"(\x1b\[[0-9;]*m|\n)", words)
    return "".join(part if index % 2 else visible(part) for index, part in enumerate(kept))


def _code_label(cell: Mapping[str, Any]) -> str:
    tags = cell["metadata"].get("tags", [])
    return next((label for tag, label in _CODE_LABELS.items() if tag in tags), "Code")


def _markdown(source: str, *, escape: bool, path: str, attachments: Mapping[str, Any]) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(
        escape=escape,
        allow_harmful_protocols=False,
        embed_images=not escape,
        exclude_anchor_links=True,
        path=path,
        attachments=dict(attachments),
    )
    return str(MarkdownWithMath(renderer=renderer).render(source))


def _untrusted_markdown(source: str) -> str:
    return _markdown(visible(source) if "\n" not in source else _shown(source), escape=True, path="", attachments={})


def _markdown_reader(
    folder: Path, pages: Collection[str], anchors: Counter[str], headings: list[Heading]
) -> Callable[[str, Mapping[str, Any]], str]:
    """A Markdown filter that gives headings unique anchors, notes those of the second level, and turns links from notebook to
    notebook into links from page to page."""

    def linked(match: re.Match[str]) -> str:
        if match[1] not in pages:
            return match[3]
        place = f"#{slug(unquote(unescape(match[2])))}" if match[2] else ""
        return f'<a href="{match[1]}.html{place}">{match[3]}</a>'

    def anchored(match: re.Match[str]) -> str:
        level, text = match[1], re.sub(r"<[^>]+>", "", match[2])
        if level == "1":
            return match[0]
        anchor = _unique(slug(text), anchors)
        if level == "2":
            headings.append(Heading(anchor, unescape(text)))
        return f'<h{level} id="{anchor}">{match[2]} {_permalink(anchor, text)}</h{level}>'

    def read(source: str, attachments: Mapping[str, Any]) -> str:
        html = _markdown(unbroken(source), escape=False, path=str(folder), attachments=attachments)
        html = re.sub(r'<a href="([\w-]+)\.ipynb(?:#([^"]*))?">(.*?)</a>', linked, html)
        return re.sub(r"<h([1-6])>(.*?)</h\1>", anchored, html, flags=re.DOTALL)

    return read


def _unique(anchor: str, anchors: Counter[str]) -> str:
    """`anchor`, numbered where the page has it already."""
    anchors[anchor] += 1
    return anchor if anchors[anchor] == 1 else _unique(f"{anchor}-{anchors[anchor]}", anchors)


def _permalink(anchor: str, text: str) -> str:
    """A link to a place of the page; `text` is HTML without elements."""
    return f'<a class="permalink" href="#{anchor}" aria-label="Link to: {escape(unescape(text))}">#</a>'


def _drawing(stem: str, anchors: Counter[str]) -> Callable[[NotebookNode], str]:
    """A filter that shows a figure of ours: a drawing for wide and one for narrow screens, its files, its data."""

    def show(output: NotebookNode) -> str:
        about, wide = output.metadata[_SVG], output.data[_SVG]
        anchor = _unique("figure", anchors)
        name = f"{stem}-{anchor}"
        data = about.get("data", "")
        return (
            f'<figure class="paper" id="{anchor}"><div class="wide">{_inline(wide, f"{anchor}-w")}</div>'
            f'<div class="narrow">{_inline(about["narrow"], f"{anchor}-n")}</div>'
            f'<figcaption>{_permalink(anchor, about["title"])} <a href="{address_of(wide)}" download="{name}.svg">SVG</a>'
            f'<button type="button" class="png" data-name="{name}.png" hidden>PNG</button>'
            + (f'<details class="data"><summary>Data of this figure</summary>{data}</details>' if data else "")
            + "</figcaption></figure>"
        )

    return show


def address_of(drawing: str) -> str:
    """A drawing (SVG) as the address of an image or a file."""
    return f"data:{_SVG};base64,{base64.b64encode(drawing.encode('utf-8', 'replace')).decode('ascii')}"


def _inline(drawing: str, name: str) -> str:
    """A drawing as it stands in a page: its ids begin with `name`, as two may be equal, and its fonts are the page's."""

    def named(tag: re.Match[str]) -> str:
        return re.sub(r'(\bid="|\bhref="#|url\(#)(?=\w)', rf"\g<1>{name}-", tag[0])

    return re.sub(r"<[a-z][^>]*>", named, without_font_rules(drawing))


def _unique_tables(html: str, anchors: Counter[str]) -> str:
    """Tables have the anchors and names of their captions: number those that the page has already."""

    def numbered(part: str) -> str:
        found = re.match(r'<div class="table-box"[^>]* id="(table-[^"]*)"', part)
        if not found:
            return part
        part, end, rest = part.partition("</table>")
        anchor = _unique(found[1], anchors)
        number = anchor.removeprefix(found[1])
        named = re.sub(r'(role="region" tabindex="0" aria-label="[^"]*)', rf"\g<1>{number.replace('-', ', ')}", part, count=1)
        return re.sub(rf'(id="|href="#){re.escape(found[1])}(?=")', rf"\g<1>{anchor}", named) + end + rest

    return "".join(numbered(part) for part in re.split(r'(?=<div class="table-box")', html))


def _first_heading(executed: NotebookNode) -> str:
    found = (re.search(r"^#\s+(.+)$", cell.source, re.MULTILINE) for cell in executed.cells if cell.cell_type == "markdown")
    return next((match[1].strip() for match in found if match), "")


def _answer(executed: NotebookNode) -> str:
    """The text of the answer; markup is taken off, so that whoever shows it escapes all of it."""
    answers = (cell for cell in executed.cells if "answer" in cell.metadata.get("tags", []))
    texts = (_text(output) for cell in answers for output in cell.get("outputs", []))
    return visible(" ".join(next(filter(None, texts), "").split()))


def _of_answer(executed: NotebookNode, name: str) -> Mapping[str, Any] | None:
    """What the answer carries under a name beside its words (`analysis.notebook`)."""
    found = (output.metadata.get("text/html", {}).get(name) for output in _displayed(executed))
    return next(filter(None, found), None)


def _picture(executed: NotebookNode) -> str:
    about = (output.metadata.get(_SVG, {}) for output in _displayed(executed))
    return next((drawn["narrow"] for drawn in about if "narrow" in drawn), "")


def _displayed(executed: NotebookNode) -> list[NotebookNode]:
    """The outputs that hold something to show: neither streams nor errors."""
    return [output for cell in executed.cells for output in cell.get("outputs", []) if "data" in output]


def _text(output: NotebookNode) -> str:
    """What an output says, without markup; nothing for messages and errors."""
    if output.output_type == "stream":
        return str(output.text) if output.name == "stdout" else ""
    data = output.get("data", {})
    if "text/html" in data:
        return unescape(re.sub(r"<[^>]*>", " ", data["text/html"]))
    return str(data.get("text/markdown") or data.get("text/plain") or "")


def _without_alt(executed: NotebookNode) -> int:
    shown = [(output, next((kind for kind in _FIGURES if kind in output.data), None)) for output in _displayed(executed)]
    return sum(1 for output, kind in shown if kind and not output.metadata.get(kind, {}).get("alt"))
