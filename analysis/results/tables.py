"""Tables as HTML and as plain text: the one place where the text of a table is made safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from analysis.results.downloads import csv_link, name_of
from analysis.results.prose import probability, shortened, unbroken
from analysis.results.unseen import visible

if TYPE_CHECKING:
    from jinja2 import Template

MISSING = "–"

#: Characters of a text cell that are shown; the rest is in the cell's title.
LONGEST, LONGEST_TITLE = 400, 1_000

#: Columns of words up to this wide are kept on one line, unless they are lists, which break at their commas.
LONGEST_SHORT = 36

#: A column whose cells have more characters than so many on average gets the most room.
LONG = 100

#: Characters of a text cell on a terminal.
LONGEST_LINE = 60

#: Rows of a table that a page shows before it is unfolded, and up to how many rows it shows all.
FIRST, ALL = 10, 12

#: Columns beyond which a table is set smaller and closer.
NARROW = 8

#: What is marked `hidden` is for pages, whose style shows it: JupyterLab has neither the style nor the script.
_TEMPLATE = """\
<div class="table-box"{% if anchor %} id="{{ anchor }}"{% endif %} data-rows="{{ things }}">
<div class="table-scroll" role="region" tabindex="0" aria-label="{{ caption or 'Table' }}">
<table class="figures{% if columns | length > narrow %} dense{% endif %}">
{%- if caption %}
<caption><span>{{ caption }}{% if note %} <span class="note">{{ note }}</span>{% endif %}
{%- if anchor %} <a class="permalink" href="#{{ anchor }}" aria-label="Link to this table" hidden>#</a>{% endif -%}
</span></caption>
{%- endif %}
<thead><tr>
{%- for column in columns %}<th scope="col" class="{{ column.side }}">{{ column.heading }}</th>{% endfor -%}
</tr></thead>
<tbody>
{%- for span, row in rows %}
<tr{% if loop.index > fold %} class="rest"{% endif %}>{% for column, cell in row %}
{%- set head = span and loop.first %}
{%- if not head %}<td{% elif span > 1 %}<th scope="rowgroup" rowspan="{{ span }}"{% else %}<th scope="row"{% endif %}
{%- if cell.title %} title="{{ cell.title }}"{% endif %} class="{{ column.side }}">{{ cell.text }}
{%- if head %}</th>{% else %}</td>{% endif %}
{%- endfor %}</tr>
{%- endfor %}
</tbody>
</table>
</div>
<div class="table-tools" hidden>
{%- if fold < rows | length %}
{%- set all = "{:,} {}".format(rows | length, things) %}
<label class="fold"><input type="checkbox" autocomplete="off"> All {{ all }}</label>
<span class="folded">The first {{ fold }} of {{ all }}.</span>
{%- endif %}
{{ download }}</div>
</div>
"""

#: Headings that a column's name does not give away.
_HEADINGS = {
    "parameters_b": "Parameters (10⁹)",
    "p_value": "p-value",
    "q_value": "q-value",
    "multi_turn": "Multi-turn",
    "open_weights": "Open weights",
    "lower|upper": "Interval",
    "rank_lower|rank_upper": "Rank interval",
    "shift_lower|shift_upper": "Shift interval",
    "null_lower|null_upper": "Chance band",
    "placebo_lower|placebo_upper": "Placebo band",
    "gain_lower|gain_upper": "Gain interval",
    "steady_lower|steady_upper": "Steady interval",
}


#: What the rows of a table are, by the heading of the first column; where it does not say, they are rows.
_THINGS = {
    "Category": "categories",
    "Column": "columns",
    "Group": "groups",
    "Judge": "judges",
    "Language": "languages",
    "Model": "models",
    "Month": "months",
    "Topic": "topics",
}


@dataclass(frozen=True)
class Format:
    """How the values of a column are written, and its heading, where the column's name gives away neither."""

    write: Callable[[Any], str]
    heading: str = ""


#: Formats of columns, by their names, and the heading of an interval by both, `lower|upper`; what is not in it is written by its
#: type and name.
Formats: TypeAlias = Mapping[str, Format]

_BY_NAME: Formats = {}


@dataclass(frozen=True)
class Cell:
    """The text of a cell, and the whole of it where the text is shortened."""

    text: str
    title: str = ""


@dataclass(frozen=True)
class Column:
    """A column as shown: its heading, its class (`number`, `words`, `words short` for what fits a line, `whole` too for days, or
    `words long` for sentences) and its cells."""

    heading: str
    side: str
    cells: tuple[Cell, ...]


def html(frame: pd.DataFrame, caption: str = "", limit: int | None = None, formats: Formats = _BY_NAME) -> str:
    """`frame` as an accessible HTML table in a box that scrolls; every text in it is escaped.

    The first column heads its rows; rows that follow each other under the same heading have it once. Pairs of columns
    `lower` and `upper` (also `rank_…`, `shift_…`) become one interval. Below it `frame` can be had as CSV, values in full.
    `limit` keeps the first rows and says so; `formats` go before what names say. The table carries classes only; the page
    styles them, and folds what is more than the first rows.
    """
    shown = frame if limit is None else frame.head(limit)
    columns = columns_of(shown, formats)
    note = f"The first {len(shown):,} of {len(frame):,} rows." if len(shown) < len(frame) else ""
    cells = [list(zip(columns, row, strict=True)) for row in zip(*(column.cells for column in columns), strict=True)]
    spans = _spans([cell.text for cell in columns[0].cells] if columns else [])
    rows = [(span, row if span else row[1:]) for span, row in zip(spans, cells, strict=True)]
    name = name_of(visible(caption))
    return _template().render(
        caption=unbroken(visible(caption)) or note,
        note=note if caption else "",
        anchor=f"table-{name}" if name else "",
        columns=columns,
        rows=rows,
        fold=_fold(spans),
        narrow=NARROW,
        things=_things(columns),
        download=csv_link(frame, name or "table"),
    )


def columns_of(frame: pd.DataFrame, formats: Formats = _BY_NAME) -> list[Column]:
    """The columns of `frame` as HTML shows them, an interval for each pair of bounds; their texts are not escaped yet."""
    return [_unbroken(column) for column in _columns(frame, formats)]


def _fold(spans: Sequence[int]) -> int:
    """How many rows stand above the fold: the first ten, and the rest of their last group where it is not long."""
    if len(spans) <= ALL:
        return len(spans)
    ends = (row for row in range(FIRST, min(2 * FIRST, len(spans)) + 1) if row == len(spans) or spans[row])
    return next(ends, FIRST)


def _things(columns: Sequence[Column]) -> str:
    """What the rows are, where the first column names each once; two models in a row are a pair."""
    if [column.heading for column in columns[:2]] == ["Model", "Other"]:
        return "pairs"
    if not columns or len({cell.text for cell in columns[0].cells}) < len(columns[0].cells):
        return "rows"
    return _THINGS.get(columns[0].heading, "rows")


def _unbroken(column: Column) -> Column:
    """`column` for a page, whose lines break where they may: not before a per cent sign, nor after the p of p-value."""
    heading = re.sub(r"^(\w)-", "\\1\u2011", column.heading)
    return replace(column, heading=heading, cells=tuple(replace(cell, text=unbroken(cell.text)) for cell in column.cells))


def _spans(headings: Sequence[str]) -> list[int]:
    """For each row how many rows its heading stands for, itself the first; 0 where an earlier row's heading stands."""
    runs = [len(list(run)) for _, run in groupby(headings)]
    return [span for run in runs for span in (run, *[0] * (run - 1))]


def text(frame: pd.DataFrame, limit: int | None = None, formats: Formats = _BY_NAME) -> str:
    """`frame` as aligned plain text for a terminal, cells formatted as in `html`."""
    columns = [_narrow(column) for column in _columns(frame if limit is None else frame.head(limit), formats)]
    widths = [max([_width(column.heading), *(_width(cell.text) for cell in column.cells)]) for column in columns]
    lines = [_line(columns, [column.heading for column in columns], widths), "  ".join("-" * width for width in widths)]
    for row in zip(*(column.cells for column in columns), strict=True):
        lines.append(_line(columns, [cell.text for cell in row], widths))
    if limit is not None and len(frame) > limit:
        lines.append(f"… {len(frame) - limit:,} more rows")
    return "\n".join(lines)


@cache
def _template() -> Template:
    from jinja2 import Environment

    return Environment(autoescape=True, trim_blocks=False).from_string(_TEMPLATE)


def _columns(frame: pd.DataFrame, formats: Formats) -> list[Column]:
    """The columns as shown, an interval for each pair of bounds; a named index comes first."""
    frame = frame.reset_index() if frame.index.name or frame.index.nlevels > 1 else frame
    names = [str(name) for name in frame.columns]
    columns = []
    for position, name in enumerate(names):
        upper = name.removesuffix("lower") + "upper"
        if name.endswith("lower") and upper in names:
            columns.append(_interval(name, upper, frame, formats))
        elif not (name.endswith("upper") and name.removesuffix("upper") + "lower" in names):
            columns.append(_column(name, frame.iloc[:, position], frame, formats))
    return columns


def _column(name: str, values: pd.Series, frame: pd.DataFrame, formats: Formats) -> Column:
    show = _formatter(name, values, frame, formats)
    heading = (formats[name].heading if name in formats else "") or _heading(name)
    cells = tuple(Cell(MISSING) if _missing(value) else show(value) for value in values)
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return Column(heading, "number", cells)
    short = max((_width(cell.text) for cell in cells), default=0) <= LONGEST_SHORT and not any(
        ", " in cell.text for cell in cells
    )
    long = bool(cells) and sum(len(cell.text) for cell in cells) > LONG * len(cells)
    whole = pd.api.types.is_datetime64_any_dtype(values)
    return Column(heading, "words short whole" if whole else "words short" if short else "words long" if long else "words", cells)


def _interval(lower: str, upper: str, frame: pd.DataFrame, formats: Formats) -> Column:
    low, high = frame[lower], frame[upper]
    show_low, show_high = _formatter(lower, low, frame, formats), _formatter(upper, high, frame, formats)
    cells = tuple(
        Cell(MISSING) if _missing(one) or _missing(other) else Cell(f"{show_low(one).text} to {show_high(other).text}")
        for one, other in zip(low, high, strict=True)
    )
    both = f"{lower}|{upper}"
    return Column(formats[both].heading if both in formats else _heading(both), "number", cells)


def _heading(name: str) -> str:
    plain = name.split("|")[0].replace("_", " ").strip()
    return _HEADINGS.get(name) or visible(plain[:1].upper() + plain[1:])


def _missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _formatter(name: str, values: pd.Series, frame: pd.DataFrame, formats: Formats) -> Callable[[Any], Cell]:
    """How to write the values of one column: as it is told, or by its type and, for numbers, by what its name says they are."""
    if name in formats:
        write = formats[name].write
        return lambda value: _words(write(value))
    kind = values.dtype
    if pd.api.types.is_bool_dtype(kind):
        return lambda value: Cell("yes" if value else "no")
    if pd.api.types.is_datetime64_any_dtype(kind):
        days = bool((values.dropna().dt.normalize() == values.dropna()).all())
        return lambda value: Cell(f"{value:%Y-%m-%d}" if days else f"{value:%Y-%m-%d %H:%M}")
    if pd.api.types.is_numeric_dtype(kind):
        pattern = _pattern(name, values, frame)
        return lambda value: Cell(pattern(value).replace("-", "−"))
    return _words


def _words(value: Any) -> Cell:
    """Any other value as text; what is too long is cut, with more of it in the title."""
    if isinstance(value, bool | np.bool_):
        return Cell("yes" if value else "no")
    if isinstance(value, list | tuple | np.ndarray):
        value = ", ".join(str(part) for part in value)
    whole = visible(str(value)[: LONGEST_TITLE * 2])
    return Cell(shortened(whole, LONGEST), shortened(whole, LONGEST_TITLE) if len(whole) > LONGEST else "")


def _pattern(name: str, values: pd.Series, frame: pd.DataFrame) -> Callable[[Any], str]:
    """The number format: shares in per cent, shifts signed, ratings with one decimal, probabilities never as zero, and zero
    without a sign (`z`). A minus is still a hyphen."""
    bounds = name in ("lower", "upper")
    whole = pd.api.types.is_integer_dtype(values.dtype)
    of = name.removesuffix("lower").removesuffix("upper")
    if name == "share" or name.endswith("_share") or (of != name and f"{of}share" in frame):
        digits = _share_digits(frame)
        return lambda value: f"{100 * value:.{digits}f} %"
    if name in ("p_value", "q_value"):
        return probability
    if "shift" in name.split("_"):
        digits = 0 if whole else 1
        return lambda value: f"{value:{'+' if round(value, digits) else 'z'},.{digits}f}"
    if whole:
        return (lambda value: str(value)) if name == "year" else lambda value: f"{value:,d}"
    if name.startswith("rating") or (bounds and "rating" in frame):
        return lambda value: f"{value:z.1f}"
    return (lambda value: f"{value:,g}") if name == "parameters_b" else _plain_number(values)


def _share_digits(frame: pd.DataFrame) -> int:
    """Two decimals where a thousand votes or more stand behind a share, else one: more would be noise."""
    counted = [frame[name].max() for name in ("votes", "rows") if name in frame and len(frame)]
    return 2 if counted and counted[0] >= 1_000 else 1


def _plain_number(values: pd.Series) -> Callable[[Any], str]:
    finite = values[np.isfinite(values.to_numpy(dtype=float, na_value=np.nan))].astype(float)
    if finite.empty or bool((finite == finite.round()).all()):
        return lambda value: f"{value:z,.0f}"
    largest = float(finite.abs().max())
    digits = 1 if largest >= 100 else 2 if largest >= 1 else 3
    return lambda value: f"{value:z,.{digits}f}"


def _width(words: str) -> int:
    """Columns a terminal needs for `words`: wide scripts take two, combining marks none."""
    return sum(0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF") for letter in words)


def _narrow(column: Column) -> Column:
    return Column(column.heading, column.side, tuple(Cell(shortened(cell.text, LONGEST_LINE)) for cell in column.cells))


def _line(columns: Sequence[Column], words: Sequence[str], widths: Sequence[int]) -> str:
    parts = []
    for column, word, width in zip(columns, words, widths, strict=True):
        space = " " * (width - _width(word))
        parts.append(space + word if column.side == "number" else word + space)
    return "  ".join(parts).rstrip()
