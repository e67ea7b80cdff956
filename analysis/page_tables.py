"""The tables that a notebook of a report shows, kept beside its page as Parquet and JSON: the data of the page."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from analysis import surroundings
from analysis.changes.kept import TOPICS
from analysis.results.listing import Listing, Unavailable
from analysis.results.result import Result
from analysis.topics.topics import Topics
from analysis.votes.table import Votes
from analysis.whole_files import whole_file

#: Letters of a name that is made of a caption.
_LONGEST = 60

#: What has been kept by this kernel, so that what is shown twice is kept once, with the name of its files.
_kept: dict[int, tuple[Result, str]] = {}


def keep(result: Result) -> None:
    """Keep the table of a result in the folder that the run of a report named; elsewhere nothing is kept.

    Files are named after the kind of result: `board.parquet`, `board.json`, the second one `board-2.parquet`; a listing has the
    name of its caption. The JSON has `sentence`, `caption` and `rows`.

    Raises:
        InputError: they cannot be written.
    """
    folder = Path(os.environ.get(surroundings.TABLES) or os.devnull)
    if not folder.is_dir() or id(result) in _kept or isinstance(result, Unavailable | Votes):
        return
    name = _name(result)
    _kept[id(result)] = (result, name)
    table = result.table
    with whole_file(folder / f"{name}.parquet") as part:
        table.to_parquet(part, index=False)
    rows = json.loads(table.to_json(orient="records", date_format="iso"))
    told = {"sentence": str(result.sentence), "caption": str(result.caption), "rows": rows}
    with whole_file(folder / f"{name}.json") as part:
        part.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace")


def keep_topics(topics: Topics) -> None:
    """Keep topics whole beside the tables of a report, so that the next edition goes on with their numbers and names.

    Raises:
        InputError: they cannot be written.
    """
    folder = Path(os.environ.get(surroundings.TABLES) or os.devnull)
    place = folder.parent.parent / TOPICS
    if folder.is_dir() and not place.exists():
        topics.save(place)


def _name(result: Result) -> str:
    kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(result).__name__).lower()
    if isinstance(result, Listing):
        kind = "_".join(re.findall("[a-z0-9]+", result.caption.lower()))[:_LONGEST].strip("_") or kind
    taken = {name for _, name in _kept.values()}
    names = [kind, *(f"{kind}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
