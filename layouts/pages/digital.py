"""Digital transformation: the commune index with its tiers and pillars, assigned tasks, shared systems."""

from dataclasses import replace

from layouts.blocks import commune_map, counts, group, quotes, table, trend
from layouts.blocks.score_tiers import floor, pillar_heat, tier_list
from layouts.page import Page

DIGITAL = Page(
    "digital",
    "/digital",
    (
        group(
            "tasks",
            "digital.task_on_time",
            "digital.task_overdue",
            "digital.task_done",
            "digital.task_dated_done",
            "digital.task_open",
        ),
        group(
            "resolution57",
            "digital.resolution57_on_time",
            "digital.resolution57_overdue",
            "digital.task_central_done",
        ),
        group(
            "communes",
            "digital.commune_assessment",
            "digital.community_team_coverage",
        ),
        group(
            "systems",
            "digital.signed_documents",
            "digital.certificate_coverage",
            "digital.sso_adoption",
            "digital.broadband_coverage",
            "digital.video_endpoints",
        ),
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
