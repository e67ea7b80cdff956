"""What an edition kept of itself."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.changes.kept import read_edition
from analysis.errors import InputError, UsageError

RUN = '{"started": "2026-11-25T06:00:00+00:00", "pages": [{"stem": "03_leaderboard", "parameters": {"seed": 1}}, 7]}'


def folder_of(path: Path, run: str = RUN) -> Path:
    (path / "run.json").write_text(run, encoding="utf-8")
    return path


def test_an_edition_is_called_by_its_time(tmp_path: Path) -> None:
    assert read_edition(folder_of(tmp_path)).name == "the edition of 2026-11-25 06:00"
    assert read_edition(folder_of(tmp_path, "{}")).name == f"the edition of {tmp_path.name}"


def test_parameters_are_those_of_the_page(tmp_path: Path) -> None:
    kept = read_edition(folder_of(tmp_path))
    assert kept.parameters("03_leaderboard") == {"seed": 1}
    assert kept.parameters("02_turns") == {}


@pytest.mark.parametrize("run", ["", "[1]", "[" * 100_000, "null"])
def test_a_damaged_record_is_one_line(tmp_path: Path, run: str) -> None:
    with pytest.raises(InputError, match=r"run\.json: (cannot be read|is no record of an edition)") as caught:
        read_edition(folder_of(tmp_path, run))
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_record_is_no_edition(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no edition"):
        read_edition(tmp_path / "nowhere")


def test_tables_that_are_missing_damaged_or_others_are_said(tmp_path: Path) -> None:
    kept = read_edition(folder_of(tmp_path))
    path = tmp_path / "tables/03_leaderboard/board.parquet"
    with pytest.raises(InputError, match="published no board"):
        _ = kept.board
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1")
    with pytest.raises(InputError, match="cannot be read"):
        _ = kept.board
    pd.DataFrame({"model": ["a"], "rating": [1.0]}).to_parquet(path)
    with pytest.raises(InputError, match="has no lower"):
        _ = kept.board
    assert kept.topics is None
    assert not kept.has_claims
    with pytest.raises(InputError, match="its ledger cannot be read"):
        _ = kept.ledger


def test_votes_that_are_no_votes_are_one_line(tmp_path: Path) -> None:
    kept = read_edition(folder_of(tmp_path))
    (tmp_path / "votes.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(InputError, match=r"votes\.parquet"):
        _ = kept.votes
