"""Matching errors: how many prompts that say the same are called alike, and how many that do not, by kind and threshold.

Counted once (`benchmarks/matching_errors.py`) on pairs that are known, and read from a file here: they are no votes'.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import pandas as pd

from analysis import places
from analysis.errors import UsageError
from analysis.matching.likeness import EXACT, KINDS, MEANING, threshold_of
from analysis.matching.meaning import embedding_used
from analysis.results.prose import Prose, percent
from analysis.results.result import Result
from analysis.results.tables import Format, Formats
from analysis.shares.wilson import wilson_interval

#: Where the counts are, and pairs that a page leads with.
FILE = places.DATA / "matching_errors.csv"
ENGLISH, CHINESE = "questions rephrased in English", "questions in Chinese"

#: Shares, of which those of what is wrong are small.
SHARES: Formats = MappingProxyType(
    {
        "share": Format(percent, "Found"),
        "wrong": Format(lambda share: percent(share, 2)),
        "crossed": Format(lambda share: percent(share, 2), "Wrong, all with all"),
        "precision": Format(percent),
        "least": Format(percent, "Precision at least"),
    }
)


@dataclass(frozen=True, eq=False)
class MatchingErrors(Result):
    """How often pairs of prompts are called alike, rightly and wrongly.

    Attributes:
        counts: rows of `data/matching_errors.csv`: kind, by (what is compared), prompts (the set of pairs), threshold, found of
            pairs that say the same, wrong of unrelated pairs of the same field and about the same length, and crossed_wrong of
            all crossed pairs: each prompt with every other's counterpart.
    """

    counts: pd.DataFrame
    level: float = 0.95

    caption = "How often prompts are called alike, rightly and wrongly"
    formats = SHARES

    @cached_property
    def table(self) -> pd.DataFrame:
        """kind, prompts, threshold, pairs, share (found of them), lower, upper, wrong (a share of unrelated pairs), crossed (a
        share of each prompt with every other's counterpart), precision (the share that is right of what is called alike, where
        as many pairs are unrelated as true) and its lower bound, `least`; NaN where nothing is called alike."""
        counts = self.counts.reset_index(drop=True)
        lower, upper = wilson_interval(counts["found"], counts["pairs"], self.level)
        share, wrong = counts["found"] / counts["pairs"], counts["wrong"] / counts["unrelated"]
        precision = share / (share + wrong).where(share + wrong > 0)
        most = wilson_interval(counts["wrong"], counts["unrelated"], self.level)[1]
        return counts[["kind", "prompts", "threshold", "pairs"]].assign(
            share=share,
            lower=lower,
            upper=upper,
            wrong=wrong,
            crossed=counts["crossed_wrong"] / counts["crossed"],
            precision=precision,
            least=precision.where(precision.isna(), lower / (lower + most)),
        )

    @property
    def sentence(self) -> Prose:
        """What meaning finds of the questions in other words and another language, and what limits it."""
        table = self.table[self.table["kind"] == MEANING].set_index("prompts")
        if not {ENGLISH, CHINESE} <= set(table.index):
            return Prose("Each share is of pairs that are known to say the same, or not to.")
        english, chinese = table.loc[ENGLISH], table.loc[CHINESE]
        counts = self.counts[(self.counts["kind"] == MEANING) & self.counts["prompts"].isin((ENGLISH, CHINESE))]
        wrong, unrelated = int(counts["wrong"].sum()), int(counts["unrelated"].sum())
        return Prose(
            f"At a cosine of {english['threshold']:g}, meaning finds {percent(english['share'], 0)} of the questions rephrased "
            f"in English and {percent(chinese['share'], 0)} of those put into Chinese, and calls {wrong or 'none'} of "
            f"{unrelated:,} pairs of unrelated questions of the same field and length alike."
        )


def matching_errors(kind: str = "", threshold: float | None = None, *, level: float = 0.95) -> MatchingErrors:
    """How often prompts are called alike, rightly and wrongly, at the threshold that is used or the nearest that was tried.

    Args:
        kind: `exact`, `near` or `meaning`; all by default, each at its own threshold.
        threshold: of that kind; its own by default.
        level: confidence level of the intervals.

    Raises:
        UsageError: no such kind or threshold, or a threshold without a kind.
    """
    if threshold is not None and not kind:
        raise UsageError(f"a threshold belongs to a kind of likeness: choose {', '.join(KINDS[1:])} too.")
    counts = pd.read_csv(FILE)
    counts = counts[(counts["kind"] != MEANING) | (counts["by"] == embedding_used())]
    kinds = (kind,) if kind else KINDS
    return MatchingErrors(pd.concat([_nearest(counts, each, threshold_of(each, threshold)) for each in kinds]), level)


def _nearest(counts: pd.DataFrame, kind: str, threshold: float) -> pd.DataFrame:
    """The rows of one kind at the threshold that is nearest."""
    rows = counts[counts["kind"] == kind]
    if kind == EXACT:
        return rows
    far = (rows["threshold"] - threshold).abs()
    return rows[far == far.min()]
