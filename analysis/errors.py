"""What can go wrong for a user, each with the exit code the command line gives it."""

from collections.abc import Callable

from analysis.surroundings import debugging, in_report

#: The exit code of a run that somebody stopped, as a shell reports Ctrl-C.
INTERRUPTED = 130


class WorkbookError(Exception):
    """One readable line that says what is wrong and what to do; shown without a traceback."""

    exit_code = 1

    @property
    def _render_traceback_(self) -> Callable[[], list[str]]:
        """Gives what IPython shows of it, in lines: the message, as the command line does.

        The page of a report, which nobody can ask again, and who debugs get all that led to it: there is no such method then.
        """
        if in_report() or debugging():
            raise AttributeError("_render_traceback_")
        return lambda: [f"{type(self).__name__}: {self}"]


class UsageError(WorkbookError):
    """Wrong usage, or a parameter that is unknown or has the wrong type."""

    exit_code = 2


class InputError(WorkbookError):
    """The input cannot be read as votes, or cannot support what was asked of it."""

    exit_code = 3


class NotebookError(WorkbookError):
    """A notebook of a report failed, died or ran out of time."""

    exit_code = 4


class BusyError(WorkbookError):
    """Another run holds the output folder."""

    exit_code = 5


def first_line(error: BaseException) -> str:
    """What an error of a library says, on one line and without a full stop, to be put into one of ours."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
