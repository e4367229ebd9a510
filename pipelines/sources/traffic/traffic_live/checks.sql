-- flow_once
SELECT site_code, observed_from FROM core.traffic_flow
WHERE observed_from >= (SELECT max(observed_from) - INTERVAL 2 DAY FROM core.traffic_flow)
GROUP BY ALL HAVING count(*) > 1;
