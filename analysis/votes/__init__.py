"""The vote table, its ledger, and the categories that select from it."""
