"""Lists out of topics: what is asked in each, how good the model is, and where a model gains or loses."""

from __future__ import annotations

import pandas as pd

from analysis.listing import Listing
from analysis.result import signed
from analysis.shares import percent
from analysis.topic_model.topic_votes import TopicBoards
from analysis.topics import STABLE, Topics

#: False-discovery rate under which a change counts as more than chance.
RATE = 0.05


def topic_list(topics: Topics) -> Listing:
    """Label, words, share with interval, main language and stability of each topic, most votes first."""
    frame = topics.table.sort_values("votes", ascending=False, ignore_index=True)
    columns = ["label", "words", "votes", "share", "lower", "upper", "language", "language_share", "repeats", "stability"]
    unstable = frame.loc[frame["stability"] < STABLE, "label"].tolist()
    words = f"{len(unstable)} of {len(frame)} topics came out differently when the model was fitted again: read them with care."
    return Listing(frame[columns], "Topics of prompts", words if unstable else "")


def topic_examples(topics: Topics, most: int = 3) -> Listing:
    """Up to three representative prompts of each topic, shortened, most votes first."""
    frame = topics.table.sort_values("votes", ascending=False)
    rows = [(row.label, prompt) for row in frame.itertuples() for prompt in list(row.examples)[:most]]
    return Listing(pd.DataFrame(rows, columns=["topic", "prompt"]), "Representative prompts", "")


def topic_quality(topics: Topics) -> Listing:
    """The measures of the model as a whole, each with its meaning."""
    measures = topics.measures
    words = f"{percent(measures['outliers'])} of the votes with a prompt have no clear topic."
    if measures.get("agreement_seeds") == measures.get("agreement_seeds"):
        words += (
            f" Refitted under other seeds the model agrees with itself to {measures['agreement_seeds']:.2f}, and on resampled "
            f"prompts to {measures['agreement_resamples']:.2f} (adjusted Rand index; 1 is the same, 0 is chance)."
        )
    return Listing(topics.quality, "Quality of the topic model", words)


def follow_ups(topics: Topics) -> Listing:
    """The multi-turn share of each topic with its interval: which topics make people ask again."""
    frame = topics.table[topics.table["multi_turn"].notna()]
    frame = frame.sort_values("multi_turn", ascending=False, ignore_index=True)
    shown = frame[["label", "votes", "multi_turn", "multi_turn_lower", "multi_turn_upper"]].rename(
        columns={"multi_turn": "share", "multi_turn_lower": "lower", "multi_turn_upper": "upper"}
    )
    if frame.empty:
        return Listing(shown, "Multi-turn share by topic", "These votes do not say how many turns a conversation had.")
    first, last = frame.iloc[0], frame.iloc[-1]
    words = (
        f"People ask again most often in {first['label']} ({percent(first['multi_turn'])} multi-turn, "
        f"{percent(first['multi_turn_lower'])} to {percent(first['multi_turn_upper'])}) and least in {last['label']} "
        f"({percent(last['multi_turn'])}, {percent(last['multi_turn_lower'])} to {percent(last['multi_turn_upper'])})."
    )
    return Listing(shown, "Multi-turn share by topic", words)


def topic_changes(boards: TopicBoards, model: str) -> Listing:
    """Where one model gains and loses, with q-values over its topics; the first of the board where it is not rated."""
    chosen = model if model in boards.models else boards.models[0]
    frame = boards.changes(chosen)
    clear = frame[frame["q_value"] <= RATE]
    words = f"{chosen}: {len(clear)} of {len(frame)} topics differ from its overall strength beyond chance."
    if len(clear):
        parts = [f"{row.label} {signed(row.change)}" for row in clear.itertuples()]
        words += f" They are {', '.join(parts[:6])}{' and others' if len(parts) > 6 else ''} (points)."
    columns = ["label", "votes", "change", "lower", "upper", "rank", "overall_rank", "p_value", "q_value"]
    return Listing(frame[columns], f"Topics of {chosen}", words)
