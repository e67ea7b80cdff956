"""Pictures of what is counted."""
