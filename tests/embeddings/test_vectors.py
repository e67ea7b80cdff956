import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from analysis.embeddings import vectors
from analysis.embeddings.vectors import kept_vectors, remember


class Lengths:
    """An embedding for tests: says what it was asked."""

    name = fingerprint = "lengths"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> np.ndarray:
        self.asked.extend(texts)
        return np.array([[len(text), 1 / 3] for text in texts], dtype=np.float32)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path))


def test_a_second_run_embeds_only_what_is_new():
    first = Lengths()
    remember(first).embed(["a", "bb"])
    second = Lengths()
    cache = remember(second)
    vectors = cache.embed(["bb", "ccc", "a"])
    assert second.asked == ["ccc"]
    assert vectors[:, 0].tolist() == [2, 3, 1]
    assert (cache.embedded, cache.recalled) == (1, 2)


def test_both_runs_give_the_same_numbers():
    assert (remember(Lengths()).embed(["a"]) == remember(Lengths()).embed(["a"])).all()


def test_a_text_in_another_language_is_another_text():
    cache = remember(Lengths())
    cache.embed(["chat"], ["English"])
    cache.embed(["chat"], ["French"])
    assert cache.embedded == 2


def test_another_embedding_has_its_own_vectors():
    remember(Lengths()).embed(["a"])
    other = Lengths()
    other.fingerprint = "other"
    remember(other).embed(["a"])
    assert other.asked == ["a"]


def test_repeats_and_broken_text_are_remembered():
    cache = remember(Lengths())
    assert cache.embed(["\ud800", "", "\0", "\ud800"]).shape == (4, 2)
    assert cache.embed([]).shape[0] == 0


def test_the_oldest_folders_go(tmp_path: Path):
    for number in range(15):
        embedding = Lengths()
        embedding.fingerprint = f"print{number}"
        remember(embedding).embed(["a"])
        os.utime(tmp_path / "vectors" / f"print{number}", (number, number))
    assert not (tmp_path / "vectors" / "print0").exists()
    assert (tmp_path / "vectors" / "print14").exists()


def test_batches_embedded_together_are_kept_and_the_longest_unused_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vectors, "_BATCHES", 2)
    asked: list[str] = []

    def embed(text: str) -> Path:
        """The file that the text's vector is in."""
        before = set(tmp_path.rglob("together-*.npy"))

        def vector() -> np.ndarray:
            asked.append(text)
            return np.ones((1, 3), np.float32)

        assert kept_vectors("f00", [text], vector).tolist() == [[1, 1, 1]]
        return next(iter(set(tmp_path.rglob("together-*.npy")) - before), tmp_path)

    embed("a")
    os.utime(embed("b"), (1_000, 1_000))
    embed("c")
    embed("a")
    assert asked == ["a", "b", "c"]
    embed("b")
    assert asked == ["a", "b", "c", "b"]


def test_a_kept_batch_that_is_damaged_is_embedded_again(tmp_path: Path):
    for _ in range(2):
        assert kept_vectors("f00", ["a"], lambda: np.ones((1, 3), np.float32)).tolist() == [[1, 1, 1]]
        next(tmp_path.rglob("together-*.npy")).write_bytes(b"half")
