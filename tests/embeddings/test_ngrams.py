import numpy as np

from analysis.embeddings.ngrams import count_characters, count_words, read_ngrams


def test_a_text_of_n_characters_has_n_minus_k_plus_3_grams_of_k_characters():
    assert count_characters(["abcd"]).sum() == (4 + 2 - 3 + 1) + (4 + 2 - 4 + 1)  # a space is put on either side


def test_digits_are_one_character():
    first, second = count_characters(["year 1999", "year 2024"]).toarray()
    assert (first == second).all()


def test_words_are_counted():
    assert count_words(["apple apple pear"]).sum() == 3


def test_broken_text_has_a_vector():
    texts = ["", "\0", "\ud800", "a" * 5_000, "😀"] * 2
    embedding, vectors = read_ngrams(texts).fit(np.arange(len(texts)), 1)
    assert np.isfinite(vectors).all()
    assert np.allclose(embedding.embed(texts), vectors, atol=1e-6)


def test_a_greeting_says_nothing_and_a_sum_does():
    assert count_characters(["hi", "Hello!", "how are you?", "😀"]).sum() == 0
    assert (count_characters(["887+84482", "sort"]).sum(axis=1) > 0).all()
