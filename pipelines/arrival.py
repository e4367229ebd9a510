"""What a pull is asked for, and how what it delivers comes to lie in the landing zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ioc.catalogue.model import parse_duration
from pipelines.connect.delivery import Column, Delivery
from pipelines.context import RunContext
from pipelines.landing import Landed, LandingWriter, load_id_of
from pipelines.load import LoadResult
from pipelines.scanner.masking import Masked, mask_table
from pipelines.spec import DatasetSpec, SourceSpec
from pipelines.state import advance_state, plain

LOOK_BACK_EVERY = timedelta(hours=6)


def columns_of(dataset: DatasetSpec) -> list[Column]:
    """What the connector is asked for; a shaped dataset takes texts, which the contract types later."""
    if not dataset.is_shaped:
        return [
            Column(key, column.type, column.path, column.decimal, column.format == "excel")
            for key, column in dataset.columns.items()
        ]
    signs = {key: column.decimal for key, column in dataset.columns.items()}
    serials = {column.path or key for key, column in dataset.columns.items() if column.format == "excel"}
    return [
        Column(key, "text", path, signs.get(key, "."), key in serials or path in serials)
        for key, path in dataset.delivered.items()
    ]


def wide_of(dataset: DatasetSpec) -> str:
    """The pattern of further headings to take, whose names are values."""
    unpivot = dataset.shape.unpivot if dataset.shape else None
    return unpivot.columns if unpivot else ""


def land_and_load(
    ctx: RunContext, spec: SourceSpec, name: str, run_id: str, delivery: Delivery, *, lane: str = "live"
) -> LoadResult:
    """Land one delivery; load it once it is whole and on disk. What the last load brought is not landed again.

    Outside the live lane the state of the source does not move, and a file that is known already is no news.
    """
    writer = write_parts(ctx, spec, name, run_id, delivery)
    writer.lane = lane
    if lane == "live" and writer.parts and is_repeat(ctx, spec.id, name, delivery):
        writer.abandon()
        return note_repeat(ctx, spec, name, run_id, delivery, sum(part.rows for part in writer.parts))
    return ctx.loader.load(spec, writer.finish(delivery, by_content=False), ctx.now)


def land(ctx: RunContext, spec: SourceSpec, name: str, run_id: str, delivery: Delivery) -> Landed | None:
    """Land one file, whole and on disk, to be loaded with others; it is known by its content.

    None when that content shows to be known: it is not kept twice.
    """
    writer = write_parts(ctx, spec, name, run_id, delivery)
    if is_known(ctx, load_id_of(spec.id, name, delivery.sha256, "")):
        writer.abandon()
        return None
    return writer.finish(delivery, by_content=True)


def write_parts(ctx: RunContext, spec: SourceSpec, name: str, run_id: str, delivery: Delivery) -> LandingWriter:
    """The tables of a delivery on disk; nothing stays of one that breaks off."""
    writer = LandingWriter(ctx.home, spec.id, name, run_id, ctx.now)
    masked = Masked()
    try:
        with delivery.opened() as tables:
            for table in tables:
                writer.write(mask_table(table, spec.datasets[name].columns, masked))
    except BaseException:
        writer.abandon()
        raise
    writer.redacted = dict(masked.cells)
    return writer


def is_repeat(ctx: RunContext, source: str, name: str, delivery: Delivery) -> bool:
    """Is this, byte for byte, what the last load of the dataset brought?"""
    row = (
        ctx.warehouse.cursor()
        .execute(
            "SELECT sha256 FROM ops.load_ledger WHERE source = ? AND dataset = ? "
            "AND coalesce(lane, 'live') = 'live' ORDER BY loaded_at DESC, interval_to DESC LIMIT 1",
            [source, name],
        )
        .fetchone()
    )
    return row is not None and row[0] == delivery.sha256


def note_repeat(ctx: RunContext, spec: SourceSpec, name: str, run_id: str, delivery: Delivery, rows: int) -> LoadResult:
    """Nothing new came: only the state moves on, the landing is not kept twice."""
    through = delivery.complete_through or delivery.interval_to - parse_duration(spec.datasets[name].lag)
    with ctx.warehouse.transaction() as cursor:
        advance_state(cursor, spec.id, name, run_id, None, delivery.watermark, through, ctx.now)
    return LoadResult(spec.id, name, "", delivery.origin, "known", rows_in=rows)


def looked_at(ctx: RunContext, source: str, name: str) -> datetime | None:
    """When the source was last read whole."""
    row = (
        ctx.warehouse.cursor()
        .execute("SELECT last_success_at FROM ops.source_state WHERE source = ? AND dataset = ?", [source, name])
        .fetchone()
    )
    return row[0].replace(tzinfo=UTC) if row and row[0] else None


def since_of(ctx: RunContext, source: str, name: str, dataset: DatasetSpec) -> datetime | None:
    """Where the pull starts: the watermark less the overlap, every six hours the deep one; None asks for all."""
    if "watermark" not in dataset.request:
        return None
    cursor = ctx.warehouse.cursor()
    row = cursor.execute(
        "SELECT watermark FROM ops.source_state WHERE source = ? AND dataset = ?", [source, name]
    ).fetchone()
    if row is None or row[0] is None:
        return ctx.now - parse_duration(dataset.first_since) if dataset.first_since else None
    start: datetime = min(row[0].replace(tzinfo=UTC), ctx.now)
    if dataset.deep_overlap:
        deep = parse_duration(dataset.deep_overlap)
        looked = cursor.execute(
            """SELECT 1 FROM ops.load_ledger WHERE source = ? AND dataset = ? AND interval_to > ?
            AND coalesce(lane, 'live') = 'live'
            AND (interval_from IS NULL OR interval_to - interval_from >= ?) LIMIT 1""",
            [source, name, plain(ctx.now - LOOK_BACK_EVERY), deep],
        ).fetchone()
        if looked is None:
            return start - deep
    return start - parse_duration(dataset.overlap)


def is_known(ctx: RunContext, load_id: str) -> bool:
    """Was this load made, or held, before?"""
    cursor = ctx.warehouse.cursor()
    return bool(
        cursor.execute(
            "SELECT 1 FROM ops.load_ledger WHERE load_id = $id UNION ALL "
            "SELECT 1 FROM ops.quarantine WHERE load_id = $id AND status = 'held' LIMIT 1",
            {"id": load_id},
        ).fetchone()
    )
