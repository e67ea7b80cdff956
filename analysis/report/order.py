"""What a run is asked for, and the digest of all that decides its numbers."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import places
from analysis.report.parameters import Notebook
from analysis.report.runner import Limits
from analysis.sources.seen import content

if TYPE_CHECKING:
    from analysis.sources.conversion import Conversion

#: Files of the library and of its data that can change a page, by their endings.
_CODE = frozenset({".py", ".toml", ".tsv", ".txt", ".csv", ".j2", ".css", ".js", ".json"})


#: Folders of data that are caches, or fetched.
_NO_DATA = ("interim", "raw")


@dataclass(frozen=True)
class Order:
    """What to run.

    Attributes:
        votes: a file, a folder, a glob or a known data set name.
        boards: published boards to report on in place of votes, as `read_history` takes them; empty for a report of votes.
        out: the folder of editions to publish to (`analysis.report.site.Site`).
        title: of the report set; empty where none was ordered.
        only: names of the notebooks to run; all when empty.
        settings: texts `NOTEBOOK.PARAMETER=VALUE` or `PARAMETER=VALUE`.
        seed: the seed of every notebook; None leaves each its own.
        conversion: how to read the votes.
        notebooks: the folder they are in.
        jobs: notebooks that run at the same time; 0 for as many as there are cores.
        keep: good editions to keep, from 1; None keeps all.
        if_changed: run only where the digest is not that of the last good edition.
        resume: take over what a run with the same digest finished before it was killed.
        allow_thin: publish also where the votes are too few to take the place of the last good edition.
    """

    votes: str = "sample"
    boards: str = ""
    out: Path = places.REPORTS
    title: str = ""
    only: Sequence[str] = ()
    settings: Sequence[str] = ()
    seed: int | None = None
    limits: Limits = field(default_factory=Limits)
    conversion: Conversion | None = None
    notebooks: Path = places.NOTEBOOKS
    jobs: int = 0
    keep: int | None = None
    if_changed: bool = False
    resume: bool = False
    allow_thin: bool = False

    @property
    def reads(self) -> str:
        """`votes` or `boards`."""
        return "boards" if self.boards else "votes"

    @property
    def workers(self) -> int:
        """How many notebooks run at the same time."""
        from joblib import cpu_count  # late: it knows what a container is given, and takes a while to import

        return self.jobs or int(cpu_count())

    def digest(self, fingerprint: str, notebooks: Sequence[Notebook], values: Mapping[str, Mapping[str, Any]]) -> str:
        """Of the votes, the notebooks with their parameters, the library, its data and the installed packages: 32 hexadecimal
        digits. The same digest gives the same pages, but for what the edition before adds."""
        parts = {
            "fingerprint": fingerprint,
            "notebooks": {notebook.stem: _content(notebook.path) for notebook in notebooks},
            "values": values,
            "files": _files({text for each in values.values() for value in each.values() for text in _texts(value)}),
            "seed": self.seed,
            "reads": self.reads,
            "code": code(),
            "python": platform.python_version(),
            "packages": sorted({f"{each.name}={each.version}" for each in distributions()}),
        }
        return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def code() -> str:
    """Digest of the library and of the data that it has with it."""
    total = hashlib.blake2b(digest_size=16)
    for root, without in ((Path(places.__file__).parent, ()), (places.DATA, _NO_DATA)):
        tops = [top for top in root.iterdir() if top.name not in without]
        files = [path for top in tops for path in (top, *top.rglob("*")) if path.suffix in _CODE and path.is_file()]
        for path in sorted(files):
            total.update(f"{path.relative_to(root).as_posix()}\0{_content(path)}\0".encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def _files(texts: Collection[str]) -> dict[str, str]:
    """Digests of the files that parameters name, also behind a word and a colon (`exposed:FILE`), and of those in folders."""
    found: dict[str, str] = {}
    for text in sorted(texts):
        for name in {text, text.partition(":")[2]} - {""}:
            with suppress(OSError, ValueError):  # no name of a file
                path = Path(name)
                files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
                found |= {f"{text}\0{each}": content(each) for each in files if each.is_file()}
    return found


def _texts(value: object) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _content(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
