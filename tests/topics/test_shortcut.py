"""The shortcut: on what it agrees with the long way, and that votes are assigned by it where there are too many to embed."""

from pathlib import Path

import numpy as np
import pytest

from analysis.embeddings import quick
from analysis.embeddings.choose import SideBySide
from analysis.embeddings.languages import unit
from analysis.embeddings.quick import PieceEmbedding, fit_map, mapped
from analysis.embeddings.universal import UniversalEmbedding
from analysis.topics.assignment import Nearest
from analysis.topics.model import TopicSettings
from analysis.topics.shortcut import fit_shortcut
from analysis.topics.topics import Topics, topics
from analysis.votes.table import Votes


@pytest.fixture(scope="module")
def some(arena: Votes) -> Topics:
    """Topics of the simulated arena, fitted on a part of its prompts."""
    return topics(arena, TopicSettings(fast=True, rounds=1, fit_on=900), with_map=False)


def test_a_linear_map_is_found_again():
    rng = np.random.default_rng(1)
    seen, slope = unit(rng.normal(size=(2_000, 8))), rng.normal(size=(8, 5))
    vectors = unit(seen @ slope)
    found = mapped(seen, *fit_map(seen, vectors))
    assert (found * vectors).sum(axis=1).min() > 0.95


def test_held_back_prompts_get_the_topic_of_the_full_embedding(some: Topics):
    model = some.model
    assert model is not None
    assert model.shortcut is not None
    assert model.shortcut.checked > 100
    assert model.shortcut.agreement > 0.9
    assert some.measures["shortcut"] == model.shortcut.agreement
    assert "held back from it" in some.quality.set_index("measure").loc["shortcut", "meaning"]


def test_a_prompt_that_says_nothing_has_no_topic_however_it_is_assigned(some: Topics):
    model = some.model
    assert model is not None
    assert model.shortcut is not None
    nothing = ["😀 …", "?", "—", "", "\u200b"]
    for embedding, rule in ((model.embedding, model.rule), (model.shortcut.embedding, model.shortcut.rule)):
        vectors = embedding.embed(nothing, ["English"] * len(nothing))
        assert not vectors.any()
        assert (rule.assign(vectors).topic < 0).all()


def test_a_prompt_that_the_quick_way_leaves_without_a_topic_is_no_agreement():
    rng = np.random.default_rng(3)
    texts = [f"{word} question {number}" for number in range(200) for word in ("rice", "python")]
    vectors = unit(UniversalEmbedding().embed(texts) + rng.normal(scale=0.02, size=(400, 512)).astype(np.float32))
    rule = Nearest(unit(np.stack([vectors[::2].mean(axis=0), vectors[1::2].mean(axis=0)])), np.arange(2))
    found = fit_shortcut(texts, ["English"] * 400, vectors, UniversalEmbedding(), rule, 0.3, 1)
    assert found.checked == 80
    assert found.agreement + found.other == pytest.approx(0.7, abs=0.02)


def test_the_agreement_is_that_of_a_map_that_did_not_see_the_prompts():
    """Labels that nothing tells apart agree as often as chance."""
    rng = np.random.default_rng(2)
    texts = [" ".join(rng.choice(["alpha", "beta", "gamma", "delta"], 5)) for _ in range(500)]
    vectors = unit(rng.normal(size=(500, 40)))
    rule = Nearest(unit(rng.normal(size=(4, 40))), np.arange(4))
    found = fit_shortcut(texts, ["English"] * 500, vectors, UniversalEmbedding(), rule, 0.0, 1)
    assert abs(found.agreement - 0.25) < 0.15


def test_votes_assigned_by_the_shortcut_agree_with_the_full_embedding(some: Topics, arena: Votes):
    whole = topics(arena, TopicSettings(fast=True, rounds=0), with_map=False)
    assert whole.model is not None
    assert whole.model.shortcut is None
    both = (some.assignments["topic"] >= 0) & (whole.assignments["topic"] >= 0)
    pairs = some.assignments["topic"][both].astype(str) + " " + whole.assignments["topic"][both].astype(str)
    by_part = pairs.groupby(some.assignments["topic"][both]).agg(lambda each: each.value_counts(normalize=True).iloc[0])
    assert by_part.median() > 0.85  # fits on other prompts make other cuts in a few topics


def test_the_fitted_prompts_keep_the_topics_of_their_own_vectors(some: Topics):
    model = some.model
    assert model is not None
    first = some.assignments.groupby("prompt", sort=False)["topic"].first()
    topic = first[first.index != 0].to_numpy()
    assert (topic[model.prompts] == model.topic).all()


def test_topics_read_from_a_folder_assign_as_those_that_were_fitted(some: Topics, arena: Votes, tmp_path: Path):
    some.save(tmp_path / "topics")
    again = Topics.load(tmp_path / "topics").assign(arena)
    assert (again["topic"] == some.assignments["topic"]).all()
    assert np.allclose(again["margin"], some.assignments["margin"], atol=1e-4)


def test_without_the_encoder_the_glance_is_at_words_and_spellings(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quick, "absence", lambda: "is not there")
    texts = ["boil rice with garlic", "sort an array in rust", "bake bread with flour", "compile a linker"] * 10
    seen, vectors = quick.read_quickly(texts, ["English"] * 40, UniversalEmbedding(), 1)
    assert seen.name == "words+ngrams"
    assert np.allclose(seen.embed(texts, ["English"] * 40), vectors, atol=1e-5)


def test_words_that_the_embedding_has_are_not_fitted_again():
    from analysis.embeddings.words import read_words

    texts = ["boil rice with garlic", "sort an array in rust", "bake bread with flour", "compile a linker"] * 10
    words, _ = read_words(texts).fit(np.arange(40), 1)
    seen, _ = quick.read_quickly(texts, [""] * 40, SideBySide((words, UniversalEmbedding()), (1.0, 6.0)), 1)
    assert isinstance(seen, SideBySide)
    assert seen.parts[0] is words
    assert isinstance(seen.parts[1], PieceEmbedding)
