"""Pictures of repeats and exposure."""
