"""Topics: what people ask, in any language, with the quality and the stability of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.categories.topic_categories import topic_category
from analysis.errors import InputError, UsageError
from analysis.results.origin import Origin
from analysis.results.prose import Prose, counted, percent
from analysis.results.result import Result
from analysis.shares.habits import habits_of, with_part_shares
from analysis.shares.tallies import tally_of
from analysis.sources.load import load_votes
from analysis.topics.level import STABLE
from analysis.votes.stored_topics import BLANK, IGNORED, UNCLEAR, UNCLEAR_LABEL
from analysis.votes.table import Votes

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from numpy.typing import NDArray

    from analysis.results.listing import Listing
    from analysis.topics.corpus import Corpus
    from analysis.topics.model import TopicModel, TopicSettings
    from analysis.votes.category import Category

    Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Topics(Result):
    """Topics of the votes' prompts.

    Attributes:
        frame: the table, one row per topic, the largest of the fitted prompts first: topic, label, words, votes, share, lower,
            upper, design_effect (of all votes with a prompt; clustered by judge where judges are known), prompts (different
            ones), repeats (share of its votes whose prompt an earlier vote has), multi_turn, multi_turn_lower,
            multi_turn_upper, multi_turn_p_value (against all other topics), language (the main one), language_share,
            coherence (NPMI), stability (0 to 1; NaN if not measured), broad (number), examples (up to three prompts, shortened).
            Row i is topic i of the model; numbers are others, with holes, where topics were matched with those of an earlier
            edition (`analysis.topics.identity`).
        subtopics: the narrow topics that the topics are made of, by topic, then size: subtopic, topic, label, words, votes,
            share, lower, upper, design_effect, stability, examples.
        assignments: one row per vote: vote_id, topic and subtopic (−1 no clear topic, −2 no prompt, −3 in a topic that a curation
            ignores), similarity, margin, judge: a number for each judge, −1 where none is named, and prompt: its key, equal for
            equal prompts, 0 without one.
        hierarchy: parent (numbered after the highest topic), left, right, distance, topics, label, votes: the tree from topics
            upwards.
        over_time: topic, period, votes, all_votes, share, lower, upper, design_effect; empty where votes have no time.
        by_language: topic, language, votes, share, lower, upper, design_effect; by_turns: the same with turns (`1` … `4+`).
        quality: measure, value, meaning: of the model as a whole.
        map: x, y, topic, prompt (shortened): up to 4,000 fitted prompts laid out by UMAP; None if not asked for.
        settings: as given, with the embedding's name and fingerprint.
        model: what assigns other prompts; None where only the tables were loaded.
        votes: whose prompts these are; None where topics were loaded.
        key: of all that decided them but for the edition before; empty where nobody kept them (`analysis.topics.cache`).
    """

    frame: pd.DataFrame
    subtopics: pd.DataFrame
    assignments: pd.DataFrame
    hierarchy: pd.DataFrame
    over_time: pd.DataFrame
    by_language: pd.DataFrame
    by_turns: pd.DataFrame
    quality: pd.DataFrame
    settings: Mapping[str, object]
    notes: tuple[str, ...] = ()
    map: pd.DataFrame | None = None
    model: TopicModel | None = field(default=None, repr=False)
    votes: Votes | None = field(default=None, repr=False)
    key: str = field(default="", repr=False)

    caption = "Topics of prompts"

    @property
    def table(self) -> pd.DataFrame:
        """The topics, one row each (columns: see `frame` above)."""
        return self.frame

    @cached_property
    def measures(self) -> dict[str, float]:
        """`quality` by the name of the measure."""
        return dict(zip(self.quality["measure"], self.quality["value"].astype(float), strict=True))

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of each topic, by its row."""
        return tuple(self.frame["label"])

    @property
    def unclear(self) -> pd.DataFrame:
        """One row: label, votes, share, lower, upper, design_effect of the votes with a prompt but no clear topic."""
        asked = int(self.measures["asked"])
        row = {"label": UNCLEAR_LABEL, "votes": round(self.measures["outliers"] * asked), "whole": asked}
        return self.parts(pd.DataFrame([row]), {UNCLEAR: 0})

    def parts(self, frame: pd.DataFrame, part: Mapping[int, int]) -> pd.DataFrame:
        """`frame` (one row per part: votes, and whole, which is left out) with the share of each part of the votes with a prompt.

        Args:
            part: the row of each topic that is in one.
        """
        asked = self.assignments[self.assignments["topic"] != BLANK] if len(self.assignments) else self.assignments
        if "judge" not in asked:
            nobody = np.empty(0, dtype=np.int64)
            return with_part_shares(frame, nobody, nobody).drop(columns="whole")
        row = asked["topic"].map(part).fillna(-1).to_numpy(dtype=np.int64)
        return with_part_shares(frame, asked["judge"].to_numpy(dtype=np.int64), row).drop(columns="whole")

    @property
    def sentence(self) -> Prose:
        """How many topics, the largest, what has none, and how many came out again in refits."""
        if self.frame.empty:
            return Prose("No topic was found.")
        top = self.frame.sort_values("votes", ascending=False).iloc[0]
        text = (
            f"{self.measures['asked']:,.0f} votes with a prompt fall into {counted(len(self.frame), 'topic')}; the largest, "
            f"“{top['label']}”, holds {percent(top['share'])} of them ({percent(top['lower'])} to {percent(top['upper'])}). "
            f"{percent(self.measures['outliers'])} have no clear topic."
        )
        if self.measures.get("ignored"):
            text += f" {percent(self.measures['ignored'])} are in topics that the curation ignores."
        if (self.frame["design_effect"] > 1).any():
            effects = self.frame["design_effect"]
            text += f" Intervals are clustered by judge (design effects {effects.min():.2f} to {effects.max():.2f})."
        measured = self.frame["stability"].notna()
        if measured.any():
            stable = int((self.frame["stability"] >= STABLE).sum())
            held = f", with {percent(self.measures['stable_votes'])} of the votes that have one," if stable else ""
            text += f" {stable or 'None'} of {counted(int(measured.sum()), 'topic')}{held} came out again in refits."
        return Prose(text)

    def category(self, topic: int | str) -> Category:
        """The votes of a topic as a category, for boards and shifts: `topic:DIR:3` of topics saved to DIR.

        Args:
            topic: its number, its label or a text that only its label has; −1 for votes without a clear topic.

        Raises:
            UsageError: there is no such topic, or several have that text.
        """

        def members(number: int) -> pa.Array:
            return pa.array(self.assignments["vote_id"][self.assignments["topic"] == number], pa.string())

        return topic_category(f"topic:{topic}", topic, self.frame, members, self.fingerprint)

    def assign(self, votes: Votes | str | Path) -> pd.DataFrame:
        """The assignments of other votes to these topics, in the shape of `assignments`.

        Raises:
            InputError: those votes have no prompts.
            UsageError: these topics were read without their model, or that of their embedding has changed since.
        """
        from analysis.topics.assignments import assign_corpus
        from analysis.topics.corpus import read_corpus
        from analysis.workers import unthreaded

        if self.model is None:
            raise UsageError("these topics were read without their model, which assigns prompts; find the topics again.")
        if self.model.embedding.fingerprint != self.settings["embedding_fingerprint"]:
            raise UsageError(f"the model of {self.model.embedding.name} is not the one of these topics; find the topics again.")
        with unthreaded():
            found = assign_corpus(read_corpus(load_votes(votes)), self.model)
        row, numbers = found["topic"].to_numpy(), self.frame["topic"].to_numpy(dtype=np.int32)
        return found.assign(topic=np.where(row >= 0, numbers[np.maximum(row, 0)], row))

    def search(self, text: str, top: int = 20, votes: Votes | str | Path | None = None) -> Listing:
        """The `top` prompts nearest to a text, by meaning and by words; see `analysis.topics.search.search_prompts`."""
        from analysis.topics.search import search_prompts

        return search_prompts(self, text, top, votes)

    @cached_property
    def bertopic(self) -> Any:
        """A fitted BERTopic with these topics' labels, words and examples, numbered by their rows; built again where they were
        loaded.

        Its documents are `model.texts`, with `model.vectors`: `topics.bertopic.visualize_documents(texts, embeddings=vectors)`.
        BERTopic escapes nothing that it draws; `view` does.

        Raises:
            UsageError: the topics were loaded without their model, or one of them has none of the fitted prompts.
        """
        from analysis.topics.views import fitted_bertopic

        return fitted_bertopic(self)

    def view(self, kind: str = "map") -> go.Figure:
        """An interactive view, drawn by BERTopic with plotly, its texts escaped.

        Args:
            kind: `topics` (their distances), `words`, `tree`, `heat` (their similarity), `map` (of prompts) or `time`.

        Raises:
            UsageError: there is no such view, too few topics for it, or no model or time to draw it from.
        """
        from analysis.topics.views import view

        return view(self, kind)

    def named(self) -> Topics:
        """The same topics with names from the endpoint that the environment names (`analysis.topics.names`), if any.

        Raises:
            UsageError: the environment names half an endpoint.
        """
        from analysis.topics.identity import known_numbers
        from analysis.topics.names import name_topics
        from analysis.topics.summary import joint_label

        fixed = self.frame["topic"].isin(
            [n for name in ("labels_kept", "labels_given") for n in known_numbers(self.settings, name)]
        )
        free = self.frame[~fixed]
        words = [line.split(", ") for line in free["words"]]
        found, notes = name_topics(free["label"].tolist(), words, free["examples"].tolist())
        if not notes:
            return self
        taken, unlike = set(self.frame["label"][fixed]), []
        for name, topic in zip(found, free["topic"], strict=True):
            unlike.append(f"{name} ({topic})" if name in taken else name)
            taken.add(unlike[-1])
        made = pd.Series(unlike, free.index, dtype=object)
        frame = self.frame.assign(label=made.reindex(self.frame.index).fillna(self.frame["label"]))
        labels = dict(zip(frame["topic"].astype(int), frame["label"], strict=True))
        tree = self.hierarchy.assign(label=[joint_label(labels, under) for under in self.hierarchy["topics"]])
        return replace(self, frame=frame, hierarchy=tree, notes=(*self.notes, *notes))

    def save(self, folder: Path) -> None:
        """Write everything to a folder as Parquet, safetensors and JSON; it appears whole or not at all.

        Raises:
            UsageError: the folder is a file or a link, or holds files that are not topics.
        """
        from analysis.topics.storage import TABLES, Parts, save_parts

        tables = {name: getattr(self, name) for name in TABLES} | ({} if self.map is None else {"map": self.map})
        facts = {"settings": dict(self.settings), "fingerprint": self.fingerprint, "simulated": self.simulated}
        save_parts(Parts(tables, {**facts, "notes": list(self.notes), "key": self.key}, self.model), folder)

    @classmethod
    def load(cls, folder: str | Path) -> Topics:
        """Topics that `save` wrote; `model` is None where it could not be written, and has no BERTopic.

        Raises:
            InputError: the folder does not hold topics.
        """
        from analysis.topics.storage import FACTS, load_parts

        parts = load_parts(Path(folder))
        settings, fingerprint, simulated, notes, key = (parts.facts[name] for name in FACTS)
        origin = Origin(fingerprint, simulated)
        return cls(**parts.tables, settings=settings, notes=tuple(notes), model=parts.model, key=str(key), origin=origin)


def topics(
    votes: Votes | str | Path,
    settings: TopicSettings | None = None,
    *,
    with_map: bool = True,
    earlier: Topics | str | Path | None = None,
) -> Topics:
    """The topics of the votes' first prompts.

    Different prompts are read once, the model is fitted on a sample of them and assigns all. Labels are the topics' words, or
    names from the endpoint in ARENA_TOPICS_URL if that is set (`analysis.topics.names`).

    Args:
        earlier: topics of older or fewer votes, or a folder of them: those that are there again keep number and name, and
            broad ones their colours (`analysis.topics.identity`).

    Raises:
        InputError: the votes have no prompts, or too few different ones with words.
        UsageError: a setting is out of its range, the embedding is not there, or the folder does not hold topics.
    """
    return fit_topics(votes, settings, earlier, with_map=with_map).named()


def fit_topics(
    votes: Votes | str | Path,
    settings: TopicSettings | None = None,
    earlier: Topics | str | Path | None = None,
    *,
    with_map: bool = True,
) -> Topics:
    """As `topics`, but labelled by words whatever the environment says: what can be kept for the next run."""
    from analysis.topics.fates import fates
    from analysis.topics.identity import identified

    before = edition_of(earlier)
    found = _fitted(load_votes(votes), settings, before, with_map=with_map)
    if before is None:
        return found
    found = identified(found, before)
    return replace(found, notes=(*found.notes, str(fates(found, before).sentence)))


def edition_of(earlier: Topics | str | Path | None) -> Topics | None:
    """The topics of an earlier edition, read where a folder is named; None for nothing and for an empty text.

    Raises:
        UsageError: the folder does not hold topics.
    """
    if not isinstance(earlier, str | Path):
        return earlier
    try:
        return Topics.load(earlier) if str(earlier) else None
    except InputError as error:
        raise UsageError(str(error)) from None


def _fitted(votes: Votes, settings: TopicSettings | None, earlier: Topics | None, *, with_map: bool) -> Topics:
    """Topics numbered by their size; the earlier edition is where a curation finds those that it names."""
    from analysis.topics.corpus import read_corpus
    from analysis.topics.memory import memory_of
    from analysis.topics.model import TopicSettings, fit_model
    from analysis.workers import unthreaded

    with unthreaded():
        corpus = read_corpus(votes)
        model = fit_model(corpus, settings or TopicSettings(), memory_of(earlier))
        return _summed_up(votes, corpus, model, with_map)


def _summed_up(votes: Votes, corpus: Corpus, model: TopicModel, with_map: bool) -> Topics:
    """The topics of the votes by a fitted model."""
    from analysis.topics import summary
    from analysis.topics.assignments import assign_corpus

    assignments = assign_corpus(corpus, model)
    topic = assignments["topic"].to_numpy(dtype=np.int64)
    frame = summary.counts_by_topic(corpus, topic, len(model))
    examples = summary.representatives(model)
    coherent = summary.coherence_of(model)
    frame = frame.assign(
        label=model.labels,
        words=[", ".join(words) for words in model.words],
        coherence=coherent,
        stability=np.full(len(model), np.nan) if model.stable is None else model.stable.topics,
        broad=summary.by_votes(model.broad, frame["votes"].to_numpy()),
        examples=examples,
    )
    return Topics(
        frame=frame[list(summary.COLUMNS)],
        subtopics=summary.subtopics(corpus, assignments["subtopic"].to_numpy(dtype=np.int64), model),
        assignments=assignments,
        hierarchy=summary.hierarchy(model, model.labels, frame["votes"].tolist()),
        over_time=summary.over_time(corpus, topic, len(model)),
        by_language=summary.by_language(corpus, topic),
        by_turns=summary.by_turns(corpus, topic),
        quality=summary.quality_of(model, topic, coherent),
        settings=summary.settings_of(model),
        origin=votes.origin,
        notes=_notes(corpus, model, topic),
        map=summary.map_of(model) if with_map else None,
        model=model,
        votes=votes,
    )


def _notes(corpus: Corpus, model: TopicModel, topic: Integers) -> tuple[str, ...]:
    """Why votes count as independent, where they do, what stands in for the default embedding, and what the curation did."""
    from analysis.embeddings.choose import without_encoder
    from analysis.topics.curated import note_of

    why = habits_of(tally_of(corpus.judge, corpus.prompt >= 0)).why
    curated = note_of(model.curated, int((topic == IGNORED).sum()))
    return tuple(note for note in (why, without_encoder(model.settings.embedding), curated) if note)
