"""Prose that is computed: sentences, and how numbers, names and long texts are written in them.

Sentences are plain text, for terminals and files. Where they become HTML, `unbroken` keeps numbers and their signs together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from markupsafe import escape

from analysis.results.unseen import UNSEEN, visible


class Prose(str):
    """A computed sentence. In a notebook it shows as a paragraph, with everything in it escaped."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return f'<p class="prose">{escape(unbroken(visible(str(self))))}</p>' if self else ""


def signed(value: float, digits: int = 0) -> str:
    """A difference with its sign, as it is set in prose and in figures: +5, −4; no difference is 0, without a sign."""
    return f"{'+' if round(value, digits) > 0 else ''}{written(value, digits)}"


def written(value: float, digits: int = 0) -> str:
    """A number that may be below nothing, as it is set in prose and in figures: 4.6, −0.2."""
    return f"{value:z.{digits}f}".replace("-", "−")


def counted(number: int, one: str, several: str = "") -> str:
    """A number of things: `1 vote`, `1,234 votes`; `several` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def in_points(number: str) -> str:
    """A written difference of ratings with its unit: `+1 point`, `4 points`."""
    return f"{number} {'point' if number.lstrip('+−') == '1' else 'points'}"


def spoken(name: str) -> str:
    """The name of a column or category as prose has it: `session_turns` is `session turns`, `is_code` is `code`."""
    return name.removeprefix("is_").replace("_", " ")


def unbroken(text: str) -> str:
    """`text` with a space that does not break between a number and its per cent sign."""
    return re.sub(r"(?<=\d) (?=%)", "\u00a0", text)


def percent(share: float, digits: int = 1) -> str:
    """A share as prose: 0.0925 is `9.25 %` with two digits."""
    return f"{100 * share:.{digits}f} %"


def probability(value: float) -> str:
    """A p- or q-value: three digits, and never as nothing."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def announced_percent(share: float) -> str:
    """A share somebody else gave, with as many digits as they gave: 0.14 is `14 %`, 0.1312 is `13.12 %`."""
    return f"{round(100 * share, 6):g} %"


def quoted(labels: Iterable[str], most: int | None = None) -> str:
    """Labels in quotes, joined as prose, the tail counted."""
    return joined((f"“{label}”" for label in labels), most)


def joined(names: Iterable[str], most: int | None = None, last: str = " and ") -> str:
    """Names as prose: `a, b and c`, of more than `most` the tail counted: `a, b and 3 more`; empty where there is none.

    `last` stands before the last name where all are given.
    """
    shown = list(names)
    if most is not None and len(shown) > most:
        shown, last = [*shown[:most], f"{len(shown) - most:,} more"], " and "
    return last.join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def slug(words: str) -> str:
    """`words` as an anchor: lower-case letters and digits of any script, joined by hyphens."""
    return re.sub(r"[^\w]+|_+", "-", unescape(words).lower()).strip("-") or "section"


def one_line(text: str) -> str:
    """`text` on one line, with single spaces, and a space for what is not seen."""
    return " ".join(UNSEEN.sub(" ", text).split())


def shortened(text: str, most: int) -> str:
    """`text`, or its beginning in at most `most` characters, of which the last is then `…`."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip(' …')}…"
