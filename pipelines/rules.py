"""The reasons a row can be refused for, as SQL over the typed row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipelines.normalise import literal, quoted
from pipelines.spec import ColumnSpec, DatasetSpec


@dataclass(frozen=True)
class Rule:
    """One reason to refuse a row: SQL that is true for a row to be refused."""

    id: str
    field: str
    vi: str
    en: str
    refuse_when: str


def rules_of(spec: DatasetSpec, absent: set[str], *, personal: Collection[str], foreign: Collection[str]) -> list[Rule]:
    """Every reason, in the order in which it is reported: personal data, letters of another font, unreadable, absent,
    outside the domain, then cross-row. `personal`, `foreign`: the columns in which such cells were found."""
    rules = [personal_rule(name) for name in spec.columns if name in personal]
    rules += [lettering_rule(name) for name in spec.columns if name in foreign]
    for name, column in spec.columns.items():
        if name in absent:
            continue
        value, given = quoted(name), quoted(f"{name}__given")
        if column.type != "text" and not (spec.drift.retyped == "evolve" and not needed(spec, name)):
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


def needed(spec: DatasetSpec, name: str) -> bool:
    """Whether a row cannot be without a value of the column."""
    return spec.columns[name].required or name in spec.key


def personal_rule(name: str) -> Rule:
    """Cells that were masked before landing."""
    return Rule(
        f"personal:{name}",
        name,
        "Ô chứa dữ liệu cá nhân, đã che trước khi lưu",
        "the cell held personal data and was masked before it was stored",
        quoted(f"{name}__personal"),
    )


def lettering_rule(name: str) -> Rule:
    """Text in a font of before Unicode that the source did not declare."""
    return Rule(
        f"lettering:{name}",
        name,
        "Chữ không phải Unicode (phông TCVN3, VNI hoặc sai bảng mã)",
        "the text is not in Unicode (TCVN3 or VNI letters, or a wrong code page)",
        quoted(f"{name}__foreign"),
    )


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
