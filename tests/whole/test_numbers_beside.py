"""Numbers of reporting, traffic and digital transformation are computed twice."""

from __future__ import annotations

from pathlib import Path

from tests.whole.twice import compare


def test_every_number_beside_procedures_is_computed_twice(demo_home: Path) -> None:
    compared, wrong = compare(demo_home, {"reporting", "traffic", "digital"})
    assert compared > 3000
    assert not wrong, f"{len(wrong)} of {compared} differ: {wrong[:5]}"
