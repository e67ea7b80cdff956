"""Interactive views: BERTopic with our numbers and labels, and figures that no prompt can write into."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.topics.topics import Topics

HOSTILE = '<a href="https://evil.example">$\\href{javascript:x}{y}$</a> &lt;b&gt; ' + "word " * 30


@pytest.fixture(scope="module")
def loaded(fitted: Topics, tmp_path_factory: pytest.TempPathFactory) -> Topics:
    """The topics as notebooks have them: read from disk, without a BERTopic."""
    folder = tmp_path_factory.mktemp("views") / "topics"
    fitted.save(folder)
    read = Topics.load(folder)
    assert read.model is not None
    assert read.model.bertopic is None
    return read


def hostile(topics: Topics) -> Topics:
    """The same topics with markup in every prompt and label."""
    labels = [f"<b>{label}</b> $x$" for label in topics.labels]
    drawn = pd.DataFrame({"x": [0.0, 1, 2], "y": [0.0, 1, 0], "topic": [0, 1, -1], "prompt": HOSTILE})
    return replace(topics, frame=topics.frame.assign(label=labels), map=drawn)


def texts_of(value: object) -> list[str]:
    """Every string anywhere in a figure."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts_of(inner)]
    if isinstance(value, list | tuple | np.ndarray):
        return [text for inner in value for text in texts_of(inner)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("source", ["fitted", "loaded"])
def test_bertopic_has_our_numbers_labels_words_and_examples(source: str, request: pytest.FixtureRequest):
    topics: Topics = request.getfixturevalue(source)
    model, bertopic = topics.model, topics.bertopic
    assert model is not None
    assert bertopic.topics_ == model.topic.tolist()
    info = bertopic.get_topic_info().set_index("Topic")
    assert info["Count"].to_dict() == pd.Series(model.topic).value_counts().to_dict()
    assert info["CustomName"].to_dict() == {-1: "no clear topic", **dict(enumerate(topics.labels))}
    for number, words in enumerate(model.words):
        assert [word for word, _ in bertopic.get_topic(number)][: len(words)] == list(words)
        assert bertopic.get_representative_docs(number) == topics.frame["examples"][number]


def test_rows_of_bertopic_are_in_the_order_of_our_numbers_whatever_the_sizes(loaded: Topics):
    model = loaded.model
    assert model is not None
    turned = replace(
        model,
        topic=np.where(model.topic < 0, -1, len(model) - 1 - model.topic),
        words=model.words[::-1],
        weights=model.weights[::-1],
        centres=model.centres[::-1],
    )
    bertopic = replace(loaded, model=turned).bertopic
    names = bertopic.vectorizer_model.get_feature_names_out()
    for number, words in enumerate(turned.words):
        strong = {names[place] for place in np.argsort(-bertopic.c_tf_idf_[number + 1].toarray()[0])[:40]}
        assert len(strong & set(words)) >= len(words) / 2, f"row of topic {number}"
    sizes = bertopic.get_topic_freq().set_index("Topic")["Count"].to_dict()
    assert sizes == pd.Series(turned.topic).value_counts().to_dict()


def test_a_fitted_model_keeps_its_own_bertopic(fitted: Topics):
    assert fitted.model is not None
    before = list(fitted.model.bertopic.topics_)
    assert fitted.bertopic is fitted.bertopic
    assert fitted.bertopic is not fitted.model.bertopic
    assert fitted.model.bertopic.topics_ == before


def test_the_interactive_views_of_bertopic_work_on_loaded_topics(loaded: Topics):
    model, bertopic = loaded.model, loaded.bertopic
    assert model is not None
    texts, k = list(model.texts), len(model)
    assert len(bertopic.visualize_barchart(custom_labels=True, top_n_topics=k).data) == k
    assert len(bertopic.visualize_hierarchy(custom_labels=True).data) == k - 1
    assert bertopic.visualize_heatmap(custom_labels=True).data[0].z.shape == (k, k)
    assert len(bertopic.visualize_term_rank(custom_labels=True).data) >= k
    documents = bertopic.visualize_documents(texts, reduced_embeddings=model.vectors[:, :2], custom_labels=True)
    assert {trace.name for trace in documents.data} == {"other", *loaded.labels}
    days = pd.date_range("2024-06-01", periods=5).to_pydatetime()
    over_time = bertopic.topics_over_time(texts, [days[number % 5] for number in range(len(texts))])
    assert over_time["Frequency"].sum() == len(texts)
    lines = bertopic.visualize_topics_over_time(over_time, custom_labels=True)
    assert {trace.name for trace in lines.data} == set(loaded.labels)


def test_topics_are_bubbles_as_large_as_their_prompts(loaded: Topics):
    (bubbles,) = loaded.view("topics").data
    assert loaded.model is not None
    assert list(bubbles.customdata[:, 0]) == list(range(len(loaded.frame)))
    assert list(bubbles.customdata[:, 1]) == list(loaded.labels)
    assert list(bubbles.customdata[:, 2]) == np.bincount(loaded.model.topic[loaded.model.topic >= 0]).tolist()


def test_words_are_bars_of_each_topic(loaded: Topics):
    figure = loaded.view("words")
    assert loaded.model is not None
    assert figure.data[0].y[-1].strip() == loaded.model.words[0][0]
    assert [note.text for note in figure.layout.annotations] == list(loaded.labels)[:24]


def test_the_tree_is_that_of_the_hierarchy(loaded: Topics):
    tree = loaded.view("tree")
    joins = sorted(max(branch.x) for branch in tree.data)
    assert joins == pytest.approx(sorted(loaded.hierarchy["distance"]), abs=1e-5)
    assert set(tree.layout.yaxis.ticktext) == set(loaded.labels)


def test_the_map_shows_each_prompt_under_its_topic(loaded: Topics):
    drawn = pd.DataFrame({"x": [0.0, 1, 2], "y": [0.0, 1, 0], "topic": [0, 1, -1], "prompt": ["first", "second", "third"]})
    figure = replace(loaded, map=drawn).view()
    shown = {trace.name: set(trace.hovertext) for trace in figure.data}
    assert shown[loaded.labels[0]] == {"first"}
    assert shown[loaded.labels[1]] == {"second"}
    assert "third" in shown["other"]


def test_a_map_is_laid_out_where_there_is_none(loaded: Topics):
    assert loaded.map is None
    assert sum(len(trace.x) for trace in loaded.view("map").data) >= len(loaded.model or ())


def test_lines_over_time_are_votes_and_most_wait_for_a_click(loaded: Topics):
    figure = loaded.view("time")
    first = loaded.over_time[loaded.over_time["topic"] == 0]
    assert list(figure.data[0].y) == first["votes"].tolist()
    assert [trace.visible for trace in figure.data] == [None] * 8 + ["legendonly"] * (len(figure.data) - 8)


@pytest.mark.parametrize("kind", ["topics", "words", "tree", "heat", "map", "time"])
def test_no_prompt_or_label_reaches_a_figure_as_markup(loaded: Topics, kind: str):
    ours = [text for text in texts_of(hostile(loaded).view(kind).to_dict()) if "evil" in text or "&lt;b&gt;" in text]
    assert ours
    for text in ours:
        assert "<a" not in text
        assert "<b>" not in text.removeprefix("<b>Topic")
        assert "$" not in text


def test_what_a_prompt_wrote_is_shown_letter_for_letter(loaded: Topics):
    figure = hostile(loaded).view("map")
    shown = next(text for trace in figure.data for text in trace.hovertext if "evil" in text)
    lines = shown.split("<br>")
    assert lines[0].startswith('&lt;a href="https://evil.example"&gt;&#36;\\href')
    assert "&amp;lt;b&amp;gt;" in " ".join(lines)
    assert len(lines) > 1


def test_what_cannot_be_drawn_is_one_clear_line(loaded: Topics):
    with pytest.raises(UsageError, match="no view 'pie'; the views are topics, words, tree, heat, map, time"):
        loaded.view("pie")
    with pytest.raises(UsageError, match="view topics needs 3 topics or more, and there are 2"):
        replace(loaded, frame=loaded.frame.head(2)).view("topics")
    with pytest.raises(UsageError, match="read without their model"):
        replace(loaded, model=None).view("words")
    with pytest.raises(UsageError, match="view time needs votes with a time"):
        replace(loaded, over_time=loaded.over_time.head(0)).view("time")
    assert loaded.model is not None
    unclear = replace(loaded.model, topic=np.where(loaded.model.topic == 2, -1, loaded.model.topic))
    with pytest.raises(UsageError, match="topic 2 has none of the fitted prompts"):
        _ = replace(loaded, model=unclear).bertopic


def test_saved_views_keep_no_pickle(loaded: Topics, tmp_path: Path):
    _ = loaded.bertopic
    loaded.save(tmp_path / "topics")
    assert {path.suffix for path in (tmp_path / "topics").iterdir()} == {".parquet", ".json", ".safetensors"}
