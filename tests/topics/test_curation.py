"""Curation: what a file says, what it makes of topics, and that it is the same on every fit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.results.prose import percent
from analysis.topics.assignment import Nearest
from analysis.topics.cache import kept_topics
from analysis.topics.curated import Curated, Known, curate, facts_of, note_of, shifted, with_names
from analysis.topics.curation import Curation, Operation, Prompt, read_curation
from analysis.topics.lists import topic_quality, topic_settings
from analysis.topics.memory import remembered
from analysis.topics.model import TopicSettings
from analysis.topics.topics import Topics, topics
from analysis.votes.stored_topics import IGNORED
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from analysis.topics.identity import Edition

QUICK = TopicSettings(fast=True, rounds=0)

WHOLE = """
[[rename]]
topic = 3
to = "Recipes"

[[merge]]
topics = [5, "soup, pot", {prompt = "How long does rice cook?"}]
to = "Cooking"

[[split]]
prompt = "Write a haiku"
subtopics = ["haiku, verse"]
to = "Poems"

[[ignore]]
topic = "test, hello"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "curation.toml"


def of(file: Path, text: str) -> Curation:
    file.write_text(text, encoding="utf-8")
    return read_curation(file)


# What a file says.


def test_a_file_is_read_as_operations_in_their_order_with_its_hash(file: Path) -> None:
    found = of(file, WHOLE)
    assert found.operations == (
        Operation("rename", (3,), (), "Recipes"),
        Operation("merge", (5, "soup, pot", Prompt("How long does rice cook?")), (), "Cooking"),
        Operation("split", (Prompt("Write a haiku"),), ("haiku, verse",), "Poems"),
        Operation("ignore", ("test, hello",)),
    )
    assert [str(operation) for operation in found.operations] == [
        "rename 3 → “Recipes”",
        "merge 5, “soup, pot” and the topic of “How long does rice cook?” → “Cooking”",
        "split the topic of “Write a haiku” into “haiku, verse” → “Poems”",
        "ignore “test, hello”",
    ]
    assert len(found.sha256) == 64
    assert of(file, "# nothing\n").operations == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rename]\n", "this is no TOML"),
        ("\x00", "this is no TOML"),
        ("a = " + "[" * 100_000, "this is no TOML"),
        ("[[renames]]\n", "there is no operation 'renames'; there are rename, merge, split and ignore"),
        ("rename = 3\n", "write [[rename]], with two brackets on each side"),
        ("[rename]\ntopic = 3\nto = 'x'\n", "write [[rename]], with two brackets on each side"),
        ("[[rename]]\ntopic = 3\n", "[[rename]] 1: to is missing; it has topic and to, or prompt in place of topic"),
        ("[[rename]]\nto = 'x'\n", "[[rename]] 1: topic is missing"),
        ("[[rename]]\ntopic = 1\nprompt = 'x'\nto = 'x'\n", "it has topic and prompt; give one of them"),
        ("[[rename]]\ntopic = 3\nname = 'x'\n", "there is no 'name'; it has topic and to"),
        ("[[rename]]\ntopic = 3\nto = ''\n", "to is the new name, a text of 1 to 80 characters"),
        ("[[rename]]\ntopic = 3\nto = 7\n", "to is the new name"),
        (f"[[rename]]\ntopic = 3\nto = '{'x' * 81}'\n", "to is the new name"),
        ("[[rename]]\ntopic = 3\nto = 'No clear topic'\n", "“No clear topic” is what votes without a topic are called; give an"),
        ("[[merge]]\ntopics = [1, 2]\nto = ' ignored '\n", "“ignored” is what votes without a topic are called; give an"),
        ("[[rename]]\ntopic = true\nto = 'x'\n", "'True' names no topic"),
        ("[[rename]]\ntopic = 1.5\nto = 'x'\n", "'1.5' names no topic"),
        ("[[ignore]]\ntopic = ' '\n", "names no topic; give its number, its label or words, or a prompt in it"),
        ("[[ignore]]\nprompt = ''\n", "names no topic"),
        ("[[ignore]]\ntopic = [1]\n", "names no topic"),
        ("[[merge]]\ntopics = [1]\nto = 'x'\n", "topics is a list of 2 or more"),
        ("[[merge]]\ntopics = 1\nto = 'x'\n", "topics is a list of 2 or more"),
        ("[[merge]]\ntopics = [1, {text = 'x'}]\nto = 'x'\n", "names no topic"),
        ("[[split]]\ntopic = 1\nsubtopics = []\nto = 'x'\n", "subtopics is a list of 1 or more"),
    ],
)
def test_a_file_that_says_something_else_is_one_line_of_wrong_usage(file: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        of(file, text)
    assert said in str(error.value)
    assert str(error.value).startswith(str(file))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"[[rename]]\nto = '\xe9'")
    (tmp_path / "large").write_bytes(b"#" * 1_000_001)
    for name, said in (("none", "cannot be read"), (".", "cannot be read"), ("x" * 300, "cannot be read"), ("a\0b", "TOML")):
        with pytest.raises(UsageError, match=said):
            read_curation(tmp_path / name)
    for name, said in (("latin", "this is no TOML"), ("large", "a curation has 1,000,000 bytes at most")):
        with pytest.raises(UsageError, match=said):
            read_curation(tmp_path / name)


# What it makes of topics.

#: Four topics of six subtopics.
LABELS = ["sort, list", "soup, pot", "haiku, story", "test, hello"]
WORDS = [["sort", "list", "array"], ["soup", "pot", "onion"], ["haiku", "story", "verse"], ["test", "hello", "list"]]
PART, SIZE = np.array([0, 0, 1, 2, 2, 3]), np.array([30, 20, 40, 5, 25, 10])
NARROW = ["sort, array", "list, numbers", "soup, pot", "haiku, verse", "story, dragon", "test, hello"]


def find(text: str) -> tuple[int, int]:
    if text == "???":
        raise UsageError("none of its words is known to the embedding.")
    part = next(number for number, words in enumerate(NARROW) if any(word in text for word in words.split(", ")))
    return int(PART[part]), part


def clear(text: str) -> tuple[int, int]:
    """Prompts of several topics have none that is clear."""
    return find(text) if "between" not in text else (-1, -1)


def known(memory: Mapping[str, Sequence[str]] | None = None) -> Known:
    typical = lambda topic, part: [f"typical {topic} {part}"]  # noqa: E731
    return Known(LABELS, WORDS, PART, SIZE, NARROW, find, clear, typical, memory or {}, memory is not None)


def made(file: Path, text: str, memory: Mapping[str, Sequence[str]] | None = None) -> Curated:
    return curate(of(file, text), known(memory))


def parts(found: Curated) -> dict[int, list[int]]:
    """The subtopics of each topic."""
    return {topic: sorted(found.order[found.part == topic].tolist()) for topic in range(int(found.part.max()) + 1)}


def test_nothing_asked_for_is_nothing_done(file: Path) -> None:
    found = made(file, "")
    assert parts(found) == {0: [0, 1], 1: [2], 2: [3, 4], 3: [5]}
    assert (found.names, found.ignored, found.memory) == ({}, (), {})


@pytest.mark.parametrize("name", ["1", "'soup, pot'", "'SOUP'", "'onion'", "{prompt = 'my soup'}"])
def test_a_topic_is_named_by_number_label_words_or_prompt(file: Path, name: str) -> None:
    assert made(file, f"[[rename]]\ntopic = {name}\nto = 'Cooking'\n").names == {1: "Cooking"}


def test_merged_topics_are_one_with_its_name_and_numbered_by_size(file: Path) -> None:
    found = made(file, "[[merge]]\ntopics = [1, 'haiku, story']\nto = 'Soup poems'\n")
    assert parts(found) == {0: [2, 3, 4], 1: [0, 1], 2: [5]}
    assert found.names == {0: "Soup poems"}
    assert (np.diff(found.part) >= 0).all()


def test_a_part_of_a_topic_is_split_off_by_number_label_or_prompt(file: Path) -> None:
    for name in ("3", "'haiku, verse'", "'verse'", "{prompt = 'a haiku'}"):
        found = made(file, f"[[split]]\nprompt = 'a story'\nsubtopics = [{name}]\nto = 'Poems'\n")
        assert parts(found) == {0: [0, 1], 1: [2], 2: [4], 3: [5], 4: [3]}
        assert found.names == {4: "Poems"}


def test_what_is_left_of_a_split_topic_is_what_other_operations_name(file: Path) -> None:
    split = "[[split]]\ntopic = 2\nsubtopics = ['verse']\nto = 'Poems'\n"
    found = made(file, f"{split}[[merge]]\ntopics = [2, 1]\nto = 'Rest'\n[[ignore]]\ntopic = 3\n")
    assert parts(found) == {0: [2, 4], 1: [0, 1], 2: [3], 3: [5]}
    assert found.names == {0: "Rest", 2: "Poems"}
    assert found.ignored == ("test, hello",)


def test_ignored_topics_come_last_whatever_their_size(file: Path) -> None:
    found = made(file, "[[ignore]]\ntopic = 0\n[[ignore]]\ntopic = 1\n")
    assert parts(found) == {0: [3, 4], 1: [5], 2: [0, 1], 3: [2]}
    assert found.ignored == ("sort, list", "soup, pot")


def test_a_named_topic_is_remembered_by_its_typical_prompts_and_found_again_by_them(file: Path) -> None:
    text = "[[rename]]\ntopic = 1\nto = 'A'\n[[split]]\ntopic = 'story'\nsubtopics = [3]\nto = 'B'\n"
    found, one, part = made(file, text), "1 in rename 1 → “A”", "“story”: 3 in split “story” into 3 → “B”"
    assert found.memory == {one: ["typical 1 -1"], "“story”": ["typical 2 -1"], part: ["typical 2 3"]}
    again = made(file, text, {one: ["???", "a list", "sort it", "numbers", "soup"], "“story”": ["dragon"], part: ["a story"]})
    assert again.names == {0: "A", 2: "B"}
    assert parts(again)[2] == [4], "and not subtopic 3, to which the number points"
    assert again.done == (
        "rename 1 (now “sort, list”) → “A”",
        "split “story” (now “haiku, story”) into 3 (now “story, dragon”) → “B”",
    )


@pytest.mark.parametrize(
    "prompts",
    [
        ["a list", "sort it", "soup", "haiku"],
        ["a list", "sort between", "list between", "sort between both"],
        ["a list", "sort it", "???", "???"],
        ["sort between", "list between"],
    ],
    ids=["half of them", "nearest but not clear", "half cannot be read", "none is clear"],
)
def test_a_topic_with_at_most_half_of_the_remembered_prompts_clearly_in_it_is_not_there_any_more(
    file: Path, prompts: list[str]
) -> None:
    text = "[[ignore]]\ntopic = 3\n[[rename]]\ntopic = 'soup'\nto = 'Cooking'\n"
    found = made(file, text, {"3 in ignore 3": prompts})
    assert found.ignored == ()
    assert found.names == {1: "Cooking"}, "other operations are done"
    assert found.done == ("ignore 3: not done, as topic 3 is not there any more", "rename “soup” → “Cooking”")
    assert found.memory["3 in ignore 3"] == prompts, "it may be there again"


def test_a_merge_or_split_of_what_is_not_there_any_more_is_not_done(file: Path) -> None:
    text = "[[merge]]\ntopics = ['soup', 0, 3]\nto = 'M'\n[[split]]\ntopic = 2\nsubtopics = ['verse']\nto = 'S'\n"
    merge, split = "merge “soup”, 0 and 3 → “M”", "split 2 into “verse” → “S”"
    lost = ["soup", "haiku"]
    memory = {
        f"0 in {merge}": lost,
        f"3 in {merge}": lost,
        f"2 in {split}": ["haiku", "story"],
        f"2: “verse” in {split}": ["a haiku", "soup"],
    }
    found = made(file, text, memory)
    assert parts(found) == {0: [0, 1], 1: [2], 2: [3, 4], 3: [5]}
    assert found.done == (
        f"{merge}: not done, as topic 0 and topic 3 are not there any more",
        f"{split}: not done, as subtopic “verse” is not there any more",
    )


def test_beside_an_earlier_edition_a_number_is_one_of_its_topics(file: Path) -> None:
    with pytest.raises(UsageError, match="the earlier edition has no topic 1; name a new one by its words or a prompt"):
        made(file, "[[ignore]]\ntopic = 1\n", {})
    with pytest.raises(UsageError, match="the embedding can read no prompt of the earlier edition's topic 1; name"):
        made(file, "[[ignore]]\ntopic = 1\n", {"1 in ignore 1": ["???"]})
    assert made(file, "[[ignore]]\ntopic = 'soup'\n", {}).ignored == ("soup, pot",)


def test_a_number_that_the_earlier_curation_gave_another_topic_is_refused_with_both(file: Path) -> None:
    memory = {"1 in merge 1 and 2 → “x”": ["soup"], "1 in ignore 1": ["sort"]}
    with pytest.raises(UsageError, match=r"topic 1 may be “sort, list” or “soup, pot”: .*; name the topic by its words or a pro"):
        made(file, "[[ignore]]\ntopic = 1\n", memory)
    same = {**memory, "1 in merge 1 and 2 → “x”": ["list"], "11 in ignore 11": ["soup"]}
    assert made(file, "[[ignore]]\ntopic = 1\n", same).ignored == ("sort, list",)


def test_a_number_is_remembered_from_the_edition_and_from_the_same_operation_before_it(file: Path) -> None:
    """Topic 1 of the edition is not the topic 1 that its curation was about."""
    frame = pd.DataFrame({"topic": [0, 1], "label": ["Cooking", "sort, list"], "examples": [["a soup"], ["a list"]]})
    merge = "merge 1 and 2 → “Cooking”"
    earlier = SimpleNamespace(frame=frame, model=None, settings={"curation_memory": {f"1 in {merge}": ["a soup"]}})
    text = "[[merge]]\ntopics = [1, 2]\nto = 'Cooking'\n[[ignore]]\ntopic = 1\n"
    found = remembered(of(file, text), cast("Edition", earlier))
    assert found == {f"1 in {merge}": ["a soup"], "1 in ignore 1": ["a list"]}
    with pytest.raises(UsageError, match="topic 1 may be “sort, list” or “soup, pot”"):
        made(file, "[[ignore]]\ntopic = 1\n", found)
    assert made(file, "[[ignore]]\ntopic = 1\n", {"1 in ignore 1": ["a list"]}).ignored == ("sort, list",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[[ignore]]\ntopic = 9\n",
            "no topic 9; there are 0 (sort, list); 1 (soup, pot); 2 (haiku, story); 3 (test, hello).",
        ),
        ("[[ignore]]\ntopic = -1\n", "there is no topic -1; there are 0 (sort, list)"),
        ("[[ignore]]\ntopic = 'zebra'\n", "there is no topic “zebra”; there are 0 (sort, list)"),
        ("[[ignore]]\ntopic = 'list'\n", "“list” may be several: 0 (sort, list); 3 (test, hello); give a number or a prompt"),
        ("[[ignore]]\nprompt = '???'\n", "the topic of “???” is not known: none of its words is known to the embedding"),
        (
            "[[split]]\ntopic = 2\nsubtopics = [0]\nto = 'x'\n",
            "there is no subtopic 0 of 2; there are 3 (haiku, verse)",
        ),
        ("[[split]]\ntopic = 2\nsubtopics = [{prompt = 'soup'}]\nto = 'x'\n", "the topic of “soup” is no subtopic of 2"),
        ("[[split]]\ntopic = 2\nsubtopics = [3, 4]\nto = 'x'\n", "would leave nothing of the topic; rename it"),
        (
            "[[split]]\ntopic = 1\nsubtopics = ['zebra']\nto = 'x'\n",
            "“soup, pot” has no subtopics, as no topic has with --fine or without refits; rename it instead",
        ),
        ("[[merge]]\ntopics = [1, 'soup']\nto = 'x'\n", "names one topic only"),
        (
            "[[merge]]\ntopics = [0, 1]\nto = 'x'\n[[merge]]\ntopics = [1, 2]\nto = 'y'\n",
            "joins a topic that another operation joins",
        ),
        ("[[merge]]\ntopics = [0, 1]\nto = 'x'\n[[rename]]\ntopic = 1\nto = 'y'\n", "give one topic two names"),
        ("[[rename]]\ntopic = 0\nto = 'x'\n[[rename]]\ntopic = 1\nto = 'x'\n", "two topics are called “x”"),
        ("".join(f"[[ignore]]\ntopic = {topic}\n" for topic in range(4)), "every topic is ignored"),
    ],
)
def test_what_names_no_topic_or_contradicts_itself_is_one_line_with_the_topics(file: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        made(file, text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def angles(*degrees: float) -> np.ndarray:
    """Unit vectors in the plane."""
    return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=1).astype(np.float32)


#: The rule of topics 0 and 1, of two subtopics and one: clear from 5 degrees off the middle of 20° and 90°, 17 of 0° and 20°.
RULE = Nearest(angles(0, 20, 90), np.array([0, 0, 1]), least=0.1)


def split_of(file: Path) -> tuple[Curation, Curated]:
    """The second subtopic leaves topic 0."""
    curation = of(file, "[[split]]\ntopic = 0\nsubtopics = [1]\nto = 'Part'\n")
    labels = ["sort, list", "soup, pot"]
    found = Known(labels, [[], []], RULE.part, np.array([3, 2, 1]), NARROW[:3], find, find, lambda *_: [])
    return curation, curate(curation, found)


def test_prompts_between_the_parts_of_a_split_topic_are_counted(file: Path) -> None:
    curation, made = split_of(file)
    shift = shifted(curation, made, RULE, angles(-60, 9, 10, 11, 30, 90))
    assert shift == (3, 0)
    assert shifted(curation, made, RULE, angles(-60, 10, 30, 55, 90)) == (1, 0)
    facts = facts_of(curation, made, shift)
    assert note_of(facts, 0).endswith("→ “Part”. By that 3 fitted prompts have no clear topic any more.")


def test_a_merge_gives_the_prompts_between_its_topics_a_clear_one(file: Path) -> None:
    curation = of(file, "[[merge]]\ntopics = [0, 1]\nto = 'Both'\n")
    rule = replace(RULE, part=np.array([0, 1, 2]))
    labels = ["sort, list", "soup, pot", "haiku, story"]
    found = Known(labels, [[]] * 3, rule.part, np.array([3, 2, 1]), NARROW[:3], find, find, lambda *_: [])
    made = curate(curation, found)
    shift = shifted(curation, made, rule, angles(-60, 10, 30, 55, 90))
    assert shift == (0, 1)
    said = note_of(facts_of(curation, made, shift), 0)
    assert said.endswith("By that 0 fitted prompts have no clear topic any more, and 1 that had none has one.")


def test_a_curation_that_leaves_a_topic_or_subtopic_without_a_clear_prompt_is_refused(file: Path) -> None:
    curation, made = split_of(file)
    for degrees, what in (((-60, 9, 10, 11, 90), "“Part”"), ((9, 10, 30, 90), "“sort, list”")):
        with pytest.raises(UsageError, match=f"this would leave no clear prompt in {what}: all are nearly as near to another"):
            shifted(curation, made, RULE, angles(*degrees))
    curation = of(file, "[[merge]]\ntopics = [0, 1]\nto = 'Both'\n")
    rule = replace(RULE, part=np.array([0, 1, 1]))
    found = Known(["a", "b"], [[]] * 2, rule.part, np.array([3, 2, 1]), NARROW[:3], find, find, lambda *_: [])
    with pytest.raises(UsageError, match="no clear prompt in the subtopic “soup, pot”"):
        shifted(curation, curate(curation, found), rule, angles(0, 20))


def test_a_label_that_was_given_to_another_topic_gets_its_number() -> None:
    assert with_names(["a", "b", "c"], {1: "a"}) == ("a (0)", "a", "c")


# On every fit.


@pytest.fixture(scope="module")
def plain(arena: Votes) -> Topics:
    return topics(arena, QUICK)


@pytest.fixture(scope="module")
def rules(plain: Topics, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Topic 0 is renamed, 1 and 2 are merged, 3 is ignored."""
    path = tmp_path_factory.mktemp("rules") / "curation.toml"
    label = plain.frame["label"][2].replace('"', "")
    path.write_text(
        f"[[rename]]\ntopic = 0\nto = 'First'\n[[merge]]\ntopics = [1, \"{label}\"]\nto = 'Second'\n[[ignore]]\ntopic = 3\n"
    )
    return str(path)


@pytest.fixture(scope="module")
def curated(arena: Votes, rules: str) -> Topics:
    return topics(arena, TopicSettings(fast=True, rounds=0, curation=rules))


def test_curated_topics_have_the_votes_of_those_they_are_made_of(plain: Topics, curated: Topics, arena: Votes) -> None:
    before, after = plain.assignments["topic"], curated.assignments["topic"]
    number = dict(zip(curated.frame["label"], curated.frame["topic"], strict=True))
    assert set(after[before == 0]) == {number["First"]}
    assert set(after[before.isin([1, 2])]) == {number["Second"]}
    assert set(after[before == 3]) == {IGNORED}
    other = before >= 4
    assert (pd.crosstab(before[other], after[other]) > 0).sum().sum() == before[other].nunique(), "nothing else changed"
    assert len(curated.frame) == len(plain.frame) - 2
    assert (curated.assign(arena)["topic"] == after).all()


def test_no_vote_goes_without_a_word(plain: Topics, curated: Topics) -> None:
    ignored = int((plain.assignments["topic"] == 3).sum())
    asked = curated.measures["asked"]
    assert asked == plain.measures["asked"]
    assert curated.measures["ignored"] == pytest.approx(ignored / asked)
    assert curated.frame["share"].sum() + curated.measures["ignored"] + curated.measures["outliers"] == pytest.approx(1)
    assert "are in topics that the curation ignores." in curated.sentence
    (note,) = [note for note in curated.notes if "curated" in note]
    assert note.endswith(f"{ignored:,} votes in topics that it ignores are in no other.")
    assert curated.map is not None
    assert (curated.map["topic"] == IGNORED).any()
    listed = topic_quality(curated).table.set_index("measure")["value"]
    assert listed["ignored topics"] == percent(ignored / asked)


def test_the_settings_say_what_was_done_and_no_prompt(curated: Topics, rules: str) -> None:
    told = topic_settings(curated).table.set_index("item")["value"]
    assert told["curation"].startswith("rename 0 → “First”; merge 1 and “")
    assert told["curation sha256"] == read_curation(rules).sha256
    assert not any("memory" in item for item in told.index)
    memory = curated.settings["curation_memory"]
    assert isinstance(memory, dict)
    assert {"0 in rename 0 → “First”", "3 in ignore 3"} <= set(memory)
    assert {len(prompts) for prompts in memory.values()} == {15}, "enough that more than half of them says something"


def test_a_curation_is_replayed_on_newer_votes_under_the_numbers_of_the_earlier_edition(
    arena: Votes, curated: Topics, rules: str, tmp_path: Path
) -> None:
    """Fitted on other prompts, the topics have another order; the same file finds them again."""
    curated.save(tmp_path / "earlier")
    again = topics(
        arena,
        TopicSettings(fast=True, rounds=0, curation=rules, fit_on=1_200, seed=2),
        earlier=tmp_path / "earlier",
        with_map=False,
    )
    assert {"First", "Second"} <= set(again.frame["label"])
    both = pd.DataFrame({"before": curated.assignments["topic"], "after": again.assignments["topic"]})
    for label in ("First", "Second"):
        old, new = (one.frame.set_index("label")["topic"][label] for one in (curated, again))
        most = both.loc[both["before"] == old, "after"].value_counts()
        assert most.index[0] == new
    assert both.loc[both["before"] == IGNORED, "after"].value_counts().index[0] == IGNORED
    (note,) = [note for note in again.notes if "curated" in note]
    assert f"ignore 3 (now “{again.settings['ignored'][0]}”)" in note  # type: ignore[index]
    given = again.frame.loc[again.frame["topic"].isin(again.settings["labels_given"]), "label"]  # type: ignore[call-overload]
    assert set(given) == {"First", "Second"}


def test_names_that_were_given_are_not_asked_for(curated: Topics, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from analysis.topics.names import Endpoint

    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path))
    monkeypatch.setenv("ARENA_TOPICS_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("ARENA_TOPICS_MODEL", "stub")
    monkeypatch.setattr(Endpoint, "name", lambda *_: "First")
    named = curated.named()
    assert (named.frame["label"] == "First").sum() == 1
    assert "Second" in set(named.frame["label"])
    assert named.frame["label"].is_unique


def test_curated_topics_can_be_drawn_viewed_searched_and_read_again(curated: Topics, arena: Votes, tmp_path: Path) -> None:
    curated.save(tmp_path / "topics")
    read = Topics.load(tmp_path / "topics")
    assert (read.assign(arena)["topic"] == curated.assignments["topic"]).all()
    for of in ("share", "map", "tree", "multi_turn", "language", "time"):
        assert curated.plot(of=of).alt
    assert curated.view("map").data
    prompts = curated.search(curated.frame["examples"][0][0], votes=arena).table
    assert len(prompts)


def test_another_curation_is_another_kept_copy(
    arena: Votes, plain: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "c.toml"
    settings = TopicSettings(fast=True, rounds=0, curation=str(path))
    for name in ("One", "Two"):
        path.write_text(f"[[rename]]\ntopic = 0\nto = '{name}'\n")
        assert name in kept_topics(arena, settings).labels
        assert name in kept_topics(arena, settings).labels
    assert len(list((tmp_path / "cache").glob("topics-*"))) == 2
