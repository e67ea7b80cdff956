"""Options of figures: shown in the signature of `plot`, and refused where the figure has none such."""

import inspect
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import analysis as arena
from analysis.errors import UsageError
from analysis.results.drawing import draw, options_of
from analysis.results.listing import Listing
from analysis.results.options import named
from analysis.shares.contents import Counts
from analysis.surroundings import TABLES

COUNTS = Counts(pd.DataFrame({"group": ["a", "b"], "votes": [3, 1]}), "model", 4)


@pytest.fixture(scope="module")
def shift() -> arena.shift:  # type: ignore[valid-type]
    return arena.shift(arena.load_votes("sample").sample(4_000), "overall", "single_turn")


def test_plot_has_the_signature_and_the_words_of_its_figure() -> None:
    assert list(inspect.signature(COUNTS.plot).parameters) == ["top"]
    assert "votes" in (COUNTS.plot.__doc__ or "").lower()
    assert repr(COUNTS.plot) == "<plot of a Counts>"


@pytest.mark.parametrize("top", [2.5, "x", None, -1])
def test_a_number_of_rows_is_a_whole_one(top: object) -> None:
    with pytest.raises(UsageError, match="top is "):
        COUNTS.plot(top=top)
    assert COUNTS.plot(top=np.int64(1)).alt == COUNTS.plot(top=1).alt


def test_names_are_one_or_several_and_each_counts_once() -> None:
    assert named("model") == ["model"]
    assert named(name for name in ("b", "a", "b")) == ["b", "a"]
    assert named(None) == named(()) == []
    with pytest.raises(UsageError, match="names are wanted, and 3 is none"):
        named(3)  # type: ignore[arg-type]


def test_a_result_without_a_figure_has_no_options_and_says_so() -> None:
    plot = Listing(pd.DataFrame()).plot
    assert str(inspect.signature(plot)) == "()"
    assert plot.__doc__ == "a Listing has no figure."


def test_every_figure_shows_its_options_by_name() -> None:
    COUNTS.plot()  # registers all
    for kind, figure in draw.registry.items():
        if kind is not object:
            assert all(option.default is not option.empty for option in options_of(figure).values()), kind


def test_an_unknown_option_is_refused_with_those_there_are(shift: arena.shift) -> None:  # type: ignore[valid-type]
    with pytest.raises(UsageError, match=r"no option 'tops' \(did you mean top\?\); it has top\."):
        COUNTS.plot(tops=3)
    with pytest.raises(UsageError, match=r"no option 'of'; it has top\."):
        COUNTS.plot(of="share")
    with pytest.raises(UsageError, match=r"no option 'higlight' \(did you mean highlight\?\)"):
        shift.plot(of="change", higlight=["a"])
    with pytest.raises(UsageError, match=r"no figure of 'ranks' \(did you mean rank\?\)"):
        shift.plot(of="ranks")


def test_an_option_of_another_figure_of_the_result_is_refused(votes_of: Callable[[pd.DataFrame], object]) -> None:
    share = arena.turn_share("sample", by="language")
    assert set(inspect.signature(share.plot).parameters) >= {"of", "top"}
    with pytest.raises(UsageError, match="no option 'top'"):
        share.plot(of="distribution", top=3)


def test_models_to_point_out_that_are_not_there_are_said_but_not_to_a_page(
    shift: arena.shift,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[valid-type]
) -> None:
    assert shift.plot(highlight="gpt-4o").title
    assert capsys.readouterr().err == "highlight: no model 'gpt-4o' here (did you mean gpt-4o-2024-05-13?).\n"
    shift.plot(highlight=["gpt-4o-2024-05-13"])
    assert capsys.readouterr().err == ""
    monkeypatch.setenv(TABLES, "")
    shift.plot(highlight=["gpt-4o"])
    assert capsys.readouterr().err == ""
