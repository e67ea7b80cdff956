"""Prompts alike in meaning: the same question in other words, in another language, and by what is there."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from analysis.embeddings import universal
from analysis.errors import UsageError
from analysis.matching import meaning
from analysis.matching.meaning import BY_WORDS, MEANING, embedding_used, meaning_pairs, usual_threshold

needs_encoder = pytest.mark.skipif(bool(universal.absence()), reason="the encoder is not there")

QUESTIONS = [
    "How can I cook rice?",
    "Why is the sky blue?",
    "What is the best way to cook rice?",
    "怎么煮米饭？",
    "Comment trier une liste en Python ?",
    "How do I sort a list in Python?",
]


@pytest.fixture
def unaided(monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder is not there."""
    monkeypatch.setattr(universal, "_MODULE", "no_such_module")


@needs_encoder
def test_the_same_question_in_other_words_or_another_language_is_alike() -> None:
    assert meaning_pairs(QUESTIONS).tolist() == [[0, 2], [0, 3], [2, 3], [4, 5]]
    assert (embedding_used(), usual_threshold()) == ("use", MEANING)


@needs_encoder
@pytest.mark.parametrize("block", [1, 2, 5, 2_048])
def test_pairs_are_those_of_all_with_all_however_they_are_cut(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "_BLOCK", block)
    vectors = universal.UniversalEmbedding().embed(QUESTIONS)
    wanted = np.argwhere(np.triu(vectors @ vectors.T >= 0.3, 1))
    assert meaning_pairs(QUESTIONS, threshold=0.3).tolist() == wanted.tolist()


@needs_encoder
def test_one_of_a_crowd_has_a_pair_with_the_first_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "_BLOCK", 7)
    pairs = meaning_pairs([f"How can I cook rice for {count} people?" for count in range(2, 60)], threshold=0.5)
    assert np.bincount(pairs[:, 1]).max() == meaning.CROWD
    assert [np.min(pairs[pairs[:, 1] == place, 0]) for place in range(1, 58)] == [0] * 57


@needs_encoder
@pytest.mark.parametrize("texts", [[], ["alone"], ["", "?"], ["...", "...", "🙂"]])
def test_nothing_one_prompt_and_wordless_ones_are_like_none(texts: list[str]) -> None:
    assert meaning_pairs(texts).shape == (0, 2)


@needs_encoder
def test_hostile_texts_are_texts() -> None:
    texts = ["rice " * 100_000, "\x00<b>rice</b>\ud800", "rice " * 100_000 + "x"]
    assert [0, 2] in meaning_pairs(texts).tolist()


@pytest.mark.usefixtures("unaided")
def test_without_the_encoder_words_must_do() -> None:
    assert (embedding_used(), usual_threshold()) == ("words+ngrams", BY_WORDS)
    texts = [*QUESTIONS, "How can I cook some rice?"]
    assert [0, 6] in meaning_pairs(texts, ["English"] * 7, threshold=0.7).tolist()


@pytest.mark.usefixtures("unaided")
@pytest.mark.parametrize("texts", [[], ["alone"], ["", "?"], ["one", "two"]])
def test_without_the_encoder_a_few_prompts_are_like_none(texts: list[str]) -> None:
    assert meaning_pairs(texts).shape == (0, 2)


@pytest.mark.parametrize("threshold", [0.0, -0.5, 1.5, float("nan")])
def test_a_threshold_out_of_its_range_is_an_error(threshold: float) -> None:
    with pytest.raises(UsageError, match="above 0 and up to 1"):
        meaning_pairs(["a"], threshold=threshold)


@needs_encoder
def test_rephrased_and_translated_questions_are_found_and_others_are_not(real_data: Path) -> None:
    folder = real_data / "rephrased"
    with (folder / "sociology_test.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    answered = [f"{row[0]}\nAnswer: {row[1 + 'ABCD'.index(row[5])]}" for row in rows]
    for language, least in (("english", 0.9), ("chinese", 0.7)):
        lines = (folder / f"sociology_test_{language}.jsonl").read_text(encoding="utf-8").splitlines()
        said = universal.UniversalEmbedding().embed([json.loads(line)["text"] for line in lines])
        asked = [universal.UniversalEmbedding().embed(texts) for texts in ([row[0] for row in rows], answered)]
        alike = np.maximum(asked[0] @ said.T, asked[1] @ said.T) >= MEANING
        found, wrong = np.mean(np.diag(alike)), np.mean(alike[~np.eye(len(rows), dtype=bool)])
        assert found >= least
        assert found / (found + wrong) >= 0.95
