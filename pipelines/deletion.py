"""Rows the source deleted leave core, and a tombstone stays: by a snapshot, by a flag, or at a reconciliation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ioc.warehouse import Warehouse
from pipelines.holding import HeldError
from pipelines.landing import Landed
from pipelines.normalise import literal, quoted
from pipelines.spec import DatasetSpec, Target
from pipelines.state import plain

FEW_GONE = 20  # so many rows may vanish whatever the share


class Statement(Protocol):
    """A statement of conform.sql over the view `staged`."""

    params: dict[str, object]

    def select(self) -> str:
        """The SQL of the rows of core."""


def key_text(columns: Sequence[str], alias: str) -> str:
    """SQL of the text under which a key is remembered."""
    return "concat_ws(chr(31), " + ", ".join(f"CAST({alias}.{name} AS VARCHAR)" for name in columns) + ")"


def short(table: str) -> str:
    """The name of a table without its schema, as its own columns are called in a query."""
    return table.rpartition(".")[2]


def has_tombstones(cursor: Any, table: str) -> bool:
    """Whether a row of the table was ever removed by a flag."""
    sql = "SELECT 1 FROM ops.tombstone WHERE table_name = ? AND gone_order IS NOT NULL LIMIT 1"
    return cursor.execute(sql, [table]).fetchone() is not None


def leave_out_gone(cursor: Any, table: str, target: Target) -> None:
    """Take out of `conformed` what is not newer than its own deletion: a late or repeated version of a deleted row."""
    cursor.execute(
        f"""DELETE FROM conformed c WHERE EXISTS (SELECT 1 FROM ops.tombstone t WHERE t.table_name = ?
        AND t.key_text = {key_text(target.key, "c")} AND c.{target.order_by[0]} <= t.gone_order)""",
        [table],
    )


@dataclass(frozen=True)
class Gone:
    """What a load says about deleted rows. `statements`: the conform statement of each core table."""

    warehouse: Warehouse
    cursor: Any
    landed: Landed
    dataset: DatasetSpec
    statements: Mapping[str, Statement]
    accept: bool = False

    def remove(self, rows_good: int, rows_refused: int) -> int:
        """Remove what is gone by the declared mode; returns the number of rows. HeldError when too many vanish."""
        mode = self.dataset.deletions.mode
        if mode == "flag" and rows_good:
            return self.remove_flagged()
        is_whole = self.landed.is_full and (mode == "snapshot" or self.landed.lane == "reconcile")
        # A refused row is not a deleted one: with any of them the keys are not all known, and nothing is removed.
        if mode in ("snapshot", "reconcile") and is_whole and rows_good and not rows_refused:
            return sum(self.remove_absent(table) for table in self.dataset.into)
        return 0

    def remove_flagged(self) -> int:
        """Rows whose flag says deleted, unless core holds a newer version."""
        flag = self.dataset.deletions
        values = ", ".join(literal(value) for value in flag.values)
        self.cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE flagged AS SELECT * FROM staged WHERE {quoted(flag.column)} IN ({values})"
        )
        if self.cursor.execute("SELECT 1 FROM flagged LIMIT 1").fetchone() is None:
            return 0
        self.cursor.execute("CREATE OR REPLACE TEMP VIEW staged AS FROM flagged")
        count = 0
        for table, target in self.dataset.into.items():
            order = target.order_by[0] if target.order_by else "CAST(NULL AS TIMESTAMP)"
            self.keep_keys(table, "gone_row", f"{order} AS gone_order")
            alias = short(table)
            newer = f" AND {alias}.{target.order_by[0]} <= g.gone_order" if target.order_by else ""
            same = f"g.key_text = {key_text(target.key, alias)}"
            where = f"source = ? AND EXISTS (SELECT 1 FROM temp.gone_row g WHERE {same}{newer})"
            count += self.bury(table, target, where)
        return count

    def remove_absent(self, table: str) -> int:
        """Rows of this source that a delivery of everything does not hold any more."""
        target = self.dataset.into[table]
        self.keep_keys(table, "seen_row", "NULL AS gone_order")
        where = f"source = ? AND {key_text(target.key, short(table))} NOT IN (SELECT key_text FROM temp.seen_row)"
        gone, known = self.cursor.execute(
            f"SELECT count(*) FILTER (WHERE {where}), count(*) FROM {table} WHERE source = ?",
            [self.landed.source, self.landed.source],
        ).fetchone()
        if gone > max(FEW_GONE, self.dataset.deletions.most * known) and not self.accept:
            raise HeldError(
                self.landed.source,
                self.landed.dataset,
                "vanished",
                f"{gone} trong {known} dòng đã biến mất khỏi nguồn",
                f"held: {gone} of {known} rows vanished from the source",
                remedy="ask the supplier; when it is right, ioc replay --accept",
            )
        self.cursor.execute(
            "CREATE OR REPLACE TEMP TABLE gone_row AS SELECT '' AS key_text, NULL AS gone_order LIMIT 0"
        )
        return self.bury(table, target, where)

    def keep_keys(self, table: str, name: str, extra: str) -> None:
        """The keys of the core rows the view `staged` stands for, as a temp table."""
        statement = self.statements[table]
        key = key_text(self.dataset.into[table].key, "r")
        self.cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {key} AS key_text, {extra} FROM ({statement.select()}) r",
            statement.params,
        )

    def bury(self, table: str, target: Target, where: str) -> int:
        """Remove the rows and leave their tombstones (once per key)."""
        source = self.landed.source
        alias = short(table)
        order = f"{alias}.{target.order_by[0]}" if target.order_by else "NULL"
        is_flag = self.dataset.deletions.mode == "flag"
        self.cursor.execute(
            f"""INSERT INTO ops.tombstone SELECT ?, ?, ?, {key_text(target.key, alias)},
            {f"CAST({order} AS TIMESTAMP)" if is_flag else "NULL"}, ?, ? FROM {table} WHERE {where}""",
            [source, self.landed.dataset, table, self.landed.load_id, plain(self.landed.landed_at), source],
        )
        return self.warehouse.remove(self.cursor, table, where, [source])
