"""What claims state, and the files that hold them."""

from decimal import Decimal
from pathlib import Path

import pytest

from analysis.claims.claims import BUNDLED
from analysis.claims.headlines import read_headlines, rewritten
from analysis.claims.statements import (
    KINDS,
    Above,
    BestOpen,
    ExposureGains,
    First,
    FreshShare,
    Gains,
    Moves,
    MultiTurnShare,
    RepeatShare,
    RepeatsMoveNoRank,
    Statement,
    TieForFirst,
    Top,
    WinRatesMove,
    keys_of,
    spelling,
)
from analysis.errors import InputError

WHOLE = {"id": "one", "text": "X is first.", "source": "a post", "date": "2024-06-29"}
FIRST = 'first = { model = "x" }'


def written(path: Path, stated: str = FIRST, **changes: str) -> Path:
    """A file of one claim, WHOLE but for the changes; an empty change leaves the key out."""
    entry = {**WHOLE, **changes}
    lines = [f"{key} = '{value}'\n" for key, value in entry.items() if value]
    path.write_text("[[claim]]\n" + "".join(lines) + stated + "\n", encoding="utf-8")
    return path


def statement(stated: str, folder: Path) -> Statement:
    """What a claim with this statement in TOML means."""
    return read_headlines(written(folder / "claims.toml", stated))[0].statement


def wrong(stated: str, folder: Path) -> str:
    """Why a claim with this statement is refused: one line that names file and claim."""
    with pytest.raises(InputError, match=r"claims\.toml: claim 'one': ") as error:
        statement(stated, folder)
    assert "\n" not in str(error.value)
    return str(error.value)


MULTI = {"category_from": "overall", "category_to": "multi_turn"}


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ('first = { model = "x", category = "multi_turn" }', First("x", "multi_turn")),
        (FIRST, First("x", "overall")),
        ('first = { model = "x", category = "where:turns >= 3 and is_code" }', First("x", "where:turns >= 3 and is_code")),
        ('tie_for_first = { models = ["x", "y"], category = "coding" }', TieForFirst(("x", "y"), "coding")),
        ('tie_for_first = { models = ["x", "y", "z and z"] }', TieForFirst(("x", "y", "z and z"), "overall")),
        ('above = { model = "x", other = "y", category = "english" }', Above("x", "y", "english")),
        ('top = { model = "x", ranks = 10, category = "hard" }', Top("x", 10, "hard")),
        ('top = { model = "x", ranks = 10 }', Top("x", 10, "overall")),
        ('best_open = { model = "x" }', BestOpen("x", "overall")),
        (
            'moves = { model = "x", from = "overall", to = "multi_turn", rank_from = 8, rank_to = 3 }',
            Moves(model="x", rank_from=8, rank_to=3, **MULTI),
        ),
        (
            'moves = { model = "x", to = "multi_turn", rank_from = 8, rank_to = 3 }',
            Moves(model="x", rank_from=8, rank_to=3, **MULTI),
        ),
        ('gains = { model = "x", to = "multi_turn", ranks = 2 }', Gains(model="x", ranks=2, **MULTI)),
        ("multi_turn_share = { percent = 14 }", MultiTurnShare(Decimal(14))),
        ("repeats = { move_at_most = 0 }", RepeatsMoveNoRank(0)),
        ("repeats = { move_at_most = 3, ranks = 20 }", RepeatsMoveNoRank(3, 20)),
        ('[claim.first]\nmodel = "x"\ncategory = "coding"', First("x", "coding")),
        (
            '[claim.moves]\nmodel = "x"\nto = "multi_turn"\nrank_from = 8\nrank_to = 3',
            Moves(model="x", rank_from=8, rank_to=3, **MULTI),
        ),
        ('first.model = "x"', First("x", "overall")),
    ],
)
def test_each_kind_is_read_from_an_inline_table_and_from_a_table_of_its_own(
    stated: str, expected: Statement, tmp_path: Path
) -> None:
    assert statement(stated, tmp_path) == expected


@pytest.mark.parametrize(
    ("printed", "bounds"),
    [
        ("14", (0.14, 0.135, 0.145)),
        ("14.0", (0.14, 0.1395, 0.1405)),
        ("14.00", (0.14, 0.13995, 0.14005)),
        ("13.12", (0.1312, 0.13115, 0.13125)),
    ],
)
def test_a_share_stands_for_what_is_printed_as_its_digits(printed: str, bounds: tuple[float, ...], tmp_path: Path) -> None:
    found = statement(f"multi_turn_share = {{ percent = {printed} }}", tmp_path)
    assert isinstance(found, MultiTurnShare)
    assert (found.share, found.lower, found.upper) == bounds


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_every_kind_is_read_and_has_all_its_keys(kind: str, tmp_path: Path) -> None:
    assert isinstance(statement(spelling(kind), tmp_path), KINDS[kind])
    assert all(f"{key} = " in spelling(kind) for key in keys_of(kind))


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ("", "states nothing; it has exactly one of first, tie_for_first, above, "),
        (f'{FIRST}\nbest_open = {{ model = "x" }}', "has first and best_open; it has exactly one of first, "),
        ('first = "x"', 'first must be a table, such as first = { model = "X", category = "overall" }'),
        ('first = [{ model = "x" }]', "first must be a table"),
        ("first = {}", "first has no model; it has model, category, such as first = {"),
        ('first = { model = "x", colour = "red" }', "first has an unknown 'colour'; it has model, category, such as"),
        ('moves = { model = "x", rank_from = 1, rank_to = 2 }', "moves has no to; it has model, from, to, rank_from, rank_to, "),
        ("first = { model = 3 }", "first: model is 3; it must be text, and not empty"),
        ('first = { model = " " }', "first: model is ' '; it must be text"),
        (
            'first = { model = "x", category = "mutli_turn" }',
            "first: category: unknown category 'mutli_turn' (did you mean multi_turn?); the known ones are overall, ",
        ),
        (
            'first = { model = "x", category = "where:no_such > 1" }',
            "first: category: rule 'no_such > 1' names 'no_such'; the columns",
        ),
        ('first = { model = "x", category = "topic:none:1" }', "first: category: "),
        ('first = { model = "x", category = ["coding"] }', "first: category is a list of 1; it must be text"),
        ('above = { model = "x", other = "x" }', "above: model and other must be different"),
        ('tie_for_first = { models = ["x", "x"] }', "tie_for_first: models must be different"),
        ('tie_for_first = { models = ["x"] }', "models is a list of 1; it must be a list of two models or more"),
        ('tie_for_first = { models = "x" }', "models is 'x'; it must be a list of two"),
        ('gains = { model = "x", to = "coding", ranks = 0 }', "gains: ranks is 0; it must be a whole number from 1 to 1,000,000"),
        ('gains = { model = "x", to = "coding", ranks = true }', "gains: ranks is true; it must be a whole number"),
        ('gains = { model = "x", to = "coding", ranks = 2.0 }', "gains: ranks is 2.0; it must be a whole number"),
        ('gains = { model = "x", to = "coding", ranks = "2" }', "gains: ranks is '2'; it must be a whole number"),
        ('gains = { model = "x", from = "coding", to = "coding", ranks = 2 }', "gains: from and to must be different"),
        ('moves = { model = "x", to = "coding", rank_from = 0, rank_to = 1 }', "moves: rank_from is 0; it must be a whole"),
        ("multi_turn_share = { percent = 140 }", "percent is 140; it must be a number between 0 and 100"),
        ("multi_turn_share = { percent = 0 }", "it must be a number between 0 and 100"),
        ("multi_turn_share = { percent = nan }", "it must be a number between 0 and 100"),
        ("multi_turn_share = { percent = true }", "percent is true; it must be"),
        ("multi_turn_share = { percent = 1e-300 }", "with 9 decimals at most"),
        ("repeats = { move_at_most = -1 }", "move_at_most is -1; it must be a whole number from 0 to 1,000,000"),
        ("repeats = {}", "repeats has no move_at_most"),
        (
            f"top = {{ model = 'x', ranks = 0x{'f' * 5_000} }}",
            "ranks is a number of too many digits; it must be a whole number from 1",
        ),
    ],
)
def test_a_statement_that_cannot_be_meant_says_its_key_and_what_is_allowed(stated: str, reason: str, tmp_path: Path) -> None:
    assert reason in wrong(stated, tmp_path)


@pytest.mark.parametrize(
    ("says", "now"),
    [
        ("x is first in multi_turn", 'first = { model = "x", category = "multi_turn" }'),
        ("x and y and z tie for first", 'tie_for_first = { models = ["x", "y", "z"] }'),
        ("x is above y in english", 'above = { model = "x", other = "y", category = "english" }'),
        ("x is in the top 10 of hard.", 'top = { model = "x", ranks = 10, category = "hard" }'),
        ("x is the best open model", 'best_open = { model = "x" }'),
        ("x moves from rank 8 to rank 3 in coding", 'moves = { model = "x", to = "coding", rank_from = 8, rank_to = 3 }'),
        ("x gains 2 ranks from overall to coding", 'gains = { model = "x", from = "overall", to = "coding", ranks = 2 }'),
        ("the multi-turn share is 13.10 %", "multi_turn_share = { percent = 13.10 }"),
        ("repeats move no rank", "repeats = { move_at_most = 0 }"),
        ("repeats move no rank of the top 20 by more than 3", "repeats = { move_at_most = 3, ranks = 20 }"),
    ],
)
def test_a_sentence_of_an_old_file_is_refused_with_how_it_is_written_now(says: str, now: str, tmp_path: Path) -> None:
    assert rewritten(says) == now
    assert wrong(f"says = '{says}'", tmp_path).endswith(f"says is no longer read; in place of '{says}' write {now}.")
    statement(now, tmp_path)


@pytest.mark.parametrize("says", ["'x is great'", "3", f"'{'a and ' * 20_000}'"])
def test_a_sentence_that_no_old_file_had_is_refused_with_all_kinds(says: str, tmp_path: Path) -> None:
    line = wrong(f"says = {says}", tmp_path)
    assert all(spelling(kind) in line for kind in KINDS)
    assert len(line) < 1_500


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": ""}, "claim 'one': has no text"),
        ({"id": ""}, "claim 1: has no id"),
        ({"colour": "red"}, "claim 'one': has an unknown 'colour'"),
        ({"source": " "}, "claim 'one': source is ' '; it must be text, and not empty"),
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
        (f"[[claim]]\nid = 3\ntext = 't'\nsource = 's'\ndate = 2024-06-29\n{FIRST}\n", "claim 1: id is 3; it must be text"),
        ("claim = " + "[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ("claim = " + "{ a = " * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
        ("[[claim]]\nfirst" + ".a" * 100_000 + " = 1\n", "nested too deeply"),
        ("claim = [" + "9" * 5_000 + "]", "cannot be read as claims (Exceeds the limit"),
        ("claim = [1e99999999999999999999]", "cannot be read as claims"),
        ("#" * 1_000_001, "larger than 1,000,000 bytes"),
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
    for path in (tmp_path / "none.toml", binary, tmp_path):
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
    assert Moves(model="claude-3-opus-20240229", rank_from=8, rank_to=3, **MULTI) in statements
    assert Moves(model="claude-3-5-sonnet-20240620", rank_from=2, rank_to=1, **MULTI) in statements
    assert Above("gemma-2-27b-it", "llama-3-70b-instruct", "overall") in statements
    assert MultiTurnShare(Decimal(14)) in statements
    assert {type(statement) for statement in statements} == {
        First, TieForFirst, Above, Top, BestOpen, Moves, Gains, MultiTurnShare, RepeatsMoveNoRank,
        RepeatShare, FreshShare, WinRatesMove, ExposureGains,
    }  # fmt: skip
