"""Economy and budget, reports of the units, field reports of citizens."""

from layouts.blocks import commune_map, counts, kpi, parts, quotes, ranking, table, trend
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
        kpi("reporting.submission_filed"),
        kpi("reporting.submission_missing"),
        kpi("reporting.reports_due"),
        kpi("reporting.fields_synced"),
        kpi("reporting.field_report_handled"),
        kpi("reporting.field_report_open"),
        kpi("reporting.export"),
        kpi("reporting.cpi_month"),
        kpi("reporting.retail_rate"),
        kpi("reporting.tourism_rate"),
        kpi("reporting.fdi_rate"),
        kpi("reporting.new_jobs_rate"),
        counts("reporting.public_investment"),
        commune_map("reporting.public_investment"),
        trend("reporting.public_investment", "ytd"),
        ranking("reporting.public_investment"),
        parts("reporting.field_report_received", "category"),
        quotes(
            "reporting.quoted_fields_synced",
            "reporting.grdp_growth_published",
            "reporting.par_index",
            "reporting.sipas",
        ),
        table("reporting.public_investment"),
    ),
)
