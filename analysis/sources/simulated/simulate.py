"""A simulated arena: votes that nobody cast, drawn from a known truth, to check analyses against and to show reports on."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import InputError, UsageError
from analysis.results.prose import Prose, percent
from analysis.results.result import Result
from analysis.sources.simulated import endings, labels, wording
from analysis.sources.simulated.arena import Arena, july_2024, plain
from analysis.sources.simulated.draws import Change, Draws, draw
from analysis.sources.simulated.grammars import languages
from analysis.sources.simulated.truth import Truth, repeat_kinds
from analysis.votes.ledger import Ledger, ledger_beside
from analysis.votes.outcome import Outcome
from analysis.votes.schema import COLUMNS, VOTE_SCHEMA
from analysis.votes.table import SIMULATED
from analysis.whole_files import check_file, whole_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

__all__ = ["Arena", "Simulation", "Truth", "july_2024", "plain", "simulate"]

#: Rows of a row group in the written Parquet file.
_ROW_GROUP = 100_000

#: Files that lie beside the votes, the last only where some of their prompts were released; each says which file of votes it
#: belongs to, those in Parquet under `_VOTES_KEY`.
TRUTH, TOPICS, RELEASED = "truth.json", "topics.parquet", "released.parquet"

#: Votes that are drawn at most; they are drawn in memory.
MOST = 1_000_000_000
_VOTES_KEY = b"arena_workbook.votes"


@dataclass(frozen=True, eq=False)
class Simulation(Result):
    """Simulated votes and the truth behind them.

    Attributes:
        votes: the vote table (`analysis.votes.schema.VOTE_SCHEMA`), in order of time.
        truth: strengths, chances, planted topics and repeats.
        seed: what it was drawn with.
    """

    votes: pa.Table
    truth: Truth
    seed: int

    caption = "Models of the simulated arena"

    @property
    def table(self) -> pd.DataFrame:
        """One row per model: true strength at one turn and at several, and votes. The votes are in `votes`."""
        return self.truth.table

    @property
    def sentence(self) -> Prose:
        """What was simulated, in words."""
        rows, arena, draws = len(self.votes), self.truth.arena, self.truth.draws
        share = f" {percent(float(np.mean(draws.turns > 1)))} of them have several turns." if rows else ""
        return Prose(f"{rows:,} simulated votes between {len(arena.models)} models; nobody cast them (seed {self.seed}).{share}")

    @property
    def released(self) -> pa.Array:
        """The distinct released prompts that were asked, in the order of their first votes; none where texts were left out."""
        as_released = self.truth.exposed & (self.truth.draws.prompts.change == Change.NONE)
        asked = self.votes["prompt"].filter(pa.array(as_released)).combine_chunks()
        return asked.drop_null().unique()

    @property
    def ledger(self) -> Ledger:
        """The cleaning ledger of votes that needed no cleaning."""
        note = "These votes are simulated: nobody cast them. Strengths were set, not measured."
        source = f"simulate(rows={len(self.votes)}, seed={self.seed})"
        return Ledger.close(source, SIMULATED, len(self.votes), len(self.votes), Counter(), notes=(note,))

    def write(self, path: Path) -> None:
        """Write the votes as Parquet to `path` and, beside it, the ledger, `truth.json`, `topics.parquet` and, where prompts
        were released, these in `released.parquet`.

        All are written under other names and then renamed, the votes last, so that what was there before stays until all
        are whole. The same seed, library versions and
        file name give the same bytes.

        Raises:
            UsageError: the truth of other votes lies there (see `check_place`).
            InputError: a file cannot be written.
        """
        check_place(path)
        names = (path, ledger_beside(path), path.parent / TOPICS, path.parent / TRUTH)
        released = self.released
        with ExitStack() as stack:
            votes, ledger, topics, truth = (stack.enter_context(whole_file(name)) for name in names)
            truth.write_text(self.truth.json(votes=path.name, rows=len(self.votes), seed=self.seed), encoding="utf-8")
            planted = self.truth.planted(self.votes["vote_id"])
            key = {_VOTES_KEY: path.name.encode()}
            _write_parquet(planted.replace_schema_metadata(key), topics)
            if len(released):
                listed = pa.table({"prompt": released}).replace_schema_metadata(key)
                _write_parquet(listed, stack.enter_context(whole_file(path.parent / RELEASED)))
            else:
                (path.parent / RELEASED).unlink(missing_ok=True)  # of votes that were here before, under this name
            self.ledger.write(ledger)
            _write_parquet(self.votes, votes)


def check_place(path: Path) -> None:
    """See that votes can be written to `path` without a loss of the truth of others.

    Raises:
        UsageError: `truth.json`, `topics.parquet`, `released.parquet` or the ledger beside it belongs to other votes, or `path`
            is one of the first three, or no name for a file.
    """
    check_file(path)
    if path.name in (TRUTH, TOPICS, RELEASED):
        raise UsageError(f"{path}: that is the name of the truth beside the votes; give another name with --out.")
    ledger = ledger_beside(path)
    check_file(ledger)
    for beside, is_own in (
        (path.parent / TRUTH, _owner_of_truth(path.parent / TRUTH) == path.name),
        *((path.parent / name, _owner(path.parent / name) == path.name) for name in (TOPICS, RELEASED)),
        (ledger, _is_simulated(ledger)),
    ):
        if beside.exists() and not is_own:
            raise UsageError(
                f"{beside}: does not belong to simulated votes {path.name} and would be overwritten; "
                "choose another folder with --out."
            )


def _owner_of_truth(path: Path) -> str | None:
    with suppress(OSError, ValueError, AttributeError, RecursionError):
        return str(json.loads(path.read_text(encoding="utf-8")).get("votes"))
    return None


def _owner(path: Path) -> str | None:
    with suppress(OSError, pa.ArrowException):
        return ((pq.read_schema(path).metadata or {}).get(_VOTES_KEY) or b"").decode(errors="replace")
    return None


def _is_simulated(ledger: Path) -> bool:
    with suppress(OSError, InputError):
        return Ledger.read(ledger).release == SIMULATED
    return False


def simulate(rows: int = 60_000, seed: int = 20240701, arena: Arena | None = None, *, text: bool = True) -> Simulation:
    """Simulate votes.

    About a tenth of 60,000 prompts are exact repeats; among millions of votes the share grows, because the grammars
    have only so many prompts.

    Args:
        rows: how many votes.
        seed: the same seed and settings give the same votes.
        arena: the settings; `july_2024()` where not given.
        text: False leaves the columns made of text (prompt, prompts, tokens_user) null, which is several times faster;
            all other columns are the same.

    Raises:
        UsageError: `rows` is below one or above `MOST`, or `seed` below zero.
    """
    if not 1 <= rows <= MOST:
        raise UsageError(f"rows must be from 1 to {MOST:,}, not {rows}.")
    if seed < 0:
        raise UsageError(f"seed must be 0 or more, not {seed}.")
    settings = july_2024() if arena is None else arena
    streams = np.random.default_rng(seed).spawn(7)
    draws = draw(rows, settings, streams[0])
    style = endings.draw_style(draws, settings, streams[1])
    chances, population = _chances(draws, style, settings, streams[5], streams[6])
    outcome = endings.draw_outcomes(chances, streams[2])
    columns = {name: pa.array(values.astype(np.int32)) for name, values in style.items()}
    columns |= labels.draw_labels(draws, streams[3])
    same = np.where(draws.prompts.change == Change.CASE, draws.prompts.root, draws.prompts.pool)
    if text:
        words = wording.write(draws, streams[4])
        columns |= {"prompt": words.prompt, "prompts": words.prompts, "tokens_user": words.tokens_user}
        same = wording.same_prompt(words)
    truth = Truth(settings, draws, chances, population, repeat_kinds(same, draws.prompts.change))
    return Simulation(_vote_table(columns | _core(draws, outcome, settings), rows), truth, seed)


def _chances(
    draws: Draws, style: dict[str, Integers], arena: Arena, rng: np.random.Generator, prompts: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Chances of the four outcomes, shape (N, 4) each: of the drawn judges, and in the population of judges."""
    differences = endings.style_differences(style)
    odds = endings.log_odds(draws, differences, arena)
    if arena.prompt_tastes:
        odds = odds + endings.draw_prompt_tastes(draws, arena, prompts)
    if not (arena.tastes or arena.style_tastes):
        chances = endings.outcome_chances(odds, draws, arena)
        return chances, chances
    own = odds + endings.draw_tastes(draws, differences, arena, rng)
    return endings.outcome_chances(own, draws, arena), endings.mean_chances(odds, differences, draws, arena)


def _core(draws: Draws, outcome: np.ndarray, arena: Arena) -> dict[str, pa.Array]:
    """The columns that say who voted when on what, and how."""
    rows = len(outcome)
    spoken = [language.name for language in languages()]
    start = np.datetime64(arena.start, "us").astype(np.int64)
    return {
        "vote_id": pa.array([f"simulated-{number:07d}" for number in range(rows)]),
        "release": _pick(np.zeros(rows, dtype=np.int64), [SIMULATED]),
        "model_a": _pick(draws.first, arena.models),
        "model_b": _pick(draws.second, arena.models),
        "outcome": _pick(outcome, [name.value for name in (Outcome.MODEL_A, Outcome.MODEL_B, Outcome.TIE, Outcome.BOTH_BAD)]),
        "turns": pa.array(draws.turns.astype(np.int32)),
        "language": _pick(draws.prompts.language, spoken),
        "time": pa.array(start + draws.seconds * 1_000_000).cast(pa.timestamp("us", tz="UTC")),
        "judge": _pick(draws.judge, [f"judge-{number:06d}" for number in range(int(draws.judge.max()) + 1)]),
        "anonymous": pa.array(np.ones(rows, dtype=bool)),
    }


def _pick(codes: np.ndarray, names: list[str] | tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names, pa.string())).cast(pa.string())


def _vote_table(columns: dict[str, pa.Array], rows: int) -> pa.Table:
    arrays = [columns.get(column.name, pa.nulls(rows, column.type)) for column in COLUMNS]
    return pa.Table.from_arrays(arrays, schema=VOTE_SCHEMA)


def _write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", compression_level=15, row_group_size=_ROW_GROUP)
