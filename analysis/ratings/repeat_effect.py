"""Repeat effect: what becomes of the board without repeated prompts, or where each prompt counts once.

What is done with repeats reweighs whole prompts, and a prompt has its taste: on it some models do better than elsewhere. So
votes on one prompt hang together here, beside those of one judge: over judges alone one common prompt that suits a model would
pass for an effect of repeats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from analysis.categories.categories import find_category
from analysis.errors import InputError, UsageError
from analysis.matching.likeness import EXACT
from analysis.prompts.asked import Asked, read_asked
from analysis.prompts.frequency import frequency_weights
from analysis.ratings.ballots import BOTH, Ballots, read_ballots
from analysis.ratings.basis import FEWEST, choose_basis, clusters_of, over
from analysis.ratings.board import Board, Poll
from analysis.ratings.settings import Options, Settings, by_keyword, settled
from analysis.ratings.shift import Shift, compare
from analysis.results.previews import display, first_parts
from analysis.results.prose import Prose, counted, in_points, joined, percent, signed
from analysis.results.result import Result
from analysis.shares.discovery import RATE, q_values
from analysis.sources.load import load_votes
from analysis.votes.category import Category
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: What may be done with repeats: their label, and what it means.
TREATMENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "without": ("Without repeats", "votes whose prompt nobody asked before"),
        "once": ("Each prompt once", "the votes on a prompt, or on prompts alike, count as one together"),
        "sampled": ("Frequent prompts sampled down", "the arena's rule: votes on the most frequent prompts count in part"),
    }
)


@dataclass(frozen=True, eq=False)
class RepeatEffect(Result):
    """The board of all votes, and how it shifts by what is done with repeats.

    Attributes:
        shifts: from the board of all votes, by the names of TREATMENTS.
        worth: how many votes each treatment leaves, by the same names; `all` for all votes.
        reweighed: how many prompts (or prompts alike) it reweighs, by the same names.
        without: why a treatment has no board, by its name.
        notes: which votes could repeat none, a sentence each; they count as all others.
    """

    shifts: Mapping[str, Shift]
    worth: Mapping[str, float]
    without: Mapping[str, str]
    kind: str = EXACT
    notes: tuple[str, ...] = ()
    reweighed: Mapping[str, int] = field(default_factory=dict)

    @property
    def caption(self) -> str:  # type: ignore[override]
        level = percent(self.board.settings.level, 0)
        return f"What repeated prompts do to the board; {level} {over([self.board.basis])}"

    @property
    def board(self) -> Board:
        """The board of all votes."""
        return next(iter(self.shifts.values())).board_from

    @cached_property
    def table(self) -> pd.DataFrame:
        """treatment, model, rating (of all votes), rating_shift, shift_lower, shift_upper (points), p_value, q_value (over all
        rows but those of treatments that leave too few votes to tell, where it is missing), rank_from, rank_to, rank_shift,
        beyond_chance (whether the rank moves by more than chance: see `Shift.table`)."""
        parts = []
        for name, shift in self.shifts.items():
            part = shift.table.rename(columns={"rating_from": "rating"})
            part.insert(0, "treatment", TREATMENTS[name][0])
            parts.append(part.assign(told=name not in self.too_few))
        frame = pd.concat(parts, ignore_index=True)
        columns = ["treatment", "model", "rating", "rating_shift", "shift_lower", "shift_upper", "p_value", "q_value"]
        frame["q_value"] = np.nan
        frame.loc[frame["told"], "q_value"] = q_values(frame.loc[frame["told"], "p_value"])
        return frame[[*columns, "rank_from", "rank_to", "rank_shift", "beyond_chance"]]

    @cached_property
    def too_few(self) -> Mapping[str, str]:
        """Why the votes of a treatment are too few to tell, by its name: the rule of `Board.too_few`, for as many models; and a
        shift that hangs on fewer prompts than intervals take has none to be held against (one that reweighs none is no shift)."""
        few = {}
        for name, shift in self.shifts.items():
            made = shift.board_to
            least = replace(made.settings, board_models=min(made.settings.board_models, len(made.models)))
            few[name] = least.too_few(round(self.worth[name]), made.votes)
            if not few[name] and "prompt" in made.basis.by and 0 < self.reweighed.get(name, 0) < FEWEST:
                prompts = counted(self.reweighed[name], "prompt counts", "prompts count")
                few[name] = f"only {prompts} for less, and {FEWEST} are needed"
        return {name: why for name, why in few.items() if why}

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per treatment: treatment, votes (that it leaves), models, moved (ratings, q-value ≤ 5 %), ranks_changed,
        beyond_chance (ranks), expected (of them by chance alone), largest (points), model (whose shift that is)."""
        rows = []
        for name, shift in self.shifts.items():
            label = TREATMENTS[name][0]
            part = self.table[self.table["treatment"] == label]
            top = part.loc[part["rating_shift"].abs().idxmax()]
            ranks = (int((part["rank_shift"] != 0).sum()), int(part["beyond_chance"].sum()))
            expected = (1 - shift.board_from.settings.level) * len(part)
            moved = int((part["q_value"] <= RATE).sum())
            rows.append((label, round(self.worth[name]), len(part), moved, *ranks, expected, top["rating_shift"], top["model"]))
        columns = ["treatment", "votes", "models", "moved", "ranks_changed", "beyond_chance", "expected", "largest", "model"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def sentence(self) -> Prose:
        """Whether dropping repeats moves any rank beyond noise, what else was tried, and what the intervals are over."""
        rows = zip(self.shifts, self.summary.iterrows(), strict=True)
        parts = [self._few(name, row) if name in self.too_few else self._of(row) for name, (_, row) in rows]
        parts += [f"{TREATMENTS[name][0]}: {why}" for name, why in self.without.items()]
        return Prose(" ".join([*parts, self._over]))

    @property
    def _over(self) -> str:
        """What the intervals are over, as a sentence."""
        basis = self.board.basis
        why = f" ({basis.note})" if basis.note else ""
        if "prompt" in basis.by:
            return f"Intervals are over {basis.words}{why}, for what is done with repeats reweighs whole prompts."
        return f"Intervals are over {basis.words}{why}; that one prompt suits some models better may look like an effect here."

    def _repr_html_(self) -> str:
        """What each treatment does in sum, then to each model."""
        summary = display(self.summary, caption="What is done with repeats, and what moves")
        return first_parts((summary, super()._repr_html_()))

    def _few(self, name: str, row: pd.Series) -> str:
        """What a treatment does that leaves too few votes to tell, as a sentence."""
        left = f"{row['votes']:,} of {counted(round(self.worth['all']), 'vote')}"
        return (
            f"{row['treatment']} ({left}), the largest shift is {in_points(signed(row['largest']))} ({row['model']}). That says "
            f"little: {self.too_few[name]}."
        )

    def _of(self, row: pd.Series) -> str:
        """What one treatment does, as a sentence."""
        ranks, ratings, models = row["beyond_chance"], row["moved"], counted(row["models"], "model")
        named = self.table[(self.table["treatment"] == row["treatment"]) & (self.table["q_value"] <= RATE)]["model"]
        which = "no rating" if ranks else "no rank and no rating"
        some = f"{ratings} of {row['models']} ratings ({joined(named, 3)}) {'moves' if ratings == 1 else 'move'}"
        moved = some if ratings else f"{which} of {models} moves"
        lie = counted(ranks, "rank lies outside its chance band", "ranks lie outside their chance bands")
        beyond = f", and {lie}, where chance puts {row['expected']:.1f}" if ranks else ""
        left = f"{row['votes']:,} of {counted(round(self.worth['all']), 'vote')}"
        return (
            f"{row['treatment']} ({left}), {moved} beyond what chance allows"
            f"{beyond}; the largest shift is {in_points(signed(row['largest']))} ({row['model']})."
        )


@by_keyword
def repeat_effect(
    votes: Votes | str | Path,
    *,
    kind: str = EXACT,
    threshold: float | None = None,
    settings: Settings = Settings(),
    **options: Unpack[Options],
) -> RepeatEffect:
    """How the board shifts without repeats, with each prompt counted once, and by the arena's rule for frequent prompts.

    Shifts are paired: all boards are fitted on the same votes with other weights, and their intervals know it.

    Args:
        kind, threshold: when two prompts count as the same (`analysis.matching.likeness.read_likeness`).
        settings: `cluster` counts for prompts alike as for one prompt; where it is left at `judge`, intervals are over judges
            and prompts, or prompts alone where judges are not known, or the other where there are too few of one.

    Raises:
        UsageError: settings that cannot weigh votes (style control, other ties, resampling), or no such kind or threshold.
        InputError: the votes have no prompts, no prompt is repeated, or there is no board.
    """
    settings = settled(settings, options)
    if settings.weight or settings.style_control or settings.ties != "half" or settings.interval in ("judges", "bootstrap"):
        raise UsageError("the effect of repeats weighs votes: leave out weight, style control, ties and resampled intervals.")
    votes = load_votes(votes)
    asked = read_asked(votes, kind, threshold, seed=settings.seed)
    if asked.fresh.all():
        raise InputError(f"no prompt of {votes.name} is repeated ({counted(len(asked), 'vote')} with a prompt).")
    overall = find_category("overall")
    ballots, settings = _clustered(votes, asked, settings)
    board = Poll(votes, ballots.pairs, ballots).board(overall, settings)
    shifts, worth, why, reweighed = {}, {"all": float(len(ballots.row))}, {}, {}
    for name, weight in _weights(votes, asked).items():
        worth[name] = float(weight[ballots.row].sum())
        reweighed[name] = len(np.unique(asked.cluster[weight[asked.row] < 1]))
        try:
            shifts[name] = compare(board, _weighed(votes, ballots, weight[ballots.row], name, settings))
        except InputError as error:
            why[name] = str(error).removeprefix(f"category {TREATMENTS[name][0]}: ")
    if not shifts:
        raise InputError(next(iter(why.values())))
    return RepeatEffect(shifts, worth, why, asked.likeness.kind, _left(asked), reweighed, origin=votes.origin)


def _left(asked: Asked) -> tuple[str, ...]:
    """Which votes could repeat none, a sentence each."""
    what = (
        (asked.uncompared, "earlier vote", "not compared, for that takes too long,"),
        (asked.blank, "vote", "without a prompt"),
    )
    return tuple(
        f"{counted(number, one)} {why} {'counts' if number == 1 else 'count'} as fresh." for number, one, why in what if number
    )


def _clustered(votes: Votes, asked: Asked, settings: Settings) -> tuple[Ballots, Settings]:
    """The ballots, in clusters by judge and by prompts alike, and the settings with what their intervals can be over."""
    overall = find_category("overall")
    by = clusters_of(settings)
    chosen = [settings]
    if by == ("judge",):
        by = ("judge", "prompt") if "judge" in votes.available else ("prompt",)
        wanted = ("both", "prompt", "judge") if "judge" in by else ("prompt", "judge")
        chosen = [replace(settings, cluster=name) for name in wanted]
    ballots = _likened(read_ballots(votes, {overall.name: overall}, by)[overall.name], asked)
    while len(chosen) > 1:
        try:
            choose_basis(ballots, chosen[0])
            break
        except InputError:
            chosen.pop(0)
    if len(chosen) == 1 and chosen[0].cluster == "judge" and "judge" not in by:
        ballots = replace(ballots, clusters={}, named={})  # too few prompts, and no judges: over votes
    return ballots, chosen[0]


def _likened(ballots: Ballots, asked: Asked) -> Ballots:
    """The ballots with prompts alike in one cluster; prompts that were not compared hang together where they are the same."""
    if "prompt" not in ballots.clusters or not len(asked.likeness.pairs):
        return ballots
    count = int(asked.cluster.max()) + 1
    number = np.full(asked.whole, -1)
    number[asked.row] = asked.cluster
    exact = ballots.clusters["prompt"]
    prompt = np.where(number[ballots.row] >= 0, number[ballots.row], count + exact).astype(np.int32)
    clusters = {**ballots.clusters, "prompt": prompt}
    if BOTH in clusters:
        whole = clusters["judge"].astype(np.int64) * (int(prompt.max()) + 1) + prompt
        clusters[BOTH] = pd.factorize(whole)[0].astype(np.int32)
    return replace(ballots, clusters=clusters, named={**ballots.named, "prompt": count + ballots.named["prompt"]})


def _weights(votes: Votes, asked: Asked) -> dict[str, Floats]:
    """For how many votes each vote counts by treatment, shape (votes,); one whose prompt is not compared counts as one."""
    fresh, once = np.ones(asked.whole), np.ones(asked.whole)
    fresh[asked.row] = asked.fresh
    once[asked.row] = 1 / np.bincount(asked.cluster)[asked.cluster]
    return {"without": fresh, "once": once, "sampled": frequency_weights(votes)}


def _weighed(votes: Votes, ballots: Ballots, weight: Floats, name: str, settings: Settings) -> Board:
    label, meaning = TREATMENTS[name]
    left = ballots.weighing(weight)
    category = Category(name, label, meaning, ("prompt",), find_category("overall").rule)
    return Poll(votes, left.pairs, left).board(category, settings)
