"""What was asked before, or elsewhere."""
