"""What each command does: read the votes, call one analysis, write or show its table."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from analysis.errors import InputError, UsageError
from analysis.ratings.settings import Settings
from analysis.results.terminal import say, show
from analysis.results.unseen import visible

# Analyses are imported by the command that needs them, so that `--help` answers at once.
if TYPE_CHECKING:
    import pandas as pd

    from analysis.ratings.board import Board
    from analysis.ratings.group_boards import GroupBoards
    from analysis.ratings.history import ShiftHistory
    from analysis.ratings.shift import Shift
    from analysis.report.order import Order
    from analysis.results.result import Result
    from analysis.results.tables import Formats
    from analysis.sources.conversion import Conversion
    from analysis.topics.model import TopicSettings
    from analysis.topics.topics import Topics
    from analysis.votes.table import Votes

Value = TypeVar("Value")

#: The category that a shift goes to where none is named.
MULTI_TURN = "multi_turn"

#: How a table is written, by what the name of its file ends in.
TABLES: Mapping[str, Callable[[pd.DataFrame, Path], object]] = {
    ".csv": lambda table, path: table.to_csv(path, index=False),
    ".parquet": lambda table, path: table.to_parquet(path, index=False),
    ".json": lambda table, path: table.to_json(path, orient="records", indent=2, date_format="iso", force_ascii=False),
}


def run_report(options: argparse.Namespace) -> None:
    from analysis.report.journal import Journal
    from analysis.report.news import publish

    publish(
        lambda: _orders(options),
        Journal(options.quiet, options.log),
        out=options.out,
        on_change=options.on_change,
        on_failure=options.on_failure,
        as_json=options.json,
    )


def _orders(options: argparse.Namespace) -> list[Order]:
    """An order for each edition that is asked for.

    Raises:
        UsageError: of the seed, or of the set.
    """
    from analysis.report.order import Order
    from analysis.report.runner import Limits
    from analysis.report.sets import read_set

    if options.seed is not None and options.seed < 0:
        raise UsageError(f"seed is {options.seed}; it must be a whole number, 0 or more.")
    order = Order(
        votes=options.votes if options.votes is not None else "sample",
        boards=options.boards or "",
        out=options.out,
        only=options.only,
        settings=options.parameter,
        seed=options.seed,
        limits=Limits(options.cell_limit, options.notebook_limit, options.run_limit, options.memory_limit),
        conversion=conversion(options),
        jobs=options.jobs,
        keep=options.keep,
        if_changed=options.if_changed,
        resume=options.resume,
        allow_thin=options.allow_thin,
    )
    return read_set(options.set).reading(options.votes, options.boards).orders(order) if options.set else [order]


def run_editions(options: argparse.Namespace) -> None:
    from analysis.report.site import Site

    site = Site(options.out)
    if not site.shelf.folder.is_dir():
        raise UsageError(f"{options.out}: holds no editions; make one with report --out {options.out}.")
    pinned, unpinned = ([site.shelf.named(name) for name in names] for names in (options.pin, options.unpin))
    if pinned or unpinned:
        with site.hold():
            for edition in (*pinned, *unpinned):
                edition.pin(edition in pinned)
            site.write_contents()
    for edition in reversed(site.shelf.all):
        marks = [edition.status, *(["pinned"] if edition.pinned else []), *(["stale"] if edition.stale else [])]
        show(f"{edition.id}  {', '.join(marks)}  {edition.headline or edition.why}".rstrip())


def run_votes(options: argparse.Namespace) -> None:
    from analysis.sources.files import find_files
    from analysis.sources.load import check_apart, load_votes
    from analysis.votes.ledger import ledger_beside
    from analysis.whole_files import check_file, whole_file

    written = [path for path in (options.out, options.ledger) if path is not None]
    for path in written:
        check_file(path)
    written.append(check_file(ledger_beside(options.out)))
    if any(path.exists() for path in written):
        check_apart(find_files(options.source), *written)
    if options.ledger is not None and os.path.realpath(options.ledger) == os.path.realpath(options.out):
        raise UsageError(f"{options.out}: the votes and their ledger cannot be one file; give --ledger another name.")
    votes = load_votes(options.source, conversion=conversion(options), out=options.out)
    if options.ledger is not None:
        with whole_file(options.ledger) as part:
            votes.ledger.write(part)
    ledger = votes.ledger
    _show(ledger.table, _lines(ledger.sentence, ledger.empty_cells_sentence, votes.warning))
    show(votes.path)


def run_turns(options: argparse.Namespace) -> None:
    from analysis.shares.turns import turn_share

    votes = _load_for_table(options)
    _give(turn_share(votes, by=options.by), options, votes.warning)


def run_board(options: argparse.Namespace) -> None:
    settings, votes = board_settings(options), _load_for_table(options)
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
        from analysis.results import tables

        said = f"Not rated:\n{tables.text(left_out)}\n\n{said}"
    _show(_by_category({name: result.table for name, result in made.items()}, names), said)


def _boards(
    votes: Votes, names: Sequence[str], settings: Settings, group: str
) -> tuple[Mapping[str, Board | GroupBoards], Mapping[str, str]]:
    """The boards of categories, of one group of models or of all, and why the others could not be made; where one
    category is asked for, that is an error."""
    from analysis.ratings.board import board
    from analysis.ratings.boards import boards
    from analysis.ratings.group_boards import group_boards

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
    from analysis.ratings.published_files import files_of
    from analysis.ratings.shift import shift, style_shift

    if options.votes is None:
        _check_output(options, lambda: [*files_of(options.from_), *files_of(_given(options.to, MULTI_TURN))])
        _give(_published_shift(options.from_, _given(options.to, MULTI_TURN)), options)
    else:
        settings, votes = shift_settings(options), _load_for_table(options)
        if options.style_control:
            if options.to not in (None, options.from_):
                raise UsageError("--style-control compares --from with itself at equal style; leave --to out.")
            found = style_shift(votes, options.from_, replace(settings, style_control=False))
        else:
            found = shift(votes, options.from_, _given(options.to, MULTI_TURN), settings)
        _give(found, options, votes.warning)


def _published_shift(from_: str, to: str) -> Shift | ShiftHistory:
    """The shift between two published boards, or date by date between two series of them."""
    from analysis.ratings.board import Board
    from analysis.ratings.history import compare_histories, read_published
    from analysis.ratings.shift import compare

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
    from analysis.topics.cache import kept_topics
    from analysis.topics.lists import topic_list
    from analysis.topics.storage import check_free

    if options.out is not None:
        check_free(options.out)
    settings, votes = topic_settings(options), _load(options)
    found = kept_topics(votes, settings, options.earlier)
    said = _lines(found.sentence, *found.notes, votes.warning)
    if options.out is not None:
        found.save(options.out)
        say(*said.splitlines())
        show(options.out)
    if options.search is not None:
        near = found.search(options.search)
        _show(near.table, _lines(near.sentence, votes.warning), near.formats)
    elif options.out is None:
        _show(topic_list(found).table, said)


def run_repeats(options: argparse.Namespace) -> None:
    from analysis.prompts.growth import Growth, repeat_growth
    from analysis.prompts.repeat_kinds import RepeatKinds, repeat_kinds
    from analysis.prompts.repeat_shares import RepeatShares, repeat_shares
    from analysis.prompts.repeats import Repeats, repeats
    from analysis.ratings.repeat_effect import RepeatEffect, repeat_effect

    if options.by is not None and options.show != "prompts":
        raise UsageError(f"--by is about shares by group; leave --show {options.show} out.")
    if options.show == "kinds" and (options.kind, options.threshold) != (None, None):
        raise UsageError("--show kinds counts all kinds of likeness; leave --kind and --threshold out.")
    _check_topics(options)
    votes, how = _load_for_table(options), likeness(options)
    if options.by is not None:
        found: RepeatShares | RepeatKinds | Growth | RepeatEffect | Repeats
        found = repeat_shares(votes, options.by, topics=_stored_topics(options), **how)
    elif options.show == "kinds":
        found = repeat_kinds(votes, seed=how["seed"])
    elif options.show == "growth":
        found = repeat_growth(votes, **how)
    elif options.show == "board":
        found = repeat_effect(votes, settings=Settings(seed=how.pop("seed")), **how)
    else:
        found = repeats(votes, **how)
    _give(found, options, *found.notes, votes.warning)


def run_freshness(options: argparse.Namespace) -> None:
    from analysis.prompts.freshness import freshness

    _check_topics(options)
    votes = _load_for_table(options)
    found = freshness(votes, options.by, topics=_stored_topics(options), history=options.history, **likeness(options))
    _give(found, options, *found.notes, votes.warning)


def likeness(options: argparse.Namespace) -> dict[str, Any]:
    """When two prompts count as the same, by the options of the commands that ask."""
    return {"kind": _given(options.kind, "exact"), "threshold": options.threshold, "seed": _given(options.seed, 1)}


def _check_topics(options: argparse.Namespace) -> None:
    """Raise a UsageError where topics are given and nothing is asked by topic."""
    if options.topics is not None and options.by != "topic":
        raise UsageError("--topics is for --by topic; leave it out.")


def _stored_topics(options: argparse.Namespace) -> Topics | None:
    """The topics that `arena-workbook topics --out` wrote, where they are given."""
    if options.topics is None:
        return None
    from analysis.topics.topics import Topics

    return Topics.load(options.topics)


def run_exposure(options: argparse.Namespace) -> None:
    from analysis.ratings.exposure_effect import exposure_effect
    from analysis.sources.files import find_files

    default = Settings()
    settings = Settings(level=_given(options.level, default.level), interval=_given(options.interval, default.interval))
    _check_output(options, lambda: [*find_files(options.votes), *find_files(options.prompts, prompts=True)])
    votes = _load(options)
    found = exposure_effect(
        votes,
        options.prompts,
        kind=_given(options.kind, "exact"),
        threshold=options.threshold,
        topics=options.topics,
        released=options.released,
        placebos=_given(options.placebos, 200),
        settings=settings,
        seed=_given(options.seed, 1),
    )
    _give(found, options, *found.notes, votes.warning)


def run_audit(options: argparse.Namespace) -> None:
    from analysis.audit.audit import audit, audit_check

    default = Settings()
    settings = Settings(
        level=_given(options.level, default.level),
        interval=_given(options.interval, default.interval),
        minimum_votes=_given(options.minimum_votes, default.minimum_votes),
        seed=_given(options.seed, default.seed),
    )
    votes = _load_for_table(options)
    checks = [] if options.show is None else [options.show]
    found = audit(votes, options.category, settings, features=options.feature, topics=options.topics, checks=checks)
    if options.show is not None:
        _give(audit_check(found, options.show), options, votes.warning)
    elif options.out is not None:
        _give(found, options, votes.warning)
    else:
        show(*_lines(*found.lines, "", found.sentence, votes.warning).splitlines())


def run_simulate(options: argparse.Namespace) -> None:
    from analysis.sources.simulated.simulate import check_place, july_2024, simulate

    check_place(options.out)
    arena = july_2024().having(_pairs(options.set, "--set"))
    simulation = simulate(rows=options.rows, seed=options.seed, arena=arena)
    simulation.write(options.out)
    say(simulation.sentence)
    show(options.out)


def run_fetch(options: argparse.Namespace) -> None:
    from analysis.sources.fetch import fetch

    show(fetch(options.name, update=options.update))


def _load(options: argparse.Namespace) -> Votes:
    """The votes that are asked for."""
    from analysis.sources.load import load_votes

    return load_votes(options.votes, conversion=conversion(options))


def _load_for_table(options: argparse.Namespace) -> Votes:
    """The votes that are asked for, once it is sure that a table of them can be written or shown as asked."""
    from analysis.sources.files import find_files

    _check_output(options, lambda: find_files(options.votes))
    return _load(options)


def _check_output(options: argparse.Namespace, read: Callable[[], Sequence[Path]]) -> None:
    """Raise a UsageError where a table cannot be written as asked, or over what is read; before the work, not after it."""
    from analysis.sources.load import check_apart

    if options.spreadsheet_safe and (options.out is None or options.out.suffix.lower() != ".csv"):
        raise UsageError("--spreadsheet-safe is about CSV; write one with --out FILE.csv.")
    if options.out is not None:
        _check_table(options.out)
        if options.out.exists():
            check_apart(read(), options.out)


def conversion(options: argparse.Namespace) -> Conversion:
    """How votes are read, by the options of every command that reads them."""
    from analysis.sources.cleaning import Cleaning
    from analysis.sources.conversion import Conversion

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


def board_settings(options: argparse.Namespace) -> Settings:
    """The settings of a board by the options of `board`."""
    return replace(
        shift_settings(options),
        board_votes=_given(options.board_votes, Settings.board_votes),
        board_models=_given(options.board_models, Settings.board_models),
        rounds=_given(options.rounds, Settings.rounds),
    )


def shift_settings(options: argparse.Namespace) -> Settings:
    """The settings of a board by the options of `shift`, which `board` has too."""
    default = Settings()
    return Settings(
        level=_given(options.level, default.level),
        minimum_votes=_given(options.minimum_votes, default.minimum_votes),
        ridge=_given(options.ridge, default.ridge),
        ties=_given(options.ties, default.ties),
        reweight=options.reweight,
        style_control=options.style_control,
        interval=_given(options.interval, default.interval),
        cluster=_given(options.cluster, default.cluster),
        seed=_given(options.seed, default.seed),
    )


def topic_settings(options: argparse.Namespace) -> TopicSettings:
    from analysis.topics.model import TopicSettings

    default = TopicSettings()
    return TopicSettings(
        embedding=_given(options.embedding, default.embedding),
        fit_on=_given(options.fit_on, default.fit_on),
        fast=options.fast,
        most=_given(options.most, default.most),
        fine=options.fine,
        rounds=_given(options.rounds, default.rounds),
        curation=_given(options.curation, default.curation),
        seed=_given(options.seed, default.seed),
    )


def _given(value: Value | None, default: Value) -> Value:
    """What an option says, or the default where it was not given."""
    return default if value is None else value


def _give(result: Result, options: argparse.Namespace, *more: str) -> None:
    """Write or show a result; `more` is said after its sentence, the warning of the votes it is made of last."""
    _write_or_show(result.table, _lines(result.sentence, *more), options, result.formats)


def _write_or_show(table: pd.DataFrame, said: str, options: argparse.Namespace, formats: Formats | None = None) -> None:
    out: Path | None = options.out
    if out is None:
        _show(table, said, formats)
        return
    if options.spreadsheet_safe:
        from analysis.results.downloads import spreadsheet_safe

        table = spreadsheet_safe(table)
    write_table(table, out)
    say(*said.splitlines())
    show(out)


def _show(table: pd.DataFrame, said: str, formats: Formats | None = None) -> None:
    from analysis.results import tables

    show(*tables.text(table, formats=formats or {}).splitlines(), "", *said.splitlines())


def _lines(*sentences: str) -> str:
    """Sentences as lines of their own, without the empty ones; a name with line breaks in it makes no lines."""
    return "\n".join(visible(str(sentence)) for sentence in sentences if sentence)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a frame in the format its name ends in: `.csv`, `.parquet` or `.json` (an array of records).

    Raises:
        UsageError: another ending, or no name for a file.
        InputError: it cannot be written.
    """
    from analysis.whole_files import whole_file

    _check_table(path)
    write = TABLES[path.suffix.lower()]
    with whole_file(path) as part:
        write(table, part)


def _check_table(path: Path) -> None:
    """Raise a UsageError where a table cannot be written to a file of that name."""
    from analysis.whole_files import check_file

    check_file(path)
    if path.suffix.lower() not in TABLES:
        raise UsageError(f"{path}: a table is written as {', '.join(TABLES)}; give one of these endings.")
