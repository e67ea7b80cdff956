"""The cells of an executed notebook as HTML, and the headings and answer found in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.results.prose import slug, unbroken
from analysis.results.unseen import visible

if TYPE_CHECKING:
    from nbconvert.exporters import TemplateExporter
    from nbformat import NotebookNode

TEMPLATES = Path(__file__).parent / "template"

#: The alt text of a figure that came without one; the run counts them.
NO_ALT = "Figure without a description"

_FIGURES = ("image/png", "image/jpeg", "image/svg+xml")

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
        title: from the notebook's metadata, else its first heading, else its file name.
        headings: the second-level headings, for the table of contents.
        answer: text of the first output of the cell tagged `answer`; empty without one.
        without_alt: figures that have no description.
    """

    html: str
    title: str
    headings: tuple[Heading, ...]
    answer: str
    without_alt: int


def render_body(executed: NotebookNode, stem: str, folder: Path) -> Body:
    """Render the cells. Markdown cells are trusted, being ours; outputs carry strangers' text and are not.

    `folder` is where images that a markdown cell names are found; they are embedded.
    """
    anchors: dict[str, int] = {}
    headings: list[Heading] = []
    exporter = _exporter()
    exporter.register_filter("trusted_markdown", _markdown_reader(folder, anchors, headings))
    html, _ = exporter.from_notebook_node(executed, resources={"no_alt": NO_ALT})
    return Body(
        html=html,
        title=visible(str(executed.metadata.get("title") or _first_heading(executed) or stem)),
        headings=tuple(headings),
        answer=_answer(executed),
        without_alt=_without_alt(executed),
    )


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


def _markdown_reader(folder: Path, anchors: dict[str, int], headings: list[Heading]) -> Callable[[str, Mapping[str, Any]], str]:
    """A Markdown filter that gives headings unique anchors and notes those of the second level."""

    def anchored(match: re.Match[str]) -> str:
        level, text = match[1], re.sub(r"<[^>]+>", "", match[2])
        anchor = slug(text)
        anchors[anchor] = anchors.get(anchor, 0) + 1
        if anchors[anchor] > 1:
            anchor = f"{anchor}-{anchors[anchor]}"
        if level == "2":
            headings.append(Heading(anchor, unescape(text)))
        return f'<h{level} id="{anchor}">{match[2]}</h{level}>'

    def read(source: str, attachments: Mapping[str, Any]) -> str:
        html = _markdown(unbroken(source), escape=False, path=str(folder), attachments=attachments)
        return re.sub(r"<h([1-6])>(.*?)</h\1>", anchored, html, flags=re.DOTALL)

    return read


def _first_heading(executed: NotebookNode) -> str:
    found = (re.search(r"^#\s+(.+)$", cell.source, re.MULTILINE) for cell in executed.cells if cell.cell_type == "markdown")
    return next((match[1].strip() for match in found if match), "")


def _answer(executed: NotebookNode) -> str:
    """The text of the answer; markup is taken off, so that whoever shows it escapes all of it."""
    answers = (cell for cell in executed.cells if "answer" in cell.metadata.get("tags", []))
    texts = (_text(output) for cell in answers for output in cell.get("outputs", []))
    return visible(" ".join(next(filter(None, texts), "").split()))


def _text(output: NotebookNode) -> str:
    """What an output says, without markup; nothing for messages and errors."""
    if output.output_type == "stream":
        return str(output.text) if output.name == "stdout" else ""
    data = output.get("data", {})
    if "text/html" in data:
        return unescape(re.sub(r"<[^>]*>", " ", data["text/html"]))
    return str(data.get("text/markdown") or data.get("text/plain") or "")


def _without_alt(executed: NotebookNode) -> int:
    outputs = [output for cell in executed.cells for output in cell.get("outputs", []) if "data" in output]
    shown = [(output, next((kind for kind in _FIGURES if kind in output.data), None)) for output in outputs]
    return sum(1 for output, kind in shown if kind and not output.metadata.get(kind, {}).get("alt"))
