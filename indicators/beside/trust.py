"""The numbers of the trust panel as cards: how each comes about, from which dossiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from indicators.fact_card import Again, Counted, Question, compare_again
from indicators.trust.lists import LATE, has_list, shown_number, trust_records
from indicators.trust.panel import Panel, trust_panel
from indicators.trust.signals import FALSE_ALARMS
from ioc.errors import UsageError

RATE = "rate"  # how often the tests ask in vain, all together


def explain_definition(asked: Question) -> Counted:
    """A share on time by one of the ways to count; `gap`: the official way less the count of what fell due."""
    panel = _panel(asked)
    own = panel.on_time
    if asked.part == "gap":
        numbers: dict[str, Any] = {"by_settled": own.by_settled, "by_due": own.by_due, "gap": own.gap}
        return Counted(numbers, again=lambda: _difference(own.gap, own.by_settled, own.by_due))
    parts = {
        "by_settled_and_overdue": (own.on_time, own.settled + own.overdue),
        "by_stock": (own.settled + own.open_after - (own.settled - own.on_time) - own.overdue,
                     own.settled + own.open_after),
    }  # fmt: skip
    if asked.part not in parts:
        raise UsageError(f"no way to count {asked.part!r}", remedy=f"one of {', '.join(parts)}, gap")
    top, bottom = parts[asked.part]
    names = ("settled", "on_time", "overdue", "open_after")
    terms = {name: getattr(own, name) for name in names}
    return _counted(asked, panel, {"percent": shown_number(panel, asked.fact, asked.part),
                                   "numerator": top, "denominator": bottom, **terms})  # fmt: skip


def explain_flow(asked: Question) -> Counted:
    """A term of the account of dossiers: open before + received = settled + closed + open after + residual."""
    panel = _panel(asked)
    own = panel.on_time
    names = ("open_before", "received", "settled", "closed", "open_after", "residual")
    terms = {name: getattr(own, name) for name in names}
    if asked.part == "residual":
        left = own.open_before + own.received
        return Counted(terms, again=lambda: _difference(own.residual, left, own.settled + own.closed + own.open_after))
    return _counted(asked, panel, {"count": shown_number(panel, asked.fact, asked.part), **terms})


def explain_cause(asked: Question) -> Counted:
    """The late dossiers of one cause, or (`late`) of all."""
    panel = _panel(asked)
    count = shown_number(panel, asked.fact, asked.part)
    share = count / panel.late if panel.late and count is not None and asked.part != LATE else None
    return _counted(asked, panel, {"count": count, "share": share, "late": panel.late})


def explain_portal(asked: Question) -> Counted:
    """A term of the reconciliation with the national portal, or the dossiers of an agency that are missing there."""
    panel = _panel(asked)
    if panel.portal is None:
        raise UsageError("the portal has no data of these days", remedy="choose a later period")
    agency = next((one for one in panel.mismatches if asked.part == f"missing:{one.agency}"), None)
    if agency is not None:
        return _counted(asked, panel, {"missing_there": agency.missing, "ours": agency.ours})
    own = panel.portal
    terms = {name: count for name, count in own.to_dict().items() if name != "residue"}
    if asked.part == "residue":
        explained = own.ours - own.waiting - own.lost - own.moved_out + own.moved_in + own.unknown + own.twice
        numbers = {**terms, "residue": own.residue}
        return Counted(numbers, again=lambda: _difference(own.residue, own.portal, explained))
    return _counted(asked, panel, {"count": shown_number(panel, asked.fact, asked.part), **terms})


def explain_question(asked: Question) -> Counted:
    """What made a question to a unit: seen of how many, how many would be usual, how rare that is by chance."""
    panel = _panel(asked)
    if asked.part == RATE:
        return Counted(
            {"false_alarms": FALSE_ALARMS, "count": len(panel.questions), "quarter": panel.quarter.key}
        )  # fmt: skip
    kind, _, unit = asked.part.partition(":")
    one = next((one for one in panel.questions if (one.kind, one.unit) == (kind, unit)), None)
    if one is None:
        raise UsageError(f"no question {asked.part!r} in {panel.quarter.key}", remedy="choose it on the page")
    numbers = {"seen": one.seen, "of": one.of, "usual": one.expected, "chance": one.p, "quarter": panel.quarter.key}
    return _counted(asked, panel, numbers)


def _panel(asked: Question) -> Panel:
    return trust_panel(asked.reader, asked.unit, asked.period.key, calendar=asked.calendar)


def _counted(asked: Question, panel: Panel, numbers: Mapping[str, Any]) -> Counted:
    """With the query of its dossiers, where it has some; the second count is theirs."""
    if not has_list(asked.fact, asked.part):
        return Counted(numbers)
    query = {"indicator": asked.fact, "unit": panel.unit, "period": panel.period.key, "slice_dim": "part",
             "slice_value": asked.part}  # fmt: skip

    def again() -> Again:
        found = trust_records(
            asked.reader, asked.fact, panel.unit, panel.period.key, asked.part, calendar=asked.calendar, limit=1,
            offset=0,
        )  # fmt: skip
        return compare_again([found.value], [found.shown])

    return Counted(numbers, records=urlencode(query), again=again)


def _difference(published: float | None, left: float | None, right: float | None) -> Again:
    return compare_again([None if left is None or right is None else left - right], [published])
