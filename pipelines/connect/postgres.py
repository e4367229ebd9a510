"""Pages of PostgreSQL as the server copies them out, read column by column without a Python object for each cell.

The question is the same keyset page in the same read-only transaction; only the way its rows travel differs. It serves
columns of plain kinds; a table with others (JSON, arrays, ranges ...) is read row by row like any other database.
"""

from __future__ import annotations

from collections.abc import Sequence
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
ROWS_A_BLOCK = 16 * 2**20


@dataclass(frozen=True)
class CopyPage:
    """A page: the landed columns, what the next page begins after, the newest watermark, and the bytes that came."""

    table: pa.Table
    last: dict[str, Any]
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

    def page(self, asked: sa.Select[Any], position: int) -> CopyPage | None:
        """The rows of one question as landed columns; None when there are none. Raises SQLAlchemyError."""
        raw = self.connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        compiled = asked.compile(dialect=self.connection.dialect)
        statement = psycopg.ClientCursor(raw).mogrify(str(compiled), compiled.params)
        try:
            body = copy_out(raw.pgconn, f"COPY ({statement}) TO STDOUT (FORMAT csv)")
        except psycopg.Error as error:
            raise sa.exc.DBAPIError("COPY", None, error) from error
        if not body:
            return None
        read = self.read(body)
        last = {
            name: self.value(raw, place, read.column(place)[-1].as_py())
            for place, name in enumerate(self.names)
            if name in (self.key, self.mark)
        }
        landed = [read.column(place) for place in range(len(self.columns))]
        landed.append(pa.array(np.arange(position, position + read.num_rows, dtype=np.int64)))
        landed.append(pa.repeat(pa.scalar(""), read.num_rows))
        table = pa.table(landed, names=[*(column.name for column in self.columns), POSITION, FILE])
        return CopyPage(table, last, self.newest(read), body)

    def read(self, body: bytes) -> pa.Table:
        """The columns of a page, numbers as numbers, everything else as the text that came; only an empty field is
        NULL."""
        types = {
            str(place): arrow_type(kind, self.columns[place].type if place < len(self.columns) else "text")
            for place, kind in enumerate(self.kinds)
        }
        return pacsv.read_csv(
            pa.BufferReader(body),
            read_options=pacsv.ReadOptions(column_names=list(types), block_size=ROWS_A_BLOCK),
            parse_options=pacsv.ParseOptions(newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                column_types=types,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )

    def value(self, raw: psycopg.Connection[Any], place: int, text: Any) -> Any:
        """A value as the driver would give it, to be sent back in the next question."""
        if not isinstance(text, str):
            return text
        return Transformer(raw).get_loader(self.kinds[place], pq.Format.TEXT).load(text.encode())

    def newest(self, read: pa.Table) -> str | None:
        """The greatest text of the watermark column; ISO times order like texts."""
        if self.mark is None or self.mark not in self.names[: len(self.columns)]:
            return None
        found = pc.max(read.column(self.names.index(self.mark))).as_py()
        return None if found is None else str(found)


def arrow_type(kind: int, declared: str) -> pa.DataType | None:
    """What a column becomes, by its kind in the database and the declared type; None: it is of no plain kind."""
    if kind in BOOLEAN:
        return pa.bool_() if declared == "boolean" else None
    if declared == "decimal" and kind in WHOLE | FLOATS:
        return pa.float64()
    if declared in ("integer", "boolean") and kind in WHOLE:
        return pa.int64()
    return pa.string() if kind in TEXTS | TIMES | WHOLE | FLOATS | EXACT else None


def copy_out(server: pq.PGconn, statement: str) -> bytes:
    """Everything a COPY answers. Raises psycopg.Error, and leaves the connection ready for the next statement."""
    begun = server.exec_(statement.encode())
    if begun.status != pq.ExecStatus.COPY_OUT:
        raise psycopg.errors.error_from_result(begun)
    lines: list[Any] = []
    while True:
        size, line = server.get_copy_data(0)
        if size < 0:
            break
        lines.append(line)
    fault = None
    while (ended := server.get_result()) is not None:
        if ended.status != pq.ExecStatus.COMMAND_OK:
            fault = psycopg.errors.error_from_result(ended)
    if fault is not None:
        raise fault
    return b"".join(lines)
