"""Tables where somebody looks: of a large one the first rows, in the colours and on the ground that are there.

A page of a report has a style, a script and a fold; JupyterLab, or another editor, has none of these. So a table brings its own
style there, which sets how cells are aligned and no colour but the theme's, and is cut before it is heavy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from analysis.results import tables
from analysis.results.prose import counted, joined, shortened, unbroken
from analysis.results.unseen import visible
from analysis.surroundings import in_report

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Template

#: Rows and columns that are shown at most, characters of a cell, of one that stands on a line, and bytes of the whole.
ROWS, COLUMNS, LONGEST, LINE, BYTES = 20, 40, 120, 60, 40_000

#: Classes count twice: JupyterLab's own rules for tables are more special than one.
_STYLE = """\
.preview.preview table{border-collapse:collapse;table-layout:auto;margin:0 0 .4em;color:inherit;\
font-variant-numeric:tabular-nums}
.preview.preview caption{caption-side:top;text-align:left;font-weight:600;color:inherit;padding:.2em .5em}
.preview.preview :is(th,td){text-align:left;vertical-align:top;padding:.2em .7em;color:inherit}
.preview.preview :is(th,td).number{text-align:right;white-space:nowrap}
.preview.preview :is(th,td).short{white-space:nowrap}
.preview.preview td{font-weight:normal}
.preview.preview tbody th{font-weight:normal}
.preview.preview thead th{border-bottom:1px solid var(--jp-border-color1,currentColor)}
.preview.preview p{margin:0 0 .6em;font-size:.9em;color:var(--jp-ui-font-color2,inherit)}"""

_TEMPLATE = """\
<div class="preview"><style>{{ style }}</style>
<div style="overflow-x:auto"><table>
{%- if caption %}<caption>{{ caption }}</caption>{% endif -%}
<thead><tr>{% for column in columns %}<th scope="col" class="{{ column.side }}">{{ column.heading }}</th>{% endfor %}</tr></thead>
<tbody>
{%- for row in rows %}
<tr>{% for column, text in row %}{% if loop.first %}<th scope="row" class="{{ column.side }}">{{ text }}</th>
{%- else %}<td class="{{ column.side }}">{{ text }}</td>{% endif %}{% endfor %}</tr>
{%- endfor %}
</tbody></table></div>
{%- if more %}
<p>{{ more }}</p>
{%- endif %}
</div>
"""


def display(frame: pd.DataFrame, caption: str = "", formats: tables.Formats | None = None, more: str = "") -> str:
    """`frame` as HTML: whole on the page of a report, and its first rows where somebody looks.

    Args:
        more: how to see the rest, where there is one; `.table has all`, where it is not told.
    """
    if in_report():
        return tables.html(frame, caption=caption, formats=formats or {})
    return preview(frame, caption, formats or {}, more or ".table has all")


def preview(frame: pd.DataFrame, caption: str, formats: tables.Formats, more: str) -> str:
    """The first rows and columns of `frame`, ROWS and COLUMNS at most and fewer where they are heavy, and how to see more."""
    rows = ROWS
    while True:
        made = _made(frame, min(rows, len(frame)), caption, formats, more)
        if rows == 1 or len(made.encode()) <= BYTES:
            return made
        rows //= 2


def _made(frame: pd.DataFrame, rows: int, caption: str, formats: tables.Formats, more: str) -> str:
    written = tables.columns_of(frame.head(rows), formats)
    columns = written[:COLUMNS]
    left = [f"the first {rows:,} of {counted(len(frame), 'row')}"] if rows < len(frame) else []
    left += [f"{len(columns)} of {len(written):,} columns"] if len(columns) < len(written) else []
    return _rendered(columns, caption, f"{_capital(joined(left))}; {more}." if left else "", LONGEST)


def preview_lines(frame: pd.DataFrame, caption: str, more: str) -> str:
    """All of `frame`, a line per row, however long its texts are, and what is said below it."""
    columns = [replace(column, side=f"{column.side} short") for column in tables.columns_of(frame)[:COLUMNS]]
    return _rendered(columns, caption, more, LINE)


def _rendered(columns: Sequence[tables.Column], caption: str, below: str, longest: int) -> str:
    cells = zip(*([shortened(cell.text, longest) for cell in column.cells] for column in columns), strict=True)
    rows = [list(zip(columns, row, strict=True)) for row in cells]
    return _template().render(style=_STYLE, caption=unbroken(visible(caption)), columns=columns, rows=rows, more=below)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def first_parts(parts: Sequence[str]) -> str:
    """The tables of a result one under another, as many as are light together; all of them on the page of a report."""
    if in_report():
        return "".join(parts)
    kept = next((number for number in range(len(parts), 1, -1) if sum(map(len, islice(parts, number))) <= BYTES), 1)
    return "".join(parts[:kept])


@cache
def _template() -> Template:
    from jinja2 import Environment

    return Environment(autoescape=True, trim_blocks=False).from_string(_TEMPLATE)
