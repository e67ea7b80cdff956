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

from analysis.embeddings.choose import SideBySide, bare
from analysis.embeddings.embedding import Embedding
from analysis.embeddings.languages import LanguageMeans
from analysis.embeddings.neural import NeuralEmbedding
from analysis.embeddings.ngrams import Block, NgramEmbedding
from analysis.embeddings.quick import PieceEmbedding, QuickEmbedding
from analysis.embeddings.universal import UniversalEmbedding
from analysis.embeddings.vectors import remember
from analysis.embeddings.words import WordEmbedding
from analysis.errors import InputError, UsageError, first_line
from analysis.topics.assignment import Nearest
from analysis.topics.level import Stability
from analysis.topics.model import TopicModel, TopicSettings
from analysis.topics.shortcut import Shortcut
from analysis.whole_files import check_folder, whole_folder, writing

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Tables of a result, one Parquet file each; `map` is another where there is one.
TABLES = ("frame", "subtopics", "assignments", "hierarchy", "over_time", "by_language", "by_turns", "quality")

#: What is said of a result beside its tables; topics that an older version wrote lack the last.
FACTS = ("settings", "fingerprint", "simulated", "notes", "key")

#: What a model has as arrays, and as lists of lists, under its own names.
_NUMBERS = ("vectors", "topic", "subtopic", "prompts", "centres", "broad", "tree")
_LISTS = ("words", "weights", "narrow_words")

#: Embeddings that are the same everywhere.
_WITHOUT_NUMBERS: Mapping[str, type[UniversalEmbedding | PieceEmbedding]] = {
    kind.name: kind for kind in (UniversalEmbedding, PieceEmbedding)
}

#: Blocks of an embedding by n-grams.
_BLOCKS = ("words", "characters")

#: The files of a folder of topics.
_OWN = re.compile(rf"(?:(?:{'|'.join(TABLES)}|map|fitted)\.parquet|topics\.json|model\.safetensors)")

#: Changes when a file changes its meaning.
_VERSION = 8


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
        for name, column in (("frame", "examples"), ("subtopics", "examples"), ("hierarchy", "topics")):
            tables[name][column] = [list(value) for value in tables[name][column]]
        model = _read_model(document["model"], folder) if document.get("model") else None
        return Parts(tables, {"key": document.get("key", ""), **{name: document[name] for name in FACTS[:-1]}}, model)
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise InputError(
            f"{folder}: no topics can be read ({first_line(error)}); "
            "write them with arena-workbook topics --votes VOTES --out DIR, or Topics.save."
        ) from None


def _write_model(model: TopicModel, folder: Path) -> dict[str, Any] | None:
    from safetensors.numpy import save

    numbers: dict[str, NDArray[Any]] = {
        "rule": model.rule.centres,
        "part": model.rule.part,
        **{name: getattr(model, name) for name in _NUMBERS},
    }
    embedding = _write_embedding(model.embedding, numbers, "embedding")
    if embedding is None:
        return None
    shortcut = None if model.shortcut is None else _write_shortcut(model.shortcut, numbers)
    # Not `save_file`, which keeps the file from everybody but its owner: topics are shared like the tables beside them.
    (folder / "model.safetensors").write_bytes(save({name: np.ascontiguousarray(array) for name, array in numbers.items()}))
    pd.DataFrame({"text": model.texts, "language": model.languages}).to_parquet(folder / "fitted.parquet", index=False)
    lists = {name: [list(value) for value in getattr(model, name)] for name in _LISTS}
    labels = {name: list(getattr(model, name)) for name in ("labels", "narrow_labels")}
    stable = None if model.stable is None else {name: list(value) for name, value in vars(model.stable).items()}
    parts: dict[str, Any] = {"embedding": embedding, "shortcut": shortcut, "stable": stable}
    parts |= {"least": _finite(model.rule.least), "aside": model.rule.aside}
    return {"settings": asdict(model.settings), **labels, **lists, **parts}


def _finite(least: float) -> float | None:
    """JSON has no infinity."""
    return least if np.isfinite(least) else None


def _read_model(document: dict[str, Any], folder: Path) -> TopicModel:
    from safetensors.numpy import load_file

    numbers = load_file(folder / "model.safetensors")
    fitted = pd.read_parquet(folder / "fitted.parquet")
    lists: dict[str, Any] = {name: tuple(tuple(each) for each in document[name]) for name in _LISTS}
    arrays: dict[str, Any] = {name: numbers[name] for name in _NUMBERS}
    return TopicModel(
        settings=TopicSettings(**document["settings"]),
        texts=tuple(fitted["text"]),
        languages=tuple(fitted["language"]),
        embedding=_read_embedding(document["embedding"], numbers, "embedding"),
        rule=Nearest(numbers["rule"], numbers["part"], _least(document["least"]), document["aside"]),
        shortcut=_read_shortcut(document["shortcut"], numbers) if document["shortcut"] else None,
        **lists,
        labels=tuple(document["labels"]),
        narrow_labels=tuple(document["narrow_labels"]),
        stable=_read_stability(document["stable"]) if document["stable"] else None,
        **arrays,
    )


def _least(least: float | None) -> float:
    return -np.inf if least is None else least


def _read_stability(document: Mapping[str, list[float]]) -> Stability:
    seeds, resamples = (tuple(document[name]) for name in ("seeds", "resamples"))
    return Stability(seeds, resamples, *(np.array(document[name]) for name in ("topics", "subtopics")))


def _write_shortcut(shortcut: Shortcut, numbers: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """The shortcut as plain values; its arrays go into `numbers`. Its rule has the centres of the model's."""
    numbers |= {"shortcut.slope": shortcut.embedding.slope, "shortcut.offset": shortcut.embedding.offset}
    seen = _write_embedding(shortcut.embedding.seen, numbers, "shortcut.seen")
    facts = {name: getattr(shortcut, name) for name in ("checked", "agreement", "other")}
    return {"seen": seen, "least": _finite(shortcut.rule.least), "aside": shortcut.rule.aside, **facts}


def _read_shortcut(document: Mapping[str, Any], numbers: dict[str, NDArray[Any]]) -> Shortcut:
    seen = _read_embedding(document["seen"], numbers, "shortcut.seen")
    rule = Nearest(numbers["rule"], numbers["part"], _least(document["least"]), document["aside"])
    quick = QuickEmbedding(seen, numbers["shortcut.slope"], numbers["shortcut.offset"])
    return Shortcut(quick, rule, *(document[name] for name in ("checked", "agreement", "other")))


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
    if isinstance(inner, UniversalEmbedding | PieceEmbedding):
        return {"kind": inner.name}
    if isinstance(inner, SideBySide):
        parts = [_write_embedding(part, numbers, f"{name}.{number}") for number, part in enumerate(inner.parts)]
        return None if any(part is None for part in parts) else {"kind": "side by side", "parts": parts, "weights": inner.weights}
    return None


def _block(block: Block) -> dict[str, NDArray[Any]]:
    """A block's arrays without the features that no prompt has: most of them."""
    kept = np.flatnonzero(block.rarity)
    size = np.array([len(block.rarity)])
    return {"kept": kept, "size": size, "rarity": block.rarity[kept], "directions": block.directions[kept]}


def _read_embedding(document: dict[str, Any], numbers: dict[str, NDArray[Any]], name: str) -> Embedding:
    if document["kind"] == "side by side":
        parts = tuple(_read_embedding(part, numbers, f"{name}.{number}") for number, part in enumerate(document["parts"]))
        return SideBySide(parts, tuple(document["weights"]))
    if document["kind"] in _WITHOUT_NUMBERS:
        return _WITHOUT_NUMBERS[document["kind"]]()
    if document["kind"] not in ("words", "ngrams"):
        return remember(NeuralEmbedding(document["kind"], document["source"]))
    means = LanguageMeans(tuple(document["languages"]), numbers[f"{name}.means"])
    if document["kind"] == "words":
        return WordEmbedding(tuple(document["vocabulary"]), numbers[f"{name}.vectors"], means)
    words, characters = (_read_block(numbers, f"{name}.{part}") for part in _BLOCKS)
    return NgramEmbedding(words, characters, means)


def _read_block(numbers: dict[str, NDArray[Any]], name: str) -> Block:
    kept, size = numbers[f"{name}.kept"], int(numbers[f"{name}.size"][0])
    block = Block(np.zeros(size, np.float32), np.zeros((size, numbers[f"{name}.directions"].shape[1]), np.float32))
    block.rarity[kept], block.directions[kept] = numbers[f"{name}.rarity"], numbers[f"{name}.directions"]
    return block
