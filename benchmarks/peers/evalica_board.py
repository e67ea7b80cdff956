"""evalica: Parquet file to scores; it has no closed-form intervals, so this is less work than a board."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import evalica
import pandas as pd
from timing import report, seconds

WINNER = {"model_a": evalica.Winner.X, "model_b": evalica.Winner.Y, "tie": evalica.Winner.Draw, "both_bad": evalica.Winner.Draw}


def board() -> object:
    votes = pd.read_parquet(sys.argv[1], columns=["model_a", "model_b", "outcome"])
    return evalica.bradley_terry(votes["model_a"], votes["model_b"], votes["outcome"].map(WINNER)).scores


if __name__ == "__main__":
    report(**seconds(board, times=3))
