"""What the pipeline tests share: a context over a fresh home, small source systems, a moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ioc.calendar import WorkCalendar
from ioc.lock import IngestLock
from ioc.settings import Settings, SourceSettings
from ioc.store import AppStore
from ioc.unit import UnitRegistry
from ioc.warehouse import Warehouse
from pipelines.run import RunContext

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
REGISTRY = UnitRegistry.load("51")
CALENDAR = WorkCalendar.load()
FLAGS = (
    "co_nghia_vu_tai_chinh",
    "thanh_toan_truc_tuyen",
    "thuoc_dien_so_hoa",
    "da_so_hoa",
    "co_ket_qua_van_ban",
    "co_ket_qua_dien_tu",
    "tai_su_dung",
)


@contextmanager
def open_run(home: Path, sources: Mapping[str, Mapping[str, Any]], *, now: datetime = NOW) -> Iterator[RunContext]:
    """A run context over a home, with these connections."""
    settings = Settings(
        home=home, sources={name: SourceSettings(**{"every": "1m", **entry}) for name, entry in sources.items()}
    )
    with IngestLock(home) as lock:
        warehouse = Warehouse.open(home, lock=lock, memory_limit="1GB", now=now)
        store = AppStore.open(home)
        try:
            yield RunContext(settings, home.resolve(), warehouse, store, now, CALENDAR, REGISTRY, env={})
        finally:
            store.close()
            warehouse.close()


def dossier(number: int, **given: Any) -> dict[str, Any]:
    """A row of ho_so that fits the contract."""
    row = {
        "ma_ho_so": f"H48.21-260601-{number:04d}",
        "ma_thu_tuc": "1.000001",
        "ma_co_quan": "H48.21",
        "ma_xa_co_quan": None,
        "ma_co_quan_tiep_nhan": "H48.21",
        "ma_xa_nguoi_nop": "21289",
        "kenh_thuc_hien": 2,
        "trang_thai": 9,
        "ngay_nop": "2026-06-01 08:00:00",
        "ngay_tiep_nhan": "2026-06-01 08:30:00",
        "ngay_hen_tra_goc": "2026-06-08 17:00:00",
        "ngay_hen_tra": "2026-06-08 17:00:00",
        "ngay_ket_thuc_xu_ly": "2026-06-05 10:00:00",
        "ngay_tra": None,
        **dict.fromkeys(FLAGS, 1),
        "so_lan_gia_han": 0,
        "so_ngay_tam_dung": 0,
        "ngay_dong_bo": "2026-06-05 10:01:00",
        "cap_nhat_luc": "2026-06-05 10:01:00",
        "ho_ten_nguoi_nop": "Người Thử",
        "so_dinh_danh": "051090000001",
        "dien_thoai": "0900000001",
    }
    return {**row, **given}


def procedure(code: str = "1.000001") -> dict[str, Any]:
    """A row of thu_tuc that fits the contract."""
    return {
        "ma_thu_tuc": code,
        "ten": "Đăng ký khai sinh",
        "linh_vuc": "Hộ tịch",
        "cap_thuc_hien": "XA",
        "muc_do": "TOAN_TRINH",
        "du_dieu_kien_toan_trinh": 1,
        "tich_hop_dvcqg": 1,
        "co_phi": 0,
        "ket_qua_van_ban": 1,
        "thoi_han_ngay": 5,
        "hieu_luc_tu": "2025-07-01",
        "hieu_luc_den": None,
        "cap_nhat_luc": "2025-07-01 00:00:00",
    }


def rating(number: int, level: int = 5) -> dict[str, Any]:
    """A row of danh_gia."""
    return {
        "ma_danh_gia": f"DG-{number}",
        "ma_ho_so": f"H48.21-260601-{number:04d}",
        "muc": level,
        "luc": "2026-06-06 09:00:00",
        "cap_nhat_luc": "2026-06-06 09:00:00",
    }


def write_one_stop(path: Path, dossiers: Sequence[Mapping[str, Any]]) -> str:
    """A one-stop database with these dossiers; returns its address."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        for table, rows in (("thu_tuc", [procedure()]), ("ho_so", list(dossiers)), ("danh_gia", [rating(1)])):
            names = list((rows or [dossier(0)])[0])
            connection.execute(f"CREATE TABLE {table} ({', '.join(names)})")
            connection.executemany(
                f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", [tuple(row.values()) for row in rows]
            )
    connection.close()
    return f"sqlite:///{path}"


def count(ctx: RunContext, sql: str) -> Any:
    """The single value of a query on the warehouse."""
    row = ctx.warehouse.cursor().execute(sql).fetchone()
    return row[0] if row and len(row) == 1 else row
