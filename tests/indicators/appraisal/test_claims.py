# ruff: noqa: E501  (one case a line)
"""Claims through their life, provisional places, the queue, and the book of named operators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from indicators.appraisal.claims import Claim, enter, may_dispute, open_disputes
from indicators.appraisal.provisional import draw_provisional, moments
from ioc.errors import UsageError
from ioc.store import AppStore
from ioc.store.appraisal import AppraisalBook, Entry, EntryKind, keep_evidence

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
P, U, C = "2026-Q3", "21289", "XA.01"


def entry(kind: EntryKind, value: float | None, day: int, by: str = "A", reason: str = "seen") -> Entry:
    return Entry(kind, P, U if kind != "close" else "", C if kind != "close" else "", value, reason, "", by, NOW + timedelta(days=day))  # fmt: skip


def live(*entries: Entry) -> Claim:
    return enter({}, entries, now=NOW + timedelta(days=60))[P, U, C]


def test_a_claim_lives_through_all_its_states() -> None:
    life = [entry("self", 80, 0), entry("verify", 70, 5, "B"), entry("dispute", None, 9), entry("answer", 76, 11, "B")]
    assert [live(*life[: n + 1]).status for n in range(4)] == ["self", "verified", "disputed", "verified"]
    settled = live(*life)
    assert (settled.self_value, settled.verified, settled.counts, settled.by) == (80, 76, 76, "B")
    closed = live(*life, entry("close", None, 20, "C"))
    assert (closed.status, closed.final, closed.by) == ("final", 76, "C")
    assert live(*life, entry("close", None, 20), entry("verify", 10, 21)).final == 76, "a closed value is not changed"


def test_disputes_have_a_window_and_nothing_from_the_future_counts() -> None:
    late = live(entry("self", 80, 0), entry("verify", 70, 5), entry("dispute", None, 16))
    assert late.status == "verified"
    assert not may_dispute(Claim(P, U, C, 80.0), NOW.replace(tzinfo=None))
    early = enter({}, [entry("self", 80, 0), entry("verify", 70, 5)], now=NOW + timedelta(days=1))
    assert early[P, U, C].verified is None
    disputed = live(entry("self", 80, 0), entry("verify", 70, 5), entry("dispute", None, 6))
    assert open_disputes([disputed], P) == [disputed]


def cells(unit: str, values: list[tuple[float, float | None]]) -> list[Claim]:
    return [
        Claim(P, unit, f"XA.{i:02d}", s, v, None, "self" if v is None else "verified")
        for i, (s, v) in enumerate(values)
    ]


def test_provisional_places_and_the_queue() -> None:
    criteria = [f"XA.{i:02d}" for i in range(4)]
    claims = [
        *cells("1", [(90, 90.0)] * 4),
        *cells("2", [(88, None)] * 2 + [(80, 78.0)] * 2),
        *cells("3", [(85, None)] + [(84, 82.0)] * 3),
        *cells("4", [(20, None)] + [(20, 18.0)] * 3),
    ]
    history = [claim for claim in claims if claim.verified is not None]
    found = draw_provisional(claims, ["1", "2", "3", "4", "5"], criteria, history, seed=4)
    assert found.verified_rank[0] == 1
    assert found.verified_rank[1] == 3, "a pending cell earns nothing by what is verified"
    assert found.verified_score[4] == found.self_score[4] == 0, "what was never claimed earns nothing"
    assert all(low <= high for low, high in zip(found.low, found.high, strict=True))
    assert [one.place for one in found.queue] == [1, 2, 3, 4]
    assert {one.claim.unit for one in found.queue[:2]} <= {"2", "3"}, "the hopeless last place settles nothing"
    assert found.queue[-1].claim.unit == "4"
    assert found.queue[-1].impact == pytest.approx(0, abs=1e-3)
    assert all(one.expected <= (one.claim.self_value or 0) for one in found.queue)


def test_withholding_a_claim_never_improves_the_verified_place() -> None:
    rng = np.random.default_rng(8)
    criteria = [f"XA.{i:02d}" for i in range(5)]
    for _ in range(30):
        claims = [c for u in "12345" for c in cells(u, [(float(s), float(s)) for s in rng.integers(20, 100, 5)])]
        units = list("12345")
        before = draw_provisional(claims, units, criteria, claims, seed=1, draws=10).verified_rank
        kept = [c for c in claims if not (c.unit == "3" and c.criterion == "XA.02")]
        after = draw_provisional(kept, units, criteria, kept, seed=1, draws=10).verified_rank
        assert (after[2] or 9) >= (before[2] or 9)


def test_moments_of_a_beta_are_recovered() -> None:
    mean, k = moments(np.random.default_rng(2).beta(40 * 0.9, 40 * 0.1, 4000))
    assert mean == pytest.approx(0.9, abs=0.01)
    assert k == pytest.approx(40, rel=0.1)


def test_the_book_keeps_names_reasons_and_evidence(tmp_path: Path) -> None:
    store = AppStore.open(tmp_path)
    try:
        book = AppraisalBook(store)
        book.add(entry("self", 80, 0, reason=""))
        book.add(entry("verify", 70, 1, "B"))
        assert [(e.kind, e.value, e.operator) for e in book.entries(P)] == [("self", 80, "A"), ("verify", 70, "B")]
        assert book.entries("2025-Q1") == []
        for bad in (
            entry("verify", 70, 1, reason=" "),
            entry("self", 101, 0),
            entry("self", 5, 0, " "),
            entry("self", None, 0),
        ):
            with pytest.raises(UsageError):
                book.add(bad)
        assert len(book.entries()) == 2
    finally:
        store.close()
    file = tmp_path / "Bằng chứng.PDF"
    file.write_bytes(b"%PDF-1.7 evidence")
    kept = keep_evidence(tmp_path, file)
    assert (tmp_path / kept).read_bytes() == file.read_bytes()
    assert keep_evidence(tmp_path, file) == kept
    (tmp_path / "run.exe").write_bytes(b"x")
    with pytest.raises(UsageError, match="not taken"):
        keep_evidence(tmp_path, tmp_path / "run.exe")
