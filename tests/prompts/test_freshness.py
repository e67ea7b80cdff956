"""Freshness, against a loop over the votes, and where the history only grows."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, UsageError
from analysis.prompts.freshness import Freshness, freshness
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]

DAY = pd.Timedelta(days=1)


def frame_of(rows: int = 500, seed: int = 1, days: int = 24, pool: int = 60) -> pd.DataFrame:
    """Votes of few prompts at few moments, in no order; some without a time, a prompt or a judge."""
    rng = np.random.default_rng(seed)
    stamps = pd.Series(pd.to_datetime("2024-05-20", utc=True) + pd.to_timedelta(rng.integers(0, days * 8, rows) * 3, unit="h"))
    return pd.DataFrame(
        {
            "prompt": np.where(rng.random(rows) < 0.05, " ", [f"p {number}" for number in rng.zipf(1.4, rows) % pool]),
            "model_a": "x",
            "model_b": "y",
            "outcome": "tie",
            "time": stamps.where(rng.random(rows) < 0.95),
            "judge": np.where(rng.random(rows) < 0.9, [f"j{number}" for number in rng.integers(0, 40, rows)], None),
        }
    )


def loop(frame: pd.DataFrame, history: int) -> pd.DataFrame:
    """Of each vote with a prompt and a time, in the order of time: whether it is fresh against each baseline, missing where there
    is nothing to compare it with."""
    said = frame[(frame["prompt"].str.strip() != "") & frame["time"].notna()].sort_values("time", kind="stable")
    rows, start = [], said["time"].iloc[0]
    for place, (_, vote) in enumerate(said.iterrows()):
        before = said.iloc[:place]
        same = before[before["prompt"] == vote["prompt"]]
        row = {"time": vote["time"], "fresh": same.empty}
        for name, gap in (("day", DAY), ("week", 7 * DAY)):
            late = vote["time"] >= start + gap
            row[name] = not (same["time"] <= vote["time"] - gap).any() if late else np.nan
        enough = before.iloc[-history:]
        row["steady"] = not (enough["prompt"] == vote["prompt"]).any() if place >= history else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("by", "period"), [("day", "D"), ("week", "W-SUN"), ("month", "M")])
@pytest.mark.parametrize("history", [1, 40, 130])
def test_every_baseline_is_that_of_a_loop(votes_of: Make, by: str, period: str, history: int) -> None:
    frame = frame_of()
    found, expected = freshness(votes_of(frame), by, history=history), loop(frame, history)
    groups = expected.groupby(expected["time"].dt.tz_localize(None).dt.to_period(period))
    table = found.table
    assert table["votes"].tolist() == groups.size().tolist()
    assert table["fresh"].tolist() == groups["fresh"].sum().tolist()
    assert table["before"].tolist() == (groups.size().cumsum() - groups.size()).tolist()
    assert table["steady_votes"].tolist() == groups["steady"].count().tolist()
    for column, name in (("day_share", "day"), ("week_share", "week"), ("steady_share", "steady")):
        shares = groups[name].apply(lambda values: values.dropna().astype(float).mean())
        assert table[column].to_numpy() == pytest.approx(shares.to_numpy(dtype=float), nan_ok=True), column
    assert table["steady_lower"].isna().tolist() == (table["steady_votes"] == 0).tolist()
    whole = found.baselines.set_index("group")
    assert whole.index.tolist() == [
        "all before",
        "a day or more before",
        "a week or more before",
        f"the {history} vote{'s' * (history > 1)} before",
    ]
    for group, name in zip(whole.index, ("fresh", "day", "week", "steady"), strict=True):
        assert whole.loc[group, ["votes", "fresh"]].tolist() == [expected[name].count(), expected[name].sum()]


def test_votes_without_a_time_are_counted_apart_and_nowhere_else(votes_of: Make) -> None:
    frame = frame_of()
    found, timed = freshness(votes_of(frame), "week"), freshness(votes_of(frame[frame["time"].notna()]), "week")
    assert found.untimed == (frame["time"].isna() & (frame["prompt"] != " ")).sum()
    assert timed.untimed == 0
    assert f"In no count: {found.untimed} votes without a time, among votes that have one." in found.notes
    assert f"{(frame['prompt'] == ' ').sum()} votes have no prompt and are in no count." in found.notes
    pd.testing.assert_frame_equal(found.table, timed.table)
    pd.testing.assert_frame_equal(found.baselines, timed.baselines)


def test_where_no_vote_with_a_prompt_has_a_time_columns_can_still_be_asked_for(votes_of: Make) -> None:
    frame = frame_of(60).assign(language=["English", "German"] * 30)
    frame.loc[frame["prompt"] != " ", "time"] = None
    frame.loc[0, ["prompt", "time"]] = [" ", pd.Timestamp("2024-06-01", tz="UTC")]
    votes = votes_of(frame)
    found = freshness(votes, "language")
    assert found.baselines["group"].tolist()[0] == "all before"
    assert len(found.baselines) == 2
    assert "day_share" not in found.table
    assert freshness(votes, "day").table.empty


def test_a_history_that_grows_is_not_taken_for_staleness(votes_of: Make) -> None:
    """Prompts drawn from one pool throughout: the share of fresh ones falls, against a history of one length it does not."""
    rng = np.random.default_rng(3)
    rows = 4_000
    frame = pd.DataFrame(
        {
            "prompt": [f"p {number}" for number in rng.integers(0, 3_000, rows)],
            "model_a": "x",
            "model_b": "y",
            "outcome": "tie",
            "time": pd.date_range("2024-06-01", periods=rows, freq="10min", tz="UTC"),
        }
    )
    found = freshness(votes_of(frame), "week")
    first, last = found.trend.iloc[0], found.trend.iloc[1]
    assert last["share"] < first["share"] - 0.1
    assert "so what looks like staleness is a history that grows" in found.sentence
    changed = frame.assign(
        prompt=np.where(np.arange(rows) > 3_000, "the same " + (frame.index % 40).astype(str), frame["prompt"])
    )
    assert "so prompts themselves have changed" in freshness(votes_of(changed), "week").sentence
    new = frame.assign(prompt=[f"new {number}" for number in range(rows)])
    assert "so nothing shows that prompts get staler" in freshness(votes_of(new), "week").sentence


def test_a_fall_that_is_the_same_against_a_history_of_one_length_is_not_put_down_to_its_growth(votes_of: Make) -> None:
    """Of 60 votes a week ever more repeat the vote before: prompts do get staler, though so few votes do not show it clearly."""
    week = np.repeat(np.arange(4), 60)
    place = np.tile(np.arange(60), 4)
    part = np.array([0, 0.10, 0.15, 0.24])[week]
    repeats = (place > 0) & ((place * part).astype(int) != ((place - 1) * part).astype(int))
    times = pd.Timestamp("2024-06-03", tz="UTC") + pd.to_timedelta(week * 7 * 24 + place, unit="h")
    frame = pd.DataFrame({"prompt": [f"p {n}" for n in np.cumsum(~repeats)], "model_a": "x", "model_b": "y", "outcome": "tie"})
    found = freshness(votes_of(frame.assign(time=times)), "week", history=20)
    first, last = found.trend.iloc[0], found.trend.iloc[1]
    assert first["share"] - last["share"] == pytest.approx(first["steady_share"] - last["steady_share"], abs=0.02)
    assert "is a history that grows" not in found.sentence
    assert "these votes cannot tell whether prompts get staler or only the history grows" in found.sentence


def test_a_history_of_all_votes_is_refused(votes_of: Make) -> None:
    with pytest.raises(UsageError, match=r"fewer votes than there are with a prompt; got 99,999,999 of \d+"):
        freshness(votes_of(frame_of(40)), history=99_999_999)


def test_only_periods_of_votes_enough_and_a_whole_history_are_told_of(votes_of: Make) -> None:
    found = freshness(votes_of(frame_of()), "day", history=200)
    assert (found.told["votes"] >= 30).all()
    assert found.trend.empty or (found.trend["steady_votes"] == found.trend["votes"]).all()
    assert "throughout" not in freshness(votes_of(frame_of(60)), "month").sentence


def of_days(shares: list[float], kind: str = "meaning", part: str = "") -> Freshness:
    size = len(shares)
    names = [f"2024-06-{day:02}" for day in range(1, size + 1)]
    frame = pd.DataFrame({"group": names, "votes": 100, "fresh": 70, "share": shares, "lower": 0.5, "upper": 0.9})
    frame = frame.assign(steady_votes=0, steady_share=np.nan, steady_lower=np.nan, steady_upper=np.nan)
    whole = pd.DataFrame({"group": ["all before"], "votes": 100 * size, "share": 0.7, "lower": 0.6, "upper": 0.8})
    return Freshness(frame, "day", whole, 10, kind, 0.64, part=part)


def test_the_published_curve_is_held_against_what_it_counts_and_nothing_else() -> None:
    assert "within the published 70 to 80 % on 2 of 4 days" in of_days([0.70, 0.80, 0.69, 0.81]).sentence
    assert "on 1 of 1 day." in of_days([0.75]).sentence
    assert "counts prompts that are alike in meaning, which this does not" in of_days([0.75], "exact").sentence
    assert "cannot be tested on them" in of_days([0.75], part="a selection").sentence
    assert "within the published" not in of_days([0.75], part="a selection").sentence


def test_intervals_hold_only_what_judges_show(votes_of: Make) -> None:
    """Judges who ask the same again and again are fewer voices than their votes."""
    judge = np.repeat(np.arange(60), 8)
    prompts = [f"of {one}" if one % 2 else f"new {place}" for place, one in enumerate(judge)]
    times = pd.date_range("2024-06-01", periods=480, freq="1h", tz="UTC")
    frame = pd.DataFrame({"prompt": prompts, "model_a": "x", "model_b": "y", "outcome": "tie", "time": times})
    plain, ours = (freshness(votes_of(table), "month") for table in (frame, frame.assign(judge=judge.astype(str))))
    assert plain.baselines["design_effect"].tolist()[0] == 1
    assert ours.baselines["design_effect"][0] > 4
    assert ours.baselines["share"].tolist() == plain.baselines["share"].tolist()


@pytest.mark.parametrize("seed", range(2))
def test_order_sides_and_names_do_not_matter(votes_of: Make, seed: int) -> None:
    frame = frame_of(seed=seed)
    frame["time"] = pd.Series(pd.date_range("2024-05-20", periods=500, freq="1h", tz="UTC")).where(frame["time"].notna())
    other = frame.assign(model_a="y", model_b="x", judge=frame["judge"].str.upper()).sample(frac=1, random_state=seed)
    one, two = (freshness(votes_of(table), "week") for table in (frame, other))
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(one.baselines, two.baselines)


def test_one_vote_is_fresh(votes_of: Make) -> None:
    time = pd.to_datetime(["2024-06-01"], utc=True)
    found = freshness(votes_of(pd.DataFrame({"prompt": "a", "model_a": "x", "model_b": "y", "outcome": "tie", "time": time})))
    assert found.table[["group", "votes", "fresh", "before", "steady_votes"]].to_numpy().tolist() == [["2024-06-01", 1, 1, 0, 0]]
    assert "100.0 % of the votes" in found.sentence


def test_what_the_votes_cannot_tell_is_refused(votes_of: Make) -> None:
    frame = frame_of(40)
    with pytest.raises(UsageError, match="a history holds one vote or more; got 0"):
        freshness(votes_of(frame), history=0)
    with pytest.raises(InputError, match="a share by day needs times.*Choose --by language, topic or judge"):
        freshness(votes_of(frame.drop(columns="time")))
    with pytest.raises(InputError, match="are blank"):
        freshness(votes_of(frame.assign(prompt="")))
    with pytest.raises(InputError, match="needs prompts"):
        freshness(votes_of(frame.drop(columns="prompt")))
