"""Functions that numba compiles, and where their machine code is kept: compiling takes longer than most of what they compute.

Numba would keep it beside the source, where an installed package or a read-only checkout lets nobody write, or in a home that a
scheduler's user may not have, and without either it refuses to compile.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import numba
from numba import config

from analysis import places

Function = TypeVar("Function", bound=Callable[..., Any])


def keep_compiled() -> None:
    """Have numba keep what it compiles from now on in the cache folder; `NUMBA_CACHE_DIR` goes before."""
    folder = os.environ.setdefault("NUMBA_CACHE_DIR", str(places.interim() / "numba"))
    vars(config)["CACHE_DIR"] = folder  # the variable is read when numba is imported, which may have been earlier


def compiled(function: Function | None = None, *, inline: Literal["never", "always"] = "never") -> Any:
    """Decorator of functions that run compiled, without Python's lock; `inline="always"` puts a function into its callers."""
    keep_compiled()
    made = numba.njit(nogil=True, cache=True, inline=inline)
    return made if function is None else made(function)
