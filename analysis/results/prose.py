"""Prose that is computed: sentences, and how numbers, names and long texts are written in them."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import escape

from analysis.results.unseen import UNSEEN


class Prose(str):
    """A computed sentence. In a notebook it shows as a paragraph, with everything in it escaped."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return f'<p class="prose">{escape(str(self))}</p>' if self else ""


def signed(value: float, digits: int = 0) -> str:
    """A difference with its sign, as it is set in prose and in figures: +5, −4."""
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "−")


def percent(share: float, digits: int = 1) -> str:
    """A share as prose: 0.0925 is `9.25 %` with two digits."""
    return f"{100 * share:.{digits}f} %"


def counted(count: int, thing: str) -> str:
    """A count and its noun: `no votes`, `1 vote`, `1,200 votes`."""
    return f"{f'{count:,}' if count else 'no'} {thing}{'' if count == 1 else 's'}"


def announced_percent(share: float) -> str:
    """A share somebody else gave, with as many digits as they gave: 0.14 is `14 %`, 0.1312 is `13.12 %`."""
    return f"{round(100 * share, 6):g} %"


def joined(names: Iterable[str], most: int | None = None, last: str = " and ") -> str:
    """Names as prose: `a, b and c`, of more than `most` the tail counted: `a, b and 3 more`; empty where there is none.

    `last` stands before the last name where all are given.
    """
    shown = list(names)
    if most is not None and len(shown) > most:
        shown, last = [*shown[:most], f"{len(shown) - most:,} more"], " and "
    return last.join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def one_line(text: str) -> str:
    """`text` on one line, with single spaces, and a space for what is not seen."""
    return " ".join(UNSEEN.sub(" ", text).split())


def shortened(text: str, most: int) -> str:
    """`text`, or its beginning in at most `most` characters, of which the last is then `…`."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip(' …')}…"
