import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from analysis.embeddings.neural import NeuralEmbedding
from analysis.errors import UsageError

COOKING = ["How do I bake sourdough bread at home?", "Give me a recipe for a simple loaf of bread."]
CODE = ["Write a Python function that reverses a linked list.", "How can I reverse a list in Python?"]


@pytest.fixture(scope="session")
def embedding(minilm: Path) -> NeuralEmbedding:
    return NeuralEmbedding("sentence-transformers", str(minilm))


@pytest.fixture
def copied(minilm: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may spoil."""
    return shutil.copytree(minilm, tmp_path / "model")


def opened(folder: Path) -> NeuralEmbedding:
    return NeuralEmbedding("sentence-transformers", str(folder))


def test_vectors_are_of_length_one(embedding: NeuralEmbedding):
    vectors = embedding.embed([*COOKING, *CODE])
    assert (vectors.shape, vectors.dtype) == ((4, 384), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_same_prompts_have_the_same_vectors(embedding: NeuralEmbedding, minilm: Path):
    assert (embedding.embed(COOKING) == opened(minilm).embed(COOKING)).all()


def test_prompts_that_mean_the_same_are_nearer_than_others(embedding: NeuralEmbedding):
    near = embedding.embed([*COOKING, *CODE]) @ embedding.embed([*COOKING, *CODE]).T
    assert min(near[0, 1], near[2, 3]) > 0.5 > 0.3 > near[:2, 2:].max()


def test_hostile_text_has_finite_vectors_and_blank_text_has_none(embedding: NeuralEmbedding):
    texts = ["\0", "", " \n\t", "a\0b", "\ud800 lone", "🤖🔥", "x" * 100_000, "word " * 20_000, "[CLS] [MASK]", "<s>\x1b[31m"]
    vectors = embedding.embed(texts)
    assert np.isfinite(vectors).all()
    assert np.allclose(np.linalg.norm(vectors, axis=1), [0, 0, 0, 1, 1, 1, 1, 1, 1, 1], atol=1e-5)
    assert embedding.embed([]).shape[0] == 0


def test_the_fingerprint_is_of_the_files_not_of_their_place(embedding: NeuralEmbedding, copied: Path):
    (copied / "README.md").write_text("nothing that makes a vector")
    assert opened(copied).fingerprint == embedding.fingerprint


def test_other_weights_of_the_same_size_are_another_model(embedding: NeuralEmbedding, copied: Path):
    weights = bytearray((copied / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copied / "model.safetensors").write_bytes(weights)
    assert opened(copied).fingerprint != embedding.fingerprint


def test_a_long_window_is_cut_to_a_bounded_number_of_tokens(copied: Path):
    (copied / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 4096, "do_lower_case": False}))
    assert opened(copied)._model.max_seq_length == 512


def test_pickled_weights_are_refused_unread(copied: Path):
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    with pytest.raises(UsageError, match=r"pytorch_model\.bin is pickled.*\.safetensors only; give a model"):
        opened(copied).embed(COOKING)


def test_pickled_weights_of_a_single_part_are_refused_too(copied: Path):
    (copied / "2_Dense").mkdir()
    (copied / "2_Dense" / "pytorch_model.bin").write_bytes(b"cos\nsystem\n")
    with pytest.raises(UsageError, match="2_Dense/pytorch_model.bin is pickled"):
        opened(copied).embed(COOKING)


def test_code_that_comes_with_a_model_is_not_run(copied: Path, tmp_path: Path):
    ran = tmp_path / "ran"
    (copied / "custom.py").write_text(f"open({str(ran)!r}, 'w')\nclass Module: ...\n")
    modules = json.loads((copied / "modules.json").read_text())
    modules[0]["type"] = "custom.Module"
    (copied / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(UsageError, match="cannot be loaded"):
        opened(copied).embed(COOKING)
    assert not ran.exists()


def test_a_folder_without_a_model_is_one_clear_line(tmp_path: Path):
    with pytest.raises(UsageError, match=r"holds no \.safetensors, and weights are read from \.safetensors only"):
        opened(tmp_path).embed(COOKING)


def test_a_damaged_model_is_one_clear_line(copied: Path):
    (copied / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(UsageError, match="cannot be loaded") as raised:
        opened(copied).embed(COOKING)
    assert "\n" not in str(raised.value)


def test_loading_says_nothing(minilm: Path, capfd: pytest.CaptureFixture[str]):
    opened(minilm).embed(COOKING)
    assert capfd.readouterr() == ("", "")
