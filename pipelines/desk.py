"""What the data steward's desk asks of the ingest process: pause, resume, take a form, decide on a typed figure."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from ioc.errors import UsageError
from ioc.store import Desk, HandEntry
from pipelines.context import After, RunContext
from pipelines.run import run_source
from pipelines.upload import INCOMING, TAKEN, incoming_file, judge_form, take_form
from pipelines.upload import SOURCE as UPLOAD

ENTRY_SOURCE, ENTRIES = "hand_entry", "desk/entries"
COLUMNS = ("so_van_ban", "nop_luc", "ma_don_vi", "ma_chi_tieu", "ky", "gia_tri", "thuc_hien", "ke_hoach", "tinh_chat")
Handler = Callable[[RunContext, Mapping[str, Any]], Mapping[str, Any]]


def desk_handlers(after: After) -> dict[str, Handler]:
    """The requests of the desk; every one names the operator (`by`)."""

    def pause(ctx: RunContext, args: Mapping[str, Any]) -> Mapping[str, Any]:
        source = known_source(ctx, args)
        Desk(ctx.store).pause(source, by=operator(args), reason=str(args.get("reason") or ""), now=ctx.now)
        return {"paused": source}

    def resume(ctx: RunContext, args: Mapping[str, Any]) -> Mapping[str, Any]:
        operator(args)
        Desk(ctx.store).resume(known_source(ctx, args))
        return {"resumed": args["source"]}

    def upload(ctx: RunContext, args: Mapping[str, Any]) -> Mapping[str, Any]:
        operator(args)
        path = incoming_file(ctx.home, str(args.get("file") or ""))
        judged = judge_form(ctx, path)
        if not judged.is_good:
            path.unlink(missing_ok=True)
            return {"taken": False, **judged.to_dict()}
        take_form(ctx.home, path, ctx.now)
        return {"taken": True, **judged.to_dict(), "run": _read(ctx, UPLOAD, after)}

    def decide(ctx: RunContext, args: Mapping[str, Any]) -> Mapping[str, Any]:
        approve = bool(args.get("approve"))
        entry = Desk(ctx.store).decide(
            int(args["entry"]), approve=approve, by=operator(args), note=str(args.get("note") or ""), now=ctx.now
        )
        if not approve:
            return {"entry": entry.id, "approved": False}
        write_entry(ctx.home, entry)
        return {"entry": entry.id, "approved": True, "run": _read(ctx, ENTRY_SOURCE, after)}

    return {"pause": pause, "resume": resume, "upload": upload, "decide": decide}


def prepare_desk(home: Path) -> None:
    """The folders of the desk: forms that were taken, figures that were approved."""
    for folder in (INCOMING, TAKEN, ENTRIES):
        (home / folder).mkdir(parents=True, exist_ok=True)


def known_source(ctx: RunContext, args: Mapping[str, Any]) -> str:
    """The source a request names; UsageError for an unknown one."""
    source = str(args.get("source") or "")
    if source not in ctx.settings.sources:
        raise UsageError(f"unknown source '{source}'", remedy=f"one of {', '.join(sorted(ctx.settings.sources))}")
    return source


def operator(args: Mapping[str, Any]) -> str:
    """Who asks; UsageError when nobody is named."""
    name = " ".join(str(args.get("by") or "").split())
    if not 2 <= len(name) <= 60:
        raise UsageError("nobody is named as operator", remedy="write the name of who does this")
    return name


def is_paused(ctx: RunContext, source: str) -> bool:
    """Whether a source is not to be read on schedule."""
    return source in Desk(ctx.store).pauses()


def write_entry(home: Path, entry: HandEntry) -> Path:
    """An approved figure as a file of the source `hand_entry`: one row, like a report an office files."""
    folder = home / ENTRIES
    folder.mkdir(parents=True, exist_ok=True)
    local = entry.entered_at + timedelta(hours=7)
    row = {**entry.body, "nop_luc": f"{local:%Y-%m-%d %H:%M:%S}"}
    path = folder / f"entry-{entry.id:06d}.csv"
    fresh = path.with_suffix(".part")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerow([row.get(name, "") for name in COLUMNS])
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    return path


def _read(ctx: RunContext, source: str, after: After) -> dict[str, Any]:
    """Read the source at once and publish; the run as the desk shows it."""
    result = run_source(source, ctx, kind="desk", force=True)
    after(ctx, [result])
    return {
        "run": result.run_id, "status": result.status, "message": result.message, "rows_in": result.rows_in,
        "rows_good": result.rows_good, "rows_refused": result.rows_refused, "rows_duplicate": result.rows_duplicate,
    }  # fmt: skip
