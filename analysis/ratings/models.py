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
    """The day or month when a model was released (data/models.csv), or the day in its name; empty where neither says it, as for
    models before May 2024."""
    day = _DAY.search(model)
    return _releases().get(model) or ("-".join(day.group(1, 3, 4)) if day else "")


@cache
def _releases() -> dict[str, str]:
    frame = pd.read_csv(places.DATA / "models.csv", usecols=["model", "released"], dtype=str).dropna()
    return dict(zip(frame["model"], frame["released"], strict=True))
