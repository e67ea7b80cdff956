"""Released prompts in simulated arenas: their share, their file, the topics they are on, and what a tuned model gains on them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from analysis.errors import UsageError
from analysis.matching.prompt_sets import read_prompt_set
from analysis.sources.simulated.draws import Change
from analysis.sources.simulated.grammars import topics
from analysis.sources.simulated.simulate import july_2024, plain, simulate
from analysis.votes.prompts import prompt_keys


def test_a_share_of_the_votes_is_on_released_prompts_some_of_which_are_asked_often() -> None:
    made = simulate(20_000, 1, replace(plain(), released=0.2, released_prompts=300), text=False)
    exposed, prompts = made.truth.exposed, made.truth.draws.prompts
    assert exposed.mean() == pytest.approx(0.2 / (1 - 0.066), abs=0.01)  # copies of them, too
    asked = np.unique(prompts.root[exposed], return_counts=True)[1]
    assert 200 < len(asked) <= 300
    assert asked.max() > 0.1 * exposed.sum()


def test_the_set_lies_beside_the_votes_and_marks_those_that_are_exposed(tmp_path: Path) -> None:
    made = simulate(3_000, 1, replace(plain(), released=0.2, released_prompts=100))
    made.write(tmp_path / "votes.parquet")
    known = read_prompt_set(tmp_path / "released.parquet")
    hit = known.has(prompt_keys(made.votes["prompt"].combine_chunks()))
    as_released = made.truth.exposed & (made.truth.draws.prompts.change == Change.NONE)
    assert hit[as_released].all()
    assert hit[~made.truth.exposed].mean() < 0.02  # what the grammars say twice by chance
    assert pq.read_table(tmp_path / "topics.parquet")["exposed"].to_pylist() == made.truth.exposed.tolist()
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert (truth["released"], truth["released_prompts"], truth["tuned"]) == (0.2, 100, "")


def test_without_released_prompts_nothing_says_so_and_an_old_set_goes(tmp_path: Path) -> None:
    simulate(200, 1, replace(plain(), released=0.5)).write(tmp_path / "votes.parquet")
    assert (tmp_path / "released.parquet").exists()
    made = simulate(200, 1)
    made.write(tmp_path / "votes.parquet")
    assert not (tmp_path / "released.parquet").exists()
    assert "released" not in (tmp_path / "truth.json").read_text()
    assert "exposed" not in pq.read_schema(tmp_path / "topics.parquet").names
    assert len(made.released) == 0


def test_released_prompts_change_nothing_about_other_votes() -> None:
    plainly, released = (simulate(4_000, 1, replace(july_2024(), released=share), text=False) for share in (0.0, 0.1))
    assert (plainly.truth.draws.judge == released.truth.draws.judge).all()
    others = ~released.truth.exposed & (plainly.truth.draws.prompts.root == np.arange(4_000))
    same = pc.equal(plainly.votes["language"], released.votes["language"]).to_numpy()
    assert same[others].all()


def test_the_set_may_be_on_the_topics_on_which_models_differ_most() -> None:
    arena = replace(july_2024(), released=0.2, released_topics=3)
    made = simulate(5_000, 1, arena, text=False)
    names = np.array([topic.name for topic in topics()])
    widest = names[np.argsort(-arena.topic_offsets.std(axis=1))[:3]]
    assert set(made.truth.topics[made.truth.exposed]) == set(widest)


def test_the_tuned_model_gains_its_bonus_on_released_prompts_alone() -> None:
    still = replace(plain(4), released=0.3)
    tuned = replace(still, tuned="model-002", bonus=100)
    one, other = (simulate(4_000, 1, arena, text=False).truth for arena in (still, tuned))
    odds = [np.log(truth.chance / (1 - truth.chance)) for truth in (one, other)]
    draws, model = one.draws, 1
    sign = (draws.first == model).astype(int) - (draws.second == model).astype(int)
    assert odds[1] - odds[0] == pytest.approx(sign * one.exposed * 100 * np.log(10) / 400, abs=1e-4)


def test_what_prompts_add_is_the_same_in_all_votes_on_them() -> None:
    made = simulate(4_000, 1, replace(plain(2, 0.0), released=0.5, released_prompts=20, prompt_tastes=1.0), text=False)
    draws = made.truth.draws
    chance = np.where(draws.first == 0, made.truth.chance, 1 - made.truth.chance)
    for root in np.unique(draws.prompts.pool[made.truth.exposed])[:20]:
        assert np.ptp(chance[draws.prompts.pool == root]) < 1e-5
    assert np.std(chance) > 0.15


def test_a_tuned_model_is_given_by_name_and_must_be_there() -> None:
    assert plain().having({"tuned": "model-003", "bonus": "50"}).tuned == "model-003"
    with pytest.raises(UsageError, match="tuned is 'nobody', which is no model"):
        plain().having({"tuned": "nobody"})
    with pytest.raises(UsageError, match="tuned"):
        plain().having({"unknown": "1"})


def test_texts_that_are_left_out_leave_no_set() -> None:
    made = simulate(100, 1, replace(plain(), released=0.5), text=False)
    assert made.released.equals(pa.array([], pa.string()))
