"""Matching: which prompts are the same, nearly the same, or alike in meaning."""
