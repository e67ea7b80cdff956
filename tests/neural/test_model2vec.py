from pathlib import Path

import numpy as np
import pytest

from analysis.embeddings.choose import NeuralEmbedding
from analysis.errors import UsageError


@pytest.fixture(scope="session")
def folder(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static model of MiniLM's own tokens and word vectors."""
    from model2vec import StaticModel
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    words = load_file(minilm / "model.safetensors")
    (table,) = (array for name, array in words.items() if name.endswith("word_embeddings.weight"))
    made: Path = tmp_path_factory.mktemp("static")
    StaticModel(table, Tokenizer.from_file(str(minilm / "tokenizer.json"))).save_pretrained(made)
    return made


def test_a_folder_gives_unit_vectors_that_are_nearer_for_similar_prompts(folder: Path):
    vectors = NeuralEmbedding("model2vec", str(folder)).embed(["bake fresh bread", "bake a loaf of bread", "sort a python list"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_hostile_text_has_finite_vectors(folder: Path):
    embedding = NeuralEmbedding("model2vec", str(folder))
    vectors = embedding.embed(["", "\0", "\ud800", "🤖", "x" * 100_000, "word " * 20_000])
    assert np.isfinite(vectors).all()
    assert (vectors[:2] == 0).all()
    assert embedding.embed([]).shape[0] == 0


def test_more_prompts_than_one_thread_takes_have_the_same_vectors(folder: Path):
    embedding = NeuralEmbedding("model2vec", str(folder))
    many = embedding.embed([f"prompt number {number}" for number in range(10_500)])
    assert np.allclose(many[[7, 10_400]], embedding.embed(["prompt number 7", "prompt number 10400"]), atol=1e-6)


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path):
    with pytest.raises(UsageError, match=r"model2vec:.*: there is no folder .*nowhere; check the path\.$"):
        NeuralEmbedding("model2vec", str(tmp_path / "nowhere")).embed(["a"])
    with pytest.raises(UsageError, match="there is no folder some/name"):
        NeuralEmbedding("model2vec", "some/name").embed(["a"])


def test_a_model_of_another_kind_is_one_clear_line(minilm: Path):
    with pytest.raises(UsageError, match=r"^embedding model2vec:.*: it cannot be loaded as such a model \(.*\)\.$"):
        NeuralEmbedding("model2vec", str(minilm)).embed(["a"])
