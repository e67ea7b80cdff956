"""What each command does: read the votes, call one analysis, write or show its table."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import InputError, UsageError

# Analyses are imported by the command that needs them, so that `--help` answers at once.
if TYPE_CHECKING:
    import pandas as pd

    from analysis.board import Settings
    from analysis.result import Result
    from analysis.sources import Conversion
    from analysis.votes import Votes


def run_report(options: argparse.Namespace) -> None:
    from analysis.report import Limits, Order, run_edition

    order = Order(
        votes=options.votes,
        out=options.out,
        only=options.only,
        settings=options.parameter,
        seed=options.seed,
        limits=Limits(cell=options.cell_limit, run=options.run_limit),
        conversion=_conversion(options),
    )
    print(run_edition(order))


def run_votes(options: argparse.Namespace) -> None:
    from analysis.votes import load_votes

    votes = load_votes(options.source, conversion=_conversion(options), out=options.out)
    if options.ledger:
        _replace(options.ledger, votes.ledger.write)
    ledger = votes.ledger
    _show(ledger.table, _lines(ledger.sentence, ledger.empty_cells_sentence, votes.warning))
    print(votes.path)


def run_turns(options: argparse.Namespace) -> None:
    from analysis.turns import turn_share

    votes = _load(options)
    _give(turn_share(votes, by=options.by), options.out, votes.warning)


def run_board(options: argparse.Namespace) -> None:
    from analysis.board import board, boards

    votes, settings = _load(options), _settings(options)
    names = list(dict.fromkeys(options.category or ["overall"]))
    if len(names) == 1:
        _give(board(votes, names[0], settings), options.out, votes.warning)
        return
    import pandas as pd

    made, why = boards(votes, names, settings)
    for name, reason in why.items():
        print(f"category {name} has no board: {reason}", file=sys.stderr)
    if not made:
        raise InputError("none of these categories has a board.")
    frames = [result.table.assign(category=name) for name, result in made.items()]
    table = pd.concat(frames, ignore_index=True)
    table.insert(0, "category", table.pop("category"))
    sentences = [f"{name}: {result.sentence}" for name, result in made.items()]
    _write_or_show(table, _lines(*sentences, votes.warning), options.out)


def run_shift(options: argparse.Namespace) -> None:
    from analysis.history import read_history
    from analysis.published import holds_several, read_board
    from analysis.shift import compare, shift, style_shift
    from analysis.shift_history import compare_histories

    if options.votes is None and holds_several(options.from_):
        _give(compare_histories(read_history(options.from_), read_history(options.to)), options.out)
    elif options.votes is None:
        _give(compare(read_board(options.from_), read_board(options.to)), options.out)
    else:
        votes, settings = _load(options), _settings(options)
        if options.style_control:
            found = style_shift(votes, options.from_, replace(settings, style_control=False))
        else:
            found = shift(votes, options.from_, options.to, settings)
        _give(found, options.out, votes.warning)


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
    print(_safe(said), file=sys.stderr)
    print(options.out)


def run_repeats(options: argparse.Namespace) -> None:
    from analysis.repeats import repeats

    votes = _load(options)
    _give(repeats(votes), options.out, votes.warning)


def run_simulate(options: argparse.Namespace) -> None:
    from analysis.simulate import simulate

    simulation = simulate(rows=options.rows, seed=options.seed)
    simulation.write(options.out)
    print(simulation.sentence, file=sys.stderr)
    print(options.out)


def run_fetch(options: argparse.Namespace) -> None:
    from analysis.fetch import fetch

    print(fetch(options.name))


def _load(options: argparse.Namespace) -> Votes:
    from analysis.votes import load_votes

    return load_votes(options.votes, conversion=_conversion(options))


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
    from analysis.board import Settings

    given = {field.name: getattr(options, field.name, None) for field in fields(Settings)}
    return Settings(**{name: value for name, value in given.items() if value is not None})


def _give(result: Result, out: Path | None, warning: str = "") -> None:
    """Write or show a result; `warning` is that of the votes it is made of."""
    _write_or_show(result.table, _lines(result.sentence, warning), out)


def _write_or_show(table: pd.DataFrame, said: str, out: Path | None) -> None:
    if out is None:
        _show(table, said)
        return
    write_table(table, out)
    print(_safe(said), file=sys.stderr)
    print(out)


def _show(table: pd.DataFrame, said: str) -> None:
    from analysis import tables

    print(f"{tables.text(table)}\n\n{_safe(said)}")


def _lines(*sentences: str) -> str:
    """Sentences as lines of their own, without the empty ones."""
    return "\n".join(str(sentence) for sentence in sentences if sentence)


def _safe(said: str) -> str:
    """Lines as a terminal may have them: names in them come from the data."""
    from analysis import tables

    return "\n".join(tables.visible(line) for line in said.splitlines())


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
    from analysis.sources.writer import temporary_beside

    temporary = temporary_beside(path)
    try:
        write(temporary)
        os.replace(temporary, path)  # noqa: PTH105
    finally:
        temporary.unlink(missing_ok=True)
