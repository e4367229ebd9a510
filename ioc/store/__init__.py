"""The app store: runs, requests, heartbeats, breakers and the steward's desk, in one small SQLite."""

from ioc.store.database import AppStore
from ioc.store.desk import Desk
from ioc.store.tables import Breaker, HandEntry, Pause, Request, Run, RunStatus

__all__ = ["AppStore", "Breaker", "Desk", "HandEntry", "Pause", "Request", "Run", "RunStatus"]
