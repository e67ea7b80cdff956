"""The one place that prints: what strangers wrote reaches a terminal visibly, and is not obeyed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

from analysis.results.unseen import visible

#: Who is told what is said, in place of stderr; None for stderr.
_listener: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


@contextmanager
def told_to(listener: Callable[[str], None] | None) -> Iterator[None]:
    """Let `listener` have each line that is said in this thread in place of stderr, for as long as the context lasts."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def on_terminal() -> bool:
    """Whether what is said reaches somebody who looks on, to whom a bar may show how far something is."""
    return _listener.get() is None and sys.stderr.isatty()


def show(*lines: object) -> None:
    """Results, one line each, on stdout."""
    _print(sys.stdout, lines)


def say(*lines: object) -> None:
    """What is said beside a result, one line each, at once: on stderr, or to who listens (`told_to`)."""
    listener = _listener.get()
    if listener is None:
        _print(sys.stderr, lines)
        return
    with told_to(None):  # who listens may say it in turn
        for line in lines:
            listener(str(line))


def _print(stream: TextIO, lines: tuple[object, ...]) -> None:
    for line in lines:
        print(visible(str(line)), file=stream, flush=stream is sys.stderr)
