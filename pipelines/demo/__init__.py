"""The demo's source systems: a whole province that repeats exactly, and stays alive (docs/demo.md)."""

from pipelines.demo.options import DemoOptions
from pipelines.demo.systems import DemoSystems

__all__ = ["DemoOptions", "DemoSystems"]
