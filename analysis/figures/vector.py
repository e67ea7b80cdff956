"""A drawing as SVG for a page: words as words, colours that follow light and dark, nothing that a page must not have twice."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.text import Text

from analysis.figures.style import DARK, DPI, PAPER, house_style, plain, set_in_all_fonts
from analysis.results.fonts import FAMILY, font_rules, with_font_rules

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"

#: Letters that the drawing or its page carries; DejaVu Sans, which the layout was measured with; and others that are no wider,
#: so that nothing is cut where it is missing.
_FONTS = f"'{FAMILY}', 'DejaVu Sans', Verdana, 'Noto Sans', 'Noto Sans CJK SC', system-ui, sans-serif"

#: Attributes that hold lengths.
_LENGTHS = ("d", "x", "y", "width", "height", "transform", "points", "r", "cx", "cy")

#: Attributes that may point to an element of the drawing.
_POINTERS = (f"{{{_LINK}}}href", "href", "clip-path", "style", "filter", "mask")


def svg(canvas: Canvas, words: str) -> str:
    """`canvas` as one `<svg>` element; equal drawings with equal words give equal text.

    It can stand in a page or in a file of its own, and carries the letters that usual fonts lack. Its size on the page is its
    size in inches at 100 pixels each, or what there is room for. Colours of the house are CSS variables with values for light
    and dark.

    Args:
        words: what a reader hears who does not see it.
    """
    root = _drawn(canvas)
    ElementTree.register_namespace("", _SVG)  # for the whole process; others take it away
    _tidy(root)
    width, height = (round(inches * DPI) for inches in canvas.get_size_inches())
    root.attrib = {
        "class": "drawing",
        "role": "img",
        "aria-label": plain(words, longest=400),
        "viewBox": root.attrib["viewBox"],
        "width": str(width),
        "height": str(height),
        "data-top": f"{_top(canvas):.0f}",
    }
    style = ElementTree.Element(f"{{{_SVG}}}style")
    style.text = _style()
    root.insert(0, style)
    return with_font_rules(ElementTree.tostring(root, encoding="unicode"), font_rules("".join(root.itertext())))


def _top(canvas: Canvas) -> float:
    """Where the drawing begins under its title and the quiet line, in units of its viewBox: a thumbnail leaves both out."""
    quiet = canvas.axes[0].get_title(loc="left") if canvas.axes else ""
    line = next((text for text in canvas.findobj(Text) if quiet and text.get_text() == quiet), None)
    if line is None:
        return 0.0
    return float((canvas.bbox.height - line.get_window_extent().y0) * 72 / canvas.dpi)


def _drawn(canvas: Canvas) -> ElementTree.Element:
    """What matplotlib writes."""
    buffer = io.BytesIO()
    set_in_all_fonts(canvas)
    with house_style(), mpl.rc_context({"svg.hashsalt": "figure"}):
        canvas.savefig(buffer, format="svg", dpi=2 * DPI, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return ElementTree.fromstring(buffer.getvalue())


def _tidy(root: ElementTree.Element) -> None:
    """Take out what no browser needs, and let colours be variables."""
    for parent in list(root.iter()):
        for element in list(parent):
            if element.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(element)
    used = set(re.findall(r"#([\w-]+)", " ".join(_references(root))))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        if element.get("transform", "").startswith("rotate(-0 "):
            del element.attrib["transform"]
        if link := element.attrib.pop(f"{{{_LINK}}}href", None):
            element.set("href", link)
        for name in _LENGTHS:
            if value := element.get(name):
                element.set(name, " ".join(_rounded(value).split()))
        if style := element.get("style"):
            element.set("style", _variable(style))
    _number(root)


def _number(root: ElementTree.Element) -> None:
    """Ids of the drawing's own: a page holds several, and matplotlib calls what looks the same the same in all of them."""
    _rename(root, "")
    _rename(root, f"d{hashlib.sha256(ElementTree.tostring(root)).hexdigest()[:8]}-")


def _rename(root: ElementTree.Element, mark: str) -> None:
    """Ids numbered in the order of the drawing, with `mark` before the number."""
    marked = [element for element in root.iter() if "id" in element.attrib]
    names = {element.attrib["id"]: f"{mark}{number}" for number, element in enumerate(marked)}
    for element in marked:
        element.set("id", names[element.attrib["id"]])
    for element in root.iter():
        for name in _POINTERS:
            if value := element.get(name):
                element.set(name, re.sub(r"#([\w-]+)", lambda match: f"#{names.get(match[1], match[1])}", value))


def _references(root: ElementTree.Element) -> list[str]:
    """Values of attributes that may point to an element of the drawing."""
    return [element.get(name, "") for element in root.iter() for name in _POINTERS]


def _rounded(value: str) -> str:
    """Hundredths of a point are finer than any screen."""
    return re.sub(r"\.(\d\d)\d+", r".\1", value)


def _variable(style: str) -> str:
    """Colours of the house by name; the family of the font once, in the style of the drawing."""
    style = re.sub(r"#[0-9a-f]{6}\b", lambda match: _names().get(match[0], match[0]), style)
    return re.sub(r"font-family: [^;]*;? ?|(?<=px) 'DejaVu Sans'", "", style)


@cache
def _names() -> dict[str, str]:
    return {colour: f"var(--c{number})" for number, colour in enumerate(DARK)}


@cache
def theme_rules() -> str:
    """A style that has drawings follow the theme of JupyterLab, whatever the system's scheme is, on the theme's own ground."""
    light, dark = (_values(shades) for shades in (DARK, DARK.values()))
    ground = f"--c{list(DARK).index(PAPER)}:var(--jp-layout-color0)"
    return (
        f'<style>[data-jp-theme-light="true"] .drawing{{{light}{ground}}}[data-jp-theme-light="false"] .drawing{{{dark}{ground}}}'
        ".drawing-box>svg{max-width:100%;height:auto}</style>"
    )


def _values(shades: Iterable[str]) -> str:
    """The colours of the house as variables."""
    return "".join(f"--c{number}:{colour};" for number, colour in enumerate(shades))


@cache
def _style() -> str:
    """The rules of every drawing: the same text in each, so that several on a page agree."""
    light, dark = (_values(shades) for shades in (DARK, DARK.values()))
    return (
        f".drawing{{{light}}}@media (prefers-color-scheme:dark){{.drawing{{{dark}}}}}"
        f".drawing *{{stroke-linejoin:round}}.drawing text{{font-family:{_FONTS};white-space:pre}}"
    )
