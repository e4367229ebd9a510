-- figure_once
SELECT figure_code, unit_code, period FROM core.official_figure GROUP BY ALL HAVING count(*) > 1;
