"""How far a board can be trusted: one check a file, each with a verdict and a known rate of false alarms."""
