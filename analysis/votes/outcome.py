"""The four outcomes of a vote, and the labels that the releases write for them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from analysis.errors import InputError
from analysis.results.prose import shortened


class Outcome(StrEnum):
    """What the judge said. A tie and a both-bad each count half a win to both sides."""

    MODEL_A = "model_a"
    MODEL_B = "model_b"
    TIE = "tie"
    BOTH_BAD = "both_bad"

    @property
    def words(self) -> str:
        """The outcome as prose has it."""
        return {"model_a": "left model", "model_b": "right model"}.get(self.value, self.value.replace("_", " "))


#: Every label known from a public release, lower-cased.
LABELS: Mapping[str, Outcome] = {
    "model_a": Outcome.MODEL_A,
    "model_b": Outcome.MODEL_B,
    "tie": Outcome.TIE,
    "both_bad": Outcome.BOTH_BAD,
    "tie (bothbad)": Outcome.BOTH_BAD,
    "bothbad": Outcome.BOTH_BAD,
    "leftvote": Outcome.MODEL_A,
    "rightvote": Outcome.MODEL_B,
    "tievote": Outcome.TIE,
    "bothbad_vote": Outcome.BOTH_BAD,
}


#: Characters of a label that an error shows.
_SHOWN = 60


def parse_outcome(label: object, labels: Mapping[str, Outcome | str] = LABELS) -> Outcome | str | None:
    """What a label stands for by `labels`, an outcome with the default ones, or None when the label is not known."""
    return labels.get(str(label).strip().lower()) if label is not None else None


def unknown_outcomes(labels: Iterable[object], where: str) -> InputError:
    """The error for labels that stand for no outcome: shows each value with its count, most frequent first."""
    counts = Counter(repr(label if len(str(label)) <= _SHOWN else shortened(str(label), _SHOWN)) for label in labels)
    shown = ", ".join(f"{value} ({count:,} {'row' if count == 1 else 'rows'})" for value, count in counts.most_common(8))
    known = ", ".join(outcome.value for outcome in Outcome)
    return InputError(
        f"{where}: unknown outcome {shown}; the known ones are {known}. Say what a label means with --outcome LABEL=OUTCOME."
    )
