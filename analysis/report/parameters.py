"""Parameters of notebooks: read from the cell tagged `parameters`, and set from the command line by their types."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from analysis.errors import UsageError
from analysis.report.record import short_name
from analysis.results.spelling import did_you_mean

#: Set by the run itself: the votes or boards come from --votes or --boards, so that they are read and checked once.
VOTES, BOARDS = "votes", "boards"

#: Set by the run itself unless somebody says otherwise: the edition before, or its topics.
EARLIER = "earlier"

#: Set by the run itself: what it passes to all other notebooks, as JSON.
PAGES = "pages"


@dataclass(frozen=True)
class Parameter:
    """One line `name: type = literal  # help` of a notebook's parameters cell."""

    name: str
    type: str
    default: object
    help: str = ""


@dataclass(frozen=True)
class Notebook:
    """A notebook to run. `name` is the file's stem without its leading number; either of them addresses it.

    Attributes:
        needs: columns of the vote table without which it has nothing to show.
        title: of its page.
        reads: `votes`; `boards` where it takes published boards, and runs in reports of those alone; or `nothing`: it is for
            people, and never in a report.
        compares: whether it is about what changed since the edition before.
        formerly: stems that it had once; their addresses lead to it.
    """

    path: Path
    parameters: Mapping[str, Parameter]
    needs: tuple[str, ...] = ()
    title: str = ""
    reads: str = VOTES
    compares: bool = False
    formerly: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        return self.path.stem

    @property
    def name(self) -> str:
        return short_name(self.stem)


def find_notebooks(folder: Path, only: Sequence[str] = (), reads: str = VOTES) -> list[Notebook]:
    """The notebooks of a folder that read votes, or boards, in reading order, or those of them that `only` names.

    Raises:
        UsageError: there are none, a name is not known, or a parameters cell is not in the house form.
    """
    notebooks = [notebook for path in sorted(folder.glob("*.ipynb")) if (notebook := _notebook(path)).reads == reads]
    if not notebooks:
        raise UsageError(f"{folder}: no notebooks (*.ipynb) of {reads} to run.")
    unknown = [name for name in only if not _named(notebooks, name)]
    if unknown:
        meant = did_you_mean(unknown[0], [name for notebook in notebooks for name in (notebook.name, notebook.stem)])
        raise UsageError(f"no notebook {unknown[0]!r}{meant}; there are {_known(notebooks)}.")
    return [notebook for notebook in notebooks if not only or {notebook.stem, notebook.name} & {*only}]


def _notebook(path: Path) -> Notebook:
    parameters = read_parameters(path)  # after which it is known to be a notebook
    metadata = json.loads(path.read_text(encoding="utf-8")).get("metadata", {})
    needs, formerly = (tuple(str(name) for name in metadata.get(key, ())) for key in ("needs", "formerly"))
    about = {"title": str(metadata.get("title", "")), "reads": str(metadata.get("reads", VOTES))}
    return Notebook(path, parameters, needs, compares=bool(metadata.get("compares")), formerly=formerly, **about)


def _named(notebooks: Iterable[Notebook], name: str) -> list[Notebook]:
    return [notebook for notebook in notebooks if name in (notebook.stem, notebook.name)]


def _known(notebooks: Iterable[Notebook]) -> str:
    return ", ".join(notebook.name for notebook in notebooks)


def read_parameters(path: Path) -> dict[str, Parameter]:
    """The parameters of a notebook, by name; empty for a notebook without a parameters cell.

    Read with `ast`: papermill's own reader is a regular expression and silently loses what it does not match.

    Raises:
        UsageError: the file is not a notebook, or a line of the cell is not `name: type = literal`.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path}: not a Jupyter notebook of format 4 ({error}).") from error
    if len(tagged) > 1:
        raise UsageError(f"{path}: {len(tagged)} cells are tagged `parameters`; tag one.")
    return _parse("".join(tagged[0]["source"]), path) if tagged else {}


def _parse(source: str, path: Path) -> dict[str, Parameter]:
    lines = source.splitlines()
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise UsageError(f"{path}: the parameters cell is not Python (line {error.lineno}: {error.msg}).") from error
    found = {}
    for node in body:
        parameter = _parameter(node, lines)
        if parameter is None:
            line, types = lines[node.lineno - 1].strip(), ", ".join(_READERS)
            raise UsageError(f"{path}: cannot read the parameter {line!r}; write `name: type = literal`, with a type of {types}.")
        found[parameter.name] = parameter
    return found


def _parameter(node: ast.stmt, lines: Sequence[str]) -> Parameter | None:
    """The parameter a statement declares, or None when it is not in the house form."""
    if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value):
        return None
    kind = ast.unparse(node.annotation)
    try:
        default = ast.literal_eval(node.value)
    except ValueError:
        return None
    if kind not in _READERS:
        return None
    comment = lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset or 0 :]
    return Parameter(node.target.id, kind, default, comment.strip().lstrip("#").strip())


def assign(notebooks: Sequence[Notebook], settings: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Typed values by notebook stem from texts `NOTEBOOK.PARAMETER=VALUE`, or `PARAMETER=VALUE` for all that have it.

    Later settings win over earlier ones.

    Raises:
        UsageError: no such notebook or parameter, or the value does not have the parameter's type.
    """
    values: dict[str, dict[str, Any]] = {notebook.stem: {} for notebook in notebooks}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"-p {_cut(setting)}: write NOTEBOOK.PARAMETER=VALUE.")
        for notebook, parameter in _targets(notebooks, key.strip(), setting):
            values[notebook.stem][parameter.name] = coerce(parameter, value, f"-p {_cut(setting)}")
    return values


def _targets(notebooks: Sequence[Notebook], key: str, setting: str) -> list[tuple[Notebook, Parameter]]:
    """The notebooks and the parameter that a key means."""
    owner, dot, name = key.rpartition(".")
    chosen = _named(notebooks, owner) if dot else list(notebooks)
    if not chosen:
        raise UsageError(f"-p {_cut(setting)}: no notebook {_cut(owner)!r} in this run; there are {_known(notebooks)}.")
    if name in (VOTES, BOARDS):
        raise UsageError(f"-p {_cut(setting)}: a report reads its {name} once, for all notebooks; say --{name} {name.upper()}.")
    found = [(notebook, notebook.parameters[name]) for notebook in chosen if name in notebook.parameters]
    if not found:
        known = sorted({name for notebook in chosen for name in notebook.parameters if name not in (VOTES, BOARDS)})
        where = f"notebook {chosen[0].name} has" if dot else "the notebooks have"
        raise UsageError(f"-p {_cut(setting)}: no parameter {_cut(name)!r}; {where} {', '.join(known) or 'none'}.")
    return found


def coerce(parameter: Parameter, text: str, where: str) -> Any:
    """`text` as a value of the parameter's type. A parameter whose default is a date (`2024-06-27`) takes dates only.

    Raises:
        UsageError: the text is no such value; the message starts with `where`.
    """
    try:
        value = _READERS[parameter.type](text)
        if parameter.type == "str" and value and _is_date(parameter.default):
            date.fromisoformat(value)
    except (ValueError, RecursionError):  # a list may be nested deeper than JSON is read
        wanted = _WORDS.get(parameter.type, parameter.type)
        if parameter.type == "str" and _is_date(parameter.default):
            wanted = "a date such as 2024-06-27"
        raise UsageError(f"{where}: {parameter.name} is {wanted}, and {_cut(text)!r} is not.") from None
    return value


def _cut(text: str, most: int = 80) -> str:
    """A setting as an error shows it."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _is_date(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None


def _read_text(text: str) -> str:
    """The text, if UTF-8 can hold it; notebooks are written in it."""
    text.encode("utf-8")
    return text


def _read_bool(text: str) -> bool:
    known = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}
    if text.strip().lower() not in known:
        raise ValueError(text)
    return known[text.strip().lower()]


def _read_int(text: str) -> int:
    if not re.fullmatch(r"\s*[+-]?\d+\s*", text):
        raise ValueError(text)
    return int(text)


def _read_float(text: str) -> float:
    value = float(text)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


def _read_list(item: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """A reader of `a,b,c`, or of a JSON list where an item holds a comma; an empty text is an empty list."""

    def read(text: str) -> list[Any]:
        if text.lstrip().startswith("["):
            return [item(part if isinstance(part, str) else json.dumps(part)) for part in json.loads(text)]
        return [item(part.strip()) for part in text.split(",")] if text.strip() else []

    return read


_READERS: Mapping[str, Callable[[str], Any]] = {
    "str": _read_text,
    "int": _read_int,
    "float": _read_float,
    "bool": _read_bool,
    "list[str]": _read_list(_read_text),
    "list[int]": _read_list(_read_int),
    "list[float]": _read_list(_read_float),
}

_WORDS = {
    "str": "a text in UTF-8",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list[str]": "a list such as a,b",
    "list[int]": "a list of whole numbers such as 1,2",
    "list[float]": "a list of numbers such as 0.5,1",
}
