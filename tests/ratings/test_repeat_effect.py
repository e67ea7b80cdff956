"""What repeats do to the board: weights against votes left out, against a dense sandwich, and against resampled judges."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy.special import expit

import analysis as arena
from analysis.categories.categories import find_category
from analysis.errors import InputError, UsageError
from analysis.prompts.asked import read_asked
from analysis.prompts.frequency import frequency_weights
from analysis.ratings.ballots import Ballots, read_ballots
from analysis.ratings.board import Board, Poll
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.repeat_effect import TREATMENTS, RepeatEffect, repeat_effect
from analysis.ratings.settings import Settings
from analysis.ratings.shift import compare, shift
from analysis.shares.discovery import q_values
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]

MODELS = ("a", "b", "c", "d", "e")


def frame_of(
    seed: int, rows: int = 3_000, judges: int = 150, pushed: float = 0.0, blank: float = 0.05, common_prompts: int = 12
) -> pd.DataFrame:
    """Votes of five models with an even chance, a third of them on a few prompts; there `a` wins that much more often."""
    rng = np.random.default_rng(seed)
    first, second = rng.permuted(np.tile(np.arange(5), (rows, 1)), axis=1)[:, :2].T
    common = rng.random(rows) < 0.35
    words = ["hi", "Hello", "joke", "a poem", "test", "why", *(f"riddle {n}" for n in range(common_prompts - 6))]
    prompt = np.where(common, rng.choice(words, rows), [f"p {n}" for n in range(rows)])
    chance = expit(0.4 * (second - first)) + np.where(common, pushed * ((first == 0) * 1.0 - (second == 0)), 0)
    outcome = np.where(rng.random(rows) < 0.15, "tie", np.where(rng.random(rows) < chance, "model_a", "model_b"))
    return pd.DataFrame(
        {
            "prompt": np.where(rng.random(rows) < blank, "", prompt),
            "model_a": np.array(MODELS)[first],
            "model_b": np.array(MODELS)[second],
            "outcome": outcome,
            "time": pd.date_range("2024-06-01", periods=rows, freq="7min", tz="UTC"),
            "judge": [f"j{number}" for number in rng.zipf(1.7, rows) % judges],
        }
    )


def poll(votes: Votes, weight: np.ndarray | None = None, settings: Settings = Settings()) -> Board:
    """A board with votes that count for so much, shape (votes,)."""
    overall = find_category("overall")
    by = ("judge",) if "judge" in votes.available else ()
    ballots = read(votes, by)
    kept = ballots if weight is None else ballots.weighing(weight[ballots.row])
    return Poll(votes, kept.pairs, kept).board(overall, settings)


READ: dict[str, Ballots] = {}


def read(votes: Votes, by: tuple[str, ...]) -> Ballots:
    """The ballots of votes, read once: two boards know what they share where their ballots were read together."""
    if str(votes.path) not in READ:
        READ[str(votes.path)] = read_ballots(votes, {"overall": find_category("overall")}, by)["overall"]
    return READ[str(votes.path)]


def dense(frame: pd.DataFrame, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strengths and, for each vote, its influence on them, shapes (5,) and (votes, 5), by Newton's method on every vote."""
    place = {model: number for number, model in enumerate(MODELS)}
    design = np.zeros((len(frame), 5))
    design[np.arange(len(frame)), frame["model_a"].map(place)] = 1
    design[np.arange(len(frame)), frame["model_b"].map(place)] -= 1
    score = frame["outcome"].map({"model_a": 1.0, "model_b": 0.0, "tie": 0.5}).to_numpy()
    strength = np.zeros(5)
    for _ in range(50):
        chance = expit(design @ strength)
        information = np.linalg.pinv(design.T @ (design * (weight * chance * (1 - chance))[:, None]), rcond=1e-9)
        strength = strength + information @ design.T @ (weight * (score - chance))
    return strength, (weight * (score - expit(design @ strength)))[:, None] * design @ information


def judge_sums(frame: pd.DataFrame, influence: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Influence summed by judge, each multiplied by the factor of `analysis.ratings.basis` for the votes that are kept."""
    code, judges = pd.factorize(frame["judge"])
    sizes = np.bincount(code[kept], minlength=len(judges)).astype(float)
    free = max(sizes.sum() ** 2 / (sizes**2).sum() - 1, 3.0)
    there = (sizes > 0).sum()
    factor = np.sqrt((there - 1) / there * free / (free - 2)) / (1 - np.minimum(sizes / sizes.sum(), 0.5))
    sums = np.zeros((len(judges), 5))
    np.add.at(sums, code, influence)
    return sums * factor[:, None]


@pytest.mark.parametrize("named", [True, False], ids=["over judges", "over votes"])
def test_votes_that_all_count_as_one_shift_nothing(votes_of: Make, named: bool) -> None:
    frame = frame_of(1) if named else frame_of(1).drop(columns="judge")
    votes = votes_of(frame)
    found = compare(poll(votes), poll(votes, np.ones(len(votes))))
    assert found.table["rating_shift"].abs().max() < 1e-9
    assert np.abs(found.covariance).max() < 1e-6
    assert (found.table["p_value"] > 0.99).all()


@pytest.mark.parametrize("named", [True, False], ids=["over judges", "over votes"])
def test_without_repeats_is_the_shift_to_fresh_prompts(votes_of: Make, named: bool) -> None:
    """Where no prompt is blank: votes without a prompt are not in `fresh`, and repeat nothing."""
    frame = frame_of(2, blank=0.0) if named else frame_of(2, blank=0.0).drop(columns="judge")
    votes = votes_of(frame)
    expected = shift(votes, "overall", "fresh", Settings(cluster="both" if named else "prompt")).table
    found = repeat_effect(votes).shifts["without"].table
    pd.testing.assert_frame_equal(found, expected, rtol=1e-6, atol=1e-6)


def cases() -> dict[str, Callable[[Votes], np.ndarray]]:
    def once(votes: Votes) -> np.ndarray:
        asked, weight = read_asked(votes), np.ones(len(votes))
        weight[asked.row] = 1 / np.bincount(asked.cluster)[asked.cluster]
        return weight

    return {
        "once": once,
        "sampled": lambda votes: frequency_weights(votes, 0.999),
        "drawn": lambda votes: np.random.default_rng(3).choice([0.0, 0.01, 0.3, 1.0], len(votes)),
        "light": lambda votes: np.full(len(votes), 0.01),
    }


@pytest.mark.parametrize("name", cases())
@pytest.mark.parametrize("named", [True, False], ids=["over judges", "over votes"])
def test_weighted_boards_and_their_shifts_have_the_covariance_of_a_dense_sandwich(votes_of: Make, name: str, named: bool) -> None:
    frame = frame_of(4) if named else frame_of(4).drop(columns="judge")
    votes = votes_of(frame)
    weight = cases()[name](votes)
    one, other = poll(votes), poll(votes, weight)
    found = compare(one, other)
    (plain, its), (weighed, theirs) = dense(frame, np.ones(len(frame))), dense(frame, weight)
    if named:
        its, theirs = judge_sums(frame, its, np.full(len(frame), True)), judge_sums(frame, theirs, weight > 0)
    order = [found.models.index(model) for model in MODELS]
    change = (weighed - plain) * POINTS
    assert found.table["rating_shift"].to_numpy()[order] == pytest.approx(change - change.mean(), abs=1e-5)
    for covariance, influence in ((found.covariance_to, theirs), (found.covariance, theirs - its)):
        assert covariance[np.ix_(order, order)] == pytest.approx(influence.T @ influence * POINTS**2, rel=1e-5, abs=1e-5)


def test_each_prompt_once_is_as_uncertain_as_boards_of_resampled_judges(votes_of: Make) -> None:
    frame = frame_of(5, rows=2_500, judges=400)
    frame["judge"] = [f"j{number}" for number in np.random.default_rng(5).integers(0, 400, len(frame))]
    votes = votes_of(frame)
    weight = cases()["once"](votes)
    found = compare(poll(votes), poll(votes, weight))
    code, judges = pd.factorize(frame["judge"])
    rng, drawn = np.random.default_rng(6), []
    for _ in range(300):
        times = np.bincount(rng.integers(0, len(judges), len(judges)), minlength=len(judges))[code].astype(float)
        drawn.append((dense(frame, weight * times)[0] - dense(frame, times)[0]) * POINTS)
    order = [found.models.index(model) for model in MODELS]
    error = np.sqrt(np.diag(found.covariance))[order]
    assert error == pytest.approx(np.std(drawn, axis=0), rel=0.2)


def test_only_what_repeats_say_moves_and_who_it_is_is_named(votes_of: Make) -> None:
    """On common prompts `a` wins 25 points of chance more: without them it loses, beyond noise, and the sentence says so."""
    found = repeat_effect(votes_of(frame_of(7, rows=6_000, pushed=0.25, common_prompts=60)))
    for name in ("without", "once"):
        part = found.table[found.table["treatment"] == TREATMENTS[name][0]].set_index("model")
        assert part["rating_shift"].idxmin() == "a"
        assert part["q_value"]["a"] < 0.01
    assert found.summary["moved"].iloc[0] >= 1
    assert "(a" in found.sentence or ", a" in found.sentence
    assert "beyond what chance allows" in found.sentence
    told = found.table[found.table["treatment"].isin(["Without repeats", "Each prompt once"])]
    assert told["q_value"].to_numpy() == pytest.approx(q_values(told["p_value"]))


@pytest.mark.parametrize(
    ("moved", "beyond", "words"),
    [
        (0, 0, "no rank and no rating of 5 models moves beyond what chance allows; the largest shift is"),
        (
            0,
            1,
            "no rating of 5 models moves beyond what chance allows, and 1 rank lies outside its chance band, where chance puts",
        ),
        (2, 0, "2 of 5 ratings (a and b) move beyond what chance allows; the largest shift is"),
        (1, 2, "1 of 5 ratings (a) moves beyond what chance allows, and 2 ranks lie outside their chance bands, where chance"),
    ],
)
def test_a_rank_outside_its_band_is_held_against_what_chance_puts_there(
    votes_of: Make, moved: int, beyond: int, words: str
) -> None:
    found = repeat_effect(votes_of(frame_of(15, rows=600)))
    table, here = found.table.copy(), found.table["treatment"] == "Without repeats"
    table.loc[here, "q_value"] = table.loc[here, "model"].map({name: 0.01 if name in "ab"[:moved] else 0.5 for name in MODELS})
    table.loc[here, "beyond_chance"] = table.loc[here, "model"].isin(list("ab"[:beyond]))
    found.__dict__["table"] = table
    assert words in found.sentence
    assert found.plot().title.startswith(f"Without repeats {moved or 'no'} ")


def test_repeats_like_all_other_votes_move_ratings_as_seldom_as_promised(votes_of: Make) -> None:
    """Of 40 arenas where repeats mean nothing, with a rating moved at a false-discovery rate of 5 %."""
    moved = [repeat_effect(votes_of(frame_of(100 + seed, rows=1_000))).summary["moved"].max() > 0 for seed in range(40)]
    assert sum(moved) <= 6  # P(X > 6) = 0.4 % at 5 %; treatments are alike, so that a false alarm is often one of all


def tasteful(seed: int, rows: int = 3_000) -> pd.DataFrame:
    """Votes of six models on prompts of which each has its taste; a quarter are on common prompts."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 6, rows)
    second = (first + 1 + rng.integers(0, 5, rows)) % 6
    common = rng.random(rows) < 0.25
    prompt = np.where(common, np.minimum(rng.zipf(1.6, rows), 300), 1_000 + np.arange(rows))
    taste, row = rng.normal(0, 0.5, (1_000 + rows, 6)), np.arange(rows)
    strength = np.linspace(-0.5, 0.5, 6) + taste[prompt]
    wins = rng.random(rows) < expit(strength[row, first] - strength[row, second])
    return pd.DataFrame(
        {
            "prompt": [f"q {number}" for number in prompt],
            "model_a": [f"m{number}" for number in first],
            "model_b": [f"m{number}" for number in second],
            "outcome": np.where(wins, "model_a", "model_b"),
            "judge": [f"j{number}" for number in rng.integers(0, 800, rows)],
        }
    )


def test_the_taste_of_common_prompts_is_no_effect_of_repeats(votes_of: Make) -> None:
    """Repeats differ in nothing but that a prompt has its taste; over judges alone 15 of these 16 arenas had a rating moved."""
    moved = [repeat_effect(votes_of(tasteful(seed))).summary["moved"].max() > 0 for seed in range(16)]
    assert sum(moved) <= 3


def test_intervals_are_over_judges_and_prompts_where_both_are_known(votes_of: Make) -> None:
    frame = frame_of(16, rows=900)
    both, prompts = repeat_effect(votes_of(frame)), repeat_effect(votes_of(frame.drop(columns="judge")))
    assert both.board.basis.kind == "judges and prompts"
    assert both.caption.endswith("95 % intervals over judges and prompts")
    assert prompts.board.basis.kind == "prompts"
    assert "for what is done with repeats reweighs whole prompts" in prompts.sentence
    few = repeat_effect(votes_of(frame.assign(judge="one")))
    assert few.board.basis.kind == "prompts"
    votes = repeat_effect(votes_of(frame.assign(prompt="hi", judge=None)))
    assert votes.board.basis.kind == "votes"
    assert "may look like an effect here" in votes.sentence


def test_prompts_that_are_alike_hang_together(votes_of: Make) -> None:
    """Prompts of one likeness are one cluster, whatever their wording."""
    frame = frame_of(17, rows=900, blank=0.0)
    alike = [f"Tell me a long story about a dragon and a knight in the old town {place % 3}" for place in range(900)]
    frame["prompt"] = np.where(np.arange(900) % 3 == 0, alike, [f"{place} {place * place} of {place}" for place in range(900)])
    frame["prompt"] = np.where(np.arange(900) % 9 == 0, np.roll(frame["prompt"], 3), frame["prompt"])
    basis = repeat_effect(votes_of(frame), kind="near", threshold=0.5).board.basis
    assert basis.ballots is not None
    sizes = basis.ballots.sizes["prompt"]
    assert sizes.max() >= 300
    numbers = pd.DataFrame({name: basis.ballots.clusters[name] for name in ("judge", "prompt", "judge and prompt")})
    assert numbers.groupby(["judge", "prompt"])["judge and prompt"].nunique().max() == 1
    assert numbers["judge and prompt"].nunique() == len(numbers[["judge", "prompt"]].drop_duplicates())


def test_so_few_votes_say_little(votes_of: Make) -> None:
    """What moves nothing because nearly nothing is there is not told as if it had been looked at."""
    rows = [("a", "b", "model_a"), ("b", "a", "model_a"), ("a", "b", "model_b"), ("b", "c", "tie")]
    frame = pd.DataFrame(rows, columns=["model_a", "model_b", "outcome"]).assign(prompt=["p", "p", "q", "r"])
    found = repeat_effect(votes_of(frame))
    assert "no rank and no rating" not in found.sentence
    assert "That says little" in found.sentence
    assert found.table["q_value"].isna().all()
    assert found.summary["moved"].tolist() == [0] * len(found.shifts)


def test_a_shift_that_hangs_on_few_prompts_says_little(votes_of: Make) -> None:
    """Only one prompt is frequent: what it does to the board says nothing of repeats."""
    frame = frame_of(18, rows=600, blank=0.0).assign(prompt=[f"p {n}" if n % 9 else "hi" for n in range(600)])
    found = repeat_effect(votes_of(frame))
    assert found.reweighed == {"without": 1, "once": 1, "sampled": 1}
    assert "That says little: only 1 prompt counts for less, and 10 are needed." in found.sentence
    assert found.summary["moved"].sum() == 0


def test_what_each_treatment_leaves_adds_up(votes_of: Make) -> None:
    frame = frame_of(8)
    found = repeat_effect(votes_of(frame))
    prompts = frame["prompt"].str.lower()
    different = prompts[prompts != ""].nunique() + (prompts == "").sum()
    assert found.worth["all"] == len(frame)
    assert found.worth["without"] == found.worth["once"] == pytest.approx(different)
    assert found.summary["votes"].tolist()[:2] == [different, different]


def test_order_of_rows_names_of_judges_and_sides_do_not_matter(votes_of: Make) -> None:
    frame = frame_of(9, rows=1_500)
    swapped = frame.assign(
        model_a=frame["model_b"],
        model_b=frame["model_a"],
        outcome=frame["outcome"].map({"model_a": "model_b", "model_b": "model_a", "tie": "tie"}),
        judge=frame["judge"].map(lambda name: f"{hash(name)} else"),
    ).sample(frac=1, random_state=1)
    one, two = (repeat_effect(votes_of(table)).table for table in (frame, swapped))
    columns = ["rating", "rating_shift", "shift_lower", "shift_upper", "p_value"]
    keys = ["treatment", "model"]
    one, two = (table.sort_values(keys, ignore_index=True)[keys + columns] for table in (one, two))
    pd.testing.assert_frame_equal(one, two, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(interval="votes"),
        Settings(cluster="prompt"),
        Settings(cluster="both"),
        Settings(ridge=1.0),
        Settings(reweight=True),
        Settings(minimum_votes=100),
        Settings(level=0.8),
    ],
    ids=["votes", "prompt", "both", "ridge", "reweight", "minimum_votes", "level"],
)
def test_settings_of_boards_are_those_of_the_shift_to_fresh_prompts(votes_of: Make, settings: Settings) -> None:
    votes = votes_of(frame_of(10, blank=0.0))
    over_both = settings.interval == "auto" and settings.cluster == "judge"
    expected = shift(votes, "overall", "fresh", replace(settings, cluster="both") if over_both else settings).table
    found = repeat_effect(votes, settings=settings).shifts["without"].table
    pd.testing.assert_frame_equal(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "settings",
    [Settings(style_control=True), Settings(ties="davidson"), Settings(interval="judges"), Settings(interval="bootstrap")],
)
def test_settings_that_cannot_weigh_votes_are_refused(votes_of: Make, settings: Settings) -> None:
    with pytest.raises(UsageError, match="weighs votes"):
        repeat_effect(votes_of(frame_of(11, rows=60)), settings=settings)


def test_votes_in_which_nothing_is_repeated_are_refused(votes_of: Make) -> None:
    frame = frame_of(12, rows=60)
    with pytest.raises(InputError, match=r"no prompt of .* is repeated \(60 votes with a prompt\)"):
        repeat_effect(votes_of(frame.assign(prompt=[f"of {number}" for number in range(60)])))


def test_a_treatment_that_leaves_no_board_says_why(votes_of: Make) -> None:
    """All votes ask the same: without repeats one vote is left, and once counts as one no model has a whole vote."""
    found = repeat_effect(votes_of(frame_of(13, rows=200).assign(prompt="hi")))
    assert list(found.shifts) == ["sampled"]
    assert "Without repeats: no two models both won and lost against each other" in found.sentence


def test_it_is_drawn_and_shown_from_python() -> None:
    found = arena.repeat_effect(arena.load_votes("sample"))
    assert isinstance(found, RepeatEffect)
    assert list(found.shifts) == list(TREATMENTS)
    assert found.plot().title.startswith("Without repeats")
    assert "What is done with repeats" in found._repr_html_()


@pytest.mark.parametrize("named", [True, False], ids=["over judges", "over votes"])
def test_every_vote_of_a_large_table_has_its_own_weight(votes_of: Make, named: bool) -> None:
    """In many row groups, read by several threads: the row of each ballot is that of its vote."""
    rows = 300_000
    rng = np.random.default_rng(14)
    first, second = rng.permuted(np.tile(np.arange(5), (rows, 1)), axis=1)[:, :2].T
    frame = pd.DataFrame({"model_a": np.array(MODELS)[first], "model_b": np.array(MODELS)[second], "prompt": "p"})
    frame["outcome"] = rng.choice(["model_a", "model_b", "tie", "both_bad"], rows)
    if named:
        frame["judge"] = [f"j{number}" for number in rng.integers(0, 40_000, rows)]
    votes = votes_of(frame)
    pq.write_table(pq.read_table(votes.path), votes.path, row_group_size=20_000)
    ballots = read(votes, ("judge",) if named else ())
    chosen = frame.iloc[ballots.row]
    low, high = (np.array(ballots.pairs.models)[side[ballots.pair]] for side in (ballots.pairs.first, ballots.pairs.second))
    assert sorted(ballots.row) == list(range(rows))
    sides = np.sort(chosen[["model_a", "model_b"]].to_numpy(dtype=str), axis=1)
    assert (sides == np.column_stack([low, high])).all()
    if named:
        judges = pd.DataFrame({"number": ballots.clusters["judge"], "name": chosen["judge"]}).drop_duplicates()
        assert len(judges) == frame["judge"].nunique()
