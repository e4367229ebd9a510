"""Reporting grace for cut-off units (storm, flood): declared by date and unit in home/grace.yaml, removable.

A report that falls due within a grace of its unit is neither on time nor late: it leaves the denominator, and a unit
with nothing else due shows "not due (storm)". Nothing in the sources changes, so removing a declaration restores all.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ioc.errors import UsageError
from ioc.unit import UnitRegistry
from ioc.yamlfile import did_you_mean, load_yaml, validate
from pipelines.supply import replace_rows

FILE = "grace.yaml"
LONGEST_DAYS = 62


class Grace(BaseModel):
    """One declaration: these units owe no report that falls due from `from_on` to `to_on` (both included)."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str = Field(pattern=r"[a-z0-9][a-z0-9-]{0,39}")
    units: Annotated[tuple[str, ...], Field(min_length=1)]
    from_on: date = Field(alias="from")
    to_on: date = Field(alias="to")
    reason: str = Field(min_length=3, max_length=200)
    declared_by: str = Field(alias="by", min_length=2, max_length=80)
    declared_at: datetime

    @model_validator(mode="after")
    def check(self) -> Grace:
        """A grace has an end, and not a distant one."""
        if self.to_on < self.from_on:
            raise ValueError(f"the grace ends on {self.to_on}, before it begins on {self.from_on}")
        if (self.to_on - self.from_on).days >= LONGEST_DAYS:
            raise ValueError(f"a grace lasts at most {LONGEST_DAYS} days; declare the rest anew when it is needed")
        if self.declared_at.tzinfo is None:
            raise ValueError("declared_at needs a time zone")
        return self


class GraceFile(BaseModel):
    """The keys of grace.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    graces: tuple[Grace, ...] = ()


def load_graces(home: Path, registry: UnitRegistry) -> list[Grace]:
    """The declarations of a home, none when there is no file; ConfigError with file and line for a wrong one."""
    path = home / FILE
    if not path.exists():
        return []
    document = load_yaml(path)
    found = list(validate(GraceFile, document).graces)
    known = known_units(registry)
    seen: set[str] = set()
    for place, one in enumerate(found):
        if one.id in seen:
            raise document.error(("graces", place, "id"), f"the grace '{one.id}' is declared twice")
        seen.add(one.id)
        for number, code in enumerate(one.units):
            if code not in known:
                raise document.error(
                    ("graces", place, "units", number), f"unknown unit '{code}'", remedy=did_you_mean(code, known)
                )
    return found


def known_units(registry: UnitRegistry) -> set[str]:
    """The codes that may be excused: communes and departments in being."""
    kinds = ("commune", "department")
    return {str(row["unit_code"]) for row in registry.rows() if row["unit_kind"] in kinds and row["valid_to"] is None}


def declare(
    home: Path,
    registry: UnitRegistry,
    *,
    units: Sequence[str],
    from_on: date,
    to_on: date,
    reason: str,
    by: str,
    now: datetime,
) -> Grace:
    """Add a declaration to grace.yaml; UsageError when it cannot be right."""
    known = known_units(registry)
    for code in units:
        if code not in known:
            raise UsageError(f"unknown unit '{code}'", remedy=did_you_mean(code, known))
    digest = hashlib.sha256("|".join([*sorted(units), str(from_on), str(to_on), reason, str(now)]).encode()).hexdigest()
    try:
        made = Grace(
            id=f"{from_on:%Y%m%d}-{digest[:6]}",
            units=tuple(dict.fromkeys(units)),
            from_on=from_on,
            to_on=to_on,
            reason=reason.strip(),
            declared_by=by.strip(),
            declared_at=now.astimezone(UTC).replace(microsecond=0),
        )
    except ValidationError as error:
        raise UsageError(error.errors()[0]["msg"], remedy="mend the declaration and declare it again") from error
    write_graces(home, [*load_graces(home, registry), made])
    return made


def withdraw(home: Path, registry: UnitRegistry, grace_id: str) -> Grace:
    """Take a declaration back; UsageError when there is none of that id."""
    found = load_graces(home, registry)
    gone = next((one for one in found if one.id == grace_id), None)
    if gone is None:
        names = [one.id for one in found]
        raise UsageError(f"there is no grace '{grace_id}'", remedy=did_you_mean(grace_id, names))
    write_graces(home, [one for one in found if one.id != grace_id])
    return gone


def write_graces(home: Path, graces: Iterable[Grace]) -> None:
    """Write the file whole, under a name of its own first, so that a reader never sees half of it."""
    body = {"graces": [one.model_dump(mode="json", by_alias=True) for one in graces]}
    text = "# Declared reporting grace of cut-off units; `ioc grace add` and `ioc grace remove` write it.\n"
    text += yaml.safe_dump(body, allow_unicode=True, sort_keys=False)
    path = home / FILE
    fresh = path.with_suffix(".yaml.part")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)


def keep_graces(cursor: Any, graces: Iterable[Grace]) -> bool:
    """Bring ops.grace and the excused reports to the declarations, in the caller's transaction. True: some changed."""
    rows = [
        {
            "grace_id": one.id, "unit_code": code, "from_on": one.from_on, "to_on": one.to_on, "reason": one.reason,
            "declared_by": one.declared_by, "declared_at": one.declared_at.astimezone(UTC).replace(tzinfo=None),
        }
        for one in graces
        for code in one.units
    ]  # fmt: skip
    kinds = {"from_on": pa.date32(), "to_on": pa.date32(), "declared_at": pa.timestamp("us")}
    names = ("grace_id", "unit_code", "from_on", "to_on", "reason", "declared_by", "declared_at")
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in names])
    declared = replace_rows(cursor, "ops.grace", "true", pa.Table.from_pylist(rows, schema=schema))
    due = (
        "EXISTS (SELECT 1 FROM ops.grace g WHERE g.unit_code = report_submission.unit_code "
        "AND report_submission.due_on BETWEEN g.from_on AND g.to_on)"
    )
    changed = cursor.execute(
        f"UPDATE core.report_submission SET is_excused = CASE WHEN {due} THEN true END "
        f"WHERE is_excused IS DISTINCT FROM CASE WHEN {due} THEN true END"
    ).fetchone()[0]
    return declared or bool(changed)
