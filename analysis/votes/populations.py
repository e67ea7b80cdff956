"""Populations: whose votes a release holds, which of them, and from when to when: what a claim about the arena needs to know.

A share that was announced for the whole arena can be held against all of its votes and against nothing else. Ratings can also be
held against a part of them that was not picked by its prompts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analysis.errors import InputError
from analysis.results.prose import joined
from analysis.votes.table import SIMULATED, Votes

#: A day in the name of a file, as LMSYS writes it: votes until that day.
_DAY = re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class Population:
    """Which votes those of a release are.

    Attributes:
        first, last: from when to when they were cast (a year, a month or a day); empty where that is not known.
        part: what they are in place of all votes of the arena; empty where they are all of them, up to `last`.
        other: whether ratings of them are about something else than the arena's ratings, too.
    """

    first: str = ""
    last: str = ""
    part: str = ""
    other: bool = False

    @property
    def span(self) -> str:
        """From when to when, in words: `2025-04 to 2025-07`, `2025-11 on`."""
        if not self.last:
            return f"{self.first} on"
        return self.last if self.first in ("", self.last) else f"{self.first} to {self.last}"

    def check_shares(self) -> None:
        """Raise an InputError that says why what was said of all votes of the arena cannot be tested here."""
        if self.part:
            raise InputError(f"{self.part}, and the claim is about all votes of the arena")

    def check_ratings(self) -> None:
        """Raise an InputError that says why what was said of the arena's ratings cannot be tested here."""
        if self.other:
            raise InputError(f"{self.part}, and the claim is about the arena's board")


#: Of each release that is known; spans and parts are those of their pages (see data/README.md).
POPULATIONS: Mapping[str, Population] = {
    SIMULATED: Population("2024-06", "2024-07"),
    "clean_battle": Population("2023-04"),
    "pair_counts": Population("2023-04"),
    "raw_log": Population(part="the log of one server, which may be another arena's"),
    "arena_33k": Population("2023-04", "2023-06", "a selection without short and common prompts"),
    "arena_55k": Population("2023", "2024", "a selection for a competition"),
    "arena_100k": Population("2024-06", "2024-08", "a selection of one summer"),
    "arena_140k": Population("2025-04", "2025-07", "a selection of one spring and summer"),
    "wsdm": Population(part="a selection for a competition"),
    "battle_log": Population("2023-04", "2023-09", "a selection of hard prompts", other=True),
    "arena_expert_5k": Population("2025", "2025-11", "a selection of prompts that experts ask", other=True),
    "comparia": Population("2024-10", part="the votes of another arena, ComparIA", other=True),
    "comparia_reactions": Population("2024-10", part="the reactions of another arena, ComparIA", other=True),
    "mt_bench": Population("2023", "2023", "judgments of the 80 questions of MT-bench", other=True),
    "mt_bench_pairs": Population("2023", part="a model's judgments of the 80 questions of MT-bench", other=True),
}

#: A table of unknown origin: nobody says which votes those are.
_UNKNOWN = Population(part="a table that does not say whether it holds all votes")


def population(votes: Votes) -> Population:
    """Which votes these are, by their releases; a day in the name of the file is the last one where the release has no end."""
    found = [_of_file(POPULATIONS.get(release, _UNKNOWN), votes.name) for release in votes.releases]
    return found[0] if len(found) == 1 else _together(found)


def _of_file(known: Population, name: str) -> Population:
    day = _DAY.search(name)
    return replace(known, last="-".join(day.groups())) if day and known.first and not known.last else known


def _together(found: Iterable[Population]) -> Population:
    """Several releases in one table."""
    found = list(found)
    first, last = ([getattr(one, end) for one in found] for end in ("first", "last"))
    parts = joined(dict.fromkeys(one.part for one in found if one.part), last=", and ")
    return Population(
        first=min(first) if all(first) else "",
        last=max(last) if all(last) else "",
        part=f"several releases together{', ' * bool(parts)}{parts}",
        other=any(one.other for one in found),
    )
