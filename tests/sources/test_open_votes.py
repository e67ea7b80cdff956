"""Files, folders, globs and known names; the cache; tables used where they lie; nothing half-written."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis import places
from analysis.errors import InputError, UsageError
from analysis.sources.cleaning import Cleaning
from analysis.sources.conversion import Conversion
from analysis.sources.load import load_votes
from analysis.sources.writer import FINGERPRINT_KEY, VoteWriter
from analysis.votes.schema import VOTE_SCHEMA


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(folder))
    return folder


def test_the_second_load_reads_the_first_back(shapes, save, cache):
    path = save(shapes["battle_log"])
    first = load_votes(path)
    stamp = first.path.stat().st_mtime_ns
    second = load_votes(path)
    assert first.path == second.path
    assert (first.path.parent, first.path.suffix) == (cache, ".parquet")
    assert second.path.stat().st_mtime_ns == stamp
    assert (second.ledger, second.fingerprint) == (first.ledger, first.fingerprint)
    assert pq.read_metadata(first.path).metadata[FINGERPRINT_KEY].decode() == first.fingerprint


def test_other_content_or_other_rules_make_another_table(shapes, save, cache):
    first = load_votes(save(shapes["battle_log"]))
    assert (
        load_votes(first.path.parent.parent / "votes.dat", conversion=Conversion(rules=Cleaning(exclude_models=("x",)))).path
        != first.path
    )
    shapes["battle_log"][0]["winner"] = "tie"
    assert load_votes(save(shapes["battle_log"])).fingerprint != first.fingerprint


def test_the_name_of_a_file_does_not_count(shapes, save):
    one, two = save(shapes["battle_log"], name="one"), save(shapes["battle_log"], name="two")
    assert load_votes(one).fingerprint == load_votes(two).fingerprint


def test_out_gets_the_table_and_its_ledger(shapes, save, tmp_path):
    out = tmp_path / "new" / "table.parquet"
    votes = load_votes(save(shapes["flat"]), out=out)
    assert votes.path == out
    assert sorted(path.name for path in out.parent.iterdir()) == ["table.ledger.json", "table.parquet"]
    assert pq.read_schema(out).equals(VOTE_SCHEMA)


def test_the_fingerprint_is_of_the_votes_and_not_of_the_file(shapes, save):
    rows = shapes["battle_log"]
    one = load_votes(save(rows, "jsonl", "one"))
    other = load_votes(save([row | {"comment": "unread"} for row in rows], "parquet", "two"))
    assert one.path != other.path
    assert one.fingerprint == other.fingerprint
    assert load_votes(save([rows[0] | {"winner": "tie"}], name="three")).fingerprint != one.fingerprint


def test_a_vote_table_is_used_where_it_lies(shapes, save, tmp_path, cache):
    made = load_votes(save(shapes["flat"]), out=tmp_path / "table.parquet")
    read = load_votes(made.path)
    assert (read.path, read.ledger, read.fingerprint) == (made.path, made.ledger, made.fingerprint)
    made.path.with_suffix(".ledger.json").unlink()
    assert load_votes(made.path).ledger.votes_out == 2
    assert not list(cache.glob("*.parquet"))


def test_a_vote_table_is_copied_to_out(shapes, save, tmp_path):
    made = load_votes(save(shapes["flat"]), out=tmp_path / "table.parquet")
    copied = load_votes(made.path, out=tmp_path / "copy.parquet")
    assert copied.path.read_bytes() == made.path.read_bytes()
    assert copied.ledger == made.ledger
    assert load_votes(made.path, out=made.path).path == made.path


def test_a_vote_table_is_cleaned_again_on_request(shapes, save, tmp_path):
    made = load_votes(save(shapes["flat"]), out=tmp_path / "table.parquet")
    again = load_votes(made.path, conversion=Conversion(rules=Cleaning(exclude_models=("kite-70b",))))
    assert again.ledger.dropped == {"model excluded": 1}
    assert pq.read_table(again.path).equals(pq.read_table(made.path).slice(0, 1))
    assert again.releases == ("flat",)


def test_a_vote_table_from_elsewhere_with_an_unknown_outcome_is_an_error(tmp_path):
    row = {"vote_id": "1", "release": "r", "model_a": "a", "model_b": "b", "outcome": "draw"}
    pq.write_table(pa.Table.from_pylist([row], schema=VOTE_SCHEMA), tmp_path / "table.parquet")
    with pytest.raises(InputError, match=r"unknown outcome 'draw' \(1 row\)"):
        load_votes(tmp_path / "table.parquet")


def test_an_empty_vote_table_is_an_error(tmp_path):
    pq.write_table(VOTE_SCHEMA.empty_table(), tmp_path / "table.parquet")
    with pytest.raises(InputError, match="this vote table is empty"):
        load_votes(tmp_path / "table.parquet")


def test_a_ledger_of_other_votes_is_an_error(shapes, save, tmp_path):
    made = load_votes(save(shapes["flat"]), out=tmp_path / "table.parquet")
    load_votes(save(shapes["battle_log"]), out=tmp_path / "other.parquet")
    (tmp_path / "other.ledger.json").replace(tmp_path / "table.ledger.json")
    with pytest.raises(InputError, match=r"table\.ledger\.json: this ledger counts 1 votes and table\.parquet has 2"):
        load_votes(made.path)


def test_a_folder_gives_all_its_votes_and_says_what_it_left_out(shapes, save, tmp_path):
    save(shapes["arena_55k"], "csv", "kaggle/train.csv")
    save([{"id": 1, "prompt": '["x"]', "response_a": '["y"]', "response_b": '["z"]'}], "csv", "kaggle/test.csv")
    save(shapes["battle_log"], "jsonl.gz", "kaggle/more/log")
    (tmp_path / "kaggle" / "README.md").write_text("About")
    (tmp_path / "kaggle" / ".hidden").write_text("x")
    votes = load_votes(tmp_path / "kaggle")
    assert len(votes) == 3
    assert votes.ledger.release == "arena_55k, battle_log"
    assert [note for note in votes.ledger.notes if note.startswith("Not read")] == [
        "Not read: test.csv: this is the test half of a competition: answers without models or outcomes. Give train.csv."
    ]


def test_a_folder_with_a_damaged_table_is_an_error(shapes, save, tmp_path):
    save(shapes["arena_55k"], "csv", "folder/a.csv")
    (tmp_path / "folder" / "b.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(InputError, match=r"b\.parquet: the file is damaged or cut off"):
        load_votes(tmp_path / "folder")


def test_a_vote_in_two_files_counts_once(shapes, save, tmp_path):
    save(shapes["battle_log"], name="folder/one")
    save(shapes["battle_log"], "json.gz", name="folder/two")
    assert load_votes(tmp_path / "folder").ledger.dropped == {"exact copy of a row": 1}


def test_an_id_that_two_files_give_to_different_votes_gets_the_number_of_its_file(shapes, save, tmp_path):
    row = shapes["battle_log"][0]
    save([row, row | {"question_id": "q2"}], name="folder/one")
    save([row | {"winner": "tie"}], name="folder/two")
    votes = load_votes(tmp_path / "folder")
    assert (votes.table.vote_id.tolist(), votes.ledger.dropped) == (["1/q1", "1/q2", "2/q1"], {})
    assert any("same id in different files" in note for note in votes.ledger.notes)


def _thin(*winners):
    return [{"model_a": "heron-7b", "model_b": "osprey-13b", "winner": winner} for winner in winners]


def test_generated_ids_go_on_from_file_to_file(save, tmp_path):
    save(_thin("tie", "model_a"), name="folder/one")
    save(_thin("tie", "model_b"), name="folder/two")
    assert load_votes(tmp_path / "folder").table.vote_id.tolist() == [f"flat-{number:07d}" for number in (1, 2, 3, 4)]


def test_a_glob_gives_its_files(save, tmp_path):
    save(_thin("tie", "model_a"), name="part-1.dat")
    save(_thin("tie", "model_b"), name="part-2.dat")
    save(_thin("tie"), name="else.dat")
    assert len(load_votes(f"{tmp_path}/part-*.dat")) == 4


@pytest.mark.parametrize("content", [{}, {"README.md": "x", "a.png": "x"}])
def test_a_folder_without_votes_is_an_error(tmp_path, content):
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match="no votes in this folder"):
        load_votes(tmp_path)


def test_a_folder_of_other_tables_is_an_error(save, tmp_path):
    save([{"a": 1}], name="folder/one.csv")
    save([{"a": 1}], name="folder/two.csv")
    with pytest.raises(InputError, match=r"none of 2 files holds votes; the first: .*one\.csv"):
        load_votes(tmp_path / "folder")


def test_nothing_there_names_the_known_data_sets(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.parquet: no such file or folder, and no known data set; those are sample, "):
        load_votes(tmp_path / "nothing.parquet")


def test_a_known_data_set_is_found_or_says_how_to_fetch_it(shapes, save, tmp_path, monkeypatch):
    monkeypatch.setattr(places, "RAW", tmp_path / "raw")
    with pytest.raises(InputError, match="run: arena-workbook fetch arena-human-preference-55k"):
        load_votes("arena-human-preference-55k")
    save(shapes["arena_55k"], "csv", "raw/arena-human-preference-55k/train.csv")
    assert len(load_votes("arena-human-preference-55k")) == 2


def test_an_unknown_column_or_outcome_of_a_conversion_is_wrong_usage(save, shapes):
    path = save(shapes["flat"])
    with pytest.raises(UsageError, match="--column modle_a="):
        load_votes(path, conversion=Conversion(columns={"modle_a": "left"}))
    with pytest.raises(UsageError, match="--outcome L=left: the outcomes are model_a, model_b, tie, both_bad"):
        load_votes(path, conversion=Conversion(outcomes={"L": "left"}))


def test_a_number_that_its_column_cannot_hold_is_left_empty_and_counted(shapes, save):
    rows = shapes["arena_100k"]
    rows[1]["category_tag"] = {"if_v0.1": {"if": True, "score": 9}}
    votes = load_votes(save(rows))
    assert votes.table["instruction_score"].tolist()[0] == 4
    assert votes.table["instruction_score"].isna().tolist() == [False, True]
    assert (votes.ledger.nulled, votes.ledger.dropped) == ({"category_tag": {"9": 1}}, {})


def _half_lost(shapes):
    """Three rows in two of which a model meets itself."""
    one = shapes["battle_log"][0]
    alone = [one | {"question_id": f"self-{number}", "model_b": one["model_a"]} for number in range(2)]
    return [one, *alone]


def test_too_great_a_loss_leaves_nothing_behind(shapes, save, tmp_path, cache):
    path, out = save(_half_lost(shapes)), tmp_path / "out" / "table.parquet"
    said = r"66\.7 % of the rows \(2 of 3\) would be dropped for one reason: same model twice"
    for target in (None, out):
        with pytest.raises(InputError, match=said):
            load_votes(path, out=target)
    assert not list(cache.iterdir())
    assert not list(out.parent.iterdir())


def test_an_allowed_loss_is_kept_for_the_next_who_allows_it_and_refused_to_the_next_who_does_not(shapes, save):
    path = save(_half_lost(shapes))
    first = load_votes(path, conversion=Conversion(allow_loss=True))
    stamp = first.path.stat().st_mtime_ns
    with pytest.raises(InputError, match="--allow-loss"):
        load_votes(path)
    second = load_votes(path, conversion=Conversion(allow_loss=True))
    assert (second.path, second.path.stat().st_mtime_ns, second.ledger) == (first.path, stamp, first.ledger)


def test_a_vote_table_whose_loss_was_allowed_is_used_in_place_and_says_so(shapes, save, tmp_path):
    made = load_votes(save(_half_lost(shapes)), conversion=Conversion(allow_loss=True), out=tmp_path / "table.parquet")
    copied = load_votes(made.path, out=tmp_path / "copy.parquet")
    assert load_votes(made.path).warning == copied.warning == load_votes(copied.path).warning == made.warning
    assert made.warning.startswith("66.7 % of the rows (2 of 3) are not in these numbers")


def test_vote_tables_that_are_converted_again_keep_what_they_lost(shapes, save, tmp_path):
    log = shapes["battle_log"]
    rows = [*log, log[0] | {"question_id": "self", "model_b": log[0]["model_a"]}]
    load_votes(save(rows), out=tmp_path / "tables" / "one.parquet")
    load_votes(save(shapes["flat"]), out=tmp_path / "tables" / "two.parquet")
    both = load_votes(tmp_path / "tables")
    assert both.ledger.dropped == {"same model twice": 1}
    assert (both.ledger.rows_in, both.ledger.votes_out) == (4, 3)
    assert both.releases == ("battle_log", "flat")


def test_a_failed_conversion_leaves_nothing_behind(save, shapes, tmp_path, cache):
    rows = [*shapes["battle_log"], {**shapes["battle_log"][0], "question_id": "q9", "winner": "draw"}]
    out = tmp_path / "out" / "table.parquet"
    for target in (None, out):
        with pytest.raises(InputError):
            load_votes(save(rows), out=target)
    assert not list(cache.iterdir())
    assert not list(out.parent.iterdir())


def test_an_interrupted_write_keeps_the_last_good_table(tmp_path):
    path = tmp_path / "table.parquet"
    path.write_text("the last good one")
    with pytest.raises(KeyboardInterrupt), VoteWriter(path):
        raise KeyboardInterrupt
    assert path.read_text() == "the last good one"
    assert [file.name for file in tmp_path.iterdir()] == ["table.parquet"]


def test_a_place_that_cannot_be_written_is_an_error(save, shapes, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written .*--out"):
        load_votes(save(shapes["flat"]), out=tmp_path / "file" / "table.parquet")


@pytest.mark.parametrize("name", ["n" * 300, "~nobody-of-that-name/votes.csv"])
def test_a_name_that_no_file_can_have_is_an_error_of_one_line(name):
    with pytest.raises(
        InputError, match=r"^.{20,61}: cannot be looked for \(.*\); give the name of a file that is there"
    ) as raised:
        load_votes(name)
    assert "\n" not in str(raised.value)
