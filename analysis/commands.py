"""What each command does: read the votes, call one analysis, write or show its table."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import InputError, UsageError
from analysis.terminal import say, show

# Analyses are imported by the command that needs them, so that `--help` answers at once.
if TYPE_CHECKING:
    import pandas as pd

    from analysis.board import Board
    from analysis.group_boards import GroupBoards
    from analysis.result import Result
    from analysis.settings import Settings
    from analysis.shift import Shift
    from analysis.shift_history import ShiftHistory
    from analysis.sources import Conversion
    from analysis.votes import Votes


#: The category that a shift goes to where none is named.
MULTI_TURN = "multi_turn"


def run_report(options: argparse.Namespace) -> None:
    from analysis.report import Limits, Order, run_edition

    if options.seed is not None and options.seed < 0:
        raise UsageError(f"seed is {options.seed}; it must be a whole number, 0 or more.")
    order = Order(
        votes=options.votes,
        out=options.out,
        only=options.only,
        settings=options.parameter,
        seed=options.seed,
        limits=Limits(cell=options.cell_limit, run=options.run_limit),
        conversion=_conversion(options),
    )
    show(run_edition(order))


def run_votes(options: argparse.Namespace) -> None:
    from analysis.votes import load_votes

    _keep_source(options.source, options.out, options.ledger)
    votes = load_votes(options.source, conversion=_conversion(options), out=options.out)
    if options.ledger:
        _replace(options.ledger, votes.ledger.write)
    ledger = votes.ledger
    _show(ledger.table, _lines(ledger.sentence, ledger.empty_cells_sentence, votes.warning))
    show(votes.path)


def run_turns(options: argparse.Namespace) -> None:
    from analysis.turns import turn_share

    votes = _load(options)
    _give(turn_share(votes, by=options.by), options, votes.warning)


def run_board(options: argparse.Namespace) -> None:
    votes, settings = _load(options), _settings(options)
    names = list(dict.fromkeys(options.category or ["overall"]))
    made, why = _boards(votes, names, settings, options.group)
    for name, reason in why.items():
        say(f"category {name} has no board: {reason}")
    if not made:
        raise InputError("none of these categories has a board.")
    if len(names) == 1:
        result = made[names[0]]
        said = _lines(result.sentence, votes.warning)
    else:
        said = _lines(*(f"{name}: {result.sentence}" for name, result in made.items()), votes.warning)
    if options.out is not None:
        _write_or_show(_by_category({name: result.whole_table for name, result in made.items()}, names), said, options)
        return
    left_out = _by_category({name: result.left_out for name, result in made.items()}, names)
    if len(left_out):
        from analysis import tables

        said = f"Not rated:\n{tables.text(left_out)}\n\n{said}"
    _show(_by_category({name: result.table for name, result in made.items()}, names), said)


def _boards(
    votes: Votes, names: Sequence[str], settings: Settings, group: str
) -> tuple[Mapping[str, Board | GroupBoards], Mapping[str, str]]:
    """The boards of categories, of one group of models or of all, and why the others could not be made; where one
    category is asked for, that is an error."""
    from analysis.board import board, boards
    from analysis.group_boards import group_boards

    if group == "largest":
        return ({names[0]: board(votes, names[0], settings)}, {}) if len(names) == 1 else boards(votes, names, settings)
    made, why = {}, {}
    for name in names:
        try:
            made[name] = group_boards(votes, name, settings)
        except InputError as error:
            if len(names) == 1:
                raise
            why[name] = str(error)
    return made, why


def _by_category(frames: Mapping[str, pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """The frames of categories below each other, the category first; of one that was asked for alone, as it is."""
    if len(names) == 1:
        return frames[names[0]]
    import pandas as pd

    whole = pd.concat([frame.assign(category=name) for name, frame in frames.items()], ignore_index=True)
    whole.insert(0, "category", whole.pop("category"))
    return whole


def run_shift(options: argparse.Namespace) -> None:
    from analysis.shift import shift, style_shift

    if options.votes is None:
        _give(_published_shift(options.from_, options.to or MULTI_TURN), options)
    else:
        votes, settings = _load(options), _settings(options)
        if options.style_control:
            if options.to not in (None, options.from_):
                raise UsageError("--style-control compares --from with itself at equal style; leave --to out.")
            found = style_shift(votes, options.from_, replace(settings, style_control=False))
        else:
            found = shift(votes, options.from_, options.to or MULTI_TURN, settings)
        _give(found, options, votes.warning)


def _published_shift(from_: str, to: str) -> Shift | ShiftHistory:
    """The shift between two published boards, or date by date between two series of them."""
    from analysis.board import Board
    from analysis.history import read_published
    from analysis.shift import compare
    from analysis.shift_history import compare_histories

    one, other = read_published(from_), read_published(to)
    if isinstance(one, Board) and isinstance(other, Board):
        return compare(one, other)
    for name, found in ((from_, one), (to, other)):
        if isinstance(found, Board):
            day = f" of {found.day}" if found.day else ""
            raise InputError(f"{name}: one board{day}, against a series of boards; select one date of the other too.")
    assert not isinstance(one, Board)
    assert not isinstance(other, Board)
    return compare_histories(one, other)


def run_topics(options: argparse.Namespace) -> None:
    from analysis.topic_cache import kept_topics
    from analysis.topic_lists import topic_list
    from analysis.topic_model.model import TopicSettings

    given = {field.name: getattr(options, field.name, None) for field in fields(TopicSettings)}
    votes = _load(options)
    found = kept_topics(votes, TopicSettings(**{name: value for name, value in given.items() if value is not None}))
    said = _lines(found.sentence, *found.notes, votes.warning)
    if options.out is None:
        _show(topic_list(found).table, said)
        return
    found.save(options.out)
    say(*said.splitlines())
    show(options.out)


def run_repeats(options: argparse.Namespace) -> None:
    from analysis.repeats import repeats

    votes = _load(options)
    _give(repeats(votes), options, votes.warning)


def run_simulate(options: argparse.Namespace) -> None:
    from analysis.simulate import check_place, july_2024, simulate

    check_place(options.out)
    arena = july_2024().having(_pairs(options.set, "--set"))
    simulation = simulate(rows=options.rows, seed=options.seed, arena=arena)
    simulation.write(options.out)
    say(simulation.sentence)
    show(options.out)


def run_fetch(options: argparse.Namespace) -> None:
    from analysis.fetch import fetch

    show(fetch(options.name))


def _load(options: argparse.Namespace) -> Votes:
    from analysis.votes import load_votes

    _keep_source(options.votes, getattr(options, "out", None))
    return load_votes(options.votes, conversion=_conversion(options))


def _keep_source(source: str, *written: Path | None) -> None:
    """Raise a UsageError where a file to write is one of those that are read."""
    from analysis.sources.files import find_files

    there = [path for path in written if path is not None and path.is_file()]
    for path in there:
        if any(path.samefile(read) for read in find_files(source)):
            raise UsageError(f"{path}: these are the votes that are read; write to another file.")


def _conversion(options: argparse.Namespace) -> Conversion:
    from analysis.sources import Cleaning, Conversion

    rules = Cleaning(
        anonymous_only=not options.keep_not_anonymous,
        identity_words=options.identity_words,
        error_texts=options.error_texts,
        judge_daily_limit=options.judge_limit,
        exclude_models=tuple(options.exclude_model),
    )
    return Conversion(
        columns=_pairs(options.column, "--column", empty=True),
        outcomes=_pairs(options.outcome, "--outcome"),
        rules=rules,
        allow_loss=options.allow_loss,
        encoding=options.encoding,
    )


def _pairs(texts: Sequence[str], option: str, empty: bool = False) -> dict[str, str]:
    """`NAME=VALUE` texts by name; the value may be empty where an option gives that a meaning."""
    found = {}
    for text in texts:
        left, equals, right = text.partition("=")
        if not (equals and left and (right or empty)):
            raise UsageError(f"{option} {text}: write NAME=VALUE.")
        found[left] = right
    return found


def _settings(options: argparse.Namespace) -> Settings:
    """The settings of a board; options that a command does not have, or that were not given, stay at their defaults."""
    from analysis.settings import Settings

    given = {field.name: getattr(options, field.name, None) for field in fields(Settings)}
    return Settings(**{name: value for name, value in given.items() if value is not None})


def _give(result: Result, options: argparse.Namespace, warning: str = "") -> None:
    """Write or show a result; `warning` is that of the votes it is made of."""
    _write_or_show(result.table, _lines(result.sentence, warning), options)


def _write_or_show(table: pd.DataFrame, said: str, options: argparse.Namespace) -> None:
    out: Path | None = options.out
    if options.spreadsheet_safe and (out is None or out.suffix.lower() != ".csv"):
        raise UsageError("--spreadsheet-safe is about CSV; write one with --out FILE.csv.")
    if out is None:
        _show(table, said)
        return
    write_table(spreadsheet_safe(table) if options.spreadsheet_safe else table, out)
    say(*said.splitlines())
    show(out)


def _show(table: pd.DataFrame, said: str) -> None:
    from analysis import tables

    show(*tables.text(table).splitlines(), "", *said.splitlines())


def _lines(*sentences: str) -> str:
    """Sentences as lines of their own, without the empty ones."""
    return "\n".join(str(sentence) for sentence in sentences if sentence)


def spreadsheet_safe(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with an apostrophe before every text, headings included, that a spreadsheet would take for a formula.

    As OWASP advises ("CSV injection"): texts that begin with = + - @, a tab or a line break. Numbers, times and truth values
    stay as they are.
    """
    texts = table.select_dtypes(exclude=["number", "bool", "datetime", "datetimetz", "timedelta"])
    return table.assign(**{name: texts[name].map(_quoted) for name in texts}).rename(columns=_quoted)


def _quoted(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else value


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a frame in the format its name ends in: `.csv`, `.parquet` or `.json` (an array of records).

    Raises:
        UsageError: another ending.
    """
    writers: Mapping[str, Callable[[Path], object]] = {
        ".csv": lambda target: table.to_csv(target, index=False),
        ".parquet": lambda target: table.to_parquet(target, index=False),
        ".json": lambda target: table.to_json(target, orient="records", indent=2, date_format="iso", force_ascii=False),
    }
    if path.suffix.lower() not in writers:
        raise UsageError(f"{path}: a table is written as {', '.join(writers)}; give one of these endings.")
    _replace(path, writers[path.suffix.lower()])


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside `path` under another name and rename: what is there stays whole until the new file is."""
    from analysis.sources.writer import replacing

    with replacing(path) as temporary:
        write(temporary)
