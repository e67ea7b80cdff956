"""Boards: small data, anchors, ranks, and the board that the arena published."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, UsageError
from analysis.ratings.board import board
from analysis.ratings.boards import boards
from analysis.ratings.settings import Settings
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

Make = Callable[..., Votes]


def played(*results: tuple[str, str, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(results, columns=["model_a", "model_b", "outcome", "times"])
    return frame.loc[frame.index.repeat(frame["times"]), ["model_a", "model_b", "outcome"]].reset_index(drop=True)


RING = played(("a", "b", "model_a", 6), ("b", "c", "model_a", 6), ("c", "a", "model_a", 3), ("a", "c", "model_a", 4))


def test_the_columns_are_those_of_the_contract(votes_of: Make) -> None:
    table = board(votes_of(RING)).table
    assert list(table.columns[:8]) == ["model", "rating", "lower", "upper", "rank", "rank_lower", "rank_upper", "votes"]
    assert table["rating"].is_monotonic_decreasing
    assert (table["lower"] < table["rating"]).all()
    assert table["votes"].sum() == 2 * len(RING)


def test_without_the_anchor_the_mean_rating_is_1000(votes_of: Make) -> None:
    assert board(votes_of(RING)).table["rating"].mean() == pytest.approx(1000)


def test_the_anchor_has_its_rating_and_its_own_interval(votes_of: Make) -> None:
    table = board(votes_of(RING), settings=Settings(anchor="b", anchor_rating=1114)).table.set_index("model")
    assert table.loc["b", "rating"] == pytest.approx(1114)
    assert table.loc["b", "lower"] < 1114 < table.loc["b", "upper"]


ISLAND = played(("x", "y", "model_a", 2), ("y", "x", "model_a", 1))

LEFT_OUT = pd.concat([RING, played(("best", "a", "model_a", 2), ("worst", "c", "model_b", 1)), ISLAND])


def test_models_that_only_won_only_lost_or_are_unconnected_are_named_with_the_reason(votes_of: Make) -> None:
    result = board(votes_of(LEFT_OUT))
    assert set(result.models) == {"a", "b", "c"}
    assert result.left_out.set_index("model")["reason"].to_dict() == {
        "best": "won every vote",
        "worst": "lost every vote",
        "x": "in another group, of 2 models with 3 votes",
        "y": "in another group, of 2 models with 3 votes",
    }


def test_the_sentence_names_who_is_not_rated_why_from_how_many_votes_and_what_would_rate_them(votes_of: Make) -> None:
    assert board(votes_of(LEFT_OUT)).not_rated == (
        "4 of 7 models are not rated. x (3 votes) and y (3 votes): in another group, of 2 models with 3 votes, that never both "
        "won and lost against the rated one; best (2 votes): won every vote; worst (1 vote): lost every vote. "
        "--ridge 1 rates them too; --group all rates each group on a scale of its own."
    )


def test_a_model_that_neither_only_won_nor_only_lost_may_still_be_unconnected(votes_of: Make) -> None:
    between = played(("a", "z", "model_a", 3), ("z", "last", "model_a", 3))
    reasons = board(votes_of(pd.concat([RING, between]))).left_out.set_index("model")["reason"]
    assert reasons["z"] == "no chain of wins and of losses connects it with the rated models"


def test_of_two_groups_the_one_with_most_votes_is_rated_not_the_one_with_most_models(votes_of: Make) -> None:
    result = board(votes_of(pd.concat([RING, played(("x", "y", "model_a", 15), ("y", "x", "model_a", 15))])))
    assert result.models == ("x", "y")
    assert set(result.left_out["model"]) == {"a", "b", "c"}
    assert "in another group, of 3 models with 19 votes" in result.sentence


def test_many_models_left_out_for_one_reason_are_counted_after_three(votes_of: Make) -> None:
    losers = played(*((f"loser-{number}", "a", "model_b", 1) for number in range(9)))
    assert "loser-0 (1 vote), loser-1 (1 vote), loser-2 (1 vote) and 6 more: lost every vote." in (
        board(votes_of(pd.concat([RING, losers]))).sentence
    )


def test_what_no_ridge_can_rate_is_not_offered_one(votes_of: Make) -> None:
    few = board(votes_of(RING), settings=Settings(minimum_votes=13)).not_rated
    assert few.endswith("b (12 votes): fewer than 13 votes.")
    tied = votes_of(pd.concat([RING, played(("a", "b", "tie", 4), ("best", "a", "model_a", 2))]))
    assert "ridge" not in board(tied, settings=Settings(ties="davidson")).sentence


def test_the_whole_table_has_the_models_left_out_without_a_rating_and_with_the_reason(votes_of: Make) -> None:
    result = board(votes_of(LEFT_OUT))
    whole = result.whole_table
    assert whole["model"].tolist() == [*result.models, "x", "y", "best", "worst"]
    assert whole["not_rated"].notna().tolist() == [False] * 3 + [True] * 4
    others = whole[whole["not_rated"].notna()]
    assert others[["rating", "lower", "upper", "rank", "rank_lower", "rank_upper"]].isna().all(axis=None)
    assert others["votes"].tolist() == [3, 3, 2, 1]
    pd.testing.assert_frame_equal(whole.head(3)[list(result.table.columns)], result.table, check_dtype=False)
    assert board(votes_of(RING)).whole_table["not_rated"].isna().all()


def test_a_ridge_rates_the_unconnected_too(votes_of: Make) -> None:
    frame = pd.concat([RING, played(("best", "a", "model_a", 2))])
    result = board(votes_of(frame), settings=Settings(ridge=0.5))
    assert result.models[0] == "best"
    assert result.left_out.empty
    assert np.isfinite(result.table[["lower", "upper"]].to_numpy()).all()


def test_models_below_the_minimum_of_votes_are_left_out(votes_of: Make) -> None:
    result = board(votes_of(RING), settings=Settings(minimum_votes=13))
    assert result.left_out["reason"].tolist() == ["fewer than 13 votes"]


def test_one_pair_that_never_lost_is_an_input_error_that_offers_the_ridge(votes_of: Make) -> None:
    with pytest.raises(InputError, match="nothing to rate.*ridge"):
        board(votes_of(played(("a", "b", "model_a", 3))))


def test_a_board_on_too_few_votes_is_made_where_it_is_asked_for_and_says_that_it_is_no_lead(votes_of: Make) -> None:
    result = board(votes_of(RING))
    assert result.lead.startswith("a has the highest rating, 1141 ± 174 points from 13 votes; b and c share rank 1 with it. ")
    why = "19 votes and 3 models with 10 or more are too few for a board, which takes 30 votes and 3 such models"
    assert result.lead.endswith(f" That is no lead: {why}.")
    assert "no leader is decided" in board(votes_of(RING), settings=Settings(board_votes=19)).lead
    twice = votes_of(played(("a", "b", "model_a", 1), ("b", "a", "model_a", 1)))
    assert "points from 2 votes; " in board(twice).lead
    assert result.plot().title == "Too few votes to say who leads"


def test_of_many_votes_on_two_models_too_few_models_are_a_board(votes_of: Make) -> None:
    two = votes_of(played(("a", "b", "model_a", 60), ("b", "a", "model_a", 40)))
    assert "100 votes and 2 models with 10 or more are too few for a board" in board(two).sentence
    assert not board(two, settings=Settings(board_models=2)).too_few


def test_the_chances_to_be_first_are_those_of_the_draws(votes_of: Make) -> None:
    result = board(votes_of(RING))
    assert result.first_chances.sum() == pytest.approx(1)
    of_draws = [(result.draws.argmax(axis=1) == place).mean() for place in range(3)]
    assert result.first_chances.tolist() == pytest.approx(of_draws, abs=0.02)


def test_a_model_far_below_has_no_chance_to_be_first_and_who_is_first_by_little_does_not_lead(votes_of: Make) -> None:
    result = board(votes_of(played(*((*pair, "model_a", 80) for pair in ("ab", "ac", "bc")), ("c", "a", "model_a", 5))))
    assert result.first_chances[2] == 0
    assert result.leader() == "a"
    assert board(votes_of(RING)).leader() == ""


def test_an_unknown_category_lists_the_known_ones(votes_of: Make) -> None:
    with pytest.raises(UsageError, match="unknown category 'codding'.*coding"):
        board(votes_of(RING), "codding")


def test_boards_says_why_a_category_cannot_be_made(votes_of: Make) -> None:
    made, why = boards(votes_of(RING), ["overall", "multi_turn", "exclude_ties"])
    assert set(made) == {"overall", "exclude_ties"}
    assert why == {"multi_turn": "needs turns"}


def test_a_hundred_votes_over_48_models_still_end_in_a_board(real_data: Path) -> None:
    result = board(load_votes(real_data / "arena_140k_sample100.csv"))
    assert len(result.models) + len(result.left_out) == 48
    assert len(result.models) >= 2
    assert np.isfinite(result.table[["rating", "lower", "upper"]].to_numpy()).all()


def test_the_published_board_of_2024_08_13_is_reproduced_from_its_pair_counts(real_data: Path) -> None:
    ours = board(load_votes(real_data / "pair_counts_20240814.json")).table
    ours["model"] = ours["model"].replace("chatgpt-4o-latest", "chatgpt-4o-latest-2024-08-08")
    joined = ours.merge(pd.read_csv(real_data / "board_published_20240813.csv"), on="model", suffixes=("", "_published"))
    assert len(joined) == 128
    assert (joined["rating"] - joined["rating_published"]).abs().mean() <= 0.22
    assert joined["rating"].corr(joined["rating_published"], method="spearman") >= 0.9999
    widths = (joined["upper"] - joined["lower"]) / (joined["rating_q975"] - joined["rating_q025"]).replace(0, np.nan)
    assert widths.median() == pytest.approx(1, abs=0.1)


def test_a_bootstrapped_board_has_about_the_bounds_of_the_sandwich(votes_of: Make) -> None:
    votes = votes_of(pd.concat([RING] * 20))
    plain, resampled = board(votes).table, board(votes, settings=Settings(interval="bootstrap", rounds=2000)).table
    np.testing.assert_allclose(resampled["rating"], plain["rating"])
    np.testing.assert_allclose(resampled["upper"] - resampled["lower"], plain["upper"] - plain["lower"], rtol=0.1)


def test_resampling_judges_of_one_vote_each_is_resampling_votes(votes_of: Make) -> None:
    frame = pd.concat([RING] * 20, ignore_index=True)
    alone = votes_of(frame.assign(judge=[f"j{row}" for row in frame.index]))
    widths = {
        interval: (lambda table: (table["upper"] - table["lower"]).to_numpy())(
            board(alone, settings=Settings(interval=interval, rounds=2000)).table
        )
        for interval in ("bootstrap", "judges")
    }
    np.testing.assert_allclose(widths["judges"], widths["bootstrap"], rtol=0.1)


def test_judges_who_repeat_their_vote_widen_the_interval(votes_of: Make) -> None:
    frame = pd.concat([RING] * 20, ignore_index=True).assign(judge=lambda table: [f"j{row}" for row in table.index])
    tenfold = votes_of(frame.loc[frame.index.repeat(10)])
    once = board(votes_of(frame), settings=Settings(interval="judges", rounds=1000)).table
    naive, clustered = (
        board(tenfold, settings=Settings(interval=interval, rounds=1000)).table for interval in ("votes", "judges")
    )
    assert ((clustered["upper"] - clustered["lower"]) > 2 * (naive["upper"] - naive["lower"])).all()
    np.testing.assert_allclose(clustered["upper"] - clustered["lower"], once["upper"] - once["lower"], rtol=0.15)


@pytest.mark.parametrize("ties", ["davidson", "rao_kupper"])
def test_tie_models_make_boards(votes_of: Make, ties: str) -> None:
    votes = votes_of(pd.concat([RING, played(("a", "b", "tie", 4), ("b", "c", "both_bad", 5))]))
    table = board(votes, settings=Settings(ties=ties)).table
    assert table["rating"].mean() == pytest.approx(1000)
    assert (table["lower"] < table["rating"]).all()


def test_a_tie_model_without_ties_is_an_input_error(votes_of: Make) -> None:
    with pytest.raises(InputError, match="Use ties=half"):
        board(votes_of(RING), settings=Settings(ties="davidson"))


@pytest.mark.parametrize("wrong", [{"ties": "third"}, {"interval": "wide"}, {"style_control": True, "ties": "davidson"}])
def test_settings_that_cannot_be_are_usage_errors(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Settings(**wrong)


def test_style_control_names_the_columns_that_a_release_lacks(votes_of: Make) -> None:
    with pytest.raises(InputError, match="style control needs tokens a"):
        board(votes_of(RING), settings=Settings(style_control=True))
