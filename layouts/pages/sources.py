"""The sources: what came, what did not, what was refused and why, whom to call."""

from layouts.blocks.sources import loads, quarantine, source_cards
from layouts.page import Page

SOURCES = Page("sources", "/sources", (source_cards(), quarantine(), loads()))
