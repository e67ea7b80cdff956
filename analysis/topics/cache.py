"""Topics kept between runs: the same votes and settings are fitted once, and every notebook of a report reads them."""

from __future__ import annotations

import hashlib
import json
import shutil
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
_VERSION = 8


def kept_topics(
    votes: Votes | str | Path, settings: TopicSettings | None = None, earlier: Topics | str | Path | None = None
) -> Topics:
    """The topics of the votes (see `analysis.topics.topics.topics`), from the cache where they have been fitted before.

    They are kept with their words for labels and named anew: an endpoint that is set or changed later counts, and one that
    fails today is asked again tomorrow. Its answers are kept too (`analysis.topics.names`). A kept copy that cannot be
    read is fitted again.

    Raises:
        InputError, UsageError: as `topics`.
    """
    from analysis.topics.model import TopicSettings
    from analysis.topics.names import from_environment

    from_environment()  # half an endpoint is refused before a fit, not after
    settings, before = settings or TopicSettings(), edition_of(earlier)
    votes = load_votes(votes)
    folder = _folder(votes, settings, before)
    if folder.exists():
        try:
            return replace(Topics.load(folder), votes=votes).named()
        except InputError:
            shutil.rmtree(folder)  # damaged, or of an older version; it is ours, whatever is left in it
    fitted = fit_topics(votes, settings, before)
    fitted.save(folder)
    return fitted.named()


def has_kept_topics(votes: Votes) -> bool:
    """Whether topics of the votes, found by the settings of `kept_topics` as it is called without any, are kept."""
    from analysis.topics.model import TopicSettings

    return _folder(votes, TopicSettings(), None).exists()


def _folder(votes: Votes, settings: TopicSettings, before: Topics | None) -> Path:
    """Where the topics of votes are kept, by all that they follow from."""
    from analysis.embeddings.choose import source_fingerprints, without_encoder
    from analysis.topics.curation import read_curation
    from analysis.topics.identity import edition_key

    parts = {
        "version": _VERSION,
        "earlier": None if before is None else edition_key(before),
        "votes": votes.fingerprint,
        "sources": [*source_fingerprints(settings.embedding), without_encoder(settings.embedding)],
        **asdict(settings),
        "curation": read_curation(settings.curation).sha256 if settings.curation else "",
    }
    key = json.dumps(parts, sort_keys=True)
    return places.interim() / f"topics-{hashlib.blake2b(key.encode(), digest_size=8).hexdigest()}"
