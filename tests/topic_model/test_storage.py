from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.topic_model.storage import load_topics
from analysis.topics import Topics
from analysis.votes import Votes


def test_topics_come_back_as_they_were_written(fitted: Topics, arena: Votes, tmp_path: Path):
    fitted.save(tmp_path / "topics")
    read = load_topics(tmp_path / "topics")
    pd.testing.assert_frame_equal(read.table, fitted.table)
    pd.testing.assert_frame_equal(read.hierarchy, fitted.hierarchy)
    assert read.sentence == fitted.sentence
    assert read.settings == dict(fitted.settings)
    assert (read.assign(arena)["topic"] == fitted.assignments["topic"]).all()


def test_nothing_is_pickled_and_nothing_is_left_behind(fitted: Topics, tmp_path: Path):
    fitted.save(tmp_path / "topics")
    fitted.save(tmp_path / "topics")
    assert [path.name for path in tmp_path.iterdir()] == ["topics"]
    assert {path.suffix for path in (tmp_path / "topics").iterdir()} == {".parquet", ".json", ".safetensors"}


def test_a_folder_without_topics_is_one_clear_line(tmp_path: Path):
    with pytest.raises(InputError, match=r"no topics can be read .*Topics\.save"):
        load_topics(tmp_path)
    (tmp_path / "topics.json").write_text('{"version": 99}')
    with pytest.raises(InputError, match="version 99 is not 3"):
        load_topics(tmp_path)


def test_every_file_may_be_read_by_whom_the_tables_may(fitted: Topics, tmp_path: Path):
    fitted.save(tmp_path / "topics")
    assert len({path.stat().st_mode for path in (tmp_path / "topics").iterdir()}) == 1
