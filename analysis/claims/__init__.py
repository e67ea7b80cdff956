"""Headlines held against votes."""
