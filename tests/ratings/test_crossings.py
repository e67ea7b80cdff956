"""Settings in combination: what must hold of every board, shift, win rate and topic board, whatever meets in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.errors import UsageError
from analysis.ratings.board import Board, board
from analysis.ratings.boards import boards
from analysis.ratings.settings import CHOICES, Settings
from analysis.ratings.shift import shift
from analysis.ratings.win_rates import win_rates
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]

#: Models, votes and judges of the arena of these tests.
MODELS, VOTES, JUDGES = 10, 4_000, 700


def cast(seed: int = 3) -> pd.DataFrame:
    """Votes of judges with tastes of their own (0.5 log-odds per model), each with the style of both answers."""
    rng = np.random.default_rng(seed)
    judge = np.minimum(rng.pareto(1.2, VOTES) * 20, JUDGES - 1).astype(int)
    strength, tastes = rng.normal(0, 0.5, MODELS), rng.normal(0, 0.5, (JUDGES, MODELS))
    a = rng.integers(0, MODELS, VOTES)
    b = (a + rng.integers(1, MODELS, VOTES)) % MODELS
    chance = 1 / (1 + np.exp(strength[b] + tastes[judge, b] - strength[a] - tastes[judge, a]))
    tie, draw = 1.2 * chance * (1 - chance), rng.random(VOTES)
    outcome = np.where(
        draw < tie, np.where(draw < tie / 2, "tie", "both_bad"), np.where(draw < tie / 2 + chance, "model_a", "model_b")
    )
    style = {
        f"{feature}_{side}": rng.poisson(mean, VOTES)
        for feature, mean in (("tokens", 200), ("headers", 1), ("lists", 3), ("bold", 2))
        for side in "ab"
    }
    names = np.array([f"m{number:02}" for number in range(MODELS)])
    columns = {"model_a": names[a], "model_b": names[b], "outcome": outcome, "judge": [f"j{number}" for number in judge]}
    frame = pd.DataFrame(
        {**columns, "turns": 1 + (rng.random(VOTES) < 0.5), "prompt": [f"p{n}" for n in rng.integers(0, 900, VOTES)]}
    )
    return frame.assign(**style)


def combinations() -> Iterator[dict[str, Any]]:
    """All settings that can meet."""
    axes = product(CHOICES["ties"], CHOICES["interval"], CHOICES["cluster"], (0.0, 8.0), (False, True), (False, True))
    for ties, interval, cluster, ridge, reweight, style in axes:
        yield {
            "ties": ties,
            "interval": interval,
            "cluster": cluster,
            "ridge": ridge,
            "reweight": reweight,
            "style_control": style,
        }


def allowed() -> Iterator[dict[str, Any]]:
    for chosen in combinations():
        try:
            Settings(**chosen)
        except UsageError:
            continue
        yield chosen


def named(chosen: dict[str, Any]) -> str:
    return "-".join(str(value) for value in chosen.values())


ALLOWED = [pytest.param(chosen, id=named(chosen)) for chosen in allowed()]
LEVELS = pytest.mark.parametrize("level", [0.8, 0.95])
CATEGORIES = pytest.mark.parametrize("category", ["overall", "multi_turn"])
SETTINGS = pytest.mark.parametrize("chosen", ALLOWED)


@pytest.fixture
def votes(votes_of: Make) -> Votes:
    return votes_of(cast())


def halves(made: Board) -> np.ndarray:
    lower, upper = made.bounds
    return np.asarray((upper - lower) / 2)


def test_what_cannot_be_combined_is_one_line_and_the_rest_is_tested() -> None:
    refused = [chosen for chosen in combinations() if chosen not in list(allowed())]
    for chosen in refused:
        with pytest.raises(UsageError, match="cannot be combined|goes with|use ties=half") as raised:
            Settings(**chosen)
        assert "\n" not in str(raised.value)
    assert len(ALLOWED) == 36
    assert len(refused) + len(ALLOWED) == len(list(combinations()))


@SETTINGS
@LEVELS
@CATEGORIES
def test_a_board_holds_together(votes: Votes, votes_of: Make, chosen: dict[str, Any], level: float, category: str) -> None:
    settings = Settings(**chosen, level=level, rounds=300)
    made = board(votes, category, settings)
    lower, upper = made.bounds
    assert (lower < made.ratings).all(), "a rating lies below its interval"
    assert (made.ratings < upper).all(), "a rating lies above its interval"
    off = np.abs(made.draws.mean(axis=0) - made.ratings - (made.draws.mean() - made.ratings.mean()))
    assert (off < 0.35 * halves(replace(made, settings=replace(settings, level=0.68)))).all(), "draws lie off the fit"
    ranks = made.table
    assert ((ranks["rank_lower"] <= ranks["rank"]) & (ranks["rank"] <= ranks["rank_upper"])).all(), (
        "a rank lies outside its interval"
    )
    formula = board(votes, category, replace(settings, interval=formula_of(chosen["interval"]), level=0.5))
    scale = norm.ppf(0.5 + level / 2) / norm.ppf(0.75)
    np.testing.assert_allclose(
        np.median(halves(made) / halves(formula)), scale, rtol=0.1, err_msg="widths do not follow the level"
    )
    part = board(votes_of(cast()[::2]), category, settings)
    assert 1.15 < np.median(halves(part)) / np.median(halves(made)) < 1.75, "half of the votes do not widen intervals by about √2"


def formula_of(interval: str) -> str:
    """The interval by formula that resampling should agree with."""
    return {"bootstrap": "votes", "judges": "auto"}.get(interval, interval)


@SETTINGS
def test_the_same_question_asked_two_ways_has_one_answer(votes: Votes, votes_of: Make, chosen: dict[str, Any]) -> None:
    settings = Settings(**chosen, rounds=100)
    alone = board(votes, "multi_turn", settings)
    among = boards(votes, ["overall", "multi_turn"], settings)[0]["multi_turn"]
    cut = board(votes_of(cast().query("turns >= 2")), "overall", settings)
    for other in (among, cut):
        assert other.models == alone.models
        np.testing.assert_allclose(other.ratings, alone.ratings, atol=1e-6)
        np.testing.assert_allclose(other.bounds, alone.bounds, atol=1e-6)


@SETTINGS
@LEVELS
@CATEGORIES
def test_a_shift_holds_together(votes: Votes, chosen: dict[str, Any], level: float, category: str) -> None:
    settings = Settings(**chosen, level=level, rounds=60)
    same = shift(votes, category, category, settings).table
    np.testing.assert_allclose(same["rating_shift"], 0, atol=1e-9)
    np.testing.assert_allclose(same["shift_upper"] - same["shift_lower"], 0, atol=1e-3, err_msg="a board differs from itself")
    assert (same["rank_shift"] == 0).all()
    there, back = (
        shift(votes, *pair, settings).table.set_index("model") for pair in (("overall", category), (category, "overall"))
    )
    np.testing.assert_allclose(there["rating_shift"], -back.loc[there.index, "rating_shift"], atol=1e-6)
    np.testing.assert_allclose(there["shift_lower"], -back.loc[there.index, "shift_upper"], atol=1e-6)
    nested = shift(votes, "overall", "multi_turn", settings)
    alone = board(votes, "multi_turn", replace(settings, interval=formula_of(chosen["interval"])))
    half = (nested.table["shift_upper"] - nested.table["shift_lower"]) / 2
    # Half of the votes are left out of the second board: its shift is about as wide as a board of the other half.
    assert 0.4 < np.median(half) / np.median(halves(alone)) < 0.95, "the votes of both boards are not counted as shared"


@pytest.mark.parametrize("chosen", [param for param in ALLOWED if param.id.startswith("half") and not param.id.endswith("True")])
@LEVELS
def test_win_rates_hold_together(votes: Votes, chosen: dict[str, Any], level: float) -> None:
    made = board(votes, "overall", Settings(**chosen, level=level, rounds=60))
    frame, other = win_rates(made).frame, win_rates(replace(made, settings=replace(made.settings, level=0.5))).frame
    assert ((frame["lower"] <= frame["observed_share"]) & (frame["observed_share"] <= frame["upper"])).all()
    ratio = np.median((frame["upper"] - frame["lower"]) / (other["upper"] - other["lower"]))
    np.testing.assert_allclose(
        ratio, norm.ppf(0.5 + level / 2) / norm.ppf(0.75), rtol=0.05, err_msg="widths do not follow the level"
    )
    points = dict(zip(made.models, made.ratings, strict=True))
    gap = frame["model"].map(points) - frame["other"].map(points)
    np.testing.assert_allclose(frame["predicted_share"], 1 / (1 + 10 ** (-gap / 400)), atol=1e-9)
