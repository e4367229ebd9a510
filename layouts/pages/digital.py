"""Digital transformation: assigned tasks, shared systems, the commune assessment."""

from layouts.blocks import commune_map, counts, kpi, parts, quotes, ranking, table, trend
from layouts.page import Page

DIGITAL = Page(
    "digital",
    "/digital",
    (
        kpi("digital.commune_assessment"),
        kpi("digital.task_on_time"),
        kpi("digital.task_done"),
        kpi("digital.task_overdue"),
        kpi("digital.task_central_done"),
        kpi("digital.task_dated_done"),
        kpi("digital.resolution57_on_time"),
        kpi("digital.resolution57_overdue"),
        kpi("digital.task_open"),
        kpi("digital.signed_documents"),
        kpi("digital.certificate_coverage"),
        kpi("digital.sso_adoption"),
        kpi("digital.community_team_coverage"),
        kpi("digital.broadband_coverage"),
        kpi("digital.video_endpoints"),
        counts("digital.task_on_time"),
        commune_map("digital.task_on_time"),
        trend("digital.task_on_time"),
        ranking("digital.task_on_time"),
        parts("digital.task_done", "origin"),
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
