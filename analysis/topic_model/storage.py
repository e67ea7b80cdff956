"""Topics on disk: tables as Parquet, numbers of the model as safetensors, the rest as JSON. Nothing is pickled."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.topic_model.assignment import Nearest
from analysis.topic_model.embeddings import Embedding, NeuralEmbedding, SideBySide
from analysis.topic_model.model import TopicModel, TopicSettings
from analysis.topic_model.vectors import remember
from analysis.topic_model.words import WordEmbedding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.topics import Topics

#: Tables of a result, one Parquet file each.
_TABLES = ("frame", "assignments", "hierarchy", "over_time", "by_language", "by_turns", "quality")

#: Changes when a file changes its meaning.
_VERSION = 1


def save_topics(topics: Topics, folder: Path) -> None:
    """Write topics to a folder; the folder appears whole or not at all, and replaces one that was there.

    A model with an embedding that cannot be written (n-grams, given vectors) is left out: the tables are still whole.
    """
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name in _TABLES:
        getattr(topics, name).to_parquet(part / f"{name}.parquet", index=False)
    if topics.map is not None:
        topics.map.to_parquet(part / "map.parquet", index=False)
    document: dict[str, Any] = {"version": _VERSION, "settings": dict(topics.settings), "fingerprint": topics.fingerprint}
    document |= {"simulated": topics.simulated, "notes": list(topics.notes)}
    if topics.model is not None:
        document["model"] = _write_model(topics.model, part)
    (part / "topics.json").write_text(json.dumps(document, ensure_ascii=False, indent=1, default=float), encoding="utf-8")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.replace(old)
    part.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def load_topics(folder: str | Path) -> Topics:
    """Topics that `Topics.save` wrote; `.model` is None where it was left out, and has no BERTopic.

    Raises:
        InputError: the folder does not hold topics.
    """
    from analysis.topics import Topics

    folder = Path(folder)
    try:
        document = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
        if document["version"] != _VERSION:
            raise ValueError(f"version {document['version']} is not {_VERSION}")
        tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in _TABLES}
        for name, column in (("frame", "examples"), ("hierarchy", "topics")):
            tables[name][column] = [list(value) for value in tables[name][column]]
        drawn = pd.read_parquet(folder / "map.parquet") if (folder / "map.parquet").exists() else None
        model = _read_model(document["model"], folder) if document.get("model") else None
    except (OSError, ValueError, LookupError, TypeError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{folder}: no topics can be read ({reason}); write them with Topics.save.") from None
    kept = {name: document[name] for name in ("settings", "fingerprint", "simulated")}
    return Topics(**tables, **kept, notes=tuple(document["notes"]), map=drawn, model=model)


def _write_model(model: TopicModel, folder: Path) -> dict[str, Any] | None:
    from safetensors.numpy import save_file

    numbers: dict[str, NDArray[Any]] = {
        "centres": model.rule.centres,
        "vectors": model.vectors,
        "topic": model.topic,
        "prompts": model.prompts,
        "broad": model.broad,
        "tree": model.tree,
    }
    embedding = _write_embedding(getattr(model.embedding, "embedding", model.embedding), numbers, "embedding")
    if embedding is None:
        return None
    save_file({name: np.ascontiguousarray(array) for name, array in numbers.items()}, folder / "model.safetensors")
    pd.DataFrame({"text": model.texts, "language": model.languages}).to_parquet(folder / "fitted.parquet", index=False)
    least = model.rule.least if np.isfinite(model.rule.least) else None
    lists = {name: [list(value) for value in getattr(model, name)] for name in ("words", "weights")}
    return {"settings": asdict(model.settings), "least": least, "labels": list(model.labels), "embedding": embedding, **lists}


def _read_model(document: dict[str, Any], folder: Path) -> TopicModel:
    from safetensors.numpy import load_file

    numbers = load_file(folder / "model.safetensors")
    fitted = pd.read_parquet(folder / "fitted.parquet")
    least = -np.inf if document["least"] is None else float(document["least"])
    return TopicModel(
        settings=TopicSettings(**document["settings"]),
        texts=tuple(fitted["text"]),
        languages=tuple(fitted["language"]),
        embedding=remember(_read_embedding(document["embedding"], numbers, "embedding")),
        rule=Nearest(numbers["centres"], least),
        words=tuple(tuple(words) for words in document["words"]),
        weights=tuple(tuple(weights) for weights in document["weights"]),
        labels=tuple(document["labels"]),
        **{name: numbers[name] for name in ("vectors", "topic", "prompts", "broad", "tree")},
    )


def _write_embedding(embedding: Embedding, numbers: dict[str, NDArray[Any]], name: str) -> dict[str, Any] | None:
    """The embedding as plain values; its arrays go into `numbers` under `name`. None if it cannot be written."""
    if isinstance(embedding, WordEmbedding):
        numbers |= {f"{name}.vectors": embedding.vectors, f"{name}.centres": embedding.centres}
        return {"kind": "words", "vocabulary": list(embedding.vocabulary), "languages": list(embedding.languages)}
    if isinstance(embedding, NeuralEmbedding):
        return {"kind": embedding.kind, "source": embedding.source}
    if isinstance(embedding, SideBySide):
        parts = [_write_embedding(part, numbers, f"{name}.{number}") for number, part in enumerate(embedding.parts)]
        return None if any(part is None for part in parts) else {"kind": "side by side", "parts": parts}
    return None


def _read_embedding(document: dict[str, Any], numbers: dict[str, NDArray[Any]], name: str) -> Embedding:
    if document["kind"] == "words":
        vectors, centres = numbers[f"{name}.vectors"], numbers[f"{name}.centres"]
        return WordEmbedding(tuple(document["vocabulary"]), vectors, tuple(document["languages"]), centres)
    if document["kind"] == "side by side":
        return SideBySide(
            tuple(_read_embedding(part, numbers, f"{name}.{number}") for number, part in enumerate(document["parts"]))
        )
    return NeuralEmbedding(document["kind"], document["source"])
