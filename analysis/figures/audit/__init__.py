"""Pictures of what an audit finds."""
