"""Roads: volume, speed, congestion, and how far the sensors can be trusted."""

from layouts.blocks import commune_map, counts, heat, kpi, parts, quotes, ranking, table, trend
from layouts.page import Page

TRAFFIC = Page(
    "traffic",
    "/traffic",
    (
        kpi("traffic.congested_minutes"),
        kpi("traffic.congested_share"),
        kpi("traffic.mean_speed"),
        kpi("traffic.volume"),
        kpi("traffic.sensor_valid"),
        kpi("traffic.morning_peak_congestion"),
        kpi("traffic.evening_peak_congestion"),
        kpi("traffic.travel_time_index"),
        kpi("traffic.peak_speed"),
        kpi("traffic.occupancy"),
        kpi("traffic.camera_uptime"),
        counts("traffic.congested_minutes"),
        commune_map("traffic.congested_minutes"),
        trend("traffic.congested_minutes"),
        heat("traffic.congested_minutes", "junction_code"),
        ranking("traffic.congested_minutes"),
        parts("traffic.volume", "junction_code"),
        quotes("traffic.quoted_congestion", "traffic.quoted_junctions"),
        table("traffic.congested_minutes"),
    ),
)
