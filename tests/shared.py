"""Where the reference data sets lie: beside the repository, read-only, never copied into it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("IOC_SHARED", ROOT.parent / "shared")) / "data"


def shared_data(*parts: str) -> Path:
    """Path of a reference file; skips the calling test visibly when the folder is absent (fails under CI=true)."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        reason = f"reference data {'/'.join(parts)} is absent (looked in ../shared/data)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
