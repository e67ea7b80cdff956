"""The command line: exit codes, one-line errors, tables shown and written."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import cli, commands, places
from analysis.errors import BusyError, InputError, NotebookError, UsageError
from analysis.report.edition import Outcome
from analysis.report.order import Order
from analysis.report.runner import Limits
from analysis.results.listing import Listing
from analysis.sources.load import load_votes
from analysis.topics import cache, lists
from analysis.votes.ledger import Ledger
from analysis.votes.table import Votes

NOTEBOOKS = Path(__file__).parent / "fixtures" / "notebooks"


@pytest.fixture
def votes(votes_of: Callable[[pd.DataFrame], Votes]) -> str:
    """Sixty votes of three models with turns and prompts."""
    rng = np.random.default_rng(1)
    pairs = [("a", "b"), ("b", "c"), ("c", "a")] * 20
    frame = pd.DataFrame(pairs, columns=["model_a", "model_b"])
    frame["outcome"] = rng.choice(["model_a", "model_b", "tie", "both_bad"], len(frame))
    frame["turns"] = rng.choice([1, 1, 2], len(frame))
    frame["prompt"] = [f"question {number % 40}" for number in range(len(frame))]
    return str(votes_of(frame).path)


@pytest.fixture
def lossy(votes: str) -> str:
    """The sixty votes with a ledger that says they came out of eighty rows."""
    reasons, examples = {"same model twice": 20}, {"same model twice": "row 7, column model_b: 'b\x1b[2J'"}
    Ledger("votes", "made for a test", 80, 60, reasons, examples=examples).write(Path(votes).with_suffix(".ledger.json"))
    return votes


LOST = (
    "25.0 % of the rows (20 of 80) are not in these numbers: same model twice (20 rows, such as row 7, column model_b: 'b␛[2J')."
)


def _run(*arguments: str) -> int:
    return cli.main(list(arguments))


def _fails(capsys, *arguments: str) -> tuple[int, str]:
    """The exit code, and the one line on stderr."""
    code = _run(*arguments)
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert said.out == ""
    assert line.startswith("arena-workbook: ")
    return code, line


def test_turns_shows_an_aligned_table_and_its_sentence(votes, capsys):
    assert _run("turns", "--votes", votes) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["Group", "Votes", "Multi-turn", "Share", "Interval", "Design", "effect"]
    assert "are multi-turn" in lines[-1]


def test_board_writes_the_contract_columns(votes, tmp_path: Path, capsys):
    out = tmp_path / "new" / "board.csv"
    assert _run("board", "--votes", votes, "--out", str(out)) == 0
    assert capsys.readouterr().out == f"{out}\n"
    columns = ["model", "rating", "lower", "upper", "rank", "rank_lower", "rank_upper", "votes"]
    assert list(pd.read_csv(out).columns[:8]) == columns
    assert [path.name for path in out.parent.iterdir()] == ["board.csv"]


def test_boards_of_several_categories_have_a_category_column_first(votes, tmp_path: Path):
    out = tmp_path / "board.csv"
    assert _run("board", "--votes", votes, "--category", "overall", "multi_turn", "--out", str(out)) == 0
    table = pd.read_csv(out)
    assert table.columns[0] == "category"
    assert list(table["category"].unique()) == ["overall", "multi_turn"]


@pytest.fixture
def islands(votes_of: Callable[[pd.DataFrame], Votes]) -> str:
    """Two groups of models that never met, 12 votes between two and 9 among three, and a champion."""
    pairs = [("x", "y"), ("y", "x")] * 6 + [("a", "b"), ("b", "c"), ("c", "a")] * 3 + [("\x1b[31mchamp", "a")]
    frame = pd.DataFrame(pairs, columns=["model_a", "model_b"]).assign(outcome="model_a")
    return str(votes_of(frame).path)


def test_a_board_names_the_models_it_does_not_rate(islands: str, tmp_path: Path, capsys):
    assert _run("board", "--votes", islands) == 0
    shown = capsys.readouterr().out
    rated, others, sentence = shown.split("\n\n")
    assert [line.split()[0] for line in rated.splitlines()[2:]] == ["x", "y"]
    assert [line.split()[0] for line in others.splitlines()[3:]] == ["a", "b", "c", "␛[31mchamp"]
    assert "4 of 6 models are not rated. a (7 votes)" in sentence
    for name in ("board.csv", "board.parquet", "board.json"):
        out = tmp_path / name
        assert _run("board", "--votes", islands, "--out", str(out)) == 0
        table = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".json": pd.read_json}[out.suffix](out)
        assert table.loc[table["not_rated"].notna(), "model"].tolist() == ["a", "b", "c", "\x1b[31mchamp"]
        assert table.loc[table["not_rated"].notna(), "rating"].isna().all()
        assert "\x1b" not in capsys.readouterr().err
    assert "\nx,1000.0," in (tmp_path / "board.csv").read_text(encoding="utf-8")
    assert ",1,1,2,12,,,,,\n" in (tmp_path / "board.csv").read_text(encoding="utf-8")  # ranks stay whole numbers


def test_every_group_is_rated_when_asked_for(islands: str, tmp_path: Path, capsys):
    out = tmp_path / "board.csv"
    assert _run("board", "--votes", islands, "--group", "all", "--category", "overall", "exclude_ties", "--out", str(out)) == 0
    table = pd.read_csv(out)
    assert table.columns[:3].tolist() == ["category", "group", "model"]
    overall = table[table["category"] == "overall"]
    assert overall["group"].value_counts().to_dict() == {1: 2, 2: 3}
    assert overall.loc[overall["not_rated"].notna(), "model"].tolist() == ["\x1b[31mchamp"]
    assert _run("board", "--votes", islands, "--group", "all", "--category", "overall", "multi_turn") == 0
    said = capsys.readouterr()
    assert "category multi_turn has no board" in said.err
    assert "Not rated:" in said.out
    found, line = _fails(capsys, "board", "--votes", islands, "--group", "all", "--category", "multi_turn")
    assert (found, "needs turns" in line) == (3, True)


def test_shift_writes_the_contract_columns(votes, tmp_path: Path):
    out = tmp_path / "shift.json"
    assert _run("shift", "--votes", votes, "--from", "overall", "--to", "multi_turn", "--out", str(out), "--seed", "3") == 0
    ends = [f"{name}_{end}" for name in ("rating", "rank") for end in ("from", "to", "shift")]
    wanted = ["model", *ends[:3], "shift_lower", "shift_upper", *ends[3:], "p_value", "q_value"]
    assert [name for name in json.loads(out.read_text(encoding="utf-8"))[0] if name in wanted] == wanted


@pytest.fixture
def topics(votes: str, tmp_path: Path) -> Path:
    """What is read of a folder of topics to make categories: topics of the sixty votes in turn."""
    folder = tmp_path / "votes-topics"
    folder.mkdir()
    loaded = load_votes(votes)
    assigned = pd.DataFrame({"vote_id": loaded.table["vote_id"], "topic": [0, 0, 0, 1, 1, 1, -1, -1, -1, 0] * 6})
    assigned.to_parquet(folder / "assignments.parquet")
    pd.DataFrame({"topic": [0, 1], "label": ["python, code", "rice, soup"]}).to_parquet(folder / "frame.parquet")
    (folder / "topics.json").write_text(json.dumps({"fingerprint": loaded.fingerprint}))
    return folder


def test_topics_are_categories_of_boards(votes: str, topics: Path, tmp_path: Path):
    out, names = tmp_path / "board.csv", ["overall", f"topic:{topics}:0", f"topic:{topics}:soup", f"topic:{topics}:-1"]
    assert _run("board", "--votes", votes, "--category", *names, "--out", str(out)) == 0
    table = pd.read_csv(out)
    assert list(table["category"].unique()) == names
    assert table.groupby("category")["votes"].sum().reindex(names).tolist() == [120, 48, 36, 36]


def test_a_shift_leads_to_a_topic(votes: str, topics: Path, capsys):
    assert _run("shift", "--votes", votes, "--from", "overall", "--to", f"topic:{topics}:0") == 0
    assert "Overall → python, code:" in capsys.readouterr().out


def test_boards_of_topics_import_neither_bertopic_nor_umap(votes: str, topics: Path):
    command = ["board", "--votes", votes, "--category", f"topic:{topics}:0"]
    code = f"import sys; from analysis import cli; assert cli.main({command!r}) == 0; print(*sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"bertopic", "umap", "numba", "hdbscan", "plotly"} & set(modules)


@pytest.mark.parametrize(
    ("category", "code", "said"),
    [
        ("topic:TOPICS:7", 2, "no topic 7; there are -1 (no clear topic); 0 (python, code); 1 (rice, soup)"),
        ("topic:nowhere:0", 2, "nowhere: this is no folder of topics"),
        ("topic:3", 2, "topic:DIR:3"),
        ("topic:OTHER:0", 3, "of other votes"),
    ],
)
def test_a_topic_that_is_not_there_is_one_line(votes, topics: Path, tmp_path: Path, capsys, category, code, said):
    other = shutil.copytree(topics, tmp_path / "other")
    (other / "topics.json").write_text('{"fingerprint": "another"}')
    name = category.replace("TOPICS", str(topics)).replace("OTHER", str(other))
    found, line = _fails(capsys, "board", "--votes", votes, "--category", name)
    assert found == code
    assert said in line


def test_topics_say_how_they_were_named(votes: str, tmp_path: Path, capsys, monkeypatch):
    found = SimpleNamespace(sentence="Two topics.", notes=("The endpoint failed.",), save=lambda folder: folder.mkdir())
    monkeypatch.setattr(cache, "kept_topics", lambda *_: found)
    assert _run("topics", "--votes", votes, "--out", str(tmp_path / "topics")) == 0
    assert capsys.readouterr().err.splitlines() == ["Two topics.", "The endpoint failed."]


@pytest.mark.parametrize("name", [".", "nowhere", "x" * 300])
def test_a_folder_that_is_no_earlier_edition_is_one_line(votes: str, name: str, capsys):
    code, line = _fails(capsys, "topics", "--votes", votes, "--earlier", name)
    assert (code, "no topics can be read" in line) == (2, True)


@pytest.mark.parametrize("text", ["[[rename]]\ntopic = 3\n", "no TOML", None])
def test_a_curation_that_cannot_be_read_is_one_line_before_any_work(votes: str, text: str | None, tmp_path: Path, capsys):
    path = tmp_path / "curation.toml"
    if text is not None:
        path.write_text(text)
    code, line = _fails(capsys, "topics", "--votes", votes, "--curation", str(path))
    assert (code, line.startswith(f"arena-workbook: {path}: ")) == (2, True)


def test_a_search_shows_prompts_in_place_of_the_topics(votes: str, tmp_path: Path, capsys, monkeypatch):
    near = Listing(pd.DataFrame({"prompt": ["sort this"], "topic": ["sorting"]}), "", "The 1 prompt nearest to “sort”.")
    asked: list[str] = []
    found = SimpleNamespace(
        sentence="Two topics.", notes=(), save=lambda folder: folder.mkdir(), search=lambda text: asked.append(text) or near
    )
    monkeypatch.setattr(cache, "kept_topics", lambda *_: found)
    assert _run("topics", "--votes", votes, "--search", "sort") == 0
    said = capsys.readouterr().out
    assert "sort this" in said
    assert "The 1 prompt nearest to “sort”." in said
    assert "Two topics." not in said
    assert _run("topics", "--votes", votes, "--search", "", "--out", str(tmp_path / "topics")) == 0
    assert (tmp_path / "topics").is_dir()
    assert asked == ["sort", ""]


PRINTED = [
    ["turns"],
    ["turns", "--by", "model"],
    ["board"],
    ["board", "--category", "overall", "multi_turn"],
    ["shift", "--from", "overall", "--to", "multi_turn"],
    ["repeats"],
    ["repeats", "--kind", "near", "--threshold", "0.8"],
    ["repeats", "--by", "outcome"],
    ["repeats", "--show", "growth"],
    ["repeats", "--show", "board"],
    ["freshness", "--by", "outcome"],
]


@pytest.mark.parametrize("arguments", PRINTED, ids=" ".join)
def test_under_every_printed_table_stands_what_was_lost(lossy, capsys, arguments):
    assert _run(*arguments, "--votes", lossy) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == LOST
    assert said.err == ""


@pytest.mark.parametrize("arguments", PRINTED, ids=" ".join)
def test_beside_every_written_table_stands_on_stderr_what_was_lost(lossy, tmp_path: Path, capsys, arguments):
    assert _run(*arguments, "--votes", lossy, "--out", str(tmp_path / "table.csv")) == 0
    said = capsys.readouterr()
    assert said.out == f"{tmp_path / 'table.csv'}\n"
    assert said.err.splitlines()[-1] == LOST


@pytest.mark.parametrize("arguments", PRINTED, ids=" ".join)
def test_where_nothing_was_lost_no_line_says_so(votes, capsys, arguments):
    assert _run(*arguments, "--votes", votes) == 0
    assert "not in these numbers" not in capsys.readouterr().out


@pytest.mark.parametrize("out", [False, True])
def test_topics_say_what_was_lost(lossy, tmp_path: Path, capsys, monkeypatch, out):
    table = pd.DataFrame({"topic": ["soup"], "votes": [60]})
    found = SimpleNamespace(sentence="One topic.", notes=(), save=lambda folder: folder.mkdir())
    monkeypatch.setattr(cache, "kept_topics", lambda *_: found)
    monkeypatch.setattr(lists, "topic_list", lambda _: SimpleNamespace(table=table))
    assert _run("topics", "--votes", lossy, *(["--out", str(tmp_path / "topics")] if out else [])) == 0
    said = capsys.readouterr()
    assert (said.err if out else said.out).splitlines()[-2:] == ["One topic.", LOST]


def test_a_copy_of_lossy_votes_says_so_and_so_do_its_tables(lossy, tmp_path: Path, capsys):
    first, second = tmp_path / "one.parquet", tmp_path / "two.parquet"
    assert _run("votes", lossy, "--out", str(first)) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [LOST, str(first)]
    assert _run("votes", str(first), "--out", str(second), "--exclude-model", "nobody") == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [LOST, str(second)]
    for copy in (first, second):
        assert _run("turns", "--votes", str(copy)) == 0
        assert capsys.readouterr().out.splitlines()[-1] == LOST


def test_cells_that_could_not_be_read_are_said_when_votes_are_converted(votes, tmp_path: Path, capsys):
    ledger = Ledger("votes", "made for a test", 60, 60, nulled={"language": {"xx1": 2}})
    ledger.write(Path(votes).with_suffix(".ledger.json"))
    assert _run("votes", votes, "--out", str(tmp_path / "copy.parquet")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:-1] == [str(ledger.sentence), "language: 2 cells could not be read and are empty: 'xx1' (2)."]


@pytest.fixture
def mostly_lost(tmp_path: Path) -> str:
    """A CSV of ten rows in six of which a model meets itself."""
    path = tmp_path / "battles.csv"
    rows = [("a", "a", "tie")] * 6 + [("a", "b", "model_a"), ("b", "a", "model_a")] * 2
    pd.DataFrame(rows, columns=["model_a", "model_b", "winner"]).to_csv(path, index=False)
    return str(path)


def test_more_than_half_lost_for_one_reason_is_an_error_that_leaves_nothing(mostly_lost, tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path / "cache"))
    for _ in range(2):
        for arguments in (
            ["board", "--votes", mostly_lost],
            ["board", "--votes", mostly_lost, "--out", str(tmp_path / "board.csv")],
            ["votes", mostly_lost, "--out", str(tmp_path / "new" / "votes.parquet")],
            ["report", "--votes", mostly_lost, "--out", str(tmp_path / "pages")],
        ):
            code, line = _fails(capsys, *arguments)
            assert code == 3
            assert "battles.csv: 60.0 % of the rows (6 of 10) would be dropped for one reason: same model twice (6 rows" in line
            assert "such as row 1, model_a: 'a', model_b: 'a')" in line
            assert "--allow-loss" in line
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {name for name in left if not name.startswith("votes-")} <= {"battles.csv", ".lock"}


def test_a_loss_that_is_allowed_is_said_and_has_to_be_allowed_every_time_the_file_is_read(
    mostly_lost, tmp_path: Path, capsys, monkeypatch
):
    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path / "cache"))
    assert _run("board", "--votes", mostly_lost, "--allow-loss") == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("60.0 % of the rows (6 of 10) are not in these numbers")
    assert _fails(capsys, "board", "--votes", mostly_lost)[0] == 3
    assert _run("votes", mostly_lost, "--allow-loss", "--out", str(tmp_path / "votes.parquet")) == 0
    assert _run("board", "--votes", str(tmp_path / "votes.parquet")) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("60.0 % of the rows (6 of 10) are not in these numbers")


def test_what_was_asked_to_be_dropped_needs_no_leave(mostly_lost, tmp_path: Path, capsys):
    rows = [("a", "b", "model_a")] * 6 + [("c", "d", "model_a"), ("d", "c", "model_a")]
    path = tmp_path / "asked.csv"
    pd.DataFrame(rows, columns=["model_a", "model_b", "winner"]).to_csv(path, index=False)
    assert _run("board", "--votes", str(path), "--exclude-model", "a") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    example = "such as row 1, model_a: 'a', model_b: 'b'"
    assert last == f"75.0 % of the rows (6 of 8) are not in these numbers: model excluded (6 rows, {example})."


def test_repeats_and_votes_and_parquet(votes, tmp_path: Path, capsys):
    assert _run("repeats", "--votes", votes, "--out", str(tmp_path / "repeats.parquet")) == 0
    assert list(pd.read_parquet(tmp_path / "repeats.parquet").columns)[:3] == ["prompt", "votes", "share"]
    assert _run("votes", votes, "--out", str(tmp_path / "made.parquet"), "--ledger", str(tmp_path / "ledger.json")) == 0
    assert json.loads((tmp_path / "ledger.json").read_text(encoding="utf-8"))["votes_out"] == 60
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "made.parquet")


def test_each_way_to_show_repeats_writes_its_own_table(votes, tmp_path: Path, capsys):
    for more, columns in (
        (["--by", "outcome"], ["group", "votes", "repeated"]),
        (["--show", "growth"], ["votes", "share", "lower"]),
        (["--show", "board"], ["treatment", "model", "rating"]),
    ):
        assert _run("repeats", "--votes", votes, *more, "--out", str(tmp_path / "table.csv")) == 0
        assert list(pd.read_csv(tmp_path / "table.csv").columns)[:3] == columns
    assert _run("freshness", "--votes", votes, "--by", "outcome", "--out", str(tmp_path / "table.csv")) == 0
    assert list(pd.read_csv(tmp_path / "table.csv").columns)[:4] == ["group", "votes", "fresh", "share"]
    assert "fresh: nothing before it is the same" in capsys.readouterr().err


def test_exposure_shows_who_gains_or_why_nobody_can_tell(votes, tmp_path: Path, capsys):
    (tmp_path / "set.txt").write_text("question 1\nquestion 2\n")
    assert _run("exposure", "--votes", votes, "--prompts", str(tmp_path / "set.txt"), "--placebos", "0") == 0
    shown = capsys.readouterr().out
    assert "Exposed votes" in shown
    assert "no two models can be compared on them and on others" in shown
    out = tmp_path / "exposure.csv"
    assert _run("exposure", "--votes", votes, "--prompts", str(tmp_path / "set.txt"), "--out", str(out), "--level", "0.9") == 0
    assert pd.read_csv(out).columns.tolist() == [
        *("model", "exposed_votes", "unexposed_votes", "exposed_share", "effect", "lower", "upper", "p_value", "q_value"),
        *("placebo_lower", "placebo_upper", "smallest", "model_released", "cutoff", "could_have_seen", "reason"),
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--prompts", "{missing}"], 3, "no such file"),
        (["--prompts", "{empty}"], 3, "the file is empty"),
        (["--prompts", "{votes}", "--released", "yesterday"], 2, "write a day or a month"),
        (["--prompts", "{votes}", "--placebos", "2"], 2, "placebos is 2"),
        (["--prompts", "{votes}", "--threshold", "0.5"], 2, "exact repeats have no threshold"),
        (["--prompts", "{votes}", "--topics", "{missing}"], 2, "no folder of topics"),
        (["--prompts", "{votes}", "--out", "{votes}"], 2, "a table is written as|these are the votes that are read"),
    ],
)
def test_a_set_that_is_none_and_options_that_are_not_allowed_are_one_line(votes, tmp_path: Path, capsys, arguments, code, said):
    (tmp_path / "empty.txt").touch()
    names = {"missing": tmp_path / "missing.txt", "empty": tmp_path / "empty.txt", "votes": votes}
    found, line = _fails(capsys, "exposure", "--votes", votes, *(text.format(**names) for text in arguments))
    assert (found, bool(re.search(said, line))) == (code, True)


def test_columns_and_outcomes_of_another_table_are_named_by_the_user(tmp_path: Path, capsys):
    path = tmp_path / "mine.csv"
    pd.DataFrame({"left": ["a", "b"], "right": ["b", "a"], "verdict": ["<", ">"]}).to_csv(path, index=False)
    named = ["--column", "model_a=left", "--column", "model_b=right", "--column", "outcome=verdict"]
    labels = ["--outcome", "<=model_b", "--outcome", ">=model_a"]
    assert _run("votes", str(path), "--out", str(tmp_path / "votes.parquet"), *named, *labels) == 0
    assert list(pd.read_parquet(tmp_path / "votes.parquet")["outcome"]) == ["model_b", "model_a"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["board", "--votes", "nowhere.csv"], 3, "nowhere.csv"),
        (["board", "--votes", "VOTES", "--category", "nope"], 2, "nope"),
        (["board", "--votes", "VOTES", "--out", "board.xlsx"], 2, ".csv, .parquet, .json"),
        (["board", "--votes", "VOTES", "--column", "model_a"], 2, "NAME=VALUE"),
        (["turns", "--votes", "VOTES", "--by", "month"], 3, "time"),
        (["repeats", "--votes", "VOTES", "--by", "month"], 3, "time"),
        (["repeats", "--votes", "VOTES", "--by", "topic"], 2, "needs topics"),
        (["repeats", "--votes", "VOTES", "--by", "model"], 2, "several groups by model"),
        (["repeats", "--votes", "VOTES", "--by", "outcome", "--show", "board"], 2, "leave --show board out"),
        (["repeats", "--votes", "VOTES", "--threshold", "0.5"], 2, "exact repeats have no threshold"),
        (["repeats", "--votes", "VOTES", "--kind", "near", "--threshold", "2"], 2, "above 0 and up to 1; got 2"),
        (["repeats", "--votes", "VOTES", "--show", "kinds", "--kind", "near"], 2, "leave --kind and --threshold out"),
        (["repeats", "--votes", "VOTES", "--show", "kinds", "--threshold", "0.5"], 2, "leave --kind and --threshold out"),
        (["repeats", "--votes", "VOTES", "--by", "outcome", "--topics", "DIR"], 2, "--topics is for --by topic"),
        (["freshness", "--votes", "VOTES"], 3, "time"),
        (["freshness", "--votes", "VOTES", "--by", "outcome", "--history", "0"], 2, "one vote or more"),
        (["board", "--votes", "VOTES", "--category", "exposed:"], 2, "names no file"),
        (["report", "--only", "nope"], 2, "no notebook 'nope'"),
        (["report", "-p", "turns.nope=1"], 2, "no parameter 'nope'"),
        (["report", "-p", "turns.seed=one"], 2, "seed is a whole number"),
        (["fetch", "nope"], 2, "nope"),
    ],
)
def test_an_error_is_one_line_and_its_own_exit_code(votes, tmp_path: Path, capsys, monkeypatch, arguments, code, said):
    monkeypatch.chdir(tmp_path)
    found, line = _fails(capsys, *(votes if word == "VOTES" else word for word in arguments))
    assert found == code
    assert said in line
    assert [path for path in tmp_path.iterdir() if not path.name.startswith("votes-")] == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (InputError("x"), 3),
        (NotebookError("x"), 4),
        (BusyError("x"), 5),
        (KeyboardInterrupt(), 130),
        (PermissionError(13, "Permission denied", "/some/file"), 1),
        (RuntimeError("two\nlines"), 1),
    ],
)
def test_every_kind_of_error_has_its_exit_code_and_no_traceback(capsys, monkeypatch, error, code):
    def fail(_options: object) -> None:
        raise error

    monkeypatch.setattr(commands, "run_fetch", fail)
    found, line = _fails(capsys, "fetch", "x")
    assert found == code
    assert "Traceback" not in line


def test_debug_shows_where_an_error_came_from(capsys):
    assert _run("fetch", "nope", "--debug") == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["nope"], ["board"], ["report", "--cell-limit", "0"], ["report", "--cell", "5"]])
def test_wrong_usage_ends_with_two(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        _run(*arguments)
    assert caught.value.code == 2
    assert "arena-workbook" in capsys.readouterr().err


def _ordered(monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """The orders that reach the report, none of which is run."""
    orders: list[Order] = []
    outcome = Outcome(Path("index.html"), "2026-11-23T0600Z", published=True)
    monkeypatch.setattr("analysis.report.news.run_edition", lambda order, _: orders.append(order) or outcome)
    return orders


def test_a_report_passes_its_options_on_and_prints_the_index(capsys, monkeypatch):
    orders = _ordered(monkeypatch)
    words = (
        "report --votes v --out o --only turns -p a.b=1 -p c=2 --seed 5 --cell-limit 2.5 --notebook-limit 7 --run-limit 9 "
        "--memory-limit 1.5 --judge-limit 3 --jobs 3 --keep 4 --if-changed --resume --allow-thin"
    )
    assert _run(*words.split(), "--identity-words", "--exclude-model", "m") == 0
    assert capsys.readouterr().out == "index.html\n"
    (order,) = orders
    assert (order.votes, order.out, order.only, order.settings, order.seed) == ("v", Path("o"), ["turns"], ["a.b=1", "c=2"], 5)
    assert order.limits == Limits(cell=2.5, notebook=7.0, run=9.0, memory=1.5)
    assert (order.jobs, order.keep, order.if_changed, order.resume, order.allow_thin) == (3, 4, True, True, True)
    rules = order.conversion.rules
    assert (rules.judge_daily_limit, rules.identity_words, rules.error_texts, rules.exclude_models) == (3, True, False, ("m",))


def test_a_report_is_on_the_sample_and_goes_to_reports_unless_told_otherwise(monkeypatch):
    orders = _ordered(monkeypatch)
    assert _run("report") == 0
    assert (orders[0].votes, orders[0].boards, orders[0].out) == ("sample", "", places.REPORTS)


def test_a_report_says_in_json_how_it_ended(capsys, monkeypatch):
    _ordered(monkeypatch)
    assert _run("report", "--json", "--out", "o") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "status": "published",
        "out": "o",
        "edition": "2026-11-23T0600Z",
        "index": "index.html",
        "headline": "",
        "changes": {},
    }


@pytest.mark.parametrize(
    "options", [["--jobs", "0"], ["--keep", "0"], ["--memory-limit", "0"], ["--votes", "v", "--boards", "b"]]
)
def test_a_report_refuses_options_that_mean_nothing(capsys, options):
    with pytest.raises(SystemExit) as caught:
        _run("report", *options)
    assert caught.value.code == 2


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as caught:
        _run("--version")
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"arena-workbook {version('arena-workbook')}\n"


def test_editions_are_listed_and_pinned(tmp_path: Path, capsys):
    folder = tmp_path / "editions" / "2026-11-23T0600Z"
    folder.mkdir(parents=True)
    record = {
        "made_by": "arena-workbook",
        "pages": [],
        "started": "2026-11-23T06:00:00+00:00",
        "status": "failed",
        "why": "It broke.",
    }
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert _run("editions", "--out", str(tmp_path), "--pin", folder.name) == 0
    assert capsys.readouterr().out == "2026-11-23T0600Z  failed, pinned  It broke.\n"
    assert _run("editions", "--out", str(tmp_path), "--unpin", folder.name) == 0
    assert capsys.readouterr().out == "2026-11-23T0600Z  failed  It broke.\n"
    code, line = _fails(capsys, "editions", "--out", str(tmp_path), "--pin", "2026-11-24T0600Z")
    assert (code, "no edition '2026-11-24T0600Z'" in line) == (2, True)
    code, line = _fails(capsys, "editions", "--out", str(tmp_path / "none"))
    assert (code, "holds no editions" in line) == (2, True)


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch):
    out = tmp_path / "table.csv"
    out.write_text("old", encoding="utf-8")
    monkeypatch.setattr(pd.DataFrame, "to_csv", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(InputError, match=r"table\.csv: cannot be written \(disk full\)"):
        commands.write_table(pd.DataFrame({"a": [1]}), out)
    assert out.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_help_imports_no_analysis():
    program = "\n".join(
        [
            "import sys",
            "from analysis.cli import main",
            "try:",
            "    main(['board', '--help'])",
            "finally:",
            "    sys.exit(any(name in sys.modules for name in ('pandas', 'numpy', 'ibis', 'papermill')))",
        ]
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("usage: arena-workbook board")


def test_a_reader_that_leaves_early_is_no_error(votes):
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "analysis", "repeats", "--votes", votes]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, cwd=places.ROOT, timeout=120, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (cli.READER_GONE, b"")


def test_a_program_whose_output_is_closed_does_its_work(votes, tmp_path: Path):
    out = tmp_path / "board.csv"
    command = f"exec '{sys.executable}' -m analysis board --votes '{votes}' --out '{out}' >&- 2>&-"
    done = subprocess.run(["sh", "-c", command], cwd=places.ROOT, timeout=120, check=False)
    assert done.returncode == 0
    assert len(pd.read_csv(out)) > 1


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["nonsense"], 2), (["board", "--votes", "nothing.csv"], 3)])
def test_the_program_ends_with_the_code_of_its_command(arguments: list[str], code: int):
    done = subprocess.run([sys.executable, "-m", "analysis", *arguments], cwd=places.ROOT, timeout=120, capture_output=True)
    assert done.returncode == code
    assert done.stdout or done.stderr


def test_shift_between_series_of_published_boards_names_who_moved_on_each_date(real_data: Path, tmp_path: Path):
    file = f"{real_data / 'boards_full_vs_multiturn_2025.csv'}?file=leaderboard-text.json"
    out = tmp_path / "moved.csv"
    assert cli.main(["shift", "--from", f"{file}&category=full", "--to", f"{file}&category=multiturn", "--out", str(out)]) == 0
    moved = pd.read_csv(out)
    assert moved["period"].nunique() > 5
    assert (moved["q_value"] <= 0.05).all()
    latest = moved[moved["period"] == moved["period"].max()].set_index("model")
    assert latest.loc["chatgpt-4o-latest-20250326", "rank_to"] == 2


def test_a_published_board_against_a_series_asks_for_one_date_of_it(tmp_path: Path, capsys):
    rows = [{"model": model, "rating": 1, "std": 1, "date": day} for day in ("2025-01-01", "2025-02-01") for model in "xy"]
    file = tmp_path / "boards.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    found, line = _fails(capsys, "shift", "--from", str(file), "--to", f"{file}?date=2025-01-01")
    assert found == 3
    assert "one board of 2025-01-01, against a series of boards; select one date of the other too" in line
    assert cli.main(["shift", "--from", f"{file}?date=2025-02-01", "--to", f"{file}?date=2025-01-01"]) == 0
    assert "0 of 2 ratings moved" in capsys.readouterr().out


def test_a_shift_at_equal_style_takes_no_second_category(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("shift", "--votes", "sample", "--style-control", "--from", "overall", "--to", "coding") == 2
    assert capsys.readouterr().err == (
        "arena-workbook: --style-control compares --from with itself at equal style; leave --to out.\n"
    )


@pytest.mark.parametrize("command", ["board", "shift", "turns", "repeats", "freshness"])
def test_the_votes_that_are_read_are_not_written_over(votes: str, command: str, capsys) -> None:
    before = Path(votes).read_bytes()
    code, line = _fails(capsys, command, "--votes", votes, "--out", votes)
    assert (code, line) == (2, f"arena-workbook: {votes}: these are the votes that are read; write to another file.")
    assert Path(votes).read_bytes() == before


@pytest.mark.parametrize("option", ["--out", "--ledger"])
def test_a_conversion_does_not_write_over_what_it_reads(votes: str, tmp_path: Path, option: str, capsys) -> None:
    link = tmp_path / "link.parquet"
    link.symlink_to(votes)
    before = Path(votes).read_bytes()
    more = [] if option == "--out" else ["--out", str(tmp_path / "new.parquet")]
    code, line = _fails(capsys, "votes", votes, *more, option, str(link))
    assert (code, "write to another file" in line) == (2, True)
    assert Path(votes).read_bytes() == before
    assert not (tmp_path / "new.parquet").exists()


def test_a_report_with_a_seed_below_zero_is_wrong_usage(votes: str, tmp_path: Path, capsys) -> None:
    code, line = _fails(capsys, "report", "--votes", votes, "--seed", "-1", "--out", str(tmp_path / "out"))
    assert (code, line) == (2, "arena-workbook: seed is -1; it must be a whole number, 0 or more.")
    assert not (tmp_path / "out").exists()


def _writing(votes: str) -> list[tuple[list[str], str]]:
    """Every command that writes, up to the name of what it writes, and the ending that the name needs."""
    tables = [[command, "--votes", votes, "--out"] for command in ("turns", "board", "shift", "repeats", "freshness")]
    others = [["votes", votes, "--out"], ["simulate", "--rows", "9", "--seed", "1", "--out"]]
    folders = [["topics", "--votes", votes, "--out"], ["report", "--votes", votes, "--out"]]
    return [
        *((command, ".csv") for command in tables),
        (["shift", "--from", votes, "--to", votes, "--out"], ".csv"),
        *((command, ".parquet") for command in others),
        (["votes", votes, "--out", f"{votes}.new", "--ledger"], ".json"),
        *((command, "") for command in folders),
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/", "is a folder|is the folder this runs in, or above it|is the root of the file system"),
        (".", "is a folder|is the folder this runs in, or above it"),
        ("n" * 300, "this name has 3.. bytes, and here it may have 2..; give a shorter one"),
        ("ก" * 100, "this name has 3.. bytes, and here it may have 2..; give a shorter one"),
        (os.fsdecode(b"caf\xe9"), "the name is not UTF-8 text, and most tools could not open it"),
    ],
    ids=["root", "here", "long", "longer", "no text"],
)
def test_a_name_that_cannot_be_written_to_is_refused_before_the_work(
    votes: str, tmp_path: Path, capsys, monkeypatch, name: str, said: str
) -> None:
    def work(*_: object, **__: object) -> None:
        pytest.fail("the work was done")

    monkeypatch.setattr("analysis.sources.load.convert", work)
    monkeypatch.setattr("analysis.sources.load.find_files", work)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    for command, ending in _writing(votes):
        if command[0] == "report" and name == ".":
            continue  # editions go into it, and nothing there is replaced
        code, line = _fails(capsys, *command, name if name in "/." else f"{name}{ending}")
        assert code == 2, command
        assert re.search(said, line), line
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("command", ["turns", "board", "shift", "repeats", "freshness"])
def test_a_table_of_another_kind_is_refused_before_the_work(
    votes: str, tmp_path: Path, capsys, monkeypatch, command: str
) -> None:
    monkeypatch.setattr("analysis.sources.load.load_votes", lambda *_, **__: pytest.fail("the work was done"))
    code, line = _fails(capsys, command, "--votes", votes, "--out", str(tmp_path / "table.xls"))
    assert (code, "a table is written as .csv, .parquet, .json; give one of these endings." in line) == (2, True)


def test_topics_into_a_folder_of_somebody_else_are_refused_before_the_work(
    votes: str, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.setattr("analysis.sources.load.load_votes", lambda *_, **__: pytest.fail("the work was done"))
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "notes.txt").write_text("mine")
    code, line = _fails(capsys, "topics", "--votes", votes, "--out", str(tmp_path / "thesis"))
    assert (code, "holds files that are not topics (notes.txt)" in line) == (2, True)


def test_the_votes_and_their_ledger_are_two_files(votes: str, tmp_path: Path, capsys) -> None:
    out = str(tmp_path / "new.parquet")
    code, line = _fails(capsys, "votes", votes, "--out", out, "--ledger", out)
    assert (code, "cannot be one file" in line) == (2, True)
    assert not Path(out).exists()


def test_a_name_that_leaves_no_room_for_the_ledger_beside_it_is_refused_before_the_work(
    votes: str, tmp_path: Path, capsys
) -> None:
    out = tmp_path / ("n" * 247 + ".parquet")
    for command in (["votes", votes], ["simulate", "--rows", "9", "--seed", "1"]):
        code, line = _fails(capsys, *command, "--out", str(out))
        assert (code, "this name has 259 bytes, and here it may have 255" in line) == (2, True)
    assert not out.exists()


HOSTILE = ["=HYPERLINK(1)", "+1", "-x", "@SUM", "\tx", "plain", "None"]


@pytest.fixture
def hostile(votes_of: Callable[[pd.DataFrame], Votes]) -> str:
    """Votes on models whose names are formulas, one of each pair of neighbours on either side."""
    pairs = [(one, other) for one in HOSTILE for other in HOSTILE if one != other]
    frame = pd.DataFrame(pairs, columns=["model_a", "model_b"]).assign(outcome="tie")
    return str(votes_of(frame).path)


def test_a_spreadsheet_safe_table_has_no_formula_and_the_same_numbers(hostile, tmp_path: Path):
    plain, safe = tmp_path / "plain.csv", tmp_path / "safe.csv"
    assert _run("board", "--votes", hostile, "--out", str(plain)) == 0
    assert _run("board", "--votes", hostile, "--out", str(safe), "--spreadsheet-safe") == 0
    before, after = (pd.read_csv(path, dtype=str, keep_default_na=False) for path in (plain, safe))
    assert set(before["model"]) == set(HOSTILE)
    assert after["model"].tolist() == [f"'{name}" if name[0] in "=+-@\t" else name for name in before["model"]]
    assert after.drop(columns="model").equals(before.drop(columns="model"))


def test_spreadsheet_safe_goes_with_csv_alone(votes, tmp_path: Path, capsys):
    for out in ([], ["--out", str(tmp_path / "board.parquet")]):
        code, line = _fails(capsys, "turns", "--votes", votes, "--spreadsheet-safe", *out)
        assert (code, "write one with --out FILE.csv" in line) == (2, True)


def test_paths_arguments_and_tracebacks_reach_a_terminal_visibly(votes, tmp_path: Path, capsys):
    out = tmp_path / "a\x1b[31mb.csv"
    assert _run("turns", "--votes", votes, "--out", str(out)) == 0
    assert out.is_file()
    assert capsys.readouterr().out.endswith("a␛[31mb.csv\n")
    assert _run("board", "--votes", f"{tmp_path}/none\x1b[2J", "--debug") == 3
    for wrong in (["board", "--votes", votes, "\x1b[2J"], ["\x1b[2J"]):
        with pytest.raises(SystemExit, match="2"):
            _run(*wrong)
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["board", "--seed", "9" * 400], "it must be a whole number, 0 or more"),
        (["board", "--minimum-votes", "9" * 400], "it must be a whole number of votes, 1 or more"),
        (["board", "--rounds", "9" * 400], "50 to 1,000,000"),
        (["topics", "--most", "9" * 400], "it lies between 0 and"),
    ],
)
def test_numbers_beyond_all_bounds_are_wrong_usage(arguments: list[str], words: str, votes, capsys):
    code, line = _fails(capsys, *arguments, "--votes", votes)
    assert code == 2
    assert words in line


def test_more_votes_than_memory_holds_are_wrong_usage(tmp_path: Path, capsys):
    code, line = _fails(capsys, "simulate", "--rows", "9" * 30, "--seed", "1", "--out", str(tmp_path / "v.parquet"))
    assert (code, "rows must be from 1 to 1,000,000,000" in line) == (2, True)


def test_texts_that_are_not_utf_8_are_wrong_usage(votes, tmp_path: Path, capsys):
    for command in (
        ["board", "--votes", votes, "--category", "release:\udcff"],
        ["shift", "--votes", votes, "--to", "release:\udcff"],
        ["turns", "--votes", votes, "--by", "\udcff"],
        ["votes", votes, "--out", str(tmp_path / "v.parquet"), "--exclude-model", "\udcff"],
    ):
        code, line = _fails(capsys, *command)
        assert (code, "udcff" in line) == (2, True)


def test_out_of_memory_is_one_line(monkeypatch, votes, capsys):
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("analysis.shares.turns.turn_share", full)
    assert _fails(capsys, "turns", "--votes", votes) == (
        1,
        "arena-workbook: out of memory; take fewer votes, or a smaller number of what was asked for.",
    )


def test_an_empty_text_names_no_votes_and_no_board(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "votes.csv").write_text("model_a,model_b,winner\na,b,model_a\n")
    for command in (["board", "--votes", ""], ["report", "--votes", "", "--out", "r"], ["votes", "", "--out", "v.parquet"]):
        code, line = _fails(capsys, *command)
        assert (code, "no votes are named; give a file, a folder, a glob, or sample." in line) == (2, True)
    code, line = _fails(capsys, "shift", "--from", "", "--to", "")
    assert (code, "no published board is named" in line) == (2, True)


def test_an_empty_group_or_category_is_unknown(votes: str, capsys):
    assert _fails(capsys, "turns", "--votes", votes, "--by", "")[0] == 2
    assert _fails(capsys, "shift", "--votes", votes, "--to", "")[0] == 2


@pytest.mark.parametrize("name", ["x" * 300, "é" * 300, "x/" * 3_000], ids=["long", "longer", "deep"])
def test_folders_and_files_of_topics_that_have_too_long_a_name_are_wrong_usage(votes: str, name: str, capsys):
    for command in (["board", "--category", f"topic:{name}:1"], ["topics", "--embedding", f"vectors:{name}"]):
        assert _fails(capsys, *command, "--votes", votes)[0] == 2


def test_topics_of_vectors_that_are_not_there_are_wrong_usage(votes: str, capsys):
    code, line = _fails(capsys, "topics", "--votes", votes, "--embedding", "vectors:none.npy")
    assert (code, "embedding vectors:none.npy: there is no such file" in line) == (2, True)


@pytest.mark.parametrize("encoding", ["nope", ""])
def test_an_unknown_encoding_is_wrong_usage_whatever_the_file_is(votes: str, capsys, encoding: str):
    code, line = _fails(capsys, "turns", "--votes", votes, "--encoding", encoding)
    assert (code, "no such text encoding; for example" in line) == (2, True)


def test_the_ledger_of_votes_that_are_read_is_not_written_over(lossy: str, capsys):
    ledger, other = Path(lossy).with_suffix(".ledger.json"), str(Path(lossy).with_suffix(".pq"))
    before = ledger.read_bytes()
    new = str(Path(lossy).with_name("new.parquet"))
    for arguments in (["--out", other], ["--out", str(ledger)], ["--out", new, "--ledger", str(ledger)]):
        code, line = _fails(capsys, "votes", lossy, "--exclude-model", "a", *arguments)
        assert (code, "this is the ledger of the votes that are read" in line) == (2, True)
    assert _fails(capsys, "board", "--votes", lossy, "--out", str(ledger))[0] == 2
    assert ledger.read_bytes() == before
    assert sorted(Path(lossy).parent.iterdir()) == [ledger, Path(lossy)]


def test_a_release_is_converted_again_over_its_last_conversion(tmp_path: Path, capsys):
    (tmp_path / "votes.csv").write_text("model_a,model_b,winner\na,b,model_a\nb,a,model_a\n")
    for _ in range(2):
        assert _run("votes", str(tmp_path / "votes.csv"), "--out", str(tmp_path / "votes.parquet")) == 0


def test_the_votes_and_their_ledger_are_two_files_however_they_are_written(votes: str, tmp_path: Path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, line = _fails(capsys, "votes", votes, "--out", "new.parquet", "--ledger", f"../{tmp_path.name}/new.parquet")
    assert (code, "cannot be one file" in line) == (2, True)
    assert not Path("new.parquet").exists()


def test_votes_are_not_converted_over_their_own_file(tmp_path: Path):
    source = tmp_path / "votes.csv"
    source.write_text("model_a,model_b,winner\na,b,model_a\n")
    with pytest.raises(UsageError, match="these are the votes that are read"):
        load_votes(source, out=source)
    assert source.read_text().startswith("model_a")


def test_published_boards_that_are_read_are_not_written_over(tmp_path: Path, capsys):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    for file in (one, other):
        file.write_text("model,rating,lower,upper\na,1010,1000,1020\nb,1000,990,1010\n")
    before = one.read_bytes()
    for out in (one, other):
        code, line = _fails(capsys, "shift", "--from", f"{one}?model=a", "--to", str(other), "--out", str(out))
        assert (code, "write to another file" in line) == (2, True)
    assert (one.read_bytes(), other.read_bytes()) == (before, before)


@pytest.mark.parametrize("command", ["turns", "board", "shift", "repeats", "freshness"])
def test_spreadsheet_safe_without_a_csv_is_refused_before_the_work(votes: str, command: str, capsys, monkeypatch):
    monkeypatch.setattr("analysis.sources.load.load_votes", lambda *_, **__: pytest.fail("the work was done"))
    for out in ([], ["--out", "board.parquet"]):
        code, line = _fails(capsys, command, "--votes", votes, "--spreadsheet-safe", *out)
        assert (code, "write one with --out FILE.csv" in line) == (2, True)


def test_a_name_with_line_breaks_makes_no_lines(votes_of: Callable[[pd.DataFrame], Votes], tmp_path: Path, capsys):
    names = ["one\ntwo", "three\x85four", "five\u2028six"]
    frame = pd.DataFrame({"model_a": names * 4, "model_b": (names[1:] + names[:1]) * 4, "outcome": "tie"})
    votes = str(votes_of(frame).path)
    assert _run("board", "--votes", votes, "--out", str(tmp_path / "board.csv")) == 0
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "one ↵ two" in said


@pytest.mark.parametrize(
    "arguments",
    [
        *(["board", "--category", f"{family}{'x' * 50_000}"] for family in ("", "where:", "random:", "since:", "topic:")),
        ["board", "--category", "where:" + " + ".join(f"x{number}" for number in range(5_000))],
        ["simulate", "--rows", "9", "--seed", "1", "--out", "v.parquet", "--set", f"tastes={'x' * 50_000}"],
    ],
    ids=["name", "where", "random", "since", "topic", "columns", "set"],
)
def test_what_is_wrong_is_said_in_a_line_that_can_be_read(votes: str, tmp_path: Path, capsys, monkeypatch, arguments: list[str]):
    monkeypatch.chdir(tmp_path)
    more = [] if arguments[0] == "simulate" else ["--votes", votes]
    code, line = _fails(capsys, *arguments, *more)
    assert code == 2
    assert len(line) < 1_500
