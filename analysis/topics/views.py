"""Interactive views of topics, drawn by BERTopic with plotly, for JupyterLab. Reports have none: each is megabytes of script.

Plotly reads a little HTML (links, bold) and TeX in every text it shows, so all texts are escaped on the way to a figure.
"""

from __future__ import annotations

import copy
import textwrap
import warnings
from collections import Counter
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import linkage

from analysis.errors import UsageError
from analysis.topics.identity import rows_of
from analysis.topics.summary import map_of
from analysis.topics.terms import fit_terms
from analysis.votes.stored_topics import UNCLEAR, UNCLEAR_LABEL

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from analysis.topics.model import TopicModel


class Drawn(Protocol):
    """What views draw from: the parts of `analysis.topics.topics.Topics` under their names there."""

    @property
    def model(self) -> TopicModel | None: ...

    @property
    def labels(self) -> tuple[str, ...]: ...

    @property
    def frame(self) -> pd.DataFrame: ...

    @property
    def hierarchy(self) -> pd.DataFrame: ...

    @property
    def over_time(self) -> pd.DataFrame: ...

    @property
    def map(self) -> pd.DataFrame | None: ...

    @property
    def bertopic(self) -> Any: ...


#: A view draws topics with a BERTopic whose texts are escaped.
View: TypeAlias = "Callable[[Drawn, Any], go.Figure]"

#: Topics whose words are shown, and topics whose lines over time are drawn at first; the others are a click away.
_WITH_WORDS, _LINES = 24, 8

#: Characters of a line of a prompt under the pointer.
_WIDTH = 80


def fitted_bertopic(topics: Drawn) -> Any:
    """A fitted BERTopic with our labels, words and examples, topics numbered by their rows; see `Topics.bertopic`."""
    model = topics.model
    if model is None:
        raise UsageError("these topics were read without their model, which interactive views need; find the topics again.")
    fitted = copy.copy(model.bertopic)
    if fitted is None:
        settings = model.settings
        fitted = fit_terms(
            model.texts, model.languages, np.maximum(model.topic, UNCLEAR), model.vectors, model.embedding, settings.words
        ).model
    _renumber(fitted, model)
    outliers = fitted._outliers
    words, weights = [()] * outliers + list(model.words), [()] * outliers + list(model.weights)
    blank = [("", 0.0)] * model.settings.words  # BERTopic wants as many words of every topic
    pairs = [[*zip(*found, strict=False), *blank][: len(blank)] for found in zip(words, weights, strict=True)]
    fitted.topic_representations_ = dict(enumerate(pairs, -outliers))
    fitted.representative_docs_ = dict(enumerate(topics.frame["examples"]))
    fitted.set_topic_labels([UNCLEAR_LABEL] * outliers + list(topics.labels))
    return fitted


def _renumber(fitted: Any, model: TopicModel) -> None:
    """Give a BERTopic our numbers: it numbers topics by their prompts, ours may have lost some to no clear topic since."""
    theirs, outliers = np.asarray(fitted.topics_), fitted._outliers
    topic = np.maximum(model.topic, UNCLEAR)  # BERTopic knows no topic that is ignored
    sizes = Counter(topic.tolist())
    empty = [number for number in range(len(model)) if not sizes[number]]
    if empty:
        raise UsageError(f"topic {empty[0]} has none of the fitted prompts, so BERTopic cannot show it; fit on more (fit_on).")
    order = [int(theirs[np.argmax(model.topic == number)]) + outliers for number in range(len(model))]
    fitted.c_tf_idf_ = fitted.c_tf_idf_[[*range(outliers), *order]]
    fitted.topic_embeddings_ = np.vstack([np.asarray(fitted.topic_embeddings_)[:outliers], model.centres])
    fitted.topics_ = topic.tolist()
    fitted.topic_sizes_ = sizes


def view(topics: Drawn, kind: str) -> go.Figure:
    """Draw a view; see `Topics.view`."""
    if kind not in VIEWS:
        raise UsageError(f"there is no view {kind!r}; the views are {', '.join(VIEWS)}.")
    draw, least = VIEWS[kind]
    if len(topics.frame) < least:
        raise UsageError(f"the view {kind} needs {least} topics or more, and there are {len(topics.frame)}.")
    fitted = copy.copy(topics.bertopic)
    fitted.custom_labels_ = [_escaped(label) for label in fitted.custom_labels_]
    fitted.topic_representations_ = {
        number: [(_escaped(word), weight) for word, weight in words] for number, words in fitted.topic_representations_.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside bertopic and umap, which nobody in a notebook can act on
        return draw(topics, fitted)


def _escaped(text: str) -> str:
    """Text that plotly shows as it is: no tags, no entities, no TeX."""
    return escape(text, quote=False).replace("$", "&#36;")


def _topics(_: Drawn, fitted: Any) -> go.Figure:
    return fitted.visualize_topics(custom_labels=True)


def _words(topics: Drawn, fitted: Any) -> go.Figure:
    return fitted.visualize_barchart(topics=range(len(topics.frame))[:_WITH_WORDS], custom_labels=True, width=300)


def _tree(topics: Drawn, fitted: Any) -> go.Figure:
    """The tree of `Topics.hierarchy`; branches below the broad topics have colours of their own."""
    broad, joins = topics.frame["broad"].nunique(), topics.hierarchy["distance"].to_numpy()
    return fitted.visualize_hierarchy(
        use_ctfidf=False,
        custom_labels=True,
        linkage_function=lambda distances: linkage(distances, "average"),
        color_threshold=joins[1 - broad] if broad > 1 else joins[-1] + 1,
    )


def _heat(_: Drawn, fitted: Any) -> go.Figure:
    return fitted.visualize_heatmap(use_ctfidf=False, custom_labels=True)


def _map(topics: Drawn, fitted: Any) -> go.Figure:
    assert topics.model is not None  # BERTopic was built from it
    drawn = map_of(topics.model) if topics.map is None else topics.map
    fitted.topics_ = rows_of(drawn["topic"], topics.frame).tolist()
    prompts = ["<br>".join(_escaped(line) for line in textwrap.wrap(prompt, _WIDTH)) for prompt in drawn["prompt"]]
    points = drawn[["x", "y"]].to_numpy()
    return fitted.visualize_documents(prompts, reduced_embeddings=points, custom_labels=True, hide_annotations=True)


def _time(topics: Drawn, fitted: Any) -> go.Figure:
    """Votes of each topic by period, not BERTopic's prompts: an often repeated prompt counts as often."""
    counts = topics.over_time
    if counts.empty:
        raise UsageError("the view time needs votes with a time, and these have none.")
    words = {number: ", ".join(word for word, _ in found[:5] if word) for number, found in fitted.topic_representations_.items()}
    row = rows_of(counts["topic"], topics.frame)
    frame = pd.DataFrame(
        {
            "Topic": row,
            "Words": [words[number] for number in row],
            "Frequency": counts["votes"],
            "Timestamp": counts["period"],
        }
    )
    figure = fitted.visualize_topics_over_time(frame, custom_labels=True)
    for trace in figure.data[_LINES:]:
        trace.visible = "legendonly"
    return figure.update_layout(yaxis_title="Votes")


#: Views by kind, and the topics that each needs: UMAP cannot lay out two points, and a tree joins two at least.
VIEWS: dict[str, tuple[View, int]] = {
    "topics": (_topics, 3),
    "words": (_words, 1),
    "tree": (_tree, 2),
    "heat": (_heat, 1),
    "map": (_map, 1),
    "time": (_time, 1),
}
