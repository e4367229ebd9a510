"""Offices without a system: a filled-in form is judged cell by cell, and only a form without a fault is taken.

A form that is taken goes where the source `office_upload` looks, so it is landed, judged again and loaded like any
other file. The judging here is the contract itself, over the file as it was read by the limited child process.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ioc.errors import IocError, UsageError
from pipelines.connect.delivery import FILE, POSITION, Column
from pipelines.connect.layout import read_layout
from pipelines.connect.sheet import Rows, Unreadable, read_sheets
from pipelines.context import RunContext
from pipelines.contract import Rule, stage
from pipelines.holding import HeldError
from pipelines.landing import Landed, Part
from pipelines.normalise import quoted
from pipelines.quarantine import is_free, mask
from pipelines.spec import DatasetSpec

SOURCE, DATASET = "office_upload", "so_lieu"
INCOMING, TAKEN = "desk/incoming", "desk/uploads"
MOST_FAULTS = 200
FILE_NAME = re.compile(r"[0-9a-f]{32}\.xlsx")


@dataclass(frozen=True)
class CellFault:
    """One cell that is not right: where it stands, what is in it (masked), why it cannot be taken, and the rule."""

    cell: str
    row: int
    field: str
    heading: str
    shown: str | None
    rule: str
    vi: str
    en: str


@dataclass(frozen=True)
class Judged:
    """What came of a form: how many rows it holds and every fault; `refusal` when it could not be read at all."""

    rows: int
    faults: tuple[CellFault, ...]
    refusal: str = ""

    @property
    def is_good(self) -> bool:
        return self.rows > 0 and not self.faults and not self.refusal

    def to_dict(self) -> dict[str, Any]:
        return {"rows": self.rows, "refusal": self.refusal, "faults": [asdict(one) for one in self.faults]}


def incoming_file(home: Path, name: str) -> Path:
    """The uploaded file of a name the web gave it; UsageError for any other name."""
    if not FILE_NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no uploaded file")
    path = home / INCOMING / name
    if not path.is_file():
        raise UsageError("the uploaded file is gone", remedy="upload it again")
    return path


def judge_form(ctx: RunContext, path: Path) -> Judged:
    """Read a form in the limited child and judge every cell by the contract; nothing is loaded or kept."""
    spec = ctx.specs[SOURCE].datasets[DATASET]
    rows = read_sheets([path])[path]
    if isinstance(rows, Unreadable):
        return Judged(0, (), rows.message)
    columns = [Column(key, one.type, one.path, one.decimal) for key, one in spec.columns.items()]
    read = read_layout(rows, spec.request["layout"], columns, path.name)
    if isinstance(read, Unreadable):
        return Judged(0, (), read.message)
    table = read[0]
    if table.num_rows == 0:
        return Judged(0, (), "the form holds no row of figures")
    folder = ctx.home / "landing" / "_judged" / path.stem  # the warehouse reads nowhere else; never a landing itself
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return _judge(ctx, spec, table, folder, _letters(rows, spec))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _judge(ctx: RunContext, spec: DatasetSpec, table: pa.Table, folder: Path, letters: dict[str, str]) -> Judged:
    pq.write_table(table, folder / "part-1.parquet")
    landed = Landed(
        SOURCE, DATASET, "", "", str(folder.relative_to(ctx.home)), "", "", table.num_rows,
        (Part("part-1.parquet", table.num_rows, 0, ""),), tuple(table.column_names), (), None, ctx.now, None, None,
        ctx.now, False,
    )  # fmt: skip
    cursor = ctx.warehouse.cursor()
    try:
        staged = stage(cursor, landed, spec, ctx.registry, ctx.home)
        faults: list[CellFault] = []
        for rule in staged.rules:
            faults += _faults_of(cursor, spec, rule, table.column_names, letters)
        doubles = staged.rows_duplicate
    except HeldError as error:
        return Judged(table.num_rows, (), error.message_vi)
    finally:
        cursor.execute("DROP VIEW IF EXISTS temp.landed")
    faults.sort(key=lambda one: (one.row, one.cell))
    if doubles and not faults:
        return Judged(table.num_rows, (), f"{doubles} rows say the same unit, field and period twice")
    return Judged(table.num_rows, tuple(faults[:MOST_FAULTS]))


def _faults_of(
    cursor: Any, spec: DatasetSpec, rule: Rule, landed: list[str], letters: dict[str, str]
) -> list[CellFault]:
    """Every row that breaks a rule, also where another rule was broken first."""
    given = "".join(
        f", nullif(trim(CAST(l.{quoted(name)} AS VARCHAR)), '') IS NOT NULL AS {quoted(name + '__given')}"
        for name in spec.columns
        if name in landed
    )
    shown = f"l.{quoted(rule.field)}" if rule.field in landed else "NULL"
    rows = cursor.execute(
        f"""SELECT {POSITION}, shown FROM (SELECT j.*, {shown} AS shown{given}
        FROM judged j JOIN landed l USING ({POSITION}, {FILE})) WHERE {rule.refuse_when}
        ORDER BY 1 LIMIT {MOST_FAULTS}"""
    ).fetchall()
    heading = spec.columns[rule.field].path if rule.field in spec.columns else ""
    free = rule.field in spec.columns and is_free(spec, rule.field)
    return [
        CellFault(
            f"{letters.get(rule.field, '')}{position}" if rule.field in letters else str(position),
            int(position), rule.field, heading or rule.field, mask(value, is_free_text=free), rule.id, rule.vi, rule.en,
        )
        for position, value in rows
    ]  # fmt: skip


def _letters(rows: Rows, spec: DatasetSpec) -> dict[str, str]:
    """The letter of the sheet's column that holds each field ('' for title lines)."""
    from ioc.words import match_key

    header = match_key(str(spec.request["layout"]["header"]))
    cells = next((cells for _, cells in rows if cells and match_key(str(cells[0] or "")) == header), [])
    places = {match_key(str(cell)): number for number, cell in enumerate(cells) if cell}
    wanted = {name: places.get(match_key(column.path or name)) for name, column in spec.columns.items()}
    return {name: _letter(number) for name, number in wanted.items() if number is not None}


def _letter(number: int) -> str:
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def take_form(home: Path, path: Path, now: datetime) -> Path:
    """Move a good form to where its source looks; the name tells when it was taken."""
    folder = home / TAKEN
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{now.astimezone(UTC):%Y%m%dT%H%M%S}-{path.stem[:12]}{path.suffix}"
    try:
        os.replace(path, target)
    except OSError as error:
        raise IocError(f"the form cannot be kept: {error}", remedy="check the disk of the home") from error
    return target
