"""Changes from edition to edition of the sample, held against what it was drawn from."""

import json
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import analysis as arena
from analysis import places
from analysis.changes.change import CLEAR
from analysis.changes.editions import PARTS, EditionChanges
from analysis.errors import InputError, UsageError
from analysis.votes.table import Votes

from .conftest import Edition, Part, part_of, write_edition

#: Days on which the three editions of the sample end; the last one has all votes.
DAYS = ("2024-06-20", "2024-07-10")


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory, sample: Votes) -> dict[str, EditionChanges]:
    """From the first edition to the second, and from that to all votes."""
    folder = tmp_path_factory.mktemp("steps")
    votes = [
        part_of(sample, folder / f"{day}.parquet", lambda table, day=day: pc.less(table["time"], until(day))) for day in DAYS
    ]
    editions = [
        write_edition(one, folder / f"edition {day}", board=True, claims=True) for one, day in zip(votes, DAYS, strict=True)
    ]
    return {
        "first": arena.edition_changes(votes[1], editions[0]),
        "second": arena.edition_changes(sample, editions[1]),
    }


def until(day: str) -> pa.Scalar:
    return pa.scalar(pd.Timestamp(day, tz="UTC"), pa.timestamp("us", tz="UTC"))


@pytest.fixture(scope="module")
def truth() -> dict[str, object]:
    return json.loads((places.DATA / "sample" / "truth.json").read_text(encoding="utf-8"))


def test_new_models_are_those_that_entered(steps: dict[str, EditionChanges], truth: dict[str, list[dict[str, object]]]) -> None:
    """Simulated votes start on June 1, so that June 20 is day 19."""
    entered = {str(model["model"]) for model in truth["models"] if float(str(model["since_day"])) >= 19}
    first, second = ({change.subject for change in made.changes if change.kind == "model"} for made in steps.values())
    assert first == entered == {"claude-3-5-sonnet-20240620", "gemma-2-27b-it", "gemma-2-9b-it"}
    assert second == set()
    assert all(math.isinf(change.errors) for change in steps["first"].changes if change.kind == "model")


def test_ratings_that_hardly_drift_are_not_called_changed(steps: dict[str, EditionChanges]) -> None:
    for made in steps.values():
        assert [change for change in made.of(CLEAR) if change.kind in ("rating", "rank", "class", "share", "rows")] == []
    assert str(steps["second"].sentence).startswith("Since the edition of 2026-11-25 06:00, nothing changed beyond noise.")


def test_intervals_of_changes_hold_the_drift(
    steps: dict[str, EditionChanges], sample: Votes, truth: dict[str, dict[str, list[float]]]
) -> None:
    """The true change of a model is how far the mean of its drift over its votes moves, less that of all models."""
    frame = pq.read_table(sample.path, columns=["model_a", "model_b", "time"]).to_pandas()
    day = (frame["time"] - pd.Timestamp("2024-06-01", tz="UTC")).dt.days.to_numpy()
    for made, ends in ((steps["first"], DAYS), (steps["second"], (DAYS[1], "2025-01-01"))):
        table = made.parts["boards"].table
        moved = []
        for model in table["model"]:
            mine = ((frame["model_a"] == model) | (frame["model_b"] == model)).to_numpy()
            drift = np.array(truth["drift_by_day"][model])[np.minimum(day, 60)]
            means = [drift[mine & (frame["time"] < pd.Timestamp(end, tz="UTC")).to_numpy()].mean() for end in ends]
            moved.append(means[1] - means[0])
        true = np.array(moved) - np.mean(moved)
        held = (table["shift_lower"] <= true) & (true <= table["shift_upper"])
        assert held.mean() >= 0.9


def test_verdicts_are_held_against_those_published(steps: dict[str, EditionChanges]) -> None:
    said = [change.what for change in steps["first"].changes if change.kind == "claim"]
    # The one that is supported is true: the strengths at several turns are 1220 and 1198.
    assert said == [
        "Gemma-2-27B-it is above Llama-3-70B-Instruct in multi-turn. It could not be tested before, and is supported.",
        "8 more claims can be tested now, and are undecided.",
    ]
    assert "topics (the earlier edition kept no topics)" in steps["first"].causes[-1]


def test_causes_are_told_apart(steps: dict[str, EditionChanges]) -> None:
    assert steps["first"].causes[:2] == (
        "19,842 votes of 38,188 are new; none of the earlier ones is gone.",
        "Other models: 3 models are new; ratings are compared on those of both, on a common mean.",
    )
    assert not any("method" in cause or "release" in cause for made in steps.values() for cause in made.causes)


def test_the_record_can_be_written_as_json(steps: dict[str, EditionChanges]) -> None:
    record = json.loads(json.dumps(dict(steps["first"].record), allow_nan=False))
    assert record["headline"] == str(steps["first"].sentence)
    assert record["changes"][0]["errors"] is None
    assert record["counts"]["noise"] == steps["first"].folded
    assert len(record["lines"]) <= 10


def test_changes_say_whose_votes_they_are_of(steps: dict[str, EditionChanges], sample: Votes) -> None:
    assert steps["second"].origin == sample.origin
    assert steps["second"].parts["boards"].origin == sample.origin


def test_parts_are_results_of_their_own(steps: dict[str, EditionChanges]) -> None:
    made = steps["first"]
    assert set(made.parts) == set(PARTS) - {"topics"}
    assert arena.edition_part(made, "boards").sentence.startswith("Earlier edition → This edition: 0 of 57 ratings moved")
    with pytest.raises(InputError, match="the earlier edition kept no topics"):
        arena.edition_part(made, "topics")
    with pytest.raises(UsageError, match="no part 'all' of changes; there are models, boards"):
        arena.edition_part(made, "all")


def test_the_same_votes_have_changed_in_nothing(sample: Votes, edition: Edition) -> None:
    made = arena.edition_changes(sample, edition(sample, board=True))
    assert made.changes == ()
    assert made.folded == 0
    assert made.causes[0] == "The votes are the same: 60,000."
    assert "the board that was published" in arena.edition_part(made, "method").sentence


@pytest.mark.parametrize("kind", ["halves", "half and whole"])
def test_on_halves_without_a_difference_nothing_is_clear(sample: Votes, planting: ModuleType, kind: str) -> None:
    """How often it is in many splits, `benchmarks/changes.py` measures."""
    earlier, later = planting.splits(pq.read_table(sample.path), kind, "judge", 2)
    made = planting.changes_of(earlier, later)
    assert made.of(CLEAR) == ()
    assert "nothing changed beyond noise" in made.sentence


def test_a_model_that_got_stronger_is_found_and_the_others_are_left_in_peace(sample: Votes, planting: ModuleType) -> None:
    table = pq.read_table(sample.path)
    later = planting.stronger(table, "gpt-4-0125-preview", 60.0, 30_000, 1)
    made = planting.changes_of(table.slice(0, 30_000), later)
    assert {change.subject for change in made.of(CLEAR) if change.kind in ("rating", "rank", "class")} == {"gpt-4-0125-preview"}
    # Half of the votes are of the time since: half of 60 points, less what the other models' mean takes.
    (rating,) = [change for change in made.of(CLEAR) if change.kind == "rating"]
    assert 20 < rating.later - rating.earlier < 45


def test_a_share_of_several_turns_that_doubles_is_found(sample: Votes, planting: ModuleType) -> None:
    table = pq.read_table(sample.path)
    made = planting.changes_of(table.slice(0, 50_000), planting.more_turns(table, 50_000, 0.163, 1))
    (share,) = made.of(CLEAR)
    assert (share.kind, share.subject) == ("share", "multi-turn")
    assert "of 10,000 new votes" in share.what
    assert share.errors > 7


def test_without_an_earlier_edition_the_reason_is_said(sample: Votes) -> None:
    with pytest.raises(InputError, match="there is no earlier edition to compare these votes with"):
        arena.edition_changes(sample)


def test_a_folder_that_is_no_edition_is_wrong_usage(sample: Votes, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no edition \(run.json is not there\)"):
        arena.edition_changes(sample, tmp_path)


def test_an_edition_edited_by_hand_is_one_clear_line(sample: Votes, part: Part, edition: Edition) -> None:
    few = part(sample, lambda table: pa.array(np.arange(len(table)) < 3_000))
    folder = edition(few, board=True, ledger={"rows_in": "many"})
    board = folder / "tables/03_leaderboard/board.parquet"
    board.write_bytes(b"no table")
    made = arena.edition_changes(few, folder)
    assert made.without.keys() == {"topics", "rows", "method"}
    assert "cannot be read" in made.without["method"]
    assert "its ledger cannot be read" in made.without["rows"]
    (folder / "votes.parquet").unlink()
    with pytest.raises(InputError, match="this edition kept no votes to compare with"):
        arena.edition_changes(few, folder)
    (folder / "run.json").write_text("[1,", encoding="utf-8")
    with pytest.raises(InputError, match=r"run.json: cannot be read"):
        arena.edition_changes(few, folder)


def test_what_a_run_passes_to_its_pages_is_told_from_what_was_passed(sample: Votes, part: Part, edition: Edition) -> None:
    few = part(sample, lambda table: pa.array(np.arange(len(table)) < 3_000))
    pages = [{"stem": "03_leaderboard", "parameters": {"votes": "a.parquet", "seed": 1, "interval": "votes"}}]
    folder = edition(few, pages=pages)
    made = arena.edition_changes(few, folder, pages='{"03_leaderboard": {"votes": "b.parquet", "seed": 2}}')
    assert (
        "Other parameters: interval of 03_leaderboard ('votes' → as the page has it) and seed of 03_leaderboard (1 → 2)."
        in made.causes
    )
    with pytest.raises(UsageError, match="pages is JSON text of parameters by page"):
        arena.edition_changes(few, folder, pages="[1]")


def test_a_stranger_s_name_stays_on_its_line(sample: Votes, tmp_path: Path, edition: Edition) -> None:
    few = part_of(sample, tmp_path / "few.parquet", lambda table: pa.array(np.arange(len(table)) < 3_000))
    name = "two\nlines \u202e<b>"
    frame = few.table
    frame["model_a"] = frame["model_a"].where(frame["model_a"] != "gpt-4-0125-preview", name)
    frame["model_b"] = frame["model_b"].where(frame["model_b"] != "gpt-4-0125-preview", name)
    frame["vote_id"] = [f"other {number}" for number in range(len(frame))]
    pages = [{"stem": "03_leaderboard", "parameters": {"model": name}}]
    made = arena.edition_changes(frame, edition(few, pages=pages), pages='{"03_leaderboard": {}}')
    said = [*made.causes, *(change.what for change in made.changes), *(change.subject for change in made.changes)]
    said += [made.parts[part].sentence for part in ("models", "classes")]
    assert any("two lines <b> is new" in words for words in said)
    assert all(words.isprintable() for words in said)


def test_settings_that_an_edition_has_no_votes_for_are_wrong_usage(sample: Votes, part: Part, edition: Edition) -> None:
    few = part(sample, lambda table: pa.array(np.arange(len(table)) < 3_000))
    with pytest.raises(UsageError, match="editions are compared without style control"):
        arena.edition_changes(few, edition(few), arena.Settings(style_control=True))
