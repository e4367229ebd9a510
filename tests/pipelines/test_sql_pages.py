"""Pages of a real PostgreSQL: the same rows as its driver gives, one connection, bounded questions, no writing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ioc.errors import SourceError
from pipelines.connect.delivery import Ask, Column, Deadline, Delivery
from pipelines.connect.postgres import CopyReader
from pipelines.connect.sql import open_engine, pull
from tests.pipelines.places import NOW

KINDS = {
    "khoa": ("uuid", "text"),
    "chu": ("text", "text"),
    "ma": ("varchar(20)", "text"),
    "so": ("bigint", "integer"),
    "so_chu": ("integer", "text"),
    "thap_phan": ("numeric(12,3)", "decimal"),
    "thuc": ("double precision", "decimal"),
    "co": ("boolean", "boolean"),
    "co_so": ("smallint", "boolean"),
    "ngay": ("date", "date"),
    "luc": ("timestamp", "local_time"),
    "luc_vung": ("timestamptz", "instant"),
    "ten.co dau": ("text", "text"),
}
TEXTS = ["", None, "a,b", 'c"d', "e\nf\r\ng", "\\N", "\\.", "NULL", " Xã Hòa Bình ", "t", "2026-01-01"]
TIMES = ("luc", "luc_vung")


@pytest.fixture(scope="module")
def stocked(postgres_url: str) -> str:
    """A table of 40 rows with every plain kind and every text that could be mistaken."""
    start = datetime(2026, 6, 1, 8, tzinfo=UTC)
    engine = sa.create_engine(postgres_url)
    columns = ", ".join(f'"{name}" {kind}' for name, (kind, _) in KINDS.items())
    marks = ", ".join(f":{chr(97 + place)}" for place in range(len(KINDS)))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS kinds")
        connection.exec_driver_sql(f"CREATE TABLE kinds ({columns})")
        for number in range(40):
            moment = start + timedelta(hours=number // 3, microseconds=number % 2 * 500_000)
            row = [f"00000000-0000-0000-0000-{(number * 7) % 40:012d}", TEXTS[number % len(TEXTS)], f"M{number}"]
            row += [None if number % 9 == 0 else -number * 10**15, number, f"{number}.250", number / 7, number % 2 == 0]
            row += [number % 2, moment.date(), moment.replace(tzinfo=None), moment, TEXTS[-number % len(TEXTS)]]
            connection.execute(
                sa.text(f"INSERT INTO kinds VALUES ({marks})"),
                {chr(97 + place): value for place, value in enumerate(row)},
            )
        connection.exec_driver_sql("DROP TABLE IF EXISTS odd")
        connection.exec_driver_sql("CREATE TABLE odd AS SELECT khoa, json_build_object('a', so) AS tai_lieu FROM kinds")
        connection.exec_driver_sql("DROP VIEW IF EXISTS slow")
        connection.exec_driver_sql("CREATE VIEW slow AS SELECT khoa, pg_sleep(60)::text AS chu FROM kinds")
        connection.exec_driver_sql("DROP VIEW IF EXISTS slow_later")
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION linger(text) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN "
            "IF $1 > '06' THEN PERFORM pg_sleep(200); END IF; RETURN $1; END $$"
        )
        connection.exec_driver_sql(
            "CREATE VIEW slow_later AS SELECT khoa, linger(right(khoa::text, 2)) AS chu FROM kinds"
        )
    engine.dispose()
    return postgres_url


def ask(url: str, table: str = "kinds", since: datetime | None = None, **connection: Any) -> Ask:
    """A pull of the table in pages of seven rows."""
    names = {"kinds": list(KINDS), "odd": ["khoa", "tai_lieu"]}.get(table, ["khoa", "chu"])
    columns = [Column(name.replace(".", "_"), KINDS.get(name, ("", "text"))[1], name) for name in names]
    request = {"table": table, "key": "khoa", "page": 7}
    if table == "kinds":
        request |= {"watermark": "luc_vung", "watermark_form": "instant"}
    deadline = Deadline("demo", 60)
    return Ask("demo", table, columns, {"address": url, **connection}, request, since, NOW, deadline, Path())


def taken(one: Ask) -> tuple[list[dict[str, Any]], datetime | None]:
    """Every row that comes, and the newest change that was seen."""
    delivery = next(iter(pull(one)))
    assert isinstance(delivery, Delivery)
    return [row for table in delivery.tables for row in table.to_pylist()], delivery.watermark


@pytest.mark.parametrize("since", [None, datetime(2026, 6, 1, 14, tzinfo=UTC)], ids=["all", "changed"])
def test_copied_pages_are_the_rows_of_the_driver(
    stocked: str, since: datetime | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing and an empty text stay apart, quotes and line ends stay, numbers are numbers, times are the same."""
    copied, newest = taken(ask(stocked, since=since))
    monkeypatch.setattr(CopyReader, "open", lambda *_: None)
    given, driver_newest = taken(ask(stocked, since=since))
    assert newest == driver_newest == datetime(2026, 6, 1, 21, 0, 0, 500_000, tzinfo=UTC)
    assert len(copied) == (40 if since is None else 22)
    for one, other in zip(copied, given, strict=True):
        for name in TIMES:
            assert datetime.fromisoformat(one.pop(name)) == datetime.fromisoformat(other.pop(name))
        assert one == other
    assert [row["_position"] for row in copied] == list(range(1, len(copied) + 1))


@pytest.mark.parametrize("mark", ["luc_vung", "luc", "ngay"])
def test_changes_are_asked_by_the_type_of_the_watermark(stocked: str, mark: str) -> None:
    """C-05: an instant, a local time and a day are each compared as what they are, said or not; a view as its table."""
    since = datetime(2026, 6, 1, 14, tzinfo=UTC)
    one = ask(stocked, since=since)
    request = {"table": "kinds", "key": "khoa", "watermark": mark}
    found, _ = taken(replace(one, request=request))
    local = since + timedelta(hours=7)
    worth = {"luc_vung": since.isoformat(), "luc": str(local.replace(tzinfo=None)), "ngay": str(local.date())}[mark]
    engine = sa.create_engine(stocked)
    with engine.begin() as connection:
        sql = f"SELECT count(*) FROM kinds WHERE {mark} >= '{worth}'"
        assert len(found) == connection.exec_driver_sql(sql).scalar()
        connection.exec_driver_sql("CREATE OR REPLACE VIEW seen_kinds AS SELECT * FROM kinds")
    engine.dispose()
    through_view, _ = taken(replace(one, request={**request, "table": "seen_kinds"}))
    assert sorted(row["ma"] for row in through_view) == sorted(row["ma"] for row in found)


def test_a_column_that_was_renamed_is_named_with_its_likely_new_name(stocked: str) -> None:
    """P-10: what is gone, what is new, and which may be which; a server that is down is said to be down."""
    one = ask(stocked)
    named = [
        replace(column, name="ngay_nhan", path="ngay_nhan") if column.name == "ngay" else column
        for column in one.columns
    ]
    said = r"columns are absent: ngay_nhan; new columns: ngay; ngay_nhan may now be called ngay; correct the 'path'"
    with pytest.raises(SourceError, match=said) as error:
        taken(replace(one, columns=named))
    assert error.value.permanent
    with pytest.raises(SourceError, match="the database cannot be reached") as down:
        taken(replace(one, connection={"address": "postgresql+psycopg://reader@127.0.0.1:1/postgres"}))
    assert not down.value.permanent


def test_columns_of_other_kinds_come_row_by_row(stocked: str) -> None:
    """A document is landed as JSON, as from any database."""
    found, _ = taken(ask(stocked, "odd"))
    assert len(found) == 40
    assert found[0]["tai_lieu"] == '{"a": null}'


def test_c09_one_connection_that_asks_for_bounded_pages_and_cannot_write(stocked: str) -> None:
    """C-09, C-05: seen from the server while the pages come: one session, questions with a limit, read only, a time
    limit; a table that is larger than agreed ends the run."""
    engine = sa.create_engine(stocked)
    delivery = next(iter(pull(ask(stocked))))
    assert isinstance(delivery, Delivery)
    seen = []
    with engine.connect() as watching:
        for number, _ in enumerate(delivery.tables):
            sessions = watching.exec_driver_sql(
                "SELECT query, state FROM pg_stat_activity WHERE application_name = 'ioc'"
            ).fetchall()
            watching.rollback()
            assert len(sessions) == 1, f"page {number}"
            assert sessions[0].state in ("idle in transaction", "active")  # the next page may be on its way
            seen.append(sessions[0].query)
        assert len(seen) == 6
        assert all("LIMIT 7" in text for text in seen)
    engine.dispose()
    own = open_engine(ask(stocked, statement_timeout=7))
    with own.connect() as connection:
        shown = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in
                 ("transaction_read_only", "statement_timeout", "transaction_isolation")]  # fmt: skip
        assert shown == ["on", "7s", "repeatable read"]
        with pytest.raises(sa.exc.InternalError, match="read-only"):
            connection.exec_driver_sql("DELETE FROM kinds")
    own.dispose()
    with pytest.raises(SourceError, match="more than 10 rows") as error:
        taken(ask(stocked, max_rows=10))
    assert error.value.permanent


def test_c09_a_question_that_takes_too_long_is_ended_by_the_server(stocked: str) -> None:
    """The statement's time limit holds for copied pages too, and the failure may pass."""
    with pytest.raises(SourceError, match="statement timeout") as error:
        taken(ask(stocked, "slow", statement_timeout=1))
    assert not error.value.permanent


@pytest.mark.parametrize("analyzed", [False, True])
def test_p06_a_large_table_is_read_as_it_lies_and_every_row_once(stocked: str, analyzed: bool) -> None:
    """Changed, deleted and moved rows, rows that change while the pages come: the rows are those of one moment; a
    view of the same table is read by key and gives the same."""
    engine = sa.create_engine(stocked)
    with engine.begin() as connection:
        for statement in (
            "DROP TABLE IF EXISTS heap CASCADE",
            "CREATE TABLE heap AS SELECT (n * 7919) %% 10007 AS khoa, repeat('x', n %% 90) AS chu "
            "FROM generate_series(1, 10000) n",
            "DELETE FROM heap WHERE khoa %% 5 = 0",
            "UPDATE heap SET chu = 'mới' WHERE khoa %% 3 = 0",
            "CREATE VIEW heap_view AS SELECT * FROM heap",
            *(["ANALYZE heap"] if analyzed else []),
        ):
            connection.exec_driver_sql(statement)
        held = sorted(tuple(row) for row in connection.exec_driver_sql("SELECT khoa::text, chu FROM heap"))
    columns = [Column("khoa"), Column("chu")]
    for table in ("heap", "heap_view"):
        request = {"table": table, "key": "khoa", "page": 500}
        one = Ask("demo", table, columns, {"address": stocked}, request, None, NOW, Deadline("demo", 60), Path())
        delivery = next(iter(pull(one)))
        assert isinstance(delivery, Delivery)
        found, pages = [], 0
        for page in delivery.tables:
            pages += 1
            found += page.to_pylist()
            with engine.begin() as connection:
                connection.exec_driver_sql("UPDATE heap SET chu = chu WHERE khoa %% 7 = 0")
        assert pages > 5
        assert sorted((row["khoa"], row["chu"]) for row in found) == held
        assert [row["_position"] for row in found] == list(range(1, len(held) + 1))
    engine.dispose()


def test_a_pull_that_is_given_up_leaves_no_question_behind(stocked: str) -> None:
    """The page that is copied ahead is called off on the server; a run that is over ends in the middle of a page."""
    one = ask(stocked, "slow_later", statement_timeout=600)
    delivery = next(iter(pull(one)))
    assert isinstance(delivery, Delivery)
    with pytest.raises(OSError, match="no room"), delivery.opened() as coming:  # noqa: PT012
        assert next(coming).num_rows == 7
        raise OSError("no room")
    engine = sa.create_engine(stocked)
    with engine.connect() as watching:
        left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ioc' AND state = 'active'"
        assert watching.exec_driver_sql(left).scalar_one() == 0
    engine.dispose()
    one = ask(stocked)
    one.deadline.stop.set()
    with pytest.raises(SourceError, match="asked to stop"):
        taken(one)
