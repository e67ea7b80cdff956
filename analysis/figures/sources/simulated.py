"""Figure of a simulation: the strengths that were planted, at one turn and at several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import BLUE, FAINT, ORANGE, beside, canvas, house_style, plain, row_height, write_title

if TYPE_CHECKING:
    from analysis.sources.simulated.simulate import Simulation


@drawn
def figure_simulation(simulation: Simulation, top: int = 30) -> Figure:
    """True strength of the `top` models in a conversation of one turn (blue) and of several (orange), and their votes."""
    table = simulation.table
    shown = table.head(top)
    rows = -np.arange(float(len(shown)))
    title = f"{plain(shown['model'].iloc[0])} was made the strongest of {len(table)} models at one turn; nobody cast these votes"
    with house_style():
        figure, axes = canvas(1.5 + row_height() * max(len(shown), 3))
        axes.hlines(rows, shown["strength"], shown["multi_turn"], color=FAINT, linewidth=2.2)
        axes.scatter(shown["strength"], rows, s=30, c=BLUE, zorder=3)
        axes.scatter(shown["multi_turn"], rows, s=30, c=ORANGE, zorder=3)
        axes.set_yticks(rows, [plain(model) for model in shown["model"]])
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.set_xlabel("strength (Elo points)")
        axes.grid(axis="x")
        for row, votes in zip(rows, shown["votes"], strict=True):
            beside(axes, row, f"{votes:,} votes")
        rest = f"; {len(shown)} of {len(table)} models" if len(shown) < len(table) else ""
        write_title(axes, title, f"Planted strength in conversations of one turn (blue) and of several (orange){rest}")
    words = "; ".join(f"{plain(row.model)}: {row.strength:.0f} and {row.multi_turn:.0f}" for row in shown.head(6).itertuples())
    return Figure(figure, title, f"{title}. Strength at one turn and at several: {words}.")
