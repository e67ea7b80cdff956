"""Report sets: small TOML files that say what to report on, on which pages, with which parameters."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from analysis import places
from analysis.errors import InputError, UsageError, first_line
from analysis.report.order import Order
from analysis.report.parameters import find_notebooks
from analysis.results.spelling import did_you_mean

#: Keys of a set, and what each is.
_KEYS: Mapping[str, tuple[type, ...]] = {
    "title": (str,),
    "votes": (str, list),
    "boards": (str, list),
    "notebooks": (list,),
    "parameters": (dict,),
    "each": (dict,),
}

#: What parameters are; a time is a date to Python, and none to a parameter.
_VALUES = frozenset({str, int, float, bool, date})

#: Names that a site has for itself, which none of its folders for values may take.
_TAKEN = frozenset({"latest", "editions", "index.html", "feed.xml"})


@dataclass(frozen=True)
class ReportSet:
    """What a file of a set says.

    Attributes:
        sources: votes, or boards where `reads` says so; each is reported on by itself.
        notebooks: names; all when empty.
        parameters: `NOTEBOOK.PARAMETER` or `PARAMETER`, and a value for all editions.
        each: the same with a list of values: an edition for each, and for each combination of several.
    """

    name: str
    title: str
    reads: str
    sources: tuple[str, ...]
    notebooks: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    each: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def reading(self, votes: str | None, boards: str | None) -> ReportSet:
        """The same set on other votes, or other boards; as it is where both are None.

        Raises:
            UsageError: votes for a set of boards, or boards for one of votes.
        """
        if votes is None and boards is None:
            return self
        if (boards is not None) != (self.reads == "boards"):
            raise UsageError(f"the set {self.name} takes {self.reads}; give --{self.reads}, or leave it out.")
        return replace(self, sources=(str(votes if boards is None else boards),))

    def orders(self, given: Order) -> list[Order]:
        """An order for each edition, with the options that `given` has. More than one go to folders of their own under its `out`.

        Raises:
            UsageError: a notebook is not known.
        """
        find_notebooks(given.notebooks, self.notebooks, reads=self.reads)
        combinations = [dict(zip(self.each, values, strict=True)) for values in product(*self.each.values())]
        several = len(self.sources) * len(combinations) > 1
        found = []
        for source in self.sources:
            for values in combinations:
                settings = [*_settings(self.parameters), *_settings(values), *given.settings]
                names = [*([Path(source).stem] if len(self.sources) > 1 else []), *map(str, values.values())]
                out = given.out / _folder("-".join(names)) if several else given.out
                title = ", ".join(filter(None, [self.title, *map(str, values.values())]))
                order = replace(given, out=out, title=title, only=given.only or self.notebooks, settings=settings)
                found.append(replace(order, boards=source) if self.reads == "boards" else replace(order, votes=source))
        _check_apart([order.out for order in found])
        return found


def read_set(name: str) -> ReportSet:
    """A report set by its name in `data/sets/`, or from a file whose name ends in `.toml`.

    Raises:
        UsageError: there is none, it is not TOML, or holds what a set does not have; the message says where.
        InputError: the file cannot be read.
    """
    path = Path(name) if name.endswith(".toml") else places.DATA / "sets" / f"{name}.toml"
    if not path.is_file():
        known = sorted(found.stem for found in (places.DATA / "sets").glob("*.toml"))
        raise UsageError(
            f"no report set {name!r}{did_you_mean(name, known)}; there are {', '.join(known) or 'none'}, or give a .toml file."
        )
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: not TOML ({first_line(error)}).") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from error
    return _checked(path, content)


def _checked(path: Path, content: Mapping[str, Any]) -> ReportSet:
    for key, value in content.items():
        if key not in _KEYS:
            raise UsageError(f"{path}: a set has no {key!r}{did_you_mean(key, _KEYS)}; it has {', '.join(_KEYS)}.")
        if not isinstance(value, _KEYS[key]):
            raise UsageError(f"{path}: {key} is {value!r}; it must be {' or '.join(_WORDS[kind] for kind in _KEYS[key])}.")
    reads = [key for key in ("votes", "boards") if key in content]
    if len(reads) != 1:
        raise UsageError(f"{path}: give votes or boards, one of the two.")
    sources = content[reads[0]] if isinstance(content[reads[0]], list) else [content[reads[0]]]
    for key, texts in ((reads[0], sources), ("notebooks", content.get("notebooks", []))):
        if not all(isinstance(text, str) and text for text in texts) or (key == reads[0] and not texts):
            raise UsageError(f"{path}: {key} must be names, each a text.")
    parameters, each = (dict(_flat(content.get(key, {}))) for key in ("parameters", "each"))
    for key, value in parameters.items():
        _check_value(path, f"parameters.{key}", value)
    for key, values in each.items():
        if not isinstance(values, list) or not values:
            raise UsageError(f"{path}: each.{key} is {values!r}; it must be a list of values.")
        for value in values:
            _check_value(path, f"each.{key}", value)
    return ReportSet(
        path.stem,
        content.get("title", path.stem),
        reads[0],
        tuple(sources),
        tuple(content.get("notebooks", ())),
        parameters,
        each,
    )


def _check_value(path: Path, key: str, value: object) -> None:
    if not all(type(part) in _VALUES for part in (value if isinstance(value, list) else [value])):
        raise UsageError(f"{path}: {key} has {value!r}; a value is a text, a number, true or false, a day, or a list of these.")


_WORDS: Mapping[type, str] = {str: "a text", list: "a list", dict: "a table"}


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """`shifts.category_to = "coding"` in TOML is a table in a table unless it is quoted; both mean the same."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _settings(parameters: Mapping[str, Any]) -> list[str]:
    """As the command line would have them."""
    return [f"{name}={_text(value)}" for name, value in parameters.items()]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list) else str(value)


def _folder(name: str) -> str:
    """A text as the name of a folder, beside what a site has there."""
    kept = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in name).strip(".-")
    return f"edition-{kept}" if kept.casefold() in _TAKEN else kept[:100] or "edition"


def _check_apart(folders: Sequence[Path]) -> None:
    if twice := sorted({str(folder) for folder in folders if list(folders).count(folder) > 1}):
        raise UsageError(f"two editions of the set would go to {twice[0]}; give them values that differ in their letters.")
