"""Scorecards, official scores by the book, and the analytical view beside them."""

from indicators.score.building import build_table, read_csv
from indicators.score.engine import score_table
from indicators.score.faults import NotExactError, ScoreError, ScoreRefusedError
from indicators.score.reading import find_scorecard, load_scorecard
from indicators.score.result import Note, Part, ScoreResult, UnitScore
from indicators.score.scorecard import Scorecard
from indicators.score.table import ScoreTable

__all__ = [
    "NotExactError",
    "Note",
    "Part",
    "ScoreError",
    "ScoreRefusedError",
    "ScoreResult",
    "ScoreTable",
    "Scorecard",
    "UnitScore",
    "build_table",
    "find_scorecard",
    "load_scorecard",
    "read_csv",
    "score_table",
]
