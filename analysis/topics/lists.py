"""Lists out of topics: what is asked in each, in which languages, how often again, and how good the model is."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.results.listing import Listing
from analysis.results.prose import percent, quoted, shortened, signed
from analysis.topics.boards import broad_labels
from analysis.topics.level import STABLE
from analysis.topics.topics import Topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Stability below which a topic should not be trusted at all (Hennig 2007).
DOUBTFUL = 0.6

#: Names that a sentence lists before it counts the others.
_NAMED = 6

#: Characters of the prompt that stands beside a topic.
_BESIDE = 120

#: Packages that topics depend on.
_PACKAGES = ("bertopic", "umap-learn", "hdbscan", "scikit-learn")

#: Measures that are shares.
_SHARES = ("outliers", "ignored", "largest", "stable_votes", "shortcut", "shortcut_other")

#: What measures of the model are called, where the name does not say it.
_MEASURES = {
    "asked": "votes",
    "fitted": "fitted prompts",
    "outliers": "no clear topic",
    "ignored": "ignored topics",
    "largest": "largest topic",
    "shortcut": "quick way, same topic",
    "shortcut_other": "quick way, another topic",
    "stable_votes": "votes in stable topics",
    "agreement_seeds": "agreement, other seeds",
    "agreement_resamples": "agreement, resampled prompts",
}


def topic_list(topics: Topics) -> Listing:
    """topic, prompt (the most typical), words, share, lower, upper, votes, stability, design_effect: most votes first, last those
    without a clear topic."""
    frame = topics.table.sort_values("votes", ascending=False, ignore_index=True)
    frame = frame.assign(prompt=typical_prompts(frame))
    columns = ["label", "prompt", "words", "share", "lower", "upper", "votes", "stability", "design_effect"]
    listed = pd.concat([frame[columns], topics.unclear], ignore_index=True).rename(columns={"label": "topic"})
    words = list(topics.notes)
    unstable = frame.loc[frame["stability"] < STABLE, "label"].tolist()
    if unstable:
        words.insert(0, f"Read with care what did not come out again (stability below {STABLE:g}): {quoted(unstable, _NAMED)}.")
    return Listing(listed.astype({"votes": int}), "Topics of prompts", " ".join(words))


def typical_prompts(frame: pd.DataFrame) -> list[str | None]:
    """The most typical prompt of each row of a table of topics, cut to its beginning; None where a topic has none."""
    return [shortened(str(prompts[0]), _BESIDE) if len(prompts) else None for prompts in frame["examples"]]


def subtopic_list(topics: Topics) -> Listing:
    """topic, subtopic, prompt (the most typical one), share, lower, upper, votes, stability: the narrow topics of each topic that
    is made of several, most votes first."""
    size = topics.subtopics.groupby("topic")["subtopic"].transform("size")
    frame = topics.subtopics[size > 1]
    order = topics.table.sort_values("votes", ascending=False)["topic"].tolist()
    frame = frame.sort_values(
        ["topic", "votes"], key=lambda column: column.map(order.index) if column.name == "topic" else -column
    )
    labels = dict(zip(topics.table["topic"], topics.table["label"], strict=True))
    shown = frame[["label", "share", "lower", "upper", "votes", "stability"]].rename(columns={"label": "subtopic"})
    shown.insert(0, "topic", frame["topic"].map(labels))
    shown.insert(2, "prompt", typical_prompts(frame))
    return Listing(shown.reset_index(drop=True), "What topics are made of", _of_subtopics(topics, frame))


def _of_subtopics(topics: Topics, joined_ones: pd.DataFrame) -> str:
    """How many topics are made of several narrow ones, and how many of those do not come out again by themselves."""
    whole, several = len(topics.table), joined_ones["topic"].nunique()
    if not several:
        return f"Each of the {whole} topics is shown as it was found: none was joined with another."
    words = f"{several} of {whole} topics {'is' if several == 1 else 'are'} made of {len(joined_ones)} narrower ones"
    if joined_ones["stability"].isna().all():
        return f"{words}."
    alone = int((joined_ones["stability"] < STABLE).sum())
    if not alone:
        return f"{words}, all of which come out again alone."
    return f"{words}, of which {alone} {'does' if alone == 1 else 'do'} not come out again alone."


def topic_examples(topics: Topics, most: int = 3, top: int | None = None) -> Listing:
    """topic, prompt: up to `most` representative prompts of each topic (of the `top` largest), shortened, most votes first."""
    frame = topics.table.sort_values("votes", ascending=False)
    shown = frame if top is None else frame.head(top)
    rows = [(row.label, prompt) for row in shown.itertuples() for prompt in list(row.examples)[:most]]
    words = f"The {len(shown)} largest of {len(frame)} topics are shown." if len(shown) < len(frame) else ""
    return Listing(pd.DataFrame(rows, columns=["topic", "prompt"]), "Representative prompts", words)


def topic_quality(topics: Topics) -> Listing:
    """measure, value (texts), meaning: the measures of the model as a whole."""
    measures, frame = topics.measures, topics.quality
    table = pd.DataFrame(
        {
            "measure": [_MEASURES.get(name, name) for name in frame["measure"]],
            "value": [_value(name, value) for name, value in zip(frame["measure"], frame["value"], strict=True)],
            "meaning": frame["meaning"],
        }
    )
    words = f"{percent(measures['outliers'])} of the votes with a prompt have no clear topic."
    if not np.isnan(measures.get("agreement_seeds", np.nan)):
        words += (
            f" Fitted again under other seeds, the model agrees with itself to {measures['agreement_seeds']:.2f}, and on "
            f"resampled prompts to {measures['agreement_resamples']:.2f} (1 is the same, 0 is chance)."
        )
    overlap = topics.table["stability"].dropna()
    if len(overlap):
        stable, doubtful = int((overlap >= STABLE).sum()), topics.table.loc[topics.table["stability"] < DOUBTFUL, "label"]
        words += f" {stable or 'None'} of {len(overlap)} topics {'is' if stable <= 1 else 'are'} stable, with an overlap of "
        words += f"{STABLE:g} or more with those of the refits;"
        words += f" {len(doubtful) or 'none'} {'is' if len(doubtful) <= 1 else 'are'} below {DOUBTFUL:g}"
        words += f" and should not be trusted: {quoted(doubtful, _NAMED)}." if len(doubtful) else "."
    return Listing(table, "Quality of the topic model", f"{words} {_by_which(topics)}")


def _by_which(topics: Topics) -> str:
    """Which embedding made the vectors, and how prompts beyond the fitted ones got their topics."""
    words, same = f"Vectors are by the embedding {topics.settings['embedding_name']}", topics.measures.get("shortcut", np.nan)
    if np.isnan(same):
        return f"{words}."
    other = topics.measures["shortcut_other"]
    return (
        f"{words}; those of prompts beyond the {topics.measures['fitted']:,.0f} that it was fitted on are guessed the quick way. "
        f"Prompts with a clear topic that were held back from it get the same topic in {percent(same)}, another in "
        f"{percent(other)} and none in {percent(max(1 - same - other, 0))}."
    )


def _value(measure: str, value: float) -> str:
    """A measure as it is read: counts whole, shares in per cent, scores with two digits."""
    if np.isnan(value):
        return "not measured"
    if measure in ("asked", "fitted", "topics", "subtopics"):
        return f"{value:,.0f}"
    return percent(value) if measure in _SHARES else signed(value, 2).removeprefix("+")


def broad_list(topics: Topics) -> Listing:
    """broad_topic, topics, votes, share (of the votes with a prompt), lower, upper, design_effect: most votes first."""
    sums = topics.table.groupby("broad")["votes"].agg(topics="size", votes="sum")
    labels = broad_labels(topics.table)
    frame = pd.DataFrame({"broad_topic": labels.values(), **sums.loc[list(labels)].reset_index(drop=True)})
    place = {number: row for row, number in enumerate(labels)}
    part = {int(topic): place[int(broad)] for topic, broad in zip(topics.table["topic"], topics.table["broad"], strict=True)}
    frame = topics.parts(frame.assign(whole=int(topics.measures["asked"])), part)
    first = frame.iloc[0]
    words = (
        f"The {int(sums['topics'].sum())} topics form {len(frame)} broad ones; the largest, “{first['broad_topic']}”, holds "
        f"{percent(first['share'])} of the votes ({percent(first['lower'])} to {percent(first['upper'])})."
    )
    return Listing(frame, "Broad topics", words)


def _highest_first(frame: pd.DataFrame, share: str) -> pd.DataFrame:
    """Topics by a share of their votes, the highest first, and among equals those with most votes."""
    return frame.sort_values([share, "votes"], ascending=False, kind="stable", ignore_index=True)


def follow_ups(topics: Topics) -> Listing:
    """topic, votes, share, lower, upper: the multi-turn share of each topic, the largest first: where people ask again."""
    frame = topics.table[topics.table["multi_turn"].notna()]
    frame = _highest_first(frame, "multi_turn")
    shown = frame[["label", "votes", "multi_turn", "multi_turn_lower", "multi_turn_upper"]].rename(
        columns={"label": "topic", "multi_turn": "share", "multi_turn_lower": "lower", "multi_turn_upper": "upper"}
    )
    if frame.empty:
        return Listing(shown, "Multi-turn share by topic", "These votes do not say how many turns a conversation had.")
    first, last = frame.iloc[0], frame.loc[frame["multi_turn"].idxmin()]
    if first["multi_turn"] == 0:
        return Listing(shown, "Multi-turn share by topic", "No vote with a topic is multi-turn.")
    words = (
        f"The multi-turn share runs from {percent(last['multi_turn'])} in “{last['label']}” "
        f"({percent(last['multi_turn_lower'])} to {percent(last['multi_turn_upper'])}) to {percent(first['multi_turn'])} in "
        f"“{first['label']}” ({percent(first['multi_turn_lower'])} to {percent(first['multi_turn_upper'])})."
    )
    return Listing(shown, "Multi-turn share by topic", words)


def topic_languages(topics: Topics, common: str = "English") -> Listing:
    """Topics with less than half of their votes in the most `common` language: topic, votes, language (the
    main one), language_share."""
    frame = topics.table[topics.table["language"].notna()].sort_values("votes", ascending=False)
    if frame.empty:
        return Listing(frame, "", "These votes do not say their language.")
    english = topics.by_language.query("language == @common").set_index("topic")["share"].reindex(frame["topic"]).fillna(0)
    other = frame[english.to_numpy() < 0.5]
    shown = other[["label", "votes", "language", "language_share"]].rename(columns={"label": "topic"})
    several = int((frame["language_share"] < 0.9).sum())
    words = (
        f"{several or 'None'} of {len(frame)} topics {'is' if several <= 1 else 'are'} asked in several languages (no language "
        f"has 90 % of the votes); in {len(other) or 'none'} {common} has less than half of them."
    )
    return Listing(shown.reset_index(drop=True), f"Topics with less than half of their votes in {common}", words)


def topic_repeats(topics: Topics) -> Listing:
    """The share of each topic's votes whose prompt an earlier vote has, highest first: topic, votes, prompts, share."""
    frame = _highest_first(topics.table, "repeats")
    shown = frame[["label", "votes", "prompts", "repeats"]].rename(columns={"label": "topic", "repeats": "share"})
    if frame.empty:
        return Listing(shown, "Repeated prompts by topic", "No topic was found.")
    overall = 1 - frame["prompts"].sum() / max(frame["votes"].sum(), 1)
    first, last = frame.iloc[0], frame.loc[frame["repeats"].idxmin()]
    if overall == 0:
        return Listing(shown, "Repeated prompts by topic", "No vote with a topic repeats an earlier prompt.")
    words = (
        f"{percent(overall)} of the votes with a topic repeat an earlier prompt, from {percent(last['repeats'])} in "
        f"“{last['label']}” to {percent(first['repeats'])} in “{first['label']}”."
    )
    return Listing(shown, "Repeated prompts by topic", words)


def topic_settings(topics: Topics) -> Listing:
    """item, value (texts): what the topics were made with: settings, the embedding with its fingerprint, versions of packages."""
    told = {name: value for name, value in topics.settings.items() if name != "curation_memory"}  # prompts, in the folder only
    rows = [(name.replace("_", " "), "none" if value == "" else str(value)) for name, value in told.items()]
    rows += [(name, version(name)) for name in _PACKAGES]
    return Listing(pd.DataFrame(rows, columns=["item", "value"]), "What the topics were made with", "")
