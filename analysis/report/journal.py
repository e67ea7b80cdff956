"""What a run says while it goes on: to the terminal unless it is to be quiet, and to its logs with the time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

from analysis.results.terminal import say
from analysis.results.unseen import visible
from analysis.whole_files import writing


class Journal:
    """Lines of a run, from any thread.

    Args:
        quiet: say nothing on stderr.
        log: a file of the user's that lines are added to; none when None.
    """

    def __init__(self, quiet: bool = False, log: Path | None = None) -> None:
        self.quiet, self.log = quiet, log
        self.lines: list[str] = []
        self._lock = threading.Lock()

    def say(self, line: str) -> None:
        """Say a line and write it down.

        Raises:
            InputError: the log cannot be written to.
        """
        self.note(line)
        if not self.quiet:
            say(line)

    def note(self, line: str) -> None:
        """Write a line down without saying it.

        Raises:
            InputError: the log cannot be written to.
        """
        stamped = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {visible(line)}\n"
        with self._lock:
            self.lines.append(stamped)
            if self.log:
                with writing(self.log), self.log.open("a", encoding="utf-8", errors="replace") as stream:
                    stream.write(stamped)

    def write(self, path: Path) -> None:
        """Write all that was said so far as a file."""
        path.write_text("".join(self.lines), encoding="utf-8", errors="replace")
