-- sites -> core.traffic_site
SELECT regexp_replace(id, '^urn:ngsi-ld:RoadSegment:', '') AS site_code, name, admin_unit__unit AS unit_code,
  CASE WHEN junction_code IS NULL THEN 'road' ELSE 'junction_approach' END AS site_kind, junction_code, junction_name,
  lon, lat, free_flow_speed AS free_flow_kmh, length AS length_km, installed_on AS valid_from, CAST(NULL AS DATE) AS valid_to
FROM staged;

-- flows -> core.traffic_flow
WITH reading AS (
  SELECT regexp_replace(id, '^urn:ngsi-ld:TrafficFlowObserved:', '') AS site_code, observed_from, observed_to,
    CAST(intensity AS INTEGER) AS intensity, speed AS speed_kmh, occupancy, true AS is_new, _file
  FROM staged
-- include ../detector_quality.sql
