"""Votes that hang together: covariances against a loop over judges, coverage where people have tastes, and the fallbacks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from analysis.categories.categories import CATEGORIES, find_category
from analysis.claims.evidence import Needs, read_evidence
from analysis.errors import InputError
from analysis.ratings.ballots import Ballots, read_ballots
from analysis.ratings.basis import FEWEST, FEWEST_RESAMPLED, choose_basis
from analysis.ratings.board import board, fit_board
from analysis.ratings.bradley_terry import POINTS, BradleyTerry, fit_bradley_terry
from analysis.ratings.dependence import dependence
from analysis.ratings.fits import inverse, laplacian
from analysis.ratings.scores import Scores, products, square
from analysis.ratings.settings import Settings
from analysis.ratings.shift import shift, style_shift
from analysis.ratings.tie_models import TieModel
from analysis.shares.tallies import even_number
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]
OVERALL = {"overall": CATEGORIES["overall"]}
MODELS = 6


def cast(votes: int = 1_500, judges: int = 200, seed: int = 1, tastes: float = 0.8) -> pd.DataFrame:
    """Votes of judges with tastes, some of whom cast many; `strength` of the models is evenly spaced."""
    rng = np.random.default_rng(seed)
    weight = np.minimum(rng.pareto(1.5, judges), 8) + 0.3
    judge = rng.choice(judges, votes, p=weight / weight.sum())
    liked = np.linspace(-0.5, 0.5, MODELS) + rng.normal(0, tastes, (judges, MODELS))
    a = rng.integers(0, MODELS, votes)
    b = (a + rng.integers(1, MODELS, votes)) % MODELS
    chance = expit(liked[judge, a] - liked[judge, b])
    at, tie = rng.random(votes), 1.2 * chance * (1 - chance)
    outcome = np.where(at < tie, "tie", np.where(at < tie / 2 + chance, "model_a", "model_b"))
    names = np.array([f"m{number}" for number in range(MODELS)])
    columns = {"model_a": names[a], "model_b": names[b], "outcome": outcome, "judge": [f"j{number}" for number in judge]}
    more = {"turns": rng.integers(1, 3, votes), "prompt": [f"prompt {number}" for number in rng.integers(0, 400, votes)]}
    style = {f"{name}_{side}": rng.poisson(20, votes) for name in ("tokens", "headers", "lists", "bold") for side in "ab"}
    return pd.DataFrame({**columns, **more, **style})


def slowly(frame: pd.DataFrame, strength: dict[str, float], by: list[str]) -> np.ndarray:
    """The clustered covariance in points squared, judge by judge, as the module's docstring says it; models sorted by name."""
    models = sorted(strength)
    total = np.zeros((len(models), len(models)))
    information = np.zeros_like(total)
    sums: dict[tuple[str, ...], np.ndarray] = {}
    sizes: dict[tuple[str, ...], int] = {}
    for row in frame.itertuples():
        e = np.zeros(len(models))
        e[models.index(str(row.model_a))], e[models.index(str(row.model_b))] = 1, -1
        chance = expit(strength[str(row.model_a)] - strength[str(row.model_b)])
        score = {"model_a": 1.0, "model_b": 0.0}.get(str(row.outcome), 0.5) - chance
        key = tuple(str(getattr(row, name)) for name in by)
        sums[key], sizes[key] = sums.get(key, 0) + score * e, sizes.get(key, 0) + 1
        information += chance * (1 - chance) * np.outer(e, e)
    n, clusters = len(frame), len(sizes)
    free = n**2 / sum(size**2 for size in sizes.values()) - 1
    for key, summed in sums.items():
        total += np.outer(summed, summed) / (1 - sizes[key] / n) ** 2
    bread = np.linalg.pinv(information, rcond=1e-10, hermitian=True)
    return np.asarray(bread @ total @ bread * (clusters - 1) / clusters * free / (free - 2) * POINTS**2)


def strengths(made: object, models: tuple[str, ...]) -> dict[str, float]:
    fit = getattr(made, "fit", None)
    assert isinstance(fit, BradleyTerry)
    return dict(zip(models, fit.strength, strict=True))


def by_name(covariance: np.ndarray, models: tuple[str, ...]) -> np.ndarray:
    order = np.argsort(models)
    return covariance[np.ix_(order, order)]


def test_intervals_over_judges_are_those_of_a_loop_over_judges(votes_of: Make) -> None:
    frame = cast()
    made = board(votes_of(frame))
    truth = slowly(frame, strengths(made, tuple(sorted(made.models))), ["judge"])
    np.testing.assert_allclose(by_name(made.covariance, made.models), truth, rtol=1e-6, atol=1e-6)
    assert made.basis.by == ("judge",)


def test_two_ways_at_once_are_the_sum_of_both_less_what_shares_both(votes_of: Make) -> None:
    frame = cast()
    made = board(votes_of(frame), settings=Settings(cluster="both"))
    strength = strengths(made, tuple(sorted(made.models)))
    truth = (
        slowly(frame, strength, ["judge"]) + slowly(frame, strength, ["prompt"]) - slowly(frame, strength, ["judge", "prompt"])
    )
    np.testing.assert_allclose(by_name(made.covariance, made.models), truth, rtol=1e-6, atol=1e-6)


def test_a_vote_cast_twice_by_the_same_judge_says_nothing_new(votes_of: Make) -> None:
    once = cast(3_000, judges=3_000, tastes=0).assign(judge=[f"j{number}" for number in range(3_000)])
    single, double = board(votes_of(once)), board(votes_of(pd.concat([once, once])))
    np.testing.assert_allclose(double.covariance, single.covariance, rtol=0.01)
    assert double.widening == pytest.approx(2**0.5, rel=0.01)
    assert double.effective_votes == pytest.approx(3_000, rel=0.01)


def test_where_no_judge_votes_twice_intervals_are_those_over_votes_and_it_is_said(votes_of: Make) -> None:
    frame = cast(2_000).assign(judge=[f"j{number}" for number in range(2_000)])
    made = board(votes_of(frame))
    assert made.widening == pytest.approx(1, abs=0.002)
    assert "Intervals are over 2,000 judges (no judge voted twice), 1.00 times as wide as over votes" in made.sentence


@pytest.mark.parametrize(
    "settings", [Settings(), Settings(ties="davidson"), Settings(ties="rao_kupper"), Settings(style_control=True)]
)
def test_the_order_of_votes_and_the_names_of_judges_change_nothing(votes_of: Make, settings: Settings) -> None:
    frame = cast()
    other = frame.sample(frac=1, random_state=4).assign(judge=lambda votes: "x" + votes["judge"].str[::-1])
    one, two = board(votes_of(frame), settings=settings), board(votes_of(other), settings=settings)
    assert one.models == two.models
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-7, atol=1e-7)


def test_swapping_the_sides_changes_nothing(votes_of: Make) -> None:
    frame = cast()
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a"})
    swapped["outcome"] = frame["outcome"].map({"model_a": "model_b", "model_b": "model_a", "tie": "tie"})
    np.testing.assert_allclose(board(votes_of(frame)).covariance, board(votes_of(swapped)).covariance, rtol=1e-9)


def test_scores_of_tie_models_and_style_sum_to_zero_and_their_squares_to_the_meat(votes_of: Make) -> None:
    votes = votes_of(cast())
    ballots = read_ballots(votes, OVERALL, ("judge",), style=True)["overall"]
    for settings in (Settings(), Settings(ties="davidson"), Settings(ties="rao_kupper"), Settings(style_control=True)):
        fit = fit_board(ballots.pairs, CATEGORIES["overall"], settings, ballots=ballots).fit
        assert fit is not None
        alone = fit.scores(ballots, np.arange(len(ballots.pair)))
        whole = alone.matrix(len(ballots.pair)).toarray()
        np.testing.assert_allclose(whole.sum(axis=0), 0, atol=1e-6)
        np.testing.assert_allclose(whole.T @ whole, fit.meat, atol=1e-8)
        if isinstance(fit, TieModel):
            assert whole.shape[1] == MODELS + 1


@pytest.mark.parametrize("most", [2, 9, 400])
def test_products_of_scores_are_those_of_their_matrices(most: int) -> None:
    rng = np.random.default_rng(most)

    def made(width: int) -> Scores:
        cluster = np.minimum(rng.pareto(0.5, 3_000) * 50, 2_999).astype(int) % (3_000 // most + 40)
        columns = (rng.integers(0, width, 3_000), rng.integers(0, width, 3_000))
        return Scores(cluster, columns, (rng.normal(size=3_000), rng.normal(size=3_000)), width)

    one, other = made(7), made(5)
    rows = 1 + int(max(one.cluster.max(), other.cluster.max()))
    left, right = one.matrix(rows).toarray(), other.matrix(rows).toarray()
    np.testing.assert_allclose(products(one, other), left.T @ right, atol=1e-8)
    np.testing.assert_allclose(products(one, one), left.T @ left, atol=1e-8)
    assert square(one) == pytest.approx(np.trace(left.T @ left), rel=1e-12)
    assert square(one.of(np.zeros(rows, dtype=bool))) == 0


def test_a_shift_over_judges_is_that_of_a_loop_over_judges(votes_of: Make) -> None:
    """Two disjoint categories share no vote, and yet judges vote in both."""
    frame = cast(3_000, judges=120)
    made = shift(votes_of(frame), "single_turn", "multi_turn")
    models = tuple(sorted(made.models))
    influence = []
    for turns, part in ((1, made.board_from), (2, made.board_to)):
        votes = frame[frame["turns"] == turns]
        fit = part.fit
        assert isinstance(fit, BradleyTerry)
        strength, sums = dict(zip(models, fit.strength, strict=True)), np.zeros((120, MODELS))
        for row in votes.itertuples():
            chance = expit(strength[str(row.model_a)] - strength[str(row.model_b)])
            score = {"model_a": 1.0, "model_b": 0.0}.get(str(row.outcome), 0.5) - chance
            sums[int(str(row.judge)[1:]), models.index(str(row.model_a))] += score
            sums[int(str(row.judge)[1:]), models.index(str(row.model_b))] -= score
        sizes = votes["judge"].str[1:].astype(int).value_counts().reindex(range(120), fill_value=0).to_numpy()
        free, clusters = even_number(sizes) - 1, (sizes > 0).sum()
        factor = np.sqrt((clusters - 1) / clusters * free / (free - 2)) / (1 - sizes / sizes.sum())
        influence.append(POINTS * (factor[:, None] * sums) @ fit.bread)
    order = [models.index(model) for model in made.models]
    np.testing.assert_allclose(made.cross, (influence[0].T @ influence[1])[np.ix_(order, order)], atol=1e-6)
    assert np.diag(made.cross).mean() > 0.05 * np.diag(made.covariance_to).mean()  # tastes are the same in both
    gap = influence[1] - influence[0]
    np.testing.assert_allclose(made.covariance, (gap.T @ gap)[np.ix_(order, order)], atol=1e-6)


def test_a_style_shift_over_judges_varies_less_than_its_two_boards(votes_of: Make) -> None:
    made = style_shift(votes_of(cast(3_000)))
    assert made.by == ("judge",)
    assert np.diag(made.covariance).max() < 0.2 * np.diag(made.covariance_to).min()


def test_intervals_over_judges_hold_the_population_s_strengths_and_those_over_votes_do_not() -> None:
    """Tastes of 0.5 log-odds, and three judges of three hundred who cast a third of 6,000 votes."""
    held: dict[str, list[float]] = {"votes": [], "auto": []}
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    for seed in range(50):
        rng = np.random.default_rng(seed)
        strength = rng.normal(0, 0.6, 12)
        weight = np.r_[np.full(3, 50.0), rng.pareto(1.5, 297) + 0.2]
        weight[:3] = weight[3:].sum() / 6
        judge = rng.choice(300, 6_000, p=weight / weight.sum())
        liked = strength + rng.normal(0, 0.5, (300, 12))
        a = rng.integers(0, 12, 6_000)
        b = (a + rng.integers(1, 12, 6_000)) % 12
        won = rng.random(6_000) < expit(liked[judge, a] - liked[judge, b])
        ballots = ballots_of(a, b, np.where(won, 0, 1), judge)
        gap = strength[ballots.pairs.first] - strength[ballots.pairs.second]
        chance = expit(gap[:, None] + 2**0.5 * 0.5 * nodes) @ (weights / weights.sum())
        endless = 1e6 * np.column_stack([chance, 1 - chance, 0 * chance, 0 * chance])
        truth = POINTS * fit_bradley_terry(ballots.pairs.with_counts(endless)).strength
        for interval, hits in held.items():
            made = fit_board(ballots.pairs, CATEGORIES["overall"], Settings(interval=interval), ballots=ballots)
            place = [int(model[1:]) for model in made.models]
            lower, upper = made.bounds
            hits.append(float(((lower - 1000 <= truth[place]) & (truth[place] <= upper - 1000)).mean()))
    assert np.mean(held["votes"]) < 0.85
    assert 0.92 < np.mean(held["auto"]) < 0.98


def ballots_of(a: np.ndarray, b: np.ndarray, outcome: np.ndarray, judge: np.ndarray) -> Ballots:
    from analysis.ratings.ballots import gather

    names = pd.DataFrame({"model": [f"m{number:02}" for number in range(12)], "number": range(12)})
    column = {
        "left": a,
        "right": b,
        "outcome": outcome,
        "judge": judge,
        "judge_known": np.ones(len(a), dtype=bool),
        "members_0": a | 1,
    }
    return gather(column, names, ("overall",), ("judge",), False)["overall"]


@pytest.mark.parametrize(
    ("judges", "words", "by"),
    [
        (["one"] * 600, "all votes are by one judge, and 10 are needed. They may be too narrow", ()),
        ([f"j{n % 8}" for n in range(600)], "there are only 8 judges, and 10 are needed. They may be too narrow", ()),
        ([None] * 400 + [f"j{n % 50}" for n in range(200)], "only 200 of 600 votes name their judge. They may be too narrow", ()),
        (
            ["busy"] * 300 + [f"j{n}" for n in range(300)],
            "Intervals are over 301 judges (one judge cast 50 % of the votes)",
            ("judge",),
        ),
        ([None] * 100 + [f"j{n % 100}" for n in range(500)], "(100 votes do not name their judge and count as ", ("judge",)),
        ([f"j{n}" for n in range(600)], "(no judge voted twice)", ("judge",)),
        (["", *[f"j{n % 60}" for n in range(599)]], "Intervals are over 61 judges, ", ("judge",)),
    ],
)
def test_a_judge_column_that_says_too_little_has_a_fallback_said_in_one_line(
    votes_of: Make, judges: list[str | None], words: str, by: tuple[str, ...]
) -> None:
    made = board(votes_of(cast(600).assign(judge=judges)))
    assert words in made.intervals
    assert made.basis.by == by
    assert made.intervals in made.sentence


def test_votes_without_judges_say_so(votes_of: Make) -> None:
    made = board(votes_of(cast(300).drop(columns="judge")))
    assert made.sentence.endswith("Intervals are over votes, because these votes do not say who cast them.")
    assert made.caption == "Board: Overall; 95 % intervals over votes"


@pytest.mark.parametrize("settings", [Settings(interval="judges"), Settings(cluster="prompt"), Settings(cluster="both")])
def test_what_was_asked_for_by_name_is_refused_where_there_are_too_few(votes_of: Make, settings: Settings) -> None:
    few = cast(600).assign(judge=[f"j{n % 8}" for n in range(600)], prompt=[f"p{n % 8}" for n in range(600)])
    fewest = FEWEST_RESAMPLED if settings.interval == "judges" else FEWEST
    with pytest.raises(InputError, match=rf"there are only 8 (judges|prompts), and {fewest} are needed\. Use interval=votes\."):
        board(votes_of(few), settings=settings)


def test_repeated_prompts_hang_together_where_they_favour_a_model(votes_of: Make) -> None:
    """A famous question that one model always wins: many ask it, and it says one thing."""
    frame = cast(3_000, judges=3_000, tastes=0).assign(judge=[f"j{n}" for n in range(3_000)])
    rng = np.random.default_rng(5)
    famous = rng.integers(0, 120, 3_000)
    winner = rng.integers(0, 2, (120, MODELS)).astype(bool)
    liked = (
        winner[famous, frame["model_a"].str[1:].astype(int)].astype(int) - winner[famous, frame["model_b"].str[1:].astype(int)]
    )
    frame["outcome"] = np.where(liked > 0, "model_a", np.where(liked < 0, "model_b", frame["outcome"]))
    found = dependence(votes_of(frame.assign(prompt=[f"Question {number}?" for number in famous])))
    table = found.table.set_index("intervals")
    assert table.loc["judges", "width_ratio"] == pytest.approx(1, abs=0.01)
    assert table.loc["prompts", "width_ratio"] > 1.3
    assert table.loc["judges and prompts", "width_ratio"] == pytest.approx(table.loc["prompts", "width_ratio"], rel=0.02)
    assert table.loc["prompts", "clusters"] == 120
    assert "Over prompts intervals are" in found.sentence
    assert "the 3,000 votes are worth" in found.sentence


def test_prompts_that_differ_in_case_and_space_are_one_cluster_in_every_kind_of_category(votes_of: Make) -> None:
    frame = cast(900).assign(tags=[["law"] if number % 3 else ["art"] for number in range(900)])
    frame["prompt"] = [text.upper() if number % 2 else f" {text}  " for number, text in enumerate(frame["prompt"])]
    votes = votes_of(frame)
    for name, chosen in (
        ("overall", frame),
        ("multi_turn", frame.query("turns == 2")),
        ("tag:law", frame[frame["tags"].str[0] == "law"]),
    ):
        category = find_category(name)
        ballots = read_ballots(votes, {name: category}, ("judge", "prompt"))[name]
        for by, values in (("judge", chosen["judge"]), ("prompt", chosen["prompt"].str.strip().str.lower())):
            together = pd.Series(ballots.clusters[by]).groupby(values.loc[ballots.row].to_numpy()).nunique()
            assert (together == 1).all(), f"{by} of {name}"
            assert len(np.unique(ballots.clusters[by])) == values.nunique()


def test_a_model_whose_votes_are_ties_alone_has_the_model_s_interval(votes_of: Make) -> None:
    """A newcomer with two ties: ±24 by the sandwich; by the model 1.96 · 173.7 · √(3/4 · 1 / (2 · ¼)) and a little more."""
    rows = [("a", "b", "model_a", 60), ("a", "b", "model_b", 50), ("b", "c", "model_a", 45), ("b", "c", "model_b", 50)]
    rows += [("a", "c", "model_a", 50), ("a", "c", "model_b", 55), ("a", "newcomer", "tie", 2)]
    frame = pd.DataFrame([row[:3] for row in rows for _ in range(row[3])], columns=["model_a", "model_b", "outcome"])
    made = board(votes_of(frame))
    lower, upper = made.bounds
    half = dict(zip(made.models, (upper - lower) / 2, strict=True))
    assert half["newcomer"] == pytest.approx(1.96 * POINTS * 0.75 * 2**0.5, rel=0.02)
    table = made.table.set_index("model")
    assert table.loc["newcomer", ["rank_lower", "rank_upper"]].tolist() == [1, 4]


@pytest.mark.parametrize("interval", ["auto", "judges"])
@pytest.mark.parametrize("judges", [1, 2])
def test_a_model_that_one_or_two_judges_alone_voted_on_is_no_surer_than_by_its_votes(
    votes_of: Make, judges: int, interval: str
) -> None:
    """The scores of its votes sum to zero, so that one judge who cast them all leaves nothing to square."""
    frame, rng = cast(2_000), np.random.default_rng(3)
    count = 30 * judges
    newcomer = frame.head(count).assign(model_a="newcomer", model_b=rng.choice(["m1", "m2", "m3"], count))
    newcomer["outcome"] = np.tile(["model_a", "model_b", "tie"], count // 3)
    newcomer["judge"] = [f"fan {number % judges}" for number in range(count)]
    votes = votes_of(pd.concat([frame, newcomer]))
    over_judges, over_votes = (board(votes, settings=Settings(interval=name, rounds=400)) for name in (interval, "votes"))
    half = [dict(zip(made.models, made.bounds[1] - made.ratings, strict=True)) for made in (over_judges, over_votes)]
    assert half[0]["newcomer"] > 0.9 * half[1]["newcomer"]
    same = shift(votes, "overall", "overall", Settings(interval=interval, rounds=60)).table
    np.testing.assert_allclose(same["shift_upper"] - same["shift_lower"], 0, atol=1e-3)


@pytest.mark.parametrize("interval", ["votes", "bootstrap"])
def test_ties_alone_tell_nothing_and_no_model_is_sure_of_its_rank(votes_of: Make, interval: str) -> None:
    pairs = [("a", "b"), ("b", "c"), ("a", "c")]
    frame = pd.DataFrame([(*pair, "tie") for pair in pairs for _ in range(5)], columns=["model_a", "model_b", "outcome"])
    made = board(votes_of(frame), settings=Settings(interval=interval, rounds=2_000))
    lower, upper = made.bounds
    # By the model each of the five votes of a pair has the information ¼.
    assert made.fit is not None
    information = laplacian(made.fit.pairs, np.full(3, 5 / 4))
    np.testing.assert_allclose((upper - lower) / 2, 1.96 * POINTS * np.sqrt(np.diag(inverse(information))), rtol=0.08)
    assert made.table["rank_lower"].tolist() == [1, 1, 1]
    assert made.table["rank_upper"].tolist() == [3, 3, 3]


def test_the_ridge_s_interval_is_that_of_the_posterior_with_two_models_too(votes_of: Make) -> None:
    """A prior of one vote on each of two strengths: their difference has the prior's precision ½, the votes' n p (1 − p)."""
    rows = [("a", "b", "model_a")] * 40 + [("a", "b", "model_b")] * 40
    made = board(votes_of(pd.DataFrame(rows, columns=["model_a", "model_b", "outcome"])), settings=Settings(ridge=1.0))
    lower, upper = made.bounds
    difference = 1 / (80 / 4 + 1 / 2)  # variance of θa − θb; each lies half of it from the mean
    np.testing.assert_allclose((upper - lower) / 2, 1.96 * POINTS * np.sqrt(difference) / 2, rtol=1e-4)


def test_judges_of_a_reading_are_the_same_in_all_its_categories(votes_of: Make) -> None:
    names = {name: CATEGORIES[name] for name in ("overall", "multi_turn", "single_turn")}
    frame = cast(800)
    found = read_ballots(votes_of(frame), names)
    for name, rows in (
        ("overall", frame),
        ("multi_turn", frame[frame["turns"] == 2]),
        ("single_turn", frame[frame["turns"] == 1]),
    ):
        number = pd.factorize(frame["judge"])[0]
        assert sorted(found[name].row.tolist()) == rows.index.tolist()
        assert found[name].clusters["judge"].tolist() == number[found[name].row].tolist()


def test_a_board_of_few_busy_judges_is_worth_fewer_judges() -> None:
    assert even_number(np.array([10, 10, 10, 10])) == 4
    assert even_number(np.array([97, 1, 1, 1])) == pytest.approx(100**2 / (97**2 + 3))


def test_choosing_needs_no_ballots_for_intervals_over_votes() -> None:
    assert choose_basis(None, Settings(interval="votes")).kind == "votes"
    assert choose_basis(None, Settings(interval="bootstrap")).resampled


def test_more_categories_than_one_number_has_bits_are_kept_apart(votes_of: Make) -> None:
    frame = cast(700).assign(turns=np.arange(700) % 70 + 1)
    names = {f"turns {number}": find_category(f"where:turns == {number} or turns == {71 - number}") for number in range(1, 71)}
    found = read_ballots(votes_of(frame), names)
    for number, (name, ballots) in enumerate(found.items(), start=1):
        inside = frame.index[frame["turns"].isin([number, 71 - number])]
        assert sorted(ballots.row.tolist()) == inside.tolist(), name
        assert ballots.pairs.votes == len(inside)


def test_votes_without_style_do_not_mix_up_which_prompts_were_asked_before(votes_of: Make) -> None:
    """The first third has no style and fresh prompts alone; of the rest the second half asks again what the first half asked."""
    frame = cast(1_800)
    frame["prompt"] = [f"once {n}" for n in range(600)] + [f"twice {n % 600}" for n in range(1_200)]
    columns = [f"{name}_{side}" for name in ("tokens", "headers", "lists", "bold") for side in "ab"]
    frame[columns] = frame[columns].astype("Int32")
    frame.loc[:599, columns] = pd.NA
    needs = Needs(shifts=(("overall", "deduplicated"), ("overall", "fresh")))
    made = read_evidence(votes_of(frame), [("2024-07", needs)], Settings(style_control=True))["2024-07"].without_repeats
    assert made.board_from.votes.sum() / 2 == 1_200
    kept = made.board_to.basis.ballots
    assert kept is not None
    assert sorted(kept.row.tolist()) == list(range(600, 1_200))
