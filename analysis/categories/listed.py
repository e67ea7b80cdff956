"""Which categories there are, what each needs, and how many votes it has."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.categories.categories import CATEGORIES, FAMILIES, find_category, supported
from analysis.results.listing import Listing
from analysis.results.prose import counted, joined
from analysis.sources.load import load_votes
from analysis.votes import engine
from analysis.votes.schema import held
from analysis.votes.table import Votes

#: What the categories of each family with an argument select, and the columns that they need.
_FAMILIES = {
    "where": ("votes by a rule of one's own over the columns", "the columns that it names"),
    "random": ("a share of the votes at random", ""),
    "release": ("votes of one release", ""),
    "since": ("votes cast on a day or later", "times"),
    "until": ("votes cast before a day", "times"),
    "month": ("votes cast in a month (UTC)", "times"),
    "tag": ("votes with a tag of the release", "tags"),
    "exposed": ("votes whose first prompt is in a set of released prompts", "prompts"),
    "unexposed": ("votes whose first prompt is in no such set", "prompts"),
    "topic": ("votes of a topic that was found before", "prompts"),
}


def categories(votes: Votes | str | Path | None = None) -> Listing:
    """The categories that boards, shifts and shares take by name, and with `votes` how many of these each has.

    The table has category (as it is named in a call), label, meaning, needs (what votes must have for it) and, with votes, votes
    and share; where the votes lack what a category needs, these are missing. Below them stand the families with an argument, each
    with an example.
    """
    rows = [(name, category.label, category.meaning, held(category.needs)) for name, category in CATEGORIES.items()]
    for family, (meaning, needs) in _FAMILIES.items():
        rows.append((FAMILIES[family][1].partition(" with ")[0], f"{family}:…", meaning, needs))
    frame = pd.DataFrame(rows, columns=["category", "label", "meaning", "needs"])
    examples = joined((FAMILIES[family][1] for family in ("since", "where")), last=" or ")
    words = f"{counted(len(CATEGORIES), 'category', 'categories')}, and {len(_FAMILIES)} families of them such as {examples}"
    if votes is None:
        return Listing(frame, "Categories", f"{words}.")
    votes = load_votes(votes)
    counts, why = _counts(votes)
    frame["votes"] = frame["category"].map(counts).astype("Int64")
    frame["share"] = (frame["votes"] / max(len(votes), 1)).astype("Float64")
    lacking = f"; these votes cannot tell {joined(CATEGORIES[name].label for name in why)}" if why else ""
    return Listing(frame, "Categories", f"{words}{lacking}.", origin=votes.origin)


def _counts(votes: Votes) -> tuple[dict[str, int], dict[str, str]]:
    """Votes of each category that these votes can tell, by its name, from one scan; and why of the others they cannot."""
    found, why = supported(votes)
    table = votes.expression
    sums = {name: table.count(where=find_category(name).rule(table)) for name in found}
    counts = engine.to_pandas(table.aggregate(**sums)).iloc[0]
    return {name: int(counts[name]) for name in found}, why
