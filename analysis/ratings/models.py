"""Models: what is known of each beside its votes."""

from __future__ import annotations

import pandas as pd

from analysis import places


def model_facts() -> pd.DataFrame:
    """What is known of each model (data/models.csv): model, organization, license, open_weights, parameters_b (10⁹)."""
    return pd.read_csv(places.DATA / "models.csv", usecols=["model", "organization", "license", "open_weights", "parameters_b"])
