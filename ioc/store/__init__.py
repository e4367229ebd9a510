"""The app store: runs, requests, heartbeats and breakers, in a small SQLite that several processes share."""

from ioc.store.database import AppStore
from ioc.store.tables import Breaker, Request, Run, RunStatus

__all__ = ["AppStore", "Breaker", "Request", "Run", "RunStatus"]
