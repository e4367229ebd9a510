"""The views a person opens first, drawn before anyone waits for them: the pages of the menu as their links open them.

One thread of the web process, started after the fork, draws them one at a time: at the start, when a new version is
followed, and again before they grow old. It waits for a moment without requests before each page, so a request is
slowed by the drawing of one page at most, and stops when nobody asked for a page for half an hour (a wall alone asks
for none). A page that cannot be drawn is left to the request that wants it.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ioc.errors import IocError
from ioc.selection import Lang
from layouts.page import Page
from layouts.render import Renderer

LOG = logging.getLogger(__name__)
ASKED_SECONDS = 1800.0  # without a question for so long nothing is drawn ahead
TURN_SECONDS = 60.0  # between two looks at what grows old; a drawing lasts `render.KEPT_SECONDS`
QUIET_SECONDS = 10.0  # most to wait for a moment without requests


class Warmer:
    """Draws ahead for one renderer. `asking` surrounds every request for a page."""

    def __init__(self, renderer: Renderer, pages: Sequence[Page]) -> None:
        self._renderer = renderer
        self._pages = [page for page in pages if page.in_menu]
        self._asked: dict[Lang, float] = {}
        self._running = 0
        self._quiet = threading.Condition()
        self._news = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in the process that serves (threads do not survive a fork)."""
        if self._thread is None:
            self._asked[self._renderer.lang] = time.monotonic()
            self._renderer.publication.on_change = self._news.set
            self._news.set()
            self._thread = threading.Thread(target=self._loop, name="warming", daemon=True)
            self._thread.start()
            atexit.register(self.stop)

    def stop(self) -> None:
        """End after the page at hand."""
        self._stopped = True
        self._news.set()
        if self._thread is not None:
            self._thread.join(timeout=QUIET_SECONDS)

    @contextmanager
    def asking(self, lang: Lang) -> Iterator[None]:
        """A request for a page in a language."""
        with self._quiet:
            is_back = time.monotonic() - max(self._asked.values(), default=0.0) > ASKED_SECONDS
            self._asked[lang] = time.monotonic()
            self._running += 1
        if is_back:
            self._news.set()
        try:
            yield
        finally:
            with self._quiet:
                self._running -= 1
                self._quiet.notify_all()

    def warm(self) -> int:
        """Draw what is missing or grows old, in the languages asked for lately; returns how many pages stand."""
        done = 0
        for lang in [lang for lang, asked in self._asked.copy().items() if time.monotonic() - asked < ASKED_SECONDS]:
            search = "" if lang == self._renderer.lang else f"?lang={lang}"
            for page in self._pages:
                with self._quiet:
                    self._quiet.wait_for(lambda: not self._running or self._stopped, timeout=QUIET_SECONDS)
                if self._stopped:
                    return done
                done += self._draw(page, search)
        return done

    def _draw(self, page: Page, search: str) -> bool:
        """Have one page drawn; whatever goes wrong is for the log, and for the request that will meet it."""
        try:
            self._renderer.draw(page, search, ahead=TURN_SECONDS + QUIET_SECONDS)
        except IocError as error:
            LOG.info("page %s is not drawn ahead: %s", page.key, error)
            return False
        except Exception:
            LOG.exception("page %s is not drawn ahead", page.key)
            return False
        return True

    def _loop(self) -> None:
        while not self._stopped:
            asked = time.monotonic() - max(self._asked.values(), default=0.0) < ASKED_SECONDS
            self._news.wait(timeout=TURN_SECONDS if asked else None)
            self._news.clear()
            self.warm()
