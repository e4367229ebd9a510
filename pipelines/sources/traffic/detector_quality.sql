-- Detector quality by METHODS 4.3: out of range; the same reading in 12 or more bins on end while vehicles pass is a stuck
-- detector. Readings stored before belong to the run, so a run that crosses two loads is seen whole. What stands above it
-- is `WITH reading AS (SELECT site_code, observed_from, observed_to, intensity, speed_kmh, occupancy, true AS is_new, _file`.
), span AS (
  SELECT min(observed_from) AS start FROM reading
), known AS (
  SELECT f.site_code, f.observed_from, f.observed_to, f.intensity, f.speed_kmh, f.occupancy, false, ''
  FROM core.traffic_flow f, span
  WHERE f.observed_from >= span.start - INTERVAL 6 HOUR AND f.observed_from < span.start
), changed AS (
  SELECT *, (intensity, speed_kmh, occupancy) IS DISTINCT FROM lag((intensity, speed_kmh, occupancy)) OVER by_time AS is_change
  FROM (FROM reading UNION ALL FROM known) WINDOW by_time AS (PARTITION BY site_code ORDER BY observed_from)
), run AS (
  SELECT *, sum(CAST(is_change AS INTEGER)) OVER (PARTITION BY site_code ORDER BY observed_from) AS run_number FROM changed
), judged AS (
  SELECT *, CASE
      WHEN intensity IS NULL OR intensity < 0 OR intensity * 60.0 / date_diff('minute', observed_from, observed_to) > 12000
        OR speed_kmh < 0 OR speed_kmh > 160 OR occupancy < 0 OR occupancy > 1 THEN 'out_of_range'
      WHEN intensity > 0 AND count(*) OVER (PARTITION BY site_code, run_number) >= 12 THEN 'stuck'
      WHEN intensity > 0 AND speed_kmh IS NULL THEN 'no_speed'
      ELSE 'valid' END AS quality
  FROM run
)
SELECT j.site_code, s.junction_code, coalesce(s.unit_code, $province) AS unit_code, j.observed_from, j.observed_to,
  CAST(j.observed_from + INTERVAL 7 HOUR AS DATE) AS observed_on,
  CAST(date_diff('minute', j.observed_from, j.observed_to) AS INTEGER) AS minutes,
  j.intensity, j.speed_kmh, j.occupancy, j.quality IN ('valid', 'no_speed') AS is_valid, j.quality,
  CASE WHEN j.quality = 'valid' THEN j.speed_kmh < 0.6 * s.free_flow_kmh END AS is_congested, s.free_flow_kmh,
  -- peaks by FHWA (METHODS 4.2): 06-09 and 16-19; free flow is measured at night, 22-05
  CASE WHEN hour(j.observed_from + INTERVAL 7 HOUR) BETWEEN 6 AND 8 THEN 'morning_peak'
    WHEN hour(j.observed_from + INTERVAL 7 HOUR) BETWEEN 16 AND 18 THEN 'evening_peak'
    WHEN hour(j.observed_from + INTERVAL 7 HOUR) >= 22 OR hour(j.observed_from + INTERVAL 7 HOUR) < 5 THEN 'night'
    ELSE 'day' END AS day_part, j._file
FROM judged j LEFT JOIN core.traffic_site s ON s.site_code = j.site_code
WHERE j.is_new;
