"""The command line: one command per question, the same exit codes everywhere (docs/command_line.md)."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import gc
import io
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn, TypeAlias

from analysis import commands, places
from analysis.errors import INTERRUPTED, UsageError, WorkbookError
from analysis.ratings.settings import CHOICES
from analysis.results.terminal import say

Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"

PROGRAM = "arena-workbook"

#: What a shell reports for a program whose reader went away.
READER_GONE = 141

#: Signals that ask to stop, beside that of Ctrl-C.
_STOPPING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

#: Arguments that are paths, or may be, and so may hold any bytes.
_PATHS = ("votes", "boards", "set", "source", "from_", "to", "curation", "prompts", "topics")

_VOTES = "a file, a folder, a glob, or a known data set name; `sample` is the bundled one"

_CATEGORIES = (
    "such as multi_turn, coding, english, tag:NAME, month:2024-06, random:0.14, topic:DIR:3 or where:turns>=3; "
    "an unknown name lists all"
)

_GROUPS = "day, week, month, topic, judge (how many votes the judge cast), language or another column of the vote table"

_EXIT_CODES = """\
exit codes: 0 done; 2 wrong usage or an unknown or ill-typed parameter; 3 the input cannot be read as votes;
4 a notebook failed; 5 another run holds the output folder."""


def run() -> NoReturn:
    """The program: `main` in a process of its own, which starts and ends sooner than Python would have it.

    What is imported lives to the end: to look through it for garbage, again and again, takes a third of the start. And to take
    all of it apart at the end takes as long once more, while the files are written, and what runs at exit has run.
    """
    gc.set_threshold(1_000_000, 50, 50)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started this; what is opened next would be taken for it
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    code = 1

    def leave() -> None:
        nonlocal code
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError):  # what was said is lost
            code = code or 1
        os._exit(code)

    atexit.register(leave)  # the first to be registered is the last to be called
    try:
        code = main()
    except SystemExit as leaving:  # of argparse, which has said what it has to say
        code = leaving.code if isinstance(leaving.code, int) else 0
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code. An error is one line on stderr, with its traceback only under --debug."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter shows a question mark
    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup asks that a hang-up be ignored
            signal.signal(number, _stop)
    try:
        _check_texts(options)
        options.run(options)
        sys.stdout.flush()
    except WorkbookError as error:
        return _fail(str(error), error.exit_code, options.debug)
    except BrokenPipeError:
        _close_stdout()
        return READER_GONE
    except KeyboardInterrupt:
        return _fail("stopped.", INTERRUPTED, options.debug)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}.", 1, options.debug)
    except MemoryError:
        return _fail("out of memory; take fewer votes, or a smaller number of what was asked for.", 1, options.debug)
    except Exception as error:
        line = " ".join(f"{type(error).__name__}: {error}".split())
        return _fail(f"unexpected error, {line} (--debug shows where; please report it)", 1, options.debug)
    return 0


def _check_texts(options: argparse.Namespace) -> None:
    """Raise a UsageError where an argument that is no path holds bytes that are not UTF-8."""
    for name, value in vars(options).items():
        for text in value if isinstance(value, list) else [value]:
            if name not in _PATHS and isinstance(text, str) and not text.isascii() and re.search("[\ud800-\udfff]", text):
                raise UsageError(f"{text[:80]!r} is not UTF-8.")


def _stop(_number: int, _frame: object) -> None:
    """End on SIGTERM and SIGHUP as on Ctrl-C, so that kernels stop and unfinished folders go away."""
    raise KeyboardInterrupt


def _fail(line: str, code: int, debug: bool) -> int:
    if debug:
        say(*traceback.format_exc().splitlines())
    say(f"{PROGRAM}: {line}")
    return code


def _close_stdout() -> None:
    """The reader of a pipe left early, as `head` does: write the rest nowhere, so that Python does not complain at exit."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with an argument as everything else is said."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        say(f"{self.prog}: error: {message}")
        raise SystemExit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Chatbot Arena votes: load, check and analyse them, with the uncertainty shown.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {_version()}", help="show the version and exit")
    groups = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in _COMMANDS:
        add(groups)
    return parser


def _version() -> str:
    try:
        return version(PROGRAM)
    except PackageNotFoundError:  # a checkout that is on the path but not installed
        return "of this checkout"


def _command(
    groups: Commands, name: str, summary: str, example: str, run: Callable[[argparse.Namespace], None]
) -> argparse.ArgumentParser:
    """A command with the options that all have; `example` is shown under its help."""
    parser = groups.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n  {PROGRAM} {example}\n\n{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _add_report(groups: Commands) -> None:
    example = "report --votes votes.parquet --out reports/june -p shifts.category_to=coding --only shifts"
    parser = _command(groups, "report", "run the notebooks and publish their pages as an edition", example, commands.run_report)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--votes", metavar="VOTES", help=f"{_VOTES} (default: sample)")
    source.add_argument("--boards", metavar="BOARDS", help="published boards in place of votes, as shift --from takes them")
    parser.add_argument(
        "--set",
        metavar="NAME",
        help="a report set: a name in data/sets/, such as leaderboard-watch, or a .toml file of your own; --votes or --boards "
        "stands in for its source",
    )
    _reading(parser)
    add = parser.add_argument
    add(
        "--out",
        metavar="DIR",
        type=Path,
        default=places.REPORTS,
        help="folder of editions to publish to; DIR/latest is the last good one (default: reports)",
    )
    add("--only", metavar="NAME", nargs="+", action="extend", default=[], help="notebooks to run, such as turns")
    add(
        "-p",
        "--parameter",
        metavar="NOTEBOOK.PARAMETER=VALUE",
        action="append",
        default=[],
        help="set a parameter of a notebook; without NOTEBOOK, of all that have it",
    )
    _seeded(parser, "of every notebook")
    _runs(parser)
    _tells(parser)


def _runs(parser: argparse.ArgumentParser) -> None:
    """How a run goes, and what it may take."""
    add = parser.add_argument_group("the run").add_argument
    add("--jobs", metavar="N", type=_whole, default=0, help="notebooks that run at the same time (default: one for each core)")
    add("--if-changed", action="store_true", help="do nothing where votes, parameters and versions are those of the last edition")
    add("--resume", action="store_true", help="go on with a run that was killed; notebooks that it finished are not run again")
    add("--keep", metavar="N", type=_whole, help="keep the last N good editions and those that are pinned (default: all)")
    add("--allow-thin", action="store_true", help="publish also votes too few to take the place of the last edition")
    add("--cell-limit", metavar="SECONDS", type=_seconds, help="time that one cell may take")
    add("--notebook-limit", metavar="SECONDS", type=_seconds, help="time that one notebook may take in all")
    add("--run-limit", metavar="SECONDS", type=_seconds, help="time that the whole run may take")
    add("--memory-limit", metavar="GIB", type=_seconds, help="memory that the whole run may hold, in GiB")


def _tells(parser: argparse.ArgumentParser) -> None:
    """Whom a run tells how it went."""
    add = parser.add_argument_group("what is said").add_argument
    add("--quiet", action="store_true", help="say nothing on stderr but what went wrong")
    add("--json", action="store_true", help="print how it ended as JSON in place of the path of the front page")
    add("--log", metavar="FILE", type=Path, help="add what is said to this file, with the time; each edition has its own log too")
    add(
        "--on-change",
        metavar="COMMAND",
        default="",
        help="a shell command that gets what changed in ten lines on its stdin, where something changed beyond noise",
    )
    add("--on-failure", metavar="COMMAND", default="", help="a shell command that gets what went wrong on its stdin")


def _add_editions(groups: Commands) -> None:
    example = "editions --out reports --pin 2026-11-25T0600Z"
    parser = _command(groups, "editions", "list the editions of a report, and keep some for good", example, commands.run_editions)
    parser.add_argument("--out", metavar="DIR", type=Path, default=places.REPORTS, help="folder of editions (default: reports)")
    parser.add_argument("--pin", metavar="ID", nargs="+", action="extend", default=[], help="keep these whatever --keep says")
    parser.add_argument("--unpin", metavar="ID", nargs="+", action="extend", default=[], help="and these no longer")


def _add_votes(groups: Commands) -> None:
    example = "votes train.csv --out votes.parquet --ledger ledger.json"
    parser = _command(groups, "votes", "convert a release to the vote table", example, commands.run_votes)
    parser.add_argument("source", metavar="VOTES", help=_VOTES)
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="Parquet file; its ledger goes beside it")
    parser.add_argument("--ledger", metavar="FILE", type=Path, help="write the cleaning ledger here too, as JSON")
    _reading(parser)


def _add_turns(groups: Commands) -> None:
    parser = _command(groups, "turns", "share of multi-turn votes", "turns --votes sample --by month", commands.run_turns)
    _reads_votes(parser)
    parser.add_argument("--by", metavar="COLUMN", help="month, language, model, category, tag or a column of the vote table")
    _writes_table(parser)


def _add_board(groups: Commands) -> None:
    example = "board --votes sample --category overall multi_turn --out board.csv"
    parser = _command(groups, "board", "ratings, intervals and ranks of all models", example, commands.run_board)
    _reads_votes(parser)
    parser.add_argument(
        "--category", metavar="NAME", nargs="+", action="extend", help=f"one board for each (default: overall): {_CATEGORIES}"
    )
    parser.add_argument("--style-control", action="store_true", help="take the effect of length and markdown out of the ratings")
    parser.add_argument(
        "--group",
        choices=["largest", "all"],
        default="largest",
        help="of models that are not all connected by wins and losses, rate the group with most votes (largest, the default), "
        "or every group on a scale of its own (all)",
    )
    _fits(parser)
    parser.add_argument(
        "--board-votes",
        metavar="N",
        type=int,
        help="say of a board on fewer votes that they are too few (default: 30)",
    )
    parser.add_argument(
        "--board-models",
        metavar="N",
        type=int,
        help="and of one with fewer models that have their part of so many votes (default: 3, of 10 votes each)",
    )
    parser.add_argument("--rounds", metavar="N", type=int, help="of the resampling, 50 or more (default: 1000)")
    _writes_table(parser)
    _seeded(parser, "of rank intervals")


def _add_shift(groups: Commands) -> None:
    example = "shift --votes sample --from overall --to multi_turn"
    parser = _command(groups, "shift", "change of every model between two categories", example, commands.run_shift)
    parser.add_argument("--votes", metavar="VOTES", help=f"{_VOTES}; without it --from and --to are published boards")
    _reading(parser)
    board = (
        "or a published board: FILE or FILE?column=value of CSV, JSON or Parquet, or leaderboard-dataset?arena=text&category="
        "overall&leaderboard_publish_date=2025-07-23; several dates are compared one by one"
    )
    parser.add_argument(
        "--from", dest="from_", metavar="CATEGORY", default="overall", help=f"the first (default: overall), {board}"
    )
    parser.add_argument("--to", metavar="CATEGORY", help=f"the second (default: multi_turn), {board}")
    parser.add_argument("--style-control", action="store_true", help="compare the first category with itself at equal style")
    _fits(parser)
    _writes_table(parser)
    _seeded(parser, "of rank intervals")


def _fits(parser: argparse.ArgumentParser) -> None:
    """How a board is fitted."""
    parser.add_argument("--minimum-votes", metavar="N", type=int, help="leave out models with fewer votes (default: 1)")
    parser.add_argument(
        "--ridge", metavar="VOTES", type=float, help="precision of a prior on strengths; above 0 rates all models"
    )
    parser.add_argument(
        "--interval",
        choices=CHOICES["interval"],
        help="what intervals are over: judges where enough of them are known, else votes (auto, the default), votes, as the "
        "arena publishes them, judges resampled with all their votes, or votes resampled (bootstrap)",
    )
    parser.add_argument(
        "--cluster",
        choices=CHOICES["cluster"],
        help="what hangs together under --interval auto: the votes of a judge (the default), on a prompt, or both",
    )
    parser.add_argument("--level", metavar="SHARE", type=float, help="confidence level of the intervals (default: 0.95)")
    parser.add_argument("--ties", choices=CHOICES["ties"], help="what a tie is (default: half a win)")
    parser.add_argument("--reweight", action="store_true", help="let pairs of more than 50 votes count alike")


def _add_topics(groups: Commands) -> None:
    parser = _command(groups, "topics", "what people ask", "topics --votes sample --out topics", commands.run_topics)
    _reads_votes(parser)
    parser.add_argument("--out", metavar="DIR", type=Path, help="folder for the tables and the model; a table otherwise")
    parser.add_argument(
        "--embedding", metavar="NAME", help="how prompts become vectors (default: auto, which is words+use; see docs/methods.md)"
    )
    parser.add_argument("--fit-on", metavar="N", type=int, help="different prompts to fit on, at most (default: 6000)")
    parser.add_argument("--most", metavar="N", type=int, help="topics at most (default: no limit)")
    parser.add_argument("--fast", action="store_true", help="k-means in place of UMAP and HDBSCAN")
    parser.add_argument("--fine", action="store_true", help="show narrow topics too that do not come out again, each by itself")
    parser.add_argument("--rounds", metavar="N", type=int, help="refits behind the stability (default: 2)")
    parser.add_argument(
        "--earlier",
        metavar="DIR",
        type=Path,
        help="topics of older or fewer votes that --out wrote: those that are there again keep number and name",
    )
    parser.add_argument(
        "--curation",
        metavar="FILE",
        help="TOML of topics to rename, merge, split and ignore, on every fit again; see docs/methods.md",
    )
    parser.add_argument("--search", metavar="TEXT", help="show the prompts nearest to this text in place of the topics")
    _seeded(parser, "of the topic model")


def _add_repeats(groups: Commands) -> None:
    example = "repeats --votes sample --by month"
    parser = _command(groups, "repeats", "prompts that were asked before", example, commands.run_repeats)
    _reads_votes(parser)
    _likens(parser)
    parser.add_argument("--by", metavar="NAME", help=f"the share of repeats by {_GROUPS}")
    parser.add_argument("--topics", metavar="DIR", type=Path, help="topics that `topics --out DIR` wrote, for --by topic")
    parser.add_argument(
        "--show",
        choices=["prompts", "kinds", "growth", "board"],
        default="prompts",
        help="the most repeated prompts (the default), the share of repeats by what counts as the same, how it grows with the "
        "number of votes, or how the board shifts without repeats",
    )
    _writes_table(parser)
    _seeded(parser, "of what is drawn")


def _add_freshness(groups: Commands) -> None:
    example = "freshness --votes sample --by week"
    parser = _command(groups, "freshness", "share of prompts that match nothing earlier", example, commands.run_freshness)
    _reads_votes(parser)
    _likens(parser)
    parser.add_argument("--by", metavar="NAME", default="day", help=f"(default: day) {_GROUPS}")
    parser.add_argument("--topics", metavar="DIR", type=Path, help="topics that `topics --out DIR` wrote, for --by topic")
    parser.add_argument(
        "--history", metavar="N", type=int, help="votes of a history of one length (default: a quarter of the votes)"
    )
    _writes_table(parser)
    _seeded(parser, "of what is drawn")


def _likens(parser: argparse.ArgumentParser) -> None:
    """When two prompts count as the same."""
    parser.add_argument(
        "--kind",
        choices=["exact", "near", "meaning"],
        help="what counts as the same: equal but for case, white space and marks (exact, the default), nearly the same words, "
        "or alike in meaning",
    )
    parser.add_argument("--threshold", metavar="T", type=float, help="likeness from which near or meaning counts, up to 1")


def _add_exposure(groups: Commands) -> None:
    example = "exposure --votes sample --prompts released.txt --topics topics --out exposure.csv"
    parser = _command(groups, "exposure", "who does better on prompts that were released", example, commands.run_exposure)
    _reads_votes(parser)
    parser.add_argument(
        "--prompts",
        metavar="FILE",
        required=True,
        help="the released set: votes in any format, LMSYS-Chat-1M, a table with a column prompt, turns or conversation, or a "
        ".txt with one prompt a line",
    )
    _likens(parser)
    parser.add_argument(
        "--topics", metavar="DIR", type=Path, help="topics that `topics --out DIR` wrote: like is held against like"
    )
    parser.add_argument("--released", metavar="DATE", help="day or month of the release (default: what is known of the set)")
    parser.add_argument("--placebos", metavar="N", type=int, help="random prompt sets that show what chance gives (default: 200)")
    parser.add_argument(
        "--interval",
        choices=["auto", "votes"],
        help="let the votes of a judge hang together where known (auto), or not; those on a prompt always do",
    )
    parser.add_argument("--level", metavar="SHARE", type=float, help="confidence level of the intervals (default: 0.95)")
    _writes_table(parser)
    _seeded(parser, "of the random sets")


def _add_audit(groups: Commands) -> None:
    example = "audit --votes sample --category coding --feature refusal=is_refusal --out audit.csv"
    parser = _command(groups, "audit", "how far a board can be trusted, check by check", example, commands.run_audit)
    _reads_votes(parser)
    parser.add_argument("--category", metavar="NAME", default="overall", help=f"(default: overall) {_CATEGORIES}")
    parser.add_argument("--show", metavar="CHECK", help="the table of one check, such as separation; an unknown name lists all")
    parser.add_argument(
        "--feature",
        metavar="NAME=COLUMN",
        action="append",
        default=[],
        help="a column that may move votes; NAME=tokens takes tokens_a against tokens_b",
    )
    parser.add_argument("--topics", metavar="DIR", type=Path, help="topics that `topics --out DIR` wrote: the left side by topic")
    parser.add_argument("--minimum-votes", metavar="N", type=int, help="leave out models with fewer votes (default: 1)")
    parser.add_argument(
        "--interval",
        choices=["auto", "votes"],
        help="let the votes of a judge hang together where known (auto, the default), or not",
    )
    parser.add_argument("--level", metavar="SHARE", type=float, help="confidence level of the intervals (default: 0.95)")
    _writes_table(parser)
    _seeded(parser, "of what is drawn")


def _add_simulate(groups: Commands) -> None:
    example = "simulate --rows 60000 --seed 1 --set tastes=0.5 --set turn_habits=0.1 --out votes.parquet"
    parser = _command(groups, "simulate", "draw votes from a known truth", example, commands.run_simulate)
    parser.add_argument("--rows", metavar="N", type=int, required=True, help="how many votes")
    parser.add_argument("--seed", metavar="S", type=int, required=True, help="the same seed gives the same votes")
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="Parquet file; the truth goes beside it")
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a setting of the arena, such as tastes=0.5 (judges' own additions to models, in log-odds), turn_habits=0.1 or "
        "busiest=0.3; an unknown name lists all",
    )


def _add_fetch(groups: Commands) -> None:
    example = "fetch arena-human-preference-140k"
    parser = _command(groups, "fetch", "fetch a known data set", example, commands.run_fetch)
    parser.add_argument("name", metavar="NAME", help="a known data set; an unknown name lists them")
    parser.add_argument("--update", action="store_true", help="bring one that is here to what is published now")


def _reads_votes(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    shown = f" (default: {default})" if default else ""
    parser.add_argument("--votes", metavar="VOTES", required=default is None, default=default, help=_VOTES + shown)
    _reading(parser)


def _reading(parser: argparse.ArgumentParser) -> None:
    """How rows become votes."""
    group = parser.add_argument_group("reading votes")
    add = group.add_argument
    add(
        "--column",
        metavar="NAME=THEIRS",
        action="append",
        default=[],
        help="a column of a table of no known release; NAME= leaves a column out that happens to bear a known name",
    )
    add(
        "--outcome",
        metavar="LABEL=OUTCOME",
        action="append",
        default=[],
        help="the outcome that an unknown label stands for, or drop where it is no vote",
    )
    add("--encoding", metavar="NAME", help="of text that is not UTF-8 and has no byte-order mark, such as latin-1")
    add("--identity-words", action="store_true", help="drop votes whose conversation names a vendor or model")
    add("--error-texts", action="store_true", help="drop votes with an error text in an answer")
    add("--judge-limit", metavar="N", type=int, help="keep the first N votes of a judge on a day")
    add("--exclude-model", metavar="MODEL", action="append", default=[], help="drop votes with this model")
    add("--keep-not-anonymous", action="store_true", help="keep votes cast with the models' names in sight")
    add("--allow-loss", action="store_true", help="go on where more than half of the rows are dropped for one reason")


def _writes_table(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the table here, as .csv, .parquet or .json")
    parser.add_argument(
        "--spreadsheet-safe",
        action="store_true",
        help="in a .csv, put an apostrophe before texts that a spreadsheet would take for a formula (they begin with = + - @, a "
        "tab or a line break); other programs then read the apostrophe as part of the text",
    )


def _seeded(parser: argparse.ArgumentParser, of: str) -> None:
    parser.add_argument("--seed", metavar="S", type=int, help=f"seed {of}")


def _whole(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


_COMMANDS = (
    _add_report,
    _add_editions,
    _add_votes,
    _add_turns,
    _add_board,
    _add_shift,
    _add_topics,
    _add_repeats,
    _add_exposure,
    _add_freshness,
    _add_audit,
    _add_simulate,
    _add_fetch,
)
