"""The effect of exposure on whole votes: who is found, what is said where nothing can be, and where every vote went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis as arena
from analysis.errors import InputError, UsageError
from analysis.figures.ratings.exposure_effect import figure_exposure_effect
from analysis.ratings.exposure_effect import LIMIT, ExposureEffect, exposure_effect
from analysis.ratings.settings import Settings
from analysis.shares.discovery import RATE
from analysis.sources.simulated.simulate import july_2024, plain, simulate
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]

COLUMNS = [
    *("model", "exposed_votes", "unexposed_votes", "exposed_share", "effect", "lower", "upper", "p_value", "q_value"),
    *("placebo_lower", "placebo_upper", "smallest", "model_released", "cutoff", "could_have_seen", "reason"),
]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 12,000 votes of six models, of which model-003 was tuned on a set that a fifth of the votes is about."""
    settings = replace(plain(6), released=0.2, released_prompts=300, bonus=150, tuned="model-003", tastes=0.2)
    folder = tmp_path_factory.mktemp("simulated")
    simulate(12_000, 1, settings).write(folder / "votes.parquet")
    return folder


@pytest.fixture(scope="module")
def found(simulated: Path) -> ExposureEffect:
    topics = pd.read_parquet(simulated / "topics.parquet")
    return exposure_effect(simulated / "votes.parquet", simulated / "released.parquet", topics=topics, placebos=50)


def test_the_model_that_was_tuned_is_found_and_no_other(found: ExposureEffect) -> None:
    assert list(found.table.columns) == COLUMNS
    assert found.better["model"].tolist() == ["model-003"]
    row = found.table.iloc[0]
    assert row["model"] == "model-003"
    assert row["lower"] < 140 < row["upper"]
    assert row["effect"] > row["placebo_upper"]
    assert row["q_value"] <= RATE
    assert "On them 1 of 6 models does better than the others beyond chance: model-003 by +" in said_of(found)
    assert found.sentence.endswith(LIMIT)
    assert "the same topic, language and number of turns" in said_of(found)


def test_every_vote_is_counted_once(found: ExposureEffect) -> None:
    assert found.accounting["votes"].sum() == 12_000
    assert found.table[["exposed_votes", "unexposed_votes"]].to_numpy().sum() == 2 * 12_000
    exposed = found.accounting[found.accounting["reason"].str.startswith("exposed")]["votes"].sum()
    assert exposed == found.table["exposed_votes"].sum() / 2


def test_where_votes_went_is_said(found: ExposureEffect) -> None:
    votes = found.accounting.set_index("reason")["votes"]
    compared = f"{votes['exposed, compared']:,} exposed and {votes['unexposed, compared']:,} unexposed were compared"
    assert f"Of 12,000 votes, {compared}" in said_of(found)


def test_a_page_shows_models_with_an_effect_and_those_without_apart(found: ExposureEffect) -> None:
    html = found._repr_html_()
    assert "Models that cannot be told of" not in html
    assert "Reason</th>" in html  # of the accounting
    assert "Model released" not in html
    some = replace(found, left_out={"model-007": "few votes"}, counts=found.counts.replace("model-003", "model-007"))
    assert "Models that cannot be told of" in some._repr_html_()
    assert "Placebo band" in html
    assert (
        "Placebo band" not in replace(found, placebos=replace(found.placebos, effects=found.placebos.effects[:0]))._repr_html_()
    )  # type: ignore[type-var]
    none = replace(found, effects=None, placebos=None)
    assert none.caption not in none._repr_html_()


def test_captions_say_by_what_likeness_prompts_are_of_the_set(found: ExposureEffect) -> None:
    assert "prompts of released.parquet" in found.caption
    assert "prompts near those of released.parquet" in replace(found, kind="near").caption
    assert (
        "alike in meaning to those of released.parquet"
        in figure_exposure_effect(replace(found, kind="meaning", effects=None)).title
    )


def test_the_same_votes_give_the_same_numbers_and_fewer_placebos_the_same_effects(simulated: Path, found: ExposureEffect) -> None:
    topics = pd.read_parquet(simulated / "topics.parquet")
    again = exposure_effect(simulated / "votes.parquet", simulated / "released.parquet", topics=topics, placebos=0)
    pd.testing.assert_series_equal(again.table["effect"], found.table["effect"])
    assert again.table["placebo_upper"].isna().all()
    assert "random prompt sets" not in said_of(again)


def test_topics_may_be_a_result_a_table_or_a_folder_and_must_be_of_these_votes(simulated: Path, tmp_path: Path) -> None:
    frame = pd.read_parquet(simulated / "topics.parquet", columns=["vote_id", "topic"])

    class Found:
        assignments = frame

    votes, prompts = simulated / "votes.parquet", simulated / "released.parquet"
    effects = [exposure_effect(votes, prompts, topics=given, placebos=0).table["effect"] for given in (frame, Found())]
    pd.testing.assert_series_equal(*effects)
    with pytest.raises(InputError, match="none of these votes has a topic"):
        exposure_effect(votes, prompts, topics=frame.assign(vote_id="other"))
    with pytest.raises(UsageError, match="topics must be"):
        exposure_effect(votes, prompts, topics=3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no folder of topics"):
        exposure_effect(votes, prompts, topics=tmp_path)


def test_without_topics_the_sentence_warns(simulated: Path) -> None:
    found = exposure_effect(simulated / "votes.parquet", simulated / "released.parquet", placebos=0)
    assert "Topics were not given" in said_of(found)
    assert found.strata == ("language", "number of turns")


def test_where_nobody_does_better_the_sentence_says_what_could_have_been_shown(tmp_path: Path) -> None:
    simulate(6_000, 3, replace(plain(6), released=0.2, released_prompts=300)).write(tmp_path / "votes.parquet")
    found = exposure_effect(tmp_path / "votes.parquet", tmp_path / "released.parquet", placebos=50)
    assert found.better.empty
    assert "none does better on them" in said_of(found)
    assert f"would have had to gain {found.effects.smallest.min():.0f} points" in said_of(found)  # type: ignore[union-attr]
    assert "Smaller effects may be there." in said_of(found)


def test_a_model_that_does_worse_is_named_and_no_other_looks_better(tmp_path: Path) -> None:
    settings = replace(plain(6), released=0.2, released_prompts=300, bonus=-200, tuned="model-003")
    simulate(12_000, 1, settings).write(tmp_path / "votes.parquet")
    found = exposure_effect(tmp_path / "votes.parquet", tmp_path / "released.parquet", placebos=0)
    assert found.better.empty
    assert "Beyond chance 1 model does worse: model-003 by −" in found.sentence
    assert "model-003 is clearly apart there, and so not among the others" in said_of(found)


def test_models_that_could_have_seen_the_set_are_held_against_those_that_could_not(tmp_path: Path) -> None:
    settings = replace(july_2024(), released=0.2, released_prompts=300)
    simulate(12_000, 1, settings).write(tmp_path / "votes.parquet")
    found = exposure_effect(tmp_path / "votes.parquet", tmp_path / "released.parquet", released="2024-05-15", placebos=0)
    assert found.contrast is not None
    middle, lower, upper = found.contrast
    assert lower < middle < upper
    assert "2024-05-15 (as given); models that came out later gain" in said_of(found)
    unknown = exposure_effect(tmp_path / "votes.parquet", tmp_path / "released.parquet", placebos=0)
    assert unknown.contrast is None
    assert "is not known" in unknown.sentence


def said_of(found: ExposureEffect) -> str:
    return " ".join([found.sentence, *found.notes])


def of(text: str | list[str], folder: Path) -> Path:
    path = folder / "set.txt"
    path.write_text("\n".join([text] if isinstance(text, str) else text))
    return path


def test_a_set_that_is_the_votes_is_told(votes_of: Make, tmp_path: Path) -> None:
    frame = pd.DataFrame({"model_a": ["x", "y"] * 50, "model_b": ["y", "x"] * 50, "outcome": "model_a"})
    votes = votes_of(frame.assign(prompt=[f"p{number}" for number in range(100)]))
    found = exposure_effect(votes, of([f"p{number}" for number in range(100)], tmp_path))
    assert found.effects is None
    assert "holds the prompts of these very votes (100.0 % are the same)" in said_of(found)
    assert found.table["effect"].isna().all()
    assert found.accounting["votes"].sum() == 100


@pytest.mark.parametrize(
    ("prompts", "said"),
    [
        ("never asked", "No vote has a prompt of set.txt"),
        ("p1", "set.txt has one prompt"),
        (["p1", "p2"], "These votes do not say when they were cast."),
        (["p1", "p2"], "set.txt does not say when its prompts were asked."),
        (["p1", "p2"], "no two models can be compared"),
    ],
)
def test_what_a_set_lacks_is_said(votes_of: Make, tmp_path: Path, prompts: str | list[str], said: str) -> None:
    frame = pd.DataFrame({"model_a": ["x", "y"] * 50, "model_b": ["y", "x"] * 50, "outcome": "model_a"})
    votes = votes_of(frame.assign(prompt=[f"p{number}" if number % 9 else None for number in range(100)]))
    found = exposure_effect(votes, of(prompts, tmp_path))
    assert said in said_of(found)
    assert found.accounting.set_index("reason")["votes"]["without a prompt"] == 12
    assert (found.table["reason"] != "").all()


def test_votes_that_were_cast_before_the_set_was_whole_are_counted(votes_of: Make, tmp_path: Path) -> None:
    frame = pd.DataFrame({"model_a": "x", "model_b": "y", "outcome": "tie", "prompt": ["a", "b", "c", "d"]})
    frame["time"] = pd.to_datetime(["2023-05-01", "2023-06-01", "2023-06-02", "2024-01-01"], utc=True)
    pd.DataFrame({"prompt": ["a", "z"], "tstamp": ["2023-05-01 01:00:00", "2023-06-01 12:00:00"]}).to_csv(tmp_path / "set.csv")
    found = exposure_effect(votes_of(frame), tmp_path / "set.csv")
    assert "2 votes of 4 were cast by the end of the day on which the last prompt of set.csv was asked (2023-06-01)" in said_of(
        found
    )


def test_judges_that_nobody_knows_and_intervals_over_votes_leave_prompts_to_hang_together(votes_of: Make, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"model_a": "x", "model_b": "y", "outcome": rng.choice(["model_a", "model_b"], 400)})
    frame["prompt"] = [f"p{number % 200}" for number in range(400)]
    prompts = of([f"p{number}" for number in range(100)], tmp_path)
    nobody = exposure_effect(votes_of(frame), prompts, placebos=0)
    judged = votes_of(frame.assign(judge=[f"j{number % 40}" for number in range(400)]))
    plain_ = exposure_effect(judged, prompts, placebos=0, settings=Settings(interval="votes"))
    assert nobody.effects is not None
    assert plain_.effects is not None
    assert set(nobody.effects.gains) == set(plain_.effects.gains) == {"votes", "prompt"}
    assert plain_.effects.error == pytest.approx(nobody.effects.error)


def test_near_copies_of_a_prompt_are_worth_no_more_votes_than_the_prompt_itself(votes_of: Make, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    words = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    texts = [" ".join("".join(rng.choice(words, 6)) for _ in range(12)) for _ in range(1_010)]
    asked, number = texts[:10], rng.integers(0, 10, 1_000)
    liked = rng.random(2_000) < np.r_[np.linspace(0.2, 0.8, 10)[number], np.full(1_000, 0.5)]
    frame = pd.DataFrame({"model_a": "x", "model_b": "y", "outcome": np.where(liked, "model_a", "model_b")})
    copies = [asked[base] for base in number] + texts[10:]
    changed = [f"{asked[base]} v{rng.integers(100, 999)}" for base in number] + texts[10:]
    prompts = of(asked, tmp_path)
    exact = exposure_effect(votes_of(frame.assign(prompt=copies)), prompts, placebos=0)
    near = exposure_effect(votes_of(frame.assign(prompt=changed)), prompts, kind="near", placebos=0)
    assert exact.effects is not None
    assert near.effects is not None
    assert near.effects.error == pytest.approx(exact.effects.error)
    assert near.effects.freedom == pytest.approx(exact.effects.freedom)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "alike"}, "one of exact, near, meaning"),
        ({"threshold": 0.5}, "exact repeats have no threshold"),
        ({"kind": "near", "threshold": 1.5}, "above 0 and up to 1"),
        ({"placebos": 3}, "placebos is 3"),
        ({"released": "yesterday"}, "write a day or a month"),
        ({"released": "2023-02-31"}, "write a day or a month"),
        ({"seed": -1}, "seed is -1; it must be a whole number"),
        ({"seed": 10**23}, "below 2"),
        ({"settings": Settings(style_control=True)}, "leave out style_control"),
        ({"settings": Settings(ties="davidson")}, "leave out ties"),
        ({"settings": Settings(interval="bootstrap")}, "leave out interval=bootstrap"),
    ],
)
def test_values_that_are_not_allowed_are_wrong_usage(simulated: Path, options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        exposure_effect(simulated / "votes.parquet", simulated / "released.parquet", **options)  # type: ignore[arg-type]


def test_votes_without_prompts_are_refused(votes_of: Make, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="exposure needs prompts"):
        exposure_effect(votes_of(pd.DataFrame({"model_a": ["x"], "model_b": ["y"], "outcome": ["tie"]})), of("a", tmp_path))


def test_prompts_with_markup_and_control_characters_match_as_they_are(votes_of: Make, tmp_path: Path) -> None:
    hostile = ["<script>alert(1)</script>", "bell \x07 and \u202e override"]
    frame = pd.DataFrame({"model_a": "x", "model_b": "y", "outcome": "tie", "prompt": [*hostile, "plain"]})
    assert exposure_effect(votes_of(frame), of(hostile, tmp_path)).table["exposed_votes"].tolist() == [2, 2]


@pytest.mark.parametrize(
    ("one", "other"), [("arena_33k_first200", "arena_votes_2023"), ("arena_votes_2023", "arena_33k_first200")]
)
def test_real_votes_against_a_real_set_run_through_and_say_what_they_cannot_tell(real_data: Path, one: str, other: str) -> None:
    found = exposure_effect(real_data / f"{one}.jsonl", real_data / f"{other}.jsonl")
    assert "no two models can be compared on them and on others, so these votes cannot tell" in said_of(found)
    assert "do not say when they were cast" in said_of(found) or "does not say when its prompts were asked" in said_of(found)
    assert (found.table["reason"] != "").all()
    assert found.sentence.endswith(LIMIT)


def test_it_is_what_the_library_calls_it() -> None:
    assert arena.exposure_effect is exposure_effect
