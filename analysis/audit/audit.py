"""Audit: every check of a board, one table with what each found, and what of the board can be believed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Unpack

import pandas as pd

from analysis.audit.agreement import Agreement, check_agreement
from analysis.audit.case import Case, read_case
from analysis.audit.check import Check, StoodDown, Verdict
from analysis.audit.clustering import VoteClustering, check_clustering
from analysis.audit.confounders import Confounders, check_confounders
from analysis.audit.connectivity import Connectivity, check_connectivity
from analysis.audit.cycles import Cycles, check_cycles
from analysis.audit.discrimination import Discrimination, check_discrimination
from analysis.audit.drift import Drift, check_drift
from analysis.audit.features import check_feature, parse_features
from analysis.audit.fragility import Fragility, check_fragility, pair_fragility, small_share
from analysis.audit.implausible import ImplausibleJudges, check_implausible
from analysis.audit.influence import JudgeInfluence, check_influence
from analysis.audit.misfit import Misfit, check_misfit
from analysis.audit.position import Position, check_position
from analysis.audit.ranks import RankSpans, check_ranks
from analysis.audit.sampling import Coverage, check_coverage
from analysis.audit.separation import Separation, check_separation
from analysis.audit.side_order import SideOrder, check_side_order
from analysis.audit.ties import TieRules, check_ties
from analysis.audit.variants import Variants, check_variants
from analysis.audit.votes_needed import VotesNeeded, check_votes_needed
from analysis.errors import InputError, UsageError
from analysis.ratings.settings import Options, Settings, by_keyword, settled
from analysis.results.listing import Listing
from analysis.results.options import named
from analysis.results.previews import display
from analysis.results.prose import Prose, counted, joined, one_line, percent, spoken
from analysis.results.result import Result
from analysis.results.spelling import did_you_mean
from analysis.results.tables import Format, columns_of
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from analysis.prompts.vote_topics import Topics

#: Every check with the function that makes it, in the order in which a page asks.
CHECKS: Mapping[type[Check], Callable[[Case], Check]] = MappingProxyType(
    {
        Separation: check_separation,
        RankSpans: check_ranks,
        VotesNeeded: check_votes_needed,
        Position: check_position,
        SideOrder: check_side_order,
        TieRules: check_ties,
        Cycles: check_cycles,
        Misfit: check_misfit,
        Drift: check_drift,
        VoteClustering: check_clustering,
        JudgeInfluence: check_influence,
        ImplausibleJudges: check_implausible,
        Discrimination: check_discrimination,
        Agreement: check_agreement,
        Fragility: check_fragility,
        Coverage: check_coverage,
        Connectivity: check_connectivity,
        Variants: check_variants,
        Confounders: check_confounders,
    }
)

#: Models that the sentence names before it counts the others.
NAMED = 3

#: The order in which verdicts are read: what to beware of first.
_ORDER = (Verdict.BEWARE, Verdict.KNOW, Verdict.FINE, Verdict.UNTOLD)


@dataclass(frozen=True, eq=False)
class Audit(Result):
    """What every check of a board found.

    Attributes:
        case: the votes and their board.
        checks: by name, in the order in which a page asks.
    """

    case: Case
    checks: Mapping[str, Check]

    formats = MappingProxyType({"false_alarm": Format(lambda share: f"≤ {percent(share, 0)}" if share == share else "")})

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Audit: {self.case.board.category.label}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """verdict (`beware`, `worth knowing`, `fine` or `cannot be told here`), check (its name), question, answer (in words),
        number (the figure that decides), threshold (from which on it is not fine) and false_alarm (the share of boards without
        the fault in which the check is not fine, at most; missing where it stands down); what to beware of first."""
        rows = [
            {
                "verdict": str(check.verdict),
                "check": check.name,
                "question": check.question,
                "answer": str(check.sentence),
                "number": check.number,
                "threshold": check.threshold,
                "false_alarm": float("nan") if check.verdict is Verdict.UNTOLD else check.false_alarm,
            }
            for verdict in _ORDER
            for check in self.found(verdict)
        ]
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        """The table, the question of each check beside its name."""
        asked = [f"{spoken(row.check).capitalize()}: {row.question}" for row in self.table.itertuples()]
        return display(self.table.drop(columns="check").assign(question=asked), caption=self.caption, formats=self.formats)

    @property
    def lines(self) -> list[str]:
        """A line for each check, what to beware of first: `beware, position: …`."""
        said = {name: getattr(check, "why", str(check.sentence)) for name, check in self.checks.items()}
        return [f"{row.verdict}, {row.check}: {said[row.check]}" for row in self.table.itertuples()]

    def found(self, verdict: Verdict) -> list[Check]:
        """The checks with a verdict, in the order in which a page asks."""
        return [check for check in self.checks.values() if check.verdict is verdict]

    @property
    def sentence(self) -> Prose:
        """What of the order is known, and which checks found what."""
        parts = [str(self.checks[Separation.name].sentence), self._elsewhere] if Separation.name in self.checks else []
        beware, know, fine, untold = ([spoken(check.name) for check in self.found(verdict)] for verdict in _ORDER)
        whole = counted(len(self.checks), "check")
        if beware:
            say = "says" if len(beware) == 1 else "say"
            parts.append(f"{len(beware)} of {whole} {say} beware: {joined(beware)}.")
        if know:
            parts.append(f"Worth knowing: {joined(know)}.")
        rest = [f"{len(fine)} of {whole} found nothing" if beware or know else f"Of {whole} {len(fine)} found nothing"]
        rest += [f"{len(untold)} cannot be told here"] * bool(untold)
        return Prose(" ".join([*filter(None, parts), f"{'; '.join(rest)}."]))

    @property
    def _elsewhere(self) -> str:
        """The models with votes that have no place on this board, and so may be better than all of these; empty where none is."""
        left_out = self.case.board.left_out
        left_out = left_out[left_out["votes"] > 0]
        if left_out.empty:
            return ""
        whole = len(left_out) + len(self.case.board.models)
        named = joined([f"{row.model} ({row.reason})" for row in left_out.itertuples()], NAMED)
        return f"{len(left_out)} of {whole} models {'is' if len(left_out) == 1 else 'are'} not rated, and not compared: {named}."


@by_keyword
def audit(
    votes: Votes | str | Path,
    category: str = "overall",
    settings: Settings = Settings(),
    *,
    features: Iterable[str] | Mapping[str, str] | None = None,
    topics: Topics | None = None,
    checks: Iterable[str] | str = (),
    **options: Unpack[Options],
) -> Audit:
    """How far the board of a category can be trusted: every check, each with its verdict and its rate of false alarms.

    A check that these votes do not allow says why it stands down; the others go on.

    Args:
        features: columns that may move votes, one or several `NAME=COLUMN`, or columns by the names they get (see
            `analysis.audit.features`).
        topics: what votes are about: the result of `analysis.topics`, its assignments, or a folder of topics.
        checks: names of the checks to make, or one name; all by default.

    Raises:
        UsageError: no such category, check or column, or settings that are not those of a plain board.
        InputError: the votes cannot rate two models.
    """
    settings = settled(settings, options)
    made, wanted = {kind.name: make for kind, make in CHECKS.items()}, named(checks)
    for name in wanted:
        if name not in made:
            raise UsageError(f"no check {name!r}{did_you_mean(name, made)}; there are {', '.join(made)}.")
    asked = parse_features(features)
    case = replace(read_case(load_votes(votes), category, settings, topics), features=asked)
    for name, column in asked.items():
        check_feature(case, name, column)
    return audit_of(case, wanted)


def audit_of(case: Case, checks: Collection[str] = ()) -> Audit:
    """The audit of votes that were read; of the named checks, or of all."""
    wanted = {kind: make for kind, make in CHECKS.items() if not checks or kind.name in checks}
    return Audit(case, {kind.name: _made(kind, make, case) for kind, make in wanted.items()}, origin=case.origin)


def _made(kind: type[Check], make: Callable[[Case], Check], case: Case) -> Check:
    """A check, or the reason why it stands down."""
    try:
        return make(case)
    except InputError as error:
        return StoodDown(kind, one_line(str(error)), origin=case.origin)


def audit_check(audit: Audit, name: str) -> Check:
    """One check of an audit by its name: what it measured, with its figure.

    Raises:
        UsageError: the audit has no such check, or is none.
    """
    audit = _audit(audit)
    if name not in audit.checks:
        raise UsageError(f"no check {name!r}{did_you_mean(name, audit.checks)}; there are {', '.join(audit.checks)}.")
    return audit.checks[name]


def _audit(found: object) -> Audit:
    """What is the result of `audit`, as it is.

    Raises:
        UsageError: it is something else.
    """
    if not isinstance(found, Audit):
        raise UsageError(f"the first argument must be what `audit` gave, and this is a {type(found).__name__}.")
    return found


@dataclass(frozen=True, eq=False)
class TwoModels(Listing):
    """All that is known of two models of a board: a table of one row, which a page shows a line a column."""

    def _repr_html_(self) -> str:
        """The names are in the caption; what a decided pair needs is nothing, and is left out."""
        frame = self.frame.drop(columns=["model", "other"])
        if not frame["times"].iloc[0]:
            frame = frame.drop(columns=["more", "more_least", "pair_more", "pair_least", "times"])
        lines = [(column.heading, column.cells[0].text) for column in columns_of(frame, self.formats)]
        return display(pd.DataFrame(lines, columns=["what", "value"]), self.caption, {"what": Format(str, "Of the two")})


def audit_pair(audit: Audit, model: str = "", other: str = "") -> TwoModels:
    """Two models of an audited board, the first two by default and of one the best other: whether they are told apart, how many
    more votes would decide it and how few hold it.

    Its table has one row: model, other, difference, difference_lower, difference_upper (points), all_lower, all_upper (over all
    pairs at once), above (the probability that the first is above the other), separated, then what it needs as in `VotesNeeded`,
    and fewest (votes without which the one that is ahead is not) with fewest_share (of all).

    Raises:
        UsageError: one of them is not on the board, or both are the same.
    """
    case = _audit(audit).case
    model = model or next(name for name in case.board.models if name != other)
    other = other or next(name for name in case.board.models if name != model)
    apart = check_separation(case).pair(model, other)
    needed = check_votes_needed(case).pair(model, other)
    frame = apart.table.assign(**{name: needed.table[name] for name in needed.table if name not in apart.table})
    said = [str(apart.sentence), str(needed.sentence)]
    try:
        held = pair_fragility(case, model, other)
        frame = frame.assign(fewest=held.needed, fewest_share=held.needed / held.votes)
        said.append(str(held.sentence))
    except InputError as error:
        said.append(f"{one_line(str(error))[0].upper()}{one_line(str(error))[1:]}.")
    formats = {**needed.formats, **apart.formats, "fewest_share": Format(small_share, "Of all votes")}
    formats["fewest"] = Format(lambda votes: f"{votes:,}", "Fewest votes that hold it")
    return TwoModels(frame, f"{model} and {other}", " ".join(said), formats, origin=audit.origin)


def audit_sampling(audit: Audit) -> Listing:
    """Whom the votes of an audited board are on: by, group (`open` or `closed` weights; organizations), models, votes (counted
    per model), votes_share, models_share and times_even (the one by the other)."""
    coverage = check_coverage(_audit(audit).case)
    parts = (("weights", coverage.by_weights), ("organization", coverage.by_organization))
    frames = [part.table.rename(columns={by: "group"}).assign(by=by) for by, part in parts]
    frame = pd.concat(frames, ignore_index=True)
    frame.insert(0, "by", frame.pop("by"))
    words = " ".join(str(part.sentence) for _, part in parts if part.sentence)
    return Listing(frame, "Votes by weights and organization", words, coverage.formats, origin=audit.origin)


def next_pairs(audit: Audit, top: int = 50) -> Listing:
    """Which pairs of an audited board to ask next for most information, the first `top` (see `VotesNeeded.next_pairs`)."""
    return check_votes_needed(_audit(audit).case).next_pairs(top)
