"""The view: what the panel shows, as plain values.

Texts of votes go out as they are: the panel writes them as text, never as HTML.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.categories.categories import supported
from analysis.explore.reading import NEVER, day_name
from analysis.results.prose import counted
from analysis.votes import engine

if TYPE_CHECKING:
    from analysis.explore.conversations import Page
    from analysis.explore.influence import Behind
    from analysis.explore.reading import Reading
    from analysis.explore.selection import Selection
    from analysis.ratings.board import Board
    from analysis.ratings.shift import Shift

View = dict[str, Any]

#: Columns of a shift that are shown.
_SHIFTED = ("rating_from", "rating_to", "rating_shift", "shift_lower", "shift_upper", "rank_from", "rank_to", "q_value")


def options(reading: Reading, meaning: bool) -> View:
    """What there is to choose from: categories with their votes, days with theirs, languages, models, and what votes lack."""
    found, _ = supported(reading.votes)
    # To count votes by what was asked before takes seconds; they are counted when they are chosen.
    quick = {name: category for name, category in found.items() if "prompt" not in category.needs}
    table = reading.votes.expression
    counts = engine.to_pandas(table.aggregate(**{name: table.count(where=each.rule(table)) for name, each in quick.items()}))
    categories = [
        {
            "name": name,
            "label": each.label,
            "meaning": each.meaning,
            "votes": int(counts[name].iloc[0]) if name in quick else None,
        }
        for name, each in found.items()
    ]
    votes_of = np.bincount(reading.language[reading.language >= 0], minlength=len(reading.languages))
    languages = [{"name": name, "votes": int(count)} for name, count in zip(reading.languages, votes_of, strict=True)]
    return {
        "categories": [each for each in categories if each["votes"] != 0],
        "days": _days(reading),
        "languages": languages if len(languages) > 1 else [],
        "models": list(reading.models),
        "votes": len(reading.day),
        "prompts": bool({"prompt", "prompts"} & reading.votes.available),
        "meaning": meaning,
        "simulated": reading.votes.simulated,
    }


def _days(reading: Reading) -> View | None:
    """The first day, and the votes of it and each that follows; None where votes have no times, or one day."""
    known = reading.day[reading.day != NEVER]
    if not len(known) or known.min() == known.max():
        return None
    counts = np.bincount(known - known.min())
    return {"first": day_name(known.min()), "votes": counts.tolist()}


def shown_shift(selection: Selection, shift: Shift) -> View:
    """The rows of both boards and what moved: a row per model that is on both, in the order of the first board."""
    first, second = shift.board_from, shift.board_to
    table = shift.table
    chosen = table[table["model"].isin(selection.models)] if selection.models else table
    rows = pd.DataFrame({"model": chosen["model"], **{name: chosen[name] for name in _SHIFTED}})
    for side, board in (("from", first), ("to", second)):
        rows = rows.join(_half_and_votes(board, side), on="model")
    rows["clear"] = rows["model"].isin(shift.clear["model"])
    return {
        "boards": [_board(board) for board in ((first,) if selection.one_board else (first, second))],
        "headline": first.lead if selection.one_board else _headline(shift),
        "sentence": first.sentence if selection.one_board else shift.sentence,
        "rows": rows.to_dict("records"),
        "left_out": [] if selection.one_board else sorted(set(first.models) ^ set(second.models)),
        "one_board": selection.one_board,
    }


def _half_and_votes(board: Board, side: str) -> pd.DataFrame:
    """By model: the half width of its interval, in points, and its votes."""
    lower, upper = board.bounds
    return pd.DataFrame({f"half_{side}": (upper - lower) / 2, f"votes_{side}": board.votes.astype(int)}, index=list(board.models))


def _board(board: Board) -> View:
    label = board.category.label
    return {"label": label, "votes": int(board.votes.sum() / 2), "models": len(board.models), "over": board.basis.words}


def _headline(shift: Shift) -> str:
    moved, whole = len(shift.clear), counted(len(shift.models), "rating")
    said = f"{moved or 'None'} of {whole} moved beyond what chance allows"
    ends = [f"{row['model']} {'gains' if row['rating_shift'] > 0 else 'loses'} most" for _, row in shift.furthest.iterrows()]
    return f"{'; '.join([said, *ends])}."


def shown_behind(found: Behind) -> View:
    """Who is behind a model's shift."""
    return asdict(found)


def shown_page(page: Page) -> View:
    """A page of conversations."""
    return {"wanted": asdict(page.wanted), "rows": page.rows, "found": page.found, "page": page.page, "pages": page.pages}


def shown_prompts(rows: Iterable[dict[str, Any]], sentence: str) -> View:
    """Prompts found by their meaning."""
    return {"rows": list(rows), "sentence": sentence}
