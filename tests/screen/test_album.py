"""Every page and every route of the desk has its picture."""

from __future__ import annotations

from types import SimpleNamespace

from flask import Flask

from ioc.published import Publication
from layouts.desk.routes import create_desk
from layouts.pages import PAGES
from layouts.words import load_words
from tests.screen.album import CLICK, NO_PICTURE, STEWARD, VIEWS, in_english


def test_every_page_is_taken_a_picture_of() -> None:
    assert {name.partition("+")[0] for name in VIEWS} == {page.key for page in PAGES}
    paths = {page.key: page.path for page in PAGES}
    for name, address in VIEWS.items():
        assert "/" + address.partition("?")[0] == paths[name.partition("+")[0]], name
    assert in_english("") == "?lang=en"
    assert in_english("commune?unit=21289") == "commune?unit=21289&lang=en"
    assert in_english(f"desk/appraisal{CLICK}a") == f"desk/appraisal?lang=en{CLICK}a"


def test_every_page_of_the_desk_is_taken_a_picture_of(tmp_path: object) -> None:
    server = Flask("ioc", static_folder=None)
    create_desk(server, SimpleNamespace(language="vi"), Publication(tmp_path), load_words())  # type: ignore[arg-type]
    read = {rule.rule for rule in server.url_map.iter_rules() if "GET" in (rule.methods or set())}
    assert read == set(STEWARD) | NO_PICTURE
