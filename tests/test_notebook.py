"""The face that notebooks import: lenient by itself, and an answer shows its figure, its sentence and its table."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from IPython.utils.capture import capture_output

import analysis
import analysis.notebook as arena
from analysis.errors import InputError, UsageError
from analysis.notebook import Answer, answering
from analysis.results.listing import Listing, Unavailable
from analysis.surroundings import TABLES
from analysis.votes.table import Votes


@pytest.fixture
def votes(votes_of: Callable[[pd.DataFrame], Votes]) -> Votes:
    """300 votes on three models, without turns."""
    rng = np.random.default_rng(3)
    pairs = np.array([["a", "b"], ["b", "c"], ["a", "c"]])[rng.integers(0, 3, 300)]
    outcome = np.where(rng.random(300) < 0.6, "model_a", "model_b")
    return votes_of(pd.DataFrame({"model_a": pairs[:, 0], "model_b": pairs[:, 1], "outcome": outcome}))


@pytest.fixture
def missing(votes: Votes) -> Answer:
    """What needs turns."""
    return arena.turn_share(votes)


@pytest.fixture(autouse=True)
def _as_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a kernel IPython prints what is displayed: pretend that there is one, of a report."""
    monkeypatch.setattr("IPython.core.interactiveshell.InteractiveShell.initialized", lambda: True)
    monkeypatch.setenv(TABLES, "tables")


def _outputs(show: Callable[[], Any]) -> list[Any]:
    """What `show` displays, in order, with data and metadata."""
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell.instance()
    with capture_output() as captured:
        show()
    assert captured.stdout == ""
    return list(captured.outputs)


def _shown(show: Callable[[], Any]) -> list[str]:
    """The same in words: `figure`, or the text of the HTML."""
    return ["figure" if "image/svg+xml" in output.data else output.data["text/html"] for output in _outputs(show)]


def _kinds(show: Callable[[], Any]) -> list[str]:
    """The same by kind."""
    kinds = {"figure": "figure", '<p class="prose">': "sentence", '<div class="table': "table"}
    return [next(kind for start, kind in kinds.items() if part.startswith(start)) for part in _shown(show)]


def test_every_name_of_the_library_is_there_with_its_signature_and_words() -> None:
    assert dir(arena) == sorted(analysis.__all__)
    for name in analysis.__all__:
        plain, public = getattr(analysis, name), getattr(arena, name)
        assert public is getattr(arena, name)
        assert public.__doc__ == plain.__doc__
        if inspect.isclass(plain):
            assert public is plain
        else:
            assert inspect.signature(public) == inspect.signature(plain)


def test_a_name_that_the_library_does_not_have_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'attempt'"):
        _ = arena.attempt


def test_an_answer_shows_its_figure_its_sentence_and_its_table_in_this_order(votes: Votes) -> None:
    answer = arena.board(votes)
    assert _kinds(answer._ipython_display_) == ["figure", "sentence", "table"]
    assert _shown(answer.show)[1:] == [answer.sentence._repr_html_(), answer.result._repr_html_()]


def test_an_answer_shows_the_parts_that_are_asked_for_and_options_are_those_of_the_figure(votes: Votes) -> None:
    answer = arena.board(votes)
    assert _kinds(lambda: answer.show(table=False, top=2)) == ["figure", "sentence"]
    assert _kinds(lambda: answer.show(figure=False, sentence=False)) == ["table"]
    assert _kinds(lambda: arena.unrated(answer).show(answer.plot())) == ["figure", "sentence"]  # the table is empty


def test_the_answer_of_a_page_is_its_sentence_and_then_the_figure_that_carries_it(votes: Votes, missing: Answer) -> None:
    answer = arena.board(votes)
    assert _kinds(answer.answer) == ["sentence", "figure"]
    assert _kinds(lambda: answer.answer(top=2)) == ["sentence", "figure"]
    assert _kinds(lambda: arena.coverage(votes).answer(answer.plot())) == ["sentence", "figure"]
    assert len(_shown(missing.answer)) == 1


def test_the_answer_of_a_page_carries_what_a_front_page_may_lead_with(votes: Votes) -> None:
    found = _outputs(arena.board(votes).answer)[0].metadata["text/html"]["finding"]
    assert set(found) == {"sentence", "beyond"}


def test_the_answer_of_a_page_has_the_notes_of_its_result_and_of_those_that_it_was_made_of() -> None:
    @dataclass(frozen=True, eq=False)
    class Noted(Listing):
        notes: tuple[str, ...] = ()

    table = pd.DataFrame({"topic": ["story"]})
    noted = answering(lambda: Noted(table, words="One topic.", notes=("<b> stands in.", "No judges.")))()
    made_of = answering(lambda _noted: Listing(table, words="It differs."))(noted)
    again = answering(lambda _first, second: second)(made_of, second=noted)
    note = '<p class="prose">&lt;b&gt; stands in. No judges.</p>'
    assert _shown(noted.answer) == ['<p class="prose">One topic.</p>', note]
    assert _shown(made_of.answer) == ['<p class="prose">It differs.</p>', note]
    assert _shown(again.answer)[1:] == [note]
    assert all("stands in" not in part for part in _shown(made_of.show))


def test_an_answer_that_the_votes_cannot_give_says_so_to_the_page(missing: Answer) -> None:
    assert "needs turns" in _outputs(missing.answer)[0].metadata["text/html"]["unavailable"]["why"]


def test_a_figure_carries_its_data_where_no_table_stands_beside_it(votes: Votes) -> None:
    answer = arena.board(votes)
    for table in (True, False):
        figure = _outputs(lambda table=table: answer.show(table=table))[0]
        assert ("data" in figure.metadata["image/svg+xml"]) is not table


def test_an_answer_without_a_figure_shows_its_sentence_and_its_table(votes: Votes) -> None:
    assert _kinds(arena.coverage(votes).show) == ["sentence", "table"]
    with pytest.raises(UsageError, match="has no figure"):
        arena.coverage(votes).show(top=3)


def test_an_answer_has_all_that_its_result_has(votes: Votes) -> None:
    answer = arena.board(votes)
    assert answer.models == answer.result.models
    assert answer.table.equals(analysis.board(votes).table)
    assert {"show", "table", "sentence", "plot", "models"} <= set(dir(answer))
    assert repr(answer) == f"<Board: {answer.sentence}>"
    with pytest.raises(AttributeError):
        _ = answer.nothing


def test_what_the_votes_cannot_support_is_answered_with_the_reason_said_once(missing: Answer) -> None:
    (reason,) = _shown(missing.show)
    assert "Not possible with these votes: the turn share needs turns" in reason
    assert _shown(lambda: missing.show(top=3)) == [reason]
    assert _shown(lambda: missing.show(sentence=False)) == []
    assert missing.plot(of="distribution") == ""


def test_what_builds_on_an_unavailable_answer_is_unavailable_for_the_same_reason(votes: Votes, missing: Answer) -> None:
    assert arena.frontier(missing).result is missing.result
    assert arena.unrated(board=missing).result is missing.result
    assert arena.topic_boards(votes, missing).sentence == missing.sentence


def test_the_library_itself_is_strict(votes: Votes) -> None:
    with pytest.raises(InputError, match="needs turns"):
        analysis.turn_share(votes)


def test_wrong_usage_and_faults_raise(votes: Votes) -> None:
    with pytest.raises(UsageError, match="unknown category"):
        arena.board(votes, "nothing")
    with pytest.raises(UsageError, match="no figure of 'nothing'"):
        arena.shift(votes, "overall", "exclude_ties").show(of="nothing")
    with pytest.raises(UsageError, match=r"board has no option 'levels' \(did you mean level\?\); it has votes, category, "):
        arena.board(votes, levels=1)
    with pytest.raises(TypeError):
        arena.board()


def test_an_unreadable_file_stops_the_notebook(votes: Votes, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.toml"
    for read in (arena.load_votes, arena.read_board, arena.read_history):
        with pytest.raises(InputError, match=r"nothing\.toml"):
            read(str(nothing))
    with pytest.raises(InputError, match=r"nothing\.toml"):
        arena.check_claims(votes, nothing)


def test_what_is_no_result_comes_as_it_is(votes: Votes) -> None:
    assert arena.load_votes(votes) is votes
    assert arena.Settings is analysis.Settings
    made, why = arena.boards(votes, ["overall", "coding"])
    assert list(made) == ["overall"]
    assert list(why) == ["coding"]


def test_an_answering_function_is_given_results_and_not_answers() -> None:
    listing = Listing(pd.DataFrame({"x": [1]}), words="One.")
    same = answering(lambda given: given)
    assert same(listing).result is listing
    assert same(same(listing)).result is listing
    assert same(given=3) == 3
    assert isinstance(same(Unavailable("no board")).result, Unavailable)
