"""NGSI brokers: entities and their history, in every encoding, as one row shape.

Read are NGSI-v2 (normalised, keyValues) and NGSI-LD (normalised, concise, keyValues; temporal: lists of instances or
`values`). An entity becomes a flat record: `id`, `type` and one value an attribute. Request keys: `type`, `limit`,
`temporal` ({window, limit}), `unit_codes` ({attribute: code}), `path`, `dialect` (ld, or v2). A tenant is a header of
the connection (`fiware-service`, `NGSILD-Tenant`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ioc.catalogue.model import parse_duration
from ioc.errors import SourceError
from pipelines.connect.delivery import Ask, Delivery, Notice, records_table
from pipelines.connect.rest import keep_newest, open_web
from pipelines.connect.web import Page, Web

VALUE_KEYS = ("value", "object", "languageMap", "vocab", "json")


def pull(ask: Ask) -> Iterator[Delivery | Notice]:
    """One delivery: all entities of a type, or their history since the watermark."""
    delivery = Delivery(f"type {ask.request['type']}", (), ask.since, ask.until, is_full="temporal" not in ask.request)
    delivery.tables = tables(ask, delivery)
    yield delivery


def tables(ask: Ask, delivery: Delivery) -> Iterator[pa.Table]:
    position = 1
    with open_web(ask) as web:
        for page in pages(ask, web):
            delivery.hasher.update(page.sha256)
            entities = entities_of(ask, page)
            if "temporal" in ask.request:
                records = [record for entity in entities for record in history(ask, entity)]
            else:
                records = [flatten(ask, entity) for entity in entities]
            keep_newest(ask, delivery, records)
            if records:
                yield records_table(delivery, ask.columns, records, position)
                position += len(records)


def pages(ask: Ask, web: Web) -> Iterator[Page]:
    """All pages; for a history all windows of time, each paged over the entities."""
    temporal: Mapping[str, Any] | None = ask.request.get("temporal")
    if temporal is None:
        usual = "/v2/entities" if is_v2(ask) else "/ngsi-ld/v1/entities"
        yield from offsets(ask, web, str(ask.request.get("path", usual)), {}, int(ask.request.get("limit", 1000)))
        return
    window = parse_duration(str(temporal.get("window", "1d")))
    reach = parse_duration(str(temporal.get("reach", "14d")))
    start = max(ask.since, ask.until - reach) if ask.since else ask.until - reach
    path = str(ask.request.get("path", "/ngsi-ld/v1/temporal/entities"))
    while start < ask.until:
        end = min(start + window, ask.until)
        span = {"timerel": "between", "timeAt": write(start), "endTimeAt": write(end)}
        yield from offsets(ask, web, path, span, int(temporal.get("limit", 100)))
        start = end


def is_v2(ask: Ask) -> bool:
    """Whether the broker speaks NGSI-v2."""
    return str(ask.request.get("dialect", "ld")) == "v2"


def offsets(ask: Ask, web: Web, path: str, params: Mapping[str, Any], limit: int) -> Iterator[Page]:
    """limit/offset pages until the announced count, or a short page, is reached."""
    offset = 0
    counted = {"options": "count"} if is_v2(ask) else {"count": "true"}
    while True:
        page = web.get(path, {"type": ask.request["type"], **params, "limit": limit, "offset": offset, **counted})
        if page.status == 206:
            raise SourceError(
                ask.source,
                f"{page.url} answered a part of the history only (206)",
                permanent=True,
                remedy="make temporal.window shorter in source.yaml",
            )
        count = len(entities_of(ask, page))
        yield page
        offset += count
        total = page.headers.get("ngsild-results-count") or page.headers.get("fiware-total-count")
        if total is not None and total.isdigit():
            if offset >= int(total):
                return
            if count == 0:
                raise SourceError(
                    ask.source, f"the broker announced {total} entities and delivered {offset}", permanent=False
                )
        elif count < limit:
            return


def entities_of(ask: Ask, page: Page) -> list[dict[str, Any]]:
    """The entities of an answer."""
    if not isinstance(page.document, list) or any(
        not isinstance(item, dict) or "id" not in item for item in page.document
    ):
        raise SourceError(ask.source, f"{page.url}: no list of entities", permanent=True)
    return page.document


def flatten(ask: Ask, entity: Mapping[str, Any]) -> dict[str, Any]:
    """One entity of any encoding as a flat record."""
    record: dict[str, Any] = {}
    for name, attribute in entity.items():
        if name in ("id", "type") or name.startswith("@"):
            record[name] = attribute
            continue
        check_unit(ask, name, attribute)
        record[name] = value_of(attribute)
    return record


def value_of(attribute: Any) -> Any:
    """The plain value of an attribute: of its wrapper when it has one, and of a typed literal."""
    if isinstance(attribute, Mapping):
        for key in VALUE_KEYS:
            if key in attribute:
                return value_of(attribute[key])
        if "@value" in attribute:
            return attribute["@value"]
    return attribute


def check_unit(ask: Ask, name: str, attribute: Any) -> None:
    """A unit other than the declared one would change the scale of every number."""
    wanted = (ask.request.get("unit_codes") or {}).get(name)
    said = attribute.get("unitCode") if isinstance(attribute, Mapping) else None
    if wanted and said and said != wanted:
        raise SourceError(
            ask.source,
            f"{name} comes in unit {said}, the contract says {wanted}",
            permanent=True,
            remedy="ask the supplier, then correct unit_codes in source.yaml",
        )


def history(ask: Ask, entity: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The instances of one entity, a record for each moment of observation, in order of time."""
    moments = [value_of(item) for item in as_list(entity.get("dateObservedTo"))]
    rows: dict[str, dict[str, Any]] = {}
    unplaced = 0
    for name, attribute in entity.items():
        if name in ("id", "type") or name.startswith("@"):
            continue
        instances = instances_of(attribute)
        for index, (value, observed_at, item) in enumerate(instances):
            check_unit(ask, name, item)
            moment = observed_at or (moments[index] if len(instances) == len(moments) else None)
            if moment is None:
                if not isinstance(attribute, list):
                    continue  # an attribute that does not change: a relation, a place
                unplaced += 1
                moment = f"?{unplaced}"  # kept, so that the contract refuses it by name and position
            rows.setdefault(
                moment,
                {"id": entity["id"], "type": entity.get("type"), "observedAt": None if moment[0] == "?" else moment},
            )[name] = value
    for moment in sorted(rows):
        yield rows[moment]


def as_list(attribute: Any) -> list[Any]:
    return attribute if isinstance(attribute, list) else []


def instances_of(attribute: Any) -> list[tuple[Any, str | None, Any]]:
    """(value, observedAt, instance) of a temporal attribute in either form."""
    if isinstance(attribute, Mapping) and isinstance(attribute.get("values"), list):
        return [
            (value_of(pair[0]), str(pair[1]), attribute) for pair in attribute["values"] if isinstance(pair, Sequence)
        ]
    if isinstance(attribute, list):
        return [
            (value_of(item), item.get("observedAt") if isinstance(item, Mapping) else None, item) for item in attribute
        ]
    observed_at = attribute.get("observedAt") if isinstance(attribute, Mapping) else None
    return [(value_of(attribute), observed_at, attribute)]


def write(moment: datetime) -> str:
    """An instant as brokers read it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
