"""What can go wrong while scoring, in words a person can act on."""

from __future__ import annotations

from ioc.errors import IocError


class ScoreError(IocError):
    """A table or a request does not fit the scorecard."""


class ScoreRefusedError(ScoreError):
    """The edition must not be scored: for instance its weights are not loaded yet."""


class NotExactError(ScoreError):
    """A text cannot be read as an exact number."""
