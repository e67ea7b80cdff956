"""Contents: what is in the votes, what was dropped on the way, and what the release lacks."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.categories.categories import CATEGORIES, supported
from analysis.errors import InputError
from analysis.results.listing import Listing
from analysis.results.prose import Prose, counted, joined, percent, probability, spoken
from analysis.results.result import Result
from analysis.results.tables import Format
from analysis.shares.groups import columns_for, group_words, grouped, plural, sort_key
from analysis.shares.wilson import wilson_interval
from analysis.sources.load import load_votes
from analysis.votes import engine
from analysis.votes.ledger import NOTABLE, Loss
from analysis.votes.schema import COLUMNS
from analysis.votes.table import Votes

#: What each column of the vote table means.
_MEANINGS = {column.name: column.meaning.replace("`", "") for column in COLUMNS}

#: How names of columns, and their meanings, are written for readers of a page; the table itself has them as they are.
_IN_WORDS = {"column": Format(spoken), "meaning": Format(lambda meaning: meaning.replace("_", " "))}

#: Groups with equally many votes that are named before the rest is counted.
NAMED = 3

#: The p-value from which down a difference between left and right is more than chance: one question, asked once.
CHANCE = 0.05


@dataclass(frozen=True, eq=False)
class Counts(Result):
    """Votes per group.

    Attributes:
        frame: group, votes, in reading order (time forward, else most votes first).
        by: what the groups are. By model each vote counts for both its models, by tag for each of its tags.
        whole: all votes.
    """

    frame: pd.DataFrame
    by: str
    whole: int

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Votes by {self.by}"

    @property
    def table(self) -> pd.DataFrame:
        """group, votes, share of all votes."""
        return self.frame.assign(share=self.frame["votes"] / self.whole)

    @property
    def largest(self) -> pd.DataFrame:
        """The rows of `table` that have most votes: more than one where several have equally many."""
        return self.table[self.table["votes"] == self.table["votes"].max()]

    @property
    def sentence(self) -> Prose:
        """How many groups, and the largest."""
        largest, groups = self.largest, len(self.table)
        names, top = [group_words(self.by, group) for group in largest["group"]], largest.iloc[0]
        if groups == 1:
            return Prose(f"{counted(self.whole, 'vote')}, and one {spoken(self.by)}: {names[0]}.")
        part = f"({percent(top['share'])} of all)"
        votes = counted(top["votes"], "vote")
        if len(names) == 1:
            most = f"{names[0]} has most votes, {top['votes']:,} {part}"
        elif len(names) == groups:
            most = f"{joined(names)} have {votes} each {part}" if groups <= NAMED else f"each has {votes} {part}"
        else:
            most = f"{len(names)} have most votes, {top['votes']:,} each {part}: {joined(names, NAMED)}"
        several = {"model": "; each vote counts for both its models", "tag": "; each vote counts for all its tags"}
        return Prose(f"{groups} {plural(self.by)}; {most}{several.get(self.by, '')}.")


def counts(votes: Votes | str | Path, by: str) -> Counts:
    """Votes per month, model, tag, or any other column that is not a list.

    Raises:
        UsageError: nothing groups by that name.
        InputError: the votes lack the column.
    """
    votes = load_votes(votes)
    needed = columns_for(by)
    votes.need(f"counting votes by {spoken(by)}", *needed)
    table = grouped(votes.expression.select(*needed), by)
    frame = engine.to_pandas(table.group_by("group").aggregate(votes=table.count()))
    columns, ascending = sort_key(by)
    frame = frame.sort_values(columns, ascending=ascending, ignore_index=True)[["group", "votes"]]
    return Counts(frame, by, len(votes), origin=votes.origin)


def overview(votes: Votes) -> Listing:
    """item, value (texts): what the votes are: how many, on how many models, by whom, when (UTC)."""
    table = votes.expression
    models = table.select(model="model_a").union(table.select(model="model_b"))
    number = int(engine.to_pandas(models.aggregate(models=models["model"].nunique())).iloc[0, 0])
    distinct = {name: table[name].nunique() for name in ("judge", "session", "language")}
    row = engine.to_pandas(table.aggregate(first=table["time"].min(), last=table["time"].max(), **distinct)).iloc[0]
    rows = [("releases", votes.release_words), ("votes", f"{len(votes):,}"), ("models", f"{number:,}")]
    rows += [(f"{name}s", f"{row[name]:,}") for name in distinct if name in votes.available]
    period = ""
    if "time" in votes.available:
        rows += [("first vote", f"{row['first']:%Y-%m-%d %H:%M} UTC"), ("last vote", f"{row['last']:%Y-%m-%d %H:%M} UTC")]
        period = f", cast from {row['first']:%Y-%m-%d} to {row['last']:%Y-%m-%d}"
    are = "is" if len(votes) == 1 else "are"
    words = f"There {are} {counted(len(votes), 'vote')} between {number:,} models{period}. Release: {votes.release_words}."
    if votes.simulated:
        words += " These votes are simulated: nobody cast them, and no number here says anything about a real model."
    return Listing(pd.DataFrame(rows, columns=["item", "value"]), "The votes", words)


def one_vote(votes: Votes) -> Listing:
    """column, value, meaning: the first of the votes on a conversation of two turns (else of all), as far as it has values.

    Raises:
        InputError: there are no votes.
    """
    table = votes.expression
    order = [(table["turns"] == 2).fill_null(False).desc()] if "turns" in votes.available else []
    rows = engine.to_pandas(table.order_by([*order, table["vote_id"]]).limit(1))
    if rows.empty:
        raise InputError(f"{votes.name} holds no votes, so none can be shown.")
    row = rows.iloc[0]
    given = [name for name in rows.columns if name in votes.available and not _nothing(row[name])]
    frame = pd.DataFrame(
        {"column": given, "value": [row[name] for name in given], "meaning": [_MEANINGS.get(name, "") for name in given]}
    )
    frame = frame.assign(
        value=[spoken(value) if name == "outcome" else _shown(value) for name, value in frame[["column", "value"]].to_numpy()]
    )
    words = f"One of the {len(votes):,} votes, with the {counted(len(frame), 'column')} in which it has a value."
    return Listing(frame, "One vote", words, _IN_WORDS)


def _nothing(value: object) -> bool:
    return not isinstance(value, list | np.ndarray) and bool(pd.isna(value))


def _shown(value: object) -> str:
    """A value as text; of a list its members, one after another."""
    return ", ".join(map(str, value)) if isinstance(value, list | np.ndarray) else str(value)


def sides(votes: Votes) -> Listing:
    """side, votes, share, lower, upper (Wilson's, of the votes that chose a side): how often the left and the right answer won.

    Raises:
        InputError: no vote chose a side.
    """
    outcome = votes.expression["outcome"]
    won = {side: (outcome == side).sum() for side in ("model_a", "model_b")}
    row = engine.to_pandas(votes.expression.aggregate(**won)).iloc[0].astype(int)
    decided = int(row.sum())
    if not decided:
        raise InputError(f"no vote of {votes.name} chose a side, so left and right cannot be compared.")
    frame = pd.DataFrame({"side": ["left", "right"], "votes": row.to_numpy()})
    lower, upper = wilson_interval(frame["votes"], np.full(2, decided))
    frame = frame.assign(share=frame["votes"] / decided, lower=lower, upper=upper)
    from scipy.stats import binomtest  # late: it takes 0.3 s

    p_value = binomtest(int(row["model_a"]), decided).pvalue
    differs = "more often than chance allows" if p_value <= CHANCE else "no more often than chance allows"
    favoured = "left" if frame["votes"].idxmax() == 0 else "right"
    words = (
        f"Of {counted(decided, 'vote')} that chose a side, {percent(frame['share'].max())} chose the {favoured} one: {differs} "
        f"(p {'' if p_value < 0.001 else '= '}{probability(p_value)}, exact binomial test over votes)."
    )
    return Listing(frame, "Left against right", words)


def cleaning(votes: Votes) -> Listing:
    """step, rows, share (of the rows in): the cleaning ledger, with the reason for each row that is not a vote."""
    ledger = votes.ledger
    words = [str(ledger.sentence), *ledger.notes]
    if ledger.derived:
        words.append(f"Counted from the text, because the release does not give them: {', '.join(map(spoken, ledger.derived))}.")
    return Listing(ledger.table, "Cleaning ledger", " ".join(words))


def losses(votes: Votes) -> Listing:
    """reason, rows, share, example (see `Loss`): the reasons for which every number is shown with a warning."""
    found = votes.ledger.losses
    frame = pd.DataFrame([asdict(loss) for loss in found], columns=[field.name for field in fields(Loss)])
    words = str(votes.warning) or f"No reason took more than {percent(NOTABLE, 0)} of the rows."
    return Listing(frame, f"Reasons that took more than {percent(NOTABLE, 0)} of the rows", words)


def empty_cells(votes: Votes) -> Listing:
    """column, value (as written), cells: the cells of votes that could not be read and were left empty."""
    words = str(votes.ledger.empty_cells_sentence) or "Every cell of the votes that has something in it could be read."
    return Listing(votes.ledger.empty_cells, "Cells that could not be read", words)


def coverage(votes: Votes) -> Listing:
    """column, meaning, votes, share: the columns that lack a value in some vote; and which categories cannot be made."""
    table = votes.expression
    present = [column for column in COLUMNS if column.name in table.columns]
    row = engine.to_pandas(table.aggregate(**{column.name: table[column.name].count() for column in present})).iloc[0]
    frame = pd.DataFrame(
        {
            "column": [column.name for column in present],
            "meaning": [_MEANINGS[column.name] for column in present],
            "votes": [int(row[column.name]) for column in present],
        }
    )
    frame = frame.assign(share=frame["votes"] / max(len(votes), 1))
    lacking = frame.loc[frame["votes"] == 0, "column"].tolist()
    _, why = supported(votes)
    whole = int((frame["votes"] == len(votes)).sum())
    words = f"{whole} of {len(frame)} columns have a value in every vote, {len(frame) - whole - len(lacking)} in some."
    if lacking:
        words += f" These votes have no {joined(map(spoken, lacking), last=' or ')}."
    if why:
        words += f" So these categories cannot be made: {joined(CATEGORIES[name].label for name in why)}."
    partial = frame[frame["votes"] < len(votes)].reset_index(drop=True)
    return Listing(partial, "Columns that lack a value in some vote", words, _IN_WORDS)
