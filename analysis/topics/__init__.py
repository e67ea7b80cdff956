"""What people ask, and who wins where."""
