"""How the desk answers: pages from one published version, acts only from this machine and by a named operator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from ioc.errors import IocError, StorageError, UsageError
from ioc.home_calendar import HomeCalendar
from ioc.published import Publication
from ioc.store import AppStore
from ioc.words import Words
from layouts.desk import guard, pages
from layouts.desk.pages import Setting


class Door:
    """What every address of the desk needs. `settings` needs `language` and `web`; `now` is for tests."""

    def __init__(
        self, settings: Any, publication: Publication, words: Words, *, now: Callable[[], datetime] | None = None
    ) -> None:
        self.publication, self.words = publication, words
        self.clock = now or (lambda: datetime.now(UTC))
        self._days = HomeCalendar(publication.home)
        self._house = getattr(settings, "language", "vi")
        self._public = getattr(getattr(settings, "web", None), "public_url", None)

    def setting(self) -> Setting:
        """Words, language, moment and operator of the request that is answered."""
        asked = request.args.get("lang", "")
        language = asked if asked in ("vi", "en") else self._house
        return Setting(self.words, language, self.clock(), request.cookies.get(guard.COOKIE, ""), self._days.now())

    def lang(self) -> str:
        """The language of the request."""
        return self.setting().lang

    def go(self, path: str, **query: object) -> str:
        """An address in the language of the request."""
        return f"{path}?" + urlencode({"lang": self.lang(), **query})

    def shown(self, draw: Callable[[AppStore, Any], str | Response]) -> Response:
        """One page from one version; a sentence and a status where that is impossible."""
        store = AppStore.open(self.publication.home)
        try:
            self.publication.refresh()
            with self.publication.reader() as reader:
                return make_response(draw(store, reader))
        except UsageError as error:
            return make_response(pages.sentence(self.setting(), str(error)), 404)
        except StorageError as error:
            return make_response(pages.sentence(self.setting(), error.message), 503)
        finally:
            store.close()

    def acted(self, do: Callable[[AppStore, str], str], *, explain: Callable[[IocError], str] = str) -> BaseResponse:
        """Do what a form asks, by a named operator, and go where `do` says (303); `explain` words what is refused."""
        reason = guard.refuse(request, self._public)
        if reason is not None:
            return make_response(pages.sentence(self.setting(), reason), 403)
        store = AppStore.open(self.publication.home)
        try:
            name = guard.operator_of(request)
            answer = redirect(do(store, name), 303)
            answer.set_cookie(guard.COOKIE, name, samesite="Strict", httponly=True, max_age=30 * 86400)
            return answer
        except IocError as error:
            return make_response(pages.sentence(self.setting(), explain(error)), 400)
        finally:
            store.close()
