"""The breaker of a source: after five failures on end it is asked rarely, so that a dead system is not stormed."""

from __future__ import annotations

from datetime import datetime, timedelta

from ioc.store import AppStore, Breaker

FAILURES, PROBE_EVERY = 5, timedelta(minutes=5)


def may_try(store: AppStore, source: str, now: datetime) -> bool:
    """Whether the source may be asked now: its breaker is closed, or a probe is due."""
    state = store.breaker(source)
    return state.opened_at is None or state.probe_at is None or now >= state.probe_at


def note_failure(store: AppStore, source: str, reason: str, now: datetime) -> Breaker:
    """Count a failure; the fifth opens the breaker, each one after it moves the next probe."""
    state = store.breaker(source)
    failures = state.failures + 1
    is_open = failures >= FAILURES
    opened_at = (state.opened_at or now) if is_open else None
    changed = Breaker(source, failures, opened_at, now + PROBE_EVERY if is_open else None, reason[:500])
    store.set_breaker(changed)
    return changed


def note_success(store: AppStore, source: str) -> None:
    """Close the breaker."""
    if store.breaker(source).failures:
        store.set_breaker(Breaker(source))
