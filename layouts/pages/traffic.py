"""Roads: volume, speed, congestion, and how far the sensors can be trusted."""

from dataclasses import replace

from layouts.blocks import commune_map, counts, group, heat, parts, quotes, ranking, table, trend
from layouts.page import Page

TRAFFIC = Page(
    "traffic",
    "/traffic",
    (
        group(
            "congestion",
            "traffic.congested_minutes",
            "traffic.congested_share",
            "traffic.morning_peak_congestion",
            "traffic.evening_peak_congestion",
            "traffic.travel_time_index",
        ),
        group(
            "flow",
            "traffic.mean_speed",
            "traffic.peak_speed",
            "traffic.volume",
            "traffic.occupancy",
            "traffic.delay",
        ),
        group(
            "devices",
            "traffic.sensor_valid",
            "traffic.camera_uptime",
        ),
        counts("traffic.congested_minutes"),
        commune_map("traffic.congested_minutes"),
        trend("traffic.congested_minutes"),
        ranking("traffic.congested_minutes"),
        replace(heat("traffic.congested_minutes", "junction_code"), area="wide"),
        parts("traffic.volume", "junction_code"),
        quotes("traffic.quoted_congestion", "traffic.quoted_junctions"),
        table("traffic.congested_minutes"),
    ),
)
