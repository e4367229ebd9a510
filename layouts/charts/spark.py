"""Sparkline: the last periods as a line, the target dashed; an SVG data URI, so it costs no plot."""

from __future__ import annotations

from collections.abc import Sequence

from layouts.theme import Theme, svg_uri

WIDTH, HEIGHT, PAD = 200.0, 60.0, 7.0


def uri(values: Sequence[float | None], target: float | None, theme: Theme) -> str:
    """The line of `values` (oldest first, None leaves a gap) in a 200 x 60 box; empty under two values."""
    known = [value for value in values if value is not None]
    marks: list[str] = []
    if len(known) > 1:
        scope = [*known, target] if target is not None else known
        low, high = min(scope), max(scope)
        span = (high - low) or abs(high) or 1.0
        step = (WIDTH - 2 * PAD) / (len(values) - 1)

        def place(index: int, value: float) -> tuple[float, float]:
            y = HEIGHT - PAD - (value - low) / span * (HEIGHT - 2 * PAD) if high > low else HEIGHT / 2
            return round(PAD + index * step, 1), round(y, 1)

        if target is not None:
            y = place(0, target)[1]
            marks.append(
                f"<path d='M0 {y}H{WIDTH:g}' stroke='{theme.text_3}' stroke-width='1.6' stroke-dasharray='5 4.5'/>"
            )
        marks += [
            f"<polyline points='{run}' stroke='{theme.actual}' stroke-width='3.2' "
            "stroke-linejoin='round' stroke-linecap='round'/>"
            for run in _runs(values, place)
        ]
        last = max(index for index, value in enumerate(values) if value is not None)
        x, y = place(last, known[-1])
        marks.append(f"<circle cx='{x}' cy='{y}' r='5.4' fill='{theme.text}'/>")
    return svg_uri(
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH:g} {HEIGHT:g}' fill='none'>{''.join(marks)}</svg>"
    )


def _runs(values: Sequence[float | None], place) -> list[str]:  # type: ignore[no-untyped-def]
    """Stretches without a gap, as point lists."""
    runs: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            x, y = place(index, value)
            runs[-1].append(f"{x},{y}")
    return [" ".join(run) for run in runs if len(run) > 1]
