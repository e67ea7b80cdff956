"""Effects of exposure: a sum by hand, the covariance against a loop and a jackknife, and what must not change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import norm, t

from analysis.categories.categories import CATEGORIES
from analysis.ratings.ballots import BOTH, Ballots, read_ballots
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.exposure_fit import Compared, Effects, compared, fit_effects, less_others
from analysis.ratings.exposure_placebo import draw_placebos
from analysis.ratings.exposure_strata import crossed, overlap
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]
OVERALL = {"overall": CATEGORIES["overall"]}
MODELS = 4


def cast(votes: int = 1_600, judges: int = 60, seed: int = 1, bonus: float = 0.0) -> pd.DataFrame:
    """Votes of judges and on prompts that both have tastes; prompts 0 to 99 are exposed, `m3` gains `bonus` log-odds there."""
    rng = np.random.default_rng(seed)
    judge, prompt = rng.integers(0, judges, votes), np.minimum(rng.zipf(1.4, votes) % 500, 499)
    a = rng.integers(0, MODELS, votes)
    b = (a + rng.integers(1, MODELS, votes)) % MODELS
    liked = np.linspace(-0.5, 0.5, MODELS) + rng.normal(0, 0.5, (judges, MODELS))
    liking = rng.normal(0, 0.3, (500, MODELS))
    liking[:100, 3] += bonus
    chance = expit(liked[judge, a] - liked[judge, b] + liking[prompt, a] - liking[prompt, b])
    at, tie = rng.random(votes), 1.2 * chance * (1 - chance)
    outcome = np.where(at < tie, "tie", np.where(at < tie / 2 + chance, "model_a", "model_b"))
    names = np.array([f"m{number}" for number in range(MODELS)])
    texts = [f"prompt {number}" for number in prompt]
    frame = {"model_a": names[a], "model_b": names[b], "outcome": outcome, "judge": [f"j{number}" for number in judge]}
    return pd.DataFrame({**frame, "prompt": texts, "exposed": prompt < 100, "stratum": prompt % 3})


def held(votes_of: Make, frame: pd.DataFrame, by: tuple[str, ...] = ("judge", "prompt")) -> Compared:
    ballots = read_ballots(votes_of(frame.drop(columns=["exposed", "stratum"])), OVERALL, by)["overall"]
    return compared(ballots, frame["exposed"].to_numpy()[ballots.row], frame["stratum"].to_numpy()[ballots.row])


def of(votes_of: Make, frame: pd.DataFrame) -> Effects:
    return fit_effects(held(votes_of, frame))


def test_two_models_by_hand(votes_of: Make) -> None:
    """On exposed prompts x wins 30 of 40, on others 20 of 40: it gains POINTS × ln 3 on y."""
    wins = np.r_[np.ones(30), np.zeros(10), np.ones(20), np.zeros(20)]
    frame = pd.DataFrame({"model_a": "x", "model_b": "y", "outcome": np.where(wins == 1, "model_a", "model_b")})
    frame["prompt"] = [f"p{number}" for number in range(80)]
    frame["exposed"], frame["stratum"] = np.arange(80) < 40, 0
    found = fit_effects(held(votes_of, frame, ("prompt",)))
    assert found.models == ("x", "y")
    assert found.effect == pytest.approx([POINTS * np.log(3), -POINTS * np.log(3)])
    variance = 1 / (40 * 0.75 * 0.25) + 1 / (40 * 0.25)  # of a log-odds of 30 in 40, and of 20 in 40
    factor = (1 / (1 - 1 / 40)) ** 2
    assert found.error == pytest.approx(POINTS * np.sqrt(factor * variance), rel=1e-6)
    assert found.freedom == pytest.approx(78, rel=0.02)
    p_value = 2 * t.sf(found.effect[0] / found.error[0], found.freedom[0])
    assert found.p_values() == pytest.approx([p_value, p_value])
    quantiles = t.ppf(1 - 0.05 / 4, found.freedom[0]) + norm.ppf(0.8)
    assert found.smallest == pytest.approx(quantiles * found.error)


def test_overlap_weights_give_both_sides_the_same_strata_and_what_has_no_counterpart_nothing() -> None:
    stratum = np.array([0, 0, 0, 0, 1, 1, 2, 3])
    exposed = np.array([1, 0, 0, 0, 1, 0, 1, 0], dtype=bool)
    weight = overlap(exposed, stratum)
    assert weight == pytest.approx([0.75, 0.25, 0.25, 0.25, 0.5, 0.5, 0, 0])
    assert np.bincount(stratum, weight * exposed) == pytest.approx(np.bincount(stratum, weight * ~exposed))


def test_strata_are_all_that_differ_in_any_part() -> None:
    parts = [np.array([0, 0, 1, 1]), np.array([5, 7, 5, 5])]
    assert crossed(parts, 4).tolist() == [0, 1, 2, 2]
    assert crossed([], 3).tolist() == [0, 0, 0]


def test_a_gain_is_held_against_the_mean_of_the_others_by_their_exposed_votes() -> None:
    weight = np.array([0.5, 0.25, 0.25])
    assert less_others(weight, np.ones(3, dtype=bool)) @ np.array([10.0, 0.0, 4.0]) == pytest.approx([8, -8, 4 - 20 / 3])


def slowly(votes: Compared, name: str) -> np.ndarray:
    """The covariance of the gains, cluster by cluster, as the docstring of `exposure_fit` says it."""
    ballots, size = votes.ballots, len(votes.ballots.pairs.models)
    cluster = np.arange(len(votes.weight)) if name == "votes" else ballots.clusters[name]
    first, second = ballots.pairs.first[ballots.pair], ballots.pairs.second[ballots.pair]
    side = np.where(votes.exposed, 0, size)
    score = np.array([1, 0, 0.5, 0.5])[ballots.outcome]
    design = np.zeros((len(score), 2 * size))
    design[np.arange(len(score)), first + side] = 1
    design[np.arange(len(score)), second + side] = -1
    strength = np.zeros(2 * size)
    for _ in range(50):
        chance = expit(design @ strength)
        information = design.T @ (design * (votes.weight * chance * (1 - chance))[:, None])
        strength += np.linalg.pinv(information) @ design.T @ (votes.weight * (score - chance))
    bread = np.linalg.pinv(information)
    sums: dict[int, np.ndarray] = {}
    own = np.zeros((int(cluster.max()) + 1, 2 * size))
    np.add.at(own, cluster, np.abs(design) * votes.weight[:, None])
    part = own / own.sum(axis=0)
    for row in range(len(score)):
        scores = votes.weight[row] * (score[row] - chance[row]) * design[row] / (1 - np.minimum(part[cluster[row]], 0.5))
        sums[cluster[row]] = sums.get(cluster[row], 0) + scores
    meat = sum(np.outer(one, one) for one in sums.values())
    take = np.hstack([np.eye(size), -np.eye(size)]) @ bread
    return np.asarray(POINTS**2 * take @ meat @ take.T)


@pytest.mark.parametrize("name", ["votes", "judge", "prompt", BOTH])
def test_the_covariance_is_that_of_a_loop_over_clusters(votes_of: Make, name: str) -> None:
    votes = held(votes_of, cast(900))
    found = fit_effects(votes)
    project = np.eye(MODELS) - 1 / MODELS
    assert project @ found.gains[name] @ project == pytest.approx(project @ slowly(votes, name) @ project, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", ["judge", "prompt"])
def test_the_errors_are_those_of_leaving_clusters_out_one_by_one(votes_of: Make, name: str) -> None:
    """The jackknife of whole fits, weights and all, with strata that are large enough to stay."""
    frame = cast(3_000, judges=40)
    votes = held(votes_of, frame)
    found = fit_effects(votes)
    contrasts = less_others(found.weight, found.reference)
    ours = np.sqrt(np.diag(contrasts @ found.gains[name] @ contrasts.T))
    cluster = votes.ballots.clusters[name]
    left = []
    for one in np.unique(cluster):
        kept = cluster != one
        ballots = votes.ballots.only(kept).counted()
        part = compared(ballots, votes.exposed[kept], votes.stratum[kept])
        left.append(fit_effects(part).effect)
    away = np.array(left) - found.effect
    assert ours == pytest.approx(np.sqrt((away**2).sum(axis=0)), rel=0.25)


def test_sides_names_and_the_order_of_rows_change_nothing(votes_of: Make) -> None:
    frame = cast(800, bonus=0.5)
    plain = of(votes_of, frame)
    mirror = {"model_a": "model_b", "model_b": "model_a"}
    swapped = frame.rename(columns=mirror).assign(outcome=frame["outcome"].replace(mirror))
    shuffled = frame.sample(frac=1, random_state=2).reset_index(drop=True)
    names = dict(zip(plain.models, ["z", "y", "x", "w"], strict=True))
    renamed = frame.assign(model_a=frame["model_a"].map(names), model_b=frame["model_b"].map(names))
    for other in (of(votes_of, swapped), of(votes_of, shuffled)):
        assert other.effect == pytest.approx(plain.effect)
        assert other.error == pytest.approx(plain.error)
        assert other.freedom == pytest.approx(plain.freedom)
    turned = of(votes_of, renamed)
    assert turned.effect[::-1] == pytest.approx(plain.effect)
    assert turned.error[::-1] == pytest.approx(plain.error)


def test_no_error_is_below_that_of_votes_judges_or_prompts_alone(votes_of: Make) -> None:
    found = of(votes_of, cast())
    contrasts = less_others(found.weight, found.reference)
    for name in ("votes", "judge", "prompt"):
        assert (found.error**2 >= np.diag(contrasts @ found.gains[name] @ contrasts.T) - 1e-6).all()


def test_models_with_few_votes_or_without_connection_are_left_out_with_a_reason(votes_of: Make) -> None:
    frame = cast(900)
    few = pd.DataFrame(
        {"model_a": "rare", "model_b": "m1", "outcome": "tie", "judge": "j1", "prompt": "prompt 1"}, index=range(9)
    )
    wins = pd.DataFrame({"model_a": "best", "model_b": "m1", "outcome": "model_a", "judge": "j2"}, index=range(200))
    wins["prompt"], wins["exposed"] = [f"w {number}" for number in range(200)], np.arange(200) % 2 == 0
    whole = (
        pd.concat([frame, few.assign(exposed=True), wins], ignore_index=True)
        .fillna({"stratum": 0})
        .astype({"stratum": int, "exposed": bool})
    )
    votes = held(votes_of, whole)
    assert set(votes.ballots.pairs.models) == {"m0", "m1", "m2", "m3"}
    assert "are needed" in votes.left_out["rare"]
    assert votes.left_out["best"].startswith("no chain of wins and of losses")


def test_where_nobody_can_be_compared_there_is_nobody(votes_of: Make) -> None:
    votes = held(votes_of, cast(300).assign(exposed=False))
    assert votes.ballots.pairs.models == ()
    assert set(votes.left_out) == {"m0", "m1", "m2", "m3"}


def test_the_contrast_of_two_groups_is_the_difference_of_their_mean_gains(votes_of: Make) -> None:
    found = of(votes_of, cast())
    some = np.array([True, True, False, False])
    middle, lower, upper = found.contrast(some, ~some, 0.95)
    means = [np.average(found.gain[group], weights=found.weight[group]) for group in (some, ~some)]
    assert middle == pytest.approx(means[0] - means[1])
    assert lower < middle < upper
    assert found.contrast(~some, some, 0.95) == pytest.approx((-middle, -upper, -lower))


def test_placebo_sets_scatter_as_the_errors_say_and_spare_the_honest(votes_of: Make) -> None:
    votes = held(votes_of, cast(6_000, judges=900))
    found = fit_effects(votes)
    given = draw_placebos(votes, found, 100, seed=1)
    assert given.effects.shape == (100, MODELS)
    assert given.accusing <= 12
    lower, upper = given.band(0.95)
    assert (lower == -upper).all()
    again = draw_placebos(votes, found, 100, seed=1)
    assert (again.effects == given.effects).all()


def test_placebo_sets_hold_no_prompt_of_the_real_one(votes_of: Make) -> None:
    """A bonus on exposed prompts, however large, is nowhere in what random sets give."""
    plain, tuned = (held(votes_of, cast(4_000, judges=900, bonus=bonus)) for bonus in (0.0, 3.0))
    everybody = np.ones(MODELS, dtype=bool)
    found = [replace(fit_effects(votes), reference=everybody) for votes in (plain, tuned)]
    bands = [draw_placebos(votes, each, 60, seed=1).band(0.95)[1] for votes, each in zip((plain, tuned), found, strict=True)]
    assert bands[0] == pytest.approx(bands[1])
    assert fit_effects(tuned).accused().tolist() == [False, False, False, True]
    assert isinstance(tuned.ballots, Ballots)


def test_a_model_that_loses_or_gains_much_makes_the_others_neither_better_nor_worse(votes_of: Make) -> None:
    plain, lost, gained = (of(votes_of, cast(8_000, judges=2_000, bonus=bonus)) for bonus in (0.0, -2.0, 2.0))
    assert plain.reference.all()
    for found in (lost, gained):
        assert found.reference.tolist() == [True, True, True, False]
        means = [np.average(np.delete(found.gain[:3], place), weights=np.delete(found.weight[:3], place)) for place in range(3)]
        assert found.effect[:3] == pytest.approx(found.gain[:3] - means)
    assert not lost.accused().any()
    assert gained.accused().tolist() == [False, False, False, True]


def test_models_whose_votes_are_all_ties_are_left_out(votes_of: Make) -> None:
    frame = cast()
    tied = (frame[["model_a", "model_b"]] == "m1").any(axis=1)
    frame.loc[tied & frame["exposed"], "outcome"] = "tie"
    found = held(votes_of, frame)
    assert found.left_out == {"m1": "all its exposed votes are ties"}
    assert np.isfinite(fit_effects(found).half(0.95)).all()
    whole = held(votes_of, frame.assign(outcome="tie"))
    assert set(whole.left_out.values()) == {"all its exposed votes are ties"}
    assert not len(whole.ballots.row)
