"""Repeats: what counts as asked before, the most repeated prompts, and the arena's rule for frequent ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from analysis.errors import InputError, UsageError
from analysis.matching import meaning, near
from analysis.prompts.asked import OTHERS, SAME_DAY, SAME_PERSON, UNDATED, UNKNOWN
from analysis.prompts.frequency import FrequencyRule
from analysis.prompts.freshness import freshness
from analysis.prompts.growth import repeat_growth
from analysis.prompts.repeat_kinds import repeat_kinds
from analysis.prompts.repeat_shares import repeat_shares
from analysis.prompts.repeats import BEFORE, BY, ONCE_MORE, RULE, Repeats, repeats
from analysis.ratings.repeat_effect import repeat_effect
from analysis.shares.habits import habits_of
from analysis.shares.tallies import tally_of
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]


def asked(first: list[str | None], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"prompt": first, "model_a": "left", "model_b": "right", "outcome": "tie", **columns})


def test_a_prompt_that_differs_in_case_and_white_space_is_a_repeat(votes_of: Make) -> None:
    found = repeats(votes_of(asked(["Hi there", " hi  THERE\n", "hi theres", "Bye"])))
    assert (found.votes, found.repeated) == (4, 1)
    assert found.counts.set_index("group")["repeated"].to_dict() == {BEFORE: 1, ONCE_MORE: 2, RULE: 0}


def test_the_share_is_votes_without_distinct_prompts_with_a_wilson_interval(votes_of: Make) -> None:
    found = repeats(votes_of(asked(["a"] * 40 + ["b"] * 10 + [f"prompt {n}" for n in range(50)])))
    row = found.shares.iloc[0]
    assert (row["votes"], row["repeated"]) == (100, 48)
    assert (row["lower"], row["upper"]) == pytest.approx(proportion_confint(48, 100, method="wilson"))


def test_judges_who_ask_the_same_again_and_again_make_the_interval_wider(votes_of: Make) -> None:
    """20 judges ask one prompt of their own eight times, 180 judges a new one each time: one vote in fourteen is a repeat."""
    judge = np.repeat(np.arange(200), np.where(np.arange(200) < 20, 8, 10))
    prompts = [f"of {one}" if one < 20 else f"new {place}" for place, one in enumerate(judge)]
    plain, ours = (repeats(votes_of(asked(prompts, **named))) for named in ({}, {"judge": judge.astype(str)}))
    assert plain.shares["design_effect"].tolist() == [1, 1, 1]
    assert ours.shares["group"].tolist() == [BEFORE, BY[UNDATED], BY[OTHERS], ONCE_MORE, RULE]
    same = ours.shares[ours.shares["group"].isin(plain.shares["group"])]
    assert same["share"].tolist() == plain.shares["share"].tolist()
    again = np.array([place > 0 and prompts[place - 1] == prompts[place] for place in range(len(judge))])
    habits = habits_of(tally_of(judge, again))
    expected = len(judge) / float(habits.effective(len(judge), habits.crowding, 0.95))
    assert ours.shares["design_effect"].iloc[0] == pytest.approx(expected)
    assert same["design_effect"].min() > 4
    assert f"These votes of 200 judges say as much as {len(judge) / expected:,.0f} independent ones" in ours.sentence


def test_votes_without_a_prompt_are_counted_apart(votes_of: Make) -> None:
    found = repeats(votes_of(asked(["a", None, "  ", "a", None])))
    assert (found.votes, found.repeated, found.blank) == (2, 1, 3)
    assert found.notes[1:] == ("3 votes have no prompt and are in no count.",)
    assert "would leave out 0 of 2 votes" in found.notes[0]
    assert "arena's rule" not in found.sentence


def test_the_most_repeated_prompts_are_listed_in_the_words_of_the_first_who_asked(votes_of: Make) -> None:
    found = repeats(votes_of(asked(["Once", "Two", "THREE", "three", "two", "Three"])))
    expected = pd.DataFrame({"prompt": ["THREE", "Two"], "votes": [3, 2], "share": [3 / 6, 2 / 6]})
    pd.testing.assert_frame_equal(found.table[list(expected)], expected, check_dtype=False)


def several() -> pd.DataFrame:
    """Two people ask one thing on two days, each more than once, a third person does, and somebody who is not named."""
    days = [
        "2024-06-01 10:00",
        "2024-06-01 11:00",
        "2024-06-02 10:00",
        "2024-06-02 12:00",
        "2024-06-04 10:00",
        "2024-06-05 10:00",
    ]
    frame = asked(["Hello", "hello!", " HELLO", "Hello", "hello", "hello"], time=pd.to_datetime([*days], utc=True))
    frame = frame.assign(judge=["ann", "ann", "bob", "ann", "cid", None], model_a=["x", "x", "y", "x", "z", "x"])
    others = asked([f"other {number}" for number in range(4)], time=pd.Timestamp("2024-06-03", tz="UTC"), judge="dan")
    return pd.concat([frame, others], ignore_index=True)


def test_the_same_person_that_day_is_told_from_other_people(votes_of: Make) -> None:
    found = repeats(votes_of(several()))
    who = found.counts.set_index("group")["repeated"]
    # Ann again that day; bob and cid after others; ann another day; and one who is not named.
    assert who.to_dict() == {
        BEFORE: 5, BY[SAME_DAY]: 1, BY[SAME_PERSON]: 1, BY[OTHERS]: 2, BY[UNKNOWN]: 1, ONCE_MORE: 6, RULE: who[RULE],
    }  # fmt: skip
    assert (
        "Of the repeats, 20.0 % were asked before by the same person that day, 20.0 % by the same person another day and "
        "40.0 % by other people only." in found.sentence
    )


def test_the_most_repeated_prompt_has_its_wordings_judges_models_and_days(votes_of: Make) -> None:
    row = repeats(votes_of(several().iloc[::-1])).table.iloc[0]
    assert (row["prompt"], row["votes"], row["share"]) == ("Hello", 6, 0.6)
    assert (row["wordings"], row["judges"], row["models"], row["same_day"]) == (1, 3, 4, 1)
    assert (row["first"], row["last"]) == (pd.Timestamp("2024-06-01 10:00", tz="UTC"), pd.Timestamp("2024-06-05 10:00", tz="UTC"))
    assert row["days"] == 4


def test_near_prompts_are_one_row_of_several_wordings(votes_of: Make) -> None:
    long = "How do I sort a list of names in Python when some of them are missing"
    found = repeats(votes_of(asked([f"{long} now", long, f"{long}?", "other"])), kind="near")
    assert found.repeated == 2
    assert found.table[["prompt", "votes", "wordings"]].to_numpy().tolist() == [[f"{long} now", 3, 2]]
    assert "was asked before in nearly these words" in found.sentence
    assert "The most repeated cluster of prompts was asked 3 times." in found.sentence
    assert "announced" not in found.sentence


def test_votes_that_were_not_compared_are_told_of_by_all_that_counts_repeats(
    votes_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meaning, "MOST", 100)
    monkeypatch.setattr(meaning, "meaning_pairs", lambda *_: np.empty((0, 2), np.int64))
    frame = asked([f"prompt {place % 70}" for place in range(150)] + [" "], language="English")
    votes = votes_of(frame.assign(model_a=["a", "b", "c"] * 50 + ["a"], model_b=["b", "c", "a"] * 50 + ["b"]))
    note = "These are the last votes: 50 earlier ones were not compared, for that takes too long."
    blank = "1 vote has no prompt and is in no count."
    found = repeats(votes, kind="meaning")
    assert (found.votes, found.uncompared, found.blank) == (100, 50, 1)
    assert found.notes[1:] == (note, blank)
    others = (
        repeat_shares(votes, "language", kind="meaning"),
        freshness(votes, "language", kind="meaning"),
        repeat_growth(votes, kind="meaning"),
    )
    assert [other.notes for other in others] == [(note, blank)] * 3
    assert repeat_effect(votes, kind="meaning").notes == (
        "50 earlier votes not compared, for that takes too long, count as fresh.",
        "1 vote without a prompt counts as fresh.",
    )


def test_a_likelier_threshold_finds_fewer(votes_of: Make) -> None:
    long = "How do I sort a list of names in Python when some of them are missing"
    votes = votes_of(asked([f"{long} {word}" for word in ("now", "or not", "and what then", "at all")]))
    found = [repeats(votes, kind="near", threshold=least).repeated for least in (0.5, 0.8, 0.95)]
    assert found == sorted(found, reverse=True)
    assert (found[0], found[-1]) == (3, 0)


@pytest.mark.parametrize("kind", ["exact", "near"])
def test_order_of_rows_names_of_judges_and_sides_change_nothing(votes_of: Make, kind: str) -> None:
    rng = np.random.default_rng(4)
    prompts = [f"how do I write number {word} in words" for word in rng.zipf(1.5, 300) % 50]
    times = pd.date_range("2024-06-01", periods=300, freq="3h", tz="UTC")
    frame = asked(prompts, time=times, judge=[f"j{number}" for number in rng.integers(0, 30, 300)])
    other = frame.assign(model_a="right", model_b="left", judge=frame["judge"].str.upper()).sample(frac=1, random_state=4)
    one, two = (repeats(votes_of(table), kind=kind) for table in (frame, other))
    pd.testing.assert_frame_equal(one.shares, two.shares)
    pd.testing.assert_frame_equal(one.table, two.table)


def test_hostile_prompts_stay_text_in_the_table(votes_of: Make) -> None:
    odd = ["<script>alert(1)</script>", "=1+1", "\u202eabc", "x" * 1_000_000, "\x1b[31mred"]
    found = repeats(votes_of(asked([*odd, *odd])))
    assert found.repeated == len(odd)
    assert found.table["prompt"].str.len().max() <= 100
    shown = found._repr_html_()
    assert "<script>" not in shown
    assert "\u202e" not in shown


def test_long_prompts_are_cut_and_only_as_many_as_asked_for_are_listed(votes_of: Make) -> None:
    prompts = [word * 200 for word in ("a ", "b ", "c ")] * 2
    found = repeats(votes_of(asked(prompts)), most=2)
    assert [len(prompt) for prompt in found.table["prompt"]] == [100, 100]
    assert [prompt[-3:] for prompt in found.table["prompt"]] == [" a…", " b…"]


def test_the_words_are_found_whatever_the_batch_they_are_in(votes_of: Make) -> None:
    prompts = [f"prompt {n}" for n in range(150_000)]
    prompts[70_000] = prompts[149_999] = "Late"
    assert repeats(votes_of(asked(prompts))).table["prompt"].tolist() == ["Late"]


def test_the_arenas_rule_samples_the_frequent_down_to_the_cutoff(votes_of: Make) -> None:
    # 98 prompts asked once, one asked 5 times, one 20 times; numpy interpolates their 0.985 quantile: 1 + 0.515 · 4 = 3.06.
    counts = [1] * 98 + [5, 20]
    prompts = [f"prompt {n}" for n, count in enumerate(counts) for _ in range(count)]
    rule = repeats(votes_of(asked(prompts)), quantile=0.985).rule
    cutoff = float(np.quantile(counts, 0.985))
    assert rule == FrequencyRule(quantile=0.985, cutoff=cutoff, frequent=2, votes=123, removed=(5 - 3) + (20 - 3))


def test_the_arenas_rule_reads_all_user_messages_as_written(votes_of: Make) -> None:
    conversations = [["hi", "more"], ["hi", "more"], ["hi"], ["Hi"], ["hi", "more"], ["x"], None]
    rule = repeats(votes_of(asked(["hi"] * 7, prompts=conversations)), quantile=0.5).rule
    # Keys: hi+more 3, hi 2 (once in place of the missing list), Hi 1, x 1; their median is 1.5, so 1 of each stays.
    assert (rule.cutoff, rule.frequent, rule.votes, rule.removed) == (1.5, 2, 7, 2 + 1)


def test_the_arenas_rule_compares_the_first_ten_thousand_characters(votes_of: Make) -> None:
    long = "x" * 10_000
    rule = repeats(votes_of(asked([long + "a", long + "b", "c", "d"])), quantile=0.5).rule
    assert (rule.frequent, rule.removed) == (1, 1)


def test_the_arenas_rule_agrees_with_sampling_in_pandas(votes_of: Make) -> None:
    """The oracle samples each frequent key with pandas, as FastChat's `deduplication.py` does."""
    words = np.random.default_rng(3).zipf(1.6, size=3_000).clip(max=400)
    frame = asked([f"prompt {word}" for word in words])
    counts = frame["prompt"].value_counts()
    for quantile in (0.5, 0.9, 0.99, 0.999):
        cutoff = counts.quantile(quantile)
        groups = frame.groupby("prompt")
        stay = sum(len(group.sample(int(cutoff), random_state=42)) if len(group) > cutoff else len(group) for _, group in groups)
        rule = repeats(votes_of(frame), quantile=quantile).rule
        assert (rule.cutoff, rule.frequent, rule.removed) == (cutoff, (counts > cutoff).sum(), 3_000 - stay)


def a_result(repeated: int, votes: int, announced: float = 0.10) -> Repeats:
    groups = {"group": [BEFORE, ONCE_MORE, RULE], "votes": votes, "repeated": [repeated, repeated, 0], "alike": 0.0}
    rule = FrequencyRule(0.999, 25.0, 0, votes, 0)
    return Repeats(pd.DataFrame(groups), pd.DataFrame({"prompt": [], "votes": []}), rule, announced)


def test_the_sentence_says_whether_the_votes_agree_with_the_announced_share() -> None:
    assert "The announced 10 %, a rounded figure, is compatible with that." in a_result(1_020, 10_000).sentence
    assert "12.00 points above the announced 10 %" in a_result(2_200, 10_000).sentence
    assert "5.00 points below the announced 10 %" in a_result(500, 10_000).sentence


def test_a_selection_cannot_contradict_a_share_of_repeats_of_the_whole_arena(votes_of: Make) -> None:
    selection = repeats(votes_of(asked(["same"] * 500 + [f"prompt {n}" for n in range(500)], release="arena_33k"))).sentence
    assert "These votes are a selection without short and common prompts, so the 10 % announced for the whole arena" in selection
    assert "above the announced" not in selection
    assert "(500 of 10,000)" in a_result(500, 10_000).sentence


def test_votes_without_prompts_are_refused(votes_of: Make) -> None:
    with pytest.raises(InputError, match="finding repeats needs prompts"):
        repeats(votes_of(asked([None, None])))


@pytest.mark.parametrize("wrong", [{"announced": 10.0}, {"quantile": 1.0}])
def test_a_share_that_is_none_is_a_usage_error(votes_of: Make, wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        repeats(votes_of(asked(["a"])), **wrong)


def test_the_votes_of_2023_repeat_prompts_in_more_than_a_fifth(real_data: Path) -> None:
    found = repeats(load_votes(real_data / "arena_votes_2023.jsonl"))
    assert (found.votes, found.repeated) == (1_135, 258)
    assert "22.73 % of the votes (258 of 1,135)" in found.sentence
    assert (found.rule.votes, found.rule.frequent > 0) == (1_135, True)


@pytest.mark.parametrize("blank", ["", "   ", "\u00a0\u3000", "\n\t"])
def test_blank_prompts_are_no_frequent_prompt_of_the_arenas_rule(votes_of: Make, blank: str) -> None:
    found = repeats(votes_of(asked([blank] * 40 + ["one", "two", "two", None])), quantile=0.5)
    assert (found.rule.votes, found.rule.frequent, found.rule.removed) == (3, 1, 1)
    assert found.blank == 41


@pytest.mark.parametrize("seed", [-1, 10**23, 1.5])
def test_a_seed_that_is_none_is_wrong_usage(votes_of: Make, seed: int) -> None:
    votes = votes_of(asked([f"p {place}" for place in range(30)]))
    calls: list[Callable[[], object]] = [
        lambda: repeats(votes, kind="near", seed=seed),
        lambda: repeat_growth(votes, seed=seed),
        lambda: repeat_kinds(votes, seed=seed),
        lambda: freshness(votes, "language", seed=seed),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="it must be a whole number, 0 or more and below"):
            call()


def test_prompts_alike_are_found_once_for_all_that_ask(votes_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    votes, calls = votes_of(asked([f"prompt number {place % 9}" for place in range(30)])), []
    found = near.near_pairs
    monkeypatch.setattr(near, "near_pairs", lambda *rest: calls.append(rest) or found(*rest))
    one, two = (repeats(votes, kind="near") for _ in range(2))
    repeat_growth(votes, kind="near")
    assert len(calls) == 1
    pd.testing.assert_frame_equal(one.shares, two.shares)
    repeats(votes, kind="near", threshold=0.5)
    repeats(votes, kind="near", seed=2)
    assert len(calls) == 3


def test_prompts_that_are_all_blank_repeat_nothing(votes_of: Make) -> None:
    with pytest.raises(InputError, match="are blank, so that none can repeat another"):
        repeats(votes_of(asked(["", " ", ""])))
