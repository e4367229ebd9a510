"""The scenes of the wall, as data: which numbers stand together, and which of them leads map, trend and
list."""

from __future__ import annotations

from dataclasses import dataclass

from ioc.errors import ConfigError

CARDS = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of a scene: the indicator and the kind of period it is shown for."""

    indicator: str
    kind: str = "month"


@dataclass(frozen=True, slots=True)
class Scene:
    """One full-screen picture. `lead` is the tile of map, trend and list; '' takes the one furthest off
    track.

    `slice_dim` replaces the commune map by a heatmap of the lead's parts (the junctions of traffic).
    """

    key: str
    tiles: tuple[Tile, ...]
    lead: str = ""
    slice_dim: str = ""


SCENES: tuple[Scene, ...] = (
    Scene(
        "overview",
        (
            Tile("reporting.grdp_growth", "quarter"),
            Tile("reporting.budget_revenue_rate", "ytd"),
            Tile("reporting.public_investment", "ytd"),
            Tile("procedures.on_time"),
            Tile("reporting.field_report_on_time"),
        ),
    ),
    Scene(
        "procedures",
        (
            Tile("procedures.on_time"),
            Tile("procedures.online_submission"),
            Tile("procedures.online_payment"),
            Tile("procedures.digitised"),
            Tile("procedures.satisfaction"),
        ),
        lead="procedures.online_submission",
    ),
    Scene(
        "economy",
        (
            Tile("reporting.grdp_growth", "quarter"),
            Tile("reporting.budget_revenue", "ytd"),
            Tile("reporting.public_investment", "ytd"),
            Tile("reporting.iip"),
            Tile("reporting.retail_growth", "ytd"),
        ),
        lead="reporting.public_investment",
    ),
    Scene(
        "citizens",
        (
            Tile("reporting.field_report_received"),
            Tile("reporting.field_report_on_time"),
            Tile("reporting.field_report_satisfaction"),
            Tile("reporting.field_report_overdue"),
            Tile("reporting.submission_on_time"),
        ),
        lead="reporting.field_report_on_time",
    ),
    Scene(
        "traffic",
        (
            Tile("traffic.volume"),
            Tile("traffic.mean_speed"),
            Tile("traffic.congested_minutes"),
            Tile("traffic.congested_share"),
            Tile("traffic.sensor_valid"),
        ),
        lead="traffic.congested_minutes",
        slice_dim="junction_code",
    ),
    Scene(
        "digital",
        (
            Tile("digital.task_on_time"),
            Tile("digital.signed_documents"),
            Tile("digital.certificate_coverage"),
            Tile("digital.community_team_coverage"),
            Tile("digital.broadband_coverage"),
        ),
        lead="digital.signed_documents",
    ),
)
BY_KEY = {scene.key: scene for scene in SCENES}
LED = frozenset(scene.lead for scene in SCENES if scene.lead)


def choose(keys: tuple[str, ...] | list[str]) -> tuple[Scene, ...]:
    """The scenes of a wall in the configured order, all when none are named; ConfigError for an unknown
    name."""
    for key in keys:
        if key not in BY_KEY:
            known = ", ".join(BY_KEY)
            raise ConfigError("config.yaml", None, f"walls: unknown scene {key!r}", remedy=f"use some of: {known}")
    return tuple(BY_KEY[key] for key in keys) or SCENES
