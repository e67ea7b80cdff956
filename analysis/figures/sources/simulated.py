"""Figure of a simulation: the strengths that were planted, at one turn and at several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import given, places, rows_canvas
from analysis.figures.style import BLUE, FAINT, ORANGE, house_style, label_rows, plain, write_title

if TYPE_CHECKING:
    from analysis.sources.simulated.simulate import Simulation


@drawn
def figure_simulation(simulation: Simulation, top: int = 15) -> Figure:
    """True strength of the `top` models in a conversation of one turn (blue) and of several (orange), and their votes."""
    table = simulation.table
    shown = table.head(top)
    rows = places(len(shown))
    title = f"{plain(shown['model'].iloc[0])} was made the strongest of {len(table)} models at one turn; nobody cast these votes"
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.5)
        axes.hlines(rows, shown["strength"], shown["multi_turn"], color=FAINT, linewidth=2.2)
        axes.scatter(shown["strength"], rows, s=30, c=BLUE, zorder=3)
        axes.scatter(shown["multi_turn"], rows, s=30, c=ORANGE, zorder=3)
        label_rows(axes, rows, [plain(model) for model in shown["model"]], [[f"{votes:,} votes" for votes in shown["votes"]]])
        axes.grid(axis="x")
        axes.set_xlabel("strength (Elo points)")
        rest = f"; {len(shown)} of {len(table)} models" if len(shown) < len(table) else ""
        write_title(axes, title, f"Planted strength in conversations of one turn (blue) and of several (orange){rest}")
    first = shown.iloc[0]
    words = f"It has {first['strength']:.0f} points there and {first['multi_turn']:.0f} at several turns"
    return Figure(figure, title, f"{title}. {words}.", given(table, shown))
