"""Matching errors: how often prompts that say the same are called alike, and prompts that do not, by kind and threshold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType

import pandas as pd

from analysis import places
from analysis.errors import UsageError
from analysis.matching.likeness import KINDS, MEANING, threshold_of
from analysis.matching.meaning import embedding_used
from analysis.results.prose import Prose, joined, percent
from analysis.results.result import Result
from analysis.results.tables import Format
from analysis.shares.level import check_level
from analysis.shares.wilson import wilson_interval

#: Pairs that are known, and how many of them were called alike (written by `benchmarks/matching_errors.py`).
MEASURED = places.DATA / "matching_errors.csv"


@dataclass(frozen=True, eq=False)
class MatchingErrors(Result):
    """What was measured on pairs of prompts that are known to say the same, and on unrelated pairs of the same field.

    Attributes:
        frame: see `table`.
        level: of the intervals.
    """

    frame: pd.DataFrame
    level: float = 0.95

    caption = "How often prompts are called alike"

    formats = MappingProxyType(
        {
            "threshold": Format(lambda value: f"{value:.2f}"),
            **dict.fromkeys(("found", "lower", "upper", "wrong", "wrong_upper", "precision"), Format(percent)),
            "crossed": Format(partial(percent, digits=2)),
        }
    )

    @cached_property
    def table(self) -> pd.DataFrame:
        """prompts (which pairs), kind, threshold, pairs, found, lower, upper (share of the true pairs that are called alike),
        wrong, wrong_upper (share of the unrelated pairs of like length, and the upper end of its interval), precision (of what
        is called alike, the share that is right where there is one unrelated pair for each true one), crossed (share of all
        pairs of two different questions that are called alike)."""
        frame = self.frame
        lower, upper = wilson_interval(frame["found"], frame["pairs"], self.level)
        found, wrong = frame["found"] / frame["pairs"], frame["wrong"] / frame["unrelated"]
        return pd.DataFrame(
            {
                "prompts": frame["prompts"],
                "kind": frame["kind"],
                "threshold": frame["threshold"],
                "pairs": frame["pairs"],
                "found": found,
                "lower": lower,
                "upper": upper,
                "wrong": wrong,
                "wrong_upper": wilson_interval(frame["wrong"], frame["unrelated"], self.level)[1],
                "precision": found / (found + wrong).where(found + wrong > 0),
                "crossed": frame["crossed_wrong"] / frame["crossed"],
            }
        )

    @property
    def sentence(self) -> Prose:
        """What the widest kind finds of each real set of pairs, and how often it is wrong."""
        told = self.table[~self.table["prompts"].str.startswith("simulated")]
        told = told[told["kind"] == told["kind"].iloc[-1]]
        parts = [f"{percent(row['found'], 0)} of {row['prompts']}" for _, row in told.iterrows()]
        most = told.loc[told["wrong"].idxmax()]
        return Prose(
            f"Of pairs that say the same, {told['kind'].iloc[0]} finds {joined(parts)}; of unrelated pairs it takes at most "
            f"{percent(most['wrong'])} for alike ({most['prompts']})."
        )


def matching_errors(kind: str | None = None, threshold: float | None = None, *, level: float = 0.95) -> MatchingErrors:
    """How often the thresholds are wrong: on simulated changes, on pairs that LMArena measured, on questions that were rephrased
    and translated, and on programs in two languages (`data/README.md` names their sources).

    Args:
        kind: one of `analysis.matching.likeness.KINDS`; all where not given.
        threshold: one that was measured; that of the kind by default.

    Raises:
        UsageError: no such kind, or no such threshold was measured.
    """
    check_level(level)
    measured = pd.read_csv(MEASURED)
    measured = measured[(measured["kind"] != MEANING) | (measured["by"] == embedding_used())]
    if threshold is not None and kind is None:
        raise UsageError("a threshold is one of a kind: name the kind, near or meaning.")
    parts = []
    for name in (kind,) if kind else KINDS:
        least = threshold_of(name, threshold)
        part = measured[(measured["kind"] == name) & ((measured["threshold"] - least).abs() < 1e-9)]
        if part.empty:
            there = joined(f"{value:g}" for value in sorted(set(measured["threshold"][measured["kind"] == name])))
            raise UsageError(f"{name} at {least:g} was not measured; there are {there}.")
        parts.append(part)
    return MatchingErrors(pd.concat(parts, ignore_index=True).drop(columns="by"), level)
