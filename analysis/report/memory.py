"""A ceiling for memory: the kernels of a run are watched, and the largest is stopped before the machine is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

GIB = 1 << 30

#: Seconds between two looks.
_EVERY = 0.25


@contextmanager
def ceiling(limit: float | None, stop_largest: Callable[[str], None]) -> Iterator[None]:
    """Watch what this process and all below it hold, and call `stop_largest` with a sentence when it is more than `limit`.

    Args:
        limit: GiB of resident memory; None watches nothing.
    """
    if limit is None:
        yield
        return
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(limit, stop_largest, done), name="memory", daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()


def _watch(limit: float, stop_largest: Callable[[str], None], done: threading.Event) -> None:
    while not done.wait(_EVERY):
        held = _held() / GIB
        if held > limit:
            stop_largest(f"the run held {held:.1f} GiB, more than its limit of {limit:g} GiB (--memory-limit)")


def _held() -> int:
    """Bytes of resident memory of this process and all below it; pages that they share count for each."""
    import psutil

    own = psutil.Process()
    held = 0
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.Error):
            held += process.memory_info().rss
    return int(held)
