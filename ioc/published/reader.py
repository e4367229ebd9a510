"""The Reader: the only door of screens, API, reports and exports to a published version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import duckdb

from ioc.errors import StorageError
from ioc.period import Period
from ioc.published.fetch import aware, check_select, translate
from ioc.published.rows import Load, Quarantined, Score, SourceState, Unit, Version
from ioc.published.scope import PROVINCE_WIDE, Scope, apply_scope, need_province
from ioc.published.watchdog import Watchdog
from ioc.value import Observation

MAX_ROWS = 50_000
_OBSERVATION = ", ".join(field.name for field in fields(Observation))
_SAME = "basis = ? AND view = ? AND slice_dim = ? AND slice_value = ?"


class Reader:
    """One version, one scope, one cursor: for one thread and one request. Every instant it returns is aware
    UTC.

    With `as_of`, observations are read as known at that instant, from the vintages.
    """

    def __init__(
        self,
        version: Version,
        cursor: duckdb.DuckDBPyConnection,
        watchdog: Watchdog,
        *,
        scope: Scope = PROVINCE_WIDE,
        as_of: datetime | None = None,
        units: list[Unit] | None = None,
    ) -> None:
        if as_of is not None and as_of.tzinfo is None:
            raise ValueError("as_of needs a time zone")
        self.version = version
        self.scope = scope
        self.as_of = as_of
        self._cursor = cursor
        self._watchdog = watchdog
        self._units = [] if units is None else units

    def observation(
        self,
        indicator: str,
        unit: str,
        period: str,
        *,
        basis: str = "as_then",
        view: str = "official",
        slice_dim: str = "",
        slice_value: str = "",
    ) -> Observation | None:
        """One number, or None when it was never computed (or not yet known at `as_of`)."""
        found = self._observations(
            f"indicator = ? AND unit = ? AND period = ? AND {_SAME}",
            [indicator, unit, period, basis, view, slice_dim, slice_value],
        )
        return found[0] if found else None

    def level(
        self,
        indicator: str,
        level: str,
        period: str,
        *,
        basis: str = "as_then",
        view: str = "official",
        slice_dim: str = "",
        slice_value: str = "",
    ) -> list[Observation]:
        """The number of every unit of a level (province | commune | department) in one period."""
        return self._observations(
            f"indicator = ? AND unit_level = ? AND period = ? AND {_SAME}",
            [indicator, level, period, basis, view, slice_dim, slice_value],
        )

    def series(
        self,
        indicator: str,
        unit: str,
        kind: str,
        *,
        last: str | None = None,
        count: int = 13,
        basis: str = "as_then",
        view: str = "official",
        slice_dim: str = "",
        slice_value: str = "",
    ) -> list[Observation]:
        """The last `count` periods of a kind up to the period `last` (or the newest), oldest first."""
        condition = f"indicator = ? AND unit = ? AND period_kind = ? AND {_SAME}"
        params: list[object] = [indicator, unit, kind, basis, view, slice_dim, slice_value]
        if last is not None:
            condition += " AND period_end <= ?"
            params.append(Period.parse(last).end)
        found = self._observations(condition, params)
        found.sort(key=lambda item: (item.period_end, item.period_start))
        return found[-count:] if count > 0 else []

    def slices(
        self,
        indicator: str,
        unit: str,
        period: str,
        slice_dim: str,
        *,
        basis: str = "as_then",
        view: str = "official",
    ) -> list[Observation]:
        """The parts of a number along one dimension (the channels of a filing, for example)."""
        return self._observations(
            "indicator = ? AND unit = ? AND period = ? AND slice_dim = ? AND basis = ? AND view = ?",
            [indicator, unit, period, slice_dim, basis, view],
        )

    def periods(self, kind: str | None = None) -> list[str]:
        """The period keys that have own observations, newest last; those of published figures (2045) are no choice."""
        table, params = self._observation_table()
        where = "" if kind is None else " AND period_kind = ?"
        rows = self._fetch(
            f"SELECT period FROM {table} WHERE coalesce(provenance, '') <> 'external'{where}"
            f"{self._predicate('unit')} GROUP BY period "
            "ORDER BY max(period_end), min(period_start) DESC, period",
            [*params, *([] if kind is None else [kind]), *self._predicate_params()],
        )
        return [str(row[0]) for row in rows]

    def scores(self, scorecard: str, period: str | None = None, *, layer: str = "official") -> list[Score]:
        """The nodes of a scorecard, of one period or of all: the edition in force, or the `parallel` ones."""
        where = "" if period is None else " AND period = ?"
        names = ", ".join(field.name for field in fields(Score))
        rows = self._fetch(
            f"SELECT {names} FROM mart.score WHERE scorecard = ? AND coalesce(layer, 'official') = ?{where}"
            f"{self._predicate('unit')} "
            "ORDER BY period, unit, node",
            [scorecard, layer, *([] if period is None else [period]), *self._predicate_params()],
        )
        return [Score(*row) for row in rows]

    def sources(self) -> list[SourceState]:
        """How far every source and dataset has come, with the counts of its last load."""
        rows = self._fetch(
            """SELECT s.source, s.dataset, s.watermark, s.complete_through, s.last_success_at, s.last_load_id,
              s.last_run_id, s.rows_total, l.rows_in, l.rows_good, l.rows_refused, l.rows_duplicate,
              l.rows_changed,
              (SELECT count(*) FROM ops.quarantine q
               WHERE q.source = s.source AND q.dataset = s.dataset AND coalesce(q.status, 'open') = 'open')
            FROM ops.source_state s
            LEFT JOIN (SELECT * FROM ops.load_ledger
                       QUALIFY row_number() OVER (PARTITION BY source, dataset ORDER BY loaded_at DESC,
                       load_id) = 1) l
              ON l.source = s.source AND l.dataset = s.dataset
            ORDER BY s.source, s.dataset"""
        )
        return [SourceState(*row) for row in rows]

    def quarantine(self, source: str | None = None, limit: int = 200) -> list[Quarantined]:
        """Refused rows, newest first. Whole-province viewers only: a refused row has no sure unit."""
        need_province(self.scope, "the quarantine")
        names = ", ".join(field.name for field in fields(Quarantined))
        where, params = ("", []) if source is None else ("WHERE source = ?", [source])
        rows = self._fetch(
            f"SELECT {names} FROM ops.quarantine {where} ORDER BY quarantined_at DESC, quarantine_id LIMIT ?",
            [*params, limit],
        )
        return [Quarantined(*row) for row in rows]

    def loads(self, source: str | None = None, limit: int = 50) -> list[Load]:
        """The ledger of loads, newest first."""
        names = ", ".join(field.name for field in fields(Load))
        where, params = ("", []) if source is None else ("WHERE source = ?", [source])
        rows = self._fetch(
            f"SELECT {names} FROM ops.load_ledger {where} ORDER BY loaded_at DESC, load_id LIMIT ?",
            [*params, limit],
        )
        return [Load(*row) for row in rows]

    def catalogue_json(self) -> str:
        """The catalogue this version was measured with, as JSON."""
        return str(self._fetch("SELECT body FROM meta.catalogue")[0][0])

    def units(self) -> list[Unit]:
        """The registry of units, by code. Public in full: names and places are no secret."""
        if not self._units:
            names = ", ".join(field.name for field in fields(Unit))
            rows = self._fetch(f"SELECT {names} FROM core.unit ORDER BY unit_code, valid_from")
            self._units[:] = [Unit(*row) for row in rows]
        return list(self._units)

    def select(self, sql: str, params: Sequence[object] = ()) -> list[dict[str, object]]:
        """Rows of our own SQL (a .sql file, or compiled from the catalogue), never of a user's text.

        A query over tables with units carries `/*scope column*/` after each of its conditions; for a narrow
        scope
        the mark becomes ` AND column IN (...)`, and a query without one is refused with ScopeError. More than
        50,000 rows are a StorageError: page through instead.
        """
        scoped = apply_scope(sql, self.scope)
        check_select(self._cursor, scoped)
        rows = self._fetch(scoped, params, limit=MAX_ROWS)
        names = [str(column[0]) for column in self._cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _observations(self, condition: str, params: list[object]) -> list[Observation]:
        condition += self._predicate("unit")
        params = [*params, *self._predicate_params()]
        if self.as_of is None:
            sql = f"""SELECT {_OBSERVATION} FROM mart.observation WHERE {condition}
                ORDER BY unit, period, slice_value"""
        else:
            sql = f"""SELECT {_OBSERVATION} FROM mart.observation_vintage WHERE {condition} AND known_at <= ?
                QUALIFY row_number() OVER (PARTITION BY indicator, unit, period, basis, view, slice_dim,
                slice_value
                                           ORDER BY known_at DESC, rowid DESC) = 1
                ORDER BY unit, period, slice_value"""
            params.append(self.as_of)
        found: dict[tuple[str, ...], Observation] = {}
        for row in self._fetch(sql, params):
            item = Observation(*row)
            key = (item.unit, item.period, item.slice_dim, item.slice_value)
            if key not in found or found[key].version < item.version:
                found[key] = item  # while two definitions of an indicator overlap, the newer one counts
        return list(found.values())

    def _observation_table(self) -> tuple[str, list[object]]:
        if self.as_of is None:
            return "mart.observation", []
        return "(SELECT * FROM mart.observation_vintage WHERE known_at <= ?)", [self.as_of]

    def _predicate(self, column: str) -> str:
        return "" if self.scope.units is None else f" AND list_contains(?, {column})"

    def _predicate_params(self) -> list[object]:
        return [] if self.scope.units is None else [sorted(self.scope.units)]

    def _fetch(self, sql: str, params: Sequence[object] = (), *, limit: int | None = None) -> list[tuple[Any, ...]]:
        try:
            with self._watchdog.watch(self._cursor):
                self._cursor.execute(sql, list(params) or None)
                rows = self._cursor.fetchall() if limit is None else self._cursor.fetchmany(limit + 1)
        except duckdb.Error as error:
            raise translate(error, self._watchdog.limit) from error
        if limit is not None and len(rows) > limit:
            raise StorageError(f"the query has more than {limit} rows", remedy="ask for a page of it")
        return aware(rows, self._cursor.description or [])
