"""What is believed of each counted rate after its cases: a Beta distribution per unit (METHODS 2.8, 2.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indicators.score.exact import parse_exact
from indicators.score.official import Setting
from indicators.score.scorecard import Criterion
from indicators.score.small_numbers import fit_beta
from indicators.score.table import ScoreTable, plain_counts

Floats = NDArray[np.float64]
Draws = NDArray[np.float32]


@dataclass(slots=True)
class Posterior:
    """Beta parameters per unit of one ratio criterion, and which units have a count."""

    criterion: Criterion
    alpha: Floats
    beta: Floats
    known: NDArray[np.bool_]
    mean: Draws
    sd: Draws


def posteriors(
    setting: Setting, criteria: dict[str, Criterion], nodes: object, groups: Sequence[str] | None
) -> dict[str, Posterior]:
    found = {}
    for name, criterion in criteria.items():
        counts = counts_of(setting.table, criterion)
        if counts is None or criterion.form is None or criterion.form.takes != "number":
            continue
        if criterion.form.kind == "steps":  # bands on counted duties: a step at 100 % is a fact, not a drawn rate
            continue
        if criterion.form.kind == "increments" and (criterion.form.start_from or criterion.form.level_factor):
            continue
        k, n = counts
        known = n > 0
        alpha, beta = np.ones(len(k)), np.ones(len(k))
        for group in sorted(set(groups)) if groups else [""]:
            members = np.array([g == group for g in groups]) if groups else np.ones(len(k), dtype=bool)
            prior = fit_beta(k[members], n[members])
            alpha[members] = prior.alpha + k[members]
            beta[members] = prior.beta + n[members] - k[members]
        mean = alpha / (alpha + beta)
        sd = np.sqrt(mean * (1 - mean) / (alpha + beta + 1))
        found[name] = Posterior(criterion, alpha, beta, known, mean.astype(np.float32), sd.astype(np.float32))
    return found


def counts_of(table: ScoreTable, criterion: Criterion) -> tuple[Floats, Floats] | None:
    """Numerators and denominators of a criterion fed by one ratio input; n = 0 where there is no count."""
    column = table.inputs.get(criterion.source())
    if criterion.numerator is not None or criterion.value is not None or column is None:
        return None
    k, n = np.zeros(len(table.units)), np.zeros(len(table.units))
    if column.tops is None or column.bottoms is None:
        return None
    counts = plain_counts(column)
    if counts is not None:
        return np.array(counts[0], dtype=np.float64), np.array(counts[1], dtype=np.float64)
    for row in range(len(table.units)):
        if column.state(row) == "value":
            k[row], n[row] = parse_exact(column.tops[row]).value(), parse_exact(column.bottoms[row]).value()
    return k, n
