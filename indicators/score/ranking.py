"""Places: competition ranking after rounding to 12 significant digits, ties named, chains that break them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indicators.score.exact import significant

Floats = NDArray[np.float64]


def rank_scores(
    scores: Sequence[float | None], breakers: Sequence[Sequence[float | None]] = ()
) -> tuple[list[int | None], list[tuple[int, ...]]]:
    """Rank 1 = highest score; equal scores share the better place; None stays unranked.

    `breakers` are further values, first link first, higher is better, None is worst. Returns the ranks
    and, for
    each unit, the positions it is tied with.
    """
    keys: list[tuple[float, ...] | None] = []
    for position, score in enumerate(scores):
        if score is None:
            keys.append(None)
            continue
        links = [b[position] for b in breakers]
        keys.append((significant(score), *(-np.inf if v is None else significant(v) for v in links)))
    ranked = sorted((i for i, k in enumerate(keys) if k is not None), key=lambda i: keys[i] or (), reverse=True)
    ranks: list[int | None] = [None] * len(scores)
    ties: list[tuple[int, ...]] = [()] * len(scores)
    groups: dict[tuple[float, ...], list[int]] = {}
    for place, position in enumerate(ranked, start=1):
        key = keys[position]
        assert key is not None
        members = groups.setdefault(key, [])
        members.append(position)
        ranks[position] = ranks[members[0]] if len(members) > 1 else place
    for members in groups.values():
        for position in members:
            ties[position] = tuple(m for m in members if m != position)
    return ranks, ties


def rank_within(scores: Sequence[float | None], groups: Sequence[str]) -> list[int | None]:
    """Rank of each unit among the units of its group (its peers)."""
    ranks: list[int | None] = [None] * len(scores)
    for group in sorted(set(groups)):
        members = [i for i, g in enumerate(groups) if g == group]
        inner, _ = rank_scores([scores[i] for i in members])
        for position, rank in zip(members, inner, strict=True):
            ranks[position] = rank
    return ranks


def rank_draws(scores: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
    """Rank every row of a draws x units matrix, 1 = highest, ties share the better place, NaN is last.

    Draws are simulations: values are compared as they are, only exact equality is a tie.
    """
    negated = np.where(np.isnan(scores), np.inf, -scores)
    order = np.argsort(negated, axis=1)
    ordered = np.take_along_axis(negated, order, axis=1)
    places = np.broadcast_to(np.arange(1, scores.shape[1] + 1, dtype=np.int32), scores.shape).copy()
    same = ordered[:, 1:] == ordered[:, :-1]
    if same.any():
        places[:, 1:][same] = 0
        np.maximum.accumulate(places, axis=1, out=places)
    ranks = np.empty_like(places)
    np.put_along_axis(ranks, order, places, axis=1)
    return ranks
