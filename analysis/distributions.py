"""Distributions, with the names and the numbers that `scipy.stats` has for them.

To import that takes 0.3 s, a quarter of what a command or the kernel of a notebook takes before it does anything; the functions
behind it come from `scipy.special`, which is there anyway.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special


class norm:  # noqa: N801
    """The standard normal distribution."""

    @staticmethod
    def cdf(x: Any) -> Any:
        """P(X ≤ x)."""
        return special.ndtr(x)

    @staticmethod
    def sf(x: Any) -> Any:
        """P(X > x)."""
        return special.ndtr(np.negative(x))

    @staticmethod
    def ppf(q: Any) -> Any:
        """The x with P(X ≤ x) = q."""
        return special.ndtri(q)

    @staticmethod
    def isf(q: Any) -> Any:
        """The x with P(X > x) = q."""
        return -special.ndtri(q)


class t:  # noqa: N801
    """Student's distribution with `df` degrees of freedom, which may be infinite."""

    @staticmethod
    def sf(x: Any, df: Any) -> Any:
        """P(X > x)."""
        return np.where(np.isinf(df), norm.sf(x), special.stdtr(df, np.negative(x)))[()]

    @staticmethod
    def ppf(q: Any, df: Any) -> Any:
        """The x with P(X ≤ x) = q."""
        return np.where(np.isinf(df), norm.ppf(q), special.stdtrit(df, q))[()]


class chi2:  # noqa: N801
    """The χ² distribution with `df` degrees of freedom."""

    @staticmethod
    def sf(x: Any, df: Any) -> Any:
        """P(X > x)."""
        return special.chdtrc(df, x)

    @staticmethod
    def ppf(q: Any, df: Any) -> Any:
        """The x with P(X ≤ x) = q."""
        return 2 * special.gammaincinv(np.divide(df, 2), q)

    @staticmethod
    def isf(q: Any, df: Any) -> Any:
        """The x with P(X > x) = q."""
        return 2 * special.gammainccinv(np.divide(df, 2), q)


class f:  # noqa: N801
    """The F distribution with `dfn` and `dfd` degrees of freedom."""

    @staticmethod
    def sf(x: Any, dfn: Any, dfd: Any) -> Any:
        """P(X > x)."""
        return special.fdtrc(dfn, dfd, x)


class beta:  # noqa: N801
    """The Beta distribution with parameters a and b."""

    def __init__(self, a: Any, b: Any) -> None:
        self._a, self._b = a, b

    def mean(self) -> Any:
        """E X."""
        return self._a / (self._a + self._b)

    def std(self) -> Any:
        """The standard deviation of X."""
        whole = self._a + self._b
        return np.sqrt(self._a * self._b / (whole**2 * (whole + 1)))

    def cdf(self, x: Any) -> Any:
        """P(X ≤ x)."""
        return special.betainc(self._a, self._b, x)

    def sf(self, x: Any) -> Any:
        """P(X > x)."""
        return special.betaincc(self._a, self._b, x)

    def ppf(self, q: Any) -> Any:
        """The x with P(X ≤ x) = q."""
        return special.betaincinv(self._a, self._b, q)


class binom:  # noqa: N801
    """The binomial distribution of n trials with chance p."""

    @staticmethod
    def cdf(k: Any, n: Any, p: Any) -> Any:
        """P(X ≤ k)."""
        return np.where(np.less(k, 0), 0.0, special.bdtr(np.maximum(k, 0), n, p))[()]

    @staticmethod
    def sf(k: Any, n: Any, p: Any) -> Any:
        """P(X > k)."""
        return np.where(np.less(k, 0), 1.0, special.bdtrc(np.maximum(k, 0), n, p))[()]
