"""Votes that nobody cast, drawn from a known truth; `simulate` puts the parts together."""
