-- The warehouse of one province. Tables singular; `_on` local dates (Asia/Ho_Chi_Minh), `_at` instants (UTC, without zone).
-- No primary keys, unique constraints or indexes (FAULTS 0-7): keys are kept by the merge, not by the engine.
CREATE SCHEMA IF NOT EXISTS core;
CREATE SCHEMA IF NOT EXISTS mart;
CREATE SCHEMA IF NOT EXISTS ops;

-- Every core table ends with the same three columns: which source and load brought the row, and when we knew it.

CREATE TABLE core.unit (
  unit_code VARCHAR NOT NULL,      -- 51 | 21289 | H48.01 (department) | H48.21 (agency of a commune)
  unit_kind VARCHAR NOT NULL,      -- province | commune | department | commune_agency | district_agency
  unit_level VARCHAR NOT NULL,     -- level its numbers count for: province | commune | department
  measured_as VARCHAR NOT NULL,    -- unit its numbers count for: a commune agency counts for its commune, a closed district office for the province
  unit_type VARCHAR NOT NULL,      -- xã | phường | đặc khu | sở ...
  name VARCHAR NOT NULL, full_name VARCHAR NOT NULL, name_en VARCHAR NOT NULL,
  parent_code VARCHAR, commune_code VARCHAR, duty_contact VARCHAR,
  valid_from DATE, valid_to DATE, lon DOUBLE, lat DOUBLE, area_km2 DOUBLE, is_invented BOOLEAN NOT NULL
);

-- procedures ----------------------------------------------------------------------------------------------------
CREATE TABLE core.procedure (
  procedure_code VARCHAR, name VARCHAR, field_name VARCHAR, handled_at VARCHAR,   -- province | commune
  service_level VARCHAR,           -- full | partial | info
  is_full_eligible BOOLEAN, is_integrated BOOLEAN, has_fee BOOLEAN, has_paper_result BOOLEAN,
  allowance_days INTEGER, unit_code VARCHAR, valid_from DATE, valid_to DATE,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE core.dossier (
  dossier_code VARCHAR, procedure_code VARCHAR,
  agency_code VARCHAR,             -- handling agency (electronic identification code)
  unit_code VARCHAR,               -- unit the dossier counts for: commune, department, or province (closed district office)
  receiving_unit_code VARCHAR, applicant_unit_code VARCHAR, applicant_unit_code_then VARCHAR,
  channel VARCHAR,                 -- online | direct | post
  status VARCHAR,                  -- new accepted refused processing supplement payment withdrawn stopped done returned
  is_settled BOOLEAN,              -- done or returned
  received_at TIMESTAMP, accepted_at TIMESTAMP, due_original_at TIMESTAMP, due_current_at TIMESTAMP,
  finished_at TIMESTAMP, returned_at TIMESTAMP,      -- finished: settled, refused, withdrawn or stopped; NULL while open
  received_on DATE, accepted_on DATE, due_original_on DATE, due_current_on DATE, finished_on DATE,
  is_fee_due BOOLEAN, is_paid_online BOOLEAN, is_digitisation_due BOOLEAN, is_digitised BOOLEAN,
  is_result_due BOOLEAN, is_e_result BOOLEAN, is_reused BOOLEAN,
  extension_count INTEGER, pause_days INTEGER, working_days INTEGER,     -- working days from receipt to finish, pauses left out
  synced_at TIMESTAMP, updated_at TIMESTAMP,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE core.rating (
  rating_code VARCHAR, dossier_code VARCHAR, unit_code VARCHAR, level INTEGER,    -- 5 very satisfied .. 1 very dissatisfied
  rated_at TIMESTAMP, rated_on DATE,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE core.portal_dossier (      -- what the national portal says it received of us
  dossier_code VARCHAR, unit_code VARCHAR, status VARCHAR, received_on DATE, arrived_at TIMESTAMP, arrived_on DATE,
  is_settled BOOLEAN, is_late BOOLEAN,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);

-- reporting -----------------------------------------------------------------------------------------------------
CREATE TABLE core.report_submission (
  report_code VARCHAR, unit_code VARCHAR, period VARCHAR, due_on DATE, submitted_at TIMESTAMP, submitted_on DATE, status VARCHAR,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE core.report_value (
  field_code VARCHAR,              -- grdp_growth, budget_revenue, public_investment, population ...
  unit_code VARCHAR, period VARCHAR, value DOUBLE, numerator DOUBLE, denominator DOUBLE,
  comparator VARCHAR, quality VARCHAR,               -- final | provisional | estimated
  document_ref VARCHAR, due_on DATE, submitted_at TIMESTAMP, submitted_on DATE,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE core.field_report (        -- phản ánh hiện trường
  report_code VARCHAR, unit_code VARCHAR, category VARCHAR, status VARCHAR,
  received_at TIMESTAMP, due_at TIMESTAMP, resolved_at TIMESTAMP, received_on DATE, due_on DATE, resolved_on DATE, satisfaction INTEGER,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);

-- traffic -------------------------------------------------------------------------------------------------------
CREATE TABLE core.traffic_site (
  site_code VARCHAR, name VARCHAR, unit_code VARCHAR, site_kind VARCHAR,          -- junction_approach | road
  junction_code VARCHAR, junction_name VARCHAR, lon DOUBLE, lat DOUBLE, free_flow_kmh DOUBLE, length_km DOUBLE, valid_from DATE, valid_to DATE,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE core.traffic_flow (
  site_code VARCHAR, junction_code VARCHAR, unit_code VARCHAR,
  observed_from TIMESTAMP, observed_to TIMESTAMP, observed_on DATE, minutes INTEGER,
  intensity INTEGER,               -- vehicles in the period, not per hour (FIWARE TrafficFlowObserved)
  speed_kmh DOUBLE, occupancy DOUBLE, is_valid BOOLEAN, quality VARCHAR,          -- valid | stuck | out_of_range | no_speed
  is_congested BOOLEAN,            -- speed below 60 % of free flow (METHODS 4.2), NULL without a valid speed
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);

-- digital -------------------------------------------------------------------------------------------------------
CREATE TABLE core.task (
  task_code VARCHAR, title VARCHAR, unit_code VARCHAR, origin VARCHAR,            -- central | province | resolution57
  is_time_bound BOOLEAN, assigned_on DATE, due_on DATE, completed_on DATE, progress DOUBLE, status VARCHAR, updated_at TIMESTAMP,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE core.assessment (
  criterion_code VARCHAR, unit_code VARCHAR, period VARCHAR, self_value DOUBLE, verified_value DOUBLE, final_value DOUBLE,
  evidence_ref VARCHAR, status VARCHAR, assessed_at TIMESTAMP, assessed_on DATE,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE core.system_count (        -- shared systems: documents signed of documents sent, officers with certificates ...
  metric_code VARCHAR, unit_code VARCHAR, counted_on DATE, count_value DOUBLE, total_value DOUBLE,
  source VARCHAR, load_id VARCHAR, known_at TIMESTAMP
);

-- measured ------------------------------------------------------------------------------------------------------
CREATE TABLE mart.observation (
  indicator VARCHAR, version INTEGER, unit VARCHAR, unit_level VARCHAR,
  period VARCHAR, period_kind VARCHAR, period_start DATE, period_end DATE,
  basis VARCHAR,                   -- as_then | today
  view VARCHAR,                    -- official | analytical
  slice_dim VARCHAR, slice_value VARCHAR,          -- '' when whole
  value DOUBLE, numerator DOUBLE, denominator DOUBLE, comparator VARCHAR,         -- = < > <= >=
  state VARCHAR,                   -- value | zero | missing | not_due | not_applicable
  quality VARCHAR,                 -- final | provisional | estimated | imputed | suppressed | pending | rejected
  provenance VARCHAR,              -- measured | reported | external
  as_of TIMESTAMP, data_as_of TIMESTAMP, known_at TIMESTAMP, source VARCHAR, run_id VARCHAR
);
CREATE TABLE mart.observation_vintage AS FROM mart.observation LIMIT 0;   -- appended whenever a value, n/N or state changes
CREATE TABLE mart.score (
  scorecard VARCHAR, edition VARCHAR, unit VARCHAR, period VARCHAR, node VARCHAR, parent VARCHAR, layer VARCHAR,
  score DOUBLE, max_score DOUBLE, weight DOUBLE, contribution DOUBLE, rank INTEGER, rank_low INTEGER, rank_high INTEGER, tier INTEGER,
  state VARCHAR, note VARCHAR, recipe_hash VARCHAR, known_at TIMESTAMP, run_id VARCHAR
);

-- operation -----------------------------------------------------------------------------------------------------
CREATE TABLE ops.migration (version INTEGER, name VARCHAR, sha256 VARCHAR, applied_at TIMESTAMP);
CREATE TABLE ops.load_ledger (          -- written in the same transaction as the rows it counts
  load_id VARCHAR, source VARCHAR, dataset VARCHAR, run_id VARCHAR, landed_path VARCHAR, sha256 VARCHAR,
  interval_from TIMESTAMP, interval_to TIMESTAMP, watermark TIMESTAMP,
  rows_in BIGINT, rows_good BIGINT, rows_refused BIGINT, rows_duplicate BIGINT, rows_changed BIGINT, loaded_at TIMESTAMP
);
CREATE TABLE ops.source_state (         -- one row per source and dataset
  source VARCHAR, dataset VARCHAR, watermark TIMESTAMP, complete_through TIMESTAMP, last_success_at TIMESTAMP, last_load_id VARCHAR,
  last_run_id VARCHAR, rows_total BIGINT
);
CREATE TABLE ops.quarantine (
  quarantine_id VARCHAR, source VARCHAR, dataset VARCHAR, load_id VARCHAR, run_id VARCHAR, landed_path VARCHAR, position BIGINT,
  rule VARCHAR, field VARCHAR, reason_vi VARCHAR, reason_en VARCHAR, masked_row VARCHAR, status VARCHAR, quarantined_at TIMESTAMP
);
