"""What sentences, captions, figures and cells never say: one kind of slip each, over every analysis of many and of few votes."""

import re
from collections.abc import Callable, Iterator

import pandas as pd
import pytest
from matplotlib.text import Text

import analysis as arena
from analysis.claims.claims import Claims
from analysis.errors import InputError, UsageError
from analysis.results import tables
from analysis.results.prose import Prose, unbroken
from analysis.results.result import Result
from analysis.surroundings import TABLES
from analysis.votes.table import Votes

_THINGS = (
    "votes|models|topics|groups|categories|months|judges|turns|prompts|pairs|rows|points|ranks|periods|words|releases|languages|"
    "boards|columns|cells|times|ratings|ones|rank changes|claims"
)

SLIPS = {
    "one of several": re.compile(rf"(?<![\d,.–:])(?<!of )(?<!to )\b1 (?:more |independent )?(?:{_THINGS})\b"),
    "several are one": re.compile(r"(?<![\d,.])\b1 (?:more )?(?:are|were|have|differ|name)\b"),
    "a hyphen for a minus": re.compile(r"(?<![\w.)\-])-\d"),
    "a minus for a hyphen": re.compile(r"\w−[a-z]"),
    "a sign of nothing": re.compile(r"(?<!\w)[+−-]0(?:\.0+)?(?![\d.])"),
    "a per cent sign that touches": re.compile(r"\d%"),
    "one of what many votes have": re.compile(r"\bneeds (?:(?!which)[a-z ]+, )*(?:prompt|time|judge|language|session)(?![a-z ])"),
    "a rule of the code": re.compile(r"\b(?:since|until|month):\S"),
    "a name of the code": re.compile(r"\b[a-z]+(?:_[a-z\d]+)+\b"),
}

ANALYSES: dict[str, Callable[[Votes], Result]] = {
    "board": arena.board,
    "claims": arena.check_claims,
    "day_shift": arena.day_shift,
    "frontier": lambda votes: arena.frontier(arena.board(votes)),
    "group_boards": arena.group_boards,
    "models left out": lambda votes: arena.unrated(arena.board(votes)),
    "style_shift": arena.style_shift,
    "category_ranks": lambda votes: arena.category_ranks(votes, ["overall", "multi_turn", "coding"]),
    "leaders": lambda votes: arena.leaders(votes, ["overall", "multi_turn", "hard_english", "longer_query"]),
    "history": arena.history,
    "judges": arena.judges,
    "rank_rule": lambda votes: arena.rank_rule(arena.board(votes), draws=2),
    "repeats": arena.repeats,
    "shift": lambda votes: arena.shift(votes, "overall", "multi_turn"),
    "shift of what is not known": lambda votes: arena.shift(votes, "overall", "hard_english"),
    "turn_share": arena.turn_share,
    "win_rates": lambda votes: arena.win_rates(arena.board(votes)),
    "overview": arena.overview,
    "cleaning": arena.cleaning,
    "losses": arena.losses,
    "empty_cells": arena.empty_cells,
    "coverage": arena.coverage,
    "provenance": arena.provenance,
    **{f"counts by {by}": lambda votes, by=by: arena.counts(votes, by) for by in ("month", "language", "outcome", "is_code")},
    **{f"turns by {by}": lambda votes, by=by: arena.turn_share(votes, by) for by in ("month", "model", "category", "outcome")},
    "gaps of turns": lambda votes: arena.gaps(arena.turn_share(votes).without),
    "gaps of categories": lambda votes: arena.gaps(arena.turn_share(votes, "category").without),
}


def a_vote(number: int, **columns: object) -> dict[str, object]:
    return {"model_a": "a", "model_b": "b", "outcome": "model_a", "turns": 1 + number % 2, **columns}


#: Models of known size.
NAMES = ("vicuna-7b", "vicuna-13b", "gemma-2-27b-it")


def rows(size: int) -> pd.DataFrame:
    """Votes of a few models with all columns that a small release has."""
    language = ["English", "French"]
    return pd.DataFrame(
        [
            a_vote(
                number,
                model_a=NAMES[number % 3],
                model_b=NAMES[(number + 1 + number // 3 % 2) % 3],
                outcome=("model_a", "model_b", "tie", "both_bad")[number % 4],
                language=language[number % 2],
                time=pd.Timestamp("2023-04-01", tz="UTC") + pd.Timedelta(days=number),
                judge=f"j{number // 2}",
                prompt=f"What is {number // 2}?",
                prompts=[f"What is {number // 2}?"],
            )
            for number in range(size)
        ]
    )


CASES = {
    "many votes": lambda: rows(120),
    "one vote": lambda: rows(1),
    "two votes": lambda: rows(2),
    "one vote and little known of it": lambda: pd.DataFrame([a_vote(0)]),
    "one judge": lambda: rows(40).assign(judge="j"),
    "one vote without a turn count": lambda: rows(40).assign(turns=[None, *[2, 1] * 19, 2]),
    "one vote without a judge": lambda: rows(2).assign(judge=["j", None]),
}


def said(made: Result) -> Iterator[tuple[str, str]]:
    """Where something is said, and what."""
    yield "sentence", str(made.sentence)
    yield "caption", made.caption
    if isinstance(made, Claims):
        yield from (("reason", numbers) for numbers in made.table["numbers"])
    try:
        figure = made.plot()
    except UsageError:  # it has none
        return
    if hasattr(figure, "alt"):
        yield "alt text", figure.alt
        for text in figure.canvas.findobj(Text):
            yield "figure", text.get_text()


@pytest.mark.parametrize("case", CASES)
def test_no_sentence_caption_or_figure_has_a_slip(votes_of: Callable[[pd.DataFrame], Votes], case: str) -> None:
    votes = votes_of(CASES[case]())
    found = []
    for name, analysis in ANALYSES.items():
        try:
            parts = list(said(analysis(votes)))
        except InputError as error:
            parts = [("reason", str(error))]
        found += [
            (name, where, slip, words) for where, words in parts for slip, pattern in SLIPS.items() if pattern.search(words)
        ]
    assert not found, "\n".join(map(str, found))


def test_where_words_become_html_no_per_cent_sign_leaves_its_number(
    votes_of: Callable[[pd.DataFrame], Votes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TABLES, "tables")
    share = arena.turn_share(votes_of(rows(120)))
    mime, metadata = share.plot()._repr_mimebundle_()
    shown = [share.sentence._repr_html_(), share._repr_html_(), metadata["image/svg+xml"]["alt"]]
    assert all(re.search("\\d\u00a0%", part) for part in shown)
    assert not any(re.search(r"\d %", part) for part in shown)
    assert " %" in share.sentence, "plain text is for terminals and files"
    assert " %" in mime["text/plain"]
    assert " %" in tables.text(share.table)


def test_a_space_before_a_per_cent_sign_does_not_break_and_others_do() -> None:
    assert unbroken("95 % of 3 or a % b") == "95\u00a0% of 3 or a % b"
    assert Prose("95 % < 1")._repr_html_() == '<p class="prose">95\u00a0% &lt; 1</p>'
