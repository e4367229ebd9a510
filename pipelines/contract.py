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
from pipelines.holding import HeldError
from pipelines.landing import Landed
from pipelines.mapping.shape import open_landed
from pipelines.normalise import TARGET, TEXTUAL, literal, quoted, typed
from pipelines.places import register_places
from pipelines.spec import ColumnSpec, DatasetSpec


@dataclass(frozen=True)
class Rule:
    """One reason to refuse a row: SQL that is true for a row to be refused."""

    id: str
    field: str
    vi: str
    en: str
    refuse_when: str


@dataclass(frozen=True)
class Staged:
    """The temp view `staged` (typed good rows; `_position`, `_file`) and what became of the rows."""

    rows_in: int
    rows_good: int
    rows_refused: int
    rows_duplicate: int
    rules: Sequence[Rule]


def rules_of(spec: DatasetSpec, absent: set[str]) -> list[Rule]:
    """Every reason, in the order in which it is reported: unreadable, absent, outside the domain, then cross-row."""
    rules: list[Rule] = []
    for name, column in spec.columns.items():
        if name in absent:
            continue
        value, given = quoted(name), quoted(f"{name}__given")
        if column.type != "text":
            rules.append(
                Rule(
                    f"type:{name}",
                    name,
                    f"Không đọc được giá trị kiểu {VI_TYPE[column.type]}",
                    f"not readable as {column.type}",
                    f"{given} AND {value} IS NULL",
                )
            )
        if column.required or name in spec.key:
            rules.append(
                Rule(
                    f"required:{name}", name, "Thiếu giá trị bắt buộc", "a required value is absent", f"{value} IS NULL"
                )
            )
        rules += limits_of(name, column, value, spec.key)
    rules += [Rule(rule.id, rule.field, rule.vi, rule.en, f"NOT coalesce({rule.test}, true)") for rule in spec.rules]
    return rules


VI_TYPE = {
    "integer": "số nguyên",
    "decimal": "số",
    "boolean": "có/không",
    "date": "ngày",
    "local_time": "thời điểm",
    "instant": "thời điểm có múi giờ",
}


def limits_of(name: str, column: ColumnSpec, value: str, key: Sequence[str]) -> list[Rule]:
    """Domain, range, pattern and place of one column."""
    rules = []
    if column.values:
        listed = ", ".join(literal(item) for item in column.values)
        rules.append(
            Rule(
                f"domain:{name}",
                name,
                f"Giá trị ngoài danh mục ({listed})",
                f"not in the list ({listed})",
                f"{value} NOT IN ({listed})",
            )
        )
    if column.pattern:
        rules.append(
            Rule(
                f"pattern:{name}",
                name,
                "Mã không đúng mẫu",
                "the code does not fit its pattern",
                f"NOT regexp_full_match({value}, {literal(column.pattern)})",
            )
        )
    if column.minimum is not None:
        rules.append(
            Rule(
                f"minimum:{name}",
                name,
                f"Nhỏ hơn {column.minimum:g}",
                f"below {column.minimum:g}",
                f"{value} < {column.minimum!r}",
            )
        )
    if column.maximum is not None:
        rules.append(
            Rule(
                f"maximum:{name}",
                name,
                f"Lớn hơn {column.maximum:g}",
                f"above {column.maximum:g}",
                f"{value} > {column.maximum!r}",
            )
        )
    if column.type in ("date", "local_time", "instant"):
        rules.append(
            Rule(
                f"year:{name}",
                name,
                "Năm ngoài khoảng 1900-2100",
                "the year is outside 1900-2100",
                f"({value} < DATE '1900-01-01' OR {value} >= DATE '2101-01-01')",
            )
        )
    if column.place is not None and column.place.unknown == "refuse":
        beside = f" OR {quoted(column.place.name)} IS NOT NULL" if column.place.name else ""
        rules.append(
            Rule(
                f"place:{name}",
                name,
                "Đơn vị hành chính không có trong danh mục",
                "the unit is not in the register",
                f"({value} IS NOT NULL{beside}) AND NOT {quoted(name + '__known')}",
            )
        )
    if f"{name}__unit" in key:
        rules.append(
            Rule(
                f"unit:{name}",
                name,
                "Không xác định được đơn vị",
                "the unit cannot be told",
                f"{quoted(name + '__unit')} IS NULL",
            )
        )
    return rules


def stage(cursor: Any, landed: Landed, spec: DatasetSpec, registry: UnitRegistry, home: Path) -> Staged:
    """Type, judge and de-duplicate a landing into the temp table `judged` (all) and the view `staged` (good)."""
    if not landed.parts:
        create_empty(cursor, spec)
        return Staged(0, 0, 0, 0, ())
    expected = open_landed(cursor, landed, spec, landed.files(home))
    types = {row[0]: row[1] for row in cursor.execute("DESCRIBE landed").fetchall()}
    absent = refuse_drift(cursor, landed, spec, types)
    select, bad = [], []
    for name, column in spec.columns.items():
        kind = "NULL" if name in absent else types[name]
        select.append(f"{typed(name, column, kind)} AS {quoted(name)}")
        if name not in absent and column.type != "text":
            raw = quoted(name) if kind not in TEXTUAL else f"nullif(trim({quoted(name)}), '')"
            bad.append(f"{raw} IS NOT NULL AS {quoted(name + '__given')}")
    typed_row = f"SELECT {', '.join([*select, *bad])}, {POSITION}, {FILE} FROM landed"
    joins, extra = register_places(
        cursor,
        spec,
        registry,
        {name: typed(name, column, "NULL" if name in absent else types[name]) for name, column in spec.columns.items()},
    )
    rules = rules_of(spec, absent)
    cases = " ".join(f"WHEN {rule.refuse_when} THEN {number}" for number, rule in enumerate(rules))
    judged = f"CASE {cases} END" if rules else "CAST(NULL AS INTEGER)"
    given = [
        quoted(name + "__given")
        for name, column in spec.columns.items()
        if name not in absent and column.type != "text"
    ]
    dropped = f" EXCLUDE ({', '.join(given)})" if given else ""
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged AS SELECT *{dropped}, {judged} AS _rule
        FROM (SELECT t.*{extra} FROM ({typed_row}) t {joins})"""
    )
    total, refused = cursor.execute("SELECT count(*), count(_rule) FROM judged").fetchone()
    if total != expected:
        raise SourceError(
            landed.source,
            f"landed {expected} rows but {total} were read back",
            permanent=True,
            remedy="restore the landing folder from the backup",
        )
    keep_good(cursor, spec)
    good = cursor.execute("SELECT count(*) FROM staged").fetchone()[0]
    return Staged(total, good, refused, total - refused - good, rules)


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
    good = f"SELECT * EXCLUDE (_rule) FROM judged WHERE _rule IS NULL{only}"
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


def refuse_drift(cursor: Any, landed: Landed, spec: DatasetSpec, types: dict[str, str]) -> set[str]:
    """Columns the delivery does not have. A required one that is absent everywhere stops the load (freeze)."""
    absent = {name for name in spec.columns if name not in types}
    required = [name for name, column in spec.columns.items() if column.required or name in spec.key]
    present = [name for name in required if name not in absent]
    empty: list[str] = []
    if present:
        counts = cursor.execute(
            f"SELECT {', '.join(f'count({quoted(name)})' for name in present)} FROM landed"
        ).fetchone()
        empty = [name for name, count in zip(present, counts, strict=True) if count == 0]
    missing = [name for name in required if name in absent] + empty
    if missing:
        new = f"; new columns: {', '.join(landed.ignored_columns)}" if landed.ignored_columns else ""
        raise HeldError(
            landed.source,
            landed.dataset,
            "drift",
            f"Dữ liệu thiếu cột bắt buộc: {', '.join(missing)}",
            f"required columns are absent: {', '.join(missing)}{new}",
            remedy="ask the supplier what changed, then correct source.yaml",
        )
    return absent
