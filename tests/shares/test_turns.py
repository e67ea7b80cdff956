"""Turn share: counts, denominators, groups, and the sentence that compares with the announcement."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.categories.categories import find_category
from analysis.errors import InputError, UsageError
from analysis.results.drawing import draw
from analysis.shares.habits import alike_in, habits_of
from analysis.shares.tallies import crowding_of, tally_of
from analysis.shares.turns import ALL, ANONYMOUS, FRESH, SESSION, turn_share
from analysis.shares.wilson import wilson_interval
from analysis.sources.load import load_votes
from analysis.votes.ledger import Ledger, Reason


def frame_of(turns: list[int | None], **columns: object) -> pd.DataFrame:
    """Votes between two models with the given turn counts and columns."""
    votes = pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": "model_a", "turns": pd.array(turns, dtype="Int32")})
    return votes.assign(**columns)


def test_the_share_counts_votes_of_two_turns_or_more(votes_of) -> None:
    share = turn_share(votes_of(frame_of([1, 1, 1, 2, 5])))
    row = share.table.iloc[0]
    assert (row["group"], row["votes"], row["multi_turn"], row["share"]) == (ALL, 5, 2, 0.4)
    assert list(share.table.columns) == ["group", "votes", "multi_turn", "share", "lower", "upper", "design_effect"]


def test_votes_without_a_turn_count_are_left_out_and_counted(votes_of) -> None:
    share = turn_share(votes_of(frame_of([1, 2, None, None])))
    assert (share.headline["votes"], share.unknown) == (2, 2)
    assert "2 more votes have no turn count" in share.sentence


def test_a_release_without_turns_is_refused_by_name(votes_of) -> None:
    with pytest.raises(InputError, match="the turn share needs turns, which made for a test does not have"):
        turn_share(votes_of(frame_of([None, None])))


def test_votes_that_were_not_anonymous_count_in_one_denominator_only(votes_of) -> None:
    votes = votes_of(frame_of([1, 2, 2, 1], anonymous=[True, True, False, None]))
    table = turn_share(votes).table.set_index("group")
    assert list(table.loc[ANONYMOUS, ["votes", "multi_turn"]]) == [3, 1]
    assert list(table.loc[ALL, ["votes", "multi_turn"]]) == [4, 2]


def test_votes_dropped_as_not_anonymous_come_back_from_the_ledger(votes_of) -> None:
    votes = votes_of(frame_of([1, 2], anonymous=[True, True]))
    ledger = Ledger("x", "x", 12, 2, {Reason.NOT_ANONYMOUS: 8, Reason.EMPTY: 2}, {Reason.NOT_ANONYMOUS: 3})
    table = turn_share(replace(votes, ledger=ledger)).table.set_index("group")
    assert list(table.loc[ALL, ["votes", "multi_turn"]]) == [10, 4]


def test_repeats_count_once(votes_of) -> None:
    table = turn_share(votes_of(frame_of([1, 2, 2], prompt=["hi", "HI ", "what is a vote?"]))).table.set_index("group")
    assert list(table.loc[FRESH, ["votes", "multi_turn"]]) == [2, 1]


def test_earlier_turns_of_the_session_have_a_denominator_of_their_own(votes_of) -> None:
    share = turn_share(votes_of(frame_of([1, 1, 2], session_turns=[1, 3, 2])))
    assert list(share.table.set_index("group").loc[SESSION, ["votes", "multi_turn"]]) == [3, 2]


def test_what_the_release_cannot_give_is_named_with_the_reason(votes_of) -> None:
    without = turn_share(votes_of(frame_of([1, 2]))).without
    assert set(without) == {ANONYMOUS, FRESH, SESSION}
    assert "needs session turns, which made for a test does not have" in without[SESSION]


def test_the_distribution_ends_in_an_open_bin_and_adds_up(votes_of) -> None:
    share = turn_share(votes_of(frame_of([1, 1, 2, 4, 9, 36])), last=4)
    assert share.distribution["turns"].tolist() == ["1", "2", "3", "4+"]
    assert share.distribution["votes"].tolist() == [2, 1, 0, 3]
    assert share.distribution["share"].sum() == pytest.approx(1)


def test_a_distribution_that_ends_early_has_no_open_bin(votes_of) -> None:
    assert turn_share(votes_of(frame_of([1, 2, 3]))).distribution["turns"].tolist() == ["1", "2", "3"]


def test_each_vote_counts_for_both_its_models(votes_of) -> None:
    votes = votes_of(frame_of([1, 2, 2]).assign(model_b=["b", "b", "c"]))
    table = turn_share(votes, "model").table.set_index("group")
    assert table["votes"].to_dict() == {"a": 3, "b": 2, "c": 1}
    assert table["multi_turn"].to_dict() == {"a": 2, "b": 1, "c": 1}
    assert turn_share(votes, "model").headline["votes"] == 3


def test_months_are_in_utc_and_in_order(votes_of) -> None:
    times = pd.to_datetime(["2024-07-01T01:00+02:00", "2024-07-02T00:00Z", None, "2023-12-31T23:59Z"], utc=True)
    table = turn_share(votes_of(frame_of([1, 2, 1, 1], time=times)), "month").table
    assert table["group"].tolist() == ["2023-12", "2024-06", "2024-07", "not given"]


def test_categories_that_are_defined_by_turns_are_left_out(votes_of) -> None:
    share = turn_share(votes_of(frame_of([1, 2, 2], language=["English", "English", "French"])), "category")
    table = share.table.set_index("group")
    assert list(table.loc["English", ["votes", "multi_turn"]]) == [2, 1]
    assert "Multi-turn" not in table.index
    assert share.without["coding"] == "needs code"


@pytest.mark.parametrize("by", ["language", "outcome", "is_code", "turns"])
def test_a_group_by_equals_pandas(votes_of, by: str) -> None:
    rng = np.random.default_rng(5)
    frame = frame_of(
        list(rng.integers(1, 4, 300)),
        language=rng.choice(["English", "French", "unknown"], 300),
        is_code=rng.choice([True, False], 300),
    ).assign(outcome=rng.choice(["tie", "model_b"], 300))
    table = turn_share(votes_of(frame), by).table.set_index("group")
    expected = (frame["turns"] >= 2).groupby(frame[by].astype(str).str.lower()).agg(["size", "sum"])
    table.index = table.index.str.lower()
    assert table["votes"].to_dict() == expected["size"].to_dict()
    assert table["multi_turn"].to_dict() == expected["sum"].to_dict()


@pytest.mark.parametrize("by", ["prompts", "colour", "tags"])
def test_an_unknown_grouping_is_wrong_usage(votes_of, by: str) -> None:
    with pytest.raises(UsageError, match="cannot group votes by"):
        turn_share(votes_of(frame_of([1, 2])), by)


def test_an_announcement_in_per_cent_is_wrong_usage(votes_of) -> None:
    with pytest.raises(UsageError, match=r"such as 0\.14 for 14 %"):
        turn_share(votes_of(frame_of([1, 2])), announced=14)


@pytest.mark.parametrize(
    ("multi", "whole", "words"),
    [
        (140, 1000, "The announced 14 %, a rounded figure, is compatible with that."),
        (143_000, 1_000_000, "compatible"),  # 14.3 % rounds to 14 %, however many votes say so
        (100, 1000, "4.00 points below the announced 14 %"),
        (200, 1000, "6.00 points above the announced 14 %"),
    ],
)
def test_the_sentence_says_whether_the_announcement_holds(votes_of, multi: int, whole: int, words: str) -> None:
    share = turn_share(votes_of(frame_of([1, 2], release="clean_battle")))
    counts = pd.DataFrame({"turns": [1, 2], "votes": [whole - multi, multi]})
    assert words in replace(share, turn_counts=counts).sentence


def test_a_selection_cannot_contradict_what_was_announced_for_the_whole_arena(votes_of) -> None:
    share = turn_share(votes_of(frame_of([1] * 950 + [2] * 50, release="battle_log")))
    assert str(share.sentence).endswith(
        "These votes are a selection of hard prompts, so the 14 % announced for the whole arena cannot be tested on them."
    )
    assert draw(share).title == "5.00 % of the votes are multi-turn"
    assert not any(word in share.sentence + draw(share).alt for word in ("compatible", "below", "above"))
    whole = turn_share("sample")
    assert whole.part == "", "the simulated arena is whole"


def test_groups_too_small_to_compare_say_so(votes_of) -> None:
    share = turn_share(votes_of(frame_of([1, 2], language=["English", "French"])), "language")
    assert share.sentence == "Fewer than two languages have 30 votes or more: too few to compare."


def habitual(judges: int = 300, seed: int = 3) -> pd.DataFrame:
    """Votes of judges with habits, each with a language of their own."""
    rng = np.random.default_rng(seed)
    judge = np.repeat(np.arange(judges), rng.integers(1, 15, judges))
    several = rng.random(len(judge)) < rng.beta(0.4, 2.4, judges)[judge]
    turns = list(np.where(several, 1 + rng.geometric(0.5, len(judge)), 1))
    language = np.array(["English", "French", "German"])[judge % 3]
    frame = frame_of(turns, judge=[f"judge {number}" for number in judge], language=language)
    return frame.assign(model_b=rng.choice(["b", "c", "d"], len(judge)), is_code=rng.random(len(judge)) < 0.3)


def test_the_interval_is_that_of_the_habits_in_the_votes(votes_of) -> None:
    frame = habitual()
    share = turn_share(votes_of(frame))
    tally = tally_of(pd.factorize(frame["judge"])[0], (frame["turns"] >= 2).to_numpy(dtype=bool))
    habits = habits_of(tally)
    assert share.habits.alike == pytest.approx(habits.alike)
    expected = len(frame) / float(habits.effective(len(frame), tally.crowding, 0.95))
    assert share.headline["design_effect"] == pytest.approx(expected)
    assert expected > 2
    assert share.table.loc[0, ["lower", "upper"]].tolist() == share.headline[["lower", "upper"]].tolist()
    assert f"These votes of 300 judges say as much as {len(frame) / expected:,.0f} independent ones" in share.sentence


@pytest.mark.parametrize("by", ["language", "model", "is_code", "category"])
def test_groups_are_clustered_by_judge(votes_of, by: str) -> None:
    frame = habitual()
    share = turn_share(votes_of(frame), by)
    judge = pd.factorize(frame["judge"])[0]
    row = share.table.set_index("group").iloc[1]
    name = share.table["group"][1]
    inside = (
        (frame[["model_a", "model_b"]] == name).any(axis=1)
        if by == "model"
        else frame["outcome"].isin(["model_a", "model_b"])
        if by == "category"
        else frame[by].astype(str).str.lower() == name.lower()
    ).to_numpy()
    crowding = crowding_of(judge[inside], np.zeros(inside.sum(), dtype=int), 1)
    assert row["votes"] / row["design_effect"] == pytest.approx(share.habits.effective(inside.sum(), crowding, 0.95)[0])
    assert row["design_effect"] > 1.2
    assert "Intervals are clustered by judge (design effects " in share.sentence


def test_the_same_votes_in_another_order_of_other_judges_have_the_same_shares(votes_of) -> None:
    frame = habitual()
    names = {name: f"x{number}" for number, name in enumerate(sorted(frame["judge"].unique(), key=lambda name: name[::-1]))}
    other = frame.assign(judge=frame["judge"].map(names)).sample(frac=1, random_state=1)
    for by in (None, "language", "model"):
        one, two = turn_share(votes_of(frame), by), turn_share(votes_of(other), by)
        pd.testing.assert_frame_equal(one.table, two.table)
        pd.testing.assert_frame_equal(one.distribution, two.distribution)
        pd.testing.assert_frame_equal(one.compared, two.compared)


def test_turn_counts_have_habits_of_their_own(votes_of) -> None:
    frame = habitual()
    share = turn_share(votes_of(frame), last=3)
    judge = pd.factorize(frame["judge"])[0]
    turns = frame["turns"].to_numpy(dtype=int)
    expected = [alike_in(tally_of(judge, hit)) for hit in (turns == 1, turns == 2, turns >= 3)]
    assert share.alike == pytest.approx(expected)
    assert share.distribution["design_effect"].iloc[0] == pytest.approx(share.headline["design_effect"])


def test_a_group_is_held_against_the_votes_outside_it(votes_of) -> None:
    frame = habitual()
    coding = frame["is_code"].to_numpy()
    frame.loc[coding, "turns"] = frame.loc[coding, "turns"] + (np.random.default_rng(1).random(coding.sum()) < 0.2)
    share = turn_share(votes_of(frame), "is_code")
    row = share.compared.set_index("group").loc["true"]
    inside, outside = (frame["turns"][part].ge(2).mean() for part in (coding, ~coding))
    assert row["difference"] == pytest.approx(inside - outside)
    assert row["difference_lower"] > 0
    assert row["differs"]
    assert "2 differ from the other votes by more than chance allows (false-discovery rate 5 %): " in share.sentence


def test_groups_of_judges_with_habits_are_not_called_different_where_votes_alone_would(votes_of) -> None:
    """Few judges cast most votes of each language: what looks like a language is their habits."""
    rng = np.random.default_rng(8)
    judge = np.repeat(np.arange(40), 50)
    turns = list(np.where(rng.random(2_000) < rng.beta(0.5, 2, 40)[judge], 2, 1))
    frame = frame_of(turns, language=np.array(["English", "French", "German", "Dutch"])[judge % 4])
    alone = turn_share(votes_of(frame), "language")
    judged = turn_share(votes_of(frame.assign(judge=judge.astype(str))), "language")
    assert alone.compared["differs"].sum() >= 2
    assert not judged.compared["differs"].any()
    assert "none differs from the other votes by more than chance allows" in judged.sentence


def test_by_judge_each_judges_votes_count_as_independent(votes_of) -> None:
    table = turn_share(votes_of(habitual()), "judge").table
    assert (table["lower"].iloc[0], table["upper"].iloc[0]) == pytest.approx(
        [float(bound) for bound in wilson_interval(table["multi_turn"].iloc[0], table["votes"].iloc[0])], rel=0.05
    )


def test_a_release_that_names_no_judge_says_so_and_one_judge_too(votes_of) -> None:
    assert "No vote names its judge, so that all count as independent." in turn_share(votes_of(frame_of([1, 2]))).sentence
    one = turn_share(votes_of(frame_of([1, 2, 2], judge=["x", "x", "x"])))
    assert "One judge cast all votes, so that all count as independent and intervals may be too narrow." in one.sentence
    assert one.table["design_effect"].tolist() == [1.0]
    mixed = turn_share(votes_of(frame_of([1, 2, 2, 1], judge=["x", None, None, None])), "outcome")
    assert mixed.habits.why.startswith("75 % of the votes do not name their judge")


def test_on_the_votes_of_2023_the_interval_is_a_third_wider_than_that_of_votes_alone(real_data: Path) -> None:
    share = turn_share(load_votes(real_data / "arena_votes_2023.jsonl"))
    assert (share.habits.judges, share.habits.busiest) == (732, 24)
    assert share.headline["design_effect"] == pytest.approx(1.77, abs=0.01)
    assert (share.headline["lower"], share.headline["upper"]) == pytest.approx((0.0725, 0.1174), abs=1e-4)
    lower, upper = wilson_interval(105, 1_135)
    assert share.headline["upper"] - share.headline["lower"] == pytest.approx(1.33 * (upper - lower), rel=0.01)


@pytest.mark.parametrize(
    ("name", "judges", "effect"),
    [("arena_140k_sample100.csv", 0, 1.0), ("arena_33k_first200.jsonl", 93, 4.14)],
)
def test_samples_are_clustered_where_they_name_judges(real_data: Path, name: str, judges: int, effect: float) -> None:
    share = turn_share(load_votes(real_data / name))
    assert share.habits.judges == judges
    assert share.headline["design_effect"] == pytest.approx(effect, abs=0.01)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("arena_votes_2023.jsonl", "9.25 % of the votes (105 of 1,135)"),
        ("arena_140k_sample100.csv", "7.00 % of the votes (7 of 100)"),
        ("arena_33k_first200.jsonl", "27.00 % of the votes (54 of 200)"),
    ],
)
def test_real_votes_have_the_shares_their_sources_report(real_data: Path, name: str, counts: str) -> None:
    assert counts in turn_share(load_votes(real_data / name)).sentence


def test_the_140k_sample_also_counts_the_turns_before_the_vote(real_data: Path) -> None:
    table = turn_share(load_votes(real_data / "arena_140k_sample100.csv")).table.set_index("group")
    assert list(table.loc[SESSION, ["votes", "multi_turn"]]) == [100, 28]


def test_a_distribution_of_no_turns_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="a number of turns, 1 or more; got 0"):
        turn_share("sample", last=0)


def test_the_share_among_some_votes_is_one_by_groups(votes_of) -> None:
    votes = votes_of(frame_of([1, 2, 2, 3], is_code=[True, True, False, False]))
    assert turn_share(votes, "release", among=find_category("coding")).headline["share"] == 0.5
    with pytest.raises(UsageError, match="say by what"):
        turn_share(votes, among=find_category("coding"))
