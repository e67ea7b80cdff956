"""A confidence level lies between 0 and 1, for every interval."""

from collections.abc import Callable

import pytest

import analysis as arena
from analysis import places
from analysis.errors import UsageError


@pytest.mark.parametrize("level", [0.0, 1, 95, float("nan"), True])
@pytest.mark.parametrize(
    "analyse",
    [
        lambda level: arena.turn_share("sample", level=level),
        lambda level: arena.repeats("sample", level=level),
        lambda level: arena.exposure("sample", places.SAMPLE / "votes.parquet", level=level),
        lambda level: arena.Settings(level=level),
    ],
    ids=["turns", "repeats", "exposure", "board"],
)
def test_what_is_no_level_is_wrong_usage(analyse: Callable[[object], object], level: object) -> None:
    with pytest.raises(UsageError, match=f"level is {level!r}; it must be between 0 and 1"):
        analyse(level)
