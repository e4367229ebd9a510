"""Economy and budget, reports of the units, field reports of citizens."""

from layouts.blocks import commune_map, counts, group, parts, quotes, ranking, table, trend
from layouts.blocks.sources_meter import grace_note
from layouts.page import Page

REPORTING = Page(
    "reporting",
    "/reporting",
    (
        grace_note(),
        group(
            "growth",
            "reporting.grdp_growth",
            "reporting.iip",
            "reporting.retail_growth",
            "reporting.cpi",
            "reporting.cpi_month",
        ),
        group(
            "scale",
            "reporting.grdp",
            "reporting.retail",
            "reporting.tourism",
            "reporting.budget_revenue_period",
            "reporting.commune_revenue",
        ),
        group(
            "budget",
            "reporting.public_investment",
            "reporting.budget_revenue",
            "reporting.budget_revenue_rate",
        ),
        group(
            "fdi",
            "reporting.fdi",
            "reporting.fdi_rate",
        ),
        group(
            "citizens",
            "reporting.field_report_on_time",
            "reporting.field_report_overdue",
            "reporting.field_report_satisfaction",
            "reporting.field_report_received",
            "reporting.field_report_handled",
            "reporting.field_report_open",
            columns=3,
        ),
        group(
            "trade",
            "reporting.export",
            "reporting.retail_rate",
            "reporting.tourism_rate",
            "reporting.new_enterprises",
            columns=2,
        ),
        group(
            "duty",
            "reporting.submission_on_time",
            "reporting.submission_missing",
            "reporting.submission_filed",
            "reporting.reports_due",
            "reporting.fields_synced",
        ),
        group(
            "jobs",
            "reporting.new_jobs",
            "reporting.new_jobs_rate",
        ),
        group(
            "digital_economy",
            "reporting.digital_economy",
        ),
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
