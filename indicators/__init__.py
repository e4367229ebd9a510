"""Core tables into numbers: measuring, scoring, explaining."""
