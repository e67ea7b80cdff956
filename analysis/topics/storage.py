"""Topics on disk: tables as Parquet, numbers of the model as safetensors, the rest as JSON. Nothing is pickled."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.errors import InputError, UsageError, first_line
from analysis.topics.assignment import Nearest
from analysis.topics.embeddings.choose import SideBySide, bare
from analysis.topics.embeddings.embedding import Embedding
from analysis.topics.embeddings.languages import LanguageMeans
from analysis.topics.embeddings.neural import NeuralEmbedding
from analysis.topics.embeddings.ngrams import Block, NgramEmbedding
from analysis.topics.embeddings.vectors import remember
from analysis.topics.embeddings.words import WordEmbedding
from analysis.topics.model import TopicModel, TopicSettings
from analysis.whole_files import check_folder, whole_folder, writing

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Tables of a result, one Parquet file each; `map` is another where there is one.
TABLES = ("frame", "assignments", "hierarchy", "over_time", "by_language", "by_turns", "quality")

#: What is said of a result beside its tables.
FACTS = ("settings", "fingerprint", "simulated", "notes")

#: Blocks of an embedding by n-grams.
_BLOCKS = ("words", "characters")

#: The files of a folder of topics.
_OWN = re.compile(rf"(?:(?:{'|'.join(TABLES)}|map|fitted)\.parquet|topics\.json|model\.safetensors)")

#: Changes when a file changes its meaning.
_VERSION = 4


@dataclass(frozen=True)
class Parts:
    """The parts of topics: tables by name (those of TABLES, and `map`), facts by name (those of FACTS) and the model."""

    tables: Mapping[str, pd.DataFrame]
    facts: Mapping[str, Any]
    model: TopicModel | None


def save_parts(parts: Parts, folder: Path) -> None:
    """Write topics to a folder; the folder appears whole or not at all, and replaces one that was there.

    A model with an embedding that cannot be written (given vectors) is left out: the tables are still whole.

    Raises:
        UsageError: the folder is a file or a link, or holds files that are not topics.
    """
    check_free(folder)
    with whole_folder(folder) as part:
        _write(parts, part)
        check_free(folder)  # what came into the folder in the meantime is not thrown away either


def _write(parts: Parts, part: Path) -> None:
    for name, table in parts.tables.items():
        table.to_parquet(part / f"{name}.parquet", index=False)
    document: dict[str, Any] = {"version": _VERSION, **parts.facts}
    if parts.model is not None:
        document["model"] = _write_model(parts.model, part)
    (part / "topics.json").write_text(json.dumps(document, ensure_ascii=False, indent=1, default=float), encoding="utf-8")


def check_free(folder: Path) -> None:
    """Raise a UsageError where writing topics to the folder would take away what they did not bring."""
    check_folder(folder)
    if folder.is_symlink():
        raise UsageError(f"{folder}: is a link; give a folder for the topics.")
    with writing(folder):
        found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        foreign = [name for name in found if not _OWN.fullmatch(name) or (folder / name).is_dir()]
    if foreign or (found and "topics.json" not in found):
        shown = ", ".join((foreign or found)[:3]) + (" and more" if len(foreign or found) > 3 else "")
        raise UsageError(f"{folder} holds files that are not topics ({shown}); give another folder, or move them away.")


def load_parts(folder: Path) -> Parts:
    """The parts that `save_parts` wrote; the model is None where it was left out, and has no BERTopic.

    Raises:
        InputError: the folder does not hold topics.
    """
    try:
        document = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
        if document["version"] != _VERSION:
            raise ValueError(f"version {document['version']} is not {_VERSION}")
        names = (*TABLES, "map") if (folder / "map.parquet").exists() else TABLES
        tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}
        for name, column in (("frame", "examples"), ("hierarchy", "topics")):
            tables[name][column] = [list(value) for value in tables[name][column]]
        model = _read_model(document["model"], folder) if document.get("model") else None
        return Parts(tables, {name: document[name] for name in FACTS}, model)
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise InputError(f"{folder}: no topics can be read ({first_line(error)}); write them with Topics.save.") from None


def _write_model(model: TopicModel, folder: Path) -> dict[str, Any] | None:
    from safetensors.numpy import save

    numbers: dict[str, NDArray[Any]] = {
        "rule": model.rule.centres,
        "part": model.rule.part,
        "centres": model.centres,
        "vectors": model.vectors,
        "topic": model.topic,
        "prompts": model.prompts,
        "broad": model.broad,
        "tree": model.tree,
    }
    embedding = _write_embedding(model.embedding, numbers, "embedding")
    if embedding is None:
        return None
    # Not `save_file`, which keeps the file from everybody but its owner: topics are shared like the tables beside them.
    (folder / "model.safetensors").write_bytes(save({name: np.ascontiguousarray(array) for name, array in numbers.items()}))
    pd.DataFrame({"text": model.texts, "language": model.languages}).to_parquet(folder / "fitted.parquet", index=False)
    least = model.rule.least if np.isfinite(model.rule.least) else None
    lists = {name: [list(value) for value in getattr(model, name)] for name in ("words", "weights")}
    facts = {"least": least, "aside": model.rule.aside}
    return {"settings": asdict(model.settings), **facts, "labels": list(model.labels), "embedding": embedding, **lists}


def _read_model(document: dict[str, Any], folder: Path) -> TopicModel:
    from safetensors.numpy import load_file

    numbers = load_file(folder / "model.safetensors")
    fitted = pd.read_parquet(folder / "fitted.parquet")
    least = -np.inf if document["least"] is None else float(document["least"])
    arrays: dict[str, Any] = {name: numbers[name] for name in ("vectors", "topic", "prompts", "centres", "broad", "tree")}
    return TopicModel(
        settings=TopicSettings(**document["settings"]),
        texts=tuple(fitted["text"]),
        languages=tuple(fitted["language"]),
        embedding=_read_embedding(document["embedding"], numbers, "embedding"),
        rule=Nearest(numbers["rule"], numbers["part"], least, document["aside"]),
        words=tuple(tuple(words) for words in document["words"]),
        weights=tuple(tuple(weights) for weights in document["weights"]),
        labels=tuple(document["labels"]),
        **arrays,
    )


def _write_embedding(embedding: Embedding, numbers: dict[str, NDArray[Any]], name: str) -> dict[str, Any] | None:
    """The embedding as plain values; its arrays go into `numbers` under `name`. None if it cannot be written."""
    inner = bare(embedding)
    if isinstance(inner, WordEmbedding):
        numbers |= {f"{name}.vectors": inner.vectors, f"{name}.means": inner.means.centres}
        return {"kind": "words", "vocabulary": list(inner.vocabulary), "languages": list(inner.means.names)}
    if isinstance(inner, NgramEmbedding):
        numbers |= {f"{name}.{part}.{key}": array for part in _BLOCKS for key, array in _block(getattr(inner, part)).items()}
        numbers[f"{name}.means"] = inner.means.centres
        return {"kind": "ngrams", "languages": list(inner.means.names)}
    if isinstance(inner, NeuralEmbedding):
        return {"kind": inner.kind, "source": inner.source}
    if isinstance(inner, SideBySide):
        parts = [_write_embedding(part, numbers, f"{name}.{number}") for number, part in enumerate(inner.parts)]
        return None if any(part is None for part in parts) else {"kind": "side by side", "parts": parts}
    return None


def _block(block: Block) -> dict[str, NDArray[Any]]:
    """A block's arrays without the features that no prompt has: most of them."""
    kept = np.flatnonzero(block.rarity)
    size = np.array([len(block.rarity)])
    return {"kept": kept, "size": size, "rarity": block.rarity[kept], "directions": block.directions[kept]}


def _read_embedding(document: dict[str, Any], numbers: dict[str, NDArray[Any]], name: str) -> Embedding:
    if document["kind"] == "side by side":
        return SideBySide(
            tuple(_read_embedding(part, numbers, f"{name}.{number}") for number, part in enumerate(document["parts"]))
        )
    if document["kind"] not in ("words", "ngrams"):
        return remember(NeuralEmbedding(document["kind"], document["source"]))
    means = LanguageMeans(tuple(document["languages"]), numbers[f"{name}.means"])
    if document["kind"] == "words":
        return remember(WordEmbedding(tuple(document["vocabulary"]), numbers[f"{name}.vectors"], means))
    words, characters = (_read_block(numbers, f"{name}.{part}") for part in _BLOCKS)
    return remember(NgramEmbedding(words, characters, means))


def _read_block(numbers: dict[str, NDArray[Any]], name: str) -> Block:
    kept, size = numbers[f"{name}.kept"], int(numbers[f"{name}.size"][0])
    block = Block(np.zeros(size, np.float32), np.zeros((size, numbers[f"{name}.directions"].shape[1]), np.float32))
    block.rarity[kept], block.directions[kept] = numbers[f"{name}.rarity"], numbers[f"{name}.directions"]
    return block
