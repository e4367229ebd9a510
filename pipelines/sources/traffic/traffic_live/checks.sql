-- flow_of_known_site
SELECT DISTINCT f.site_code FROM core.traffic_flow f ANTI JOIN core.traffic_site s USING (site_code)
WHERE f.observed_from >= (SELECT max(observed_from) - INTERVAL 1 DAY FROM core.traffic_flow);
