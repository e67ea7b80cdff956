"""Ours, for boards.py: a board over votes and over judges, 1,000 bootstrap rounds and all categories, from a vote table."""

import sys
from pathlib import Path

import duckdb
from timing import report, seconds

from analysis import board, boards, load_votes
from analysis.categories.categories import CATEGORIES
from analysis.ratings.settings import Settings

#: The simulated votes have no prompts, so two categories of the arena's cannot be made; with these there are thirty.
MORE = (
    *("month:2024-06", "month:2024-07", "where:instruction_score == 0", "where:turns >= 5", "where:tokens_a > tokens_b"),
    *("where:headers_a + headers_b > 0", "where:not is_code and turns == 1"),
)


def floor() -> None:
    """DuckDB's bare group-by over the same columns: nothing that reads the file can be faster."""
    query = "SELECT model_a, model_b, outcome, count(*) FROM read_parquet(?) GROUP BY ALL"
    duckdb.connect().execute(query, [sys.argv[1]]).fetchall()


def judges() -> None:
    """DuckDB's bare scan of the column that says who voted."""
    duckdb.connect().execute("SELECT hash(judge) FROM read_parquet(?)", [sys.argv[1]]).fetchnumpy()


def all_categories() -> None:
    global made
    made = len(boards(load_votes(Path(sys.argv[1])), [*CATEGORIES, *MORE])[0])


if __name__ == "__main__":
    one = seconds(lambda: board(load_votes(Path(sys.argv[1])), settings=Settings(interval="votes")).table)
    over_judges = seconds(lambda: board(load_votes(Path(sys.argv[1]))).table)
    bootstrapped = seconds(
        lambda: board(load_votes(Path(sys.argv[1])), settings=Settings(interval="bootstrap", rounds=1000)).bounds, times=1
    )
    many = seconds(all_categories, times=3)
    report(
        **one,
        judges=over_judges["warm"],
        scan=seconds(judges)["warm"],
        bootstrap=bootstrapped["warm"],
        categories=many["warm"],
        made=made,
        floor=seconds(floor)["warm"],
    )
