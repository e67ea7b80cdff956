"""What somebody meant: the known name that is most like the one that was written, and none where none is."""

import pytest

from analysis.results.spelling import did_you_mean, nearest

KNOWN = ["overall", "coding", "creative_writing", "hard", "gpt-4-0613", "gpt-4o-2024-05-13", "gpt-4o-mini-2024-07-18"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("codng", "coding"),
        ("Coding", "coding"),
        ("creative-writing", "creative_writing"),
        ("Creative Writing", "creative_writing"),
        ("gpt-4o", "gpt-4o-2024-05-13"),
        ("gpt4-0613", "gpt-4-0613"),
        ("h", ""),
        ("nothing like it", ""),
        ("", ""),
    ],
)
def test_the_name_that_is_most_like_it_is_meant(written: str, meant: str) -> None:
    assert nearest(written, KNOWN) == meant
    assert did_you_mean(written, KNOWN) == (f" (did you mean {meant}?)" if meant else "")


def test_a_name_of_a_stranger_is_shown_visibly_and_a_long_one_takes_no_time() -> None:
    assert did_you_mean("evi", ["evil\u202e"]) == " (did you mean evil⟨U+202E⟩?)"
    assert nearest("x" * 10**6, ["y" * 10**6]) == ""
