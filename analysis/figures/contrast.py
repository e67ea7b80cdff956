"""Contrast of colours as WCAG 2.2 measures it, and the colour of words that can be read on a fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.colors import to_rgb

from analysis.figures.style import ON_DARK, ON_LIGHT

if TYPE_CHECKING:
    from matplotlib.typing import ColorType

#: Least contrast of words and of lines that matter.
WORDS, LINES = 4.5, 3.0


def contrast(one: ColorType, other: ColorType) -> float:
    """Contrast of two colours, 1 to 21."""
    low, high = sorted(_luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def over(colour: ColorType, ground: ColorType, alpha: float) -> tuple[float, float, float]:
    """The colour that is seen where `colour` lies over `ground` at this opacity."""
    red, green, blue = (alpha * top + (1 - alpha) * under for top, under in zip(to_rgb(colour), to_rgb(ground), strict=True))
    return red, green, blue


def on(fill: ColorType) -> str:
    """Dark or light, whichever words are better read on `fill`, a colour that is the same in light and dark."""
    return max(ON_LIGHT, ON_DARK, key=lambda words: contrast(words, fill))


def _luminance(colour: ColorType) -> float:
    """Relative luminance, 0 to 1."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
