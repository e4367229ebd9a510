-- count_once
SELECT unit_code, counted_on FROM core.sector_count GROUP BY ALL HAVING count(*) > 1;

-- land_once
SELECT unit_code, counted_on FROM core.land_count GROUP BY ALL HAVING count(*) > 1;

-- village_once
SELECT village_code FROM core.village_gap GROUP BY village_code HAVING count(*) > 1;
