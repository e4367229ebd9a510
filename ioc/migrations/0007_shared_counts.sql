-- Counts of the shared platforms, the national procedure database and the sectors; figures published elsewhere.
CREATE TABLE core.platform_count (   -- monitor of the shared platforms: one row a unit and month, NULL what a unit does not keep
  unit_code VARCHAR, counted_on DATE,
  lgsp_errors DOUBLE, lgsp_calls DOUBLE, lgsp_fast_calls DOUBLE, lgsp_services_up DOUBLE, lgsp_services DOUBLE,
  datacentre_minutes_up DOUBLE, datacentre_minutes DOUBLE, storage_used_tb DOUBLE, storage_tb DOUBLE,
  systems_approved DOUBLE, systems DOUBLE, meetings DOUBLE, news_on_time DOUBLE, news_due DOUBLE,
  ioc_minutes_up DOUBLE, ioc_minutes DOUBLE, leaders_using DOUBLE, leaders DOUBLE, ai_officer_questions DOUBLE,
  ai_self_answered DOUBLE, ai_citizen_requests DOUBLE, ai_errors_found DOUBLE, ai_checks DOUBLE,
  ai_minutes_up DOUBLE, ai_minutes DOUBLE, open_sets_published DOUBLE, open_sets_due DOUBLE, open_sets_fresh DOUBLE,
  report_fields_synced DOUBLE, report_fields DOUBLE, inspections_done DOUBLE, inspections_due DOUBLE,
  findings_closed DOUBLE, findings DOUBLE, traffic_camera_minutes_up DOUBLE, traffic_camera_minutes DOUBLE,
  documents_on_time DOUBLE, documents_received DOUBLE, documents_electronic DOUBLE, documents_sent DOUBLE,
  mail_active DOUBLE, mail_accounts DOUBLE, network_minutes_up DOUBLE, network_minutes DOUBLE, network_linked DOUBLE,
  one_stop_used DOUBLE, agency_coded DOUBLE, certificates_expiring DOUBLE, certificates_valid DOUBLE,
  skills_trained DOUBLE, skills_due DOUBLE, skills_sites DOUBLE, camera_minutes_up DOUBLE, camera_minutes DOUBLE,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP, first_known_at TIMESTAMP
);
CREATE TABLE core.procedure_count (   -- national database of procedures: what Decision 766 counts beside the dossiers
  unit_code VARCHAR, counted_on DATE,
  announced_on_time DOUBLE, announced DOUBLE, published_on_time DOUBLE, published_due DOUBLE,
  procedures_complete DOUBLE, procedures_public DOUBLE, online_services_used DOUBLE, online_services DOUBLE,
  fee_integrated DOUBLE, fee_procedures DOUBLE, fee_paid_online DOUBLE, citizen_procedures_linked DOUBLE,
  citizen_procedures DOUBLE, petitions_on_time DOUBLE, petitions DOUBLE, petitions_satisfied DOUBLE,
  e_results_stored DOUBLE, e_results DOUBLE, citizen_dossiers_linked DOUBLE, citizen_dossiers DOUBLE,
  e_certified_copies DOUBLE,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP, first_known_at TIMESTAMP
);
CREATE TABLE core.sector_count (   -- health, education, tax, justice, Party office, police: by commune and month
  unit_code VARCHAR, counted_on DATE,
  civil_records_digitised DOUBLE, civil_records DOUBLE, health_records DOUBLE, population DOUBLE,
  schools_on_platform DOUBLE, schools DOUBLE, einvoice_enterprises DOUBLE, enterprises DOUBLE, kiosks_up DOUBLE,
  kiosks DOUBLE, party_members_complete DOUBLE, party_members DOUBLE, teams DOUBLE, team_members DOUBLE,
  people_helped DOUBLE, adults_with_account DOUBLE, adults DOUBLE, adults_with_signature DOUBLE,
  adults_with_identity DOUBLE, payments_cashless DOUBLE, payments DOUBLE, population_clean DOUBLE,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP, first_known_at TIMESTAMP
);
CREATE TABLE core.land_count (   -- the land register, by commune and quarter; slow
  unit_code VARCHAR, counted_on DATE,
  parcels_complete DOUBLE, parcels DOUBLE,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP, first_known_at TIMESTAMP
);
CREATE TABLE core.village_gap (         -- villages without grid power or mobile signal, by name
  village_code VARCHAR, village_name VARCHAR, unit_code VARCHAR, lacks_power BOOLEAN, lacks_signal BOOLEAN,
  since_on DATE, solved_on DATE,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP, first_known_at TIMESTAMP
);
CREATE TABLE core.official_figure (     -- as published by others: external observations and history; never recomputed
  figure_code VARCHAR,             -- indicator of kind external
  unit_code VARCHAR, unit_name VARCHAR,  -- VN, a province or a commune of any province
  period VARCHAR, value DOUBLE, numerator DOUBLE, denominator DOUBLE,
  comparator VARCHAR,              -- = < > <= >= ≈ (about)
  status_text VARCHAR, valid_from DATE, valid_to DATE,
  stated_on DATE,                  -- the day the figure was stated or the document signed
  publisher VARCHAR, document_ref VARCHAR, method VARCHAR,
  claim_grade VARCHAR,             -- before/after claims: A randomised, B with controls, C matched, D single (METHODS 4.5)
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP, first_known_at TIMESTAMP
);

-- The part of the day and the free-flow speed stand beside each count, so that peaks and travel time need no join.
ALTER TABLE core.traffic_flow ADD COLUMN day_part VARCHAR;       -- morning_peak 06-09 | evening_peak 16-19 | night 22-05 | day
ALTER TABLE core.traffic_flow ADD COLUMN free_flow_kmh DOUBLE;
UPDATE core.traffic_flow SET day_part = CASE
  WHEN hour(observed_from + INTERVAL 7 HOUR) BETWEEN 6 AND 8 THEN 'morning_peak'
  WHEN hour(observed_from + INTERVAL 7 HOUR) BETWEEN 16 AND 18 THEN 'evening_peak'
  WHEN hour(observed_from + INTERVAL 7 HOUR) >= 22 OR hour(observed_from + INTERVAL 7 HOUR) < 5 THEN 'night' ELSE 'day' END;
UPDATE core.traffic_flow SET free_flow_kmh = s.free_flow_kmh FROM core.traffic_site s WHERE s.site_code = traffic_flow.site_code;
