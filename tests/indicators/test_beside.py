"""Numbers that are no observations: what became of the rows of a load."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from indicators.checked import load_checked
from indicators.standing.explained import explain_fact
from ioc.errors import UsageError
from ioc.published import Publication
from tests.indicators import small_core
from tests.warehouse_fixture import open_warehouse, publish_now


def load(load_id: str, loaded_at: datetime, refused: int) -> dict[str, object]:
    return {
        "load_id": load_id, "source": "one_stop", "dataset": "ho_so", "run_id": "r", "landed_path": "landing/a",
        "sha256": "0" * 64, "rows_in": 100, "rows_good": 90 - refused, "rows_refused": refused, "rows_duplicate": 10,
        "rows_changed": 90, "loaded_at": loaded_at,
    }  # fmt: skip


def refused_row(position: int, load_id: str, at: datetime) -> dict[str, object]:
    return {
        "quarantine_id": f"q{position}", "source": "one_stop", "dataset": "ho_so", "load_id": load_id, "run_id": "r",
        "landed_path": "landing/a", "position": position, "rule": "type:so_ngay", "field": "so_ngay",
        "reason_vi": "không phải số", "reason_en": "no number", "masked_row": "{}", "status": "refused",
        "quarantined_at": at,
    }  # fmt: skip


def test_a_load_says_what_became_of_its_rows(tmp_path: Path) -> None:
    """Rows refused again stand under the load that brought them first: the second load lists none of its own."""
    moment = small_core.NOW.replace(tzinfo=None)
    home = tmp_path / "home"
    with open_warehouse(home, now=small_core.NOW) as warehouse:
        with warehouse.transaction() as cursor:
            small_core.put(cursor, "core.unit", [small_core.unit("51", "province", "province")])
            small_core.put(cursor, "ops.load_ledger", [load("a", moment, 3), load("b", moment + timedelta(hours=1), 3)])
            small_core.put(cursor, "ops.quarantine", [refused_row(place, "a", moment) for place in (7, 8, 9)])
        publish_now(warehouse, home, now=small_core.NOW, catalogue_json=load_checked().to_json())
    publication = Publication(home)
    with publication.reader() as reader:
        first, second = (
            explain_fact(reader, "supply.load", "src.one_stop.ho_so", "2026-06", load_id, again=True)
            for load_id in ("a", "b")
        )
        with pytest.raises(UsageError, match="no load 'c'"):
            explain_fact(reader, "supply.load", "src.one_stop.ho_so", "2026-06", "c")
    publication.close()
    names = ("rows_in", "rows_good", "rows_refused", "rows_duplicate", "refused_here")
    assert [first.numbers[name] for name in names] == [100, 87, 3, 10, 3]
    assert [second.numbers[name] for name in names] == [100, 87, 3, 10, 0]
    assert first.listed is not None
    assert [row["position"] for row in first.listed.rows] == [7, 8, 9]
    assert first.listed.rows[0]["reason"] == {"vi": "không phải số", "en": "no number"}
    assert [one.again is not None and one.again.agrees for one in (first, second)] == [True, True]
