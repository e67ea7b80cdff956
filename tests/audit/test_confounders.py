"""Things that could move votes: planted terms are found, noise is not, and what cannot be looked at is said."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.special import expit

from analysis.audit.case import Case, case_of
from analysis.audit.check import Verdict
from analysis.audit.confounders import ALIKE, DIFFERENCE, LATER, SHARPNESS, SIDE, Confounders, check_confounders
from analysis.audit.features import parse_features
from analysis.errors import InputError, UsageError
from analysis.figures.audit.confounders import figure_confounders
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.settings import Settings
from analysis.sources.simulated.faults import faulty

MODELS = [f"model-{number:02d}" for number in range(1, 7)]

#: Of two organizations, and every other one with open weights.
FACTS = pd.DataFrame(
    {
        "model": MODELS,
        "organization": ["here", "there"] * 3,
        "license": "",
        "open_weights": [True, True, False, False, True, False],
        "parameters_b": np.nan,
    }
)

#: Of the two sides, what votes have of a model.
Pull = Callable[[pd.DataFrame, np.ndarray], np.ndarray]


def cast(votes: int = 8_000, seed: int = 1, pull: Pull = lambda _, gap: 0 * gap, **columns: object) -> pd.DataFrame:
    """Votes between six models 60 points apart, with further columns; `pull` adds to the left model's log-odds."""
    rng = np.random.default_rng(seed)
    left = rng.integers(0, 6, votes)
    right = (left + rng.integers(1, 6, votes)) % 6
    gap = 60 / POINTS * (right - left)
    frame = pd.DataFrame({"model_a": np.array(MODELS)[left], "model_b": np.array(MODELS)[right]})
    frame["judge"] = [f"judge-{number}" for number in rng.integers(0, votes // 2, votes)]
    frame["mark"] = rng.random(votes) < 0.3
    frame["number"] = rng.normal(0, 1, votes)
    frame["text"] = rng.choice(["one", "two", "three"], votes)
    frame["wit_a"], frame["wit_b"] = rng.integers(0, 9, votes), rng.integers(0, 9, votes)
    frame = frame.assign(**columns)
    won = rng.random(votes) < expit(gap + pull(frame, gap))
    tied = rng.random(votes) < 0.1
    return frame.assign(outcome=np.where(tied, "tie", np.where(won, "model_a", "model_b")))


def case(frame: pd.DataFrame) -> Case:
    return case_of(pa.Table.from_pandas(frame, preserve_index=False), facts=FACTS)


def looked(frame: pd.DataFrame, *texts: str) -> Confounders:
    return check_confounders(case(frame), parse_features(texts))


def row(found: Confounders, feature: str, on: str, value: str = "") -> pd.Series:
    table = found.table
    return table[(table["feature"] == feature) & (table["on"] == on) & (table["value"] == value)].iloc[0]


def test_features_are_columns_by_their_names() -> None:
    assert parse_features(["code=is_code", " how long = tokens ", "hard=criteria:open_weights"]) == {
        "code": "is_code",
        "how long": "tokens",
        "hard": "criteria:open_weights",
    }


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (["code"], "takes NAME=COLUMN"),
        (["=code"], "takes NAME=COLUMN"),
        (["code="], "takes NAME=COLUMN"),
        (["code=is_code:"], "takes NAME=COLUMN"),
        (["code=is_code", "code=math"], "given twice"),
        (["code=is_code:open_weight"], "did you mean open_weights"),
    ],
)
def test_what_is_not_a_feature_is_wrong_usage(texts: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why) as told:
        parse_features(texts)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "given",
    ["code=is_code", ("code=is_code",), iter(["code=is_code"]), {"code": "is_code"}, {" code ": " is_code "}],
    ids=["text", "tuple", "iterator", "mapping", "spaces"],
)
def test_features_come_one_or_several_or_by_their_names(given: object) -> None:
    assert parse_features(given) == {"code": "is_code"}  # type: ignore[arg-type]


def test_no_features_may_be_given_as_nothing_and_a_number_is_none() -> None:
    assert parse_features(None) == parse_features([]) == parse_features("") == {}
    for given in (3, [3], {"code": 3}):
        with pytest.raises(UsageError, match="NAME=COLUMN") as told:
            parse_features(given)  # type: ignore[arg-type]
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("column", ["outcome", "model_a", "vote_id"])
def test_what_the_board_is_made_of_is_no_feature_of_it(column: str) -> None:
    with pytest.raises(UsageError, match=f"feature it: the board is made of {column}"):
        looked(cast(), f"it={column}")


def test_longer_answers_that_win_are_found_and_move_the_wordy_model_back() -> None:
    found = check_confounders(case_of(faulty("length")))
    tokens = row(found, "tokens", DIFFERENCE)
    assert found.verdict == Verdict.BEWARE
    # 0.3 log-odds per 0.36 of the relative difference, whose root mean square is a little more.
    assert tokens["lower"] < 0.31 < tokens["upper"]
    assert tokens["most_moved"] == "model-07"
    assert tokens["move"] < -20
    assert "answers with more tokens win more often" in found.sentence


def test_the_power_to_find_length_is_high_and_clean_arenas_raise_few_alarms() -> None:
    assert all(check_confounders(case_of(faulty("length", votes=6_000, seed=seed))).fires for seed in range(10))
    found = [check_confounders(case_of(faulty(votes=1_500, models=6, seed=seed))) for seed in range(100)]
    assert sum(each.fires for each in found) <= 12


def test_columns_of_noise_raise_few_alarms_however_many_there_are() -> None:
    texts = ("mark=mark:open_weights", "number=number:organization", "text=text", "wit=wit")
    found = [looked(cast(1_500, seed=seed), *texts) for seed in range(100)]
    assert len(found[0].table) == 14
    assert sum(each.fires for each in found) <= 12
    inside = [(each.table["lower"] < 0) & (each.table["upper"] > 0) for each in found]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


def test_a_number_that_helps_the_left_answer_is_found_with_its_size() -> None:
    found = looked(cast(20_000, pull=lambda frame, _: 0.2 * frame["number"].to_numpy()), "number=number")
    told = row(found, "number", SIDE)
    # A tenth are ties, half a win for both sides, which takes a tenth of every effect near nothing.
    assert told["coefficient"] == pytest.approx(0.18, abs=0.03)
    assert told["q_value"] < 0.001
    assert row(found, "number", SHARPNESS)["q_value"] > 0.05
    assert "the more number, the more often the left answer wins" in found.sentence
    assert found.verdict == Verdict.KNOW
    assert "no rating leaves its interval" in found.sentence


def test_a_mark_under_which_quality_counts_less_is_found_as_sharpness() -> None:
    found = looked(cast(20_000, pull=lambda frame, gap: -0.7 * gap * frame["mark"].to_numpy()), "mark=mark")
    told = row(found, "mark", SHARPNESS)
    assert told["votes"] == pytest.approx(6_000, abs=200)
    # Of a lead 1 without the mark and 0.3 with it, seven tenths of the mean one of 0.79.
    assert told["coefficient"] == pytest.approx(-0.7 / 0.79, abs=0.12)
    assert "in votes marked “mark” the better model wins less clearly" in found.sentence


def test_a_mark_that_helps_open_weights_is_found_for_them() -> None:
    weights = FACTS.set_index("model")["open_weights"].astype(float)

    def pull(frame: pd.DataFrame, gap: np.ndarray) -> np.ndarray:
        apart = frame["model_a"].map(weights).to_numpy() - frame["model_b"].map(weights).to_numpy()
        return 0.4 * apart * frame["mark"].to_numpy()

    found = looked(cast(20_000, pull=pull), "mark=mark:open_weights")
    told = row(found, "mark", "models with open weights")
    assert told["coefficient"] == pytest.approx(0.36, abs=0.12)
    assert "in votes marked “mark” models with open weights win more often" in found.sentence
    by_organization = looked(cast(20_000, pull=pull), "mark=mark:organization").table
    assert sum(on.startswith("models of ") for on in by_organization["on"]) == 1  # of two, the other is the same told twice


def test_values_of_a_text_are_each_held_against_the_other_votes() -> None:
    found = looked(cast(20_000, pull=lambda frame, _: 0.4 * (frame["text"] == "two").to_numpy()), "text=text")
    assert row(found, "text", SIDE, "two")["coefficient"] == pytest.approx(0.36, abs=0.1)
    assert row(found, "text", SIDE, "one")["coefficient"] < 0
    assert "in votes with text two the left answer wins more often" in found.sentence


def test_two_values_are_one_term() -> None:
    found = looked(cast(text=np.resize(["one", "two", "two"], 8_000)), "text=text")
    assert list(found.table.loc[found.table["feature"] == "text", "value"]) == ["one", "one"]


def test_a_difference_between_answers_is_that_of_its_two_columns() -> None:
    def pull(frame: pd.DataFrame, gap: np.ndarray) -> np.ndarray:
        one, other = frame["wit_a"].to_numpy(float), frame["wit_b"].to_numpy(float)
        apart = (one - other) / (one + other + 1)
        return 0.5 * apart / np.sqrt((apart**2).mean())

    assert row(looked(cast(20_000, pull=pull), "wit=wit"), "wit", DIFFERENCE)["coefficient"] == pytest.approx(0.45, abs=0.05)


def test_models_of_one_organization_are_looked_at_without_being_asked() -> None:
    home = FACTS.set_index("model")["organization"]

    def pull(frame: pd.DataFrame, gap: np.ndarray) -> np.ndarray:
        return -0.8 * gap * (frame["model_a"].map(home) == frame["model_b"].map(home)).to_numpy()

    told = row(looked(cast(20_000, pull=pull)), ALIKE, SHARPNESS)
    assert told["coefficient"] < -0.5
    assert told["q_value"] < 0.05


def test_pairs_that_have_something_of_their_own_are_not_taken_for_what_their_organizations_do() -> None:
    """A number per model does not tell all of a pair: with votes as all there is to chance, half of such arenas would alarm."""
    alarms = 0
    for seed in range(60):
        own = np.triu(np.random.default_rng(seed).normal(0, 0.4, (6, 6)), 1)

        def pull(frame: pd.DataFrame, gap: np.ndarray, own: np.ndarray = own - own.T) -> np.ndarray:
            one, other = (frame[side].str[-1].astype(int).to_numpy() - 1 for side in ("model_a", "model_b"))
            return own[one, other] + 0 * gap

        found = looked(cast(4_000, seed=seed, pull=pull))
        assert list(found.table["feature"]) == [ALIKE]
        alarms += found.fires
    assert alarms <= 8


def test_what_comes_later_in_a_session_is_told_by_its_votes_or_by_its_turns() -> None:
    votes = 9_000
    time = pd.Timestamp("2024-06-01", tz="UTC") + pd.to_timedelta(np.arange(votes), "min")
    session = np.random.default_rng(1).permutation(np.repeat([f"s{number}" for number in range(votes // 3)], 3))
    named = cast(votes, session=session, time=time)
    assert row(looked(named), LATER, SIDE)["votes"] == votes // 3  # the first of each session are the fewer
    later = pd.Series(session).duplicated().to_numpy()
    turns = cast(votes, session=session, time=time, turns=1, session_turns=np.where(later, 2, 1))
    pd.testing.assert_frame_equal(looked(named).table, looked(turns).table)


def test_neither_sides_nor_the_order_of_votes_nor_names_of_models_matter() -> None:
    frame = cast(6_000, pull=lambda frame, gap: 0.3 * frame["mark"].to_numpy() - 0.5 * gap * (frame["text"] == "one").to_numpy())
    texts = ("mark=mark:open_weights", "text=text", "wit=wit")
    one = looked(frame, *texts)
    swapped = frame.rename(columns={"model_a": "model_b", "model_b": "model_a", "wit_a": "wit_b", "wit_b": "wit_a"})
    swapped["outcome"] = swapped["outcome"].replace({"model_a": "model_b", "model_b": "model_a"})
    other = looked(swapped.sample(frac=1, random_state=1), *texts)
    turned = np.where(one.table["on"] == SIDE, -1.0, 1.0)
    np.testing.assert_allclose(one.table["coefficient"], turned * other.table["coefficient"], atol=1e-5)
    for column in ("votes", "q_value", "move", "part", "places"):
        np.testing.assert_allclose(one.table[column], other.table[column], atol=1e-4)
    names = dict(zip(MODELS, reversed([f"x{number}" for number in range(6)]), strict=True))
    facts = FACTS.assign(model=FACTS["model"].map(names))
    table = pa.Table.from_pandas(frame.replace({"model_a": names, "model_b": names}), preserve_index=False)
    renamed = check_confounders(case_of(table, facts=facts), parse_features(texts))
    np.testing.assert_allclose(one.table["coefficient"], renamed.table["coefficient"], atol=1e-5)
    assert [names[model] for model in one.table["most_moved"]][:1] == list(renamed.table["most_moved"])[:1]


@pytest.mark.parametrize(
    ("columns", "text", "why"),
    [
        ({"flat": 1}, "it=flat", "it is the same in all votes"),
        ({"flat": True}, "it=flat", "it is the same in all votes"),
        ({"flat": "a"}, "it=flat", "it is the same in all votes"),
        ({"flat": np.nan}, "it=flat", "it holds nothing for these votes"),
        ({"own": np.arange(8_000).astype(str)}, "it=own", "it has 8,000 different values, and 30 are the most"),
        ({"rare": np.arange(8_000) == 5}, "it=rare", "only 1 vote tells of it"),
        ({"same_a": 3, "same_b": 3}, "it=same", "never differs between the two answers"),
        ({}, "it=math", "these votes have no math"),
        ({"parts": [["a"]] * 8_000}, "it=parts", "neither numbers nor marks nor texts"),
    ],
)
def test_a_column_that_cannot_be_looked_at_is_left_out_with_the_reason(columns: dict[str, object], text: str, why: str) -> None:
    found = looked(cast(**columns), text, "number=number")
    assert why in found.left_out["it"]
    assert set(found.table["feature"]) == {"number", ALIKE}
    assert f"Not looked at: it, because {found.left_out['it']}." in found.sentence
    assert found.notes == ()


def test_of_many_columns_that_cannot_be_looked_at_a_sentence_names_three_and_a_note_all() -> None:
    found = looked(cast(flat=1), *(f"it {number}=flat" for number in range(5)), "number=number")
    assert found.sentence.endswith("it 2, because it is the same in all votes; and 2 more.")
    assert [text in found.notes[0] for text in ("it 0", "it 4", "more")] == [True, True, False]


def test_groups_of_models_that_nothing_is_known_of_are_named() -> None:
    made = case_of(pa.Table.from_pandas(cast(), preserve_index=False), facts=FACTS.assign(organization="here"))
    found = check_confounders(made, {"it": "number:organization"})
    assert "Not looked at: it by organization, because no two of these models" in found.sentence


def test_a_difference_between_answers_that_tells_which_model_is_which_is_named_as_not_looked_at() -> None:
    """A constant of each model, in as many units for both: with two models the gap has it already."""
    frame = cast()
    frame = frame[frame["model_a"].isin(MODELS[:2]) & frame["model_b"].isin(MODELS[:2])]
    size = {model: number + 1 for number, model in enumerate(MODELS)}
    found = looked(
        frame.assign(size_a=frame["model_a"].map(size), size_b=frame["model_b"].map(size)), "size=size", "number=number"
    )
    assert "size (more in one answer), because it cannot be told apart from the models" in found.sentence


@pytest.mark.parametrize("ties", [True, False])
def test_a_column_that_is_the_outcome_is_to_beware_of(ties: bool) -> None:
    frame = cast(3_000)
    frame["won"] = (frame["outcome"] == "model_a").astype(int)
    found = looked(frame[(frame["outcome"] != "tie") | ties], "won=won")
    told = row(found, "won", SIDE)
    assert found.verdict == Verdict.BEWARE
    assert told["q_value"] < 0.001
    assert told[["coefficient", "lower", "upper", "move", "part", "places"]].isna().all()
    assert "the more won, the more often the left answer wins, so surely that no finite coefficient fits" in found.sentence
    assert "won" not in found.left_out


def test_a_column_that_decides_all_votes_is_told_first_and_the_others_go_on() -> None:
    frame = cast(pull=lambda frame, _: 0.5 * frame["number"].to_numpy())
    frame = frame[frame["outcome"] != "tie"]
    known = frame.assign(
        winner_a=(frame["outcome"] == "model_a").astype(int), winner_b=(frame["outcome"] == "model_b").astype(int)
    )
    found = looked(known, "number=number", "winner=winner")
    assert found.table["feature"][found.beyond[0]] == "winner"
    assert "above all, answers with a higher winner win more often, so surely" in found.sentence
    assert row(found, "number", SIDE)["coefficient"] > 0.3
    assert "of 4 things that could move votes" in figure_confounders(found).title


def test_a_figure_of_nothing_but_what_decides_votes_is_drawn_and_says_the_error_of_the_check() -> None:
    frame = cast(2_000)
    known = frame[["model_a", "model_b", "outcome"]].assign(
        won_a=(frame["outcome"] == "model_a").astype(int), won_b=(frame["outcome"] == "model_b").astype(int)
    )
    made = case_of(pa.Table.from_pandas(known, preserve_index=False), facts=FACTS.assign(organization=MODELS))
    found = check_confounders(made, {"won": "won"})
    assert found.table["coefficient"].isna().all()
    assert "The one thing that could be looked at moves votes beyond chance: " in found.sentence
    figure = figure_confounders(found)
    assert figure.title == "The one thing that could be looked at moves votes beyond chance (false-discovery rate 3 %)"
    assert figure.svg()


def test_intervals_are_of_the_level_of_the_board_and_the_rule_is_not() -> None:
    table = pa.Table.from_pandas(cast(), preserve_index=False)
    narrow, wide = (
        check_confounders(case_of(table, Settings(level=level), facts=FACTS), {"number": "number"}) for level in (0.8, 0.99)
    )
    ratio = (wide.table["upper"] - wide.table["lower"]) / (narrow.table["upper"] - narrow.table["lower"])
    np.testing.assert_allclose(ratio, 2.5758 / 1.2816, rtol=1e-4)
    np.testing.assert_array_equal(wide.table["q_value"], narrow.table["q_value"])
    assert "99 % interval" in wide.caption
    assert narrow.verdict == wide.verdict == Verdict.FINE


def test_what_a_sentence_says_is_grammar_for_lengths_and_for_counts() -> None:
    longer = looked(cast(20_000, pull=lambda frame, _: 0.1 * (frame["wit_a"] - frame["wit_b"]).to_numpy()), "length=wit")
    assert "answers with a higher length win more often" in longer.sentence
    shorter = looked(cast(20_000, pull=lambda frame, _: -0.1 * (frame["wit_a"] - frame["wit_b"]).to_numpy()), "length=wit")
    assert "answers with a lower length win more often" in shorter.sentence


def test_numbers_that_are_missing_or_endless_say_nothing() -> None:
    frame = cast(20_000, pull=lambda frame, _: 0.3 * frame["number"].to_numpy())
    number = frame["number"].where(np.arange(20_000) % 4 > 0)
    number[2:400:4] = np.inf
    told = row(looked(frame.assign(number=number), "number=number"), "number", SIDE)
    assert told["coefficient"] == pytest.approx(0.27, abs=0.04)
    assert told["votes"] == 14_900


def test_a_column_that_nobody_has_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="feature it: there is no column 'nothing'"):
        looked(cast(), "it=nothing")
    with pytest.raises(UsageError, match="did you mean language"):
        looked(cast(), "it=languag")
    with pytest.raises(UsageError, match="takes no group of models"):
        looked(cast(), "it=wit:organization")


@pytest.mark.parametrize(
    "votes",
    [
        lambda frame: frame[["model_a", "model_b", "outcome"]].replace({"model-05": "x", "model-06": "y"}).head(30),
        lambda frame: frame.assign(outcome="tie"),
        lambda frame: frame[frame["model_a"].isin(MODELS[:2]) & frame["model_b"].isin(MODELS[:2])].drop(columns="number"),
    ],
    ids=["30 votes", "all ties", "two models"],
)
def test_where_nothing_can_be_looked_at_it_stands_down_in_a_line(votes: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    with pytest.raises(InputError, match="no column of these votes tells of anything that could move them") as told:
        looked(votes(cast()))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "votes",
    [
        lambda frame: frame.drop(columns="judge"),
        lambda frame: frame.assign(judge="one"),
        lambda frame: frame[frame["model_a"].isin(MODELS[:2]) & frame["model_b"].isin(MODELS[:2])],
        lambda frame: frame[frame["model_a"] < frame["model_b"]],
        lambda frame: pd.concat([frame, frame.head(1).assign(model_a="once", outcome="tie")]),
        lambda frame: frame.assign(outcome="model_a"),
    ],
    ids=["no judges", "one judge", "two models", "sorted models", "a model with one vote", "left always wins"],
)
def test_whatever_votes_lack_the_rest_is_looked_at(votes: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    found = looked(votes(cast()), "number=number", "mark=mark:open_weights", "text=text")
    assert np.isfinite(found.table.select_dtypes("number")).all(axis=None)
    assert found.sentence.endswith(".")
    assert found.number
    assert found.threshold


def test_where_models_are_sorted_sides_are_left_out() -> None:
    frame = cast()
    found = looked(frame[frame["model_a"] < frame["model_b"]], "number=number", "wit=wit")
    assert set(found.table["on"]) == {SHARPNESS, DIFFERENCE}
