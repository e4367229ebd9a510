"""Administrative procedures: dossiers received and settled, on time, online, paid, digitised, rated."""

from layouts.blocks import commune_map, counts, group, parts, ranking, table, trend, trust
from layouts.page import Page

PROCEDURES = Page(
    "procedures",
    "/procedures",
    (
        group(
            "settling",
            "procedures.on_time",
            "procedures.received",
            "procedures.settled",
            "procedures.open_overdue",
            "procedures.working_days",
        ),
        group(
            "online",
            "procedures.online_submission",
            "procedures.online_payment",
            "procedures.digitised",
            "procedures.e_result",
            "procedures.reuse",
        ),
        group(
            "portal",
            "procedures.full_online_share",
            "procedures.portal_integrated",
            "procedures.portal_synced",
        ),
        group(
            "rated",
            "procedures.satisfaction",
            "procedures.on_time_due_cohort",
        ),
        counts("procedures.on_time"),
        commune_map("procedures.on_time"),
        trend("procedures.on_time"),
        ranking("procedures.on_time"),
        parts("procedures.received", "channel"),
        table("procedures.on_time"),
        trust(),
    ),
)
