"""What somebody meant who wrote a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from analysis.results.unseen import visible

#: How alike two names are at least, from 0 to 1, for one to be meant by the other.
_ALIKE = 0.6

#: Letters that are the beginning of a name, and no slip.
_BEGINNING = 3

#: Letters of a name that are looked at.
_LONGEST = 200


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like `name`, whatever its capitals and hyphens, or the shortest that begins with it; empty
    where none is."""
    names, wanted = {_plain(one): one for one in reversed(list(known))}, _plain(name)
    longer = [one for one in names if len(wanted) >= _BEGINNING and one.startswith(wanted)]
    found = [min(longer, key=len)] if longer else get_close_matches(wanted, names, n=1, cutoff=_ALIKE)
    return names[found[0]] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean coding?)`, to follow the unknown name in an error; empty where no known name is like it."""
    meant = nearest(name, known)
    return f" (did you mean {visible(meant)}?)" if meant else ""


def _plain(name: str) -> str:
    return name[:_LONGEST].casefold().replace("-", "_").replace(" ", "_")
