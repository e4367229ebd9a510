"""Connectors: how rows are fetched from other people's systems. Nothing here writes to the warehouse."""
