"""The addresses of the appraisal: the desk, one cell, its entries by a named operator, kept evidence (METHODS 2.7)."""

from __future__ import annotations

from flask import Flask, Response, request, send_file
from werkzeug.wrappers import Response as BaseResponse

from indicators.appraisal.rules import Refused
from ioc.errors import IocError
from ioc.store import AppStore
from ioc.store.appraisal import EVIDENCE_MOST, evidence_file
from layouts.desk import appraisal
from layouts.desk.door import Door

LARGEST = EVIDENCE_MOST + (1 << 16)  # the file and the fields beside it


def add_appraisal(server: Flask, door: Door) -> None:
    """Register the addresses under /desk/appraisal."""

    def explain(error: IocError) -> str:
        """A refusal of the rules in the language of the page; anything else as it says itself."""
        if isinstance(error, Refused):
            return door.words(f"desk.ap_no_{error.code}", door.lang(), **error.params)
        return str(error)

    def kept(store: AppStore, name: str, kind: str) -> str:
        """Write the entry and ask for a publication; the address of its cell, or of the desk for a closed period."""
        with door.publication.reader() as reader:
            entry = appraisal.read_entry(kind, request.form, request.files.get("evidence"), name, reader, store,
                                         home=door.publication.home, now=door.clock())  # fmt: skip
        appraisal.ask_publication(store, entry, now=door.clock())
        if entry.kind == "close":
            return door.go("/desk/appraisal", period=entry.period, said="entered")
        return door.go(
            "/desk/appraisal/cell", period=entry.period, unit=entry.unit, criterion=entry.criterion, said="entered"
        )

    @server.get("/desk/appraisal")
    def desk_appraisal() -> Response:
        asked = request.args
        return door.shown(
            lambda store, reader: appraisal.desk_page(
                door.setting(), store, reader, asked.get("period", ""), asked.get("said", "")
            )
        )

    @server.get("/desk/appraisal/cell")
    def desk_appraisal_cell() -> Response:
        asked, said = request.args, request.args.get("said", "")
        key = (asked.get("period", ""), asked.get("unit", ""), asked.get("criterion", ""))
        return door.shown(lambda store, reader: appraisal.cell_page(door.setting(), store, reader, key, said))

    @server.get("/desk/appraisal/evidence/<name>")
    def desk_appraisal_evidence(name: str) -> Response:
        def draw(store: AppStore, reader: object) -> Response:
            path = evidence_file(door.publication.home.resolve(), name)
            answer = send_file(path, as_attachment=True, download_name=f"{name[:12]}{path.suffix}")
            answer.headers["X-Content-Type-Options"] = "nosniff"
            return answer

        return door.shown(draw)

    @server.post("/desk/appraisal/<kind>")
    def desk_appraisal_entry(kind: str) -> BaseResponse:
        request.max_content_length = LARGEST
        return door.acted(lambda store, name: kept(store, name, kind), explain=explain)
