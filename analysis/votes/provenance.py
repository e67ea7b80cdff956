"""Provenance: which votes and which software a report's numbers come from."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import pandas as pd

from analysis.results.listing import Listing
from analysis.results.prose import counted
from analysis.votes.table import Votes

#: The packages whose versions can change a number or a picture.
PACKAGES = (
    *("arena-workbook", "duckdb", "ibis-framework", "pyarrow", "pandas", "numpy", "scipy", "matplotlib"),
    *("bertopic", "umap-learn", "hdbscan", "scikit-learn", "opencc", "rjieba"),
)


def provenance(votes: Votes) -> Listing:
    """item, value: the releases, votes and fingerprint of the input, and the versions of what computed on it."""
    rows = [
        ("input", votes.ledger.source),
        ("release", ", ".join(votes.releases)),
        ("votes", f"{len(votes):,}"),
        ("fingerprint", votes.fingerprint),
        ("Python", platform.python_version()),
        *((package, _version(package)) for package in PACKAGES),
    ]
    words = f"Computed from {counted(len(votes), 'vote')}; the same fingerprint and the same versions give the same numbers."
    return Listing(pd.DataFrame(rows, columns=["item", "value"]), "Provenance", f"{words} {votes.warning}".rstrip())


def _version(package: str) -> str:
    """The installed version; a checkout that is only on the path has none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
