"""Models that are new, gone or renamed: facts, which have no noise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from analysis.changes.overlap import EARLIER, LATER
from analysis.changes.tiers import Family, fact, family
from analysis.results.listing import Listing
from analysis.results.prose import counted, joined, one_line

if TYPE_CHECKING:
    from analysis.changes.boards import BoardPair
    from analysis.changes.change import Change
    from analysis.changes.overlap import Overlap
    from analysis.ratings.board import Board

#: Models that are new, or gone, and told of one by one, the best first; of another release dozens are.
_ALONE = 8

#: Models that a sentence names before it counts the others.
_NAMED = 4


def model_changes(joint: Overlap, pair: BoardPair | None) -> Family:
    """Models that are new, the best first; those that are gone; and those that have another name for the same votes."""
    new, gone = new_and_gone(joint)
    was, now = joint.models(EARLIER), joint.models(LATER)
    boards = (None, None) if pair is None else (pair.earlier, pair.later)
    facts = [*_facts("new", new, boards[1]), *_facts("gone", gone, boards[0]), *_renamed(joint)]
    rows = [(model, "new", int(now[model])) for model in new.index] + [(model, "gone", int(was[model])) for model in gone.index]
    rows += [(f"{one} → {other}", "renamed", int(now[other])) for one, other in joint.renamed.items()]
    table = pd.DataFrame(rows, columns=["model", "event", "votes"])
    return family([], Listing(table, "Models that are new, gone or renamed", _said(new, gone, joint)), facts)


def new_and_gone(joint: Overlap) -> tuple[pd.Series, pd.Series]:
    """Votes of the models that only the later table has, and of those that only the earlier one has, by name."""
    was, now = joint.models(EARLIER), joint.models(LATER)
    return now[~now.index.isin(was.index)], was[~was.index.isin(now.index)]


def _facts(event: str, votes: pd.Series, board: Board | None) -> Iterator[Change]:
    table = None if board is None else board.table.set_index("model")
    ordered = list(votes.index)
    if table is not None:
        ordered.sort(key=lambda model: -table["rating"].get(model, float("-inf")))
    for model in ordered[:_ALONE]:
        here = counted(int(votes[model]), "vote")
        if table is None or model not in table.index:
            yield fact("model", model, f"{model} is {event}, {'with' if event == 'new' else 'and had'} {here} and no rating.")
            continue
        row = table.loc[model]
        points = f"{row['rating']:.0f} ± {(row['upper'] - row['lower']) / 2:.0f} points from {here}"
        told = f"is new: rank {row['rank']}" if event == "new" else f"is gone; it had rank {row['rank']}"
        at = {"later" if event == "new" else "earlier": float(row["rating"])}
        yield fact("model", model, f"{model} {told}, {points}.", **at)
    if len(ordered) > _ALONE:
        few = counted(len(ordered) - _ALONE, "more model is", "more models are")
        yield fact("model", f"more that are {event}", f"{few} {event}: {joined(ordered[_ALONE:], _NAMED)}.")


def _renamed(joint: Overlap) -> Iterator[Change]:
    for one, other in joint.renamed.items():
        yield fact("model", other, f"{one} is now called {other}: the same votes name it.")


def _said(new: pd.Series, gone: pd.Series, joint: Overlap) -> str:
    parts = [
        f"{counted(len(votes), 'model')} {'is' if len(votes) == 1 else 'are'} {event}: {joined(votes.index, _NAMED)}."
        for event, votes in (("new", new), ("gone", gone))
        if len(votes)
    ]
    if joint.renamed:
        names = joined((f"{one} ({other} now)" for one, other in joint.renamed.items()), _NAMED)
        parts.append(f"{counted(len(joint.renamed), 'model has', 'models have')} another name: {names}.")
    return one_line(" ".join(parts)) or "The models are the same."
