"""The contract of a dataset applied to a landing: every row is good, refused with a reason, or a duplicate.

`rows_in = good + refused + duplicate` holds exactly. A batch with more refused rows than `max(20, 2 %)` is held:
nothing of it is loaded and what was known before stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ioc.errors import SourceError
from ioc.unit import UnitRegistry
from pipelines.connect.delivery import FILE, POSITION
from pipelines.drift import hold_when_retyped, look_for_drift
from pipelines.landing import Landed
from pipelines.lettering import prepare_lettering
from pipelines.mapping.shape import open_landed
from pipelines.normalise import TARGET, TEXTUAL, quoted, typed
from pipelines.places import register_places
from pipelines.rules import Rule, needed, rules_of
from pipelines.scanner.masking import MARK
from pipelines.spec import DatasetSpec


@dataclass(frozen=True)
class Staged:
    """The temp view `staged` (typed good rows; `_position`, `_file`) and what became of the rows."""

    rows_in: int
    rows_good: int
    rows_refused: int
    rows_duplicate: int
    rules: Sequence[Rule]
    notes: tuple[str, ...] = ()  # what changed in the form of the delivery and was let pass


def stage(cursor: Any, landed: Landed, spec: DatasetSpec, registry: UnitRegistry, home: Path) -> Staged:
    """Type, judge and de-duplicate a landing into the temp table `judged` (all) and the view `staged` (good)."""
    if not landed.parts:
        create_empty(cursor, spec)
        return Staged(0, 0, 0, 0, ())
    expected = open_landed(cursor, landed, spec, landed.files(home))
    types = {row[0]: row[1] for row in cursor.execute("DESCRIBE landed").fetchall()}
    absent, notes = look_for_drift(cursor, landed, spec, types)
    foreign = prepare_lettering(cursor, spec, types)
    personal = {name for name in map(column_of, landed.redacted) if name in types and refuses(spec, name)}
    present = [name for name in spec.columns if name not in absent]
    asked = [name for name in present if spec.columns[name].type != "text"]
    value = {
        name: typed(name, column, types[name] if name in present else "NULL") for name, column in spec.columns.items()
    }
    marks = [f"{given(name, types[name])} AS {quoted(name + '__given')}" for name in asked]
    marks += [
        f"coalesce(starts_with({quoted(name)}, '{MARK}'), false) AS {quoted(name + '__personal')}" for name in personal
    ]
    marks += [
        f"{quoted(name)} IN (SELECT f.given FROM foreign_letters f WHERE f.column_name = '{name}') "
        f"AS {quoted(name + '__foreign')}"
        for name in foreign
    ]
    select = [f"{value[name]} AS {quoted(name)}" for name in spec.columns]
    typed_row = f"SELECT {', '.join([*select, *marks])}, {POSITION}, {FILE} FROM landed"
    joins, extra = register_places(cursor, spec, registry, value)
    rules = rules_of(spec, absent, personal=personal, foreign=foreign)
    cases = " ".join(f"WHEN {rule.refuse_when} THEN {number}" for number, rule in enumerate(rules))
    judged = f"CASE {cases} END" if rules else "CAST(NULL AS INTEGER)"
    passing = [name + "__given" for name in asked] + [name + "__personal" for name in personal]
    passing += [name + "__foreign" for name in foreign]
    dropped = f" EXCLUDE ({', '.join(map(quoted, passing))})" if passing else ""
    emptied = [name for name in asked if spec.drift.retyped == "evolve" and not needed(spec, name)]
    lost = " + ".join(f"CAST({quoted(name + '__given')} AND {quoted(name)} IS NULL AS INTEGER)" for name in emptied)
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged AS SELECT *{dropped}, {judged} AS _rule, {lost or 0} AS _emptied
        FROM (SELECT t.*{extra} FROM ({typed_row}) t {joins})"""
    )
    total, refused, lost_values = cursor.execute("SELECT count(*), count(_rule), sum(_emptied) FROM judged").fetchone()
    if total != expected:
        raise SourceError(
            landed.source,
            f"landed {expected} rows but {total} were read back",
            permanent=True,
            remedy="restore the landing folder from the backup",
        )
    if lost_values:
        notes.append(f"{lost_values} values were not readable and left empty")
    hold_when_retyped(cursor, landed, spec, rules)
    keep_good(cursor, spec)
    good = cursor.execute("SELECT count(*) FROM staged").fetchone()[0]
    return Staged(total, good, refused, total - refused - good, rules, tuple(notes))


def given(name: str, kind: str) -> str:
    """SQL: the delivery holds something in the column."""
    raw = quoted(name) if kind not in TEXTUAL else f"nullif(trim({quoted(name)}), '')"
    return f"{raw} IS NOT NULL"


def column_of(masked: str) -> str:
    """The column of a manifest's `column:kind`."""
    return masked.rpartition(":")[0]


def refuses(spec: DatasetSpec, name: str) -> bool:
    """Whether personal data in the column refuse the row; free text may be declared to be masked only."""
    column = spec.columns.get(name)
    return column is not None and not (column.personal == "mask" and column.type == "text")


def keep_good(cursor: Any, spec: DatasetSpec) -> None:
    """Good rows, one per key (the newest by `order_by`, then the last delivered)."""
    keys = ", ".join(quoted(name) for name in spec.key)
    newest = ", ".join(
        [*(f"{quoted(name)} DESC NULLS LAST" for name in spec.order_by), f"{FILE} DESC", f"{POSITION} DESC"]
    )
    doubles = cursor.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM judged WHERE _rule IS NULL GROUP BY {keys} HAVING count(*) > 1)"
    ).fetchone()[0]
    only = f" QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {newest}) = 1" if doubles else ""
    good = f"SELECT * EXCLUDE (_rule, _emptied) FROM judged WHERE _rule IS NULL{only}"
    if doubles:
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE chosen AS {good}")
        good = "FROM chosen"
    cursor.execute(f"CREATE OR REPLACE TEMP VIEW staged AS {good}")


def create_empty(cursor: Any, spec: DatasetSpec) -> None:
    """The staged rows of a delivery without rows."""
    columns = [f"{quoted(name)} {TARGET[column.type]}" for name, column in spec.columns.items()]
    columns += [
        f"{quoted(name + '__unit')} VARCHAR, {quoted(name + '__known')} BOOLEAN"
        for name, column in spec.columns.items()
        if column.place
    ]
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE chosen ({', '.join(columns)}, {POSITION} BIGINT, {FILE} VARCHAR)")
    cursor.execute("CREATE OR REPLACE TEMP VIEW staged AS FROM chosen")
