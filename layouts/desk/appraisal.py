"""The appraisal on paper-like pages: what waits, one cell with its history, and the entries a form brings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast, get_args

from werkzeug.datastructures import FileStorage

from indicators.appraisal.claims import DISPUTE_DAYS, Claim, may_dispute
from indicators.appraisal.rules import Key, Refused, check_close, check_entry, check_period, claims_of, criteria_of
from ioc.errors import UsageError
from ioc.period import Period
from ioc.published import Reader
from ioc.store import AppStore, Desk
from ioc.store.appraisal import EVIDENCE_MOST, EVIDENCE_TYPES, AppraisalBook, Entry, EntryKind, keep_content
from layouts.desk.pages import BEAT, Said, Setting, read_number

QUEUE = """SELECT queue_place, unit, criterion, self_value, expected, impact FROM mart.appraisal
  WHERE period = ? AND queue_place IS NOT NULL /*scope unit*/ ORDER BY queue_place LIMIT 25"""
PERIODS = "SELECT DISTINCT period FROM core.assessment WHERE true /*scope unit_code*/ ORDER BY period"
STANDING = """SELECT self_score, self_rank, verified_score, verified_rank, expected_score, expected_rank, rank_low,
  rank_high, pending, disputed FROM mart.appraisal_standing WHERE period = ? AND unit = ? /*scope unit*/"""
MEASURED = """SELECT self_value, verified_value, final_value, status, expected, impact, queue_place FROM mart.appraisal
  WHERE period = ? AND unit = ? AND criterion = ? /*scope unit*/"""


def communes_of(reader: Reader, lang: str) -> dict[str, str]:
    """The communes in being by code, with their names."""
    found = [one for one in reader.units() if one.unit_kind == "commune" and one.valid_to is None]
    return {one.unit_code: one.name_en if lang == "en" else one.full_name for one in found}


def desk_page(setting: Setting, store: AppStore, reader: Reader, asked: str, said: str = "") -> str:
    """What waits in a period: the queue, open disputes, a cell to open, and closing."""
    entries = AppraisalBook(store).entries()
    known = {str(row["period"]) for row in reader.select(PERIODS)} | {one.period for one in entries}
    quarter = Period.of(setting.month.start, "quarter")
    periods = sorted(known | {quarter.key, quarter.shift(-1).key}, reverse=True)
    period = asked or max(known, default=periods[0])
    check_period(period, setting.now)
    claims = claims_of(reader, period, entries, now=setting.now)
    open_cells = [one for one in claims.values() if one.verified is not None and one.final is None]
    return setting.render(
        "appraisal.html", here="appraisal", period=period, period_name=Period.parse(period).label(setting.lang),
        periods=periods, names=communes_of(reader, setting.lang), criteria=criteria_of(reader, entries),
        queue=reader.select(QUEUE, [period]), disputes=[one for one in claims.values() if one.status == "disputed"],
        counts=_counts(claims), closable=len(open_cells), said=Said.of(setting, said),
    )  # fmt: skip


def _counts(claims: Mapping[Key, Claim]) -> dict[str, int]:
    found = dict.fromkeys(("self", "verified", "disputed", "final"), 0)
    for claim in claims.values():
        found[claim.status] = found.get(claim.status, 0) + 1
    return found


def cell_page(setting: Setting, store: AppStore, reader: Reader, key: Key, said: str = "") -> str:
    """One criterion of one commune: three values, the book, and the forms its state allows.

    After an act (`said`) the page asks again until the published numbers hold the entry.
    """
    period, unit, criterion = key
    entries = AppraisalBook(store).entries()
    names, criteria = communes_of(reader, setting.lang), criteria_of(reader, entries)
    check_period(period, setting.now)
    if unit not in names or (criteria and criterion not in criteria):
        raise UsageError(f"no cell {unit} {criterion} of {period}", remedy="choose it on the appraisal desk")
    claim = claims_of(reader, period, entries, now=setting.now).get(key)
    measured = next(iter(reader.select(MEASURED, list(key))), None)
    moment = setting.now.astimezone(UTC).replace(tzinfo=None)
    is_ahead = claim is not None and not _is_measured(claim, measured)
    alive = any(beat > setting.now - BEAT for beat in store.heartbeats().values())
    return setting.render(
        "cell.html", here="appraisal", period=period, period_name=Period.parse(period).label(setting.lang), unit=unit,
        name=names[unit], criterion=criterion, claim=claim, measured=measured,
        is_ahead=is_ahead, alive=alive, refresh=bool(said) and is_ahead and alive, said=Said.of(setting, said),
        at=None if claim is None or claim.at is None else claim.at.replace(tzinfo=UTC),
        book=[one for one in entries if (one.period, one.unit, one.criterion) == key or _closes(one, period)],
        standing=next(iter(reader.select(STANDING, [period, unit])), None), days=DISPUTE_DAYS,
        can_dispute=claim is not None and may_dispute(claim, moment), types=",".join(EVIDENCE_TYPES),
    )  # fmt: skip


def _closes(entry: Entry, period: str) -> bool:
    return entry.kind == "close" and entry.period == period


def _is_measured(claim: Claim, measured: Mapping[str, object] | None) -> bool:
    """Whether the published table holds the cell as the book has it."""
    return measured is not None and [claim.self_value, claim.verified, claim.final, claim.status] == [
        measured[name] for name in ("self_value", "verified_value", "final_value", "status")
    ]


def read_entry(
    kind: str,
    form: Mapping[str, str],
    file: FileStorage | None,
    name: str,
    reader: Reader,
    store: AppStore,
    *,
    home: Path,
    now: datetime,
) -> Entry:
    """Check a form field by field against the rules and write it into the book. Raises Refused or UsageError."""
    if kind not in get_args(EntryKind):
        raise UsageError(f"unknown entry {kind!r}")
    period, unit = form.get("period", "").strip(), form.get("unit", "").strip()
    criterion, reason = form.get("criterion", "").strip().upper(), " ".join(form.get("reason", "").split())[:500]
    book = AppraisalBook(store)
    entries = book.entries()
    check_period(period, now)
    claims = claims_of(reader, period, entries, now=now)
    if kind == "close":
        over = check_close(period, claims, override=form.get("override") == "yes", now=now)
        entry = Entry("close", period, "", "", None, "; ".join(filter(None, (over, reason))), "", name, now)
        book.add(entry)
        return entry
    check_entry(
        kind, (period, unit, criterion), claims, entries, by=name, now=now, communes=communes_of(reader, "vi"),
        criteria=criteria_of(reader, entries),
    )  # fmt: skip
    value = read_points(form.get("value", ""), required=kind in ("self", "verify")) if kind != "dispute" else None
    if kind != "self" and not reason:
        raise Refused("reason", "a reason is missing", remedy="say why, in one sentence")
    kept = ""
    if file is not None and file.filename:
        kept = keep_content(home, file.filename, file.stream.read(EVIDENCE_MOST + 1))
    entry = Entry(cast(EntryKind, kind), period, unit, criterion, value, reason, kept, name, now)
    book.add(entry)
    return entry


def read_points(text: str, *, required: bool) -> float | None:
    """Points from 0 to 100 as people write them (78,5 or 78.5); None for an empty field that may be empty."""
    try:
        plain = read_number(text, "value")
    except UsageError as error:
        raise Refused("value", str(error)) from error
    if not plain:
        if required:
            raise Refused("value", "the value is missing", remedy="give points from 0 to 100")
        return None
    value = float(plain)
    if not 0 <= value <= 100:
        raise Refused("value", f"value {value:g} is out of range", remedy="give points from 0 to 100")
    return value


def ask_publication(store: AppStore, entry: Entry, *, now: datetime) -> None:
    """Ask the ingest process to measure and publish, unless a request that it has not taken yet will serve as well."""
    waiting = [one for one in Desk(store).requests() if one.kind == "publish" and one.status == "waiting"]
    if not waiting:
        store.add_request("publish", {"by": entry.operator, "appraisal": entry.kind, "period": entry.period}, now=now)
