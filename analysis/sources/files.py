"""What `VOTES` on the command line stands for: a known data set, a file, a folder or a glob; and its fingerprint."""

import glob
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from analysis import places
from analysis.errors import InputError, UsageError, first_line
from analysis.results.spelling import did_you_mean
from analysis.sources import seen
from analysis.sources.datasets import KNOWN, with_votes

SAMPLE_NAME = "sample"

#: Letters that an error shows of a name that cannot be one.
LONGEST = 60

_BESIDE = (
    *(".ledger.json", ".md", ".rst", ".txt", ".html", ".pdf", ".png", ".jpg", ".svg", ".py", ".ipynb"),
    *(".npy", ".safetensors", ".toml", ".yml", ".yaml"),
)
_ABOUT = ("readme", "license", "licence", "dataset_info", "dataset_infos", "state.json")


def find_files(source: str | Path, *, prompts: bool = False) -> list[Path]:
    """The files a source stands for, sorted; at least one.

    Of a folder, hidden files, cleaning ledgers and files about the data (README, licence, pictures, …) are left out.

    Args:
        prompts: whether a known data set of prompts alone will do.

    Raises:
        InputError: nothing is there; the message says what to do.
        UsageError: the source is an empty text.
    """
    if source == "":  # as a path it would be the folder that the program runs in
        raise UsageError(f"no {'prompts' if prompts else 'votes'} are named; give a file, a folder, a glob, or {SAMPLE_NAME}.")
    known = _known(str(source), prompts)
    path = known or Path(source)
    try:
        path = path.expanduser()
        if path.is_dir():
            return _of_folder(path)
        if path.exists():
            return [path]
        matches = [Path(match) for match in glob.glob(str(path), recursive=True)]  # noqa: PTH207  (absolute patterns)
    except PermissionError as error:
        raise InputError(f"{path}: no permission to read it; change its mode or copy it.") from error
    except (OSError, RuntimeError) as error:  # a name that is too long; ~ and a user who is not there
        why = error.strerror if isinstance(error, OSError) else first_line(error)
        shown = str(path) if len(str(path)) <= LONGEST else f"{str(path)[:LONGEST]}…"
        raise InputError(f"{shown}: cannot be looked for ({why}); give the name of a file that is there.") from error
    if known:
        todo = "run: make sample" if str(source) == SAMPLE_NAME else f"run: arena-workbook fetch {source}"
        raise InputError(f"{source}: this data set is not here yet ({path}); {todo}")
    files = sorted(match for match in matches if match.is_file())
    if not files and str(source) in KNOWN:
        raise InputError(f"{source}: this data set holds no votes ({KNOWN[str(source)].note}).")
    if not files:
        names = (SAMPLE_NAME, *(KNOWN if prompts else with_votes()))
        meant = did_you_mean(str(source), names)
        raise InputError(f"{source}: no such file or folder, and no known data set{meant}; those are {', '.join(names)}.")
    return files


def _known(name: str, prompts: bool) -> Path | None:
    if name == SAMPLE_NAME:
        return places.SAMPLE / "votes.parquet"
    return KNOWN[name].folder if name in KNOWN and (prompts or KNOWN[name].votes) else None


def _of_folder(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _beside(path.relative_to(folder)))
    if not files:
        raise InputError(f"{folder}: no votes in this folder; it needs a Parquet, CSV, JSON or JSON Lines file.")
    return files


def _beside(path: Path) -> bool:
    name = path.name.lower()
    return any(part.startswith(".") for part in path.parts) or name.endswith(_BESIDE) or name.startswith(_ABOUT)


def fingerprint(files: Iterable[Path], settings: object) -> str:
    """A hexadecimal hash (64 digits) of the files' contents and the settings of their conversion; names do not count."""
    digest = hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=32)
    for path in files:
        digest.update(seen.content(path).encode())
    return digest.hexdigest()
