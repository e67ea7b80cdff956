"""A simulated arena: votes that nobody cast, drawn from a known truth, to check analyses against and to show reports on."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import UsageError
from analysis.ledger import Ledger
from analysis.outcome import Outcome
from analysis.result import Prose, Result
from analysis.schema import COLUMNS, VOTE_SCHEMA
from analysis.simulated import endings, labels, wording
from analysis.simulated.arena import Arena, july_2024, plain
from analysis.simulated.draws import Change, Draws, draw
from analysis.simulated.grammars import languages
from analysis.simulated.truth import Truth, repeat_kinds
from analysis.sources.writer import FINGERPRINT_KEY
from analysis.votes import SIMULATED

__all__ = ["Arena", "Simulation", "Truth", "july_2024", "plain", "simulate"]

#: Rows of a row group in the written Parquet file.
_ROW_GROUP = 100_000


@dataclass(frozen=True)
class Simulation(Result):
    """Simulated votes and the truth behind them.

    Attributes:
        votes: the vote table (`analysis.schema.VOTE_SCHEMA`), in order of time.
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
        share = f" {np.mean(draws.turns > 1):.1%} of them have several turns." if rows else ""
        return Prose(f"{rows:,} simulated votes between {len(arena.models)} models; nobody cast them (seed {self.seed}).{share}")

    @property
    def ledger(self) -> Ledger:
        """The cleaning ledger of votes that needed no cleaning."""
        note = "These votes are simulated: nobody cast them. Strengths were set, not measured."
        source = f"simulate(rows={len(self.votes)}, seed={self.seed})"
        return Ledger.close(source, SIMULATED, len(self.votes), len(self.votes), Counter(), notes=(note,))

    def write(self, path: Path) -> None:
        """Write the votes as Parquet to `path` and, beside it, the ledger, `truth.json` and `topics.parquet`.

        Each file is written under another name and then renamed, the votes last. The same seed and library versions
        give the same bytes.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path.parent / "truth.json", lambda part: part.write_text(self.truth.json(), encoding="utf-8"))
        _write(path.parent / "topics.parquet", lambda part: _write_parquet(self.truth.planted(self.votes["vote_id"]), part))
        _write(path.with_suffix(".ledger.json"), self.ledger.write)
        stamped = self.votes.replace_schema_metadata({FINGERPRINT_KEY: self.fingerprint})
        _write(path, lambda part: _write_parquet(stamped, part))

    @property
    def fingerprint(self) -> str:
        """Of the settings, the seed and the number of votes, which fix every vote; a hexadecimal hash of 64 digits."""
        return hashlib.blake2b(f"{self.truth.json()}|{self.seed}|{len(self.votes)}".encode(), digest_size=32).hexdigest()


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
        UsageError: `rows` is below one.
    """
    if rows < 1:
        raise UsageError(f"rows must be 1 or more, not {rows}.")
    settings = july_2024() if arena is None else arena
    streams = np.random.default_rng(seed).spawn(5)
    draws = draw(rows, settings, streams[0])
    style = endings.draw_style(draws, settings, streams[1])
    chances = endings.outcome_chances(endings.chance_of_first(draws, style, settings), draws, settings)
    outcome = endings.draw_outcomes(chances, streams[2])
    columns = {name: pa.array(values.astype(np.int32)) for name, values in style.items()}
    columns |= labels.draw_labels(draws, streams[3])
    same = np.where(draws.prompts.change == Change.CASE, draws.prompts.root, draws.prompts.pool)
    if text:
        words = wording.write(draws, streams[4])
        columns |= {"prompt": words.prompt, "prompts": words.prompts, "tokens_user": words.tokens_user}
        same = wording.same_prompt(words)
    truth = Truth(settings, draws, chances, repeat_kinds(same, draws.prompts.change))
    return Simulation(_vote_table(columns | _core(draws, outcome, settings), rows), truth, seed)


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


def _write(path: Path, write: Callable[[Path], object]) -> None:
    part = path.with_name(f".{path.name}.part")
    write(part)
    part.replace(path)


def _write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", compression_level=15, row_group_size=_ROW_GROUP)
