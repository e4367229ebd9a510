"""The one-stop system: a SQL database in the province's own dialect, SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import sqlalchemy as sa

from pipelines.demo.dossiers import DossierMaker
from pipelines.demo.lives import Lives
from pipelines.demo.moment import texts
from pipelines.demo.standing import Standing, dossier_columns, stand

METADATA = sa.MetaData()


def _flags(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


PROCEDURE = sa.Table(
    "thu_tuc",
    METADATA,
    sa.Column("ma_thu_tuc", sa.Text, primary_key=True),
    *_texts("ten", "linh_vuc", "cap_thuc_hien", "muc_do"),
    *_flags("du_dieu_kien_toan_trinh", "tich_hop_dvcqg", "co_phi", "ket_qua_van_ban", "thoi_han_ngay"),
    *_texts("hieu_luc_tu"),
    *_texts("hieu_luc_den", nullable=True),
    *_texts("cap_nhat_luc"),
)
AGENCY = sa.Table(
    "co_quan",
    METADATA,
    sa.Column("ma_co_quan", sa.Text, primary_key=True),
    *_texts("ten", "cap", "ma_dvhc"),
    *_texts("hieu_luc_tu", "hieu_luc_den", nullable=True),
    *_texts("cap_nhat_luc"),
)
DOSSIER = sa.Table(
    "ho_so",
    METADATA,
    *_texts("ma_ho_so", "ma_thu_tuc", "ma_co_quan"),
    *_texts("ma_xa_co_quan", nullable=True),
    *_texts("ma_co_quan_tiep_nhan"),
    *_texts("ma_xa_nguoi_nop", nullable=True),
    *_flags("kenh_thuc_hien", "trang_thai"),
    *_texts("ngay_nop"),
    *_texts("ngay_tiep_nhan", "ngay_hen_tra_goc", "ngay_hen_tra", "ngay_ket_thuc_xu_ly", "ngay_tra", nullable=True),
    *_flags(
        "co_nghia_vu_tai_chinh",
        "thanh_toan_truc_tuyen",
        "thuoc_dien_so_hoa",
        "da_so_hoa",
        "co_ket_qua_van_ban",
        "co_ket_qua_dien_tu",
        "tai_su_dung",
        "so_lan_gia_han",
        "so_ngay_tam_dung",
    ),
    *_texts("ngay_dong_bo", "cap_nhat_luc", "ho_ten_nguoi_nop", "so_dinh_danh", "dien_thoai"),
)
RATING = sa.Table(
    "danh_gia",
    METADATA,
    *_texts("ma_danh_gia", "ma_ho_so"),
    *_flags("muc"),
    *_texts("luc", "cap_nhat_luc"),
)
_INDEXES = [  # made after the bulk load; the unique ones stand for primary keys
    sa.Index("ho_so_ma", DOSSIER.c.ma_ho_so, unique=True),
    sa.Index("danh_gia_ma", RATING.c.ma_danh_gia, unique=True),
    sa.Index("danh_gia_ho_so", RATING.c.ma_ho_so),
    sa.Index("ho_so_cap_nhat", DOSSIER.c.cap_nhat_luc, DOSSIER.c.ma_ho_so),
    sa.Index("danh_gia_cap_nhat", RATING.c.cap_nhat_luc, RATING.c.ma_danh_gia),
]


class OneStop:
    """The database at an address; `fill` makes it, `advance` writes what changed since."""

    def __init__(self, url: str, maker: DossierMaker) -> None:
        self.engine = sa.create_engine(url)
        self.maker = maker

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def fill(self, months: Iterable[Lives], instant: np.datetime64) -> int:
        """Make the tables and write everything known at a local instant; number of dossiers."""
        total = 0
        with self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-65536"):
                    connection.exec_driver_sql(f"PRAGMA {setting}")
                connection.commit()
            METADATA.drop_all(connection)
            for table in METADATA.sorted_tables:
                connection.execute(sa.schema.CreateTable(table))
            self._write_registers(connection)
            for lives in months:
                standing = stand(lives, instant)
                total += self._write(connection, lives, standing, standing.visible)
                self._write_ratings(connection, lives, instant, None)
            for index in _INDEXES:
                index.create(connection)
            connection.commit()
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
        return total

    def advance(self, months: Iterable[Lives], since: np.datetime64, instant: np.datetime64) -> int:
        """Write the rows whose state changed after `since` and up to `instant`; number of dossiers written."""
        total = 0
        with self.engine.begin() as connection:
            for lives in months:
                standing = stand(lives, instant)
                changed = standing.visible & (standing.changed > since)
                codes = lives.code[changed].tolist()
                for part in _parts(codes, 500):
                    connection.execute(sa.delete(DOSSIER).where(DOSSIER.c.ma_ho_so.in_(part)))
                total += self._write(connection, lives, standing, changed)
                self._write_ratings(connection, lives, instant, since)
        return total

    def _write(self, connection: sa.Connection, lives: Lives, standing: Standing, mask: np.ndarray) -> int:
        if not mask.any():
            return 0
        chosen = lives.where(mask)
        columns = dossier_columns(chosen, _where(standing, mask), self.maker.offices, self.maker.register)
        _insert(connection, DOSSIER, zip(*columns, strict=True))
        return len(chosen)

    def _write_ratings(
        self, connection: sa.Connection, lives: Lives, instant: np.datetime64, since: np.datetime64 | None
    ) -> None:
        changed = lives.rated + lives.delay
        mask = changed <= instant
        if since is not None:
            mask &= changed > since
        if not mask.any():
            return
        codes = lives.code[mask].tolist()
        if since is not None:
            for part in _parts(codes, 500):
                connection.execute(sa.delete(RATING).where(RATING.c.ma_ho_so.in_(part)))
        stamps = texts(changed[mask])
        rows = zip(
            [f"DG-{c}" for c in codes],
            codes,
            lives.rating[mask].tolist(),
            texts(lives.rated[mask]),
            stamps,
            strict=True,
        )
        _insert(connection, RATING, rows)

    def _write_registers(self, connection: sa.Connection) -> None:
        stamp = "2025-07-01 00:00:00"
        _insert(connection, PROCEDURE, [(*row, stamp) for row in self.maker.register.rows()])
        place = self.maker.place
        rows: list[tuple[object, ...]] = []
        home = place.province.code
        rows += [(u.code, u.name, "SO", home, None, None, stamp) for u in place.departments]
        pairs = zip(place.commune_agencies, place.communes, strict=True)
        rows += [(a.code, a.name, "XA", u.code, "2025-07-01", None, stamp) for a, u in pairs]
        rows += [(u.code, u.name, "HUYEN", home, None, "2025-06-30", stamp) for u in place.districts]
        rows += [(o.agency, f"UBND {o.name}", "XA_CU", o.code, None, "2025-06-30", stamp) for o in place.old_communes]
        _insert(connection, AGENCY, rows)


def _where(standing: Standing, mask: np.ndarray) -> Standing:
    return Standing(**{name: getattr(standing, name)[mask] for name in Standing.__dataclass_fields__})


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterable[tuple[object, ...]]) -> None:
    """Bulk insert by the driver's own executemany, placeholders as the driver wants them."""
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    names = ", ".join(column.name for column in table.columns)
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({', '.join([mark] * len(table.columns))})"
    found = list(rows)
    if found:
        connection.exec_driver_sql(statement, found)


def _parts(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
