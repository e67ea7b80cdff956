"""Topics kept between runs: fitted once, and named anew whatever happened to the endpoint last time."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.sources.simulated.simulate import simulate
from analysis.topics import cache
from analysis.topics.cache import kept_topics
from analysis.topics.model import TopicSettings
from analysis.topics.names import Endpoint
from analysis.topics.topics import Topics, fit_topics
from analysis.votes.table import Votes

SETTINGS = TopicSettings(fast=True, rounds=0, fit_on=500)


@pytest.fixture(scope="module")
def votes(tmp_path_factory: pytest.TempPathFactory) -> Votes:
    folder: Path = tmp_path_factory.mktemp("arena")
    made = simulate(1_000, seed=3)
    made.write(folder / "votes.parquet")
    return Votes.at(folder / "votes.parquet", made.ledger, "kept")


@pytest.fixture(scope="module")
def fitted(votes: Votes) -> Topics:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ARENA_TOPICS_URL", raising=False)
        return fit_topics(votes, SETTINGS)


@pytest.fixture
def fits(fitted: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Votes]:
    """The votes that were fitted, in a cache of its own; a fit takes no time."""
    asked: list[Votes] = []

    def fit(votes: Votes, _: TopicSettings, earlier: Topics | None) -> Topics:
        asked.append(votes)
        return fitted

    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path))
    monkeypatch.delenv("ARENA_TOPICS_URL", raising=False)
    monkeypatch.setattr(cache, "fit_topics", fit)
    return asked


def an_endpoint(monkeypatch: pytest.MonkeyPatch, answer: str | OSError) -> None:
    """An endpoint that gives every topic that name, or fails."""

    def name(_: Endpoint, words: object, examples: object) -> str:
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setenv("ARENA_TOPICS_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("ARENA_TOPICS_MODEL", "stub")
    monkeypatch.setenv("ARENA_TOPICS_KEY", "sk-0a1b2c3d")
    monkeypatch.setattr(Endpoint, "name", name)


def test_the_same_votes_and_settings_are_fitted_once(votes: Votes, fits: list[Votes], fitted: Topics):
    kept_topics(votes, SETTINGS)
    again = kept_topics(votes, SETTINGS)
    pd.testing.assert_frame_equal(again.table, fitted.table)
    assert len(fits) == 1
    kept_topics(votes, TopicSettings(fast=True, rounds=0, seed=2))
    assert len(fits) == 2


def test_topics_beside_another_earlier_edition_are_kept_apart(votes: Votes, fits: list[Votes], fitted: Topics, tmp_path: Path):
    fitted.save(tmp_path / "earlier")
    kept_topics(votes, SETTINGS)
    for earlier in (fitted, tmp_path / "earlier", str(tmp_path / "earlier")):
        kept_topics(votes, SETTINGS, earlier)
    assert len(fits) == 2
    kept_topics(votes, SETTINGS, replace(fitted, frame=fitted.frame.assign(topic=fitted.frame["topic"] + 3)))
    assert len(fits) == 3


def test_an_endpoint_set_after_the_first_run_names_topics_without_a_fit(
    votes: Votes, fits: list[Votes], fitted: Topics, monkeypatch: pytest.MonkeyPatch
):
    assert kept_topics(votes, SETTINGS).labels == fitted.labels
    an_endpoint(monkeypatch, "Sorting")
    named = kept_topics(votes, SETTINGS)
    assert named.labels[:2] == ("Sorting", "Sorting (1)")
    assert named.notes == ("Topics were named by stub.",)
    assert set(" / ".join(named.hierarchy["label"]).split(" / ")) <= set(named.labels)
    monkeypatch.delenv("ARENA_TOPICS_URL")
    assert kept_topics(votes, SETTINGS).labels == fitted.labels
    assert len(fits) == 1


def test_a_failure_of_the_endpoint_is_not_kept(votes: Votes, fits: list[Votes], fitted: Topics, monkeypatch: pytest.MonkeyPatch):
    an_endpoint(monkeypatch, OSError("HTTP 500"))
    failed = kept_topics(votes, SETTINGS)
    assert failed.labels == fitted.labels
    assert "failed (HTTP 500)" in failed.notes[0]
    an_endpoint(monkeypatch, "Sorting")
    assert kept_topics(votes, SETTINGS).labels[0] == "Sorting"
    assert len(fits) == 1


def test_the_cache_holds_no_key(votes: Votes, fits: list[Votes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    an_endpoint(monkeypatch, "Sorting")
    kept_topics(votes, SETTINGS)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"sk-0a1b2c3d" in path.read_bytes()]


def test_a_kept_copy_that_cannot_be_read_is_fitted_again(votes: Votes, fits: list[Votes], tmp_path: Path):
    kept_topics(votes, SETTINGS)
    (folder,) = tmp_path.glob("topics-*")
    (folder / "topics.json").write_text("{")
    kept_topics(votes, SETTINGS)
    assert len(fits) == 2


def test_half_an_endpoint_is_refused_before_a_fit(votes: Votes, fits: list[Votes], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARENA_TOPICS_URL", "http://127.0.0.1:9/v1")
    monkeypatch.delenv("ARENA_TOPICS_MODEL", raising=False)
    with pytest.raises(UsageError, match="ARENA_TOPICS_MODEL"):
        kept_topics(votes, SETTINGS)
    assert fits == []
