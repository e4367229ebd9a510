"""Pages of PostgreSQL as the server copies them out, read column by column without a Python object for each cell.

The question is the same keyset page in the same read-only transaction; only the way its rows travel differs. It serves
columns of plain kinds; a table with others (JSON, arrays, ranges ...) is read row by row like any other database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import sqlalchemy as sa
from psycopg import pq
from psycopg.adapt import Transformer

from pipelines.connect.delivery import FILE, POSITION, Column

BOOLEAN, WHOLE, FLOATS, EXACT = {16}, {20, 21, 23}, {700, 701}, {1700}  # numeric keeps every digit, as text
TEXTS = {18, 19, 25, 1042, 1043, 2950}  # char, name, text, bpchar, varchar, uuid
TIMES = {1082, 1083, 1114, 1184}  # date, time, timestamp, timestamptz: in ISO, as the session asks
SESSION = "-c DateStyle=ISO,YMD -c extra_float_digits=1 -c client_encoding=UTF8"
BYTES_A_BLOCK, ROWS_A_CHECK = 4 * 2**20, 1000
MOST_ROWS_A_BLOCK, ROWS_A_BLOCK = 300, 50  # of 8 kB: as many as fit, and as a guess for a table nobody counted
HEAP = sa.text(
    "SELECT relkind = 'r' AND NOT relhassubclass AS is_plain, reltuples AS rows, relpages AS pages, "
    "pg_relation_size(oid) / current_setting('block_size')::bigint AS blocks "
    "FROM pg_class WHERE oid = to_regclass(:name)"
)


@dataclass(frozen=True)
class CopyPage:
    """A page: the landed columns, the newest watermark, and the bytes that came."""

    table: pa.Table
    newest: str | None
    body: bytes


@dataclass(frozen=True)
class CopyReader:
    """Reads pages of one table. `kinds`: the type of every selected column, by its number in the catalogue."""

    connection: sa.Connection
    names: Sequence[str]  # selected columns, in order
    columns: Sequence[Column]  # those that are landed: the first of them
    kinds: Sequence[int]
    key: str
    mark: str | None

    @classmethod
    def open(
        cls, connection: sa.Connection, asked: sa.Select[Any], columns: Sequence[Column], key: str, mark: str | None
    ) -> CopyReader | None:
        """A reader for this question; None when the database is another or a column is of no plain kind."""
        if connection.dialect.name != "postgresql" or connection.dialect.driver != "psycopg":
            return None
        with connection.execute(asked.limit(0)) as found:
            assert found.cursor is not None
            told = [(str(column[0]), int(column[1])) for column in found.cursor.description]
        kinds = [kind for _, kind in told]
        wanted = [*(column.type for column in columns), *["text"] * (len(kinds) - len(columns))]
        if any(arrow_type(kind, declared) is None for kind, declared in zip(kinds, wanted, strict=True)):
            return None
        return cls(connection, [name for name, _ in told], columns, kinds, key, mark)

    def pages(
        self,
        asked: sa.Select[Any],
        following: Callable[[list[Any]], sa.Select[Any] | None],
        check: Callable[[], None],
    ) -> Iterator[CopyPage]:
        """Page after page; `following` tells the next question by the lines of the last page, None at the end.

        The server copies the next page out while this one is read and landed: never more than one ahead. Raises
        SQLAlchemyError, and whatever `check` raises when the time of the run is over.
        """
        raw, position = self.raw, 1
        with ThreadPoolExecutor(1, "copy") as ahead:
            lines = self.copy(asked, check)
            while True:
                question = following(lines)
                coming = ahead.submit(self.copy, question, check) if question is not None else None
                try:
                    if lines:
                        yield self.page(lines, position)
                except BaseException:
                    if coming:
                        with suppress(psycopg.Error):  # what went wrong here is what is told
                            raw.cancel_safe(timeout=5.0)  # nobody waits for the page that is on its way
                    raise
                if coming is None:
                    break
                position += len(lines)
                lines = coming.result()

    def by_key(
        self, behind: Callable[[dict[str, Any]], sa.Select[Any]], page_rows: int
    ) -> Callable[[list[Any]], sa.Select[Any] | None]:
        """The rows behind the last one seen, until a page is not full."""
        return lambda lines: behind(self.last(lines[-1])) if len(lines) == page_rows else None

    def by_place(self, asked: sa.Select[Any], table: sa.TableClause, page_rows: int) -> Iterator[sa.Select[Any]] | None:
        """The rows as they lie on the disk of the server, some blocks a page, which spares it reading in the order of
        an index; the transaction sees each row once. None: the table fills no more than a page, or has no places of
        its own (a view, parts of other tables), or the server is older than 14."""
        if (self.connection.dialect.server_version_info or (0,)) < (14,) or page_rows < MOST_ROWS_A_BLOCK:
            return None
        name = self.connection.dialect.identifier_preparer.format_table(table)
        found = self.connection.execute(HEAP, {"name": name}).one_or_none()
        if found is None or not found.is_plain:
            return None
        rows_a_block = found.rows / found.pages if found.rows > 0 and found.pages > 0 else ROWS_A_BLOCK
        step = max(1, int(page_rows / rows_a_block))
        if found.blocks <= step:
            return None
        place, starts = sa.literal_column("ctid"), range(0, found.blocks, step)
        parts = [asked.where(place >= tid(start), place < tid(start + step)) for start in starts[:-1]]
        return iter([*parts, asked.where(place >= tid(starts[-1]))])

    @property
    def raw(self) -> psycopg.Connection[Any]:
        """The connection of the driver."""
        raw = self.connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        return raw

    def copy(self, asked: sa.Select[Any], check: Callable[[], None]) -> list[Any]:
        """The rows of one question, a line each. Raises SQLAlchemyError."""
        raw = self.raw
        compiled = asked.compile(dialect=self.connection.dialect)
        statement = psycopg.ClientCursor(raw).mogrify(str(compiled), compiled.params)
        try:
            with raw.lock:  # whoever ends the transaction waits for the page
                return copied_lines(raw, f"COPY ({statement}) TO STDOUT (FORMAT csv)", check)
        except psycopg.Error as error:
            raise sa.exc.DBAPIError("COPY", None, error) from error

    def last(self, line: Any) -> dict[str, Any]:
        """Key and watermark of a row."""
        read = self.read(bytes(line), has_breaks=True)
        return {
            name: self.value(place, read.column(place)[0].as_py())
            for place, name in enumerate(self.names)
            if name in (self.key, self.mark)
        }

    def page(self, lines: Sequence[Any], position: int) -> CopyPage:
        """What came as landed columns, counted from `position`."""
        body = b"".join(lines)
        read = self.read(body, has_breaks=body.count(b"\n") > len(lines))
        landed = [read.column(place) for place in range(len(self.columns))]
        landed.append(pa.array(np.arange(position, position + read.num_rows, dtype=np.int64)))
        landed.append(pa.repeat(pa.scalar(""), read.num_rows))
        table = pa.table(landed, names=[*(column.name for column in self.columns), POSITION, FILE])
        return CopyPage(table, self.newest(read), body)

    def read(self, body: bytes, *, has_breaks: bool) -> pa.Table:
        """The columns of a page, numbers as numbers, everything else as the text that came; only an empty field is
        NULL. `has_breaks`: a line may end inside a text, which is slower to tell apart."""
        types = {
            str(place): arrow_type(kind, self.columns[place].type if place < len(self.columns) else "text")
            for place, kind in enumerate(self.kinds)
        }
        return pacsv.read_csv(
            pa.BufferReader(body),
            read_options=pacsv.ReadOptions(column_names=list(types), block_size=BYTES_A_BLOCK, use_threads=False),
            parse_options=pacsv.ParseOptions(newlines_in_values=has_breaks),
            convert_options=pacsv.ConvertOptions(
                column_types=types,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )

    def value(self, place: int, text: Any) -> Any:
        """A value as the driver would give it, to be sent back in the next question."""
        if not isinstance(text, str):
            return text
        return Transformer(self.raw).get_loader(self.kinds[place], pq.Format.TEXT).load(text.encode())

    def newest(self, read: pa.Table) -> str | None:
        """The greatest text of the watermark column; ISO times order like texts."""
        if self.mark is None or self.mark not in self.names[: len(self.columns)]:
            return None
        found = pc.max(read.column(self.names.index(self.mark))).as_py()
        return None if found is None else str(found)


def tid(block: int) -> sa.ColumnElement[Any]:
    """The place of the first row of a block."""
    return sa.literal_column(f"'({block},0)'::tid")


def copied_lines(raw: psycopg.Connection[Any], statement: str, check: Callable[[], None]) -> list[Any]:
    """What the server copies out, line by line. The driver's own `Copy` gives the same through a generator for each
    line, which costs as much as reading them. Raises psycopg.Error."""
    wire, lines = raw.pgconn, list[Any]()
    check()
    require(wire.exec_(statement.encode()), pq.ExecStatus.COPY_OUT)
    try:
        while (came := wire.get_copy_data(0))[0] > 0:
            lines.append(came[1])
            if len(lines) % ROWS_A_CHECK == 0:
                check()
    except BaseException:
        with suppress(psycopg.Error):
            raw.cancel_safe(timeout=5.0)
        with suppress(psycopg.Error):
            while wire.get_copy_data(0)[0] > 0:
                pass  # what is on its way: behind it the connection is free again
        raise
    finally:
        ends = list(iter(wire.get_result, None))
    for end in ends:
        require(end, pq.ExecStatus.COMMAND_OK)
    return lines


def require(answer: pq.abc.PGresult, wanted: pq.ExecStatus) -> None:
    """Raise psycopg.Error, of the class of its code, when the server answered something else."""
    if answer.status != wanted:
        code = (answer.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        said = answer.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or answer.error_message
        kind = psycopg.errors.lookup(code) if code else psycopg.OperationalError
        raise kind(said.decode("utf-8", "replace"))


def arrow_type(kind: int, declared: str) -> pa.DataType | None:
    """What a column becomes, by its kind in the database and the declared type; None: it is of no plain kind."""
    if kind in BOOLEAN:
        return pa.bool_() if declared == "boolean" else None
    if declared == "decimal" and kind in WHOLE | FLOATS:
        return pa.float64()
    if declared in ("integer", "boolean") and kind in WHOLE:
        return pa.int64()
    return pa.string() if kind in TEXTS | TIMES | WHOLE | FLOATS | EXACT else None
