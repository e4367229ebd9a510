"""The whole province at a glance: economy, services, citizens' reports, roads, digital transformation."""

from layouts.blocks import commune_map, counts, kpi, ranking, spoken, table, trend
from layouts.blocks.sources_meter import grace_note
from layouts.page import Page

OVERVIEW = Page(
    "overview",
    "/",
    (
        grace_note(),
        spoken("cards", area="cards"),
        kpi("reporting.grdp_growth"),
        kpi("reporting.budget_revenue"),
        kpi("reporting.public_investment"),
        kpi("procedures.on_time"),
        kpi("reporting.field_report_on_time"),
        kpi("reporting.iip"),
        kpi("procedures.online_submission"),
        kpi("procedures.satisfaction"),
        kpi("traffic.congested_minutes"),
        kpi("digital.task_on_time"),
        counts("procedures.on_time"),
        commune_map("procedures.on_time"),
        trend("procedures.on_time"),
        ranking("procedures.on_time"),
        table("procedures.on_time"),
    ),
)
