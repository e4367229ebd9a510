"""The pages of the desk as HTML, each from one published version and the app store."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from indicators.answer import catalogue_of
from ioc.catalogue import Indicator
from ioc.errors import PeriodError, UsageError
from ioc.period import Period
from ioc.published import Reader, Unit
from ioc.status import LOCAL, Workdays
from ioc.store import AppStore, Desk
from ioc.words import Words, match_key
from layouts.desk import facts
from layouts.desk.covenant import covenant_page
from layouts.desk.form import QUALITIES, forms_of
from layouts.desk.paper import due_words, render

NUMBER = re.compile(r"-?\d{1,15}([.,]\d{1,6})?")
GROUPED = re.compile(r"-?\d{1,3}([. ]\d{3})+(,\d{1,6})?")
BEAT = timedelta(minutes=2)


@dataclass(frozen=True)
class Setting:
    """Words, language, moment and the operator of the last act."""

    words: Words
    lang: str
    now: datetime
    operator: str
    calendar: Workdays | None = None

    @property
    def month(self) -> Period:
        """The month that runs now in Viet Nam."""
        return Period.of(self.now.astimezone(LOCAL).date(), "month")

    def render(self, template: str, **values: Any) -> str:
        """A page that stands in the application."""
        base: dict[str, Any] = {"online": True, "refresh": False, "here": "", "said": None, "operator": self.operator}
        return render(template, self.words, self.lang, **{**base, **values})


@dataclass(frozen=True)
class Said:
    """A sentence over the page after an act."""

    kind: str
    text: str

    @classmethod
    def of(cls, setting: Setting, code: str) -> Said | None:
        """The sentence of a code in the address; None for an unknown one."""
        if code not in ("kept", "entered"):
            return None
        return cls("good", setting.words(f"desk.said_{code}", setting.lang))


def sentence(setting: Setting, text: str) -> str:
    """A page that says one thing."""
    return setting.render("sentence.html", text_shown=text)


def body_of(reader: Reader, source: str) -> dict[str, Any]:
    """The covenant of a source; UsageError for an unknown one."""
    body = facts.covenant_body(reader, source)
    if body is None:
        raise UsageError(f"unknown source {source!r}", remedy="choose it on the sources page")
    return body


def province_of(setting: Setting, reader: Reader) -> str:
    """The name of the province on paper."""
    unit = next(one for one in reader.units() if one.unit_code == reader.version.province)
    return unit.name_en if setting.lang == "en" else unit.full_name


def source_page(setting: Setting, store: AppStore, reader: Reader, source: str) -> str:
    """State, meter, actions, runs, refused rows and lineage of one source."""
    body = body_of(reader, source)
    parts = facts.parts(reader, body, setting.now, setting.calendar)
    worst = parts[0].fresh.level if parts else "new"
    catalogue = catalogue_of(reader)
    newest = {kind: reader.periods(kind)[-1:] for kind in ("month", "quarter", "year", "half", "nine_months", "ytd")}

    def last_period(entry: Indicator) -> str:
        kind = "month" if "month" in entry.periods else entry.periods[0]
        return (newest.get(kind) or [setting.month.key])[0]

    return setting.render(
        "source.html", source=source, here="source", body=body, parts=parts, worst=worst, level=facts.LEVEL[worst],
        levels=facts.LEVEL, due=due_words(setting.words, setting.lang, body["freshness"]),
        op=facts.operation(store, source, setting.now), period=setting.month.label(setting.lang),
        meter=facts.meter(reader, f"src.{source}", setting.month, setting.lang), refused=facts.refused(reader, source),
        feeds=facts.fed_by(catalogue, source), home=reader.version.province, last_period=last_period,
        loads=reader.loads(source, 10),
    )  # fmt: skip


def covenant(setting: Setting, reader: Reader, source: str) -> str:
    """The covenant in force, to print and sign."""
    return covenant_page(
        body_of(reader, source), setting.words, setting.lang, catalogue=catalogue_of(reader), period=setting.month,
        province=province_of(setting, reader), printed=setting.now, online=True,
    )  # fmt: skip


def month_page(setting: Setting, reader: Reader, source: str, asked: str) -> str:
    """The supplier's scorecard of a month."""
    body = body_of(reader, source)
    try:
        period = Period.parse(asked) if asked else setting.month
    except PeriodError as error:
        raise UsageError(str(error)) from error
    if period.kind != "month":
        raise UsageError(f"{asked!r} is no month", remedy="write 2026-10")
    refused = [
        one for one in facts.refused(reader, source)
        if Period.of(one["newest"].astimezone(LOCAL).date(), "month") == period
    ]  # fmt: skip
    return setting.render(
        "month.html", source=source, here="month", body=body, period=period, running=period == setting.month,
        months=[setting.month.shift(-step) for step in range(13)], province=province_of(setting, reader),
        meter=facts.meter(reader, f"src.{source}", period, setting.lang),
        rows=facts.month_rows(reader, source, period.start, period.end),
        silent=facts.silent_items(reader, source, period.start, period.end), refused=refused,
    )  # fmt: skip


def request_page(setting: Setting, store: AppStore, number: int) -> str:
    """What became of a request; the page asks again until it is done."""
    try:
        found = store.request(number)
    except Exception as error:
        raise UsageError(f"there is no request {number}") from error
    result = found.result or {}
    runs = [*result.get("runs", []), *([result["run"]] if isinstance(result.get("run"), dict) else [])]
    source = found.args.get("source") or ""
    back = "/desk/forms" if found.kind in ("upload", "decide") else f"/desk/{source}" if source else "/sources"
    alive = any(moment > setting.now - BEAT for moment in store.heartbeats().values())
    return setting.render(
        "request.html", request=found, result={"error": "", **result}, runs=runs, alive=alive,
        refresh=found.status in ("waiting", "taken"), back=f"{back}?lang={setting.lang}",
    )  # fmt: skip


def forms_page(setting: Setting, store: AppStore, reader: Reader, said: Said | None) -> str:
    """Forms to download, the upload, and figures typed in by hand."""
    forms = forms_of(catalogue_of(reader), setting.words, setting.lang)
    units = units_of(reader)
    named = {code: one.name_en if setting.lang == "en" else one.full_name for code, one in units.items()}
    return setting.render(
        "forms.html", here="forms", said=said, forms=forms, units=list(units.values()), unit_names=named,
        field_names={field.code: field.name for form in forms for field in form.fields},
        period=setting.month.shift(-1).key, entries=Desk(store).entries(limit=20),
    )  # fmt: skip


def units_of(reader: Reader) -> dict[str, Unit]:
    """The units that may report: the province, departments and communes in being, in this order."""
    order = {"province": 0, "department": 1, "commune": 2}
    found = [one for one in reader.units() if one.unit_kind in order and one.valid_to is None]
    return {one.unit_code: one for one in sorted(found, key=lambda one: (order[one.unit_kind], one.unit_code))}


def upload_contract(reader: Reader) -> dict[str, Any]:
    """The dataset of the covenant that uploaded forms follow."""
    found: dict[str, Any] = body_of(reader, "office_upload")["datasets"][0]
    return found


def read_period(text: str) -> str:
    """A period key as reports use it; UsageError when it is none."""
    try:
        return Period.parse(text.strip()).key
    except PeriodError as error:
        raise UsageError(str(error)) from error


def read_entry(form: Mapping[str, str], reader: Reader) -> dict[str, Any]:
    """A figure typed in by hand, checked field by field; UsageError names the first that cannot be."""
    unit, field = form.get("ma_don_vi", ""), form.get("ma_chi_tieu", "")
    if unit not in units_of(reader):
        raise UsageError(f"unknown unit {unit!r}")
    known = {one.reported.field for one in catalogue_of(reader).indicators.values() if one.reported is not None}
    if field not in known:
        raise UsageError(f"unknown figure {field!r}")
    quality = form.get("tinh_chat", "")
    if quality not in QUALITIES:
        raise UsageError(f"unknown quality {quality!r}")
    document = " ".join(form.get("so_van_ban", "").split())
    if not 2 <= len(document) <= 60:
        raise UsageError("the document number is missing")
    numbers = {name: read_number(form.get(name, ""), name) for name in ("gia_tri", "thuc_hien", "ke_hoach")}
    if not numbers["gia_tri"]:
        raise UsageError("the value is missing")
    period = read_period(form.get("ky", ""))
    head = {"ma_don_vi": unit, "ma_chi_tieu": field, "ky": period, "tinh_chat": quality, "so_van_ban": document}
    return {**head, **numbers, "shown": form.get("gia_tri", "").strip()}


def read_number(text: str, name: str) -> str:
    """A number as people write it here ('1.234,5', '1234,5', '12.5'); ambiguous forms ('1.234') are refused."""
    plain = text.strip().replace("\u00a0", " ")
    if not plain:
        return ""
    if GROUPED.fullmatch(plain) and ("," in plain or plain.count(".") > 1 or " " in plain):
        return plain.replace(".", "").replace(" ", "").replace(",", ".")
    if GROUPED.fullmatch(plain) or not NUMBER.fullmatch(plain):
        raise UsageError(f"{name}: cannot read the number {text!r}", remedy="write 1234 or 1234,5")
    return plain.replace(",", ".")


def require_second(desk: Desk, number: int, name: str) -> None:
    """Refuse a decision by the one who entered the figure, before anything is asked of the ingest process."""
    if match_key(desk.entry(number).entered_by) == match_key(name):
        raise UsageError("a second person must decide", remedy="ask a colleague to approve what you entered")
