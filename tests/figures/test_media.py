"""Every figure on a page and on a telephone's screen: what can be read, and what the drawing is made of."""

import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib.figure import Figure as Canvas
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from analysis.audit.agreement import Agreement, Kappa
from analysis.audit.audit import audit_of
from analysis.audit.case import Case, case_of
from analysis.audit.clustering import VoteClustering
from analysis.audit.confounders import DIFFERENCE, SHARPNESS, SIDE, Confounders
from analysis.audit.cycles import check_cycles
from analysis.audit.discrimination import Discrimination
from analysis.audit.drift import check_drift
from analysis.audit.fragility import Fragility, check_fragility
from analysis.audit.implausible import AGAINST, WITH, ImplausibleJudges
from analysis.audit.influence import JudgeInfluence, Move
from analysis.audit.misfit import check_misfit
from analysis.audit.position import Position
from analysis.audit.ranks import check_ranks
from analysis.audit.reordering import Reordering
from analysis.audit.sampling import check_coverage
from analysis.audit.separation import check_separation
from analysis.audit.ties import check_ties
from analysis.audit.variants import Variants, check_variants
from analysis.audit.votes_needed import check_votes_needed
from analysis.categories.categories import find_category
from analysis.changes.change import CLEAR, POSSIBLE, Change
from analysis.changes.changes import Changes
from analysis.changes.watch_classes import classes_of
from analysis.changes.watch_moves import moves_between
from analysis.changes.watch_steps import steps_of
from analysis.claims.verdicts import VERDICTS
from analysis.figures.contrast import LINES, WORDS, contrast, on, over
from analysis.figures.figure import Figure
from analysis.figures.style import (
    BLUE,
    DARK,
    DPI,
    GAINS,
    GREEN,
    INK,
    LOSSES,
    NARROW,
    ON_LIGHT,
    ORANGE,
    PALE_GAINS,
    PALE_LOSSES,
    PAPER,
    PURPLE,
    QUIET,
    SOFT,
    WIDE,
    Medium,
    house_style,
)
from analysis.prompts.exposure import Exposure
from analysis.prompts.frequency import FrequencyRule
from analysis.prompts.freshness import Freshness
from analysis.prompts.growth import POINTS, Growth
from analysis.prompts.repeat_kinds import NAMES, STRICTER, RepeatKinds
from analysis.prompts.repeat_shares import RepeatShares
from analysis.prompts.repeats import BEFORE, BY, ONCE_MORE, RULE, Repeats
from analysis.ratings.boards import CategoryRanks
from analysis.ratings.exposure_dates import COULD, RELEASED_BEFORE, UNKNOWN
from analysis.ratings.exposure_effect import ExposureEffect
from analysis.ratings.exposure_fit import Effects
from analysis.ratings.exposure_placebo import Placebos
from analysis.ratings.frontier import Frontier
from analysis.ratings.history import History
from analysis.ratings.rank_rule import rank_rule
from analysis.ratings.repeat_effect import TREATMENTS, RepeatEffect
from analysis.ratings.shift import compare
from analysis.ratings.versus import Versus
from analysis.ratings.win_rates import win_rates
from analysis.results.drawing import draw
from analysis.results.unseen import visible
from analysis.shares.contents import Counts
from analysis.shares.judges import Judges
from analysis.shares.turns import TurnShare
from analysis.sources.simulated.faults import faulty
from analysis.sources.simulated.simulate import simulate
from analysis.topics.board_lists import TopicChanges
from analysis.topics.editions import TopicEditions
from analysis.votes.table import Votes


def beside(name: str) -> ModuleType:
    """Another module of tests, for what it makes."""
    spec = importlib.util.spec_from_file_location(f"made_by_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rankings, topics = beside("test_rankings"), beside("test_topics")

#: Names that strangers could give a model, a topic or a group.
HOSTILE = [
    "</text><script>alert(1)</script>",
    '"onload="alert(1)',
    "]]>&amp;<!--",
    "left\u202eright\u2066",
    "模型 一二三四五六七",
    "نموذج عربي",
    "แบบจำลองภาษาไทย",
    "भाषा मॉडल",
    "🤖👩‍💻 model",
    "$x_1$ \\frac %s {0}",
]

#: Names as long as real ones are.
LONG = [
    "gemini-1.5-pro-api-0409-preview",
    "claude-3-5-sonnet-20240620",
    *(f"long-model-name-{number:02}-chat" for number in range(22)),
]


def board(names: list[str], step: float = 20.0, moved: float = 0.0, category: str = "overall") -> object:
    """Models that many points apart; every fifth is moved up."""
    ratings = {name: 1300.0 - step * place + (moved if place % 5 == 4 else 0.0) for place, name in enumerate(names)}
    return rankings.board_of(ratings, category, error=6.0)


def history(names: list[str], periods: int) -> History:
    rng = np.random.default_rng(1)
    boards = {
        f"2024-{period:02}": rankings.board_of(dict(zip(names, rng.normal(1100, 60, len(names)), strict=True)), error=15.0)
        for period in range(1, periods + 1)
    }
    return History(boards, "Overall by month")


def dated(made: History) -> History:
    """The same boards as if published a week apart, across days on which the arena changed its method."""
    days = pd.date_range("2025-05-01", periods=len(made.boards), freq="7D").strftime("%Y-%m-%d")
    return History({day: replace(board, day=day) for day, board in zip(days, made.boards.values(), strict=True)}, made.label)


def ranks(names: list[str]) -> CategoryRanks:
    boards = {
        name: board(names, moved=60.0 if name == "coding" else 0.0, category=name) for name in ("overall", "coding", "math")
    }
    shifts = {name: compare(boards["overall"], other) for name, other in boards.items() if name != "overall"}
    return CategoryRanks(boards, {}, shifts)


def versus(names: list[str]) -> Versus:
    made = {}
    for name in ("overall", "coding", "hard_english", "instruction_following"):
        made[name] = replace(fitted(names), category=find_category(name))
    return Versus(names[0], names[1], made, {})


def fitted(names: list[str]) -> object:
    made = rankings.evenly(len(names))
    pairs = replace(made.fit.pairs, models=tuple(names))
    return rankings.fit_board(pairs, made.category, made.settings)


def turns(names: list[str], by: str = "model") -> TurnShare:
    votes = np.arange(len(names)) * 10 + 200
    counts = pd.DataFrame({"group": names, "votes": votes, "multi_turn": votes // 10})
    counts.loc[0, "multi_turn"] = 90
    whole, several = int(votes.sum()), int(counts["multi_turn"].sum())
    return TurnShare(counts, pd.DataFrame({"turns": [1, 2], "votes": [whole - several, several]}), by, 0.14)


def announced() -> TurnShare:
    counts = pd.DataFrame({"group": ["anonymous votes", "all votes"], "votes": [1135, 1200], "multi_turn": [105, 120]})
    return TurnShare(counts, pd.DataFrame({"turns": [1, 2, 3], "votes": [1030, 70, 35]}), "", 0.14)


def labels(names: list[str]) -> object:
    return topics.topics_of({name: 400 - 10 * place for place, name in enumerate(names[:12])})


def editions(names: list[str], count: int = 5) -> TopicEditions:
    """Topics of which every third is gone after the first edition, and the first two moved clearly."""
    size = len(names[:12])
    parts = [
        pd.DataFrame({"topic": np.arange(size), "label": names[:size], "edition": f"until {MONTHS[place]}", "votes": 90 - place})
        for place in range(count)
    ]
    frame = pd.concat([parts[0], *(later[later["topic"] % 3 < 2] for later in parts[1:])], ignore_index=True)
    share = 0.08 + 0.02 * (frame["topic"] == 0) * (frame["votes"] - 88)
    frame = frame.assign(share=share, lower=share - 0.01, upper=share + 0.01, design_effect=1.0)
    topic = [number for number in range(size) if number % 3 < 2]
    changes = pd.DataFrame({"first": 0.12, "last": 0.04, "change": -0.08, "lower": -0.1, "upper": -0.06}, index=topic)
    return TopicEditions(
        tuple(f"until {MONTHS[place]}" for place in range(count)), frame, changes.assign(q_value=np.arange(len(topic)) / 40)
    )


def topic_boards(names: list[str]) -> object:
    change = np.zeros((len(names[:10]), len(names)))
    change[1, 1], change[2, 3] = 45.0, -45.0
    return replace(topics.boards_of(change, labels=names[:10]), models=tuple(names))


def repeated() -> Repeats:
    """By each way to count them, with the longest names there are."""
    most = pd.DataFrame({"prompt": ["Hello"], "votes": [94]})
    groups = [BEFORE, *BY.values(), ONCE_MORE, RULE]
    counts = pd.DataFrame({"group": groups, "votes": 1000, "repeated": [94, 60, 20, 2, 10, 2, 120, 0], "alike": 0.0})
    return Repeats(counts, most, FrequencyRule(0.999, 25, 1, 1000, 0), 0.1)


def repeat_kinds() -> RepeatKinds:
    groups = [*STRICTER, *NAMES.values()]
    counts = pd.DataFrame({"group": groups, "threshold": np.nan, "votes": 1_135, "repeated": [240, 249, 258, 300, 410]})
    return RepeatKinds(counts.assign(alike=0.0))


def shares_of(names: list[str], hits: str) -> pd.DataFrame:
    """A share that grows from group to group, with its interval."""
    share = np.linspace(0.05, 0.6, len(names))
    frame = pd.DataFrame({"group": names, "votes": 1_000, hits: (1_000 * share).astype(int), "share": share})
    return frame.assign(lower=share - 0.04, upper=share + 0.04, design_effect=1.2)


def repeat_shares(names: list[str], by: str) -> RepeatShares:
    return RepeatShares(shares_of(names, "repeated"), by, shares_of(["all votes"], "hits").iloc[0], lasting=by == "month")


def growth() -> Growth:
    share = 0.3 * (1 - np.exp(-POINTS))
    frame = pd.DataFrame(
        {"votes": (POINTS * 1_200_000).astype(int), "share": share, "lower": share - 0.02, "upper": share + 0.02}
    )
    return Growth(frame.assign(extrapolated=POINTS > 1), by_judge=True)


def freshness(names: list[str], by: str) -> Freshness:
    frame = shares_of(names, "fresh")
    if by in ("day", "month"):
        frame = frame.assign(share=1 - frame["share"], lower=0.9 - frame["share"], upper=1.0, before=0)
        steady = {"steady_votes": 1_000, "steady_share": 0.9, "steady_lower": 0.88, "steady_upper": 0.92}
        frame = frame.assign(day_share=frame["share"] + 0.02, week_share=frame["share"] + 0.04, **steady)
    return Freshness(frame, by, shares_of(["all before"], "fresh"), 15_000, kind="meaning")


def repeat_effect(names: list[str]) -> RepeatEffect:
    shifts = {name: compare(board(names), board(names, moved=70.0)) for name in TREATMENTS}
    return RepeatEffect(shifts, {"all": 60_000.0, **dict.fromkeys(TREATMENTS, 53_365.0)}, {})


def exposure(names: list[str]) -> Exposure:
    counts = pd.DataFrame({"group": ["all votes", *names], "votes": 100, "exposed": [10] * (len(names) + 1)})
    return Exposure(counts, names[0], 500, 0, 0)


def exposure_effect(names: list[str], clear: int = 1) -> ExposureEffect:
    """Gains of models, of which the first are clear, with placebos and dates of every kind."""
    size = len(names)
    gain = np.where(np.arange(size) < clear, 90.0, np.linspace(-20, 20, size))
    everybody = np.ones(size, dtype=bool)
    effects = Effects(
        tuple(names), gain, {"votes": np.eye(size) * 100.0}, np.full(size, 60.0), np.full(size, 1 / size), everybody
    )
    counts = pd.DataFrame({"model": names, "exposed_votes": 1_200, "unexposed_votes": 9_000})
    fates = pd.DataFrame({"reason": ["exposed, compared", "without a prompt"], "votes": [600 * size, 3]})
    could = [(COULD, RELEASED_BEFORE, UNKNOWN)[place % 3] for place in range(size)]
    dates = pd.DataFrame({"model": names, "model_released": "2024-05", "cutoff": "2023-10", "could_have_seen": could})
    chance = Placebos(np.random.default_rng(1).normal(0, 10, (60, size)), 1, 1.0)
    strata = ("topic", "language")
    day, by = "2023-07-20", "a post"
    return ExposureEffect(names[0], 500, "exact", counts, fates, effects, chance, {}, dates, day, by, strata, ())


def no_effect(names: list[str]) -> ExposureEffect:
    reasons = dict.fromkeys(names, "exposed votes to compare worth 1, and 30 are needed")
    return replace(exposure_effect(names), effects=None, placebos=None, left_out=reasons)


def changes(names: list[str], clear: int = 4) -> Changes:
    """Facts, then changes of every kind, of which some are clear."""
    facts = [Change("model", name, f"{name} is new.", np.inf, CLEAR, later=1_250.0) for name in names[:2]]
    kinds = ("rating", "rank", "class", "share", "claim", "topic", "rows", "method")
    scored = [
        Change(kinds[place % len(kinds)], name, f"{name} moves.", 6.0 - place / 3, CLEAR if place < clear else POSSIBLE, 0.1, 0.2)
        for place, name in enumerate(names[:12])
    ]
    return Changes("the edition of 2026-11-25 06:00", "this edition", (*facts * (clear > 0), *scored), folded=1_000)


def agreement(names: list[str]) -> Agreement:
    """Judges of these names, every two of whom have much in common."""
    parts = {label: Kappa(333, 0.5, 0.2 + place / 10, 0.05) for place, label in enumerate(("models close", "models far apart"))}
    two = {(one, other): Kappa(999, 0.6, 0.4, 0.02) for one, other in combinations(names[:5], 2)}
    return Agreement(Kappa(999, 0.55, 0.31, 0.03), 12, parts, two)


def clustering(names: list[str], wider: float = 2.4) -> VoteClustering:
    """Votes of few busy people with tastes."""
    size = len(names)
    over_votes = np.linspace(4, 9, size)
    cast, votes = np.array([1] * 300 + [900, 600]), np.linspace(3_000, 90, size)
    return VoteClustering(tuple(names), cast, 3, over_votes, wider * over_votes, votes, votes / 40, 12.0)


def discrimination(names: list[str], excess: float) -> Discrimination:
    """Judges of these names, some of whom vote at random."""
    number = np.linspace(0.05, 1.6, len(names))
    frame = pd.DataFrame({"judge": names, "votes": 1_200, "discrimination": number, "lower": number - 0.3, "upper": number + 0.3})
    return Discrimination(900, 0.4, excess, frame, 0.6612, 0.6598, 0.0014, 0.0002, ("a", "b"), None)


def implausible(names: list[str], named: int) -> ImplausibleJudges:
    """Judges of these names, of whom some are named."""
    place = np.arange(len(names))
    suspects = pd.DataFrame(
        {
            "judge": names,
            "votes": 1_000 - place,
            "direction": [(AGAINST, WITH)[number % 2] for number in place],
            "p_value": 10.0 ** -(3 + 9.0 * (place < named)),
            "named": place < named,
        }
    )
    return ImplausibleJudges(4_000, suspects, 90, named, 60 * named, 40_000, ("a", "b"), None)


def influence(names: list[str], loud: int = 1) -> JudgeInfluence:
    """Judges of these names, of whom some move the board beyond chance."""
    moves = [
        Move(name, 900 // (place + 1), np.array([60.0, -60.0]) / (place + 1), 0, 1, 3.2 / (place + 1), 9.0 * (place < loud))
        for place, name in enumerate(names)
    ]
    return JudgeInfluence(("a", "b"), 320, tuple(moves), 5.0)


def audited(names: list[str], votes: int = 20_000, fault: str = "none", gap: float = 40.0) -> Case:
    """An arena with a fault, of models with these names."""
    table = faulty(fault, votes, len(names), gap)
    for place, side in enumerate(("model_a", "model_b")):
        column = table[side].combine_chunks()
        table = table.set_column(place, side, pa.DictionaryArray.from_arrays(column.indices, pa.array(names)))
    return case_of(table)


def variants(names: list[str], several: bool = True) -> Variants:
    """Organizations of these names, of which the first have several models each."""
    models = [f"model-{number:02d}" for number in range(1, 25)]
    counts = [8, 5, 4, 2] if several else []
    of = [place for place, count in enumerate(counts) for _ in range(count)]
    of += [len(counts) + place for place in range(24 - len(of))]
    facts = pd.DataFrame({"model": models, "organization": [(names * 3)[place] + "+" * (place // len(names)) for place in of]})
    return check_variants(case_of(faulty(votes=4_000, models=24), facts=facts.assign(open_weights=True)))


def fragility(names: list[str], votes: int) -> Fragility:
    return check_fragility(audited(names, votes))


def position(names: list[str]) -> Position:
    """All votes with a side beyond chance, and groups by language and length, of which some differ."""
    size = 1 + len(names)
    coefficient = np.linspace(-0.3, 0.4, size)
    groups = pd.DataFrame(
        {
            "by": ["all", *("language" if place % 2 else "length of the prompt" for place in range(size - 1))],
            "group": ["all votes", *names],
            "votes": 900,
            "coefficient": coefficient,
            "lower": coefficient - 0.1,
            "upper": coefficient + 0.1,
            "left_share": 1 / (1 + np.exp(-coefficient)),
            "q_value": [np.nan, *np.linspace(0, 0.1, size - 1)],
        }
    )
    return Position(groups, 3)


def confounders(names: list[str]) -> Confounders:
    """Terms of every kind, the first few beyond chance."""
    size, made = len(names), board(names)
    coefficient = np.linspace(-0.3, 0.4, size)
    terms = pd.DataFrame(
        {
            "feature": names,
            "value": ["" if place % 3 else name for place, name in enumerate(names)],
            "on": [(DIFFERENCE, SIDE, SHARPNESS)[place % 3] for place in range(size)],
            "votes": 900,
            "coefficient": coefficient,
            "lower": coefficient - 0.1,
            "upper": coefficient + 0.1,
            "q_value": np.linspace(0, 0.1, size),
            "most_moved": names[::-1],
            "move": np.linspace(-30, 12, size),
            "part": np.linspace(1.5, 0.1, size),
            "places": 3,
        }
    )
    moved = tuple(Reordering(made, move * (np.arange(size) == place)) for place, move in enumerate(terms["move"]))
    return Confounders(terms, tuple(names), moved, {names[0]: "it is the same in all votes"})


MONTHS = [f"2023-{month:02}" for month in range(4, 13)]

#: A figure of every kind that is registered, of models, groups or topics with these names.
KINDS: dict[str, Callable[[list[str]], Figure]] = {
    "board": lambda names: draw(board(names), top=8, highlight=names[2:3]),
    "short board": lambda names: draw(board(names[:2])),
    "ranks of a shift": lambda names: draw(compare(board(names), board(names, moved=70.0)), highlight=names[3:5]),
    "ratings of a shift": lambda names: draw(compare(board(names), board(names, moved=70.0)), of="rating"),
    "a shift": lambda names: draw(compare(board(names), board(names, moved=70.0)), of="change", highlight=names[:1]),
    "audit": lambda names: draw(audit_of(audited(names[:8], 9_000)), of="checks"),
    "audit in classes": lambda names: draw(audit_of(audited(names[:8], 9_000)), top=6),
    "coverage": lambda names: draw(check_coverage(audited(names, 4_000, "lopsided"))),
    "fragility": lambda names: draw(fragility(names, 20_000)),
    "fragility of few votes": lambda names: draw(fragility(names, 600)),
    "history of one period": lambda names: draw(history(names, 1)),
    "history of two periods": lambda names: draw(history(names, 2), highlight=names[:1]),
    "history of many periods": lambda names: draw(history(names, 12), highlight=names[:4]),
    "moves": lambda names: draw(moves_between(board(names), board(names, moved=70.0), "since → date"), highlight=names[:1]),
    "classes": lambda names: draw(classes_of(board(names)), highlight=names[3:4]),
    "rank spans": lambda names: draw(check_ranks(audited(names, 9_000, gap=30.0)), top=8, highlight=names[-1:]),
    "separation": lambda names: draw(check_separation(audited(names, 9_000, gap=30.0)), top=8, highlight=names[-1:]),
    "separation of all pairs": lambda names: draw(
        check_separation(audited(names, 9_000, gap=30.0)), of="matrix", models=names[:12]
    ),
    "steps": lambda names: draw(steps_of(dated(history(names, 40)))),
    "categories": lambda names: draw(ranks(names), highlight=names[:1]),
    "sizes": lambda names: draw(Frontier(board(names), np.geomspace(400, 1, len(names)).round(1), 0), highlight=names[:1]),
    "variants": lambda names: draw(variants(names)),
    "variants of nobody": lambda names: draw(variants(names, several=False)),
    "head to head": lambda names: draw(versus(names)),
    "votes needed": lambda names: draw(check_votes_needed(audited(names, 9_000, gap=30.0)), top=8),
    "win rates": lambda names: draw(win_rates(fitted(names))),
    "rank rule": lambda names: draw(rank_rule(fitted(names), shares=(0.05, 0.14, 0.6), draws=4), highlight=names[:3]),
    "counts": lambda names: draw(Counts(pd.DataFrame({"group": names, "votes": 9}), "model", 9 * len(names))),
    "counts by month": lambda _: draw(Counts(pd.DataFrame({"group": MONTHS, "votes": 900}), "month", 900 * len(MONTHS))),
    "turn share": lambda _: draw(announced()),
    "turn share by model": lambda names: draw(turns(names)),
    "turn share by month": lambda _: draw(turns(MONTHS, "month")),
    "turns": lambda _: draw(announced(), of="distribution"),
    "changes": lambda names: draw(changes(names)),
    "possible changes": lambda names: draw(changes(names, clear=0), top=6),
    "rules for ties": lambda names: draw(check_ties(audited(names[:12], fault="tie-prone"))),
    "rules for ties that turn nothing": lambda names: draw(check_ties(audited(names[:12]))),
    "circles": lambda names: draw(check_cycles(audited(names[:12], fault="circle"))),
    "no circles": lambda names: draw(check_cycles(audited(names[:12]))),
    "misfit": lambda names: draw(check_misfit(audited(names[:12], fault="circle"))),
    "no misfit": lambda names: draw(check_misfit(audited(names[:12])), top=6),
    "drift": lambda names: draw(check_drift(audited(names[:12], fault="drifting model"))),
    "no drift": lambda names: draw(check_drift(audited(names[:12]))),
    "claims": lambda names: draw(rankings.claims_of(VERDICTS, " ".join(names[:3]))),
    "agreement": lambda names: draw(agreement(names)),
    "clustering": lambda names: draw(clustering(names)),
    "clustering of few judges": lambda names: draw(clustering(names, np.nan)),
    "discrimination": lambda names: draw(discrimination(names, 6.0)),
    "implausible judges": lambda names: draw(implausible(names, 4)),
    "plausible judges": lambda names: draw(implausible(names, 0)),
    "influence": lambda names: draw(influence(names)),
    "influence of nobody": lambda names: draw(influence(names, 0)),
    "the side": lambda names: draw(position(names)),
    "confounders": lambda names: draw(confounders(names)),
    "judges": lambda _: draw(Judges(pd.DataFrame({"cast": [1, 2, 60], "judges": [20, 10, 1]}), 100)),
    "repeats": lambda _: draw(repeated()),
    "kinds of repeats": lambda _: draw(repeat_kinds()),
    "repeats by group": lambda names: draw(repeat_shares(names, "language")),
    "repeats by month": lambda _: draw(repeat_shares(MONTHS, "month")),
    "growth of repeats": lambda _: draw(growth()),
    "fresh prompts by group": lambda names: draw(freshness(names, "topic")),
    "fresh prompts by day": lambda _: draw(freshness([f"2024-06-{day:02}" for day in range(1, 29)], "day")),
    "fresh prompts of two months": lambda _: draw(freshness(MONTHS[:2], "month")),
    "effect of repeats": lambda names: draw(repeat_effect(names)),
    "exposure": lambda names: draw(exposure(names)),
    "effect of exposure": lambda names: draw(exposure_effect(names), highlight=names[2:3]),
    "no effect of exposure": lambda names: draw(exposure_effect(names, clear=0), top=4),
    "an effect of exposure that cannot be told": lambda names: draw(no_effect(names)),
    "simulation": lambda _: draw(simulate(300, seed=1), top=8),
    **{f"topics: {of}": lambda names, of=of: draw(labels(names), of=of) for of in topics.KINDS},
    "topics by edition": lambda names: draw(editions(names)),
    "topics of two editions": lambda names: draw(editions(names, 2)),
    "topics by model": lambda names: draw(topic_boards(names)),
    "topics of a model": lambda names: draw(topic_boards(names), of="change", model=names[1]),
    "ranks by topic": lambda names: draw(topic_boards(names), of="rank", top=6),
}

#: Elements that a drawing is made of.
ELEMENTS = {"svg", "style", "defs", "clipPath", "g", "path", "rect", "use", "text", "tspan", "image"}

MEDIA = {"page": WIDE, "telephone": NARROW}


@cache
def drawn(kind: str, hostile: bool = False) -> Figure:
    return KINDS[kind](HOSTILE if hostile else LONG)


def words_of(canvas: Canvas) -> list[tuple[Text, Bbox]]:
    """Every text that is drawn, with its box in pixels of the page."""
    found: list[Text] = []
    original = Text.draw

    def draw_text(text: Text, renderer: object) -> None:
        if text.get_visible() and text.get_text().strip():
            found.append(text)
        original(text, renderer)

    with pytest.MonkeyPatch.context() as patch, house_style():
        patch.setattr(Text, "draw", draw_text)
        canvas.set_dpi(DPI)
        canvas.draw_without_rendering()
        return [(text, text.get_window_extent()) for text in dict.fromkeys(found)]


def overlapping(words: list[tuple[Text, Bbox]]) -> Iterator[tuple[str, str]]:
    """Texts that cover each other by more than the space around their letters; parallel slanting ones have boxes that cross."""
    for (one, box), (other, beneath) in combinations(words, 2):
        if one.get_rotation() % 90 and one.get_rotation() == other.get_rotation():
            continue
        across = min(box.x1, beneath.x1) - max(box.x0, beneath.x0)
        down = min(box.y1, beneath.y1) - max(box.y0, beneath.y0)
        if across > 1 and down > 3.5:
            yield one.get_text(), other.get_text()


@pytest.mark.parametrize("medium", MEDIA.values(), ids=MEDIA)
@pytest.mark.parametrize("kind", KINDS)
def test_all_words_are_large_enough_inside_and_apart(kind: str, medium: Medium) -> None:
    canvas = drawn(kind).drawn_for(medium)
    words = words_of(canvas)
    width, height = canvas.get_size_inches() * DPI
    assert width == pytest.approx(medium.width * DPI)
    assert {text.get_text(): text.get_fontsize() for text, _ in words if text.get_fontsize() < 8} == {}
    outside = [text.get_text() for text, box in words if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1]
    assert outside == []
    assert list(overlapping(words)) == []


def test_every_kind_of_result_that_is_drawn_is_drawn_here() -> None:
    """Votes are drawn as their counts, and the changes of one model as the boards that they are of."""
    made = {type(result) for kind in KINDS if (again := drawn(kind).again) for result in again.args[:1]}
    assert {kind for kind in draw.registry if kind is not object} - made == {Votes, TopicChanges}


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_has_a_short_alternative_and_its_data(kind: str) -> None:
    figure = drawn(kind)
    assert figure.alt.startswith(figure.title)
    assert len(figure.alt) - len(figure.title) <= 300
    assert figure.data is not None
    assert 0 < len(figure.data) <= 200


def parts(svg: str) -> tuple[ElementTree.Element, list[ElementTree.Element]]:
    root = ElementTree.fromstring(svg)
    return root, list(root.iter())


def tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_is_one_picture_with_one_sentence_ids_of_its_own_and_colours_by_name(kind: str) -> None:
    figure = drawn(kind)
    seen: set[str] = set()
    for svg in (figure.svg(), figure.narrow_svg()):
        root, elements = parts(svg)
        assert (root.get("role"), root.get("class")) == ("img", "drawing")
        assert root.get("aria-label", "").replace("\u00a0", " ").startswith(figure.title[:40])
        ids = [element.attrib["id"] for element in elements if "id" in element.attrib]
        assert len(ids) == len(set(ids))
        assert not seen & set(ids), "both drawings stand on one page"
        seen |= set(ids)
        pointers = re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", svg)
        assert {one or other for one, other in pointers} <= set(ids)
        inside = " ".join(element.get("style", "") + element.get("fill", "") for element in elements)
        assert set(re.findall(r"#[0-9a-fA-F]{6}\b", inside)) & set(DARK) == set()


@pytest.mark.parametrize("narrow", [False, True], ids=MEDIA)
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_names_stay_text(kind: str, narrow: bool) -> None:
    figure = drawn(kind, hostile=True)
    _, elements = parts(figure.narrow_svg() if narrow else figure.svg())
    assert {tag(element) for element in elements} <= ELEMENTS
    assert not any(name.lower().startswith("on") for element in elements for name in element.attrib)
    shown = {"".join(element.itertext()) for element in elements if tag(element) == "text"}
    canvas = figure.drawn_for(NARROW) if narrow else figure.canvas
    asked = {line for text, _ in words_of(canvas) for line in text.get_text().split("\n") if line.strip()}
    assert {" ".join(text.split()) for text in shown} == {" ".join(text.split()) for text in asked}
    assert not set("\u202e\u2066") & set("".join(shown))


@pytest.mark.parametrize("medium", MEDIA.values(), ids=MEDIA)
def test_every_script_is_drawn_and_direction_marks_are_shown(medium: Medium) -> None:
    shown = " ".join(text.get_text() for text, _ in words_of(draw(board(HOSTILE)).drawn_for(medium)))
    for name in HOSTILE:
        assert visible(name)[:14] in shown


def test_words_and_lines_that_matter_can_be_seen_in_light_and_dark() -> None:
    for colour in (BLUE, ORANGE, GREEN, PURPLE, INK, QUIET):
        for seen, paper in ((colour, PAPER), (DARK[colour], DARK[PAPER])):
            assert contrast(seen, paper) >= WORDS
            assert contrast(over(seen, paper, SOFT), paper) >= LINES


def test_words_on_fills_can_be_read_in_light_and_dark_as_neither_changes() -> None:
    for fill in (GAINS, LOSSES, PALE_GAINS, PALE_LOSSES):
        assert fill not in DARK
        assert on(fill) not in DARK
        assert contrast(on(fill), fill) >= WORDS


def test_words_on_every_shade_of_a_win_rate_can_be_read() -> None:
    shades = [patch.get_facecolor() for patch in drawn("win rates").canvas.axes[0].patches if patch.get_fill()]
    assert shades
    assert min(contrast(ON_LIGHT, shade) for shade in shades) >= WORDS


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
