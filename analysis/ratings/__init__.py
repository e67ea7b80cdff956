"""Pair counts, strengths, intervals, boards, shifts and histories."""
