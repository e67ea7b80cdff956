"""Files and folders appear whole or not at all, whatever happens, and nothing of anybody else's is touched."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from analysis import whole_files
from analysis.errors import InputError, UsageError, WorkbookError
from analysis.whole_files import check_file, check_folder, remove_leftovers, unfinished, whole_file, whole_folder

GONE = 99999999


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _fill(folder: Path, words: str) -> None:
    with whole_folder(folder) as part:
        for name in ("one", "two"):
            (part / name).write_text(words)


def _age(path: Path) -> None:
    for each in (*path.rglob("*"), path):
        os.utime(each, (time.time() - 7200,) * 2)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def test_a_file_takes_its_name_when_it_is_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "board.csv"
    for words in ("first", "second"):
        with whole_file(path) as part:
            part.write_text(words)
            assert part.parent == path.parent
            assert not path.exists() or path.read_text() == "first"
        assert path.read_text() == words
    assert _names(path.parent) == {"board.csv"}


@pytest.mark.parametrize("swaps", [True, False])
def test_a_folder_takes_the_place_of_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swaps: bool) -> None:
    if not swaps:
        monkeypatch.setattr(whole_files, "exchange", lambda *_: False)
    for words in ("first", "second"):
        _fill(tmp_path / "topics", words)
        assert {path.read_text() for path in (tmp_path / "topics").iterdir()} == {words}
    assert _names(tmp_path) == {"topics"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError, InputError])
def test_whatever_stops_the_writing_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "file").write_text("last")
    _fill(tmp_path / "folder", "last")
    with pytest.raises(error), whole_file(tmp_path / "file") as part:  # noqa: PT012
        part.write_text("ha")
        raise error
    with pytest.raises(error), whole_folder(tmp_path / "folder") as part:  # noqa: PT012
        (part / "one").write_text("ha")
        raise error
    assert ((tmp_path / "file").read_text(), (tmp_path / "folder" / "two").read_text()) == ("last", "last")
    assert _names(tmp_path) == {"file", "folder"}


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_process_that_is_killed_leaves_what_was_there_and_the_next_removes_its_part(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "target"
    target.write_text("last") if kind == "file" else _fill(target, "last")
    program = (
        "import os, signal, sys; from pathlib import Path; from analysis.whole_files import whole_file, whole_folder\n"
        f"with whole_{kind}(Path(sys.argv[1])) as part:\n"
        f"    ({'part' if kind == 'file' else 'part / chr(120)'}).write_text('ha')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(target)], check=False)
    assert done.returncode == -9
    assert (target if kind == "file" else target / "two").read_text() == "last"
    (left,) = _names(tmp_path) - {"target"}
    remove_leftovers(tmp_path)
    assert left in _names(tmp_path)  # a process of another machine may be at it
    _age(tmp_path / left)
    remove_leftovers(tmp_path)
    assert _names(tmp_path) == {"target"}


def test_only_what_processes_left_that_are_gone_is_removed(tmp_path: Path) -> None:
    gone = {f".v.parquet.{GONE}.0123abcd.part", f".été\n.{GONE}.00000000.part"}
    others = {f".v.parquet.{os.getpid()}.0123abcd.part", ".download.part", f".v.{GONE}.download.part", f"v.{GONE}.0123abcd.part"}
    others |= {f".v.{GONE}.0123abcd.old", f".{GONE}.0123abcd.part", f".v.{GONE}.0123abcd.part.csv"}
    for name in gone | others:
        (tmp_path / name).write_text("x")
        _age(tmp_path / name)
    (tmp_path / f".v.{GONE}.ffffffff.part").mkdir()
    with whole_file(tmp_path / "v.parquet") as part:
        part.write_text("x")
    assert _names(tmp_path) == others | {"v.parquet", f".v.{GONE}.ffffffff.part"}


def test_what_waits_for_the_rest_is_never_taken_for_left_over(tmp_path: Path) -> None:
    names = [f"votes.{GONE}.0123abcd", f".votes.{GONE}.0123abcd.part", "a" * 255, "a" * 254 + "b"]
    waiting = {unfinished(tmp_path / name, version) for name in names for version in ("", "1", "2")}
    assert len(waiting) == 12
    for path in waiting:
        path.write_text("x")
        _age(path)
    remove_leftovers(tmp_path)
    assert set(tmp_path.iterdir()) == waiting


def test_writers_at_once_leave_the_work_of_one_of_them_whole(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for _ in range(10):
            with whole_file(tmp_path / "file") as part:
                part.write_text(f"{number}\n" * 1000)
            _fill(tmp_path / "folder", str(number))

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(write, range(8)))
    assert len(set((tmp_path / "file").read_text().splitlines())) == 1
    assert len({path.read_text() for path in (tmp_path / "folder").iterdir()}) == 1
    assert _names(tmp_path) == {"file", "folder"}


@pytest.mark.parametrize("name", ["a" * 255, "ก" * 85, "é" * 127, "x 'y\" $(z) *?[]\n;"])
def test_any_name_that_the_file_system_takes_will_do(tmp_path: Path, name: str) -> None:
    with whole_file(tmp_path / name) as part:
        part.write_text("x")
    _fill(tmp_path / "more" / name, "x")
    assert _names(tmp_path) == {name, "more"}


@pytest.mark.skipif(os.name != "posix", reason="other systems count letters")
@pytest.mark.parametrize("name", ["a" * 256, "ก" * 86, f"{'b' * 300}/board.csv"])
def test_a_name_that_is_too_long_is_named_with_its_length(tmp_path: Path, name: str) -> None:
    for whole in (whole_file, whole_folder):
        with pytest.raises(UsageError, match=r"^.{60}…: this name has \d{3} bytes, and here it may have 255; give a shorter"):
            whole(tmp_path / name).__enter__()
    assert not _names(tmp_path)


def test_a_file_system_that_takes_shorter_names_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_files, "_longest_name", lambda _: 143)
    with pytest.raises(UsageError, match="this name has 200 bytes, and here it may have 143"):
        check_file(tmp_path / ("a" * 200))


@pytest.mark.parametrize("name", ["/", ".", "..", ""])
def test_folders_are_no_files_and_the_one_we_are_in_is_not_replaced(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is a folder; give the name of a file"):
        check_file(Path(name))
    with pytest.raises(UsageError, match="is the folder this runs in, or above it"):
        check_folder(Path(name))
    with pytest.raises(UsageError, match="is a folder; give the name of a file"):
        check_file(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="elsewhere all names are text")
def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    for check in (check_file, check_folder):
        with pytest.raises(UsageError, match="the name is not UTF-8 text"):
            check(tmp_path / os.fsdecode(b"caf\xe9.csv"))


@pytest.mark.skipif(os.name != "posix", reason="needs a device")
def test_a_name_with_a_zero_byte_is_refused(tmp_path: Path) -> None:
    for check in (check_file, check_folder):
        with pytest.raises(UsageError, match="no name holds a zero byte"):
            check(tmp_path / "a\0b")


def test_a_device_is_not_replaced() -> None:
    with pytest.raises(UsageError, match="/dev/null: is no regular file"):
        check_file(Path("/dev/null"))


def test_a_link_stays_a_link_and_what_it_points_at_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for name in ("file", "folder"):
        (tmp_path / name).symlink_to(tmp_path / "there" / name)
    with whole_file(tmp_path / "file") as part:
        part.write_text("x")
    _fill(tmp_path / "folder", "x")
    assert all((tmp_path / name).is_symlink() for name in ("file", "folder"))
    assert _names(tmp_path / "there") == {"file", "folder"}


def test_a_place_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for whole in (whole_file, whole_folder):
        with pytest.raises(InputError, match=r"file/x: cannot be written \(.*\); choose another place with --out\.$"):
            whole(tmp_path / "file" / "x").__enter__()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_is_said_in_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    for whole in (whole_file, whole_folder):
        with pytest.raises(InputError, match=r"cannot be written \(Permission denied\)"):
            whole(tmp_path / "x").__enter__()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_said_in_the_words_of_the_system_where_pyarrow_writes(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"x: cannot be written \(No space left on device\); make room, or choose"),
        whole_file(tmp_path / "x"),
        pa.OSFile("/dev/full", "wb") as full,
    ):
        full.write(b"x" * 100_000)


@pytest.mark.parametrize("number", [(), (errno.ENOSPC,)])
def test_an_error_in_an_error_is_said_alone(tmp_path: Path, number: tuple[int, ...]) -> None:
    words = "Error writing bytes to file. Detail: [errno 28] No space left on device"
    with pytest.raises(InputError, match=r"\(No space left on device\); make room"), whole_file(tmp_path / "x"):
        raise OSError(*number, words)


def test_a_full_disk_is_said_in_one_line_and_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("last")
    with (
        pytest.raises(InputError, match="No space left on device.; make room, or choose another place"),
        whole_file(tmp_path / "x"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert (tmp_path / "x").read_text() == "last"
    assert _names(tmp_path) == {"x"}


@pytest.mark.skipif(os.name != "posix", reason="needs a umask")
@pytest.mark.usefixtures("umask")
def test_permissions_are_those_that_the_umask_gives(tmp_path: Path) -> None:
    with whole_file(tmp_path / "file") as part:
        part.write_text("x")
    _fill(tmp_path / "folder", "x")
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("file", "folder", "folder/one")}
    assert modes == {"file": 0o640, "folder": 0o750, "folder/one": 0o640}


def test_the_content_is_on_the_disk_before_a_name_points_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(os.fstat(handle).st_ino), sync(handle)))
    with whole_file(tmp_path / "file") as part:
        part.write_text("x")
    _fill(tmp_path / "folder", "x")
    wanted = [tmp_path / name for name in ("file", "folder/one", "folder/two")]
    assert {path.stat().st_ino for path in wanted} <= set(synced)


def test_every_error_of_a_name_is_wrong_usage_and_every_other_one_of_the_input(tmp_path: Path) -> None:
    codes = []
    for name in ("x" * 300, "file/x"):
        (tmp_path / "file").write_text("")
        with pytest.raises(WorkbookError) as raised:
            whole_file(tmp_path / name).__enter__()
        codes.append(raised.value.exit_code)
    assert codes == [2, 3]
