"""Ingest of a million dossiers from CSV and PostgreSQL: pull, landing, contract and merge, each beside the bare way.

Bare means the same driver or engine without what makes it trustworthy: for the pull the driver's own fetch of the same
columns; for contract and merge DuckDB reading the same landed bytes into the same table of core, without judging them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from ioc.calendar import WorkCalendar
from ioc.lock import IngestLock
from ioc.unit import UnitRegistry
from ioc.warehouse import Warehouse
from ioc.warehouse.migrate import find_migrations
from pipelines.conform import calendar_table, read_blocks
from pipelines.connect import files, sql
from pipelines.connect.delivery import Ask, Column, Deadline, Delivery
from pipelines.landing import Landed, LandingWriter, manifests
from pipelines.load import Loader
from pipelines.scanner.masking import Masked, mask_table
from pipelines.spec import SourceSpec, load_sources
from tests.bench.bench_dlt import from_dlt
from tests.bench.rows import Row, Spent, spending
from tests.postgres import running_postgres

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
ROWS = 1_000_000
PULL_MOST, LOAD_MOST = 1.5, 1.5


def bench_ingest(rows: int = ROWS) -> list[Row]:
    """Both ways in, then what follows from the landed bytes of the first."""
    with tempfile.TemporaryDirectory(prefix="ioc-ingest-") as folder:
        place = Path(folder)
        registry = UnitRegistry.load("51")
        table = dossiers(rows, registry)
        (place / "csv").mkdir()
        pacsv.write_csv(table, place / "csv" / "ho-so.csv")
        found = [*from_csv(place, rows)]
        with running_postgres() as url:
            fill_postgres(url, place / "csv" / "ho-so.csv", table)
            found += from_postgres(place, url, rows)
        found += load_landed(place, registry, rows)
    return found


def dossiers(rows: int, registry: UnitRegistry) -> pa.Table:
    """The table ho_so of a one-stop system as text and small numbers; two years, all agencies."""
    chance = np.random.default_rng(51)
    agencies = np.array([unit.code for unit in registry.agencies() if unit.kind != "district_agency"])
    communes = np.array([unit.code for unit in registry.communes()])
    received = np.datetime64("2025-07-01T01:00:00") + chance.integers(0, 360 * 86_400, rows).astype("m8[s]")
    finished = received + chance.integers(3600, 8 * 86_400, rows).astype("m8[s]")
    due = received + np.timedelta64(5 * 86_400, "s")
    agency = chance.choice(agencies, rows)
    number = np.char.zfill(np.arange(rows).astype(str), 7)

    def text(moments: np.ndarray) -> pa.Array:
        return pa.array(np.char.replace(np.datetime_as_string(moments, "s"), "T", " "))

    flag = [pa.array(chance.integers(0, 2, rows)) for _ in range(7)]
    columns: dict[str, Any] = {
        "ma_ho_so": pa.array(np.char.add(np.char.add(agency, "-260601-"), number)),
        "ma_thu_tuc": pa.array(np.char.add("1.", np.char.zfill(chance.integers(0, 2000, rows).astype(str), 6))),
        "ma_co_quan": pa.array(agency),
        "ma_xa_co_quan": pa.nulls(rows, pa.string()),
        "ma_co_quan_tiep_nhan": pa.array(agency),
        "ma_xa_nguoi_nop": pa.array(chance.choice(communes, rows)),
        "kenh_thuc_hien": pa.array(chance.integers(1, 4, rows)),
        "trang_thai": pa.array(chance.integers(9, 11, rows)),
        "ngay_nop": text(received),
        "ngay_tiep_nhan": text(received + np.timedelta64(600, "s")),
        "ngay_hen_tra_goc": text(due),
        "ngay_hen_tra": text(due),
        "ngay_ket_thuc_xu_ly": text(finished),
        "ngay_tra": text(finished),
        "co_nghia_vu_tai_chinh": flag[0],
        "thanh_toan_truc_tuyen": flag[1],
        "thuoc_dien_so_hoa": flag[2],
        "da_so_hoa": flag[3],
        "co_ket_qua_van_ban": flag[4],
        "co_ket_qua_dien_tu": flag[5],
        "tai_su_dung": flag[6],
        "so_lan_gia_han": pa.array(chance.integers(0, 3, rows)),
        "so_ngay_tam_dung": pa.array(chance.integers(0, 3, rows)),
        "ngay_dong_bo": text(finished),
        "cap_nhat_luc": text(finished),
        "ho_ten_nguoi_nop": pa.array(["Người Thử"] * rows),
    }
    return pa.table(columns)


def spec_of(kind: str) -> SourceSpec:
    """The shipped contract of the one-stop system, read from a database or from a folder."""
    shipped = load_sources()["one_stop"]
    dataset = shipped.datasets["ho_so"]
    if kind == "files":
        dataset = dataset.model_copy(update={"request": {"glob": "*.csv"}, "by_content": True})
    return shipped.model_copy(update={"kind": kind, "datasets": {"ho_so": dataset}})


def ask_of(spec: SourceSpec, connection: dict[str, Any], home: Path) -> Ask:
    """A pull of everything."""
    dataset = spec.datasets["ho_so"]
    columns = [Column(name, column.type, column.path, column.decimal) for name, column in dataset.columns.items()]
    return Ask("one_stop", "ho_so", columns, connection, dataset.request, None, NOW, Deadline("one_stop", 3600), home)


def from_csv(place: Path, rows: int) -> Iterator[Row]:
    """Pull of a CSV file beside pyarrow reading the same columns."""
    spec = spec_of("files")
    names = list(spec.datasets["ho_so"].columns)
    options = pacsv.ConvertOptions(include_columns=names, column_types=dict.fromkeys(names, pa.string()))
    pulled, bare = in_turn(
        lambda: read(files.pull, ask_of(spec, {"path": str(place / "csv")}, place)),
        lambda: pacsv.read_csv(place / "csv" / "ho-so.csv", convert_options=options),
    )
    yield pull_row("pull from CSV", pulled, bare, rows)
    tables = read(files.pull, ask_of(spec, {"path": str(place / "csv")}, place))
    yield land(place / "csv-home", tables, rows, "CSV")


def fill_postgres(url: str, csv: Path, table: pa.Table) -> None:
    """Copy the same rows into a table with a key and an index of changes."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        columns = ", ".join(
            f"{name} {'integer' if pa.types.is_integer(kind) else 'text'}"
            for name, kind in zip(table.column_names, table.schema.types, strict=True)
        )
        cursor.execute(f"CREATE TABLE ho_so ({columns})")
        with cursor.copy("COPY ho_so FROM STDIN (FORMAT csv, HEADER)") as copy, csv.open("rb") as file:
            while chunk := file.read(1 << 20):
                copy.write(chunk)
        cursor.execute("ALTER TABLE ho_so ADD PRIMARY KEY (ma_ho_so)")


def from_postgres(place: Path, url: str, rows: int) -> Iterator[Row]:
    """Pull of a table beside the driver's own fetch of the same columns."""
    import psycopg

    spec = spec_of("sql")
    names = ", ".join(spec.datasets["ho_so"].columns)
    address = url.replace("+psycopg", "")

    def fetch() -> None:
        with psycopg.connect(address) as connection, connection.cursor(name="bare") as cursor:
            cursor.execute(f"SELECT {names} FROM ho_so")
            while cursor.fetchmany(sql.PAGE_ROWS):
                pass

    pulled, bare = in_turn(lambda: read(sql.pull, ask_of(spec, {"address": url}, place)), fetch)
    yield pull_row("pull from PostgreSQL", pulled, bare, rows)
    tables = read(sql.pull, ask_of(spec, {"address": url}, place))
    yield land(place / "pg-home", tables, rows, "PostgreSQL")


def in_turn(own: Callable[[], object], bare: Callable[[], object]) -> tuple[Spent, Spent]:
    """Both ways five times, one after the other; what the pair with the middle ratio took."""
    pairs = []
    for _ in range(5):
        with spending() as of_bare:
            bare()
        with spending() as of_own:
            own()
        pairs.append((of_own, of_bare))
    return middle(pairs)


def middle(pairs: list[tuple[Spent, Spent]]) -> tuple[Spent, Spent]:
    """Of an odd number of pairs (own, bare) the one with the middle ratio."""
    return sorted(pairs, key=lambda pair: pair[0].wall / pair[1].wall)[len(pairs) // 2]


def read(pull: Any, ask: Ask) -> list[pa.Table]:
    """Every table of a pull."""
    return [table for delivery in pull(ask) if isinstance(delivery, Delivery) for table in delivery.tables]


def pull_row(what: str, pulled: Spent, bare: Spent, rows: int) -> Row:
    """A pull beside its bare fetch."""
    return Row(
        f"{what}: rows a second",
        rows / pulled.wall,
        "rows/s",
        ratio=beside(pulled, bare, f"the bare fetch (at most {PULL_MOST})"),
        note=f"{pulled.cpu:.1f} s processor, bare {bare.cpu:.1f} s",
    )


def beside(own: Spent, bare: Spent, what: str) -> str:
    """Time by the clock beside the bare way, and processor time of this process beside it: a busy machine blurs the
    first."""
    return f"{own.wall / bare.wall:.2f} times {what}, {own.cpu / bare.cpu:.2f} of its processor time"


def land(home: Path, tables: list[pa.Table], rows: int, what: str) -> Row:
    """Landing what was pulled: scanned for personal data, written, hashed, on disk."""
    with spending() as spent:
        landed_from(home, tables)
    return Row(f"landing from {what}: rows a second", rows / spent.wall, "rows/s", note=f"{spent.cpu:.1f} s processor")


def landed_from(home: Path, tables: list[pa.Table]) -> Landed:
    """A finished landing of these tables."""
    writer = LandingWriter(home, "one_stop", "ho_so", "bench", NOW)
    columns, masked = load_sources()["one_stop"].datasets["ho_so"].columns, Masked()
    for table in tables:
        writer.write(mask_table(table, columns, masked))
    delivery = Delivery("bench", (), None, NOW, content_sha256=home.name, is_full=True)
    return writer.finish(delivery, by_content=True)


def load_landed(place: Path, registry: UnitRegistry, rows: int) -> Iterator[Row]:
    """Contract, conform, merge, checks and ledger, beside DuckDB reading and merging the same landed bytes."""
    for name in ("csv-home", "pg-home"):
        home = (place / name).resolve()
        (landed,) = manifests(home)
        first, bare = middle([load_beside(home, landed, registry, rows) for _ in range(3)])
        yield Row(
            f"contract and merge of what came from {name.partition('-')[0]}: rows a second",
            rows / first.wall,
            "rows/s",
            ratio=beside(first, bare, f"bare DuckDB (at most {LOAD_MOST})"),
            note=f"{first.cpu:.1f} s processor, bare {bare.cpu:.1f} s",
        )
        if name == "pg-home":
            yield from_dlt(place, landed.files(home), first)


def load_beside(home: Path, landed: Landed, registry: UnitRegistry, rows: int) -> tuple[Spent, Spent]:
    """What loading into a new warehouse took, and the bare way into a new file."""
    spec = spec_of("files")
    shutil.rmtree(home / "warehouse", ignore_errors=True)
    (home / "bare.duckdb").unlink(missing_ok=True)
    with spending() as bare:
        merge_bare(landed.files(home), home / "bare.duckdb", spec, registry)
    with IngestLock(home) as lock:
        warehouse = Warehouse.open(home, lock=lock)
        try:
            with warehouse.transaction() as cursor:  # a check of the source asks for a procedure in service
                cursor.execute("INSERT INTO core.procedure (procedure_code) VALUES ('1.000001')")
            loader = Loader(home, warehouse, registry, WorkCalendar.load(), {"province": "51"})
            with spending() as own:
                result = loader.load(spec, landed, NOW)
        finally:
            warehouse.close()
    assert (result.status, result.rows_good) == ("loaded", rows), result
    return own, bare


def merge_bare(paths: list[str], file: Path, spec: SourceSpec, registry: UnitRegistry) -> None:
    """What one would write in plain DuckDB for the same rows of core: cast, look up units, one row a key, merge.

    No contract: nothing is judged, nothing refused, nothing counted, no lineage checked; a value that cannot be read
    ends it.
    """
    columns = spec.datasets["ho_so"].columns
    statement = read_blocks(spec.folder / "conform.sql")["ho_so -> core.dossier"].replace("$province", "'51'")
    connection = duckdb.connect(str(file), config={"threads": "2", "memory_limit": "2GB"})
    try:
        for migration in find_migrations():
            connection.execute(migration.sql)
        connection.register("calendar_day", calendar_table(WorkCalendar.load()))
        codes = [unit.code for unit in (*registry.agencies(), *registry.communes())]
        units = pa.table({"code": codes, "unit": [registry.measured_as(code) for code in codes]})
        connection.register("unit_of", units)
        places = [name for name, column in columns.items() if column.place]
        casts = ", ".join(bare_cast(name, column.type) for name, column in columns.items())
        found = ", ".join(f"{name}_u.unit AS {name}__unit" for name in places)
        joins = " ".join(f"LEFT JOIN unit_of {name}_u ON {name}_u.code = t.{name}" for name in places)
        connection.execute("BEGIN")
        connection.execute(
            f"""CREATE TEMP VIEW staged AS
            SELECT t.*, {found} FROM (SELECT {casts} FROM read_parquet({paths!r})) t {joins}
            QUALIFY row_number() OVER (PARTITION BY ma_ho_so ORDER BY cap_nhat_luc DESC) = 1"""
        )
        connection.execute(
            f"CREATE TEMP TABLE batch AS SELECT *, 'x' AS source, 'x' AS load_id, now() AS known_at FROM ({statement})"
        )
        connection.execute("DELETE FROM core.dossier WHERE dossier_code IN (SELECT dossier_code FROM batch)")
        connection.execute("INSERT INTO core.dossier BY NAME SELECT * FROM batch")
        connection.execute("COMMIT")
    finally:
        connection.close()


def bare_cast(name: str, kind: str) -> str:
    """A plain cast that stops at the first value it cannot read."""
    if kind == "boolean":
        return f"CAST(CAST({name} AS INTEGER) AS BOOLEAN) AS {name}"
    if kind == "local_time":
        return f"CAST({name} AS TIMESTAMP) - INTERVAL 7 HOUR AS {name}"
    return f"CAST({name} AS BIGINT) AS {name}" if kind == "integer" else name


if __name__ == "__main__":
    import sys

    from tests.bench.document import print_group

    print_group("Ingest", bench_ingest(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
