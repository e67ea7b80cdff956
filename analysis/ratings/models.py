"""Models: what is known of each beside its votes."""

from __future__ import annotations

import re
from functools import cache

import pandas as pd

from analysis import places


def model_facts() -> pd.DataFrame:
    """What is known of each model (data/models.csv): model, organization, license, open_weights, parameters_b (10⁹)."""
    return pd.read_csv(places.DATA / "models.csv", usecols=["model", "organization", "license", "open_weights", "parameters_b"])


#: A day in the name of a model: `-2024-05-13`, `-20240620`.
_DAY = re.compile(r"(?<!\d)(20\d\d)(-?)(0[1-9]|1[0-2])\2([0-2]\d|3[01])(?!\d)")


def released(model: str) -> str:
    """The day or month when a model was released (data/models.csv), or the day in its name; empty where neither says it."""
    day = _DAY.search(model)
    return _known("released").get(model) or ("-".join(day.group(1, 3, 4)) if day else "")


def cutoff(model: str) -> str:
    """The month up to which a model's training data go, as the arena listed it (data/models.csv); empty where not known."""
    return _known("cutoff").get(model, "")


@cache
def _known(column: str) -> dict[str, str]:
    frame = pd.read_csv(places.DATA / "models.csv", usecols=["model", column], dtype=str).dropna()
    return dict(zip(frame["model"], frame[column], strict=True))
