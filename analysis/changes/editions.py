"""What changed since an earlier edition: models, ratings, ranks, classes, shares, claims, topics and rows, by today's method."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from analysis.changes.boards import BoardPair, board_changes, board_pair, class_changes
from analysis.changes.causes import causes_of
from analysis.changes.change import on_one_line, plain_changes
from analysis.changes.changes import Changes
from analysis.changes.claims import claim_changes
from analysis.changes.kept import Kept, read_edition
from analysis.changes.method import method_changes
from analysis.changes.models import model_changes
from analysis.changes.overlap import Overlap, overlap
from analysis.changes.rows import row_changes
from analysis.changes.shares import share_changes
from analysis.changes.tiers import Family, tiered, told_once
from analysis.changes.topics import topic_changes
from analysis.errors import InputError, UsageError
from analysis.ratings.settings import Options, Settings, by_keyword, settled
from analysis.results.prose import joined
from analysis.results.result import Result
from analysis.sources.load import load_votes
from analysis.topics.cache import kept_topics
from analysis.topics.topics import edition_of
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from analysis.topics.model import TopicSettings

#: What is compared, in the order of the page.
PARTS = ("models", "boards", "classes", "shares", "claims", "topics", "rows", "method")

#: What these votes are called.
NOW = "this edition"


@dataclass(frozen=True, eq=False)
class EditionChanges(Changes):
    """Changes since an earlier edition.

    Attributes:
        parts: what changes were read from, by the names of PARTS: tables, and for `boards` the shift.
        without: what could not be compared, with the reason.
    """

    parts: Mapping[str, Result] = field(default_factory=dict, kw_only=True)
    without: Mapping[str, str] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True)
class _Comparison:
    """All that the parts are made of."""

    votes: Votes
    kept: Kept
    joint: Overlap
    settings: Settings
    topics: TopicSettings | None
    claims: str | Path | None
    pair: BoardPair | None
    why: str = ""

    @property
    def boards(self) -> BoardPair:
        """Both boards. Raises an InputError that says why there are none."""
        if self.pair is None:
            raise InputError(self.why)
        return self.pair


@by_keyword
def edition_changes(
    votes: Votes | str | Path,
    earlier: str | Path = "",
    settings: Settings = Settings(),
    *,
    topics: TopicSettings | None = None,
    claims: str | Path | None = None,
    pages: str | Mapping[str, Mapping[str, Any]] = "",
    parts: Collection[str] = PARTS,
    **options: Unpack[Options],
) -> EditionChanges:
    """What changed since an earlier edition, each change by how far it lies beyond its own noise.

    Both editions' votes are fitted with today's method, and what they share is known by the ids of votes: where all earlier
    votes are among the later ones, the noise of a difference is that of the votes that came.

    Args:
        earlier: the folder of an edition.
        topics, claims: as for the pages of topics and of claims.
        pages: what this run passes to its pages, by their stems (or JSON text of it), to be told from what was passed then.
        parts: what is compared (see PARTS).

    Raises:
        InputError: there is no earlier edition, or it kept no votes that can be read.
        UsageError: the folder is no edition, there is no such part, or the settings ask for what editions do not keep.
    """
    for name in parts:
        _check_part(name)
    if not str(earlier):
        raise InputError("there is no earlier edition to compare these votes with; the next one will have this one.")
    settings = settled(settings, options)
    votes, kept = load_votes(votes), read_edition(earlier)
    joint = overlap(kept.votes, votes)
    pair, why = _pair(votes, joint, settings)
    comparison = _Comparison(votes, kept, joint, settings, topics, claims or None, pair, why)
    found, without = dict[str, Family](), {name: "not asked for" for name in PARTS if name not in parts}
    for name in parts:
        try:
            found[name] = _MAKERS[name](comparison)
        except InputError as error:
            without[name] = str(error)
    scored, folded = tiered(found.values())
    changes = plain_changes(told_once(scored))
    other = any(change.kind == "method" for change in changes)
    causes = causes_of(votes, kept, joint, other or (False if "method" in found else None), _pages(pages))
    return EditionChanges(
        kept.name,
        NOW,
        changes,
        tuple(map(on_one_line, [*causes, *_left_out({name: why for name, why in without.items() if name in parts})])),
        folded,
        parts={name: part.part for name, part in found.items()},
        without=without,
        origin=votes.origin,
    )


def edition_part(changes: EditionChanges, name: str) -> Result:
    """One part of what was compared (see PARTS): its table, or the shift of the boards.

    Raises:
        InputError: it could not be compared; says why.
        UsageError: there is no such part.
    """
    _check_part(name)
    if name not in changes.parts:
        raise InputError(changes.without[name])
    return changes.parts[name]


def _check_part(name: str) -> None:
    if name not in PARTS:
        raise UsageError(f"no part {name!r} of changes; there are {', '.join(PARTS)}.")


def _pair(votes: Votes, joint: Overlap, settings: Settings) -> tuple[BoardPair | None, str]:
    """The boards of both editions, or why there are none."""
    try:
        return board_pair(votes, joint, settings), ""
    except InputError as error:
        return None, str(error)


def _shares(made: _Comparison) -> Family:
    return share_changes(made.joint, made.kept.votes, made.votes, made.settings.level)


def _claims(made: _Comparison) -> Family:
    return claim_changes(made.votes, made.kept, made.joint, made.settings, made.claims)


def _topics(made: _Comparison) -> Family:
    if made.kept.topics is None:
        raise InputError("the earlier edition kept no topics")
    made.votes.need("topics", "prompt")
    try:
        before = edition_of(made.kept.topics)
    except UsageError as error:  # damaged: no usage of the user's
        raise InputError(str(error)) from None
    assert before is not None
    return topic_changes(kept_topics(made.votes, made.topics, before), before, made.joint)


def _rows(made: _Comparison) -> Family:
    counts = made.joint.counts
    return row_changes(made.kept.ledger, made.votes.ledger, nested=bool(counts["kept"]) and not counts["gone"])


_MAKERS: Mapping[str, Callable[[_Comparison], Family]] = {
    "models": lambda made: model_changes(made.joint, made.pair),
    "boards": lambda made: board_changes(made.boards),
    "classes": lambda made: class_changes(made.boards),
    "shares": _shares,
    "claims": _claims,
    "topics": _topics,
    "rows": _rows,
    "method": lambda made: method_changes(made.kept, made.boards.earlier, made.settings),
}


def _left_out(without: Mapping[str, str]) -> list[str]:
    """What could not be compared, in a sentence; a reason that several have is given once."""
    names: dict[str, list[str]] = {}
    for name, why in without.items():
        names.setdefault(why.rstrip("."), []).append(name)
    said = "; ".join(f"{joined(of)} ({why})" for why, of in names.items())
    return [f"Not compared: {said}."] if said else []


def _pages(pages: str | Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """What is passed to pages, of JSON text too.

    Raises:
        UsageError: the text is not that.
    """
    if not isinstance(pages, str):
        return pages
    try:
        found = json.loads(pages) if pages else {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(passed, dict) for passed in found.values()):
        raise UsageError('pages is JSON text of parameters by page, such as {"03_leaderboard": {"seed": 1}}.')
    return found
