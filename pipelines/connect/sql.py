"""SQL databases through SQLAlchemy: named columns only, read only, keyset pages, changes since a watermark.

Connection keys: `address` (an SQLAlchemy address; secrets as env:NAME), `statement_timeout` (seconds), `max_rows` (of
one run; 20 million unless said).
Request keys: `table`, `schema`, `key` (a unique column), `watermark` (column of the last change), `watermark_form`
(naive_text: local text, naive: local timestamps, date, instant; by the type of the column unless said), `page` (rows
a page).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from ioc.errors import SourceError
from pipelines.connect.delivery import Ask, Delivery, Notice, arrow_table, cell
from pipelines.connect.postgres import SESSION, CopyReader
from pipelines.connect.rest import LOCAL

MEND = "correct the 'path' of the columns in the source's file, then read it again"
UNREACHED = re.compile(
    r"connection (failed|refused|timed out|to server)|could not connect|timeout expired|server closed|terminating"
)
GONE = re.compile(r"no such column|column .* does not exist|unknown column|invalid column", re.IGNORECASE)
PAGE_ROWS, MOST_ROWS = 50_000, 20_000_000
# a server that falls silent is noticed within a minute, whatever it was asked (FAULTS P-02)
ALIVE = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}


def pull(ask: Ask) -> Iterator[Delivery | Notice]:
    """One delivery: all rows, or those changed since the watermark less the overlap."""
    delivery = Delivery(
        origin=f"table {ask.request['table']}",
        tables=(),
        interval_from=ask.since,
        interval_to=ask.until,
        is_full=ask.since is None,
    )
    delivery.tables = tables(ask, delivery)
    yield delivery


def open_engine(ask: Ask) -> sa.Engine:
    """An engine that cannot write: read-only session, statement timeout, one connection."""
    address = str(ask.connection.get("address") or "")
    if not address:
        raise SourceError(
            ask.source, "no address", permanent=True, remedy=f"set sources.{ask.source}.address in config.yaml"
        )
    try:
        url = sa.engine.make_url(address)
    except sa.exc.ArgumentError as error:
        raise SourceError(
            ask.source,
            "the database address is not readable",
            permanent=True,
            remedy="for example sqlite:///path or postgresql+psycopg://reader@host/name",
        ) from error
    seconds = int(ask.connection.get("statement_timeout", 120))
    if url.get_backend_name() == "sqlite":
        if not Path(url.database or "").is_file():
            raise SourceError(
                ask.source,
                f"the database file {url.database} does not exist",
                permanent=False,
                remedy="start the source system, or correct its address in config.yaml",
            )
        engine = sa.create_engine(
            f"sqlite:///file:{url.database}?mode=ro&uri=true", poolclass=sa.pool.NullPool, connect_args={"timeout": 30}
        )
    elif url.get_backend_name() == "postgresql":
        options = f"-c statement_timeout={seconds * 1000} -c default_transaction_read_only=on {SESSION}"
        engine = sa.create_engine(
            url,
            poolclass=sa.pool.NullPool,
            isolation_level="REPEATABLE READ",
            connect_args={"connect_timeout": 5, "options": options, "application_name": "ioc", **ALIVE},
        )
    else:
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    return engine


def tables(ask: Ask, delivery: Delivery) -> Iterator[pa.Table]:
    """Pages of rows in one read-only transaction, so that all pages show the same moment."""
    engine = open_engine(ask)
    try:
        with engine.connect() as connection:
            yield from pages(ask, delivery, connection)
            connection.rollback()
    except sa.exc.SQLAlchemyError as error:
        raise explain(ask, error, absent_columns(ask, engine, error)) from error
    finally:
        engine.dispose()


def explain(ask: Ask, error: sa.exc.SQLAlchemyError, absent: str = "") -> SourceError:
    """A database error without the address, the statement or the parameters. `absent`: the columns that are gone."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()[0][:200]
    url = str(ask.connection.get("address") or "")
    password = sa.engine.make_url(url).password
    if password:
        said = said.replace(str(password), "***")
    if UNREACHED.search(said):
        message = f"{ask.dataset}: the database cannot be reached ({said})"
        return SourceError(ask.source, message, permanent=False, remedy="it is asked again; call its owner if it stays")
    if absent:
        return SourceError(ask.source, f"{ask.dataset}: {absent}", permanent=True, remedy=MEND)
    permanent = bool(re.search(r"no such (table|column)|does not exist|permission denied|syntax error", said))
    return SourceError(ask.source, f"{ask.dataset}: {said}", permanent=permanent, remedy=MEND if permanent else "")


def absent_columns(ask: Ask, engine: sa.Engine, error: sa.exc.SQLAlchemyError) -> str:
    """Which named columns the table no longer has, and what they may be called now (FAULTS P-10); '' otherwise."""
    if not GONE.search(str(error)):
        return ""
    try:
        with engine.connect() as connection:
            found = sa.inspect(connection).get_columns(str(ask.request["table"]), schema=ask.request.get("schema"))
    except sa.exc.SQLAlchemyError:
        return ""  # the table itself is gone, which the first error says
    there = [str(column["name"]) for column in found]
    named = [column.path or column.name for column in ask.columns]
    absent = [name for name in named if name not in there]
    new = [name for name in there if name not in named]
    parts = [f"columns are absent: {', '.join(absent)}", f"new columns: {', '.join(new[:12])}" if new else ""]
    parts += [f"{name} may now be called {near}" for name in absent for near in get_close_matches(name, new, 1, 0.5)]
    return "; ".join(part for part in parts if part) if absent else ""


def pages(ask: Ask, delivery: Delivery, connection: sa.Connection) -> Iterator[pa.Table]:
    """Keyset pages: every row once, however the table changes between two runs."""
    request = ask.request
    names = [column.path or column.name for column in ask.columns]
    key, mark = str(request["key"]), request.get("watermark")
    columns: dict[str, sa.ColumnClause[Any]] = {name: sa.column(name) for name in names}
    columns.setdefault(key, sa.column(key))
    if mark:
        columns.setdefault(str(mark), sa.column(str(mark)))
    table = sa.table(str(request["table"]), *columns.values(), schema=request.get("schema"))
    wanted = [columns[name] for name in names]
    extra = [columns[key]] if key not in names else []
    is_part = mark is not None and str(mark) in names and ask.since is not None
    order = (
        [columns[str(mark)], columns[key]] if is_part else [columns[key]]
    )  # a part is read along the index of changes
    statement = sa.select(*wanted, *extra).select_from(table).order_by(*order)
    statement = statement.limit(int(request.get("page", PAGE_ROWS)))
    if is_part and ask.since is not None:
        form = mark_form(ask, connection, str(mark))
        statement = statement.where(columns[str(mark)] >= write_mark(form, ask.since))
        if ask.upto is not None:
            statement = statement.where(columns[str(mark)] < write_mark(form, ask.upto))
    whole = None if is_part else table
    found = read_pages(ask, delivery, connection, statement, order, key, str(mark) if mark in names else None, whole)
    taken, most = 0, int(ask.connection.get("max_rows", MOST_ROWS))
    for page in found:
        taken += page.num_rows
        if taken > most:
            raise SourceError(
                ask.source,
                f"{ask.dataset}: more than {most} rows in one run",
                permanent=True,
                remedy="ask the supplier; when it is right, raise 'max_rows' of the source",
            )
        yield page
    if is_part and not taken and ask.upto is None:
        delivery.is_full = is_emptied(connection, table, columns[key])


def read_pages(
    ask: Ask,
    delivery: Delivery,
    connection: sa.Connection,
    statement: sa.Select[Any],
    order: list[sa.ColumnClause[Any]],
    key: str,
    mark: str | None,
    whole: sa.TableClause | None,
) -> Iterator[pa.Table]:
    """Page after page until one is not full: as the server copies them where it can, else row by row. `whole`: the
    table of which everything is asked."""
    page_rows = int(ask.request.get("page", PAGE_ROWS))
    copier = CopyReader.open(connection, statement, ask.columns, key, mark)

    def behind(last: dict[str, Any]) -> sa.Select[Any]:
        return statement.where(after(order, tuple(last[column.name] for column in order)))

    if copier is not None:
        first, following = statement, copier.by_key(behind, page_rows)
        if whole is not None and (places := copier.by_place(statement.order_by(None).limit(None), whole, page_rows)):
            first, following = next(places), lambda _: next(places, None)
        for page in copier.pages(first, following, ask.deadline.check):
            delivery.hasher.update(page.body)
            keep_mark(delivery, page.newest, ask.until)
            yield page.table
        return
    position = 1
    names = [column.name for column in statement.selected_columns]
    rows = fetch_page(ask, connection, statement)
    while rows:
        values = list(zip(*rows, strict=True))
        landed = {column.name: land_values(values[place], column.type) for place, column in enumerate(ask.columns)}
        table = arrow_table(ask.columns, landed, range(position, position + len(rows)), "")
        marks = values[names.index(mark)] if mark else ()
        hash_page(delivery, table)
        keep_mark(delivery, max((item for item in marks if item is not None), default=None), ask.until)
        yield table
        position += len(rows)
        is_last = len(rows) < page_rows
        rows = [] if is_last else fetch_page(ask, connection, behind(dict(zip(names, rows[-1], strict=True))))


def fetch_page(ask: Ask, connection: sa.Connection, asked: sa.Select[Any]) -> list[tuple[Any, ...]]:
    """The rows of a page as the driver gives them: its columns are untyped, so there is nothing to convert again."""
    ask.deadline.check()
    with connection.execute(asked) as found:
        return [] if found.cursor is None else found.cursor.fetchall()


def is_emptied(connection: sa.Connection, table: sa.TableClause, key: sa.ColumnClause[Any]) -> bool:
    """Whether a table without changes has no row at all: then the answer is not a quiet hour (FAULTS P-08)."""
    return connection.execute(sa.select(key).select_from(table).limit(1)).first() is None


def after(order: list[sa.ColumnClause[Any]], last: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    """The rows behind the last one seen, in the order of the pages."""
    return sa.tuple_(*order) > sa.tuple_(*last) if len(order) > 1 else sa.and_(order[0] > last[0])


def land_values(values: Any, kind: str) -> Any:
    """Values as landed. Numbers and texts pass untouched; times and other kinds become text."""
    if kind in ("integer", "decimal", "boolean") or set(map(type, values)) <= {str, type(None)}:
        return values
    return [cell(item) for item in values]


def hash_page(delivery: Delivery, table: pa.Table) -> None:
    """Fold a page into the hash of the delivery."""
    for column in table.columns:
        for chunk in column.chunks:
            for buffer in chunk.buffers():
                if buffer is not None:
                    delivery.hasher.update(buffer)


def mark_form(ask: Ask, connection: sa.Connection, mark: str) -> str:
    """How the watermark is compared: as said, else by the type the database gives the column (a view's too)."""
    said = ask.request.get("watermark_form")
    if said or connection.dialect.name == "sqlite":  # which keeps times as texts, whatever type was declared
        return str(said or "naive_text")
    found = sa.inspect(connection).get_columns(str(ask.request["table"]), schema=ask.request.get("schema"))
    kind = next((column["type"] for column in found if column["name"] == mark), None)
    if isinstance(kind, sa.DateTime):
        return "instant" if kind.timezone else "naive"
    return "date" if isinstance(kind, sa.Date) else "naive_text"


def write_mark(form: str, since: datetime) -> str | datetime | date:
    """The watermark as the column holds it: local text, local naive time or day, or an instant."""
    if form == "instant":
        return since
    local = since.astimezone(LOCAL).replace(tzinfo=None)
    if form == "date":
        return local.date()
    return local.strftime("%Y-%m-%d %H:%M:%S") if form == "naive_text" else local


def keep_mark(delivery: Delivery, newest: Any, until: datetime) -> None:
    """The newest change seen, never beyond the moment of asking."""
    if newest is None:
        return
    try:
        moment = datetime.fromisoformat(newest) if isinstance(newest, str) else newest
    except ValueError:
        return  # the contract names the row whose time is not readable
    moment = moment.replace(tzinfo=LOCAL) if moment.tzinfo is None else moment
    moment = min(moment.astimezone(UTC), until)
    if delivery.watermark is None or moment > delivery.watermark:
        delivery.watermark = moment


def put_password(address: str, password: str) -> str:
    """A database address with its password, which config.yaml keeps apart from it."""
    return sa.engine.make_url(address).set(password=password).render_as_string(hide_password=False)
