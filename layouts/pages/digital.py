"""Digital transformation: the commune index with its tiers and pillars, assigned tasks, shared systems."""

from dataclasses import replace

from layouts.blocks import commune_map, counts, kpi, quotes, table, trend
from layouts.blocks.score_tiers import floor, pillar_heat, tier_list
from layouts.page import Page

DIGITAL = Page(
    "digital",
    "/digital",
    (
        kpi("digital.task_on_time"),
        kpi("digital.task_done"),
        kpi("digital.task_overdue"),
        kpi("digital.task_central_done"),
        kpi("digital.task_dated_done"),
        kpi("digital.resolution57_on_time"),
        kpi("digital.resolution57_overdue"),
        kpi("digital.task_open"),
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
        quotes(
            "digital.quoted_tasks_central",
            "digital.quoted_tasks_dated",
            "digital.readiness_provinces",
            "digital.readiness_rank_party",
            "digital.readiness_rank_council",
            "digital.readiness_rank_committee",
            "digital.readiness_rank_front",
            "digital.readiness_party",
            "digital.readiness_council",
            "digital.readiness_committee",
            "digital.readiness_front",
        ),
        table("digital.task_on_time"),
    ),
)
