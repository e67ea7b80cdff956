"""Where votes went that exposure was asked of: by model, and each vote once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.prompts.exposed_votes import Marked
    from analysis.ratings.ballots import Ballots
    from analysis.ratings.exposure_fit import Compared

    Flags = NDArray[np.bool_]


#: The votes that the set was made of.
OF_THE_SET = "of the set itself"


def votes_by_model(ballots: Ballots, exposed: Flags) -> pd.DataFrame:
    """model, exposed_votes, unexposed_votes."""
    pairs = ballots.pairs
    sides = [np.bincount(ballots.pair, side, len(pairs.first)).astype(float) for side in (exposed, ~exposed)]
    inside, outside = (pairs.scatter(side, side).astype(np.int64) for side in sides)
    return pd.DataFrame({"model": pairs.models, "exposed_votes": inside, "unexposed_votes": outside})


def votes_by_fate(marked: Marked, ballots: Ballots, found: Compared | None) -> pd.DataFrame:
    """reason, votes: all votes, each once."""
    exposed = marked.exposed[ballots.row]
    rows: dict[str, int] = {}
    if found is None:
        rows |= {"exposed, not compared": int(exposed.sum()), "unexposed, not compared": int((~exposed).sum())}
    else:
        kept, used = found.exposed, found.weight > 0
        for side, name in ((kept, "exposed"), (~kept, "unexposed")):
            rows[f"{name}, compared"] = int((side & used).sum())
            rows[f"{name}, nothing like it on the other side"] = int((side & ~used).sum())
        rows["exposed, of a model that cannot be compared"] = int(exposed.sum() - kept.sum())
        rows["unexposed, of a model that cannot be compared"] = int((~exposed).sum() - (~kept).sum())
    rows["without a prompt"] = int((marked.blank & ~marked.own).sum())
    if marked.own.any():
        rows[OF_THE_SET] = int(marked.own.sum())
    return pd.DataFrame({"reason": list(rows), "votes": list(rows.values())})
