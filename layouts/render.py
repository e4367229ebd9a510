"""From an address to contents: one Reader per render, so a page never mixes two versions."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from dash import html
from dash.development.base_component import Component

from ioc.calendar import WorkCalendar
from ioc.errors import IocError
from ioc.home_calendar import HomeCalendar
from ioc.published import Publication
from ioc.selection import Lang, Selection
from ioc.status import Workdays
from ioc.words import Words
from layouts.drawing import Drawing
from layouts.facts import FactKeeper
from layouts.kept import Kept, Made
from layouts.page import Page
from layouts.view import View
from layouts.wall.geometry import map_meta

LOG = logging.getLogger(__name__)
FAILED_SECONDS = 20  # a page with a block that could not be drawn
KEPT_SECONDS = 180  # a page is drawn anew this often without a new version: ages and lateness move on
# keys of the query string that single blocks read themselves; w and t are the sliders of the what-if page
EXTRA = (
    *("offset", "slice_dim", "slice_value", "units"),
    *(f"{letter}{place}" for letter in "wt" for place in range(1, 13)),
)


class Renderer:
    """Draws pages of one application. `now` gives the present (aware UTC); tests pass a fixed one."""

    def __init__(
        self,
        publication: Publication,
        pages: Sequence[Page],
        words: Words,
        *,
        now: Callable[[], datetime],
        lang: Lang = "vi",
        calendar: Workdays | None = None,
    ) -> None:
        self.publication = publication
        self.words = words
        self.now = now
        self.lang: Lang = lang
        self._pages = {page.path: page for page in pages}
        self._facts = FactKeeper(lang)
        self._home = Path(publication.home)
        self._calendar = calendar
        self._home_days = HomeCalendar(self._home)
        self.kept = Kept()
        self._days: Workdays | None = None

    @property
    def calendar(self) -> WorkCalendar:
        """The working days of the moment."""
        return self._calendar if isinstance(self._calendar, WorkCalendar) else self._home_days.now()

    def page(self, path: str) -> Page | None:
        """The page of a path (a trailing slash is forgiven), None when there is none."""
        return self._pages.get("/" + path.strip("/"))

    def language(self, search: str) -> Lang:
        """The language an address asks for, else the house's."""
        asked = dict(parse_qsl(search.lstrip("?"))).get("lang")
        return "en" if asked == "en" else "vi" if asked == "vi" else self.lang

    def fill(self, page: Page, search: str, standing: str = "") -> tuple[list[dict[str, Any]], Lang, int]:
        """The contents of all blocks of a page, its language and the version it shows.

        `standing` is what the browser shows already: where only the card differs, only the drawer is drawn.
        Raises IocError for an address that cannot be read or while nothing is published.
        """
        with self.publication.reader() as reader:
            facts = self._facts.of(reader)
            given: Mapping[str, str] = dict(parse_qsl(search.lstrip("?")))
            selection = Selection.parse(
                given, unit=facts.defaults.unit, period=facts.defaults.period, lang=facts.defaults.lang
            )
            view = View(
                reader, facts.catalogue, selection, words=self.words, now=self.now(),
                geo=map_meta(self._home, reader.version.province), path=page.path, defaults=facts.defaults,
                keys=facts.keys, calendar=self._calendar or self._home_days.now(),
                extra={key: given[key] for key in EXTRA if key in given},
                counts=facts.counts,
            )  # fmt: skip
            view.unit  # noqa: B018 - an unknown unit is refused before any block asks
            same = standing.endswith(f"|{view.key}")
            return page.fill(view, only="drawer" if same else ""), selection.lang, reader.version.id

    def draw(self, page: Page, search: str, standing: str = "", *, ahead: float = 0.0) -> Drawing:
        """The drawn page of an address: a kept one, or one made now and kept.

        `standing` as in `fill`. A page with an open card is drawn for its viewer alone. With `ahead` a drawing that
        ends within so many seconds is made anew. Raises as `fill`.
        """
        given = dict(parse_qsl(search.lstrip("?")))

        def make() -> Made[Drawing]:
            filled, lang, version = self.fill(page, search, standing)
            drawing = page.drawing(filled, lang, version)
            failed = 0.0 if standing else FAILED_SECONDS  # with a standing, what is absent may stand on the screen
            return Made(drawing, drawing.weight, version, now + (KEPT_SECONDS if drawing.is_whole else failed))

        now = self.now().timestamp()
        if given.get("card"):
            return make().value
        self._follow_days()
        self.publication.refresh()
        stands = self.publication.version
        key = (page.key, tuple(sorted(given.items())))
        return self.kept.of(key, make, version=stands.id if stands else 0, now=now + ahead)

    def _follow_days(self) -> None:
        """An edited calendar counts at once: what was drawn by the former one goes."""
        days = self._calendar or self._home_days.now()
        if days is not self._days:
            self._days = days
            self.kept.clear()

    def body(self, path: str, search: str) -> tuple[Component, int]:
        """The nodes of a page with their contents, and the version; a sentence where that is impossible."""
        page, lang = self.page(path), self.language(search)
        word = self.word_in(lang)
        if page is None:
            return _sentence(word("page.not_found"), word("page.not_found_remedy"), word), 0
        try:
            drawing = self.draw(page, search)
        except IocError as error:
            reference = secrets.token_hex(4)
            LOG.warning("page %s refused, reference %s: %s", page.key, reference, error)
            return _sentence(word("page.refused"), word("page.refused_remedy", reference=reference), word), 0
        return page.body(drawing, self.word_in(drawing.lang)), drawing.version

    def word_in(self, lang: str) -> Callable[..., str]:
        """The texts of a language as a function of key and parameters."""

        def word(key: str, **params: object) -> str:
            return self.words(key, lang, **params)

        return word


def _sentence(what: str, remedy: str, word: Callable[..., str]) -> Component:
    return html.Main(
        [html.H1(what), html.P(remedy), html.P(html.A(word("page.home"), href="/", className="button"))],
        className="sentence",
    )
