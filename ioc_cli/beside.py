"""`ioc backfill`, `ioc reconcile`, `ioc rejected`: days past, the comparison with a source, what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from ioc.words import Words
from ioc_cli.context import Context
from ioc_cli.ingest import answer, ask

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("source")
@click.option("--from", "first", type=DAY, required=True, help="First local day (2026-01-31).")
@click.option("--to", "last", type=DAY, required=True, help="Last local day, included.")
@click.pass_obj
def backfill(ctx: Context, source: str, first: datetime, last: datetime) -> None:
    """Read what SOURCE changed on days past again, in a lane of its own: the live schedule goes on, and the source
    looks no fresher than its own readings."""
    days = {"first": first.date().isoformat(), "last": last.date().isoformat()}
    answer(ctx, ask(ctx, "backfill", {"source": source, **days}))


@click.command()
@click.argument("source")
@click.pass_obj
def reconcile(ctx: Context, source: str) -> None:
    """Compare rows and sums per day with SOURCE; days that differ are read again. Exit 1 when some still differ."""
    result = ask(ctx, "reconcile", {"source": source})
    left = list(result.get("differences", []))
    if result.get("error"):
        answer(ctx, result)
    lines = [
        f"{one['dataset']} {one['day']} {one['measure']}: {one['source_value']:g} there, {one['core_value']:g} here"
        for one in left
    ]
    ctx.emit({"differences": left}, "\n".join(lines) or f"{source}: every day agrees")
    if left:
        click.get_current_context().exit(1)


@click.command()
@click.argument("source", required=False)
@click.option("--limit", default=50, show_default=True, help="At most so many rows.")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", help="Language of the reasons.")
@click.pass_obj
def rejected(ctx: Context, source: str | None, limit: int, lang: str) -> None:
    """List refused rows and held batches, newest first: where they stood, which rule, why. Cells are masked."""
    from layouts.words import load_words

    with ctx.publication().reader() as reader:
        rows = reader.quarantine(source, limit)
    items = [
        {
            "source": row.source,
            "dataset": row.dataset,
            "file": row.landed_path.rpartition("#")[2] if "#" in row.landed_path else "",
            "landed_path": row.landed_path,
            "position": row.position,
            "rule": row.rule,
            "field": row.field,
            "reason": {"vi": row.reason_vi, "en": row.reason_en},
            "row": row.masked_row,
            "status": row.status,
            "quarantined_at": row.quarantined_at.isoformat() if row.quarantined_at else None,
        }
        for row in rows
    ]
    words = load_words()
    lines = [
        f"{one['source']}/{one['dataset']} {one['file'] or one['landed_path']}"
        f"{':' + str(one['position']) if one['position'] else ''} [{one['rule']}] {one['reason'][lang]}"  # type: ignore[index]
        f"; {to_do(str(one['rule']), words, lang)}"
        for one in items
    ]
    ctx.emit({"items": items, "count": len(items)}, "\n".join(lines) or "nothing was refused")


def to_do(rule: str, words: Words, lang: str) -> str:
    """What the supplier has to do about a rule, as the desk says it."""
    key = f"desk.todo.{rule.partition(':')[0]}"
    return words(key if key in words else "desk.todo.other", lang)


COMMANDS: Sequence[click.Command] = (backfill, reconcile, rejected)
