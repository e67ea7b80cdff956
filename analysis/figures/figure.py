"""A finished figure: its picture, its title and the sentence that stands in for it."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.figures.style import DPI, SHARPNESS, house_style
from analysis.results.prose import unbroken
from analysis.whole_files import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


@dataclass(frozen=True)
class Figure:
    """What a figure function returns. In a notebook it shows as a PNG with its alt text; it never touches pyplot.

    Attributes:
        canvas: the matplotlib figure.
        title: the takeaway, as drawn above the figure.
        alt: the figure in words, computed from the same data, for readers who do not see it.
    """

    canvas: Canvas
    title: str
    alt: str

    def png(self) -> bytes:
        """The picture at twice the page's resolution; equal figures give equal bytes."""
        buffer = io.BytesIO()
        with house_style():
            self.canvas.savefig(buffer, format="png", dpi=DPI * SHARPNESS, metadata={"Software": None})
        return buffer.getvalue()

    def save(self, path: str | Path) -> Path:
        """Write the figure in the format that the suffix names (png, svg, pdf); a half-written file never shows."""
        path = Path(path)
        if path.suffix.lower() == ".png":
            content = self.png()
        else:
            buffer = io.BytesIO()
            with house_style():
                self.canvas.savefig(buffer, format=path.suffix.lstrip("."))
            content = buffer.getvalue()
        with whole_file(path) as part:
            part.write_bytes(content)
        return path

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        """PNG and text for a notebook, with the alt text and the size on the page in pixels."""
        width, height = (round(inches * DPI) for inches in self.canvas.get_size_inches())
        data = {"image/png": base64.b64encode(self.png()).decode("ascii"), "text/plain": self.alt}
        return data, {"image/png": {"alt": unbroken(self.alt), "width": width, "height": height}}
