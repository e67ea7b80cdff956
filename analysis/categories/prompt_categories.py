"""Categories by what was asked before, or elsewhere: fresh and repeated prompts, and those of a released prompt set."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa

from analysis.results.prose import shortened
from analysis.votes import engine
from analysis.votes.category import Category
from analysis.votes.prompts import first_of_each, prompt_keys
from analysis.votes.times import microseconds

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from analysis.matching.prompt_sets import PromptSet

    Keys = NDArray[np.uint64]
    Flags = NDArray[np.bool_]
    #: Whether each vote belongs, by the keys of prompts and the times of votes, shape (votes,) each.
    Belongs = Callable[[Keys, NDArray[np.int64]], Flags]


def _marked(name: str, label: str, meaning: str, belongs: Belongs) -> Category:
    """A category of votes that are found by their prompts, in memory, when its rule is first used."""

    @lru_cache(maxsize=4)  # a shift uses the rule three times
    def members(votes: ir.Table) -> ir.Table:
        time = votes["time"] if "time" in votes.columns else ibis.null("timestamp")
        read = engine.to_arrow(votes.select("vote_id", "prompt", time=time))
        keys = prompt_keys(read["prompt"].combine_chunks())
        chosen = (keys != 0) & belongs(keys, microseconds(read["time"]))
        return ibis.memtable(pa.table({"vote_id": read["vote_id"].filter(pa.array(chosen))}))

    def rule(votes: ir.Table) -> ir.BooleanValue:
        return votes["vote_id"].isin(members(votes)["vote_id"])

    return Category(name, label, meaning, ("vote_id", "prompt"), rule)


#: Votes by whether an earlier one has the same first prompt, once normalised; votes without a prompt are in neither.
FRESH = _marked("fresh", "Fresh prompts", "nobody asked the first prompt before", first_of_each)
REPEATED = _marked(
    "repeated",
    "Repeated prompts",
    "an earlier vote has the same first prompt",
    lambda keys, times: ~first_of_each(keys, times),
)


def exposed_category(file: str) -> Category:
    """The votes whose first prompt, once normalised, is in a released prompt set."""
    name, known = _set(file)
    label, meaning = f"Exposed by {name}", f"the first prompt is in {name}"
    return _marked(f"exposed:{file}", label, meaning, lambda keys, _: known().has(keys))


def unexposed_category(file: str) -> Category:
    """The votes with a first prompt that a released prompt set does not have."""
    name, known = _set(file)
    label, meaning = f"Not exposed by {name}", f"the first prompt is not in {name}"
    return _marked(f"unexposed:{file}", label, meaning, lambda keys, _: ~known().has(keys))


def _set(file: str) -> tuple[str, Callable[[], PromptSet]]:
    """The name of a prompt set, and the set, read once when it is first asked for.

    Raises:
        ValueError: no file is named.
    """
    if not file.strip():
        raise ValueError("it names no file")
    path = Path(file)

    @cache
    def read() -> PromptSet:
        from analysis.matching.prompt_sets import read_prompt_set  # late: it brings all embeddings along

        return read_prompt_set(path)

    return shortened(path.name, 60), read
