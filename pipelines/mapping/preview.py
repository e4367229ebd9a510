"""A source as it would land: the same pull, landing, contract and conform as a run, in a home that is thrown away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ioc.errors import IocError
from pipelines.conform import calendar_table, conform_of
from pipelines.connect.delivery import POSITION, Ask, Deadline, Delivery, Notice
from pipelines.context import RunContext
from pipelines.contract import Staged, stage
from pipelines.holding import HeldError, hold_when_bad
from pipelines.landing import Landed, LandingWriter
from pipelines.normalise import quoted
from pipelines.run import CONNECTORS, columns_of, wide_of
from pipelines.scanner.masking import Masked, mask_table
from pipelines.spec import DatasetSpec, SourceSpec

MOST_ROWS = 200_000


@dataclass
class Preview:
    """One delivery of one dataset: what its rows became. `held`: why nothing of it would be loaded."""

    dataset: str
    origin: str
    delivered: int = 0
    rows_in: int = 0
    rows_good: int = 0
    rows_refused: int = 0
    rows_duplicate: int = 0
    cut_at: int | None = None
    held: str = ""
    ignored: tuple[str, ...] = ()
    refused: list[dict[str, Any]] = field(default_factory=list)  # rule, reason, count, where, value
    flagged: list[dict[str, Any]] = field(default_factory=list)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    in_time: dict[str, int] = field(default_factory=dict)  # of dossiers: what the due time makes of them


def preview_source(
    ctx: RunContext,
    spec: SourceSpec,
    connection: Mapping[str, Any],
    *,
    rows: int,
    only: str = "",
    now: datetime,
    most: int = MOST_ROWS,
) -> Iterator[Preview]:
    """Every delivery of every dataset (`only`: of one), the first `rows` rows as they would land.

    `ctx` belongs to the throw-away home. Raises SourceError when the source does not deliver.
    """
    for name, dataset in spec.datasets.items():
        if only and name != only:
            continue
        ask = Ask(
            source=spec.id,
            dataset=name,
            columns=columns_of(dataset),
            connection=connection,
            request=dataset.request,
            since=None,
            until=now,
            deadline=Deadline(spec.id, spec.deadline_seconds),
            home=ctx.home,
            wide=wide_of(dataset),
        )
        for delivery in CONNECTORS[spec.kind](ask):
            if isinstance(delivery, Notice):
                yield Preview(name, delivery.origin, notices=[delivery.message])
                continue
            yield look_at(ctx, spec, name, delivery, rows, now, most)


def look_at(
    ctx: RunContext, spec: SourceSpec, name: str, delivery: Delivery, rows: int, now: datetime, most: int
) -> Preview:
    """Land, stage and conform one delivery; nothing of it is kept."""
    dataset = spec.datasets[name]
    seen = Preview(name, delivery.origin)
    writer = LandingWriter(ctx.home, spec.id, name, "preview", now)
    landed_rows, masked = 0, Masked()
    with delivery.opened() as tables:
        for table in tables:
            if landed_rows + table.num_rows > most:
                table = table.slice(0, most - landed_rows)
                seen.cut_at = most
            writer.write(mask_table(table, dataset.columns, masked))
            landed_rows += table.num_rows
            if seen.cut_at:
                break
    writer.redacted = dict(masked.cells)
    landed = writer.finish(delivery, by_content=dataset.by_content)
    seen.delivered, seen.ignored = landed.rows, landed.ignored_columns
    with ctx.warehouse.transaction() as cursor:
        cursor.register("calendar_day", calendar_table(ctx.calendar))
        try:
            staged = stage(cursor, landed, dataset, ctx.registry, ctx.home)
        except HeldError as error:
            seen.held = str(error)
            return seen
        seen.rows_in, seen.rows_good = staged.rows_in, staged.rows_good
        seen.rows_refused, seen.rows_duplicate = staged.rows_refused, staged.rows_duplicate
        try:
            hold_when_bad(landed, staged.rows_in, staged.rows_refused)
        except HeldError as error:
            seen.held = str(error)
        if staged.rows_in:
            seen.refused = list(refusals(cursor, dataset, staged))
            seen.flagged = list(flags(cursor, dataset))
        if staged.rows_good:
            for table_name in dataset.into:
                seen.tables[table_name] = first_rows(cursor, ctx, spec, landed, table_name, rows)
                if table_name == "core.dossier":
                    seen.in_time = judge_due(cursor, ctx, spec, landed)
    return seen


def refusals(cursor: Any, dataset: DatasetSpec, staged: Staged) -> Iterator[dict[str, Any]]:
    """Every rule that refused rows: how many, and the first of them with the value as it was delivered."""
    counts = cursor.execute(
        f"SELECT _rule, count(*), min({POSITION}) FROM judged WHERE _rule IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    known = {row[0] for row in cursor.execute("DESCRIBE landed").fetchall()}
    for number, count, position in counts:
        rule = staged.rules[number]
        name = rule.field if rule.field in known else rule.field.removesuffix("__unit")
        value = None
        if name in known:
            found = cursor.execute(
                f"SELECT {quoted(name)} FROM landed WHERE {POSITION} = ? LIMIT 1", [position]
            ).fetchone()
            value = found[0] if found else None
        yield {
            "rule": rule.id,
            "field": rule.field,
            "vi": rule.vi,
            "en": rule.en,
            "count": count,
            "row": position,
            "value": None if value is None else str(value)[:60],
        }


def flags(cursor: Any, dataset: DatasetSpec) -> Iterator[dict[str, Any]]:
    """Every flag that rows carry."""
    for rule in dataset.flags:
        where = f"_rule IS NULL AND NOT coalesce(({rule.test}), true)"
        count, position = cursor.execute(f"SELECT count(*), min({POSITION}) FROM judged WHERE {where}").fetchone()
        if count:
            yield {"rule": rule.id, "vi": rule.vi, "en": rule.en, "count": count, "row": position}


def first_rows(
    cursor: Any, ctx: RunContext, spec: SourceSpec, landed: Landed, table: str, rows: int
) -> list[dict[str, Any]]:
    """The first rows of a core table as the batch would write them, filled columns only."""
    statement = conform_of(cursor, spec, landed, table, {"province": ctx.settings.province})
    try:
        found = cursor.execute(f"SELECT * FROM ({statement.select()}) LIMIT {int(rows)}", statement.params)
        names = [column[0] for column in found.description]
        values = found.fetchall()
    except Exception as error:  # what the engine says of a wrong expression is what the writer of the mapping needs
        said = re.sub(r"\s+", " ", str(error).split("LINE ")[0]).strip()
        raise IocError(f"{spec.file.name}: {table} cannot be made: {said[:300]}", remedy="mend 'set'") from error
    kept = [i for i, name in enumerate(names) if name not in ("source", "load_id", "known_at")]
    filled = [i for i in kept if any(row[i] is not None for row in values)]
    return [{names[i]: row[i] for i in filled} for row in values]


def judge_due(cursor: Any, ctx: RunContext, spec: SourceSpec, landed: Landed) -> dict[str, int]:
    """What the mapped due time says of the dossiers: a wrong column is refused by no rule, but seen in these counts."""
    statement = conform_of(cursor, spec, landed, "core.dossier", {"province": ctx.settings.province})
    found = cursor.execute(
        f"""SELECT count(*) AS dossiers, count(finished_at) AS finished,
          count(*) FILTER (finished_at <= due_original_at) AS in_time,
          count(*) FILTER (finished_at IS NOT NULL AND due_original_at IS NULL) AS without_due,
          count(*) FILTER (due_original_at < received_at) AS due_before_receipt
        FROM ({statement.select()})""",
        statement.params,
    )
    return dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))


def file_connection(path: Path, folder: Path) -> dict[str, Any]:
    """A connection to a folder that holds just this file (by a link, so that nothing is copied)."""
    link = folder / path.name
    link.symlink_to(path.resolve())
    return {"path": str(folder)}
