"""A database is read by its named columns only, in pages, and again from its watermark."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from ioc.errors import ConfigError, SourceError
from ioc.unit.tables import read_succession
from pipelines.checks import blocks
from pipelines.connect.delivery import Ask, Column, Deadline, Delivery
from pipelines.connect.sql import pull
from pipelines.landing import manifests
from pipelines.recovery import rebuild, recover
from pipelines.run import run_source
from tests.pipelines.places import NOW, REGISTRY, count, dossier, open_run, procedure, rating, write_one_stop

PERSONAL = {"ho_ten_nguoi_nop", "so_dinh_danh", "dien_thoai"}


def test_personal_columns_are_never_landed(tmp_path: Path) -> None:
    """R-01: the allow-list is the column list of the query."""
    url = write_one_stop(tmp_path / "one_stop.sqlite", [dossier(i) for i in range(30)])
    with open_run(tmp_path / "home", {"one_stop": {"address": url}}) as ctx:
        assert run_source("one_stop", ctx).status == "ok"
        landed = [item for item in manifests(ctx.home) if item.dataset == "ho_so"]
        assert landed[0].rows == 30
        for path in landed[0].files(ctx.home):
            assert not PERSONAL & set(pq.read_schema(path).names)
            assert b"051090000001" not in Path(path).read_bytes()


def test_rows_add_up_and_refused_ones_are_kept_with_their_reason(tmp_path: Path) -> None:
    """rows_in = good + refused + duplicate, and each refused row says which rule, field and position."""
    rows = [dossier(i) for i in range(100)]
    rows += [dossier(200, kenh_thuc_hien=7), dossier(201, ma_xa_nguoi_nop="99999"), dossier(202, ngay_nop="31/02/2026")]
    url = write_one_stop(
        tmp_path / "one_stop.sqlite", [*rows, dossier(5, cap_nhat_luc="2026-06-07 10:00:00", trang_thai=10)]
    )
    with open_run(tmp_path / "home", {"one_stop": {"address": url}}) as ctx:
        result = run_source("one_stop", ctx)
        load = next(load for load in result.loads if load.dataset == "ho_so")
        assert (load.rows_in, load.rows_good, load.rows_refused, load.rows_duplicate) == (104, 100, 3, 1)
        found = dict(ctx.warehouse.cursor().execute("SELECT rule, position FROM ops.quarantine").fetchall())
        assert found == {"domain:kenh_thuc_hien": 102, "place:ma_xa_nguoi_nop": 103, "type:ngay_nop": 104}
        assert count(ctx, "SELECT status FROM core.dossier WHERE dossier_code LIKE '%-0005'") == "returned"
        assert count(ctx, "SELECT count(*) FROM core.dossier") == 100


def test_a_batch_with_too_many_bad_rows_is_held_and_the_last_good_stays(tmp_path: Path) -> None:
    """P-12: 3 % bad holds the whole batch; the watermark does not move; replay loads it once it is right."""
    file = tmp_path / "one_stop.sqlite"
    url = write_one_stop(file, [dossier(i) for i in range(1000)])
    with open_run(tmp_path / "home", {"one_stop": {"address": url}}) as ctx:
        run_source("one_stop", ctx)
        before = count(ctx, "SELECT watermark FROM ops.source_state WHERE dataset = 'ho_so'")
        bad = [dossier(i, cap_nhat_luc="2026-06-20 08:00:00", trang_thai=77 if i < 30 else 10) for i in range(1000)]
        write_one_stop(file, bad)
        result = run_source("one_stop", ctx)
        assert result.status == "refused"
        assert "30" in result.message
        assert count(ctx, "SELECT count(*) FROM core.dossier WHERE status = 'done'") == 1000
        assert count(ctx, "SELECT watermark FROM ops.source_state WHERE dataset = 'ho_so'") == before
        assert count(ctx, "SELECT rule FROM ops.quarantine WHERE status = 'held'") == "batch:bad_share"


def test_clock_and_places_are_conformed(tmp_path: Path) -> None:
    """Local text becomes UTC instants and local days; agencies and former communes become measured units."""
    district = next(unit.code for unit in REGISTRY.agencies() if unit.kind == "district_agency")
    code = f"{district}-250321-0001"
    former, now = next(
        (former, steps[0].new_code)
        for former, steps in sorted(read_succession().items())
        if len(steps) == 1 and steps[0].new_code in REGISTRY and former not in REGISTRY
    )
    old = dossier(
        1,
        ma_ho_so=code,
        ma_co_quan=district,
        ngay_nop="2025-03-21 23:30:00",
        ma_xa_nguoi_nop=former,
        ngay_tiep_nhan="2025-03-21 23:30:00",
        ngay_hen_tra_goc="2025-03-31 17:00:00",
    )
    url = write_one_stop(tmp_path / "one_stop.sqlite", [dossier(2, ma_co_quan="H48.05"), dossier(3), old])
    with open_run(tmp_path / "home", {"one_stop": {"address": url}}) as ctx:
        run_source("one_stop", ctx)
        rows = {
            row[0]: row[1:]
            for row in ctx.warehouse.cursor()
            .execute(
                "SELECT dossier_code, unit_code, received_at::VARCHAR, received_on::VARCHAR, working_days "
                "FROM core.dossier"
            )
            .fetchall()
        }
        assert rows["H48.21-260601-0002"][0] == "H48.05"
        assert rows["H48.21-260601-0003"] == (
            ctx.registry.measured_as("H48.21"),
            "2026-06-01 01:00:00",
            "2026-06-01",
            4,
        )
        assert rows[code][:3] == ("51", "2025-03-21 16:30:00", "2025-03-21")
        assert count(ctx, f"SELECT applicant_unit_code FROM core.dossier WHERE dossier_code = '{code}'") == now


def test_the_same_from_postgresql(tmp_path: Path, postgres_url: str) -> None:
    """The same source over a real PostgreSQL gives the same rows, read-only."""
    engine = sa.create_engine(postgres_url)
    tables = {"thu_tuc": [procedure()], "ho_so": [dossier(i) for i in range(50)], "danh_gia": [rating(1)]}
    with engine.begin() as connection:
        for name, rows in tables.items():
            columns = ", ".join(
                f"{key} {'integer' if isinstance(value, int) else 'text'}" for key, value in rows[0].items()
            )
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
            connection.exec_driver_sql(f"CREATE TABLE {name} ({columns})")
            connection.execute(sa.text(f"INSERT INTO {name} VALUES ({', '.join(':' + key for key in rows[0])})"), rows)
    engine.dispose()
    url = write_one_stop(tmp_path / "one_stop.sqlite", tables["ho_so"])
    content = []
    for name, address in (("pg", postgres_url), ("lite", url)):
        with open_run(tmp_path / name, {"one_stop": {"address": address}}) as ctx:
            assert run_source("one_stop", ctx).status == "ok"
            content.append(
                ctx.warehouse.cursor()
                .execute("SELECT * EXCLUDE (load_id) FROM core.dossier ORDER BY dossier_code")
                .fetchall()
            )
    assert content[0] == content[1]
    assert len(content[0]) == 50


def ask(url: str, columns: list[str], page: int = 7) -> Ask:
    return Ask(
        "one_stop",
        "ho_so",
        [Column(name) for name in columns],
        {"address": url},
        {"table": "ho_so", "key": "ma_ho_so", "watermark": "cap_nhat_luc", "page": page},
        None,
        NOW,
        Deadline("one_stop", 60),
        Path(),
    )


def test_keyset_pages_bring_every_row_once(tmp_path: Path) -> None:
    """Pages smaller than the table, first in the order of the key, then along the watermark."""
    stamps = [f"2026-06-{1 + i % 5:02d} 10:00:00" for i in range(40)]
    url = write_one_stop(tmp_path / "a.sqlite", [dossier(i, cap_nhat_luc=stamps[i]) for i in range(40)])
    for since in (None, NOW.replace(month=6, day=3, hour=0)):
        delivery = next(iter(pull(Ask(**{**ask(url, ["ma_ho_so", "cap_nhat_luc"]).__dict__, "since": since}))))
        assert isinstance(delivery, Delivery)
        codes = [code for table in delivery.tables for code in table["ma_ho_so"].to_pylist()]
        expected = [i for i in range(40) if since is None or stamps[i] >= "2026-06-03 07:00:00"]
        assert sorted(codes) == [f"H48.21-260601-{i:04d}" for i in expected]


def test_a_renamed_column_stops_the_load_with_its_name(tmp_path: Path) -> None:
    """P-10: the source changed its form; the error is permanent and says which column."""
    url = write_one_stop(tmp_path / "a.sqlite", [dossier(1)])
    with pytest.raises(SourceError, match="khong_co") as error:
        list(next(iter(pull(ask(url, ["ma_ho_so", "khong_co"])))).tables)  # type: ignore[union-attr]
    assert error.value.permanent


def test_the_warehouse_is_rebuilt_from_landing_alone(tmp_path: Path) -> None:
    """The landing zone is the system of record; what landed and was not loaded is loaded at the next start."""
    url = write_one_stop(tmp_path / "one_stop.sqlite", [dossier(i) for i in range(60)])
    query = "SELECT * FROM core.dossier ORDER BY dossier_code"
    with open_run(tmp_path / "home", {"one_stop": {"address": url}}) as ctx:
        run_source("one_stop", ctx)
        before = ctx.warehouse.cursor().execute(query).fetchall()
        assert recover(ctx) == []
        assert {load.status for load in rebuild(ctx)} == {"loaded"}
        assert ctx.warehouse.cursor().execute(query).fetchall() == before


def test_a_shared_text_that_is_not_there_is_named(tmp_path: Path) -> None:
    """`-- include FILE` puts a file of statements in its place."""
    (tmp_path / "part.sql").write_text("1 AS n", encoding="utf-8")
    (tmp_path / "conform.sql").write_text("-- a -> core.b\nSELECT\n-- include part.sql\n", encoding="utf-8")
    assert blocks(tmp_path / "conform.sql") == {"a -> core.b": "SELECT\n1 AS n"}
    (tmp_path / "part.sql").unlink()
    with pytest.raises(ConfigError, match=r"conform\.sql: cannot include part\.sql"):
        blocks(tmp_path / "conform.sql")
