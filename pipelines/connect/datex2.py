"""DATEX II measured data, version 2 and 3: one record for each measured value, faulty ones marked and kept.

A record has `site`, `index` (place of the value at the site), `at` (time of measurement), `kind` (TrafficSpeed,
TrafficFlow, TrafficConcentration, TrafficHeadway ...), `name` (averageVehicleSpeed, vehicleFlow ...), `value` as
delivered, `error` (true when the sender says dataError, or names a fault), `period` (seconds, where told). Names are
read without their namespace, so both versions and national extensions are read alike.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from pipelines.connect.xmlguard import XmlRefusedError, check_xml

TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
NO_VALUE = {"dataError", "reasonForDataError", "accuracy", "standardDeviation", "numberOfInputValuesUsed"}


def records(body: bytes) -> list[dict[str, Any]]:
    """Every measured value of a publication; XmlRefusedError when it is none."""
    check_xml(body)
    found: list[dict[str, Any]] = []
    sites = 0
    for _, element in ElementTree.iterparse(io.BytesIO(body), events=("end",)):
        if local(element.tag) == "siteMeasurements":
            sites += 1
            found += site_records(element)
            element.clear()
    if not sites:
        raise XmlRefusedError("no siteMeasurements: this is no measured data of DATEX II")
    return found


def local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]


def below(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """Elements of that name at any depth below."""
    return (item for item in element.iter() if item is not element and local(item.tag) == name)


def site_records(site: ElementTree.Element) -> Iterator[dict[str, Any]]:
    """The values of one site."""
    reference = next(below(site, "measurementSiteReference"), None)
    code = None if reference is None else reference.get("id")
    moment: str | None = None
    for time in below(site, "measurementTimeDefault"):
        inner = next(below(time, "timeValue"), None)
        moment = ((inner.text if inner is not None else time.text) or "").strip() or None
    for item in site:
        if local(item.tag) in ("measuredValue", "physicalQuantity") and item.get("index") is not None:
            yield value_record(item, code, moment)


def value_record(item: ElementTree.Element, code: str | None, moment: str | None) -> dict[str, Any]:
    """One measured value."""
    record: dict[str, Any] = dict.fromkeys(("site", "index", "at", "kind", "name", "value", "error", "period"))
    record |= {"site": code, "index": item.get("index"), "at": moment}
    record["error"] = next(below(item, "physicalQuantityFault"), None) is not None
    data = next(below(item, "basicData"), None)
    if data is None:
        return record
    record["kind"] = (data.get(TYPE) or "").rpartition(":")[2] or None
    for part in data:
        name = local(part.tag)
        if name == "measurementOrCalculationPeriod":
            record["period"] = (part.text or "").strip() or None
        error = next(below(part, "dataError"), None)
        values = [child for child in part if local(child.tag) not in NO_VALUE and (child.text or "").strip()]
        if error is None and not values:
            continue
        record["name"] = name
        record["error"] = record["error"] or (error is not None and (error.text or "").strip() in ("true", "1"))
        record["value"] = (values[0].text or "").strip() if values else None
        break
    return record
