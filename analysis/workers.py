"""Workers: the same work for many pieces, on the cores there are. The pieces, not the workers, decide what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits
from tqdm import tqdm

R = TypeVar("R")


def spread(function: Callable[..., R], pieces: Iterable[tuple[Any, ...]], doing: str, *, worth: bool, size: int) -> Iterator[R]:
    """What the function gives for the arguments of each piece, in order.

    Args:
        doing: what a terminal shows beside the progress.
        worth: whether the work is worth workers: each is a process, with one thread of linear algebra, that takes a second or
            two to start. Otherwise, or with one core, it is done right here.
        size: how many pieces there are; they are taken as they are needed.
    """
    from joblib import Parallel, cpu_count, delayed, parallel_config
    from joblib.externals.loky import get_reusable_executor

    cores = min(cpu_count(), size)
    with tqdm(total=size, desc=doing, leave=False, disable=None) as bar:
        if not worth or cores < 2:
            for piece in pieces:
                yield function(*piece)
                bar.update()
            return
        with parallel_config("loky", inner_max_num_threads=1):
            found = Parallel(n_jobs=cores, return_as="generator", max_nbytes=None)(delayed(function)(*piece) for piece in pieces)
        for each in found:
            yield each
            bar.update()
    # Workers that went on to other work would be taken for leaking, and are of no use to anybody until then.
    get_reusable_executor().shutdown()


@contextmanager
def unthreaded() -> Iterator[None]:
    """Linear algebra and neighbours in one thread: with two, sums are rounded otherwise, and clusters come out otherwise.

    It looks for all libraries that have threads, which takes milliseconds: for a whole fit. `analysis.ratings.threads` is for
    small matrices in loops.
    """
    import scipy.linalg  # noqa: F401 - what is loaded later would not be limited
    import sklearn.neighbors
    import sklearn.utils.extmath  # noqa: F401

    with threadpool_limits(limits=1):
        yield
