"""Who asks: API keys, OAuth2 client credentials, and that no secret is ever told."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from ioc.errors import SourceError
from pipelines.connect import download, rest
from pipelines.connect.credential import ClientCredential, credential_of
from pipelines.connect.delivery import Ask, Column, Deadline, Delivery, Notice
from tests.pipelines.places import NOW
from tests.pipelines.services import Answer, as_json, serving

SECRET = "canary-secret-4711"


def ask_for(connection: dict[str, Any], request: dict[str, Any], names: str = "ma") -> Ask:
    columns = [Column(name) for name in names.split()]
    return Ask("demo", "rows", columns, connection, request, None, NOW, Deadline("demo", 20), Path())


def read(pull: Any, ask: Ask) -> list[dict[str, Any]]:
    found = list(pull(ask))
    assert all(isinstance(item, Delivery) for item in found), found
    return [row for delivery in found for table in delivery.tables for row in table.to_pylist()]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"api_key_header": "X-Gateway-Key"}, "x-gateway-key"),
        ({}, "x-api-key"),
        ({"api_key_query": "key"}, "GET /rows?key=" + SECRET),
    ],
)
def test_an_api_key_goes_where_the_gateway_wants_it(given: dict[str, str], where: str) -> None:
    heard: list[tuple[str, dict[str, str], str]] = []
    with serving(lambda path, query: as_json([{"ma": "1"}]), heard) as url:
        rows = read(
            rest.pull, ask_for({"url": url, "allow_origins": [url], "api_key": SECRET, **given}, {"path": "/rows"})
        )
    assert [row["ma"] for row in rows] == ["1"]
    line, headers, _ = heard[0]
    assert headers.get(where) == SECRET or line == where


@pytest.mark.parametrize("status", [404, 401, 503, 302])
def test_no_error_tells_the_key(status: int) -> None:
    """C-06: neither header nor parameter is in a message, whatever went wrong."""
    with serving(lambda path, query: (status, {"location": "/rows?key=" + SECRET}, b"no")) as url:
        for extra in ({"api_key_query": "key"}, {}):
            given = {"url": url, "allow_origins": [url], "api_key": SECRET, **extra}
            with pytest.raises(SourceError) as caught:
                read(rest.pull, ask_for(given, {"path": "/rows"}))
            assert SECRET not in str(caught.value)
            assert SECRET not in repr(caught.value)


class Gateway:
    """A gateway with a token endpoint: each token serves `uses` requests, then the answer is 401."""

    def __init__(self, uses: int) -> None:
        self.uses, self.left, self.given = uses, 0, 0

    def route(self, path: str, query: dict[str, str]) -> Answer:
        if path == "/token":
            self.given += 1
            self.left = self.uses
            return as_json({"access_token": f"t{self.given}", "token_type": "Bearer", "expires_in": 3600})
        if self.left == 0:
            return as_json({"message": "expired"}, 401)
        self.left -= 1
        page = int(query.get("page", 1))
        return as_json({"items": [{"ma": str(page)}] if page < 4 else []})


def oauth(url: str, **more: str) -> dict[str, Any]:
    return {
        "url": url,
        "allow_origins": [url],
        "token_url": f"{url}/token",
        "client_id": "ioc",
        "client_secret": SECRET,
        **more,
    }


PAGED = {"path": "/rows", "items": "items", "paging": {"kind": "page", "size": 1}}


def test_client_credentials_are_asked_once_and_renewed_when_refused() -> None:
    """The token serves all pages; a token that ends in the middle of the pages costs one renewal and no row."""
    for uses, tokens in ((100, 1), (2, 2)):
        gateway, heard = Gateway(uses), []
        with serving(gateway.route, heard) as url:
            rows = read(rest.pull, ask_for(oauth(url, scope="read"), PAGED))
        assert [row["ma"] for row in rows] == ["1", "2", "3"]
        assert gateway.given == tokens
        line, headers, body = heard[0]
        assert line == "POST /token"
        assert base64.b64decode(headers["authorization"].split()[1]).decode() == f"ioc:{SECRET}"
        assert body == "grant_type=client_credentials&scope=read"
        assert heard[1][1]["authorization"] == "Bearer t1"


def test_the_secret_in_the_body_for_gateways_that_want_it_there() -> None:
    heard: list[tuple[str, dict[str, str], str]] = []
    with serving(Gateway(9).route, heard) as url:
        read(rest.pull, ask_for(oauth(url, client_auth="body"), PAGED))
    assert "authorization" not in heard[0][1]
    assert f"client_secret={SECRET}" in heard[0][2]


def test_a_token_is_renewed_before_it_ends() -> None:
    """The clock is given: at 270 of 300 seconds a new one is asked for."""
    moment, asked = [0.0], []

    def send(url: str, headers: Any, form: Any) -> bytes:
        asked.append(moment[0])
        return b'{"access_token": "t", "expires_in": 300}'

    credential = ClientCredential(source="demo", url="https://id.example/token", send=send, clock=lambda: moment[0])
    for seconds in (0.0, 100.0, 269.0, 270.0, 300.0):
        moment[0] = seconds
        credential.current()
    assert asked == [0.0, 270.0]


def test_a_gateway_that_refuses_the_client_is_named_without_its_secret() -> None:
    with (
        serving(lambda path, query: as_json({"error": "invalid_client", "sent": SECRET}, 401)) as url,
        pytest.raises(SourceError, match="401") as caught,
    ):
        read(rest.pull, ask_for(oauth(url), PAGED))
    assert SECRET not in str(caught.value)
    with pytest.raises(SourceError, match="needs client_id"):
        credential_of("demo", {"token_url": "https://id.example/token"}, lambda *_: b"")


def test_the_token_endpoint_must_be_listed_when_it_lies_inside() -> None:
    """C-01: the address of the identity server is guarded like every other, and redirects are not followed."""
    with serving(lambda path, query: as_json([])) as url:
        inside = {**oauth(url), "token_url": "http://169.254.169.254/token"}
        with pytest.raises(SourceError, match="refused the inside address"):
            read(rest.pull, ask_for(inside, PAGED))
    with (
        serving(lambda path, query: (302, {"location": "http://169.254.169.254/"}, b"")) as url,
        pytest.raises(SourceError, match="redirect"),
    ):
        read(rest.pull, ask_for(oauth(url), PAGED))


def package(url: str, elsewhere: str = "") -> Any:
    """A CKAN catalogue with one package of two resources."""

    def route(path: str, query: dict[str, str]) -> Answer:
        if path == "/api/3/action/package_show":
            place = elsewhere or url
            return as_json(
                {
                    "success": query["id"] == "dan-so",
                    "result": {
                        "resources": [
                            {"id": "r1", "name": "Dân số", "format": "CSV", "url": f"{place}/files/dan-so.csv"},
                            {"id": "r2", "name": "Ghi chú", "format": "PDF", "url": f"{place}/files/x.pdf"},
                        ]
                    },
                }
            )
        return 200, {"content-type": "text/csv"}, b"ma,so\r\n21289,8000\r\n21292,9000"

    return route


def test_a_resource_of_a_ckan_package() -> None:
    """By name or format; the file has no line end and is whole all the same; unchanged, it is not read again."""
    base: list[str] = []
    with serving(lambda path, query: package(base[0])(path, query)) as url:  # noqa: PLW0108
        base.append(url)
        for wanted in ("csv", "Dân số", "r1"):
            request = {"package": "dan-so", "resource": wanted}
            ask = ask_for({"url": url, "allow_origins": [url]}, request, "ma so")
            rows = read(download.pull_resource, ask)
            assert [(row["ma"], row["so"]) for row in rows] == [("21289", "8000"), ("21292", "9000")]
        known = Ask(**{**vars(ask), "known": lambda sha: True})
        assert list(download.pull_resource(known)) == []
        with pytest.raises(SourceError, match="2 resources") as caught:
            read(download.pull_resource, ask_for({"url": url, "allow_origins": [url]}, {"package": "dan-so"}))
        assert "Ghi chú" in str(caught.value)


def test_a_resource_elsewhere_needs_its_origin_listed_and_gets_no_credential() -> None:
    """C-03: a catalogue cannot send us to another server, nor hand it our key."""
    heard: list[tuple[str, dict[str, str], str]] = []
    with serving(package(""), heard) as other, serving(package("", other)) as url:
        request = {"package": "dan-so", "resource": "csv"}
        with pytest.raises(SourceError, match="another origin"):
            read(download.pull_resource, ask_for({"url": url, "allow_origins": [url], "api_key": SECRET}, request))
        listed = {"url": url, "allow_origins": [url, other], "api_key": SECRET}
        assert len(read(download.pull_resource, ask_for(listed, request, "ma"))) == 2
    assert len(heard) == 1
    assert SECRET not in str(heard[0])


def test_a_downloaded_table_and_a_login_page_instead() -> None:
    with serving(lambda path, query: (200, {}, b"ma;so\n1;2\n")) as url:
        request = {"path": "/so-lieu.csv", "delimiter": ";"}
        rows = read(download.pull, ask_for({"url": url, "allow_origins": [url]}, request, "ma so"))
        assert [(row["ma"], row["so"], row["_file"]) for row in rows] == [("1", "2", "so-lieu.csv")]
    with (
        serving(lambda path, query: (200, {}, b"<!DOCTYPE html><title>Login</title>")) as url,
        pytest.raises(SourceError, match="web page instead of csv"),
    ):
        read(download.pull, ask_for({"url": url, "allow_origins": [url]}, {"path": "/so-lieu.csv"}))


def test_an_unreadable_download_is_told_as_a_notice() -> None:
    with serving(lambda path, query: (200, {}, b"PK\x03\x04 no workbook")) as url:
        found = list(download.pull(ask_for({"url": url, "allow_origins": [url]}, {"path": "/so-lieu.xlsx"})))
    assert isinstance(found[0], Notice)
