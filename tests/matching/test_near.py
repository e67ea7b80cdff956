"""Near repeats: what is found is what comparing all with all finds, whatever the texts are."""

import json
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import UsageError
from analysis.matching.near import CROWD, FOUND, NUMBERS, READ, SIZE, near_pairs, rows_of, unique_pairs
from analysis.votes.prompts import normalise

QUESTION = "How do I sort a list of names in Python when some of them are missing?"

#: Words of which prompts are made that share more or less with each other.
WORDS = (
    "write",
    "a",
    "poem",
    "about",
    "the",
    "sea",
    "why",
    "it",
    "is",
    "blue",
    "写",
    "一首",
    "诗",
    "关于",
    "大海",
    "стих",
    "о",
    "море",
)


def pieces(text: str) -> set[str]:
    left = normalise(text)[:READ]
    return {left[place : place + SIZE] for place in range(max(len(left) - SIZE + 1, min(len(left), 1)))}


def similarity(one: str, other: str) -> float:
    a, b = pieces(one), pieces(other)
    return len(a & b) / len(a | b) if a | b else 0.0


def all_with_all(texts: list[str], threshold: float) -> list[list[int]]:
    """The slow way."""
    count = len(texts)
    return [[i, j] for i in range(count) for j in range(i + 1, count) if similarity(texts[i], texts[j]) >= threshold]


def some_texts(count: int, seed: int) -> list[str]:
    """Different texts of a few words each, and each of them with another word at its end."""
    draw = random.Random(seed)
    texts = [" ".join(draw.choices(WORDS, k=draw.randint(2, 9))) for _ in range(count)]
    return list(dict.fromkeys([*texts, *(f"{text} {draw.choice(WORDS)}" for text in texts)]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (QUESTION, f"Hi! {QUESTION}"),
        (QUESTION, QUESTION.replace("names", "dates")),
        (QUESTION, f"{QUESTION} Thanks!"),
        ("请用中文写一首关于大海和月亮的短诗好吗", "请用中文写一首关于大海和月亮的短诗好吧"),
        ("Напиши короткое стихотворение о море и луне", "Напиши короткое стихотворение о море и луне!"),
    ],
)
def test_a_few_characters_more_or_less_are_nearly_the_same(one: str, other: str) -> None:
    assert near_pairs([one, "Who was the first to walk on the moon?", other], 0.7).tolist() == [[0, 2]]


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8])
def test_what_is_found_is_what_comparing_all_with_all_finds(threshold: float) -> None:
    texts = some_texts(150, seed=3)
    found, wanted = near_pairs(texts, threshold).tolist(), all_with_all(texts, threshold)
    assert [pair for pair in found if pair not in wanted] == []
    first = {late: early for early, late in reversed(wanted)}
    linked = {late: early for early, late in reversed(found)}
    assert np.mean([linked.get(late) == early for late, early in first.items()]) >= FOUND - 0.03
    assert max(np.bincount([late for _, late in wanted])) > CROWD or len(found) >= (FOUND - 0.03) * len(wanted)


@given(st.lists(st.text("abc de!你好", max_size=12), max_size=12), st.sampled_from([0.4, 0.7, 1.0]))
def test_what_is_found_is_there(texts: list[str], threshold: float) -> None:
    found = near_pairs(texts, threshold).tolist()
    assert [pair for pair in found if pair not in all_with_all(texts, threshold - 1e-6)] == []
    assert found == sorted(found)
    assert all(one < other for one, other in found)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=6))
def test_a_text_matches_itself_with_other_case_marks_and_spaces(texts: list[str]) -> None:
    changed = [f"  “{normalise(text)}” !" for text in texts]
    asks = [bool(normalise(text).strip("\0")) for text in texts]  # nothing but NUL is as good as blank
    same = [ask and normalise(text) == normalise(other) for ask, text, other in zip(asks, texts, changed, strict=True)]
    pairs = near_pairs([*texts, *changed], threshold=1.0).tolist()
    assert all([place, len(texts) + place] in pairs for place, equal in enumerate(same) if equal)


def test_the_order_of_the_texts_changes_no_more_than_their_numbers() -> None:
    texts = some_texts(200, seed=5)
    order = np.random.default_rng(1).permutation(len(texts))
    found = order[near_pairs([texts[place] for place in order], 0.8)]
    assert np.array_equal(unique_pairs(np.sort(found, axis=1)), near_pairs(texts, 0.8))


def test_the_same_seed_finds_the_same_and_other_seeds_nearly_all_of_it() -> None:
    texts = some_texts(300, seed=7)
    first, again, *others = (set(map(tuple, near_pairs(texts, 0.7, seed))) for seed in (1, 1, 2, 3))
    assert first == again
    assert all(len(first & other) >= 0.97 * len(first) for other in others)


@pytest.mark.parametrize("texts", [[], ["alone"], ["", " ", "\n"], [None, None]])
def test_nothing_one_prompt_and_blank_ones_are_like_none(texts: list[str | None]) -> None:
    assert near_pairs(pa.array(texts, pa.string())).shape == (0, 2)


def test_a_crowd_of_one_template_has_no_pair_for_each_two_but_hangs_together() -> None:
    texts = [f"Write a story about a lighthouse keeper and a storm at sea, number {place}, be brief" for place in range(20_000)]
    pairs = near_pairs(texts, 0.7)
    assert len(pairs) < 50 * len(texts)
    earliest = np.arange(len(texts))
    np.minimum.at(earliest, pairs[:, 1], pairs[:, 0])
    assert np.mean(earliest[1:] < np.arange(1, len(texts))) > 0.999


@pytest.mark.parametrize(
    "texts",
    [
        ["a" * 3_000_000, "a" * 3_000_000 + "b"],
        ["<script>alert(1)</script>\x00", "<script>alert(2)</script>\x00"],
        ["\u0301" * 5_000, "😀" * 9_000],
        ["." * 5_000, "!" * 5_000],
        ["half of a pair \ud800", "half of a pair \udfff"],
    ],
)
def test_hostile_texts_are_texts(texts: list[str]) -> None:
    assert near_pairs(texts, 0.5).shape[1] == 2


def test_no_more_than_the_start_of_a_text_is_read() -> None:
    start = " ".join(some_texts(400, seed=1))[: 3 * READ]
    assert near_pairs([start + "one end", start + "another end"], 1.0).tolist() == [[0, 1]]


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01, float("nan")])
def test_a_threshold_out_of_its_range_is_an_error(threshold: float) -> None:
    with pytest.raises(UsageError, match="above 0 and up to 1"):
        near_pairs(["a"], threshold)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
def test_bands_find_the_share_that_they_promise_at_the_threshold(threshold: float) -> None:
    rows = rows_of(threshold)
    assert 1 - (1 - threshold**rows) ** (NUMBERS // rows) >= FOUND


def test_real_near_repeats_are_found(real_data: Path) -> None:
    pairs = [row for row in json.loads((real_data / "freshness_pairs.json").read_text()) if row["Similarity"] > 0.96]
    texts = [row[side] for row in pairs for side in ("Prompt", "Nearest Neighbor")]
    assert len(near_pairs(texts, 0.6)) >= len(pairs) - 1
