"""Effect of exposure: does a model do better on prompts that were public than the others do?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.categories.categories import find_category
from analysis.errors import UsageError
from analysis.matching.likeness import EXACT, MEANING, NEAR, threshold_of
from analysis.matching.near import check_seed
from analysis.matching.prompt_sets import prompt_set_for
from analysis.prompts.exposed_votes import SAME, Marked, mark_votes
from analysis.prompts.vote_topics import Topics
from analysis.ratings.ballots import BOTH, Ballots, read_ballots
from analysis.ratings.exposure_accounting import OF_THE_SET, votes_by_fate, votes_by_model
from analysis.ratings.exposure_dates import COULD, COULD_NOT, check_day, could_have_seen, released_on
from analysis.ratings.exposure_fit import Effects, compared, fit_effects
from analysis.ratings.exposure_placebo import Placebos, draw_placebos
from analysis.ratings.exposure_strata import crossed, read_strata
from analysis.ratings.settings import Settings, by_keyword, settled
from analysis.results.previews import display, first_parts
from analysis.results.prose import Prose, counted, in_points, joined, percent, probability, signed, written
from analysis.results.result import Result
from analysis.results.tables import Format, Formats
from analysis.shares.discovery import RATE, q_values
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Random prompt sets at least, and at most: fewer say nothing of the ends of a band.
_LEAST, _MOST = 50, 10_000

#: Models that a sentence names.
_NAMED = 3

#: What an exposed vote has of the set, by the kind of likeness.
_A_PROMPT = {EXACT: "a prompt", NEAR: "nearly a prompt", MEANING: "in meaning a prompt"}

#: Exposed prompts, by the kind of likeness.
LIKE = {EXACT: "prompts of", NEAR: "prompts near those of", MEANING: "prompts alike in meaning to those of"}

#: What no votes can show; the end of every sentence here.
LIMIT = "Whether a model was tuned on the set, no votes can show: only whether it does better there."


#: How columns are written whose names do not say it.
FORMATS: Formats = MappingProxyType(
    {
        **dict.fromkeys(("effect", "lower", "upper", "placebo_lower", "placebo_upper"), Format(signed)),
        "smallest": Format(written, "Smallest to be shown"),
    }
)


@dataclass(frozen=True, eq=False)
class ExposureEffect(Result):
    """What each model gains on exposed prompts beyond the other models, within strata of topic, language and turns.

    Attributes:
        source, prompts: name of the prompt set, and its distinct prompts.
        kind: of likeness: `exact`, `near` or `meaning`.
        counts: model, exposed_votes, unexposed_votes (of all votes with a prompt), sorted by model.
        accounting: reason, votes: where every vote went.
        effects: of the models that could be compared; None where there are not two.
        placebos: what random prompt sets give; None without effects.
        left_out: why each other model has no effect.
        dates: model, model_released, cutoff, could_have_seen.
        released, released_by: when the set was released, and how that is known; empty where it is not.
        strata: what votes were held against like in.
        about: what has to be known of this set beside these votes.
    """

    source: str
    prompts: int
    kind: str
    counts: pd.DataFrame
    accounting: pd.DataFrame
    effects: Effects | None
    placebos: Placebos | None
    left_out: dict[str, str]
    dates: pd.DataFrame
    released: str
    released_by: str
    strata: tuple[str, ...]
    about: tuple[str, ...]
    level: float = 0.95

    formats = FORMATS

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"What models gain on {LIKE[self.kind]} {self.source}, in points, beyond the other models"

    @cached_property
    def table(self) -> pd.DataFrame:
        """model, exposed_votes, unexposed_votes, exposed_share, effect, lower, upper (points), p_value, q_value, placebo_lower,
        placebo_upper (what random prompt sets give), smallest (effect that would have been shown with a chance of 80 %),
        model_released, cutoff, could_have_seen, reason (why there is no effect); the largest effect first, then models without.
        """
        votes = self.counts["exposed_votes"] + self.counts["unexposed_votes"]
        frame = self.counts.assign(exposed_share=self.counts["exposed_votes"] / votes.clip(lower=1), votes=votes)
        frame = frame.merge(self._effects, on="model", how="left").merge(self.dates, on="model", how="left")
        frame["reason"] = [self.left_out.get(model, "") for model in frame["model"]]
        frame = frame.sort_values(["effect", "votes", "model"], ascending=[False, False, True], ignore_index=True)
        return frame.drop(columns="votes")

    @property
    def _effects(self) -> pd.DataFrame:
        names = ["model", "effect", "lower", "upper", "p_value", "q_value", "placebo_lower", "placebo_upper", "smallest"]
        if self.effects is None or self.placebos is None:
            return pd.DataFrame(columns=names).astype(dict.fromkeys(names[1:], float))
        found, half, p_values = self.effects, self.effects.half(self.level), self.effects.p_values()
        bounds = found.effect - half, found.effect + half
        band = self.placebos.band(self.level)
        values = (found.models, found.effect, *bounds, p_values, q_values(p_values), *band, found.smallest)
        return pd.DataFrame(dict(zip(names, values, strict=True)))

    @property
    def shown(self) -> pd.DataFrame:
        """The rows of `table` of models that have an effect."""
        return self.table[self.table["effect"].notna()]

    def _repr_html_(self) -> str:
        """The effects by model, the models that cannot be told of, and where all votes went; no empty table."""
        votes = ["model", "exposed_votes", "unexposed_votes"]
        band = ["placebo_lower", "placebo_upper"] if self.placebos is not None and len(self.placebos.effects) else []
        columns = [*votes, "effect", "lower", "upper", "q_value", *band, "smallest", "could_have_seen"]
        parts = (
            (self.shown[columns], self.caption),
            (self.table.loc[self.table["effect"].isna(), [*votes, "reason"]], "Models that cannot be told of"),
            (self.accounting, "Where the votes went"),
        )
        return first_parts([display(frame, caption=caption, formats=self.formats) for frame, caption in parts if len(frame)])

    @property
    def better(self) -> pd.DataFrame:
        """The rows of `table` of models that do better on exposed prompts beyond chance."""
        return self.table[(self.table["q_value"] <= RATE) & (self.table["effect"] > 0)]

    @cached_property
    def contrast(self) -> tuple[float, float, float] | None:
        """Mean gain of the models that could have seen the set less that of those that could not, with its interval, in points;
        None where either is nobody."""
        if self.effects is None:
            return None
        seen = self.dates.set_index("model")["could_have_seen"].reindex(list(self.effects.models))
        could, could_not = (seen == COULD).to_numpy(), seen.isin(COULD_NOT).to_numpy()
        return self.effects.contrast(could, could_not, self.level) if could.any() and could_not.any() else None

    @property
    def sentence(self) -> Prose:
        """Who does better on exposed prompts beyond chance, or what could have been shown; what dates say, and what no votes can
        show."""
        return Prose(" ".join(part for part in (self.verdict, self._by_date, LIMIT) if part))

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be known of the set, who could not be told of, what random sets give, and what was held against what."""
        return tuple(
            str(part) for part in (*self.about, self._accounted, self._left_out, self._apart, self._chance, self._strata) if part
        )

    @property
    def verdict(self) -> Prose:
        """Who does better on exposed prompts beyond chance; else the smallest effect that could have been shown."""
        exposed = int(self.accounting["votes"][self.accounting["reason"].str.startswith("exposed")].sum())
        has = "has" if exposed == 1 else "have"
        held = self.accounting["votes"][self.accounting["reason"] != OF_THE_SET].sum()
        share = f"{counted(exposed, 'vote')} of {held:,} {has} {_A_PROMPT[self.kind]} of {self.source}"
        if self.effects is None:
            return Prose(f"{share}: no two models can be compared on them and on others, so these votes cannot tell.")
        level = percent(self.level, 0)
        if len(self.better):
            names = joined(
                f"{row.model} by {in_points(signed(row.effect))} ({level} {signed(row.lower)} to {signed(row.upper)}, q "
                f"{probability(row.q_value)})"
                for row in self.better.head(_NAMED).itertuples()
            )
            more = f", and {len(self.better) - _NAMED} more" if len(self.better) > _NAMED else ""
            whom = f"{len(self.better)} of {len(self.effects.models)} models"
            do = "does" if len(self.better) == 1 else "do"
            worse = f" {self._worse}" if self._worse else ""
            return Prose(f"{share}. On them {whom} {do} better than the others beyond chance: {names}{more}.{worse}")
        worse = f" {self._worse}" if self._worse else ""
        return Prose(
            f"{share}. Of {len(self.effects.models)} models none does better on them, against the others, than chance allows "
            f"(false-discovery rate {percent(RATE, 0)}).{worse} {self._smallest} Smaller effects may be there."
        )

    @property
    def _worse(self) -> str:
        """Who does worse on exposed prompts beyond chance."""
        worse = self.table[(self.table["q_value"] <= RATE) & (self.table["effect"] < 0)]
        if worse.empty:
            return ""
        rows = worse.iloc[::-1].head(_NAMED).itertuples()
        names = joined(f"{row.model} by {in_points(signed(row.effect))} (q {probability(row.q_value)})" for row in rows)
        more = f", and {len(worse) - _NAMED} more" if len(worse) > _NAMED else ""
        return f"Beyond chance {counted(len(worse), 'model does', 'models do')} worse: {names}{more}."

    @property
    def _smallest(self) -> str:
        """The smallest effects that would have been shown."""
        assert self.effects is not None
        smallest = self.effects.smallest
        low, middle = written(smallest.min()), written(float(np.median(smallest)))
        return (
            f"To be shown four times in five a model would have had to gain {in_points(low)} where most is known of it, and half "
            f"of the models {middle} or more."
        )

    @property
    def _accounted(self) -> str:
        """Where all votes went, but those without a prompt, of which the notes on the votes tell."""
        votes = self.accounting.set_index("reason")["votes"]
        pairs = [name for name in ("exposed, compared", "unexposed, compared") if name in votes.index]
        text = f"Of {counted(int(votes.sum()), 'vote')} none was compared"
        if pairs:
            sides = joined(f"{votes[name]:,} {name.removesuffix(', compared')}" for name in pairs)
            text = f"Of {counted(int(votes.sum()), 'vote')}, {sides} were compared"
        rest = votes[(votes > 0) & ~votes.index.isin([*pairs, "without a prompt"])]
        split = [(number, *reason.partition(", ")) for reason, number in rest.items()]
        others = [
            f"{number:,} {side} ({why})" if why not in ("", "not compared") else f"{number:,} {side}"
            for number, side, _, why in split
        ]
        return f"{text}; not so {joined(others)}." if others and pairs else f"{text}{': ' if others else ''}{joined(others)}."

    @property
    def _left_out(self) -> str:
        """How many models cannot be told of; all of them where there are no effects, which the answer says."""
        if self.effects is None or not self.left_out:
            return ""
        few = counted(len(self.left_out), "other model has", "other models have")
        return f"{few} too few votes on either side, or no connection, to be told of (column reason)."

    @property
    def _apart(self) -> str:
        """Which models are not among the others."""
        if self.effects is None or self.effects.reference.all():
            return ""
        pairs = zip(self.effects.models, self.effects.reference, strict=True)
        away = [model for model, kept in pairs if not kept]
        names = joined(away) if len(away) <= _NAMED else counted(len(away), "model")
        is_ = "is" if len(away) == 1 else "are"
        return f"{names} {is_} clearly apart there, and so not among the others that models are held against."

    @property
    def _chance(self) -> str:
        """How many random prompt sets would have accused somebody."""
        if self.placebos is None or not len(self.placebos.effects):
            return ""
        sets = len(self.placebos.effects)
        small = "" if self.placebos.size > 0.9 else f" (of {percent(self.placebos.size, 0)} of its votes: there are no more)"
        return f"Of {sets} random prompt sets of the same kind{small} {self.placebos.accusing} would have accused some model."

    @property
    def _by_date(self) -> str:
        """What the models that could have seen the set gain beyond those that could not."""
        if self.effects is None or (self.accounting["reason"] == OF_THE_SET).any():
            return ""
        if not self.released:
            return "When the set was released is not known, so nobody can say which models could have seen it."
        when = f"Its date is {self.released} ({self.released_by})"
        if self.contrast is None:
            return f"{when}; of models that surely could have seen it and of others that could not, there are not both here."
        middle, lower, upper = self.contrast
        return (
            f"{when}; models that came out later gain {in_points(signed(middle))} ({percent(self.level, 0)} {signed(lower)} to "
            f"{signed(upper)}) on its prompts beyond those that could not have seen it."
        )

    @property
    def _strata(self) -> str:
        """What was held against what."""
        if self.effects is None:
            return ""
        words = f"Votes are held against others of the same {joined(self.strata)}." if self.strata else ""
        if "topic" in self.strata:
            return words
        return f"{words} Topics were not given: a model that is good at what the set asks about gains here, too.".strip()


@by_keyword
def exposure_effect(
    votes: Votes | str | Path,
    prompts: str | Path | None = None,
    *,
    kind: str = EXACT,
    threshold: float | None = None,
    topics: Topics | None = None,
    released: str | None = None,
    placebos: int = 200,
    settings: Settings = Settings(),
    seed: int = 1,
    **options: Any,
) -> ExposureEffect:
    """What each model gains on prompts that a released set holds, beyond the other models.

    Args:
        prompts, kind, threshold: as in `analysis.prompts.exposure.exposure`.
        topics: what votes are about: the result of `analysis.topics`, its assignments (vote_id, topic), or a folder of topics.
        released: a day or month; by default what is known of the set.
        placebos: random prompt sets behind the band of what chance gives; 0 for none.
        settings: `level` of the intervals; with `interval` votes, judges are not taken to hang together, while votes on one
            prompt always are. Other ties, weights, style control, a prior, clusters and resampling are refused.
        seed: of the random sets, and of the hashes behind `near`.

    Raises:
        UsageError: a value that is not allowed, or topics that are none.
        InputError: the votes have no prompts, the set cannot be read as one, or the topics are of other votes.
    """
    settings = settled(settings, options)
    threshold_of(kind, threshold)
    check_seed(seed)
    _check_settings(settings)
    if placebos and not _LEAST <= placebos <= _MOST:
        raise UsageError(f"placebos is {placebos}; it must be 0, or from {_LEAST} to {_MOST:,}.")
    votes = load_votes(votes)
    votes.need("exposure", "prompt")
    known = prompt_set_for(votes, prompts)
    when, by = (check_day(released), "as given") if released else released_on(known)
    marked = mark_votes(votes, known, kind, threshold, seed)
    strata, parts = read_strata(votes, topics)
    ballots = _clustered(_ballots(votes, settings), marked.cluster)
    ballots = ballots.only(~(marked.blank | marked.own)[ballots.row]).counted()
    exposed = marked.exposed[ballots.row]
    found = compared(ballots, exposed, crossed([part[ballots.row] for part in parts], len(exposed)))
    able = marked.same < SAME and len(found.ballots.pairs.models) > 1
    effects = fit_effects(found) if able else None
    models = ballots.pairs.models
    return ExposureEffect(
        source=known.name,
        prompts=len(known.keys),
        kind=kind,
        counts=votes_by_model(ballots, exposed),
        accounting=votes_by_fate(marked, ballots, found if able else None),
        effects=effects,
        placebos=draw_placebos(found, effects, placebos, seed) if effects else None,
        left_out=dict(found.left_out) if marked.same < SAME else dict.fromkeys(models, "the set is these votes"),
        dates=could_have_seen(models, when),
        released=when,
        released_by=by,
        strata=strata,
        about=(*marked.notes, *_exact(marked, kind)),
        level=settings.level,
        origin=votes.origin,
    )


def _exact(marked: Marked, kind: str) -> tuple[str, ...]:
    """How many of the exposed votes have the very prompt, where they need not."""
    if kind == EXACT:
        return ()
    exposed, exact = (int((flags & ~marked.own).sum()) for flags in (marked.exposed, marked.exact))
    if not exposed:
        return ()
    if exposed == 1:
        return (f"The one exposed vote has {'the very prompt' if exact else 'not the very prompt'}.",)
    return (f"{exact:,} of the {counted(exposed, 'exposed vote')} {'has' if exact == 1 else 'have'} the very prompt.",)


def _check_settings(settings: Settings) -> None:
    """Raise a UsageError where settings ask for another board than there is here."""
    default = Settings()
    asked = [
        name
        for name in ("ties", "reweight", "style_control", "ridge", "cluster", "weight")
        if getattr(settings, name) != getattr(default, name)
    ]
    if settings.interval not in ("auto", "votes"):
        asked.append(f"interval={settings.interval}")
    if asked:
        raise UsageError(f"the effect of exposure weighs votes: leave out {joined(asked)}; level and interval=votes are heeded.")


def _clustered(ballots: Ballots, cluster: Integers) -> Ballots:
    """The ballots with the clusters of votes, shape (votes,), in place of their prompts."""
    prompt = pd.factorize(cluster[ballots.row])[0]
    found = {"prompt": prompt}
    if "judge" in ballots.clusters:
        judge = ballots.clusters["judge"].astype(np.int64)
        found[BOTH] = pd.factorize(judge * (int(prompt.max(initial=0)) + 1) + prompt)[0]
    return replace(ballots, clusters={**ballots.clusters, **found})


def _ballots(votes: Votes, settings: Settings) -> Ballots:
    """All votes with their prompts and, where known and asked for, their judges."""
    overall = find_category("overall")
    by = ("judge", "prompt") if "judge" in votes.available and settings.interval != "votes" else ("prompt",)
    return read_ballots(votes, {overall.name: overall}, by)[overall.name]
