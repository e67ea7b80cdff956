"""Search: prompts by meaning and by words, whatever text is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.embeddings.tokens import tokens
from analysis.errors import InputError, UsageError
from analysis.results.origin import Origin
from analysis.topics.clusters import centres
from analysis.topics.corpus import read_corpus
from analysis.topics.search import COLUMNS, fused, search_prompts, word_weights
from analysis.topics.topics import Topics
from analysis.votes.table import Votes

Maker = Callable[[pd.DataFrame], Votes]

PROMPTS = [
    "sort a list of numbers",
    "order an array quickly",
    "sort a list of numbers",
    "soup with onions",
    "a list of soups",
    None,
    "sorting hat",
    "numbers, onions, list",
]

#: What each word of the small language means: sorting, or cooking.
MEANING = {"sort": 0, "order": 0, "array": 0, "list": 0, "numbers": 0, "soup": 1, "soups": 1, "onions": 1}


class Meanings:
    """An embedding of two dimensions."""

    name, fingerprint = "meanings", "m"

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> np.ndarray:
        rows = np.zeros((len(texts), 2))
        for row, text in enumerate(texts):
            for word in tokens(text):
                if word in MEANING:
                    rows[row, MEANING[word]] += 1
        return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)


@pytest.fixture
def votes(votes_of: Maker) -> Votes:
    asked = pd.DataFrame({"prompt": PROMPTS, "model_a": "a", "model_b": "b", "outcome": "tie", "language": "English"})
    return votes_of(asked.assign(time=pd.date_range("2024-06-01", periods=len(PROMPTS), tz="UTC")))


@pytest.fixture
def topics(votes: Votes) -> SimpleNamespace:
    """Topics 4 (sorting) and 9 (cooking), fitted on all prompts but the last two."""
    fitted = [0, 1, 2, 3]
    texts = tuple(PROMPTS[place] for place in (0, 1, 3, 4))
    vectors, topic = Meanings().embed(texts), np.array([0, 0, 1, -1])
    model = SimpleNamespace(
        embedding=Meanings(),
        texts=texts,
        languages=("English",) * 4,
        prompts=np.array(fitted),
        vectors=vectors,
        topic=topic,
        centres=centres(vectors, topic),
        shortcut=None,
    )
    return SimpleNamespace(
        frame=pd.DataFrame({"topic": [4, 9], "label": ["sorting", "cooking"]}),
        assignments=pd.DataFrame({"topic": [4, 4, 4, 9, -1, -2, -1, 4]}),
        settings={"embedding_fingerprint": "m"},
        model=model,
        votes=votes,
        fingerprint=votes.fingerprint,
    )


def test_both_ranks_count_and_scores_are_shown(topics: SimpleNamespace) -> None:
    """“sort numbers” means sorting: the prompt with both words comes first, one without any word of it is found by meaning."""
    found = search_prompts(topics, "sort numbers").table
    assert found.columns.tolist() == list(COLUMNS)
    assert found["prompt"].tolist()[0] == "sort a list of numbers"
    assert found["words"].iloc[0] == 1
    assert found["meaning"].iloc[0] == pytest.approx(1)
    other = found.set_index("prompt").loc["order an array quickly"]
    assert (other["words"], other["meaning"]) == (0, pytest.approx(1))
    assert "soup with onions" not in found["prompt"].tolist(), "neither by words nor by meaning"


def test_a_row_says_topic_votes_and_what_the_first_vote_with_the_prompt_was(topics: SimpleNamespace) -> None:
    first = search_prompts(topics, "sort numbers").table.iloc[0]
    shown = ["topic", "votes", "language", "date", "model_a", "model_b", "outcome"]
    assert first[shown].tolist() == ["sorting", 2, "English", "2024-06-01", "a", "b", "tie"]
    unclear = search_prompts(topics, "soups").table.set_index("prompt").loc["a list of soups"]
    assert unclear["topic"] == "no clear topic"


def test_words_are_whole_and_weigh_by_their_rarity(votes: Votes) -> None:
    """Of 6 different prompts 3 have “list”, 2 “onions” and 1 “sort”; “sorting” is another word."""
    corpus = read_corpus(votes)
    weight = np.log1p((6 - np.array([1, 2, 3]) + 0.5) / (np.array([1, 2, 3]) + 0.5))
    sort, onions, listed = weight / weight.sum()
    assert word_weights(corpus, "sort the onions, list").tolist() == pytest.approx(
        [sort + listed, 0, onions, listed, 0, onions + listed]
    )
    assert not word_weights(corpus, "the and of").any()


def test_fusion_is_the_sum_of_both_reciprocal_ranks() -> None:
    meaning, words = np.array([0.9, 0.5, np.nan, 0.9]), np.array([0.0, 1.0, 0.5, 0.0])
    assert fused(meaning, words).tolist() == pytest.approx([1 / 61, 1 / 63 + 1 / 61, 1 / 62, 1 / 61])


def test_prompts_that_are_not_compared_by_meaning_are_counted(topics: SimpleNamespace) -> None:
    said = search_prompts(topics, "sort", embedded=1)
    assert "Not compared by meaning: 1 prompt with fewer of its words, in topics farther from it." in said.sentence
    assert "Not compared" not in search_prompts(topics, "sort").sentence
    last = said.table.set_index("prompt")["meaning"]
    assert "sorting hat" not in last.index


def test_what_is_embedded_for_a_search_is_what_has_its_words_or_is_in_the_nearest_topic(topics: SimpleNamespace) -> None:
    found = search_prompts(topics, "array", embedded=1).table.set_index("prompt")
    assert np.isfinite(found["meaning"]["numbers, onions, list"]), "in the topic of sorting, as “sorting hat” is not"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "No text to search for was given."),
        (" \n\u200b\ufeff", "No text to search for was given."),
        ("the and of", "No prompt is near “the and of”. It has no word that can be searched for."),
        ("!?", "No prompt is near “!?”. It has no word that can be searched for."),
        ("zebra", "No prompt is near “zebra”. By words only: none of its words is known to the embedding."),
    ],
)
def test_a_text_that_finds_nothing_is_one_line(topics: SimpleNamespace, text: str, said: str) -> None:
    found = search_prompts(topics, text)
    assert found.sentence == said
    assert found.table.empty
    assert found.table.columns.tolist() == list(COLUMNS)
    assert found._repr_html_() == ""


@pytest.mark.parametrize(
    "text",
    [
        "sort " * 200_000,
        "<script>alert('sort')</script>",
        "sort\x00\udcff\u202e",
        "'; DROP TABLE votes; -- sort",
        "%s {0} $sort$",
    ],
    ids=["1 MB", "script", "broken", "SQL", "formats"],
)
def test_hostile_text_is_searched_for_as_text(topics: SimpleNamespace, text: str) -> None:
    found = search_prompts(topics, text)
    assert found.table["prompt"].iloc[0] == "sort a list of numbers"
    assert "<script>" not in found._repr_html_()
    assert "\n" not in found.sentence
    assert len(found.sentence) < 600
    assert ("Only the first 2,000 of its 1,000,000 characters were read" in found.sentence) == (len(text) > 2_000)


@pytest.mark.parametrize("lost", ["model", "changed", "no vector", "no package", "no quick way"])
def test_without_the_model_words_are_searched_for_and_that_is_said(topics: SimpleNamespace, lost: str) -> None:
    class Silent(Meanings):
        def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> np.ndarray:
            raise InputError("no vector")

    class Absent(Meanings):
        def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> np.ndarray:
            raise UsageError("embedding use: needs its package: pip install use.")

    if lost == "model":
        topics.model = None
    elif lost == "changed":
        topics.settings = {"embedding_fingerprint": "another"}
    elif lost == "no quick way":
        topics.model.shortcut = SimpleNamespace(embedding=Absent())
    else:
        topics.model.embedding = Silent() if lost == "no vector" else Absent()
    found = search_prompts(topics, "onions")
    assert set(found.table["prompt"]) == {"soup with onions", "numbers, onions, list"}
    assert found.table["meaning"].isna().all()
    assert "By words only: " in found.sentence
    assert ("embedding use: needs its package: pip install use." in found.sentence) == (lost in ("no package", "no quick way"))


def test_votes_without_a_topic_stand_in_no_quotation_marks(topics: SimpleNamespace) -> None:
    topics.assignments = pd.DataFrame({"topic": [4, 4, 4, -3, -1, -2, -1, 4]})
    said = search_prompts(topics, "soup soups").sentence
    assert "; by topic: ignored (1), no clear topic (1) and “sorting” (1)." in said


def test_topics_that_do_not_have_their_votes_or_are_of_others_are_one_line(topics: SimpleNamespace, votes_of: Maker) -> None:
    other = votes_of(pd.DataFrame({"prompt": ["x"], "model_a": "a", "model_b": "b", "outcome": "tie"}))
    with pytest.raises(InputError, match=r"the topics are of other votes; find them again"):
        search_prompts(topics, "sort", votes=other)
    mine, topics.votes = topics.votes, None
    with pytest.raises(UsageError, match=r"read without their votes, which hold the prompts; give them too, as votes=…"):
        search_prompts(topics, "sort")
    assert len(search_prompts(topics, "sort", votes=mine).table)


@pytest.mark.parametrize("top", [0, -1, 1_001])
def test_a_number_of_prompts_out_of_range_is_wrong_usage(topics: SimpleNamespace, top: int) -> None:
    with pytest.raises(UsageError, match=r"^top is -?\d+; it lies between 1 and 1,000\.$"):
        search_prompts(topics, "sort", top)


def test_a_prompt_of_the_votes_is_nearest_to_itself(fitted: Topics, arena: Votes, tmp_path: Path) -> None:
    assert fitted.model is not None
    for prompt in fitted.model.texts[5:400:80]:
        found = fitted.search(prompt, top=3)
        assert found.table["meaning"].max() == pytest.approx(found.table["meaning"].iloc[0], abs=0.02)
        assert found.table["words"].iloc[0] == pytest.approx(1)
        assert found.origin == Origin(arena.fingerprint, simulated=True)
    fitted.save(tmp_path / "topics")
    read = Topics.load(tmp_path / "topics")
    again = read.search(prompt, top=3, votes=arena)
    pd.testing.assert_frame_equal(again.table, found.table)
    assert replace(read, votes=arena).search(prompt, 3).sentence == found.sentence


def test_a_search_keeps_no_vector_of_its_text(fitted: Topics) -> None:
    from analysis import places

    before = sorted((places.interim() / "vectors").rglob("*.npy"))
    assert search_prompts(fitted, "a text that nobody asked before", embedded=0).sentence
    assert sorted((places.interim() / "vectors").rglob("*.npy")) == before
