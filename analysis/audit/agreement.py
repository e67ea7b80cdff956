"""Agreement: whether judges who saw the same two models on the same prompt say the same, beyond chance.

Kappa is how much more often they agree than by chance, over how much more often they could: Cohen's (1960) for two judges with
many prompts in common, Fleiss' (1971) for whoever judged a prompt. Which of two models is called the first says nothing, so that
every item counts both ways round, in the chance as well; kappas then do not depend on names. In an arena each vote has answers of
its own, and part of what looks like disagreement is between answers; where many judge the same answers it is between people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.audit.check import Check, Verdict
from analysis.audit.judges import Bench, bench_of
from analysis.errors import InputError
from analysis.results.prose import Prose, counted, percent, written
from analysis.votes.prompts import prompt_keys, read_prompt_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.case import Case

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Kappa below which agreement is worth knowing, as no more than fair (Landis and Koch 1977). Nothing here is to beware of: people
#: who disagree make intervals wider and no board wrong, and where each vote had answers of its own nobody knows whether they did.
KNOW = 0.4

#: Items with several judges that are needed, and items that two judges need in common.
LEAST, COMMON = 30, 30

#: Pairs of judges of the table, and judges among whom they are looked for: those with most items.
SHOWN, BUSIEST = 20, 200

#: An odd number with bits all over: 2⁶⁴ over the golden ratio (Knuth's multiplicative hashing).
_SPREAD = np.uint64(0x9E3779B97F4A7C15)

#: Standard errors of a 95 % interval to either side.
_WIDE = 1.96


@dataclass(frozen=True)
class Kappa:
    """Agreement beyond chance.

    Attributes:
        items: things that were judged by several.
        agreement: share of the pairs of judgments that are the same, over items.
        value: of kappa; NaN where chance alone agrees always.
        error: standard error over items.
    """

    items: int
    agreement: float
    value: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, cut where kappa ends."""
        return max(self.value - _WIDE * self.error, -1.0), min(self.value + _WIDE * self.error, 1.0)


def cohens_kappa(one: NDArray[np.signedinteger], other: NDArray[np.signedinteger], item: Integers | None = None) -> Kappa:
    """Cohen's kappa of two judges.

    Args:
        one, other: shape (n,), their judgments of the same things, numbers from 0 on.
        item: shape (n,), which item each is of, numbers from 0 on without gaps; each is its own by default.
    """
    size = int(max(one.max(initial=0), other.max(initial=0))) + 1
    mine, its = np.eye(size)[one], np.eye(size)[other]
    same, (first, second) = (one == other).astype(float), (mine.mean(axis=0), its.mean(axis=0))
    chance = float(first @ second)
    pull = (mine - first) @ second + (its - second) @ first
    return _kappa(same, chance, pull, np.arange(len(one)) if item is None else item)


def fleiss_kappa(counts: NDArray[np.floating | np.integer], item: Integers | None = None) -> Kappa:
    """Fleiss' kappa of any number of judges, two or more of each item, not all of the same number (Gwet 2014).

    Args:
        counts: shape (n, K), how many judges gave each of n things each of K judgments.
        item: as in `cohens_kappa`.
    """
    judges = counts.sum(axis=1)
    same = ((counts**2).sum(axis=1) - judges) / (judges * (judges - 1))
    share = counts.sum(axis=0) / judges.sum()
    pull = 2 * ((counts - judges[:, None] * share) @ share) / judges.mean()
    return _kappa(same, float(share @ share), pull, np.arange(len(counts)) if item is None else item)


def _kappa(same: Floats, chance: float, pull: Floats, item: Integers) -> Kappa:
    """Kappa of agreements, with its error over items by the delta method.

    Args:
        same: shape (n,), agreement on each thing.
        pull: shape (n,), what each does to the chance.
    """
    items, agreement = int(item.max(initial=-1)) + 1, float(same.mean())
    if chance > 1 - 1e-12:
        return Kappa(items, agreement, float("nan"), float("nan"))
    value = (agreement - chance) / (1 - chance)
    bend = np.bincount(item, (same - agreement) - (1 - value) * pull, items) / (1 - chance) * items / len(same)
    return Kappa(items, agreement, value, float(np.sqrt((bend**2).sum() / max(items - 1, 1) / items)))


@dataclass(frozen=True, eq=False)
class Agreement(Check):
    """Kappas of judges who judged the same two models on the same prompt.

    Attributes:
        whole: of all items, Fleiss'.
        judges: how many judged them.
        parts: by gap of strength, in words, those of thirds of the items, Fleiss'.
        pairs: by the names of two judges, Cohen's, those with most items in common first.
    """

    whole: Kappa
    judges: int
    parts: dict[str, Kappa]
    pairs: dict[tuple[str, str], Kappa]

    name = "agreement"
    question = "Do judges agree with each other?"
    false_alarm = 0.05
    caption = "Agreement of judges on the same prompt and models"

    @property
    def verdict(self) -> Verdict:
        _, upper = self.whole.interval
        return Verdict.KNOW if upper < KNOW else Verdict.FINE

    @property
    def number(self) -> str:
        return f"kappa {_interval(self.whole)}"

    @property
    def threshold(self) -> str:
        return f"a kappa whose interval is below {KNOW:g}"

    @property
    def table(self) -> pd.DataFrame:
        """One row for all items, for each third of them by how far apart the models are (Fleiss' kappa), and for each two judges
        with many items in common (Cohen's): group (in words), kind, items, agreement_share (of the pairs of judgments that are
        the same), kappa and its 95 % interval, lower and upper."""
        rows = [("all", "Fleiss", self.whole)]
        rows += [(label, "Fleiss", kappa) for label, kappa in self.parts.items()]
        rows += [(f"{one} and {other}", "Cohen", kappa) for (one, other), kappa in self.pairs.items()]
        columns = ["group", "kind", "items", "agreement_share", "kappa", "lower", "upper"]
        return pd.DataFrame(
            [(label, kind, each.items, each.agreement, each.value, *each.interval) for label, kind, each in rows], columns=columns
        )

    @property
    def sentence(self) -> Prose:
        """How often judges agree, and how much of that is beyond chance."""
        items = counted(self.whole.items, "prompt and pair of models", "prompts and pairs of models")
        text = (
            f"On {items} with several judges, two of them agree in {percent(self.whole.agreement, 0)} of cases: "
            f"kappa {_interval(self.whole)}, {_words(self.whole.value)} agreement."
        )
        if self.pairs:
            values = [kappa.value for kappa in self.pairs.values()]
            low, high = written(min(values), 2), written(max(values), 2)
            between = f"{low} to {high}" if low != high else low
            two = counted(len(values), "pair of judges", "pairs of judges")
            text += f" Cohen's kappa of {two} with at least {COMMON} in common is {between}."
        if self.fires:
            text += " Where each vote had answers of its own, a part of that is between answers, not between people."
        return Prose(text)


def _interval(kappa: Kappa) -> str:
    low, high = kappa.interval
    return f"{written(kappa.value, 2)} ({written(low, 2)} to {written(high, 2)})"


def _words(value: float) -> str:
    """What Landis and Koch (1977) call it."""
    names = ("poor", "slight", "fair", "moderate", "substantial", "almost perfect")
    return names[int(np.searchsorted([0.0, 0.2, 0.4, 0.6, 0.8], value, side="right"))]


def check_agreement(case: Case) -> Agreement:
    """Whether judges of the same two models on the same prompt agree.

    Raises:
        InputError: the votes do not say who cast them or on which prompt, or hardly a prompt has several judges.
    """
    bench = bench_of(case)
    items = _items(bench)
    if items.count < LEAST:
        several = "several judges of the same two models"
        if not items.count:
            raise InputError(f"no prompt has {several}")
        raise InputError(f"{counted(items.count, 'prompt has', 'prompts have')} {several}, and {LEAST} are needed")
    counts = items.counts
    whole = _both_ways(counts)
    if np.isnan(whole.value):
        raise InputError("all judges of the same prompts say the same: there is no chance to compare with")
    return Agreement(whole, items.judges, _by_gap(bench, items), _by_judges(bench, items), origin=case.origin)


@dataclass(frozen=True)
class _Items:
    """The prompts and pairs of models with several judges, and what each judge said.

    Attributes:
        count: how many there are.
        item: shape (k,), of each judgment.
        judge: shape (k,), places in `Bench.number`.
        level: shape (k,), 0 where the pair's first model won, 1 for a tie, 2 where the second won.
        pair: shape (count,), of each item.
    """

    count: int
    item: Integers
    judge: Integers
    level: Integers
    pair: Integers

    @property
    def judges(self) -> int:
        """How many judged any of them."""
        return len(np.unique(self.judge))

    @property
    def counts(self) -> Floats:
        """Judgments of each level of each item, shape (count, 3)."""
        cells = np.bincount(3 * self.item + self.level, minlength=3 * self.count)
        return cells.reshape(-1, 3).astype(float)


def _items(bench: Bench) -> _Items:
    """What several judges judged, the first vote of each on each item.

    Raises:
        InputError: the votes have no prompts.
    """
    case = bench.case
    keys = _keys(case)[case.ballots.row[: bench.votes]]
    asked = np.flatnonzero(keys)
    # One key of both, by a product that spreads numbers of pairs over all 64 bits: as few accidents as prompts' own keys have.
    item = pd.factorize(keys[asked] ^ (bench.pair[asked].astype(np.uint64) + np.uint64(1)) * _SPREAD)[0]
    asked, item = _shared(asked, item)
    judge = np.searchsorted(bench.start, asked, side="right") - 1
    order = np.lexsort((_when(case, asked), judge, item))
    asked, item, judge = asked[order], item[order], judge[order]
    first = (np.diff(item, prepend=-1) != 0) | (np.diff(judge, prepend=-1) != 0)
    asked, item, judge = asked[first], item[first], judge[first]
    several = np.bincount(item)[item] >= 2 if len(item) else np.zeros(0, dtype=bool)
    asked, item, judge = asked[several], pd.factorize(item[several])[0], judge[several]
    count = int(item.max(initial=-1)) + 1
    pair = np.zeros(count, dtype=np.int64)
    pair[item] = bench.pair[asked]
    level = np.array([0, 2, 1, 1])[case.ballots.outcome[asked]]
    return _Items(count, item.astype(np.int64), judge, level, pair)


def _shared(votes: Integers, item: Integers) -> tuple[Integers, Integers]:
    """The votes on items with several votes, and their items."""
    several = np.bincount(item)[item] >= 2 if len(item) else np.zeros(0, dtype=bool)
    return votes[several], item[several]


def _keys(case: Case) -> NDArray[np.uint64]:
    """The key of each vote's prompt, in the order of the reading."""
    if case.votes is None:
        column = case.column("prompt").combine_chunks()
        return prompt_keys(column.dictionary_decode() if pa.types.is_dictionary(column.type) else column)
    if "prompt" not in case.votes.available:
        raise InputError("these votes have no prompt")
    return read_prompt_keys(case.votes)


def _when(case: Case, votes: Integers) -> Integers:
    """When votes were cast, or their place in the file where that is not known."""
    try:
        return case.time[votes]
    except InputError:
        return np.asarray(case.ballots.row[votes], dtype=np.int64)


def _both_ways(counts: Floats) -> Kappa:
    """Fleiss' kappa of items that count both ways round."""
    return fleiss_kappa(np.concatenate([counts, counts[:, ::-1]]), np.tile(np.arange(len(counts)), 2))


def _by_gap(bench: Bench, items: _Items) -> dict[str, Kappa]:
    """Kappas of thirds of the items, by how far apart their models are."""
    pairs, strength = bench.case.pairs, bench.fit.strength
    gap = np.abs(strength[pairs.first] - strength[pairs.second])[items.pair]
    third = np.searchsorted(np.quantile(gap, [1 / 3, 2 / 3]), gap - 1e-9)
    found = {}
    for number, label in enumerate(("models close in strength", "models some way apart", "models far apart")):
        counts = items.counts[third == number]
        if len(counts) >= LEAST and not np.isnan((kappa := _both_ways(counts)).value):
            found[label] = kappa
    return found


def _by_judges(bench: Bench, items: _Items) -> dict[tuple[str, str], Kappa]:
    """Cohen's kappas of the judges with most items in common."""
    busy = np.bincount(items.judge, minlength=len(bench.number))
    chosen = np.argsort(-busy, kind="stable")[:BUSIEST]
    chosen = chosen[busy[chosen] >= COMMON]
    if len(chosen) < 2:
        return {}
    name = dict(zip(chosen.tolist(), bench.names(chosen), strict=True))
    frame = pd.DataFrame({"item": items.item, "judge": items.judge, "level": items.level})
    frame = frame[frame["judge"].isin(chosen)]
    frame["name"] = frame["judge"].map(name)
    both = frame.merge(frame, on="item", suffixes=("", "_other"))
    both = both[both["name"] < both["name_other"]]
    found = []
    for names, group in both.groupby(["name", "name_other"], sort=True):
        if len(group) >= COMMON:
            one, other = group["level"].to_numpy(), group["level_other"].to_numpy()
            twice = np.tile(np.arange(len(group)), 2)
            kappa = cohens_kappa(np.append(one, 2 - one), np.append(other, 2 - other), twice)
            if not np.isnan(kappa.value):
                found.append((names, kappa))
    return dict(sorted(found, key=lambda each: (-each[1].items, each[0]))[:SHOWN])
