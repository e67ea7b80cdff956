"""Arenas in which nothing differs: no sentence says that something does more often than its stated rate of 5 %."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from scipy.stats import binom

import analysis as arena
from analysis.findings import finding
from analysis.ratings.board import Board
from analysis.ratings.board_lists import style_coefficients
from analysis.ratings.settings import Settings
from analysis.results.origin import Origin
from analysis.sources.simulated.arena import plain
from analysis.sources.simulated.simulate import simulate
from analysis.topics import board_lists
from analysis.topics.boards import TopicBoards, topic_boards
from analysis.topics.topics import Topics
from analysis.votes.schema import VOTE_SCHEMA
from analysis.votes.table import Votes

ARENAS, VOTES, RATE = 20, 2_000, 0.05

#: Equally strong, each of another size, so that smaller ones can be said to beat larger ones.
MODELS = (
    "gemma-2b-it",
    "chatglm3-6b",
    "vicuna-7b",
    "gemma-2-9b-it",
    "solar-10.7b-instruct-v1.0",
    "vicuna-13b",
    "gemma-2-27b-it",
    "vicuna-33b",
    "llama-3-70b-instruct",
    "qwen1.5-110b-chat",
)
CATEGORIES = ("overall", "multi_turn", "coding", "english", "chinese")
TOPICS = 5


def random_topics(votes: Votes, seed: int) -> Topics:
    """Topics that are drawn for each vote at random."""
    ids = votes.table["vote_id"]
    topic = np.random.default_rng(seed).integers(0, TOPICS, len(ids))
    counts = pd.DataFrame({"topic": range(TOPICS), "label": [f"topic {n}" for n in range(TOPICS)], "broad": 0})
    frame = counts.assign(votes=np.bincount(topic, minlength=TOPICS))
    assignments, empty = pd.DataFrame({"vote_id": ids, "topic": topic}), pd.DataFrame()
    narrow = frame.assign(subtopic=frame["topic"])
    return Topics(frame, narrow, assignments, empty, empty, empty, empty, empty, {}, origin=Origin(votes.fingerprint))


def styled(votes: Votes) -> Board:
    return arena.board(votes, settings=Settings(style_control=True))


def shuffle_turns(path: Path, seed: int) -> None:
    """Turns that go with nothing: in the simulation they go with topics, and topics with categories."""
    table, place = pq.read_table(path), VOTE_SCHEMA.get_field_index("turns")
    order = np.random.default_rng(seed).permutation(len(table))
    pq.write_table(table.set_column(place, VOTE_SCHEMA.field(place), table["turns"].take(order)), path)


#: By kind of claim, whether the sentence about these votes (or about their board, or their boards by topic) makes one.
CLAIMS: dict[str, Callable[[Votes, Board, TopicBoards], bool]] = {
    "a model leads": lambda _, board, __: " leads with " in board.sentence,
    "the front page has a finding of the board": lambda _, board, __: finding(board) is not None,
    "the front page has a finding of the pairs": lambda _, board, __: finding(arena.win_rates(board)) is not None,
    "left and right differ": lambda votes, *_: ": more often than chance" in arena.sides(votes).sentence,
    "a rating differs in a category": lambda votes, *_: "none differs" not in arena.category_ranks(votes, CATEGORIES).sentence,
    "a rating shifts": lambda votes, *_: ": 0 of " not in arena.shift(votes, "single_turn", "multi_turn").sentence,
    "a rating shifts where votes are shared": lambda votes, *_: ": 0 of " not in arena.shift(votes).sentence,
    "a rating shifts over time": lambda votes, *_: ": 0 of " not in arena.day_shift(votes).sentence,
    "a rating shifts without style": lambda votes, *_: ": 0 of " not in arena.style_shift(votes).sentence,
    "style moves votes": lambda votes, *_: "None of the four" not in style_coefficients(styled(votes)).sentence,
    "the lead changed": lambda votes, *_: "the lead changed" in arena.history(votes, "week").sentence,
    "win rates are odd": lambda _, board, __: "often than it should" in arena.win_rates(board).sentence,
    "a small model beats a large one": lambda _, board, __: "Size is not all" in arena.frontier(board).sentence,
    **{
        f"turns differ by {by}": lambda votes, *_, by=by: ", none differs" not in arena.turn_share(votes, by).sentence
        for by in ("model", "month", "category")
    },
    "a model is stronger in a topic": lambda _, __, boards: "none of" not in boards.sentence,
    "a change is clear": lambda _, __, boards: not board_lists.clear_changes(boards).sentence.startswith("None of the"),
}

#: As CLAIMS, how many of many claims are made, each at the stated rate, and of how many.
COUNTS: dict[str, Callable[[Votes, Board, TopicBoards], tuple[int, int]]] = {
    "leaders of categories": lambda votes, *_: decided(arena.leaders(votes, CATEGORIES).table),
    "leaders of topics": lambda _, __, boards: decided(board_lists.topic_leaders(boards).table),
    "rank changes beyond their chance bands": lambda votes, *_: beyond(arena.shift(votes).table),
}


def decided(table: pd.DataFrame) -> tuple[int, int]:
    return int((table["leader"] != "not decided").sum()), len(table)


def beyond(table: pd.DataFrame) -> tuple[int, int]:
    return int(table["beyond_chance"].sum()), len(table)


def said_to_differ(folder: Path) -> dict[str, tuple[int, int]]:
    """By kind, in how many cases something is said to differ, and of how many cases."""
    said, cases = Counter[str](), Counter[str]()
    nothing = replace(plain(len(MODELS), spread=0.0), models=MODELS, left=0.0)
    for seed in range(ARENAS):
        path = folder / str(seed) / "votes.parquet"
        path.parent.mkdir()
        simulation = simulate(VOTES, seed=seed, arena=nothing, text=False)
        simulation.write(path)
        shuffle_turns(path, seed)
        votes = Votes.at(path, simulation.ledger, f"null {seed}")
        board, boards = arena.board(votes), topic_boards(votes, random_topics(votes, seed))
        for kind, claimed in CLAIMS.items():
            said[kind] += claimed(votes, board, boards)
            cases[kind] += 1
        for kind, counted in COUNTS.items():
            several, whole = counted(votes, board, boards)
            said[kind] += several
            cases[kind] += whole
    return {kind: (said[kind], cases[kind]) for kind in (*CLAIMS, *COUNTS)}


def test_where_nothing_differs_that_is_said_no_more_often_than_chance_allows(tmp_path: Path) -> None:
    """More than these bounds would come once in a thousand times at the stated rate, for each kind and for all together."""
    made = said_to_differ(tmp_path)
    made["all kinds together"] = (sum(made[kind][0] for kind in CLAIMS), sum(made[kind][1] for kind in CLAIMS))
    assert {kind: count for kind, count in made.items() if count[0] > binom.ppf(0.999, count[1], RATE)} == {}
