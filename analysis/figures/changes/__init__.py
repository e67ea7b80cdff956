"""Figures of what changed since an earlier edition or board."""
