"""Commands of the user's that get the news of a run on their standard input: a mail, a chat, a pager."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from analysis.report.journal import Journal

#: Seconds that a command may take: a run must end.
_LIMIT = 300

#: Where what it prints goes: the process's own stderr, whatever stands in for `sys.stderr`; nowhere if it was started without.
_PRINTED = subprocess.DEVNULL if sys.__stderr__ is None else 2


def tell(command: str, lines: Sequence[str], journal: Journal) -> None:
    """Run a command line of the user's in the shell with the lines on its stdin; what goes wrong is said and stops nothing.

    What it prints goes to our stderr: stdout is for results.
    """
    if not command:
        return
    text = "\n".join(lines) + "\n"
    try:
        done = subprocess.run(
            command, shell=True, input=text.encode("utf-8", "replace"), stdout=_PRINTED, timeout=_LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        journal.say(f"The command {command!r} could not be told: {error}.")
        return
    if done.returncode:
        journal.say(f"The command {command!r} ended with exit code {done.returncode}.")
