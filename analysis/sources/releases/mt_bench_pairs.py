"""Pair judgments as FastChat's `gen_judgment.py --mode pairwise-*` writes them: a model judges each pair in both orders.

A side wins that wins both games; a tie or two different winners is a tie, and a verdict that could not be read in either game is
none (lm-sys/FastChat, llm_judge/show_result.py). There are no texts.
"""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import cells
from analysis.sources.literals import Unreadable
from analysis.sources.releases import mt_bench
from analysis.votes.outcome import Outcome

NAME = "mt_bench_pairs"
NOTES = ("mt_bench_pairs: a model judged, in both orders; a side that does not win both is in a tie.",)
READS = frozenset({"model_1", "model_2", "g1_winner", "g2_winner", "judge", "turn", "tstamp"})
_SIDES = {"model_1": Outcome.MODEL_A.value, "model_2": Outcome.MODEL_B.value, "tie": Outcome.TIE.value}


def recognises(columns: Collection[str]) -> bool:
    """Whether a row is a pair of models with the winners of two games."""
    return {"model_1", "model_2", "g1_winner", "g2_winner"} <= set(columns)


def reshape(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row by the names of a flat table.

    Raises:
        Unreadable: a winner is none of `model_1`, `model_2`, `tie` and `error`.
    """
    first, second = _winner(row.get("g1_winner")), _winner(row.get("g2_winner"))
    whole = first is not None and second is not None
    return {
        "model_a": row.get("model_1"),
        "model_b": row.get("model_2"),
        "winner": (first if first == second else Outcome.TIE.value) if whole else None,
        "judge": mt_bench.judge(row.get("judge")),
        "turn": row.get("turn"),
        "tstamp": row.get("tstamp"),
    }


def _winner(cell: object) -> str | None:
    label = cells.name(cell)
    if label is None or label == "error":
        return None
    if label not in _SIDES:
        raise Unreadable(f"a winner of model_1, model_2 or tie was expected, not {label!r:.40}")
    return _SIDES[label]
