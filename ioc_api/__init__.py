"""The read API under /api/v1: the Reader over HTTP."""
