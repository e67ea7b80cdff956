"""What a category reads of topics on disk: what `Topics.save` wrote, and one line where it is damaged."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis.errors import InputError, UsageError
from analysis.results.origin import Origin
from analysis.topics.topics import Topics
from analysis.votes.stored_topics import UNCLEAR, read_labels, read_members


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three votes in two topics, one without a clear topic and one without a prompt."""
    empty = pd.DataFrame()
    Topics(
        frame=pd.DataFrame({"topic": [0, 1], "label": ["sort, array", "soup"], "examples": [["sort it"], ["a soup"]]}),
        subtopics=pd.DataFrame({"subtopic": [0, 1], "topic": [0, 1], "label": ["sort, array", "soup"], "examples": [[], []]}),
        assignments=pd.DataFrame({"vote_id": ["v0", "v1", "v2", "v3", "v4"], "topic": [0, 1, 0, -1, -2]}),
        hierarchy=pd.DataFrame({"topics": [[0, 1]]}),
        over_time=empty,
        by_language=empty,
        by_turns=empty,
        quality=empty,
        settings={},
        origin=Origin("these votes"),
    ).save(tmp_path / "topics")
    return tmp_path / "topics"


def test_labels_and_the_votes_of_each_topic_are_those_that_were_saved(folder: Path) -> None:
    labels, fingerprint = read_labels(folder)
    assert labels.to_dict("list") == {"topic": [0, 1], "label": ["sort, array", "soup"]}
    assert fingerprint == "these votes"
    assert [read_members(folder, topic).to_pylist() for topic in (0, 1, UNCLEAR, 7)] == [["v0", "v2"], ["v1"], ["v3"], []]


@pytest.mark.parametrize("damage", ["", "[]", "{}", "\udcff", "[" * 100_000, None])
@pytest.mark.parametrize("name", ["topics.json", "frame.parquet"])
def test_a_folder_without_topics_is_one_line(folder: Path, name: str, damage: str | None) -> None:
    path = folder / name
    path.unlink() if damage is None else path.write_text(damage, errors="surrogateescape")
    with pytest.raises(
        UsageError, match=r"^[^\n]*topics: this is no folder of topics; write one with arena-workbook topics[^\n]*$"
    ):
        read_labels(folder)


@pytest.mark.parametrize("column", ["topic", "label"])
def test_a_table_of_topics_without_a_column_is_none(folder: Path, column: str) -> None:
    table = pq.read_table(folder / "frame.parquet")
    pq.write_table(table.drop_columns([column]), folder / "frame.parquet")
    with pytest.raises(UsageError, match="this is no folder of topics"):
        read_labels(folder)


@pytest.mark.parametrize("damage", ["text", "no file", "vote_id", "topic"])
def test_assignments_that_cannot_be_read_are_one_line(folder: Path, damage: str) -> None:
    path = folder / "assignments.parquet"
    if damage == "text":
        path.write_text("x" * 100)
    elif damage == "no file":
        path.unlink()
    else:
        pq.write_table(pq.read_table(path).drop_columns([damage]), path)
    with pytest.raises(InputError, match=r"^[^\n]*assignments\.parquet: cannot be read \([^\n]*\); find the topics again\.$"):
        read_members(folder, 0)
