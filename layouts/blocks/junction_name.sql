SELECT junction_code AS code, any_value(junction_name) AS name
FROM core.traffic_site
WHERE junction_code IS NOT NULL /*scope unit_code*/
GROUP BY junction_code
