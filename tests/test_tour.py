"""The tour of docs/tour.md runs as it stands, and passes every name that the library offers.

An output that changed on purpose is written anew by `make tour`.
"""

import ast
import contextlib
import io
import os
import re
import textwrap
from collections.abc import Callable
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


def run(tour: str, take: Callable[[re.Match[str], str], str]) -> str:
    """Run all blocks in order, in one namespace; each is replaced by what `take` makes of it and of what it gave."""
    names: dict[str, Any] = {}
    return BLOCK.sub(lambda block: block[0] if block["above"] else take(block, shown(block["code"], names)), tour)


@pytest.mark.usefixtures("desk")
def test_the_tour_gives_what_it_says() -> None:
    tour = TOUR.read_text(encoding="utf-8")
    now = run(tour, lambda block, given: f"```python\n{block['code']}```\n" + (f"\n```text\n{given}```\n" if given else ""))
    if os.environ.get("RENEW"):
        TOUR.write_text(now, encoding="utf-8")
    assert now.splitlines() == tour.splitlines() or os.environ.get("RENEW")


def test_the_tour_passes_every_name() -> None:
    code = "\n".join(block["code"] for block in BLOCK.finditer(TOUR.read_text(encoding="utf-8")))
    assert [name for name in arena.__all__ if not re.search(rf"\barena\.{name}\b", code)] == []


def test_what_is_not_run_has_a_reason() -> None:
    blocks = list(BLOCK.finditer(TOUR.read_text(encoding="utf-8")))
    assert all(block["output"] is None for block in blocks if block["above"])
    assert len([block for block in blocks if block["above"]]) <= 3
