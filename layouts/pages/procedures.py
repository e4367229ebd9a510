"""Administrative procedures: dossiers received and settled, on time, online, paid, digitised, rated."""

from layouts.blocks import commune_map, counts, kpi, parts, ranking, table, trend, trust
from layouts.page import Page

PROCEDURES = Page(
    "procedures",
    "/procedures",
    (
        kpi("procedures.on_time"),
        kpi("procedures.online_submission"),
        kpi("procedures.online_payment"),
        kpi("procedures.digitised"),
        kpi("procedures.satisfaction"),
        kpi("procedures.received"),
        kpi("procedures.settled"),
        kpi("procedures.open_overdue"),
        kpi("procedures.e_result"),
        kpi("procedures.working_days"),
        kpi("procedures.reuse"),
        kpi("procedures.full_online_share"),
        kpi("procedures.portal_integrated"),
        kpi("procedures.portal_synced"),
        kpi("procedures.on_time_due_cohort"),
        counts("procedures.on_time"),
        commune_map("procedures.on_time"),
        trend("procedures.on_time"),
        ranking("procedures.on_time"),
        parts("procedures.received", "channel"),
        table("procedures.on_time"),
        trust(),
    ),
)
