-- dossier
SELECT mapped.* REPLACE (
    coalesce(agency_code, unit_code) AS agency_code,
    coalesce(status, CASE WHEN finished_at IS NULL THEN 'processing' ELSE 'done' END) AS status,
    coalesce(accepted_at, received_at) AS accepted_at, coalesce(due_current_at, due_original_at) AS due_current_at,
    CAST(received_at + INTERVAL 7 HOUR AS DATE) AS received_on,
    CAST(coalesce(accepted_at, received_at) + INTERVAL 7 HOUR AS DATE) AS accepted_on,
    CAST(due_original_at + INTERVAL 7 HOUR AS DATE) AS due_original_on,
    CAST(coalesce(due_current_at, due_original_at) + INTERVAL 7 HOUR AS DATE) AS due_current_on,
    CAST(finished_at + INTERVAL 7 HOUR AS DATE) AS finished_on,
    coalesce(status, CASE WHEN finished_at IS NULL THEN 'processing' ELSE 'done' END) IN ('done', 'returned') AS is_settled,
    CASE WHEN f.working_index IS NOT NULL AND r.working_index IS NOT NULL
      THEN greatest(0, f.working_index - r.working_index - coalesce(pause_days, 0)) END AS working_days,
    coalesce(updated_at, finished_at, received_at) AS updated_at)
FROM mapped
LEFT JOIN calendar_day r ON r.day = CAST(coalesce(accepted_at, received_at) + INTERVAL 7 HOUR AS DATE)
LEFT JOIN calendar_day f ON f.day = CAST(finished_at + INTERVAL 7 HOUR AS DATE);

-- rating
SELECT * REPLACE (CAST(rated_at + INTERVAL 7 HOUR AS DATE) AS rated_on) FROM mapped;

-- portal_dossier
SELECT * REPLACE (CAST(arrived_at + INTERVAL 7 HOUR AS DATE) AS arrived_on) FROM mapped;

-- report_submission
SELECT * REPLACE (CAST(submitted_at + INTERVAL 7 HOUR AS DATE) AS submitted_on,
    coalesce(status, CASE WHEN submitted_at IS NULL THEN 'not_started' ELSE 'submitted' END) AS status) FROM mapped;

-- report_value
SELECT * REPLACE (coalesce(comparator, '=') AS comparator, coalesce(quality, 'final') AS quality,
    CAST(submitted_at + INTERVAL 7 HOUR AS DATE) AS submitted_on) FROM mapped;

-- field_report
SELECT * REPLACE (
    coalesce(status, CASE WHEN resolved_at IS NULL THEN 'processing' ELSE 'resolved' END) AS status,
    CAST(received_at + INTERVAL 7 HOUR AS DATE) AS received_on, CAST(due_at + INTERVAL 7 HOUR AS DATE) AS due_on,
    CAST(resolved_at + INTERVAL 7 HOUR AS DATE) AS resolved_on) FROM mapped;

-- assessment
SELECT * REPLACE (CAST(assessed_at + INTERVAL 7 HOUR AS DATE) AS assessed_on) FROM mapped;

-- traffic_flow
-- Detector quality by METHODS 4.3, as for the traffic platform: a fault the source itself names comes first, then out of
-- range, then the same reading in 12 or more bins on end while vehicles pass.
, reading AS (
  SELECT *, true AS is_new FROM mapped
), span AS (
  SELECT min(observed_from) AS start FROM reading
), known AS (
  SELECT f.*, false AS is_new FROM core.traffic_flow f, span
  WHERE f.observed_from >= span.start - INTERVAL 6 HOUR AND f.observed_from < span.start
), changed AS (
  SELECT *, (intensity, speed_kmh, occupancy) IS DISTINCT FROM lag((intensity, speed_kmh, occupancy)) OVER by_time AS is_change
  FROM (FROM reading UNION ALL BY NAME FROM known) WINDOW by_time AS (PARTITION BY site_code ORDER BY observed_from)
), run AS (
  SELECT *, sum(CAST(is_change AS INTEGER)) OVER (PARTITION BY site_code ORDER BY observed_from) AS run_number FROM changed
), judged_flow AS (
  SELECT *, CASE
      WHEN quality = 'source_error' THEN 'source_error'
      WHEN intensity IS NULL OR intensity < 0 OR intensity * 60.0 / date_diff('minute', observed_from, observed_to) > 12000
        OR speed_kmh < 0 OR speed_kmh > 160 OR occupancy < 0 OR occupancy > 1 THEN 'out_of_range'
      WHEN intensity > 0 AND count(*) OVER (PARTITION BY site_code, run_number) >= 12 THEN 'stuck'
      WHEN intensity > 0 AND speed_kmh IS NULL THEN 'no_speed'
      ELSE 'valid' END AS found
  FROM run
)
SELECT j.site_code, coalesce(j.junction_code, s.junction_code) AS junction_code,
  coalesce(j.unit_code, s.unit_code, $province) AS unit_code, j.observed_from, j.observed_to,
  CAST(j.observed_from + INTERVAL 7 HOUR AS DATE) AS observed_on,
  CAST(date_diff('minute', j.observed_from, j.observed_to) AS INTEGER) AS minutes,
  j.intensity, j.speed_kmh, j.occupancy, j.found IN ('valid', 'no_speed') AS is_valid, j.found AS quality,
  CASE WHEN j.found = 'valid' THEN j.speed_kmh < 0.6 * s.free_flow_kmh END AS is_congested
FROM judged_flow j LEFT JOIN core.traffic_site s ON s.site_code = j.site_code
WHERE j.is_new;
