"""The one place that prints: what strangers wrote reaches a terminal visibly, and is not obeyed."""

from __future__ import annotations

import sys
from typing import TextIO

from analysis.results.unseen import visible


def show(*lines: object) -> None:
    """Results, one line each, on stdout."""
    _print(sys.stdout, lines)


def say(*lines: object) -> None:
    """What is said beside a result, one line each, on stderr, at once."""
    _print(sys.stderr, lines)


def _print(stream: TextIO, lines: tuple[object, ...]) -> None:
    for line in lines:
        print(visible(str(line)), file=stream, flush=stream is sys.stderr)
