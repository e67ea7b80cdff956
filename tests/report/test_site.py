"""A site of editions: whatever happens, `latest` is a whole edition, and what is not ours is not touched."""

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from analysis import whole_files
from analysis.errors import BusyError, InputError, UsageError
from analysis.report.record import hashes
from analysis.report.shelf import Edition, Shelf
from analysis.report.site import Site

PAGE = "<html><body><!-- stamp --><!-- /stamp -->{}</body></html>"


def _fill(folder: Path, words: str, **record: object) -> None:
    """An edition as a run would write it, with one page."""
    (folder / "index.html").write_text(PAGE.format(words), encoding="utf-8")
    fields = {"made_by": "arena-workbook", "status": "done", "pages": [], "started": "2026-11-23T06:00:00+00:00", "source": "v"}
    (folder / "run.json").write_text(json.dumps(fields | record | {"files": hashes(folder)}), encoding="utf-8")


def _publish(out: Path, words: str, hour: int = 6, **record: object) -> Edition:
    site, started = Site(out), datetime(2026, 11, 23, hour, tzinfo=UTC)
    with site.hold(), site.building() as built:
        name, number = site.shelf.next(started)
        _fill(built, words, number=number, started=started.isoformat(), **record)
        return site.publish(built, name)


def _latest(out: Path) -> str:
    return (out / "latest" / "index.html").read_text(encoding="utf-8")


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(params=["link", "copy", "copy in two steps"])
def kind(request, monkeypatch) -> str:
    """What `latest` can be: a link, or where the system has none a copy, exchanged at once or, where it cannot, in two steps."""

    def no_link(*_: object, **__: object) -> None:
        raise OSError("no links here")

    if request.param != "link":
        monkeypatch.setattr(Path, "symlink_to", no_link)
    if request.param == "copy in two steps":
        monkeypatch.setattr(whole_files, "exchange", lambda *_: False)
    return str(request.param)


def test_latest_is_the_last_good_edition_and_the_others_stay(tmp_path: Path, kind: str):
    out = tmp_path / "out"
    first, second = _publish(out, "first", 6), _publish(out, "second", 7)
    assert (first.id, second.id) == ("2026-11-23T0600Z", "2026-11-23T0700Z")
    assert "second" in _latest(out)
    assert (out / "latest").is_symlink() is (kind == "link")
    assert _names(out) == {"latest", "editions", "index.html", "feed.xml", ".lock"}
    assert _names(out / "editions") == {first.id, second.id, "index.html"}


def test_an_edition_that_failed_is_listed_and_latest_stays(tmp_path: Path):
    out = tmp_path / "out"
    _publish(out, "good", 6)
    failed = _publish(out, "bad", 7, status="failed", reason="notebook-failed", why="1 of 2 <b>notebooks</b> failed.")
    assert "good" in _latest(out)
    for page, way in ((out / "index.html", "editions/"), (out / "editions" / "index.html", "")):
        html = page.read_text(encoding="utf-8")
        assert f'href="{way}{failed.id}/index.html"' in html
        assert f'href="{way}{failed.id}/log.txt"' in html
        assert "<code>notebook-failed</code>: 1 of 2 &lt;b&gt;notebooks&lt;/b&gt; failed." in html


def test_an_interrupted_run_leaves_the_last_good_one_and_nothing_else(tmp_path: Path):
    out = tmp_path / "out"
    _publish(out, "good")
    with pytest.raises(KeyboardInterrupt), Site(out).hold(), Site(out).building():
        raise KeyboardInterrupt
    assert "good" in _latest(out)
    assert _names(out / "editions") == {"2026-11-23T0600Z", "index.html"}


def test_what_was_published_by_half_is_finished_by_the_next_run(tmp_path: Path, kind: str, monkeypatch):
    out = tmp_path / "out"
    _publish(out, "first", 6)
    with monkeypatch.context() as killed:
        killed.setattr(Site, "point", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            _publish(out, "second", 7)
    assert "first" in _latest(out)
    with Site(out).hold():
        assert "second" in _latest(out)
        assert "2026-11-23T0700Z" in (out / "index.html").read_text(encoding="utf-8")


def test_temporary_names_of_a_killed_run_go_and_those_of_others_stay(tmp_path: Path):
    out = tmp_path / "out"
    _publish(out, "good")
    ours = [out / ".latest.1.0123abcd.part", out / "editions" / ".building.0123abcd", out / "editions" / ".x.gone"]
    for folder in ours:
        (folder / "deep").mkdir(parents=True)
    theirs = out / f".table.csv.{os.getpid()}.0123abcd.part"
    theirs.touch()
    with Site(out).hold(), Site(out).building():
        assert not [folder for folder in ours if folder.exists()]
    assert theirs.exists()


def test_a_run_that_goes_on_takes_the_folder_of_one_that_was_killed(tmp_path: Path):
    site = Site(tmp_path / "out")
    with site.hold():
        left = site.shelf.folder / ".building.0123abcd"
        left.mkdir()
        (left / "page").touch()
        assert site.unfinished() == [left]
        with site.building(left) as built:
            assert _names(built) == {"page"}
        assert site.unfinished() == []


def test_a_held_folder_is_busy_at_once_and_says_who_holds_it(tmp_path: Path):
    done, held = threading.Event(), threading.Event()

    def hold() -> None:
        with Site(tmp_path / "out").hold():
            held.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        with (
            pytest.raises(BusyError, match=rf"another run holds this folder \(process {os.getpid()} on .*, since 20"),
            Site(tmp_path / "out").hold(),
        ):
            pass
    finally:
        done.set()
        holder.join()


def test_the_lock_of_a_run_that_was_killed_is_no_lock(tmp_path: Path):
    program = (
        "import sys, time; from pathlib import Path; from analysis.report.site import Site\n"
        "with Site(Path(sys.argv[1])).hold():\n    print('held', flush=True)\n    time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "out")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with Site(tmp_path / "out").hold():
        pass


@pytest.mark.parametrize("name", ["latest/notes.txt", "index.html", "feed.xml"])
def test_a_name_of_ours_that_somebody_else_took_is_refused(tmp_path: Path, name: str):
    theirs = tmp_path / "out" / name
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"would replace|would move"):
        Site(tmp_path / "out")
    assert theirs.read_text(encoding="utf-8") == "mine"


def test_a_link_to_another_place_is_refused(tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "else").mkdir()
    (tmp_path / "out" / "latest").symlink_to(tmp_path / "else")
    with pytest.raises(UsageError, match="is a link to another place"):
        Site(tmp_path / "out")


def test_files_beside_our_names_are_left_alone(tmp_path: Path):
    out = tmp_path / "out"
    (out / "editions" / "drafts").mkdir(parents=True)
    (out / "CNAME").write_text("arena.example", encoding="utf-8")
    _publish(out, "good")
    assert (out / "CNAME").read_text(encoding="utf-8") == "arena.example"
    assert (out / "editions" / "drafts").is_dir()


def test_a_folder_that_is_a_report_of_an_older_version_is_refused_and_one_called_latest_becomes_an_edition(tmp_path: Path):
    old = tmp_path / "reports" / "latest"
    old.mkdir(parents=True)
    (old / "index.html").write_text("old", encoding="utf-8")
    record = {"made_by": "arena-workbook", "pages": [], "started": "2026-01-02T03:04:00+00:00", "status": "done"}
    (old / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(UsageError, match="give the folder above"):
        Site(old)
    _publish(tmp_path / "reports", "new")
    assert "new" in _latest(tmp_path / "reports")
    assert (tmp_path / "reports" / "editions" / "2026-01-02T0304Z" / "index.html").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("place", ["file", "file/out"])
def test_a_file_cannot_be_published_to(tmp_path: Path, place: str):
    (tmp_path / "file").touch()
    with pytest.raises((UsageError, InputError)), Site(tmp_path / place).hold():
        pass


def test_a_root_is_refused():
    with pytest.raises(UsageError, match="root of the file system"):
        Site(Path("/"))


def test_two_editions_of_one_minute_have_names_of_their_own_and_a_clock_that_goes_back_keeps_the_order(tmp_path: Path):
    out = tmp_path / "out"
    ids = [_publish(out, "a", 8).id, _publish(out, "b", 8).id, _publish(out, "c", 7).id]
    assert ids == ["2026-11-23T0800Z", "2026-11-23T0800Z-2", "2026-11-23T0700Z"]
    assert [edition.id for edition in Shelf(out / "editions").all] == ids
    assert "c" in _latest(out)


def test_only_old_editions_that_nobody_pinned_or_edited_are_removed(tmp_path: Path):
    out = tmp_path / "out"
    ids = [_publish(out, str(hour), hour, status="failed" if hour == 3 else "done").id for hour in range(1, 8)]
    shelf = Shelf(out / "editions")
    shelf.named(ids[0]).pin()
    (out / "editions" / ids[1] / "notes.txt").write_text("mine", encoding="utf-8")
    removed, edited = shelf.thin_out(2)
    assert (removed, edited) == (ids[2:5], [ids[1]])
    assert [edition.id for edition in shelf.all] == [ids[0], ids[1], ids[5], ids[6]]
    assert shelf.named(ids[1]).edited == ("notes.txt",)


def test_an_edition_whose_record_is_damaged_is_none_and_stays(tmp_path: Path):
    out = tmp_path / "out"
    edition = _publish(out, "good", 6)
    _publish(out, "next", 7)
    (edition.folder / "run.json").write_text("{", encoding="utf-8")
    shelf = Shelf(out / "editions")
    assert [each.id for each in shelf.all] == ["2026-11-23T0700Z"]
    shelf.thin_out(1)
    assert edition.folder.exists()


@pytest.mark.parametrize(
    "broken",
    [
        {"started": "2026-11-23T06:00:00"},
        {"started": 3},
        {"pages": [{"page": "a.html", "seconds": "x"}]},
        {"pages": [{"page": 3}]},
        {"files": [1]},
        {"addresses": 5},
        {"number": -1},
        {"pages": [{"page": "a.html", "changes": {"headline": 3, "lines": []}}]},
    ],
)
def test_a_record_that_somebody_broke_is_none(tmp_path: Path, broken: dict):
    edition = _publish(tmp_path / "out", "good")
    record = json.loads((edition.folder / "run.json").read_text(encoding="utf-8"))
    (edition.folder / "run.json").write_text(json.dumps(record | broken), encoding="utf-8")
    assert Shelf(tmp_path / "out" / "editions").all == []


def test_a_name_is_not_used_again_within_its_minute(tmp_path: Path):
    out = tmp_path / "out"
    ids = [_publish(out, "x", 6).id for _ in range(3)]
    Shelf(out / "editions").thin_out(1)
    assert _publish(out, "x", 6).id == f"{ids[0]}-4"


def test_temporary_files_of_a_run_that_was_killed_are_not_taken_over(tmp_path: Path):
    site = Site(tmp_path / "out")
    with site.hold():
        left = site.shelf.folder / ".building.0123abcd"
        (left / "tables" / "01_page").mkdir(parents=True)
        (left / "tables" / "01_page" / ".board.parquet.99999.abcdef01.part").touch()
        (left / ".topics.99999.abcdef01.part").mkdir()
        with site.building(left) as built:
            assert sorted(path.name for path in built.rglob("*")) == ["01_page", "tables"]


def test_a_stamp_is_on_every_page_is_no_edit_and_goes_again(tmp_path: Path):
    edition = _publish(tmp_path / "out", "good")
    edition.stamp("<p>Stale</p>")
    assert "<!-- stamp --><p>Stale</p><!-- /stamp -->" in _latest(tmp_path / "out")
    again = Shelf(tmp_path / "out" / "editions").all[0]
    assert (again.stale, again.edited) == (True, ())
    again.stamp("")
    assert not again.stale


def test_the_feed_is_atom_with_one_entry_for_each_good_edition_and_ids_that_stay(tmp_path: Path):
    out = tmp_path / "out"
    atom = "{http://www.w3.org/2005/Atom}"
    changes = {"headline": "Since then: \x00 <b>\n\u202e leads.", "lines": ["one\n\u202e", "two"], "counts": {}}
    for hour in (6, 7):
        _publish(out, "x", hour, pages=[{"page": "a.html", "notebook": "", "changes": changes}])
    before = [entry.findtext(f"{atom}id") for entry in ElementTree.parse(out / "feed.xml").iter(f"{atom}entry")]
    _publish(out, "x", 8, status="failed")
    _publish(out, "x", 9)
    root = ElementTree.parse(out / "feed.xml").getroot()
    entries = root.findall(f"{atom}entry")
    assert [entry.findtext(f"{atom}id") for entry in entries][1:] == before
    assert entries[1].findtext(f"{atom}title") == "2026-11-23 07:00 UTC: Since then: ␀ <b> ↵ ⟨U+202E⟩ leads."
    assert entries[1].findtext(f"{atom}content") == "one ↵ ⟨U+202E⟩\ntwo"
    assert root.findtext(f"{atom}updated") == "2026-11-23T09:00:00+00:00"
    assert all((out / entry.find(f"{atom}link").get("href")).is_file() for entry in entries)
    Shelf(out / "editions").thin_out(1)
    _publish(out, "x", 10, source="another.csv")
    assert ElementTree.parse(out / "feed.xml").getroot().findtext(f"{atom}id") == root.findtext(f"{atom}id")


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_report_has_the_permissions_that_the_umask_gives(tmp_path: Path, mask: int):
    before = os.umask(mask)
    try:
        edition = _publish(tmp_path / "out", "good")
    finally:
        os.umask(before)
    assert edition.folder.stat().st_mode & 0o777 == 0o777 & ~mask


def test_the_time_of_an_edition_is_in_utc_whatever_the_zone(tmp_path: Path):
    from datetime import timezone

    name, _ = Shelf(tmp_path).next(datetime(2026, 11, 23, 1, 30, tzinfo=timezone(timedelta(hours=3))))
    assert name == "2026-11-22T2230Z"
