"""The tour of docs/tour.md runs as it stands, and passes every name that the library offers.

An output that changed on purpose is written anew by `make tour`.
"""

import ast
import contextlib
import io
import os
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.compute as pc
import pytest

import analysis as arena
from analysis import places

from .changes.conftest import part_of, write_edition

TOUR = places.ROOT / "docs" / "tour.md"

#: A block of code and, under it, what it gives; what stands above says where a block is not run, and why.
BLOCK = re.compile(
    r"(?P<above><!-- not run: [^\n]+ -->\n)?```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<output>.*?)```\n)?", re.DOTALL
)

#: Characters of a line of the tour.
_WIDTH = 110


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder as the tour says: the data of the checkout, and an edition of the votes until July 10."""
    (tmp_path / "data").symlink_to(places.DATA)
    day = pd.Timestamp("2024-07-11", tz="UTC")
    before = part_of(arena.load_votes("sample"), tmp_path / "before.parquet", lambda table: pc.less(table["time"], day))
    write_edition(before, tmp_path / "reports" / "latest", started="2024-07-11T06:00:00+00:00")
    monkeypatch.chdir(tmp_path)


def shown(code: str, names: dict[str, Any]) -> str:
    """What Python prints where `code` is typed: what it prints itself, and the value of each expression; long lines broken."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), pd.option_context("display.width", _WIDTH, "display.max_columns", 20):
        for statement in ast.parse(code).body:
            if isinstance(statement, ast.Expr):
                value = eval(compile(ast.Expression(statement.value), "tour", "eval"), names)
                if value is not None:
                    print(repr(value))
            else:
                exec(compile(ast.Module([statement], []), "tour", "exec"), names)
    return "".join(f"{_broken(line)}\n" for line in printed.getvalue().splitlines())


def _broken(line: str) -> str:
    line = line.rstrip()
    if len(line) <= _WIDTH or not line.startswith("<"):
        return line
    return textwrap.fill(line, _WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)


def run(tour: str) -> list[tuple[re.Match[str], str]]:
    """All blocks that are run, in order and in one namespace, and what each gives."""
    names: dict[str, Any] = {}
    return [(block, shown(block["code"], names)) for block in BLOCK.finditer(tour) if not block["above"]]


def renewed(tour: str, given: Sequence[tuple[re.Match[str], str]]) -> str:
    for block, output in reversed(given):
        text = f"\n```text\n{output}```\n" if output else ""
        tour = f"{tour[: block.start()]}```python\n{block['code']}```\n{text}{tour[block.end() :]}"
    return tour


def roughly(output: str) -> str:
    """Without what the rounding of another machine may change where prompts are cut into topics: numbers, names and rows."""
    if not output.startswith("<"):
        return output.partition("\n")[0].strip()
    unnamed = re.sub(r"“[^”]*”(?:(?:,| and|, and) “[^”]*”)*(?: and \d+ more)?", "“…”", " ".join(output.split()))
    return re.sub(r"[+−]?\d[\d,.]*", "#", unnamed).replace("is below", "are below")


def section(tour: str, block: re.Match[str]) -> str:
    """The heading that a block stands under."""
    return tour[: block.start()].rpartition("\n## ")[2].partition("\n")[0]


@pytest.mark.usefixtures("desk")
def test_the_tour_gives_what_it_says() -> None:
    tour = TOUR.read_text(encoding="utf-8")
    given = run(tour)
    if os.environ.get("RENEW"):
        TOUR.write_text(renewed(tour, given), encoding="utf-8")
        return
    for block, output in given:
        seen = roughly if section(tour, block) == "Topics" else str
        assert seen(output) == seen(block["output"] or ""), block["code"]


def test_the_tour_passes_every_name() -> None:
    code = "\n".join(block["code"] for block in BLOCK.finditer(TOUR.read_text(encoding="utf-8")))
    assert [name for name in arena.__all__ if not re.search(rf"\barena\.{name}\b", code)] == []


def test_what_is_not_run_has_a_reason() -> None:
    blocks = list(BLOCK.finditer(TOUR.read_text(encoding="utf-8")))
    assert all(block["output"] is None for block in blocks if block["above"])
    assert len([block for block in blocks if block["above"]]) <= 3
