"""Pictures of boards, shifts and histories."""
