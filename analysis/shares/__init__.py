"""What is counted, not fitted."""
