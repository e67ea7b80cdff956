"""What the votes say of each topic: its share, its turns, its languages, its repeats, and how it changes over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.embeddings.tokens import tokens
from analysis.results.prose import one_line, shortened
from analysis.shares.differences import differences
from analysis.shares.habits import alike_by_part, habits_of, with_part_shares
from analysis.shares.tallies import count_given_groups, crowding_of, tally_of
from analysis.shares.wilson import with_shares
from analysis.topics.clusters import layout
from analysis.topics.level import STABLE
from analysis.topics.quality import coherence, diversity
from analysis.topics.terms import main_languages
from analysis.votes.stored_topics import BLANK, IGNORED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.topics.corpus import Corpus
    from analysis.topics.model import TopicModel

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Columns of the table of topics.
COLUMNS = (
    *("topic", "label", "words", "votes", "share", "lower", "upper", "design_effect", "prompts", "repeats"),
    *("multi_turn", "multi_turn_lower", "multi_turn_upper", "multi_turn_p_value", "language", "language_share"),
    *("coherence", "stability", "broad", "examples"),
)

#: Representative prompts of a topic, and the characters of each that are shown.
_EXAMPLES, _SHOWN = 3, 200

#: Prompts on the map.
_ON_MAP = 4_000

#: Candidates nearest to a topic's centre that representatives are chosen among, and the cosine at which two say the same.
_CANDIDATES, _ALIKE = 100, 0.95

#: Representatives are of a readable length, if there are such.
_READABLE = (15, 400)


#: Level of all intervals of topics.
_LEVEL = 0.95


def counts_by_topic(corpus: Corpus, topic: Integers, size: int) -> pd.DataFrame:
    """One row per topic: votes, share of the votes with a prompt, distinct prompts, turns, main language and repeats.

    Intervals are clustered by judge where judges are known (`analysis.shares.habits`).

    Args:
        topic: shape (N,), topic of each vote.
        size: k.
    """
    asked = topic != BLANK
    inside = topic >= 0
    votes = np.bincount(topic[inside], minlength=size)
    distinct = np.bincount(_first_topics(corpus, topic)[1], minlength=size)
    frame = pd.DataFrame({"topic": np.arange(size), "votes": votes, "whole": int(asked.sum()), "prompts": distinct})
    frame = with_part_shares(frame, corpus.judge[asked], topic[asked]).drop(columns="whole")
    frame["repeats"] = 1 - distinct / np.maximum(votes, 1)
    frame = frame.join(_multi_turn(corpus, topic, size))
    spoken = by_language(corpus, topic)
    main = spoken.sort_values(["votes", "language"], ascending=[False, True]).drop_duplicates("topic").set_index("topic")
    frame["language"] = main["language"].reindex(range(size)).to_numpy()
    frame["language_share"] = main["share"].reindex(range(size)).to_numpy()
    return frame


def by_votes(broad: Integers, votes: Integers) -> Integers:
    """Broad topics, by topic, numbered anew: those with most votes first, as their colours follow their numbers."""
    order = np.argsort(-np.bincount(broad, votes), kind="stable")
    return np.asarray(np.argsort(order)[broad])


def _multi_turn(corpus: Corpus, topic: Integers, size: int) -> pd.DataFrame:
    """multi_turn (share), multi_turn_lower, multi_turn_upper, multi_turn_p_value (against all other topics), by topic."""
    known = (topic >= 0) & ~np.isnan(corpus.turns)
    of, judge, hit = topic[known], corpus.judge[known], corpus.turns[known] >= 2
    tally = tally_of(judge, hit)
    habits = habits_of(tally)
    counts = pd.DataFrame({"votes": np.bincount(of, minlength=size), "hits": np.bincount(of[hit], minlength=size)})
    worth = habits.effective(counts["votes"], crowding_of(judge, of, size), _LEVEL)
    shares = with_shares(counts, "hits", "votes", _LEVEL, worth)
    counts["topic"] = np.arange(size)
    if not habits.why:
        sums = count_given_groups(judge, hit, of).drop(columns=["votes", "hits"])
        counts = counts.merge(sums, left_on="topic", right_on="group", how="left").fillna(0)
    compared = counts[(counts["votes"] > 0) & (counts["votes"] < len(of))]
    p_value = differences(compared, tally, habits).set_index("topic")["p_value"].reindex(range(size))
    return pd.DataFrame(
        {
            "multi_turn": shares["share"],
            "multi_turn_lower": shares["lower"],
            "multi_turn_upper": shares["upper"],
            "multi_turn_p_value": p_value,
        }
    )


def _first_topics(corpus: Corpus, topic: Integers) -> tuple[Integers, Integers]:
    """The prompts that are in a topic, and their topics."""
    of_prompt = topic[corpus.place]
    inside = np.flatnonzero(of_prompt >= 0)
    return inside, of_prompt[inside]


def by_language(corpus: Corpus, topic: Integers) -> pd.DataFrame:
    """topic, language, votes, share (of the topic's votes whose language is given), lower, upper, design_effect."""
    return _crossed(corpus, topic, pd.Series(corpus.language, dtype="object"), "language")


def by_turns(corpus: Corpus, topic: Integers, last: int = 4) -> pd.DataFrame:
    """topic, turns (`1`, `2`, …, `4+`), votes, share, lower, upper, design_effect; a vote without a turn count is in none."""
    turns = pd.Series(corpus.turns)
    names = turns.clip(upper=last).map(lambda count: f"{int(count)}+" if count == last else str(int(count)), na_action="ignore")
    return _crossed(corpus, topic, names.astype("object"), "turns")


def _crossed(corpus: Corpus, topic: Integers, values: pd.Series, name: str) -> pd.DataFrame:
    """Votes of each value in each topic, with their share of the topic's votes that have a value."""
    frame = pd.DataFrame({"topic": topic, name: values, "judge": corpus.judge})
    frame = frame[(frame["topic"] >= 0) & frame[name].notna()]
    judge, of = frame["judge"].to_numpy(), frame["topic"].to_numpy(dtype=np.int64)
    part, kinds = pd.factorize(frame[name], sort=True)
    habits = habits_of(tally_of(judge, part == 0))
    alike = pd.Series(alike_by_part(habits, judge, part, len(kinds)), index=kinds, dtype=float)
    crowding = crowding_of(judge, of, int(of.max(initial=-1)) + 1)
    counts = frame.groupby(["topic", name], observed=True).size().rename("votes").reset_index()
    counts["whole"] = counts.groupby("topic")["votes"].transform("sum")
    worth = habits.effective(counts["whole"], crowding[counts["topic"]], _LEVEL, alike.reindex(counts[name]))
    return with_shares(counts, "votes", "whole", _LEVEL, worth).drop(columns="whole")


def over_time(corpus: Corpus, topic: Integers, size: int) -> pd.DataFrame:
    """topic, period (start, UTC), votes, all_votes, share, lower, upper, design_effect.

    Periods are months, or weeks or days in short spans. A topic without votes in a period has a row of zero, so that lines do
    not jump over it.
    """
    dated = (topic != BLANK) & corpus.time.notna().to_numpy()
    columns = ["topic", "period", "votes", "all_votes", "share", "lower", "upper", "design_effect"]
    if not dated.any():
        return pd.DataFrame(columns=columns)
    time = corpus.time[dated].dt.tz_convert(None)
    days = (time.max() - time.min()).days
    period = time.dt.to_period("M" if days > 150 else "W" if days > 21 else "D").dt.start_time.dt.tz_localize("UTC")
    every = period.value_counts().sort_index()
    grid = pd.MultiIndex.from_product([range(size), every.index], names=["topic", "period"])
    votes = pd.DataFrame({"topic": topic[dated], "period": period.array})
    counts = votes.groupby(["topic", "period"]).size().reindex(grid, fill_value=0).rename("votes").reset_index()
    counts["all_votes"] = counts["period"].map(every)
    judge, part = corpus.judge[dated], np.maximum(topic[dated], -1)
    number = every.index.get_indexer(pd.DatetimeIndex(period))
    crowding = pd.Series(crowding_of(judge, number, len(every)), index=every.index)
    habits = habits_of(tally_of(judge, part >= 0))
    alike = alike_by_part(habits, judge, part, size)[counts["topic"]]
    worth = habits.effective(counts["all_votes"], crowding.reindex(counts["period"]), _LEVEL, alike)
    return with_shares(counts, "votes", "all_votes", _LEVEL, worth)[columns]


def subtopics(corpus: Corpus, subtopic: Integers, model: TopicModel) -> pd.DataFrame:
    """The narrow topics; see `Topics.subtopics`.

    Args:
        subtopic: shape (N,), of each vote.
    """
    asked, size = subtopic != BLANK, len(model.narrow_labels)
    frame = pd.DataFrame({"subtopic": np.arange(size), "topic": model.rule.part[:size], "label": model.narrow_labels})
    frame["words"] = [", ".join(words) for words in model.narrow_words]
    frame["votes"] = np.bincount(subtopic[subtopic >= 0], minlength=size)
    frame = with_part_shares(frame.assign(whole=int(asked.sum())), corpus.judge[asked], subtopic[asked]).drop(columns="whole")
    stability = np.full(size, np.nan) if model.stable is None else model.stable.subtopics[:size]
    return frame.assign(stability=stability, examples=_typical(model, model.subtopic, model.rule.centres[:size]))


def representatives(model: TopicModel) -> list[list[str]]:
    """For each topic, its typical prompts."""
    return _typical(model, model.topic, model.centres)


def _typical(model: TopicModel, topic: Integers, centres: Floats) -> list[list[str]]:
    """For each centre, up to three prompts near its centre: readable ones in its main language, unlike each other where there
    are such; shortened to one line."""
    spoken, found = main_languages(model.languages, topic), []
    for number, centre in enumerate(centres):
        members = np.flatnonzero(topic == number)
        near = members[np.argsort(-(model.vectors[members] @ centre), kind="stable")].tolist()
        near = sorted(near, key=lambda place: model.languages[place] != spoken[number])[:_CANDIDATES]
        good = [place for place in near if _readable(model.texts[place]) and model.languages[place] == spoken[number]]
        chosen: list[int] = []
        for alike in (_ALIKE, np.inf):
            for place in (*good, *near):
                unlike = all(model.vectors[place] @ model.vectors[other] < alike for other in chosen)
                if len(chosen) < _EXAMPLES and place not in chosen and unlike:
                    chosen.append(place)
        found.append([shortened(one_line(model.texts[place]), _SHOWN) for place in chosen])
    return found


def _readable(text: str) -> bool:
    return _READABLE[0] <= len(text) <= _READABLE[1]


def hierarchy(model: TopicModel, labels: Sequence[str], votes: Sequence[int]) -> pd.DataFrame:
    """The tree of topics, one row per join, nearest first.

    Returns:
        parent (numbers from k on), left, right (topics below k, else parents), distance (cosine), topics (the topics under
        the parent), label (those of its largest topics) and votes.
    """
    size = len(model)
    under: list[list[int]] = [[number] for number in range(size)]
    rows: list[tuple[object, ...]] = []
    for left, right, distance, _ in model.tree:
        topics = sorted(under[int(left)] + under[int(right)], key=lambda number: (-votes[number], number))
        under.append(topics)
        label = joint_label(labels, topics)
        whole = sum(votes[number] for number in topics)
        rows.append((size + len(rows), int(left), int(right), float(distance), topics, label, whole))
    return pd.DataFrame(rows, columns=["parent", "left", "right", "distance", "topics", "label", "votes"])


def joint_label(labels: Sequence[str] | Mapping[int, str], topics: Sequence[int]) -> str:
    """A label for several topics, the largest first: the first word of each of the first three."""
    return " / ".join(labels[number].split(", ")[0] for number in topics[:3])


def coherence_of(model: TopicModel) -> NDArray[np.float64]:
    """NPMI of each topic's words over the fitted prompts in the topic's main language, shape (k,)."""
    spoken = main_languages(model.languages, model.topic)
    documents: dict[str, list[frozenset[str]]] = {name: [] for name in spoken}
    for text, language in zip(model.texts, model.languages, strict=True):
        if language in documents:
            documents[language].append(frozenset(tokens(text)))
    return np.array([coherence([words], documents[name])[0] for words, name in zip(model.words, spoken, strict=True)])


def quality_of(model: TopicModel, topic: Integers, coherent: NDArray[np.float64]) -> pd.DataFrame:
    """measure, value, meaning: one row per measure of the model as a whole."""
    asked = topic != BLANK
    votes = np.bincount(topic[topic >= 0], minlength=len(model))
    known = coherent[~np.isnan(coherent)]
    rows = [
        ("asked", float(asked.sum()), "votes with a prompt"),
        ("fitted", float(len(model.prompts)), "different prompts the model was fitted on"),
        ("topics", float(len(model)), "topics"),
        ("subtopics", float(len(model.narrow_labels)), "narrow topics that they are made of"),
        ("outliers", float((topic == -1).sum() / max(asked.sum(), 1)), "share of votes with a prompt but no clear topic"),
        *_ignored(topic, asked),
        ("largest", float(votes.max(initial=0) / max(asked.sum(), 1)), "share of the largest topic"),
        ("coherence", float(known.mean()) if len(known) else float("nan"), "mean NPMI of topics' words (−1 to 1)"),
        ("diversity", diversity(model.words), "different words among all topics' words (0 to 1)"),
    ]
    return pd.DataFrame([*rows, *_stability_of(model, votes), *_shortcut_of(model)], columns=["measure", "value", "meaning"])


def _stability_of(model: TopicModel, votes: Integers) -> list[tuple[str, float, str]]:
    stable = model.stable
    if stable is None:
        return []
    fits, held = model.settings.rounds + 1, votes[stable.topics >= STABLE].sum() / max(votes.sum(), 1)
    return [
        ("agreement_seeds", float(np.mean(stable.seeds)), f"mean ARI of any two of {fits} fits under different seeds"),
        (
            "agreement_resamples",
            float(np.mean(stable.resamples)),
            f"mean ARI of any two of {fits} fits, the first on all prompts, the others on resampled ones",
        ),
        ("stability", float(np.mean(stable.topics)), "mean best overlap of a topic with those of the refits"),
        ("stable_votes", float(held), "share of the votes with a topic whose topic came out again"),
    ]


def _shortcut_of(model: TopicModel) -> list[tuple[str, float, str]]:
    if model.shortcut is None:
        return []
    way, checked = model.shortcut, f"of {model.shortcut.checked:,} prompts with a clear topic, held back from it,"
    return [
        ("shortcut", way.agreement, f"share {checked} that the quick way gives the topic of the full embedding"),
        ("shortcut_other", way.other, "share that it gives another topic; to the rest it gives none"),
    ]


def _ignored(topic: Integers, asked: NDArray[np.bool_]) -> list[tuple[str, float, str]]:
    """The share of the votes whose topic a curation ignores, where there are such."""
    share = float((topic == IGNORED).sum() / max(asked.sum(), 1))
    return [("ignored", share, "share of votes in topics that the curation ignores")] if share else []


def settings_of(model: TopicModel) -> dict[str, object]:
    """The settings as plain values, with the embedding's name and fingerprint."""
    named = {"embedding_name": model.embedding.name, "embedding_fingerprint": model.embedding.fingerprint}
    return {**asdict(model.settings), **named, **model.curated}


def map_of(model: TopicModel, most: int = _ON_MAP) -> pd.DataFrame:
    """x, y, topic, prompt (shortened): up to `most` fitted prompts laid out in two dimensions."""
    known = np.flatnonzero(np.linalg.norm(model.vectors, axis=1) > 0)
    rng = np.random.default_rng(model.settings.seed)
    chosen = np.sort(rng.choice(known, most, replace=False)) if len(known) > most else known
    points = layout(model.vectors[chosen], model.settings.seed, dimensions=2, spread=0.3)
    texts = [shortened(one_line(model.texts[place]), _SHOWN) for place in chosen]
    return pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "topic": model.topic[chosen], "prompt": texts})
