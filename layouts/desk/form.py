"""The Excel form of an office without a system: one sheet with lists and limits, in the layout the contract reads."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from ioc.catalogue import Catalogue
from ioc.published import Unit
from ioc.words import Words

EMPTY_ROWS = 20
WIDTHS = {"ma_don_vi": 13, "ten_don_vi": 34, "ma_chi_tieu": 26, "ky": 13, "tinh_chat": 16}
QUALITIES = ("CHINH_THUC", "UOC", "SO_BO")


@dataclass(frozen=True)
class FormField:
    """One figure of a form: its code in the reports, its name and measure unit."""

    code: str
    name: str
    measure: str


@dataclass(frozen=True)
class Form:
    """The figures one office answers for; `key` is stable for addresses."""

    key: str
    name: str
    fields: tuple[FormField, ...]


def forms_of(catalogue: Catalogue, words: Words, lang: str) -> list[Form]:
    """A form for each office that answers for reported figures, in the order of the catalogue."""
    offices: dict[str, dict[str, FormField]] = {}
    names: dict[str, str] = {}
    for entry in catalogue.indicators.values():
        if entry.reported is None:
            continue
        office = entry.owner.office.vi
        names[office] = entry.owner.office.text(lang)
        field = FormField(entry.reported.field, entry.short_name.text(lang), _measure(entry.measure_unit, words, lang))
        offices.setdefault(office, {}).setdefault(field.code, field)
    return [
        Form(f"o{place}", names[office], tuple(fields.values()))
        for place, (office, fields) in enumerate(offices.items())
    ]


def _measure(measure_unit: str, words: Words, lang: str) -> str:
    """The measure unit as people write it."""
    base, _, rest = measure_unit.partition(":")
    key = f"unit.{rest or base}"
    return "%" if base == "percent" else words(key, lang) if key in words else rest or base


def write_form(
    form: Form, unit: Unit, period: str, layout: Mapping[str, Any], fields: Sequence[Mapping[str, Any]],
    words: Words, lang: str, *, now: datetime,
) -> bytes:  # fmt: skip
    """The workbook as bytes. `layout` and `fields` are those of the covenant of `office_upload`."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "so_lieu"
    titles: Mapping[str, str] = layout["titles"]
    columns = [one for one in fields if one["name"] not in titles]
    sheet["A1"] = f"{form.name} · {unit.full_name}"
    sheet["A1"].font = Font(bold=True, size=14)
    local = f"{now:%Y-%m-%d %H:%M}"
    for row, (name, label) in enumerate(titles.items(), start=2):
        sheet.cell(row, 1, f"{label}: {local}" if name == "nop_luc" else f"{label}:").protection = Protection(
            locked=False
        )
    header = len(titles) + 3
    sheet.cell(header - 1, 1, words("desk.form_hint", lang)).font = Font(italic=True, color="5D6B82")
    edge = Border(*(Side(style="thin", color="98A5B8") for _ in range(4)))
    for place, column in enumerate(columns, start=1):
        cell = sheet.cell(header, place, column["path"])
        cell.font, cell.border = Font(bold=True), edge
        cell.fill = PatternFill("solid", fgColor="DCEAF7")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(column["name"], 15)
    first, rows = header + 1, len(form.fields) + EMPTY_ROWS
    for row in range(first, first + rows):
        field = form.fields[row - first] if row - first < len(form.fields) else None
        given = {"ma_don_vi": unit.unit_code, "ten_don_vi": unit.full_name, "ky": period, "tinh_chat": "CHINH_THUC"}
        for place, column in enumerate(columns, start=1):
            value = (
                None if field is None else field.code if column["name"] == "ma_chi_tieu" else given.get(column["name"])
            )
            cell = sheet.cell(row, place, value)
            cell.border, cell.protection = edge, Protection(locked=False)
            if column["type"] == "decimal":
                cell.number_format = "#,##0.###"
            elif column["name"] in ("ma_don_vi", "ky"):
                cell.number_format = "@"
    sheet.cell(first + rows, 1, f"{layout['end'][0]}:").protection = Protection(locked=False)
    _add_lists(book, sheet, form, columns, first, first + rows - 1, words, lang)
    sheet.freeze_panes = sheet.cell(first, 1)
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.paperSize = "landscape", 1, 9
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _add_lists(
    book: Workbook, sheet: Any, form: Form, columns: Sequence[Mapping[str, Any]], first: int, last: int, words: Words,
    lang: str,
) -> None:  # fmt: skip
    """Lists for codes and limits for numbers, so that most faults cannot be typed at all; a second sheet explains."""
    lists = book.create_sheet("danh_muc")
    lists.append(
        [words("desk.field.ma_chi_tieu", lang), words("desk.field.ten", lang), words("desk.measure_unit", lang)]
    )
    for field in form.fields:
        lists.append([field.code, field.name, field.measure])
    for letter, width in (("A", 30), ("B", 44), ("C", 16)):
        lists.column_dimensions[letter].width = width
    for place, column in enumerate(columns, start=1):
        area = f"{get_column_letter(place)}{first}:{get_column_letter(place)}{last}"
        if column["name"] == "ma_chi_tieu":
            rule = DataValidation(type="list", formula1=f"danh_muc!$A$2:$A${len(form.fields) + 1}", allow_blank=True)
        elif column["values"]:
            rule = DataValidation(type="list", formula1='"' + ",".join(column["values"]) + '"', allow_blank=True)
        elif column["type"] == "decimal":
            rule = DataValidation(
                type="decimal", operator="between", formula1="-1E15", formula2="1E15", allow_blank=True
            )
        else:
            continue
        rule.error, rule.errorTitle = words("desk.form_error", lang), column["path"][:30]
        rule.showErrorMessage = True
        sheet.add_data_validation(rule)
        rule.add(area)
