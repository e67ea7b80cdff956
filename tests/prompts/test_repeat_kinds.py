"""Repeats by what counts as the same."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, UsageError
from analysis.matching import meaning
from analysis.matching.near import NEAR
from analysis.prompts.repeat_kinds import NAMES, repeat_kinds
from analysis.prompts.repeats import repeats
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]

LONG = "How do I sort a list of names in Python when some of them are missing"


def asked(prompts: list[str | None], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"prompt": prompts, "model_a": "x", "model_b": "y", "outcome": "tie", **columns})


def shares(votes: Votes, *kinds: str) -> dict[str, int]:
    return repeat_kinds(votes, kinds or ("exact", "near")).table.set_index("group")["repeated"].to_dict()


def test_each_kind_counts_what_the_stricter_ones_do_and_more(votes_of: Make) -> None:
    prompts = [LONG, LONG, f" {LONG.upper()}\n", LONG.replace(" ", "  "), f"{LONG}?", f"{LONG} now", "other", None, " "]
    found = shares(votes_of(asked(prompts)))
    # As written 1; once stripped and lower-cased 2; but for marks and white space 4; and nearly 5.
    assert list(found.values()) == [1, 2, 4, 5]
    assert list(found)[2:] == [NAMES["exact"], NAMES["near"]]


def test_as_written_is_a_loop_over_the_votes_in_time(votes_of: Make) -> None:
    rng = np.random.default_rng(1)
    prompts = [str(text) for text in rng.choice(["a", "A", "a ", "b", "B!", "c", "  "], 300)]
    judges = [f"j{number}" for number in rng.integers(0, 30, 300)]
    frame = asked(prompts, time=pd.to_datetime(rng.integers(0, 99, 300), unit="h", utc=True), judge=judges)
    table = repeat_kinds(votes_of(frame), ["exact"]).table
    said = frame[frame["prompt"].str.strip() != ""]
    assert table["votes"].tolist() == [len(said)] * 3
    changed = (said["prompt"], said["prompt"].str.strip().str.lower(), said["prompt"].str.strip(" !").str.lower())
    assert table["repeated"].tolist() == [int(texts.duplicated().sum()) for texts in changed]
    assert table["threshold"].isna().all()


def test_prompts_that_differ_late_are_different_as_written_too(votes_of: Make) -> None:
    long = "x " * 6_000
    table = repeat_kinds(votes_of(asked([f"{long}{number}" for number in (1, 2, 3, 3)])), ["exact"]).table
    assert table["repeated"].tolist() == [1, 1, 1]


def test_the_sentence_reads_as_one(votes_of: Make) -> None:
    found = repeat_kinds(votes_of(asked(["a", "a", f"{LONG} now", LONG])), ["exact", "near"])
    assert found.sentence.startswith(
        "Of the first prompts, 25.0 % as written, 25.0 % but for case and outer white space, 25.0 % but for case, white space "
        "and marks and 50.0 % in nearly the same words were asked before."
    )


def test_exact_is_what_repeats_counts_and_near_has_its_threshold(votes_of: Make) -> None:
    judges = [f"j{place % 15}" for place in range(60)]
    votes = votes_of(asked([f"{LONG} {place % 20}" for place in range(60)], judge=judges))
    kinds, table = repeats(votes), repeat_kinds(votes, ["exact", "near"]).table.set_index("group")
    columns = ["votes", "repeated", "share", "lower", "upper", "design_effect"]
    assert table.loc[NAMES["exact"], columns].tolist() == pytest.approx(kinds.shares[columns].iloc[0].tolist())
    assert table.loc[NAMES["near"], "threshold"] == NEAR


def test_where_meaning_cannot_compare_all_every_kind_is_of_the_last_votes(
    votes_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.prompts.repeat_kinds.MOST", 3)
    monkeypatch.setattr(meaning, "meaning_pairs", lambda *_: np.array([[0, 1]]))
    found = repeat_kinds(votes_of(asked(["a", "b", "a", None, "b", "c"])))
    assert found.table["votes"].tolist() == [3] * 5
    assert found.table["repeated"].tolist() == [0, 0, 0, 0, 1]
    assert found.uncompared == 2
    assert "These are of the last 3 votes; 2 earlier ones were left out." in found.sentence


def test_a_kind_that_cannot_be_had_says_why(votes_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise InputError("there is no encoder here.")

    monkeypatch.setattr(meaning, "meaning_pairs", fail)
    found = repeat_kinds(votes_of(asked(["a", "a"])))
    assert NAMES["meaning"] not in set(found.table["group"])
    assert "alike in meaning: there is no encoder here." in found.sentence


def test_no_such_kind_is_wrong_usage_and_blank_prompts_are_refused(votes_of: Make) -> None:
    with pytest.raises(UsageError, match="likeness is one of"):
        repeat_kinds(votes_of(asked(["a"])), ["exact", "other"])
    with pytest.raises(InputError, match="are blank"):
        repeat_kinds(votes_of(asked(["", " "])))


def test_the_votes_of_2023_by_each_kind(real_data: Path) -> None:
    """21.9 % extra copies of a first prompt, once stripped and lower-cased; 240 as written; 258 by our normalisation."""
    table = repeat_kinds(load_votes(real_data / "arena_votes_2023.jsonl"), ["exact", "near"]).table
    assert table["group"].tolist()[:2] == ["as written", "but for case and outer white space"]
    assert table["votes"].tolist() == [1_135] * 4
    assert table["repeated"].tolist()[:3] == [240, 249, 258]
    assert round(100 * table["share"][1], 1) == 21.9
    assert table["repeated"][3] > 258


def test_the_sample_repeats_6_635_prompts() -> None:
    table = repeat_kinds(load_votes("sample"), ["exact"]).table
    assert (table["votes"].iloc[2], table["repeated"].iloc[2]) == (60_000, 6_635)
