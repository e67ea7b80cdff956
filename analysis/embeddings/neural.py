"""Embeddings by neural models: sentence-transformers by name or folder, model2vec by folder. Optional, and loaded when used."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from analysis.embeddings.languages import unit
from analysis.embeddings.tokens import encodable
from analysis.errors import UsageError, first_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

#: What is downloaded of a neural model and makes its vectors: settings, vocabularies and weights, nothing that is run.
_MODEL_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]

#: Folders of a model with the same weights for other runtimes.
_OTHER_RUNTIMES = ("onnx", "openvino")

#: A model's name on the hub: owner/name, or the name alone for those of sentence-transformers.
_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")

#: Tokens of a text that a neural model reads at most; many read fewer. It bounds the memory of models with long windows.
_TOKENS = 512

#: Seconds to wait for the hub's first answer.
_PATIENCE = 10


@dataclass(frozen=True)
class NeuralEmbedding:
    """A sentence-transformers model by name or folder, or a model2vec folder; found and loaded at the first use.

    A name is downloaded once and then taken from the hub's cache without asking again. Weights are read from safetensors only,
    and code that comes with a model is never run. The library picks the device; OMP_NUM_THREADS sets the threads on a CPU.
    """

    kind: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.kind}:{Path(self.source).name}"

    @cached_property
    def fingerprint(self) -> str:
        """Of the model's files, wherever they lie: another revision, or other weights in the same folder, is another one.

        Of the source's name where there is no model, so that topics stay readable without it.
        """
        digest = hashlib.sha256(f"{self.kind} {_TOKENS} ".encode())
        if isinstance(self._folder, UsageError):
            digest.update(self.source.encode())
            return digest.hexdigest()[:16]
        for path in _model_files(self._folder):
            digest.update(f"{path.relative_to(self._folder).as_posix()} ".encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()[:16]

    @cached_property
    def _folder(self) -> Path | UsageError:
        """Where the model is, or why it is nowhere: asked once, because a hub that does not answer takes its time."""
        folder = Path(self.source).expanduser()
        try:
            if not folder.is_dir() and (self.kind == "model2vec" or not _HUB_NAME.fullmatch(self.source)):
                raise UsageError(f"there is no folder {self.source}; check the path")
            with _silenced():
                folder = folder if folder.is_dir() else _downloaded(self.source)
            _refuse_pickles(folder)
        except ModuleNotFoundError as error:
            return self._unusable(f"needs the package {error.name}: pip install {self.kind}")
        except UsageError as error:
            return self._unusable(str(error))
        return folder

    @cached_property
    def _model(self) -> Any:
        if isinstance(self._folder, UsageError):
            raise self._folder
        try:
            return _load_static(self._folder) if self.kind == "model2vec" else _load_transformer(self._folder)
        except ModuleNotFoundError as error:
            raise self._unusable(f"needs the package {error.name}: pip install {self.kind}") from None
        except Exception as error:
            raise self._unusable(f"it cannot be loaded as such a model ({first_line(error)})") from error

    def _unusable(self, reason: str) -> UsageError:
        return UsageError(f"embedding {self.kind}:{self.source}: {reason}.")

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:  # noqa: ARG002 - one seam for all
        """Unit vectors; languages are not used.

        Raises:
            UsageError: the package is not installed, or the model is not there or cannot be loaded.
        """
        readable = [encodable(text) for text in texts]
        if not readable:
            return np.zeros((0, 1), dtype=np.float32)
        vectors = unit(np.asarray(self._model.encode(readable, show_progress_bar=False), dtype=np.float32))
        vectors[[not text.strip() for text in readable]] = 0
        return vectors


def _model_files(folder: Path) -> list[Path]:
    """The files that make a model's vectors, in one order."""
    found = {path for pattern in _MODEL_FILES for path in folder.rglob(pattern)}
    return sorted(path for path in found if path.is_file() and path.relative_to(folder).parts[0] not in _OTHER_RUNTIMES)


def _refuse_pickles(folder: Path) -> None:
    """Weights that come as safetensors or not at all: unpickling a stranger's file can run code."""
    safe = {path.parent for path in _model_files(folder) if path.suffix == ".safetensors"}
    others = (path for path in sorted(folder.rglob("*.bin")) if path.relative_to(folder).parts[0] not in _OTHER_RUNTIMES)
    pickled = next((path for path in others if path.parent not in safe), None)
    if pickled is not None or not safe:
        reason = f"{pickled.relative_to(folder)} is pickled" if pickled is not None else f"{folder} holds no .safetensors"
        raise UsageError(f"{reason}, and weights are read from .safetensors only; give a model that has them")


def _downloaded(name: str) -> Path:
    """The model's folder in the hub's cache (HF_HOME), downloaded where it is not there.

    Raises:
        UsageError: the hub does not have it or cannot be reached.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError

    name = name if "/" in name else f"sentence-transformers/{name}"
    wanted: dict[str, Any] = {"allow_patterns": _MODEL_FILES, "ignore_patterns": [f"{folder}/*" for folder in _OTHER_RUNTIMES]}
    wanted |= {"cache_dir": os.environ.get("SENTENCE_TRANSFORMERS_HOME"), "tqdm_class": _TerminalBar}
    with contextlib.suppress(LocalEntryNotFoundError):
        folder = Path(snapshot_download(name, local_files_only=True, **wanted))
        # Another tool may have fetched some of the files; without this one the model would be put together wrongly.
        if (folder / "modules.json").is_file() and any(path.suffix == ".safetensors" for path in _model_files(folder)):
            return folder
    try:
        HfApi().model_info(name, timeout=_PATIENCE)  # the download below would wait for a silent hub for ever
        return Path(snapshot_download(name, **wanted))
    except RepositoryNotFoundError:
        reason = f"there is no such folder, and the hub has no model {name} or keeps it private (HF_TOKEN)"
        raise UsageError(f"{reason}; check the name, or give the folder of a model") from None
    except Exception as error:
        reason = f"there is no such folder, and {name} cannot be downloaded ({first_line(error)})"
        raise UsageError(f"{reason}; check the network, or give the folder of a model") from None


class _TerminalBar(tqdm):  # type: ignore[type-arg] # not subscriptable when it runs
    """Progress on a terminal, nothing elsewhere."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"disable": None, "leave": False})


def _load_static(folder: Path) -> Any:
    with _silenced():
        from model2vec import StaticModel

        return StaticModel.from_pretrained(folder)


def _load_transformer(folder: Path) -> Any:
    # Read when torch is first loaded. Threads that spin while they wait made it four times slower on two shared cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with _silenced():
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as switches

        bars = switches.is_progress_bar_enabled()
        switches.disable_progress_bar()
        try:
            safe = {"trust_remote_code": False, "local_files_only": True, "model_kwargs": {"use_safetensors": True}}
            model = SentenceTransformer(str(folder), **safe)
        finally:
            if bars:
                switches.enable_progress_bar()
    if isinstance(model.max_seq_length, int) and model.max_seq_length > _TOKENS:
        model.max_seq_length = _TOKENS
    return model


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """No advice and warnings of the libraries while a model is fetched and loaded: what goes wrong is raised."""
    before = logging.root.manager.disable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(before)
