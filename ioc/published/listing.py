"""What leaves the warehouse: the tables and columns of a published version, and nothing else (DECISIONS 12).

A column that is not written here is not published. `order_by` is the physical order: screens read an
indicator
and a period at a time, and a block of rows that cannot match is skipped by its minimum and maximum.
"""

from __future__ import annotations

from ioc.published.service_tables import SERVICE_TABLES
from ioc.published.table import PublishedTable
from ioc.published.table import listed as _table

TABLES: tuple[PublishedTable, ...] = (
    _table(
        "core.unit",
        """
        unit_code unit_kind unit_level measured_as unit_type name full_name name_en parent_code
        commune_code duty_contact valid_from valid_to lon lat area_km2 is_invented
        """,
        "unit_code",
    ),
    _table(
        "core.procedure",
        """
        procedure_code name field_name handled_at service_level is_full_eligible is_integrated
        has_fee has_paper_result allowance_days unit_code valid_from valid_to source load_id
        known_at
        """,
        "procedure_code",
    ),
    _table(
        "core.dossier",
        """
        dossier_code procedure_code agency_code unit_code receiving_unit_code applicant_unit_code
        applicant_unit_code_then channel status is_settled received_at accepted_at due_original_at
        due_current_at finished_at returned_at received_on accepted_on due_original_on
        due_current_on finished_on is_fee_due is_paid_online is_digitisation_due is_digitised
        is_result_due is_e_result is_reused extension_count pause_days working_days synced_at
        updated_at source load_id known_at first_known_at
        """,
        "unit_code, received_on",
        "unit_code",
        batch="load_id",
        key="dossier_code",
    ),
    _table(
        "core.rating",
        """
        rating_code dossier_code unit_code level rated_at rated_on source load_id known_at first_known_at
        """,
        "unit_code, rated_on",
        "unit_code",
        batch="load_id",
        key="rating_code",
    ),
    _table(
        "core.portal_dossier",
        """
        dossier_code unit_code status received_on arrived_at arrived_on is_settled is_late source
        load_id known_at first_known_at
        """,
        "unit_code, received_on",
        "unit_code",
        batch="load_id",
        key="dossier_code",
    ),
    _table(
        "core.report_submission",
        """
        report_code unit_code period due_on submitted_at submitted_on status is_excused source load_id known_at
        first_known_at
        """,
        "report_code, unit_code, period",
        "unit_code",
    ),
    _table(
        "core.report_value",
        """
        field_code unit_code period value numerator denominator comparator quality document_ref
        due_on submitted_at submitted_on source load_id known_at first_known_at
        """,
        "field_code, period, unit_code",
        "unit_code",
    ),
    _table(
        "core.field_report",
        """
        report_code unit_code category status received_at due_at resolved_at received_on due_on
        resolved_on satisfaction source load_id known_at first_known_at
        """,
        "unit_code, received_on",
        "unit_code",
        batch="load_id",
        key="report_code",
    ),
    _table(
        "core.traffic_site",
        """
        site_code name unit_code site_kind junction_code junction_name lon lat free_flow_kmh
        length_km valid_from valid_to source load_id known_at
        """,
        "site_code",
        "unit_code",
    ),
    _table(
        "core.traffic_flow",
        """
        site_code junction_code unit_code observed_from observed_to observed_on minutes intensity
        speed_kmh occupancy is_valid quality is_congested day_part free_flow_kmh source load_id known_at
        first_known_at
        """,
        "observed_from, site_code",
        "unit_code",
        batch="load_id",
        key="site_code observed_from",
    ),
    _table(
        "core.task",
        """
        task_code title unit_code origin is_time_bound assigned_on due_on completed_on progress
        status evidence_ref updated_at source load_id known_at first_known_at
        """,
        "unit_code, task_code",
        "unit_code",
    ),
    _table(
        "core.assessment",
        """
        criterion_code unit_code period self_value verified_value final_value evidence_ref status
        assessed_at assessed_on source load_id known_at first_known_at
        """,
        "criterion_code, period, unit_code",
        "unit_code",
    ),
    _table(
        "core.system_count",
        """
        metric_code unit_code counted_on count_value total_value source load_id known_at first_known_at
        """,
        "metric_code, counted_on, unit_code",
        "unit_code",
    ),
    *(_table(*row) for row in SERVICE_TABLES),
    _table(
        "mart.observation",
        """
        indicator version unit unit_level period period_kind period_start period_end basis view
        slice_dim slice_value value numerator denominator comparator state quality provenance as_of
        data_as_of known_at source run_id
        """,
        "indicator, period_kind, period_end, unit_level, unit",
        "unit",
    ),
    _table(
        "mart.observation_vintage",
        """
        indicator version unit unit_level period period_kind period_start period_end basis view
        slice_dim slice_value value numerator denominator comparator state quality provenance as_of
        data_as_of known_at source run_id
        """,
        "indicator, period_kind, period_end, unit, known_at, rowid",
        "unit",
        batch="run_id",
    ),
    _table(
        "mart.score",
        """
        scorecard edition unit period node parent layer score max_score weight contribution rank
        rank_low rank_high tier state note recipe_hash known_at run_id
        """,
        "scorecard, period, node, unit",
        "unit",
    ),
    _table(
        "mart.standing",
        """
        scorecard edition period unit layer score score_error rank tied_with rank_low rank_high
        rank_median expected_rank p_top tier analytical_score analytical_rank peer_group peers
        peer_count peer_rank peer_median cases thin before_period before_edition before_score
        before_rank own others method p_rise is_real move_vi move_en state basis known_at run_id
        """,
        "scorecard, period, edition, unit",
        "unit",
    ),
    _table(
        "mart.score_rate",
        """
        scorecard edition period unit node numerator denominator rate shrunk rate_low rate_high
        funnel publication
        """,
        "scorecard, period, edition, unit, node",
        "unit",
    ),
    _table(
        "mart.edition", "scorecard edition valid_from legal_status file body sha256", "scorecard, valid_from, edition"
    ),
    _table("mart.score_summary", "scorecard edition period measure value units", "scorecard, period, edition, measure"),
    _table(
        "mart.score_pair",
        "scorecard edition period ahead behind turned",
        "scorecard, period, edition, ahead, behind",
        "ahead",
    ),
    _table(
        "mart.next_point",
        """
        scorecard edition period unit goal_rank step node cases points score_after rank_after
        promised is_reached
        """,
        "scorecard, period, edition, unit, step",
        "unit",
    ),
    _table(
        "mart.appraisal",
        """
        period unit criterion self_value verified_value final_value status evidence reason
        entered_by entered_at expected impact queue_place known_at
        """,
        "period, unit, criterion",
        "unit",
    ),
    _table(
        "mart.appraisal_standing",
        """
        period unit self_score self_rank verified_score verified_rank expected_score expected_rank
        rank_low rank_high pending disputed claimed over_claimed over_ratio verified_cells known_at
        """,
        "period, unit",
        "unit",
    ),
    _table(
        "mart.claim_criterion",
        "period criterion cells claimed over_claimed over_ratio",
        "period, criterion",
    ),
    _table("mart.finding", "period unit kind value bound deviation known_at", "period, kind, unit", "unit"),
    _table(
        "ops.load_ledger",
        """
        load_id source dataset run_id landed_path sha256 interval_from interval_to watermark rows_in
        rows_good rows_refused rows_duplicate rows_changed loaded_at
        """,
        "loaded_at, load_id",
    ),
    _table(
        "ops.source_state",
        """
        source dataset watermark complete_through last_success_at last_load_id last_run_id
        rows_total
        """,
        "source, dataset",
    ),
    _table(
        "ops.quarantine",
        """
        quarantine_id source dataset load_id run_id landed_path position rule field reason_vi
        reason_en masked_row status quarantined_at
        """,
        "quarantined_at, quarantine_id",
    ),
    _table(
        "ops.delivery",
        """
        unit_code source_code source dataset part_ends_at due_at due_on arrived_at is_on_time load_id known_at
        """,
        "due_at, unit_code",
    ),
    _table(
        "ops.supply_day",
        """
        unit_code source_code source dataset supplied_on batch_count batch_passed rows_in rows_good rows_refused
        rows_duplicate load_id known_at
        """,
        "supplied_on, unit_code",
    ),
    _table(
        "ops.coverage",
        """
        unit_code source_code source dataset covered_on item_kind item_code is_reported load_id known_at
        """,
        "covered_on, unit_code, item_kind, item_code",
    ),
    _table("ops.covenant", "source body known_at", "source"),
    _table(
        "ops.grace",
        "grace_id unit_code from_on to_on reason declared_by declared_at",
        "declared_at, unit_code",
        "unit_code",
    ),
)
