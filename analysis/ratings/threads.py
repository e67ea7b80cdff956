"""One thread for linear algebra on small matrices.

OpenBLAS hands a matrix of 130 models to all cores and waits for the slowest: on a machine that does anything else, an
inversion then takes 26 ms where one thread needs 1 ms.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
R = TypeVar("R")


@functools.cache
def _controller() -> ThreadpoolController:
    """The libraries loaded so far; made late, when NumPy and SciPy are there."""
    return ThreadpoolController()


def one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function to run its linear algebra in one thread."""

    @functools.wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with _controller().limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited
