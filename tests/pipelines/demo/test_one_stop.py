"""The one-stop database: levels, lives, time, and that it repeats."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from ioc.unit.tables import read_succession
from pipelines.demo import DemoOptions, DemoSystems
from tests.pipelines.demo.conftest import NOW, SMALL
from tests.postgres import running_postgres

LOCAL_NOW = "2026-06-15 10:20:00"
DOSSIER = re.compile(r"^(\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}|[A-Y]\d{2}(\.[A-Z0-9]{1,5}){0,5})-\d{6}-\d{4,}$")


def read(systems: DemoSystems, statement: str) -> list[Any]:
    with systems.one_stop.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def test_register_counts_are_the_quoted_ones(systems: DemoSystems) -> None:
    in_service = "hieu_luc_tu <= '2026-06-15' AND (hieu_luc_den IS NULL OR hieu_luc_den >= '2026-06-15')"
    rows = read(systems, f"SELECT muc_do, count(*) FROM thu_tuc WHERE {in_service} GROUP BY 1 ORDER BY 1")
    assert rows == [("MOT_PHAN", 1336), ("TOAN_TRINH", 848)]
    flags = read(systems, f"SELECT sum(tich_hop_dvcqg), sum(du_dieu_kien_toan_trinh) FROM thu_tuc WHERE {in_service}")
    assert flags == [(2127, 1175)]
    assert read(systems, "SELECT count(*) FROM co_quan WHERE cap IN ('SO', 'XA')") == [(108,)]


def test_other_province_lam_dong_has_its_quoted_register() -> None:
    from pipelines.demo.place import Place
    from pipelines.demo.register import make_register

    options = DemoOptions(province="68")
    register = make_register(options)
    levels = register.level[: register.in_service]
    assert [levels.count(level) for level in ("TOAN_TRINH", "MOT_PHAN", "KHONG")] == [877, 1163, 197]
    assert len(Place(options).communes) == 124
    assert register.name[0].startswith("Chứng thực")
    assert "KHONG" not in levels[:17]  # everyday procedures are offered online


@pytest.mark.parametrize("quarter", [(3, 4, 5), (6, 7, 8)], ids=["spring", "summer"])
def test_levels_lie_near_the_quoted_figures(quarter: tuple[int, ...]) -> None:
    """Shares of lives of 2026 at a scale where chance is small: within one point of the source documents."""
    from pipelines.demo.dossiers import DossierMaker
    from pipelines.demo.place import Place

    maker = DossierMaker(Place(DemoOptions(scale=0.2)))
    months = [maker.month(2026 * 12 + month) for month in quarter]
    online = sum(int((m.channel == 2).sum()) for m in months) / sum(map(len, months))
    paid = sum(int(m.is_paid_online.sum()) for m in months) / sum(int(m.is_fee_due.sum()) for m in months)
    digitised = sum(int(m.is_digitised.sum()) for m in months) / sum(int(m.is_digitisation_due.sum()) for m in months)
    happy = sum(int((m.rating >= 4).sum()) for m in months) / sum(int((m.rating > 0).sum()) for m in months)
    assert (online, paid, digitised, happy) == (
        pytest.approx(0.7753, abs=0.01),
        pytest.approx(0.5877, abs=0.01),
        pytest.approx(0.8887, abs=0.01),
        pytest.approx(0.937, abs=0.015),  # a rating in eight: chance alone moves it by a point
    )
    settled = [(m.ended <= m.due)[(m.end_status == 9) & ~np.isnat(m.ended)] for m in months]
    assert 0.965 < sum(int(s.sum()) for s in settled) / sum(map(len, settled)) < 0.985
    ranked = sorted(maker.place.demand)
    assert ranked[-1] > 8 * ranked[0]


def test_nothing_is_shown_before_it_happened(systems: DemoSystems) -> None:
    for column in ("ngay_nop", "ngay_tiep_nhan", "ngay_ket_thuc_xu_ly", "ngay_tra", "cap_nhat_luc"):
        assert read(systems, f"SELECT max({column}) FROM ho_so")[0][0] <= LOCAL_NOW
    wrong = "ngay_tiep_nhan < ngay_nop"
    wrong += " OR ngay_ket_thuc_xu_ly < ngay_nop OR ngay_tra < ngay_ket_thuc_xu_ly OR cap_nhat_luc < ngay_nop"
    assert read(systems, f"SELECT count(*) FROM ho_so WHERE {wrong}") == [(0,)]
    states = "(trang_thai IN (3, 7, 8, 9, 10)) != (ngay_ket_thuc_xu_ly IS NOT NULL)"
    states += " OR (trang_thai = 10) != (ngay_tra IS NOT NULL)"
    assert read(systems, f"SELECT count(*) FROM ho_so WHERE {states}") == [(0,)]
    assert {row[0] for row in read(systems, "SELECT DISTINCT trang_thai FROM ho_so")} >= {3, 4, 7, 9, 10}


def test_codes_are_of_their_time(systems: DemoSystems) -> None:
    codes = read(systems, "SELECT ma_ho_so, ma_xa_nguoi_nop, ma_xa_co_quan, ngay_nop FROM ho_so")
    assert all(DOSSIER.match(row[0]) for row in codes)
    assert len({row[0] for row in codes}) == len(codes)
    communes = {unit.code for unit in systems.place.communes}
    for _, applicant, office, submitted in codes:
        for code in (applicant, office):
            assert code is None or (code in communes if submitted >= "2025-07-01" else code in read_succession())
    weekend = read(systems, "SELECT count(*) FROM ho_so WHERE strftime('%w', ngay_nop) = '0' AND kenh_thuc_hien = 1")
    assert weekend == [(0,)]


def test_offices_in_trouble_settle_late(systems: DemoSystems) -> None:
    from pipelines.demo.dossiers import DossierMaker
    from pipelines.demo.place import Place

    maker = DossierMaker(Place(DemoOptions(scale=0.4)))
    lives = maker.month(2026 * 12 + 7)
    settled = (lives.end_status == 9) & ~np.isnat(lives.ended)
    late = lives.ended > lives.due
    for office in maker.troubled:
        own = settled & (lives.agency == office.row)
        assert late[own].mean() == pytest.approx(office.late_share, abs=0.13)
        assert late[own].mean() > 2 * late[settled].mean()


def snapshot(systems: DemoSystems) -> dict[str, list[Any]]:
    return {
        table: read(systems, f"SELECT * FROM {table} ORDER BY 1")
        for table in ("ho_so", "danh_gia", "thu_tuc", "co_quan")
    }


def test_advancing_equals_building_later_and_repeats(tmp_path: Path) -> None:
    options = DemoOptions(scale=0.004, months=3)
    stepped = DemoSystems.build(tmp_path / "a", options, NOW)
    assert stepped.advance(NOW) == 0
    for hours in (1, 9, 26, 30, 24 * 9):
        stepped.advance(NOW + timedelta(hours=hours))
    again = DemoSystems.open(tmp_path / "a")
    assert again.advance(NOW + timedelta(hours=24 * 9)) == 0
    whole = DemoSystems.build(tmp_path / "b", options, NOW + timedelta(hours=24 * 9))
    assert snapshot(stepped) == snapshot(whole)
    portal = [s.portal.records(s.portal.arrived(None)) for s in (stepped, whole)]
    assert portal[0] == portal[1]
    names = [sorted(p.name for p in (s.folder / "inbox" / "reports").iterdir()) for s in (stepped, whole)]
    assert names[0] == names[1]
    for name in names[0]:
        if name.endswith(".csv"):
            assert (stepped.folder / "inbox/reports" / name).read_bytes() == (
                whole.folder / "inbox/reports" / name
            ).read_bytes()
    for path in (whole.folder / "archive/traffic").iterdir():
        assert path.read_bytes() == (stepped.folder / "archive/traffic" / path.name).read_bytes()
    planted = [(s.folder / "planted.json").read_text() for s in (stepped, whole)]
    assert planted[0] == planted[1]


def test_homes_begun_on_different_days_agree_on_their_overlap(systems: DemoSystems, tmp_path: Path) -> None:
    other = DemoSystems.build(tmp_path, DemoOptions(scale=SMALL.scale, months=5), NOW)
    first = read(other, "SELECT min(ngay_nop) FROM ho_so")[0][0][:7]
    assert first == "2026-01"
    overlap = f"SELECT * FROM ho_so WHERE ngay_nop >= '{first}-01' ORDER BY ma_ho_so"
    assert read(systems, overlap) == read(other, overlap)
    assert len(read(other, overlap)) > 1000


def test_another_seed_gives_another_history(tmp_path: Path, systems: DemoSystems) -> None:
    other = DemoSystems.build(tmp_path, DemoOptions(scale=SMALL.scale, months=1, seed=7), NOW)
    since = "SELECT ngay_nop FROM ho_so WHERE ngay_nop >= '2026-05-01' ORDER BY 1"
    assert read(other, since) != read(systems, since)


def test_postgresql_holds_the_same(tmp_path: Path) -> None:
    options = DemoOptions(scale=0.002, months=1)
    later = NOW + timedelta(hours=5)
    with running_postgres() as url:
        remote = DemoSystems.build(tmp_path / "pg", options, NOW, database=url)
        remote.advance(later)
        local = DemoSystems.build(tmp_path / "lite", options, later)
        collated = 'SELECT * FROM ho_so ORDER BY ma_ho_so COLLATE "C"'
        assert read(remote, collated) == read(local, "SELECT * FROM ho_so ORDER BY ma_ho_so")
        kinds = {column["name"]: column["type"] for column in sa.inspect(remote.one_stop.engine).get_columns("ho_so")}
        assert isinstance(kinds["ngay_nop"], sa.Text)
        remote.close()
