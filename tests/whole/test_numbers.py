"""Numbers of procedures are computed twice, and counts of parts add up to the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from ioc.published import Publication
from tests.whole.twice import compare, recent


def test_every_number_of_procedures_is_computed_twice(demo_home: Path) -> None:
    compared, wrong = compare(demo_home, {"procedures"})
    assert compared > 3000
    assert not wrong, f"{len(wrong)} of {compared} differ: {wrong[:5]}"


@pytest.mark.parametrize("period_kind", ["month", "quarter"])
def test_province_is_the_sum_of_its_parts_for_counts(demo_home: Path, period_kind: str) -> None:
    """Dossiers received: communes, departments and the rest add up to the province, never more."""
    publication = Publication(demo_home)
    with publication.reader() as reader:
        period = recent(reader.periods(period_kind), 2)[0]
        whole = reader.observation("procedures.received", reader.version.province, period)
        parts = [
            *reader.level("procedures.received", "commune", period),
            *reader.level("procedures.received", "department", period),
        ]
    publication.close()
    assert whole is not None
    assert whole.value is not None
    assert sum(part.value or 0 for part in parts) == pytest.approx(whole.value)
