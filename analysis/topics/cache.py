"""Topics kept between runs: the same votes and settings are fitted once, and every notebook of a report reads them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import places
from analysis.errors import InputError
from analysis.sources.load import load_votes
from analysis.topics.topics import Topics, edition_of, fit_topics
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from analysis.topics.model import TopicSettings

#: Rises when the same votes and settings would give other topics.
_VERSION = 9


def kept_topics(
    votes: Votes | str | Path, settings: TopicSettings | None = None, earlier: Topics | str | Path | None = None
) -> Topics:
    """The topics of the votes (see `analysis.topics.topics.topics`), from the cache where they have been fitted before.

    They are kept with their words for labels and named anew: an endpoint that is set or changed later counts, and one that
    fails today is asked again tomorrow. Its answers are kept too (`analysis.topics.names`). A kept copy that cannot be
    read is fitted again. Where the earlier edition is of the same votes and settings, its topics are these.

    Raises:
        InputError, UsageError: as `topics`.
    """
    from analysis.topics.model import TopicSettings
    from analysis.topics.names import from_environment

    from_environment()  # half an endpoint is refused before a fit, not after
    settings, before = settings or TopicSettings(), edition_of(earlier)
    votes = load_votes(votes)
    parts = _parts(votes, settings)
    own = _digest(parts)
    if before is not None and before.key == own:
        return replace(before, votes=votes).named()
    folder = _folder(parts, before)
    with _alone(folder):
        if folder.exists():
            try:
                return replace(Topics.load(folder), votes=votes).named()
            except InputError:
                shutil.rmtree(folder)  # damaged, or of an older version; it is ours, whatever is left in it
        fitted = replace(fit_topics(votes, settings, before), key=own)
        fitted.save(folder)
        return fitted.named()


def has_kept_topics(votes: Votes) -> bool:
    """Whether topics of the votes, found by the settings of `kept_topics` as it is called without any, are kept."""
    from analysis.topics.model import TopicSettings

    return _folder(_parts(votes, TopicSettings()), None).exists()


def _parts(votes: Votes, settings: TopicSettings) -> dict[str, object]:
    """What topics follow from, beside the edition before."""
    from analysis.embeddings.choose import source_fingerprints, without_encoder
    from analysis.topics.curation import read_curation

    return {
        "version": _VERSION,
        "votes": votes.fingerprint,
        "sources": [*source_fingerprints(settings.embedding), without_encoder(settings.embedding)],
        **asdict(settings),
        "curation": read_curation(settings.curation).sha256 if settings.curation else "",
    }


def _folder(parts: dict[str, object], before: Topics | None) -> Path:
    """Where topics are kept that follow from these parts and the edition before."""
    from analysis.topics.identity import edition_key

    return places.interim() / f"topics-{_digest(parts | {'earlier': None if before is None else edition_key(before)})}"


def _digest(parts: dict[str, object]) -> str:
    return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=8).hexdigest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait while another process fits the topics that are to lie in this folder: notebooks run side by side."""
    import filelock

    with filelock.FileLock(folder.with_name(f".{folder.name}.lock")):
        yield
