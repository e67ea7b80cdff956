"""The vocabulary of claims, and the files that hold them."""

from pathlib import Path

import pytest

from analysis.claims import BUNDLED
from analysis.errors import InputError
from analysis.headlines import (
    VOCABULARY,
    Above,
    BestOpen,
    First,
    Gains,
    Moves,
    MultiTurnShare,
    RepeatsMoveNoRank,
    Statement,
    TieForFirst,
    Top,
    parse_statement,
    read_headlines,
)

WHOLE = {"id": "one", "text": "X is first.", "says": "x is first", "source": "a post", "date": "2024-06-29"}


def written(path: Path, **changes: str) -> Path:
    """A file of one claim, WHOLE but for the changes; an empty change leaves the key out."""
    entry = {**WHOLE, **changes}
    path.write_text("[[claim]]\n" + "".join(f"{key} = '{value}'\n" for key, value in entry.items() if value), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("says", "statement"),
    [
        ("x is first in multi_turn", First("x", "multi_turn")),
        ("x is first", First("x", "overall")),
        ("x is first in where:turns >= 3 and is_code", First("x", "where:turns >= 3 and is_code")),
        ("x and y tie for first in coding", TieForFirst(("x", "y"), "coding")),
        ("x and y and z tie for first", TieForFirst(("x", "y", "z"), "overall")),
        ("x is above y in english", Above("x", "y", "english")),
        ("x 2 is above y 3", Above("x 2", "y 3", "overall")),
        ("x is in the top 10 of hard", Top("x", 10, "hard")),
        ("x is in the top 10", Top("x", 10, "overall")),
        ("x is the best open model in overall", BestOpen("x", "overall")),
        ("x moves from rank 8 in overall to rank 3 in multi_turn", Moves("x", 8, "overall", 3, "multi_turn")),
        ("x moves from rank 8 to rank 3 in multi_turn", Moves("x", 8, "overall", 3, "multi_turn")),
        ("x gains 2 ranks from single_turn to multi_turn", Gains("x", 2, "single_turn", "multi_turn")),
        ("x gains 1 rank from overall to coding", Gains("x", 1, "overall", "coding")),
        ("the multi-turn share is 14 %", MultiTurnShare(0.14, 0.135, 0.145)),
        ("the multi-turn share is 13.12%", MultiTurnShare(0.1312, 0.13115, 0.13125)),
        ("repeats move no rank", RepeatsMoveNoRank(0, 0)),
        ("repeats move no rank of the top 20 by more than 3.", RepeatsMoveNoRank(20, 3)),
    ],
)
def test_each_form_of_the_vocabulary_is_understood(says: str, statement: Statement) -> None:
    assert parse_statement(says) == statement


@pytest.mark.parametrize("form", VOCABULARY)
def test_every_form_that_the_error_lists_is_understood(form: str) -> None:
    filled = form.replace(" in C", " in overall").replace(" of C", " of overall").replace(" in D", " in coding")
    filled = filled.replace("from C to D", "from overall to coding").replace(" P ", " 14 ")
    for letter, number in (("A", "1"), ("B", "2"), ("N", "3"), ("K", "0")):
        filled = filled.replace(f" {letter} ", f" {number} ").removesuffix(f" {letter}") + (
            f" {number}" if form.endswith(letter) else ""
        )
    assert parse_statement(filled)


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("x is great", "not in the vocabulary"),
        ("x is first in mutli_turn", "unknown category 'mutli_turn'"),
        ("x is first in where:no_such_column > 1", "names 'no_such_column'"),
        ("x is above x", "different models"),
        ("x and x tie for first", "different models"),
        ("x gains 0 ranks from overall to coding", "ranks start at 1"),
        ("x gains 2 ranks from coding to coding", "two categories"),
        ("x moves from rank 0 in overall to rank 1 in coding", "ranks start at 1"),
        ("the multi-turn share is 140 %", "between 0 and 100"),
        ("the multi-turn share is 0 %", "between 0 and 100"),
    ],
)
def test_a_claim_that_cannot_be_meant_is_an_input_error_that_names_it(tmp_path: Path, says: str, reason: str) -> None:
    path = written(tmp_path / "claims.toml", says=says)
    with pytest.raises(InputError, match=r"claims\.toml: claim 'one': says: ") as error:
        read_headlines(path)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": ""}, "claim 'one': has no text"),
        ({"id": ""}, "claim 1: has no id"),
        ({"colour": "red"}, "claim 'one': has an unknown 'colour'"),
        ({"source": " "}, "claim 'one': source must be text, and not empty"),
        ({"date": "June 2024"}, "claim 'one': date 'June 2024' is not a day, month or year"),
        ({"date": "2024-13"}, "is not a day, month or year"),
    ],
)
def test_a_malformed_claim_is_an_input_error_that_names_it(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    with pytest.raises(InputError, match=r"claims\.toml: claim ") as error:
        read_headlines(written(tmp_path / "claims.toml", **changes))
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "nothing else"),
        ("[[claim]\n", "cannot be read as claims"),
        ("claim = 3\n", "nothing else"),
        ("claim = ['x is first']\n", "claim 1: is not a table"),
        ("[[claims]]\nid = 'x'\n", "it has 'claims'"),
        ("[[claim]]\nid = 3\ntext = 't'\nsays = 'x is first'\nsource = 's'\ndate = 2024-06-29\n", "claim 1: id must be text"),
    ],
)
def test_a_file_that_holds_no_claims_is_an_input_error(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "claims.toml"
    path.write_text(content)
    with pytest.raises(InputError, match=r"claims\.toml: ") as error:
        read_headlines(path)
    assert reason in str(error.value)


def test_a_missing_file_and_one_that_is_not_text_are_input_errors(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.toml", binary):
        with pytest.raises(InputError, match=path.name):
            read_headlines(path)


def test_two_claims_with_one_id_are_an_input_error(tmp_path: Path) -> None:
    path = written(tmp_path / "claims.toml")
    path.write_text(path.read_text() * 2)
    with pytest.raises(InputError, match="claim 'one': another claim has the same id"):
        read_headlines(path)


def test_a_toml_date_and_a_text_date_are_the_same(tmp_path: Path) -> None:
    path = written(tmp_path / "claims.toml")
    quoted = read_headlines(path)
    path.write_text(path.read_text().replace("'2024-06-29'", "2024-06-29"))
    assert read_headlines(path) == quoted
    assert quoted[0].date == "2024-06-29"


def test_the_bundled_file_holds_the_announced_headlines() -> None:
    statements = [headline.statement for headline in read_headlines(BUNDLED)]
    assert Moves("claude-3-opus-20240229", 8, "overall", 3, "multi_turn") in statements
    assert Moves("claude-3-5-sonnet-20240620", 2, "overall", 1, "multi_turn") in statements
    assert Above("gemma-2-27b-it", "llama-3-70b-instruct", "overall") in statements
    assert MultiTurnShare(0.14, 0.135, 0.145) in statements
    assert {type(statement) for statement in statements} == {
        First, TieForFirst, Above, Top, BestOpen, Moves, Gains, MultiTurnShare, RepeatsMoveNoRank,
    }  # fmt: skip
