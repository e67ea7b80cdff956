"""Categories: named rules that select votes, and families of them with an argument."""
