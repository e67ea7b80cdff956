"""The report: notebooks run headless, rendered as self-contained pages and published whole."""
