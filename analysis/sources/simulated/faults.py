"""Arenas with one fault each, planted on purpose: what a check of an audit must find, and one arena without any.

They are small and plain, without texts, so that hundreds of them can be drawn: the clean one says how often a check is alarmed
for nothing, each other how surely it finds what is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.special import expit

from analysis.errors import UsageError
from analysis.results.spelling import did_you_mean
from analysis.votes.outcome import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Rating points per natural-log unit of strength.
_POINTS = 400 / np.log(10)

#: When the votes begin (2024-06-01 UTC), and for how long they go on, microseconds.
_START, _PERIOD = 1_717_200_000_000_000, 60 * 86_400_000_000

#: Languages of prompts and their shares.
_LANGUAGES = {"English": 0.65, "Chinese": 0.2, "German": 0.15}

#: The order in which a drawn outcome is numbered.
_OUTCOMES = (Outcome.MODEL_A, Outcome.MODEL_B, Outcome.TIE, Outcome.BOTH_BAD)


@dataclass(frozen=True)
class Ground:
    """N votes between M models before their outcomes are drawn; a fault changes some of it. Model 0 is the strongest.

    Attributes:
        strength: shape (M,), natural-log units.
        left, right: shape (N,), models on either side.
        judge: shape (N,), who votes.
        time: shape (N,), microseconds since 1970, ascending.
        language: shape (N,), place in `_LANGUAGES`.
        added: shape (N,), what is added to the log-odds of the left model.
        tie: shape (N,), chance of a tie; of this the less likely winner gives half, the other half is the likelier one's.
        wordy: a model whose answers are twice as long as those of others; −1 for none.
        longer: what a longer answer gains, log-odds per 0.36 of its relative difference, about a standard deviation.
    """

    strength: Floats
    left: Integers
    right: Integers
    judge: Integers
    time: Integers
    language: Integers
    added: Floats
    tie: Floats
    wordy: int = -1
    longer: float = 0.0

    @property
    def log_odds(self) -> Floats:
        """Of the left model, shape (N,)."""
        return np.asarray(self.strength[self.left] - self.strength[self.right] + self.added)

    def towards(self, value: Floats) -> Floats:
        """What is added to the log-odds where each model gains `value`, shape (M,) or (N, M); shape (N,)."""
        rows = np.arange(len(self.left))
        wide = np.broadcast_to(value, (len(rows), len(self.strength)))
        return np.asarray(wide[rows, self.left] - wide[rows, self.right])


Fault = Callable[[Ground, np.random.Generator], Ground]


def _none(ground: Ground, _: np.random.Generator) -> Ground:
    """Nothing is wrong."""
    return ground


def _side(ground: Ground, _: np.random.Generator) -> Ground:
    """The left answer gains 0.1 log-odds by its place."""
    return replace(ground, added=ground.added + 0.1)


def _circle(ground: Ground, _: np.random.Generator) -> Ground:
    """Three models of one strength beat each other in a circle, by 0.5 log-odds."""
    one, two, three = (len(ground.strength) // 2 + place for place in (-1, 0, 1))
    strength = ground.strength.copy()
    strength[[one, two, three]] = strength[two]
    added = ground.added.copy()
    for winner, loser in ((one, two), (two, three), (three, one)):
        added += 0.5 * ((ground.left == winner) & (ground.right == loser))
        added -= 0.5 * ((ground.left == loser) & (ground.right == winner))
    return replace(ground, strength=strength, added=added)


def _loud_judge(ground: Ground, rng: np.random.Generator) -> Ground:
    """Two models of one strength, and one judge who casts a fortieth of the votes on them, always for the same one."""
    one, other = len(ground.strength) // 2 - 1, len(ground.strength) // 2
    strength = ground.strength.copy()
    strength[[one, other]] = strength[other]
    chosen = rng.choice(len(ground.left), len(ground.left) // 40, replace=False)
    first = rng.random(len(chosen)) < 0.5
    left, right, judge = ground.left.copy(), ground.right.copy(), ground.judge.copy()
    added, tie = ground.added.copy(), ground.tie.copy()
    left[chosen], right[chosen] = np.where(first, one, other), np.where(first, other, one)
    judge[chosen] = judge.max() + 1
    added[chosen], tie[chosen] = np.where(first, 8.0, -8.0), 0.0
    return replace(ground, strength=strength, left=left, right=right, judge=judge, added=added, tie=tie)


def _power_voters(ground: Ground, rng: np.random.Generator) -> Ground:
    """Six people with tastes of 1.0 log-odds for each model cast a third of the votes."""
    judge = ground.judge.copy()
    theirs = rng.random(len(judge)) < 1 / 3
    judge[theirs] = judge.max() + 1 + rng.integers(0, 6, int(theirs.sum()))
    tastes = rng.normal(0, 1.0, (6, len(ground.strength)))
    wide = np.where(theirs[:, None], tastes[np.where(theirs, judge - judge[theirs].min(), 0)], 0.0)
    return replace(ground, judge=judge, added=ground.added + ground.towards(wide))


def _tie_prone(ground: Ground, _: np.random.Generator) -> Ground:
    """The weakest model but one draws four of five votes, whoever its opponent is."""
    model = len(ground.strength) - 2
    its = (ground.left == model) | (ground.right == model)
    return replace(ground, tie=np.where(its, -0.8, ground.tie))


def _lopsided(ground: Ground, rng: np.random.Generator) -> Ground:
    """Most votes are on the strongest few models."""
    weight = np.exp(-0.6 * np.arange(len(ground.strength)))
    left, right = _pairs(weight, len(ground.left), rng)
    return replace(ground, left=left, right=right)


def _drifting_model(ground: Ground, _: np.random.Generator) -> Ground:
    """One model in the middle gains 100 points from the first day to the last."""
    gain = np.zeros((len(ground.time), len(ground.strength)))
    gain[:, len(ground.strength) // 2] = 100 / _POINTS * ((ground.time - _START) / _PERIOD - 0.5)
    return replace(ground, added=ground.added + ground.towards(gain))


def _against(ground: Ground, rng: np.random.Generator) -> Ground:
    """Twenty judges with sixty votes each always choose the answer that is expected to lose."""
    chosen = rng.choice(len(ground.left), 20 * 60, replace=False)
    judge, added, tie = ground.judge.copy(), ground.added.copy(), ground.tie.copy()
    judge[chosen] = judge.max() + 1 + np.arange(len(chosen)) % 20
    added[chosen] -= ground.log_odds[chosen] + 8 * np.sign(ground.log_odds[chosen])
    tie[chosen] = 0.0
    return replace(ground, judge=judge, added=added, tie=tie)


def _thin(ground: Ground, rng: np.random.Generator) -> Ground:
    """One vote in fifty is there."""
    kept = np.sort(rng.choice(len(ground.left), len(ground.left) // 50, replace=False))
    parts = ("left", "right", "judge", "time", "language", "added", "tie")
    return replace(ground, **{part: getattr(ground, part)[kept] for part in parts})


def _islands(ground: Ground, rng: np.random.Generator) -> Ground:
    """Models of two halves never meet: every other model is in one of them."""
    half, votes, models = rng.integers(0, 2, len(ground.left)), len(ground.left), len(ground.strength)
    left, right = np.empty(votes, dtype=np.int64), np.empty(votes, dtype=np.int64)
    for number in range(2):
        own = np.arange(number, models, 2)
        here = half == number
        one, other = _pairs(np.ones(len(own)), int(here.sum()), rng)
        left[here], right[here] = own[one], own[other]
    return replace(ground, left=left, right=right)


def _side_order(ground: Ground, rng: np.random.Generator) -> Ground:
    """The left answer gains 0.5 log-odds by its place, and one model in the middle stands there in 19 of 20 of its votes."""
    model = len(ground.strength) // 2
    turned = ((ground.right == model) & (rng.random(len(ground.left)) < 0.95)) | (
        (ground.left == model) & (rng.random(len(ground.left)) < 0.05)
    )
    left, right = np.where(turned, ground.right, ground.left), np.where(turned, ground.left, ground.right)
    return replace(ground, left=left, right=right, added=ground.added + 0.5)


def _length(ground: Ground, _: np.random.Generator) -> Ground:
    """The longer answer gains 0.3 log-odds per standard deviation, and one model in the middle writes twice as much."""
    return replace(ground, wordy=len(ground.strength) // 2, longer=0.3)


def _tastes(ground: Ground, rng: np.random.Generator) -> Ground:
    """Every judge likes each model more or less than others do, by 0.35 log-odds; so votes of one judge hang together."""
    tastes = rng.normal(0, 0.35, (int(ground.judge.max(initial=0)) + 1, len(ground.strength)))
    return replace(ground, added=ground.added + tastes[ground.judge, ground.left] - tastes[ground.judge, ground.right])


def _random_voters(ground: Ground, rng: np.random.Generator) -> Ground:
    """A tenth of the votes are by judges with a hundred votes each who do not look at the answers."""
    theirs = rng.random(len(ground.left)) < 0.1
    crowd, judge = max(1, round(len(ground.left) / 1_000)), ground.judge.copy()
    judge[theirs] = judge.max() + 1 + rng.integers(0, crowd, int(theirs.sum()))
    return replace(ground, judge=judge, added=np.where(theirs, ground.added - ground.log_odds, ground.added))


def _fragile(ground: Ground, rng: np.random.Generator) -> Ground:
    """The first model is half a gap weaker than the second, and one judge casts a fortieth of the votes, all of them for it."""
    strength = ground.strength.copy()
    strength[0] = 1.5 * strength[1]
    chosen = rng.choice(len(ground.left), len(ground.left) // 40, replace=False)
    first, rival = rng.random(len(chosen)) < 0.5, rng.integers(1, len(strength), len(chosen))
    left, right, judge = ground.left.copy(), ground.right.copy(), ground.judge.copy()
    added, tie = ground.added.copy(), ground.tie.copy()
    left[chosen], right[chosen] = np.where(first, 0, rival), np.where(first, rival, 0)
    judge[chosen] = judge.max() + 1
    added[chosen], tie[chosen] = np.where(first, 8.0, -8.0), 0.0
    return replace(ground, strength=strength, left=left, right=right, judge=judge, added=added, tie=tie)


def _variants(ground: Ground, _: np.random.Generator) -> Ground:
    """The stronger half of the models and the one after it are of one strength: see `variant_facts`."""
    strength = ground.strength.copy()
    strength[: len(strength) // 2] = strength[len(strength) // 2]
    return replace(ground, strength=strength)


#: The faults by name; what each plants is its docstring.
FAULTS: dict[str, Fault] = {
    "none": _none,
    "side": _side,
    "circle": _circle,
    "loud judge": _loud_judge,
    "power voters": _power_voters,
    "tie-prone": _tie_prone,
    "lopsided": _lopsided,
    "drifting model": _drifting_model,
    "against": _against,
    "thin": _thin,
    "islands": _islands,
    "side order": _side_order,
    "length": _length,
    "tastes": _tastes,
    "random voters": _random_voters,
    "fragile": _fragile,
    "variants": _variants,
}


def faulty(fault: str = "none", votes: int = 40_000, models: int = 12, gap: float = 40.0, seed: int = 1) -> pa.Table:
    """Votes of an arena with one fault, as columns of the vote table.

    Model `model-01` is the strongest, each next one `gap` points weaker. Every pair is as likely as any other, sides are random,
    judges cast about 2.4 votes each and differ in nothing, three votes in ten are ties, and nothing moves over time.

    Raises:
        UsageError: there is no such fault.
    """
    if fault not in FAULTS:
        raise UsageError(f"no fault {fault!r}{did_you_mean(fault, FAULTS)}; there are {', '.join(FAULTS)}.")
    rng = np.random.default_rng(seed)
    left, right = _pairs(np.ones(models), votes, rng)
    keen = np.cumsum(rng.lognormal(0, 0.5, max(1, round(votes / 2.4))))
    ground = Ground(
        strength=-gap / _POINTS * np.arange(models),
        left=left,
        right=right,
        judge=np.searchsorted(keen / keen[-1], rng.random(votes)),
        time=np.sort(_START + rng.integers(0, _PERIOD, votes)),
        language=rng.choice(len(_LANGUAGES), votes, p=list(_LANGUAGES.values())),
        added=np.zeros(votes),
        tie=np.full(votes, 0.3),
    )
    return _table(FAULTS[fault](ground, rng), rng)


def variant_facts(models: int) -> pd.DataFrame:
    """Facts of the arena with the fault `variants`: model, organization and open_weights; one organization has the stronger half
    of the models, which are variants of each other, every other model is of an organization of its own."""
    several = models // 2
    organizations = ["Many"] * several + [f"Organization {number:02d}" for number in range(several + 1, models + 1)]
    names = [f"model-{number:02d}" for number in range(1, models + 1)]
    return pd.DataFrame(
        {"model": names, "organization": organizations, "open_weights": [number % 2 == 0 for number in range(models)]}
    )


def _pairs(weight: Floats, votes: int, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Two different models for each vote, each model by its weight, on random sides."""
    chance = np.outer(weight, weight)
    np.fill_diagonal(chance, 0)
    left, right = np.divmod(rng.choice(chance.size, votes, p=(chance / chance.sum()).ravel()), len(weight))
    return left, right


def _table(ground: Ground, rng: np.random.Generator) -> pa.Table:
    """The votes with their outcomes drawn."""
    votes = len(ground.left)
    tokens = _tokens(ground, rng.spawn(1)[0])  # drawn apart, so that nothing else depends on them
    chance = expit(ground.log_odds + ground.longer / 0.36 * (tokens[0] - tokens[1]) / tokens.sum(axis=0))
    # A tie takes from both sides as much, so that the expected score stays what the strengths say; below 0 it takes no heed.
    tie = np.where(ground.tie >= 0, 2 * ground.tie * np.minimum(chance, 1 - chance), -ground.tie)
    wins = np.where(ground.tie >= 0, chance - tie / 2, chance * (1 - tie))
    drawn = rng.random(votes)
    outcome = np.where(drawn < wins, 0, np.where(drawn < 1 - tie, 1, 2 + rng.integers(0, 2, votes)))
    models = [f"model-{number:02d}" for number in range(1, len(ground.strength) + 1)]
    codes = {
        "model_a": (ground.left, models),
        "model_b": (ground.right, models),
        "outcome": (outcome, [each.value for each in _OUTCOMES]),
        "judge": (ground.judge, [f"judge-{number}" for number in range(int(ground.judge.max(initial=0)) + 1)]),
        "language": (ground.language, list(_LANGUAGES)),
    }
    columns = {name: pa.DictionaryArray.from_arrays(place, names) for name, (place, names) in codes.items()}
    columns["time"] = pa.array(ground.time, pa.timestamp("us", tz="UTC"))
    columns["tokens_user"] = pa.array(np.maximum(1, rng.lognormal(3.5, 1.0, votes)).astype(np.int32))
    columns["turns"] = pa.array(1 + (rng.random(votes) < 0.14).astype(np.int32))
    columns |= {f"tokens_{side}": pa.array(number) for side, number in zip("ab", tokens, strict=True)}
    return pa.table(columns)


def _tokens(ground: Ground, rng: np.random.Generator) -> NDArray[np.int32]:
    """Tokens in the answers on the left and on the right, shape (2, N)."""
    drawn = np.exp(5.5 + 0.6 * rng.standard_normal((2, len(ground.left))))
    wordy = np.stack([ground.left, ground.right]) == ground.wordy
    return np.maximum(1, drawn * np.where(wordy, 2.0, 1.0)).astype(np.int32)
