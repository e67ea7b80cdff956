"""Growth of repeats: against every subset of judges, and against arenas of which only half is seen."""

from collections.abc import Callable, Iterable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.prompts.growth import POINTS, repeat_growth
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]


def asked(prompts: Iterable[str], judges: Iterable[str | None] | None = None) -> pd.DataFrame:
    frame = pd.DataFrame({"prompt": list(prompts), "model_a": "x", "model_b": "y", "outcome": "tie"})
    return frame if judges is None else frame.assign(judge=list(judges))


def arena(judges: int, seed: int, habit: float = 0.25) -> pd.DataFrame:
    """Judges of one vote to some dozens, who ask common prompts, what they asked before, and what nobody asks again."""
    rng = np.random.default_rng(seed)
    judge = np.repeat(np.arange(judges), np.minimum(rng.zipf(1.8, judges), 40))
    common = rng.zipf(1.5, len(judge)) % 2_000
    kind = rng.choice(3, len(judge), p=[0.3, habit, 0.7 - habit])
    own = rng.integers(0, 5, len(judge))
    prompts = [
        (f"common {common[vote]}", f"{judge[vote]} own {own[vote]}", f"vote {vote}")[kind[vote]] for vote in range(len(judge))
    ]
    return asked(prompts, [f"j{number}" for number in judge])


def different(frame: pd.DataFrame, judges: Iterable[str]) -> int:
    return frame.loc[frame["judge"].isin(list(judges)), "prompt"].nunique()


def test_fewer_judges_are_the_mean_over_every_subset_of_them(votes_of: Make) -> None:
    frame = arena(20, seed=1)
    found = repeat_growth(votes_of(frame)).table
    names = sorted(frame["judge"].unique())
    each, rng = len(frame) / 20, np.random.default_rng(2)
    for drawn in (1, 2, 3, 18, 19, 20):
        asked_by = [different(frame, chosen) for chosen in combinations(names, drawn)]
        assert found["share"][drawn - 1] == pytest.approx(1 - np.mean(asked_by) / (drawn * each)), drawn
    some = [different(frame, rng.choice(names, 10, replace=False)) for _ in range(2_000)]
    assert found["share"][9] == pytest.approx(1 - np.mean(some) / (10 * each), abs=4 * np.std(some) / 45 / (10 * each))


def test_votes_are_drawn_where_no_judge_is_known(votes_of: Make) -> None:
    """Two votes of 40, of which four ask the same, repeat with a chance of C(4, 2) / C(40, 2)."""
    frame = asked(["same"] * 4 + [f"other {number}" for number in range(36)])
    found = repeat_growth(votes_of(frame))
    assert not found.by_judge
    assert found.table["votes"].iloc[0] == 2
    assert found.table["share"].iloc[0] == pytest.approx(6 / 780 / 2)
    assert "drawn by votes" in found.sentence


def test_all_votes_repeat_as_many_as_are_counted(votes_of: Make) -> None:
    for seed in range(3):
        frame = arena(60, seed)
        whole = repeat_growth(votes_of(frame)).ends.iloc[1]
        assert whole["votes"] == len(frame)
        assert whole["share"] == pytest.approx(1 - frame["prompt"].nunique() / len(frame))


def test_more_judges_follow_chao_by_hand(votes_of: Make) -> None:
    """24 judges of two votes: 12 prompts asked by one of them, six by two, and one by all.

    Chao2's unseen prompts: 23/24 · 12² / (2 · 6) = 11.5; of them 1 − (1 − 12 / (24 · 11.5 + 12))ᵐ are asked by m more judges.
    """
    prompts = [["all", f"alone {number}" if number < 12 else f"pair {number // 2}"] for number in range(24)]
    frame = asked([text for two in prompts for text in two], [f"j{number}" for number in range(24) for _ in range(2)])
    found = repeat_growth(votes_of(frame)).table
    unseen = 23 / 24 * 12**2 / (2 * 6)
    for row, more in ((29, 24), (24, 12)):
        expected = 19 + unseen * (1 - (1 - 12 / (24 * unseen + 12)) ** more)
        assert found["votes"][row] == 2 * (24 + more)
        assert found["share"][row] == pytest.approx(1 - expected / (2 * (24 + more)))


def test_a_prompt_that_all_ask_leaves_nothing_unseen(votes_of: Make) -> None:
    found = repeat_growth(votes_of(asked(["same"] * 40))).table
    assert found["share"].to_numpy() == pytest.approx(1 - 1 / (40 * POINTS), abs=1e-12)


def test_where_all_prompts_differ_nothing_is_said_to_grow(votes_of: Make) -> None:
    found = repeat_growth(votes_of(asked(f"p {number}" for number in range(60))))
    assert "does not grow with these votes: 0.0 % among 6 of them (drawn by votes), 0.0 % among all 60" in found.sentence
    assert "how far off that is these votes cannot tell" in found.sentence
    assert "-0" not in found.sentence
    assert "−0" not in found.sentence
    assert found.table[["lower", "upper"]].isna().all(axis=None)
    assert found.plot().title == "0.0 % of these votes are repeats; of twice as many they tell little"


def test_one_prompt_of_all_has_no_interval_among_more(votes_of: Make) -> None:
    found = repeat_growth(votes_of(asked(["same"] * 60)))
    assert found.table.loc[found.table["extrapolated"], ["lower", "upper"]].isna().all(axis=None)
    assert "99.2 % if all goes on so, and how far off that is these votes cannot tell" in found.sentence


def test_what_twice_as_many_judges_ask_lies_in_the_interval(votes_of: Make) -> None:
    """Of 60 arenas the first half of the judges is seen; the truth is the share among all of them."""
    inside = 0
    for seed in range(60):
        whole = arena(800, seed)
        half = whole[whole["judge"].isin([f"j{number}" for number in range(400)])]
        last = repeat_growth(votes_of(half)).table.iloc[-1]
        truth = 1 - whole["prompt"].nunique() / len(whole)
        inside += last["lower"] <= truth <= last["upper"]
    assert inside >= 54


def test_the_curve_rises_and_its_interval_holds_it(votes_of: Make) -> None:
    found = repeat_growth(votes_of(arena(200, 5))).table
    assert (found["share"].diff().dropna() > 0).all()
    assert found["share"].between(found["lower"], found["upper"]).all()
    assert found["extrapolated"].tolist() == [False] * 20 + [True] * 10


def test_names_of_judges_and_order_do_not_matter_to_the_curve(votes_of: Make) -> None:
    frame = arena(80, 6)
    other = frame.assign(judge=frame["judge"].str.replace("j", "somebody ")).sample(frac=1, random_state=2)
    one, two = (repeat_growth(votes_of(table)).table for table in (frame, other))
    columns = ["votes", "share", "extrapolated"]
    pd.testing.assert_frame_equal(one[columns], two[columns])


def test_votes_without_a_judge_are_drawn_one_by_one_among_judges(votes_of: Make) -> None:
    frame = arena(60, 7)
    named = frame.assign(judge=[None if place % 3 == 0 else name for place, name in enumerate(frame["judge"])])
    alone = named.assign(judge=[name or f"nobody {place}" for place, name in enumerate(named["judge"])])
    one, two = (repeat_growth(votes_of(table)).table["share"] for table in (named, alone))
    assert one.to_numpy() == pytest.approx(two.to_numpy())


def test_too_few_to_draw_from_are_refused(votes_of: Make) -> None:
    with pytest.raises(InputError, match="takes 20 judges, or votes where no judge is known; there are 19"):
        repeat_growth(votes_of(arena(19, 8)))
    with pytest.raises(InputError, match="there are 1"):
        repeat_growth(votes_of(asked(["one"])))


def test_the_sentence_has_a_tenth_all_and_twice_the_votes(votes_of: Make) -> None:
    found = repeat_growth(votes_of(arena(200, 9)))
    tenth, whole, twice = (row for _, row in found.ends.iterrows())
    assert (tenth["votes"] / whole["votes"], twice["votes"] / whole["votes"]) == (pytest.approx(0.1, abs=0.01), 2)
    for row in (tenth, whole, twice):
        assert f"{100 * row['share']:.1f} %" in found.sentence
