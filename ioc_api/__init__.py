"""The read API: the Reader over HTTP, with health and metrics."""

from ioc_api.routes import create_api

__all__ = ["create_api"]
