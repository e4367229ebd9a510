"""`ioc appraisal`: claims, verification, disputes and their answers by named local operators; the queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from indicators.appraisal.rules import check_close, check_entry, claims_of, criteria_of
from ioc.store import AppStore
from ioc.store.appraisal import AppraisalBook, Entry, EntryKind, keep_evidence
from ioc_cli.context import Context
from ioc_cli.ingest import ask

QUEUE = """SELECT queue_place, unit, criterion, self_value, expected, impact FROM mart.appraisal
  WHERE period = ? AND queue_place IS NOT NULL /*scope unit*/ ORDER BY queue_place LIMIT ?"""
CLAIMS = """SELECT unit, verified_cells, claimed, over_claimed, over_ratio FROM mart.appraisal_standing
  WHERE period = ? AND claimed > 0 /*scope unit*/ ORDER BY over_ratio DESC, unit LIMIT ?"""


@click.group()
def appraisal() -> None:
    """Self-assessment, verification and disputes, entered by a named local operator."""


def entry_options(command: Any) -> Any:
    """What every entry has: who, and a file that shows it."""
    shown = click.option("--evidence", type=click.Path(path_type=Path), default=None, help="A file that shows it.")
    command = shown(command)
    return click.option("--by", required=True, help="Name and office of the operator; kept with the entry.")(command)


@appraisal.command()
@click.argument("period")
@click.argument("unit")
@click.argument("criterion")
@click.argument("value", type=float)
@click.option("--new-criterion", is_flag=True, help="CRITERION is one that nobody claimed before.")
@entry_options
@click.pass_obj
def claim(
    ctx: Context, period: str, unit: str, criterion: str, value: float, new_criterion: bool, by: str,
    evidence: Path | None,
) -> None:  # fmt: skip
    """A commune UNIT claims VALUE (0 to 100) for CRITERION in PERIOD."""
    enter(ctx, "self", period, unit, criterion, value, "", by, evidence, new_criterion=new_criterion)


@appraisal.command()
@click.argument("period")
@click.argument("unit")
@click.argument("criterion")
@click.argument("value", type=float)
@click.option("--reason", required=True, help="Why this value, in one sentence.")
@entry_options
@click.pass_obj
def verify(
    ctx: Context, period: str, unit: str, criterion: str, value: float, reason: str, by: str, evidence: Path | None
) -> None:
    """The appraiser verifies VALUE for a claim."""
    enter(ctx, "verify", period, unit, criterion, value, reason, by, evidence)


@appraisal.command()
@click.argument("period")
@click.argument("unit")
@click.argument("criterion")
@click.option("--reason", required=True, help="What is wrong with the verified value.")
@entry_options
@click.pass_obj
def dispute(ctx: Context, period: str, unit: str, criterion: str, reason: str, by: str, evidence: Path | None) -> None:
    """The commune disputes a verified value within 10 days."""
    enter(ctx, "dispute", period, unit, criterion, None, reason, by, evidence)


@appraisal.command("answer")
@click.argument("period")
@click.argument("unit")
@click.argument("criterion")
@click.argument("value", type=float, required=False)
@click.option("--reason", required=True, help="The answer to the commune.")
@entry_options
@click.pass_obj
def answer_dispute(
    ctx: Context,
    period: str,
    unit: str,
    criterion: str,
    value: float | None,
    reason: str,
    by: str,
    evidence: Path | None,
) -> None:
    """The appraiser answers a dispute, with a new VALUE or the old one."""
    enter(ctx, "answer", period, unit, criterion, value, reason, by, evidence)


@appraisal.command()
@click.argument("period")
@click.option("--by", required=True, help="Name and office of who closes the period; kept with the entry.")
@click.option("--override", is_flag=True, help="Close although disputes are unanswered; the name stands for it.")
@click.pass_obj
def close(ctx: Context, period: str, by: str, override: bool) -> None:
    """Make every verified value of PERIOD final."""
    enter(ctx, "close", period, "", "", None, "", by, None, override=override)


@appraisal.command()
@click.option("--period", required=True, help="Period key, such as 2026-Q3.")
@click.option("--limit", default=20, show_default=True, help="Rows to show.")
@click.pass_obj
def queue(ctx: Context, period: str, limit: int) -> None:
    """What to verify first: the cells that settle most of a commune's rank variance."""
    rows = select(ctx, QUEUE, [period, limit])
    lines = [
        f"{row['queue_place']:>4}  {row['unit']}  {row['criterion']:<8} claimed {row['self_value']:.1f}, "
        f"expected {row['expected']:.1f}, rank variance {row['impact']:.2f}"
        for row in rows
    ]
    ctx.emit({"period": period, "queue": rows}, "\n".join(lines) or f"nothing of {period} waits for verification")


@appraisal.command("over-claims")
@click.option("--period", required=True, help="Period key, such as 2026-Q3.")
@click.option("--limit", default=20, show_default=True, help="Rows to show.")
@click.pass_obj
def over_claims(ctx: Context, period: str, limit: int) -> None:
    """Communes by the share of their claimed points that was not verified."""
    rows = select(ctx, CLAIMS, [period, limit])
    lines = [
        f"{row['unit']}  {100 * row['over_ratio']:5.1f} %  {row['over_claimed']:.1f} of {row['claimed']:.1f} points, "
        f"{row['verified_cells']} criteria"
        for row in rows
    ]
    ctx.emit({"period": period, "units": rows}, "\n".join(lines) or f"nothing of {period} is verified")


def select(ctx: Context, sql: str, params: Sequence[object]) -> list[dict[str, Any]]:
    """Rows of the published version."""
    publication = ctx.publication()
    try:
        with publication.reader() as reader:
            return reader.select(sql, params)
    finally:
        publication.close()


def enter(
    ctx: Context, kind: EntryKind, period: str, unit: str, criterion: str, value: float | None, reason: str, by: str,
    evidence: Path | None, *, override: bool = False, new_criterion: bool = False,
) -> None:  # fmt: skip
    """Check an entry against what is published and what is in the book, write it, measure and publish."""
    now = datetime.now(UTC)
    store, publication = AppStore.open(ctx.home), ctx.publication()
    try:
        book = AppraisalBook(store)
        entries = book.entries()
        with publication.reader() as reader:
            claims = claims_of(reader, period, entries, now=now)
            communes = {one.unit_code for one in reader.units() if one.unit_kind == "commune"}
            criteria = () if new_criterion else criteria_of(reader, entries)
        if kind == "close":
            reason = check_close(period, claims, override=override, now=now)
        else:
            check_entry(
                kind, (period, unit, criterion), claims, entries, by=by, now=now, communes=communes, criteria=criteria
            )
        kept = keep_evidence(ctx.home, evidence) if evidence is not None else ""
        book.add(Entry(kind, period, unit, criterion, value, reason, kept, by.strip(), now))
    finally:
        publication.close()
        store.close()
    ask(ctx, "publish", {})
    told = {"kind": kind, "period": period, "unit": unit, "criterion": criterion, "value": value, "by": by.strip()}
    ctx.emit(told | {"evidence": kept}, f"{kind} {period} {unit} {criterion}: entered by {by.strip()}")


COMMANDS: Sequence[click.Command] = (appraisal,)
