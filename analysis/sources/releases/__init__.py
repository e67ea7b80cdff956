"""The declarations of the releases: one file each."""
