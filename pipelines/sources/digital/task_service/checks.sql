-- task_once
SELECT task_code FROM core.task GROUP BY task_code HAVING count(*) > 1;

-- count_once
SELECT metric_code, unit_code, counted_on FROM core.system_count GROUP BY ALL HAVING count(*) > 1;
