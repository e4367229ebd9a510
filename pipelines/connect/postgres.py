"""Pages of PostgreSQL as the server copies them out, read column by column without a Python object for each cell.

The question is the same keyset page in the same read-only transaction; only the way its rows travel differs. It serves
columns of plain kinds; a table with others (JSON, arrays, ranges ...) is read row by row like any other database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
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
BYTES_A_BLOCK, ROWS_A_CHECK = 16 * 2**20, 1000


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
        behind: Callable[[dict[str, Any]], sa.Select[Any]],
        page_rows: int,
        check: Callable[[], None],
    ) -> Iterator[CopyPage]:
        """Page after page until one is not full; `behind` asks for the rows behind the last one seen.

        The server copies the next page out while this one is read and landed: never more than one ahead. Raises
        SQLAlchemyError, and whatever `check` raises when the time of the run is over.
        """
        raw = self.connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        position = 1
        with ThreadPoolExecutor(1, "copy") as ahead:
            lines = self.copy(raw, asked, check)
            while lines:
                coming = None
                if len(lines) == page_rows:
                    coming = ahead.submit(self.copy, raw, behind(self.last(raw, lines[-1])), check)
                try:
                    yield self.page(lines, position)
                except BaseException:
                    if coming:
                        with suppress(psycopg.Error):  # what went wrong here is what is told
                            raw.cancel_safe(timeout=5.0)  # nobody waits for the page that is on its way
                    raise
                position += len(lines)
                lines = coming.result() if coming else []

    def copy(self, raw: psycopg.Connection[Any], asked: sa.Select[Any], check: Callable[[], None]) -> list[Any]:
        """The rows of one question, a line each. Raises SQLAlchemyError."""
        compiled = asked.compile(dialect=self.connection.dialect)
        statement = psycopg.ClientCursor(raw).mogrify(str(compiled), compiled.params)
        lines: list[Any] = []
        try:
            with raw.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)".encode()) as answer:
                arriving = iter(answer)
                while some := list(islice(arriving, ROWS_A_CHECK)):
                    check()
                    lines += some
        except psycopg.Error as error:
            raise sa.exc.DBAPIError("COPY", None, error) from error
        return lines

    def last(self, raw: psycopg.Connection[Any], line: Any) -> dict[str, Any]:
        """Key and watermark of a row."""
        read = self.read(bytes(line), has_breaks=True)
        return {
            name: self.value(raw, place, read.column(place)[0].as_py())
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
