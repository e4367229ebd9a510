"""The listed tables of counts and of published figures: name, columns, order, and where a viewer's scope applies."""

SERVICE_TABLES: tuple[tuple[str, str, str, str | None], ...] = (
    (
        "core.platform_count",
        """
        unit_code counted_on lgsp_errors lgsp_calls lgsp_fast_calls lgsp_services_up
        lgsp_services datacentre_minutes_up datacentre_minutes storage_used_tb storage_tb
        systems_approved systems meetings news_on_time news_due ioc_minutes_up ioc_minutes
        leaders_using leaders ai_officer_questions ai_self_answered ai_citizen_requests
        ai_errors_found ai_checks ai_minutes_up ai_minutes open_sets_published
        open_sets_due open_sets_fresh report_fields_synced report_fields inspections_done
        inspections_due findings_closed findings traffic_camera_minutes_up
        traffic_camera_minutes documents_on_time documents_received documents_electronic
        documents_sent mail_active mail_accounts network_minutes_up network_minutes
        network_linked one_stop_used agency_coded certificates_expiring certificates_valid
        skills_trained skills_due skills_sites camera_minutes_up camera_minutes source
        load_id known_at first_known_at
        """,
        "counted_on, unit_code",
        "unit_code",
    ),
    (
        "core.procedure_count",
        """
        unit_code counted_on announced_on_time announced published_on_time published_due
        procedures_complete procedures_public online_services_used online_services
        fee_integrated fee_procedures fee_paid_online citizen_procedures_linked
        citizen_procedures petitions_on_time petitions petitions_satisfied
        e_results_stored e_results citizen_dossiers_linked citizen_dossiers
        e_certified_copies source load_id known_at first_known_at
        """,
        "counted_on, unit_code",
        "unit_code",
    ),
    (
        "core.sector_count",
        """
        unit_code counted_on civil_records_digitised civil_records health_records
        population schools_on_platform schools einvoice_enterprises enterprises kiosks_up
        kiosks party_members_complete party_members teams team_members people_helped
        adults_with_account adults adults_with_signature adults_with_identity
        payments_cashless payments population_clean source load_id known_at first_known_at
        """,
        "counted_on, unit_code",
        "unit_code",
    ),
    (
        "core.land_count",
        """
        unit_code counted_on parcels_complete parcels source load_id known_at
        first_known_at
        """,
        "counted_on, unit_code",
        "unit_code",
    ),
    (
        "core.village_gap",
        """
        village_code village_name unit_code lacks_power lacks_signal since_on solved_on
        source load_id known_at first_known_at
        """,
        "unit_code, village_code",
        "unit_code",
    ),
    (
        "core.official_figure",
        """
        figure_code unit_code unit_name period value numerator denominator comparator
        status_text valid_from valid_to stated_on publisher document_ref method
        claim_grade source load_id known_at first_known_at
        """,
        "figure_code, unit_code, period",
        None,  # published by others for anyone to read
    ),
)
