"""Charts: pure functions from observations to figures (plain dictionaries) and html components."""
