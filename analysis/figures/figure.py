"""A finished figure: its drawings, its title and the sentence that stands in for it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

from analysis.figures.style import DPI, NARROW, PIXELS, SHARPNESS, Medium, drawing_for, house_style, set_in_all_fonts
from analysis.figures.vector import svg, theme_rules
from analysis.results import tables
from analysis.results.prose import unbroken
from analysis.results.unseen import visible
from analysis.surroundings import in_report
from analysis.whole_files import whole_file

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

Given = ParamSpec("Given")


@dataclass(frozen=True)
class Figure:
    """What a figure function returns. In a notebook it shows as SVG; it never touches pyplot.

    Attributes:
        canvas: the matplotlib figure, for a page.
        title: the takeaway, as drawn above the figure.
        alt: the figure in words, computed from the same data.
        data: what it shows, one row per thing; None where another table beside it has the same.
        again: draws it once more, for another medium (`style.drawing_for`); None where there is one drawing only.
    """

    canvas: Canvas
    title: str
    alt: str
    data: pd.DataFrame | None = None
    again: Callable[[], Figure] | None = None

    def drawn_for(self, medium: Medium) -> Canvas:
        """The drawing for another medium."""
        if self.again is None:
            return self.canvas
        with drawing_for(medium):
            return self.again().canvas

    def svg(self) -> str:
        """The figure for a page, as one `<svg>` element."""
        return svg(self.canvas, unbroken(self.title))

    def narrow_svg(self) -> str:
        """The figure for a telephone's screen."""
        return svg(self.drawn_for(NARROW), unbroken(self.title))

    def png(self) -> bytes:
        """The picture at twice the page's resolution; equal figures give equal bytes."""
        return self._written("png", dpi=DPI * SHARPNESS, metadata={"Software": None})

    def save(self, path: str | Path) -> Path:
        """Write the figure in the format that the suffix names (png, svg, pdf); a half-written file never shows."""
        path = Path(path)
        content = self._content(path.suffix.lower().lstrip("."))
        with whole_file(path) as part:
            part.write_bytes(content)
        return path

    def savefig(self, path: str | Path) -> Path:
        """As `save`, by the name that matplotlib has for it."""
        return self.save(path)

    def _content(self, kind: str) -> bytes:
        if kind == "png":
            return self.png()
        return self.svg().encode() if kind == "svg" else self._written(kind)

    def _written(self, kind: str, **options: Any) -> bytes:
        """What matplotlib makes of the drawing whose letters our fonts have."""
        canvas, buffer = self.drawn_for(PIXELS), io.BytesIO()
        set_in_all_fonts(canvas)
        with house_style():
            canvas.savefig(buffer, format=kind, **options)
        return buffer.getvalue()

    def without_data(self) -> Figure:
        """The figure where its table stands beside it."""
        return replace(self, data=None)

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        """SVG and text for a notebook, and how it follows JupyterLab's theme; a page finds the narrow drawing, the words and
        the data in the metadata."""
        if not in_report():
            return {"text/html": f'<div class="drawing-box">{theme_rules()}{self.svg()}</div>', "text/plain": self.alt}, {}
        data = {"image/svg+xml": self.svg(), "text/plain": self.alt}
        about = {"title": visible(unbroken(self.title)), "alt": unbroken(self.alt), "narrow": self.narrow_svg()}
        if self.data is not None and len(self.data):
            about["data"] = tables.html(self.data, caption="Data of the figure")
        return data, {"image/svg+xml": about}


def drawn(function: Callable[Given, Figure]) -> Callable[Given, Figure]:
    """A figure function whose figures can be drawn again for another medium."""

    @wraps(function)
    def make(*arguments: Given.args, **options: Given.kwargs) -> Figure:
        return replace(function(*arguments, **options), again=partial(function, *arguments, **options))

    return make
