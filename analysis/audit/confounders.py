"""Confounders: whether length, style or anything else that could move votes does, and with them the board.

Every term is added alone to strengths and the side term (see `analysis.ratings.added_terms`), and tested by its score there: that
holds its error whatever the term would be, in one walk over the votes. What is beyond chance is then fitted together with the
strengths; where no finite coefficient fits then, the term decides votes. For sharpness, x · (θ_first − θ_second), the gap is
held at the fit without it: the score test needs no more, and what is fitted is by how much the better model wins more clearly,
as a part of its lead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.case import Case
from analysis.audit.check import Check, Verdict
from analysis.audit.features import (
    LEAST_VOTES,
    Feature,
    difference,
    encoded,
    groups_of_models,
    marked,
    read_feature,
)
from analysis.audit.reordering import Reordering, reordering
from analysis.distributions import norm
from analysis.errors import InputError, UsageError
from analysis.ratings.added_terms import Added, Footing, Terms, added, beside_errors, fitted_footing, plain_footing, side_footing
from analysis.ratings.bradley_terry import BradleyTerry
from analysis.ratings.covariates import fit_covariates
from analysis.ratings.threads import one_thread
from analysis.results.prose import Prose, announced_percent, counted, in_points, percent, signed
from analysis.results.tables import Format
from analysis.shares.discovery import q_values
from analysis.votes.schema import STYLE_FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger]

#: False-discovery rate of terms. Less than what is stated: a term that hangs together within pairs has an error that is a little
#: too small, and of 200 faultless boards no more than the stated share may be alarmed.
RATE = 0.03

#: Half widths of its interval beyond which a rating that a term moves matters.
MATERIAL_PART = 1.0

#: What a term is about, in words.
DIFFERENCE, SIDE, SHARPNESS = "more in one answer", "the left answer", "the better model"

#: Features that were not looked at, and that a sentence names.
_NAMED = 3

#: Features that are looked at without being asked for.
LATER, ALIKE = "later in a session", "same organization"

#: Where the step of a full fit is small enough: what is wrong then is about its square.
_CLOSE, _STEPS = 1e-3, 25

#: What there is not of a term that decides votes.
_DECIDES = {**dict.fromkeys(("coefficient", "lower", "upper", "move", "part", "places"), np.nan), "most_moved": ""}

_FORMATS = {
    "on": Format(str, "Favours"),
    "coefficient": Format(lambda value: signed(value, 3)),
    "move": Format(lambda value: signed(value, 1), "Its rating moves (points)"),
    "part": Format(lambda value: f"{value:.2f}", "Half widths"),
    "places": Format(lambda value: f"{value:,.0f}", "Places that change"),
}


@dataclass(frozen=True, eq=False)
class Effect:
    """One way in which a feature may move votes.

    Attributes:
        feature: which.
        on: what it favours: DIFFERENCE, SIDE, SHARPNESS or a group of models.
        labels: of its terms, one empty one for a number or a mark.
        terms: of the votes.
        votes: how many votes tell of each.
    """

    feature: Feature
    on: str
    labels: tuple[str, ...]
    terms: Terms
    votes: Integers

    @property
    def without_votes(self) -> Effect:
        """The same without what it is of each vote, which is held only for what may be beyond chance."""
        nothing = np.zeros(0)
        feature = replace(self.feature, value=nothing, code=None, told=None)
        return replace(self, feature=feature, terms=Terms(nothing))

    def said(self, number: int, positive: bool) -> str:
        """One of its terms in words, by the sign of its coefficient: `the more turns, the more often the left answer wins`."""
        name, more = self.feature.name, "more" if positive else "less"
        if self.feature.difference:
            if name not in STYLE_FEATURES:
                return f"answers with a {'higher' if positive else 'lower'} {name} win more often"
            return f"answers with more {name} win {more} often"
        how = f"{more} {'clearly' if self.on == SHARPNESS else 'often'}"
        wins = f"{self.on} {'win' if self.on.startswith('models ') else 'wins'}"
        if self.labels[number]:
            return f"in votes with {name} {self.labels[number]} {wins} {how}"
        return f"in votes marked “{name}” {wins} {how}" if self.feature.mark else f"the more {name}, the {how} {wins}"


@dataclass(frozen=True, eq=False)
class Confounders(Check):
    """What moves votes of the things that could.

    Attributes:
        terms: one row per term, see `table`.
        said: each in words.
        corrections: what taking out each term does to the board. Both in the order of `terms`.
        left_out: features, or their terms, that were asked for and could not be looked at, each with the reason.
        level: confidence level of the intervals.
    """

    terms: pd.DataFrame
    said: tuple[str, ...]
    corrections: tuple[Reordering, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    level: float = 0.95

    name = "confounders"
    question = "Do length, style or other columns move votes?"
    false_alarm = 0.05
    formats = MappingProxyType(_FORMATS)

    @property
    def caption(self) -> str:  # type: ignore[override]
        level = announced_percent(self.level)
        return f"Things that could move votes, each alone: coefficient in log-odds with {level} interval, and what it moves"

    @cached_property
    def table(self) -> pd.DataFrame:
        """feature, value (of a column of texts), on (what it favours), votes (that tell of it), coefficient (log-odds per
        standard deviation, of a mark or a value against the other votes; on the better model, a part of its lead), lower,
        upper, q_value (over all terms), most_moved (the model whose rating moves furthest when the term is taken out),
        move (points), part (how far a rating moves at most, in half widths of its interval), places (models that change
        places). Of a term that decides votes there are no coefficient and no moves."""
        return self.terms

    @cached_property
    def beyond(self) -> NDArray[np.int64]:
        """Rows of the terms beyond chance: those that decide votes, then those that move a rating furthest in its interval."""
        sure = np.flatnonzero(self.terms["q_value"] <= RATE)
        part = self.terms["part"].fillna(np.inf).to_numpy()
        return sure[np.argsort(-part[sure], kind="stable")]

    @cached_property
    def material(self) -> tuple[int, ...]:
        """Those of them that decide votes, reverse a separated pair, or move a rating out of its interval."""
        part = self.terms["part"].fillna(np.inf)
        return tuple(row for row in self.beyond.tolist() if self.corrections[row].reversed or part[row] > MATERIAL_PART)

    @property
    def verdict(self) -> Verdict:
        if not len(self.beyond):
            return Verdict.FINE
        return Verdict.BEWARE if self.material else Verdict.KNOW

    @property
    def number(self) -> str:
        return f"{len(self.beyond)} of {counted(len(self.terms), 'term')} beyond chance"

    @property
    def threshold(self) -> str:
        return (
            f"one term beyond chance (false-discovery rate {percent(RATE, 0)}); matters where it decides votes, moves a rating "
            "out of its interval, or reverses a separated pair"
        )

    @property
    def sentence(self) -> Prose:
        """Which terms move votes beyond chance, what the one that moves most does to the board, and what was asked for and not
        looked at."""
        return Prose(" ".join(part for part in (self._found, _not_looked_at(self.left_out, _NAMED)) if part))

    @property
    def _found(self) -> str:
        """Which terms move votes beyond chance, and what the one that moves most does to the board."""
        # Of a column of texts each value is a term, against all others: one that differs makes the others differ too.
        looked = self.terms["feature"].nunique()
        sure = self.terms["feature"].iloc[self.beyond].nunique()
        if not sure:
            one = f"The one thing that could be looked at, {self.terms['feature'][0]}, moves votes no more than chance allows."
            return one if looked == 1 else f"None of {looked} things that could move votes does so beyond chance."
        # One that reverses a pair goes before one that only moves a rating further.
        row = next((row for row in self.material if self.corrections[row].reversed), int(self.beyond[0]))
        which = f"{sure} of {looked} things that could move votes {'does' if sure == 1 else 'do'} so beyond chance"
        if looked == 1:
            which = "The one thing that could be looked at moves votes beyond chance"
        if np.isnan(self.terms["coefficient"].iloc[self.beyond[0]]):
            row = int(self.beyond[0])
            so = "so surely that no finite coefficient fits: it decides votes, and may be made of who won"
            return f"{which}{'; above all, ' if sure > 1 else ': '}{self.said[row]}, {so}."
        found = self.terms.iloc[row]
        ends = [found[name] for name in ("coefficient", "lower", "upper")]
        if found["on"] == SHARPNESS:  # a part of the lead that the ratings give
            size, low, high = (f"{signed(100 * end, 1)} %" for end in ends)
            span = f"by {size} of its lead, {low} to {high}"
        else:
            size, low, high = (signed(end, 3) for end in ends)
            span = f"{size}, {low} to {high} log-odds"
        return f"{which}{'; above all, ' if sure > 1 else ': '}{self.said[row]} ({span}). {self._moves(row)}"

    def _moves(self, row: int) -> str:
        """What taking a term out does."""
        found, moved = self.terms.iloc[row], self.corrections[row]
        by = in_points(signed(found["move"], 1))
        text = f"Without it {found['most_moved']} moves furthest, by {by}, and {moved.said}"
        if moved.reversed:
            one, other = moved.reversed[0]
            rest = len(moved.reversed) - 1
            more = f", and so do {rest} more pairs" if rest > 1 else ", and so does one more pair" if rest else ""
            return f"{text}; {one} and {other} swap, which were told apart{more}."
        return f"{text}." if self.material else f"{text}; no rating leaves its interval."

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not looked at, where the sentence does not name all of it."""
        return (_not_looked_at(self.left_out, len(self.left_out)),) if len(self.left_out) > _NAMED else ()


def _not_looked_at(left_out: Mapping[str, str], most: int) -> str:
    """What was asked for and could not be looked at, each with its reason, and how many more there are; empty for none."""
    named = [f"{name}, because {why}" for name, why in list(left_out.items())[:most]]
    more = len(left_out) - len(named)
    return f"Not looked at: {'; '.join([*named, *[f'and {more} more'] * (more > 0)])}." if named else ""


@one_thread
def check_confounders(case: Case, features: Mapping[str, str] | None = None) -> Confounders:
    """Whether the style of answers, the order in a session, models of one organization or columns of the votes move votes.

    Args:
        features: columns by the names they get, each `COLUMN` or `COLUMN:GROUP` (see `analysis.audit.features`); those of the
            case by default.

    Raises:
        UsageError: a feature names no column, or no group of models.
        InputError: no feature can be looked at.
    """
    features = case.features if features is None else features
    footing, left = _footing(case)
    left_out: dict[str, str] = {}
    found = chain(_asked(case, features, left_out), _built_in(case, features))
    gap = footing.fit.strength[case.pairs.first] - footing.fit.strength[case.pairs.second]
    lead, looked = gap[case.ballots.pair], []
    for one in found:
        for effect in _effects(case, one, left, lead, left_out):
            made = _added(footing, effect)
            looked.append((effect if (made.p_value <= RATE).any() else effect.without_votes, made))
    rows = []
    for effect, made in looked:
        enough, told = effect.votes >= LEAST_VOTES, np.isfinite(made.error) & (made.error > 0)
        rows += [(effect, number, made) for number in np.flatnonzero(enough & told).tolist()]
        if effect.feature.name in features and not (enough & told).any():
            why = "it cannot be told apart from the models" if enough.any() else f"fewer than {LEAST_VOTES} votes tell of it"
            left_out[f"{effect.feature.name} ({effect.on})"] = why
    if not rows:
        why = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise InputError(f"no column of these votes tells of anything that could move them{f' ({why})' if why else ''}")
    return _fitted(case, footing, rows, left_out)


def _footing(case: Case) -> tuple[Footing, Floats | None]:
    """The fit that terms are added to, and +1 where the pair's first model stood on the left, else −1, shape (N,); None where
    sides say nothing, or decide everything."""
    assert isinstance(case.board.fit, BradleyTerry)
    by = case.board.basis.by
    try:
        footing = side_footing(case.ballots, case.left, by)
        return footing, footing.beside[:, 0]
    except InputError:
        return plain_footing(case.board.fit, case.ballots, by), None


def _added(footing: Footing, effect: Effect) -> Added:
    """An effect as a step; of what is the same in all votes of a pair with the larger of the errors over judges and over pairs,
    because one number per model does not tell all of a pair."""
    made = added(footing, effect.terms)
    if effect.feature.name != ALIKE:
        return made
    return replace(made, error=np.maximum(made.error, added(footing.by_pair, effect.terms).error))


def _asked(case: Case, features: Mapping[str, str], left_out: dict[str, str]) -> Iterator[Feature]:
    """The features that were asked for; into `left_out` go those that these votes do not have."""
    for name, asked in features.items():
        try:
            yield read_feature(case, name, asked)
        except InputError as error:
            left_out[name] = str(error).rstrip(".")


def _built_in(case: Case, features: Mapping[str, str]) -> Iterator[Feature]:
    """What is looked at without being asked for, where columns allow, less the style that was asked for by another name."""
    makers: list[Callable[[], Feature | None]] = [lambda: _later(case), lambda: _alike(case)]
    makers += [partial(difference, case, style, style) for style in STYLE_FEATURES if style not in features.values()]
    for make in makers:
        try:
            found = make()
        except (InputError, UsageError):
            continue
        if found is not None:
            yield found


def _later(case: Case) -> Feature:
    """Whether something was asked earlier in a vote's session: by its turns, or by an earlier vote."""
    try:
        turns, before = case.numbers("turns"), case.numbers("session_turns")
        return marked(LATER, np.where(np.isfinite(before) & np.isfinite(turns), before > turns, np.nan))
    except (InputError, UsageError):
        session = encoded(case, "session")[0]
    order = case.order[np.argsort(session[case.order], kind="stable")]
    again = np.append(False, np.diff(session[order]) == 0)
    later = np.full(len(session), np.nan)
    later[order] = np.where(session[order] >= 0, again, np.nan)
    return marked(LATER, later)


def _alike(case: Case) -> Feature:
    """Whether both models are of one organization."""
    known = case.facts_of(case.pairs.models)["organization"]
    number = pd.factorize(known)[0]
    one, other = number[case.pairs.first], number[case.pairs.second]
    same = np.where((one >= 0) & (other >= 0), one == other, np.nan)
    return marked(ALIKE, same[case.ballots.pair])


def _effects(case: Case, feature: Feature, left: Floats | None, gap: Floats, left_out: dict[str, str]) -> Iterator[Effect]:
    """The ways in which a feature may move votes: a difference between the answers by itself; what is the same for both only
    through the side, through how clearly the better model wins, and through which models it favours."""

    def through(on: str, value: Floats) -> Effect:
        if feature.code is None:
            value = feature.value * value
        count = max(len(feature.labels), 1)
        return Effect(feature, on, feature.labels or ("",), Terms(value, feature.code, count), feature.votes(value))

    if feature.difference:
        yield through(DIFFERENCE, np.ones(1))
        return
    if left is not None and feature.name != ALIKE:
        yield through(SIDE, left)
    yield through(SHARPNESS, gap)
    if feature.group:
        try:
            groups = groups_of_models(case, feature.group)
        except InputError as error:
            left_out[f"{feature.name} by {feature.group}"] = str(error)
            return
        for name, inside in groups.items():
            apart = np.nan_to_num(inside[case.pairs.first] - inside[case.pairs.second])
            yield through(f"models {'with' if name == 'open weights' else 'of'} {name}", apart[case.ballots.pair])


def _fitted(case: Case, footing: Footing, rows: list[tuple[Effect, int, Added]], left_out: dict[str, str]) -> Confounders:
    """The terms with what they move: those beyond chance fitted together with the strengths, others by one step."""
    sure = q_values([made.p_value[number] for _, number, made in rows])
    half, records, corrections, said = norm.isf((1 - case.settings.level) / 2), [], [], []
    for (effect, number, made), q_value in zip(rows, sure, strict=True):
        coefficient, error, moved, decides = made.coefficient[number], made.error[number], made.strength[number], False
        if q_value <= RATE:
            try:
                coefficient, error, moved = _together(footing, effect, number, made)
            except InputError:  # the step says which way; how far has no end
                decides, moved = True, np.zeros(len(moved))
        said.append(effect.said(number, bool(coefficient > 0)))
        correction = reordering(case.board, moved)
        most = correction.most
        corrections.append(correction)
        records.append(
            {
                "feature": effect.feature.name,
                "value": effect.labels[number],
                "on": effect.on,
                "votes": int(effect.votes[number]),
                "coefficient": float(coefficient),
                "lower": float(coefficient - half * error),
                "upper": float(coefficient + half * error),
                "q_value": float(q_value),
                "most_moved": case.board.models[most],
                "move": float(correction.moves[most]),
                "part": float(correction.parts.max()),
                "places": correction.changed,
            }
            | (_DECIDES if decides else {})
        )
    level = case.settings.level
    return Confounders(pd.DataFrame(records), tuple(said), tuple(corrections), left_out, level, origin=case.origin)


def _together(footing: Footing, effect: Effect, number: int, made: Added) -> tuple[float, float, Floats]:
    """A term's coefficient and error, and what it moves the strengths by, shape (M,), fitted together with them.

    Raises:
        InputError: it decides the votes, so that no finite coefficient fits.
    """
    block = effect.terms
    z = block.value if block.code is None else np.where(block.code == number, block.value, 0.0)
    start = np.concatenate(
        [footing.fit.strength + made.strength[number], footing.coefficients + made.beside[number], [made.coefficient[number]]]
    )
    ballots = replace(footing.ballots, features=np.column_stack([footing.beside, z]))
    names = ["the side"] * footing.beside.shape[1] + [effect.feature.name]
    fit = fit_covariates(ballots, names, what=effect.feature.name, start=start, tolerance=_CLOSE, limit=_STEPS)
    whole = fitted_footing(fit, footing.by, footing.unseen)
    error = beside_errors(whole)[-1]
    if effect.feature.name == ALIKE:
        error = max(error, beside_errors(whole.by_pair)[-1])
    return float(fit.coefficients[-1]), float(error), fit.strength - footing.fit.strength
