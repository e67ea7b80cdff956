"""What changed on a published board: each kind of change on boards made by hand, and how often noise is told as a change."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis as arena
from analysis.categories.categories import CATEGORIES
from analysis.changes.change import CLEAR, NOISE, POSSIBLE
from analysis.changes.watch import Watch
from analysis.changes.watch_moves import moves_between
from analysis.changes.watch_noise import noise_of
from analysis.changes.watch_shift import nested_shift
from analysis.errors import InputError, UsageError
from analysis.ratings.board import Board, fit_board
from analysis.ratings.pairs import PairCounts
from analysis.ratings.settings import Settings

MODELS = tuple(f"model-{letter}" for letter in "abcdefghijkl")
RATINGS = dict(zip(MODELS, np.linspace(1400.0, 1180.0, len(MODELS)), strict=True))
DAYS = ("2025-03-01", "2025-03-08", "2025-03-15")


def rows(day: str, ratings: dict[str, float], half: float = 8.0, votes: int = 0, category: str = "") -> list[dict[str, object]]:
    """A published board, with intervals of this half width; without votes and category where they are not given."""
    more = {"votes": votes} if votes else {}
    more |= {"category": category} if category else {}
    return [
        {"commit_date": day, "model": model, "rating": rating, "q025": rating - half, "q975": rating + half, **more}
        for model, rating in ratings.items()
    ]


def series(folder: Path, *boards: list[dict[str, object]]) -> str:
    path = folder / "boards.csv"
    pd.DataFrame([row for board in boards for row in board]).to_csv(path, index=False)
    return str(path)


def told(watch: Watch, tier: str = CLEAR) -> list[str]:
    return [change.what for change in watch.of(tier)]


# What is told


def test_a_board_published_again_says_that_nothing_changed(tmp_path: Path) -> None:
    seen = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS), rows(DAYS[1], RATINGS)))
    assert seen.sentence == "Since 2025-03-01, nothing changed beyond noise."
    assert (seen.changes, seen.folded) == ((), len(MODELS))
    assert "published again, not computed again" in " ".join(seen.causes)


def test_a_model_that_is_new_and_first_is_the_headline(tmp_path: Path) -> None:
    later = {"newcomer": 1450.0, **RATINGS, "small": 1000.0}
    seen = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS), rows(DAYS[1], later)))
    assert seen.sentence.startswith("Since 2025-03-01: newcomer is new and first, 50 points above model-a, which was first.")
    assert told(seen)[-1] == "model-a is no longer in the first class: told apart from newcomer, which is first now."
    assert "small (place 14) is new." in told(seen)


def test_a_lead_within_noise_is_only_possible(tmp_path: Path) -> None:
    later = {"newcomer": 1401.0, **RATINGS}
    seen = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS), rows(DAYS[1], later)))
    said = "newcomer is new and first, 1 point above model-a, which was first; the intervals do not tell the two apart."
    assert told(seen, POSSIBLE) == [said]


def test_models_that_are_gone_are_told_with_the_places_of_the_first(tmp_path: Path) -> None:
    fewer = {model: rating for model, rating in RATINGS.items() if model not in ("model-b", "model-l")}
    seen = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS), rows(DAYS[1], fewer)))
    assert told(seen) == ["2 models are gone: model-b (place 2) and model-l."]


def test_a_model_that_was_away_is_back_and_not_new(tmp_path: Path) -> None:
    fewer = {model: rating for model, rating in RATINGS.items() if model != "model-f"}
    boards = series(tmp_path, rows(DAYS[0], RATINGS), rows(DAYS[1], fewer), rows(DAYS[2], {**RATINGS, "other": 1201.0}))
    assert told(arena.watch(boards)) == ["other (place 11) is new.", "model-f (place 6) is back."]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("grok-9-preview-02-24", "grok-9", True),
        ("Claude 9 Sonnet", "Claude 9 Sonnet (20240620)", True),
        ("gemini-9-pro-exp-0827", "gemini-9-pro-002", False),
        ("gemini-2.0-pro", "gemini-2.5-pro", False),
        ("gpt-9-mini", "gpt-9", True),
        ("gpt-9", "claude-9", False),
    ],
)
def test_a_model_under_another_name_is_probably_the_same(tmp_path: Path, old: str, new: str, same: bool) -> None:
    boards = rows(DAYS[0], {**RATINGS, old: 1301.0}, votes=900), rows(DAYS[1], {**RATINGS, new: 1303.0}, votes=950)
    seen = arena.watch(series(tmp_path, *boards))
    assert seen.comings.renamed == (((old, new),) if same else ())
    assert (f"{new} is probably what {old} was: name, rating and votes fit." in told(seen, POSSIBLE)) == same
    unseen = rows(DAYS[0], {**RATINGS, old: 1301.0}), rows(DAYS[1], {**RATINGS, new: 1303.0})
    seen = arena.watch(series(tmp_path, *unseen))
    assert (f"{new} may be what {old} was: name and rating fit." in told(seen, POSSIBLE)) == same
    across = rows("2025-05-01", {**RATINGS, old: 1301.0}), rows("2025-05-20", {**RATINGS, new: 1303.0})
    assert arena.watch(series(tmp_path, *across)).comings.renamed == ()
    apart = rows(DAYS[0], {**RATINGS, old: 1301.0}, votes=900), rows(DAYS[1], {**RATINGS, new: 1343.0}, votes=950)
    assert arena.watch(series(tmp_path, *apart)).comings.renamed == ()


def test_a_planted_jump_is_found_whatever_the_zero_of_the_scale(tmp_path: Path) -> None:
    later = {model: rating + 60 + (40 if model == "model-g" else 0) for model, rating in RATINGS.items()}
    seen = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS), rows(DAYS[1], later)))
    assert told(seen) == ["model-g rose by 40 ± 11 points against the others, place 7 → 6 of the 12 on both boards."]
    assert "all ratings moved by +60.0 points together" in seen.causes[0]


def test_a_move_that_stands_out_is_possible_where_votes_are_not_published(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    many = {f"model-{number:02}": 1400.0 - 9 * number for number in range(60)}
    later = {model: rating + rng.normal(0, 0.3) + (9 if model == "model-30" else 0) for model, rating in many.items()}
    seen = arena.watch(series(tmp_path, rows(DAYS[0], many), rows(DAYS[1], later)))
    assert told(seen) == []
    assert [what.partition(" against")[0] for what in told(seen, POSSIBLE)] == ["model-30 rose by 9 ± 11 points"]
    assert "within that error but stands out" in told(seen, POSSIBLE)[0]
    assert "Votes per model are not published:" in seen.causes[1]


def test_the_same_move_is_clear_where_votes_say_that_boards_share_theirs(tmp_path: Path) -> None:
    later = {model: rating + (7 if model == "model-c" else 0) for model, rating in RATINGS.items()}
    alone = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS), rows(DAYS[1], later)))
    shared = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS, votes=5000), rows(DAYS[1], later, votes=5100)))
    assert told(alone) == []
    assert [what.partition(" against")[0] for what in told(shared)] == ["model-c rose by 7.0 ± 1.4 points"]
    fell = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS, votes=5100), rows(DAYS[1], later, votes=5000)))
    assert told(fell) == []


def test_a_stranger_s_name_stays_on_its_line(tmp_path: Path) -> None:
    name = "two\nlines \u202e<b>$x$</b>" + "x" * 2_000
    seen = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS), rows(DAYS[1], {**RATINGS, name: 1500.0})))
    assert all(line.isprintable() and len(line) < 800 for line in seen.lines())
    assert "<b>" not in seen.sentence._repr_html_()


# Days of another method


def test_a_day_of_another_method_is_not_read_as_a_change_of_models(tmp_path: Path) -> None:
    later = {model: rating + 20 * (-1) ** number for number, (model, rating) in enumerate(RATINGS.items())}
    before = arena.watch(
        series(tmp_path, rows("2025-05-01", RATINGS, 2.0), rows("2025-05-08", RATINGS | {"model-a": 1430.0}, 2.0))
    )
    assert [change.kind for change in before.of(CLEAR)] == ["rating"]
    seen = arena.watch(series(tmp_path, rows("2025-05-01", RATINGS, 2.0), rows("2025-05-20", later, 2.0)))
    assert [change.kind for change in seen.of(CLEAR)] == ["method"]
    assert "2025-05-16 style control by default" in seen.sentence
    assert "No move is read as a model's" in seen.sentence
    assert not [change for change in seen.changes if change.kind in ("rating", "class")]
    assert set(arena.watch_moves(seen).table["tier"]) == {NOISE}
    assert arena.watch_moves(seen).plot().title == "The method changed in between: no move is read as a model's"
    steps = arena.watch_steps(seen)
    assert list(steps.table["method"]) == ["style control by default"]
    assert list(steps.table["clear"]) == [0]


def test_a_change_of_method_that_was_not_announced_is_seen_where_most_models_move(tmp_path: Path) -> None:
    later = {model: 1290 + 1.6 * (rating - 1290) for model, rating in RATINGS.items()}
    seen = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS), rows(DAYS[1], later)))
    assert [change.kind for change in seen.changes] == ["method"]
    assert "Most models moved further than wholly new votes would move them" in seen.sentence


def test_a_common_move_of_all_models_is_no_change(tmp_path: Path) -> None:
    later = {model: rating - 59.9 for model, rating in RATINGS.items()}
    seen = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS), rows(DAYS[1], later)))
    assert seen.changes == ()
    assert "all ratings moved by −59.9 points together, which is the scale's doing and taken out" in seen.causes[0]


# Which boards


def test_boards_are_found_by_day_and_the_one_before_is_the_default(tmp_path: Path) -> None:
    boards = series(tmp_path, *(rows(day, RATINGS) for day in DAYS))
    assert (arena.watch(boards).earlier, arena.watch(boards).later) == (DAYS[1], DAYS[2])
    seen = arena.watch(boards, date="2025-03-14", since="2025-03-02")
    assert (seen.earlier, seen.later) == (DAYS[0], DAYS[1])
    assert "1 board in between" in arena.watch(boards, since=DAYS[0]).causes[0]
    with pytest.raises(UsageError, match="is after"):
        arena.watch(boards, DAYS[0], DAYS[1])
    with pytest.raises(InputError, match=r"no board of 2024-01-01 or before; the first is of 2025-03-01"):
        arena.watch(boards, since="2024-01-01")
    with pytest.raises(InputError, match="no board before that of 2025-03-01"):
        arena.watch(boards, DAYS[0])


def test_a_board_is_held_against_the_one_that_the_last_edition_looked_at(tmp_path: Path) -> None:
    boards = series(tmp_path, *(rows(day, RATINGS) for day in DAYS))
    edition = tmp_path / "edition"
    edition.mkdir()
    assert arena.watch(boards, earlier=str(edition)).earlier == DAYS[1]
    (edition / "run.json").write_text('{"reads": "boards"}')
    assert arena.watch(boards, earlier=str(edition)).earlier == DAYS[1]
    (edition / "changes.json").write_text(json.dumps(arena.watch(boards, DAYS[0], DAYS[0]).record))
    assert arena.watch(boards, earlier=str(edition)).earlier == DAYS[0]
    (edition / "changes.json").write_text(json.dumps(arena.watch(boards).record))
    assert arena.watch(boards, DAYS[1], earlier=str(edition)).earlier == DAYS[0]  # it looked at a later board
    again = arena.watch(boards, earlier=str(edition))
    assert again.sentence == "Since 2025-03-15, nothing changed beyond noise."
    assert "No board was published since." in again.causes
    (edition / "changes.json").write_text('{"later": 3}')
    with pytest.raises(InputError, match=r"changes\.json: does not say which board"):
        arena.watch(boards, earlier=str(edition))
    (edition / "changes.json").write_text("[")
    with pytest.raises(InputError, match=r"changes\.json: .* give since=… in place of it"):
        arena.watch(boards, earlier=str(edition))


@pytest.mark.parametrize(
    ("reads", "later"), [("votes", "this edition"), ("votes", DAYS[2]), ("boards", "2025-12-11 6dddc5f35"), ("boards", "x")]
)
def test_an_edition_of_votes_or_of_other_boards_looked_at_no_board_of_this_series(tmp_path: Path, reads: str, later: str) -> None:
    boards = series(tmp_path, *(rows(day, RATINGS | {"newcomer": 1300.0} if day == DAYS[2] else RATINGS) for day in DAYS))
    (tmp_path / "run.json").write_text(json.dumps({"reads": reads}))
    (tmp_path / "changes.json").write_text(json.dumps({"later": later}))
    assert told(arena.watch(boards, earlier=str(tmp_path))) == ["newcomer (place 7) is new."]


def test_several_boards_of_one_day_are_told_apart_by_their_commits(real_data: Path) -> None:
    boards = f"{real_data / 'boards_full_vs_multiturn_2025.csv'}?file=leaderboard-text.json"
    seen = arena.watch(boards, date="2025-05-27 6dddc5f35")
    assert (seen.earlier, seen.later) == ("2025-05-27 a310074ac", "2025-05-27 6dddc5f35")
    assert arena.watch(boards, date="2025-05-27").later == "2025-05-27 209556bee"


# Another category


def test_categories_are_found_in_either_spelling_and_their_shift_is_told(tmp_path: Path) -> None:
    part = {model: rating + (30 if model == "model-c" else 0) for model, rating in RATINGS.items()}
    for whole, some in (("full", "multiturn"), ("overall", "multi_turn")):
        boards = [
            rows(day, values, half, votes, name)
            for day, more in ((DAYS[0], 0), (DAYS[1], 40))
            for name, values, half, votes in (
                (whole, RATINGS, 4.0, 9000 + more),
                (some, part if more else RATINGS, 8.0, 1500 + more // 4),
            )
        ]
        seen = arena.watch(series(tmp_path, *boards))
        assert [change.kind for change in seen.of(CLEAR)] == ["shift"]
        assert told(seen)[0].startswith(f"model-c's shift from {whole} to {some} went up by 30.0 ± 0.7 points")
        table = arena.watch_shift(seen).table.set_index("model")
        assert list(table.index[table["q_value"] <= 0.05]) == ["model-c"]
        half = (table["shift_upper"] - table["shift_lower"]) / 2
        np.testing.assert_allclose(half, np.sqrt((8.0**2 - 4.0**2) * 11 / 12), rtol=1e-6)


def test_a_category_that_was_not_published_is_said_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    boards = series(tmp_path, rows(DAYS[0], RATINGS, category="overall"), rows(DAYS[1], RATINGS, category="overall"))
    seen = arena.watch(boards)
    assert seen.shift is None
    with pytest.raises(InputError, match="has no category 'multi_turn'; there are overall"):
        arena.watch_shift(seen)
    plain = arena.watch(series(tmp_path, rows(DAYS[0], RATINGS), rows(DAYS[1], RATINGS)))
    with pytest.raises(InputError, match="of one category"):
        arena.watch_shift(plain)


# Null arenas: published boards of models that never change


def published(counts: np.ndarray, pairs: tuple[np.ndarray, np.ndarray], names: tuple[str, ...], *, votes: bool = True) -> Board:
    """A board fitted on pair counts as somebody would publish it: with intervals, and no covariance."""
    fitted = fit_board(PairCounts(names, *pairs, counts.astype(float)), CATEGORIES["overall"], Settings())
    return replace(
        fitted,
        covariance=np.diag(np.diag(fitted.covariance)),
        votes=fitted.votes if votes else np.zeros(len(names)),
        day=DAYS[0],
        fit=None,
    )


class Arena:
    """Votes of models whose strengths never change; a few models are young, and a few are in most of the new votes."""

    def __init__(self, models: int = 40) -> None:
        self.names = tuple(f"m{number:02}" for number in range(models))
        self.pairs = np.triu_indices(models, 1)
        strength = np.random.default_rng(3).normal(0, 100, models)
        self.chance = 1 / (1 + 10 ** ((strength[self.pairs[1]] - strength[self.pairs[0]]) / 400))

    def votes(self, mean: float, weight: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        cast = rng.poisson(mean * weight[self.pairs[0]] * weight[self.pairs[1]])
        won = rng.binomial(cast, self.chance)
        return np.column_stack([won, cast - won, 0 * won, 0 * won])

    def boards(self, growth: float, rng: np.random.Generator, *, votes: bool) -> tuple[Board, Board]:
        """An earlier board and one with all its votes and so many more."""
        young = np.where(rng.permutation(len(self.names)) < 6, 0.2, 1.0)
        live = np.where(rng.random(len(self.names)) < 0.4, 1.6, 0.1)
        old = self.votes(25, young, rng)
        new = self.votes(25 * growth, live, rng)
        return (
            published(old, self.pairs, self.names, votes=votes),
            published(old + new, self.pairs, self.names, votes=votes),
        )


@pytest.mark.parametrize("growth", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("votes", [True, False])
def test_where_no_model_changes_a_clear_move_is_rare(growth: float, votes: bool) -> None:
    """At a false-discovery rate of 5 % no more than one board in twenty has one: of 60, seven or more have a chance of 3 %."""
    rng, made = np.random.default_rng(1), Arena()
    found = [moves_between(*made.boards(growth, rng, votes=votes), "") for _ in range(60)]
    assert sum(len(moves.of(CLEAR)) > 0 for moves in found) < 7
    possible = np.mean([len(moves.of(POSSIBLE)) / len(moves.models) for moves in found])
    assert possible < 0.07
    assert not any(moves.method for moves in found)


def test_a_jump_of_a_model_is_found_among_nested_votes() -> None:
    rng, made, hits = np.random.default_rng(2), Arena(), 0
    for _ in range(20):
        earlier, later = made.boards(0.1, rng, votes=True)
        place = later.models.index("m07")
        jumped = replace(later, ratings=later.ratings + 45.0 * (np.arange(len(later.models)) == place))
        clear = moves_between(earlier, jumped, "").of(CLEAR)
        hits += list(clear["model"])[:1] == ["m07"]
    assert hits >= 18


def test_where_a_category_differs_in_nothing_shifts_are_rare_and_as_wide_as_nested_votes_make_them() -> None:
    rng, made, some, shares = np.random.default_rng(4), Arena(), 0, []
    for _ in range(60):
        whole = made.votes(40, np.ones(len(made.names)), rng)
        boards = [published(counts, made.pairs, made.names) for counts in (whole, rng.binomial(whole, 0.14))]
        table = nested_shift(*boards).table
        some += bool((table["q_value"] <= 0.05).any())
        shares.append((table["p_value"] <= 0.05).mean())
    assert some < 7
    assert 0.035 < np.mean(shares) < 0.065


def test_the_first_class_holds_equals() -> None:
    made, rng = Arena(), np.random.default_rng(5)
    strength = np.concatenate([np.full(6, 100.0), np.linspace(60, -200, 34)])
    made.chance = 1 / (1 + 10 ** ((strength[made.pairs[1]] - strength[made.pairs[0]]) / 400))
    from analysis.changes.watch_classes import classes_of

    firsts = [classes_of(published(made.votes(25, np.ones(40), rng), made.pairs, made.names)).first for _ in range(60)]
    assert sum({f"m{number:02}" for number in range(6)} <= set(first) for first in firsts) >= 54
    assert np.mean([len(first) for first in firsts]) < 20


# Errors of moves


def test_the_error_of_a_move_follows_from_the_votes_that_came_in() -> None:
    variance, votes = np.full(8, 16.0), np.full(8, 1000.0)
    quiet = np.zeros(8)
    grown = noise_of(quiet, variance, variance * 1000 / 1245, (votes, np.full(8, 1245.0)))
    np.testing.assert_allclose(grown.shared**2, 16 * 250 / 1245, rtol=1e-9)  # 245 votes and the five of a single unlikely one
    assert grown.nested.all()
    fell = noise_of(quiet, variance, variance, (votes, np.full(8, 990.0)))
    assert not fell.nested.any()
    np.testing.assert_allclose(fell.trusted**2, 32.0)


def test_an_interval_without_width_is_the_anchor_s_and_says_nothing_of_its_noise() -> None:
    variance = np.array([0.0, 9.0, 9.0, 9.0])
    noise = noise_of(np.array([0.1, 0.0, -0.1, 0.0]), variance, variance)
    np.testing.assert_allclose(noise.apart, np.sqrt(18.0))


def test_what_most_models_move_beyond_new_votes_is_noise_too() -> None:
    variance, votes = np.full(200, 9.0), np.full(200, 1000.0)
    move = np.random.default_rng(1).normal(0, 2.0, 200)
    noise = noise_of(move, variance, variance, (votes, votes))
    assert 1.7 < np.median(noise.shared) < 2.3


# Published boards


def test_the_arena_s_board_of_december_2025_is_told(real_data: Path) -> None:
    seen = arena.watch(f"{real_data / 'boards_full_vs_multiturn_2025.csv'}?file=leaderboard-text.json")
    assert (seen.earlier, seen.later) == ("2025-11-06", "2025-12-11")
    assert told(seen)[0] == "gemini-3-pro is new and first, 22 points above gemini-2.5-pro, which was first."
    assert ("grok-4-fast", "grok-4-fast-chat") in seen.comings.renamed
    assert 1 <= len(seen.lines()) <= 10


def test_boards_with_votes_seldom_move_clearly(real_data: Path) -> None:
    """87 steps of published boards with votes: a clear move on few of them, none of them across a change of method."""
    seen = arena.watch(str(real_data / "boards_overall_2024_2025.csv"))
    steps = arena.watch_steps(seen).table
    assert len(steps) == 87
    assert (steps["clear"] > 0).sum() <= 8
    assert steps.loc[steps["method"] != "", ["clear", "possible"]].to_numpy().sum() == 0
    assert list(steps.loc[steps["method"] != "", "board"]) == ["2025-05-20"]
