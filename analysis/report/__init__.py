"""The report: notebooks run headless, rendered as self-contained pages and published whole."""

from analysis.report.edition import Order, run_edition
from analysis.report.runner import Limits

__all__ = ["Limits", "Order", "run_edition"]
