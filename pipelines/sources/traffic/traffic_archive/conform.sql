-- flows -> core.traffic_flow
WITH reading AS (
  SELECT id AS site_code, observed_from, observed_to,
    CAST(intensity AS INTEGER) AS intensity, speed AS speed_kmh, occupancy, true AS is_new, _file
  FROM staged
-- include ../detector_quality.sql
