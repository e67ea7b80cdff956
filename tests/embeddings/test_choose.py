import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.embeddings.choose import read_texts, read_vectors
from analysis.errors import InputError, UsageError
from analysis.topics.corpus import Corpus, read_corpus
from analysis.votes.table import Votes

TEXTS = ["alpha beta", "gamma delta", "alpha gamma"]
LANGUAGES = ["English"] * 3


@pytest.fixture
def corpus(votes_of: Callable[[pd.DataFrame], Votes]) -> Corpus:
    frame = pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": "tie", "prompt": [*TEXTS, "ALPHA beta"]})
    return read_corpus(votes_of(frame))


def write(path: Path, columns: dict[str, object]) -> str:
    pq.write_table(pa.table(columns), path)
    return str(path)


def test_vectors_can_be_keyed_by_vote(corpus: Corpus, tmp_path: Path):
    vectors = pa.FixedSizeListArray.from_arrays(pa.array([2.0, 0, 0, 3, 1, 1, 9, 9]), 2)
    source = write(tmp_path / "v.parquet", {"vote_id": ["v000000", "v000001", "v000002", "v000003"], "vector": vectors})
    assert np.allclose(read_vectors(source, corpus).embed(TEXTS), [[1, 0], [0, 1], [0.5**0.5] * 2])


def test_vectors_can_be_keyed_by_prompt(corpus: Corpus, tmp_path: Path):
    source = write(tmp_path / "v.parquet", {"prompt": TEXTS, "vector": [[1.0, 0], [0, 1.0], [1.0, 0]]})
    assert np.allclose(read_vectors(source, corpus).embed(["Gamma  delta"]), [[0, 1]])


def test_vectors_can_be_rows_of_an_array(corpus: Corpus, tmp_path: Path):
    np.save(tmp_path / "v.npy", np.eye(4))
    assert np.allclose(read_vectors(str(tmp_path / "v.npy"), corpus).embed(TEXTS), np.eye(4)[:3])


def test_a_file_of_vectors_that_does_not_fit_is_one_clear_line(corpus: Corpus, tmp_path: Path):
    np.save(tmp_path / "short.npy", np.eye(2))
    with pytest.raises(InputError, match=r"short\.npy.*4 votes.*row per vote"):
        read_vectors(str(tmp_path / "short.npy"), corpus)
    with pytest.raises(InputError, match=r"bare\.parquet.*needs vector"):
        read_vectors(write(tmp_path / "bare.parquet", {"prompt": TEXTS}), corpus)
    with pytest.raises(InputError, match="none.parquet"):
        read_vectors(str(tmp_path / "none.parquet"), corpus)
    with pytest.raises(InputError, match="row 1 is not all finite"):
        read_vectors(write(tmp_path / "nan.parquet", {"prompt": TEXTS, "vector": [[1.0], [float("nan")], [1.0]]}), corpus)


def test_an_array_that_would_have_to_be_unpickled_is_refused(corpus: Corpus, tmp_path: Path):
    np.save(tmp_path / "evil.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"evil\.npy"):
        read_vectors(str(tmp_path / "evil.npy"), corpus)


def test_prompts_without_a_vector_are_counted(corpus: Corpus, tmp_path: Path):
    source = write(tmp_path / "v.parquet", {"prompt": TEXTS[:1], "vector": [[1.0, 0]]})
    with pytest.raises(InputError, match="2 of 3 prompts have no vector, the first is 'gamma delta'"):
        read_vectors(source, corpus).embed(TEXTS)


def test_an_unknown_embedding_lists_the_known_ones(corpus: Corpus):
    with pytest.raises(UsageError, match=r"unknown embedding 'magic'.*words, ngrams"):
        read_texts("magic", corpus, TEXTS, LANGUAGES)


def test_a_package_that_is_not_installed_is_named(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "model.safetensors").touch()
    for name in ("huggingface_hub", "model2vec", "sentence_transformers"):
        monkeypatch.setitem(sys.modules, name, None)
    for source in (f"sentence-transformers:{tmp_path}", "sentence-transformers:some/model", f"model2vec:{tmp_path}"):
        package = source.partition(":")[0]
        with pytest.raises(UsageError, match=rf"^embedding {source}: needs the package \w+: pip install {package}\.$"):
            read_texts(source, corpus, TEXTS, LANGUAGES)


@pytest.mark.parametrize("source", ["sentence-transformers:/nowhere", "sentence-transformers:a/b/c", "model2vec:some/name"])
def test_a_model_that_can_only_be_a_folder_and_is_none_is_one_clear_line(corpus: Corpus, source: str):
    folder = source.partition(":")[2]
    with pytest.raises(UsageError, match=rf"^embedding {source}: there is no folder {folder}; check the path\.$"):
        read_texts(source, corpus, TEXTS, LANGUAGES)


@pytest.mark.parametrize("kind", ["sentence-transformers", "model2vec"])
def test_pickled_weights_are_refused_before_anything_reads_them(corpus: Corpus, tmp_path: Path, kind: str):
    (tmp_path / "pytorch_model.bin").touch()
    with pytest.raises(UsageError, match=r"pytorch_model\.bin is pickled, and weights are read from \.safetensors only"):
        read_texts(f"{kind}:{tmp_path}", corpus, TEXTS, LANGUAGES)


def test_embeddings_can_stand_side_by_side_with_equal_weight(corpus: Corpus, tmp_path: Path):
    np.save(tmp_path / "v.npy", 7 * np.eye(4))
    np.save(tmp_path / "w.npy", np.full((4, 3), 0.1))
    reading = read_texts(f"vectors:{tmp_path / 'v.npy'}+vectors:{tmp_path / 'w.npy'}", corpus, TEXTS, LANGUAGES)
    embedding, both = reading.fit(np.arange(3), 1)
    assert np.allclose(embedding.embed(TEXTS), both)
    assert np.allclose(np.linalg.norm(both, axis=1), 1, atol=1e-5)
    assert np.allclose(np.linalg.norm(both[:, :4], axis=1), 0.5**0.5, atol=1e-5)
