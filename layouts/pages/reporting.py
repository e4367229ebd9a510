"""Economy and budget, reports of the units, field reports of citizens."""

from layouts.blocks import commune_map, counts, kpi, parts, ranking, table, trend
from layouts.blocks.sources_meter import grace_note
from layouts.page import Page

REPORTING = Page(
    "reporting",
    "/reporting",
    (
        grace_note(),
        kpi("reporting.grdp_growth"),
        kpi("reporting.budget_revenue"),
        kpi("reporting.public_investment"),
        kpi("reporting.iip"),
        kpi("reporting.cpi"),
        kpi("reporting.retail_growth"),
        kpi("reporting.budget_revenue_rate"),
        kpi("reporting.new_enterprises"),
        kpi("reporting.new_jobs"),
        kpi("reporting.fdi"),
        kpi("reporting.field_report_received"),
        kpi("reporting.field_report_on_time"),
        kpi("reporting.field_report_overdue"),
        kpi("reporting.field_report_satisfaction"),
        kpi("reporting.submission_on_time"),
        counts("reporting.public_investment"),
        commune_map("reporting.public_investment"),
        trend("reporting.public_investment", "ytd"),
        ranking("reporting.public_investment"),
        parts("reporting.field_report_received", "category"),
        table("reporting.public_investment"),
    ),
)
