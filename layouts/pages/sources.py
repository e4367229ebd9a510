"""The sources: what came, what did not, what was refused and why, whom to call."""

from layouts.blocks.source_loads import loads, quarantine
from layouts.blocks.sources import source_cards
from layouts.blocks.sources_meter import grace_note, meter_strip, room_note
from layouts.page import Page

SOURCES = Page("sources", "/sources", (room_note(), meter_strip(), grace_note(), source_cards(), quarantine(), loads()))
