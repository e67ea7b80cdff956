"""Every result says which votes it was made of."""

from collections.abc import Callable

import pytest

import analysis as arena
from analysis.results.origin import Origin
from analysis.results.result import Result
from analysis.votes.table import Votes

ANALYSES: dict[str, Callable[[Votes], Result]] = {
    "audit": arena.audit,
    "board": arena.board,
    "boards side by side": lambda votes: arena.board(votes, ["overall", "coding"]),
    "categories": arena.categories,
    "category_ranks": lambda votes: arena.category_ranks(votes, ["overall", "multi_turn"]),
    "check_claims": arena.check_claims,
    "counts": lambda votes: arena.counts(votes, "model"),
    "day_shift": arena.day_shift,
    "dependence": arena.dependence,
    "exposure_effect": lambda votes: arena.exposure_effect(votes, votes.path, placebos=0),
    "group_boards": arena.group_boards,
    "history": arena.history,
    "judges": arena.judges,
    "leaders": lambda votes: arena.leaders(votes, ["overall", "multi_turn"]),
    "open_board": lambda votes: arena.open_board(arena.board(votes)),
    "rank_rule": lambda votes: arena.rank_rule(arena.board(votes), draws=2),
    "freshness": arena.freshness,
    "repeat_effect": arena.repeat_effect,
    "repeat_growth": arena.repeat_growth,
    "repeat_kinds": lambda votes: arena.repeat_kinds(votes, ["exact", "near"]),
    "repeat_shares": lambda votes: arena.repeat_shares(votes, "month"),
    "repeats": arena.repeats,
    "shift": lambda votes: arena.shift(votes, "overall", "multi_turn"),
    "style_shift": arena.style_shift,
    "turn_share": arena.turn_share,
    "versus": lambda votes: arena.versus(votes, "gpt-4o-2024-05-13", "gpt-4-0613", ["overall", "coding"]),
    "win_rates": lambda votes: arena.win_rates(arena.board(votes)),
}


@pytest.fixture(scope="module")
def votes() -> Votes:
    return arena.load_votes("sample")


@pytest.mark.parametrize("name", ANALYSES)
def test_a_result_carries_the_origin_of_its_votes(votes: Votes, name: str) -> None:
    assert votes.origin == Origin(votes.fingerprint, simulated=True)
    assert ANALYSES[name](votes).origin == votes.origin
