"""Verdicts on prompts: how many repeat, how many are fresh, what repeats do to win rates, what exposure gains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.claims.dates import end_of
from analysis.claims.evidence import Evidence
from analysis.claims.statements import ExposureGains, FreshShare, RepeatShare, WinRatesMove
from analysis.distributions import beta
from analysis.errors import InputError
from analysis.prompts.asked import Asked, read_asked
from analysis.ratings.exposure_effect import exposure_effect
from analysis.ratings.settings import Settings
from analysis.results.prose import joined, percent, signed
from analysis.shares.habits import habits_of
from analysis.shares.tallies import tally_of
from analysis.shares.wilson import with_shares
from analysis.votes import engine
from analysis.votes.outcome import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

#: The smallest probability that decides nothing.
_UNDECIDED = 0.03

#: Joint draws behind a probability of win rates.
_DRAWS = 20_000


def repeat_parts(statement: RepeatShare, evidence: Evidence) -> tuple[Floats, str]:
    """Probabilities that the share of repeats is no less and no more than the stated one, shape (2,), and the numbers."""
    asked, among = _asked(evidence)
    row, posterior = _share_of(asked, among, ~asked.fresh)
    each = np.array([posterior.sf(statement.lower), posterior.cdf(statement.upper)])
    found = f"{row['hits']:,.0f} of {row['votes']:,.0f} votes repeat an earlier prompt exactly, {_interval(row)}"
    printed = f"{percent(statement.lower, 2)} to {percent(statement.upper, 2)} is what was stated"
    return each, f"{found}; {printed}"


def fresh_parts(statement: FreshShare, evidence: Evidence) -> tuple[Floats, str]:
    """The probability that the fresh share reaches the lower end of the stated range, and the numbers.

    What is alike in meaning is fresh less often than what is exactly the same, so that the exact share is an upper end: it can
    contradict a statement, and never support one. Its probability is therefore a half at most.
    """
    asked, among = _asked(evidence)
    row, posterior = _share_of(asked, among, asked.fresh)
    found = f"nothing before is exactly the same for {row['hits']:,.0f} of {row['votes']:,.0f} votes, {_interval(row)}"
    why = "fewer are fresh in meaning, of which the claim speaks, so this can contradict it and not support it"
    return np.array([min(float(posterior.sf(statement.lower)), 0.5)]), f"{found}; {why}"


def _asked(evidence: Evidence) -> tuple[Asked, Flags]:
    """What the votes ask, and which of them were cast until the claim was made, shape (n,); of votes without a time all were."""
    asked = read_asked(evidence.votes)
    if "time" not in evidence.votes.available:
        return asked, np.ones(len(asked), dtype=bool)
    return asked, asked.time < round(end_of(evidence.as_of.date).timestamp() * 1e6)


def _share_of(asked: Asked, among: Flags, hit: Flags) -> tuple[pd.Series, Any]:
    """votes, hits, share and interval, and its Beta posterior with Jeffreys' prior on the effective votes."""
    tally = tally_of(asked.judge[among], hit[among])
    habits = habits_of(tally)
    counts = pd.DataFrame({"votes": [int(among.sum())], "hits": [int(hit[among].sum())]})
    row = with_shares(counts, "hits", "votes", 0.95, habits.effective(counts["votes"], habits.crowding, 0.95)).iloc[0]
    hits, others = row["hits"] / row["design_effect"], (row["votes"] - row["hits"]) / row["design_effect"]
    return row, beta(hits + 0.5, others + 0.5)


def _interval(row: pd.Series) -> str:
    return f"{percent(row['share'], 2)} (95 % {percent(row['lower'], 2)} to {percent(row['upper'], 2)})"


def win_rate_parts(statement: WinRatesMove, evidence: Evidence, seed: int) -> tuple[Flags, str]:
    """Whether each win rate moves by no more than stated, in each draw, shape (draws, 2 · pairs), and the numbers.

    Both rates are of votes that decide. The fresh votes are a part of all, so that their rate varies around that of all by
    p (1 − p) (1/m − 1/n).
    """
    asked, among = _asked(evidence)
    whole = _decided_votes(evidence, statement)
    kept = np.zeros(asked.whole, dtype=bool)
    kept[asked.row[among]] = True
    fresh = np.ones(asked.whole, dtype=bool)
    fresh[asked.row] = asked.fresh
    whole = whole[kept[whole["row"].to_numpy()]]
    rows = []
    for other in statement.others:
        one = whole[whole["other"] == other]
        left = one[fresh[one["row"].to_numpy()]]
        if len(left) < 2 or len(left) == len(one):
            continue
        share, moved = one["won"].mean(), left["won"].mean() - one["won"].mean()
        rows.append((other, len(one), len(left), share, moved, share * (1 - share) * (1 / len(left) - 1 / len(one))))
    if not rows:
        raise InputError(f"no decided votes of {statement.model} against {joined(statement.others)} repeat a prompt")
    frame = pd.DataFrame(rows, columns=["other", "votes", "left", "share", "moved", "variance"])
    rng = np.random.default_rng(seed)
    drawn = rng.normal(frame["moved"], np.sqrt(np.maximum(frame["variance"], 1e-12)), (_DRAWS, len(frame)))
    most = float(statement.by) / 100
    told = [f"{row.other} {percent(row.share)} → {percent(row.share + row.moved)}" for row in frame.itertuples()]
    largest = frame.loc[frame["moved"].abs().idxmax()]
    votes = f"{frame['left'].sum():,} of {frame['votes'].sum():,} decided votes are left"
    words = (
        f"{votes}; against {joined(told)}; the largest move is {signed(100 * largest['moved'], 1)} points ({largest['other']})"
    )
    return np.hstack([drawn <= most, drawn >= -most]), words


def _decided_votes(evidence: Evidence, statement: WinRatesMove) -> pd.DataFrame:
    """row (place in the vote table), other, won: the votes of the model against the others that one of the two won."""
    read = engine.to_pandas(evidence.votes.expression.select("model_a", "model_b", "outcome"))
    decided = read["outcome"].isin([Outcome.MODEL_A.value, Outcome.MODEL_B.value])
    parts = []
    for own, other, won in (("model_a", "model_b", Outcome.MODEL_A), ("model_b", "model_a", Outcome.MODEL_B)):
        part = read[decided & (read[own] == statement.model) & read[other].isin(statement.others)]
        parts.append(pd.DataFrame({"row": part.index, "other": part[other], "won": part["outcome"] == won.value}))
    return pd.concat(parts, ignore_index=True)


def exposure_parts(statement: ExposureGains, evidence: Evidence) -> tuple[Floats, str]:
    """The probability that a model gains on exposed prompts beyond the others, shape (1,), and the numbers.

    Topics are not held apart here, and a model that is good at what the set asks about gains too. So the probability decides
    nothing by itself.

    Raises:
        InputError: the votes go on after the claim, the set is not here, or it tells nothing of the model.
    """
    if _asked(evidence)[1].mean() < 1:
        raise InputError(f"the votes go on after the claim ({evidence.as_of.date}), and a set is held against all of them")
    # What else a board is made by has no place in the effect, which refuses it.
    settings = Settings(level=evidence.settings.level, interval="votes" if evidence.settings.interval == "votes" else "auto")
    found = exposure_effect(evidence.votes, statement.prompts, placebos=0, settings=settings)
    if found.effects is None or statement.model not in found.effects.models:
        why = found.left_out.get(statement.model, "no two models can be compared on the set and on other prompts")
        raise InputError(f"{statement.model} on prompts of {statement.prompts}: {why}")
    place = found.effects.models.index(statement.model)
    row = found.table.set_index("model").loc[statement.model]
    p_value = float(found.effects.p_values()[place])
    chance = 1 - p_value / 2 if row["effect"] > 0 else p_value / 2
    span = f"(95 % {signed(row['lower'])} to {signed(row['upper'])})"
    gains = f"it gains {signed(row['effect'])} points {span} on them"
    why = "topics are not held apart here, so this decides nothing; page 13 holds them apart"
    words = f"{row['exposed_votes']:,} of its votes have a prompt of the set; {gains}; {why}"
    return np.array([min(max(chance, _UNDECIDED), 1 - _UNDECIDED)]), words
