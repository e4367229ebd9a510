"""REST services: a list of records, paged by page number, by link or by cursor.

Request keys: `path`, `items` (place of the list in the answer, '' for the answer itself, `a[].b[]` for nested lists),
`params` (constants), `since` ({param, format: iso | local | date}), `paging` ({kind: none | page | link | cursor,
...}).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urljoin

import pyarrow as pa

from ioc.errors import SourceError
from pipelines.connect.delivery import Ask, Delivery, Notice, at_path, records_table, walk
from pipelines.connect.web import Page, Web

LOCAL = timezone(timedelta(hours=7))
MAX_PAGES = 5000


def open_web(ask: Ask, base: str = "") -> Web:
    """A bounded client for the connection of this source (or for another address of it)."""
    connection = ask.connection
    if not connection.get("url"):
        raise SourceError(
            ask.source, "no address", permanent=True, remedy=f"set sources.{ask.source}.url in config.yaml"
        )
    return Web(
        ask.source,
        base or str(connection["url"]),
        deadline=ask.deadline,
        connection=connection,
        allow_origins=[str(origin) for origin in connection.get("allow_origins") or ()],
        max_bytes=int(connection.get("max_bytes") or 200 * 2**20),
    )


def pull(ask: Ask) -> Iterator[Delivery | Notice]:
    """One delivery holding every page; nothing is delivered when one page fails."""
    delivery = Delivery(
        origin=str(ask.request.get("path", "")),
        tables=(),
        interval_from=ask.since,
        interval_to=ask.until,
        is_full=ask.since is None,
    )
    delivery.tables = tables(ask, delivery)
    yield delivery


def tables(ask: Ask, delivery: Delivery) -> Iterator[pa.Table]:
    position = 1
    with open_web(ask) as web:
        for page in pages(ask, web):
            delivery.hasher.update(page.sha256)
            records = records_of(ask, page)
            keep_newest(ask, delivery, records)
            if records:
                yield records_table(delivery, ask.columns, records, position)
                position += len(records)


def records_of(ask: Ask, page: Page) -> list[dict[str, Any]]:
    """The list of records in an answer; a missing or foreign shape is an error, never an empty list."""
    place = str(ask.request.get("items") or "")
    found = list(walk(page.document, place)) if "[]" in place else at_path(page.document, place)
    if not isinstance(found, list) or any(not isinstance(record, dict) for record in found):
        raise SourceError(
            ask.source,
            f"{page.url}: no list of records at '{place or 'the top'}'",
            permanent=True,
            remedy=f"check 'items' of dataset {ask.dataset} in source.yaml",
        )
    return found


def keep_newest(ask: Ask, delivery: Delivery, records: Sequence[Mapping[str, Any]]) -> None:
    """The newest change seen (`watermark` names the field), never beyond the moment of asking."""
    name = ask.request.get("watermark")
    for record in records if name else ():
        try:
            moment = datetime.fromisoformat(str(record.get(str(name))))
        except ValueError:
            continue  # the contract names the row whose time is not readable
        moment = min(moment.replace(tzinfo=LOCAL) if moment.tzinfo is None else moment, ask.until)
        if delivery.watermark is None or moment > delivery.watermark:
            delivery.watermark = moment.astimezone(UTC)


def since_params(ask: Ask) -> dict[str, str]:
    """The parameter that asks for changes only."""
    rule = ask.request.get("since")
    if not rule or ask.since is None:
        return {}
    return {str(rule["param"]): write_time(ask.since, str(rule.get("format", "iso")))}


def write_time(moment: datetime, form: str) -> str:
    """An instant in the form a service reads: iso (UTC with Z), local (+07:00), naive (local, no zone), date."""
    if form == "local":
        return moment.astimezone(LOCAL).isoformat(timespec="seconds")
    if form == "naive":
        return moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")
    if form == "date":
        return moment.astimezone(LOCAL).date().isoformat()
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pages(ask: Ask, web: Web) -> Iterator[Page]:
    """All pages, in order, with a limit on their number."""
    paging: Mapping[str, Any] = ask.request.get("paging") or {"kind": "none"}
    params = {**(ask.request.get("params") or {}), **since_params(ask)}
    walk = {"none": one_page, "page": by_number, "link": by_link, "cursor": by_cursor}.get(str(paging["kind"]))
    if walk is None:
        raise SourceError(
            ask.source, f"unknown paging '{paging['kind']}'", permanent=True, remedy="one of none, page, link, cursor"
        )
    for number, page in enumerate(walk(ask, web, paging, params), start=1):
        ask.deadline.check()
        if number > int(paging.get("max_pages", MAX_PAGES)):
            raise SourceError(
                ask.source,
                f"more than {number - 1} pages",
                permanent=True,
                remedy="raise paging.max_pages or ask for larger pages",
            )
        yield page


def one_page(ask: Ask, web: Web, paging: Mapping[str, Any], params: dict[str, Any]) -> Iterator[Page]:
    yield web.get(str(ask.request["path"]), params)


def by_number(ask: Ask, web: Web, paging: Mapping[str, Any], params: dict[str, Any]) -> Iterator[Page]:
    """Page 1, 2, 3 ... until a short page, or until the announced total is reached."""
    size = int(paging.get("size", 500))
    number = int(paging.get("first", 1))
    seen = 0
    while True:
        asked = {**params, str(paging.get("param", "page")): number, str(paging.get("size_param", "size")): size}
        page = web.get(str(ask.request["path"]), asked)
        count = len(records_of(ask, page))
        total = at_path(page.document, str(paging["total"])) if paging.get("total") else None
        seen += count
        yield page
        if isinstance(total, int):
            if seen >= total:
                return
            if count == 0:
                raise SourceError(
                    ask.source, f"the service announced {total} records and delivered {seen}", permanent=False
                )
        elif count < size:
            return
        number += 1


def by_link(ask: Ask, web: Web, paging: Mapping[str, Any], params: dict[str, Any]) -> Iterator[Page]:
    """Follow `next` in the answer or in the Link header, at the same origin only."""
    page = web.get(str(ask.request["path"]), params)
    visited = {page.url}
    while True:
        yield page
        link = (
            at_path(page.document, str(paging["next"])) if paging.get("next") else next_link(page.headers.get("link"))
        )
        if not link:
            return
        place = absolute(page.url, str(link))
        if place in visited:
            raise SourceError(ask.source, f"the page link {place} leads in a circle", permanent=True)
        visited.add(place)
        page = web.get(place)


def by_cursor(ask: Ask, web: Web, paging: Mapping[str, Any], params: dict[str, Any]) -> Iterator[Page]:
    """Send the cursor of the last answer until there is none."""
    cursor: Any = None
    visited: set[str] = set()
    while True:
        asked = {**params, **({str(paging.get("param", "cursor")): cursor} if cursor else {})}
        page = web.get(str(ask.request["path"]), asked)
        yield page
        cursor = at_path(page.document, str(paging.get("next", "next_cursor")))
        if not cursor:
            return
        if str(cursor) in visited:
            raise SourceError(ask.source, f"the cursor {cursor} leads in a circle", permanent=True)
        visited.add(str(cursor))


def absolute(current: str, link: str) -> str:
    """A link as an absolute address."""
    return urljoin(current, link)


def next_link(header: str | None) -> str | None:
    """The `rel="next"` target of a Link header."""
    for part in (header or "").split(","):
        found = re.match(r'\s*<([^>]*)>\s*;.*\brel="?next"?', part)
        if found:
            return found.group(1)
    return None
