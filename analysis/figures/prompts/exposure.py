"""Figure of exposure: the share of votes whose prompt a released set holds, of all votes and by model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.prompts.repeats import dots
from analysis.figures.shares.rows import given
from analysis.figures.style import plain
from analysis.results.prose import percent

if TYPE_CHECKING:
    from analysis.prompts.exposure import Exposure


@drawn
def figure_exposure(exposure: Exposure, top: int = 12) -> Figure:
    """The share of votes whose first prompt is in the set: of all votes, of the `top` models with most votes, and of the two
    furthest apart."""
    table = exposure.table
    table = table[(np.arange(len(table)) <= top) | table.index.isin(exposure.ends)]
    row = exposure.table.iloc[0]
    title = f"{percent(row['share'], 2)} of the votes have a first prompt that {exposure.whose(plain(exposure.source))}"
    shown = f"; {len(table) - 1} of {len(exposure.table) - 1} models" if len(table) < len(exposure.table) else ""
    subtitle = f"Share of all votes, and of each model's; dots with {percent(exposure.level, 0)} intervals{shown}"
    return replace(dots(table, "exposed", title, subtitle), data=given(exposure.table, table))
