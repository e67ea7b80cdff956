"""What can go wrong for a user, each with the exit code the command line gives it."""


class WorkbookError(Exception):
    """One readable line that says what is wrong and what to do; shown without a traceback."""

    exit_code = 1


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
