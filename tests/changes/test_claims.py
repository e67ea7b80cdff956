"""Claims whose verdict changed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.changes.claims import _Sizes, claim_changes, p_value
from analysis.changes.kept import read_edition
from analysis.changes.overlap import overlap
from analysis.changes.tiers import Family
from analysis.claims.claims import check_claims
from analysis.ratings.settings import Settings
from analysis.votes.table import Votes

from .conftest import Edition

Maker = Callable[[pd.DataFrame], Votes]


def test_more_votes_that_say_the_same_are_no_change() -> None:
    """Twice the votes at the same distance from the border: 1.96 errors of before are 2.77 of now."""
    now = norm.cdf(1.96 * np.sqrt(2))
    assert p_value(0.975, now, _Sizes(1_000, 2_000, 1_000)) == pytest.approx(1.0, abs=0.01)
    assert p_value(0.9, 0.9, _Sizes(1_000, 2_000, 1_000)) == 1.0


def test_the_noise_of_a_verdict_is_that_of_the_votes_that_came() -> None:
    assert _Sizes(900, 1_000, 900).variance == pytest.approx(0.1)
    assert _Sizes(1_000, 1_000, 0).variance == 2.0
    assert p_value(0.99, 0.5, _Sizes(900, 1_000, 900)) < p_value(0.99, 0.5, _Sizes(900, 1_000, 0))


def test_p_values_of_a_claim_are_even_where_nothing_changed() -> None:
    """A mean of votes held against a border, before and when half as many have come."""
    rng, found = np.random.default_rng(1), []
    for _ in range(2_000):
        votes = rng.normal(0.05, 1.0, 1_500)
        chances = [norm.cdf(part.mean() * np.sqrt(len(part))) for part in (votes[:1_000], votes)]
        found.append(p_value(chances[0], chances[1], _Sizes(1_000, 1_500, 1_000)))
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.015)


CLAIM = """
[[claim]]
id = "a-above-b"
text = "A is above B."
source = "made for a test"
date = "2024-07-01"
above = { model = "a", other = "b" }
"""


def won(first: int, second: int, name: str) -> pd.DataFrame:
    """Votes that `a` won and that `b` won."""
    size = first + second
    made = {"vote_id": [f"{name} {number}" for number in range(size)], "model_a": "a", "model_b": "b"}
    return pd.DataFrame(made | {"outcome": ["model_a"] * first + ["model_b"] * second})


def claims_of(votes_of: Maker, edition: Edition, tmp_path: Path, later: pd.DataFrame, published: str = "") -> Family:
    """Changes of one claim since an edition in which `a` was clearly above `b`."""
    earlier = won(80, 40, "earlier")
    file = tmp_path / "claims.toml"
    file.write_text(CLAIM, encoding="utf-8")
    before, now = votes_of(earlier), votes_of(pd.concat([earlier, later]))
    folder = edition(before)
    if published:
        table = check_claims(before, file).table.assign(verdict=published)
        (folder / "tables/07_claims").mkdir(parents=True)
        table.to_parquet(folder / "tables/07_claims/claims.parquet")
    kept = read_edition(folder)
    return claim_changes(now, kept, overlap(kept.votes, now), Settings(), file)


def test_a_verdict_that_turned_is_told(votes_of: Maker, edition: Edition, tmp_path: Path) -> None:
    found = claims_of(votes_of, edition, tmp_path, won(40, 200, "later"))
    (one,) = found.looked
    assert one.told
    assert one.what.startswith("A is above B. It was supported, and is contradicted (probability 100.0 % → 0.0 %).")
    assert one.p_value < 1e-6
    assert found.part.sentence == "1 of 1 claim has another verdict than before."


def test_a_verdict_that_stayed_is_looked_at_and_not_told(votes_of: Maker, edition: Edition, tmp_path: Path) -> None:
    found = claims_of(votes_of, edition, tmp_path, won(8, 4, "later"))
    (one,) = found.looked
    assert not one.told
    assert found.facts == ()
    assert found.part.sentence == "None of 1 claim have another verdict than before."


def test_what_was_published_otherwise_on_the_same_votes_is_the_method(votes_of: Maker, edition: Edition, tmp_path: Path) -> None:
    found = claims_of(votes_of, edition, tmp_path, won(8, 4, "later"), published="contradicted")
    (fact,) = found.facts
    assert (fact.kind, fact.subject) == ("method", "a-above-b")
    assert fact.what == "A is above B. Published as contradicted, and supported by today's method on the same votes."
    assert [one.told for one in found.looked] == [False]
