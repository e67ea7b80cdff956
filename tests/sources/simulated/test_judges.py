"""Tastes and habits of simulated judges: each does what it says, measured on the votes, and nothing at zero."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from analysis.cli import main
from analysis.errors import UsageError
from analysis.sources.simulated import endings
from analysis.sources.simulated.arena import RANGES
from analysis.sources.simulated.draws import FOLLOW_UPS, SAME_TOPIC, Change
from analysis.sources.simulated.grammars import languages, listed, rephrasing, topics
from analysis.sources.simulated.simulate import Arena, Simulation, july_2024, plain, simulate
from analysis.votes.outcome import Outcome
from analysis.votes.prompts import prompt_keys

SCORE = {Outcome.MODEL_A: 1.0, Outcome.MODEL_B: 0.0, Outcome.TIE: 0.5, Outcome.BOTH_BAD: 0.5}

#: Settings that are 0 in a plain arena.
HABITS = ("busiest", "tastes", "style_tastes", "turn_habits", "language_habits", "topic_habits", "sessions", "left", "drift",
          "rephrased")  # fmt: skip


def bare(**settings: float) -> Arena:
    """A plain arena in which every prompt is new, with some settings."""
    return replace(plain(6), greetings=0.0, famous=0.0, copies=0.0, near_copies=0.0, **settings)


@cache
def drawn(rows: int = 40_000, **settings: float) -> Simulation:
    return simulate(rows, seed=21, arena=bare(**settings), text=False)


def scores(simulation: Simulation) -> np.ndarray:
    return simulation.votes["outcome"].to_pandas().map(SCORE).to_numpy(float)


def pairs_within(group: np.ndarray, values: np.ndarray) -> float:
    """Sum of the products of all pairs of votes of one group: (Σ x)² − Σ x², group by group."""
    sums, squares = np.bincount(group, values), np.bincount(group, values**2)
    return float((sums**2 - squares).sum())


def same_within(group: np.ndarray, kinds: np.ndarray) -> float:
    """Share of pairs of votes of one group that are of the same kind."""
    both = np.unique(group * 1000 + kinds, return_counts=True)[1].astype(float)
    all_ = np.bincount(group).astype(float)
    return float((both * (both - 1)).sum() / (all_ * (all_ - 1)).sum())


# Zero, and one setting at a time


@pytest.mark.parametrize("name", HABITS)
def test_a_plain_arena_has_none_of_it(name: str) -> None:
    assert getattr(plain(), name) == 0
    assert getattr(july_2024(), name) != 0


def test_without_tastes_the_drawn_judges_are_the_population_and_nothing_drifts() -> None:
    truth = drawn().truth
    assert (truth.chances == truth.population).all()
    assert truth.expected_counts().equals(truth.expected_counts(drawn_judges=True))
    assert (truth.draws.drift == 0).all()
    assert not truth.draws.prompts.follows.any()
    assert truth.settings()["drift_by_day"] == {}


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ({"tastes": 0.5}, {"outcome"}),
        ({"style_tastes": 0.5}, {"outcome"}),
        ({"left": 1.0}, {"outcome"}),
        ({"drift": 50.0}, {"outcome"}),
        ({"turn_habits": 0.3}, {"turns", "style"}),  # a plain arena has no offset for several turns
        ({"language_habits": 0.5}, {"outcome", "turns", "style", "labels", "language"}),
        ({"topic_habits": 0.5}, {"outcome", "turns", "style", "labels"}),
        ({"sessions": 0.5}, {"outcome", "turns", "style", "labels", "language"}),
    ],
)
def test_a_setting_changes_nothing_but_what_it_is_about(settings: dict[str, float], changed: set[str]) -> None:
    columns = {name: {name} for name in ("judge", "time", "model_a", "model_b", "language", "turns", "outcome")}
    columns |= {"style": {"tokens_a", "bold_b"}, "labels": {"is_code", "criteria"}}
    one, other = drawn(5000).votes, drawn(5000, **settings).votes
    differing = {part for part, names in columns.items() if not one.select(list(names)).equals(other.select(list(names)))}
    assert differing == changed


def test_leaving_out_the_text_changes_no_vote_with_all_settings_on() -> None:
    texts = ["prompt", "prompts", "tokens_user"]
    bare_votes = simulate(3000, seed=5, text=False)
    assert bare_votes.votes.drop_columns(texts).equals(simulate(3000, seed=5).votes.drop_columns(texts))
    assert all(getattr(bare_votes.truth.arena, name) for name in HABITS)


# Tastes


@pytest.mark.parametrize("tastes", [0.25, 0.5, 1.0])
def test_votes_of_a_judge_on_one_pair_of_models_agree_as_the_tastes_say(tastes: float) -> None:
    arena = replace(plain(2, spread=0.0), tastes=tastes, votes_per_judge=40.0)
    simulation = simulate(120_000, seed=2, arena=arena, text=False)
    draws = simulation.truth.draws
    for_first = np.where(draws.first == 0, scores(simulation), 1 - scores(simulation)) - 0.5
    votes = np.bincount(draws.judge)
    found = pairs_within(draws.judge, for_first) / (votes * (votes - 1)).sum()
    levels = (np.arange(20_000) + 0.5) / 20_000  # the variance of a judge's chance, by the quantiles of two tastes' difference
    planted = np.var(expit(np.sqrt(2) * tastes * norm.ppf(levels)))
    assert found == pytest.approx(planted, rel=0.12)


def test_a_judge_has_the_same_taste_for_a_model_in_every_vote() -> None:
    truth = drawn(tastes=0.5).truth
    added = logit(truth.chance) - endings.log_odds(truth.draws, np.zeros((40_000, 4)), truth.arena)
    frame = pd.DataFrame({"judge": truth.draws.judge, "one": truth.draws.first, "other": truth.draws.second, "added": added})
    frame["sign"] = np.where(frame["one"] < frame["other"], 1, -1)
    low, high = frame[["one", "other"]].min(axis=1), frame[["one", "other"]].max(axis=1)
    spread = (frame["added"] * frame["sign"]).groupby([frame["judge"], low, high]).agg(lambda one: one.max() - one.min())
    assert spread.max() < 1e-4
    assert np.std(added) == pytest.approx(np.sqrt(2) * 0.5, rel=0.05)


def test_a_judges_coefficients_of_style_are_those_of_all_plus_own_ones() -> None:
    simulation = drawn(style_tastes=0.4, votes_per_judge=20.0)
    truth, draws = simulation.truth, simulation.truth.draws
    style = {name: simulation.votes[name].to_numpy() for name in simulation.votes.column_names if name.endswith(("_a", "_b"))
             and not name.startswith("model")}  # fmt: skip
    differences = endings.style_differences(style)
    added = logit(truth.chance) - endings.log_odds(draws, differences, truth.arena)
    own = []
    for judge in range(200):
        here = draws.judge == judge
        if here.sum() >= 8:
            coefficients, missed, *_ = np.linalg.lstsq(differences[here], added[here], rcond=None)
            assert missed.sum() < 1e-4
            own.append(coefficients)
    assert len(own) > 100
    assert np.std(own) == pytest.approx(0.4, rel=0.1)
    assert abs(np.mean(own)) < 4 * 0.4 / np.sqrt(4 * len(own))


def test_the_populations_chances_are_the_average_over_many_draws_of_judges() -> None:
    simulation = simulate(300, seed=4, arena=replace(july_2024(), tastes=0.6, style_tastes=0.3), text=False)
    draws, arena = simulation.truth.draws, simulation.truth.arena
    style = {name: simulation.votes[name].to_numpy() for name in simulation.votes.column_names if name.endswith(("_a", "_b"))
             and not name.startswith("model")}  # fmt: skip
    differences = endings.style_differences(style)
    odds = endings.log_odds(draws, differences, arena)
    rounds = [
        endings.outcome_chances(odds + endings.draw_tastes(draws, differences, arena, rng), draws, arena).astype(float)
        for rng in np.random.default_rng(0).spawn(1500)
    ]
    error = np.std(rounds, axis=0) / np.sqrt(len(rounds))
    assert (np.abs(np.mean(rounds, axis=0) - simulation.truth.population) < 5 * error + 1e-6).all()


def test_the_quadrature_is_right_where_the_mean_is_known() -> None:
    # An even chance stays even whatever the spread; a spread of 0 changes nothing.
    truth = drawn().truth
    none = np.zeros((40_000, 4))
    odds = np.linspace(-6, 6, 40_000)
    broad = endings.mean_chances(np.zeros(40_000), none, truth.draws, replace(truth.arena, tastes=2.0)).astype(float)
    assert broad[:, 0] + broad[:, 2:].sum(axis=1) / 2 == pytest.approx(0.5, abs=1e-6)
    narrow = endings.mean_chances(odds, none, truth.draws, truth.arena)
    assert narrow == pytest.approx(endings.outcome_chances(odds, truth.draws, truth.arena), abs=1e-6)
    tastes = 1.3
    exact = [np.mean(expit(mean + tastes * np.sqrt(2) * norm.ppf((np.arange(200_000) + 0.5) / 200_000))) for mean in (-3.0, 0.7)]
    found = endings.mean_chances(np.repeat([-3.0, 0.7], 20_000), none, truth.draws, replace(truth.arena, tastes=tastes))
    score = found[:, 0].astype(float) + found[:, 2:].sum(axis=1, dtype=float) / 2
    assert score[[0, -1]] == pytest.approx(exact, abs=1e-5)


def test_expected_counts_of_the_population_are_less_spread_than_those_of_its_judges() -> None:
    truth = drawn(tastes=0.5).truth
    one, other = truth.expected_counts(), truth.expected_counts(drawn_judges=True)
    assert one["votes"].sum() == pytest.approx(other["votes"].sum(), rel=1e-6)
    assert np.abs(one["votes"] - other["votes"]).max() > 1
    assert np.var(truth.population_chance) < np.var(truth.chance)
    assert truth.population_chance.mean() == pytest.approx(truth.chance.mean(), abs=0.005)


# Habits


@pytest.mark.parametrize("habit", [0.0, 0.03, 0.1, 0.25])
def test_the_intraclass_correlation_of_several_turns_is_the_planted_one_and_the_share_stays(habit: float) -> None:
    draws = drawn(100_000, turn_habits=habit, votes_per_judge=20.0).truth.draws
    apart = (draws.turns > 1) - draws.several
    found = pairs_within(draws.judge, apart) / pairs_within(draws.judge, np.sqrt(draws.several * (1 - draws.several)))
    assert found == pytest.approx(habit, abs=0.004 + 0.06 * habit)
    assert draws.several.mean() == pytest.approx(0.14, abs=0.001)
    assert np.mean(draws.turns > 1) == pytest.approx(0.14, abs=4 * np.sqrt(0.12 / 100_000 * (1 + 20 * habit)))


def test_the_chance_of_several_turns_is_the_arenas_on_average_with_listed_prompts_too() -> None:
    arena = replace(plain(), greetings=0.3, famous=0.2, copies=0.1, rephrased=0.1)
    assert simulate(100_000, seed=3, arena=arena, text=False).truth.draws.several.mean() == pytest.approx(0.14, abs=0.001)


@pytest.mark.parametrize("habit", [0.0, 0.5, 1.0])
def test_judges_stay_with_their_language_as_often_as_planted_and_languages_keep_their_shares(habit: float) -> None:
    draws = drawn(60_000, language_habits=habit, votes_per_judge=10.0).truth.draws
    shares = np.array([language.share for language in languages()])
    chance = float((shares**2).sum())
    assert same_within(draws.judge, draws.prompts.language) == pytest.approx(habit**2 + (1 - habit**2) * chance, abs=0.02)
    assert np.bincount(draws.prompts.language) / 60_000 == pytest.approx(shares, abs=0.025)


@pytest.mark.parametrize("habit", [0.0, 0.6])
def test_judges_stay_with_their_topic_as_often_as_planted_and_topics_keep_their_shares(habit: float) -> None:
    draws = drawn(60_000, topic_habits=habit, votes_per_judge=10.0).truth.draws
    english = draws.prompts.language == 0
    shares = np.array(languages()[0].topics)
    chance = float((shares**2).sum())
    found = same_within(draws.judge[english], draws.prompts.topic[english])
    assert found == pytest.approx(habit**2 + (1 - habit**2) * chance, abs=0.02)
    assert np.bincount(draws.prompts.topic[english], minlength=len(topics())) / english.sum() == pytest.approx(shares, abs=0.01)


@pytest.mark.parametrize("sessions", [0.0, 0.7])
def test_votes_of_a_session_stay_with_the_vote_before_as_often_as_planted(sessions: float) -> None:
    draws = drawn(60_000, sessions=sessions, votes_per_judge=10.0).truth.draws
    order = np.argsort(draws.session, kind="stable")
    next_, before = order[1:], order[:-1]
    together = draws.session[next_] == draws.session[before]
    next_, before = next_[together], before[together]
    assert (draws.judge[next_] == draws.judge[before]).all()
    assert len(next_) > 20_000
    language, topic = draws.prompts.language, draws.prompts.topic
    chance = sum(language.share**2 for language in languages())
    assert np.mean(language[next_] == language[before]) == pytest.approx(sessions + (1 - sessions) * chance, abs=0.02)
    english = (language[next_] == 0) & (language[before] == 0)
    chance = float((np.array(languages()[0].topics) ** 2).sum())
    # Of pairs that are both English, those that stayed: s over s + (1 − s) × the share of English.
    stayed = sessions / (sessions + (1 - sessions) * languages()[0].share) * SAME_TOPIC
    found = np.mean(topic[next_][english] == topic[before][english])
    assert found == pytest.approx(stayed + (1 - stayed) * chance, abs=0.02)
    assert np.mean(draws.prompts.follows[next_]) == pytest.approx(sessions * FOLLOW_UPS, abs=0.006)


def test_a_follow_up_takes_the_words_of_later_messages() -> None:
    simulation = simulate(20_000, seed=1, arena=bare(sessions=0.9, votes_per_judge=10.0))
    follows = simulation.truth.draws.prompts.follows
    prompts = np.array(simulation.votes["prompt"].to_pylist(), dtype=object)
    later = {message for vote in simulation.votes["prompts"].to_pylist() for message in vote[1:]}
    assert follows.sum() > 300
    assert np.mean([prompt in later for prompt in prompts[follows]]) > 0.6
    assert np.mean([prompt in later for prompt in prompts[~follows]]) < 0.1


@pytest.mark.parametrize(
    ("rows", "mean", "busiest"), [(60_000, 2.37, 0.2), (60_000, 2.4, 1 / 3), (6000, 2.0, 0.2), (20_000, 13.0, 1 / 3)]
)
def test_the_busiest_hundredth_of_judges_casts_the_planted_share(rows: int, mean: float, busiest: float) -> None:
    votes = np.sort(np.bincount(drawn(rows, votes_per_judge=mean, busiest=busiest).truth.draws.judge))[::-1]
    assert votes.min() >= 1
    assert votes.mean() == pytest.approx(mean, rel=0.001)
    assert votes[: round(len(votes) / 100)].sum() / rows == pytest.approx(busiest, abs=0.035)


def test_judges_who_are_equally_busy_vote_as_chance_has_it() -> None:
    votes = np.bincount(drawn(votes_per_judge=2.4).truth.draws.judge)
    assert np.var(votes) == pytest.approx(1.4, rel=0.05)  # one, and a Poisson number with mean 1.4
    assert np.sort(votes)[-len(votes) // 100 :].sum() / votes.sum() < 0.04


def test_the_left_place_adds_its_log_odds() -> None:
    simulation = simulate(200_000, seed=6, arena=replace(plain(4, spread=0.0), left=0.2), text=False)
    assert logit(scores(simulation).mean()) == pytest.approx(0.2, abs=4 * 2 * 0.5 / np.sqrt(200_000) * 2)
    assert simulation.truth.chance == pytest.approx(expit(0.2), abs=1e-6)


def test_strengths_drift_around_their_mean_by_the_planted_standard_deviation() -> None:
    arena = replace(plain(500), drift=30.0)
    truth = simulate(2000, seed=9, arena=arena, text=False).truth
    path, draws = truth.draws.drift, truth.draws
    assert path.shape == (arena.days, 500)
    assert np.std(path[-1] - path[0]) == pytest.approx(30, abs=4 * 30 / np.sqrt(2 * 500))
    assert np.abs(path.mean(axis=0)).max() < 0.01
    day = draws.seconds // 86_400
    now = arena.strength + path[day]
    votes = np.arange(2000)
    difference = now[votes, draws.first] - now[votes, draws.second]
    assert truth.chance == pytest.approx(1 / (1 + 10 ** (-difference / 400)), abs=1e-6)
    assert truth.settings()["drift_by_day"]["model-007"] == path[:, 6].tolist()


def test_the_drift_of_a_model_that_enters_late_has_its_mean_over_the_days_it_is_there() -> None:
    arena = replace(plain(4), drift=30.0, since=np.array([0.0, 30.0, 0.0, 60.0]))
    path = simulate(100, seed=9, arena=arena, text=False).truth.draws.drift
    assert [path[:, 0].mean(), path[30:, 1].mean(), path[60:, 3].mean()] == pytest.approx([0, 0, 0], abs=0.01)


# Repeats in other words


@cache
def rephrased() -> Simulation:
    return simulate(12_000, seed=2, arena=bare(rephrased=0.1))


def test_rephrased_repeats_are_as_frequent_as_planted_and_near_to_what_they_repeat() -> None:
    truth = rephrased().truth
    here = truth.draws.prompts.change == Change.REPHRASED
    assert np.mean(here) == pytest.approx(0.1, abs=0.012)
    assert set(truth.draws.prompts.change[~here]) == {Change.NONE}
    assert np.mean(truth.repeats[here] == "near") > 0.88  # the same words for the same prompt may come twice
    keys = prompt_keys(rephrased().votes["prompt"].combine_chunks())
    assert np.mean(keys[here] == keys[truth.draws.prompts.root[here]]) == 0


def test_a_rephrased_prompt_says_the_same_with_some_words_exchanged() -> None:
    prompts, text = rephrased().truth.draws.prompts, rephrased().votes["prompt"].to_pylist()
    english = np.flatnonzero((prompts.change == Change.REPHRASED) & (prompts.language == 0))
    shared = []
    for vote in english:
        one, other = set(text[vote].lower().split()), set(text[prompts.root[vote]].lower().split())
        shared.append(len(one & other) / len(other))
    assert 0.5 < np.mean(shared) < 0.95


def test_every_language_has_other_words_and_frames() -> None:
    for language in languages():
        how = rephrasing(language.name)
        assert all("{prompt}" in frame for frame in how.frames)
        assert all(phrase == phrase.lower() and phrase != other for phrase, other in how.phrases.items())
    english = rephrasing("English")
    assert english.exchange("How do I solve this? Write a story.") == "What is the way to work out this? Compose a tale."
    assert english.exchange("rewrites") == "rewrites"
    assert rephrasing("Chinese").exchange("怎么写") == "如何写"
    assert rephrasing("unknown").exchange("12+3") == "12+3"


def test_listed_prompts_can_be_said_in_other_words_too() -> None:
    arena = replace(plain(), greetings=0.5, famous=0.2, copies=0.0, near_copies=0.0, rephrased=0.3)
    simulation = simulate(2000, seed=1, arena=arena)
    prompts, text = simulation.truth.draws.prompts, simulation.votes["prompt"].to_pylist()
    here = np.flatnonzero((prompts.change == Change.REPHRASED) & (prompts.listed >= 0))
    assert len(here) > 300
    assert all(text[vote] != listed().texts[prompts.listed[vote]] for vote in here)


# Settings


@pytest.mark.parametrize("name", RANGES)
def test_a_setting_out_of_its_range_is_refused_with_the_range(name: str) -> None:
    low, high = RANGES[name]
    for wrong in (low - 0.5, high + 0.5, float("nan")):
        with pytest.raises(UsageError, match=f"^{name} must be between {low:g} and {high:g}"):
            replace(plain(), **{name: wrong})


def test_settings_that_cannot_hold_together_are_refused() -> None:
    with pytest.raises(UsageError, match="together at most 1"):
        replace(plain(), greetings=0.5, copies=0.6)
    with pytest.raises(UsageError, match="busiest must be at most 0"):
        replace(plain(), votes_per_judge=1.0, busiest=0.1)
    assert np.bincount(simulate(50, arena=replace(plain(), votes_per_judge=1.0), text=False).truth.draws.judge).max() == 1


def test_settings_are_given_as_text_by_name() -> None:
    assert plain().having({"tastes": "0.5", "left": "-1e-2"}).tastes == 0.5
    with pytest.raises(UsageError, match=r"no setting 'taste' of a simulated arena; there are .*tastes.*turn_habits"):
        plain().having({"taste": "1"})
    with pytest.raises(UsageError, match="tastes is a number, and 'much' is not"):
        plain().having({"tastes": "much"})


@pytest.mark.parametrize(
    "wrong", ["tastes=-1", "tastes=much", "tastes=nan", "tastes=inf", "tastes=", "tastes", "taste=1", "undecided=0.7", "models=3"]
)
def test_a_wrong_setting_of_the_command_is_one_line_and_exit_code_2(
    wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "votes.parquet"
    assert main(["simulate", "--rows", "10", "--seed", "1", "--set", wrong, "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert wrong.split("=")[0] in said
    assert not any(tmp_path.iterdir())


def test_the_command_simulates_with_the_settings_it_is_given(tmp_path: Path) -> None:
    out = tmp_path / "votes.parquet"
    given = ["--set", "tastes=0.75", "--set", "turn_habits=0", "--set", "tastes=0.5"]
    assert main(["simulate", "--rows", "300", "--seed", "1", *given, "--out", str(out)]) == 0
    arena = replace(july_2024(), tastes=0.5, turn_habits=0.0)
    assert pq.read_table(out).equals(simulate(300, seed=1, arena=arena).votes)
    planted = pq.read_table(tmp_path / "topics.parquet").to_pandas()
    assert (planted["chance"] != planted["population_chance"]).any()
