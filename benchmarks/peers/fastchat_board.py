"""FastChat's method, written here from a description of its `rating_systems.py`: count equal rows, fit by L-BFGS-B;
the bootstrap draws multinomial weights and refits one round after the other. No intervals without the bootstrap."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit
from timing import report, seconds

SCORE = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5, "both_bad": 0.5}


def count() -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    votes = pd.read_parquet(sys.argv[1], columns=["model_a", "model_b", "outcome"])
    codes, models = pd.factorize(pd.concat([votes["model_a"], votes["model_b"]]), sort=True)
    size = len(votes)
    rows = np.column_stack([codes[:size], codes[size:], 2 * votes["outcome"].map(SCORE)]).astype(np.int32)
    unique, counts = np.unique(rows, axis=0, return_counts=True)
    return unique[:, :2], unique[:, 2] / 2, counts.astype(float), len(models)


def fit(pairs: np.ndarray, score: np.ndarray, weight: np.ndarray, models: int) -> np.ndarray:
    scale = np.log(10)

    def loss(ratings: np.ndarray) -> tuple[float, np.ndarray]:
        chance = expit(scale * (ratings[pairs[:, 0]] - ratings[pairs[:, 1]]))
        value = -(weight * (score * np.log(chance) + (1 - score) * np.log(1 - chance))).sum()
        residual = -scale * weight * (score - chance)
        gradient = np.zeros(models)
        np.add.at(gradient, pairs, np.column_stack([residual, -residual]))
        return value, gradient

    return minimize(loss, np.zeros(models), jac=True, method="L-BFGS-B", options={"maxiter": 100, "gtol": 1e-6}).x


def board() -> np.ndarray:
    return fit(*count())


def rounds() -> None:
    pairs, score, weight, models = counted
    drawn = rng.multinomial(int(weight.sum()), weight / weight.sum()) / weight.sum()
    fit(pairs, score, drawn, models)


if __name__ == "__main__":
    whole = seconds(board, times=3)
    counted, rng = count(), np.random.default_rng(0)
    report(**whole, round=seconds(rounds, times=9)["warm"])
