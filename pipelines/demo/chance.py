"""Chance that repeats: every draw hangs on (seed, province, what, when) and on nothing else."""

from __future__ import annotations

import zlib

import numpy as np

from pipelines.demo.options import DemoOptions


def draw(options: DemoOptions, *what: str | int) -> np.random.Generator:
    """A generator for one subject and moment; the same arguments always give the same stream."""
    words = [zlib.crc32(part.encode()) if isinstance(part, str) else int(part) for part in what]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([options.seed, int(options.province), *words])))


def pick(cumulative: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Indices drawn by cumulative weights (last entry 1), from uniform numbers of any shape."""
    return np.minimum(np.searchsorted(cumulative, uniform, side="right"), len(cumulative) - 1)


def accumulate(weights: np.ndarray) -> np.ndarray:
    """Cumulative weights ending at 1."""
    total = np.cumsum(np.asarray(weights, dtype=float))
    return total / total[-1]
