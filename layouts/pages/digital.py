"""Digital transformation: the commune index with its tiers and pillars, assigned tasks, shared systems."""

from dataclasses import replace

from layouts.blocks import commune_map, counts, kpi, table, trend
from layouts.blocks.score_tiers import floor, pillar_heat, tier_list
from layouts.page import Page

DIGITAL = Page(
    "digital",
    "/digital",
    (
        kpi("digital.task_on_time"),
        kpi("digital.task_done"),
        kpi("digital.task_overdue"),
        kpi("digital.commune_assessment"),
        kpi("digital.signed_documents"),
        kpi("digital.certificate_coverage"),
        kpi("digital.sso_adoption"),
        kpi("digital.community_team_coverage"),
        kpi("digital.broadband_coverage"),
        kpi("digital.video_endpoints"),
        counts("digital.task_on_time"),
        floor(),
        commune_map("digital.commune_index"),
        replace(trend("digital.task_on_time"), area="map"),
        tier_list(),
        pillar_heat(),
        table("digital.task_on_time"),
    ),
)
