"""`python -m analysis` is `arena-workbook`."""

from analysis.cli import run

run()
