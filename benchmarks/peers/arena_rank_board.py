"""arena-rank: Parquet file to board with sandwich intervals, the way its own example does it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pandas as pd
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.utils.data_utils import PairDataset
from timing import report, seconds


def board() -> dict[str, object]:
    votes = pd.read_parquet(sys.argv[1], columns=["model_a", "model_b", "outcome"])
    dataset = PairDataset.from_pandas(votes, outcome_col="outcome")
    return BradleyTerry(len(dataset.competitors)).compute_ratings_and_cis(dataset)


if __name__ == "__main__":
    report(**seconds(board, times=3))
