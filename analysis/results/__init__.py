"""What every analysis returns: a frozen result with its table, its words and its display."""
