"""The addresses of the desk: pages to read, and acts that become requests of the ingest process (DECISIONS 13, 15)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, Response, make_response, request
from werkzeug.wrappers import Response as BaseResponse

from indicators.answer import catalogue_of
from ioc.errors import UsageError
from ioc.published import Publication
from ioc.store import AppStore, Desk
from ioc.words import Words
from layouts.desk import pages
from layouts.desk.appraisal_routes import add_appraisal
from layouts.desk.door import Door
from layouts.desk.form import forms_of, write_form
from layouts.desk.pages import Said

LARGEST = 1 << 20
ACTS = ("run", "replay", "pause", "resume")


def create_desk(
    server: Flask,
    settings: Any,
    publication: Publication,
    words: Words,
    *,
    now: Callable[[], datetime] | None = None,
) -> None:
    """Register the desk on the server. `settings` needs `language` and `web`; `now` is for tests."""
    door = Door(settings, publication, words, now=now)
    setting, shown, acted, lang, go, clock = door.setting, door.shown, door.acted, door.lang, door.go, door.clock
    add_appraisal(server, door)

    def ask(store: AppStore, kind: str, args: dict[str, Any]) -> str:
        number = store.add_request(kind, args, now=clock())
        return go(f"/desk/request/{number}")

    @server.get("/desk/<source>")
    def desk_source(source: str) -> Response:
        return shown(lambda store, reader: pages.source_page(setting(), store, reader, source))

    @server.get("/desk/<source>/covenant")
    def desk_covenant(source: str) -> Response:
        return shown(lambda store, reader: pages.covenant(setting(), reader, source))

    @server.get("/desk/<source>/month")
    def desk_month(source: str) -> Response:
        return shown(lambda store, reader: pages.month_page(setting(), reader, source, request.args.get("month", "")))

    @server.get("/desk/request/<int:number>")
    def desk_request(number: int) -> Response:
        return shown(lambda store, reader: pages.request_page(setting(), store, number))

    @server.get("/desk/forms")
    def desk_forms() -> Response:
        said = Said.of(setting(), request.args.get("said", ""))
        return shown(lambda store, reader: pages.forms_page(setting(), store, reader, said))

    @server.post("/desk/<source>/act")
    def desk_act(source: str) -> BaseResponse:
        def do(store: AppStore, name: str) -> str:
            act = request.form.get("act", "")
            if act not in ACTS:
                raise UsageError(f"unknown act {act!r}")
            known_source(publication, source)
            args: dict[str, Any] = {"by": name, "source": source}
            args |= {"sources": [source]} if act == "run" else {}
            args |= {"reason": (request.form.get("reason") or "")[:120]} if act == "pause" else {}
            return ask(store, act, args)

        return acted(do)

    @server.post("/desk/upload")
    def desk_upload() -> BaseResponse:
        def do(store: AppStore, name: str) -> str:
            given = request.files.get("file")
            ending = (given.filename or "").rpartition(".")[2].lower() if given else ""
            if given is None or ending != "xlsx":
                raise UsageError("no .xlsx file was chosen", remedy="choose the filled-in form")
            content = given.stream.read(LARGEST + 1)
            if not 0 < len(content) <= LARGEST:
                raise UsageError("the file is empty or larger than 1 MB", remedy="upload the form itself")
            folder = publication.home / "desk" / "incoming"
            folder.mkdir(parents=True, exist_ok=True)
            kept = f"{secrets.token_hex(16)}.{ending}"
            (folder / kept).write_bytes(content)
            return ask(store, "upload", {"by": name, "file": kept, "source": "office_upload"})

        return acted(do)

    @server.post("/desk/entry")
    def desk_entry() -> BaseResponse:
        def do(store: AppStore, name: str) -> str:
            with publication.reader() as reader:
                body = pages.read_entry(request.form, reader)
            Desk(store).enter(body, by=name, now=clock())
            return go("/desk/forms", said="kept")

        return acted(do)

    @server.post("/desk/entry/<int:number>")
    def desk_decide(number: int) -> BaseResponse:
        def do(store: AppStore, name: str) -> str:
            pages.require_second(Desk(store), number, name)
            approve = request.form.get("decision") == "approve"
            return ask(store, "decide", {"by": name, "entry": number, "approve": approve, "source": "hand_entry"})

        return acted(do)

    @server.get("/desk/template.xlsx")
    def desk_template() -> Response:
        def draw(reader: Any) -> Response:
            catalogue = catalogue_of(reader)
            wanted = request.args.get("form", "")
            form = next((one for one in forms_of(catalogue, words, lang()) if one.key == wanted), None)
            unit = pages.units_of(reader).get(request.args.get("unit", ""))
            if form is None or unit is None:
                raise UsageError("unknown form or unit", remedy="choose them on the forms page")
            period = pages.read_period(request.args.get("period", ""))
            sheet = pages.upload_contract(reader)
            content = write_form(form, unit, period, sheet["layout"], sheet["fields"], words, lang(), now=clock())
            answer = make_response(content)
            answer.headers["Content-Type"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            name = f"bieu-mau-{unit.unit_code}-{period}.xlsx"
            answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
            return answer

        try:
            with publication.reader() as reader:
                return draw(reader)
        except UsageError as error:
            return make_response(pages.sentence(setting(), str(error)), 404)


def known_source(publication: Publication, source: str) -> None:
    """Refuse an act on a source that has no covenant in the published version."""
    with publication.reader() as reader:
        if not reader.select("SELECT source FROM ops.covenant WHERE source = ?", [source]):
            raise UsageError(f"unknown source {source!r}")


__all__ = ["create_desk"]
