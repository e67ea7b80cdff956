"""Vectors kept on disk by content, so that a second run embeds only what is new."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis import places
from analysis.whole_files import whole_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.embeddings.embedding import Embedding

    Floats = NDArray[np.float32]

#: Folders of vectors that are kept, one for each embedding; the oldest go.
_KEPT = 12

#: Batches that are kept of an embedding whose texts are embedded together: some 100,000 texts; the longest unused go.
_BATCHES = 400


@dataclass
class VectorCache:
    """An embedding that remembers: a folder of .npy shards, each a structured array of keys and half-precision vectors.

    Vectors are rounded to half precision whether they come from the embedding or from disk, so both runs give the same.

    Attributes:
        embedded: texts that had to be embedded so far, and `recalled`: those found on disk.
    """

    embedding: Embedding
    folder: Path
    embedded: int = 0
    recalled: int = 0
    _shards: list[NDArray[np.void]] = field(default_factory=list)
    _place: dict[bytes, tuple[int, int]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.embedding.name

    @property
    def fingerprint(self) -> str:
        """The embedding's."""
        return self.embedding.fingerprint

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:
        """As the embedding's."""
        names = languages if languages is not None else [""] * len(texts)
        keys = [_key(text, name) for text, name in zip(texts, names, strict=True)]
        new = [number for number, key in enumerate(keys) if key not in self._place]
        if new:
            self._add([keys[number] for number in new], [texts[number] for number in new], [names[number] for number in new])
        self.embedded += len(new)
        self.recalled += len(keys) - len(new)
        return self._read(keys)

    def _read(self, keys: list[bytes]) -> Floats:
        if not keys:
            return np.zeros((0, 1), dtype=np.float32)
        places_of = np.array([self._place[key] for key in keys], dtype=np.int64)
        width = self._shards[0]["vector"].shape[1]
        found = np.empty((len(keys), width), dtype=np.float32)
        for shard in np.unique(places_of[:, 0]):
            here = places_of[:, 0] == shard
            found[here] = self._shards[shard]["vector"][places_of[here, 1]]
        return found

    def _add(self, keys: list[bytes], texts: list[str], languages: list[str]) -> None:
        vectors = self.embedding.embed(texts, languages)
        shard = np.empty(len(keys), dtype=[("key", "S32"), ("vector", "<f2", (vectors.shape[1],))])
        shard["key"], shard["vector"] = keys, vectors
        path = self.folder / f"{hashlib.sha256(b''.join(keys)).hexdigest()[:16]}.npy"
        with whole_file(path) as part, part.open("wb") as file:
            np.save(file, shard, allow_pickle=False)
        self.open_shard(path)

    def open_shard(self, path: Path) -> None:
        """Take up the vectors of one shard."""
        shard = np.load(path, mmap_mode="r", allow_pickle=False)
        number = len(self._shards)
        self._shards.append(shard)
        self._place.update({key: (number, row) for row, key in enumerate(shard["key"].tolist())})


def remember(embedding: Embedding) -> VectorCache:
    """The embedding with its vectors kept under the cache folder (`analysis.places.interim`)."""
    folder = _folder_of(embedding.fingerprint)
    cache = VectorCache(embedding, folder)
    for path in sorted(folder.glob("*.npy")):
        cache.open_shard(path)
    return cache


def kept_vectors(fingerprint: str, texts: Sequence[str], embed: Callable[[], Floats]) -> Floats:
    """The vectors of the texts together, from disk if the same texts were embedded together before.

    For embeddings whose vectors depend, in their last bits, on what is embedded beside them.

    Args:
        fingerprint: of the embedding.
        embed: makes the vectors, shape (n, d).
    """
    digest = hashlib.blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    path = _folder_of(fingerprint) / f"together-{digest}.npy"
    with suppress(OSError, ValueError):  # not there, or half of it
        found = np.load(path, allow_pickle=False)
        os.utime(path)
        if found.ndim == 2 and len(found) == len(texts):
            return np.asarray(found, dtype=np.float32)
    vectors = embed()
    batches = sorted(path.parent.glob("together-*.npy"), key=_last_used)
    for old in batches[: max(len(batches) - _BATCHES + 1, 0)]:
        old.unlink(missing_ok=True)
    with whole_file(path) as part, part.open("wb") as file:
        np.save(file, vectors, allow_pickle=False)
    return vectors


def _last_used(path: Path) -> float:
    """When a file was last used; other runs may have taken it away."""
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _folder_of(fingerprint: str) -> Path:
    """The folder of an embedding's vectors, made and marked as used; those of the embeddings longest unused go."""
    parent = places.interim() / "vectors"
    folder = parent / fingerprint
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    for old in sorted((path for path in parent.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
        for shard in old.glob("*.npy"):
            shard.unlink(missing_ok=True)
        if not any(old.iterdir()):
            old.rmdir()
    return folder


def _key(text: str, language: str) -> bytes:
    """Hexadecimal: a NumPy byte string drops trailing zero bytes, and a digest may end in one."""
    return hashlib.blake2b(f"{language}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest().encode()
