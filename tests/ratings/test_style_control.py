"""Style control against statsmodels' robust logistic regression, and on votes whose style effect is known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.categories.categories import CATEGORIES
from analysis.ratings.ballots import Ballots, read_ballots
from analysis.ratings.board import board
from analysis.ratings.board_lists import style_coefficients
from analysis.ratings.bradley_terry import fit_bradley_terry
from analysis.ratings.pairs import SCORE
from analysis.ratings.settings import Settings
from analysis.ratings.style_control import fit_style
from analysis.votes.schema import STYLE_FEATURES
from analysis.votes.style_columns import relative_difference
from analysis.votes.table import Votes

MakeVotes = Callable[[pd.DataFrame], Votes]

STRENGTH = np.array([0.5, 0.2, 0.0, -0.2, -0.5])
EFFECT = {"tokens": 0.25, "headers": 0.02, "lists": 0.03, "bold": 0.02}

STYLED = Settings(style_control=True)


def cast(votes: int, seed: int) -> pd.DataFrame:
    """Votes in which the stronger models also write longer answers, and length sways the judge."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 5, votes)
    b = (a + rng.integers(1, 5, votes)) % 5
    frame = pd.DataFrame({"model_a": np.array(list("vwxyz"))[a], "model_b": np.array(list("vwxyz"))[b]})
    for side, model in (("a", a), ("b", b)):
        frame[f"tokens_{side}"] = rng.poisson(np.exp(5 + STRENGTH[model])) + 1
        for feature in STYLE_FEATURES[1:]:
            frame[f"{feature}_{side}"] = rng.poisson(1.5, votes)
    swayed = STRENGTH[a] - STRENGTH[b]
    for feature, effect in EFFECT.items():
        difference = relative_difference(frame[f"{feature}_a"].to_numpy(), frame[f"{feature}_b"].to_numpy(), feature)
        swayed = swayed + effect * difference / np.sqrt((difference**2).mean())
    chance = 1 / (1 + np.exp(-swayed))
    tie = rng.random(votes) < 2 / 3 * np.minimum(chance, 1 - chance)
    half_tie = 2 / 3 * np.minimum(chance, 1 - chance) / 2
    won = rng.random(votes) < (chance - half_tie) / (1 - 2 * half_tie)
    return frame.assign(outcome=np.where(tie, "tie", np.where(won, "model_a", "model_b")))


def styled(votes: Votes) -> Ballots:
    return read_ballots(votes, {"overall": CATEGORIES["overall"]}, (), style=True)["overall"]


def test_relative_differences_are_those_of_the_published_formula() -> None:
    assert relative_difference(np.array([300, 0]), np.array([100, 0]), "tokens").tolist() == [0.5, 0.0]
    assert relative_difference(np.array([3, 0]), np.array([0, 0]), "headers").tolist() == [0.75, 0.0]


def test_estimates_and_errors_equal_those_of_a_robust_logistic_regression(votes_of: MakeVotes) -> None:
    votes = styled(votes_of(cast(1500, seed=1)))
    fit, score = fit_style(votes), SCORE[votes.outcome]
    design = np.zeros((len(score), 5))
    rows = np.arange(len(score))
    design[rows, votes.pairs.first[votes.pair]] = 1
    design[rows, votes.pairs.second[votes.pair]] = -1
    columns = np.column_stack([design[:, 1:], votes.features / fit.scale])
    peer = sm.GLM(score, columns, family=sm.families.Binomial()).fit(cov_type="HC0", tol=1e-12)
    np.testing.assert_allclose(fit.strength[1:] - fit.strength[0], peer.params[:4], atol=1e-6)
    np.testing.assert_allclose(fit.coefficients, peer.params[4:], atol=1e-6)
    contrast = np.zeros((8, 9))
    contrast[:4, 0], contrast[:4, 1:5], contrast[4:, 5:] = -1, np.eye(4), np.eye(4)
    np.testing.assert_allclose(
        contrast @ fit.sandwich(fit.meat, fit.unseen) @ contrast.T, peer.cov_params(), rtol=1e-4, atol=1e-9
    )


def test_the_true_strengths_and_effects_are_recovered_and_plain_ratings_are_not(votes_of: MakeVotes) -> None:
    made = votes_of(cast(60_000, seed=2))
    votes = styled(made)
    fit = fit_style(votes)
    error = np.sqrt(np.diag(fit.covariance))
    assert (np.abs(fit.strength - STRENGTH) < 4 * error).all()
    table = style_coefficients(board(made, settings=Settings(style_control=True))).table.set_index("feature")
    for feature, effect in EFFECT.items():
        assert table.loc[feature, "lower"] - 0.01 < effect < table.loc[feature, "upper"] + 0.01
    plain = fit_bradley_terry(votes.pairs).strength
    assert plain[0] - STRENGTH[0] > 4 * error[0]


def test_of_features_without_effect_the_sentence_names_few(votes_of: MakeVotes) -> None:
    """Answers of random length and no effect: an arena in twenty may have one named; intervals alone name one in six."""
    named = alone = 0
    for seed in range(60):
        frame = cast(400, seed=500 + seed)
        sides = [name for name in frame.columns if name[-2:] in ("_a", "_b") and not name.startswith("model")]
        mixed = frame[sides].sample(frac=1, random_state=seed).to_numpy()
        listing = style_coefficients(board(votes_of(frame.assign(**dict(zip(sides, mixed.T, strict=True)))), settings=STYLED))
        table = listing.table
        alone += ((table["lower"] > 0) | (table["upper"] < 0)).any()
        named += not listing.sentence.startswith("None of the four")
        assert (table["q_value"].le(0.05)).any() == (not listing.sentence.startswith("None of the four"))
        assert "(false-discovery rate 5 %)" in listing.sentence
    assert named <= 8
    assert named < alone


def test_a_feature_that_never_varies_is_not_named(votes_of: MakeVotes) -> None:
    listing = style_coefficients(board(votes_of(cast(800, seed=4).assign(bold_a=0, bold_b=0)), settings=STYLED))
    assert listing.table.set_index("feature").loc["bold", ["coefficient", "p_value", "q_value"]].tolist() == [0, 1, 1]
    assert "bold" not in listing.sentence


def test_intervals_cover_the_truth_over_simulated_arenas(votes_of: MakeVotes) -> None:
    covered = []
    for seed in range(120):
        made = board(votes_of(cast(2500, seed=100 + seed)), settings=Settings(style_control=True))
        table = style_coefficients(made).table.set_index("feature")
        covered += [table.loc[name, "lower"] < effect < table.loc[name, "upper"] for name, effect in EFFECT.items()]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)


def test_swapping_the_sides_of_votes_changes_nothing(votes_of: MakeVotes) -> None:
    frame = cast(2000, seed=3)
    swap = {name: name[:-1] + {"a": "b", "b": "a"}[name[-1]] for name in frame.columns if name != "outcome"}
    swapped = frame.rename(columns=swap).assign(outcome=frame["outcome"].replace({"model_a": "model_b", "model_b": "model_a"}))
    mixed = pd.concat([frame[:1000], swapped[1000:][frame.columns]])
    one, other = (fit_style(styled(votes_of(votes))) for votes in (mixed, frame))
    np.testing.assert_allclose(one.coefficients, other.coefficients, atol=1e-9)
    np.testing.assert_allclose(one.strength, other.strength, atol=1e-9)


def test_a_feature_that_never_varies_has_no_effect(votes_of: MakeVotes) -> None:
    frame = cast(800, seed=4).assign(bold_a=0, bold_b=0)
    fit = fit_style(styled(votes_of(frame)))
    assert fit.coefficients[3] == 0
    assert np.isfinite(fit.sandwich(fit.meat, fit.unseen)).all()
