"""Causes: why two editions may differ, each in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from analysis.changes.models import new_and_gone
from analysis.results.prose import counted, joined
from analysis.votes.provenance import PACKAGES

if TYPE_CHECKING:
    from analysis.changes.kept import Kept
    from analysis.changes.overlap import Overlap
    from analysis.votes.table import Votes

#: What a run passes to pages that says nothing of how numbers are made.
_PLACES = frozenset({"votes", "boards", "earlier"})

#: Versions, or parameters, that a sentence names before it counts the others.
_NAMED = 3

Pages = Mapping[str, Mapping[str, Any]]


def causes_of(votes: Votes, kept: Kept, joint: Overlap, changed: bool | None, pages: Pages) -> tuple[str, ...]:
    """Votes, models, release, method and parameters, as far as they differ; that of the votes always.

    Args:
        changed: whether today's method makes something else of the earlier votes than was published; None where not known.
    """
    return (joint.sentence, *_models(joint), *_release(votes, kept), *_method(kept, changed), *_parameters(kept, pages))


def _models(joint: Overlap) -> Iterator[str]:
    events = zip(("new", "gone"), map(len, new_and_gone(joint)), strict=True)
    parts = [f"{counted(some, 'model')} {'is' if some == 1 else 'are'} {event}" for event, some in events if some]
    if parts:
        yield f"Other models: {joined(parts)}; ratings are compared on those of both, on a common mean."


def _release(votes: Votes, kept: Kept) -> Iterator[str]:
    """Another release, or votes of nobody where there were real ones."""
    was, now = kept.votes, votes
    if set(was.releases) != set(now.releases):
        yield f"Another release: {was.release_words} then, {now.release_words} now."


def _method(kept: Kept, changed: bool | None) -> Iterator[str]:
    """Versions that differ, and what that alone does to the board."""
    noted = kept.run.get("versions")
    before = noted if isinstance(noted, dict) else {}
    differ = [f"{name} {before[name]} → {now}" for name, now in _versions().items() if before.get(name, now) != now]
    if not differ and not changed:
        return
    of = f" ({joined(differ, _NAMED)})" if differ else ""
    if changed is None:
        yield f"Another version of the method{of}; what it alone changes is not known."
    elif changed:
        yield f"Another version of the method{of}: what it alone changes is listed as such, and is in no other change."
    else:
        yield f"Another version of the method{of}, which makes the same board of the earlier votes."


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a checkout that is only on the path
            continue
    return found


def _parameters(kept: Kept, pages: Pages) -> Iterator[str]:
    """What was passed to a page then, and is not now, or the other way."""
    found = []
    for stem, passed in pages.items():
        was, now = kept.parameters(stem), passed
        for name in sorted((was.keys() | now.keys()) - _PLACES):
            if was.get(name) != now.get(name):
                then, here = (repr(some[name]) if name in some else "as the page has it" for some in (was, now))
                found.append(f"{name} of {stem} ({then} → {here})")
    if found:
        yield f"Other parameters: {joined(found, _NAMED)}."
