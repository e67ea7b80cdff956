import numpy as np

from analysis.embeddings.words import features, languages_of, read_words

COOKING = [
    "boil rice with garlic",
    "fry garlic and onion",
    "bake bread with rice flour",
    "onion soup with garlic",
    "boil onion soup",
]
COMPUTING = [
    "sort array in rust",
    "rust compiler linker error",
    "binary array search",
    "compiler sort pass",
    "linker array error",
]


def fit(texts: list[str], languages: list[str] | None = None):
    return read_words(texts, languages).fit(np.arange(len(texts)), 1, dimensions=4)[0]


def test_prompts_about_one_thing_are_nearer_than_prompts_about_two():
    texts = (COOKING + COMPUTING) * 4
    vectors = fit(texts).embed(COOKING + COMPUTING)
    cosine = vectors @ vectors.T
    assert cosine[:5, :5].mean() > cosine[:5, 5:].mean() + 0.5


def test_vectors_have_length_one_and_a_text_without_known_words_has_none():
    vectors = fit((COOKING + COMPUTING) * 4).embed(["boil rice", "", "😀", "qqqq zzzz"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0, 0], atol=1e-5)


def test_a_concept_brings_two_languages_together():
    english = ["recipe with garlic", "cook the recipe now", "bake from a recipe"] * 10
    russian = ["рецепт с чесноком", "готовить по рецепту", "рецепт пирога"] * 10
    other = [*["football match tonight", "the team won the match"] * 10, *["матч команды сегодня", "команда выиграла матч"] * 10]
    languages = ["English"] * 30 + ["Russian"] * 30 + ["English"] * 20 + ["Russian"] * 20
    reading = read_words(english + russian + other, languages)
    embedding, _ = reading.fit(np.arange(len(languages)), 1, dimensions=3)
    food, speisen, ball = embedding.embed(["recipe", "рецепт", "матч"], ["English", "Russian", "Russian"])
    assert food @ speisen > food @ ball + 0.5


def test_the_same_prompts_and_seed_give_the_same_numbers_and_another_corpus_others():
    texts = (COOKING + COMPUTING) * 3
    assert fit(texts).fingerprint == fit(texts).fingerprint
    assert fit(texts).fingerprint != fit(texts[:-3]).fingerprint


def test_prompts_without_two_shared_words_still_fit_and_say_nothing():
    assert not fit(["", "😀", "a"]).embed(["anything"]).any()


def test_long_words_have_a_beginning_that_stands_for_their_forms():
    assert "^renam" in features("renaming")
    assert "^renam" in features("rename")
    assert features("bake") == ["§cook", "bake"]


def test_a_script_stands_for_a_language_that_is_not_given():
    assert languages_of(["hello", "привет", "hola"], ["", "unknown", "Spanish"]) == ["LATIN", "CYRILLIC", "Spanish"]


def test_a_fit_on_a_part_gives_the_vectors_of_a_reading_of_that_part_alone():
    texts = (COOKING + COMPUTING) * 4 + ["whale song", "whale watching song"]
    part = np.arange(40)
    embedding, vectors = read_words(texts).fit(part, 1, dimensions=4)
    assert np.allclose(vectors, embedding.embed(texts), atol=1e-6)
    alone = fit(texts[:40])
    assert set(embedding.vocabulary) == set(alone.vocabulary)
    cosine, expected = vectors[:10] @ vectors[:10].T, alone.embed(texts[:10]) @ alone.embed(texts[:10]).T
    assert np.allclose(cosine, expected, atol=1e-3)
