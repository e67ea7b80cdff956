"""Published boards: the formats and shapes they come in, what their columns mean, and every refusal in one line."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import places
from analysis.errors import InputError, UsageError, WorkbookError
from analysis.ratings.board import Board
from analysis.ratings.history import read_history, read_published
from analysis.ratings.published import read_board

ROWS = [
    {"model": "m-one", "rating": 1010, "lower": 1000, "upper": 1020},
    {"model": "m-two", "rating": 990.5, "lower": 980, "upper": 1000},
]
FRAME = pd.DataFrame(ROWS)


def written(path: Path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def figures(board: Board) -> list[tuple[str, float, float, float]]:
    lower, upper = board.bounds
    return [
        (model, round(rating, 6), round(low, 6), round(high, 6))
        for model, rating, low, high in zip(board.models, board.ratings, lower, upper, strict=True)
    ]


RIGHT = [("m-one", 1010, 1000, 1020), ("m-two", 990.5, 980.5, 1000.5)]  # intervals are made symmetric

BY_MODEL = {row["model"]: {name: row[name] for name in ("rating", "lower", "upper")} for row in ROWS}

SHAPES = {
    "records": json.dumps(ROWS),
    "lines": "\n".join(map(json.dumps, ROWS)),
    "columns": FRAME.to_json(orient="columns"),
    "columns by model": FRAME.set_index("model").to_json(orient="columns"),
    "index": FRAME.to_json(orient="index"),
    "index by model": FRAME.set_index("model").to_json(orient="index"),
    "split": FRAME.to_json(orient="split"),
    "split by model": FRAME.set_index("model").to_json(orient="split"),
    "table": FRAME.to_json(orient="table"),
    "list": json.dumps(FRAME.to_dict("list")),
    "hub rows": json.dumps(
        {"features": [{"name": "model"}], "rows": [{"row_idx": number, "row": row} for number, row in enumerate(ROWS)]}
    ),
    "a list under a name": json.dumps({"updated": "2025-07-23", "leaderboard": ROWS}),
    "by category": json.dumps({"full": BY_MODEL}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_json_is_read_in_the_shapes_that_people_write(tmp_path: Path, shape: str) -> None:
    assert figures(read_board(written(tmp_path / "board.json", SHAPES[shape]))) == RIGHT


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("kind", ["csv", "semicolons", "json", "parquet"])
def test_a_file_is_told_by_what_it_holds(tmp_path: Path, kind: str, zipped: bool) -> None:
    path = tmp_path / "board"
    match kind:
        case "csv":
            FRAME.to_csv(path, index=False)
        case "semicolons":
            FRAME.to_csv(path, index=False, sep=";", encoding="utf-8-sig")
        case "json":
            FRAME.to_json(path, orient="records")
        case "parquet":
            FRAME.to_parquet(path)
    if zipped:
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert figures(read_board(str(path))) == RIGHT


def test_a_frame_indexed_by_model_is_read_from_csv_and_parquet_alike(tmp_path: Path) -> None:
    named, unnamed = FRAME.set_index("model"), FRAME.set_index("model").rename_axis(None)
    named.to_parquet(tmp_path / "named")
    unnamed.to_parquet(tmp_path / "unnamed")
    unnamed.to_csv(tmp_path / "csv")
    assert [figures(read_board(str(tmp_path / name))) for name in ("named", "unnamed", "csv")] == [RIGHT] * 3


@pytest.mark.parametrize(
    "header",
    ["key,arena_score,q025,q975", "model_name,score,rating_lower,rating_upper", "Model,Elo,Lower,Upper", "name,mean,lower,upper"],
)
def test_columns_have_the_names_that_publishers_give_them(tmp_path: Path, header: str) -> None:
    assert figures(read_board(written(tmp_path / "b.csv", f"{header}\nm-one,1010,1000,1020\nm-two,990.5,980,1000\n"))) == RIGHT


def test_thousands_may_be_separated_and_minus_may_be_a_minus(tmp_path: Path) -> None:
    text = 'model,rating,95% CI,votes\nx,"1,287",+3/−3,"12,345"\ny,−10,+4/-4,\n'
    board = read_board(written(tmp_path / "b.csv", text))
    assert figures(board) == [("x", 1287, 1284, 1290), ("y", -10, -14, -6)]
    assert board.votes.tolist() == [12345, 0]
    assert "1 of 2 models have no count of votes" in board.assumes


def test_bounds_on_either_side_of_zero_are_distances_from_the_rating(tmp_path: Path) -> None:
    board = read_board(written(tmp_path / "b.csv", "model_a,mean,lower,upper\nx,1200,-5,5\ny,3,-4,4\n"))
    assert figures(board) == [("x", 1200, 1195, 1205), ("y", 3, -1, 7)]
    assert "distances from the ratings" in board.assumes


def test_a_standard_deviation_goes_before_distances_whose_level_is_not_stated(real_data: Path) -> None:
    """polyrating's distances are 1.645 of its standard deviations, a 90 % interval."""
    path = real_data / "boards_20240629" / "board.csv"
    board, file = read_board(str(path)), pd.read_csv(path).set_index("model_a").sort_values("mean", ascending=False)
    assert (board.models[0], len(board.models)) == ("gpt-4o-2024-05-13", 114)
    np.testing.assert_allclose(np.sqrt(np.diag(board.covariance)), file.loc[list(board.models), "std"])
    assert "1.96 times the column std" in board.assumes
    assert read_board(str(path.with_name("board_is_chinese.csv"))).models[0] == "chatglm-6b"  # its first column has no name


def test_where_a_bound_is_missing_the_interval_is_that_of_the_variance(tmp_path: Path) -> None:
    text = "model,rating,rating_lower,rating_upper,variance\nx,1200,1190,1210,25\ny,1100,,,25\n"
    lower, upper = read_board(written(tmp_path / "b.csv", text)).bounds
    np.testing.assert_allclose(upper - lower, [20, 2 * 1.959964 * 5], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("model,rating,lower,upper\n", "no rows"),
        ("a,b\n1,2\n", "needs columns model and rating; there are a, b"),
        ("rating,lower,upper\n1,0,2\n", "needs columns model and rating"),
        ("model_a,model_b,score\nx,y,1\n", "needs columns model and rating"),
        ("model,rating\nx,1\n", "needs its intervals"),
        ("model,rating,lower,upper\nx,,0,2\n", "model 'x' has no rating"),
        ("model,rating,lower,upper\nx,nan,0,2\n", "model 'x' has no rating"),
        ("model,rating,lower,upper\nx,high,0,2\n", "model 'x' has 'high' in column 'rating', which is no finite number"),
        ("model,rating,lower,upper\nx,inf,0,2\n", "'inf' in column 'rating', which is no finite number"),
        ("model,rating,lower,upper\nx,1e999,0,2\n", "which is no finite number"),
        ("model;rating;lower;upper\nx;1287,5;1280;1290\n", "'1287,5' in column 'rating'"),
        ("model;rating;lower;upper\nx;0,912;0,8;1,0\n", "'0,912' in column 'rating'"),
        ("model,rating,lower,upper\nx,1010,1020,1030\n", "has bounds, 1020 to 1030, that do not hold its rating, 1010"),
        ("model,rating,lower,upper\nx,1010,1020,1000\n", "has bounds, 1020 to 1000, that do not hold its rating"),
        ("model,rating,lower,upper\nx,1010,1000,inf\n", "'inf' in column 'upper'"),
        ("model,rating,lower,upper\nx,1010,1000,1020\ny,990,,1000\n", "model 'y' has no interval"),
        ("model,rating,variance\nx,1010,-1\n", "model 'x' has a negative variance"),
        ("model,rating,95_pct_ci\nx,1010,±5\n", "'±5' in column '95_pct_ci', where +5/-4 is expected"),
        ("model,rating,lower,upper\nx,1,0,2\nx,1,0,2\n", "model 'x' is there twice"),
        ("model,rating,lower,upper,rank\nx,1,0,2,1\nx,3,2,4,2\n", "model 'x' is there twice"),
        ("model,rating,lower,upper\n,1,0,2\n", "row 1 of those selected has no model"),
        ("model,rating,rating,lower,upper\nx,1,1,0,2\n", "the column 'rating' occurs twice"),
        ("model,rating,lower,upper\nx,1,0\n", "line 2 has 3 cells where the header has 4"),
        ('model,rating,lower,upper\nx,1,0,"2\n', "the row that begins in line 2 is damaged or cut off"),
        ("<html><body>Sign in</body></html>", "this is no table"),
        ("model,rating\nx\xe9,1".encode("latin-1"), "neither Parquet nor UTF-8 text"),
        ("model,rating\n".encode("utf-16"), "neither Parquet nor UTF-8 text"),
        ('[{"model": "x", "rating": 1', "damaged or cut off JSON"),
        ('[{"model": "x", "rating": 1, "rating": 2}]', "the column 'rating' occurs twice in one object"),
        ('[{"model": "x", "rating": NaN, "lower": 0, "upper": 2}]', "model 'x' has no rating"),
        ('[{"model": "x", "rating": null, "lower": 0, "upper": 2}]', "model 'x' has no rating"),
        ('[{"model": "x", "rating": true, "lower": 0, "upper": 2}]', "'True' in column 'rating'"),
        ('[{"model": "x", "rating": [1], "lower": 0, "upper": 2}]', "'[1]' in column 'rating'"),
        ('[{"model": "x", "rating": Infinity, "lower": 0, "upper": 2}]', "'inf' in column 'rating'"),
        ('[{"model": "x", "rating": 1' + "0" * 400 + ', "lower": 0, "upper": 2}]', "which is no finite number"),
        ('[{"model": "x", "rating": 1' + "0" * 5000 + "}]", "a number of too many digits"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "no rows"),
        ("{}", "this JSON holds no published board"),
        ("[1, 2]", "record 1 is not an object"),
        ('[["x", 1], ["y", 2]]', "record 1 is not an object"),
        ('{"columns": ["model", "rating"], "data": [["x"]]}', "this JSON holds no published board"),
        ('{"0": {"rating": 1, "lower": 0, "upper": 2}}', "needs columns model and rating"),
        (b"PAR1 and then nothing of the kind PAR1", "the Parquet file is damaged or cut off"),
        (b"\x1f\x8b\x08\x00cut", "cannot be read as a published board"),
    ],
)
def test_what_is_no_published_board_is_refused_in_one_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(InputError) as refused:
        read_board(written(tmp_path / "board", text))
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"{tmp_path}")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 600


def test_a_parquet_file_with_a_column_twice_or_without_rows_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table([["x"], [1.0], [2.0]], names=["model", "rating", "rating"]), tmp_path / "twice")
    with pytest.raises(InputError, match="the column 'rating' occurs twice"):
        read_board(str(tmp_path / "twice"))
    FRAME.iloc[:0].to_parquet(tmp_path / "empty")
    with pytest.raises(InputError, match="no rows"):
        read_board(str(tmp_path / "empty"))


def test_control_characters_of_a_file_reach_no_message_and_half_a_character_no_board(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_board(written(tmp_path / "b.csv", "model,rating,lower,upper\n\x1b[31mx,\x1b[2J,0,2\n"))
    assert "\x1b" not in str(refused.value)
    board = read_board(written(tmp_path / "b.json", '[{"model": "\\ud800x", "rating": 1, "lower": 0, "upper": 2}]'))
    assert board.models == ("\ufffdx",)


def test_a_file_that_would_unpack_to_no_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.ratings.published_files.LARGEST", 1 << 20)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"x" * (1 << 22)))
    with pytest.raises(InputError, match="more than 1 MB, unpacked"):
        read_board(str(path))


def test_files_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"model": ["x" * 200_000] * 1000, "rating": [1.0] * 1000}), tmp_path / "cells")
    with pytest.raises(InputError, match="column 'model' has a cell of more than 8,192 bytes"):
        read_board(str(tmp_path / "cells"))
    with pytest.raises(InputError, match="2,000 columns, which no published board has"):
        read_board(written(tmp_path / "columns", "\n".join(f'{{"c{number}": 1}}' for number in range(2000))))


def _damaged(kind: str) -> bytes:
    if kind == "csv":
        return FRAME.to_csv(index=False).encode()
    if kind == "json":
        return json.dumps(ROWS).encode()
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(FRAME), sink)
    return sink.getvalue().to_pybytes()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["csv", "json", "parquet"]), cut=st.floats(0, 1), place=st.floats(0, 1), byte=st.integers(0, 255))
def test_a_damaged_file_gives_a_board_or_one_line(tmp_path: Path, kind: str, cut: float, place: float, byte: int) -> None:
    data = bytearray(_damaged(kind))
    data[int(place * (len(data) - 1))] = byte
    path = tmp_path / "board"
    path.write_bytes(data[: len(data) if cut < 0.5 else int(len(data) * cut)])
    try:
        models, said = read_board(str(path)).models, ""
    except WorkbookError as error:
        models, said = (), str(error)
    assert len(models) <= 2
    assert bool(models) != bool(said)
    assert "\n" not in said


# The arena's own history of its boards, as the hub has it.

DAYS = ("2025-05-01", "2025-07-22", "2025-07-24")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two arenas in the hub's shape: rows unsorted, ranks dense, the anchor moved by 100 points on the last day."""
    rng = np.random.default_rng(1)
    rows = [
        (f"m{model:02}", f"org{model % 3}", "MIT", 1000 - 9 * model + 100 * (day == DAYS[2]), 25.0, model + 1, category, day)
        for day in DAYS
        for category in ("coding", "overall")
        for model in range(12)
    ]
    columns = ["model_name", "organization", "license", "rating", "variance", "rank", "category", "leaderboard_publish_date"]
    frame = pd.DataFrame(rows, columns=columns).assign(vote_count=lambda table: rng.integers(100, 9000, len(table)))
    frame = frame.assign(rating_lower=frame["rating"] - 9.8, rating_upper=frame["rating"] + 9.8).sample(frac=1, random_state=2)
    folder = tmp_path / "leaderboard-dataset"
    for arena, part in (("text", frame), ("vision", frame[frame["category"] == "overall"])):
        (folder / arena).mkdir(parents=True)
        part.to_parquet(folder / arena / "full-00000-of-00001.parquet", index=False)
        latest = part[part["leaderboard_publish_date"] == DAYS[2]]
        latest.to_parquet(folder / arena / "latest-00000-of-00001.parquet", index=False)
    (folder / "README.md").write_text("about")
    monkeypatch.setattr(places, "RAW", tmp_path)
    return folder


def test_the_hub_s_boards_are_selected_by_arena_category_and_date(hub: Path) -> None:
    board = read_board("leaderboard-dataset?arena=text&category=overall&leaderboard_publish_date=2025-07-22")
    assert board.models == tuple(f"m{model:02}" for model in range(12))
    assert (board.day, board.category.label) == ("2025-07-22", "overall (published)")
    lower, upper = board.bounds
    np.testing.assert_allclose(upper - lower, 19.6)
    same = read_board("leaderboard-dataset/text?split=latest&category=coding")
    assert (same.day, len(same.models)) == ("2025-07-24", 12)
    by_glob = read_board(f"{hub}/t*/full*.parquet?category=overall&leaderboard_publish_date=2025-07-22")
    assert figures(by_glob) == figures(board)


def test_dates_in_parquet_are_selected_by_as_text(hub: Path) -> None:
    path = hub / "text" / "full-00000-of-00001.parquet"
    frame = pd.read_parquet(path)
    for kind in (lambda day: day.dt.date, lambda day: day, lambda day: day.dt.tz_localize("UTC")):
        frame.assign(leaderboard_publish_date=kind(pd.to_datetime(frame["leaderboard_publish_date"]))).to_parquet(path)
        board = read_board(f"{path}?category=overall&leaderboard_publish_date=2025-07-22")
        assert (board.day, len(board.models)) == ("2025-07-22", 12)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", r"as in leaderboard-dataset\?arena=.*&category=.*; arena is one of text, vision; category is one of coding"),
        ("?arena=text", r"as in leaderboard-dataset\?category=.*; category is one of coding, overall"),
        ("/text", r"as in leaderboard-dataset/text\?category=.*; category is one of coding, overall"),
        ("?arena=txt", "no rows with arena=txt; there are text, vision"),
        ("?category=code&arena=text", "no rows with category=code; there are coding, overall"),
        (
            "/text?category=overall&leaderboard_publish_date=2025",
            "no rows with leaderboard_publish_date=2025; there are 2025-05-01",
        ),
        ("/speech", "no such file"),
    ],
)
def test_what_is_to_be_selected_is_listed(hub: Path, query: str, said: str) -> None:
    for read in (read_published, read_history):
        with pytest.raises(InputError, match=said):
            read(f"leaderboard-dataset{query}")


def test_a_column_that_is_not_there_is_a_usage_error_and_a_set_that_is_not_fetched_says_how(hub: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column 'date' to select by; there are model_name, organization"):
        read_board("leaderboard-dataset?date=2025-07-22")
    hub.rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="not here yet.*run: arena-workbook fetch leaderboard-dataset"):
        read_board("leaderboard-dataset?arena=text")


def test_a_series_of_the_hub_is_a_history_that_names_the_changes_of_method(hub: Path) -> None:
    series = read_published("leaderboard-dataset?arena=text&category=overall")
    assert not isinstance(series, Board)
    assert list(series.boards) == list(DAYS)
    assert series.label == "overall (published)"
    assert series.sentence.endswith(
        "The arena changed how it makes its boards in between (2025-05-16 style control by default; "
        "2025-07-23 central-limit intervals and re-weighting): a step there need not be a model's."
    )


def test_several_files_are_told_apart_by_name(tmp_path: Path) -> None:
    for name in ("june", "july"):
        FRAME.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "notes.txt").write_text("none of this is a board")
    assert figures(read_board(f"{tmp_path}?file=june.csv")) == RIGHT
    with pytest.raises(InputError, match="file is one of july.csv, june.csv"):
        read_board(f"{tmp_path}/*.csv")


def test_a_path_is_a_path_even_with_a_question_mark_or_brackets(tmp_path: Path) -> None:
    for name in ("which?.csv", "board[1].csv"):
        FRAME.to_csv(tmp_path / name, index=False)
        assert figures(read_board(str(tmp_path / name))) == RIGHT


def test_an_empty_folder_and_no_file_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no published boards in this folder"):
        read_board(str(tmp_path))
    with pytest.raises(InputError, match="no such file"):
        read_board(str(tmp_path / "board.csv"))
    with pytest.raises(InputError, match="cannot be read"):
        read_board("x" * 5000)
