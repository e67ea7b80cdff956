"""Publishing: whatever happens, the last good folder is whole."""

import os
import threading
from pathlib import Path

import pytest

from analysis import whole_files
from analysis.errors import BusyError, UsageError
from analysis.report.publish import Place


def _run_in(folder: Path, words: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_text('{"made_by": "arena-workbook"}', encoding="utf-8")
    (folder / "index.html").write_text(words, encoding="utf-8")
    return folder


def _publish(out: Path, words: str) -> None:
    place = Place(out)
    with place.hold(), place.building() as built:
        _run_in(built, words)
        place.publish(built)


def _index(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("swaps", [True, False])
def test_a_new_run_replaces_the_old_one_and_leaves_nothing_behind(tmp_path: Path, monkeypatch, swaps):
    if not swaps:
        monkeypatch.setattr(whole_files, "exchange", lambda *_: False)
    _publish(tmp_path / "out", "first")
    _publish(tmp_path / "out", "second")
    assert _index(tmp_path / "out") == "second"
    assert _names(tmp_path) == {"out", ".out.lock"}


def test_an_interrupted_build_leaves_the_last_good_run_and_no_half_built_folder(tmp_path: Path):
    _publish(tmp_path / "out", "good")
    place = Place(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt), place.hold(), place.building():
        raise KeyboardInterrupt
    assert _index(tmp_path / "out") == "good"
    assert _names(tmp_path) == {"out", ".out.lock"}


def test_a_run_killed_between_two_renames_is_recovered_by_the_next(tmp_path: Path):
    _run_in(tmp_path / ".out.previous", "good")
    (tmp_path / ".out.1.0123abcd.part").mkdir()
    place = Place(tmp_path / "out")
    with place.hold():
        assert _index(tmp_path / "out") == "good"
    assert _names(tmp_path) == {"out", ".out.lock"}


def test_a_run_killed_after_both_renames_leaves_the_new_one(tmp_path: Path):
    _run_in(tmp_path / ".out.previous", "old")
    _run_in(tmp_path / "out", "new")
    with Place(tmp_path / "out").hold():
        assert _index(tmp_path / "out") == "new"
    assert _names(tmp_path) == {"out", ".out.lock"}


def test_half_built_folders_of_another_place_are_left_alone(tmp_path: Path):
    others = {".out2.1.0123abcd.part", ".o[u]t.1.0123abcd.part", ".out.1.download.part", ".out.part"}
    for name in others:
        (tmp_path / name).mkdir()
    with Place(tmp_path / "out").hold():
        pass
    assert others <= _names(tmp_path)


def test_a_failed_run_is_kept_beside_the_good_one_in_place_of_an_older_failed_one(tmp_path: Path):
    _publish(tmp_path / "out", "good")
    for words in ("failed once", "failed again"):
        place = Place(tmp_path / "out")
        with place.hold(), place.building() as built:
            assert place.set_aside(_run_in(built, words)) == tmp_path / "out.failed"
    assert (_index(tmp_path / "out"), _index(tmp_path / "out.failed")) == ("good", "failed again")


def test_a_held_folder_is_busy_at_once(tmp_path: Path):
    said: list[str] = []

    def try_to_hold() -> None:
        try:
            with Place(tmp_path / "out").hold():
                said.append("held")
        except BusyError as error:
            said.append(str(error))

    with Place(tmp_path / "out").hold():
        other = threading.Thread(target=try_to_hold)
        other.start()
        other.join(timeout=10)
    assert len(said) == 1
    assert "another run holds this folder" in said[0]


@pytest.mark.parametrize("name", ["out", "out.failed"])
def test_a_folder_of_somebody_else_is_never_replaced(tmp_path: Path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="holds files that are not a report"):
        Place(tmp_path / "out")


@pytest.mark.parametrize("content", ["", "[]", '{"made_by": "someone"}', "{"])
def test_a_run_json_of_another_program_does_not_make_a_folder_ours(tmp_path: Path, content):
    (tmp_path / "run.json").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError):
        Place(tmp_path)


def test_an_empty_folder_may_be_published_to(tmp_path: Path):
    (tmp_path / "out").mkdir()
    _publish(tmp_path / "out", "first")
    assert _index(tmp_path / "out") == "first"


def test_a_file_cannot_be_published_to(tmp_path: Path):
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="is a file"):
        Place(tmp_path / "out")


def test_a_place_that_cannot_be_made_is_wrong_usage(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    place = Place(tmp_path / "file" / "out")
    with pytest.raises(UsageError, match="give another --out"), place.hold():
        pass


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path):
    _run_in(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to("real")
    _publish(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert _index(tmp_path / "real") == "new"


@pytest.mark.parametrize("name", ["out", "out.failed"])
def test_what_a_user_put_beside_a_report_is_not_taken_away(tmp_path: Path, name: str):
    _run_in(tmp_path / name, "good")
    (tmp_path / name / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"beside a report it holds notes\.txt, which a run would take away"):
        Place(tmp_path / "out")
    assert (tmp_path / name / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_what_a_user_put_there_while_a_run_was_made_is_not_taken_away(tmp_path: Path):
    _publish(tmp_path / "out", "good")
    place = Place(tmp_path / "out")
    with place.hold(), place.building() as built:
        _run_in(built, "second")
        (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")
        with pytest.raises(
            UsageError, match=r"beside a report it holds notes\.txt.*The finished pages are in .*/out\.unpublished\.$"
        ):
            place.publish(built)
    assert (_index(tmp_path / "out"), _index(tmp_path / "out.unpublished")) == ("good", "second")
    assert (tmp_path / "out" / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_finished_pages_that_were_kept_are_not_replaced_by_the_next(tmp_path: Path):
    for words, kept in (("first", "out.unpublished"), ("second", "out.unpublished-2")):
        place = Place(tmp_path / "out")
        with place.hold(), place.building() as built:
            _run_in(built, words)
            (tmp_path / "out").write_text("in the way", encoding="utf-8")
            with pytest.raises(UsageError, match=f"is a file.*The finished pages are in .*/{kept}"):
                place.publish(built)
        assert _index(tmp_path / kept) == words
        (tmp_path / "out").unlink()


def test_a_failed_run_is_kept_even_where_somebody_put_a_file_into_the_last_one(tmp_path: Path):
    place = Place(tmp_path / "out")
    with place.hold(), place.building() as built:
        _run_in(tmp_path / "out.failed", "failed before")
        (tmp_path / "out.failed" / "notes.txt").write_text("mine", encoding="utf-8")
        assert place.set_aside(_run_in(built, "failed")) == tmp_path / "out.failed-2"
    assert (_index(tmp_path / "out.failed"), _index(tmp_path / "out.failed-2")) == ("failed before", "failed")


@pytest.mark.parametrize("mask", [0o077, 0o022])
def test_a_report_has_the_permissions_that_the_umask_gives(tmp_path: Path, mask: int):
    before = os.umask(mask)
    try:
        _publish(tmp_path / "out", "first")
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o777 & ~mask
    assert (tmp_path / "out" / "index.html").stat().st_mode & 0o777 == 0o666 & ~mask
