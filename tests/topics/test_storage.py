import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import InputError, UsageError
from analysis.topics.topics import Topics
from analysis.votes.table import Votes


def test_topics_come_back_as_they_were_written(fitted: Topics, arena: Votes, tmp_path: Path):
    fitted.save(tmp_path / "topics")
    read = Topics.load(tmp_path / "topics")
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
        Topics.load(tmp_path)
    (tmp_path / "topics.json").write_text('{"version": 99}')
    with pytest.raises(InputError, match="version 99 is not 8"):
        Topics.load(tmp_path)


@pytest.mark.parametrize("fact", ["version", "settings", "fingerprint", "simulated", "notes"])
def test_topics_of_which_a_fact_is_missing_are_one_clear_line(fitted: Topics, tmp_path: Path, fact: str):
    replace(fitted, model=None).save(tmp_path / "topics")
    path = tmp_path / "topics" / "topics.json"
    path.write_text(json.dumps({name: value for name, value in json.loads(path.read_text()).items() if name != fact}))
    with pytest.raises(InputError, match=rf"no topics can be read \('{fact}'\)"):
        Topics.load(tmp_path / "topics")


def test_every_file_may_be_read_by_whom_the_tables_may(fitted: Topics, tmp_path: Path):
    fitted.save(tmp_path / "topics")
    assert len({path.stat().st_mode for path in (tmp_path / "topics").iterdir()}) == 1


def test_topics_take_the_place_of_topics_and_of_nothing_else(fitted: Topics, tmp_path: Path):
    folder = tmp_path / "topics"
    fitted.save(folder)
    fitted.save(folder)
    before = sorted(path.name for path in folder.iterdir())
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(
        UsageError, match=r"holds files that are not topics \(notes\.txt\); give another folder, or move them away"
    ):
        fitted.save(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*before, "notes.txt"])
    assert (folder / "notes.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["topics"]


@pytest.mark.parametrize("what", ["file", "link", "table"])
def test_a_file_a_link_or_a_table_of_the_user_is_not_written_over(fitted: Topics, tmp_path: Path, what: str):
    target, folder = tmp_path / "target", tmp_path / "topics"
    target.mkdir()
    if what == "file":
        folder.write_text("mine")
    elif what == "link":
        folder.symlink_to(target)
    else:
        folder.mkdir()
        (folder / "map.parquet").write_text("mine")
    with pytest.raises(UsageError, match="is a file; give|is a link; give|holds files that are not topics"):
        fitted.save(folder)
    assert folder.is_symlink() == (what == "link")
    assert what == "link" or (folder if what == "file" else folder / "map.parquet").read_text() == "mine"


@pytest.mark.parametrize("name", ["drafts", "frame.parquet"])
def test_a_folder_of_the_user_inside_topics_is_not_taken_away(fitted: Topics, tmp_path: Path, name: str):
    folder = tmp_path / "topics"
    fitted.save(folder)
    (folder / name).unlink(missing_ok=True)
    (folder / name).mkdir()
    with pytest.raises(UsageError, match=f"holds files that are not topics .{name}"):
        fitted.save(folder)
    assert (folder / name).is_dir()


def test_topics_nested_too_deep_are_one_clear_line(fitted: Topics, tmp_path: Path):
    replace(fitted, model=None).save(tmp_path / "topics")
    (tmp_path / "topics" / "topics.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match="no topics can be read"):
        Topics.load(tmp_path / "topics")
